/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <tcpstack/segment.h>
#include <tcpstack/wire/checksum.h>
#include <tcpstack/wire/ipv4.h>
#include <tcpstack/wire/ipv6.h>
#include <tcpstack/wire/tcp.h>
#include <tcpstack/wire/udp.h>

#include "packets.h"

#define POOL_SIZE 4095
#define PIECE 2048

const struct rte_ether_addr own_mac = {{2, 0, 0, 0, 0, 1}};
const struct rte_ether_addr peer_mac = {{2, 0, 0, 0, 0, 2}};
const struct rte_ether_addr far_own_mac = {{2, 0, 0, 0, 1, 1}};
const struct rte_ether_addr far_mac = {{2, 0, 0, 0, 1, 2}};
const struct rte_ether_addr broadcast_mac = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

static struct rte_mempool *pool;

void packets_start(void)
{
	pool = support_pool("packets", POOL_SIZE);
}

static uint64_t random_word(void *context)
{
	struct world *world = context;

	return support_random(&world->random);
}

static void *allocate(void *context, size_t size)
{
	return aligned_alloc(64, (size + 63) / 64 * 64);
}

static void release(void *context, void *memory)
{
	free(memory);
}

struct ip_address address_of(const char *text)
{
	struct ip_address address;

	if (!address_parse(text, &address))
		abort();
	return address;
}

static struct ip_prefix prefix_of(const char *text, uint8_t length)
{
	struct ip_prefix prefix = {.address = address_of(text), .length = length};

	return prefix;
}

void world_prepare(struct world *world)
{
	memset(world, 0, sizeof(*world));
	memset(&fake_tcp, 0, sizeof(fake_tcp));
	world->pool = pool;
	world->now = SECOND;
	world->random = 1;
	stack_defaults(&world->config);
	world->config.pool = pool;
	world->config.forwarding = true;
	world->config.environment = (struct stack_environment){
	    .context = world,
	    .random = random_word,
	    .allocate = allocate,
	    .release = release,
	};
	world->interfaces[0] = (struct interface_config){
	    .mac = own_mac,
	    .mtu = 1500,
	    .addresses = {prefix_of(OWN, 120), prefix_of(OWN6, 64)},
	    .address_count = 2,
	};
	world->interfaces[1] = (struct interface_config){
	    .mac = far_own_mac,
	    .mtu = 1500,
	    .addresses = {prefix_of("10.0.1.1", 120), prefix_of("fd00:1::1", 64)},
	    .address_count = 2,
	};
}

void world_open(struct world *world)
{
	const char *error = NULL;

	world->stack = stack_create(&world->config, world->now, &error);
	CU_ASSERT_PTR_NOT_NULL_FATAL(world->stack);
	CU_ASSERT_EQUAL_FATAL(stack_add_interface(world->stack, &world->interfaces[0], &error), 0);
	CU_ASSERT_EQUAL_FATAL(stack_add_interface(world->stack, &world->interfaces[1], &error), 1);
}

static void introduce(struct world *world, uint16_t interface)
{
	const struct rte_ether_addr *theirs = interface == 0 ? &peer_mac : &far_mac;
	const struct rte_ether_addr *ours = interface == 0 ? &own_mac : &far_own_mac;
	struct written written = {
	    .source = interface == 0 ? PEER6 : FAR6,
	    .destination = interface == 0 ? OWN6 : "fd00:1::1",
	    .source_mac = theirs,
	    .destination_mac = ours,
	    .hop_limit = 255,
	};
	struct arp_packet arp = {
	    .operation = ARP_REQUEST,
	    .sender_mac = *theirs,
	    .sender = address_of(interface == 0 ? PEER : FAR),
	    .target = address_of(interface == 0 ? OWN : "10.0.1.1"),
	};
	struct nd_message nd = {
	    .type = ICMPV6_NEIGHBOUR_SOLICITATION,
	    .has_link_layer = true,
	    .link_layer = *theirs,
	    .target = address_of(written.destination),
	};
	struct frame frame;

	write_arp(&frame, &broadcast_mac, &arp);
	world_input(world, interface, &frame);
	write_nd(&frame, &written, &nd);
	world_input(world, interface, &frame);
}

