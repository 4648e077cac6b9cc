/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_BEHAVIOUR_H
#define SIM_BEHAVIOUR_H

/*
 * A behaviour of TCP: a function whose name says what must hold, run once for IPv4 and once for IPv6. All behaviours
 * of a file make one test, named for the file.
 *
 *     BEHAVIOUR(a_syn_is_answered) { listening(); inject(.flags = SYN); expect(.flags = SYN | ACK); }
 */

#include "peer.h"

struct behaviour {
	const char *file;
	const char *name;
	void (*run)(void);
	struct behaviour *next;
};

void behaviour_add(struct behaviour *behaviour);

#define BEHAVIOUR(what)                                                                                                \
	static void what(void);                                                                                        \
	__attribute__((constructor)) static void add_##what(void)                                                      \
	{                                                                                                              \
		static struct behaviour behaviour = {__FILE__, #what, what, NULL};                                     \
		behaviour_add(&behaviour);                                                                             \
	}                                                                                                              \
	static void what(void)

#endif
