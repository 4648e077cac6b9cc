/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PACKETDRILL_UDP_SOCKET_H
#define PACKETDRILL_UDP_SOCKET_H

/* Sockets of type SOCK_DGRAM. */

#include <tcpstack/udp.h>

#include "descriptor.h"

/* A new socket without a number, or NULL. */
struct descriptor *udp_socket_create(int domain);

extern const struct descriptor_operations udp_socket_operations;

#endif
