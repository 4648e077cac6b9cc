/* SPDX-License-Identifier: BSD-3-Clause */
/* ICMP answers are limited: errors and echoes apart, each to its rate. */
#include "packets.h"

static void open_slow(struct world *world)
{
	world_prepare(world);
	world->config.icmp_per_second = 10;
	world_open(world);
	world_resolve(world);
}

static unsigned answers_to_pings(struct world *world, unsigned pings)
{
	static const struct written written = {.source = PEER, .destination = OWN};
	unsigned answers = 0;
	struct frame frame;

	for (unsigned i = 0; i < pings; i++) {
		write_icmp(&frame, &written, ICMPV4_ECHO_REQUEST, 0, 0, NULL, 0);
		world_input(world, 0, &frame);
		answers += world_output(world, 0, &frame);
	}
	return answers;
}

static unsigned answers_to_closed_port(struct world *world, unsigned datagrams)
{
	static const struct written written = {.source = PEER, .destination = OWN};
	unsigned answers = 0;
	struct frame frame;

	for (unsigned i = 0; i < datagrams; i++) {
		write_udp(&frame, &written, 1, 2, NULL, 0);
		world_input(world, 0, &frame);
		answers += world_output(world, 0, &frame);
	}
	return answers;
}

static void echoes_are_limited(void)
{
	struct world world;

	open_slow(&world);
	CU_ASSERT_EQUAL(answers_to_pings(&world, 25), 10);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_ICMP_RATE), 15);
	world_pass(&world, SECOND / 2);
	CU_ASSERT_EQUAL(answers_to_pings(&world, 25), 5);
	world_pass(&world, SECOND / 10 - 1);
	CU_ASSERT_EQUAL(answers_to_pings(&world, 25), 0);
	world_pass(&world, 1);
	CU_ASSERT_EQUAL(answers_to_pings(&world, 25), 1);
	world_close(&world);
}

static void errors_are_limited_apart_from_echoes(void)
{
	struct world world;
	unsigned errors;

	open_slow(&world);
	errors = answers_to_closed_port(&world, 25);
	CU_ASSERT_TRUE(errors <= 10);
	CU_ASSERT_EQUAL(answers_to_pings(&world, 25), 10);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_UDP_NO_SOCKET), 25);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_ICMP_RATE), 25 - errors + 15);
	world_close(&world);
}

/* Whoever could count on the limit would learn, by the errors that are left for him, how many of the datagrams that he
 * sent in others' names met a closed port (CVE-2020-25705). */
static void the_limit_of_errors_cannot_be_counted_on(void)
{
	unsigned least = UINT32_MAX, most = 0;
	struct world world;

	open_slow(&world);
	for (unsigned i = 0; i < 20; i++) {
		unsigned errors = answers_to_closed_port(&world, 15);

		least = RTE_MIN(least, errors);
		most = RTE_MAX(most, errors);
		world_pass(&world, SECOND);
	}
	CU_ASSERT_TRUE(least >= 5);
	CU_ASSERT_TRUE(least < most);
	CU_ASSERT_TRUE(most <= 10);
	world_close(&world);
}

static void no_more_than_a_second_is_saved_up(void)
{
	struct world world;

	open_slow(&world);
	world_pass(&world, 20 * SECOND);
	CU_ASSERT_EQUAL(answers_to_pings(&world, 25), 10);
	world_close(&world);
}

int main(void)
{
	return PACKETS_RUN("ICMP rate", TEST(echoes_are_limited), TEST(errors_are_limited_apart_from_echoes),
			   TEST(the_limit_of_errors_cannot_be_counted_on), TEST(no_more_than_a_second_is_saved_up));
}
