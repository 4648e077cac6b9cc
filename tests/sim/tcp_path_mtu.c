/* SPDX-License-Identifier: BSD-3-Clause */
/* Path MTU discovery, and who may speak of it (RFC 1191, RFC 8201, RFC 5927). */
#include "behaviour.h"

#include <string.h>

#include "../wire/too_big.h"

#define PATH_MTU 1300

static uint32_t full(uint16_t mtu)
{
	return mtu - 20 - (peer.family == IPV4 ? 20 : 40);
}

/* A router's complaint about the last packet of the stack; with a quoted sequence number that is off by `off`. */
static void too_big(uint16_t mtu, uint32_t off)
{
	uint8_t frame[PACKET_MAX], answer[TOO_BIG_MAXIMUM];
	uint32_t length;
	size_t size;

	memcpy(frame, last_frame(&length), PACKET_MAX);
	if (off) {
		struct packet_tcp other = peer.last;

		other.tcp.sequence += off;
		length = packet_build(frame, &other);
	}
	size = too_big_write(frame, length, mtu, answer);
	check(size > 0);
	inject_frame(answer, (uint32_t)size);
	pump();
}

static void in_flight(unsigned segments)
{
	established(.mss = 1460);
	app_write(segments * full(1500));
	for (unsigned i = 0; i < segments; i++)
		expect(.length = full(1500));
}

BEHAVIOUR(segments_are_cut_and_sent_again)
{
	uint32_t covered = 1;

	in_flight(4);
	too_big(PATH_MTU, 0);
	check_equal(app_info().send_mss, full(PATH_MTU));
	for (unsigned i = 0; i < 200 && covered < 4 * full(1500) + 1; i++) {
		while (next_packet()) {
			uint32_t at = peer.last.tcp.sequence - peer.stack_isn;

			check(peer.last.length <= full(PATH_MTU));
			if (at <= covered && at + peer.last.length > covered)
				covered = at + peer.last.length;
			inject(.ack = covered);
		}
		advance_ms(50);
	}
	check_equal(app_info().bytes_sent, 4 * full(1500));
}

BEHAVIOUR(the_retransmission_needs_no_time_out)
{
	in_flight(1);
	too_big(PATH_MTU, 0);
	advance_ms(10);
	check(next_packet());
	check_equal(peer.last.tcp.sequence - peer.stack_isn, 1);
	check_equal(peer.last.length, full(PATH_MTU));
}

BEHAVIOUR(a_quoted_number_that_is_not_in_flight_is_ignored)
{
	in_flight(2);
	too_big(PATH_MTU, 100000);
	check_equal(app_info().send_mss, full(1500));
	too_big(PATH_MTU, (uint32_t)-100000);
	check_equal(app_info().send_mss, full(1500));
	check_equal(counters().drops[DROP_ICMP_QUOTE], 2);
	expect_nothing();
}

BEHAVIOUR(acknowledged_data_cannot_be_too_big)
{
	in_flight(1);
	inject();
	too_big(PATH_MTU, 0);
	check_equal(app_info().send_mss, full(1500));
}

BEHAVIOUR(absurd_values_are_bounded)
{
	in_flight(1);
	too_big(68, 0);
	check(app_info().send_mss >= (peer.family == IPV4 ? 512 : 1220));
	ignore_output();
}

BEHAVIOUR(a_larger_value_changes_nothing)
{
	in_flight(1);
	too_big(4000, 0);
	check_equal(app_info().send_mss, full(1500));
}

BEHAVIOUR(a_new_connection_to_the_same_host_knows_it)
{
	in_flight(1);
	too_big(PATH_MTU, 0);
	ignore_output();
	peer.port++;
	peer.send_next = peer.receive_next = 0;
	inject(.flags = SYN, .mss = 1460);
	check(next_packet());
	inject();
	check_equal(app_info().send_mss, full(PATH_MTU));
}

BEHAVIOUR(after_ten_minutes_it_is_forgotten)
{
	in_flight(1);
	too_big(PATH_MTU, 0);
	ignore_output();
	inject(.ack = 1 + full(1500));
	advance_ms(11 * 60000);
	peer.port++;
	peer.send_next = peer.receive_next = 0;
	inject(.flags = SYN, .mss = 1460);
	check(next_packet());
	inject();
	check_equal(app_info().send_mss, full(1500));
}

BEHAVIOUR(hard_errors_do_not_end_an_established_connection)
{
	/* RFC 5927 section 5.2 */
	uint8_t answer[PACKET_MAX];
	uint32_t length;
	const uint8_t *frame;

	in_flight(1);
	frame = last_frame(&length);
	length = packet_icmp_error(answer, frame, length, peer.family == IPV4 ? 3 : 1, peer.family == IPV4 ? 3 : 4, 0);
	inject_frame(answer, length);
	pump();
	check_equal(app_info().state, TCP_ESTABLISHED);
	inject(.length = 100);
	app_expect_read(100);
}

BEHAVIOUR(hard_errors_end_a_connection_that_is_being_opened)
{
	uint8_t answer[PACKET_MAX];
	uint32_t length;
	const uint8_t *frame;

	connecting();
	check(next_packet());
	frame = last_frame(&length);
	length = packet_icmp_error(answer, frame, length, peer.family == IPV4 ? 3 : 1, peer.family == IPV4 ? 3 : 4, 0);
	inject_frame(answer, length);
	pump();
	check(peer.events & TCP_EVENT_CLOSED);
	check_equal(app_info().end, TCP_END_UNREACHABLE);
}
