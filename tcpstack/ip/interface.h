/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_IP_INTERFACE_H
#define TCPSTACK_IP_INTERFACE_H

/* An interface: its addresses, the groups it has joined, and the frames that wait to leave by it. */

#include <stdbool.h>
#include <stdint.h>

#include <tcpstack/stack.h>

struct interface {
	struct rte_ether_addr mac;
	uint16_t mtu;
	uint16_t vlan;
	uint32_t offloads;
	struct ip_prefix addresses[STACK_INTERFACE_ADDRESSES + 1]; /* with the link-local one that we make */
	unsigned address_count;
	bool has_ipv4, has_ipv6;
	/* output queue: a ring; head and tail run freely */
	struct rte_mbuf **queue;
	uint32_t head, tail;
};

/* Frees what waits to leave. */
void interface_destroy(struct stack *stack, struct interface *interface);

/* Whether the address is one of this interface's own. */
bool interface_owns(const struct interface *interface, const struct ip_address *address);

/* 255.255.255.255, or the first or last address of one of the interface's IPv4 prefixes. */
bool interface_broadcast(const struct interface *interface, const struct ip_address *address);

/* Whether the interface listens to this IPv6 group: all nodes, and the solicited-node groups of its addresses. */
bool interface_joined(const struct interface *interface, const struct ip_address *group);

/* Whether one of the interface's prefixes covers the address. */
bool interface_on_link(const struct interface *interface, const struct ip_address *address);

/* Queues a frame, whole with its Ethernet header. The mbuf is taken. False if the queue was full: counted. */
bool interface_enqueue(struct stack *stack, uint16_t interface, struct rte_mbuf *frame);

/* The solicited-node group of an IPv6 address (RFC 4291 section 2.7.1). */
struct ip_address solicited_node_group(const struct ip_address *address);

#endif
