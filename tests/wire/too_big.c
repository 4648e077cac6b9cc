/* SPDX-License-Identifier: BSD-3-Clause */
#include "too_big.h"

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <stdbool.h>
#include <string.h>

#define ETHERNET_HEADER 14
#define VLAN_TAG 4
#define QUOTED_BY_IPV4 548 /* so that the answer is at most 576 octets, RFC 1812 section 4.3.2.3 */
#define IPV6_MINIMUM_MTU 1280

static const uint8_t router_ipv4[4] = {192, 0, 0, 8};
static const uint8_t router_ipv6[16] = {0xfd, 0x77, 0xff, 0xff, [15] = 8};

static uint32_t sum(const void *octets, size_t length, uint32_t total)
{
	const uint8_t *octet = octets;

	for (size_t i = 0; i < length; i++)
		total += i % 2 ? octet[i] : (uint32_t)octet[i] << 8;
	return total;
}

static uint16_t fold(uint32_t total)
{
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return htons((uint16_t)~total);
}

static size_t minimum(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t write_ipv4(const uint8_t *packet, size_t length, uint32_t mtu, uint8_t *out)
{
	struct iphdr header;
	struct icmphdr icmp = {.type = ICMP_DEST_UNREACH, .code = ICMP_FRAG_NEEDED};
	size_t quoted = minimum(length, QUOTED_BY_IPV4);
	struct iphdr answer = {.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_ICMP};

	if (length < sizeof(header))
		return 0;
	memcpy(&header, packet, sizeof(header));
	if (header.version != 4 || !(ntohs(header.frag_off) & IP_DF) || (ntohs(header.frag_off) & IP_OFFMASK))
		return 0;
	/* An error about an error is never sent; an echo may be too big as anything else. */
	if (header.protocol == IPPROTO_ICMP && header.ihl >= 5 && length > header.ihl * 4U) {
		uint8_t type = packet[header.ihl * 4U];

		if (type != ICMP_ECHO && type != ICMP_ECHOREPLY)
			return 0;
	}
	answer.tot_len = htons((uint16_t)(sizeof(answer) + sizeof(icmp) + quoted));
	memcpy(&answer.saddr, router_ipv4, sizeof(router_ipv4));
	answer.daddr = header.saddr;
	answer.check = fold(sum(&answer, sizeof(answer), 0));
	icmp.un.frag.mtu = htons((uint16_t)mtu);
	icmp.checksum = fold(sum(packet, quoted, sum(&icmp, sizeof(icmp), 0)));
	memcpy(out, &answer, sizeof(answer));
	memcpy(out + sizeof(answer), &icmp, sizeof(icmp));
	memcpy(out + sizeof(answer) + sizeof(icmp), packet, quoted);
	return sizeof(answer) + sizeof(icmp) + quoted;
}

static size_t write_ipv6(const uint8_t *packet, size_t length, uint32_t mtu, uint8_t *out)
{
	struct ip6_hdr header;
	struct icmp6_hdr icmp = {.icmp6_type = ICMP6_PACKET_TOO_BIG};
	struct ip6_hdr answer = {.ip6_flow = htonl(6U << 28), .ip6_nxt = IPPROTO_ICMPV6, .ip6_hlim = 64};
	size_t quoted = minimum(length, IPV6_MINIMUM_MTU - sizeof(answer) - sizeof(icmp));
	size_t payload = sizeof(icmp) + quoted;
	uint32_t pseudo;

	if (length < sizeof(header) || packet[0] >> 4 != 6)
		return 0;
	memcpy(&header, packet, sizeof(header));
	/* Types below 128 are errors. */
	if (header.ip6_nxt == IPPROTO_ICMPV6 && length > sizeof(header) && packet[sizeof(header)] < 128)
		return 0;
	answer.ip6_plen = htons((uint16_t)payload);
	memcpy(&answer.ip6_src, router_ipv6, sizeof(router_ipv6));
	answer.ip6_dst = header.ip6_src;
	icmp.icmp6_mtu = htonl(mtu);
	pseudo = sum(&answer.ip6_src, 2 * sizeof(struct in6_addr), (uint32_t)payload + IPPROTO_ICMPV6);
	icmp.icmp6_cksum = fold(sum(packet, quoted, sum(&icmp, sizeof(icmp), pseudo)));
	memcpy(out, &answer, sizeof(answer));
	memcpy(out + sizeof(answer), &icmp, sizeof(icmp));
	memcpy(out + sizeof(answer) + sizeof(icmp), packet, quoted);
	return sizeof(answer) + payload;
}

size_t too_big_write(const uint8_t *frame, size_t length, uint32_t mtu, uint8_t answer[TOO_BIG_MAXIMUM])
{
	size_t header = ETHERNET_HEADER;
	size_t written = 0;
	uint16_t type;

	if (length < ETHERNET_HEADER)
		return 0;
	if (frame[12] == 0x81 && frame[13] == 0x00)
		header += VLAN_TAG;
	if (length < header)
		return 0;
	type = (uint16_t)(frame[header - 2] << 8 | frame[header - 1]);
	if (type == 0x0800)
		written = write_ipv4(frame + header, length - header, mtu, answer + header);
	else if (type == 0x86dd)
		written = write_ipv6(frame + header, length - header, mtu, answer + header);
	if (written == 0)
		return 0;
	memcpy(answer, frame + 6, 6);
	memcpy(answer + 6, frame, 6);
	memcpy(answer + 12, frame + 12, header - 12);
	return header + written;
}
