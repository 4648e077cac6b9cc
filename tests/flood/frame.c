/* SPDX-License-Identifier: BSD-3-Clause */
#include "frame.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define ETHERNET_LENGTH 14
#define IPV4_LENGTH 20
#define IPV6_LENGTH 40
#define TCP_LENGTH 40 /* with the options */
#define PROTOCOL_TCP 6
#define FIRST_PORT 1024
#define LINUX_WINDOW 64240
#define TCP_CHECKSUM_PLACE 16

static uint64_t mix(uint64_t value)
{
	value += 0x9e3779b97f4a7c15ULL;
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ULL;
	value = (value ^ value >> 27) * 0x94d049bb133111ebULL;
	return value ^ value >> 31;
}

static void put16(uint8_t *octets, uint16_t value)
{
	octets[0] = (uint8_t)(value >> 8);
	octets[1] = (uint8_t)value;
}

static void put32(uint8_t *octets, uint32_t value)
{
	put16(octets, (uint16_t)(value >> 16));
	put16(octets + 2, (uint16_t)value);
}

/* Of an even number of octets. */
static uint32_t sum(const uint8_t *octets, size_t length, uint32_t total)
{
	for (size_t i = 0; i < length; i += 2)
		total += (uint32_t)octets[i] << 8 | octets[i + 1];
	return total;
}

static uint16_t finish_sum(uint32_t total)
{
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return (uint16_t)~total;
}

static size_t address_length(const struct frame_plan *plan)
{
	return plan->ipv6 ? 16 : 4;
}

static bool is_network_or_broadcast(const struct frame_plan *plan, const uint8_t *address)
{
	unsigned int bits = 32 - plan->prefix_length;
	uint32_t host =
	    (uint32_t)address[0] << 24 | (uint32_t)address[1] << 16 | (uint32_t)address[2] << 8 | address[3];
	uint32_t mask = (uint32_t)((UINT64_C(1) << bits) - 1);

	return bits > 1 && ((host & mask) == 0 || (host & mask) == mask);
}

static void draw_source(const struct frame_plan *plan, uint64_t random, uint8_t *address)
{
	size_t length = address_length(plan);
	unsigned int whole = plan->prefix_length / 8;
	unsigned int rest = plan->prefix_length % 8;

	do {
		uint64_t words[2];

		words[0] = random = mix(random);
		words[1] = random = mix(random);
		memcpy(address, words, length);
		memcpy(address, plan->sources, whole);
		if (rest)
			address[whole] = (uint8_t)(plan->sources[whole] | (address[whole] & (0xff >> rest)));
	} while (!plan->ipv6 && is_network_or_broadcast(plan, address));
}

static void write_tcp(const struct frame_plan *plan, uint64_t random, uint8_t *tcp)
{
	/* MSS, SACK permitted, timestamps, no operation, window scale: Linux's order. */
	static const uint8_t options[20] = {2, 4, 0, 0, 4, 2, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 3, 7};

	memset(tcp, 0, TCP_LENGTH);
	put16(tcp, (uint16_t)(FIRST_PORT + random % (65536 - FIRST_PORT)));
	put16(tcp + 2, plan->port);
	random = mix(random);
	put32(tcp + 4, (uint32_t)random);
	tcp[12] = TCP_LENGTH / 4 << 4;
	tcp[13] = 0x02; /* SYN */
	put16(tcp + 14, LINUX_WINDOW);
	memcpy(tcp + 20, options, sizeof(options));
	put16(tcp + 22, plan->ipv6 ? 1440 : 1460);
	put32(tcp + 28, (uint32_t)(random >> 32));
}

static size_t write_ipv4(const struct frame_plan *plan, uint64_t random, uint8_t *ip)
{
	memset(ip, 0, IPV4_LENGTH);
	ip[0] = 0x45;
	put16(ip + 2, IPV4_LENGTH + TCP_LENGTH);
	put16(ip + 4, (uint16_t)(random >> 48));
	ip[6] = 0x40; /* do not fragment */
	ip[8] = 64;
	ip[9] = PROTOCOL_TCP;
	draw_source(plan, random, ip + 12);
	memcpy(ip + 16, plan->destination, 4);
	put16(ip + 10, finish_sum(sum(ip, IPV4_LENGTH, 0)));
	return IPV4_LENGTH;
}

static size_t write_ipv6(const struct frame_plan *plan, uint64_t random, uint8_t *ip)
{
	put32(ip, 0x60000000 | (uint32_t)(random >> 44));
	put16(ip + 4, TCP_LENGTH);
	ip[6] = PROTOCOL_TCP;
	ip[7] = 64;
	draw_source(plan, random, ip + 8);
	memcpy(ip + 24, plan->destination, 16);
	return IPV6_LENGTH;
}

size_t frame_write(const struct frame_plan *plan, uint64_t number, uint8_t octets[FRAME_MAXIMUM])
{
	uint64_t random = mix(plan->seed ^ mix(number));
	size_t addresses = 2 * address_length(plan);
	uint8_t *ip = octets + ETHERNET_LENGTH;
	uint8_t *tcp;

	memcpy(octets, plan->destination_mac, FRAME_MAC_LENGTH);
	memcpy(octets + FRAME_MAC_LENGTH, plan->source_mac, FRAME_MAC_LENGTH);
	put16(octets + 12, plan->ipv6 ? 0x86dd : 0x0800);
	tcp = ip + (plan->ipv6 ? write_ipv6(plan, random, ip) : write_ipv4(plan, random, ip));
	write_tcp(plan, mix(~random), tcp);
	/* Both pseudo headers sum up to the addresses, which end the header, the protocol and the length. */
	put16(tcp + TCP_CHECKSUM_PLACE,
	      finish_sum(sum(tcp - addresses, addresses + TCP_LENGTH, PROTOCOL_TCP + TCP_LENGTH)));
	return (size_t)(tcp - octets) + TCP_LENGTH;
}

int frame_read_sources(struct frame_plan *plan, const char *text)
{
	char address[INET6_ADDRSTRLEN];
	size_t length = strcspn(text, "/");
	unsigned int bits;
	char *end = NULL;
	unsigned long number;

	if (length >= sizeof(address))
		return 0;
	memcpy(address, text, length);
	address[length] = '\0';
	memset(plan->sources, 0, sizeof(plan->sources));
	plan->ipv6 = inet_pton(AF_INET6, address, plan->sources) == 1;
	if (!plan->ipv6 && inet_pton(AF_INET, address, plan->sources) != 1)
		return 0;
	bits = (unsigned int)address_length(plan) * 8;
	plan->prefix_length = bits;
	if (text[length] == '/') {
		number = strtoul(text + length + 1, &end, 10);
		if (text[length + 1] < '0' || text[length + 1] > '9' || *end != '\0' || number > bits)
			return 0;
		plan->prefix_length = (unsigned int)number;
	}
	for (unsigned int bit = plan->prefix_length; bit < bits; bit++)
		plan->sources[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	return plan->ipv6 ? 6 : 4;
}
