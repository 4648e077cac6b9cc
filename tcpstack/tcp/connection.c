/* SPDX-License-Identifier: BSD-3-Clause */
/* A connection's life outside of its segments: making, opening, closing and ending it, and what its user hears of it.
 */
#include "connection.h"

#include <string.h>

#include "tcp_internal.h"

#define INITIAL_RTO 1000000	   /* microseconds: RFC 6298 section 2.1 */
#define RTO_AFTER_LOST_SYN 3000000 /* and section 5.7 */
#define MSS_MIN 48 /* a peer that announces less is not believed: headers would be most of the traffic */

uint32_t connection_index(const struct stack *stack, const struct tcp_connection *connection)
{
	return (uint32_t)(connection - stack->tcp.connections);
}

static struct tcp_connection *slot_new(struct stack *stack)
{
	struct tcp_state_tables *tcp = &stack->tcp;
	struct tcp_connection *connection = tcp->connection_free;

	if (connection)
		tcp->connection_free = connection->context;
	else if (tcp->connections_ever < tcp->connection_capacity)
		connection = &tcp->connections[tcp->connections_ever++];
	else
		return NULL;
	tcp->connections_used++;
	memset(connection, 0, sizeof(*connection));
	return connection;
}

static void slot_free(struct stack *stack, struct tcp_connection *connection)
{
	connection->state = TCP_CLOSED;
	connection->context = stack->tcp.connection_free;
	stack->tcp.connection_free = connection;
	stack->tcp.connections_used--;
}

struct tcp_connection *connection_new(struct stack *stack, const struct tuple *tuple, uint32_t replaced)
{
	struct tcp_connection *connection = slot_new(stack);
	flow_reference reference;

	if (!connection)
		return NULL;
	connection->tuple = *tuple;
	reference = flow_refer(FLOW_CONNECTION, connection_index(stack, connection));
	if (replaced) {
		flow_replace(stack, tuple, replaced, reference);
	} else if (!flow_insert(stack, tuple, reference)) {
		slot_free(stack, connection);
		return NULL;
	}
	receive_begin(connection, stack->config.tcp.receive_buffer);
	connection->send_limit = stack->config.tcp.send_buffer;
	connection->rto = INITIAL_RTO;
	connection->mss = tcp_default_mss(&tuple->remote);
	connection->receive_mss = connection->mss;
	connection->congestion = &congestion_cubic;
	connection->timestamp_offset = sequence_timestamp_offset(stack, tuple);
	connection->heard_at = tcp_clock(stack);
	connection->sent_at = tcp_clock(stack);
	connection->confirmed_at = tcp_clock(stack);
	return connection;
}

static void leave_queues(struct stack *stack, struct tcp_connection *connection)
{
	if (connection->on_events)
		TAILQ_REMOVE(&stack->tcp.events, connection, event_link);
	if (connection->on_due)
		TAILQ_REMOVE(&stack->tcp.due, connection, due_link);
	connection->on_events = false;
	connection->on_due = false;
	connection->events = 0;
}

void connection_free(struct stack *stack, struct tcp_connection *connection)
{
	leave_queues(stack, connection);
	receive_free(stack, connection);
	slot_free(stack, connection);
}

uint8_t connection_window_scale(const struct tcp_options *options, uint32_t receive_buffer)
{
	uint8_t scale = options->window_scale;

	while (scale < 14 && receive_buffer / 2 >> scale > UINT16_MAX)
		scale++;
	return RTE_MIN(scale, (uint8_t)14);
}

void connection_fit_mtu(struct tcp_connection *connection, uint16_t mtu)
{
	uint16_t headers = ip_header_length(&connection->tuple.remote) + TCP_HEADER_LENGTH;
	uint16_t mss;

	/* Every IPv6 path takes this much (RFC 8200 section 5), whatever port an IPv4 MTU sends it out of. */
	if (!address_is_ipv4(&connection->tuple.remote))
		mtu = RTE_MAX(mtu, (uint16_t)1280);
	mss = RTE_MIN(connection->announced_mss, (uint16_t)(mtu - headers));
	if (connection->timestamps)
		mss -= TCP_OPTION_TIMESTAMPS_LENGTH;
	connection->mss = mss;
}

void connection_update_mss(struct stack *stack, struct tcp_connection *connection)
{
	struct ip_path path;

	if (ip_route_between(stack, &connection->tuple.local, &connection->tuple.remote, &path))
		connection_fit_mtu(connection, path.mtu);
}

