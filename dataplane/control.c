/* SPDX-License-Identifier: BSD-3-Clause */
#include "control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

#define REQUEST_SIZE 256
#define ASK_PATIENCE 5 /* seconds without a line */

struct client {
	int socket; /* -1: none */
	bool asked;
	enum report_request request;
	unsigned next; /* line of the answer */
	time_t since;
};

struct control {
	int socket;
	struct sockaddr_un address;
	const struct report_source *source;
	struct client clients[CONTROL_CLIENTS];
	char line[REPORT_LINE_SIZE];
};

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static bool set_path(struct sockaddr_un *address, const char *path, struct fault *fault)
{
	address->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(address->sun_path))
		return fault_set(fault, "control socket %s: the path is longer than %zu octets", path,
				 sizeof(address->sun_path) - 1);
	memcpy(address->sun_path, path, strlen(path) + 1);
	return true;
}

/* Removes a socket that nobody listens on any more. */
static bool clear_path(const struct sockaddr_un *address, struct fault *fault)
{
	struct stat state;
	int probe;
	bool dead;

	if (lstat(address->sun_path, &state) != 0)
		return true;
	if (!S_ISSOCK(state.st_mode))
		return fault_set(fault, "control socket %s: a file that is no socket is in the way", address->sun_path);
	probe = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (probe < 0)
		return fault_set(fault, "control socket: %s", strerror(errno));
	/* A socket of another kind, or one that we may not connect to, is refused otherwise: it is somebody's. */
	dead = connect(probe, (const struct sockaddr *)address, sizeof(*address)) != 0 && errno == ECONNREFUSED;
	close(probe);
	if (!dead)
		return fault_set(fault,
				 "control socket %s: another process serves it; end that, or choose another path",
				 address->sun_path);
	unlink(address->sun_path);
	return true;
}

static void make_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[sizeof(((struct sockaddr_un *)NULL)->sun_path)];

	if (slash == NULL || slash == path)
		return;
	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	mkdir(folder, 0755);
}

struct control *control_open(const char *path, const struct report_source *source, struct fault *fault)
{
	struct control *control = calloc(1, sizeof(*control));
	mode_t mask;
	bool bound;
	unsigned i;

	if (control == NULL) {
		fault_set(fault, "no memory for the control socket");
		return NULL;
	}
	control->source = source;
	control->socket = -1;
	for (i = 0; i < CONTROL_CLIENTS; i++)
		control->clients[i].socket = -1;
	if (!set_path(&control->address, path, fault) || !clear_path(&control->address, fault)) {
		free(control);
		return NULL;
	}
	make_folder(path);
	control->socket = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mask = umask(0177);
	bound = control->socket >= 0 &&
		bind(control->socket, (struct sockaddr *)&control->address, sizeof(control->address)) == 0;
	umask(mask);
	if (!bound || listen(control->socket, CONTROL_CLIENTS) != 0) {
		fault_set(fault, "control socket %s: %s", path, strerror(errno));
		if (bound)
			unlink(path);
		if (control->socket >= 0)
			close(control->socket);
		free(control);
		return NULL;
	}
	return control;
}

static void drop_client(struct client *client)
{
	close(client->socket);
	client->socket = -1;
}

void control_close(struct control *control)
{
	unsigned i;

	if (control == NULL)
		return;
	for (i = 0; i < CONTROL_CLIENTS; i++)
		if (control->clients[i].socket >= 0)
			drop_client(&control->clients[i]);
	close(control->socket);
	unlink(control->address.sun_path);
	free(control);
}

unsigned control_prepare(const struct control *control, struct pollfd polls[CONTROL_POLLS])
{
	unsigned count = 0;
	unsigned i;

	for (i = 0; i < CONTROL_CLIENTS; i++) {
		const struct client *client = &control->clients[i];

		if (client->socket >= 0)
			polls[count++] =
			    (struct pollfd){.fd = client->socket, .events = client->asked ? POLLOUT : POLLIN};
	}
	/* Without a free place, new clients wait in the queue of listen(2). */
	if (count < CONTROL_CLIENTS)
		polls[count++] = (struct pollfd){.fd = control->socket, .events = POLLIN};
	return count;
}

static void accept_client(struct control *control)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	int socket = accept4(control->socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	unsigned i;

	if (socket < 0)
		return;
	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
	    (peer.uid != 0 && peer.uid != geteuid())) {
		log_warning("control socket: user %u is not answered", peer.uid);
		close(socket);
		return;
	}
	for (i = 0; i < CONTROL_CLIENTS; i++) {
		if (control->clients[i].socket >= 0)
			continue;
		control->clients[i] = (struct client){.socket = socket, .since = seconds()};
		return;
	}
	close(socket);
}

static void read_request(struct client *client)
{
	char request[REQUEST_SIZE];
	ssize_t length = recv(client->socket, request, sizeof(request), 0);

	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (length <= 0) {
		drop_client(client);
		return;
	}
	client->request = report_request_parse(request, (size_t)length);
	client->asked = true;
}

/* Sends lines as long as the socket takes them. */
static void send_answer(struct control *control, struct client *client)
{
	for (;;) {
		size_t length =
		    report_line(control->source, client->request, client->next, control->line, sizeof(control->line));

		if (length == 0) {
			drop_client(client);
			return;
		}
		if (send(client->socket, control->line, length, MSG_NOSIGNAL | MSG_EOR) < 0) {
			if (errno != EAGAIN && errno != EINTR)
				drop_client(client);
			return;
		}
		client->next++;
	}
}

void control_serve(struct control *control, const struct pollfd *polls, unsigned count)
{
	time_t now = seconds();
	unsigned i;
	unsigned c;

	for (i = 0; i < count; i++) {
		if (polls[i].revents == 0)
			continue;
		if (polls[i].fd == control->socket) {
			accept_client(control);
			continue;
		}
		for (c = 0; c < CONTROL_CLIENTS; c++) {
			struct client *client = &control->clients[c];

			if (client->socket != polls[i].fd)
				continue;
			if (client->asked)
				send_answer(control, client);
			else
				read_request(client);
			break;
		}
	}
	for (c = 0; c < CONTROL_CLIENTS; c++)
		if (control->clients[c].socket >= 0 && now - control->clients[c].since > CONTROL_PATIENCE)
			drop_client(&control->clients[c]);
}

bool control_ask(const char *path, const char *request, FILE *output, struct fault *fault)
{
	struct sockaddr_un address = {0};
	struct timeval patience = {.tv_sec = ASK_PATIENCE};
	char line[REPORT_LINE_SIZE];
	ssize_t length = -1;
	unsigned lines = 0;
	int socket_number;

	if (!set_path(&address, path, fault))
		return false;
	socket_number = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (socket_number < 0)
		return fault_set(fault, "%s: %s", path, strerror(errno));
	setsockopt(socket_number, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	/* It holds for connect(2) too, which waits while the queue of listen(2) is full. */
	setsockopt(socket_number, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(socket_number, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    send(socket_number, request, strlen(request), MSG_NOSIGNAL) < 0) {
		fault_set(fault, "%s: %s; is sluiced running, and are you its user or root?", path, strerror(errno));
		close(socket_number);
		return false;
	}
	while ((length = recv(socket_number, line, sizeof(line), 0)) > 0) {
		fwrite(line, 1, (size_t)length, output);
		lines++;
	}
	if (length < 0 || lines == 0)
		fault_set(fault, "%s: %s", path, length < 0 ? strerror(errno) : "closed without an answer");
	close(socket_number);
	return length == 0 && lines > 0;
}
