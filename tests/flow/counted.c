/* SPDX-License-Identifier: BSD-3-Clause */
/* What the proxy counts has a name each, and the value of what it is called. */
#include <flow/counters.h>

#include "scene.h"

static const struct scene_policy policy = {.text = "filter web\nrow deny b.test\nrow allow a.test\nservice s web\n"};

static struct octets hello, server_hello;
static struct services *services;

/* The value of a counter, by its names. */
static uint64_t value(const char *group, const char *name)
{
	const struct counters_source source = {.flows = scene.flows, .services = services};
	uint64_t values[APPLICATION_COUNTERS];
	struct application_counter counter;

	counters_read(&source, values);
	for (unsigned i = 0; counters_describe(i, &counter); i++)
		if (strcmp(counter.group, group) == 0 && strcmp(counter.name, name) == 0)
			return values[i];
	CU_FAIL_FATAL("no such counter");
	return 0;
}

static void each_has_a_name_of_its_own_beside_its_group(void)
{
	struct application_counter counters[APPLICATION_COUNTERS];
	unsigned count = 0;

	while (count < APPLICATION_COUNTERS && counters_describe(count, &counters[count]))
		count++;
	CU_ASSERT_FALSE(counters_describe(count, &counters[0]));
	for (unsigned i = 0; i < count; i++) {
		for (unsigned k = i + 1; k < count; k++) {
			bool same = strcmp(counters[i].group, counters[k].group) == 0;

			CU_ASSERT_FALSE(same && strcmp(counters[i].name, counters[k].name) == 0);
			/* A group is in one piece. */
			CU_ASSERT_FALSE(same && strcmp(counters[k - 1].group, counters[k].group) != 0);
		}
	}
}

static void flows_are_counted_from_their_beginning_to_their_end(void)
{
	scene_begin(&policy, IPV4);
	scene_connect_explicit();
	CU_ASSERT_TRUE(value("flows", "open") == 1 && value("flows", "opening") == 1 && value("flows", "opened") == 1);
	client_says("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n");
	client_sends(hello.data, hello.length, 0);
	server_sends(server_hello.data, server_hello.length);
	CU_ASSERT_TRUE(value("flows", "open") == 1 && value("flows", "opening") == 0 && value("flows", "spliced") == 1);
	client_resets();
	scene_wait(100);
	CU_ASSERT_TRUE(value("flows", "open") == 0 && value("flows", "ended") == 1);
	CU_ASSERT_EQUAL(value("ends", "reset-by-client"), 1);
	CU_ASSERT_EQUAL(value("ends", "denied-row"), 0);
	scene_end();
}

static void an_end_is_counted_by_its_reason(void)
{
	scene_begin(&policy, IPV6);
	scene_connect_explicit();
	client_says("CONNECT b.test:443 HTTP/1.1\r\nHost: b.test\r\n\r\n");
	client_shuts();
	CU_ASSERT_EQUAL(value("ends", "denied-row"), 1);
	CU_ASSERT_EQUAL(value("flows", "spliced"), 0);
	scene_end();
}

static void what_is_not_there_counts_nothing(void)
{
	scene_begin(&policy, IPV4);
	scene_connect_explicit();
	CU_ASSERT_EQUAL(value("credentials", "asked"), 0);
	CU_ASSERT_EQUAL(value("dns", "queries"), 0);
	CU_ASSERT_EQUAL(value("dns_cache", "hits"), 0);
	CU_ASSERT_EQUAL(value("listeners", "open"), 0);
	CU_ASSERT_EQUAL(value("listeners", "refused"), 0);
	client_shuts();
	scene_end();
}

int main(void)
{
	static const struct gateway gateway;
	static struct host host; /* for the services alone */
	struct stack_config config;

	scene_prepare();
	scene_client_hello(&hello, "a.test");
	scene_server_hello(&server_hello, false);
	stack_defaults(&config);
	if (host_start(&host, 1, &config, 1500, INTERFACE_TX_CHAINS, support_pool("services", 255), 1, 1000000) != NULL)
		return 1;
	services = services_create(host.stack, &gateway, 4, &config.tcp.options);
	if (services == NULL)
		return 1;
	return TESTS_RUN("counters of the proxy", TEST(each_has_a_name_of_its_own_beside_its_group),
			 TEST(flows_are_counted_from_their_beginning_to_their_end),
			 TEST(an_end_is_counted_by_its_reason), TEST(what_is_not_there_counts_nothing));
}