void connection_agree(struct stack *stack, struct tcp_connection *connection, const struct tcp_agreement *agreement)
{
	connection->initial_send = agreement->initial_send;
	connection->initial_receive = agreement->initial_receive;
	connection->receive_next = agreement->initial_receive + 1;
	receive_begin(connection, connection->receive_buffer);
	connection->last_ack_sent = connection->receive_next;
	connection->announced_mss = RTE_MAX(agreement->announced_mss, (uint16_t)MSS_MIN);
	connection->timestamps = agreement->timestamps;
	connection->timestamp_recent = agreement->timestamps ? agreement->timestamp_recent : 0;
	connection->timestamp_recent_at = tcp_clock(stack);
	connection->sack = agreement->sack;
	connection->withhold_sack = agreement->withhold_sack;
	connection->window_scaling = agreement->window_scaling;
	connection->window_scale = agreement->window_scaling ? agreement->window_scale : 0;
	connection->peer_window_scale = agreement->window_scaling ? agreement->peer_window_scale : 0;
	connection->window_sequence = agreement->initial_receive;
	connection->window_ack = agreement->initial_send;
	connection_update_mss(stack, connection);
	connection->congestion_window = congestion_initial_window(connection->mss, stack->config.tcp.initial_window);
	if (agreement->retransmitted) {
		/* RFC 5681 section 3.1, RFC 6298 section 5.7 */
		connection->congestion_window = connection->mss;
		connection->rto = RTE_MIN(RTO_AFTER_LOST_SYN, (uint64_t)stack->config.tcp.rto_max * 1000);
	}
	connection->slow_start_threshold = UINT32_MAX;
	connection->congestion->open(stack, connection);
}

void connection_event(struct stack *stack, struct tcp_connection *connection, unsigned events)
{
	if (connection->released)
		return;
	connection->events |= events;
	if (!connection->on_events) {
		TAILQ_INSERT_TAIL(&stack->tcp.events, connection, event_link);
		connection->on_events = true;
	}
}

void connection_due(struct stack *stack, struct tcp_connection *connection)
{
	if (connection->on_due || connection->state == TCP_CLOSED)
		return;
	TAILQ_INSERT_TAIL(&stack->tcp.due, connection, due_link);
	connection->on_due = true;
}

/* Everything but what its user may still read. */
static void finish(struct stack *stack, struct tcp_connection *connection, enum tcp_end end)
{
	connection->state = TCP_CLOSED;
	connection->end = end;
	timer_cancel(&stack->tcp.wheel, &connection->timer);
	output_free(stack, connection);
	receive_free_reordered(stack, connection);
	if (connection->on_due)
		TAILQ_REMOVE(&stack->tcp.due, connection, due_link);
	connection->on_due = false;
	connection_event(stack, connection, TCP_EVENT_CLOSED);
	if (connection->released)
		connection_free(stack, connection);
}

void connection_end(struct stack *stack, struct tcp_connection *connection, enum tcp_end end)
{
	flow_remove(stack, &connection->tuple, flow_refer(FLOW_CONNECTION, connection_index(stack, connection)));
	finish(stack, connection, end);
}

void connection_time_wait(struct stack *stack, struct tcp_connection *connection)
{
	time_wait_enter(stack, connection);
	finish(stack, connection, TCP_END_FIN);
}

/* The user's side. */

/* The local end, and the way out. */
static enum tcp_error choose_local(struct stack *stack, const struct tcp_connect_config *config, struct tuple *tuple,
				   struct ip_path *path)
{
	if (!config->remote_port || address_is_unspecified(&config->remote) || address_is_multicast(&config->remote) ||
	    stack_owns(stack, &config->remote))
		return TCP_ERROR_ADDRESS;
	if (!ip_route_between(stack, &config->local, &config->remote, path))
		return TCP_ERROR_NO_ROUTE;
	tuple->remote = config->remote;
	tuple->remote_port = config->remote_port;
	tuple->local = config->local;
	tuple->local_port = config->local_port;
	if (address_is_unspecified(&config->local)) {
		if (config->foreign)
			return TCP_ERROR_ADDRESS;
		return ip_source(stack, path, &config->remote, &tuple->local) ? TCP_OK : TCP_ERROR_NO_ROUTE;
	}
	if (address_is_ipv4(&config->local) != address_is_ipv4(&config->remote))
		return TCP_ERROR_ADDRESS;
	if (stack_owns(stack, &config->local) == config->foreign)
		return TCP_ERROR_ADDRESS;
	return TCP_OK;
}

static enum tcp_error claim_tuple(struct stack *stack, struct tuple *tuple, uint16_t interface, uint32_t *after)
{
	flow_reference taken;

	if (!tuple->local_port)
		return port_choose(stack, tuple, interface) ? TCP_OK : TCP_ERROR_NO_PORT;
	taken = flow_find(stack, tuple);
	if (!taken || (flow_kind(taken) == FLOW_TIME_WAIT && time_wait_yield(stack, flow_index(taken), after)))
		return TCP_OK;
	return TCP_ERROR_IN_USE;
}

enum tcp_error tcp_connect(struct stack *stack, const struct tcp_connect_config *config,
			   struct tcp_connection **connection)
{
	struct tcp_connection *new;
	struct tuple tuple = {0};
	struct ip_path path;
	enum tcp_error error;
	uint32_t after = 0;

