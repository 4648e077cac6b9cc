/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>
#include <string.h>

#include <tcpstack/segment.h>
#include <tcpstack/wire/checksum.h>
#include <tcpstack/wire/ipv4.h>
#include <tcpstack/wire/ipv6.h>

#include "../stack_state.h"
#include "ethernet.h"
#include "frame.h"
#include "icmp.h"
#include "reassembly.h"

#define REASSEMBLY_TIME 30000000 /* microseconds */
#define SOURCE_SHARE 8		 /* of all mbufs, that one source may take: half of what ip_buffers_take gives */
#define IPV4_TOTAL_LENGTH_OFFSET 2
#define IPV4_OFFSET_OFFSET 6
#define IPV4_CHECKSUM_OFFSET 10
#define IPV6_PAYLOAD_LENGTH_OFFSET 4
#define TCP_FIXED_HEADER 20
#define OTHER_FIXED_HEADER 8

struct reassembly_key {
	struct ip_address source;
	struct ip_address destination;
	uint64_t datagram;
};

bool reassembly_init(struct stack *stack)
{
	struct reassembly_table *table = &stack->ip.reassembly;
	uint32_t capacity = stack->config.reassemblies;

	TAILQ_INIT(&table->list);
	return table_init(stack, &table->table, capacity, sizeof(struct reassembly),
			  sizeof(struct reassembly_key) / sizeof(uint64_t)) &&
	       table_init(stack, &table->sources, capacity, sizeof(struct fragment_source),
			  sizeof(struct ip_address) / sizeof(uint64_t));
}

/* A fragment's place stands in its private area; its data begin where the mbuf begins, but for the first one's. */
static uint32_t offset_of(struct rte_mbuf *mbuf)
{
	return segment_of(mbuf)->sequence;
}

static uint32_t data_start(const struct reassembly *reassembly, struct rte_mbuf *mbuf)
{
	return offset_of(mbuf) == 0 ? reassembly->head.data : 0;
}

static uint32_t end_of(const struct reassembly *reassembly, struct rte_mbuf *mbuf)
{
	return offset_of(mbuf) + mbuf->pkt_len - data_start(reassembly, mbuf);
}

/* Takes the first fragment out of the books. */
static struct rte_mbuf *take_first(struct stack *stack, struct reassembly *reassembly)
{
	struct rte_mbuf *mbuf = reassembly->first;

	if (mbuf == NULL)
		return NULL;
	reassembly->first = segment_of(mbuf)->next;
	reassembly->source->fragments--;
	reassembly->source->buffers -= mbuf->nb_segs;
	stack->ip.reassembly.fragments--;
	ip_buffers_give(stack, mbuf->nb_segs);
	return mbuf;
}

static void drop_fragments(struct stack *stack, struct reassembly *reassembly, enum drop_reason reason)
{
	struct rte_mbuf *mbuf;

	while ((mbuf = take_first(stack, reassembly)) != NULL)
		packet_drop(stack, mbuf, reason);
}

/* Forgets a datagram that has no fragments any more. */
static void forget(struct stack *stack, struct reassembly *reassembly)
{
	struct reassembly_table *table = &stack->ip.reassembly;

	if (--reassembly->source->datagrams == 0)
		table_remove(&table->sources, reassembly->source);
	TAILQ_REMOVE(&table->list, reassembly, link);
	table_remove(&table->table, reassembly);
}

void reassembly_destroy(struct stack *stack)
{
	struct reassembly_table *table = &stack->ip.reassembly;
	struct reassembly *reassembly;

	TAILQ_FOREACH(reassembly, &table->list, link)
	{
		struct rte_mbuf *mbuf;

		while ((mbuf = take_first(stack, reassembly)) != NULL)
			rte_pktmbuf_free(mbuf);
	}
	table_destroy(stack, &table->table);
	table_destroy(stack, &table->sources);
}

