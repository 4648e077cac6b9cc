/* SPDX-License-Identifier: BSD-3-Clause */
/* The CONNECT of a client: steps that all explicit flows begin with. */
#include "inside.h"

void request_begin(struct flow *flow)
{
	connect_request_begin(&flow->opening->request, flow->flows->config.pseudonym);
	reading_begin(flow);
}

static bool feed(struct flow *flow, const uint8_t *octets, size_t length)
{
	return connect_request_read(&flow->opening->request, octets, length) != CONNECT_MORE;
}

enum step_result request_read(struct flow *flow)
{
	struct opening *opening = flow->opening;

	if (!reading_go_on(flow, SPLICE_CLIENT, feed))
		return reading_ended(flow, SPLICE_CLIENT) ? flow_left(flow) : STEP_WAIT;
	if (opening->request.result == CONNECT_REFUSED) {
		report_refused_request(flow);
		return flow_refuse(flow, opening->request.reason);
	}
	opening->target = opening->request.target;
	report_request(flow);
	return STEP_DONE;
}

enum step_result request_late(struct flow *flow)
{
	return flow_refuse(flow, REASON_REQUEST_TIMEOUT);
}

enum step_result request_check_port(struct flow *flow)
{
	struct image_service service;

	if (!flow_service(flow, &service))
		return flow_refuse(flow, REASON_DENIED_ANY);
	for (uint32_t i = 0; i < service.connect_port_count; i++)
		if (service.connect_ports[i] == flow->opening->target.port)
			return STEP_DONE;
	return flow_refuse(flow, REASON_PORT_NOT_ALLOWED);
}

enum step_result request_check_host(struct flow *flow)
{
	const struct authority *target = &flow->opening->target;
	bool named = target->name[0] != '\0';

	return decision_make(flow, named ? target->name : NULL, named ? NULL : &target->address);
}

uint32_t request_refuse(struct flow *flow)
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
