/* SPDX-License-Identifier: BSD-3-Clause */
/* Progress of a connection shows that its next hop is there (RFC 4861 section 7.3.1). */
#include "behaviour.h"

BEHAVIOUR(a_connection_that_advances_needs_no_answers_of_its_neighbour)
{
	established();
	peer.silent = true;
	for (unsigned i = 0; i < 60; i++) {
		advance_ms(2000);
		app_write(100);
		expect(.length = 100);
		inject();
	}
	check_equal(app_info().bytes_sent, 6000);
}

BEHAVIOUR(acks_of_nothing_new_show_nothing)
{
	/* They may come another way, or be forged: an unanswering neighbour is given up. */
	established();
	peer.silent = true;
	for (unsigned i = 0; i < 60; i++) {
		advance_ms(2000);
		inject(.length = 100);
		app_expect_read(100);
		ignore_output();
	}
	advance_ms(2000);
	inject(.length = 100);
	app_expect_read(100);
	advance_ms(100);
	expect_nothing();
	peer.silent = false;
}
