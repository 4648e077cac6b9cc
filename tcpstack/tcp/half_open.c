/* SPDX-License-Identifier: BSD-3-Clause */
#include "half_open.h"

#include "tcp_internal.h"

#define FIRST_TIMEOUT 1000 /* milliseconds: RFC 6298's initial RTO; it doubles with each retry */
#define COOKIE_LIFE UINT64_C(32000000)

_Static_assert(offsetof(struct half_open, record) == 0, "a half-open record begins as a record");

bool half_open_init(struct stack *stack)
{
	return record_table_init(stack, &stack->tcp.half_open.table, stack->config.half_open);
}

void half_open_destroy(struct stack *stack)
{
	record_table_destroy(stack, &stack->tcp.half_open.table);
}

static struct half_open *half_open_at(const struct stack *stack, uint32_t index)
{
	return (struct half_open *)record_at(&stack->tcp.half_open.table, index);
}

static void enqueue(struct stack *stack, struct half_open *half_open)
{
	struct half_open_table *table = &stack->tcp.half_open;

	half_open->record.expires = tcp_clock_after(stack, (uint32_t)FIRST_TIMEOUT << half_open->retries);
	half_open->answers = 0;
	record_append(&table->table, &table->queues[half_open->retries], &half_open->record);
}

static void dequeue(struct half_open_table *table, struct half_open *half_open)
{
	record_remove(&table->table, &table->queues[half_open->retries], &half_open->record);
}

/* Gives the record back; its entry in the flow table is the caller's business. */
static void half_open_free(struct half_open_table *table, struct half_open *half_open)
{
	dequeue(table, half_open);
	record_give(&table->table, &half_open->record);
}

static void forget(struct stack *stack, struct half_open *half_open)
{
	struct half_open_table *table = &stack->tcp.half_open;
	struct tuple tuple = record_tuple(&half_open->record);

	flow_remove(stack, &tuple, flow_refer(FLOW_HALF_OPEN, record_index(&table->table, &half_open->record)));
	half_open_free(table, half_open);
}

static struct tcp_listener *listener_of(const struct stack *stack, const struct half_open *half_open)
{
	struct tuple tuple = record_tuple(&half_open->record);

	return listener_find(stack, half_open->interface, &tuple, stack_owns(stack, &tuple.local));
}

/* The first flight of a peer fits (RFC 6928), and no more: what a SYN-ACK promised must be known again when the ACK
 * comes, of which nothing is kept if it is a cookie's. So it cannot depend on what is free. */
static uint16_t first_window(const struct stack *stack)
{
	return (uint16_t)RTE_MIN(stack->config.tcp.receive_buffer / 2, (uint32_t)TCP_QUEUE_FLOOR);
}

/* A SYN-ACK with the options of which both sides have spoken. */
static void send_syn_ack(struct stack *stack, const struct tuple *tuple, const struct tcp_listener *listener,
			 const struct tcp_agreement *agreement, uint16_t interface)
{
	struct tcp_options options = listener->config.options;
	struct tcp_header header = {
	    .flags = TCP_SYN | TCP_ACK,
	    .sequence = agreement->initial_send,
	    .acknowledgement = agreement->initial_receive + 1,
	    .window = first_window(stack),
	    .timestamp_value = tcp_clock(stack) + sequence_timestamp_offset(stack, tuple),
	    .timestamp_echo = agreement->timestamp_recent,
	};

	options.timestamps = agreement->timestamps;
	options.sack = agreement->sack;
	options.window_scaling = agreement->window_scaling;
	options.window_scale = agreement->window_scale;
	emit_syn_options(stack, &header, &options, interface, &tuple->remote);
	emit_bare(stack, tuple, &header);
}

/* What the listener's options and the peer's SYN have in common. */
static struct tcp_agreement agree(const struct stack *stack, const struct tcp_listener *listener,
				  const struct tuple *tuple, const struct tcp_header *syn)
{
	const struct tcp_options *options = &listener->config.options;

	return (struct tcp_agreement){
	    .initial_receive = syn->sequence,
	    .announced_mss = syn->has_mss ? syn->mss : tcp_default_mss(&tuple->remote),
	    .timestamps = options->timestamps && syn->has_timestamps,
	    .timestamp_recent = syn->timestamp_value,
	    .sack = options->sack && syn->sack_permitted,
	    .withhold_sack = options->withhold_sack,
	    .window_scaling = options->window_scaling && syn->has_window_scale,
	    .peer_window_scale = syn->window_scale,
	    .window_scale = connection_window_scale(options, stack->config.tcp.receive_buffer),
	};
}