void world_resolve(struct world *world)
{
	static const char *const peers[] = {PEER, PEER6, FAR, FAR6};

	introduce(world, 0);
	introduce(world, 1);
	CU_ASSERT_EQUAL(world_discard(world), 4);
	for (unsigned i = 0; i < RTE_DIM(peers); i++) {
		struct ip_address peer = address_of(peers[i]);
		struct ip_path path;

		CU_ASSERT_TRUE_FATAL(ip_route(world->stack, &peer, &path));
		ip_confirm(world->stack, &path);
	}
}

void world_open_resolved(struct world *world)
{
	world_prepare(world);
	world_open(world);
	world_resolve(world);
}

void world_close(struct world *world)
{
	stack_destroy(world->stack);
}

void world_pass(struct world *world, uint64_t microseconds)
{
	uint64_t end = world->now + microseconds;

	while (stack_next_deadline(world->stack) <= end) {
		world->now = RTE_MAX(world->now, stack_next_deadline(world->stack));
		stack_advance(world->stack, world->now);
		CU_ASSERT_TRUE_FATAL(stack_next_deadline(world->stack) > world->now);
	}
	world->now = end;
	stack_advance(world->stack, end);
}

struct rte_mbuf *world_mbuf(struct world *world, const struct frame *frame, uint16_t piece, uint8_t flags,
			    uint64_t ol_flags)
{
	struct rte_mbuf *head = NULL;

	for (uint32_t at = 0; at < frame->length || head == NULL; at += piece) {
		uint16_t part = (uint16_t)RTE_MIN(frame->length - at, (uint32_t)piece);
		struct rte_mbuf *mbuf = support_mbuf(world->pool, frame->octets + at, part);

		if (head == NULL)
			head = mbuf;
		else if (rte_pktmbuf_chain(head, mbuf) != 0)
			abort();
	}
	*segment_of(head) = (struct segment){.flags = flags};
	head->ol_flags |= ol_flags;
	return head;
}

void world_input_pieces(struct world *world, uint16_t interface, const struct frame *frame, uint16_t piece)
{
	struct rte_mbuf *mbuf = world_mbuf(world, frame, piece, 0, 0);

	stack_advance(world->stack, world->now);
	stack_input(world->stack, interface, &mbuf, 1);
}

void world_input(struct world *world, uint16_t interface, const struct frame *frame)
{
	world_input_pieces(world, interface, frame, PIECE);
}

bool world_output(struct world *world, uint16_t interface, struct frame *frame)
{
	struct rte_mbuf *mbuf;

	if (stack_output(world->stack, interface, &mbuf, 1) == 0)
		return false;
	frame->length = 0;
	for (const struct rte_mbuf *segment = mbuf; segment != NULL; segment = segment->next) {
		memcpy(frame->octets + frame->length, rte_pktmbuf_mtod(segment, const uint8_t *), segment->data_len);
		frame->length += segment->data_len;
	}
	CU_ASSERT_EQUAL(frame->length, mbuf->pkt_len);
	rte_pktmbuf_free(mbuf);
	return true;
}

unsigned world_discard(struct world *world)
{
	struct frame frame;
	unsigned count = 0;

	while (world_output(world, 0, &frame) || world_output(world, 1, &frame))
		count++;
	return count;
}

struct stack_counters world_counters(const struct world *world)
{
	struct stack_counters counters;

	stack_read_counters(world->stack, &counters);
	return counters;
}

uint64_t world_drops(const struct world *world, enum drop_reason reason)
{
	return world_counters(world).drops[reason];
}

uint64_t world_all_drops(const struct world *world)
{
	struct stack_counters counters = world_counters(world);
	uint64_t sum = 0;

	for (unsigned i = 0; i < DROP_REASONS; i++)
		sum += counters.drops[i];
	return sum;
}

void fill(uint8_t *octets, uint32_t length)
{
	for (uint32_t i = 0; i < length; i++)
		octets[i] = (uint8_t)(i ^ i >> 8 ^ 0x5a);
}

