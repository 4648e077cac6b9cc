/* SPDX-License-Identifier: BSD-3-Clause */
#include "flows.h"

#include <string.h>

#include <rte_malloc.h>

#include "inside.h"

#define TIMES_PER_RUN 256      /* that are over and acted on, before packets have their turn */
#define BREAKING_INTERVAL 5000 /* microseconds between the first looks at a splice that breaks */
#define BREAKING_PART 8	       /* later ones follow after this part of the time that it breaks already */

/* Of all flows, those that only wait until their clients have read why they are refused: nobody counts these clients'
 * connections, and others need the places. Whoever is refused beyond them is reset. */
#define LINGERING_PART 4

/*
 * No opening may hold more than this part of what all of them leave of their bound: few that hold much do not keep out
 * the many that hold little (Choudhury and Hahne, "Dynamic queue length thresholds for shared-memory packet switches",
 * 1998). An ordinary one holds some packets, while its server is looked for.
 */
#define HELD_PART 8

static uint64_t microseconds(uint32_t milliseconds)
{
	return (uint64_t)milliseconds * 1000;
}

/* Memory. */

static struct opening *take_opening(struct flows *flows)
{
	struct opening *opening = flows->free_openings;

	if (opening == NULL)
		return NULL;
	flows->free_openings = opening->next;
	flows->counters.opening++;
	memset(opening, 0, sizeof(*opening));
	return opening;
}

static void free_opening(struct flow *flow)
{
	struct flows *flows = flow->flows;
	struct opening *opening = flow->opening;

	if (opening == NULL)
		return;
	route_forget(flow);
	if (opening->verifying)
		flows->config.verifier.forget(flows->config.verifier.context, flow);
	if (opening->dialling)
		dial_end(&opening->dial, flows->config.stack);
	credentials_forget(flow);
	for (unsigned side = 0; side < SPLICE_SIDES; side++)
		segment_list_free(&opening->held[side]);
	flows->counters.held -= opening->charge;
	report_opened(flow);
	opening->next = flows->free_openings;
	flows->free_openings = opening;
	flows->counters.opening--;
	flow->opening = NULL;
}

static void give_back(struct flow *flow, struct tcp_connection **connection, bool reset)
{
	if (*connection == NULL)
		return;
	if (reset)
		tcp_reset(flow->flows->config.stack, *connection);
	tcp_release(flow->flows->config.stack, *connection);
	*connection = NULL;
}

/* The flow's end: told, counted, and its place free for another. Connections that it still has get RST. */
static void end(struct flow *flow)
{
	struct flows *flows = flow->flows;

	timer_cancel(&flows->wheel, &flow->timer);
	free_opening(flow);
	give_back(flow, &flow->client, true);
	give_back(flow, &flow->server, true);
	if (flow->ticket != 0)
		client_counts_leave(flows->config.clients, flow->ticket);
	report_end(flow);
	flows->counters.ended++;
	flows->counters.reasons[flow->reason]++;
	flows->counters.open--;
	flows->counters.lingering -= flow->phase == FLOW_LINGERING;
	flow->phase = FLOW_FREE;
	flow->next = flows->free;
	flows->free = flow;
}

void flow_break(struct flow *flow, enum reason reason)
{
	if (flow->phase == FLOW_SPLICED)
		splice_end(&flow->splice, flow->flows->config.stack, false);
	flow->reason = (uint8_t)reason;
	flow->close = FLOW_CLOSE_RESET;
	end(flow);
}

/* Refusal: the client is told why, in the way of the flow's kind, and has a moment to read it. */

static void refuse(struct flow *flow)
{
	struct flows *flows = flow->flows;
	/* Without an opening the client has said nothing, and is there. */
	bool gone =
	    flow->opening != NULL && (flow->client == NULL || flow->opening->events[SPLICE_CLIENT] & TCP_EVENT_CLOSED);
	uint32_t patience = gone ? 0 : flow->kind->refuse(flow);

	free_opening(flow);
	give_back(flow, &flow->server, true);
	if (patience == 0 || flows->counters.lingering >= flows->config.flows / LINGERING_PART) {
		flow->close = FLOW_CLOSE_RESET;
		end(flow);
		return;
	}
	flow->phase = FLOW_LINGERING;
	flows->counters.lingering++;
	timer_set(&flows->wheel, &flow->timer, flows->now + microseconds(patience));
}

/* What the client still sends is of no use; unread it would turn our FIN into an RST that wipes out what it reads. */
static void linger(struct flow *flow, unsigned events)
{
	struct segment_list rest = {0};

	tcp_receive(flow->flows->config.stack, flow->client, &rest);
	if (flow->kind->type == FLOW_E1 && !flow->spoke)
		credentials_wipe(&rest);
	segment_list_free(&rest);
	if (events & (TCP_EVENT_END | TCP_EVENT_CLOSED)) {
		give_back(flow, &flow->client, false);
		end(flow);
	}
}

