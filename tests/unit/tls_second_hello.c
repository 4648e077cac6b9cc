/* SPDX-License-Identifier: BSD-3-Clause */
/* The ClientHello that answers a HelloRetryRequest, behind what a client may send before it (RFC 8446 appendix D.4,
 * section 4.2.10). */
#include <string.h>

#include "tls_support.h"

static struct octets message, stream;

/* A stream that begins with the records of the hexadecimal text, and then has a hello for b.test. */
static void behind(const char *records)
{
	client_hello_begin(&message, NULL);
	hello_name(&message, "b.test", 6);
	hello_end(&message);
	stream.length = 0;
	octets_hex(&stream, records);
	stream_records(&stream, &message, 50);
}

static void read_behind(enum hello_expected expected, const char *records)
{
	const struct outcome *outcome;
	size_t before;

	behind(records);
	outcome = hello_read(expected, &stream);
	before = stream.length - message.length - 5 * ((message.length + 49) / 50);
	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_EQUAL(outcome->reader.start, before);
	CU_ASSERT_EQUAL(outcome->reader.octets, stream.length);
	CU_ASSERT_EQUAL(outcome->client.length, stream.length - before);
	CU_ASSERT_TRUE(piece_is(outcome->client.name, "b.test"));
}

static void refused_behind(enum hello_expected expected, const char *records, enum hello_fault fault)
{
	const struct outcome *outcome;

	behind(records);
	outcome = hello_read(expected, &stream);
	CU_ASSERT_EQUAL(outcome->result, HELLO_MALFORMED);
	CU_ASSERT_EQUAL(outcome->fault, fault);
}

static void a_second_hello_tells_its_own_name(void)
{
	const struct outcome *first, *second;

	hello_common(&message, 0);
	first = client_read(&message);
	behind("14 0303 0001 01");
	second = hello_read(HELLO_CLIENT_AGAIN, &stream);
	CU_ASSERT_TRUE(piece_is(first->client.name, "a.test"));
	CU_ASSERT_TRUE(piece_is(second->client.name, "b.test"));
	CU_ASSERT_FALSE(same_hello(first, second));
}

static void change_cipher_spec_may_come_before_it(void)
{
	read_behind(HELLO_CLIENT_AGAIN, "");
	read_behind(HELLO_CLIENT_AGAIN, "14 0303 0001 01");
	read_behind(HELLO_CLIENT_AGAIN, "14 0301 0001 01 14 0303 0001 01");
	read_behind(HELLO_CLIENT_AGAIN_EARLY_DATA, "14 0303 0001 01");
	refused_behind(HELLO_CLIENT_AGAIN, "14 0303 0001 00", HELLO_FAULT_CHANGE_CIPHER_SPEC);
	refused_behind(HELLO_CLIENT_AGAIN, "14 0303 0002 0101", HELLO_FAULT_CHANGE_CIPHER_SPEC);
	refused_behind(HELLO_CLIENT_AGAIN, "14 0303 0000", HELLO_FAULT_RECORD_EMPTY);
	refused_behind(HELLO_CLIENT, "14 0303 0001 01", HELLO_FAULT_RECORD_TYPE);
}

/* Whoever offered early data has sent it, and garbage looks no different. */
static void early_data_may_if_it_was_offered(void)
{
	read_behind(HELLO_CLIENT_AGAIN_EARLY_DATA, "17 0303 0005 0102030405");
	read_behind(HELLO_CLIENT_AGAIN_EARLY_DATA, "14 0303 0001 01 17 0303 0003 160301 17 0303 0001 00");
	refused_behind(HELLO_CLIENT_AGAIN, "17 0303 0005 0102030405", HELLO_FAULT_RECORD_TYPE);
	refused_behind(HELLO_CLIENT, "17 0303 0005 0102030405", HELLO_FAULT_RECORD_TYPE);
	refused_behind(HELLO_CLIENT_AGAIN_EARLY_DATA, "17 0303 0000", HELLO_FAULT_RECORD_EMPTY);
	refused_behind(HELLO_CLIENT_AGAIN_EARLY_DATA, "17 0303 4101", HELLO_FAULT_RECORD_TOO_LONG);
}

