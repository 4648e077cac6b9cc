/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SIM_CUBIC_MODEL_H
#define SIM_CUBIC_MODEL_H

#include <stdint.h>

/*
 * What a bulk transfer over CUBIC (RFC 9438) with SACK (RFC 6675) delivers over a path that loses each segment with the
 * same chance and has bandwidth to spare. Not a TCP: segments have no bytes, the receiver acknowledges each one at
 * once, every ACK arrives, and the sender knows which one it is for. Written from the RFCs alone, in segments and
 * seconds in floating point, and shares nothing with the stack.
 *
 *  - The window opens by slow start up to the threshold, then by the larger of the cubic function of the time since
 *    the last reduction and the estimate of what Reno would have.
 *  - A segment is lost for the sender once three later ones have arrived; the window is reduced to 0.7 once for all
 *    losses of what was in flight at that time.
 *  - A retransmission that is lost is found by the time-out only, which begins again with a window of one.
 */
struct cubic_model {
	double loss;		 /* 0 to 1 */
	double round_trip;	 /* seconds */
	double minimum_rto;	 /* seconds */
	double duration;	 /* seconds */
	unsigned initial_window; /* segments */
	uint64_t seed;
};

/* Segments delivered in all, each counted once. */
uint64_t cubic_model_run(const struct cubic_model *model);

#endif
