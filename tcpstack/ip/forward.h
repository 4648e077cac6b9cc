/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_IP_FORWARD_H
#define TCPSTACK_IP_FORWARD_H

#include "ip.h"

/* Routes a packet of either family that is for somebody else (RFC 1812 section 5.2, RFC 8200), or drops it and tells
 * its sender. No redirects are sent. Takes the mbuf. */
void forward(struct stack *stack, struct packet *packet);

#endif
