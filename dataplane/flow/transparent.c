/* SPDX-License-Identifier: BSD-3-Clause */
#include "transparent.h"

#include <string.h>

#include "inside.h"

/* The server is the one that the name tells, at the port that the client dialled. */
static enum step_result choose_target(struct flow *flow)
{
	struct authority *target = &flow->opening->target;

	memcpy(target->name, flow->opening->sni, sizeof(target->name));
	target->port = tcp_tuple(flow->client).local_port;
	return STEP_DONE;
}

static const struct step steps[] = {
    {.name = "check the client", .run = decision_check_client},
    {"read the ClientHello", hello_begin, hello_read_client, hello_patience, hello_late},
    {.name = "check the name", .run = hello_check_name},
    {.name = "choose the server", .run = choose_target},
    {.name = "resolve the name", .run = route_resolve_transparent, .late = route_resolve_late},
    {.name = "dial the server", .run = route_dial, .late = route_dial},
    {.name = "replay the ClientHello", .run = hello_replay},
    {"read the server's answer", hello_begin_server, hello_read_server, hello_patience, hello_server_late},
    {"read the second ClientHello", NULL, hello_read_client_again, hello_patience, hello_late},
    {.name = "replay it", .run = hello_replay_again},
    {"read the ServerHello", NULL, hello_read_server_again, hello_patience, hello_server_late},
    {NULL},
};

static uint32_t refuse(struct flow *flow)
{
	struct image_service service;

	if (reason_ending((enum reason)flow->reason) != ENDING_UNRECOGNIZED_NAME || !flow_service(flow, &service))
		return refusal_tell(flow);
	switch (service.deny) {
	case POLICY_DENY_RESET:
		return 0;
	case POLICY_DENY_DROP:
		flow->close = FLOW_CLOSE_DROP;
		return flow->timeouts.hello;
	default:
		return refusal_tell(flow);
	}
}

const struct flow_kind flow_transparent = {.type = FLOW_T1, .steps = steps, .refuse = refuse};