/* Spliced. */

static enum reason reason_of(const struct splice *splice)
{
	enum splice_side side;
	enum tcp_end how = splice_reason(splice, &side);

	if (how == TCP_END_RESET || how == TCP_END_REFUSED)
		return side == SPLICE_CLIENT ? REASON_RESET_BY_CLIENT : REASON_RESET_BY_SERVER;
	if (how != TCP_END_FIN)
		return side == SPLICE_CLIENT ? REASON_CLIENT_LOST : REASON_SERVER_LOST;
	return splice->first == SPLICE_CLIENT ? REASON_CLOSED_BY_CLIENT : REASON_CLOSED_BY_SERVER;
}

/* The idle time-out is not set anew for each segment: when it comes, it looks when the last one was. */
static void watch_splice(struct flow *flow, enum splice_state state)
{
	struct flows *flows = flow->flows;
	uint32_t patience = state == SPLICE_HALF_CLOSED ? flow->timeouts.half_closed : flow->timeouts.idle;
	uint64_t at = flow->active_at + microseconds(patience);

	/* A peer may take as long as it likes to acknowledge all: it must not cost more the longer it does. */
	if (state == SPLICE_BREAKING)
		at = flows->now + RTE_MAX(BREAKING_INTERVAL, (flows->now - flow->active_at) / BREAKING_PART);
	if (!timer_is_set(&flow->timer) || state != SPLICE_OPEN)
		timer_set(&flows->wheel, &flow->timer, at);
}

static void go_on_spliced(struct flow *flow, enum splice_state state)
{
	if (state != SPLICE_OVER) {
		watch_splice(flow, state);
		return;
	}
	flow->reason = (uint8_t)reason_of(&flow->splice);
	flow->close = flow->splice.broken ? FLOW_CLOSE_RESET : FLOW_CLOSE_FIN;
	end(flow);
}

static void splice(struct flow *flow)
{
	struct flows *flows = flow->flows;
	struct opening *opening = flow->opening;
	enum splice_state state;

	timer_cancel(&flows->wheel, &flow->timer);
	flow->phase = FLOW_SPLICED;
	flow->active_at = flows->now;
	flows->counters.spliced++;
	state = splice_begin(&flow->splice, flows->config.stack, flow->client, &opening->held[SPLICE_CLIENT],
			     opening->events[SPLICE_CLIENT], flow->server, &opening->held[SPLICE_SERVER],
			     opening->events[SPLICE_SERVER]);
	flow->client = NULL;
	flow->server = NULL;
	free_opening(flow);
	go_on_spliced(flow, state);
}

/* Opening. */

static void begin_step(struct flow *flow)
{
	struct flows *flows = flow->flows;

	if (flow->step->name == NULL)
		return;
	if (flow->step->patience != NULL)
		timer_set(&flows->wheel, &flow->timer,
			  flows->now + microseconds(flow->step->patience(&flow->timeouts)));
	else
		timer_cancel(&flows->wheel, &flow->timer);
	if (flow->step->begin != NULL)
		flow->step->begin(flow);
}

/* Whether a side has ended in a way that leaves nothing to open: the client is gone, or the server. */
static bool lost(struct flow *flow)
{
	struct tcp_info info;
	enum splice_side side;

	if (flow->client == NULL || flow->opening->events[SPLICE_CLIENT] & TCP_EVENT_CLOSED)
		side = SPLICE_CLIENT;
	else if (flow->server != NULL && flow->opening->events[SPLICE_SERVER] & TCP_EVENT_CLOSED)
		side = SPLICE_SERVER;
	else
		return false;
	flow->close = FLOW_CLOSE_RESET;
	tcp_get_info(flow->flows->config.stack, side == SPLICE_CLIENT ? flow->client : flow->server, &info);
	if (flow->server == NULL && (info.end == TCP_END_RESET || info.end == TCP_END_FIN))
		flow->reason = REASON_CLIENT_LEFT;
	else if (info.end == TCP_END_RESET)
		flow->reason = side == SPLICE_CLIENT ? REASON_RESET_BY_CLIENT : REASON_RESET_BY_SERVER;
	else if (info.end == TCP_END_FIN)
		flow->reason = side == SPLICE_CLIENT ? REASON_CLOSED_BY_CLIENT : REASON_CLOSED_BY_SERVER;
	else
		flow->reason = side == SPLICE_CLIENT ? REASON_CLIENT_LOST : REASON_SERVER_LOST;
	return true;
}

