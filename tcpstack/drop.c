/* SPDX-License-Identifier: BSD-3-Clause */
#include <tcpstack/drop.h>

const char *drop_name(enum drop_reason reason)
{
	static const char *const names[DROP_REASONS] = {
#define DROP(identifier, name, meaning) [DROP_##identifier] = name,
#include <tcpstack/drop.def>
#undef DROP
	};

	return names[reason];
}

const char *drop_meaning(enum drop_reason reason)
{
	static const char *const meanings[DROP_REASONS] = {
#define DROP(identifier, name, meaning) [DROP_##identifier] = meaning,
#include <tcpstack/drop.def>
#undef DROP
	};

	return meanings[reason];
}
