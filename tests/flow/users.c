/* SPDX-License-Identifier: BSD-3-Clause */
/* A service that has users asks for credentials, and lets nobody else in. */
#include <stdio.h>
#include <string.h>

#include "scene.h"

#define LINE "CONNECT a.test:443 HTTP/1.1\r\n"
#define HOST "Host: a.test\r\n"
#define BASIC "Proxy-Authorization: Basic "
#define ALADDIN BASIC "QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"  /* Aladdin, open sesame: RFC 7617 section 2 */
#define STRANGER BASIC "c3RyYW5nZXI6b3BlbiBzZXNhbWU=\r\n" /* stranger, open sesame */

static const struct scene_policy policy = {.text = "filter web\nrow allow a.test\nservice s web\n", .users = true};

static void begin(enum family family)
{
	scene_begin(&policy, family);
	scene.right = true;
}

static void connect(enum family family)
{
	begin(family);
	scene_connect_explicit();
}

static void refused(const char *status, enum reason reason)
{
	char beginning[32];

	snprintf(beginning, sizeof(beginning), "HTTP/1.1 %s ", status);
	CU_ASSERT(client_got_text(beginning));
	CU_ASSERT(scene.client.ended);
	CU_ASSERT_EQUAL(scene.server.connections, 0);
	CU_ASSERT_EQUAL(scene.asked, 0);
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(reason), 1);
	scene_end();
}

static void who_brings_none_is_asked_for_them(void)
{
	static const char challenge[] = "\r\nProxy-Authenticate: Basic realm=\"sluice.test\"";

	connect(IPV4);
	client_says(LINE HOST "\r\n");
	CU_ASSERT_EQUAL(scene.verified, 0);
	CU_ASSERT_PTR_NOT_NULL(memmem(scene.client.received, scene.client.length, challenge, strlen(challenge)));
	refused("407", REASON_CREDENTIALS_MISSING);
	connect(IPV6);
	client_says(LINE HOST "Proxy-Authorization: \r\n\r\n");
	refused("407", REASON_CREDENTIALS_MISSING);
}

static void a_user_with_the_password_gets_in(void)
{
	connect(IPV4);
	scene.verify_after = 5000;
	client_says(LINE HOST ALADDIN "\r\n");
	CU_ASSERT_EQUAL(scene.verified, 1);
	CU_ASSERT_STRING_EQUAL(scene.password, "open sesame");
	CU_ASSERT_STRING_EQUAL(scene.hash, SCENE_HASH);
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
	CU_ASSERT_EQUAL(scene.server.connections, 1);
	scene_end();
	CU_ASSERT_EQUAL(scene.forgotten, 0);
}

static void the_verifier_may_answer_at_once(void)
{
	begin(IPV4);
	scene.verifies_at_once = true;
	scene_connect_explicit();
	client_says(LINE HOST ALADDIN "\r\n");
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
	CU_ASSERT_EQUAL(scene.server.connections, 1);
	scene_end();
	begin(IPV4);
	scene.verifies_at_once = true;
	scene.right = false;
	scene_connect_explicit();
	client_says(LINE HOST ALADDIN "\r\n");
	refused("407", REASON_CREDENTIALS_WRONG);
}

static void a_wrong_password_gets_407(void)
{
	connect(IPV4);
	scene.right = false;
	client_says(LINE HOST ALADDIN "\r\n");
	CU_ASSERT_EQUAL(scene.verified, 1);
	refused("407", REASON_CREDENTIALS_WRONG);
}

/* The verifier is asked nevertheless, so that time does not tell who is a user. */
static void so_does_who_is_no_user(void)
{
	connect(IPV6);
	scene.right = false;
	client_says(LINE HOST STRANGER "\r\n");
	CU_ASSERT_EQUAL(scene.verified, 1);
	CU_ASSERT_STRING_EQUAL(scene.hash, "");
	refused("407", REASON_CREDENTIALS_WRONG);
}

static void what_is_no_basic_credentials_gets_407(void)
{
	static const char *const values[] = {"Bearer abc", "Basic", "Basic QWxhZGRpbg==", "Basic %%%%"};
	char text[2048], value[1024];

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		connect(IPV4);
		snprintf(text, sizeof(text), LINE HOST "Proxy-Authorization: %s\r\n\r\n", values[i]);
		client_says(text);
		CU_ASSERT_EQUAL(scene.verified, 0);
		refused("407", REASON_CREDENTIALS_WRONG);
	}
	memset(value, 'A', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	connect(IPV4);
	snprintf(text, sizeof(text), LINE HOST BASIC "%s\r\n\r\n", value);
	client_says(text);
	refused("407", REASON_CREDENTIALS_WRONG);
}

