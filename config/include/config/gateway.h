/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_GATEWAY_H
#define CONFIG_GATEWAY_H

/*
 * gateway.json: the static configuration of sluiced, read once at its start. docs/reference/gateway.md, made from the
 * same schema that the loader obeys, says what each key means, its range and its default.
 *
 * Everything here is checked: ranges, names, addresses, and what one part says about another (a route's port exists, a
 * gateway is on its port's link, no prefix is on two links, ...). What depends on the machine (whether a core or a
 * device exists, whether memory is there) is for the user of this structure to find out.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <config/error.h>

#define GATEWAY_PORTS 16	  /* the most ports */
#define GATEWAY_PORT_ADDRESSES 16 /* the most addresses of one port */
#define GATEWAY_WORKERS 64	  /* the most workers */
#define GATEWAY_DRIVERS 16	  /* the most driver files */
#define GATEWAY_ROUTES 1024	  /* the most routes */
#define GATEWAY_DNS_SERVERS 8	  /* the most DNS servers */

#define GATEWAY_FLOW_RECORD 1024 /* octets of memory for each record that flow_log.ring holds */

/* 16 octets in network byte order; the IPv4 address a.b.c.d is held as ::ffff:a.b.c.d. */
struct gateway_address {
	uint8_t octets[16];
};

/*
 * The length counts bits of the 128-bit form: an IPv4 /24 has length 120. "::/0" has length 0, "0.0.0.0/0" has 96.
 * Bits beyond the length are zero in a route's destination; in a port's address they are the host's own.
 */
struct gateway_prefix {
	struct gateway_address address;
	uint8_t length;
};

struct gateway_mac {
	uint8_t octets[6];
};

enum gateway_idle {
	GATEWAY_IDLE_POLL,     /* a worker never sleeps */
	GATEWAY_IDLE_ADAPTIVE, /* a worker without work sleeps for a short time */
};

enum gateway_steering {
	GATEWAY_STEERING_AUTO,	   /* decided by what the driver reports */
	GATEWAY_STEERING_HARDWARE, /* the port's RSS is trusted */
	GATEWAY_STEERING_SOFTWARE, /* every packet is hashed in software and handed over by ring */
};

enum gateway_log_level {
	GATEWAY_LOG_ERROR,
	GATEWAY_LOG_WARNING,
	GATEWAY_LOG_INFO,
	GATEWAY_LOG_DEBUG,
};

struct gateway_memory {
	uint32_t megabytes;
	uint32_t mbufs; /* of all workers together */
	bool hugepages; /* false: ordinary pages */
	bool single_file_segments;
	char *file_prefix;
};

struct gateway_workers {
	uint16_t *cores; /* CPU numbers, all different, at least one */
	unsigned core_count;
	enum gateway_idle idle;
};

struct gateway_port {
	char *name;
	char *device;		/* DPDK device arguments: a PCI address or a virtual device, and its parameters */
	struct gateway_mac mac; /* all zero: the device's own */
	uint16_t mtu;		/* of the IP packet */
	uint16_t vlan;		/* 0: untagged */
	enum gateway_steering steering;
	uint16_t descriptors; /* of each queue */
	struct gateway_prefix *addresses;
	unsigned address_count;
};

struct gateway_route {
	struct gateway_prefix to;
	struct gateway_address via; /* all zero: the destination is on the port's link */
	char *port;
	unsigned port_index; /* the port's place in gateway.ports */
};

/* Bounds of one worker's stack; the names are those of tcpstack's struct stack_config. 0: not set, its default. */
struct gateway_limits {
	uint32_t connections;
	uint32_t half_open;
	uint32_t time_wait;
	uint32_t buffers;
	uint32_t listeners;
	uint32_t udp_sockets;
	uint32_t udp_queue;
	uint32_t routes;
	uint32_t neighbours;
	uint32_t neighbour_queue;
	uint32_t path_mtus;
	uint32_t reassemblies;
	uint32_t fragments;
	uint32_t icmp_per_second;
	uint32_t output_queue;
};

/*
 * The names are those of tcpstack's struct tcp_config and struct tcp_options; times in milliseconds. Numbers: 0: not
 * set, its default. keepalive_idle: UINT32_MAX: no keepalive.
 */
