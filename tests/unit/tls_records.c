/* SPDX-License-Identifier: BSD-3-Clause */
/* What records a ClientHello may come in, and which are refused (RFC 8446 section 5.1). */
#include <string.h>

#include "tls_support.h"

static struct octets message, stream;

static void refused(enum hello_fault fault, uint64_t at)
{
	const struct outcome *outcome = hello_read(HELLO_CLIENT, &stream);

	CU_ASSERT_EQUAL(outcome->result, HELLO_MALFORMED);
	CU_ASSERT_EQUAL(outcome->fault, fault);
	CU_ASSERT_EQUAL(outcome->reader.octets, at);
}

/* The first `length` octets of a hello in one record, and then the record of the hexadecimal text. */
static void part_and_record(size_t length, const char *record)
{
	hello_common(&message, 0);
	stream.length = 0;
	if (length > 0)
		stream_record(&stream, 22, message.data, length);
	octets_hex(&stream, record);
}

static void a_record_of_another_type_is_refused(void)
{
	static const char *const records[] = {"14 0301 0001 01", "15 0301 0002 0100", "15 0301 0002 0228",
					      "17 0303 0003 000000", "18 0303 0003 010000"};

	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		part_and_record(0, records[i]);
		refused(HELLO_FAULT_RECORD_TYPE, 2);
		part_and_record(1, records[i]);
		refused(HELLO_FAULT_RECORD_TYPE, 6 + 2);
		part_and_record(100, records[i]);
		refused(HELLO_FAULT_RECORD_TYPE, 105 + 2);
	}
}

static void what_is_no_record_behind_one_is_refused(void)
{
	part_and_record(100, "00");
	refused(HELLO_FAULT_RECORD_TYPE, 105 + 1);
	part_and_record(100, "474554202f");
	refused(HELLO_FAULT_RECORD_TYPE, 105 + 1);
	part_and_record(100, "19 0303 0001 00");
	refused(HELLO_FAULT_RECORD_TYPE, 105 + 1);
}

static void a_record_without_content_is_refused(void)
{
	part_and_record(0, "16 0301 0000");
	refused(HELLO_FAULT_RECORD_EMPTY, 5);
	part_and_record(1, "16 0301 0000");
	refused(HELLO_FAULT_RECORD_EMPTY, 6 + 5);
	part_and_record(100, "16 0301 0000");
	refused(HELLO_FAULT_RECORD_EMPTY, 105 + 5);
}

static void a_record_holds_16384_octets_at_most(void)
{
	part_and_record(0, "16 0301 4001");
	refused(HELLO_FAULT_RECORD_TOO_LONG, 5);
	part_and_record(0, "16 0301 ffff");
	refused(HELLO_FAULT_RECORD_TOO_LONG, 5);
	part_and_record(100, "16 0301 4001");
	refused(HELLO_FAULT_RECORD_TOO_LONG, 105 + 5);
	part_and_record(0, "16 0301 4000");
	CU_ASSERT_EQUAL(hello_read(HELLO_CLIENT, &stream)->result, HELLO_MORE);
}

static void only_the_major_version_of_a_record_counts(void)
{
	static const char *const versions[] = {"0300", "0301", "0303", "0304", "037f", "03ff"};
	const struct outcome *outcome;

	hello_common(&message, 0);
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		stream.length = 0;
		stream_records(&stream, &message, 64);
		support_hex(versions[i], stream.data + 1, 2);
		support_hex(versions[i], stream.data + 69 + 1, 2);
		outcome = hello_read(HELLO_CLIENT, &stream);
		CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
		CU_ASSERT_EQUAL(outcome->reader.version, stream.data[1] << 8 | stream.data[2]);
	}
	part_and_record(100, "16 0203 0001 00");
	refused(HELLO_FAULT_RECORD_VERSION, 105 + 2);
	part_and_record(100, "16 fefd 0001 00");
	refused(HELLO_FAULT_RECORD_VERSION, 105 + 2);
}

static void nothing_stands_behind_the_hello_in_its_record(void)
{
	hello_common(&message, 0);
	stream.length = 0;
	octets_zero(&message, 1);
	stream_record(&stream, 22, message.data, message.length);
	refused(HELLO_FAULT_RECORD_GOES_ON, stream.length - 1);
	stream.length = 0;
	stream_records(&stream, &message, message.length - 2);
	refused(HELLO_FAULT_RECORD_GOES_ON, stream.length - 1);
}

static void another_message_is_refused(void)
{
	static const uint8_t types[] = {0, 2, 3, 4, 11, 16, 20, 24, 254, 255};

	hello_common(&message, 0);
	for (size_t i = 0; i < sizeof(types); i++) {
		message.data[0] = types[i];
		stream.length = 0;
		stream_records(&stream, &message, 16384);
		refused(HELLO_FAULT_MESSAGE_TYPE, 6);
	}
}

static void a_hello_without_a_body_is_refused(void)
{
	message.length = 0;
	octets_hex(&message, "01000000");
	client_refused(&message, HELLO_FAULT_TRUNCATED, -1);
}

int main(void)
{
	return TESTS_RUN("records of hellos", TEST(a_record_of_another_type_is_refused),
			 TEST(what_is_no_record_behind_one_is_refused), TEST(a_record_without_content_is_refused),
			 TEST(a_record_holds_16384_octets_at_most), TEST(only_the_major_version_of_a_record_counts),
			 TEST(nothing_stands_behind_the_hello_in_its_record), TEST(another_message_is_refused),
			 TEST(a_hello_without_a_body_is_refused));
}