/* Counts anew what the opening holds. Whether it holds more than before, and more than it may. */
static bool holds_too_much(struct flow *flow)
{
	const struct opening *opening = flow->opening;
	struct flows *flows = flow->flows;
	uint32_t before = opening->charge;
	uint32_t charge = opening->held[SPLICE_CLIENT].charge + opening->held[SPLICE_SERVER].charge;
	uint64_t left;

	flow->opening->charge = charge;
	flows->counters.held += (uint64_t)charge - before;
	left = flows->config.held - RTE_MIN(flows->config.held, flows->counters.held);
	return charge > before && charge > left / HELD_PART;
}

/* What comes of a step's result; and of those behind it. */
static void go_on(struct flow *flow, enum step_result result)
{
	while (result == STEP_DONE && flow->step->name != NULL) {
		flow->step++;
		begin_step(flow);
		result = flow->step->name == NULL ? STEP_DONE : flow->step->run(flow);
	}
	if (result == STEP_WAIT && holds_too_much(flow))
		result = flow_refuse(flow, REASON_OVERLOAD);
	if (result == STEP_REFUSED)
		refuse(flow);
	else if (result == STEP_DONE)
		splice(flow);
	else if (lost(flow))
		end(flow);
}

enum step_result flow_refuse(struct flow *flow, enum reason reason)
{
	flow->reason = (uint8_t)reason;
	return STEP_REFUSED;
}

enum step_result flow_left(struct flow *flow)
{
	return flow_refuse(flow, flow->server == NULL ? REASON_CLIENT_LEFT : REASON_CLOSED_BY_CLIENT);
}

enum step_result flow_say(struct flow *flow, enum splice_side side, const void *octets, size_t length)
{
	struct stack *stack = flow->flows->config.stack;
	bool to_client = side == SPLICE_CLIENT;
	struct segment_list list = {0};

	if (segment_list_append_copy(&list, stack_pool(stack), octets, (uint32_t)length) < length) {
		segment_list_free(&list);
		return flow_refuse(flow, REASON_OVERLOAD);
	}
	if (tcp_send(stack, to_client ? flow->client : flow->server, &list))
		return STEP_DONE;
	segment_list_free(&list);
	return flow_refuse(flow, to_client ? REASON_RESET_BY_CLIENT : REASON_RESET_BY_SERVER);
}

/* Outside. */

void flows_accept(struct flows *flows, const struct flow_kind *kind, uint32_t service,
		  struct tcp_connection *connection, unsigned events, uint64_t now)
{
	struct flow *flow = flows->free;
	struct opening *opening = flow == NULL ? NULL : take_opening(flows);
	struct image_service view;

	flows->now = now;
	if (flow == NULL) {
		flows->counters.reasons[REASON_OVERLOAD]++;
		tcp_reset(flows->config.stack, connection);
		tcp_release(flows->config.stack, connection);
		return;
	}
	flows->free = flow->next;
	if (flows->used <= (uint32_t)(flow - flows->all))
		flows->used = (uint32_t)(flow - flows->all) + 1;
	image_service(flows->policy.image, service, &view);
	*flow = (struct flow){.flows = flows,
			      .kind = kind,
			      .step = kind->steps,
			      .opening = opening,
			      .client = connection,
			      .timeouts = view.timeouts,
			      .began = now,
			      .service = service,
			      .service_generation = flows->policy.image->generation,
			      .phase = FLOW_OPENING,
			      .generation = flows->policy.image->generation};
	report_begin(flow, view.name);
	tcp_set_context(connection, flow);
	flows->counters.opened++;
	flows->counters.open++;
	if (opening == NULL) {
		flow->reason = REASON_OVERLOAD;
		refuse(flow);
		return;
	}
	opening->events[SPLICE_CLIENT] = events & (TCP_EVENT_END | TCP_EVENT_CLOSED);
	begin_step(flow);
	go_on(flow, flow->step->run(flow));
}

static void event_while_opening(struct flow *flow, struct tcp_connection *connection, unsigned events)
{
	struct opening *opening = flow->opening;
	enum dial_state state;

	if (connection == flow->client) {
		opening->events[SPLICE_CLIENT] |= events & (TCP_EVENT_END | TCP_EVENT_CLOSED);
	} else if (connection == flow->server) {
		opening->events[SPLICE_SERVER] |= events & (TCP_EVENT_END | TCP_EVENT_CLOSED);
	} else {
		state = dial_events(&opening->dial, flow->flows->config.stack, connection, events, flow->flows->now);
		/* An answer that comes with the SYN-ACK, or the FIN behind it, is not told again. */
		if (state == DIAL_CONNECTED)
			opening->events[SPLICE_SERVER] |= events & (TCP_EVENT_END | TCP_EVENT_CLOSED);
	}
	go_on(flow, flow->step->run(flow));
}