/* Or answers would tell strangers what policy says. */
static void they_are_asked_for_before_the_policy(void)
{
	connect(IPV4);
	client_says("CONNECT b.test:22 HTTP/1.1\r\nHost: b.test\r\n\r\n");
	refused("407", REASON_CREDENTIALS_MISSING);
}

static void a_verifier_without_room_is_an_overload(void)
{
	connect(IPV4);
	scene.verifier_is_full = true;
	client_says(LINE HOST ALADDIN "\r\n");
	refused("503", REASON_OVERLOAD);
}

static void so_is_one_that_does_not_answer_in_time(void)
{
	connect(IPV4);
	scene.verify_after = 60000000;
	client_says(LINE HOST ALADDIN "\r\n");
	scene_wait(9500);
	CU_ASSERT(!scene.client.ended);
	scene_wait(1000);
	CU_ASSERT_EQUAL(scene.forgotten, 1);
	refused("503", REASON_OVERLOAD);
}

static void a_client_that_leaves_takes_its_question_back(void)
{
	connect(IPV4);
	scene.verify_after = 60000000;
	client_says(LINE HOST ALADDIN "\r\n");
	client_resets();
	CU_ASSERT_EQUAL(scene.forgotten, 1);
	CU_ASSERT_EQUAL(scene_ended(REASON_CLIENT_LEFT), 1);
	scene_end();
}

static void forwards(const char *request, size_t cut, const char *expected)
{
	begin(IPV4);
	scene_connect_forward();
	client_sends(request, strlen(request), cut);
	CU_ASSERT_STRING_EQUAL(scene.password, "open sesame");
	CU_ASSERT(server_got_forwarded(expected));
	scene_end();
}

static void the_next_proxy_does_not_see_them(void)
{
	static const size_t cuts[] = {0, 1, 13, 40};

	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		forwards(LINE HOST ALADDIN "User-Agent: x\r\n\r\nbehind", cuts[i], LINE HOST "User-Agent: x\r\n\r\n");
		forwards(LINE ALADDIN HOST "\r\n", cuts[i], LINE HOST "\r\n");
		forwards(LINE HOST ALADDIN "\r\n", cuts[i], LINE HOST "\r\n");
	}
}

static void they_stay_in_no_packet_of_the_gateway(void)
{
	connect(IPV4);
	scene.verify_after = 5000000;
	client_says(LINE HOST ALADDIN "X-Mark: of the request\r\n\r\n");
	CU_ASSERT(scene_gateway_has("X-Mark: of the request"));
	CU_ASSERT_FALSE(scene_gateway_has("QWxhZGRpbjpvcGVuIHNlc2FtZQ"));
	scene_wait(6000);
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
	scene_end();
}

/* A small segment is put together with the one before it, and its own packet is free. */
static void nor_if_they_come_in_a_segment_of_their_own(void)
{
	connect(IPV4);
	scene.verify_after = 5000000;
	client_says(LINE HOST);
	client_says(ALADDIN);
	client_says("X-Mark: of the request\r\n\r\n");
	CU_ASSERT(scene_gateway_has("X-Mark: of the request"));
	CU_ASSERT_FALSE(scene_gateway_has("QWxhZGRpbjpvcGVuIHNlc2FtZQ"));
	scene_wait(6000);
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
	scene_end();
}

/* Whether a packet of the gateway, in use or free, has a third of Aladdin's credentials. */
static bool gateway_has_credentials(void)
{
	return scene_gateway_has("QWxhZGRp") || scene_gateway_has("bjpvcGVu") || scene_gateway_has("IHNlc2Ft");
}

/* Segments that come faster than they are read are put together before anybody has read them. */
static void nor_if_they_come_in_many_at_once(void)
{
	static const char text[] = LINE HOST ALADDIN "X-Mark: of the request\r\n\r\n";

	for (size_t cut = 8; cut < sizeof(text); cut += 19) {
		connect(cut % 2 == 0 ? IPV4 : IPV6);
		scene.verify_after = 5000000;
		client_sends(text, sizeof(text) - 1, cut);
		CU_ASSERT_EQUAL(scene.verified, 1);
		CU_ASSERT_FALSE(gateway_has_credentials());
		scene_wait(6000);
		CU_ASSERT(client_got_text("HTTP/1.1 200 "));
		scene_end();
		connect(cut % 2 == 0 ? IPV6 : IPV4);
		client_sends_reversed(text, sizeof(text) - 1, cut);
		CU_ASSERT_FALSE(gateway_has_credentials());
		scene_end();
	}
}

