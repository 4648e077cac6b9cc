/* SPDX-License-Identifier: BSD-3-Clause */
/* Other protocols on a proxy's port: no HTTP is written to those who would not understand it. */
#include <string.h>

#include "connect_support.h"
#include "support.h"

static void expect(const void *octets, size_t length, enum reason reason)
{
	struct connect_request request;

	connect_read_all(octets, length, NULL, &request);
	CU_ASSERT_EQUAL(request.result, CONNECT_REFUSED);
	CU_ASSERT_EQUAL(request.reason, reason);
}

static void tls_is_known_by_its_first_octet_and_not_answered(void)
{
	/* A record that holds the beginning of a ClientHello */
	static const uint8_t hello[] = {0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03};

	for (size_t length = 1; length <= sizeof(hello); length++)
		expect(hello, length, REASON_TLS_TO_PROXY);
	CU_ASSERT_EQUAL(reason_status(REASON_TLS_TO_PROXY), 0);
}

static void what_begins_with_no_text_is_not_answered(void)
{
	static const uint8_t ssl_2_hello[] = {0x80, 0x2e, 0x01, 0x00, 0x02, 0x00, 0x15, 0x00, 0x00, 0x00, 0x10};
	static const uint8_t quic_initial[] = {0xc3, 0x00, 0x00, 0x00, 0x01, 0x08};
	static const uint8_t socks_5[] = {0x05, 0x01, 0x00};
	static const uint8_t zero[] = {0x00};

	expect(ssl_2_hello, sizeof(ssl_2_hello), REASON_NOT_HTTP);
	expect(quic_initial, sizeof(quic_initial), REASON_NOT_HTTP);
	expect(socks_5, sizeof(socks_5), REASON_NOT_HTTP);
	expect(zero, sizeof(zero), REASON_NOT_HTTP);
	CU_ASSERT_EQUAL(reason_status(REASON_NOT_HTTP), 0);
}

static void other_text_is_a_bad_request(void)
{
	CONNECT_REFUSED_ALL(REASON_REQUEST_LINE, "SSH-2.0-OpenSSH_9.2p1\r\n", "EHLO a.test\r\n", "USER a\r\n",
			    "220 a.test ESMTP\r\n", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n");
}

/* What is to be said of a stream after its first octet. */
static enum reason expected_of(unsigned octet)
{
	if (octet == 0x16)
		return REASON_TLS_TO_PROXY;
	if (octet == '\n')
		return REASON_REQUEST_LINE;
	if (octet == '\t' || octet == '\r' || (octet >= ' ' && octet <= '~'))
		return REASON_ALLOWED;
	return REASON_NOT_HTTP;
}

static void every_first_octet_is_one_of_these(void)
{
	for (unsigned octet = 0; octet < 256; octet++) {
		const uint8_t first = (uint8_t)octet;
		struct connect_request request;

		connect_read_all(&first, 1, NULL, &request);
		CU_ASSERT_EQUAL(request.reason, expected_of(octet));
		CU_ASSERT_EQUAL(request.result, request.reason == REASON_ALLOWED ? CONNECT_MORE : CONNECT_REFUSED);
	}
}

int main(void)
{
	return TESTS_RUN("other protocols", TEST(tls_is_known_by_its_first_octet_and_not_answered),
			 TEST(what_begins_with_no_text_is_not_answered), TEST(other_text_is_a_bad_request),
			 TEST(every_first_octet_is_one_of_these));
}
