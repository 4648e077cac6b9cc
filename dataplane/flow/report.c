/* SPDX-License-Identifier: BSD-3-Clause */
/* What the log is told of a flow: noted as it becomes known, and copied to a record of the ring for each line. */
#include <string.h>

#include "inside.h"

void report_begin(struct flow *flow, const char *service)
{
	const struct tuple tuple = tcp_tuple(flow->client);
	struct flow_record *record = &flow->record;

	flow_record_begin(record);
	record->flow = ++flow->flows->last_flow;
	record->type = (uint8_t)flow->kind->type;
	record->client = tuple.remote;
	record->client_port = tuple.remote_port;
	if (flow->kind->type == FLOW_T1) {
		record->original = tuple.local;
		record->server_port = tuple.local_port;
	}
	flow_record_set(record, FLOW_TEXT_SERVICE, service, strlen(service));
}

static void set_target(struct flow_record *record, enum flow_text text, const char *name,
		       const struct ip_address *address)
{
	char written[ADDRESS_TEXT_SIZE];

	if (name == NULL && address != NULL)
		name = address_format(address, written);
	if (name != NULL)
		flow_record_set(record, text, name, strlen(name));
}

void report_request(struct flow *flow)
{
	const struct authority *target = &flow->opening->target;

	set_target(&flow->record, FLOW_TEXT_CONNECT_HOST, target->name[0] != '\0' ? target->name : NULL,
		   &target->address);
	flow->record.server_port = target->port;
}

void report_refused_request(struct flow *flow)
{
	const struct connect_request *request = &flow->opening->request;
	const char *target = NULL;
	size_t length;

	if (request->reason == REASON_REQUEST_TARGET)
		target = connect_request_refused_target(request, &length);
	if (target != NULL)
		flow_record_set(&flow->record, FLOW_TEXT_CONNECT_HOST, target, length);
}

void report_client_hello(struct flow *flow)
{
	const struct client_hello *hello = &flow->opening->hello;
	struct flow_record *record = &flow->record;

	record->client_tls.version = hello->version;
	record->ech = hello->ech != CLIENT_HELLO_ECH_NONE || hello->esni;
	if (hello->name_kind != CLIENT_HELLO_NAME_NONE)
		flow_record_set(record, FLOW_TEXT_SNI, hello->name.data, hello->name.length);
	if (hello->protocols.length > 0)
		flow_record_set(record, FLOW_TEXT_CLIENT_ALPN, hello->protocols.data, hello->protocols.length);
}

void report_server_hello(struct flow *flow, const struct server_hello *hello)
{
	struct flow_record *record = &flow->record;

	if (hello->retry)
		return;
	record->server_tls =
	    (struct flow_tls){.version = hello->version, .cipher = hello->cipher_suite, .group = hello->group};
	if (hello->protocol.length > 0)
		flow_record_set(record, FLOW_TEXT_SERVER_ALPN, hello->protocol.data, hello->protocol.length);
}

void report_unfit(struct flow *flow, const struct ip_address *address)
{
	flow->record.server = *address;
	flow->record.server_port = flow->opening->target.port;
}

void report_server(struct flow *flow)
{
	const struct tuple tuple = tcp_tuple(flow->server);

	flow->record.server = tuple.remote;
	flow->record.server_port = tuple.remote_port;
}

static void set_filter(struct flow_record *record, const char *filter)
{
	flow_record_set(record, FLOW_TEXT_FILTER, filter, strlen(filter));
}

/* The verdict of an opening may change, and a text of the record is set but once. */
static void note_filter(struct flow *flow, const struct image_result *result)
{
	const char *filter = image_filter_name(flow->flows->policy.image, result->filter);
	struct opening *opening = flow->opening;

	if (opening == NULL) {
		set_filter(&flow->record, filter);
		return;
	}
	opening->filter[0] = '\0';
	strncat(opening->filter, filter, sizeof(opening->filter) - 1);
}

/* Of the policy in force. */
static void note_verdict(struct flow *flow, const struct image_result *result)
{
	struct flow_record *record = &flow->record;
	static const uint8_t matches[] = {
	    [IMAGE_MATCH_ROW] = FLOW_MATCH_ROW,
	    [IMAGE_MATCH_UNCATEGORIZED] = FLOW_MATCH_UNCATEGORIZED,
	    [IMAGE_MATCH_ANY] = FLOW_MATCH_ANY,
	    [IMAGE_MATCH_NO_FQDN] = FLOW_MATCH_NO_FQDN,
	};

	record->generation = flow->generation;
	record->action = result->verdict.action == POLICY_ALLOW ? FLOW_ALLOW : FLOW_DENY;
	record->match = matches[result->match];
	record->row = result->row;
	record->exception = result->verdict.decryption_exception ? FLOW_EXCEPTION_POLICY : FLOW_EXCEPTION_NONE;
	note_filter(flow, result);
}

