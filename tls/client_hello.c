/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <tls/client_hello.h>

#include "extension.h"
#include "hello_message.h"
#include "vector.h"

#define NAME_TYPE_HOST 0

enum ech_type {
	ECH_OUTER = 0,
	ECH_INNER = 1,
};

/* A vector behind two octets of length that is all there is, and holds at least one value of two octets. */
static bool read_values(struct piece content, struct piece *values)
{
	return take_vector16(&content, values) && content.length == 0 && values->length >= 2 && values->length % 2 == 0;
}

static bool read_versions(struct piece content, struct piece *versions)
{
	return take_vector8(&content, versions) && content.length == 0 && versions->length >= 2 &&
	       versions->length % 2 == 0;
}

static enum client_hello_name judge_name(unsigned host_names, unsigned others, const struct piece *name)
{
	if (others > 0)
		return CLIENT_HELLO_NAME_TYPE;
	if (host_names > 1)
		return CLIENT_HELLO_NAME_TWO;
	if (name->length == 0)
		return CLIENT_HELLO_NAME_EMPTY;
	return memchr(name->data, '\0', name->length) != NULL ? CLIENT_HELLO_NAME_NUL : CLIENT_HELLO_NAME_ONE;
}

static bool read_server_name(struct piece content, struct client_hello *hello)
{
	unsigned host_names = 0, others = 0;
	struct piece list = {0}, name;
	uint8_t type;

	if (content.length > 0 && (!take_vector16(&content, &list) || content.length > 0))
		return false;
	while (list.length > 0) {
		/* Names of types to come begin with a length of two octets as well (RFC 6066 section 3). */
		if (!take_uint8(&list, &type) || !take_vector16(&list, &name))
			return false;
		if (type != NAME_TYPE_HOST)
			others++;
		else if (host_names++ == 0)
			hello->name = name;
	}
	hello->name_kind = judge_name(host_names, others, &hello->name);
	return true;
}

static bool read_protocols(struct piece content, struct client_hello *hello)
{
	struct piece list, name;

	if (!take_vector16(&content, &hello->protocols) || content.length > 0 || hello->protocols.length == 0)
		return false;
	for (list = hello->protocols; list.length > 0;) {
		if (!take_vector8(&list, &name) || name.length == 0)
			return false;
		hello->grease |= hello_is_grease_protocol(&name);
	}
	return true;
}

static bool read_key_shares(struct piece content, struct client_hello *hello)
{
	struct piece list, key;
	uint16_t group;

	if (!take_vector16(&content, &hello->key_shares) || content.length > 0)
		return false;
	for (list = hello->key_shares; list.length > 0;) {
		if (!take_uint16(&list, &group) || !take_vector16(&list, &key) || key.length == 0)
			return false;
		hello->grease |= hello_is_grease(group);
	}
	return true;
}

/* Identities with the age of each, then as many binders (RFC 8446 section 4.2.11). */
static bool read_pre_shared_keys(struct piece content, struct client_hello *hello)
{
	struct piece identities, binders, octets, age;
	uint16_t binder_count = 0;

	if (!take_vector16(&content, &identities) || !take_vector16(&content, &binders) || content.length > 0)
		return false;
	for (; identities.length > 0; hello->pre_shared_keys++) {
		if (!take_vector16(&identities, &octets) || octets.length == 0 || !take_octets(&identities, 4, &age))
			return false;
	}
	for (; binders.length > 0; binder_count++) {
		if (!take_vector8(&binders, &octets) || octets.length < 32)
			return false;
	}
	return hello->pre_shared_keys > 0 && hello->pre_shared_keys == binder_count;
}

/* RFC 9849 section 5; the encapsulated key is empty in a hello after a HelloRetryRequest. */
static bool read_ech(struct piece content, struct client_hello *hello)
{
	struct piece cipher_suite, key, payload;
	uint8_t type, configuration;

	if (!take_uint8(&content, &type))
		return false;
	if (type == ECH_INNER) {
		hello->ech = CLIENT_HELLO_ECH_INNER;
		return content.length == 0;
	}
	hello->ech = CLIENT_HELLO_ECH_OUTER;
	return type == ECH_OUTER && take_octets(&content, 4, &cipher_suite) && take_uint8(&content, &configuration) &&
	       take_vector16(&content, &key) && take_vector16(&content, &payload) && payload.length > 0 &&
	       content.length == 0;
}