static uint32_t write_ethernet(struct frame *frame, const struct written *written, uint16_t type)
{
	struct ethernet_header header = {
	    .destination = written->destination_mac != NULL ? *written->destination_mac : own_mac,
	    .source = written->source_mac != NULL ? *written->source_mac : peer_mac,
	    .type = type,
	    .vlan = written->vlan,
	    .tagged = written->vlan != 0,
	};

	return ethernet_header_emit(&header, frame->octets);
}

static uint32_t write_ipv6(uint8_t *octets, const struct written *written, uint32_t length)
{
	bool fragment = written->fragment_header || written->offset != 0 || written->more;
	struct ipv6_header header = {
	    .source = address_of(written->source),
	    .destination = address_of(written->destination),
	    .payload_length = (uint16_t)(length + (fragment ? IPV6_FRAGMENT_LENGTH : 0)),
	    .next_header = fragment ? IPPROTO_FRAGMENT : written->protocol,
	    .hop_limit = written->hop_limit != 0 ? written->hop_limit : 64,
	};
	struct ipv6_fragment extension = {
	    .next_header = written->protocol,
	    .more_fragments = written->more,
	    .offset = written->offset,
	    .identification = written->identification,
	};
	uint32_t at = ipv6_header_emit(&header, octets);

	return fragment ? at + ipv6_fragment_emit(&extension, octets + at) : at;
}

static uint32_t write_ipv4(uint8_t *octets, const struct written *written, uint32_t length)
{
	struct ipv4_header header = {
	    .source = address_of(written->source),
	    .destination = address_of(written->destination),
	    .total_length = (uint16_t)(IPV4_HEADER_LENGTH + length),
	    .identification = (uint16_t)written->identification,
	    .fragment_offset = written->offset,
	    .more_fragments = written->more,
	    .dont_fragment = written->dont_fragment,
	    .hop_limit = written->hop_limit != 0 ? written->hop_limit : 64,
	    .protocol = written->protocol,
	};

	return ipv4_header_emit(&header, octets);
}

static bool is_ipv4(const struct written *written)
{
	return strchr(written->destination, ':') == NULL;
}

void write_ip(struct frame *frame, const struct written *written, const void *payload, uint32_t length)
{
	bool ipv4 = is_ipv4(written);
	uint32_t at = write_ethernet(frame, written, ipv4 ? ETHERNET_TYPE_IPV4 : ETHERNET_TYPE_IPV6);

	at += (ipv4 ? write_ipv4 : write_ipv6)(frame->octets + at, written, length);
	if (length > 0)
		memcpy(frame->octets + at, payload, length);
	frame->length = at + length;
}

/* Writes the packet with its transport checksum at `field`. */
static void write_transport(struct frame *frame, struct written written, uint8_t protocol, uint8_t *payload,
			    uint32_t length, unsigned field)
{
	struct ip_address source = address_of(written.source), destination = address_of(written.destination);
	bool pseudo = protocol != IPPROTO_ICMP;
	uint32_t sum = pseudo ? checksum_pseudo(&source, &destination, protocol, length) : 0;
	uint16_t checksum;

	memset(payload + field, 0, sizeof(checksum));
	checksum = checksum_finish(checksum_add(sum, payload, length));
	if (checksum == 0 && protocol == IPPROTO_UDP)
		checksum = 0xffff;
	memcpy(payload + field, &checksum, sizeof(checksum));
	written.protocol = protocol;
	write_ip(frame, &written, payload, length);
}

void write_icmp(struct frame *frame, const struct written *written, uint8_t type, uint8_t code, uint32_t rest,
		const void *data, uint32_t length)
{
	static uint8_t message[FRAME_MAX];
	struct icmp_header header = {.type = type, .code = code, .rest = rest};
	uint32_t at = icmp_header_emit(&header, message);

	if (length > 0)
		memcpy(message + at, data, length);
	write_transport(frame, *written, is_ipv4(written) ? IPPROTO_ICMP : IPPROTO_ICMPV6, message, at + length, 2);
}

