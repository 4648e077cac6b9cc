/* SPDX-License-Identifier: BSD-3-Clause */
/* The size of segments (RFC 9293 section 3.7.1, RFC 6691). */
#include "behaviour.h"

BEHAVIOUR(no_segment_is_longer_than_the_peers_mss)
{
	established(.mss = 600);
	app_write(3000);
	for (unsigned i = 0; i < 5; i++)
		expect(.length = 600);
}

BEHAVIOUR(timestamps_are_deducted)
{
	established(.mss = 600, .ts = TS(5000, 0));
	app_write(588 * 3);
	for (unsigned i = 0; i < 3; i++)
		expect(.length = 588);
}

BEHAVIOUR(a_small_mss_is_obeyed_within_reason)
{
	/* CVE-2019-11479: a tiny MSS is work without end. Not below 48 octets of payload and options. */
	established(.mss = 48);
	check_between(app_info().send_mss, 36, 536);
	app_write(1000);
	check(ignore_output() <= 30);
	check_equal(app_info().announced_mss, 48);
}

BEHAVIOUR(an_mss_of_zero_or_one_does_no_harm)
{
	listening();
	inject(.flags = SYN, .raw_options = (const uint8_t[]){2, 4, 0, 1}, .raw_length = 4);
	expect(.flags = SYN | ACK);
	inject();
	check_between(app_info().send_mss, 36, 536);
	app_write(100);
	check_between(ignore_output(), 1, 3);
}

BEHAVIOUR(without_the_option_the_default_holds)
{
	listening();
	inject(.flags = SYN);
	expect(.flags = SYN | ACK);
	inject();
	check_equal(app_info().send_mss, peer.family == IPV4 ? 536 : 1220);
}

BEHAVIOUR(a_large_mss_is_cut_to_our_mtu)
{
	established(.mss = 9000);
	check_equal(app_info().send_mss, peer.family == IPV4 ? 1460 : 1440);
	app_write(5000);
	expect(.length = peer.family == IPV4 ? 1460 : 1440);
	ignore_output();
}

BEHAVIOUR(we_announce_what_our_mtu_allows)
{
	peer.mtu = 4000;
	peer.offloads = INTERFACE_TX_CHAINS;
	listening();
	inject(.flags = SYN, .mss = 9000);
	expect(.flags = SYN | ACK, .mss = peer.family == IPV4 ? 3960 : 3940);
}

BEHAVIOUR(or_less_if_we_are_told_to)
{
	peer.config.tcp.options.mss = 1360;
	listening();
	inject(.flags = SYN, .mss = 9000);
	expect(.flags = SYN | ACK, .mss = 1360);
}
