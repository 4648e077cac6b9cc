/* SPDX-License-Identifier: BSD-3-Clause */
/* A CONNECT that goes on to another proxy. What that answers goes to the client as it is. */
#include "explicit.h"

#include <stdio.h>
#include <string.h>

#include "inside.h"

#define EMPTY_LINE 2 /* octets */
#define VIA_MAX (FLOWS_PSEUDONYM_MAX + 16)

static enum step_result choose_next_hop(struct flow *flow)
{
	struct authority *target = &flow->opening->target;
	struct image_service service;

	if (!flow_service(flow, &service) || service.next_hop_host == NULL)
		return flow_refuse(flow, REASON_DENIED_ANY);
	*target = (struct authority){.port = service.next_hop_port};
	flow->opening->next_hop = true;
	if (address_parse(service.next_hop_host, &target->address) ||
	    name_read(service.next_hop_host, strlen(service.next_hop_host), target->name) == NAME_HOST)
		return STEP_DONE;
	return flow_refuse(flow, REASON_NAME_NOT_FOUND);
}

/* Gives the first octets that are held of a side to the other one. */
static enum step_result hand_on(struct flow *flow, enum splice_side side, uint32_t length)
{
	struct stack *stack = flow->flows->config.stack;
	bool to_server = side == SPLICE_CLIENT;
	struct segment_list list = {0};

	if (length == 0)
		return STEP_DONE;
	if (segment_list_move_bytes(&list, &flow->opening->held[side], length, stack_pool(stack)) < length) {
		segment_list_free(&list);
		return flow_refuse(flow, REASON_OVERLOAD);
	}
	if (tcp_send(stack, to_server ? flow->server : flow->client, &list))
		return STEP_DONE;
	segment_list_free(&list);
	return flow_refuse(flow, to_server ? REASON_NEXT_HOP_INCOMPLETE : REASON_RESET_BY_CLIENT);
}

/* RFC 9110 section 7.6.3: a field of our own, by which a head that comes back is known. It stands before the empty
 * line. What is behind the head stays until the next proxy has opened the tunnel that it belongs to. */
static enum step_result send_request(struct flow *flow)
{
	const struct connect_request *request = &flow->opening->request;
	char via[VIA_MAX];
	int length = snprintf(via, sizeof(via), "Via: 1.%c %s\r\n", request->version_1_0 ? '0' : '1',
			      flow->flows->config.pseudonym);

	if (hand_on(flow, SPLICE_CLIENT, request->length - EMPTY_LINE) != STEP_DONE ||
	    flow_say(flow, SPLICE_SERVER, via, (size_t)length) != STEP_DONE)
		return STEP_REFUSED;
	return hand_on(flow, SPLICE_CLIENT, EMPTY_LINE);
}

static void begin_answer(struct flow *flow)
{
	next_hop_answer_begin(&flow->opening->answer);
	reading_begin(flow);
}

static bool feed_answer(struct flow *flow, const uint8_t *octets, size_t length)
{
	return next_hop_answer_read(&flow->opening->answer, octets, length) != NEXT_HOP_MORE;
}

/* Whether nothing more comes from the next proxy, in whatever way it ended. */
static bool server_ended(const struct flow *flow)
{
	return (flow->opening->events[SPLICE_SERVER] & (TCP_EVENT_END | TCP_EVENT_CLOSED)) != 0 &&
	       tcp_receivable(flow->server) == 0;
}

static enum step_result read_answer(struct flow *flow)
{
	const struct next_hop_answer *answer = &flow->opening->answer;

	if (!reading_go_on(flow, SPLICE_SERVER, feed_answer))
		return server_ended(flow) ? flow_refuse(flow, REASON_NEXT_HOP_INCOMPLETE) : STEP_WAIT;
	return answer->result == NEXT_HOP_REFUSED ? flow_refuse(flow, answer->reason) : STEP_DONE;
}

/* It has to connect before it can answer. */
static uint32_t answer_patience(const struct policy_timeouts *timeouts)
{
	return timeouts->connect + timeouts->hello;
}

static enum step_result late_answer(struct flow *flow)
{
	return flow_refuse(flow, REASON_NEXT_HOP_TIMEOUT);
}

static enum step_result relay_head(struct flow *flow)
{
	struct opening *opening = flow->opening;
	const struct next_hop_answer *answer = &opening->answer;
	uint32_t length = answer->end;

	/* RFC 9110 section 15.2: HTTP/1.0 knows no interim answers. */
	if (opening->request.version_1_0) {
		segment_list_drop(&opening->held[SPLICE_SERVER], answer->start);
		length -= answer->start;
	}
	if (hand_on(flow, SPLICE_SERVER, length) != STEP_DONE)
		return STEP_REFUSED;
	flow->spoke = true;
	http_body_begin(&opening->body, answer->framing, answer->body_length);
	return STEP_DONE;
}

