/* SPDX-License-Identifier: BSD-3-Clause */
/* How a record looks as a line: every member under its name, none that is not known, and never longer than a line may
 * be, whatever octets peers sent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include <tls/name.h>

#include "flow_line.h"
#include "support.h"

#define WALL UINT64_C(1767225600123456)

static const char *reason_name(unsigned reason)
{
	return reason == 3 ? "policy-denied" : NULL;
}

static struct ip_address address(const char *text)
{
	struct ip_address parsed;

	CU_ASSERT_TRUE_FATAL(address_parse(text, &parsed));
	return parsed;
}

static void set(struct flow_record *record, enum flow_text text, const char *value)
{
	flow_record_set(record, text, value, strlen(value));
}

/* As a string, in memory of its own. */
static char *format(const struct flow_record *record)
{
	char *text = malloc(FLOW_LINE_SIZE + 1);
	size_t length = flow_line_format(record, WALL, reason_name, text);

	CU_ASSERT_TRUE_FATAL(length > 0 && length <= FLOW_LINE_SIZE);
	text[length] = '\0';
	CU_ASSERT_EQUAL(strlen(text), length);
	return text;
}

static void expect(const struct flow_record *record, const char *line)
{
	char *text = format(record);

	if (strcmp(text, line) != 0)
		puts(text);
	CU_ASSERT_STRING_EQUAL(text, line);
	free(text);
}

static void everything_that_is_known_has_its_place(void)
{
	struct flow_record record;

	flow_record_begin(&record);
	record.flow = 0x0003000000abcdef;
	record.generation = 17;
	record.row = 4;
	record.event = FLOW_END;
	record.type = FLOW_T1;
	record.action = FLOW_ALLOW;
	record.match = FLOW_MATCH_ROW;
	record.reason = 3;
	record.exception = FLOW_EXCEPTION_POLICY;
	record.close = FLOW_CLOSE_RESPONSE;
	record.ech = true;
	record.client = address("192.0.2.7");
	record.client_port = 49152;
	record.server = address("2001:db8::7");
	record.server_port = 443;
	record.original = address("2001:db8::8");
	record.client_tls = (struct flow_tls){0x0304, 0x1301, 0x11ec};
	record.server_tls = (struct flow_tls){0x0303, 0xc02f, 0x0017};
	record.bytes_c2s = 517;
	record.bytes_s2c = UINT64_C(5000000000);
	record.time_dns = 0;
	record.time_connect = 12345;
	record.time_total = UINT64_C(3600000001);
	set(&record, FLOW_TEXT_SERVICE, "lan");
	set(&record, FLOW_TEXT_FILTER, "office");
	set(&record, FLOW_TEXT_CONNECT_HOST, "WWW.a.test.");
	set(&record, FLOW_TEXT_HOST, "www.a.test");
	set(&record, FLOW_TEXT_SNI, "www.A.test");
	set(&record, FLOW_TEXT_CLIENT_ALPN, "\x02h2\x08http/1.1");
	set(&record, FLOW_TEXT_SERVER_ALPN, "h2");
	expect(&record, "{\"ts\":\"2026-01-01T00:00:00.123456Z\",\"event\":\"end\",\"flow\":\"0003000000abcdef\","
			"\"service\":\"lan\",\"flow_type\":\"T1\",\"row\":\"office[4]\",\"generation\":17,"
			"\"action\":\"allow\",\"reason\":\"policy-denied\",\"client\":{\"ip\":\"192.0.2.7\","
			"\"port\":49152,\"tls\":{\"version\":\"TLSv1.3\",\"cipher\":\"TLS_AES_128_GCM_SHA256\","
			"\"group\":\"X25519MLKEM768\",\"sni\":\"www.A.test\",\"alpn\":[\"h2\",\"http/1.1\"],"
			"\"ech\":true}},\"connect_host\":\"WWW.a.test.\",\"host\":\"www.a.test\","
			"\"server\":{\"ip\":\"2001:db8::7\",\"port\":443,\"original_ip\":\"2001:db8::8\","
			"\"tls\":{\"version\":\"TLSv1.2\",\"cipher\":\"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\","
			"\"group\":\"secp256r1\",\"alpn\":\"h2\"}},\"decrypted\":false,\"exception\":\"policy\","
			"\"bytes\":{\"c2s\":517,\"s2c\":5000000000},\"ms\":{\"dns\":0.000,\"connect\":12.345,"
			"\"total\":3600000.001},\"close\":\"response\"}\n");
}

