/* SPDX-License-Identifier: BSD-3-Clause */
/* A client has no more connections with a service than its policy says. */
#include "scene.h"

#define BOUND 2

static const struct scene_policy policy = {.text = "filter web\nrow allow a.test\nservice s web\n",
					   .connections_per_client = BOUND};
static const char request[] = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n";

/* The client has that many connections elsewhere: on other workers, say. */
static void begin(enum family family, unsigned others)
{
	struct ip_address client;
	struct fault fault;
	uint64_t ticket;

	scene_begin(&policy, family);
	scene.clients = client_counts_create(16, &fault);
	CU_ASSERT_PTR_NOT_NULL_FATAL(scene.clients);
	client = scene_client();
	for (unsigned i = 0; i < others; i++)
		CU_ASSERT_EQUAL(client_counts_enter(scene.clients, &client, "s", BOUND, &ticket), CLIENT_ENTERED);
}

static void end(unsigned others)
{
	struct client_counts *clients = scene.clients;

	scene_end();
	CU_ASSERT_EQUAL(client_counts_sum(clients), others);
	client_counts_destroy(clients);
}

static void the_last_that_it_may_have_is_served_and_counted(void)
{
	for (unsigned family = 0; family < FAMILIES; family++) {
		begin((enum family)family, BOUND - 1);
		scene_connect_explicit();
		client_says(request);
		CU_ASSERT(client_got_text("HTTP/1.1 200 "));
		CU_ASSERT_EQUAL(client_counts_sum(scene.clients), BOUND);
		end(BOUND - 1);
	}
}

static void one_more_is_refused_with_503(void)
{
	for (unsigned family = 0; family < FAMILIES; family++) {
		begin((enum family)family, BOUND);
		scene_connect_explicit();
		CU_ASSERT(client_got_text("HTTP/1.1 503 "));
		client_shuts();
		CU_ASSERT_EQUAL(scene_ended(REASON_CLIENT_CONNECTIONS), 1);
		end(BOUND);
	}
}

static void one_more_that_is_intercepted_is_reset(void)
{
	begin(IPV4, BOUND);
	scene_connect_transparent();
	CU_ASSERT_EQUAL(scene.client.reason, TCP_END_RESET);
	CU_ASSERT_EQUAL(scene_ended(REASON_CLIENT_CONNECTIONS), 1);
	end(BOUND);
}

int main(void)
{
	scene_prepare();
	return TESTS_RUN("connections of a client", TEST(the_last_that_it_may_have_is_served_and_counted),
			 TEST(one_more_is_refused_with_503), TEST(one_more_that_is_intercepted_is_reset));
}
