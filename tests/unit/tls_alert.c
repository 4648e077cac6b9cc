/* SPDX-License-Identifier: BSD-3-Clause */
/* The alerts that the gateway sends before there is a handshake, and which fault has which. */
#include <string.h>

#include "tls_support.h"

static void expect(enum alert alert, uint16_t client_version, const char *hex)
{
	uint8_t record[ALERT_RECORD_LENGTH + 1] = {[ALERT_RECORD_LENGTH] = 0x5a}, expected[ALERT_RECORD_LENGTH];

	CU_ASSERT_EQUAL(support_hex(hex, expected, sizeof(expected)), ALERT_RECORD_LENGTH);
	CU_ASSERT_EQUAL(alert_write(alert, client_version, record), ALERT_RECORD_LENGTH);
	CU_ASSERT_EQUAL(memcmp(record, expected, ALERT_RECORD_LENGTH), 0);
	CU_ASSERT_EQUAL(record[ALERT_RECORD_LENGTH], 0x5a);
}

static void alerts_are_fatal_but_for_close_notify(void)
{
	expect(ALERT_UNRECOGNIZED_NAME, 0x0303, "15 0303 0002 02 70");
	expect(ALERT_INTERNAL_ERROR, 0x0303, "15 0303 0002 02 50");
	expect(ALERT_PROTOCOL_VERSION, 0x0303, "15 0303 0002 02 46");
	expect(ALERT_DECODE_ERROR, 0x0303, "15 0303 0002 02 32");
	expect(ALERT_UNEXPECTED_MESSAGE, 0x0303, "15 0303 0002 02 0a");
	expect(ALERT_CLOSE_NOTIFY, 0x0303, "15 0303 0002 01 00");
}

static void the_record_has_a_version_that_the_client_knows(void)
{
	expect(ALERT_PROTOCOL_VERSION, 0x0300, "15 0300 0002 02 46");
	expect(ALERT_PROTOCOL_VERSION, 0x0301, "15 0301 0002 02 46");
	expect(ALERT_PROTOCOL_VERSION, 0x0302, "15 0302 0002 02 46");
	expect(ALERT_PROTOCOL_VERSION, 0x0304, "15 0303 0002 02 46");
	expect(ALERT_PROTOCOL_VERSION, 0x03ff, "15 0303 0002 02 46");
	expect(ALERT_PROTOCOL_VERSION, 0xfefd, "15 0303 0002 02 46");
	expect(ALERT_PROTOCOL_VERSION, 0x0002, "15 0303 0002 02 46");
	expect(ALERT_PROTOCOL_VERSION, 0, "15 0303 0002 02 46");
}

/* What it writes is what the reader takes for an alert. */
static void an_alert_that_was_written_is_read(void)
{
	static struct octets stream;
	const struct outcome *outcome;

	stream.length = alert_write(ALERT_UNRECOGNIZED_NAME, 0x0301, stream.data);
	outcome = hello_read(HELLO_SERVER, &stream);
	CU_ASSERT_EQUAL(outcome->result, HELLO_ALERT);
	CU_ASSERT_EQUAL(outcome->reader.alert_level, ALERT_FATAL);
	CU_ASSERT_EQUAL(outcome->reader.alert, ALERT_UNRECOGNIZED_NAME);
}

static void each_fault_has_a_name_of_its_own_a_meaning_and_an_alert(void)
{
	for (unsigned fault = HELLO_SOUND; fault < HELLO_FAULTS; fault++) {
		const char *name = hello_fault_name(fault);

		CU_ASSERT_TRUE(name != NULL && strspn(name, "abcdefghijklmnopqrstuvwxyz-") == strlen(name));
		CU_ASSERT_TRUE(strlen(hello_fault_meaning(fault)) > 10);
		CU_ASSERT_NOT_EQUAL(hello_fault_alert(fault), ALERT_CLOSE_NOTIFY);
		for (unsigned other = HELLO_SOUND; other < fault; other++)
			CU_ASSERT_STRING_NOT_EQUAL(name, hello_fault_name(other));
	}
	CU_ASSERT_STRING_EQUAL(hello_fault_name(HELLO_SOUND), "none");
}

static void faults_are_answered_as_the_standard_says(void)
{
	CU_ASSERT_EQUAL(hello_fault_alert(HELLO_FAULT_RECORD_TYPE), 10);
	CU_ASSERT_EQUAL(hello_fault_alert(HELLO_FAULT_RECORD_EMPTY), 10);
	CU_ASSERT_EQUAL(hello_fault_alert(HELLO_FAULT_RECORD_TOO_LONG), 22);
	CU_ASSERT_EQUAL(hello_fault_alert(HELLO_FAULT_MESSAGE_TYPE), 10);
	CU_ASSERT_EQUAL(hello_fault_alert(HELLO_FAULT_TRUNCATED), 50);
	CU_ASSERT_EQUAL(hello_fault_alert(HELLO_FAULT_EXTENSION), 50);
	CU_ASSERT_EQUAL(hello_fault_alert(HELLO_FAULT_EXTENSION_TWICE), 47);
	CU_ASSERT_EQUAL(hello_fault_alert(HELLO_FAULT_EXTENSION_ORDER), 47);
	CU_ASSERT_EQUAL(hello_fault_alert(HELLO_FAULT_VERSION), 70);
}

int main(void)
{
	return TESTS_RUN("alerts", TEST(alerts_are_fatal_but_for_close_notify),
			 TEST(the_record_has_a_version_that_the_client_knows), TEST(an_alert_that_was_written_is_read),
			 TEST(each_fault_has_a_name_of_its_own_a_meaning_and_an_alert),
			 TEST(faults_are_answered_as_the_standard_says));
}
