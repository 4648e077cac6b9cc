/* SPDX-License-Identifier: BSD-3-Clause */
/* Offloads of the port: what it cuts and sums for us comes out as if we had done it. */
#include "behaviour.h"

#define ALL                                                                                                            \
	(INTERFACE_TX_IPV4_CHECKSUM | INTERFACE_TX_TCP_CHECKSUM | INTERFACE_TX_TCP_SEGMENTATION | INTERFACE_TX_CHAINS)

BEHAVIOUR(a_long_write_is_cut_to_the_mss)
{
	peer.offloads = ALL;
	established();
	app_write(7500);
	for (unsigned i = 0; i < 7; i++)
		expect(.length = 1000);
	expect(.length = 500);
}

BEHAVIOUR(also_to_an_mss_so_small_that_several_segments_fit_the_mtu)
{
	peer.offloads = ALL;
	established(.mss = 216);
	app_write(1080);
	for (unsigned i = 0; i < 5; i++)
		expect(.length = 216);
}

BEHAVIOUR(a_fin_stands_on_the_last_segment_only)
{
	peer.offloads = ALL;
	established();
	inject(.window = ZERO_WINDOW);
	app_write(2500);
	app_shutdown();
	inject(.window = 65535);
	expect(.length = 1000);
	expect(.length = 1000);
	expect(.flags = FIN | ACK, .length = 500);
}

BEHAVIOUR(no_segment_is_longer_than_the_window)
{
	peer.offloads = ALL;
	established(.window = 3000);
	app_write(20000);
	for (unsigned i = 0; i < 3; i++)
		expect(.length = 1000);
	expect_nothing();
}

BEHAVIOUR(checksums_alone)
{
	peer.offloads = INTERFACE_TX_IPV4_CHECKSUM | INTERFACE_TX_TCP_CHECKSUM;
	established();
	app_write(1500);
	expect(.length = 1000);
	expect(.length = 500);
}

BEHAVIOUR(a_port_that_takes_chains_and_sums_nothing)
{
	peer.offloads = INTERFACE_TX_CHAINS;
	established();
	app_write(999);
	app_write(999);
	expect(.length = 999);
	expect(.length = 999);
}
