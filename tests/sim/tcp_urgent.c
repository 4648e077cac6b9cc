/* SPDX-License-Identifier: BSD-3-Clause */
/* Urgent data is delivered in line, and the pointer can do no harm (RFC 6093). */
#include "behaviour.h"

BEHAVIOUR(urgent_bytes_stay_in_the_stream)
{
	established();
	inject(.length = 100);
	inject(.flags = URG | ACK, .length = 100, .urgent = 50);
	inject(.length = 100);
	app_expect_read(300);
	ignore_output();
}

BEHAVIOUR(a_pointer_beyond_everything)
{
	established();
	inject(.flags = URG | ACK, .length = 10, .urgent = 65535);
	inject(.flags = URG | ACK, .urgent = 65535);
	inject(.flags = URG | FIN | ACK, .length = 10, .urgent = 0);
	app_expect_read(20);
	check(peer.events & TCP_EVENT_END);
	ignore_output();
}

BEHAVIOUR(we_never_set_the_flag)
{
	established();
	app_write(3000);
	while (next_packet())
		check(!(peer.last.tcp.flags & URG));
}
