/* SPDX-License-Identifier: BSD-3-Clause */
#include "explicit.h"

#include "inside.h"

static enum step_result answer(struct flow *flow)
{
	char text[HTTP_ANSWER_MAX];
	size_t length = http_answer_write(flow->flows->config.answers, REASON_ALLOWED, text, sizeof(text));

	if (flow_say(flow, SPLICE_CLIENT, text, length) != STEP_DONE)
		return STEP_REFUSED;
	flow->spoke = true;
	credentials_forget(flow);
	/* What is behind the head is the tunnel's. */
	segment_list_drop(&flow->opening->held[SPLICE_CLIENT], flow->opening->request.length);
	return STEP_DONE;
}

static const struct step steps[] = {
    {.name = "check the client", .run = decision_check_client},
    {"read the CONNECT", request_begin, request_read, hello_patience, request_late},
    {"check the credentials", NULL, credentials_check, hello_patience, credentials_late},
    {.name = "check the port", .run = request_check_port},
    {.name = "check the host", .run = request_check_host},
    {.name = "resolve the host", .run = route_resolve, .late = route_resolve_late},
    {.name = "dial the server", .run = route_dial, .late = route_dial},
    {.name = "answer 200", .run = answer},
    {"read the ClientHello", hello_begin, hello_read_client, hello_patience, hello_late},
    {.name = "check the name", .run = hello_check_name},
    {.name = "replay the ClientHello", .run = hello_replay},
    {"read the server's answer", hello_begin_server, hello_read_server, hello_patience, hello_server_late},
    {"read the second ClientHello", NULL, hello_read_client_again, hello_patience, hello_late},
    {.name = "replay it", .run = hello_replay_again},
    {"read the ServerHello", NULL, hello_read_server_again, hello_patience, hello_server_late},
    {NULL},
};

const struct flow_kind flow_explicit = {.type = FLOW_E1, .steps = steps, .refuse = request_refuse};
