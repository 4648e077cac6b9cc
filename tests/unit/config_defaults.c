/* SPDX-License-Identifier: BSD-3-Clause */
/* The reference page promises, for what gateway.json leaves to the stack, the numbers that the stack then takes. */
#include <stdlib.h>
#include <string.h>

#include <tcpstack/stack.h>

#include <gateway_schema.h>

#include "support.h"

static const struct schema *find(const struct schema *fields, const char *key)
{
	while (fields->key != NULL && strcmp(fields->key, key) != 0)
		fields++;
	CU_ASSERT_PTR_NOT_NULL_FATAL(fields->key);
	return fields;
}

/* The number that a key's default begins with. */
static unsigned long promised(const char *section, const char *key)
{
	const struct schema *field = find(find(gateway_schema.fields, section)->fields, key);

	return strtoul(field->standard, NULL, 10);
}

static void the_limits_are_those_of_the_stack(void)
{
	struct stack_config config;

	stack_defaults(&config);
#define EXPECT(member) CU_ASSERT_EQUAL(promised("limits", #member), config.member)
	EXPECT(connections);
	EXPECT(half_open);
	EXPECT(time_wait);
	EXPECT(listeners);
	EXPECT(udp_sockets);
	EXPECT(udp_queue);
	EXPECT(routes);
	EXPECT(neighbours);
	EXPECT(neighbour_queue);
	EXPECT(path_mtus);
	EXPECT(reassemblies);
	EXPECT(fragments);
	EXPECT(icmp_per_second);
	EXPECT(output_queue);
#undef EXPECT
}

static void the_settings_of_tcp_are_those_of_the_stack(void)
{
	struct stack_config config;

	stack_defaults(&config);
#define EXPECT(member) CU_ASSERT_EQUAL(promised("tcp", #member), config.tcp.member)
	EXPECT(receive_buffer);
	EXPECT(send_buffer);
	EXPECT(initial_window);
	EXPECT(rto_min);
	EXPECT(rto_max);
	EXPECT(syn_retries);
	EXPECT(syn_ack_retries);
	EXPECT(retries);
	EXPECT(delayed_ack);
	EXPECT(keepalive_idle);
	EXPECT(keepalive_interval);
	EXPECT(keepalive_count);
	EXPECT(time_wait);
	EXPECT(orphan);
	EXPECT(port_first);
	EXPECT(port_last);
#undef EXPECT
	CU_ASSERT_EQUAL(promised("tcp", "window_scale"), config.tcp.options.window_scale);
	CU_ASSERT(config.tcp.options.timestamps && config.tcp.options.sack && config.tcp.options.window_scaling);
	CU_ASSERT_EQUAL(config.tcp.options.mss, 0);
}

int main(void)
{
	return TESTS_RUN("defaults", TEST(the_limits_are_those_of_the_stack),
			 TEST(the_settings_of_tcp_are_those_of_the_stack));
}
