/* SPDX-License-Identifier: BSD-3-Clause */
/* How an intercepted connection is refused: in TLS's own words, or as the service's `deny` says; never in HTTP. */
#include "scene.h"

static const char web[] = "filter web\nrow allow a.test\nservice s web\n";

static struct octets hello;

static void begin(const struct scene_policy *policy, enum family family)
{
	scene_begin(policy, family);
	scene_connect_transparent();
}

static void hello_for(const char *name)
{
	scene_client_hello(&hello, name);
	client_sends(hello.data, hello.length, 0);
}

/* The fatal alert (0: none), and FIN; no server was dialled. The record's version is that of the hello, or 3.1 while
 * nothing but its record is known. */
static void ended_by(uint8_t alert, enum reason reason)
{
	const uint8_t record[] = {21, 3, reason == REASON_HELLO_MALFORMED ? 1 : 3, 0, 2, 2, alert};

	CU_ASSERT(client_got(record, alert != 0 ? sizeof(record) : 0));
	CU_ASSERT(scene.client.ended);
	CU_ASSERT_EQUAL(scene.server.connections, 0);
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(reason), 1);
	scene_end();
}

static void ended_by_reset(enum reason reason)
{
	CU_ASSERT(client_got(NULL, 0));
	CU_ASSERT_EQUAL(scene.client.reason, TCP_END_RESET);
	CU_ASSERT_EQUAL(scene_ended(reason), 1);
	scene_end();
}

static void a_denied_name_gets_unrecognized_name(void)
{
	begin(&(struct scene_policy){.text = web}, IPV4);
	hello_for("b.test");
	ended_by(112, REASON_DENIED_ANY);
	begin(&(struct scene_policy){.text = "filter web\nrow deny *.b.test\nany allow\nservice s web\n"}, IPV6);
	hello_for("www.b.test");
	ended_by(112, REASON_DENIED_ROW);
}

static void or_a_reset_or_silence_if_the_service_says_so(void)
{
	begin(&(struct scene_policy){.text = web, .deny = POLICY_DENY_RESET}, IPV4);
	hello_for("b.test");
	ended_by_reset(REASON_DENIED_ANY);
	begin(&(struct scene_policy){.text = web, .deny = POLICY_DENY_DROP}, IPV4);
	hello_for("b.test");
	scene_wait(9000);
	CU_ASSERT(client_got(NULL, 0) && !scene.client.ended && !scene.client.closed);
	scene_wait(1100);
	ended_by_reset(REASON_DENIED_ANY);
	begin(&(struct scene_policy){.text = web, .deny = POLICY_DENY_DROP}, IPV6);
	hello_for("b.test");
	CU_ASSERT_FALSE(scene.client.ended);
	client_shuts();
	CU_ASSERT(client_got(NULL, 0) && scene.client.reason == TCP_END_FIN);
	CU_ASSERT_EQUAL(scene_ended(REASON_DENIED_ANY), 1);
	scene_end();
}

static void without_a_name_no_fqdn_decides(void)
{
	begin(&(struct scene_policy){.text = web}, IPV4);
	hello_for(NULL);
	ended_by(112, REASON_DENIED_NO_FQDN);
}

static void a_name_that_is_none_is_refused(void)
{
	begin(&(struct scene_policy){.text = "filter web\nany allow\nno_fqdn allow\nservice s web\n"}, IPV4);
	hello_for("a.test:443");
	ended_by(112, REASON_HELLO_NAME);
	begin(&(struct scene_policy){.text = "filter web\nany allow\nno_fqdn allow\nservice s web\n"}, IPV4);
	hello_for("192.0.2.1");
	ended_by(112, REASON_HELLO_NAME);
}

static void a_malformed_hello_gets_decode_error(void)
{
	static const uint8_t empty_record[] = {22, 3, 1, 0, 0};

	begin(&(struct scene_policy){.text = web}, IPV4);
	client_sends(empty_record, sizeof(empty_record), 0);
	ended_by(50, REASON_HELLO_MALFORMED);
}

static void what_is_no_tls_gets_fin_and_no_alert(void)
{
	begin(&(struct scene_policy){.text = web}, IPV4);
	client_says("GET / HTTP/1.1\r\n\r\n");
	ended_by(0, REASON_NOT_TLS);
}

