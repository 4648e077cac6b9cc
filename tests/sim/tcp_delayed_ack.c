/* SPDX-License-Identifier: BSD-3-Clause */
/* When data is acknowledged (RFC 9293 section 3.8.6.3, RFC 5681 section 4.2). */
#include "behaviour.h"

static uint32_t full_segment(void)
{
	return peer.family == IPV4 ? 1460 : 1440;
}

BEHAVIOUR(one_segment_is_acknowledged_after_40_ms)
{
	established();
	inject(.length = full_segment());
	advance_ms(38);
	expect_nothing();
	advance_ms(4);
	expect(.ack = full_segment() + 1);
}

BEHAVIOUR(every_second_full_segment_is_acknowledged_at_once)
{
	established();
	for (unsigned i = 1; i <= 10; i++) {
		inject(.length = full_segment());
		expect_nothing();
		inject(.length = full_segment());
		expect(.ack = 2 * i * full_segment() + 1);
	}
}

BEHAVIOUR(the_time_is_configured)
{
	peer.config.tcp.delayed_ack = 200;
	established();
	inject(.length = 100);
	advance_ms(198);
	expect_nothing();
	advance_ms(4);
	expect(.ack = 101);
}

BEHAVIOUR(data_takes_the_ack_along)
{
	established();
	inject(.length = 100);
	app_write(50);
	expect(.length = 50, .ack = 101);
	advance_ms(100);
	expect_nothing();
}

BEHAVIOUR(data_out_of_order_is_acknowledged_at_once)
{
	established();
	inject(.seq = 1001, .length = 100);
	expect(.ack = 1);
	inject(.seq = 1101, .length = 100);
	expect(.ack = 1);
}

BEHAVIOUR(data_that_fills_a_gap_is_acknowledged_at_once)
{
	established();
	inject(.seq = 101, .length = 100);
	expect(.ack = 1);
	inject(.seq = 1, .length = 100);
	expect(.ack = 201);
}

BEHAVIOUR(a_duplicate_is_acknowledged_at_once)
{
	established();
	inject(.length = 100);
	advance_ms(50);
	expect(.ack = 101);
	inject(.seq = 1, .length = 100);
	expect(.ack = 101);
}

BEHAVIOUR(a_fin_is_acknowledged_at_once)
{
	established();
	inject(.flags = FIN | ACK, .length = 100);
	expect(.ack = 102);
}

BEHAVIOUR(a_pure_ack_is_never_answered)
{
	established();
	inject();
	inject(.window = 1000);
	advance_ms(1000);
	expect_nothing();
}
