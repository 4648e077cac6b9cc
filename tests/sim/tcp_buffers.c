/* SPDX-License-Identifier: BSD-3-Clause */
/* Back-pressure: what waits unread closes the window, what waits unacknowledged fills the send buffer. */
#include "behaviour.h"

BEHAVIOUR(the_send_buffer_fills_and_writable_tells_when_there_is_room)
{
	uint32_t written = 0;

	peer.config.tcp.send_buffer = 65536;
	established();
	while (tcp_send_space(peer.stack, peer.connection) > 0) {
		app_write(2000);
		written += 2000;
		check(written < 200000);
	}
	check(written > 20000);
	check(!(peer.events & TCP_EVENT_WRITABLE));
	for (unsigned i = 0; i < 100 && peer.receive_next < written; i++) {
		ignore_output();
		inject();
	}
	check(peer.events & TCP_EVENT_WRITABLE);
	check(tcp_send_space(peer.stack, peer.connection) > 32768);
}

BEHAVIOUR(writable_is_not_told_unasked)
{
	established();
	app_write(1000);
	expect(.length = 1000);
	inject();
	check(!(peer.events & TCP_EVENT_WRITABLE));
}

BEHAVIOUR(buffers_can_be_enlarged)
{
	uint32_t before;

	peer.config.tcp.receive_buffer = 65536;
	established(.wscale = WSCALE(7));
	before = app_info().receive_window;
	tcp_set_buffers(peer.stack, peer.connection, 1 << 20, 1 << 20);
	for (unsigned i = 0; i < 200; i++) {
		inject(.length = 1000);
		app_read();
		ignore_output();
	}
	check(app_info().receive_window > 2 * before);
	check((uint32_t)peer.last.tcp.window << app_info().options.window_scale > 2 * before);
}

BEHAVIOUR(a_smaller_buffer_lets_the_window_run_out)
{
	established(.wscale = WSCALE(7));
	tcp_set_buffers(peer.stack, peer.connection, 8192, 8192);
	for (unsigned i = 0; i < 200; i++) {
		inject(.length = 1000);
		app_read();
		ignore_output();
	}
	check_between((uint32_t)peer.last.tcp.window << app_info().options.window_scale, 0, 60000);
}

BEHAVIOUR(unread_data_is_bounded_by_the_receive_buffer)
{
	peer.config.tcp.receive_buffer = 65536;
	established();
	for (unsigned i = 0; i < 1000; i++) {
		inject(.seq = 1 + 1000 * (uint64_t)i, .length = 1000);
		ignore_output();
	}
	check_between(tcp_receivable(peer.connection), 16384, 65536);
	check_between(rte_mempool_in_use_count(peer.pool), 8, 70);
	app_read();
}
