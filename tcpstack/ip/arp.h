/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_IP_ARP_H
#define TCPSTACK_IP_ARP_H

#include <stdint.h>

#include <rte_ether.h>

#include <tcpstack/address.h>

struct stack;

/* Asks for the MAC address of an IPv4 neighbour (RFC 826): everybody, or the one machine at `mac`. */
void arp_solicit(struct stack *stack, uint16_t interface, const struct ip_address *target,
		 const struct rte_ether_addr *mac);

#endif
