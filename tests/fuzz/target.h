/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_FUZZ_TARGET_H
#define TESTS_FUZZ_TARGET_H

/* What every target has: the function that libFuzzer calls, and a claim that ends it where it does not hold. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void hold(bool condition)
{
	if (!condition)
		abort();
}

#endif
