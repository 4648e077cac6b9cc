/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdbool.h>
#include <string.h>

#include <rte_byteorder.h>

#include <tcpstack/wire/checksum.h>

/*
 * One's complement addition modulo 2^64 - 1 or 2^32 - 1 is also one modulo 2^16 - 1, which divides both: so words of
 * any size are added with their carry brought around, and folded at the end.
 */
static inline uint64_t add_carry(uint64_t sum, uint64_t word)
{
	sum += word;
	return sum + (sum < word);
}

static inline uint32_t fold(uint64_t sum)
{
	sum = (sum & UINT32_MAX) + (sum >> 32);
	return (uint32_t)(sum + (sum >> 32));
}

static inline uint64_t load64(const uint8_t *octets)
{
	uint64_t word;

	memcpy(&word, octets, sizeof(word));
	return word;
}

/* The sum of up to 7 octets, as a number that needs no carry. */
static inline uint64_t sum_rest(const uint8_t *octets, uint32_t length)
{
	uint32_t four = 0;
	uint16_t two = 0, one = 0;

	if (length & 4)
		memcpy(&four, octets, sizeof(four));
	octets += length & 4;
	if (length & 2)
		memcpy(&two, octets, sizeof(two));
	octets += length & 2;
	if (length & 1)
		memcpy(&one, octets, 1); /* followed by a zero */
	return (uint64_t)four + two + one;
}

uint32_t checksum_add(uint32_t sum, const void *data, uint32_t length)
{
	const uint8_t *octets = data;
	uint64_t even = sum, odd = 0;

	/* two sums, so that one addition need not wait for the other */
	for (; length >= 16; length -= 16, octets += 16) {
		even = add_carry(even, load64(octets));
		odd = add_carry(odd, load64(octets + 8));
	}
	if (length & 8) {
		even = add_carry(even, load64(octets));
		octets += 8;
	}
	odd = add_carry(odd, sum_rest(octets, length));
	return fold(add_carry(even, odd));
}

uint16_t checksum_finish(uint32_t sum)
{
	sum = (sum & UINT16_MAX) + (sum >> 16);
	sum += sum >> 16;
	return (uint16_t)~sum;
}

/* The ffff of the 128-bit form of an IPv4 address is a zero in one's complement, and so is the half by which a 32-bit
 * length exceeds a 16-bit one: the sum over the IPv6 form is right for both families. */
uint32_t checksum_pseudo(const struct ip_address *source, const struct ip_address *destination, uint8_t protocol,
			 uint32_t length)
{
	uint64_t sum = (uint64_t)rte_cpu_to_be_32(length) + rte_cpu_to_be_32(protocol);

	sum = add_carry(sum, source->halves[0]);
	sum = add_carry(sum, source->halves[1]);
	sum = add_carry(sum, destination->halves[0]);
	sum = add_carry(sum, destination->halves[1]);
	return fold(sum);
}

uint32_t checksum_add_mbuf(uint32_t sum, const struct rte_mbuf *mbuf, uint32_t offset, uint32_t length)
{
	bool odd = false;

	for (; length > 0; mbuf = mbuf->next) {
		uint32_t octets, part;

		if (offset >= mbuf->data_len) {
			offset -= mbuf->data_len;
			continue;
		}
		octets = RTE_MIN(mbuf->data_len - offset, length);
		part = checksum_add(0, rte_pktmbuf_mtod_offset(mbuf, const uint8_t *, offset), octets);
		/* Octets at odd offsets weigh the other way round: turned by 8 bits, each lies in the other half. */
		if (odd)
			part = part << 8 | part >> 24;
		sum = fold((uint64_t)sum + part);
		odd ^= octets & 1;
		length -= octets;
		offset = 0;
	}
	return sum;
}

uint16_t checksum_update16(uint16_t checksum, uint16_t old, uint16_t new)
{
	return checksum_finish((uint32_t)(uint16_t)~checksum + (uint16_t)~old + new);
}

uint16_t checksum_update32(uint16_t checksum, uint32_t old, uint32_t new)
{
	return checksum_finish(fold((uint64_t)(uint16_t)~checksum + (uint32_t)~old + new));
}
