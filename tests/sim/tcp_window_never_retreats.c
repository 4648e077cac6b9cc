/* SPDX-License-Identifier: BSD-3-Clause */
/* The edge that we promised never moves back, though buffers fill (RFC 9293 section 3.8.6). */
#include "behaviour.h"

static uint32_t scale;

static uint32_t edge(void)
{
	return peer.last.tcp.acknowledgement - peer.isn + ((uint32_t)peer.last.tcp.window << scale);
}

static void edge_holds(uint32_t length, unsigned segments)
{
	uint32_t last = 0;

	for (unsigned i = 0; i < segments; i++) {
		if (last && peer.send_next + length > last)
			break;
		inject(.length = length);
		advance_ms(i % 7 ? 0 : 50);
		while (next_packet()) {
			check(edge() + (1u << scale) > last);
			last = RTE_MAX(edge(), last);
		}
	}
	app_read();
	while (next_packet()) {
		check(edge() + (1u << scale) > last);
		last = RTE_MAX(edge(), last);
	}
}

BEHAVIOUR(with_full_segments)
{
	scale = 0;
	established();
	edge_holds(1440, 1000);
}

BEHAVIOUR(with_tiny_segments_that_pin_whole_buffers)
{
	scale = 0;
	established();
	edge_holds(1, 3000);
}

BEHAVIOUR(with_a_scale)
{
	established(.wscale = WSCALE(7));
	scale = 7;
	edge_holds(1440, 1000);
}

BEHAVIOUR(when_the_user_makes_the_buffer_smaller)
{
	uint32_t promised;

	scale = 0;
	established();
	inject(.length = 1000);
	advance_ms(50);
	check(next_packet());
	promised = edge();
	tcp_set_buffers(peer.stack, peer.connection, 4096, 4096);
	inject(.length = 1000);
	advance_ms(50);
	while (next_packet())
		check_between(edge(), promised, promised + 65535);
}

BEHAVIOUR(all_that_was_promised_is_taken)
{
	uint32_t promised;

	peer.config.tcp.receive_buffer = 65536;
	established();
	inject(.length = 1);
	advance_ms(50);
	check(next_packet());
	promised = edge();
	while (peer.send_next < promised)
		inject(.length = RTE_MIN(1440u, promised - (uint32_t)peer.send_next));
	advance_ms(50);
	ignore_output();
	check_equal(peer.last.tcp.acknowledgement - peer.isn, promised);
	app_expect_read(promised - 1);
}
