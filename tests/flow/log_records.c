/* SPDX-License-Identifier: BSD-3-Clause */
/* What the log is told of a flow: each decision of a row that wants it, and the end, with all that became known. */
#include "scene.h"

static const char policy[] = "filter web\nrow allow b.test\nrow allow log a.test\nany deny log\nservice s web\n";
static const char request[] = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n";

static struct octets hello, nameless, strange, malformed, server_hello;

static bool text_is(const struct flow_record *record, enum flow_text text, const char *wanted)
{
	return record->texts[text].length == strlen(wanted) &&
	       memcmp(record->octets + record->texts[text].first, wanted, strlen(wanted)) == 0;
}

static void an_allowed_flow_is_told_when_it_is_decided_and_when_it_ends(void)
{
	struct flow_record records[4];

	for (unsigned family = 0; family < FAMILIES; family++) {
		scene_begin(&(struct scene_policy){.text = policy}, (enum family)family);
		scene.answer_after = 30000;
		scene_connect_explicit();
		client_says(request);
		scene_wait(30);
		client_sends(hello.data, hello.length, 0);
		server_sends(server_hello.data, server_hello.length);
		client_shuts();
		server_shuts();
		CU_ASSERT_EQUAL_FATAL(scene_told(records, 4), 3);
		CU_ASSERT_EQUAL(records[0].event, FLOW_DECISION);
		CU_ASSERT_EQUAL(records[1].event, FLOW_DECISION);
		CU_ASSERT_EQUAL(records[2].event, FLOW_END);
		for (unsigned i = 0; i < 3; i++) {
			CU_ASSERT_EQUAL(records[i].flow, records[0].flow);
			CU_ASSERT_EQUAL(records[i].action, FLOW_ALLOW);
			CU_ASSERT_EQUAL(records[i].row, 1);
			CU_ASSERT(text_is(&records[i], FLOW_TEXT_SERVICE, "s"));
			CU_ASSERT(text_is(&records[i], FLOW_TEXT_FILTER, "web"));
			CU_ASSERT(text_is(&records[i], FLOW_TEXT_HOST, "a.test"));
		}
		CU_ASSERT_EQUAL(records[2].reason, REASON_CLOSED_BY_CLIENT);
		CU_ASSERT_EQUAL(records[2].close, FLOW_CLOSE_FIN);
		CU_ASSERT_EQUAL(records[2].server_port, SCENE_SERVER_PORT);
		CU_ASSERT_EQUAL(records[2].bytes_c2s, hello.length);
		CU_ASSERT_EQUAL(records[2].bytes_s2c, server_hello.length);
		scene_end();
	}
}

static void times_are_those_of_the_step_that_took_them(void)
{
	struct flow_record records[4];

	scene_begin(&(struct scene_policy){.text = policy}, IPV4);
	scene.answer_after = 30000;
	scene_connect_explicit();
	client_says(request);
	scene_wait(30);
	client_resets();
	CU_ASSERT_EQUAL_FATAL(scene_told(records, 4), 2);
	CU_ASSERT_EQUAL(records[0].time_dns, FLOW_TIME_UNKNOWN);
	CU_ASSERT_EQUAL(records[0].time_connect, FLOW_TIME_UNKNOWN);
	CU_ASSERT(records[1].time_dns >= 30000 && records[1].time_dns < 31000);
	CU_ASSERT(records[1].time_connect >= 2000 && records[1].time_connect < 3000); /* the link's delay, twice */
	CU_ASSERT(records[1].time_total >= records[1].time_dns + records[1].time_connect);
	scene_end();
}

static void a_denied_flow_is_told_with_what_denied_it(void)
{
	struct flow_record records[4];

	scene_begin(&(struct scene_policy){.text = policy}, IPV4);
	scene_connect_explicit();
	client_says("CONNECT c.test:443 HTTP/1.1\r\nHost: c.test\r\n\r\n");
	client_shuts();
	CU_ASSERT_EQUAL_FATAL(scene_told(records, 4), 2);
	CU_ASSERT_EQUAL(records[1].action, FLOW_DENY);
	CU_ASSERT_EQUAL(records[1].match, FLOW_MATCH_ANY);
	CU_ASSERT_EQUAL(records[1].reason, REASON_DENIED_ANY);
	CU_ASSERT_EQUAL(records[1].close, FLOW_CLOSE_RESPONSE);
	CU_ASSERT_EQUAL(records[1].time_connect, FLOW_TIME_UNKNOWN);
	CU_ASSERT(text_is(&records[1], FLOW_TEXT_HOST, "c.test"));
	scene_end();
}

static void what_no_row_wants_in_the_log_is_not_told(void)
{
	scene_begin(&(struct scene_policy){.text = policy}, IPV4);
	scene_connect_explicit();
	client_says("CONNECT b.test:443 HTTP/1.1\r\nHost: b.test\r\n\r\n");
	client_resets();
	CU_ASSERT_EQUAL(scene_told(NULL, 0), 0);
	scene_end();
}

