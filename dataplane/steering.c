/* SPDX-License-Identifier: BSD-3-Clause */
#include "steering.h"

#include <netinet/in.h>
#include <string.h>

#include <rte_byteorder.h>

#include <tcpstack/wire/ethernet.h>
#include <tcpstack/wire/icmp.h>
#include <tcpstack/wire/ipv4.h>
#include <tcpstack/wire/ipv6.h>
#include <tcpstack/wire/tcp.h>

#define SOFTWARE_TABLE_SIZE 128

/* A port is believed after this many right packets at a worker; then every SYN, FIN and RST and one in so many others
 * is checked. */
#define TRUST_PROOFS 1024
#define TRUST_SAMPLE 64

/* Octets at the front of a frame that decide: headers as long as wire/ allows, and the first of the transport. */
#define HEADERS_SIZE (ETHERNET_TAGGED_LENGTH + IPV6_HEADER_LENGTH + IPV6_CHAIN_LENGTH + TCP_HEADER_LENGTH)

#define TCP_FLAGS_OFFSET 13

/* What of a frame matters for steering. */
struct headers {
	enum {
		HEADERS_HERE,	    /* no owner: whoever has it keeps it */
		HEADERS_EVERYWHERE, /* ARP, neighbour discovery */
		HEADERS_FRAGMENT,   /* owned by its addresses */
		HEADERS_TRANSPORT,  /* TCP or UDP: owned by its tuple */
	} kind;
	struct ip_address source, destination;
	uint8_t protocol;
	bool plain;   /* nothing that makes a port hash otherwise */
	bool turning; /* TCP with SYN, FIN or RST: a connection begins or ends, which no later packet would make good */
	const uint8_t *transport;
};

bool steering_prepare(struct steering *steering, const struct port_description *port, enum steering_wish wish,
		      uint16_t workers, struct fault *fault)
{
	const struct port_spread *spread = &port->spread;
	bool offered = spread->known && port->queues == workers;
	uint8_t mode = STEERING_SOFTWARE;
	uint16_t size = SOFTWARE_TABLE_SIZE;
	uint16_t i;

	if (workers == 1)
		mode = STEERING_SINGLE;
	else if (wish == STEERING_WISH_HARDWARE && !offered)
		return fault_set(fault,
				 "steering \"hardware\" is not possible: driver %s gives %u queues for %u workers and "
				 "%s; use \"auto\" or \"software\"",
				 port->driver, port->queues, workers,
				 spread->known ? "RSS" : "no RSS whose key and table can be set and read");
	else if (wish == STEERING_WISH_HARDWARE)
		mode = STEERING_HARDWARE;
	else if (wish == STEERING_WISH_AUTO && offered)
		mode = STEERING_CHECKED;

	memset(steering, 0, sizeof(*steering));
	toeplitz_prepare(&steering->toeplitz, spread->key);
	if (mode == STEERING_HARDWARE || mode == STEERING_CHECKED)
		size = spread->table_size;
	for (i = 0; i < size; i++)
		steering->table[i] =
		    mode == STEERING_HARDWARE || mode == STEERING_CHECKED ? spread->table[i] : i % workers;
	steering->table_mask = size - 1;
	steering->udp_ports = mode == STEERING_SOFTWARE || spread->udp_ports;
	atomic_init(&steering->mode, mode);
	atomic_init(&steering->strays, 0);
	return true;
}

enum steering_mode steering_mode(const struct steering *steering)
{
	return (enum steering_mode)atomic_load_explicit(&steering->mode, memory_order_relaxed);
}

const char *steering_mode_name(enum steering_mode mode)
{
	static const char *const names[] = {"single", "hardware", "checked", "software"};

	return names[mode];
}

/* The worker for a packet from `source` to `destination`; `ports` are the four octets of the transport header's ports,
 * NULL if they do not count. */
static uint16_t owner_of(const struct steering *steering, const struct ip_address *source,
			 const struct ip_address *destination, const uint8_t *ports)
{
	unsigned skip = address_is_ipv4(source) ? 12 : 0;
	unsigned size = 16 - skip;
	uint8_t input[TOEPLITZ_INPUT_MAX];
	unsigned length = 2 * size;

	memcpy(input, source->octets + skip, size);
	memcpy(input + size, destination->octets + skip, size);
	if (ports != NULL) {
		memcpy(input + length, ports, 4);
		length += 4;
	}
	return steering->table[toeplitz_hash(&steering->toeplitz, input, length) & steering->table_mask];
}

/* Whether the hash of this protocol is over ports too. */
static bool hashes_ports(const struct steering *steering, uint8_t protocol)
{
	return protocol == IPPROTO_TCP || (protocol == IPPROTO_UDP && steering->udp_ports);
}

uint16_t steering_owner(const struct steering *steering, const struct tuple *tuple, uint8_t protocol)
{
	uint16_t ports[2] = {rte_cpu_to_be_16(tuple->remote_port), rte_cpu_to_be_16(tuple->local_port)};

	return owner_of(steering, &tuple->remote, &tuple->local,
			hashes_ports(steering, protocol) ? (const uint8_t *)ports : NULL);
}

/* The transport header, of which `length` octets are at hand. */
static void read_transport(struct headers *headers, const uint8_t *data, uint32_t length)
{
	if (headers->protocol == IPPROTO_TCP && length >= TCP_HEADER_LENGTH)
		headers->turning = (data[TCP_FLAGS_OFFSET] & (TCP_SYN | TCP_FIN | TCP_RST)) != 0;
	else if (headers->protocol != IPPROTO_UDP || length < 8)
		return;
	headers->transport = data;
	headers->kind = HEADERS_TRANSPORT;
}