/* RFC 792, RFC 8200: told only if the first fragment came, whose header the error quotes. */
static void tell_time_out(struct stack *stack, const struct reassembly *reassembly)
{
	const struct reassembly_key *key = (const void *)reassembly->node.key;
	struct packet packet = {
	    .mbuf = reassembly->first,
	    .source = key->source,
	    .destination = key->destination,
	    .interface = reassembly->interface,
	    .network_offset = reassembly->network_offset,
	    .transport_offset = reassembly->head.data,
	    .transport_length = reassembly->head.length,
	    .protocol = reassembly->head.next_header,
	};

	icmp_send_error(stack, &packet, ICMP_REASSEMBLY_EXCEEDED, 0);
}

void reassembly_advance(struct stack *stack)
{
	struct reassembly *oldest;

	while ((oldest = TAILQ_FIRST(&stack->ip.reassembly.list)) != NULL && oldest->deadline <= stack->now) {
		if (oldest->has_head && oldest->first != NULL)
			tell_time_out(stack, oldest);
		drop_fragments(stack, oldest, DROP_FRAGMENT_TIMEOUT);
		forget(stack, oldest);
	}
}

uint64_t reassembly_deadline(const struct stack *stack)
{
	const struct reassembly *oldest = TAILQ_FIRST(&stack->ip.reassembly.list);

	return oldest != NULL ? oldest->deadline : UINT64_MAX;
}

/* What is wrong with a fragment by itself. */
static enum drop_reason check(const struct packet *packet, const struct fragment *fragment)
{
	uint32_t end = fragment->header != 0 ? fragment->header : fragment->data;
	uint32_t before = end - packet->network_offset - (fragment->header != 0 ? IPV6_HEADER_LENGTH : 0U);
	uint32_t needed = packet->protocol == IPPROTO_TCP ? TCP_FIXED_HEADER : OTHER_FIXED_HEADER;

	if (fragment->length == 0 || (fragment->more && fragment->length % 8 != 0) ||
	    before + fragment->offset + fragment->length > UINT16_MAX)
		return DROP_FRAGMENT_MALFORMED;
	/* RFC 7112, RFC 1858: the transport header is not to be hidden in a later fragment, or overwritten by it. */
	if (fragment->offset == 0 && fragment->data + fragment->length < packet->transport_offset + needed)
		return DROP_FRAGMENT_TINY;
	return DROP_REASONS;
}

static struct fragment_source *source_of(struct stack *stack, const struct ip_address *address)
{
	struct table *sources = &stack->ip.reassembly.sources;
	struct fragment_source *source = table_find(sources, address->halves);

	return source != NULL ? source : table_add(sources, address->halves);
}

/* The datagram of a fragment; NULL if there is no place for a new one. In IPv6 the protocol does not tell datagrams
 * apart (RFC 8200). */
static struct reassembly *datagram_of(struct stack *stack, const struct packet *packet, const struct fragment *fragment)
{
	struct reassembly_table *table = &stack->ip.reassembly;
	uint64_t protocol = fragment->header != 0 ? 0 : packet->protocol;
	struct reassembly_key key = {
	    .source = packet->source,
	    .destination = packet->destination,
	    .datagram = (uint64_t)packet->interface << 40 | protocol << 32 | fragment->identification,
	};
	struct reassembly *reassembly = table_find(&table->table, (const uint64_t *)&key);
	struct fragment_source *source;

	if (reassembly != NULL)
		return reassembly;
	if (table->table.used == table->table.capacity)
		return NULL;
	source = source_of(stack, &packet->source);
	if (source->datagrams >= RTE_MAX(table->table.capacity / 2, 1U))
		return NULL;
	source->datagrams++;
	reassembly = table_add(&table->table, (const uint64_t *)&key);
	reassembly->source = source;
	reassembly->interface = packet->interface;
	reassembly->deadline = stack->now + REASSEMBLY_TIME;
	TAILQ_INSERT_TAIL(&table->list, reassembly, link);
	return reassembly;
}

/* Whether the datagram's bounds allow one more fragment. Takes it into the books if so. */
static bool charge(struct stack *stack, struct reassembly *reassembly, const struct rte_mbuf *mbuf)
{
	struct reassembly_table *table = &stack->ip.reassembly;
	struct fragment_source *source = reassembly->source;

	if (table->fragments >= stack->config.fragments ||
	    source->fragments >= RTE_MAX(stack->config.fragments / 2, 1U) ||
	    source->buffers + mbuf->nb_segs > stack->config.buffers / SOURCE_SHARE ||
	    !ip_buffers_take(stack, mbuf->nb_segs))
		return false;
	table->fragments++;
	source->fragments++;
	source->buffers += mbuf->nb_segs;
	return true;
}

