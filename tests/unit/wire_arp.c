/* SPDX-License-Identifier: BSD-3-Clause */
/* ARP: from the wire, to the wire, and what is refused. */
#include <stdlib.h>
#include <string.h>

#include <tcpstack/wire/arp.h>

#include "support.h"

/* as Linux asked and answered */
static const char request_text[] = "0001080006040001 02000000000a c0000201 000000000000 c0000202";
static const char reply_text[] = "0001080006040002 02000000000b c0000202 02000000000a c0000201";

static void check_address(const struct ip_address *address, const char *text)
{
	char buffer[ADDRESS_TEXT_SIZE];

	CU_ASSERT_STRING_EQUAL(address_format(address, buffer), text);
}

static void a_request_of_linux_is_read(void)
{
	static const uint8_t mac[] = {2, 0, 0, 0, 0, 10};
	uint8_t data[ARP_PACKET_LENGTH];
	struct arp_packet packet;

	support_hex(request_text, data, sizeof(data));
	CU_ASSERT_TRUE(arp_packet_parse(&packet, data, sizeof(data)));
	CU_ASSERT_EQUAL(packet.operation, ARP_REQUEST);
	CU_ASSERT_EQUAL(memcmp(packet.sender_mac.addr_bytes, mac, 6), 0);
	CU_ASSERT_TRUE(rte_is_zero_ether_addr(&packet.target_mac));
	check_address(&packet.sender, "192.0.2.1");
	check_address(&packet.target, "192.0.2.2");
}

static void a_reply_of_linux_is_read(void)
{
	static const uint8_t mac_a[] = {2, 0, 0, 0, 0, 10}, mac_b[] = {2, 0, 0, 0, 0, 11};
	uint8_t data[ARP_PACKET_LENGTH];
	struct arp_packet packet;

	support_hex(reply_text, data, sizeof(data));
	CU_ASSERT_TRUE(arp_packet_parse(&packet, data, sizeof(data)));
	CU_ASSERT_EQUAL(packet.operation, ARP_REPLY);
	CU_ASSERT_EQUAL(memcmp(packet.sender_mac.addr_bytes, mac_b, 6), 0);
	CU_ASSERT_EQUAL(memcmp(packet.target_mac.addr_bytes, mac_a, 6), 0);
	check_address(&packet.sender, "192.0.2.2");
	check_address(&packet.target, "192.0.2.1");
}

static void what_is_read_is_written_alike(void)
{
	const char *texts[] = {request_text, reply_text};

	for (size_t i = 0; i < RTE_DIM(texts); i++) {
		uint8_t data[ARP_PACKET_LENGTH], written[ARP_PACKET_LENGTH];
		struct arp_packet packet;

		support_hex(texts[i], data, sizeof(data));
		CU_ASSERT_TRUE(arp_packet_parse(&packet, data, sizeof(data)));
		CU_ASSERT_EQUAL(arp_packet_emit(&packet, written), sizeof(written));
		CU_ASSERT_EQUAL(memcmp(data, written, sizeof(data)), 0);
	}
}

static void a_truncated_packet_is_refused(void)
{
	uint8_t data[ARP_PACKET_LENGTH];
	struct arp_packet packet;

	support_hex(request_text, data, sizeof(data));
	for (uint32_t length = 0; length < sizeof(data); length++) {
		uint8_t *copy = support_copy(data, length);

		CU_ASSERT_FALSE(arp_packet_parse(&packet, copy, length));
		free(copy);
	}
}

static void padding_behind_the_packet_is_no_matter(void)
{
	uint8_t data[46] = {0};
	struct arp_packet packet;

	support_hex(request_text, data, sizeof(data));
	CU_ASSERT_TRUE(arp_packet_parse(&packet, data, sizeof(data)));
}

static void other_hardware_protocols_and_operations_are_refused(void)
{
	/* hardware type, protocol type, lengths, operation */
	static const char *const beginnings[] = {
	    "0006080006040001", "000186dd06040001", "0001080008040001", "0001080006060001",
	    "0001080006040000", "0001080006040003", "0001080006040101",
	};
	uint8_t data[ARP_PACKET_LENGTH];
	struct arp_packet packet;

	support_hex(request_text, data, sizeof(data));
	for (size_t i = 0; i < RTE_DIM(beginnings); i++) {
		support_hex(beginnings[i], data, 8);
		CU_ASSERT_FALSE(arp_packet_parse(&packet, data, sizeof(data)));
	}
}

int main(void)
{
	return TESTS_RUN("ARP packet", TEST(a_request_of_linux_is_read), TEST(a_reply_of_linux_is_read),
			 TEST(what_is_read_is_written_alike), TEST(a_truncated_packet_is_refused),
			 TEST(padding_behind_the_packet_is_no_matter),
			 TEST(other_hardware_protocols_and_operations_are_refused));
}
