/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <tls/server_hello.h>

#include "extension.h"
#include "hello_message.h"
#include "vector.h"

/* By this "random" a HelloRetryRequest is known: SHA-256 of its name (RFC 8446 section 4.1.3). */
static const uint8_t retry_random[HELLO_RANDOM_LENGTH] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

/* The server's share, or in a HelloRetryRequest just the group that it wants one of. */
static bool read_key_share(struct piece content, struct server_hello *hello)
{
	struct piece key;

	if (!take_uint16(&content, &hello->group))
		return false;
	if (!hello->retry && (!take_vector16(&content, &key) || key.length == 0))
		return false;
	return content.length == 0;
}

/* A list of exactly one name (RFC 7301 section 3.1). */
static bool read_protocol(struct piece content, struct server_hello *hello)
{
	struct piece list;

	return take_vector16(&content, &list) && content.length == 0 && take_vector8(&list, &hello->protocol) &&
	       list.length == 0 && hello->protocol.length > 0;
}

static bool read_extension(uint16_t type, struct piece content, void *into)
{
	struct server_hello *hello = into;

	switch (type) {
	case EXTENSION_SUPPORTED_VERSIONS:
		return take_uint16(&content, &hello->version) && content.length == 0;
	case EXTENSION_KEY_SHARE:
		return read_key_share(content, hello);
	case EXTENSION_ALPN:
		return read_protocol(content, hello);
	default:
		return true;
	}
}

static enum hello_fault read_body(struct piece body, struct server_hello *hello)
{
	struct piece random, session_id;
	enum hello_fault fault;
	uint8_t compression;

	if (!take_uint16(&body, &hello->version))
		return HELLO_FAULT_TRUNCATED;
	if (hello->version >> 8 != 3)
		return HELLO_FAULT_VERSION;
	if (!take_octets(&body, HELLO_RANDOM_LENGTH, &random) || !take_vector8(&body, &session_id))
		return HELLO_FAULT_TRUNCATED;
	if (session_id.length > HELLO_SESSION_ID_MAX)
		return HELLO_FAULT_SESSION_ID;
	if (!take_uint16(&body, &hello->cipher_suite) || !take_uint8(&body, &compression))
		return HELLO_FAULT_TRUNCATED;
	if (compression != 0)
		return HELLO_FAULT_COMPRESSION;
	hello->retry = memcmp(random.data, retry_random, HELLO_RANDOM_LENGTH) == 0;
	fault = extensions_read(body, read_extension, hello, &hello->fault_extension);
	if (fault != HELLO_SOUND)
		return fault;
	return hello->retry && hello->version != TLS_1_3 ? HELLO_FAULT_RETRY_VERSION : HELLO_SOUND;
}

enum hello_result server_hello_read(enum hello_expected expected, const struct piece *pieces, size_t count,
				    struct hello_buffer *buffer, struct server_hello *hello)
{
	struct hello_reader reader;
	enum hello_result result;
	struct piece body;

	*hello = (struct server_hello){0};
	result = hello_message_collect(&reader, expected, pieces, count, buffer, &body);
	hello->fault = reader.fault;
	if (result != HELLO_WHOLE)
		return result;
	hello->length = reader.octets - reader.start;
	hello->fault = read_body(body, hello);
	if (hello->fault == HELLO_SOUND && hello->retry && expected == HELLO_SERVER_AGAIN)
		hello->fault = HELLO_FAULT_RETRY_TWICE;
	/* Nothing but change_cipher_spec may come between a HelloRetryRequest and the client's answer. */
	if (hello->fault == HELLO_SOUND && hello->retry && reader.record_left > 0)
		hello->fault = HELLO_FAULT_RECORD_GOES_ON;
	return hello->fault == HELLO_SOUND ? HELLO_WHOLE : HELLO_MALFORMED;
}