enum place {
	PLACE_FREE,
	PLACE_DUPLICATE,
	PLACE_OVERLAP,
};

/* Looks where the fragment belongs: behind *before (NULL: it is the first). Most come in order, at the end. */
static enum place find_place(const struct reassembly *reassembly, const struct packet *packet,
			     const struct fragment *fragment, struct rte_mbuf **before)
{
	uint32_t end = fragment->offset + fragment->length;
	struct rte_mbuf *next = reassembly->first;

	*before = NULL;
	if (reassembly->total != 0 && (end > reassembly->total || (!fragment->more && end != reassembly->total)))
		return PLACE_OVERLAP;
	if (next != NULL && end_of(reassembly, reassembly->last) <= fragment->offset) {
		*before = reassembly->last;
		return PLACE_FREE;
	}
	if (!fragment->more && next != NULL && end_of(reassembly, reassembly->last) > end)
		return PLACE_OVERLAP;
	while (next != NULL && offset_of(next) < fragment->offset) {
		*before = next;
		next = segment_of(next)->next;
	}
	if (next != NULL && offset_of(next) == fragment->offset && end_of(reassembly, next) == end &&
	    frame_equal(next, data_start(reassembly, next), packet->mbuf, fragment->data, fragment->length))
		return PLACE_DUPLICATE;
	if ((*before != NULL && end_of(reassembly, *before) > fragment->offset) ||
	    (next != NULL && offset_of(next) < end))
		return PLACE_OVERLAP;
	return PLACE_FREE;
}

static void insert(struct reassembly *reassembly, const struct packet *packet, const struct fragment *fragment,
		   struct rte_mbuf *before)
{
	struct rte_mbuf *mbuf = packet->mbuf;
	struct segment *segment = segment_of(mbuf);

	segment->sequence = fragment->offset;
	if (fragment->offset == 0) {
		reassembly->head = *fragment;
		if (fragment->header == 0)
			reassembly->head.next_header = packet->protocol;
		reassembly->network_offset = packet->network_offset;
		reassembly->has_head = true;
	} else {
		rte_pktmbuf_adj(mbuf, fragment->data);
	}
	if (before == NULL) {
		segment->next = reassembly->first;
		reassembly->first = mbuf;
	} else {
		segment->next = segment_of(before)->next;
		segment_of(before)->next = mbuf;
	}
	if (segment->next == NULL)
		reassembly->last = mbuf;
	reassembly->bytes += fragment->length;
	if (!fragment->more)
		reassembly->total = fragment->offset + fragment->length;
}

static void store16(uint8_t *place, uint32_t value)
{
	place[0] = (uint8_t)(value >> 8);
	place[1] = (uint8_t)value;
}

/* Chains all fragments behind the first one's headers; NULL if they are in too many mbufs: dropped. */
static struct rte_mbuf *chain(struct stack *stack, struct reassembly *reassembly)
{
	struct rte_mbuf *frame = take_first(stack, reassembly);
	struct rte_mbuf *end = rte_pktmbuf_lastseg(frame), *next;
	uint32_t segments = frame->nb_segs;

	while ((next = take_first(stack, reassembly)) != NULL) {
		segments += next->nb_segs;
		if (segments > RTE_MBUF_MAX_NB_SEGS) {
			packet_drop(stack, next, DROP_FRAGMENT_TOO_MANY);
			drop_fragments(stack, reassembly, DROP_FRAGMENT_TOO_MANY);
			packet_drop(stack, frame, DROP_FRAGMENT_TOO_MANY);
			return NULL;
		}
		frame->nb_segs = (uint16_t)segments;
		frame->pkt_len += next->pkt_len;
		end->next = next;
		end = rte_pktmbuf_lastseg(next);
		next->nb_segs = 1;
	}
	return frame;
}

