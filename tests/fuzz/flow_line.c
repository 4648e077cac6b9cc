/* SPDX-License-Identifier: BSD-3-Clause */
/* Any record of a flow, with any octets from its peers, as a line of the flow log: whole JSON in ASCII, no longer than
 * a line may be, and what a peer sent can be turned back from it. */
#include <string.h>

#include <cjson/cJSON.h>

#include "flow_line.h"
#include "target.h"

struct input {
	const uint8_t *data;
	size_t size;
};

static uint8_t next(struct input *input)
{
	if (input->size == 0)
		return 0;
	input->size--;
	return *input->data++;
}

/* Octets for `size` of a member; zero once there are no more. */
static void fill(struct input *input, void *member, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((uint8_t *)member)[i] = next(input);
}

static const char *reason_name(unsigned reason)
{
	return reason % 2 != 0 ? "denied-any" : NULL;
}

static void fill_record(struct input *input, struct flow_record *record)
{
	flow_record_begin(record);
	fill(input, &record->flow, offsetof(struct flow_record, event) - offsetof(struct flow_record, flow));
	record->event = next(input) % (FLOW_OPEN + 1);
	record->type = next(input) % (FLOW_T1 + 1);
	record->action = next(input) % (FLOW_ALLOW + 1);
	record->match = next(input) % (FLOW_MATCH_NO_FQDN + 1);
	record->exception = next(input) % (FLOW_EXCEPTION_POLICY + 1);
	record->close = next(input) % FLOW_CLOSES;
	record->reason = next(input);
	record->phase = record->reason % (FLOW_RECORD_ENDING + 1);
	record->ech = next(input) % 2;
	fill(input, &record->client_port,
	     offsetof(struct flow_record, texts) - offsetof(struct flow_record, client_port));
	while (input->size > 0) {
		enum flow_text text = (enum flow_text)(next(input) % FLOW_TEXTS);
		size_t length = next(input) + (size_t)next(input) % 64;

		if (length > input->size)
			length = input->size;
		if (record->texts[text].length == 0)
			flow_record_set(record, text, input->data, length);
		input->data += length;
		input->size -= length;
	}
}

/* One character of a string of up to U+ffff in UTF-8; 0 at its end. */
static unsigned character(const uint8_t **at)
{
	unsigned first = **at;
	unsigned more;

	if (first == 0)
		return 0;
	++*at;
	if (first < 0x80)
		return first;
	more = *(*at)++ & 0x3f;
	if (first < 0xe0)
		return (first & 0x1f) << 6 | more;
	return (first & 0x0f) << 12 | more << 6 | (*(*at)++ & 0x3f);
}

/* Texts without a NUL, which ends cJSON's strings. */
static void hold_text(const struct flow_record *record, enum flow_text text, const cJSON *value)
{
	const char *octets = record->octets + record->texts[text].first;
	size_t length = record->texts[text].length;
	const uint8_t *at;

	hold(cJSON_IsString(value) == (length > 0 || record->texts[text].cut));
	if (value == NULL || memchr(octets, 0, length) != NULL)
		return;
	at = (const uint8_t *)value->valuestring;
	for (size_t i = 0; i < length; i++) {
		unsigned got = character(&at);

		if (got == 0x2026) {
			hold(i >= 64 && *at == 0);
			return;
		}
		hold(got == (uint8_t)octets[i]);
	}
	hold(character(&at) == (record->texts[text].cut ? 0x2026 : 0) && *at == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct flow_record record;
	char line[FLOW_LINE_SIZE];
	const cJSON *client;
	uint64_t wall = 0;
	size_t length;
	cJSON *json;

	fill(&input, &wall, 6);
	fill_record(&input, &record);
	length = flow_line_format(&record, wall, reason_name, line);
	hold(length > 2 && length <= FLOW_LINE_SIZE && line[length - 1] == '\n');
	for (size_t i = 0; i < length - 1; i++)
		hold(line[i] >= 0x20 && line[i] < 0x7f);
	json = cJSON_ParseWithLength(line, length);
	hold(json != NULL);
	client = cJSON_GetObjectItemCaseSensitive(json, "client");
	hold_text(&record, FLOW_TEXT_CONNECT_HOST, cJSON_GetObjectItemCaseSensitive(json, "connect_host"));
	hold_text(&record, FLOW_TEXT_HOST, cJSON_GetObjectItemCaseSensitive(json, "host"));
	if (record.client_tls.version != 0)
		hold_text(&record, FLOW_TEXT_SNI,
			  cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(client, "tls"), "sni"));
	cJSON_Delete(json);
	return 0;
}
