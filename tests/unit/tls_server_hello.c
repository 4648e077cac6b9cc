/* SPDX-License-Identifier: BSD-3-Clause */
/* The server's first handshake message: ServerHello, HelloRetryRequest, or an alert instead. */
#include <string.h>

#include "tls_support.h"

static const struct hello_text retry_text = {.random = RETRY_RANDOM, .cipher_suites = "1302"};
static struct octets message, stream;

static void tls_1_3_hello(void)
{
	server_hello_begin(&message, NULL);
	hello_extension(&message, 43, "0304");
	hello_extension(&message, 51, "001d 0004 01020304");
	hello_end(&message);
}

static void retry_request(void)
{
	server_hello_begin(&message, &retry_text);
	hello_extension(&message, 43, "0304");
	hello_extension(&message, 51, "0018");
	hello_extension(&message, 44, "0003 010203");
	hello_end(&message);
}

static void a_hello_of_tls_1_3_is_told(void)
{
	const struct outcome *outcome;

	tls_1_3_hello();
	outcome = server_read(&message);
	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_FALSE(outcome->server.retry);
	CU_ASSERT_EQUAL(outcome->server.version, 0x0304);
	CU_ASSERT_EQUAL(outcome->server.cipher_suite, 0x1301);
	CU_ASSERT_EQUAL(outcome->server.group, 0x001d);
	CU_ASSERT_EQUAL(outcome->server.protocol.length, 0);
	CU_ASSERT_EQUAL(outcome->server.length, message.length + 5);
}

static void a_retry_request_is_told_by_its_random(void)
{
	const struct outcome *outcome;

	retry_request();
	outcome = server_read(&message);
	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_TRUE(outcome->server.retry);
	CU_ASSERT_EQUAL(outcome->server.version, 0x0304);
	CU_ASSERT_EQUAL(outcome->server.cipher_suite, 0x1302);
	CU_ASSERT_EQUAL(outcome->server.group, 0x0018);
	/* each octet of the random counts */
	for (size_t i = 0; i < 32; i++) {
		retry_request();
		message.data[6 + i] ^= 1;
		CU_ASSERT_FALSE(server_read(&message)->server.retry);
	}
}

static void a_hello_of_tls_1_2_is_told(void)
{
	const struct outcome *outcome;

	server_hello_begin(&message, &(struct hello_text){.cipher_suites = "c02f"});
	hello_extension(&message, 16, "0009 08 687474702f312e31");
	hello_extension(&message, 0xff01, "00");
	hello_end(&message);
	outcome = server_read(&message);
	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_EQUAL(outcome->server.version, 0x0303);
	CU_ASSERT_EQUAL(outcome->server.cipher_suite, 0xc02f);
	CU_ASSERT_EQUAL(outcome->server.group, 0);
	CU_ASSERT_TRUE(piece_is(outcome->server.protocol, "http/1.1"));
}

static void a_hello_without_extensions_is_told(void)
{
	const struct outcome *outcome;

	server_hello_begin(&message, &(struct hello_text){.version = "0301", .session_id = "00"});
	hello_end(&message);
	outcome = server_read(&message);
	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_EQUAL(outcome->server.version, 0x0301);
}

static void a_hello_in_records_of_any_size_is_told(void)
{
	tls_1_3_hello();
	for (size_t limit = 1; limit <= message.length; limit++) {
		const struct outcome *outcome;

		stream.length = 0;
		stream_records(&stream, &message, limit);
		octets_hex(&stream, "14 0303 0001 01 17 0303 0100");
		outcome = hello_read(HELLO_SERVER, &stream);
		CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
		CU_ASSERT_EQUAL(outcome->server.length, stream.length - 11);
		CU_ASSERT_EQUAL(outcome->server.group, 0x001d);
	}
}

/* Before TLS 1.3, Certificate may stand in the same record. */
static void other_messages_may_follow_in_its_record(void)
{
	const struct outcome *outcome;
	size_t length;

	server_hello_begin(&message, NULL);
	hello_end(&message);
	length = message.length;
	octets_hex(&message, "0b000003 000000 0e000000");
	outcome = server_read(&message);
	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_EQUAL(outcome->server.length, 5 + length);
	CU_ASSERT_EQUAL(outcome->reader.octets, 5 + length);
}

static void nothing_may_follow_a_retry_request_in_its_record(void)
{
	retry_request();
	octets_zero(&message, 1);
	CU_ASSERT_EQUAL(server_read(&message)->fault, HELLO_FAULT_RECORD_GOES_ON);
}

