/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses of both families take turns, the preferred one first. */
#include "dns/address_order.h"
#include "support.h"

#define ROOM 8

/* Orders `preferred` addresses 0x10, 0x11, ... and `other` ones 0x20, 0x21, ...; `expected` is their last octets. */
static void expect(unsigned preferred, unsigned other, unsigned room, const char *expected)
{
	struct ip_address first[ROOM] = {0}, second[ROOM] = {0}, order[ROOM + 1] = {0};
	uint8_t octets[ROOM];
	unsigned count = support_hex(expected, octets, sizeof(octets));

	for (unsigned i = 0; i < ROOM; i++) {
		first[i].octets[15] = (uint8_t)(0x10 + i);
		second[i].octets[15] = (uint8_t)(0x20 + i);
	}
	CU_ASSERT_EQUAL(address_order(first, preferred, second, other, order, room), count);
	for (unsigned i = 0; i < count; i++)
		CU_ASSERT_EQUAL(order[i].octets[15], octets[i]);
	CU_ASSERT_EQUAL(order[count].octets[15], 0);
}

static void families_take_turns(void)
{
	expect(3, 3, ROOM, "10 20 11 21 12 22");
}

static void what_one_family_has_more_comes_last(void)
{
	expect(1, 3, ROOM, "10 20 21 22");
	expect(4, 1, ROOM, "10 20 11 12 13");
}

static void one_family_alone_keeps_its_order(void)
{
	expect(2, 0, ROOM, "10 11");
	expect(0, 2, ROOM, "20 21");
	expect(0, 0, ROOM, "");
}

static void there_are_never_more_than_room(void)
{
	expect(3, 3, 3, "10 20 11");
	expect(3, 3, 4, "10 20 11 21");
	expect(5, 0, 2, "10 11");
	expect(3, 3, 0, "");
}

int main(void)
{
	return TESTS_RUN("address order", TEST(families_take_turns), TEST(what_one_family_has_more_comes_last),
			 TEST(one_family_alone_keeps_its_order), TEST(there_are_never_more_than_room));
}
