/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What has arrived and waits: in order for the user, out of order for what is missing. Memory is charged by buffer,
 * windows promise half of what is free: adjacent segments in a queue never fill less than half of their buffers,
 * because small ones are copied into their predecessor, always when they take less than a quarter of a buffer, and
 * whenever they fit once the charge has passed half of the limit.
 */
#include <string.h>

#include "tcp_internal.h"

#define REORDER_RANGES_MAX 128

/* Takes an mbuf off the stack's books and frees it. */
static void discard(struct stack *stack, struct rte_mbuf *mbuf)
{
	stack->tcp.charge -= segment_charge(mbuf);
	rte_pktmbuf_free(mbuf);
}

static uint32_t charged(const struct tcp_connection *connection)
{
	return connection->receive_queue.charge + connection->reorder_queue.charge;
}

/* Moves the bytes of `mbuf` into the tail of `last`. `mbuf` is then done with. */
static bool merge_into(struct segment_list *list, struct rte_mbuf *last, struct rte_mbuf *mbuf, bool crowded)
{
	if (!crowded && mbuf->data_len >= mbuf->buf_len / 4)
		return false;
	return segment_list_merge(list, last, mbuf);
}

static bool crowded(const struct stack *stack, const struct tcp_connection *connection)
{
	return charged(connection) > connection->receive_limit / 2 || tcp_pressure(stack) != TCP_PRESSURE_NONE;
}

/* Appends one mbuf, which is on the stack's books, to the queue for the user. */
static void queue_in_order(struct stack *stack, struct tcp_connection *connection, struct rte_mbuf *mbuf)
{
	struct segment_list *list = &connection->receive_queue;

	connection->receive_next += mbuf->data_len;
	connection->bytes_received += mbuf->data_len;
	if (list->tail && merge_into(list, list->tail, mbuf, crowded(stack, connection))) {
		discard(stack, mbuf);
		return;
	}
	segment_list_append(list, mbuf);
}

static uint32_t end_of(const struct rte_mbuf *mbuf)
{
	return segment_of((struct rte_mbuf *)(uintptr_t)mbuf)->sequence + mbuf->data_len;
}

/* Takes the first reordered segment off its queue. */
static struct rte_mbuf *pop_reordered(struct tcp_connection *connection)
{
	struct rte_mbuf *mbuf = segment_list_pop(&connection->reorder_queue);
	struct rte_mbuf *next = connection->reorder_queue.head;

	if (!next || segment_of(next)->sequence != end_of(mbuf))
		connection->reorder_ranges--;
	return mbuf;
}

/* Moves what has become in order over to the user's queue. */
static void collect_reordered(struct stack *stack, struct tcp_connection *connection)
{
	struct segment_list *list = &connection->reorder_queue;

	while (list->head && seq_le(segment_of(list->head)->sequence, connection->receive_next)) {
		uint32_t overlap = connection->receive_next - segment_of(list->head)->sequence;
		struct rte_mbuf *mbuf = pop_reordered(connection);

		if (overlap >= mbuf->data_len) {
			discard(stack, mbuf);
			continue;
		}
		rte_pktmbuf_adj(mbuf, (uint16_t)overlap);
		queue_in_order(stack, connection, mbuf);
	}
}

/* Forgets the blocks that are below receive_next by now. */
static void update_sack_blocks(struct tcp_connection *connection)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < connection->sack_count; i++)
		if (seq_gt(connection->sack_blocks[i].left, connection->receive_next))
			connection->sack_blocks[kept++] = connection->sack_blocks[i];
	connection->sack_count = (uint8_t)kept;
}

/* RFC 2018 section 4: the block that holds the latest segment comes first, then the others by age. */
static void report_block(struct tcp_connection *connection, struct tcp_sack_block latest)
{
	struct tcp_sack_block blocks[TCP_SACK_BLOCKS];
	unsigned count = 0;

	blocks[count++] = latest;
	for (unsigned i = 0; i < connection->sack_count && count < TCP_SACK_BLOCKS; i++) {
		const struct tcp_sack_block *block = &connection->sack_blocks[i];

		if (seq_lt(block->left, latest.left) || seq_gt(block->right, latest.right))
			blocks[count++] = *block;
	}
	memcpy(connection->sack_blocks, blocks, sizeof(blocks[0]) * count);
	connection->sack_count = (uint8_t)count;
}

