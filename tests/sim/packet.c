/* SPDX-License-Identifier: BSD-3-Clause */
#include "packet.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <rte_arp.h>
#include <rte_byteorder.h>
#include <rte_ip.h>
#include <rte_tcp.h>

#define ICMP6_SOLICITATION 135
#define ICMP6_ADVERTISEMENT 136

static uint8_t *put_ethernet(uint8_t *frame, const struct rte_ether_addr *from, const struct rte_ether_addr *to,
			     uint16_t type)
{
	struct rte_ether_hdr *ethernet = (struct rte_ether_hdr *)frame;

	ethernet->src_addr = *from;
	ethernet->dst_addr = *to;
	ethernet->ether_type = rte_cpu_to_be_16(type);
	return frame + sizeof(*ethernet);
}

static uint8_t *put_ipv4(uint8_t *at, uint32_t source, uint32_t destination, uint8_t protocol, uint32_t payload)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)at;

	*ip = (struct rte_ipv4_hdr){
	    .version_ihl = 0x45,
	    .total_length = rte_cpu_to_be_16(sizeof(*ip) + payload),
	    .fragment_offset = rte_cpu_to_be_16(RTE_IPV4_HDR_DF_FLAG),
	    .time_to_live = 64,
	    .next_proto_id = protocol,
	    .src_addr = source,
	    .dst_addr = destination,
	};
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	return at + sizeof(*ip);
}

static uint8_t *put_ipv6(uint8_t *at, const void *source, const void *destination, uint8_t protocol, uint32_t payload)
{
	struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)at;

	memset(ip, 0, sizeof(*ip));
	ip->vtc_flow = rte_cpu_to_be_32(6u << 28);
	ip->payload_len = rte_cpu_to_be_16(payload);
	ip->proto = protocol;
	ip->hop_limits = 255;
	memcpy(&ip->src_addr, source, 16);
	memcpy(&ip->dst_addr, destination, 16);
	return at + sizeof(*ip);
}

uint32_t packet_build(uint8_t *frame, const struct packet_tcp *packet)
{
	bool ipv4 = address_is_ipv4(&packet->source);
	uint32_t header = tcp_header_length(&packet->tcp) + packet->raw_options_length;
	uint32_t segment = header + packet->length;
	uint8_t *network =
	    put_ethernet(frame, &packet->from, &packet->to, ipv4 ? RTE_ETHER_TYPE_IPV4 : RTE_ETHER_TYPE_IPV6);
	uint8_t *transport = ipv4 ? put_ipv4(network, address_ipv4(&packet->source), address_ipv4(&packet->destination),
					     IPPROTO_TCP, segment)
				  : put_ipv6(network, &packet->source, &packet->destination, IPPROTO_TCP, segment);
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)transport;
	uint8_t emitted = tcp_header_emit(&packet->tcp, transport);

	if (packet->raw_options_length)
		memcpy(transport + emitted, packet->raw_options, packet->raw_options_length);
	tcp->data_off = header / 4 << 4;
	if (packet->length)
		memcpy(transport + header, packet->payload, packet->length);
	tcp->cksum = ipv4 ? rte_ipv4_udptcp_cksum((struct rte_ipv4_hdr *)network, tcp)
			  : rte_ipv6_udptcp_cksum((struct rte_ipv6_hdr *)network, tcp);
	return (uint32_t)(transport - frame) + segment;
}

/* Whether a checksummed transport segment sums up, given the sum of its pseudo header. */
static bool sums_up(uint16_t pseudo, const void *segment, uint32_t length)
{
	uint32_t sum = (uint32_t)pseudo + rte_raw_cksum(segment, length);

	return ((sum & 0xffff) + (sum >> 16)) == 0xffff;
}

static enum packet_kind read_tcp(struct packet_tcp *packet, const uint8_t *segment, uint32_t length)
{
	if (tcp_header_parse(&packet->tcp, segment, length) != TCP_PARSE_OK)
		return PACKET_BROKEN;
	packet->payload = segment + packet->tcp.length;
	packet->length = length - packet->tcp.length;
	return PACKET_TCP;
}

static enum packet_kind read_ipv4(struct packet_tcp *packet, const uint8_t *network, uint32_t length)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)network;
	uint32_t total;

	if (length < sizeof(*ip) || ip->version_ihl != 0x45 || rte_raw_cksum(ip, sizeof(*ip)) != 0xffff)
		return PACKET_BROKEN;
	total = rte_be_to_cpu_16(ip->total_length);
	if (total > length || total < sizeof(*ip))
		return PACKET_BROKEN;
	if (ip->next_proto_id != IPPROTO_TCP)
		return PACKET_OTHER;
	packet->source = address_from_ipv4(ip->src_addr);
	packet->destination = address_from_ipv4(ip->dst_addr);
	if (!sums_up(rte_ipv4_phdr_cksum(ip, 0), ip + 1, total - sizeof(*ip)))
		return PACKET_BROKEN;
	return read_tcp(packet, network + sizeof(*ip), total - sizeof(*ip));
}

