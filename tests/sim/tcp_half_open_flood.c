/* SPDX-License-Identifier: BSD-3-Clause */
/* A million half-open attempts: memory stays flat, established connections are unharmed, honest clients get in (P17,
 * P33). */
#include "behaviour.h"

BEHAVIOUR(a_million_attempts_leave_memory_flat)
{
	uint32_t isn = peer.isn;
	unsigned mbufs, refused = 0;

	uint32_t established_isn;

	peer.config.half_open = 4096;
	peer.config.connections = 256;
	listening();
	check(handshake_from(65000));
	established_isn = peer.stack_isn;
	mbufs = rte_mempool_in_use_count(peer.pool);
	for (unsigned i = 0; i < 1000000; i++) {
		peer.isn = isn + i * 7919;
		peer.port = (uint16_t)(1024 + i % 60000);
		inject(.flags = SYN, .mss = MSS);
		while (next_packet())
			;
		if (i % 20000 == 19999) {
			advance_ms(1000);
			ignore_output();
			check(rte_mempool_in_use_count(peer.pool) <= mbufs + 16);
			check(counters().half_open <= 4096);
			peer.isn = isn;
			refused += !handshake_from((uint16_t)(61100 + i / 20000));
			if (peer.connection) {
				app_reset();
				app_release();
				peer.accepted_count = 1;
				ignore_output();
			}
		}
	}
	check_equal(refused, 0);
	check_equal(counters().connections, 1);
	peer.connection = peer.accepted[0];
	peer.port = 65000;
	peer.isn = isn;
	peer.stack_isn = established_isn;
	peer.send_next = peer.receive_next = 1;
	inject(.length = 100);
	app_expect_read(100);
}