void write_udp(struct frame *frame, const struct written *written, uint16_t source_port, uint16_t destination_port,
	       const void *data, uint32_t length)
{
	static uint8_t datagram[FRAME_MAX];
	struct udp_header header = {
	    .source_port = source_port,
	    .destination_port = destination_port,
	    .length = (uint16_t)(UDP_HEADER_LENGTH + length),
	};
	uint32_t at = udp_header_emit(&header, datagram);

	if (length > 0)
		memcpy(datagram + at, data, length);
	write_transport(frame, *written, IPPROTO_UDP, datagram, at + length, 6);
}

void write_tcp(struct frame *frame, const struct written *written, uint16_t source_port, uint16_t destination_port,
	       uint32_t sequence)
{
	struct tcp_header header = {
	    .source_port = source_port,
	    .destination_port = destination_port,
	    .sequence = sequence,
	    .flags = TCP_SYN,
	    .has_mss = true,
	    .mss = 1460,
	};
	uint8_t segment[TCP_HEADER_MAX];

	write_transport(frame, *written, IPPROTO_TCP, segment, tcp_header_emit(&header, segment), 16);
}

void write_nd(struct frame *frame, const struct written *written, const struct nd_message *message)
{
	uint8_t octets[ND_MESSAGE_MAX];

	write_transport(frame, *written, IPPROTO_ICMPV6, octets, nd_message_emit(message, octets), 2);
}

void write_arp(struct frame *frame, const struct rte_ether_addr *destination, const struct arp_packet *arp)
{
	struct written written = {.source_mac = &arp->sender_mac, .destination_mac = destination};
	uint32_t at = write_ethernet(frame, &written, ETHERNET_TYPE_ARP);

	frame->length = at + arp_packet_emit(arp, frame->octets + at);
}

unsigned world_input_fragments(struct world *world, uint16_t interface, const struct frame *whole, uint16_t step,
			       const unsigned *order)
{
	static uint32_t identification = 1000;
	const uint8_t *ip = whole->octets + ETHERNET_HEADER_LENGTH;
	bool ipv4 = ip[0] >> 4 == 4;
	uint32_t header = ipv4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;
	const uint8_t *payload = ip + header;
	uint32_t length = whole->length - ETHERNET_HEADER_LENGTH - header;
	unsigned count = (length + step - 1) / step;
	char source[ADDRESS_TEXT_SIZE], destination[ADDRESS_TEXT_SIZE];
	struct ipv4_header ipv4_header;
	struct ipv6_header ipv6_header;
	struct written written = {.source = source, .destination = destination, .identification = identification++};
	struct ethernet_header ethernet;

	ethernet_header_parse(&ethernet, whole->octets, whole->length);
	written.source_mac = &ethernet.source;
	written.destination_mac = &ethernet.destination;
	if (ipv4) {
		ipv4_header_parse(&ipv4_header, ip, header);
		address_format(&ipv4_header.source, source);
		address_format(&ipv4_header.destination, destination);
		written.protocol = ipv4_header.protocol;
	} else {
		ipv6_header_parse(&ipv6_header, ip, header);
		address_format(&ipv6_header.source, source);
		address_format(&ipv6_header.destination, destination);
		written.protocol = ipv6_header.next_header;
	}
	for (unsigned i = 0; i < count; i++) {
		uint32_t at = (order != NULL ? order[i] : i) * step;
		uint32_t part = RTE_MIN(step, length - at);
		struct frame frame;

		written.offset = (uint16_t)at;
		written.more = at + part < length;
		write_ip(&frame, &written, payload + at, part);
		world_input(world, interface, &frame);
	}
	return count;
}

static void check_transport(struct seen *seen)
{
	bool pseudo = seen->protocol != IPPROTO_ICMP;
	uint32_t sum = 0;

	if (seen->offset != 0 || seen->more ||
	    (seen->protocol != IPPROTO_TCP && seen->protocol != IPPROTO_UDP && seen->protocol != IPPROTO_ICMP &&
	     seen->protocol != IPPROTO_ICMPV6))
		return;
	if (pseudo)
		sum = checksum_pseudo(&seen->source, &seen->destination, seen->protocol, seen->length);
	CU_ASSERT_EQUAL(checksum_finish(checksum_add(sum, seen->payload, seen->length)), 0);
	if (seen->protocol == IPPROTO_ICMP || seen->protocol == IPPROTO_ICMPV6)
		CU_ASSERT_TRUE(icmp_header_parse(&seen->icmp, seen->payload, seen->length));
}

