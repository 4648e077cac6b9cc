/* SPDX-License-Identifier: BSD-3-Clause */
#include <config/control_socket.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PATIENCE 5 /* seconds */

static bool refuse(char reason[CONTROL_REASON_SIZE], const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool refuse(char reason[CONTROL_REASON_SIZE], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, CONTROL_REASON_SIZE, format, arguments);
	va_end(arguments);
	return false;
}

bool control_socket_address(const char *path, struct sockaddr_un *address, char reason[CONTROL_REASON_SIZE])
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address->sun_path))
		return refuse(reason, "control socket %.150s: the path is longer than %zu octets", path,
			      sizeof(address->sun_path) - 1);
	memcpy(address->sun_path, path, strlen(path) + 1);
	return true;
}

static bool send_request(int file, const struct sockaddr_un *address, const char *request)
{
	const struct timeval patience = {.tv_sec = PATIENCE};

	setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	/* It holds for connect(2) too, which waits while the queue of listen(2) is full. */
	setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return connect(file, (const struct sockaddr *)address, sizeof(*address)) == 0 &&
	       send(file, request, strlen(request), MSG_NOSIGNAL) >= 0;
}

static bool read_answer(int file, const char *path, control_socket_take *take, void *context,
			char reason[CONTROL_REASON_SIZE])
{
	char line[CONTROL_LINE_SIZE];
	unsigned lines = 0;
	ssize_t length;

	while ((length = recv(file, line, sizeof(line), 0)) > 0) {
		if (line[length - 1] != '\n')
			return refuse(reason, "%s: the answer is not in lines", path);
		if (!take(context, line, (size_t)length))
			return false;
		lines++;
	}
	if (length < 0)
		return refuse(reason, "%s: %s", path, errno == EAGAIN ? "the answer takes too long" : strerror(errno));
	return lines > 0 || refuse(reason, "%s: closed without an answer", path);
}

bool control_socket_ask(const char *path, const char *request, control_socket_take *take, void *context,
			char reason[CONTROL_REASON_SIZE])
{
	struct sockaddr_un address;
	bool answered;
	int file;

	reason[0] = '\0';
	if (!control_socket_address(path, &address, reason))
		return false;
	file = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (file < 0)
		return refuse(reason, "%s: %s", path, strerror(errno));
	answered =
	    send_request(file, &address, request)
		? read_answer(file, path, take, context, reason)
		: refuse(reason, "%s: %s; is sluiced running, and are you its user or root?", path, strerror(errno));
	close(file);
	return answered;
}
