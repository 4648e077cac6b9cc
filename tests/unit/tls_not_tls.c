/* SPDX-License-Identifier: BSD-3-Clause */
/* What a stream looks like that does not begin as TLS does, told at the first octet that makes it certain. */
#include <string.h>

#include "tls_support.h"

static struct octets stream;

static void looks_like(enum hello_expected expected, const void *data, size_t length, enum hello_protocol protocol,
		       uint64_t at)
{
	const struct outcome *outcome;

	stream.length = 0;
	octets_add(&stream, data, length);
	outcome = hello_read(expected, &stream);
	CU_ASSERT_EQUAL(outcome->result, HELLO_NOT_TLS);
	CU_ASSERT_EQUAL(outcome->reader.protocol, protocol);
	CU_ASSERT_EQUAL(outcome->reader.octets, at);
}

static void text(const char *line, enum hello_protocol protocol, uint64_t at)
{
	looks_like(HELLO_CLIENT, line, strlen(line), protocol, at);
}

static void hex(const char *digits, enum hello_protocol protocol, uint64_t at)
{
	uint8_t data[256];

	looks_like(HELLO_CLIENT, data, support_hex(digits, data, sizeof(data)), protocol, at);
}

static void more(const char *digits)
{
	stream.length = 0;
	octets_hex(&stream, digits);
	CU_ASSERT_EQUAL(hello_read(HELLO_CLIENT, &stream)->result, HELLO_MORE);
}

static void http_is_known_by_its_methods(void)
{
	static const char *const methods[] = {"GET",	 "HEAD",    "POST",  "PUT",  "DELETE",
					      "CONNECT", "OPTIONS", "TRACE", "PATCH"};
	char line[64];

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		snprintf(line, sizeof(line), "%s / HTTP/1.1\r\nHost: a.test\r\n\r\n", methods[i]);
		text(line, HELLO_PROTOCOL_HTTP, strlen(methods[i]) + 1);
	}
	text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", HELLO_PROTOCOL_HTTP, 6);
}

static void http_is_known_by_its_status_line(void)
{
	looks_like(HELLO_SERVER, "HTTP/1.1 400 Bad Request\r\n", 26, HELLO_PROTOCOL_HTTP, 7);
}

static void ssh_is_known_by_its_banner(void)
{
	text("SSH-2.0-OpenSSH_9.2\r\n", HELLO_PROTOCOL_SSH, 4);
	looks_like(HELLO_SERVER, "SSH-2.0-OpenSSH_9.2\r\n", 21, HELLO_PROTOCOL_SSH, 4);
}

/* A CLIENT-HELLO of SSL 2.0, and the same form as TLS 1.0 allowed it (RFC 2246 appendix E). */
static void ssl_2_is_known_by_its_hello(void)
{
	hex("802e 01 0002 0015 0000 0010 010080 0700c0 030080 060040 020080 040080 050080 "
	    "00010203 04050607 08090a0b 0c0d0e0f",
	    HELLO_PROTOCOL_SSL2, 5);
	hex("802e 01 0301 0015 0000 0010 000004 000005 00000a 000009 000064 000062 000003 "
	    "00010203 04050607 08090a0b 0c0d0e0f",
	    HELLO_PROTOCOL_SSL2, 4 + 1);
	hex("8046 01 0303 002d", HELLO_PROTOCOL_SSL2, 5);
	hex("802e 02 0002", HELLO_PROTOCOL_UNKNOWN, 3);
	hex("802e 01 0102", HELLO_PROTOCOL_UNKNOWN, 4);
	hex("802e 01 0001", HELLO_PROTOCOL_UNKNOWN, 5);
}

static void everything_else_is_unknown_at_once(void)
{
	text("EHLO a.test\r\n", HELLO_PROTOCOL_UNKNOWN, 1);
	text("get / HTTP/1.1\r\n", HELLO_PROTOCOL_UNKNOWN, 1);
	text("GETX", HELLO_PROTOCOL_UNKNOWN, 4);
	text("POP3", HELLO_PROTOCOL_UNKNOWN, 3);
	text("PROPFIND / HTTP/1.1\r\n", HELLO_PROTOCOL_UNKNOWN, 3);
	text("SSL", HELLO_PROTOCOL_UNKNOWN, 3);
	text("\r\n\r\n", HELLO_PROTOCOL_UNKNOWN, 1);
	text("220 a.test ESMTP\r\n", HELLO_PROTOCOL_UNKNOWN, 1);
	hex("00", HELLO_PROTOCOL_UNKNOWN, 1);
	hex("13 0301 0001", HELLO_PROTOCOL_UNKNOWN, 1);
	hex("19 0301 0001", HELLO_PROTOCOL_UNKNOWN, 1);
	/* a long header of QUIC version 1, and a RDP connection request */
	hex("c3 00000001 08", HELLO_PROTOCOL_UNKNOWN, 3);
	hex("03 00 002f 2a", HELLO_PROTOCOL_UNKNOWN, 1);
}

static void the_version_of_the_first_record_decides(void)
{
	hex("16 02 00 0001 01", HELLO_PROTOCOL_UNKNOWN, 2);
	hex("16 fefd 0000", HELLO_PROTOCOL_UNKNOWN, 2);
	hex("15 04", HELLO_PROTOCOL_UNKNOWN, 2);
	hex("17 00", HELLO_PROTOCOL_UNKNOWN, 2);
}

static void too_few_octets_decide_nothing(void)
{
	static const char *const beginnings[] = {"",	   "16",   "1603",	     "160301",
						 "474554", "5353", "434f4e4e454354", "48454144",
						 "80",	   "80ff", "80ff01",	     "80ff0103"};

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		more(beginnings[i]);
}

static void each_protocol_has_a_name(void)
{
	CU_ASSERT_STRING_EQUAL(hello_protocol_name(HELLO_PROTOCOL_UNKNOWN), "unknown");
	CU_ASSERT_STRING_EQUAL(hello_protocol_name(HELLO_PROTOCOL_SSL2), "ssl2");
	CU_ASSERT_STRING_EQUAL(hello_protocol_name(HELLO_PROTOCOL_HTTP), "http");
	CU_ASSERT_STRING_EQUAL(hello_protocol_name(HELLO_PROTOCOL_SSH), "ssh");
}

int main(void)
{
	return TESTS_RUN("not TLS", TEST(http_is_known_by_its_methods), TEST(http_is_known_by_its_status_line),
			 TEST(ssh_is_known_by_its_banner), TEST(ssl_2_is_known_by_its_hello),
			 TEST(everything_else_is_unknown_at_once), TEST(the_version_of_the_first_record_decides),
			 TEST(too_few_octets_decide_nothing), TEST(each_protocol_has_a_name));
}
