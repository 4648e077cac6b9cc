/* SPDX-License-Identifier: BSD-3-Clause */
/* Ethernet header and its VLAN tag: from the wire, to the wire, and what is refused. */
#include <stdlib.h>
#include <string.h>

#include <tcpstack/wire/ethernet.h>

#include "support.h"

static const uint8_t mac_a[] = {2, 0, 0, 0, 0, 10}, mac_b[] = {2, 0, 0, 0, 0, 11};

static void an_untagged_frame_is_read(void)
{
	uint8_t frame[60];
	uint32_t length = support_hex("02000000000b 02000000000a 0800 4500", frame, sizeof(frame));
	struct ethernet_header header;

	CU_ASSERT_TRUE(ethernet_header_parse(&header, frame, length));
	CU_ASSERT_EQUAL(memcmp(header.destination.addr_bytes, mac_b, 6), 0);
	CU_ASSERT_EQUAL(memcmp(header.source.addr_bytes, mac_a, 6), 0);
	CU_ASSERT_EQUAL(header.type, ETHERNET_TYPE_IPV4);
	CU_ASSERT_EQUAL(header.length, 14);
	CU_ASSERT_FALSE(header.tagged);
	CU_ASSERT_FALSE(header.stacked);
}

static void a_tagged_frame_is_read(void)
{
	uint8_t frame[60];
	uint32_t length = support_hex("02000000000b 02000000000a 8100 b007 86dd 6000", frame, sizeof(frame));
	struct ethernet_header header;

	CU_ASSERT_TRUE(ethernet_header_parse(&header, frame, length));
	CU_ASSERT_EQUAL(header.type, ETHERNET_TYPE_IPV6);
	CU_ASSERT_EQUAL(header.length, 18);
	CU_ASSERT_TRUE(header.tagged);
	CU_ASSERT_FALSE(header.stacked);
	CU_ASSERT_EQUAL(header.vlan, 7);
	CU_ASSERT_EQUAL(header.priority, 5); /* the drop-eligible bit beside it is not part of it */
}

static void stacked_tags_are_recognised(void)
{
	static const struct {
		const char *frame;
		bool tagged, stacked;
	} cases[] = {
	    {"02000000000b 02000000000a 8100 0007 8100 0008 0800", true, true},
	    {"02000000000b 02000000000a 8100 0007 88a8 0008 0800", true, true},
	    {"02000000000b 02000000000a 88a8 0007 8100 0008 0800", false, true},
	    {"02000000000b 02000000000a 8100 0007 0800 0008 0800", true, false},
	};

	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		uint8_t frame[60];
		uint32_t length = support_hex(cases[i].frame, frame, sizeof(frame));
		struct ethernet_header header;

		CU_ASSERT_TRUE(ethernet_header_parse(&header, frame, length));
		CU_ASSERT_EQUAL(header.tagged, cases[i].tagged);
		CU_ASSERT_EQUAL(header.stacked, cases[i].stacked);
	}
}

static void a_truncated_header_is_refused(void)
{
	uint8_t frame[22];
	struct ethernet_header header;

	for (int tagged = 0; tagged <= 1; tagged++) {
		support_hex("02000000000b 02000000000a 0800 b007 0800 00000000", frame, sizeof(frame));
		if (tagged)
			support_hex("8100", frame + 12, 2);
		for (uint32_t length = 0; length <= sizeof(frame); length++) {
			uint8_t *copy = support_copy(frame, length);

			CU_ASSERT_EQUAL(ethernet_header_parse(&header, copy, length), length >= (tagged ? 18 : 14));
			free(copy);
		}
	}
}

static void what_is_written_is_read_alike(void)
{
	uint64_t random = 1;

	for (int i = 0; i < 1000; i++) {
		struct ethernet_header header = {0}, again;
		uint8_t frame[ETHERNET_TAGGED_LENGTH], length;

		support_random_fill(&random, &header.destination, sizeof(header.destination));
		support_random_fill(&random, &header.source, sizeof(header.source));
		header.type = i % 2 == 0 ? ETHERNET_TYPE_ARP : ETHERNET_TYPE_IPV6;
		header.tagged = support_random(&random) & 1;
		header.length = header.tagged ? 18 : 14;
		if (header.tagged) {
			header.vlan = support_random(&random) % 4096;
			header.priority = support_random(&random) % 8;
		}
		length = ethernet_header_emit(&header, frame);
		CU_ASSERT_EQUAL(length, header.length);
		CU_ASSERT_TRUE(ethernet_header_parse(&again, frame, length));
		CU_ASSERT_EQUAL(memcmp(&header, &again, sizeof(header)), 0);
	}
}

int main(void)
{
	return TESTS_RUN("Ethernet header", TEST(an_untagged_frame_is_read), TEST(a_tagged_frame_is_read),
			 TEST(stacked_tags_are_recognised), TEST(a_truncated_header_is_refused),
			 TEST(what_is_written_is_read_alike));
}
