/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_WIRE_OCTETS_H
#define TCPSTACK_WIRE_OCTETS_H

/* Integers in network byte order at any alignment. */

#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>

static inline uint16_t octets_read16(const uint8_t *data)
{
	uint16_t value;

	memcpy(&value, data, sizeof(value));
	return rte_be_to_cpu_16(value);
}

static inline uint32_t octets_read32(const uint8_t *data)
{
	uint32_t value;

	memcpy(&value, data, sizeof(value));
	return rte_be_to_cpu_32(value);
}

static inline void octets_write16(uint8_t *data, uint16_t value)
{
	value = rte_cpu_to_be_16(value);
	memcpy(data, &value, sizeof(value));
}

static inline void octets_write32(uint8_t *data, uint32_t value)
{
	value = rte_cpu_to_be_32(value);
	memcpy(data, &value, sizeof(value));
}

#endif
