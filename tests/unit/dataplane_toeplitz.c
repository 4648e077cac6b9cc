/* SPDX-License-Identifier: BSD-3-Clause */
/* The Toeplitz hash: the published vectors of receive-side scaling, and DPDK's own function as a second opinion. */
#include <string.h>

#include <rte_byteorder.h>
#include <rte_thash.h>

#include <tcpstack/address.h>

#include "support.h"
#include "toeplitz.h"

/* The key that the specification of receive-side scaling verifies implementations with. */
static const char published_key[] = "6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa";

struct vector {
	const char *source, *destination;
	uint16_t source_port, destination_port;
	uint32_t with_ports, addresses_only;
};

static const struct vector vectors[] = {
    {"66.9.149.187", "161.142.100.80", 2794, 1766, 0x51ccc178, 0x323e8fc2},
    {"199.92.111.2", "65.69.140.83", 14230, 4739, 0xc626b0ea, 0xd718262a},
    {"24.19.198.95", "12.22.207.184", 12898, 38024, 0x5c2b394a, 0xd2d0a5de},
    {"38.27.205.30", "209.142.163.6", 48228, 2217, 0xafc7327f, 0x82989176},
    {"153.39.163.191", "202.188.127.2", 44251, 1303, 0x10e828a2, 0x5d1809c5},
    {"3ffe:2501:200:1fff::7", "3ffe:2501:200:3::1", 2794, 1766, 0x40207d3d, 0x2cc18cd5},
    {"3ffe:501:8::260:97ff:fe40:efab", "ff02::1", 14230, 4739, 0xdde51bbf, 0x0f0c461c},
    {"3ffe:1900:4545:3:200:f8ff:fe21:67cf", "fe80::200:f8ff:fe21:67cf", 44251, 38024, 0x02d1feef, 0x4b61e985},
};

static unsigned fill(uint8_t input[TOEPLITZ_INPUT_MAX], const struct vector *vector)
{
	uint16_t ports[2] = {rte_cpu_to_be_16(vector->source_port), rte_cpu_to_be_16(vector->destination_port)};
	struct ip_address source, destination;
	unsigned skip, size;

	CU_ASSERT_TRUE_FATAL(address_parse(vector->source, &source));
	CU_ASSERT_TRUE_FATAL(address_parse(vector->destination, &destination));
	skip = address_is_ipv4(&source) ? 12 : 0;
	size = 16 - skip;
	memcpy(input, source.octets + skip, size);
	memcpy(input + size, destination.octets + skip, size);
	memcpy(input + 2 * size, ports, sizeof(ports));
	return 2 * size;
}

static void published_vectors_come_out(void)
{
	uint8_t key[TOEPLITZ_KEY_SIZE], input[TOEPLITZ_INPUT_MAX];
	struct toeplitz toeplitz;

	CU_ASSERT_EQUAL_FATAL(support_hex(published_key, key, sizeof(key)), sizeof(key));
	toeplitz_prepare(&toeplitz, key);
	for (unsigned i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		unsigned addresses = fill(input, &vectors[i]);

		CU_ASSERT_EQUAL(toeplitz_hash(&toeplitz, input, addresses + 4), vectors[i].with_ports);
		CU_ASSERT_EQUAL(toeplitz_hash(&toeplitz, input, addresses), vectors[i].addresses_only);
	}
}

static void random_keys_and_inputs_hash_as_by_rte_softrss(void)
{
	uint32_t input[TOEPLITZ_INPUT_MAX / 4], swapped[TOEPLITZ_INPUT_MAX / 4];
	uint8_t key[TOEPLITZ_KEY_SIZE];
	struct toeplitz toeplitz;
	uint64_t state = 1;

	for (unsigned round = 0; round < 2000; round++) {
		unsigned words = 1 + round % (TOEPLITZ_INPUT_MAX / 4);

		support_random_fill(&state, key, sizeof(key));
		support_random_fill(&state, input, sizeof(input));
		for (unsigned i = 0; i < words; i++)
			swapped[i] = rte_be_to_cpu_32(input[i]);
		toeplitz_prepare(&toeplitz, key);
		CU_ASSERT_EQUAL(toeplitz_hash(&toeplitz, (const uint8_t *)input, 4 * words),
				rte_softrss(swapped, words, key));
	}
}

int main(void)
{
	return TESTS_RUN("toeplitz", TEST(published_vectors_come_out),
			 TEST(random_keys_and_inputs_hash_as_by_rte_softrss));
}
