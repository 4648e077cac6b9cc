/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_SUFFIX_HASH_H
#define CONFIG_SUFFIX_HASH_H

/*
 * A hash of each suffix of a name in one walk from its last label to its first: SipHash-1-3 (Aumasson and Bernstein,
 * 2012) over the labels, each as words that begin with its length, so that no two names give the same words. After a
 * label its state is finished aside, for the suffix so far, and goes on. With a random seed, nobody can make a list of
 * names that meet.
 */

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct suffix_hash {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t suffix_hash_rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static inline void suffix_hash_round(struct suffix_hash *state)
{
	state->v0 += state->v1;
	state->v2 += state->v3;
	state->v1 = suffix_hash_rotate(state->v1, 13) ^ state->v0;
	state->v3 = suffix_hash_rotate(state->v3, 16) ^ state->v2;
	state->v0 = suffix_hash_rotate(state->v0, 32);
	state->v2 += state->v1;
	state->v0 += state->v3;
	state->v1 = suffix_hash_rotate(state->v1, 17) ^ state->v2;
	state->v3 = suffix_hash_rotate(state->v3, 21) ^ state->v0;
	state->v2 = suffix_hash_rotate(state->v2, 32);
}

static inline void suffix_hash_absorb(struct suffix_hash *state, uint64_t word)
{
	state->v3 ^= word;
	suffix_hash_round(state);
	state->v0 ^= word;
}

/* The first octets, up to 8 of `length`, as a number that no others of that length have; none beyond them is read. */
static inline uint64_t suffix_hash_word(const char *octets, size_t length)
{
	const uint8_t *at = (const uint8_t *)octets;
	uint32_t low, high;
	uint64_t word;

	if (length >= 8) {
		memcpy(&word, at, sizeof(word));
		return word;
	}
	if (length == 0)
		return 0;
	if (length < 4)
		return (uint64_t)at[0] | (uint64_t)at[length / 2] << 8 | (uint64_t)at[length - 1] << 16;
	memcpy(&low, at, sizeof(low));
	memcpy(&high, at + length - sizeof(high), sizeof(high));
	/* what both have is shifted out of the upper one */
	return (uint64_t)le32toh(high) >> 8 * (8 - length) << 32 | le32toh(low);
}

static inline struct suffix_hash suffix_hash_begin(const uint64_t seed[2])
{
	/* SipHash's constants, "somepseudorandomlygeneratedbytes" */
	return (struct suffix_hash){
	    seed[0] ^ 0x736f6d6570736575,
	    seed[1] ^ 0x646f72616e646f6d,
	    seed[0] ^ 0x6c7967656e657261,
	    seed[1] ^ 0x7465646279746573,
	};
}

/* The next label to the left, up to 63 octets: its length with its first 7 octets, then the others by 8. */
static inline void suffix_hash_label(struct suffix_hash *state, const char *label, size_t length)
{
	size_t first = length < 7 ? length : 7;

	suffix_hash_absorb(state, suffix_hash_word(label, first) << 8 | length);
	for (size_t at = first; at < length; at += 8)
		suffix_hash_absorb(state, suffix_hash_word(label + at, length - at));
}

/* The hash of the labels so far. */
static inline uint64_t suffix_hash_finish(struct suffix_hash state)
{
	state.v2 ^= 0xff;
	suffix_hash_round(&state);
	suffix_hash_round(&state);
	suffix_hash_round(&state);
	return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

/* Where the label begins that ends before `end`. */
static inline size_t suffix_hash_label_start(const char *name, size_t end)
{
	while (end > 0 && name[end - 1] != '.')
		end--;
	return end;
}

#endif