/* Gives the client what is held of the body. What the next proxy sends behind its end is nobody's. */
static enum step_result relay_held(struct flow *flow)
{
	struct opening *opening = flow->opening;
	struct rte_mbuf *mbuf = opening->held[SPLICE_SERVER].head;
	enum http_body_result result = http_body_read(&opening->body, NULL, 0, &(size_t){0});
	uint32_t length = 0;
	size_t used;

	for (; mbuf != NULL && result == HTTP_BODY_MORE; mbuf = segment_of(mbuf)->next) {
		result = http_body_read(&opening->body, rte_pktmbuf_mtod(mbuf, const uint8_t *), mbuf->data_len, &used);
		length += (uint32_t)used;
	}
	if (result == HTTP_BODY_MALFORMED)
		return flow_refuse(flow, REASON_NEXT_HOP_MALFORMED);
	if (hand_on(flow, SPLICE_SERVER, length) != STEP_DONE)
		return STEP_REFUSED;
	return result == HTTP_BODY_COMPLETE ? flow_refuse(flow, REASON_NEXT_HOP_REFUSED) : STEP_WAIT;
}

static enum step_result end_body(struct flow *flow)
{
	bool whole = flow->opening->body.framing == HTTP_FRAMING_CLOSE && reading_ended(flow, SPLICE_SERVER);

	return flow_refuse(flow, whole ? REASON_NEXT_HOP_REFUSED : REASON_NEXT_HOP_INCOMPLETE);
}

/* The body of an answer that opens no tunnel, as fast as the client takes it; the time is given anew for each part. */
static enum step_result relay_body(struct flow *flow)
{
	struct opening *opening = flow->opening;
	struct flows *flows = flow->flows;
	struct stack *stack = flows->config.stack;
	enum step_result result;

	if (opening->answer.result == NEXT_HOP_TUNNEL)
		return STEP_DONE;
	result = relay_held(flow);
	while (result == STEP_WAIT && tcp_receivable(flow->server) > 0 && tcp_send_space(stack, flow->client) > 0) {
		tcp_receive(stack, flow->server, &opening->held[SPLICE_SERVER]);
		timer_set(&flows->wheel, &flow->timer, flows->now + (uint64_t)flow->timeouts.hello * 1000);
		result = relay_held(flow);
	}
	return result == STEP_WAIT && server_ended(flow) ? end_body(flow) : result;
}

static enum step_result late_body(struct flow *flow)
{
	return flow_refuse(flow, tcp_receivable(flow->server) > 0 ? REASON_CLIENT_LOST : REASON_NEXT_HOP_TIMEOUT);
}

static const struct step steps[] = {
    {.name = "check the client", .run = decision_check_client},
    {"read the CONNECT", request_begin, request_read, hello_patience, request_late},
    {"check the credentials", NULL, credentials_check, hello_patience, credentials_late},
    {.name = "check the port", .run = request_check_port},
    {.name = "check the host", .run = request_check_host},
    {.name = "check its address", .run = route_check_address},
    {.name = "choose the next proxy", .run = choose_next_hop},
    {.name = "resolve it", .run = route_resolve, .late = route_resolve_late},
    {.name = "dial it", .run = route_dial, .late = route_dial},
    {.name = "send the CONNECT on", .run = send_request},
    {"read the answer", begin_answer, read_answer, answer_patience, late_answer},
    {.name = "relay the head of the answer", .run = relay_head},
    {"relay its body", NULL, relay_body, hello_patience, late_body},
    {"read the ClientHello", hello_begin, hello_read_client, hello_patience, hello_late},
    {.name = "check the name", .run = hello_check_name},
    {.name = "replay the ClientHello", .run = hello_replay},
    {"read the server's answer", hello_begin_server, hello_read_server, hello_patience, hello_server_late},
    {"read the second ClientHello", NULL, hello_read_client_again, hello_patience, hello_late},
    {.name = "replay it", .run = hello_replay_again},
    {"read the ServerHello", NULL, hello_read_server_again, hello_patience, hello_server_late},
    {NULL},
};

static uint32_t refuse(struct flow *flow)
{
	if (!flow->spoke || flow->opening->answer.result == NEXT_HOP_TUNNEL)
		return request_refuse(flow);
	/* Half an answer must not look like a whole one, and a whole one may take its time. */
	return flow->reason == REASON_NEXT_HOP_REFUSED && refusal_tell(flow) > 0 ? flow->timeouts.half_closed : 0;
}

const struct flow_kind flow_explicit_forward = {.type = FLOW_E1, .steps = steps, .refuse = refuse};
