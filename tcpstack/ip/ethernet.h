/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_IP_ETHERNET_H
#define TCPSTACK_IP_ETHERNET_H

/* Frames in, and the way of a packet from the frame to the protocols above; frames out. */

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>
#include <rte_mbuf.h>

#include <tcpstack/wire/ethernet.h>

#include "ip.h"

/* Of an mbuf that waits for a neighbour, beside the SEGMENT_ flags: it is routed, not our own. */
#define SEGMENT_FORWARDED 0x40

/* Of a frame on its way in: it came in fragments, so no port could know whose it is. */
#define SEGMENT_REASSEMBLED 0x80

/* Takes one frame: from stack_input, or whole again from reassembly. */
void ethernet_input(struct stack *stack, uint16_t interface, struct rte_mbuf *frame);

/* Puts the Ethernet header in front and queues the frame. The mbuf is taken. False if it was dropped: counted. */
bool ethernet_output(struct stack *stack, uint16_t interface, const struct rte_ether_addr *destination, uint16_t type,
		     struct rte_mbuf *mbuf);

/* Each takes a frame whose Ethernet header is right. packet: mbuf, interface and network_offset are set. */
void arp_input(struct stack *stack, struct packet *packet, const struct ethernet_header *ethernet);
void ipv4_input(struct stack *stack, struct packet *packet);
void ipv6_input(struct stack *stack, struct packet *packet);

/* A whole packet for one of our addresses or groups, to its protocol. */
void ip_deliver(struct stack *stack, struct packet *packet);

/* A packet that is not for us: to TCP if that intercepts it, else routed. later_fragment: its transport header is in
 * another packet. */
void ip_transit(struct stack *stack, struct packet *packet, bool later_fragment);

/* Whether a packet may come from this source (any family). */
bool ip_source_plausible(const struct stack *stack, uint16_t interface, const struct ip_address *source);

/* Gives a frame whose tuple is known only now to the worker that has it; true if that took it. */
bool ip_steered(struct stack *stack, const struct packet *packet, const struct tuple *tuple, uint8_t protocol);

/* As seen from us. Ports are 0 where the transport has none, or the packet is too short for them. */
struct tuple packet_tuple(const struct packet *packet);

/* Reads the IP header at the beginning of an mbuf that we made or have checked before. */
void packet_of_ip(struct packet *packet, struct rte_mbuf *mbuf);

#endif
