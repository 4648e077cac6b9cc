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

#define TURN_LINES 256	 /* that one client gets in a turn */
#define LATER_INTERVAL 1 /* milliseconds until an answer that has no line yet is looked at again */

struct client {
	int socket; /* -1: none */
	bool asked;
	bool later; /* the answer's next line is not there yet */
	struct report_answer answer;
	time_t since;
};

struct control {
	int socket;
	struct sockaddr_un address;
	const struct report_source *source;
	struct client clients[CONTROL_CLIENTS];
	char line[CONTROL_LINE_SIZE];
};

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static bool set_path(struct sockaddr_un *address, const char *path, struct fault *fault)
{
	char reason[CONTROL_REASON_SIZE];

	return control_socket_address(path, address, reason) || fault_set(fault, "%s", reason);
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

static void drop_client(const struct control *control, struct client *client)
{
	if (client->asked)
		report_answer_end(control->source, &client->answer);
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
			drop_client(control, &control->clients[i]);
	close(control->socket);
	unlink(control->address.sun_path);
	free(control);
}

/* A client whose answer has no line yet is only watched for its end. */
static short wanted_of(const struct client *client)
{
	if (client->later)
		return 0;
	return client->asked ? POLLOUT : POLLIN;
}

unsigned control_prepare(const struct control *control, struct pollfd polls[CONTROL_POLLS])
{
	unsigned count = 0;
	unsigned i;

	for (i = 0; i < CONTROL_CLIENTS; i++) {
		const struct client *client = &control->clients[i];

		if (client->socket >= 0)
			polls[count++] = (struct pollfd){.fd = client->socket, .events = wanted_of(client)};
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

static void read_request(struct control *control, struct client *client)
{
	char request[CONTROL_REQUEST_SIZE];
	ssize_t length = recv(client->socket, request, sizeof(request), 0);

	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (length <= 0) {
		drop_client(control, client);
		return;
	}
	report_answer_begin(&client->answer, request, (size_t)length);
	client->asked = true;
}

/* Notes that there is no line yet. While another one's answer is in the way, the client's time does not run. */
static void put_off(struct client *client)
{
	client->later = true;
	if (!client->answer.listing)
		client->since = seconds();
}

/* Sends lines as long as the socket takes them, and the others have their turn too. */
static void send_answer(struct control *control, struct client *client)
{
	client->later = false;
	for (unsigned i = 0; i < TURN_LINES; i++) {
		size_t length = 0;

		switch (report_answer_line(control->source, &client->answer, control->line, sizeof(control->line),
					   &length)) {
		case REPORT_OVER:
			drop_client(control, client);
			return;
		case REPORT_LATER:
			put_off(client);
			return;
		case REPORT_LINE:
			break;
		}
		if (send(client->socket, control->line, length, MSG_NOSIGNAL | MSG_EOR) < 0) {
			if (errno != EAGAIN && errno != EINTR)
				drop_client(control, client);
			return;
		}
		report_answer_next(control->source, &client->answer);
	}
}

unsigned control_interval(const struct control *control)
{
	for (unsigned c = 0; c < CONTROL_CLIENTS; c++)
		if (control->clients[c].socket >= 0 && control->clients[c].later)
			return LATER_INTERVAL;
	return CONTROL_IDLE;
}

static void serve_client(struct control *control, struct client *client)
{
	if (client->asked)
		send_answer(control, client);
	else
		read_request(control, client);
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
			/* What is watched for its end has come to it. */
			if (client->later)
				drop_client(control, client);
			else
				serve_client(control, client);
			break;
		}
	}
	for (c = 0; c < CONTROL_CLIENTS; c++)
		if (control->clients[c].socket >= 0 && control->clients[c].later)
			send_answer(control, &control->clients[c]);
	for (c = 0; c < CONTROL_CLIENTS; c++)
		if (control->clients[c].socket >= 0 && now - control->clients[c].since > CONTROL_PATIENCE)
			drop_client(control, &control->clients[c]);
}
