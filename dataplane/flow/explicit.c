/* SPDX-License-Identifier: BSD-3-Clause */
#include "explicit.h"

#include "inside.h"

static enum step_result check_client(struct flow *flow)
{
	const struct tuple tuple = tcp_tuple(flow->client);
	struct image_service service;

	if (!flow_service(flow, &service))
		return flow_refuse(flow, REASON_DENIED_ANY);
	if (!decision_in_networks(&tuple.remote, service.clients, service.client_count))
		return flow_refuse(flow, REASON_CLIENT_NOT_ALLOWED);
	return STEP_DONE;
}

static void begin_request(struct flow *flow)
{
	connect_request_begin(&flow->opening->request, flow->flows->config.pseudonym);
	reading_begin(flow);
}

static bool feed_request(struct flow *flow, const uint8_t *octets, size_t length)
{
	return connect_request_read(&flow->opening->request, octets, length) != CONNECT_MORE;
}

static enum step_result read_request(struct flow *flow)
{
	struct opening *opening = flow->opening;

	if (!reading_go_on(flow, SPLICE_CLIENT, feed_request))
		return reading_ended(flow, SPLICE_CLIENT) ? flow_refuse(flow, REASON_CLOSED_BY_CLIENT) : STEP_WAIT;
	if (opening->request.result == CONNECT_REFUSED)
		return flow_refuse(flow, opening->request.reason);
	opening->target = opening->request.target;
	report_request(flow);
	/* What is behind the head is the tunnel's. */
	segment_list_drop(&opening->held[SPLICE_CLIENT], opening->request.length);
	return STEP_DONE;
}

static enum step_result late_request(struct flow *flow)
{
	return flow_refuse(flow, REASON_REQUEST_TIMEOUT);
}

static enum step_result check_port(struct flow *flow)
{
	struct image_service service;

	if (!flow_service(flow, &service))
		return flow_refuse(flow, REASON_DENIED_ANY);
	for (uint32_t i = 0; i < service.connect_port_count; i++)
		if (service.connect_ports[i] == flow->opening->target.port)
			return STEP_DONE;
	return flow_refuse(flow, REASON_PORT_NOT_ALLOWED);
}

static enum step_result check_host(struct flow *flow)
{
	const struct authority *target = &flow->opening->target;
	bool named = target->name[0] != '\0';

	return decision_make(flow, named ? target->name : NULL, named ? NULL : &target->address);
}

static enum step_result answer(struct flow *flow)
{
	const struct flows_config *config = &flow->flows->config;
	struct segment_list list = {0};
	char text[HTTP_ANSWER_MAX];
	size_t length = http_answer_write(config->answers, REASON_ALLOWED, text, sizeof(text));

	if (segment_list_append_copy(&list, stack_pool(config->stack), text, (uint32_t)length) < length) {
		segment_list_free(&list);
		return flow_refuse(flow, REASON_OVERLOAD);
	}
	if (!tcp_send(config->stack, flow->client, &list)) {
		segment_list_free(&list);
		return flow_refuse(flow, REASON_RESET_BY_CLIENT);
	}
	flow->spoke = true;
	return STEP_DONE;
}

static const struct step steps[] = {
    {.name = "check the client", .run = check_client},
    {"read the CONNECT", begin_request, read_request, hello_patience, late_request},
    {.name = "check the port", .run = check_port},
    {.name = "check the host", .run = check_host},
    {.name = "resolve the host", .run = route_resolve},
    {.name = "dial the server", .run = route_dial, .late = route_dial},
    {.name = "answer 200", .run = answer},
    {"read the ClientHello", hello_begin, hello_read_client, hello_patience, hello_late},
    {.name = "check the name", .run = hello_check_name},
    {.name = "replay the ClientHello", .run = hello_replay},
    {"read the server's answer", hello_begin_server, hello_read_server, hello_patience, hello_server_late},
    {"read the second ClientHello", NULL, hello_read_client_again, hello_patience, hello_late},
    {.name = "replay it", .run = hello_replay_again},
    {"read the ServerHello", hello_begin_server_again, hello_read_server_again, hello_patience, hello_server_late},
    {NULL},
};

static uint32_t refuse(struct flow *flow)
{
	char text[HTTP_ANSWER_MAX];
	size_t length = 0;

	if (!flow->spoke)
		length = http_answer_write(flow->flows->config.answers, (enum reason)flow->reason, text, sizeof(text));
	if (length == 0)
		return refusal_tell(flow);
	flow->close = FLOW_CLOSE_RESPONSE;
	return refusal_send(flow, text, length);
}

const struct flow_kind flow_explicit = {.type = FLOW_E1, .steps = steps, .refuse = refuse};
