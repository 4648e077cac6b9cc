/* SPDX-License-Identifier: BSD-3-Clause */
/* Ways to the server that lead nowhere: an answer of HTTP to a CONNECT, TLS's own words or RST on an intercepted port.
 */
#include "scene.h"

static const struct scene_policy web = {.text = "filter web\nrow allow a.test\nservice s web\n"};
static const char request[] = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n";

static struct octets hello;

/* How the world is, beside what is usual. */
struct obstacle {
	enum flows_answer answer;
	const char *addresses[FAMILIES]; /* what DNS gives; NULL: host 0's */
	bool no_server, no_resolver;
	uint64_t patience; /* milliseconds until it shows */
};

static void begin(const struct obstacle *obstacle, enum family family)
{
	scene_begin(&web, family);
	scene.answer = obstacle->answer;
	scene.no_server = obstacle->no_server;
	scene.no_resolver = obstacle->no_resolver;
	if (obstacle->addresses[family] != NULL)
		scene.addresses[scene.address_count++] = scene_address(obstacle->addresses[family]);
}

static void ended(enum reason reason, enum tcp_end end)
{
	CU_ASSERT_EQUAL(scene.server.connections, 0);
	if (end == TCP_END_FIN) {
		CU_ASSERT(scene.client.ended);
		client_shuts();
	}
	CU_ASSERT_EQUAL(scene.client.reason, end);
	CU_ASSERT_EQUAL(scene_ended(reason), 1);
	scene_end();
}

/* `alert` 0: RST. */
static void fails(const struct obstacle *obstacle, const char *beginning, uint8_t alert, enum reason reason)
{
	const uint8_t record[] = {21, 3, 3, 0, 2, 2, alert};

	for (enum family family = IPV4; family < FAMILIES; family++) {
		begin(obstacle, family);
		scene_connect_explicit();
		client_says(request);
		scene_wait(obstacle->patience);
		CU_ASSERT(client_got_text(beginning));
		ended(reason, TCP_END_FIN);
		begin(obstacle, family);
		scene_connect_transparent();
		client_sends(hello.data, hello.length, 0);
		scene_wait(obstacle->patience);
		CU_ASSERT(client_got(record, alert != 0 ? sizeof(record) : 0));
		ended(reason, alert != 0 ? TCP_END_FIN : TCP_END_RESET);
	}
}

static void a_name_that_does_not_resolve(void)
{
	fails(&(struct obstacle){.answer = FLOWS_ANSWER_NONE}, "HTTP/1.1 502 ", 80, REASON_NAME_NOT_FOUND);
	fails(&(struct obstacle){.answer = FLOWS_ANSWER_FAILED}, "HTTP/1.1 502 ", 80, REASON_DNS_FAILED);
	fails(&(struct obstacle){.answer = FLOWS_ANSWER_TIMEOUT}, "HTTP/1.1 504 ", 80, REASON_DNS_TIMEOUT);
}

static void nobody_to_ask_for_names(void)
{
	fails(&(struct obstacle){.no_resolver = true}, "HTTP/1.1 502 ", 80, REASON_NO_DNS);
}

static void a_server_that_refuses(void)
{
	fails(&(struct obstacle){.no_server = true}, "HTTP/1.1 502 ", 0, REASON_SERVER_REFUSED);
}

static void a_server_that_nobody_finds_on_its_link(void)
{
	fails(&(struct obstacle){.addresses = {"192.0.2.77", "2001:db8::77"}, .patience = 4500}, "HTTP/1.1 502 ", 0,
	      REASON_SERVER_UNREACHABLE);
}

static void a_server_to_which_there_is_no_route(void)
{
	fails(&(struct obstacle){.addresses = {"198.51.100.200", "2001:db8:2:1::1"}}, "HTTP/1.1 502 ", 0,
	      REASON_SERVER_UNREACHABLE);
}

int main(void)
{
	scene_prepare();
	scene_client_hello(&hello, "a.test");
	return TESTS_RUN("failures on the way", TEST(a_name_that_does_not_resolve), TEST(nobody_to_ask_for_names),
			 TEST(a_server_that_refuses), TEST(a_server_that_nobody_finds_on_its_link),
			 TEST(a_server_to_which_there_is_no_route));
}
