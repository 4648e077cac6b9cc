/* SPDX-License-Identifier: BSD-3-Clause */
#include <tcpstack/siphash.h>

struct state {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t word, unsigned bits)
{
	return word << bits | word >> (64 - bits);
}

static inline void rounds(struct state *state, unsigned count)
{
	while (count-- > 0) {
		state->v0 += state->v1;
		state->v2 += state->v3;
		state->v1 = rotate(state->v1, 13) ^ state->v0;
		state->v3 = rotate(state->v3, 16) ^ state->v2;
		state->v0 = rotate(state->v0, 32);
		state->v2 += state->v1;
		state->v0 += state->v3;
		state->v1 = rotate(state->v1, 17) ^ state->v2;
		state->v3 = rotate(state->v3, 21) ^ state->v0;
		state->v2 = rotate(state->v2, 32);
	}
}

static inline void absorb(struct state *state, uint64_t word, unsigned count)
{
	state->v3 ^= word;
	rounds(state, count);
	state->v0 ^= word;
}

static inline uint64_t siphash(const struct siphash_key *key, const uint64_t *words, size_t count, unsigned each,
			       unsigned last)
{
	/* the constants are "somepseudorandomlygeneratedbytes" */
	struct state state = {
	    key->words[0] ^ 0x736f6d6570736575,
	    key->words[1] ^ 0x646f72616e646f6d,
	    key->words[0] ^ 0x6c7967656e657261,
	    key->words[1] ^ 0x7465646279746573,
	};

	for (size_t i = 0; i < count; i++)
		absorb(&state, words[i], each);
	/* The last block holds the length in octets, modulo 256, above the octets left over, of which there are none.
	 */
	absorb(&state, (uint64_t)count * sizeof(*words) << 56, each);
	state.v2 ^= 0xff;
	rounds(&state, last);
	return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

uint64_t siphash_1_3(const struct siphash_key *key, const uint64_t *words, size_t count)
{
	return siphash(key, words, count, 1, 3);
}

uint64_t siphash_2_4(const struct siphash_key *key, const uint64_t *words, size_t count)
{
	return siphash(key, words, count, 2, 4);
}
