/* SPDX-License-Identifier: BSD-3-Clause */
/* Hellos that are large, odd, or hide a name: those that may pass arrive as they were sent. */
#include "scene.h"

#define ECH "00 0001 0001 2a 0020 0001020304050607 08090a0b0c0d0e0f 0001020304050607 08090a0b0c0d0e0f 0004 cafecafe"

static const char web[] = "filter web\nrow allow a.test\nservice s web\n";
static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 112};

static struct octets message, hello;

static void begin_message(void)
{
	client_hello_begin(&message, &(struct hello_text){0});
	hello_name(&message, "a.test", 6);
	hello_extension(&message, 43, "020304");
}

static void end_message(void)
{
	hello_end(&message);
	hello.length = 0;
	stream_records(&hello, &message, HELLO_MESSAGE_MAX);
}

static void begin(const struct scene_policy *policy, enum family family)
{
	scene_begin(policy, family);
	scene_connect_transparent();
}

static void begin_tunnel(const struct scene_policy *policy, enum family family)
{
	scene_begin(policy, family);
	scene_connect_explicit();
	client_says("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n");
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
}

static void arrived(void)
{
	CU_ASSERT_STRING_EQUAL(scene.asked_name, "a.test");
	CU_ASSERT(server_got(hello.data, hello.length));
	scene_end();
}

static void passes(void)
{
	static const struct scene_policy policy = {.text = web};

	for (enum family family = IPV4; family < FAMILIES; family++) {
		begin(&policy, family);
		client_sends(hello.data, hello.length, 0);
		arrived();
		begin_tunnel(&policy, family);
		client_sends_reversed(hello.data, hello.length, 1400);
		arrived();
	}
}

static void refused(uint8_t version, uint8_t description, enum reason reason)
{
	const uint8_t record[] = {21, 3, version, 0, 2, 2, description};

	CU_ASSERT(client_got(record, sizeof(record)));
	CU_ASSERT(server_got(NULL, 0));
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(reason), 1);
	scene_end();
}

static void a_post_quantum_hello_arrives_though_its_second_segment_was_faster(void)
{
	size_t extension, list, share;

	begin_message();
	octets_hex(&message, "0033");
	extension = octets_open(&message, 2);
	list = octets_open(&message, 2);
	octets_hex(&message, "11ec");
	share = octets_open(&message, 2);
	octets_zero(&message, 1216);
	octets_close(&message, share, 2);
	octets_hex(&message, "001d 0020");
	octets_zero(&message, 32);
	octets_close(&message, list, 2);
	octets_close(&message, extension, 2);
	hello_extension_zero(&message, 21, 200);
	end_message();
	CU_ASSERT(hello.length > 1460 && hello.length < 2800);
	passes();
}

static void grease_everywhere_does_not_matter(void)
{
	client_hello_begin(&message, &(struct hello_text){.cipher_suites = "0008 0a0a 1301 fafa c02f"});
	hello_extension(&message, 0x6a6a, "");
	hello_name(&message, "a.test", 6);
	hello_extension(&message, 10, "0006 baba 001d 0017");
	hello_extension(&message, 13, "0006 2a2a 0403 0804");
	hello_extension(&message, 16, "0006 02 0a0a 02 6832");
	hello_extension(&message, 43, "06 1a1a 0304 0303");
	hello_extension(&message, 51, "000b baba 0001 00 001d 0002 0102");
	hello_extension(&message, 0xeaea, "00");
	end_message();
	passes();
}

static void two_thousand_unknown_extensions_do_not_either(void)
{
	client_hello_begin(&message, &(struct hello_text){0});
	for (uint16_t i = 0; i < 1999; i++) {
		if (i == 1234)
			hello_name(&message, "a.test", 6);
		hello_extension(&message, (uint16_t)(0x2000 + (i * 7919) % 20000), "");
	}
	end_message();
	passes();
}

/* Its header says so: nobody waits for the rest. */
static void a_hello_of_more_than_16_kib_is_refused_at_once(void)
{
	static const char *const headers[] = {"16 0301 4000 01 003ffd 0303", "16 0301 0100 01 00fffc 0303",
					      "16 0301 4000 01 01fffc 0303", "16 0301 0009 01 ffffff 0303"};

	for (size_t i = 0; i < RTE_DIM(headers); i++) {
		hello.length = 0;
		octets_hex(&hello, headers[i]);
		begin(&(struct scene_policy){.text = web}, i % 2 == 0 ? IPV4 : IPV6);
		client_sends(hello.data, hello.length, 1);
		refused(1, 50, REASON_HELLO_MALFORMED);
	}
}