static void read_ipv4(struct headers *headers, const uint8_t *data, uint32_t length)
{
	struct ipv4_header header;

	if (ipv4_header_parse(&header, data, length) != IPV4_PARSE_OK)
		return;
	headers->source = header.source;
	headers->destination = header.destination;
	headers->protocol = header.protocol;
	headers->plain = header.header_length == IPV4_HEADER_LENGTH;
	/* What lies behind the packet is padding, and no transport header. */
	length = RTE_MIN(length, header.total_length);
	if (ipv4_is_fragment(&header))
		headers->kind = HEADERS_FRAGMENT;
	else
		read_transport(headers, data + header.header_length, length - header.header_length);
}

static void read_ipv6(struct headers *headers, const uint8_t *data, uint32_t length)
{
	struct ipv6_header header;
	struct ipv6_chain chain;

	if (!ipv6_header_parse(&header, data, length))
		return;
	/* On the wire no IPv6 packet has such an address (RFC 4291 section 2.5.5.2); here it would be taken for IPv4.
	 */
	if (address_is_ipv4(&header.source) || address_is_ipv4(&header.destination))
		return;
	length = RTE_MIN(length, (uint32_t)IPV6_HEADER_LENGTH + header.payload_length);
	if (ipv6_chain_walk(&chain, data, length) != IPV6_CHAIN_OK || chain.offset > length)
		return;
	headers->source = header.source;
	headers->destination = header.destination;
	headers->protocol = chain.protocol;
	headers->plain = chain.offset == IPV6_HEADER_LENGTH;
	if (chain.has_fragment && (chain.more_fragments || chain.fragment_offset != 0)) {
		headers->kind = HEADERS_FRAGMENT;
		return;
	}
	data += chain.offset;
	length -= chain.offset;
	if (chain.protocol == IPPROTO_ICMPV6 && length > 0 && data[0] >= ICMPV6_ROUTER_SOLICITATION &&
	    data[0] <= ICMPV6_REDIRECT)
		headers->kind = HEADERS_EVERYWHERE;
	else
		read_transport(headers, data, length);
}

/* Reads what matters; `buffer` is for headers that lie across mbufs. */
static void read_headers(struct headers *headers, const struct rte_mbuf *frame, uint8_t buffer[HEADERS_SIZE])
{
	uint32_t length = RTE_MIN(rte_pktmbuf_pkt_len(frame), (uint32_t)HEADERS_SIZE);
	const uint8_t *data = rte_pktmbuf_read(frame, 0, length, buffer);
	struct ethernet_header ethernet;

	headers->kind = HEADERS_HERE;
	headers->turning = false;
	if (data == NULL || !ethernet_header_parse(&ethernet, data, length) || ethernet.stacked)
		return;
	data += ethernet.length;
	length -= ethernet.length;
	if (ethernet.type == ETHERNET_TYPE_IPV4)
		read_ipv4(headers, data, length);
	else if (ethernet.type == ETHERNET_TYPE_IPV6)
		read_ipv6(headers, data, length);
	else if (ethernet.type == ETHERNET_TYPE_ARP)
		headers->kind = HEADERS_EVERYWHERE;
}

/* Whether the port's promise to bring packets to their workers is one for this packet. UDP proves nothing: cards hash
 * what well-known tunnels carry by the headers inside, so any peer could send what looks like a broken promise. */
static bool is_promised(const struct headers *headers, enum steering_mode mode)
{
	return headers->plain &&
	       (mode == STEERING_HARDWARE || (mode == STEERING_CHECKED && headers->protocol == IPPROTO_TCP));
}

/* Whether this packet, which a port brought in good order as it says, is to be hashed again. */
static bool check_due(struct steering_trust *trust, bool turning)
{
	if (turning || trust->proofs < TRUST_PROOFS)
		return true;
	if (++trust->skipped < TRUST_SAMPLE)
		return false;
	trust->skipped = 0;
	return true;
}

uint16_t steering_place(struct steering *steering, struct steering_trust *trust, const struct rte_mbuf *frame,
			uint16_t here)
{
	enum steering_mode mode = steering_mode(steering);
	uint8_t buffer[HEADERS_SIZE];
	struct headers headers;
	bool promised;
	uint16_t owner;

	if (mode == STEERING_SINGLE)
		return here;
	/* A damaged packet proves nothing, and would only be dropped elsewhere. */
	if ((frame->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_BAD ||
	    (frame->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_BAD)
		return here;
	read_headers(&headers, frame, buffer);
	if (headers.kind == HEADERS_HERE)
		return here;
	if (headers.kind == HEADERS_EVERYWHERE)
		return STEERING_EVERYWHERE;
	if (headers.kind == HEADERS_FRAGMENT)
		return owner_of(steering, &headers.source, &headers.destination, NULL);

	promised = is_promised(&headers, mode);
	if (promised && (mode == STEERING_HARDWARE || !check_due(trust, headers.turning)))
		return here;
	owner = owner_of(steering, &headers.source, &headers.destination,
			 hashes_ports(steering, headers.protocol) ? headers.transport : NULL);
	if (promised && owner == here) {
		trust->proofs++;
	} else if (promised) {
		atomic_fetch_add_explicit(&steering->strays, 1, memory_order_relaxed);
		atomic_store_explicit(&steering->mode, STEERING_SOFTWARE, memory_order_relaxed);
	}
	return owner;
}
