/* SPDX-License-Identifier: BSD-3-Clause */
#include "flow_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include <config/json_line.h>
#include <tls/name.h>

/* What is kept of each text in a line that is too long: then six octets for each are not too many. */
#define TEXT_LEAST 64

struct flow_line {
	struct json_line json;
	const struct flow_record *record;
	size_t most; /* octets of one text */
};

static const char *const event_names[] = {[FLOW_DECISION] = "decision", [FLOW_END] = "end", [FLOW_OPEN] = "open"};
static const char *const phase_names[] = {
    [FLOW_RECORD_OPENING] = "opening", [FLOW_RECORD_SPLICED] = "spliced", [FLOW_RECORD_ENDING] = "ending"};
static const char *const type_names[] = {[FLOW_E1] = "E1", [FLOW_T1] = "T1"};
static const char *const action_names[] = {[FLOW_DENY] = "deny", [FLOW_ALLOW] = "allow"};
static const char *const exception_names[] = {[FLOW_EXCEPTION_POLICY] = "policy"};
static const char *const match_names[] = {
    [FLOW_MATCH_UNCATEGORIZED] = "uncategorized", [FLOW_MATCH_ANY] = "any", [FLOW_MATCH_NO_FQDN] = "no_fqdn"};
static const char *const close_names[FLOW_CLOSES] = {
#define CLOSE(identifier, name, meaning) [FLOW_CLOSE_##identifier] = name,
#include "flow_close.def"
#undef CLOSE
};

/* A word, unless it is NULL: what is not known has no name. */
static void put_word(struct flow_line *line, const char *name, const char *word)
{
	if (word != NULL)
		json_line_string(&line->json, name, word);
}

static void put_octets(struct flow_line *line, const char *name, const char *octets, size_t length, bool cut)
{
	if (length > line->most) {
		length = line->most;
		cut = true;
	}
	json_line_octets(&line->json, name, octets, length, cut);
}

static void put_text(struct flow_line *line, const char *name, enum flow_text text)
{
	const struct flow_record *record = line->record;

	if (record->texts[text].length > 0 || record->texts[text].cut)
		put_octets(line, name, record->octets + record->texts[text].first, record->texts[text].length,
			   record->texts[text].cut);
}

static void put_time(struct json_line *json, uint64_t wall)
{
	time_t seconds = (time_t)(wall / 1000000);
	char text[40];
	struct tm utc;
	size_t used;

	gmtime_r(&seconds, &utc);
	used = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text + used, sizeof(text) - used, ".%06uZ", (unsigned)(wall % 1000000));
	json_line_string(json, "ts", text);
}

static void put_address(struct flow_line *line, const char *name, const struct ip_address *address)
{
	char text[ADDRESS_TEXT_SIZE];

	if (!address_is_unspecified(address))
		json_line_string(&line->json, name, address_format(address, text));
}

/* "web[3]" or "web.any". */
static void put_row(struct flow_line *line)
{
	const struct flow_record *record = line->record;
	char text[FLOW_TEXT_MOST + 24];
	size_t used = record->texts[FLOW_TEXT_FILTER].length;

	if (record->match == FLOW_MATCH_NONE)
		return;
	if (used > line->most)
		used = line->most;
	memcpy(text, record->octets + record->texts[FLOW_TEXT_FILTER].first, used);
	if (record->match == FLOW_MATCH_ROW)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "[%" PRIu32 "]", record->row);
	else
		used += (size_t)snprintf(text + used, sizeof(text) - used, ".%s", match_names[record->match]);
	json_line_octets(&line->json, "row", text, used, false);
}

static void put_flow(struct flow_line *line, flow_reason_name reason_name)
{
	const struct flow_record *record = line->record;
	char flow[17];

	json_line_string(&line->json, "event", event_names[record->event]);
	snprintf(flow, sizeof(flow), "%016" PRIx64, record->flow);
	json_line_string(&line->json, "flow", flow);
	put_text(line, "service", FLOW_TEXT_SERVICE);
	json_line_string(&line->json, "flow_type", type_names[record->type]);
	put_row(line);
	if (record->generation != 0)
		json_line_number(&line->json, "generation", record->generation);
	put_word(line, "action", action_names[record->action]);
	put_word(line, "reason", reason_name != NULL ? reason_name(record->reason) : NULL);
}

/* The protocols of a ProtocolNameList; it may end too early anywhere. */
static void put_protocols(struct flow_line *line)
{
	const struct flow_record *record = line->record;
	const char *list = record->octets + record->texts[FLOW_TEXT_CLIENT_ALPN].first;
	size_t left = record->texts[FLOW_TEXT_CLIENT_ALPN].length;
	bool cut = record->texts[FLOW_TEXT_CLIENT_ALPN].cut;

	if (left == 0)
		return;
	if (left > line->most) {
		left = line->most;
		cut = true;
	}
	json_line_open(&line->json, "alpn", '[');
	while (left > 0) {
		size_t length = (uint8_t)*list++;

		left--;
		if (length > left || (cut && left == length)) {
			put_octets(line, NULL, list, length < left ? length : left, true);
			break;
		}
		put_octets(line, NULL, list, length, false);
		list += length;
		left -= length;
	}
	json_line_close(&line->json, ']');
}