static struct tcp_agreement agreement_of(const struct stack *stack, const struct half_open *half_open,
					 const struct tcp_listener *listener)
{
	const struct tcp_options *options = &listener->config.options;

	return (struct tcp_agreement){
	    .initial_send = half_open->initial_send,
	    .initial_receive = half_open->initial_receive,
	    .announced_mss = half_open->announced_mss,
	    .retransmitted = half_open->retries > 0,
	    .timestamps = half_open->timestamps,
	    .timestamp_recent = half_open->timestamp_recent,
	    .sack = half_open->sack,
	    .withhold_sack = options->withhold_sack,
	    .window_scaling = half_open->window_scaling,
	    .peer_window_scale = half_open->peer_window_scale,
	    .window_scale = connection_window_scale(options, stack->config.tcp.receive_buffer),
	};
}

static void answer_with_cookie(struct stack *stack, const struct tcp_listener *listener, const struct tuple *tuple,
			       struct tcp_agreement *agreement, uint16_t interface)
{
	struct tcp_cookie cookie = {
	    .mss = agreement->announced_mss,
	    .window_scaling = agreement->window_scaling,
	    .window_scale = agreement->peer_window_scale,
	    .sack = agreement->sack,
	};

	agreement->initial_send = cookie_make(stack, tuple, agreement->initial_receive, &cookie);
	stack->tcp.half_open.cookie_at = stack->now ? stack->now : 1;
	stack->counters.tcp_cookies_sent++;
	send_syn_ack(stack, tuple, listener, agreement, interface);
}

/* New connections are the first to be refused when anything runs short. */
static bool may_open(const struct stack *stack, const struct tcp_listener *listener)
{
	return tcp_pressure(stack) == TCP_PRESSURE_NONE && listener_has_room(listener) &&
	       stack->tcp.connections_used < stack->tcp.connection_capacity;
}

/* NULL where cookies must do. */
static struct half_open *half_open_new(struct stack *stack, const struct tuple *tuple)
{
	struct record_table *table = &stack->tcp.half_open.table;
	struct record *record;

	if (table->used >= table->capacity - table->capacity / 4)
		return NULL;
	record = record_take(table, tuple);
	if (!record)
		return NULL;
	if (!flow_insert(stack, tuple, flow_refer(FLOW_HALF_OPEN, record_index(table, record)))) {
		record_give(table, record);
		return NULL;
	}
	return (struct half_open *)record;
}

void half_open_syn(struct stack *stack, struct tcp_listener *listener, const struct tuple *tuple,
		   struct tcp_segment *segment, uint32_t after)
{
	struct tcp_agreement agreement = agree(stack, listener, tuple, &segment->header);
	struct half_open *half_open;

	if (!may_open(stack, listener)) {
		stack->counters.tcp_listen_refused++;
		segment_drop(stack, segment, DROP_TCP_SYN_REFUSED);
		return;
	}
	half_open = half_open_new(stack, tuple);
	if (!half_open) {
		answer_with_cookie(stack, listener, tuple, &agreement, segment->interface);
		segment_done(segment);
		return;
	}
	agreement.initial_send = sequence_initial(stack, tuple);
	if (after && seq_le(agreement.initial_send, after))
		agreement.initial_send = after + 1;
	half_open->announced_mss = agreement.announced_mss;
	half_open->timestamps = agreement.timestamps;
	half_open->timestamp_recent = agreement.timestamp_recent;
	half_open->sack = agreement.sack;
	half_open->window_scaling = agreement.window_scaling;
	half_open->peer_window_scale = agreement.peer_window_scale;
	half_open->interface = segment->interface;
	half_open->initial_receive = agreement.initial_receive;
	half_open->initial_send = agreement.initial_send;
	enqueue(stack, half_open);
	send_syn_ack(stack, tuple, listener, &agreement, segment->interface);
	/* Data in a SYN is not kept: the peer sends it again after the handshake. */
	segment_done(segment);
}

