/* SPDX-License-Identifier: BSD-3-Clause */
/* Any octets as a stream with a ClientHello: bounds hold, and neither pieces nor records make a difference. */
#include <tls/client_hello.h>

#include "hello.h"
#include "target.h"

static void hold_lists(const struct client_hello *hello, const struct hello_buffer *buffer)
{
	struct piece lists[] = {hello->cipher_suites, hello->versions, hello->groups, hello->signature_algorithms};
	struct piece shares = hello->key_shares, protocols = hello->protocols, item;
	uint16_t value;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		hold_within(lists[i], buffer);
		hold(lists[i].length % 2 == 0);
		while (hello_next_value(&lists[i], &value))
			hold(!hello_is_grease(value));
		hold(lists[i].length == 0);
	}
	hold_within(shares, buffer);
	while (hello_next_key_share(&shares, &value, &item))
		hold_within(item, buffer);
	hold_within(protocols, buffer);
	while (hello_next_protocol(&protocols, &item)) {
		hold(item.length > 0 && item.length <= 255);
		hold_within(item, buffer);
	}
	hold(shares.length == 0 && protocols.length == 0);
}

static void hold_hello(const struct client_hello *hello, const struct hello_buffer *buffer)
{
	hold(hello->fault == HELLO_SOUND && hello->legacy_version >> 8 == 3);
	hold(hello->version == 0 || (hello->version >= 0x0300 && hello->version <= 0x03ff));
	hold(hello->session_id_length <= 32 && hello->cipher_suites.length >= 2);
	hold_within(hello->name, buffer);
	hold(hello->name_kind != CLIENT_HELLO_NAME_NONE || hello->name.length == 0);
	hold(hello->name_kind != CLIENT_HELLO_NAME_ONE || hello->name.length > 0);
	hold_lists(hello, buffer);
}

static void hold_same_hello(const struct client_hello *a, const struct client_hello *b)
{
	hold(a->fault == b->fault && a->fault_extension == b->fault_extension);
	hold(a->legacy_version == b->legacy_version && a->version == b->version);
	hold(a->session_id_length == b->session_id_length && a->extensions == b->extensions);
	hold(a->name_kind == b->name_kind && a->ech == b->ech && a->esni == b->esni && a->grease == b->grease);
	hold(a->early_data == b->early_data && a->pre_shared_keys == b->pre_shared_keys);
	hold_same(a->name, b->name);
	hold_same(a->cipher_suites, b->cipher_suites);
	hold_same(a->versions, b->versions);
	hold_same(a->groups, b->groups);
	hold_same(a->signature_algorithms, b->signature_algorithms);
	hold_same(a->key_shares, b->key_shares);
	hold_same(a->protocols, b->protocols);
}

/* The hello that the reader found, read from its one piece, from crumbs, and from other records. */
static void read_hello(const struct hello_reader *reader, const uint8_t *data)
{
	static struct hello_buffer buffer, other_buffer;
	struct piece whole = {data + reader->start, reader->octets - reader->start}, *crumbs;
	struct client_hello hello, other;
	enum hello_result result;
	uint8_t *records;

	result = client_hello_read(&whole, 1, &buffer, &hello);
	hold(result == HELLO_WHOLE || result == HELLO_MALFORMED);
	hold((result == HELLO_WHOLE) == (hello.fault == HELLO_SOUND) && hello.length == whole.length);
	if (result == HELLO_WHOLE)
		hold_hello(&hello, &buffer);

	crumbs = hello_crumbs(whole.data, whole.length);
	hold(client_hello_read(crumbs, whole.length, &other_buffer, &other) == result);
	hold(other.length == hello.length);
	hold_same_hello(&hello, &other);
	hold(client_hello_read(crumbs, whole.length - 1, &other_buffer, &other) == HELLO_MORE);
	free(crumbs);

	records = hello_records(reader, data, &whole.length);
	whole.data = records;
	hold(client_hello_read(&whole, 1, &other_buffer, &other) == result);
	hold(other.length == whole.length);
	hold_same_hello(&hello, &other);
	free(records);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum hello_expected all[] = {HELLO_CLIENT, HELLO_CLIENT_AGAIN, HELLO_CLIENT_AGAIN_EARLY_DATA};
	struct hello_reader reader;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		hello_find(&reader, all[i], data, size);
		if (reader.result == HELLO_WHOLE)
			read_hello(&reader, data);
	}
	return 0;
}