static void put_parameters(struct flow_line *line, const struct flow_tls *tls)
{
	char number[TLS_NAME_NUMBER];

	if (tls->version != 0)
		put_word(line, "version", tls_name_version(tls->version, number));
	if (tls->cipher != 0)
		put_word(line, "cipher", tls_name_cipher(tls->cipher, number));
	if (tls->group != 0)
		put_word(line, "group", tls_name_group(tls->group, number));
}

static void put_client(struct flow_line *line)
{
	const struct flow_record *record = line->record;

	json_line_open(&line->json, "client", '{');
	put_address(line, "ip", &record->client);
	json_line_number(&line->json, "port", record->client_port);
	if (record->client_tls.version != 0) {
		json_line_open(&line->json, "tls", '{');
		put_parameters(line, &record->client_tls);
		put_text(line, "sni", FLOW_TEXT_SNI);
		put_protocols(line);
		json_line_boolean(&line->json, "ech", record->ech);
		json_line_close(&line->json, '}');
	}
	json_line_close(&line->json, '}');
}

static void put_server(struct flow_line *line)
{
	const struct flow_record *record = line->record;

	if (record->server_port == 0)
		return;
	json_line_open(&line->json, "server", '{');
	put_address(line, "ip", &record->server);
	json_line_number(&line->json, "port", record->server_port);
	put_address(line, "original_ip", &record->original);
	if (record->server_tls.version != 0) {
		json_line_open(&line->json, "tls", '{');
		put_parameters(line, &record->server_tls);
		put_text(line, "alpn", FLOW_TEXT_SERVER_ALPN);
		json_line_close(&line->json, '}');
	}
	json_line_close(&line->json, '}');
}

static void put_milliseconds(struct flow_line *line, const char *name, uint64_t microseconds)
{
	if (microseconds != FLOW_TIME_UNKNOWN)
		json_line_thousandths(&line->json, name, microseconds);
}

static void put_outcome(struct flow_line *line)
{
	const struct flow_record *record = line->record;

	json_line_boolean(&line->json, "decrypted", record->decrypted);
	put_word(line, "exception", exception_names[record->exception]);
	if (record->event != FLOW_DECISION) {
		json_line_open(&line->json, "bytes", '{');
		json_line_number(&line->json, "c2s", record->bytes_c2s);
		json_line_number(&line->json, "s2c", record->bytes_s2c);
		json_line_close(&line->json, '}');
	}
	json_line_open(&line->json, "ms", '{');
	put_milliseconds(line, "dns", record->time_dns);
	put_milliseconds(line, "connect", record->time_connect);
	put_milliseconds(line, "total", record->time_total);
	json_line_close(&line->json, '}');
	put_word(line, "close", close_names[record->close]);
	if (record->event == FLOW_OPEN)
		json_line_string(&line->json, "phase", phase_names[record->phase]);
}

static size_t format(const struct flow_record *record, uint64_t wall, flow_reason_name reason_name, size_t most,
		     char text[FLOW_LINE_SIZE])
{
	struct flow_line line = {.record = record, .most = most};

	json_line_begin(&line.json, text, FLOW_LINE_SIZE);
	if (record->event == FLOW_OPEN)
		json_line_string(&line.json, "kind", "flow");
	put_time(&line.json, wall);
	put_flow(&line, reason_name);
	put_client(&line);
	put_text(&line, "connect_host", FLOW_TEXT_CONNECT_HOST);
	put_text(&line, "host", FLOW_TEXT_HOST);
	put_server(&line);
	put_outcome(&line);
	return json_line_end(&line.json);
}

size_t flow_line_format(const struct flow_record *record, uint64_t wall, flow_reason_name reason_name,
			char text[FLOW_LINE_SIZE])
{
	size_t length = format(record, wall, reason_name, FLOW_TEXT_MOST, text);

	return length > 0 ? length : format(record, wall, reason_name, TEXT_LEAST, text);
}

size_t flow_line_format_dropped(uint64_t wall, uint64_t ring, uint64_t target, char text[FLOW_LINE_SIZE])
{
	struct json_line json;

	json_line_begin(&json, text, FLOW_LINE_SIZE);
	put_time(&json, wall);
	json_line_string(&json, "event", "dropped");
	json_line_open(&json, "dropped", '{');
	json_line_number(&json, "ring", ring);
	json_line_number(&json, "target", target);
	json_line_close(&json, '}');
	return json_line_end(&json);
}
