/* SPDX-License-Identifier: BSD-3-Clause */
/* However a ClientHello comes, the same is decided about it, and the server gets it octet for octet. */
#include "scene.h"

static const char web[] = "filter web\nrow allow a.test\nservice s web\n";

static struct octets message, hello, refused, server_hello;

typedef void sender(const void *octets, size_t length, size_t cut);

static void begin(enum family family, bool scattered)
{
	scene_begin(&(struct scene_policy){.text = web}, family);
	scene.scattered = scattered;
	scene_connect_transparent();
}

/* The hello is there, and all else goes through. */
static void arrived(const struct octets *stream)
{
	CU_ASSERT_STRING_EQUAL(scene.asked_name, "a.test");
	CU_ASSERT(server_got(stream->data, stream->length));
	server_sends(server_hello.data, server_hello.length);
	CU_ASSERT(client_got(server_hello.data, server_hello.length));
	client_says("more");
	CU_ASSERT(server_got("more", 4));
	CU_ASSERT_EQUAL(scene.flows->counters.spliced, 1);
	scene_end();
}

static void denied(void)
{
	static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 112};

	CU_ASSERT(client_got(alert, sizeof(alert)));
	CU_ASSERT_EQUAL(scene.server.connections, 0);
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(REASON_DENIED_ANY), 1);
	scene_end();
}

static void go_through(const struct octets *stream, sender *send, size_t cut, enum family family, bool scattered)
{
	begin(family, scattered);
	send(stream->data, stream->length, cut);
	arrived(stream);
}

static void in_two(const struct octets *stream, size_t at)
{
	client_sends(stream->data, at, 0);
	CU_ASSERT_EQUAL(scene.asked, 0);
	CU_ASSERT(client_got(NULL, 0));
	client_sends(stream->data + at, stream->length - at, 0);
}

static void cut_in_two_at_any_octet(void)
{
	for (size_t at = 1; at < hello.length; at++) {
		begin(at % 2 == 0 ? IPV4 : IPV6, false);
		in_two(&hello, at);
		arrived(&hello);
		begin(at % 2 == 0 ? IPV6 : IPV4, false);
		in_two(&refused, at);
		denied();
	}
}

/* The longer part is as long as the first segment, the rest as long as what is left: so the second comes alone. */
static void with_its_second_half_first(void)
{
	for (size_t cut = (hello.length + 1) / 2; cut < hello.length; cut++) {
		go_through(&hello, client_sends_reversed, cut, cut % 2 == 0 ? IPV4 : IPV6, false);
		begin(cut % 2 == 0 ? IPV6 : IPV4, false);
		client_sends_reversed(refused.data, refused.length, cut);
		denied();
	}
}

static void in_segments_of_any_size_forwards_and_backwards(void)
{
	for (size_t cut = 1; cut < hello.length / 2; cut += cut < 12 ? 1 : 7) {
		go_through(&hello, client_sends, cut, IPV4, false);
		go_through(&hello, client_sends, cut, IPV6, true);
		go_through(&hello, client_sends_reversed, cut, IPV6, false);
		go_through(&hello, client_sends_reversed, cut, IPV4, true);
		begin(IPV4, cut % 2 == 0);
		client_sends_reversed(refused.data, refused.length, cut);
		denied();
	}
}

static void over_records_of_any_size(void)
{
	static struct octets stream, no;

	for (size_t limit = 1; limit < 60; limit++) {
		scene_client_hello_message(&message, "a.test");
		stream.length = no.length = 0;
		stream_records(&stream, &message, limit);
		scene_client_hello_message(&message, "b.test");
		stream_records(&no, &message, limit);
		go_through(&stream, client_sends, 0, IPV4, false);
		go_through(&stream, client_sends, 1, IPV6, false);
		go_through(&stream, client_sends_reversed, limit, limit % 2 == 0 ? IPV4 : IPV6, true);
		begin(limit % 2 == 0 ? IPV6 : IPV4, false);
		client_sends(no.data, no.length, 0);
		denied();
	}
}

static void with_16_kib_of_it(void)
{
	static const size_t limits[] = {HELLO_MESSAGE_MAX, 1000, 17}, cuts[] = {1448, 600, 511, 100};
	static struct octets stream;

	hello_common(&message, HELLO_MESSAGE_MAX);
	for (size_t i = 0; i < RTE_DIM(limits); i++) {
		stream.length = 0;
		stream_records(&stream, &message, limits[i]);
		for (size_t k = 0; k < RTE_DIM(cuts); k++) {
			go_through(&stream, client_sends, cuts[k], IPV4, k % 2 == 0);
			go_through(&stream, client_sends, cuts[k], IPV6, k % 2 != 0);
			go_through(&stream, client_sends_reversed, cuts[k], IPV4, k % 2 != 0);
			go_through(&stream, client_sends_reversed, cuts[k], IPV6, k % 2 == 0);
		}
	}
}

static void with_16_kib_of_it_in_segments_of_an_octet(void)
{
	static struct octets stream;

	hello_common(&message, HELLO_MESSAGE_MAX);
	stream.length = 0;
	stream_records(&stream, &message, HELLO_MESSAGE_MAX);
	go_through(&stream, client_sends, 1, IPV4, false);
	go_through(&stream, client_sends_reversed, 1, IPV6, false);
}

/* They are put together as they come: an mbuf for each would be more than the gateway may hold of a client. */
static void octet_by_octet_it_takes_few_buffers(void)
{
	static struct octets stream;

	hello_common(&message, 8192);
	stream.length = 0;
	stream_records(&stream, &message, HELLO_MESSAGE_MAX);
	for (enum family family = IPV4; family < FAMILIES; family++) {
		begin(family, false);
		client_trickles(stream.data, stream.length - 1, 1000);
		CU_ASSERT(scene_gateway_mbufs() <= 16);
		client_sends(stream.data + stream.length - 1, 1, 0);
		arrived(&stream);
	}
}

/* As long as a stream that holds a hello can be. */
static void with_16_kib_of_it_in_records_of_an_octet(void)
{
	static struct octets stream;

	hello_common(&message, HELLO_MESSAGE_MAX);
	stream.length = 0;
	stream_records(&stream, &message, 1);
	CU_ASSERT_EQUAL(stream.length, HELLO_STREAM_MAX);
	go_through(&stream, client_sends, 0, IPV4, false);
	go_through(&stream, client_sends, 6, IPV6, true);
	go_through(&stream, client_sends_reversed, 1448, IPV6, true);
}

int main(void)
{
	scene_prepare();
	scene_client_hello(&hello, "a.test");
	scene_client_hello(&refused, "b.test");
	scene_server_hello(&server_hello, false);
	return TESTS_RUN("cut hellos on their way", TEST(cut_in_two_at_any_octet), TEST(with_its_second_half_first),
			 TEST(in_segments_of_any_size_forwards_and_backwards), TEST(over_records_of_any_size),
			 TEST(with_16_kib_of_it), TEST(with_16_kib_of_it_in_segments_of_an_octet),
			 TEST(octet_by_octet_it_takes_few_buffers), TEST(with_16_kib_of_it_in_records_of_an_octet));
}
