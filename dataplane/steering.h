/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_STEERING_H
#define DATAPLANE_STEERING_H

/*
 * Steering: which worker a packet belongs to. Every worker has a stack of its own, so both directions of a connection
 * and all its segments must come to one worker. On each port the owner of a tuple is a function that all workers and,
 * at best, the port itself compute alike: a redirection table indexed by the Toeplitz hash.
 *
 * - single:   there is one worker, and nothing to decide.
 * - hardware: the port spreads by this very function, and the user says that it can be trusted.
 * - checked:  the port says so; of TCP the first packets, and later every SYN, FIN and RST and some of the others, are
 *             hashed again.
 *             One that came to the wrong worker demotes the port for good. Of UDP all are hashed, and none demotes.
 * - software: whoever receives a packet computes its owner and hands it over.
 *
 * Whatever the mode, three kinds of packet are looked at in software, since ports differ in what they make of them:
 * fragments go to a worker by their addresses and, put together, to the owner of their tuple; packets with IPv4
 * options or IPv6 extension headers go to their owner; ARP and neighbour discovery concern every worker.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include <tcpstack/address.h>

#include "fault.h"
#include "port.h"
#include "toeplitz.h"

enum steering_mode {
	STEERING_SINGLE,
	STEERING_HARDWARE,
	STEERING_CHECKED,
	STEERING_SOFTWARE,
};

/* What the configuration wishes. */
enum steering_wish {
	STEERING_WISH_AUTO,
	STEERING_WISH_HARDWARE,
	STEERING_WISH_SOFTWARE,
};

/* Where a frame goes that is for all workers. */
#define STEERING_EVERYWHERE UINT16_MAX

/* The steering of one port. Read by all workers; only a demotion writes. */
struct steering {
	struct toeplitz toeplitz;
	uint16_t table[PORT_TABLE_MAX]; /* worker by hash */
	uint32_t table_mask;
	bool udp_ports;
	_Atomic uint8_t mode;	 /* enum steering_mode */
	_Atomic uint32_t strays; /* packets that proved a port's promise wrong */
};

/* What one worker knows of one port's honesty; the worker's own. All zero at first. */
struct steering_trust {
	uint32_t proofs; /* packets that came to the right worker */
	uint32_t skipped;
};

/*
 * Decides how a port with this description is steered for `workers` workers. False, with the reason, if the wish cannot
 * be had: hardware steering by a port that does not offer it.
 */
bool steering_prepare(struct steering *steering, const struct port_description *port, enum steering_wish wish,
		      uint16_t workers, struct fault *fault);

/* The worker to which packets of this tuple come (or are brought); local and remote as the stack sees them. The ports
 * are not looked at for other protocols than TCP and UDP. */
uint16_t steering_owner(const struct steering *steering, const struct tuple *tuple, uint8_t protocol);

/* The worker to which the frame that worker `here` received is to go: often `here`, or STEERING_EVERYWHERE (a copy for
 * each of the others). What cannot be read stays here, where it will be dropped and counted. */
uint16_t steering_place(struct steering *steering, struct steering_trust *trust, const struct rte_mbuf *frame,
			uint16_t here);

/* The mode at this moment, and its name for users: "single", "hardware", "checked", "software". */
enum steering_mode steering_mode(const struct steering *steering);
const char *steering_mode_name(enum steering_mode mode);

#endif