static void an_alias_that_a_row_denies_is_told_and_counted_as_that_row(void)
{
	struct flow_record records[4];

	for (unsigned family = 0; family < FAMILIES; family++) {
		scene_begin(&(struct scene_policy){.text = "filter web\nrow allow log a.test\n"
							   "row deny log c.test\nservice s web\n"},
			    (enum family)family);
		scene.alias = "c.test";
		scene_connect_transparent();
		client_sends(hello.data, hello.length, 0);
		client_shuts();
		CU_ASSERT_EQUAL_FATAL(scene_told(records, 4), 3);
		CU_ASSERT_EQUAL(records[1].event, FLOW_DECISION);
		CU_ASSERT_EQUAL(records[2].event, FLOW_END);
		for (unsigned i = 1; i < 3; i++) {
			CU_ASSERT_EQUAL(records[i].action, FLOW_DENY);
			CU_ASSERT_EQUAL(records[i].row, 1);
			CU_ASSERT_EQUAL(records[i].reason, REASON_DENIED_ALIAS);
			CU_ASSERT(text_is(&records[i], FLOW_TEXT_FILTER, "web"));
			CU_ASSERT(text_is(&records[i], FLOW_TEXT_HOST, "a.test"));
		}
		CU_ASSERT_EQUAL(scene.hits[0], 1);
		CU_ASSERT_EQUAL(scene.hits[1], 1);
		scene_end();
	}
}

static void a_row_that_denies_an_alias_in_silence_is_obeyed(void)
{
	scene_begin(&(struct scene_policy){.text = "filter web\nrow allow a.test\nrow deny c.test\nservice s web\n"},
		    IPV4);
	scene.alias = "c.test";
	scene_connect_explicit();
	client_says(request);
	CU_ASSERT(client_got_text("HTTP/1.1 403 "));
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(REASON_DENIED_ALIAS), 1);
	CU_ASSERT_EQUAL(scene.hits[1], 1);
	CU_ASSERT_EQUAL(scene_told(NULL, 0), 0);
	scene_end();
}

/* Nobody else would hear of it. */
static void what_ends_undecided_is_told(void)
{
	struct flow_record records[4];

	scene_begin(&(struct scene_policy){.text = policy}, IPV4);
	scene_connect_explicit();
	client_says("GET / HTTP/1.1\r\n\r\n");
	client_shuts();
	CU_ASSERT_EQUAL_FATAL(scene_told(records, 4), 1);
	CU_ASSERT_EQUAL(records[0].action, FLOW_UNDECIDED);
	CU_ASSERT_EQUAL(records[0].reason, REASON_REQUEST_METHOD);
	scene_end();
}

static void a_name_that_is_none_is_told_as_it_was_sent(void)
{
	struct flow_record records[4];

	scene_begin(&(struct scene_policy){.text = policy}, IPV4);
	scene_connect_explicit();
	client_says("CONNECT A..test:443 HTTP/1.1\r\nHost: A..test\r\n\r\n");
	client_shuts();
	CU_ASSERT_EQUAL_FATAL(scene_told(records, 4), 1);
	CU_ASSERT_EQUAL(records[0].reason, REASON_REQUEST_TARGET);
	CU_ASSERT(text_is(&records[0], FLOW_TEXT_CONNECT_HOST, "A..test:443"));
	scene_end();
}

static void a_flow_without_a_name_has_no_host(void)
{
	struct flow_record records[4];

	scene_begin(&(struct scene_policy){.text = "filter web\nno_fqdn allow log\nservice s web\n"}, IPV4);
	scene_connect_transparent();
	client_sends(nameless.data, nameless.length, 0);
	client_shuts();
	CU_ASSERT_EQUAL_FATAL(scene_told(records, 4), 2);
	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(records[i].match, FLOW_MATCH_NO_FQDN);
		CU_ASSERT(text_is(&records[i], FLOW_TEXT_HOST, ""));
	}
	scene_end();
}

/* A row that wants no log speaks for what it allows, not for what is tried under its name. */
static void what_is_refused_in_spite_of_a_row_that_allows_is_told(void)
{
	static const struct octets *const refused[] = {&strange, &malformed};
	static const enum reason reasons[] = {REASON_HELLO_NAME, REASON_HELLO_MALFORMED};
	struct flow_record records[4];

	for (unsigned i = 0; i < 2; i++) {
		scene_begin(&(struct scene_policy){.text = policy}, IPV4);
		scene_connect_explicit();
		client_says("CONNECT b.test:443 HTTP/1.1\r\nHost: b.test\r\n\r\n");
		client_sends(refused[i]->data, refused[i]->length, 0);
		client_shuts();
		CU_ASSERT_EQUAL_FATAL(scene_told(records, 4), 1);
		CU_ASSERT_EQUAL(records[0].event, FLOW_END);
		CU_ASSERT_EQUAL(records[0].reason, reasons[i]);
		scene_end();
	}
}

int main(void)
{
	static const uint8_t empty_record[] = {22, 3, 1, 0, 0};

	scene_prepare();
	scene_client_hello(&hello, "a.test");
	scene_client_hello(&nameless, NULL);
	scene_client_hello(&strange, "a.test:443");
	octets_add(&malformed, empty_record, sizeof(empty_record));
	scene_server_hello(&server_hello, false);
	return TESTS_RUN(
	    "what the log is told", TEST(an_allowed_flow_is_told_when_it_is_decided_and_when_it_ends),
	    TEST(times_are_those_of_the_step_that_took_them), TEST(a_denied_flow_is_told_with_what_denied_it),
	    TEST(an_alias_that_a_row_denies_is_told_and_counted_as_that_row),
	    TEST(a_row_that_denies_an_alias_in_silence_is_obeyed), TEST(what_no_row_wants_in_the_log_is_not_told),
	    TEST(what_ends_undecided_is_told), TEST(a_name_that_is_none_is_told_as_it_was_sent),
	    TEST(a_flow_without_a_name_has_no_host), TEST(what_is_refused_in_spite_of_a_row_that_allows_is_told));
}