/* The last reordered segment that begins at or before the sequence number, or NULL. */
static struct rte_mbuf *find_previous(const struct tcp_connection *connection, uint32_t sequence)
{
	const struct segment_list *list = &connection->reorder_queue;
	struct rte_mbuf *previous = NULL;

	/* Nearly all arrive in the order they were sent: after the last. */
	if (list->tail && seq_le(segment_of(list->tail)->sequence, sequence))
		return list->tail;
	for (struct rte_mbuf *mbuf = list->head; mbuf && seq_le(segment_of(mbuf)->sequence, sequence);
	     mbuf = segment_of(mbuf)->next)
		previous = mbuf;
	return previous;
}

static void unlink_after(struct segment_list *list, struct rte_mbuf *previous, struct rte_mbuf *mbuf)
{
	struct rte_mbuf **link = previous ? &segment_of(previous)->next : &list->head;

	*link = segment_of(mbuf)->next;
	if (list->tail == mbuf)
		list->tail = previous;
	list->bytes -= mbuf->data_len;
	list->charge -= segment_charge(mbuf);
}

static void link_after(struct segment_list *list, struct rte_mbuf *previous, struct rte_mbuf *mbuf)
{
	struct rte_mbuf **link = previous ? &segment_of(previous)->next : &list->head;

	segment_of(mbuf)->next = *link;
	*link = mbuf;
	if (list->tail == previous)
		list->tail = mbuf;
	list->bytes += mbuf->data_len;
	list->charge += segment_charge(mbuf);
}

/* The whole range of the reorder queue that holds the sequence number. */
static struct tcp_sack_block range_around(const struct tcp_connection *connection, uint32_t sequence)
{
	struct tcp_sack_block range = {0};
	bool begun = false;

	/* Most often it is the range of the last report, grown. */
	for (unsigned i = 0; i < connection->sack_count; i++) {
		const struct tcp_sack_block *block = &connection->sack_blocks[i];

		if (seq_le(block->left, sequence) && block->right == sequence && connection->reorder_queue.tail &&
		    seq_le(segment_of(connection->reorder_queue.tail)->sequence, sequence))
			return (struct tcp_sack_block){block->left, end_of(connection->reorder_queue.tail)};
	}
	for (struct rte_mbuf *mbuf = connection->reorder_queue.head; mbuf; mbuf = segment_of(mbuf)->next) {
		if (!begun || segment_of(mbuf)->sequence != range.right) {
			if (begun && seq_gt(range.right, sequence))
				break;
			range.left = segment_of(mbuf)->sequence;
			begun = true;
		}
		range.right = end_of(mbuf);
	}
	return range;
}

/* Removes what the new segment covers wholly, and cuts off its end what the queue has already. */
static void yield_to_following(struct stack *stack, struct tcp_connection *connection, struct rte_mbuf *previous,
			       struct rte_mbuf *mbuf)
{
	struct segment_list *list = &connection->reorder_queue;
	struct rte_mbuf *next;

	while ((next = previous ? segment_of(previous)->next : list->head) != NULL) {
		if (seq_ge(segment_of(next)->sequence, end_of(mbuf)))
			return;
		if (seq_gt(end_of(next), end_of(mbuf))) {
			rte_pktmbuf_trim(mbuf, (uint16_t)(end_of(mbuf) - segment_of(next)->sequence));
			return;
		}
		/* A range ends with it unless the one behind adjoins; one that it joined in front is counted on by the
		 * caller. */
		unlink_after(list, previous, next);
		connection->reorder_ranges +=
		    (segment_of(next)->next && segment_of(segment_of(next)->next)->sequence == end_of(next)) +
		    (previous && end_of(previous) == segment_of(next)->sequence) - 1;
		discard(stack, next);
	}
}

static enum drop_reason reorder_refusal(const struct stack *stack, const struct tcp_connection *connection,
					bool adjoins)
{
	if (tcp_pressure(stack) >= TCP_PRESSURE_REORDER || charged(connection) >= connection->receive_limit)
		return DROP_TCP_RECEIVE_FULL;
	if (!adjoins && connection->reorder_ranges >= REORDER_RANGES_MAX)
		return DROP_TCP_REORDER_FULL;
	return DROP_REASONS;
}

