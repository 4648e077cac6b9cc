/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * traffic: many TCP connections at once to an echo, discard or chargen service, every octet of the answers checked.
 *
 * What a connection sends is a stream of random words, each made of seed, number of the connection and place alone, so
 * that the expected octets of any place can be made again: comparing them is stricter than a digest and tells where the
 * first wrong octet is.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CHUNK 65536
#define EVENTS 64
#define TURNS_PER_EVENT 4
#define COMPLAINTS 5
#define CHARGEN_LINE 74 /* 72 characters and CR LF, RFC 864 */
#define CHARGEN_CHARACTERS 95

enum mode {
	ECHO_BACK,
	DISCARD,
	CHARGEN
};

struct settings {
	enum mode mode;
	struct addrinfo *address;
	unsigned int connections;
	uint64_t octets; /* of each connection */
	uint64_t seed;
	size_t segment;	      /* 0: as the kernel likes; else each write leaves as a segment of its own */
	int receive_buffer;   /* 0: as the kernel likes */
	unsigned int timeout; /* seconds */
};

struct connection {
	int descriptor;
	uint32_t interest; /* of epoll */
	unsigned int number;
	bool connected;
	bool shut; /* our direction is closed */
	bool done;
	uint64_t sent;
	uint64_t received;
};

struct run {
	struct settings settings;
	struct connection *connections;
	int epoll;
	unsigned int open;
	unsigned int right;
	unsigned int wrong;
	uint8_t chunk[CHUNK];
	uint8_t expected[CHUNK];
};

static uint64_t mix(uint64_t value)
{
	value += 0x9e3779b97f4a7c15ULL;
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ULL;
	value = (value ^ value >> 27) * 0x94d049bb133111ebULL;
	return value ^ value >> 31;
}

/* The octets of a stream from a place on. */
static void make_stream(const struct settings *settings, unsigned int number, uint64_t place, uint8_t *out,
			size_t length)
{
	uint64_t key = mix(settings->seed ^ mix(number));

	while (length > 0) {
		uint64_t word = mix(key + place / 8);
		size_t skip = place % 8;
		size_t part = sizeof(word) - skip < length ? sizeof(word) - skip : length;

		memcpy(out, (uint8_t *)&word + skip, part);
		out += part;
		place += part;
		length -= part;
	}
}

/* RFC 864's usual pattern: each line begins one character later. */
static void make_chargen(uint64_t place, uint8_t *out, size_t length)
{
	for (size_t i = 0; i < length; i++, place++) {
		uint64_t line = place / CHARGEN_LINE;
		uint64_t column = place % CHARGEN_LINE;

		if (column < CHARGEN_LINE - 2)
			out[i] = (uint8_t)(' ' + (line + column) % CHARGEN_CHARACTERS);
		else
			out[i] = column == CHARGEN_LINE - 2 ? '\r' : '\n';
	}
}

static double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void watch(struct run *run, struct connection *connection, uint32_t interest)
{
	struct epoll_event event = {.events = interest, .data.ptr = connection};

	if (connection->interest == interest)
		return;
	if (epoll_ctl(run->epoll, connection->interest ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, connection->descriptor,
		      &event) < 0) {
		perror("traffic: epoll_ctl");
		exit(2);
	}
	connection->interest = interest;
}

static void finish(struct run *run, struct connection *connection, const char *fault)
{
	if (fault && run->wrong++ < COMPLAINTS)
		fprintf(stderr, "traffic: connection %u: %s; %" PRIu64 " octets sent, %" PRIu64 " received\n",
			connection->number, fault, connection->sent, connection->received);
	if (!fault)
		run->right++;
	close(connection->descriptor);
	connection->done = true;
	run->open--;
}

