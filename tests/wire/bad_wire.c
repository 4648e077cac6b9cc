/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bad-wire: join two interfaces frame by frame through the model of a bad link (link.h), as this text (link_spec.h)
 * says.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "endpoint.h"
#include "link.h"
#include "link_spec.h"
#include "too_big.h"

#define SPEC_MAXIMUM 1024
#define NANOSECONDS_PER_SECOND 1000000000ULL

/* One direction: what comes in at `from` goes through the link and out at `to`. */
struct direction {
	const char *name;
	struct link_config config;
	struct link *link;
	struct endpoint *from;
	struct endpoint *to;
	uint64_t too_big_replies;
	uint64_t now;
};

struct wire {
	struct endpoint endpoints[2];
	struct direction directions[LINK_DIRECTIONS];
	const char *spec_file;
	const char *counters_file;
	char spec[SPEC_MAXIMUM];
	bool end;
};

static uint64_t now_nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)now.tv_nsec;
}

static void usage(FILE *to)
{
	fprintf(to, "usage: bad-wire [--wire SPEC | --wire-file FILE] [--counters FILE] FIRST SECOND\n"
		    "\n"
		    "Join two interfaces (a name, or tap:NAME to make a TAP) by a bad wire. SPEC is a list such as\n"
		    "  rate=100mbit,queue=256k,delay=20ms,jitter=5ms,loss=5%%,burst=0.1%%:20,duplicate=1%%,\n"
		    "  reorder=3%%:5,hold=20ms,corrupt=0.1%%,truncate=0.1%%,mtu=1280@2s,icmp=on,\n"
		    "  blackhole=1s@5s/30s,memory=64m,seed=7\n"
		    "each for both directions, or behind up: (FIRST to SECOND) or down: for one.\n"
		    "\n"
		    "SIGUSR1 writes the counters as JSON to the file or to standard output, and so does the end;\n"
		    "SIGHUP reads FILE again. It ends by SIGTERM or SIGINT, or when an interface is gone.\n");
}

static int read_spec_file(const char *name, char spec[SPEC_MAXIMUM])
{
	FILE *file = fopen(name, "r");
	size_t length;

	if (!file) {
		fprintf(stderr, "bad-wire: cannot read %s: %s\n", name, strerror(errno));
		return -1;
	}
	length = fread(spec, 1, SPEC_MAXIMUM - 1, file);
	fclose(file);
	spec[length] = '\0';
	spec[strcspn(spec, "\r\n")] = '\0';
	return 0;
}

/* Take over a specification, or leave the wire as it is. */
static int use_spec(struct wire *wire, const char *spec)
{
	struct link_config configs[LINK_DIRECTIONS];
	char error[512];

	if (link_spec_parse(spec, configs, error, sizeof(error)) < 0) {
		fprintf(stderr, "bad-wire: %s\n", error);
		return -1;
	}
	for (int i = 0; i < LINK_DIRECTIONS; i++)
		wire->directions[i].config = configs[i];
	snprintf(wire->spec, sizeof(wire->spec), "%s", spec);
	return 0;
}

static void print_endpoint(FILE *file, struct endpoint *endpoint, const char *separator)
{
	const struct endpoint_counters *counters = endpoint_counters(endpoint);

	fprintf(file,
		"{\"name\": \"%s\", \"received\": %" PRIu64 ", \"sent\": %" PRIu64 ", \"missed\": %" PRIu64
		", \"send_failures\": %" PRIu64 ", \"unfinished_checksums\": %" PRIu64 "}%s",
		endpoint->name, counters->received, counters->sent, counters->missed, counters->send_failures,
		counters->unfinished_checksums, separator);
}