static void any_amount_of_early_data_is_passed_over(void)
{
	static uint8_t record[5 + 16640] = {23, 3, 3, 65, 0};
	struct piece piece = {record, sizeof(record)}, hello = {stream.data, 0};
	struct hello_reader reader;

	hello_reader_start(&reader, HELLO_CLIENT_AGAIN_EARLY_DATA);
	for (unsigned i = 1; i <= 400000; i++) {
		if (hello_reader_read(&reader, &piece, 1) != HELLO_MORE || reader.start != (uint64_t)i * sizeof(record))
			break;
	}
	CU_ASSERT_EQUAL(reader.start, UINT64_C(400000) * sizeof(record));
	behind("");
	hello.length = stream.length;
	CU_ASSERT_EQUAL(hello_reader_read(&reader, &hello, 1), HELLO_WHOLE);
	CU_ASSERT_EQUAL(reader.octets - reader.start, stream.length);
}

static void none_of_it_may_come_within_the_hello(void)
{
	static const char *const records[] = {"14 0303 0001 01", "15 0303 0002 0100", "17 0303 0001 00"};

	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		behind("");
		stream.length = 55;
		octets_hex(&stream, records[i]);
		CU_ASSERT_EQUAL(hello_read(HELLO_CLIENT_AGAIN_EARLY_DATA, &stream)->fault, HELLO_FAULT_RECORD_TYPE);
	}
}

static void a_client_may_give_up_instead(void)
{
	const struct outcome *outcome;

	behind("14 0303 0001 01 15 0303 0002 022f");
	outcome = hello_read(HELLO_CLIENT_AGAIN, &stream);
	CU_ASSERT_EQUAL(outcome->result, HELLO_ALERT);
	CU_ASSERT_EQUAL(outcome->reader.alert_level, ALERT_FATAL);
	CU_ASSERT_EQUAL(outcome->reader.alert, ALERT_ILLEGAL_PARAMETER);
	CU_ASSERT_EQUAL(outcome->reader.octets, 6 + 7);
}

static void what_means_nothing_may_come_so_often_and_no_more(void)
{
	static const char record[] = "140303000101 ";
	char records[sizeof(record) * (HELLO_PASSED_RECORDS_MAX + 1)] = "";

	for (unsigned i = 0; i < HELLO_PASSED_RECORDS_MAX; i++)
		strcat(records, record);
	read_behind(HELLO_CLIENT_AGAIN, records);
	strcat(records, record);
	refused_behind(HELLO_CLIENT_AGAIN, records, HELLO_FAULT_TOO_MANY_RECORDS);
}

static void what_is_no_record_is_a_fault(void)
{
	refused_behind(HELLO_CLIENT_AGAIN, "474554202f", HELLO_FAULT_RECORD_TYPE);
	refused_behind(HELLO_CLIENT_AGAIN, "14 0303 0001 01 00", HELLO_FAULT_RECORD_TYPE);
	refused_behind(HELLO_CLIENT_AGAIN, "16 02", HELLO_FAULT_RECORD_VERSION);
	refused_behind(HELLO_CLIENT_AGAIN_EARLY_DATA, "18 0303 0001 00", HELLO_FAULT_RECORD_TYPE);
}

int main(void)
{
	return TESTS_RUN("second hello", TEST(a_second_hello_tells_its_own_name),
			 TEST(change_cipher_spec_may_come_before_it), TEST(early_data_may_if_it_was_offered),
			 TEST(any_amount_of_early_data_is_passed_over), TEST(none_of_it_may_come_within_the_hello),
			 TEST(a_client_may_give_up_instead), TEST(what_means_nothing_may_come_so_often_and_no_more),
			 TEST(what_is_no_record_is_a_fault));
}
