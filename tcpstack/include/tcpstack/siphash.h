/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_SIPHASH_H
#define TCPSTACK_SIPHASH_H

/*
 * SipHash (Aumasson and Bernstein, 2012) over whole 64-bit words: a keyed hash that peers who choose their addresses
 * and ports cannot steer. 1-3 rounds for tables, 2-4 for what peers see (ISNs, cookies, ports).
 */

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
	uint64_t words[2];
};

uint64_t siphash_1_3(const struct siphash_key *key, const uint64_t *words, size_t count);
uint64_t siphash_2_4(const struct siphash_key *key, const uint64_t *words, size_t count);

#endif