static void a_fatal_alert_is_told(void)
{
	const struct outcome *outcome;

	stream.length = 0;
	octets_hex(&stream, "15 0303 0002 0228 00");
	outcome = hello_read(HELLO_SERVER, &stream);
	CU_ASSERT_EQUAL(outcome->result, HELLO_ALERT);
	CU_ASSERT_TRUE(outcome->reader.alerted);
	CU_ASSERT_EQUAL(outcome->reader.alert_level, ALERT_FATAL);
	CU_ASSERT_EQUAL(outcome->reader.alert, ALERT_HANDSHAKE_FAILURE);
	CU_ASSERT_EQUAL(outcome->reader.octets, 7);
}

static void close_notify_ends_it_as_well(void)
{
	stream.length = 0;
	octets_hex(&stream, "15 0303 0002 0100");
	CU_ASSERT_EQUAL(hello_read(HELLO_SERVER, &stream)->result, HELLO_ALERT);
}

static void a_warning_goes_before_the_hello(void)
{
	const struct outcome *outcome;

	tls_1_3_hello();
	stream.length = 0;
	octets_hex(&stream, "15 0303 0002 0170");
	stream_records(&stream, &message, 40);
	outcome = hello_read(HELLO_SERVER, &stream);
	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_EQUAL(outcome->reader.start, 7);
	CU_ASSERT_EQUAL(outcome->server.length, stream.length - 7);
	CU_ASSERT_TRUE(outcome->reader.alerted);
	CU_ASSERT_EQUAL(outcome->reader.alert_level, ALERT_WARNING);
	CU_ASSERT_EQUAL(outcome->reader.alert, ALERT_UNRECOGNIZED_NAME);
}

static void warnings_do_not_go_on_for_ever(void)
{
	stream.length = 0;
	for (unsigned i = 0; i < HELLO_PASSED_RECORDS_MAX; i++)
		octets_hex(&stream, "15 0303 0002 0170");
	CU_ASSERT_EQUAL(hello_read(HELLO_SERVER, &stream)->result, HELLO_MORE);
	octets_hex(&stream, "15 0303 0002 0170");
	CU_ASSERT_EQUAL(hello_read(HELLO_SERVER, &stream)->fault, HELLO_FAULT_TOO_MANY_RECORDS);
}

static void a_malformed_alert_is_refused(void)
{
	static const struct {
		const char *record;
		uint64_t at;
	} cases[] = {
	    {"15 0303 0001 02", 5}, {"15 0303 0003 022800", 5}, {"15 0303 0002 0028", 6}, {"15 0303 0002 0328", 6}};
	const struct outcome *outcome;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		stream.length = 0;
		octets_hex(&stream, cases[i].record);
		outcome = hello_read(HELLO_SERVER, &stream);
		CU_ASSERT_EQUAL(outcome->fault, HELLO_FAULT_ALERT);
		CU_ASSERT_EQUAL(outcome->reader.octets, cases[i].at);
	}
}

static void change_cipher_spec_comes_after_a_retry_request_only(void)
{
	const struct outcome *outcome;

	tls_1_3_hello();
	stream.length = 0;
	octets_hex(&stream, "14 0303 0001 01");
	stream_records(&stream, &message, 16384);
	CU_ASSERT_EQUAL(hello_read(HELLO_SERVER, &stream)->fault, HELLO_FAULT_RECORD_TYPE);
	outcome = hello_read(HELLO_SERVER_AGAIN, &stream);
	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_EQUAL(outcome->reader.start, 6);
}

static void there_is_one_retry_request(void)
{
	retry_request();
	stream.length = 0;
	stream_records(&stream, &message, 16384);
	CU_ASSERT_EQUAL(hello_read(HELLO_SERVER_AGAIN, &stream)->fault, HELLO_FAULT_RETRY_TWICE);
}

static void a_retry_request_chooses_tls_1_3(void)
{
	server_hello_begin(&message, &retry_text);
	hello_end(&message);
	CU_ASSERT_EQUAL(server_read(&message)->fault, HELLO_FAULT_RETRY_VERSION);
	server_hello_begin(&message, &retry_text);
	hello_extension(&message, 43, "0303");
	hello_end(&message);
	CU_ASSERT_EQUAL(server_read(&message)->fault, HELLO_FAULT_RETRY_VERSION);
}

static void another_message_is_refused(void)
{
	tls_1_3_hello();
	message.data[0] = 1;
	CU_ASSERT_EQUAL(server_read(&message)->fault, HELLO_FAULT_MESSAGE_TYPE);
	message.data[0] = 0; /* HelloRequest */
	CU_ASSERT_EQUAL(server_read(&message)->fault, HELLO_FAULT_MESSAGE_TYPE);
	stream.length = 0;
	octets_hex(&stream, "17 0303 0001 00");
	CU_ASSERT_EQUAL(hello_read(HELLO_SERVER, &stream)->fault, HELLO_FAULT_RECORD_TYPE);
}

