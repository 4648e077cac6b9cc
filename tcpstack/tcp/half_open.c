/* SPDX-License-Identifier: BSD-3-Clause */
#include "half_open.h"

#include "tcp_internal.h"

#define FIRST_TIMEOUT 1000 /* milliseconds: RFC 6298's initial RTO; it doubles with each retry */
#define COOKIE_LIFE UINT64_C(32000000)

bool half_open_init(struct stack *stack)
{
	struct half_open_table *table = &stack->tcp.half_open;

	table->capacity = stack->config.half_open;
	table->records = stack_allocate(stack, table->capacity, sizeof(*table->records));
	if (!table->records)
		return false;
	for (uint32_t i = 0; i < table->capacity; i++)
		table->records[i].next = i + 1 < table->capacity ? i + 2 : 0;
	table->free = 1;
	return true;
}

void half_open_destroy(struct stack *stack)
{
	stack_release(stack, stack->tcp.half_open.records);
}

static struct tuple tuple_of(const struct half_open *record)
{
	return (struct tuple){record->local, record->remote, record->local_port, record->remote_port};
}

static uint32_t index_of(const struct half_open_table *table, const struct half_open *record)
{
	return (uint32_t)(record - table->records);
}

static void enqueue(struct stack *stack, struct half_open *record)
{
	struct half_open_table *table = &stack->tcp.half_open;
	struct half_open_queue *queue = &table->queues[record->retries];
	uint32_t reference = index_of(table, record) + 1;

	record->expires = tcp_clock_after(stack, (uint32_t)FIRST_TIMEOUT << record->retries);
	record->next = 0;
	record->previous = queue->last;
	if (queue->last)
		table->records[queue->last - 1].next = reference;
	else
		queue->first = reference;
	queue->last = reference;
}

static void dequeue(struct half_open_table *table, struct half_open *record)
{
	struct half_open_queue *queue = &table->queues[record->retries];

	if (record->previous)
		table->records[record->previous - 1].next = record->next;
	else
		queue->first = record->next;
	if (record->next)
		table->records[record->next - 1].previous = record->previous;
	else
		queue->last = record->previous;
}

/* Gives the record back; its entry in the flow table is the caller's business. */
static void record_free(struct half_open_table *table, struct half_open *record)
{
	dequeue(table, record);
	record->next = table->free;
	table->free = index_of(table, record) + 1;
	table->used--;
}

static void forget(struct stack *stack, struct half_open *record)
{
	struct half_open_table *table = &stack->tcp.half_open;
	struct tuple tuple = tuple_of(record);

	flow_remove(stack, &tuple, flow_refer(FLOW_HALF_OPEN, index_of(table, record)));
	record_free(table, record);
}

static struct tcp_listener *listener_of(const struct stack *stack, const struct half_open *record)
{
	struct tuple tuple = tuple_of(record);

	return listener_find(stack, record->interface, &tuple, stack_owns(stack, &tuple.local));
}