/* What comes behind the line that earns it is not read, and may be credentials all the same. */
static void nor_if_the_request_is_refused(void)
{
	static const char *const requests[] = {
	    "GET http://a.test/ HTTP/1.1\r\n" HOST ALADDIN "\r\n",
	    LINE "Host: b.test\r\n" ALADDIN "\r\n",
	    LINE ALADDIN "Host: b.test\r\n\r\n",
	    LINE HOST ALADDIN ALADDIN "\r\n",
	    LINE HOST ALADDIN "Content-Length: 1\r\n\r\n",
	    "CONNECT a.test:443 HTTP/3.0\r\n" ALADDIN,
	};

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		for (size_t cut = 0; cut < 90; cut += 33) {
			connect(IPV4);
			client_sends(requests[i], strlen(requests[i]), cut);
			CU_ASSERT(scene.client.ended && scene.verified == 0);
			client_shuts();
			CU_ASSERT_FALSE(gateway_has_credentials());
			scene_end();
		}
		connect(IPV6);
		client_trickles(requests[i], strlen(requests[i]) - 12, 100);
		client_sends(requests[i] + strlen(requests[i]) - 12, 12, 0);
		CU_ASSERT_FALSE(gateway_has_credentials());
		scene_end();
	}
}

static void nor_if_it_never_ends(void)
{
	static const char text[] = LINE HOST ALADDIN;

	for (size_t length = sizeof(LINE HOST BASIC) + 8; length < sizeof(text); length += 9) {
		connect(IPV4);
		client_sends(text, length, 0);
		scene_wait(10100);
		CU_ASSERT(client_got_text("HTTP/1.1 408 "));
		CU_ASSERT_FALSE(gateway_has_credentials());
		scene_end();
		connect(IPV6);
		client_sends(text, length, 0);
		client_resets();
		CU_ASSERT_FALSE(gateway_has_credentials());
		scene_end();
	}
}

static void nor_if_nobody_wants_them(void)
{
	scene_begin(&(struct scene_policy){.text = policy.text}, IPV4);
	scene_connect_explicit();
	client_says(LINE HOST ALADDIN "\r\n");
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
	CU_ASSERT_FALSE(gateway_has_credentials());
	scene_end();
	scene_begin(&(struct scene_policy){.text = policy.text}, IPV4);
	scene_connect_explicit();
	client_says("CONNECT b.test:443 HTTP/1.1\r\nHost: b.test\r\n" ALADDIN "\r\n");
	CU_ASSERT_FALSE(gateway_has_credentials());
	refused("403", REASON_DENIED_ANY);
}

static void what_came_behind_the_head_stays_behind_it(void)
{
	static const char established[] = "HTTP/1.1 200 OK\r\n\r\n";
	static struct octets hello, both;

	scene_client_hello(&hello, "a.test");
	octets_add(&both, LINE ALADDIN HOST "\r\n", strlen(LINE ALADDIN HOST "\r\n"));
	octets_add(&both, hello.data, hello.length);
	begin(IPV6);
	scene_connect_forward();
	client_sends(both.data, both.length, 0);
	CU_ASSERT(server_got_forwarded(LINE HOST "\r\n"));
	server_sends(established, sizeof(established) - 1);
	CU_ASSERT(client_got(established, sizeof(established) - 1));
	CU_ASSERT(server_got(hello.data, hello.length));
	scene_end();
	connect(IPV4);
	client_sends(both.data, both.length, 0);
	CU_ASSERT(client_got_text("HTTP/1.1 200 "));
	CU_ASSERT(server_got(hello.data, hello.length));
	scene_end();
}

int main(void)
{
	scene_prepare();
	return TESTS_RUN(
	    "users", TEST(who_brings_none_is_asked_for_them), TEST(a_user_with_the_password_gets_in),
	    TEST(the_verifier_may_answer_at_once), TEST(a_wrong_password_gets_407), TEST(so_does_who_is_no_user),
	    TEST(what_is_no_basic_credentials_gets_407), TEST(they_are_asked_for_before_the_policy),
	    TEST(a_verifier_without_room_is_an_overload), TEST(so_is_one_that_does_not_answer_in_time),
	    TEST(a_client_that_leaves_takes_its_question_back), TEST(the_next_proxy_does_not_see_them),
	    TEST(they_stay_in_no_packet_of_the_gateway), TEST(nor_if_they_come_in_a_segment_of_their_own),
	    TEST(nor_if_they_come_in_many_at_once), TEST(nor_if_the_request_is_refused), TEST(nor_if_it_never_ends),
	    TEST(nor_if_nobody_wants_them), TEST(what_came_behind_the_head_stays_behind_it));
}
