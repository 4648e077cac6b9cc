/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane_frames.h"

#include <netinet/in.h>
#include <string.h>

#include <tcpstack/wire/ethernet.h>
#include <tcpstack/wire/ipv4.h>
#include <tcpstack/wire/ipv6.h>
#include <tcpstack/wire/tcp.h>
#include <tcpstack/wire/udp.h>

#include "support.h"

struct tuple frame_tuple(const struct frame_wish *wish)
{
	struct tuple tuple = {.local_port = wish->local_port, .remote_port = wish->remote_port};

	CU_ASSERT_TRUE_FATAL(address_parse(wish->local, &tuple.local));
	CU_ASSERT_TRUE_FATAL(address_parse(wish->remote, &tuple.remote));
	return tuple;
}

static uint32_t put_transport(const struct frame_wish *wish, uint8_t *data)
{
	struct tcp_header tcp = {.source_port = wish->remote_port,
				 .destination_port = wish->local_port,
				 .flags = wish->tcp_flags,
				 .window = 1000};
	struct udp_header udp = {
	    .source_port = wish->remote_port, .destination_port = wish->local_port, .length = UDP_HEADER_LENGTH};

	if (wish->later_fragment) {
		memset(data, 0xaa, 32);
		return 32;
	}
	if (wish->protocol == IPPROTO_TCP)
		return tcp_header_emit(&tcp, data);
	if (wish->protocol == IPPROTO_UDP)
		return udp_header_emit(&udp, data);
	memset(data, 0, 24);
	data[0] = wish->icmp_type;
	return 24;
}

static uint32_t put_ipv4(const struct frame_wish *wish, const struct tuple *tuple, uint8_t *data)
{
	uint32_t header = wish->options ? 24 : 20;
	uint32_t transport = put_transport(wish, data + header);
	struct ipv4_header ip = {
	    .source = tuple->remote,
	    .destination = tuple->local,
	    .total_length = (uint16_t)(header + transport),
	    .hop_limit = 64,
	    .protocol = wish->protocol,
	    .more_fragments = wish->fragment,
	    .fragment_offset = wish->later_fragment ? 1480 : 0,
	};

	ipv4_header_emit(&ip, data);
	if (wish->options) {
		data[0] = 0x46;
		memcpy(data + 20, "\x94\x04\0\0", 4); /* router alert */
	}
	return header + transport;
}

static uint32_t put_ipv6(const struct frame_wish *wish, const struct tuple *tuple, uint8_t *data)
{
	bool fragment = wish->fragment || wish->later_fragment;
	struct ipv6_fragment part = {.next_header = wish->protocol,
				     .more_fragments = wish->fragment,
				     .offset = wish->later_fragment ? 1448 : 0,
				     .identification = 7};
	struct ipv6_header ip = {
	    .source = tuple->remote,
	    .destination = tuple->local,
	    .next_header = fragment	   ? IPPROTO_FRAGMENT
			   : wish->options ? IPPROTO_DSTOPTS
					   : wish->protocol,
	    .hop_limit = 255,
	};
	uint32_t length = IPV6_HEADER_LENGTH;

	if (fragment) {
		length += ipv6_fragment_emit(&part, data + length);
	} else if (wish->options) {
		memcpy(data + length, "\0\0\1\4\0\0\0\0", 8); /* padding alone */
		data[length] = wish->protocol;
		length += 8;
	}
	length += put_transport(wish, data + length);
	ip.payload_length = (uint16_t)(length - IPV6_HEADER_LENGTH);
	ipv6_header_emit(&ip, data);
	return length;
}

struct rte_mbuf *frame_make(struct rte_mempool *pool, const struct frame_wish *wish)
{
	struct tuple tuple = frame_tuple(wish);
	bool ipv4 = address_is_ipv4(&tuple.local);
	struct ethernet_header ethernet = {
	    .type = ipv4 ? ETHERNET_TYPE_IPV4 : ETHERNET_TYPE_IPV6, .vlan = wish->vlan, .tagged = wish->vlan != 0};
	uint8_t data[256] = {0};
	uint32_t length = ethernet_header_emit(&ethernet, data);

	length += ipv4 ? put_ipv4(wish, &tuple, data + length) : put_ipv6(wish, &tuple, data + length);
	return support_mbuf(pool, data, (uint16_t)(length < 60 ? 60 : length));
}

struct rte_mbuf *frame_make_arp(struct rte_mempool *pool)
{
	struct ethernet_header ethernet = {.type = ETHERNET_TYPE_ARP};
	uint8_t data[60] = {0};

	memset(ethernet.destination.addr_bytes, 0xff, 6);
	ethernet_header_emit(&ethernet, data);
	return support_mbuf(pool, data, sizeof(data));
}
