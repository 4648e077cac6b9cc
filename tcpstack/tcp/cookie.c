/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SYN cookies (RFC 4987 section 3.6) in the initial sequence number alone, so that they keep window scale and SACK of
 * peers without timestamps too: 24 bits authenticate, and 8 bits carry what the SYN said. A key is used for 16 s and
 * believed for 16 s more, which bounds the time for guessing.
 */
#include "tcp_internal.h"

#define KEY_LIFE UINT64_C(16000000) /* microseconds */

/* Bits of the payload: key 7, SACK 6, window scale 5..3 (an index), MSS 2..0 (an index). */
static const uint16_t mss_table[8] = {216, 536, 1024, 1220, 1360, 1440, 1460, 8960};
static const uint8_t scale_table[8] = {0 /* no scaling */, 0, 2, 4, 6, 7, 8, 10};

static unsigned mss_index(uint16_t mss)
{
	unsigned index = 7;

	while (index > 0 && mss_table[index] > mss)
		index--;
	return index;
}

/* Rounded down: windows are then thought smaller than they are, never larger. */
static unsigned scale_index(const struct tcp_cookie *cookie)
{
	unsigned index = 7;

	if (!cookie->window_scaling)
		return 0;
	while (index > 1 && scale_table[index] > cookie->window_scale)
		index--;
	return index;
}

/* The keys of an epoch are derived, so that nothing needs to be renewed by a timer. */
static uint32_t authenticate(const struct stack *stack, const struct tuple *tuple, uint32_t initial_receive,
			     uint8_t bits, uint64_t epoch)
{
	uint64_t words[7] = {
	    tuple->local.halves[0],
	    tuple->local.halves[1],
	    tuple->remote.halves[0],
	    tuple->remote.halves[1],
	    (uint64_t)tuple->local_port << 16 | tuple->remote_port,
	    (uint64_t)initial_receive << 8 | bits,
	    epoch,
	};

	return (uint32_t)siphash_2_4(&stack->tcp.cookie_key, words, 7) & 0xffffff;
}

uint32_t cookie_make(const struct stack *stack, const struct tuple *tuple, uint32_t initial_receive,
		     const struct tcp_cookie *cookie)
{
	uint64_t epoch = stack->now / KEY_LIFE;
	uint8_t bits = (uint8_t)((epoch & 1) << 7 | (unsigned)cookie->sack << 6 | scale_index(cookie) << 3 |
				 mss_index(cookie->mss));
	uint32_t hash = authenticate(stack, tuple, initial_receive, bits, epoch);

	/* The bits are masked by the hash, so that sequence numbers look random. */
	return hash << 8 | (bits ^ (hash & 0xff));
}

bool cookie_check(const struct stack *stack, const struct tuple *tuple, uint32_t initial_receive, uint32_t initial_send,
		  struct tcp_cookie *cookie)
{
	uint32_t hash = initial_send >> 8;
	uint8_t bits = (uint8_t)(initial_send ^ hash);
	uint64_t epoch = stack->now / KEY_LIFE;

	if ((epoch & 1) != bits >> 7) {
		if (epoch == 0)
			return false;
		epoch--;
	}
	if (authenticate(stack, tuple, initial_receive, bits, epoch) != hash)
		return false;
	cookie->mss = mss_table[bits & 7];
	cookie->window_scaling = (bits >> 3 & 7) != 0;
	cookie->window_scale = scale_table[bits >> 3 & 7];
	cookie->sack = bits >> 6 & 1;
	return true;
}
