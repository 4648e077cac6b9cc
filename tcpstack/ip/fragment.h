/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_IP_FRAGMENT_H
#define TCPSTACK_IP_FRAGMENT_H

#include "ip.h"

/*
 * Sends an IP packet (the mbuf begins with its IP header) in fragments that fit path->mtu: an IPv4 packet with any
 * header, itself a fragment or not (RFC 791 section 3.2), or an IPv6 packet that we have made or put together, without
 * extension headers (RFC 8200 section 4.5). Its checksums are final. The mbuf is taken. False if not all fragments
 * could be sent: counted.
 */
bool fragment_output(struct stack *stack, struct rte_mbuf *mbuf, const struct ip_path *path);

#endif
