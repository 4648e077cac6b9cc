/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_DROP_H
#define TCPSTACK_DROP_H

/* Why a packet was dropped; the list with its meanings is drop.def. */
enum drop_reason {
#define DROP(identifier, name, meaning) DROP_##identifier,
#include <tcpstack/drop.def>
#undef DROP
	DROP_REASONS
};

/* The stable name ("tcp-checksum") and the one-line meaning of a reason. Static strings. */
const char *drop_name(enum drop_reason reason);
const char *drop_meaning(enum drop_reason reason);

#endif