/* Keeps one mbuf of payload that lies beyond receive_next. Takes it. */
static void queue_reordered(struct stack *stack, struct tcp_connection *connection, struct rte_mbuf *mbuf)
{
	struct segment_list *list = &connection->reorder_queue;
	struct rte_mbuf *previous = find_previous(connection, segment_of(mbuf)->sequence);
	bool adjoins_previous, adjoins_next;
	enum drop_reason refusal;
	struct rte_mbuf *next;
	uint32_t sequence;

	/* What is cut off at the front may end where the next one begins: then that one has the rest, or some of it. */
	while (previous && seq_gt(end_of(previous), segment_of(mbuf)->sequence)) {
		uint32_t overlap = end_of(previous) - segment_of(mbuf)->sequence;

		if (overlap >= mbuf->data_len) {
			packet_drop(stack, mbuf, DROP_TCP_DUPLICATE);
			report_block(connection, range_around(connection, segment_of(previous)->sequence));
			return;
		}
		rte_pktmbuf_adj(mbuf, (uint16_t)overlap);
		segment_of(mbuf)->sequence += overlap;
		next = segment_of(previous)->next;
		if (next && segment_of(next)->sequence == segment_of(mbuf)->sequence)
			previous = next;
	}
	adjoins_previous = previous && end_of(previous) == segment_of(mbuf)->sequence;
	refusal = reorder_refusal(stack, connection, adjoins_previous);
	if (refusal != DROP_REASONS) {
		packet_drop(stack, mbuf, refusal);
		return;
	}
	yield_to_following(stack, connection, previous, mbuf);
	next = previous ? segment_of(previous)->next : list->head;
	adjoins_next = next && segment_of(next)->sequence == end_of(mbuf);
	connection->reorder_ranges += 1 - adjoins_previous - adjoins_next;
	sequence = segment_of(mbuf)->sequence;
	if (adjoins_previous && merge_into(list, previous, mbuf, crowded(stack, connection))) {
		rte_pktmbuf_free(mbuf);
	} else {
		stack->tcp.charge += segment_charge(mbuf);
		link_after(list, previous, mbuf);
	}
	report_block(connection, range_around(connection, sequence));
}

/* Makes room for data in order by giving up all data out of order (RFC 2018 section 8 allows it). */
static void renege(struct stack *stack, struct tcp_connection *connection)
{
	count_drop(stack, DROP_TCP_RENEGED);
	while (connection->reorder_queue.head)
		discard(stack, segment_list_pop(&connection->reorder_queue));
	connection->reorder_ranges = 0;
	connection->sack_count = 0;
}

/* Takes one mbuf of payload that begins at receive_next. False, and the mbuf is dropped, if there is no room for it. */
static bool accept_in_order(struct stack *stack, struct tcp_connection *connection, struct rte_mbuf *mbuf)
{
	struct segment_list *list = &connection->receive_queue;
	bool full = charged(connection) >= connection->receive_limit || tcp_pressure(stack) == TCP_PRESSURE_FULL;

	if (full && connection->reorder_queue.head) {
		renege(stack, connection);
		full = charged(connection) >= connection->receive_limit || tcp_pressure(stack) == TCP_PRESSURE_FULL;
	}
	if (full && !(list->tail && segment_has_room(list->tail, mbuf->data_len))) {
		packet_drop(stack, mbuf, DROP_TCP_RECEIVE_FULL);
		return false;
	}
	stack->tcp.charge += segment_charge(mbuf);
	queue_in_order(stack, connection, mbuf);
	return true;
}

/* Takes one mbuf of a segment's payload: cut to what is new and was promised, in order or not. */
static void receive_mbuf(struct stack *stack, struct tcp_connection *connection, struct rte_mbuf *mbuf)
{
	struct segment *segment = segment_of(mbuf);

	if (seq_le(end_of(mbuf), connection->receive_next)) {
		packet_drop(stack, mbuf, DROP_TCP_DUPLICATE);
		return;
	}
	if (seq_ge(segment->sequence, connection->receive_edge)) {
		packet_drop(stack, mbuf, DROP_TCP_RECEIVE_FULL);
		return;
	}
	if (connection->fin_pending && seq_gt(end_of(mbuf), connection->fin_sequence)) {
		packet_drop(stack, mbuf, DROP_TCP_BEYOND_FIN);
		return;
	}
	if (seq_gt(end_of(mbuf), connection->receive_edge))
		rte_pktmbuf_trim(mbuf, (uint16_t)(end_of(mbuf) - connection->receive_edge));
	if (seq_gt(segment->sequence, connection->receive_next)) {
		queue_reordered(stack, connection, mbuf);
		return;
	}
	rte_pktmbuf_adj(mbuf, (uint16_t)(connection->receive_next - segment->sequence));
	if (accept_in_order(stack, connection, mbuf))
		collect_reordered(stack, connection);
}

