/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_PORT_H
#define DATAPLANE_PORT_H

/*
 * A port: queues to receive from and transmit on, over a table of functions, so that the workers need not know what is
 * behind it. Behind nearly all are the devices of DPDK (device_port.c); the tests bring two of their own, which are
 * asked for by a prefix of the device arguments ("steering:", "lying:").
 *
 * Opening, link, statistics and closing are the main lcore's; receive and transmit of one queue belong to one worker.
 */

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>
#include <rte_mbuf.h>

#include "fault.h"
#include "toeplitz.h"

#define PORT_BURST 32	    /* the most frames that one call moves */
#define PORT_TABLE_MAX 2048 /* the most entries of a redirection table: those of ice */

/* How a port spreads what it receives over its queues: table[hash & (table_size - 1)]. */
struct port_spread {
	bool known;	/* key and table are in force and were read back: the port says that it spreads so */
	bool udp_ports; /* UDP is hashed with its ports, like TCP; otherwise by addresses only */
	uint8_t key[TOEPLITZ_KEY_SIZE];
	uint16_t table[PORT_TABLE_MAX];
	uint16_t table_size; /* a power of two */
};

/* What is asked of a port that is opened. */
struct port_request {
	const char *device;	   /* device arguments */
	struct rte_ether_addr mac; /* all zero: the device's own */
	uint16_t mtu;		   /* of the IP packet */
	uint16_t descriptors;	   /* of each queue */
	uint16_t queues;	   /* wanted: one for each worker */
	struct rte_mempool *pool;  /* for what is received */
};

/* What an open port is; fixed until it is closed. */
struct port_description {
	char driver[32];
	struct rte_ether_addr mac;
	uint16_t mtu;
	uint16_t queues;   /* to receive and to transmit, as many of each: 1 to what was wanted */
	uint32_t offloads; /* INTERFACE_TX_... of tcpstack/stack.h */
	bool receive_checksum;
	struct port_spread spread;
};

struct port_link {
	bool known; /* false: the driver cannot tell, and the link is taken to be up */
	bool up;
	uint32_t megabits; /* per second; 0: unknown */
};

struct port_statistics {
	uint64_t received_frames, received_octets;
	uint64_t sent_frames, sent_octets;
	uint64_t receive_missed;  /* no descriptor was free */
	uint64_t receive_errors;  /* bad frames */
	uint64_t receive_no_mbuf; /* the pool was empty */
	uint64_t transmit_errors;
	uint64_t transmit_refused; /* the driver could not send a frame as it was */
};

struct port_operations {
	/* Up to `room` (at most PORT_BURST) frames from a queue; the caller owns them. Never blocks. */
	uint16_t (*receive)(void *device, uint16_t queue, struct rte_mbuf **frames, uint16_t room);
	/* Takes the first frames of n (at most PORT_BURST) and returns how many; the others stay the caller's. Never
	 * blocks. */
	uint16_t (*transmit)(void *device, uint16_t queue, struct rte_mbuf **frames, uint16_t n);
	void (*link)(void *device, struct port_link *link);
	void (*statistics)(void *device, struct port_statistics *statistics);
	/* Stops the device and frees it. No worker uses it any more. */
	void (*close)(void *device);
};

struct port {
	const struct port_operations *operations;
	void *device;
	struct port_description description;
};

/* Opens and starts a port. On failure *port is all zero and *fault says why. */
bool port_open(struct port *port, const struct port_request *request, struct fault *fault);

/* Closes a port; one that is all zero is none. */
void port_close(struct port *port);

/* The arguments of the DPDK device behind: without the prefix of a test port. Points into `device`. */
const char *port_device_arguments(const char *device);

/* Opens a DPDK device as a port (device_port.c). */
bool device_port_open(struct port *port, const struct port_request *request, struct fault *fault);

static inline uint16_t port_receive(const struct port *port, uint16_t queue, struct rte_mbuf **frames, uint16_t room)
{
	return port->operations->receive(port->device, queue, frames, room);
}

static inline uint16_t port_transmit(const struct port *port, uint16_t queue, struct rte_mbuf **frames, uint16_t n)
{
	return port->operations->transmit(port->device, queue, frames, n);
}

#endif
