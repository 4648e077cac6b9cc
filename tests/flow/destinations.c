/* SPDX-License-Identifier: BSD-3-Clause */
/* Where a flow went, or would have gone, is told in the log also of one that did not come there. */
#include "scene.h"

#define MUTE "198.51.100.1"	/* nobody answers there */
#define NO_WAY "198.51.100.129" /* nobody knows a way there */

static const char web[] = "filter web\nrow allow a.test\nany deny log\nservice s web\n";
static const char request[] = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n";

static struct octets hello;

/* The last line, once the client knows that it is over; and ends the scene. */
static struct flow_record told(enum reason reason)
{
	struct flow_record records[4] = {0};
	unsigned count;

	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(reason), 1);
	count = scene_told(records, 4);
	CU_ASSERT_FATAL(count > 0 && count <= 4);
	scene_end();
	return records[count - 1];
}

static bool is(const struct ip_address *address, const char *text)
{
	const struct ip_address wanted = scene_address(text);

	return address_equal(address, &wanted);
}

/* Logs what the policy allows as well. */
static void begin(enum family family)
{
	scene_begin(&(struct scene_policy){.text = "filter web\nrow allow log a.test\nservice s web\n"}, family);
}

static void the_port_of_a_connect_that_is_denied(void)
{
	struct flow_record record;

	scene_begin(&(struct scene_policy){.text = web}, IPV4);
	scene_connect_explicit();
	client_says("CONNECT b.test:443 HTTP/1.1\r\nHost: b.test\r\n\r\n");
	record = told(REASON_DENIED_ANY);
	CU_ASSERT_EQUAL(record.server_port, 443);
	CU_ASSERT(address_is_unspecified(&record.server));
	scene_begin(&(struct scene_policy){.text = web}, IPV4);
	scene_connect_explicit();
	client_says("CONNECT a.test:8443 HTTP/1.1\r\nHost: a.test:8443\r\n\r\n");
	CU_ASSERT_EQUAL(told(REASON_PORT_NOT_ALLOWED).server_port, 8443);
}

static void what_the_client_of_a_transparent_service_dialled(void)
{
	struct flow_record record;

	for (unsigned family = 0; family < FAMILIES; family++) {
		scene_client_hello(&hello, "b.test");
		scene_begin(&(struct scene_policy){.text = web}, (enum family)family);
		scene_connect_transparent();
		client_sends(hello.data, hello.length, 0);
		record = told(REASON_DENIED_ANY);
		CU_ASSERT_EQUAL(record.server_port, SCENE_SERVER_PORT);
		CU_ASSERT(is(&record.original, family == IPV4 ? SCENE_ORIGINAL_IPV4 : SCENE_ORIGINAL_IPV6));
		CU_ASSERT(address_is_unspecified(&record.server));
	}
}

static void a_server_that_refuses(void)
{
	struct flow_record record;
	struct ip_address server;

	for (unsigned family = 0; family < FAMILIES; family++) {
		begin((enum family)family);
		scene.no_server = true;
		scene_connect_explicit();
		client_says(request);
		server = scene_server((enum family)family);
		record = told(REASON_SERVER_REFUSED);
		CU_ASSERT(address_equal(&record.server, &server));
		CU_ASSERT_EQUAL(record.server_port, 443);
	}
}

static void of_several_that_do_not_answer_the_last_one(void)
{
	struct flow_record record;

	begin(IPV4);
	scene.addresses[0] = scene_address("198.51.100.2");
	scene.addresses[1] = scene_address(MUTE);
	scene.address_count = 2;
	scene_connect_explicit();
	client_says(request);
	scene_wait(5100);
	record = told(REASON_CONNECT_TIMEOUT);
	CU_ASSERT(is(&record.server, MUTE));
	CU_ASSERT_EQUAL(record.server_port, 443);
}

static void one_that_there_is_no_way_to(void)
{
	struct flow_record record;

	begin(IPV4);
	scene.addresses[0] = scene_address(NO_WAY);
	scene.address_count = 1;
	scene_connect_explicit();
	client_says(request);
	record = told(REASON_SERVER_UNREACHABLE);
	CU_ASSERT(is(&record.server, NO_WAY));
}

static void an_address_that_may_not_be_dialled(void)
{
	struct flow_record record;
	struct ip_address server;

	for (unsigned family = 0; family < FAMILIES; family++) {
		scene_begin(&(struct scene_policy){.text = "filter web\nrow allow log a.test\nservice s web\n",
						   .no_private_networks = true},
			    (enum family)family);
		scene_connect_explicit();
		client_says(request);
		server = scene_server((enum family)family);
		record = told(REASON_ADDRESS_FORBIDDEN);
		CU_ASSERT(address_equal(&record.server, &server));
		CU_ASSERT_EQUAL(record.server_port, 443);
	}
}

static void the_next_proxy_where_there_is_one(void)
{
	struct flow_record record;

	scene_begin(&(struct scene_policy){.text = "filter web\nrow allow log a.test\nservice s web\n",
					   .next_hop = MUTE,
					   .next_hop_port = 8080},
		    IPV4);
	scene_connect_forward();
	client_says(request);
	scene_wait(5100);
	record = told(REASON_CONNECT_TIMEOUT);
	CU_ASSERT(is(&record.server, MUTE));
	CU_ASSERT_EQUAL(record.server_port, 8080);
}

static void what_is_dialled_while_the_client_leaves(void)
{
	struct flow_record records[4];

	begin(IPV4);
	scene.addresses[0] = scene_address(MUTE);
	scene.address_count = 1;
	scene_connect_explicit();
	client_says(request);
	client_resets();
	CU_ASSERT_EQUAL_FATAL(scene_told(records, 4), 2);
	CU_ASSERT(is(&records[1].server, MUTE));
	scene_end();
}

int main(void)
{
	scene_prepare();
	return TESTS_RUN("destinations", TEST(the_port_of_a_connect_that_is_denied),
			 TEST(what_the_client_of_a_transparent_service_dialled), TEST(a_server_that_refuses),
			 TEST(of_several_that_do_not_answer_the_last_one), TEST(one_that_there_is_no_way_to),
			 TEST(an_address_that_may_not_be_dialled), TEST(the_next_proxy_where_there_is_one),
			 TEST(what_is_dialled_while_the_client_leaves));
}