	error = choose_local(stack, config, &tuple, &path);
	if (error != TCP_OK)
		return error;
	/* Somebody waits for it who was let in already: strangers are refused sooner. */
	if (tcp_pressure(stack) == TCP_PRESSURE_FULL)
		return TCP_ERROR_NO_CONNECTION;
	error = claim_tuple(stack, &tuple, path.interface, &after);
	if (error != TCP_OK)
		return error;
	new = connection_new(stack, &tuple, 0);
	if (!new)
		return TCP_ERROR_NO_CONNECTION;
	new->state = TCP_SYN_SENT;
	new->interface = (uint8_t)path.interface;
	new->foreign = config->foreign;
	new->context = config->context;
	new->offer = config->options;
	new->offer.window_scale = connection_window_scale(&config->options, new->receive_buffer);
	new->initial_send = sequence_initial(stack, &tuple);
	if (after && seq_le(new->initial_send, after))
		new->initial_send = after + 1;
	new->send_unacknowledged = new->initial_send;
	new->send_next = new->initial_send;
	connection_due(stack, new);
	*connection = new;
	return TCP_OK;
}

struct tcp_connection *tcp_next_event(struct stack *stack, unsigned *events)
{
	struct tcp_connection *connection = TAILQ_FIRST(&stack->tcp.events);
	struct tcp_listener *listener;

	if (!connection)
		return NULL;
	TAILQ_REMOVE(&stack->tcp.events, connection, event_link);
	connection->on_events = false;
	*events = connection->events;
	connection->events = 0;
	listener = *events & TCP_EVENT_ACCEPTED ? listener_that_accepted(connection) : NULL;
	if (listener)
		listener->waiting--;
	return connection;
}

void tcp_shutdown(struct stack *stack, struct tcp_connection *connection)
{
	switch (connection->state) {
	case TCP_ESTABLISHED:
		connection->state = TCP_FIN_WAIT_1;
		break;
	case TCP_CLOSE_WAIT:
		connection->state = TCP_LAST_ACK;
		break;
	case TCP_SYN_SENT:
	case TCP_SYN_RECEIVED:
		break;
	default:
		return;
	}
	connection->fin_queued = true;
	connection->corked = false;
	connection_due(stack, connection);
}

void tcp_reset(struct stack *stack, struct tcp_connection *connection)
{
	if (connection->state == TCP_CLOSED)
		return;
	if (connection->state != TCP_SYN_SENT)
		emit_control(stack, connection, TCP_RST, connection->send_next);
	connection_end(stack, connection, TCP_END_ABORTED);
}

void tcp_release(struct stack *stack, struct tcp_connection *connection)
{
	bool unread = connection->receive_queue.bytes > 0;

	leave_queues(stack, connection);
	connection->released = true;
	connection->context = NULL;
	if (connection->state == TCP_CLOSED) {
		connection_free(stack, connection);
		return;
	}
	if (unread || connection->state == TCP_SYN_SENT || connection->state == TCP_SYN_RECEIVED) {
		tcp_reset(stack, connection);
		return;
	}
	tcp_shutdown(stack, connection);
	connection_due(stack, connection);
	timers_set_idle(stack, connection);
}

void *tcp_context(const struct tcp_connection *connection)
{
	return connection->context;
}

void tcp_set_context(struct tcp_connection *connection, void *context)
{
	connection->context = context;
}

void *tcp_listener_context(const struct tcp_connection *connection)
{
	const struct tcp_listener *listener = listener_that_accepted(connection);

	return listener ? listener->config.context : NULL;
}

struct tuple tcp_tuple(const struct tcp_connection *connection)
{
	return connection->tuple;
}

void tcp_set_buffers(struct stack *stack, struct tcp_connection *connection, uint32_t receive, uint32_t send)
{
	receive_begin(connection, receive);
	connection->send_limit = send;
	if (connection->wants_space && tcp_send_space(stack, connection)) {
		connection->wants_space = false;
		connection_event(stack, connection, TCP_EVENT_WRITABLE);
	}
	receive_window_grown(stack, connection);
}

void tcp_get_info(const struct stack *stack, const struct tcp_connection *connection, struct tcp_info *info)
{
	*info = (struct tcp_info){
	    .state = (enum tcp_state)connection->state,
	    .end = (enum tcp_end)connection->end,
	    .options =
		{
		    .window_scaling = connection->window_scaling,
		    .timestamps = connection->timestamps,
		    .sack = connection->sack,
		    .withhold_sack = connection->withhold_sack,
		    .window_scale = connection->window_scale,
		    .mss = connection->offer.mss,
		},
	    .peer_window_scale = connection->peer_window_scale,
	    .send_mss = connection->mss,
	    .announced_mss = connection->announced_mss,
	    .interface = connection->interface,
	    .rtt = connection->rtt,
	    .rtt_variance = connection->rtt_variance,
	    .rto = connection->rto,
	    .congestion_window = connection->congestion_window,
	    .slow_start_threshold = connection->slow_start_threshold,
	    .in_flight = connection_in_flight(connection),
	    .send_window = connection->send_window,
	    .receive_window = seq_gt(connection->receive_edge, connection->receive_next)
				  ? connection->receive_edge - connection->receive_next
				  : 0,
	    .send_next = connection->send_next,
	    .send_unacknowledged = connection->send_unacknowledged,
	    .receive_next = connection->receive_next,
	    .retransmitted = connection->retransmitted,
	    .timeouts = connection->timeouts,
	    .bytes_sent = connection->bytes_sent,
	    .bytes_received = connection->bytes_received,
	};
}