static void a_slow_hello_is_not_waited_for(void)
{
	scene_client_hello(&hello, "a.test");
	begin(&(struct scene_policy){.text = web}, IPV6);
	for (unsigned i = 0; i < 9; i++) {
		client_sends(hello.data + i, 1, 0);
		scene_wait(1000);
	}
	CU_ASSERT(!scene.client.ended);
	scene_wait(1100);
	ended_by(0, REASON_HELLO_TIMEOUT);
}

static void a_client_of_no_network_is_reset(void)
{
	begin(&(struct scene_policy){.text = web, .no_clients = true}, IPV4);
	ended_by_reset(REASON_CLIENT_NOT_ALLOWED);
}

static void dns_that_does_not_help_gets_internal_error(void)
{
	static const enum flows_answer answers[] = {FLOWS_ANSWER_NONE, FLOWS_ANSWER_FAILED, FLOWS_ANSWER_TIMEOUT};
	static const enum reason reasons[] = {REASON_NAME_NOT_FOUND, REASON_DNS_FAILED, REASON_DNS_TIMEOUT};

	for (unsigned i = 0; i < RTE_DIM(answers); i++) {
		begin(&(struct scene_policy){.text = web}, IPV4);
		scene.answer = answers[i];
		hello_for("a.test");
		ended_by(80, reasons[i]);
	}
}

static void a_forbidden_address_gets_unrecognized_name(void)
{
	begin(&(struct scene_policy){.text = web, .no_private_networks = true}, IPV4);
	hello_for("a.test");
	ended_by(112, REASON_ADDRESS_FORBIDDEN);
}

static void an_address_that_dns_does_not_give_is_refused_if_it_is_to_be_verified(void)
{
	begin(&(struct scene_policy){.text = web, .server_address = POLICY_SERVER_VERIFY}, IPV4);
	hello_for("a.test");
	ended_by(112, REASON_ADDRESS_UNVERIFIED);
}

static void a_server_that_refuses_is_told_by_a_reset(void)
{
	scene_begin(&(struct scene_policy){.text = web}, IPV4);
	scene.no_server = true;
	scene_connect_transparent();
	hello_for("a.test");
	ended_by_reset(REASON_SERVER_REFUSED);
}

static void a_server_that_accepts_and_is_mute_is_told_by_a_reset(void)
{
	begin(&(struct scene_policy){.text = web}, IPV4);
	hello_for("a.test");
	CU_ASSERT(server_got(hello.data, hello.length));
	scene_wait(10100);
	CU_ASSERT_EQUAL(scene.server.reason, TCP_END_RESET);
	ended_by_reset(REASON_SERVER_HELLO_TIMEOUT);
}

static void a_client_that_leaves_takes_all_with_it(void)
{
	begin(&(struct scene_policy){.text = web}, IPV4);
	client_sends("\x16\x03", 2, 0);
	client_resets();
	CU_ASSERT_EQUAL(scene_ended(REASON_CLIENT_LEFT), 1);
	scene_end();
	begin(&(struct scene_policy){.text = web}, IPV4);
	scene.answer_after = 1000000;
	hello_for("a.test");
	client_resets();
	scene_wait(2000);
	CU_ASSERT_EQUAL(scene.server.connections, 0);
	CU_ASSERT_EQUAL(scene_ended(REASON_CLIENT_LEFT), 1);
	scene_end();
}

int main(void)
{
	scene_prepare();
	return TESTS_RUN("transparent flows that are refused", TEST(a_denied_name_gets_unrecognized_name),
			 TEST(or_a_reset_or_silence_if_the_service_says_so), TEST(without_a_name_no_fqdn_decides),
			 TEST(a_name_that_is_none_is_refused), TEST(a_malformed_hello_gets_decode_error),
			 TEST(what_is_no_tls_gets_fin_and_no_alert), TEST(a_slow_hello_is_not_waited_for),
			 TEST(a_client_of_no_network_is_reset), TEST(dns_that_does_not_help_gets_internal_error),
			 TEST(a_forbidden_address_gets_unrecognized_name),
			 TEST(an_address_that_dns_does_not_give_is_refused_if_it_is_to_be_verified),
			 TEST(a_server_that_refuses_is_told_by_a_reset),
			 TEST(a_server_that_accepts_and_is_mute_is_told_by_a_reset),
			 TEST(a_client_that_leaves_takes_all_with_it));
}