struct gateway_tcp {
	bool timestamps;
	bool sack;
	bool window_scaling;
	uint8_t window_scale; /* always set */
	uint16_t mss;	      /* 0: what the MTU allows */
	uint32_t receive_buffer;
	uint32_t send_buffer;
	uint32_t initial_window;
	uint32_t rto_min;
	uint32_t rto_max;
	uint32_t syn_retries;
	uint32_t syn_ack_retries;
	uint32_t retries;
	uint32_t delayed_ack;
	uint32_t keepalive_idle;
	uint32_t keepalive_interval;
	uint32_t keepalive_count;
	uint32_t time_wait;
	uint32_t orphan;
	uint16_t port_first;
	uint16_t port_last;
};

struct gateway_dns_server {
	struct gateway_address address;
	uint16_t port; /* UDP and TCP, host byte order */
};

/* Bounds are of each worker. */
struct gateway_dns {
	struct gateway_dns_server *servers; /* none: no name can be resolved */
	unsigned server_count;
	uint32_t timeout; /* milliseconds, for a question in all */
	uint32_t cache_entries;
	uint32_t questions;
	uint32_t waiters;
};

struct gateway_log {
	enum gateway_log_level level;
};

enum gateway_flow_log_mode {
	GATEWAY_FLOW_LOG_OWNER, /* 0600 */
	GATEWAY_FLOW_LOG_GROUP, /* 0640 */
};

struct gateway_flow_log {
	char *path; /* absolute; NULL: there is no flow log */
	enum gateway_flow_log_mode mode;
	uint32_t ring;	 /* records of each worker */
	uint32_t buffer; /* octets of lines */
};

/* Where policies come from; sluicectl is told the same places. */
struct gateway_region {
	char *folder; /* absolute; NULL: no policy is taken, and nothing is proxied */
	char *kept;   /* absolute: folder of the images kept on disk */
	bool tmpfs;   /* `folder` may be on tmpfs */
	uint32_t slot_megabytes;
	uint32_t counters; /* rows and defaults of a policy */
};

struct gateway_control {
	char *socket; /* absolute path that fits in a sockaddr_un */
};

/* TCP and UDP ports, host byte order. 0: not served. */
struct gateway_test_service {
	uint16_t echo;
	uint16_t discard;
	uint16_t chargen;
};

struct gateway {
	struct gateway_memory memory;
	uint16_t main_core; /* may be a worker's core too */
	struct gateway_workers workers;
	char **drivers; /* absolute paths of shared objects that hold DPDK drivers */
	unsigned driver_count;
	struct gateway_port *ports; /* at least one */
	unsigned port_count;
	struct gateway_route *routes;
	unsigned route_count;
	bool forwarding;
	struct gateway_limits limits;
	struct gateway_tcp tcp;
	struct gateway_dns dns;
	struct gateway_log log;
	struct gateway_flow_log flow_log;
	struct gateway_region region;
	struct gateway_control control;
	struct gateway_test_service test_service;
};

/* Flags of gateway_load. */
#define GATEWAY_ALLOW_TEST_SERVICE 0x1 /* "test_service" may be used; without this flag it is a fault */

/*
 * Reads and checks the file at `path`. Returns true and fills *gateway, which the caller frees with gateway_free; or
 * returns false, leaves *gateway alone, and fills *error. Never partly: a file with one fault changes nothing.
 */
bool gateway_load(const char *path, unsigned flags, struct gateway *gateway, struct config_error *error);

/* As gateway_load, from `size` octets at `text`, which need no NUL; `name` stands for the file in *error. */
bool gateway_parse(const char *name, const char *text, size_t size, unsigned flags, struct gateway *gateway,
		   struct config_error *error);

/* Frees what gateway_load allocated in *gateway and sets all of it to zero; not `gateway` itself. */
void gateway_free(struct gateway *gateway);

/*
 * Reads and checks the file and says the outcome on `stream`: its faults, a line each, or that it is good. Returns
 * whether it is good.
 */
bool gateway_check(const char *path, unsigned flags, FILE *stream);

#endif