static enum packet_kind read_ipv6(struct packet_tcp *packet, const uint8_t *network, uint32_t length)
{
	const struct rte_ipv6_hdr *ip = (const struct rte_ipv6_hdr *)network;
	uint32_t payload;

	if (length < sizeof(*ip) || network[0] >> 4 != 6)
		return PACKET_BROKEN;
	payload = rte_be_to_cpu_16(ip->payload_len);
	if (payload > length - sizeof(*ip))
		return PACKET_BROKEN;
	if (ip->proto == IPPROTO_ICMPV6)
		return sums_up(rte_ipv6_phdr_cksum(ip, 0), ip + 1, payload) ? PACKET_OTHER : PACKET_BROKEN;
	if (ip->proto != IPPROTO_TCP)
		return PACKET_OTHER;
	packet->source = address_from_ipv6(&ip->src_addr);
	packet->destination = address_from_ipv6(&ip->dst_addr);
	if (!sums_up(rte_ipv6_phdr_cksum(ip, 0), ip + 1, payload))
		return PACKET_BROKEN;
	return read_tcp(packet, network + sizeof(*ip), payload);
}

enum packet_kind packet_read(struct packet_tcp *packet, const uint8_t *frame, uint32_t length)
{
	const struct rte_ether_hdr *ethernet = (const struct rte_ether_hdr *)frame;

	memset(packet, 0, sizeof(*packet));
	if (length < sizeof(*ethernet))
		return PACKET_BROKEN;
	packet->from = ethernet->src_addr;
	packet->to = ethernet->dst_addr;
	switch (rte_be_to_cpu_16(ethernet->ether_type)) {
	case RTE_ETHER_TYPE_IPV4:
		return read_ipv4(packet, frame + sizeof(*ethernet), length - sizeof(*ethernet));
	case RTE_ETHER_TYPE_IPV6:
		return read_ipv6(packet, frame + sizeof(*ethernet), length - sizeof(*ethernet));
	default:
		return PACKET_OTHER;
	}
}

static uint32_t arp_answer(uint8_t *answer, const uint8_t *frame, const struct rte_ether_addr *mac)
{
	const struct rte_ether_hdr *ethernet = (const struct rte_ether_hdr *)frame;
	const struct rte_arp_hdr *request = (const struct rte_arp_hdr *)(ethernet + 1);
	struct rte_arp_hdr *reply =
	    (struct rte_arp_hdr *)put_ethernet(answer, mac, &ethernet->src_addr, RTE_ETHER_TYPE_ARP);

	if (request->arp_opcode != rte_cpu_to_be_16(RTE_ARP_OP_REQUEST) ||
	    request->arp_data.arp_sip == request->arp_data.arp_tip)
		return 0;
	*reply = *request;
	reply->arp_opcode = rte_cpu_to_be_16(RTE_ARP_OP_REPLY);
	reply->arp_data.arp_sha = *mac;
	reply->arp_data.arp_sip = request->arp_data.arp_tip;
	reply->arp_data.arp_tha = request->arp_data.arp_sha;
	reply->arp_data.arp_tip = request->arp_data.arp_sip;
	return sizeof(*ethernet) + sizeof(*reply);
}

/* ICMPv6 type, code, checksum, flags, target, and the option with the link-layer address (RFC 4861, section 4.4). */
static uint32_t advertisement(uint8_t *answer, const uint8_t *frame, const struct rte_ether_addr *mac)
{
	const struct rte_ether_hdr *ethernet = (const struct rte_ether_hdr *)frame;
	const struct rte_ipv6_hdr *ip = (const struct rte_ipv6_hdr *)(ethernet + 1);
	const uint8_t *target = (const uint8_t *)(ip + 1) + 8;
	uint8_t *network = put_ethernet(answer, mac, &ethernet->src_addr, RTE_ETHER_TYPE_IPV6);
	uint8_t *icmp = put_ipv6(network, target, &ip->src_addr, IPPROTO_ICMPV6, 32);
	uint16_t sum;

	memset(icmp, 0, 32);
	icmp[0] = ICMP6_ADVERTISEMENT;
	icmp[4] = 0x60; /* solicited, override */
	memcpy(icmp + 8, target, 16);
	icmp[24] = 2;
	icmp[25] = 1;
	memcpy(icmp + 26, mac, 6);
	sum = rte_ipv6_udptcp_cksum((struct rte_ipv6_hdr *)network, icmp);
	memcpy(icmp + 2, &sum, 2);
	return (uint32_t)(icmp - answer) + 32;
}

