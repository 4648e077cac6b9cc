/* SPDX-License-Identifier: BSD-3-Clause */
/* What a ClientHello may say in the place of a name: only what every reader takes for the same host goes on. */
#include <string.h>

#include "scene.h"

static const char all[] = "filter web\nany allow\nno_fqdn allow\nservice s web\n";

static struct octets message, hello;

static void hello_of_message(void)
{
	hello_extension(&message, 43, "020304");
	hello_end(&message);
	hello.length = 0;
	stream_records(&hello, &message, HELLO_MESSAGE_MAX);
}

static void hello_with_name(const void *name, size_t length)
{
	client_hello_begin(&message, &(struct hello_text){0});
	hello_name(&message, name, length);
	hello_of_message();
}

static void hello_with_extension(const char *hex)
{
	client_hello_begin(&message, &(struct hello_text){0});
	hello_extension(&message, 0, hex);
	hello_of_message();
}

static void ended_by(uint8_t alert, enum reason reason)
{
	/* What is malformed is answered in the version of its record. */
	const uint8_t record[] = {21, 3, reason == REASON_HELLO_MALFORMED ? 1 : 3, 0, 2, 2, alert};

	CU_ASSERT(client_got(record, sizeof(record)));
	CU_ASSERT(scene.client.ended);
	CU_ASSERT(server_got(NULL, 0));
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(reason), 1);
	scene_end();
}

/* On an intercepted port, and behind a CONNECT for another name. */
static void hello_is_refused(uint8_t alert, enum reason reason)
{
	static const struct scene_policy policy = {.text = all};

	scene_begin(&policy, IPV4);
	scene_connect_transparent();
	client_sends(hello.data, hello.length, 0);
	CU_ASSERT_EQUAL(scene.asked, 0);
	ended_by(alert, reason);
	scene_begin(&policy, IPV6);
	scene_connect_explicit();
	client_says("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n");
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
	client_sends(hello.data, hello.length, 0);
	ended_by(alert, reason);
}

static void name_is_refused(const void *name, size_t length)
{
	hello_with_name(name, length);
	hello_is_refused(112, REASON_HELLO_NAME);
}

static void name_is_taken_for(const char *name, const char *as)
{
	static const struct scene_policy policy = {.text = "filter web\nrow allow a.test *.a.test\nservice s web\n"};

	hello_with_name(name, strlen(name));
	for (enum family family = IPV4; family < FAMILIES; family++) {
		scene_begin(&policy, family);
		scene_connect_transparent();
		client_sends(hello.data, hello.length, 0);
		CU_ASSERT_STRING_EQUAL(scene.asked_name, as);
		CU_ASSERT(server_got(hello.data, hello.length));
		scene_end();
	}
}

static void capital_letters_and_a_last_dot_mean_nothing(void)
{
	name_is_taken_for("A.Test", "a.test");
	name_is_taken_for("a.test.", "a.test");
	name_is_taken_for("WWW.A.TEST.", "www.a.test");
	name_is_taken_for("xn--bcher-kva.a.test", "xn--bcher-kva.a.test");
}

static void other_octets_are_in_no_name(void)
{
	static const char *const names[] = {
	    ".",
	    "..",
	    ".a.test",
	    "a..test",
	    "a.test..",
	    "*",
	    "*.a.test",
	    "a.test:443",
	    " a.test",
	    "a.test\n",
	    "a.test/",
	    "user@a.test",
	    "b\303\274cher.test",
	    "\xff\xfe.test",
	    "\xed\xa0\x80.test",
	    "a%00.test",
	};

	for (size_t i = 0; i < RTE_DIM(names); i++)
		name_is_refused(names[i], strlen(names[i]));
	name_is_refused("a.test\0.b.test", 14);
	name_is_refused("a.test\0", 7);
	name_is_refused("\0", 1);
}

