/* SPDX-License-Identifier: BSD-3-Clause */
/* Option lists that lie about their lengths (P29). */
#include "behaviour.h"

/* Sends a SYN with these option bytes; returns whether it was answered by a SYN-ACK. */
static bool answered(const uint8_t *options, uint8_t length)
{
	static uint16_t port = 20000;

	if (!peer.listener)
		listening();
	peer.port = ++port;
	peer.send_next = 0;
	inject(.flags = SYN, .raw_options = options, .raw_length = length);
	if (!next_packet())
		return false;
	return peer.last.tcp.flags == (SYN | ACK);
}

#define ANSWERED(...) answered((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

BEHAVIOUR(lengths_of_zero_and_one_are_refused)
{
	check(!ANSWERED(2, 0, 5, 0xb4));
	check(!ANSWERED(8, 1, 0, 0));
	check(!ANSWERED(200, 0, 1, 1));
	check_equal(counters().drops[DROP_TCP_OPTIONS], 3);
	check_equal(counters().half_open, 0);
}

BEHAVIOUR(a_length_beyond_the_header_is_refused)
{
	check(!ANSWERED(1, 1, 2, 4));
	check(!ANSWERED(8, 10, 0, 0, 0, 0, 0, 0));
	check(!ANSWERED(1, 1, 1, 254));
}

BEHAVIOUR(a_wrong_length_for_the_kind_is_refused)
{
	check(!ANSWERED(2, 3, 5, 0));
	check(!ANSWERED(3, 4, 7, 0));
	check(!ANSWERED(4, 4, 0, 0));
}

BEHAVIOUR(unknown_options_are_skipped)
{
	check(ANSWERED(254, 4, 1, 2, 2, 4, 4, 0));
	check_equal(peer.last.tcp.has_mss, true);
}

BEHAVIOUR(the_list_ends_where_it_says)
{
	check(ANSWERED(0, 2, 0, 0xff));
}

BEHAVIOUR(of_repeated_options_the_first_counts)
{
	check(ANSWERED(2, 4, 2, 88, 2, 4, 5, 180));
	inject(.seq = 1);
	check_equal(app_info().announced_mss, 600);
}

BEHAVIOUR(an_established_connection_survives_them)
{
	static const uint8_t options[] = {5, 200, 1, 1};

	established();
	inject(.length = 100, .raw_options = options, .raw_length = 4);
	peer.send_next = 1;
	check_equal(app_read(), 0);
	inject(.length = 100);
	app_expect_read(100);
	ignore_output();
}