uint32_t packet_neighbour_answer(uint8_t *answer, const uint8_t *frame, uint32_t length,
				 const struct rte_ether_addr *mac)
{
	const struct rte_ether_hdr *ethernet = (const struct rte_ether_hdr *)frame;
	const struct rte_ipv6_hdr *ip = (const struct rte_ipv6_hdr *)(ethernet + 1);
	static const uint8_t unspecified[16];

	if (ethernet->ether_type == rte_cpu_to_be_16(RTE_ETHER_TYPE_ARP) &&
	    length >= sizeof(*ethernet) + sizeof(struct rte_arp_hdr))
		return arp_answer(answer, frame, mac);
	if (ethernet->ether_type == rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV6) &&
	    length >= sizeof(*ethernet) + sizeof(*ip) + 24 && ip->proto == IPPROTO_ICMPV6 &&
	    *(const uint8_t *)(ip + 1) == ICMP6_SOLICITATION && memcmp(&ip->src_addr, unspecified, 16) != 0)
		return advertisement(answer, frame, mac);
	return 0;
}

uint32_t packet_icmp_error(uint8_t *answer, const uint8_t *frame, uint32_t length, uint8_t type, uint8_t code,
			   uint32_t extra)
{
	const struct rte_ether_hdr *ethernet = (const struct rte_ether_hdr *)frame;
	const uint8_t *quoted = frame + sizeof(*ethernet);
	uint32_t quote = RTE_MIN(length - (uint32_t)sizeof(*ethernet), 500u);
	uint32_t word = rte_cpu_to_be_32(extra);
	uint8_t *network, *icmp;
	uint16_t sum;

	if (ethernet->ether_type == rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4)) {
		const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)quoted;

		network = put_ethernet(answer, &ethernet->dst_addr, &ethernet->src_addr, RTE_ETHER_TYPE_IPV4);
		icmp = put_ipv4(network, ip->dst_addr, ip->src_addr, IPPROTO_ICMP, 8 + quote);
	} else {
		const struct rte_ipv6_hdr *ip = (const struct rte_ipv6_hdr *)quoted;

		network = put_ethernet(answer, &ethernet->dst_addr, &ethernet->src_addr, RTE_ETHER_TYPE_IPV6);
		icmp = put_ipv6(network, &ip->dst_addr, &ip->src_addr, IPPROTO_ICMPV6, 8 + quote);
	}
	memset(icmp, 0, 8);
	icmp[0] = type;
	icmp[1] = code;
	memcpy(icmp + 4, &word, 4);
	memcpy(icmp + 8, quoted, quote);
	if (ethernet->ether_type == rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4))
		sum = (uint16_t)~rte_raw_cksum(icmp, 8 + quote);
	else
		sum = rte_ipv6_udptcp_cksum((struct rte_ipv6_hdr *)network, icmp);
	memcpy(icmp + 2, &sum, 2);
	return (uint32_t)(icmp - answer) + 8 + quote;
}

const char *packet_describe(const struct packet_tcp *packet, uint32_t sequence_origin, uint32_t ack_origin, char *text,
			    uint32_t size)
{
	static const char names[] = "FSRPAUEC";
	const struct tcp_header *tcp = &packet->tcp;
	char flags[9];
	int n = 0;

	for (int bit = 0; bit < 8; bit++)
		if (tcp->flags & 1 << bit)
			flags[n++] = names[bit];
	flags[n] = '\0';
	n = snprintf(text, size, "%s seq %u", n ? flags : "-", tcp->sequence - sequence_origin);
	if (packet->length)
		n += snprintf(text + n, size - n, " length %u", packet->length);
	if (tcp->flags & TCP_ACK)
		n += snprintf(text + n, size - n, " ack %u", tcp->acknowledgement - ack_origin);
	n += snprintf(text + n, size - n, " window %u", tcp->window);
	if (tcp->has_mss)
		n += snprintf(text + n, size - n, " mss %u", tcp->mss);
	if (tcp->has_window_scale)
		n += snprintf(text + n, size - n, " wscale %u", tcp->window_scale);
	if (tcp->sack_permitted)
		n += snprintf(text + n, size - n, " sack-ok");
	if (tcp->has_timestamps)
		n += snprintf(text + n, size - n, " ts %u echo %u", tcp->timestamp_value, tcp->timestamp_echo);
	for (unsigned i = 0; i < tcp->sack_count; i++)
		n += snprintf(text + n, size - n, " sack %u-%u", tcp->sack[i].left - ack_origin,
			      tcp->sack[i].right - ack_origin);
	return text;
}
