/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints lines of the flow log: every member, every word that it may have, and what hostile peers would put into it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow_line.h"

#define WALL UINT64_C(1767225600123456)

static const char *reason_name(unsigned reason)
{
	return reason == 1 ? "denied-no-fqdn" : "allowed";
}

static void print(const struct flow_record *record)
{
	char text[FLOW_LINE_SIZE];

	fwrite(text, 1, flow_line_format(record, WALL, reason_name, text), stdout);
}

static void set(struct flow_record *record, enum flow_text text, const char *value)
{
	flow_record_set(record, text, value, strlen(value));
}

static struct ip_address address(const char *text)
{
	struct ip_address parsed;

	if (!address_parse(text, &parsed))
		abort();
	return parsed;
}

/* A flow of which everything is known. */
static struct flow_record whole(enum flow_event event, enum flow_type type)
{
	struct flow_record record;

	flow_record_begin(&record);
	record.flow = 0x0001000000000007;
	record.generation = 3;
	record.event = (uint8_t)event;
	record.type = (uint8_t)type;
	record.action = FLOW_ALLOW;
	record.match = FLOW_MATCH_ROW;
	record.exception = FLOW_EXCEPTION_POLICY;
	record.close = event == FLOW_END ? FLOW_CLOSE_FIN : FLOW_CLOSE_NONE;
	record.client = address("192.0.2.7");
	record.client_port = 49152;
	record.server = address("2001:db8::1:7");
	record.original = address("198.51.100.255");
	record.server_port = 443;
	record.client_tls = (struct flow_tls){0x0304, 0x1301, 0x11ec};
	record.server_tls = (struct flow_tls){0x0303, 0x1301, 0x001d};
	record.bytes_c2s = UINT64_MAX;
	record.time_dns = 0;
	record.time_connect = 1;
	record.time_total = UINT64_MAX - 1;
	set(&record, FLOW_TEXT_SERVICE, "lan");
	set(&record, FLOW_TEXT_FILTER, "office");
	set(&record, FLOW_TEXT_CONNECT_HOST, "www.A.test.");
	set(&record, FLOW_TEXT_HOST, "www.a.test");
	set(&record, FLOW_TEXT_SNI, "www.A.test");
	set(&record, FLOW_TEXT_CLIENT_ALPN, "\x02h2\x08http/1.1");
	set(&record, FLOW_TEXT_SERVER_ALPN, "h2");
	return record;
}

/* A flow of which nothing is known but its client. */
static struct flow_record bare(enum flow_event event)
{
	struct flow_record record;

	flow_record_begin(&record);
	record.event = (uint8_t)event;
	record.client = address("2001:db8::7");
	record.client_port = 1;
	record.close = event == FLOW_END ? FLOW_CLOSE_RESET : FLOW_CLOSE_NONE;
	return record;
}

static void print_flows(void)
{
	struct flow_record record;

	for (enum flow_event event = FLOW_DECISION; event <= FLOW_END; event++) {
		for (enum flow_type type = FLOW_E1; type <= FLOW_T1; type++) {
			record = whole(event, type);
			print(&record);
		}
		record = bare(event);
		record.action = event == FLOW_DECISION ? FLOW_DENY : FLOW_UNDECIDED;
		record.reason = 1;
		print(&record);
	}
	for (unsigned match = FLOW_MATCH_NONE; match <= FLOW_MATCH_NO_FQDN; match++) {
		record = whole(FLOW_END, FLOW_E1);
		record.match = (uint8_t)match;
		print(&record);
	}
	for (unsigned ending = FLOW_CLOSE_NONE + 1; ending < FLOW_CLOSES; ending++) {
		record = whole(FLOW_END, FLOW_T1);
		record.close = (uint8_t)ending;
		print(&record);
	}
}

static void print_numbers(void)
{
	struct flow_record record = whole(FLOW_END, FLOW_T1);

#define VERSION(number, name)                                                                                          \
	record.client_tls.version = number;                                                                            \
	print(&record);
#define CIPHER(number, name)                                                                                           \
	record.server_tls.cipher = number;                                                                             \
	print(&record);
#define GROUP(number, name)                                                                                            \
	record.server_tls.group = number;                                                                              \
	print(&record);
#include <tls/name.def>
#undef VERSION
#undef CIPHER
#undef GROUP
	record.client_tls = record.server_tls = (struct flow_tls){0x7a7a, 0x0a0a, 0xffff};
	record.ech = true;
	print(&record);
}

/* Each octet alone, many of it, and more than a record keeps. */
static void print_octets(void)
{
	char octets[FLOW_TEXT_MOST + 1];

	for (unsigned octet = 0; octet < 256; octet++) {
		static const size_t lengths[] = {1, 70, FLOW_TEXT_MOST, FLOW_TEXT_MOST + 1};

		memset(octets, (int)octet, sizeof(octets));
		for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
			struct flow_record record = bare(FLOW_END);

			record.server_port = 65535;
			record.client_tls.version = record.server_tls.version = 0x0303;
			flow_record_set(&record, FLOW_TEXT_SNI, octets, lengths[i]);
			flow_record_set(&record, FLOW_TEXT_CONNECT_HOST, octets, lengths[i]);
			flow_record_set(&record, FLOW_TEXT_CLIENT_ALPN, octets, lengths[i]);
			flow_record_set(&record, FLOW_TEXT_SERVER_ALPN, octets, lengths[i]);
			print(&record);
		}
	}
}

int main(void)
{
	char text[FLOW_LINE_SIZE];

	print_flows();
	print_numbers();
	print_octets();
	fwrite(text, 1, flow_line_format_dropped(WALL, 0, UINT64_MAX, text), stdout);
	return EXIT_SUCCESS;
}