/* What the length field of the whole packet is to say. Its other fragments may have had shorter headers. */
static uint32_t length_of(const struct reassembly *reassembly)
{
	const struct fragment *head = &reassembly->head;

	if (head->header == 0)
		return (uint32_t)head->data - reassembly->network_offset + reassembly->total;
	return (uint32_t)head->header - reassembly->network_offset - IPV6_HEADER_LENGTH + reassembly->total;
}

/* The header of an IPv4 packet that never was in pieces. */
static void restore_ipv4(const struct reassembly *reassembly, uint8_t *header)
{
	uint8_t length = (uint8_t)(reassembly->head.data - reassembly->network_offset);
	uint16_t checksum = 0;

	store16(header + IPV4_TOTAL_LENGTH_OFFSET, length_of(reassembly));
	store16(header + IPV4_OFFSET_OFFSET, 0);
	memcpy(header + IPV4_CHECKSUM_OFFSET, &checksum, sizeof(checksum));
	checksum = checksum_finish(checksum_add(0, header, length));
	memcpy(header + IPV4_CHECKSUM_OFFSET, &checksum, sizeof(checksum));
}

/* Takes the fragment header out: what stands before it moves up. */
static void restore_ipv6(const struct reassembly *reassembly, struct rte_mbuf *frame)
{
	uint8_t *data = rte_pktmbuf_mtod(frame, uint8_t *);
	const struct fragment *head = &reassembly->head;

	data[head->pointer] = head->next_header;
	store16(data + reassembly->network_offset + IPV6_PAYLOAD_LENGTH_OFFSET, length_of(reassembly));
	memmove(data + IPV6_FRAGMENT_LENGTH, data, head->header);
	rte_pktmbuf_adj(frame, IPV6_FRAGMENT_LENGTH);
}

static void complete(struct stack *stack, struct reassembly *reassembly)
{
	uint16_t interface = reassembly->interface;
	struct rte_mbuf *frame = NULL;

	if (length_of(reassembly) > UINT16_MAX)
		drop_fragments(stack, reassembly, DROP_FRAGMENT_MALFORMED);
	else
		frame = chain(stack, reassembly);
	if (frame == NULL) {
		forget(stack, reassembly);
		return;
	}
	if (reassembly->head.header == 0)
		restore_ipv4(reassembly, rte_pktmbuf_mtod_offset(frame, uint8_t *, reassembly->network_offset));
	else
		restore_ipv6(reassembly, frame);
	forget(stack, reassembly);
	/* The port has seen pieces only: what it said about checksums is about them. */
	frame->ol_flags &= FRAME_KEPT_FLAGS | RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	segment_of(frame)->flags |= SEGMENT_REASSEMBLED;
	stack->counters.reassembled++;
	ethernet_input(stack, interface, frame);
}

void reassembly_add(struct stack *stack, struct packet *packet, const struct fragment *fragment)
{
	enum drop_reason reason = check(packet, fragment);
	struct reassembly *reassembly;
	struct rte_mbuf *before;
	enum place place;

	if (reason != DROP_REASONS) {
		packet_drop(stack, packet->mbuf, reason);
		return;
	}
	reassembly = datagram_of(stack, packet, fragment);
	if (reassembly == NULL) {
		packet_drop(stack, packet->mbuf, DROP_FRAGMENT_TOO_MANY);
		return;
	}
	place = reassembly->overlapped ? PLACE_OVERLAP : find_place(reassembly, packet, fragment, &before);
	if (place != PLACE_FREE) {
		packet_drop(stack, packet->mbuf, DROP_FRAGMENT_OVERLAP);
		if (place == PLACE_OVERLAP) {
			reassembly->overlapped = true;
			drop_fragments(stack, reassembly, DROP_FRAGMENT_OVERLAP);
		}
		return;
	}
	if (!charge(stack, reassembly, packet->mbuf)) {
		packet_drop(stack, packet->mbuf, DROP_FRAGMENT_TOO_MANY);
		if (reassembly->first == NULL)
			forget(stack, reassembly);
		return;
	}
	insert(reassembly, packet, fragment, before);
	if (reassembly->total != 0 && reassembly->bytes == reassembly->total)
		complete(stack, reassembly);
}