static void read_ipv4(struct seen *seen, uint32_t length)
{
	struct ipv4_header header;

	CU_ASSERT_EQUAL_FATAL(ipv4_header_parse(&header, seen->ip, length), IPV4_PARSE_OK);
	CU_ASSERT_TRUE(ipv4_checksum_good(seen->ip, header.header_length));
	CU_ASSERT_EQUAL(header.total_length, length);
	seen->source = header.source;
	seen->destination = header.destination;
	seen->protocol = header.protocol;
	seen->hop_limit = header.hop_limit;
	seen->identification = header.identification;
	seen->offset = header.fragment_offset;
	seen->more = header.more_fragments;
	seen->dont_fragment = header.dont_fragment;
	seen->payload = seen->ip + header.header_length;
	seen->length = length - header.header_length;
}

static void read_ipv6(struct seen *seen, uint32_t length)
{
	struct ipv6_header header;
	struct ipv6_chain chain;

	CU_ASSERT_TRUE_FATAL(ipv6_header_parse(&header, seen->ip, length));
	CU_ASSERT_EQUAL(header.payload_length + IPV6_HEADER_LENGTH, length);
	ipv6_chain_walk(&chain, seen->ip, length);
	seen->source = header.source;
	seen->destination = header.destination;
	seen->hop_limit = header.hop_limit;
	seen->protocol = chain.has_fragment ? chain.fragment_next : chain.protocol;
	seen->identification = chain.identification;
	seen->offset = chain.fragment_offset;
	seen->more = chain.more_fragments;
	seen->payload = seen->ip + (chain.has_fragment ? chain.fragment_header + IPV6_FRAGMENT_LENGTH : chain.offset);
	seen->length = (uint32_t)(seen->ip + length - seen->payload);
}

struct seen expect(struct world *world, uint16_t interface, struct frame *frame)
{
	struct seen seen = {0};
	uint32_t length;

	CU_ASSERT_TRUE_FATAL(world_output(world, interface, frame));
	CU_ASSERT_TRUE_FATAL(ethernet_header_parse(&seen.ethernet, frame->octets, frame->length));
	seen.ip = frame->octets + seen.ethernet.length;
	length = frame->length - seen.ethernet.length;
	if (seen.ethernet.type == ETHERNET_TYPE_ARP) {
		seen.is_arp = true;
		CU_ASSERT_TRUE(arp_packet_parse(&seen.arp, seen.ip, length));
		return seen;
	}
	seen.is_ip = true;
	seen.ip_length = length;
	if (seen.ethernet.type == ETHERNET_TYPE_IPV4)
		read_ipv4(&seen, length);
	else
		read_ipv6(&seen, length);
	check_transport(&seen);
	return seen;
}

struct seen expect_arp(struct world *world, uint16_t interface, uint16_t operation)
{
	struct frame frame;
	struct seen seen = expect(world, interface, &frame);

	CU_ASSERT_TRUE(seen.is_arp);
	CU_ASSERT_EQUAL(seen.arp.operation, operation);
	seen.ip = NULL;
	return seen;
}

struct seen expect_icmp(struct world *world, uint16_t interface, struct frame *frame, uint8_t type, uint8_t code)
{
	struct seen seen = expect(world, interface, frame);

	CU_ASSERT_TRUE(seen.is_ip);
	CU_ASSERT_EQUAL(seen.protocol, address_is_ipv4(&seen.source) ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	CU_ASSERT_EQUAL(seen.icmp.type, type);
	CU_ASSERT_EQUAL(seen.icmp.code, code);
	return seen;
}

void expect_nothing(struct world *world)
{
	CU_ASSERT_EQUAL(world_discard(world), 0);
}

void expect_address(const struct ip_address *address, const char *text)
{
	char buffer[ADDRESS_TEXT_SIZE];

	CU_ASSERT_STRING_EQUAL(address_format(address, buffer), text);
}
