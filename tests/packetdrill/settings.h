/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PACKETDRILL_SETTINGS_H
#define PACKETDRILL_SETTINGS_H

/*
 * The text behind --so_flags: "name=value" separated by commas.
 *
 *     local_ip=ADDRESS[/LENGTH]   an address of the stack, with at least two bits beyond its on-link prefix (16 and 48
 *                                 if none is given); may come several times
 *     remote_ip=PREFIX            where there is a route to; may come several times; without it: everywhere
 *     mtu=NUMBER                  of the interface; 1500
 *     seed=NUMBER                 of the random numbers (initial sequence numbers, ports); 1
 *
 * and every setting of struct tcp_config and struct tcp_options by its name, such as delayed_ack=40 or sack=0.
 */

#include <stdbool.h>
#include <stdint.h>

#include <tcpstack/address.h>
#include <tcpstack/stack.h>
#include <tcpstack/tcp_config.h>

#define SETTINGS_PREFIXES 8

struct settings {
	struct ip_prefix local[SETTINGS_PREFIXES]; /* the address itself, and the length of its on-link prefix */
	unsigned local_count;
	struct ip_prefix remote[SETTINGS_PREFIXES];
	unsigned remote_count;
	uint16_t mtu;
	uint64_t seed;
};

/*
 * Reads `flags` (NULL: none) into *settings and *tcp; what is not named keeps the value that it has in *tcp, or the
 * default above. False, with a sentence in `error`, for what cannot be understood.
 */
bool settings_parse(const char *flags, struct settings *settings, struct tcp_config *tcp, char *error,
		    size_t error_size);

/* The on-link prefix that packetdrill's own addresses of the family have: 192.168.0.0/16 and fd3d:fa7b:d17d::/48. */
struct ip_prefix settings_with_length(const struct ip_address *address);

#endif
