/* SPDX-License-Identifier: BSD-3-Clause */
#include "region_store.h"

#ifdef KILL_AT_STORE

#include <signal.h>
#include <stdlib.h>

void region_step(void)
{
	static _Atomic uint64_t steps;
	const char *last = getenv("SLUICE_KILL_AT_STORE");

	if (last != NULL && atomic_fetch_add(&steps, 1) + 1 == strtoull(last, NULL, 10))
		raise(SIGKILL);
}

#endif