/* When to acknowledge (RFC 5681 section 4.2): every second full segment, gaps and their filling, and half of a window
 * at once, else later. */
static void schedule_ack(struct stack *stack, struct tcp_connection *connection, uint32_t before, bool reordered)
{
	uint32_t unacknowledged = connection->receive_next - connection->last_ack_sent;
	bool half_used = seq_ge(connection->receive_next + unacknowledged, connection->receive_edge);

	if (connection->receive_next == before || reordered || connection->reorder_queue.head || half_used ||
	    unacknowledged >= 2u * connection->receive_mss) {
		connection->ack_now = true;
	} else if (!connection->ack_at) {
		connection->ack_at = tcp_clock_after(stack, stack->config.tcp.delayed_ack);
		timers_update(stack, connection);
	}
}

/* A FIN is remembered until all before it has come. */
static void take_fin(struct stack *stack, struct tcp_connection *connection, const struct tcp_segment *segment)
{
	uint32_t fin = segment->header.sequence + segment->length;

	if ((segment->header.flags & TCP_FIN) && !connection->fin_pending && !connection->fin_received &&
	    seq_ge(fin, connection->receive_next) && seq_le(fin, connection->receive_edge) &&
	    (!connection->reorder_queue.tail || seq_le(end_of(connection->reorder_queue.tail), fin))) {
		connection->fin_pending = true;
		connection->fin_sequence = fin;
	}
	if (connection->fin_pending && connection->receive_next == connection->fin_sequence) {
		connection->receive_next++;
		connection->fin_pending = false;
		connection->fin_received = true;
		connection->ack_now = true;
		connection_event(stack, connection, TCP_EVENT_END);
	}
}

void receive_data(struct stack *stack, struct tcp_connection *connection, struct tcp_segment *segment)
{
	struct segment_list payload = {0};
	uint32_t sequence = segment->header.sequence;
	uint32_t before = connection->receive_next;
	uint32_t readable = connection->receive_queue.bytes;
	bool reordered = connection->reorder_queue.head != NULL;
	struct rte_mbuf *mbuf;

	if (segment->length > connection->receive_mss)
		connection->receive_mss = (uint16_t)RTE_MIN(segment->length, (uint32_t)UINT16_MAX / 2);
	segment_list_append_chain(&payload, segment->mbuf);
	segment->mbuf = NULL;
	while ((mbuf = segment_list_pop(&payload)) != NULL) {
		*segment_of(mbuf) = (struct segment){.sequence = sequence};
		sequence += mbuf->data_len;
		receive_mbuf(stack, connection, mbuf);
	}
	if (connection->receive_next != before)
		update_sack_blocks(connection);
	schedule_ack(stack, connection, before, reordered);
	take_fin(stack, connection, segment);
	if (connection->receive_queue.bytes != readable)
		connection_event(stack, connection, TCP_EVENT_READABLE);
}

/* The edge that memory allows to promise. */
static uint32_t affordable_edge(const struct stack *stack, const struct tcp_connection *connection)
{
	uint32_t limit = tcp_queue_limit(stack, connection->receive_limit);
	uint32_t used = charged(connection);
	uint32_t window = used < limit ? (limit - used) / 2 : 0;

	if (tcp_pressure(stack) != TCP_PRESSURE_NONE)
		window = RTE_MIN(window, 2u * connection->receive_mss);
	if (tcp_pressure(stack) == TCP_PRESSURE_FULL)
		window = 0;
	window = RTE_MIN(window, UINT32_C(65535) << connection->window_scale);
	return connection->receive_next + window;
}