static void what_is_not_known_is_left_out(void)
{
	struct flow_record record;

	flow_record_begin(&record);
	record.client = address("2001:db8::1");
	record.client_port = 1;
	expect(&record, "{\"ts\":\"2026-01-01T00:00:00.123456Z\",\"event\":\"decision\",\"flow\":\"0000000000000000\","
			"\"flow_type\":\"E1\",\"client\":{\"ip\":\"2001:db8::1\",\"port\":1},\"decrypted\":false,"
			"\"ms\":{}}\n");
}

static void defaults_stand_in_the_place_of_rows(void)
{
	static const struct {
		enum flow_match match;
		const char *row;
	} cases[] = {
	    {FLOW_MATCH_ROW, "\"row\":\"f[0]\""},
	    {FLOW_MATCH_UNCATEGORIZED, "\"row\":\"f.uncategorized\""},
	    {FLOW_MATCH_ANY, "\"row\":\"f.any\""},
	    {FLOW_MATCH_NO_FQDN, "\"row\":\"f.no_fqdn\""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct flow_record record;
		char *text;

		flow_record_begin(&record);
		record.match = (uint8_t)cases[i].match;
		set(&record, FLOW_TEXT_FILTER, "f");
		text = format(&record);
		CU_ASSERT_PTR_NOT_NULL(strstr(text, cases[i].row));
		free(text);
	}
}

static void numbers_without_a_name_are_hexadecimal(void)
{
	char number[TLS_NAME_NUMBER];

	CU_ASSERT_STRING_EQUAL(tls_name_version(0x7a7a, number), "0x7a7a");
	CU_ASSERT_STRING_EQUAL(tls_name_cipher(0x0a0a, number), "0x0a0a");
	CU_ASSERT_STRING_EQUAL(tls_name_group(0xffff, number), "0xffff");
	CU_ASSERT_STRING_EQUAL(tls_name_version(0x0300, number), "SSLv3");
	CU_ASSERT_STRING_EQUAL(tls_name_cipher(0x0005, number), "TLS_RSA_WITH_RC4_128_SHA");
	CU_ASSERT_STRING_EQUAL(tls_name_cipher(0xccaa, number), "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256");
	CU_ASSERT_STRING_EQUAL(tls_name_group(0x11ed, number), "SecP384r1MLKEM1024");
}

/* The tables are searched by halves: they must be in order. */
static void every_number_is_found_that_has_a_name(void)
{
#define VERSION(code, name) CU_ASSERT_STRING_EQUAL(tls_name_version(code, number), name);
#define CIPHER(code, name) CU_ASSERT_STRING_EQUAL(tls_name_cipher(code, number), name);
#define GROUP(code, name) CU_ASSERT_STRING_EQUAL(tls_name_group(code, number), name);
	char number[TLS_NAME_NUMBER];

#include <tls/name.def>
#undef VERSION
#undef CIPHER
#undef GROUP
}

static void every_octet_of_a_peers_texts_is_escaped_and_can_be_turned_back(void)
{
	static const enum flow_text texts[] = {FLOW_TEXT_CONNECT_HOST, FLOW_TEXT_SNI};

	for (unsigned octet = 0; octet < 256; octet++) {
		const char value[3] = {'a', (char)octet, 'b'};
		struct flow_record record;
		char expected[20];
		char *text;

		flow_record_begin(&record);
		record.client_tls.version = 0x0303;
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			flow_record_set(&record, texts[i], value, sizeof(value));
		flow_record_set(&record, FLOW_TEXT_CLIENT_ALPN, (const char[]){1, (char)octet}, 2);
		if (octet == '"' || octet == '\\')
			snprintf(expected, sizeof(expected), "\"a\\%cb\"", octet);
		else if (octet >= 0x20 && octet < 0x7f)
			snprintf(expected, sizeof(expected), "\"a%cb\"", octet);
		else
			snprintf(expected, sizeof(expected), "\"a\\u%04xb\"", octet);
		text = format(&record);
		CU_ASSERT_PTR_NOT_NULL(strstr(strstr(text, "\"sni\":"), expected));
		CU_ASSERT_PTR_NOT_NULL(strstr(strstr(text, "\"connect_host\":"), expected));
		for (const char *at = text; *at != '\0'; at++)
			CU_ASSERT_TRUE((*at >= 0x20 && *at < 0x7f) || (*at == '\n' && at[1] == '\0'));
		free(text);
	}
}

static void a_text_that_is_too_long_is_cut_and_says_so(void)
{
	static char name[400];
	struct flow_record record;
	char *text, *sni;

	memset(name, 'x', sizeof(name));
	flow_record_begin(&record);
	record.client_tls.version = 0x0303;
	flow_record_set(&record, FLOW_TEXT_SNI, name, sizeof(name));
	text = format(&record);
	sni = strstr(text, "\"sni\":\"") + 7;
	CU_ASSERT_EQUAL(strspn(sni, "x"), FLOW_TEXT_MOST);
	CU_ASSERT_EQUAL(strncmp(sni + FLOW_TEXT_MOST, "\\u2026\"", 7), 0);
	free(text);
	flow_record_begin(&record);
	record.client_tls.version = 0x0303;
	flow_record_set(&record, FLOW_TEXT_SNI, name, FLOW_TEXT_MOST);
	text = format(&record);
	CU_ASSERT_PTR_NULL(strstr(text, "\\u2026"));
	free(text);
}

/* Three whole names and the texts of ordinary flows always find room. */
static void texts_are_cut_only_when_the_record_is_full(void)
{
	static char octets[FLOW_TEXT_MOST];
	struct flow_record record;

	flow_record_begin(&record);
	flow_record_set(&record, FLOW_TEXT_SNI, NULL, 0);
	set(&record, FLOW_TEXT_SERVICE, "a-service-of-thirty-one-letters");
	set(&record, FLOW_TEXT_FILTER, "a-filters-name-as-long-as-that.");
	set(&record, FLOW_TEXT_CLIENT_ALPN, "\x02h2\x08http/1.1");
	flow_record_set(&record, FLOW_TEXT_CONNECT_HOST, octets, 253);
	flow_record_set(&record, FLOW_TEXT_HOST, octets, 253);
	flow_record_set(&record, FLOW_TEXT_SNI, octets, 253);
	for (unsigned text = 0; text < FLOW_TEXTS; text++)
		CU_ASSERT_FALSE(record.texts[text].cut);
	flow_record_set(&record, FLOW_TEXT_SERVER_ALPN, octets, FLOW_TEXT_MOST);
	CU_ASSERT_TRUE(record.texts[FLOW_TEXT_SERVER_ALPN].cut);
	CU_ASSERT_EQUAL(record.used, FLOW_OCTETS);
}

static void expect_protocols(const char *list, size_t length, const char *json)
{
	struct flow_record record;
	char expected[300];
	char *text;

	flow_record_begin(&record);
	record.client_tls.version = 0x0303;
	flow_record_set(&record, FLOW_TEXT_CLIENT_ALPN, list, length);
	text = format(&record);
	snprintf(expected, sizeof(expected), "\"alpn\":%s,\"ech\"", json);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, expected));
	free(text);
}

