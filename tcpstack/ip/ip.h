/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_IP_IP_H
#define TCPSTACK_IP_IP_H

/* What the transports above see of IP: a received packet, the way to a destination, and how to send. */

#include <stdbool.h>
#include <stdint.h>

#include <rte_mbuf.h>

#include <tcpstack/address.h>
#include <tcpstack/drop.h>

struct stack;

/* A packet for us, checked up to and including its IP header and whatever stands before the transport header. */
struct packet {
	struct rte_mbuf *mbuf; /* a whole frame, maybe of several mbufs; all headers up to and including the transport's
				  fixed header (and all TCP options) lie in the first one */
	struct ip_address source;
	struct ip_address destination;
	uint16_t interface;
	uint16_t network_offset;   /* of the IP header, from the first byte of the frame */
	uint16_t transport_offset; /* of the transport header */
	uint32_t transport_length; /* octets of transport header and payload; anything in the mbuf beyond is padding */
	uint8_t protocol;
	uint8_t hop_limit;
	uint8_t traffic_class;
	bool checksum_good; /* the port vouches for the transport checksum */
};

/* The way to a destination. */
struct ip_path {
	struct ip_address next_hop;
	uint16_t interface;
	uint16_t mtu; /* of the IP packet: the interface's, or the path's where that is known to be smaller */
	bool narrow;  /* IPv4: some link takes less than mtu; packets go without DF, and routers cut them */
};

struct ip_send {
	struct ip_address source;
	struct ip_address destination;
	uint8_t protocol;
	uint8_t hop_limit;     /* 0: 64 */
	uint8_t traffic_class; /* DSCP and ECN */
	bool may_fragment; /* else DF is set (IPv4, no narrow path); beyond the MTU a packet is dropped and counted */
};

/* Finds the way; false if there is no route (nothing is counted). An IPv6 link-local destination is looked for on the
 * first interface that has IPv6. */
bool ip_route(const struct stack *stack, const struct ip_address *destination, struct ip_path *path);

/* The same, but an IPv6 link-local destination is looked for on the link of the (first) interface that has the own
 * address `local`. */
bool ip_route_between(const struct stack *stack, const struct ip_address *local, const struct ip_address *destination,
		      struct ip_path *path);

/* The own address to use towards the destination on that path (RFC 6724 in short: same family, on-link prefix first,
 * same scope); false if the interface has none of the family. */
bool ip_source(const struct stack *stack, const struct ip_path *path, const struct ip_address *destination,
	       struct ip_address *source);

/*
 * Sends a packet. The mbuf (single, or a chain) begins with the transport header and has RTE_PKTMBUF_HEADROOM in front
 * of it; it may hold indirect mbufs behind the first. The transport checksum (TCP, UDP, ICMPv6; ICMP does its own) is
 * filled in here, or left to the port if that offers it. mbuf->tso_segsz > 0 asks for TCP segmentation of more than the
 * MTU: only on interfaces that have it. From a link-local address nothing is sent but on its link. The mbuf is taken in
 * any case. False if it was dropped; the reason is counted.
 */
bool ip_output(struct stack *stack, struct rte_mbuf *mbuf, const struct ip_send *send, const struct ip_path *path);

/* The offloads of the interface: INTERFACE_TX_... */
uint32_t ip_offloads(const struct stack *stack, uint16_t interface);

/* Frames that ip_output can still take for the interface. */
unsigned ip_output_room(const struct stack *stack, uint16_t interface);

/* Octets of the IP header that ip_output puts before the transport header: 20 or 40. */
static inline uint16_t ip_header_length(const struct ip_address *destination)
{
	return address_is_ipv4(destination) ? 20 : 40;
}

/* Tells that the next hop of a path has just shown that it receives what we send: an ACK of new data came back (RFC
 * 4861 section 7.3.1). Costs a look into the neighbour table: once in some seconds for each connection is enough. */
void ip_confirm(struct stack *stack, const struct ip_path *path);

/* Counts and frees. */
void packet_drop(struct stack *stack, struct rte_mbuf *mbuf, enum drop_reason reason);

/* An ICMP error about a packet of ours, or a neighbour that did not answer (RFC 1122, 4443, 5927). */
struct icmp_error {
	struct tuple tuple; /* of the quoted packet, as seen from us: local is its source */
	uint32_t sequence;  /* TCP: of the quoted segment */
	enum icmp_error_kind {
		ICMP_ERROR_SOFT,      /* net or host unreachable, time exceeded: may pass */
		ICMP_ERROR_HARD,      /* protocol or port unreachable, administratively prohibited */
		ICMP_ERROR_TOO_BIG,   /* fragmentation needed, packet too big */
		ICMP_ERROR_NEIGHBOUR, /* no answer from the next hop: known for certain, not by hearsay */
	} kind;
	uint16_t mtu; /* ICMP_ERROR_TOO_BIG: already bounded to 68..65535 (IPv4) or 1280..65535 (IPv6) */
};

/* Remembers a path MTU for ten minutes (RFC 1191, 8201). Never raises one. Below 552 octets, which peers could use to
 * slow connections down, the path becomes narrow instead. */
void path_mtu_learn(struct stack *stack, const struct ip_address *destination, uint16_t mtu);

/* Tells the sender of a packet for us that the port is closed; rate-limited. The packet stays the caller's. */
void icmp_port_unreachable(struct stack *stack, const struct packet *packet);

/* The transports, as IP calls them. Each takes the packet's mbuf. */
void tcp_input(struct stack *stack, struct packet *packet);
void udp_input(struct stack *stack, struct packet *packet);

/* Returns false, and does nothing, if the error quotes nothing of ours that is in flight. */
bool tcp_icmp_error(struct stack *stack, const struct icmp_error *error);
bool udp_icmp_error(struct stack *stack, const struct icmp_error *error);

/* Whether TCP wants a segment to this address and port though the address is not ours (an intercepting listener or one
 * of its connections). Asked for every TCP packet that would otherwise be routed. */
bool tcp_intercepts(const struct stack *stack, uint16_t interface, const struct tuple *tuple);

#endif