/* Makes the connection that a completed handshake stands for, and gives it the segment. */
static void open_connection(struct stack *stack, struct tcp_listener *listener, const struct tuple *tuple,
			    const struct tcp_agreement *agreement, flow_reference replaced, struct tcp_segment *segment)
{
	struct tcp_connection *connection = connection_new(stack, tuple, replaced);

	if (!connection) {
		segment_drop(stack, segment, DROP_TCP_ACCEPT_FULL);
		return;
	}
	if (replaced)
		half_open_free(&stack->tcp.half_open, half_open_at(stack, flow_index(replaced)));
	connection->interface = (uint8_t)segment->interface;
	connection->foreign = !stack_owns(stack, &tuple->local);
	connection->by_cookie = !replaced;
	connection->context = NULL;
	connection_agree(stack, connection, agreement);
	connection->receive_edge = connection->receive_next + first_window(stack);
	connection->send_unacknowledged = agreement->initial_send + 1;
	connection->send_next = agreement->initial_send + 1;
	listener_accepts(listener, connection);
	stack->counters.tcp_opened_passive++;
	handshake_complete(stack, connection, TCP_EVENT_ACCEPTED);
	if (agreement->timestamps && segment->header.timestamp_echo) {
		uint32_t elapsed = tcp_clock(stack) + connection->timestamp_offset - segment->header.timestamp_echo;

		if (elapsed < stack->config.tcp.rto_max)
			round_trip_sample(stack, connection, elapsed * 1000 + 1);
	}
	connection_segment(stack, connection, segment);
}

/* Tells the peer what we expect, as a challenge ACK does (RFC 5961). */
static void send_ack(struct stack *stack, const struct tuple *tuple, const struct half_open *half_open,
		     const struct tcp_listener *listener)
{
	struct tcp_header header = {
	    .flags = TCP_ACK,
	    .sequence = half_open->initial_send + 1,
	    .acknowledgement = half_open->initial_receive + 1,
	    .has_timestamps = half_open->timestamps,
	    .timestamp_value = tcp_clock(stack) + sequence_timestamp_offset(stack, tuple),
	    .timestamp_echo = half_open->timestamp_recent,
	};

	/* Only the windows of SYNs are not scaled. */
	header.window = first_window(stack);
	if (half_open->window_scaling)
		header.window >>= agreement_of(stack, half_open, listener).window_scale;
	stack->counters.tcp_challenges_sent++;
	emit_bare(stack, tuple, &header);
}

/* An unacceptable segment is answered with an ACK; one without data only a few times, so that two ends never quarrel.
 */
static void answer_unacceptable(struct stack *stack, const struct tuple *tuple, struct half_open *half_open,
				const struct tcp_listener *listener, const struct tcp_segment *segment)
{
	if (!segment_space(segment)) {
		if (half_open->answers >= HALF_OPEN_ANSWERS_MAX) {
			stack->counters.tcp_challenges_withheld++;
			return;
		}
		half_open->answers++;
	}
	send_ack(stack, tuple, half_open, listener);
}

static void resend_syn_ack(struct stack *stack, struct half_open *half_open, const struct tcp_listener *listener)
{
	struct tuple tuple = record_tuple(&half_open->record);
	struct tcp_agreement agreement = agreement_of(stack, half_open, listener);

	send_syn_ack(stack, &tuple, listener, &agreement, half_open->interface);
}

void half_open_segment(struct stack *stack, uint32_t index, const struct tuple *tuple, struct tcp_segment *segment)
{
	struct half_open *half_open = half_open_at(stack, index);
	const struct tcp_header *header = &segment->header;
	uint32_t expected = half_open->initial_receive + 1;
	struct tcp_listener *listener;
	struct tcp_agreement agreement;

	if (header->flags & TCP_RST) {
		if (header->sequence != expected) {
			segment_drop(stack, segment, DROP_TCP_RST_INVALID);
			return;
		}
		stack->counters.tcp_resets_in++;
		forget(stack, half_open);
		segment_drop(stack, segment, DROP_TCP_RST);
		return;
	}
	listener = listener_of(stack, half_open);
	if (!listener) {
		forget(stack, half_open);
		emit_reset(stack, tuple, segment);
		segment_drop(stack, segment, DROP_TCP_NO_CONNECTION);
		return;
	}
	if (header->flags & TCP_SYN) {
		if (header->sequence == half_open->initial_receive && !(header->flags & TCP_ACK))
			resend_syn_ack(stack, half_open, listener);
		else
			send_ack(stack, tuple, half_open, listener);
		segment_drop(stack, segment, DROP_TCP_SYN_DUPLICATE);
		return;
	}
	if (!(header->flags & TCP_ACK)) {
		segment_drop(stack, segment, DROP_TCP_NO_ACK);
		return;
	}
	if (header->sequence - expected > first_window(stack)) {
		answer_unacceptable(stack, tuple, half_open, listener, segment);
		segment_drop(stack, segment, DROP_TCP_OUT_OF_WINDOW);
		return;
	}
	if (header->acknowledgement != half_open->initial_send + 1) {
		emit_reset(stack, tuple, segment);
		segment_drop(stack, segment, DROP_TCP_ACK_INVALID);
		return;
	}
	if (half_open->timestamps && !header->has_timestamps) {
		segment_drop(stack, segment, DROP_TCP_NO_TIMESTAMP);
		return;
	}
	if (!listener_has_room(listener)) {
		segment_drop(stack, segment, DROP_TCP_ACCEPT_FULL);
		return;
	}
	agreement = agreement_of(stack, half_open, listener);
	open_connection(stack, listener, tuple, &agreement, flow_refer(FLOW_HALF_OPEN, index), segment);
}