static void protocols_that_lie_about_their_length_stay_in_bounds(void)
{
	static char list[300];

	expect_protocols("\x02h2", 3, "[\"h2\"]");
	expect_protocols("\x00", 1, "[\"\"]");
	expect_protocols("\x05h2", 3, "[\"h2\\u2026\"]");
	expect_protocols("\xff", 1, "[\"\\u2026\"]");
	expect_protocols("\x02h2\x01", 4, "[\"h2\",\"\\u2026\"]");
	memset(list, 'x', sizeof(list));
	list[0] = (char)253;
	CU_ASSERT_EQUAL(FLOW_TEXT_MOST, 254);
	for (size_t length = 255; length < sizeof(list); length++) { /* cut behind a whole protocol */
		struct flow_record record;
		char *text;

		flow_record_begin(&record);
		record.client_tls.version = 0x0303;
		flow_record_set(&record, FLOW_TEXT_CLIENT_ALPN, list, length);
		text = format(&record);
		CU_ASSERT_PTR_NOT_NULL(strstr(text, "xx\\u2026\"],\"ech\""));
		free(text);
	}
}

/* The most of everything, with octets that need the most room. */
static void the_worst_record_gives_a_line_that_is_whole(void)
{
	for (unsigned octet = 0; octet < 256; octet++) {
		struct flow_record record;
		char value[FLOW_TEXT_MOST + 1];
		cJSON *json;
		char *text;

		memset(value, (int)octet, sizeof(value));
		flow_record_begin(&record);
		memset(&record.flow, 0xff, offsetof(struct flow_record, event) - offsetof(struct flow_record, flow));
		memset(&record.client_port, 0xff,
		       offsetof(struct flow_record, texts) - offsetof(struct flow_record, client_port));
		record.time_dns = record.time_connect = record.time_total = UINT64_MAX - 1;
		record.event = FLOW_END;
		record.type = FLOW_T1;
		record.action = FLOW_ALLOW;
		record.match = FLOW_MATCH_ROW;
		record.reason = 3;
		record.exception = FLOW_EXCEPTION_POLICY;
		record.close = FLOW_CLOSE_RESPONSE;
		for (unsigned order = 0; order < FLOW_TEXTS; order++)
			flow_record_set(&record, (enum flow_text)((order + octet) % FLOW_TEXTS), value, sizeof(value));
		text = format(&record);
		json = cJSON_Parse(text);
		CU_ASSERT_PTR_NOT_NULL(json);
		cJSON_Delete(json);
		free(text);
	}
}