static void addresses_are_no_names(void)
{
	static const char *const names[] = {
	    "192.0.2.1",  "192.0.2.1.",	 "127.1",	  "0x7f000001",
	    "2130706433", "2001:db8::1", "[2001:db8::1]", "::ffff:192.0.2.1",
	};

	for (size_t i = 0; i < RTE_DIM(names); i++)
		name_is_refused(names[i], strlen(names[i]));
}

static void names_have_253_octets_at_most_and_labels_63(void)
{
	char name[300];

	memset(name, 'a', sizeof(name));
	for (size_t i = 50; i < sizeof(name); i += 50)
		name[i] = '.';
	hello_with_name(name, 253);
	scene_begin(&(struct scene_policy){.text = all}, IPV4);
	scene_connect_transparent();
	client_sends(hello.data, hello.length, 0);
	CU_ASSERT_EQUAL(strlen(scene.asked_name), 253);
	CU_ASSERT(server_got(hello.data, hello.length));
	scene_end();
	name_is_refused(name, 254);
	name_is_refused(name, 255);
	name_is_refused(name, 300);
	memset(name, 'a', 64);
	name_is_refused(name, 64);
}

static void there_is_one_name_and_it_is_of_a_host(void)
{
	static const char *const contents[] = {
	    "",						      /* nothing */
	    "0000",					      /* no names */
	    "0003 00 0000",				      /* one without octets */
	    "0012 00 0006 612e74657374 00 0006 622e74657374", /* a.test and b.test */
	    "0012 00 0006 612e74657374 00 0006 612e74657374", /* a.test twice */
	    "0009 01 0006 612e74657374",		      /* of another type */
	    "0012 01 0006 622e74657374 00 0006 612e74657374", /* of another type, and a.test */
	};

	for (size_t i = 0; i < RTE_DIM(contents); i++) {
		hello_with_extension(contents[i]);
		hello_is_refused(112, REASON_HELLO_NAME);
	}
}

static void two_extensions_make_the_hello_malformed(void)
{
	client_hello_begin(&message, &(struct hello_text){0});
	hello_name(&message, "a.test", 6);
	hello_name(&message, "b.test", 6);
	hello_of_message();
	hello_is_refused(50, REASON_HELLO_MALFORMED);
}

static void lengths_that_do_not_agree_make_it_so_too(void)
{
	static const char *const contents[] = {"00", "0001 00", "0009 00 0007 612e74657374",
					       "000a 00 0006 612e74657374", "0008 00 0006 612e74657374"};

	for (size_t i = 0; i < RTE_DIM(contents); i++) {
		hello_with_extension(contents[i]);
		hello_is_refused(50, REASON_HELLO_MALFORMED);
	}
}

static void without_a_name_no_fqdn_decides(void)
{
	scene_client_hello(&hello, NULL);
	for (enum family family = IPV4; family < FAMILIES; family++) {
		scene_begin(&(struct scene_policy){.text = "filter web\nany allow\nservice s web\n"}, family);
		scene_connect_transparent();
		client_sends(hello.data, hello.length, 0);
		ended_by(112, REASON_DENIED_NO_FQDN);
	}
}

/* Nobody answers there, and nobody else is asked. */
static void dialled_where_the_client_did(const struct scene_policy *policy, enum family family)
{
	scene_begin(policy, family);
	scene.addresses[scene.address_count++] = scene_address(family == IPV4 ? "192.0.2.1" : "2001:db8::1");
	scene.addresses[scene.address_count++] =
	    scene_address(family == IPV4 ? SCENE_ORIGINAL_IPV4 : SCENE_ORIGINAL_IPV6);
	scene_connect_transparent();
	client_sends(hello.data, hello.length, 0);
	scene_wait(5100);
	CU_ASSERT_EQUAL(scene.asked, policy->server_address == POLICY_SERVER_VERIFY);
	CU_ASSERT_EQUAL(scene.server.connections, 0);
	CU_ASSERT_EQUAL(scene.client.reason, TCP_END_RESET);
	CU_ASSERT_EQUAL(scene_ended(REASON_CONNECT_TIMEOUT), 1);
	scene_end();
}

