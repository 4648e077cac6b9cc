/* SPDX-License-Identifier: BSD-3-Clause */
/* However a ClientHello is cut into pieces and records, it is read as the same. */
#include <stdlib.h>
#include <string.h>

#include "tls_support.h"

static struct octets message, stream, again;

static void check_common(const struct outcome *outcome)
{
	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_EQUAL(outcome->client.name_kind, CLIENT_HELLO_NAME_ONE);
	CU_ASSERT_TRUE(piece_is(outcome->client.name, "a.test"));
	CU_ASSERT_EQUAL(outcome->client.version, 0x0304);
}

static void a_hello_in_one_record_is_read(void)
{
	const struct outcome *outcome;

	hello_common(&message, 0);
	outcome = client_read(&message);
	check_common(outcome);
	CU_ASSERT_EQUAL(outcome->client.length, message.length + 5);
	CU_ASSERT_EQUAL(outcome->reader.octets, message.length + 5);
	CU_ASSERT_EQUAL(outcome->reader.start, 0);
}

/* hello_read cuts each of these streams before every octet. */
static void a_hello_in_records_of_any_size_is_read(void)
{
	const struct outcome *whole, *parts;

	hello_common(&message, 0);
	for (size_t limit = 1; limit <= message.length; limit++) {
		size_t records = (message.length + limit - 1) / limit;

		stream.length = 0;
		stream_records(&stream, &message, limit);
		parts = hello_read(HELLO_CLIENT, &stream);
		check_common(parts);
		CU_ASSERT_EQUAL(parts->client.length, message.length + 5 * records);
		if (limit % 50 == 1) {
			whole = client_read(&message);
			CU_ASSERT_TRUE(same_hello(whole, parts));
		}
	}
}

static void records_of_different_sizes_make_one_hello(void)
{
	uint64_t seed = 7;

	hello_common(&message, 1500);
	for (unsigned round = 0; round < 20; round++) {
		stream.length = 0;
		for (size_t at = 0, size; at < message.length; at += size) {
			size = 1 + support_random(&seed) % 400;
			if (size > message.length - at)
				size = message.length - at;
			stream_record(&stream, 22, message.data + at, size);
		}
		check_common(hello_read(HELLO_CLIENT, &stream));
	}
}

static void a_hello_may_have_16384_octets(void)
{
	const struct outcome *outcome;

	hello_common(&message, HELLO_MESSAGE_MAX);
	CU_ASSERT_EQUAL(message.length, 16384);
	outcome = client_read(&message);
	check_common(outcome);
	CU_ASSERT_EQUAL(outcome->client.length, 16384 + 5);
}

static void it_may_have_them_in_a_record_each(void)
{
	const struct outcome *outcome;

	hello_common(&message, HELLO_MESSAGE_MAX);
	stream.length = 0;
	stream_records(&stream, &message, 1);
	CU_ASSERT_EQUAL(stream.length, HELLO_STREAM_MAX);
	outcome = hello_read(HELLO_CLIENT, &stream);
	check_common(outcome);
	CU_ASSERT_EQUAL(outcome->client.length, HELLO_STREAM_MAX);
}

/* The limit is met in the message's header: the rest need not come, and nothing of it is looked at. */
static void a_longer_hello_is_refused_at_its_header(void)
{
	static const char *const headers[] = {"01003ffd", "01ffffff", "01010000", "0100fffc"};
	const struct outcome *outcome;

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		stream.length = message.length = 0;
		octets_hex(&message, headers[i]);
		octets_zero(&message, 100);
		stream_record(&stream, 22, message.data, message.length);
		outcome = hello_read(HELLO_CLIENT, &stream);
		CU_ASSERT_EQUAL(outcome->result, HELLO_MALFORMED);
		CU_ASSERT_EQUAL(outcome->fault, HELLO_FAULT_MESSAGE_TOO_LONG);
		CU_ASSERT_EQUAL(outcome->reader.octets, 9);
	}
}

static void what_follows_in_other_records_is_not_the_hellos(void)
{
	const struct outcome *outcome;

	hello_common(&message, 0);
	stream.length = 0;
	stream_records(&stream, &message, 100);
	again = stream;
	stream_record(&stream, 20, "\1", 1);
	stream_record(&stream, 23, "early data", 10);
	outcome = hello_read(HELLO_CLIENT, &stream);
	check_common(outcome);
	CU_ASSERT_EQUAL(outcome->client.length, again.length);
	CU_ASSERT_EQUAL(outcome->reader.octets, again.length);
	octets_zero(&again, 40);
	outcome = hello_read(HELLO_CLIENT, &again);
	check_common(outcome);
	CU_ASSERT_EQUAL(outcome->client.length, stream.length - 6 - 15);
}

/* A key share of ML-KEM-768 with X25519 (RFC 8446's ClientHello with draft-ietf-tls-ecdhe-mlkem's group). */
static void a_post_quantum_hello_of_two_segments_is_read(void)
{
	const struct outcome *outcome;
	struct piece shares, key;
	uint16_t group;
	size_t extension, list, share;

	client_hello_begin(&message, NULL);
	octets_hex(&message, "0033");
	extension = octets_open(&message, 2);
	list = octets_open(&message, 2);
	octets_hex(&message, "3a3a 0001 00 11ec");
	share = octets_open(&message, 2);
	octets_zero(&message, 1216);
	octets_close(&message, share, 2);
	octets_hex(&message, "001d 0020");
	octets_zero(&message, 32);
	octets_close(&message, list, 2);
	octets_close(&message, extension, 2);
	hello_extension(&message, 10, "0006 3a3a 11ec 001d");
	hello_name(&message, "pq.test", 7);
	hello_end(&message);
	outcome = client_read(&message);
	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_TRUE(piece_is(outcome->client.name, "pq.test"));
	CU_ASSERT_TRUE(HAS_VALUES(outcome->client.groups, 0x11ec, 0x001d));
	shares = outcome->client.key_shares;
	CU_ASSERT_TRUE(hello_next_key_share(&shares, &group, &key));
	CU_ASSERT_TRUE(group == 0x11ec && key.length == 1216);
	CU_ASSERT_TRUE(hello_next_key_share(&shares, &group, &key));
	CU_ASSERT_TRUE(group == 0x001d && key.length == 32);
	CU_ASSERT_FALSE(hello_next_key_share(&shares, &group, &key));
}

int main(void)
{
	return TESTS_RUN(
	    "cut hellos", TEST(a_hello_in_one_record_is_read), TEST(a_hello_in_records_of_any_size_is_read),
	    TEST(records_of_different_sizes_make_one_hello), TEST(a_hello_may_have_16384_octets),
	    TEST(it_may_have_them_in_a_record_each), TEST(a_longer_hello_is_refused_at_its_header),
	    TEST(what_follows_in_other_records_is_not_the_hellos), TEST(a_post_quantum_hello_of_two_segments_is_read));
}
