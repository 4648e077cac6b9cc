/* SPDX-License-Identifier: BSD-3-Clause */
/* Connections are counted by client and service, for all workers together, and never above the bound. */
#include <pthread.h>

#include "client_counts.h"
#include "support.h"

#define THREADS 4
#define ROUNDS 20000
#define BOUND 8

static struct ip_address address_of(const char *text)
{
	struct ip_address address;

	CU_ASSERT_TRUE_FATAL(address_parse(text, &address));
	return address;
}

static struct client_counts *create(uint64_t connections)
{
	struct fault fault = {""};
	struct client_counts *counts = client_counts_create(connections, &fault);

	CU_ASSERT_PTR_NOT_NULL_FATAL(counts);
	return counts;
}

static enum client_verdict enter(struct client_counts *counts, const char *client, const char *service, uint32_t bound,
				 uint64_t *ticket)
{
	const struct ip_address address = address_of(client);

	return client_counts_enter(counts, &address, service, bound, ticket);
}

static void a_client_has_as_many_as_the_bound_says(void)
{
	struct client_counts *counts = create(100);
	uint64_t ticket, other;

	for (unsigned i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(enter(counts, "192.0.2.1", "s", 3, &ticket), CLIENT_ENTERED);
	CU_ASSERT_EQUAL(enter(counts, "192.0.2.1", "s", 3, &other), CLIENT_AT_BOUND);
	CU_ASSERT_EQUAL(enter(counts, "192.0.2.1", "s", 4, &other), CLIENT_ENTERED);
	client_counts_leave(counts, other);
	client_counts_leave(counts, ticket);
	CU_ASSERT_EQUAL(enter(counts, "192.0.2.1", "s", 3, &ticket), CLIENT_ENTERED);
	CU_ASSERT_EQUAL(enter(counts, "192.0.2.1", "s", 3, &other), CLIENT_AT_BOUND);
	for (unsigned i = 0; i < 3; i++)
		client_counts_leave(counts, ticket);
	CU_ASSERT_EQUAL(client_counts_sum(counts), 0);
	client_counts_destroy(counts);
}

static void others_and_other_services_are_counted_by_themselves(void)
{
	struct client_counts *counts = create(100);
	uint64_t tickets[4];

	CU_ASSERT_EQUAL(enter(counts, "192.0.2.1", "s", 1, &tickets[0]), CLIENT_ENTERED);
	CU_ASSERT_EQUAL(enter(counts, "192.0.2.2", "s", 1, &tickets[1]), CLIENT_ENTERED);
	CU_ASSERT_EQUAL(enter(counts, "192.0.2.1", "t", 1, &tickets[2]), CLIENT_ENTERED);
	CU_ASSERT_EQUAL(enter(counts, "192.0.2.1", "s", 1, &tickets[3]), CLIENT_AT_BOUND);
	for (unsigned i = 0; i < 3; i++)
		client_counts_leave(counts, tickets[i]);
	CU_ASSERT_EQUAL(client_counts_sum(counts), 0);
	client_counts_destroy(counts);
}

static void a_network_of_64_bits_is_one_client(void)
{
	struct client_counts *counts = create(100);
	uint64_t ticket;

	CU_ASSERT_EQUAL(enter(counts, "2001:db8::1", "s", 1, &ticket), CLIENT_ENTERED);
	CU_ASSERT_EQUAL(enter(counts, "2001:db8::ffff:1", "s", 1, &ticket), CLIENT_AT_BOUND);
	CU_ASSERT_EQUAL(enter(counts, "2001:db8:0:1::1", "s", 1, &ticket), CLIENT_ENTERED);
	client_counts_destroy(counts);
}

static void as_many_clients_find_room_as_there_may_be_connections(void)
{
	struct client_counts *counts = create(4096);
	struct ip_address address = address_of("192.0.2.0");
	uint64_t tickets[4096];
	unsigned entered = 0;

	for (unsigned i = 0; i < 4096; i++) {
		address.octets[14] = (uint8_t)(i >> 8);
		address.octets[15] = (uint8_t)i;
		entered += client_counts_enter(counts, &address, "s", 1, &tickets[i]) == CLIENT_ENTERED;
	}
	CU_ASSERT(entered > 4096 * 98 / 100);
	CU_ASSERT_EQUAL(client_counts_sum(counts), entered);
	client_counts_destroy(counts);
}

static void a_full_table_refuses_and_counts_nothing(void)
{
	struct client_counts *counts = create(0);
	struct ip_address address = address_of("192.0.2.0");
	uint64_t ticket, sum;
	unsigned refused = 0;

	for (unsigned i = 0; i < 256; i++) {
		address.octets[15] = (uint8_t)i;
		refused += client_counts_enter(counts, &address, "s", 1, &ticket) == CLIENT_NO_ROOM;
	}
	sum = client_counts_sum(counts);
	CU_ASSERT(refused > 0);
	CU_ASSERT_EQUAL(sum, 256 - refused);
	client_counts_destroy(counts);
}

static struct client_counts *shared;

static void *come_and_go(void *context)
{
	uint64_t tickets[BOUND];
	unsigned count;

	for (unsigned i = 0; i < ROUNDS; i++) {
		for (count = 0; count < BOUND; count++)
			if (enter(shared, i % 2 ? "192.0.2.1" : "2001:db8::1", "s", BOUND, &tickets[count]) !=
			    CLIENT_ENTERED)
				break;
		while (count > 0)
			client_counts_leave(shared, tickets[--count]);
	}
	/* In the end each takes what it can get, and keeps it. */
	for (unsigned i = 0; i < BOUND; i++)
		enter(shared, "192.0.2.2", "s", BOUND, &tickets[i]);
	return NULL;
}

static void workers_count_together_and_lose_nothing(void)
{
	pthread_t threads[THREADS];

	shared = create(100);
	for (unsigned i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, come_and_go, NULL), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT(client_counts_sum(shared) >= BOUND && client_counts_sum(shared) < BOUND + THREADS);
	client_counts_destroy(shared);
}

int main(void)
{
	support_eal();
	return TESTS_RUN("connections by client", TEST(a_client_has_as_many_as_the_bound_says),
			 TEST(others_and_other_services_are_counted_by_themselves),
			 TEST(a_network_of_64_bits_is_one_client),
			 TEST(as_many_clients_find_room_as_there_may_be_connections),
			 TEST(a_full_table_refuses_and_counts_nothing), TEST(workers_count_together_and_lose_nothing));
}
