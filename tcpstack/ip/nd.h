/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_IP_ND_H
#define TCPSTACK_IP_ND_H

#include "ip.h"

/* Asks for the MAC address of an IPv6 neighbour (RFC 4861 section 7.2.2): its solicited-node group, or only itself. */
void nd_solicit(struct stack *stack, uint16_t interface, const struct ip_address *target, bool unicast);

/* Takes a neighbour solicitation or advertisement whose ICMPv6 checksum is right. */
void nd_input(struct stack *stack, struct packet *packet);

#endif