/* Whether the client was refused for what it sent or wanted, and not for want of a server. */
static bool is_refusal(enum reason reason)
{
	enum reason_ending ending = reason_ending(reason);

	return ending == ENDING_UNRECOGNIZED_NAME || ending == ENDING_DECODE_ERROR || reason == REASON_NOT_TLS;
}

/* Of addresses that did not answer, or not yet, the one that was tried last. */
static void note_dialled(const struct dial *dial, struct flow_record *record)
{
	if (dial->next == 0 || dial->connection != NULL)
		return;
	record->server = dial->addresses[dial->next - 1];
	record->server_port = dial->request.remote_port;
}

/* The name or address that the verdict is of. */
static void set_host(const struct opening *opening, struct flow_record *record)
{
	const struct authority *target = &opening->request.target;
	const char *name = opening->hello_decided ? opening->sni : target->name;

	set_target(record, FLOW_TEXT_HOST, name[0] != '\0' ? name : NULL,
		   opening->hello_decided ? NULL : &target->address);
}

/* As set_host, of a verdict that came afterwards. */
static void change_host(struct flow *flow, const struct authority *host)
{
	struct opening *opening = flow->opening;

	if (opening != NULL)
		opening->hello_decided =
		    flow->kind->type == FLOW_T1 || !authority_same_host(host, &opening->request.target);
	else if (host->name[0] != '\0')
		set_target(&flow->record, FLOW_TEXT_HOST, host->name, NULL);
	else if (!address_is_unspecified(&host->address))
		set_target(&flow->record, FLOW_TEXT_HOST, NULL, &host->address);
}

static void note_opened(const struct flow *flow, struct flow_record *record)
{
	const struct opening *opening = flow->opening;

	if (!opening->decided)
		return;
	note_dialled(&opening->dial, record);
	if (record->match != FLOW_MATCH_NONE)
		set_filter(record, opening->filter);
	set_host(opening, record);
}

void report_opened(struct flow *flow)
{
	const struct opening *opening = flow->opening;

	note_opened(flow, &flow->record);
	/* A row that allows in silence has not said so of what is refused in spite of it. */
	flow->logged |= opening->decided && opening->verdict.verdict.action == POLICY_ALLOW &&
			is_refusal((enum reason)flow->reason);
}

void report_decision(struct flow *flow)
{
	const struct flows *flows = flow->flows;
	const struct opening *opening = flow->opening;
	struct flow_record *record;

	note_verdict(flow, &opening->verdict);
	flow->logged |= opening->verdict.verdict.log;
	if (!opening->verdict.verdict.log || (record = flow_ring_claim(flows->config.log)) == NULL)
		return;
	*record = flow->record;
	record->at = flows->now;
	record->event = FLOW_DECISION;
	record->reason = flow->reason;
	set_filter(record, opening->filter);
	set_host(opening, record);
	flow_ring_publish(flows->config.log);
}

void report_denied_again(struct flow *flow, const struct image_result *result, const struct authority *host)
{
	struct flow_record *record = &flow->record;

	flow->generation = flow->flows->policy.image->generation;
	if (result == NULL) {
		record->generation = flow->generation;
		record->action = FLOW_DENY;
		record->match = FLOW_MATCH_NONE;
		flow->logged = true;
		return;
	}
	note_verdict(flow, result);
	change_host(flow, host);
	flow->logged |= result->verdict.log;
	if (flow->opening != NULL)
		flow->opening->verdict = *result;
}

static void note_passed(const struct flow *flow, struct flow_record *record)
{
	record->at = flow->flows->now;
	record->bytes_c2s += flow->splice.legs[SPLICE_CLIENT].bytes;
	record->bytes_s2c += flow->splice.legs[SPLICE_SERVER].bytes;
	record->time_total = flow->flows->now - flow->began;
}

void report_open(const struct flow *flow, struct flow_record *record)
{
	static const uint8_t phases[] = {
	    [FLOW_OPENING] = FLOW_RECORD_OPENING,
	    [FLOW_SPLICED] = FLOW_RECORD_SPLICED,
	    [FLOW_LINGERING] = FLOW_RECORD_ENDING,
	};

	*record = flow->record;
	record->event = FLOW_OPEN;
	record->phase = phases[flow->phase];
	record->reason = flow->reason;
	note_passed(flow, record);
	if (flow->opening != NULL)
		note_opened(flow, record);
}

/* Flows that no row decided are told too: nobody else would hear of them. */
void report_end(struct flow *flow)
{
	const struct flows *flows = flow->flows;
	struct flow_record *record;

	if ((flow->record.action != FLOW_UNDECIDED && !flow->logged) ||
	    (record = flow_ring_claim(flows->config.log)) == NULL)
		return;
	*record = flow->record;
	record->event = FLOW_END;
	record->reason = flow->reason;
	record->close = flow->close;
	note_passed(flow, record);
	flow_ring_publish(flows->config.log);
}
