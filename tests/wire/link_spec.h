/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_WIRE_LINK_SPEC_H
#define TESTS_WIRE_LINK_SPEC_H

/*
 * The text by which a bad wire is described: items separated by commas, `name=value`, each for both directions or
 * behind `up:` or `down:` for one of them. A later item wins over an earlier one.
 *
 *   rate=100mbit  queue=256k  memory=64m   bit, kbit, mbit, gbit (powers of 1000); octets, k and m (powers of 1024)
 *   delay=20ms  jitter=5ms  hold=20ms      ns, us, ms, s
 *   loss=5%  duplicate=1%  corrupt=0.1%  truncate=0.1%     of frames; also as a plain fraction such as 0.05
 *   burst=0.1%:20                          such a part of frames begins a burst of 20 losses (10 if not said), which
 *                                          lasts for 100 ms at most
 *   reorder=3%:5                           such a part of frames is overtaken by 5 others (3 if not said)
 *   mtu=1280@2s  icmp=on                   from 2 s on; icmp: what is too big is answered by the wire, not only lost
 *   blackhole=1s@5s/30s                    1 s of silence after 5 s, and each 30 s again
 *   seed=7                                 the two directions get different seeds from it
 */

#include <stddef.h>

#include "link.h"

enum link_direction {
	LINK_UP,   /* from the first interface to the second one */
	LINK_DOWN, /* back */
	LINK_DIRECTIONS
};

/*
 * Read a specification into both configurations; the empty text is a perfect wire. Returns 0, or -1 with a sentence in
 * error (always terminated) that says which item is wrong and what it may be; configs are then undefined.
 */
int link_spec_parse(const char *text, struct link_config configs[LINK_DIRECTIONS], char *error, size_t error_size);

#endif