bool half_open_cookie(struct stack *stack, struct tcp_listener *listener, const struct tuple *tuple,
		      struct tcp_segment *segment)
{
	const struct half_open_table *table = &stack->tcp.half_open;
	const struct tcp_options *options = &listener->config.options;
	uint32_t initial_receive = segment->header.sequence - 1;
	uint32_t initial_send = segment->header.acknowledgement - 1;
	struct tcp_agreement agreement;
	struct tcp_cookie cookie;

	if (!table->cookie_at || stack->now - table->cookie_at > COOKIE_LIFE || (segment->header.flags & TCP_SYN))
		return false;
	if (!cookie_check(stack, tuple, initial_receive, initial_send, &cookie)) {
		stack->counters.tcp_cookies_failed++;
		/* It may be behind a first segment that was lost: that one comes again, unless the peer is reset. */
		if (!segment->length && !(segment->header.flags & TCP_FIN))
			return false;
		segment_drop(stack, segment, DROP_TCP_LISTEN_ACK);
		return true;
	}
	if (!may_open(stack, listener)) {
		segment_drop(stack, segment, DROP_TCP_ACCEPT_FULL);
		return true;
	}
	stack->counters.tcp_cookies_accepted++;
	agreement = (struct tcp_agreement){
	    .initial_send = initial_send,
	    .initial_receive = initial_receive,
	    .announced_mss = cookie.mss,
	    /* The peer echoes timestamps only if our SYN-ACK had them. */
	    .timestamps = options->timestamps && segment->header.has_timestamps,
	    .timestamp_recent = segment->header.timestamp_value,
	    .sack = cookie.sack,
	    .withhold_sack = options->withhold_sack,
	    .window_scaling = cookie.window_scaling,
	    .peer_window_scale = cookie.window_scale,
	    .window_scale = connection_window_scale(options, stack->config.tcp.receive_buffer),
	};
	open_connection(stack, listener, tuple, &agreement, 0, segment);
	return true;
}

static void refuse(struct stack *stack, struct half_open *half_open)
{
	struct tuple tuple = record_tuple(&half_open->record);
	struct tcp_header header = {
	    .flags = TCP_RST | TCP_ACK,
	    .sequence = half_open->initial_send + 1,
	    .acknowledgement = half_open->initial_receive + 1,
	};

	stack->counters.tcp_resets_out++;
	emit_bare(stack, &tuple, &header);
	forget(stack, half_open);
}

static void expire(struct stack *stack, struct half_open *half_open)
{
	struct half_open_table *table = &stack->tcp.half_open;
	const struct tcp_listener *listener = listener_of(stack, half_open);

	if (!listener) {
		refuse(stack, half_open);
		return;
	}
	if (half_open->retries >= RTE_MIN(stack->config.tcp.syn_ack_retries, (uint32_t)HALF_OPEN_RETRIES_MAX)) {
		stack->counters.tcp_half_open_timeouts++;
		forget(stack, half_open);
		return;
	}
	dequeue(table, half_open);
	half_open->retries++;
	enqueue(stack, half_open);
	resend_syn_ack(stack, half_open, listener);
}

void half_open_advance(struct stack *stack)
{
	struct half_open_table *table = &stack->tcp.half_open;

	for (unsigned retries = 0; retries <= HALF_OPEN_RETRIES_MAX; retries++) {
		struct record *record;

		while ((record = record_first(&table->table, &table->queues[retries])) != NULL) {
			struct half_open *half_open = (struct half_open *)record;

			/* What the output queue has no room for waits for the next turn. */
			if (!tcp_clock_reached(stack, record->expires) || !ip_output_room(stack, half_open->interface))
				break;
			expire(stack, half_open);
		}
	}
}

uint64_t half_open_deadline(const struct stack *stack)
{
	const struct half_open_table *table = &stack->tcp.half_open;
	uint64_t deadline = UINT64_MAX;

	for (unsigned retries = 0; retries <= HALF_OPEN_RETRIES_MAX; retries++) {
		const struct record *record = record_first(&table->table, &table->queues[retries]);

		if (record)
			deadline = RTE_MIN(deadline, tcp_clock_time(stack, record->expires));
	}
	return deadline;
}

bool half_open_quoted(const struct stack *stack, uint32_t index, uint32_t sequence)
{
	return half_open_at(stack, index)->initial_send == sequence;
}