static bool read_extension(uint16_t type, struct piece content, void *into)
{
	struct client_hello *hello = into;

	hello->extensions++;
	hello->grease |= hello_is_grease(type);
	switch (type) {
	case EXTENSION_SERVER_NAME:
		return read_server_name(content, hello);
	case EXTENSION_SUPPORTED_GROUPS:
		return read_values(content, &hello->groups);
	case EXTENSION_SIGNATURE_ALGORITHMS:
		return read_values(content, &hello->signature_algorithms);
	case EXTENSION_ALPN:
		return read_protocols(content, hello);
	case EXTENSION_PRE_SHARED_KEY:
		return read_pre_shared_keys(content, hello);
	case EXTENSION_EARLY_DATA:
		hello->early_data = true;
		return content.length == 0;
	case EXTENSION_SUPPORTED_VERSIONS:
		return read_versions(content, &hello->versions);
	case EXTENSION_KEY_SHARE:
		return read_key_shares(content, hello);
	case EXTENSION_ENCRYPTED_CLIENT_HELLO:
		return read_ech(content, hello);
	case EXTENSION_ENCRYPTED_SERVER_NAME:
		hello->esni = true;
		return true;
	default:
		return true;
	}
}

static bool has_grease(struct piece values)
{
	uint16_t value;

	while (take_uint16(&values, &value)) {
		if (hello_is_grease(value))
			return true;
	}
	return false;
}

static bool has_value(struct piece values, uint16_t wanted)
{
	uint16_t value;

	while (take_uint16(&values, &value)) {
		if (value == wanted)
			return true;
	}
	return false;
}

/* Without supported_versions a server chooses TLS 1.2 at most, whatever is offered (RFC 8446 section 4.2.1). So does
 * one that does not know it, where it has no version of TLS. */
static uint16_t highest_version(const struct client_hello *hello)
{
	struct piece versions = hello->versions;
	uint16_t version, highest = 0;

	while (hello_next_value(&versions, &version)) {
		if (version >> 8 == 3 && version > highest)
			highest = version;
	}
	if (highest == 0)
		highest = hello->legacy_version < TLS_1_2 ? hello->legacy_version : TLS_1_2;
	return highest;
}

static enum hello_fault check_compression(struct piece methods, const struct client_hello *hello)
{
	if (memchr(methods.data, 0, methods.length) == NULL)
		return HELLO_FAULT_COMPRESSION;
	if (methods.length > 1 && has_value(hello->versions, TLS_1_3))
		return HELLO_FAULT_COMPRESSION;
	return HELLO_SOUND;
}

static enum hello_fault read_body(struct piece body, struct client_hello *hello)
{
	struct piece random, session_id, compression;
	enum hello_fault fault;

	if (!take_uint16(&body, &hello->legacy_version))
		return HELLO_FAULT_TRUNCATED;
	if (hello->legacy_version >> 8 != 3)
		return HELLO_FAULT_VERSION;
	if (!take_octets(&body, HELLO_RANDOM_LENGTH, &random) || !take_vector8(&body, &session_id))
		return HELLO_FAULT_TRUNCATED;
	if (session_id.length > HELLO_SESSION_ID_MAX)
		return HELLO_FAULT_SESSION_ID;
	hello->session_id_length = (uint8_t)session_id.length;
	if (!take_vector16(&body, &hello->cipher_suites))
		return HELLO_FAULT_TRUNCATED;
	if (hello->cipher_suites.length < 2 || hello->cipher_suites.length % 2 != 0)
		return HELLO_FAULT_CIPHER_SUITES;
	if (!take_vector8(&body, &compression))
		return HELLO_FAULT_TRUNCATED;
	fault = extensions_read(body, read_extension, hello, &hello->fault_extension);
	if (fault != HELLO_SOUND)
		return fault;
	hello->version = highest_version(hello);
	hello->grease |= has_grease(hello->cipher_suites) || has_grease(hello->versions) || has_grease(hello->groups) ||
			 has_grease(hello->signature_algorithms);
	return check_compression(compression, hello);
}

enum hello_result client_hello_read(const struct piece *pieces, size_t count, struct hello_buffer *buffer,
				    struct client_hello *hello)
{
	struct hello_reader reader;
	enum hello_result result;
	struct piece body;

	*hello = (struct client_hello){0};
	result = hello_message_collect(&reader, HELLO_CLIENT, pieces, count, buffer, &body);
	hello->fault = reader.fault;
	if (result != HELLO_WHOLE)
		return result;
	hello->length = reader.octets - reader.start;
	hello->fault = read_body(body, hello);
	return hello->fault == HELLO_SOUND ? HELLO_WHOLE : HELLO_MALFORMED;
}