static void open_connection(struct run *run, struct connection *connection)
{
	const struct addrinfo *address = run->settings.address;
	int on = 1;

	connection->descriptor = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (connection->descriptor < 0) {
		perror("traffic: socket");
		exit(2);
	}
	if (run->settings.segment > 0)
		setsockopt(connection->descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (run->settings.receive_buffer > 0)
		setsockopt(connection->descriptor, SOL_SOCKET, SO_RCVBUF, &run->settings.receive_buffer, sizeof(int));
	run->open++;
	if (connect(connection->descriptor, address->ai_addr, address->ai_addrlen) < 0 && errno != EINPROGRESS)
		finish(run, connection, strerror(errno));
	else
		watch(run, connection, EPOLLOUT | EPOLLIN);
}

static void close_our_direction(struct run *run, struct connection *connection)
{
	shutdown(connection->descriptor, SHUT_WR);
	connection->shut = true;
	watch(run, connection, EPOLLIN);
}

/* Returns false when the connection is finished. */
static bool send_some(struct run *run, struct connection *connection)
{
	const struct settings *settings = &run->settings;

	for (int turn = 0; turn < TURNS_PER_EVENT && !connection->shut; turn++) {
		uint64_t left = settings->mode == CHARGEN ? 0 : settings->octets - connection->sent;
		size_t length = left < CHUNK ? (size_t)left : CHUNK;
		size_t step = settings->segment > 0 ? settings->segment : CHUNK;
		/* The end of a record keeps the kernel from joining a write with the next one in a segment. */
		int flags = settings->segment > 0 ? MSG_NOSIGNAL | MSG_EOR : MSG_NOSIGNAL;

		if (length == 0) {
			if (settings->mode != CHARGEN)
				close_our_direction(run, connection);
			else
				watch(run, connection, EPOLLIN);
			return true;
		}
		make_stream(settings, connection->number, connection->sent, run->chunk, length);
		for (size_t at = 0; at < length;) {
			size_t part = length - at < step ? length - at : step;
			ssize_t count = send(connection->descriptor, run->chunk + at, part, flags);

			if (count < 0 && errno == EAGAIN)
				return true;
			if (count < 0) {
				finish(run, connection, strerror(errno));
				return false;
			}
			at += (size_t)count;
			connection->sent += (uint64_t)count;
		}
	}
	return true;
}

static bool as_expected(struct run *run, const struct connection *connection, size_t length)
{
	if (run->settings.mode == CHARGEN)
		make_chargen(connection->received, run->expected, length);
	else
		make_stream(&run->settings, connection->number, connection->received, run->expected, length);
	return memcmp(run->chunk, run->expected, length) == 0;
}

static const char *at_the_end(const struct run *run, const struct connection *connection)
{
	if (!connection->shut)
		return "the other side closed early";
	if (run->settings.mode == ECHO_BACK && connection->received != run->settings.octets)
		return "the other side closed before it sent all";
	return NULL;
}

static bool receive_some(struct run *run, struct connection *connection)
{
	for (int turn = 0; turn < TURNS_PER_EVENT; turn++) {
		ssize_t count = recv(connection->descriptor, run->chunk, sizeof(run->chunk), 0);

		if (count < 0 && errno == EAGAIN)
			return true;
		if (count <= 0) {
			finish(run, connection, count < 0 ? strerror(errno) : at_the_end(run, connection));
			return false;
		}
		if (run->settings.mode != CHARGEN &&
		    (run->settings.mode == DISCARD || connection->received + (uint64_t)count > connection->sent)) {
			finish(run, connection, "octets that nobody sent arrive");
			return false;
		}
		if (!as_expected(run, connection, (size_t)count)) {
			finish(run, connection, "a wrong octet arrived among the last ones");
			return false;
		}
		connection->received += (uint64_t)count;
		if (run->settings.mode == CHARGEN && connection->received >= run->settings.octets) {
			/* What the endless service sends after this is of no interest: reset it. */
			finish(run, connection, NULL);
			return false;
		}
	}
	return true;
}

static void handle(struct run *run, struct connection *connection, uint32_t events)
{
	if (!connection->connected && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))) {
		int error = 0;
		socklen_t length = sizeof(error);

		getsockopt(connection->descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
		if (error != 0) {
			finish(run, connection, strerror(error));
			return;
		}
		connection->connected = true;
	}
	if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) && !receive_some(run, connection))
		return;
	if (events & EPOLLOUT)
		send_some(run, connection);
}

static void give_up(struct run *run)
{
	for (unsigned int i = 0; i < run->settings.connections; i++) {
		struct connection *connection = &run->connections[i];

		if (!connection->done)
			finish(run, connection, connection->connected ? "not done in time" : "not connected in time");
	}
}

