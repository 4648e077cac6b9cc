/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether the user of a CONNECT may use the service. The password is nowhere but in the packets that brought it, whose
 * octets are overwritten, and in memory that is wiped before the step ends. What never is read is not overwritten: a
 * segment that the client sent a second time, or that came when the connection was given up, stays in the buffer that
 * it had until another packet takes that. */
#include "inside.h"

#include <string.h>

#include "../basic_credentials.h"

static void wipe(struct segment_list *list, struct http_span span)
{
	struct rte_mbuf *mbuf = list->head;
	uint32_t from = span.offset, left = span.length;

	for (; mbuf != NULL && left > 0; mbuf = segment_of(mbuf)->next) {
		uint32_t length = from < mbuf->data_len ? RTE_MIN(left, mbuf->data_len - from) : 0;

		if (length > 0)
			explicit_bzero(rte_pktmbuf_mtod_offset(mbuf, char *, from), length);
		left -= length;
		from -= RTE_MIN(from, mbuf->data_len);
	}
}

void credentials_wipe(struct segment_list *list)
{
	wipe(list, (struct http_span){.length = list->bytes});
}

void credentials_forget(struct flow *flow)
{
	struct opening *opening = flow->opening;
	struct connect_request *request = &opening->request;
	struct segment_list *held = &opening->held[SPLICE_CLIENT];

	if (request->result == CONNECT_COMPLETE)
		wipe(held, request->authorization_line);
	else if (flow->kind->type == FLOW_E1)
		credentials_wipe(held);
	request->authorization_line.length = 0;
}

/* Takes the line of the credentials out of the head. False without mbufs. */
static bool cut_line(struct flow *flow)
{
	struct opening *opening = flow->opening;
	struct connect_request *request = &opening->request;
	struct segment_list *held = &opening->held[SPLICE_CLIENT];
	struct rte_mempool *pool = stack_pool(flow->flows->config.stack);
	const struct http_span span = request->authorization_line;
	struct segment_list before = {0}, line = {0};
	bool cut;

	wipe(held, span);
	cut = segment_list_move_bytes(&before, held, span.offset, pool) == span.offset &&
	      segment_list_move_bytes(&line, held, span.length, pool) == span.length;
	segment_list_free(&line);
	segment_list_move(&before, held);
	*held = before;
	request->length -= span.length;
	request->authorization_line.length = 0;
	request->authorization_value.length = 0;
	return cut;
}

/* False if what the client sent is no credentials. */
static bool read_credentials(const struct flow *flow, struct basic_credentials *credentials)
{
	const struct http_span value = flow->opening->request.authorization_value;
	uint8_t octets[BASIC_CREDENTIALS_VALUE_MAX];
	bool read;

	if (value.length > sizeof(octets))
		return false;
	segment_list_peek(&flow->opening->held[SPLICE_CLIENT], value.offset, octets, value.length);
	read = basic_credentials_read(credentials, octets, value.length);
	explicit_bzero(octets, sizeof(octets));
	return read;
}

static enum step_result result_of(struct flow *flow)
{
	return flow->opening->recognised ? STEP_DONE : flow_refuse(flow, REASON_CREDENTIALS_WRONG);
}

static enum step_result ask(struct flow *flow, const struct basic_credentials *credentials)
{
	const struct flows *flows = flow->flows;
	const struct flows_verifier *verifier = &flows->config.verifier;
	const char *hash = image_user(flows->policy.image, flow->service, credentials->user, credentials->user_length);

	if (!verifier->ask(verifier->context, credentials, hash, flow, flows->now))
		return flow_refuse(flow, REASON_OVERLOAD);
	if (flow->opening->verified)
		return result_of(flow);
	flow->opening->verifying = true;
	return STEP_WAIT;
}

static enum step_result begin_check(struct flow *flow)
{
	struct basic_credentials credentials;
	enum step_result result;
	bool read;

	if (flow->opening->request.authorization_value.length == 0)
		return flow_refuse(flow, REASON_CREDENTIALS_MISSING);
	read = read_credentials(flow, &credentials);
	if (!cut_line(flow))
		result = flow_refuse(flow, REASON_OVERLOAD);
	else
		result = read ? ask(flow, &credentials) : flow_refuse(flow, REASON_CREDENTIALS_WRONG);
	basic_credentials_wipe(&credentials);
	return result;
}

enum step_result credentials_check(struct flow *flow)
{
	struct image_service service;

	if (flow->opening->verified)
		return result_of(flow);
	if (flow->opening->verifying)
		return STEP_WAIT;
	if (!flow_service(flow, &service))
		return flow_refuse(flow, REASON_DENIED_ANY);
	return service.user_count > 0 ? begin_check(flow) : STEP_DONE;
}

enum step_result credentials_late(struct flow *flow)
{
	return flow_refuse(flow, REASON_OVERLOAD);
}