static void print_direction(FILE *file, const struct direction *direction, const char *separator)
{
	const struct link_counters *counters = link_counters(direction->link);

	fprintf(file, "\"%s\": {", direction->name);
	for (int i = 0; i < LINK_VERDICTS; i++)
		fprintf(file, "\"%s\": %" PRIu64 ", ", link_verdict_name(i), counters->verdicts[i]);
	fprintf(file,
		"\"octets_accepted\": %" PRIu64 ", \"duplicated\": %" PRIu64 ", \"reordered\": %" PRIu64
		", \"corrupted\": %" PRIu64 ", \"truncated\": %" PRIu64 ", \"delivered\": %" PRIu64
		", \"octets_delivered\": %" PRIu64 ", \"too_big_replies\": %" PRIu64 ", \"frames_inside\": %" PRIu64
		", \"octets_inside\": %" PRIu64 "}%s",
		counters->octets_accepted, counters->duplicated, counters->reordered, counters->corrupted,
		counters->truncated, counters->delivered, counters->octets_delivered, direction->too_big_replies,
		link_frames_inside(direction->link), link_octets_inside(direction->link), separator);
}

static void print_counters(struct wire *wire, FILE *file)
{
	fprintf(file, "{\"wire\": \"%s\", \"interfaces\": [", wire->spec);
	print_endpoint(file, &wire->endpoints[0], ", ");
	print_endpoint(file, &wire->endpoints[1], "], ");
	print_direction(file, &wire->directions[LINK_UP], ", ");
	print_direction(file, &wire->directions[LINK_DOWN], "}\n");
	fflush(file);
}

/* Through a second file, so that a reader never finds half of it. */
static void write_counters(struct wire *wire)
{
	char temporary[4096];
	FILE *file;

	if (!wire->counters_file) {
		print_counters(wire, stdout);
		return;
	}
	if (snprintf(temporary, sizeof(temporary), "%s.new", wire->counters_file) >= (int)sizeof(temporary))
		return;
	file = fopen(temporary, "w");
	if (!file) {
		fprintf(stderr, "bad-wire: cannot write %s: %s\n", temporary, strerror(errno));
		return;
	}
	print_counters(wire, file);
	if (fclose(file) != 0 || rename(temporary, wire->counters_file) < 0)
		fprintf(stderr, "bad-wire: cannot write %s: %s\n", wire->counters_file, strerror(errno));
}

static void take_frame(void *context, const uint8_t *octets, size_t length)
{
	struct direction *direction = context;
	uint8_t answer[TOO_BIG_MAXIMUM];
	size_t answer_length;

	if (link_send(direction->link, direction->now, octets, length) != LINK_TOO_BIG ||
	    !direction->config.too_big_reply)
		return;
	answer_length = too_big_write(octets, length, direction->config.mtu, answer);
	if (answer_length == 0)
		return;
	endpoint_send_now(direction->from, answer, answer_length);
	direction->too_big_replies++;
}

/* Send what is due, and say how long nothing will be. */
static uint64_t deliver_due(struct wire *wire)
{
	uint64_t deadline = LINK_NO_DEADLINE;
	uint64_t now = now_nanoseconds();

	for (int i = 0; i < LINK_DIRECTIONS; i++) {
		struct direction *direction = &wire->directions[i];
		struct link_frame *frame;

		while ((frame = link_receive(direction->link, now)))
			endpoint_send(direction->to, frame);
		endpoint_flush(direction->to);
		if (link_deadline(direction->link) < deadline)
			deadline = link_deadline(direction->link);
	}
	if (deadline == LINK_NO_DEADLINE)
		return LINK_NO_DEADLINE;
	now = now_nanoseconds();
	return deadline > now ? deadline - now : 0;
}

static void reload(struct wire *wire)
{
	char spec[SPEC_MAXIMUM];

	if (!wire->spec_file || read_spec_file(wire->spec_file, spec) < 0 || use_spec(wire, spec) < 0)
		return;
	for (int i = 0; i < LINK_DIRECTIONS; i++)
		link_configure(wire->directions[i].link, &wire->directions[i].config, now_nanoseconds());
	fprintf(stderr, "bad-wire: now '%s'\n", wire->spec);
}