static void dropped_lines_are_counted_in_a_line_of_their_own(void)
{
	char text[FLOW_LINE_SIZE];
	size_t length = flow_line_format_dropped(WALL, 5, UINT64_MAX, text);
	static const char expected[] = "{\"ts\":\"2026-01-01T00:00:00.123456Z\",\"event\":\"dropped\","
				       "\"dropped\":{\"ring\":5,\"target\":18446744073709551615}}\n";

	CU_ASSERT_EQUAL_FATAL(length, strlen(expected));
	CU_ASSERT_EQUAL(memcmp(text, expected, length), 0);
}

int main(void)
{
	return TESTS_RUN(
	    "lines of flows", TEST(everything_that_is_known_has_its_place), TEST(what_is_not_known_is_left_out),
	    TEST(defaults_stand_in_the_place_of_rows), TEST(numbers_without_a_name_are_hexadecimal),
	    TEST(every_number_is_found_that_has_a_name),
	    TEST(every_octet_of_a_peers_texts_is_escaped_and_can_be_turned_back),
	    TEST(a_text_that_is_too_long_is_cut_and_says_so), TEST(texts_are_cut_only_when_the_record_is_full),
	    TEST(protocols_that_lie_about_their_length_stay_in_bounds),
	    TEST(the_worst_record_gives_a_line_that_is_whole), TEST(dropped_lines_are_counted_in_a_line_of_their_own));
}