static void and_the_address_is_the_one_that_was_dialled(void)
{
	static const struct scene_policy policy = {.text = "filter web\nno_fqdn allow\nservice s web\n",
						   .original = true};

	scene_client_hello(&hello, NULL);
	dialled_where_the_client_did(&policy, IPV4);
	dialled_where_the_client_did(&policy, IPV6);
}

static void so_it_is_with_a_name_if_the_service_wants_it(void)
{
	struct scene_policy policy = {.text = all, .original = true, .server_address = POLICY_SERVER_ORIGINAL};

	scene_client_hello(&hello, "a.test");
	for (enum family family = IPV4; family < FAMILIES; family++) {
		policy.server_address = POLICY_SERVER_ORIGINAL;
		dialled_where_the_client_did(&policy, family);
		policy.server_address = POLICY_SERVER_VERIFY;
		dialled_where_the_client_did(&policy, family);
	}
}

/* The client's family and the other one answer, in either order. */
static void verifies(enum family family, enum flows_answer answer, enum flows_answer others, uint8_t description,
		     enum reason reason)
{
	for (unsigned first = 0; first < FAMILIES; first++) {
		scene_begin(&(struct scene_policy){.text = all, .server_address = POLICY_SERVER_VERIFY}, family);
		scene.answer_after = SCENE_NEVER;
		scene_connect_transparent();
		client_sends(hello.data, hello.length, 0);
		for (unsigned i = 0; i < FAMILIES; i++) {
			bool own = i == first;
			struct ip_address address = scene_server(own ? family : family == IPV4 ? IPV6 : IPV4);
			enum flows_answer said = own ? answer : others;

			scene_resolves(said, &address, said == FLOWS_ANSWER_ADDRESSES, i == 0);
		}
		ended_by(description, reason);
	}
}

static void what_was_dialled_is_wrong_only_if_dns_has_said_so(void)
{
	scene_client_hello(&hello, "a.test");
	for (enum family family = IPV4; family < FAMILIES; family++) {
		verifies(family, FLOWS_ANSWER_TIMEOUT, FLOWS_ANSWER_ADDRESSES, 80, REASON_DNS_TIMEOUT);
		verifies(family, FLOWS_ANSWER_FAILED, FLOWS_ANSWER_ADDRESSES, 80, REASON_DNS_FAILED);
		verifies(family, FLOWS_ANSWER_NONE, FLOWS_ANSWER_ADDRESSES, 112, REASON_ADDRESS_UNVERIFIED);
		verifies(family, FLOWS_ANSWER_ADDRESSES, FLOWS_ANSWER_ADDRESSES, 112, REASON_ADDRESS_UNVERIFIED);
		verifies(family, FLOWS_ANSWER_ADDRESSES, FLOWS_ANSWER_TIMEOUT, 112, REASON_ADDRESS_UNVERIFIED);
		verifies(family, FLOWS_ANSWER_ADDRESSES, FLOWS_ANSWER_FAILED, 112, REASON_ADDRESS_UNVERIFIED);
	}
}

int main(void)
{
	scene_prepare();
	return TESTS_RUN("server names", TEST(capital_letters_and_a_last_dot_mean_nothing),
			 TEST(other_octets_are_in_no_name), TEST(addresses_are_no_names),
			 TEST(names_have_253_octets_at_most_and_labels_63), TEST(there_is_one_name_and_it_is_of_a_host),
			 TEST(two_extensions_make_the_hello_malformed), TEST(lengths_that_do_not_agree_make_it_so_too),
			 TEST(without_a_name_no_fqdn_decides), TEST(and_the_address_is_the_one_that_was_dialled),
			 TEST(so_it_is_with_a_name_if_the_service_wants_it),
			 TEST(what_was_dialled_is_wrong_only_if_dns_has_said_so));
}
