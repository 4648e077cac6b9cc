/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_AUTHORITY_H
#define DATAPLANE_AUTHORITY_H

/*
 * "host:port" as CONNECT names its target and Host repeats it (RFC 9112 section 3.2.3, RFC 3986 section 3.2, less the
 * user information). One text means one thing to every reader, or it is refused. Pure functions, any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <config/name.h>

#include <tcpstack/address.h>

/* The longest text that can be one: a name with its trailing dot, a colon, five digits. */
#define AUTHORITY_LENGTH_MAX (NAME_LENGTH_MAX + 1 + 1 + 5)

struct authority {
	char name[NAME_LENGTH_MAX + 1]; /* in its one form (config/name.h); empty: `address` is meant */
	struct ip_address address;	/* zero if there is a name */
	uint16_t port;			/* host byte order; 0: the text has none */
};

/*
 * Reads `length` octets at `text`, which need no NUL. The host is a name, an IPv4 address in its ordinary form, or an
 * IPv6 address in brackets without a zone, and not one that stands for an IPv4 address (::ffff:0:0/96). The port is 1
 * to 65535 in plain decimal: no sign, no leading zero. Without a port there is no colon either. False, and nothing in
 * *authority means anything, for all else.
 */
bool authority_read(const char *text, size_t length, struct authority *authority);

/* Whether both name the same host, whatever the ports. */
bool authority_same_host(const struct authority *a, const struct authority *b);

#endif