static uint16_t first_window(const struct stack *stack)
{
	return (uint16_t)RTE_MIN(stack->config.tcp.receive_buffer / 2, 65535u);
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

static struct tcp_agreement agreement_of(const struct stack *stack, const struct half_open *record,
					 const struct tcp_listener *listener)
{
	const struct tcp_options *options = &listener->config.options;

	return (struct tcp_agreement){
	    .initial_send = record->initial_send,
	    .initial_receive = record->initial_receive,
	    .announced_mss = record->announced_mss,
	    .timestamps = record->timestamps,
	    .timestamp_recent = record->timestamp_recent,
	    .sack = record->sack,
	    .withhold_sack = options->withhold_sack,
	    .window_scaling = record->window_scaling,
	    .peer_window_scale = record->peer_window_scale,
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

static struct half_open *record_new(struct stack *stack, const struct tuple *tuple)
{
	struct half_open_table *table = &stack->tcp.half_open;
	uint32_t reference = table->free;
	struct half_open *record = &table->records[reference - 1];

	if (!reference || table->used >= table->capacity - table->capacity / 4)
		return NULL;
	if (!flow_insert(stack, tuple, flow_refer(FLOW_HALF_OPEN, reference - 1)))
		return NULL;
	table->free = record->next;
	table->used++;
	*record = (struct half_open){
	    .local = tuple->local,
	    .remote = tuple->remote,
	    .local_port = tuple->local_port,
	    .remote_port = tuple->remote_port,
	};
	return record;
}

void half_open_syn(struct stack *stack, struct tcp_listener *listener, const struct tuple *tuple,
		   struct tcp_segment *segment, uint32_t after)
{
	struct tcp_agreement agreement = agree(stack, listener, tuple, &segment->header);
	struct half_open *record;

	if (!may_open(stack, listener)) {
		stack->counters.tcp_listen_refused++;
		segment_drop(stack, segment, DROP_TCP_SYN_REFUSED);
		return;
	}
	record = record_new(stack, tuple);
	if (!record) {
		answer_with_cookie(stack, listener, tuple, &agreement, segment->interface);
		segment_done(segment);
		return;
	}
	agreement.initial_send = sequence_initial(stack, tuple);
	if (after && seq_le(agreement.initial_send, after))
		agreement.initial_send = after + 1;
	record->announced_mss = agreement.announced_mss;
	record->timestamps = agreement.timestamps;
	record->timestamp_recent = agreement.timestamp_recent;
	record->sack = agreement.sack;
	record->window_scaling = agreement.window_scaling;
	record->peer_window_scale = agreement.peer_window_scale;
	record->interface = segment->interface;
	record->initial_receive = agreement.initial_receive;
	record->initial_send = agreement.initial_send;
	enqueue(stack, record);
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
		record_free(&stack->tcp.half_open, &stack->tcp.half_open.records[flow_index(replaced)]);
	connection->interface = (uint8_t)segment->interface;
	connection->foreign = !stack_owns(stack, &tuple->local);
	connection->listener = listener;
	connection->context = NULL;
	connection_agree(stack, connection, agreement);
	connection->receive_edge = connection->receive_next + first_window(stack);
	connection->send_unacknowledged = agreement->initial_send + 1;
	connection->send_next = agreement->initial_send + 1;
	listener->waiting++;
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
static void send_ack(struct stack *stack, const struct tuple *tuple, const struct half_open *record)
{
	const struct tcp_listener *listener = listener_of(stack, record);
	struct tcp_header header = {
	    .flags = TCP_ACK,
	    .sequence = record->initial_send + 1,
	    .acknowledgement = record->initial_receive + 1,
	    .has_timestamps = record->timestamps,
	    .timestamp_value = tcp_clock(stack) + sequence_timestamp_offset(stack, tuple),
	    .timestamp_echo = record->timestamp_recent,
	};

	if (!listener)
		return;
	/* Only the windows of SYNs are not scaled. */
	header.window = first_window(stack);
	if (record->window_scaling)
		header.window >>= agreement_of(stack, record, listener).window_scale;
	stack->counters.tcp_challenges_sent++;
	emit_bare(stack, tuple, &header);
}

static void resend_syn_ack(struct stack *stack, struct half_open *record)
{
	struct tcp_listener *listener = listener_of(stack, record);
	struct tuple tuple = tuple_of(record);
	struct tcp_agreement agreement;

	if (!listener)
		return;
	agreement = agreement_of(stack, record, listener);
	send_syn_ack(stack, &tuple, listener, &agreement, record->interface);
}

void half_open_segment(struct stack *stack, uint32_t index, const struct tuple *tuple, struct tcp_segment *segment)
{
	struct half_open *record = &stack->tcp.half_open.records[index];
	const struct tcp_header *header = &segment->header;
	uint32_t expected = record->initial_receive + 1;
	struct tcp_listener *listener;
	struct tcp_agreement agreement;

	if (header->flags & TCP_RST) {
		if (header->sequence != expected) {
			segment_drop(stack, segment, DROP_TCP_RST_INVALID);
			return;
		}
		stack->counters.tcp_resets_in++;
		forget(stack, record);
		segment_drop(stack, segment, DROP_TCP_RST);
		return;
	}
	if (header->flags & TCP_SYN) {
		if (header->sequence == record->initial_receive && !(header->flags & TCP_ACK))
			resend_syn_ack(stack, record);
		else
			send_ack(stack, tuple, record);
		segment_drop(stack, segment, DROP_TCP_SYN_DUPLICATE);
		return;
	}
	if (!(header->flags & TCP_ACK)) {
		segment_drop(stack, segment, DROP_TCP_NO_ACK);
		return;
	}
	if (header->sequence - expected > first_window(stack)) {
		send_ack(stack, tuple, record);
		segment_drop(stack, segment, DROP_TCP_OUT_OF_WINDOW);
		return;
	}
	if (header->acknowledgement != record->initial_send + 1) {
		emit_reset(stack, tuple, segment);
		segment_drop(stack, segment, DROP_TCP_ACK_INVALID);
		return;
	}
	if (record->timestamps && !header->has_timestamps) {
		segment_drop(stack, segment, DROP_TCP_NO_TIMESTAMP);
		return;
	}
	listener = listener_of(stack, record);
	if (!listener || !listener_has_room(listener)) {
		segment_drop(stack, segment, DROP_TCP_ACCEPT_FULL);
		return;
	}
	agreement = agreement_of(stack, record, listener);
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
		return false;
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

static void expire(struct stack *stack, struct half_open *record)
{
	struct half_open_table *table = &stack->tcp.half_open;

	if (record->retries >= RTE_MIN(stack->config.tcp.syn_ack_retries, (uint32_t)HALF_OPEN_RETRIES_MAX) ||
	    !listener_of(stack, record)) {
		stack->counters.tcp_half_open_timeouts++;
		forget(stack, record);
		return;
	}
	dequeue(table, record);
	record->retries++;
	enqueue(stack, record);
	resend_syn_ack(stack, record);
}

void half_open_advance(struct stack *stack)
{
	struct half_open_table *table = &stack->tcp.half_open;

	for (unsigned retries = 0; retries <= HALF_OPEN_RETRIES_MAX; retries++) {
		while (table->queues[retries].first) {
			struct half_open *record = &table->records[table->queues[retries].first - 1];

			/* What the output queue has no room for waits for the next turn. */
			if (!tcp_clock_reached(stack, record->expires) || !ip_output_room(stack, record->interface))
				break;
			expire(stack, record);
		}
	}
}

uint64_t half_open_deadline(const struct stack *stack)
{
	const struct half_open_table *table = &stack->tcp.half_open;
	uint64_t deadline = UINT64_MAX;

	for (unsigned retries = 0; retries <= HALF_OPEN_RETRIES_MAX; retries++)
		if (table->queues[retries].first)
			deadline = RTE_MIN(
			    deadline, tcp_clock_time(stack, table->records[table->queues[retries].first - 1].expires));
	return deadline;
}

void half_open_forget(struct stack *stack, const struct tcp_listener *listener)
{
	struct half_open_table *table = &stack->tcp.half_open;

	for (unsigned retries = 0; retries <= HALF_OPEN_RETRIES_MAX; retries++) {
		uint32_t next;

		for (uint32_t reference = table->queues[retries].first; reference; reference = next) {
			struct half_open *record = &table->records[reference - 1];
			struct tuple tuple = tuple_of(record);
			struct tcp_header header = {
			    .flags = TCP_RST | TCP_ACK,
			    .sequence = record->initial_send + 1,
			    .acknowledgement = record->initial_receive + 1,
			};

			next = record->next;
			if (listener_of(stack, record) != listener)
				continue;
			stack->counters.tcp_resets_out++;
			emit_bare(stack, &tuple, &header);
			forget(stack, record);
		}
	}
}

bool half_open_quoted(const struct stack *stack, uint32_t index, uint32_t sequence)
{
	return stack->tcp.half_open.records[index].initial_send == sequence;
}
