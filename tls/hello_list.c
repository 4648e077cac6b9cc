/* SPDX-License-Identifier: BSD-3-Clause */
#include "hello_message.h"
#include "vector.h"

bool hello_is_grease(uint16_t value)
{
	return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

bool hello_next_value(struct piece *list, uint16_t *value)
{
	uint16_t next;

	while (take_uint16(list, &next)) {
		if (!hello_is_grease(next)) {
			*value = next;
			return true;
		}
	}
	return false;
}

bool hello_is_grease_protocol(const struct piece *name)
{
	return name->length == 2 && hello_is_grease((uint16_t)(name->data[0] << 8 | name->data[1]));
}

bool hello_next_protocol(struct piece *list, struct piece *name)
{
	struct piece next;

	while (take_vector8(list, &next)) {
		if (!hello_is_grease_protocol(&next)) {
			*name = next;
			return true;
		}
	}
	return false;
}

bool hello_next_key_share(struct piece *list, uint16_t *group, struct piece *key)
{
	struct piece next_key;
	uint16_t next;

	while (take_uint16(list, &next) && take_vector16(list, &next_key)) {
		if (!hello_is_grease(next)) {
			*group = next;
			*key = next_key;
			return true;
		}
	}
	return false;
}
