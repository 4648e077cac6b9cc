/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_APPLICATION_H
#define SIM_APPLICATION_H

/*
 * What the users of the two stacks of a world do: conversations between a client on host 0 and a server on host 1. Each
 * end writes its part of a pattern in pieces and with pauses, reads and compares what comes, and ends as it was told.
 * A struct application is the world's context.
 */

#include "world.h"

#include <tcpstack/tcp.h>

#define CONVERSATIONS 4 /* the most in a world */
#define SERVER_PORT 443

enum ending {
	ENDING_SHUTDOWN, /* half-close after the last byte; released once the other end has ended too */
	ENDING_RELEASE,	 /* waits for the other end's FIN, and releases after its own last byte */
	ENDING_RESET,	 /* tcp_reset when so many bytes are written */
	ENDING_ABANDON,	 /* tcp_release when so many bytes are written, whatever comes */
};

/* What one end is to do. Times in microseconds; pauses are random up to the one given, after each write or read. */
struct part {
	uint64_t bytes;
	uint32_t write_size; /* at most, in one go */
	uint32_t mbuf_size;  /* payload of each mbuf, at most */
	uint64_t write_pause, read_pause;
	enum ending ending;
};

struct end {
	const struct part *part;
	struct tcp_connection *connection; /* NULL before it is open, and after it was released */
	uint64_t written, received;
	uint64_t write_at, read_at; /* not before */
	uint32_t write_seed, read_seed;
	bool opened, shut, end_seen, closed, released;
	enum tcp_end reason;
};

struct conversation {
	uint64_t begins; /* time since the world's beginning at which the client connects */
	enum family family;
	struct tcp_options options; /* of the client's SYN */
	struct part parts[2];	    /* client, server */
	/* run: */
	struct end ends[2];
	uint16_t client_port;
	bool started;
};

struct application {
	struct conversation conversations[CONVERSATIONS];
	unsigned count;
	struct random random;
	struct tcp_listener *listener;
	uint64_t began;
	const char *fault;
};

/* Starts the server's listener (with the options given) and makes the conversations ready. */
void application_start(struct application *application, struct world *world, const struct tcp_options *server,
		       uint64_t seed);

/* The world's application. */
uint64_t application_turn(struct world *world, unsigned host);

/* All ends are closed and released. */
bool application_done(const struct application *application);

/* What a conversation did not do that it should have; NULL: all is right. */
const char *application_verdict(const struct application *application);

/* Stops listening, so that the world can come to rest. */
void application_stop(struct application *application, struct world *world);

#endif
