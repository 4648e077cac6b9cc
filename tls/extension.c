/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdint.h>

#include "extension.h"
#include "vector.h"

/* A bit for each type: 8 KB are cleared sooner than a hello of 4,000 extensions compares each with each. */
struct types_seen {
	uint64_t bits[(UINT16_MAX + 1) / 64];
};

static bool is_new(struct types_seen *seen, uint16_t type)
{
	uint64_t bit = UINT64_C(1) << type % 64;

	if (seen->bits[type / 64] & bit)
		return false;
	seen->bits[type / 64] |= bit;
	return true;
}

enum hello_fault extensions_read(struct piece rest, extension_reader *read, void *hello, uint16_t *fault_extension)
{
	struct types_seen seen = {0};
	struct piece block, content;
	uint16_t type;

	if (rest.length == 0)
		return HELLO_SOUND;
	if (!take_vector16(&rest, &block))
		return HELLO_FAULT_TRUNCATED;
	if (rest.length > 0)
		return HELLO_FAULT_TRAILING;
	while (block.length > 0) {
		if (!take_uint16(&block, &type) || !take_vector16(&block, &content))
			return HELLO_FAULT_TRUNCATED;
		*fault_extension = type;
		if (!is_new(&seen, type))
			return HELLO_FAULT_EXTENSION_TWICE;
		if (!read(type, content, hello))
			return HELLO_FAULT_EXTENSION;
		if (type == EXTENSION_PRE_SHARED_KEY && block.length > 0)
			return HELLO_FAULT_EXTENSION_ORDER;
		*fault_extension = 0;
	}
	return HELLO_SOUND;
}