void flows_event(struct flows *flows, struct tcp_connection *connection, unsigned events, uint64_t now)
{
	struct flow *flow = tcp_context(connection);

	flows->now = now;
	switch ((enum flow_phase)flow->phase) {
	case FLOW_OPENING:
		event_while_opening(flow, connection, events);
		break;
	case FLOW_SPLICED:
		flow->active_at = now;
		go_on_spliced(flow,
			      splice_events(&flow->splice, flows->config.stack,
					    connection == flow->splice.legs[SPLICE_CLIENT].connection ? SPLICE_CLIENT
												      : SPLICE_SERVER,
					    events));
		break;
	case FLOW_LINGERING:
		linger(flow, events);
		break;
	case FLOW_FREE:
		break;
	}
}

void flows_resolved(struct flow *flow, enum flows_answer answer, const struct ip_address *addresses, unsigned count,
		    bool more, uint64_t now)
{
	flow->flows->now = now;
	flow->opening->asked = more;
	route_resolved(flow, answer, addresses, count, more);
	go_on(flow, flow->step->run(flow));
}

void flows_verified(struct flow *flow, bool right, uint64_t now)
{
	struct opening *opening = flow->opening;
	bool later = opening->verifying;

	flow->flows->now = now;
	opening->verifying = false;
	opening->verified = true;
	opening->recognised = right;
	if (later)
		go_on(flow, flow->step->run(flow));
}

/* Time is over. */

static void time_while_spliced(struct flow *flow)
{
	struct flows *flows = flow->flows;
	enum splice_state state = splice_poll(&flow->splice, flows->config.stack);
	uint32_t patience = state == SPLICE_HALF_CLOSED ? flow->timeouts.half_closed : flow->timeouts.idle;

	if (state == SPLICE_OVER || flows->now < flow->active_at + microseconds(patience)) {
		go_on_spliced(flow, state);
		return;
	}
	flow->reason = state == SPLICE_HALF_CLOSED ? REASON_HALF_CLOSED_TIMEOUT : REASON_IDLE;
	flow->close = state == SPLICE_OPEN ? FLOW_CLOSE_FIN : FLOW_CLOSE_RESET;
	splice_end(&flow->splice, flows->config.stack, state == SPLICE_OPEN);
	end(flow);
}

static void time_is_over(struct flow *flow)
{
	switch ((enum flow_phase)flow->phase) {
	case FLOW_OPENING:
		go_on(flow, flow->step->late(flow));
		break;
	case FLOW_SPLICED:
		time_while_spliced(flow);
		break;
	case FLOW_LINGERING:
		give_back(flow, &flow->client, true);
		end(flow);
		break;
	case FLOW_FREE:
		break;
	}
}

unsigned flows_advance(struct flows *flows, uint64_t now)
{
	struct timer *timer;
	unsigned count = 0;

	flows->now = now;
	while (count < TIMES_PER_RUN && (timer = timer_wheel_next(&flows->wheel, now)) != NULL) {
		time_is_over((struct flow *)((char *)timer - offsetof(struct flow, timer)));
		count++;
	}
	return count;
}

uint64_t flows_deadline(const struct flows *flows)
{
	return timer_wheel_deadline(&flows->wheel);
}

void flows_take_policy(struct flows *flows, const struct flows_policy *policy)
{
	flows->policy = *policy;
}

/* Life. */

struct flows *flows_create(const struct flows_config *config, uint64_t now, struct fault *fault)
{
	struct flows *flows = rte_zmalloc("flows", sizeof(*flows), 0);

	if (flows == NULL ||
	    (flows->all = rte_zmalloc("flows", (size_t)config->flows * sizeof(struct flow), 0)) == NULL ||
	    (flows->openings = rte_zmalloc("openings", (size_t)config->openings * sizeof(struct opening), 0)) == NULL) {
		fault_set(fault, "no memory for %u flows, %u of them opening; raise memory.megabytes", config->flows,
			  config->openings);
		flows_destroy(flows);
		return NULL;
	}
	flows->config = *config;
	flows->now = now;
	flows->last_flow = config->first_flow;
	timer_wheel_init(&flows->wheel, now);
	for (uint32_t i = config->flows; i-- > 0;) {
		flows->all[i].next = flows->free;
		flows->free = &flows->all[i];
	}
	for (uint32_t i = config->openings; i-- > 0;) {
		flows->openings[i].next = flows->free_openings;
		flows->free_openings = &flows->openings[i];
	}
	return flows;
}

void flows_destroy(struct flows *flows)
{
	if (flows == NULL)
		return;
	for (uint32_t i = 0; flows->all != NULL && i < flows->config.flows; i++) {
		struct flow *flow = &flows->all[i];

		if (flow->phase != FLOW_FREE)
			flow_break(flow, REASON_DRAIN);
	}
	rte_free(flows->openings);
	rte_free(flows->all);
	rte_free(flows);
}