static void a_message_of_any_length_is_refused_at_its_header(void)
{
	const struct outcome *outcome;

	stream.length = 0;
	octets_hex(&stream, "16 0303 4000 02ffffff 0303");
	outcome = hello_read(HELLO_SERVER, &stream);
	CU_ASSERT_EQUAL(outcome->fault, HELLO_FAULT_MESSAGE_TOO_LONG);
	CU_ASSERT_EQUAL(outcome->reader.octets, 9);
}

static void fields_that_are_wrong_are_refused(void)
{
	static const struct {
		struct hello_text text;
		enum hello_fault fault;
	} cases[] = {
	    {{.version = "fefd"}, HELLO_FAULT_VERSION},
	    {{.compression = "01"}, HELLO_FAULT_COMPRESSION},
	    {{.session_id = "21 00 0001020304050607 08090a0b0c0d0e0f 0001020304050607 08090a0b0c0d0e0f"},
	     HELLO_FAULT_SESSION_ID},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		server_hello_begin(&message, &cases[i].text);
		hello_end(&message);
		CU_ASSERT_EQUAL(server_read(&message)->fault, cases[i].fault);
	}
}

static void extensions_that_are_wrong_are_refused(void)
{
	static const struct {
		uint16_t type;
		const char *content;
		bool retry;
	} cases[] = {
	    {43, "", false},
	    {43, "03", false},
	    {43, "030400", false},
	    {51, "", false},
	    {51, "001d", false},
	    {51, "001d 0000", false},
	    {51, "001d 0002 01", false},
	    {51, "001d 0001 01 00", false},
	    {51, "", true},
	    {51, "00", true},
	    {51, "001d 0001 01", true},
	    {16, "", false},
	    {16, "0000", false},
	    {16, "0001 00", false},
	    {16, "0006 02 6832 02 6833", false},
	    {16, "0004 02 6832", false},
	    {16, "0003 02 6832 00", false},
	};
	const struct outcome *outcome;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		server_hello_begin(&message, cases[i].retry ? &retry_text : NULL);
		hello_extension(&message, cases[i].type, cases[i].content);
		hello_end(&message);
		outcome = server_read(&message);
		CU_ASSERT_EQUAL(outcome->fault, HELLO_FAULT_EXTENSION);
		CU_ASSERT_EQUAL(outcome->server.fault_extension, cases[i].type);
	}
	server_hello_begin(&message, NULL);
	hello_extension(&message, 43, "0304");
	hello_extension(&message, 43, "0304");
	hello_end(&message);
	CU_ASSERT_EQUAL(server_read(&message)->fault, HELLO_FAULT_EXTENSION_TWICE);
}

static void a_hello_cut_short_is_refused_wherever_it_ends(void)
{
	static struct octets changed;
	size_t whole = 0;

	tls_1_3_hello();
	for (size_t length = 4; length < message.length; length++) {
		const struct outcome *outcome;

		changed = message;
		changed.length = length;
		octets_close(&changed, 1, 3);
		outcome = server_read(&changed);
		whole += outcome->result == HELLO_WHOLE;
		CU_ASSERT_TRUE(outcome->result == HELLO_WHOLE || outcome->fault == HELLO_FAULT_TRUNCATED);
	}
	CU_ASSERT_EQUAL(whole, 1); /* the one without extensions */
}

int main(void)
{
	return TESTS_RUN("server hello", TEST(a_hello_of_tls_1_3_is_told), TEST(a_retry_request_is_told_by_its_random),
			 TEST(a_hello_of_tls_1_2_is_told), TEST(a_hello_without_extensions_is_told),
			 TEST(a_hello_in_records_of_any_size_is_told), TEST(other_messages_may_follow_in_its_record),
			 TEST(nothing_may_follow_a_retry_request_in_its_record), TEST(a_fatal_alert_is_told),
			 TEST(close_notify_ends_it_as_well), TEST(a_warning_goes_before_the_hello),
			 TEST(warnings_do_not_go_on_for_ever), TEST(a_malformed_alert_is_refused),
			 TEST(change_cipher_spec_comes_after_a_retry_request_only), TEST(there_is_one_retry_request),
			 TEST(a_retry_request_chooses_tls_1_3), TEST(another_message_is_refused),
			 TEST(a_message_of_any_length_is_refused_at_its_header),
			 TEST(fields_that_are_wrong_are_refused), TEST(extensions_that_are_wrong_are_refused),
			 TEST(a_hello_cut_short_is_refused_wherever_it_ends));
}
