/* SPDX-License-Identifier: BSD-3-Clause */
/* SipHash against its published vectors: key 00 01 .. 0f, message 00 01 02 .., for each length of whole words. */
#include <string.h>

#include <rte_byteorder.h>
#include <rte_common.h>

#include <tcpstack/siphash.h>

#include "support.h"

static struct siphash_key key;
static uint64_t words[8];

static void prepare(void)
{
	uint8_t octets[sizeof(words)];

	for (unsigned i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)i;
	for (unsigned i = 0; i < RTE_DIM(words); i++) {
		memcpy(&words[i], octets + i * 8, 8);
		words[i] = rte_le_to_cpu_64(words[i]);
	}
	key = (struct siphash_key){{words[0], words[1]}};
}

static void the_vectors_of_siphash_2_4_come_out(void)
{
	static const char *const vectors[] = {
	    "310e0edd47db6f72", "6224939a79f5f593", "db9bc2577fcc2a3f", "94af49f6c650adb8", "ce7cf2722f512771",
	};

	prepare();
	for (size_t count = 0; count < RTE_DIM(vectors); count++) {
		uint64_t expected;

		support_hex(vectors[count], &expected, sizeof(expected));
		CU_ASSERT_EQUAL(siphash_2_4(&key, words, count), rte_le_to_cpu_64(expected));
	}
}

static void the_vectors_of_siphash_1_3_come_out(void)
{
	static const char *const vectors[] = {
	    "dcc40f055801acab", "8e9a298d11959036", "668b907d1add4fcc", "8c9c3467b2ae64f4", "0db6a7166c7b1581",
	};

	prepare();
	for (size_t count = 0; count < RTE_DIM(vectors); count++) {
		uint64_t expected;

		support_hex(vectors[count], &expected, sizeof(expected));
		CU_ASSERT_EQUAL(siphash_1_3(&key, words, count), rte_le_to_cpu_64(expected));
	}
}

static void every_bit_of_key_and_message_matters(void)
{
	uint64_t whole;

	prepare();
	whole = siphash_1_3(&key, words, 5);
	for (unsigned bit = 0; bit < 5 * 64; bit++) {
		words[bit / 64] ^= 1ULL << bit % 64;
		CU_ASSERT_NOT_EQUAL(siphash_1_3(&key, words, 5), whole);
		words[bit / 64] ^= 1ULL << bit % 64;
	}
	for (unsigned bit = 0; bit < 128; bit++) {
		key.words[bit / 64] ^= 1ULL << bit % 64;
		CU_ASSERT_NOT_EQUAL(siphash_1_3(&key, words, 5), whole);
		key.words[bit / 64] ^= 1ULL << bit % 64;
	}
}

int main(void)
{
	return TESTS_RUN("SipHash", TEST(the_vectors_of_siphash_2_4_come_out),
			 TEST(the_vectors_of_siphash_1_3_come_out), TEST(every_bit_of_key_and_message_matters));
}