static void a_record_without_octets_or_with_too_many_is_refused(void)
{
	static const char *const streams[] = {"16 0301 0000", "16 0301 0004 01 0000f0 16 0301 0000", "16 0301 4001 01",
					      "16 0301 ffff 01"};

	for (size_t i = 0; i < RTE_DIM(streams); i++) {
		hello.length = 0;
		octets_hex(&hello, streams[i]);
		begin(&(struct scene_policy){.text = web}, i % 2 == 0 ? IPV6 : IPV4);
		client_sends(hello.data, hello.length, 0);
		refused(1, 50, REASON_HELLO_MALFORMED);
	}
}

static void hello_that_hides(uint16_t type, const char *content)
{
	begin_message();
	hello_extension(&message, type, content);
	end_message();
}

static void of_an_encrypted_hello_the_outer_name_decides(void)
{
	hello_that_hides(0xfe0d, ECH);
	passes();
	begin(&(struct scene_policy){.text = "filter web\nrow deny a.test\nany allow\nservice s web\n"}, IPV4);
	client_sends(hello.data, hello.length, 0);
	refused(3, 112, REASON_DENIED_ROW);
}

static void a_service_may_deny_it(void)
{
	static const struct scene_policy policy = {.text = web, .ech = POLICY_ECH_DENY};

	hello_that_hides(0xfe0d, ECH);
	for (enum family family = IPV4; family < FAMILIES; family++) {
		begin(&policy, family);
		client_sends(hello.data, hello.length, 0);
		CU_ASSERT_EQUAL(scene.server.connections, 0);
		refused(3, 112, REASON_DENIED_ECH);
		begin_tunnel(&policy, family);
		client_sends(hello.data, hello.length, 0);
		refused(3, 112, REASON_DENIED_ECH);
	}
	begin_message();
	end_message();
	begin(&policy, IPV4);
	client_sends(hello.data, hello.length, 0);
	arrived();
}

static void its_forerunner_beside_a_name_is_treated_alike(void)
{
	hello_that_hides(0xffce, "1301 001d 0000");
	passes();
	begin(&(struct scene_policy){.text = web, .ech = POLICY_ECH_DENY}, IPV6);
	client_sends(hello.data, hello.length, 0);
	refused(3, 112, REASON_DENIED_ECH);
}

/* A first hello that hides nothing does not open the way for a second one that does. */
static void a_second_hello_may_not_hide_what_the_first_one_may_not(void)
{
	static struct octets retry;

	begin_message();
	end_message();
	begin(&(struct scene_policy){.text = web, .ech = POLICY_ECH_DENY}, IPV4);
	client_sends(hello.data, hello.length, 0);
	CU_ASSERT(server_got(hello.data, hello.length));
	scene_server_hello(&retry, true);
	server_sends(retry.data, retry.length);
	CU_ASSERT(client_got(retry.data, retry.length));
	hello_that_hides(0xfe0d, ECH);
	client_sends(hello.data, hello.length, 0);
	CU_ASSERT(client_got(alert, sizeof(alert)));
	CU_ASSERT(server_got(NULL, 0));
	CU_ASSERT_EQUAL(scene.server.reason, TCP_END_RESET);
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(REASON_DENIED_ECH), 1);
	scene_end();
}

int main(void)
{
	scene_prepare();
	return TESTS_RUN("kinds of hellos", TEST(a_post_quantum_hello_arrives_though_its_second_segment_was_faster),
			 TEST(grease_everywhere_does_not_matter), TEST(two_thousand_unknown_extensions_do_not_either),
			 TEST(a_hello_of_more_than_16_kib_is_refused_at_once),
			 TEST(a_record_without_octets_or_with_too_many_is_refused),
			 TEST(of_an_encrypted_hello_the_outer_name_decides), TEST(a_service_may_deny_it),
			 TEST(its_forerunner_beside_a_name_is_treated_alike),
			 TEST(a_second_hello_may_not_hide_what_the_first_one_may_not));
}