/* RFC 9293 section 3.8.6.2.2: the edge moves by a full segment at least, or a good part of the buffer. */
static bool worth_announcing(const struct tcp_connection *connection, uint32_t edge)
{
	uint32_t step = RTE_MIN(connection->receive_limit / 4, (uint32_t)connection->receive_mss);

	return seq_gt(edge, connection->receive_edge) && edge - connection->receive_edge >= step;
}

uint16_t receive_announce(struct stack *stack, struct tcp_connection *connection)
{
	uint32_t granule = UINT32_C(1) << connection->window_scale;
	uint32_t edge = affordable_edge(stack, connection);
	uint32_t window;

	if (seq_lt(connection->receive_edge, connection->receive_next))
		connection->receive_edge = connection->receive_next;
	if (!worth_announcing(connection, edge))
		edge = connection->receive_edge;
	window = edge - connection->receive_next;
	/* Rounded up, so that the edge does not retreat (RFC 7323 section 2.4); but not for ever, once the buffer is
	 * full. */
	if (charged(connection) < connection->receive_limit)
		window += granule - 1;
	window = RTE_MIN(window >> connection->window_scale, 65535u);
	connection->receive_edge =
	    seq_max(connection->receive_edge, connection->receive_next + (window << connection->window_scale));
	return (uint16_t)window;
}

/*
 * A promise cannot be taken back, so a connection is promised little before it has shown that it uses what it has: as
 * much again with each window's worth of data that its user has taken. That keeps ahead of a peer in slow start, who
 * sends up to twice as much with each round trip.
 */
#define RECEIVE_START 131072 /* charge: 64 KiB are promised */

static void open_further(struct tcp_connection *connection, uint32_t limit)
{
	connection->receive_limit = RTE_MIN(limit, connection->receive_buffer);
	connection->growing = connection->receive_limit < connection->receive_buffer;
	connection->grows_at = connection->receive_next + connection->receive_limit / 2;
}

void receive_begin(struct tcp_connection *connection, uint32_t buffer)
{
	connection->receive_buffer = buffer;
	open_further(connection, connection->receive_limit ? connection->receive_limit : RECEIVE_START);
}

void receive_window_grown(struct stack *stack, struct tcp_connection *connection)
{
	uint32_t edge = affordable_edge(stack, connection);
	uint32_t promised = seq_gt(connection->receive_edge, connection->receive_next)
				? connection->receive_edge - connection->receive_next
				: 0;

	if (connection->state < TCP_ESTABLISHED || connection->fin_received)
		return;
	/* A SYN-ACK promises little, though there is room: until half of that is used, nobody waits for more. */
	if (connection->receive_edge - connection->initial_receive - 1 <= TCP_QUEUE_FLOOR &&
	    promised >= TCP_QUEUE_FLOOR / 2)
		return;
	/* An ACK of its own is worth it when the window has become a good deal larger. */
	if (worth_announcing(connection, edge) && (edge - connection->receive_edge >= connection->receive_limit / 4 ||
						   promised < 2u * connection->receive_mss)) {
		connection->ack_now = true;
		connection_due(stack, connection);
	}
}

uint32_t tcp_receive(struct stack *stack, struct tcp_connection *connection, struct segment_list *list)
{
	uint32_t bytes = connection->receive_queue.bytes;

	if (!bytes)
		return 0;
	stack->tcp.charge -= connection->receive_queue.charge;
	segment_list_move(list, &connection->receive_queue);
	if (connection->growing && seq_ge(connection->receive_next, connection->grows_at) &&
	    tcp_pressure(stack) == TCP_PRESSURE_NONE)
		open_further(connection, 2 * connection->receive_limit);
	receive_window_grown(stack, connection);
	return bytes;
}

uint32_t tcp_receivable(const struct tcp_connection *connection)
{
	return connection->receive_queue.bytes;
}

void receive_free_reordered(struct stack *stack, struct tcp_connection *connection)
{
	stack->tcp.charge -= connection->reorder_queue.charge;
	segment_list_free(&connection->reorder_queue);
	connection->reorder_ranges = 0;
	connection->sack_count = 0;
}

void receive_free(struct stack *stack, struct tcp_connection *connection)
{
	receive_free_reordered(stack, connection);
	stack->tcp.charge -= connection->receive_queue.charge;
	segment_list_free(&connection->receive_queue);
}
