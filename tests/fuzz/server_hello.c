/* SPDX-License-Identifier: BSD-3-Clause */
/* Any octets as a stream with a ServerHello: bounds hold, and neither pieces nor records make a difference. */
#include <tls/server_hello.h>

#include "hello.h"
#include "target.h"

static void hold_same_hello(const struct server_hello *a, const struct server_hello *b)
{
	hold(a->fault == b->fault && a->fault_extension == b->fault_extension && a->retry == b->retry);
	hold(a->version == b->version && a->cipher_suite == b->cipher_suite && a->group == b->group);
	hold_same(a->protocol, b->protocol);
}

/* The hello that the reader found, read from its one piece, from crumbs, and from other records. */
static void read_hello(const struct hello_reader *reader, const uint8_t *data)
{
	static struct hello_buffer buffer, other_buffer;
	struct piece whole = {data + reader->start, reader->octets - reader->start}, *crumbs;
	struct server_hello hello, other;
	enum hello_result result;
	uint8_t *records;

	result = server_hello_read(reader->expected, &whole, 1, &buffer, &hello);
	hold(result == HELLO_WHOLE || result == HELLO_MALFORMED);
	hold((result == HELLO_WHOLE) == (hello.fault == HELLO_SOUND) && hello.length == whole.length);
	hold_within(hello.protocol, &buffer);
	if (result == HELLO_WHOLE && hello.retry)
		hold(hello.version == 0x0304 && reader->expected == HELLO_SERVER);

	crumbs = hello_crumbs(whole.data, whole.length);
	hold(server_hello_read(reader->expected, crumbs, whole.length, &other_buffer, &other) == result);
	hold_same_hello(&hello, &other);
	hold(server_hello_read(reader->expected, crumbs, whole.length - 1, &other_buffer, &other) == HELLO_MORE);
	free(crumbs);

	records = hello_records(reader, data, &whole.length);
	whole.data = records;
	server_hello_read(reader->expected, &whole, 1, &other_buffer, &other);
	/* There is nothing left in the last of these records that could go on. */
	if (hello.fault != HELLO_FAULT_RECORD_GOES_ON)
		hold_same_hello(&hello, &other);
	free(records);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum hello_expected all[] = {HELLO_SERVER, HELLO_SERVER_AGAIN};
	struct hello_reader reader;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		hello_find(&reader, all[i], data, size);
		if (reader.result == HELLO_WHOLE)
			read_hello(&reader, data);
	}
	return 0;
}