static int execute(struct run *run)
{
	const struct settings *settings = &run->settings;
	double began = now_seconds();
	double seconds;
	uint64_t sent = 0, received = 0;

	for (unsigned int i = 0; i < settings->connections; i++) {
		run->connections[i].number = i;
		open_connection(run, &run->connections[i]);
	}
	while (run->open > 0) {
		struct epoll_event events[EVENTS];
		double left = began + settings->timeout - now_seconds();
		int count = left > 0 ? epoll_wait(run->epoll, events, EVENTS, (int)(left * 1000) + 1) : 0;

		if (left <= 0) {
			give_up(run);
			break;
		}
		for (int i = 0; i < count; i++)
			handle(run, events[i].data.ptr, events[i].events);
	}
	seconds = now_seconds() - began;
	for (unsigned int i = 0; i < settings->connections; i++) {
		sent += run->connections[i].sent;
		received += run->connections[i].received;
	}
	printf("{\"right\": %u, \"wrong\": %u, \"sent\": %" PRIu64 ", \"received\": %" PRIu64
	       ", \"seconds\": %.3f, \"megabits_per_second\": %.1f}\n",
	       run->right, run->wrong, sent, received, seconds,
	       (double)(sent > received ? sent : received) * 8 / seconds / 1e6);
	return run->wrong == 0 ? 0 : 1;
}

static void usage(void)
{
	fprintf(stderr,
		"usage: traffic echo|discard|chargen [--connections N] [--octets N] [--segment N] [--seed N]\n"
		"               [--receive-buffer N] [--timeout SECONDS] ADDRESS PORT\n"
		"\n"
		"Each of N connections at once sends so many octets (chargen: receives), closes its direction,\n"
		"and checks all that comes back up to the other side's end. With --segment each write of so many\n"
		"octets leaves as a segment of its own. Prints one JSON line; fails if any connection did.\n");
	exit(2);
}

static uint64_t number_of(const char *text)
{
	char *end;
	uint64_t number = strtoull(text, &end, 10);

	if (end == text || *end != '\0')
		usage();
	return number;
}

static void parse_mode(struct settings *settings, const char *text)
{
	static const char *const names[] = {"echo", "discard", "chargen"};

	for (int mode = 0; mode < 3; mode++) {
		if (strcmp(text, names[mode]) == 0) {
			settings->mode = (enum mode)mode;
			return;
		}
	}
	usage();
}

static void parse_arguments(struct settings *settings, int argc, char **argv)
{
	static const struct option options[] = {
	    {"connections", required_argument, NULL, 'c'},
	    {"octets", required_argument, NULL, 'o'},
	    {"segment", required_argument, NULL, 's'},
	    {"seed", required_argument, NULL, 'S'},
	    {"timeout", required_argument, NULL, 't'},
	    {"receive-buffer", required_argument, NULL, 'r'},
	    {NULL, 0, NULL, 0},
	};
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
	int option;

	*settings = (struct settings){.connections = 1, .octets = 1 << 20, .seed = 1, .timeout = 60};
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'c')
			settings->connections = (unsigned int)number_of(optarg);
		else if (option == 'o')
			settings->octets = number_of(optarg);
		else if (option == 's')
			settings->segment = number_of(optarg);
		else if (option == 'S')
			settings->seed = number_of(optarg);
		else if (option == 't')
			settings->timeout = (unsigned int)number_of(optarg);
		else if (option == 'r')
			settings->receive_buffer = (int)number_of(optarg);
		else
			usage();
	}
	if (argc - optind != 3 || settings->connections == 0)
		usage();
	parse_mode(settings, argv[optind]);
	if (getaddrinfo(argv[optind + 1], argv[optind + 2], &hints, &settings->address) != 0)
		usage();
}

int main(int argc, char **argv)
{
	static struct run run;
	int status;

	parse_arguments(&run.settings, argc, argv);
	run.connections = calloc(run.settings.connections, sizeof(*run.connections));
	run.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!run.connections || run.epoll < 0) {
		perror("traffic");
		return 2;
	}
	status = execute(&run);
	close(run.epoll);
	freeaddrinfo(run.settings.address);
	free(run.connections);
	return status;
}
