/* SPDX-License-Identifier: BSD-3-Clause */
#include "inside.h"

#include <tls/alert.h>

#define READING_TIME 2000 /* milliseconds that a client has to read why it is refused */

uint32_t refusal_send(struct flow *flow, const void *octets, size_t length)
{
	struct stack *stack = flow->flows->config.stack;
	struct segment_list list = {0};

	if (segment_list_append_copy(&list, stack_pool(stack), octets, (uint32_t)length) < length) {
		segment_list_free(&list);
		return 0;
	}
	if (!tcp_send(stack, flow->client, &list))
		segment_list_free(&list);
	tcp_shutdown(stack, flow->client);
	return READING_TIME;
}

static uint32_t send_fin(struct flow *flow)
{
	tcp_shutdown(flow->flows->config.stack, flow->client);
	flow->close = FLOW_CLOSE_FIN;
	return READING_TIME;
}

uint32_t refusal_tell(struct flow *flow)
{
	enum reason_ending ending = reason_ending((enum reason)flow->reason);
	uint8_t alert[ALERT_RECORD_LENGTH];

	if (ending == ENDING_RESET)
		return 0;
	if (ending == ENDING_NONE || ending == ENDING_FIN || !flow->opening->tls)
		return send_fin(flow);
	flow->close = FLOW_CLOSE_ALERT;
	return refusal_send(flow, alert, alert_write((enum alert)ending, flow->opening->client_version, alert));
}
