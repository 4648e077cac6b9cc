/* SPDX-License-Identifier: BSD-3-Clause */
/* After a pause longer than the retransmission time-out the window starts again from its beginning (RFC 5681 4.1). */
#include "behaviour.h"

static void grow(void)
{
	established();
	for (unsigned i = 0; i < 3; i++) {
		app_write(app_info().congestion_window);
		advance_ms(20);
		ignore_output();
		inject();
	}
	check(app_info().congestion_window > 30000);
}

BEHAVIOUR(a_long_pause_brings_back_the_initial_window)
{
	grow();
	advance_ms(10000);
	app_write(30000);
	check_equal(ignore_output(), 10);
}

BEHAVIOUR(a_short_pause_does_not)
{
	grow();
	advance_ms(100);
	app_write(30000);
	check_equal(ignore_output(), 30);
}