static void take_signals(struct wire *wire, int descriptor)
{
	struct signalfd_siginfo information;

	while (read(descriptor, &information, sizeof(information)) == sizeof(information)) {
		if (information.ssi_signo == SIGUSR1)
			write_counters(wire);
		else if (information.ssi_signo == SIGHUP)
			reload(wire);
		else
			wire->end = true;
	}
}

static void run(struct wire *wire, int signals)
{
	struct pollfd polled[3] = {
	    {.fd = wire->endpoints[0].descriptor, .events = POLLIN},
	    {.fd = wire->endpoints[1].descriptor, .events = POLLIN},
	    {.fd = signals, .events = POLLIN},
	};

	while (!wire->end) {
		uint64_t wait = deliver_due(wire);
		struct timespec timeout = {.tv_sec = (time_t)(wait / NANOSECONDS_PER_SECOND),
					   .tv_nsec = (long)(wait % NANOSECONDS_PER_SECOND)};

		if (ppoll(polled, 3, wait == LINK_NO_DEADLINE ? NULL : &timeout, NULL) < 0 && errno != EINTR)
			return;
		for (int i = 0; i < LINK_DIRECTIONS; i++) {
			struct direction *direction = &wire->directions[i];

			if (polled[i].revents == 0)
				continue;
			direction->now = now_nanoseconds();
			if (endpoint_receive(direction->from, take_frame, direction) < 0) {
				fprintf(stderr, "bad-wire: %s is gone\n", direction->from->name);
				return;
			}
		}
		if (polled[2].revents)
			take_signals(wire, signals);
	}
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* Returns the index of the first interface in the arguments, or -1 after the usage was printed. */
static int parse_arguments(struct wire *wire, int argc, char **argv, const char **spec)
{
	static const struct option options[] = {
	    {"wire", required_argument, NULL, 'w'},
	    {"wire-file", required_argument, NULL, 'f'},
	    {"counters", required_argument, NULL, 'c'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'w') {
			*spec = optarg;
		} else if (option == 'f') {
			wire->spec_file = optarg;
		} else if (option == 'c') {
			wire->counters_file = optarg;
		} else {
			usage(option == 'h' ? stdout : stderr);
			exit(option == 'h' ? 0 : 2);
		}
	}
	if (argc - optind != 2) {
		usage(stderr);
		return -1;
	}
	return optind;
}

static int join(struct wire *wire, char **names)
{
	static const char *const direction_names[LINK_DIRECTIONS] = {"up", "down"};

	for (int i = 0; i < LINK_DIRECTIONS; i++) {
		struct direction *direction = &wire->directions[i];

		if (endpoint_open(&wire->endpoints[i], names[i]) < 0)
			return -1;
		direction->name = direction_names[i];
		direction->from = &wire->endpoints[i];
		direction->to = &wire->endpoints[1 - i];
		direction->link = link_create(&direction->config, now_nanoseconds());
		if (!direction->link) {
			fprintf(stderr, "bad-wire: no memory\n");
			return -1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct wire wire = {.endpoints = {{.descriptor = -1}, {.descriptor = -1}}};
	char file_spec[SPEC_MAXIMUM];
	const char *spec = "";
	int first = parse_arguments(&wire, argc, argv, &spec);
	int signals = open_signals();
	int status = 1;

	if (first < 0 || (wire.spec_file && read_spec_file(wire.spec_file, file_spec) < 0) ||
	    use_spec(&wire, wire.spec_file ? file_spec : spec) < 0)
		return 2;
	/* Ask for wake-ups at the time, not 50 us behind it. */
	prctl(PR_SET_TIMERSLACK, 1);
	if (signals >= 0 && join(&wire, argv + first) == 0) {
		fprintf(stderr, "bad-wire: %s and %s joined\n", wire.endpoints[0].name, wire.endpoints[1].name);
		run(&wire, signals);
		write_counters(&wire);
		status = 0;
	}
	for (int i = 0; i < LINK_DIRECTIONS; i++) {
		link_destroy(wire.directions[i].link);
		endpoint_close(&wire.endpoints[i]);
	}
	return status;
}
