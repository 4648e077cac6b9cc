/* SPDX-License-Identifier: BSD-3-Clause */
/* The Internet checksum against the definition of RFC 1071, over any alignment, length and division into mbufs. */
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#include <tcpstack/wire/checksum.h>

#include "support.h"

static struct rte_mempool *pool;

/* One's complement of the one's complement sum of the 16-bit words, octet by octet; in host byte order. */
static uint16_t reference(const uint8_t *data, uint32_t length)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < length; i++) {
		sum += i % 2 == 0 ? data[i] << 8 : data[i];
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)~sum;
}

static void the_example_of_rfc_1071_comes_out(void)
{
	static const uint8_t data[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

	CU_ASSERT_EQUAL(ntohs(checksum_finish(checksum_add(0, data, sizeof(data)))), (uint16_t)~0xddf2);
}

static void every_length_and_alignment_agrees_with_the_definition(void)
{
	uint8_t data[2100];
	uint64_t random = 6;

	for (int round = 0; round < 4; round++) {
		support_random_fill(&random, data, sizeof(data));
		if (round == 3)
			memset(data, 0xff, sizeof(data)); /* every addition carries */
		for (uint32_t offset = 0; offset < 9; offset++) {
			for (uint32_t length = 0; length < 130; length++) {
				uint8_t *copy = support_copy(data, offset + length);
				uint16_t sum = checksum_finish(checksum_add(0, copy + offset, length));

				CU_ASSERT_EQUAL(ntohs(sum), reference(data + offset, length));
				free(copy);
			}
		}
	}
	CU_ASSERT_EQUAL(ntohs(checksum_finish(checksum_add(0, data, 2100))), reference(data, 2100));
}

static void sums_continue_from_any_even_offset(void)
{
	uint8_t data[200];
	uint64_t random = 7;

	support_random_fill(&random, data, sizeof(data));
	for (uint32_t cut = 0; cut <= sizeof(data); cut += 2) {
		uint32_t sum = checksum_add(checksum_add(0, data, cut), data + cut, sizeof(data) - cut);

		CU_ASSERT_EQUAL(ntohs(checksum_finish(sum)), reference(data, sizeof(data)));
	}
}

/* However large it has grown: no carry is lost. */
static void a_running_sum_keeps_its_carries(void)
{
	static const uint8_t ones[64] = {[0 ... 63] = 0xff};
	static const uint8_t one[] = {0, 1};
	uint32_t sum = checksum_add(0, one, sizeof(one));

	for (int i = 0; i < 3000; i++)
		sum = checksum_add(sum, ones, sizeof(ones));
	CU_ASSERT_EQUAL(ntohs(checksum_finish(sum)), (uint16_t)~1);
	CU_ASSERT_EQUAL(checksum_finish(UINT32_MAX), 0);
	CU_ASSERT_EQUAL(checksum_finish(0), 0xffff);
	CU_ASSERT_EQUAL(checksum_finish(checksum_add(UINT32_MAX, ones, sizeof(ones))), 0);
}

static void pseudo_headers_agree_with_their_layout(void)
{
	uint64_t random = 8;

	for (int i = 0; i < 500; i++) {
		struct ip_address source, destination;
		uint8_t header[40] = {0};
		uint8_t protocol = (uint8_t)support_random(&random);
		uint32_t length = support_random(&random) % 65536, network_length = htonl(length), words[2];

		support_random_fill(&random, header, 32);
		source = address_from_ipv6(header);
		destination = address_from_ipv6(header + 16);
		memcpy(header + 32, &network_length, 4);
		header[39] = protocol;
		CU_ASSERT_EQUAL(ntohs(checksum_finish(checksum_pseudo(&source, &destination, protocol, length))),
				reference(header, 40));

		memcpy(words, header, sizeof(words));
		source = address_from_ipv4(words[0]);
		destination = address_from_ipv4(words[1]);
		header[8] = 0;
		header[9] = protocol;
		header[10] = (uint8_t)(length >> 8);
		header[11] = (uint8_t)length;
		CU_ASSERT_EQUAL(ntohs(checksum_finish(checksum_pseudo(&source, &destination, protocol, length))),
				reference(header, 12));
	}
}

/* A chain with these octets in mbufs of random lengths, empty ones too. */
static struct rte_mbuf *random_chain(const uint8_t *data, uint32_t length, uint64_t *random)
{
	struct rte_mbuf *head = support_mbuf(pool, data, 0);

	for (uint32_t done = 0; done < length;) {
		uint32_t part = RTE_MIN(support_random(random) % 40, length - done);

		CU_ASSERT_EQUAL_FATAL(rte_pktmbuf_chain(head, support_mbuf(pool, data + done, (uint16_t)part)), 0);
		done += part;
	}
	return head;
}

static void any_division_into_mbufs_gives_the_same_sum(void)
{
	uint8_t data[400];
	uint64_t random = 9;

	for (int i = 0; i < 2000; i++) {
		uint32_t total = support_random(&random) % sizeof(data);
		uint32_t offset = support_random(&random) % (total + 1);
		uint32_t length = support_random(&random) % (total - offset + 1);
		struct rte_mbuf *chain;

		support_random_fill(&random, data, total);
		chain = random_chain(data, total, &random);
		CU_ASSERT_EQUAL(ntohs(checksum_finish(checksum_add_mbuf(0, chain, offset, length))),
				reference(data + offset, length));
		rte_pktmbuf_free(chain);
	}
}

static void an_update_equals_a_new_sum(void)
{
	uint8_t data[64];
	uint64_t random = 10;

	for (int i = 0; i < 20000; i++) {
		uint32_t at = support_random(&random) % 15 * 4 + 2, old32, new32;
		uint16_t checksum, old16, new16;

		support_random_fill(&random, data, sizeof(data));
		if (i % 4 == 0)
			memset(data + at, i % 8 == 0 ? 0 : 0xff, 2); /* where the two zeros of one's complement meet */
		checksum = checksum_finish(checksum_add(0, data, sizeof(data)));
		memcpy(&old16, data + at, 2);
		new16 = i % 16 < 8 ? (uint16_t)support_random(&random) : (uint16_t)~old16;
		memcpy(data + at, &new16, 2);
		checksum = checksum_update16(checksum, old16, new16);
		CU_ASSERT_EQUAL(checksum, checksum_finish(checksum_add(0, data, sizeof(data))));

		memcpy(&old32, data + at - 2, 4);
		new32 = (uint32_t)support_random(&random);
		memcpy(data + at - 2, &new32, 4);
		checksum = checksum_update32(checksum, old32, new32);
		CU_ASSERT_EQUAL(checksum, checksum_finish(checksum_add(0, data, sizeof(data))));
	}
}

static void a_sum_with_its_checksum_is_zero(void)
{
	uint8_t data[66];
	uint64_t random = 11;

	for (int i = 0; i < 1000; i++) {
		uint16_t checksum;

		support_random_fill(&random, data, 64);
		checksum = checksum_finish(checksum_add(0, data, 64));
		memcpy(data + 64, &checksum, 2);
		CU_ASSERT_EQUAL(checksum_finish(checksum_add(0, data, 66)), 0);
		data[support_random(&random) % 66] ^= 1 << support_random(&random) % 8;
		CU_ASSERT_NOT_EQUAL(checksum_finish(checksum_add(0, data, 66)), 0);
	}
}

int main(void)
{
	pool = support_pool("checksum", 511);
	return TESTS_RUN("checksum", TEST(the_example_of_rfc_1071_comes_out),
			 TEST(every_length_and_alignment_agrees_with_the_definition),
			 TEST(sums_continue_from_any_even_offset), TEST(a_running_sum_keeps_its_carries),
			 TEST(pseudo_headers_agree_with_their_layout), TEST(any_division_into_mbufs_gives_the_same_sum),
			 TEST(an_update_equals_a_new_sum), TEST(a_sum_with_its_checksum_is_zero));
}
