/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_REGION_VIEW_H
#define CONFIG_REGION_VIEW_H

/* A process's view of the region, and what readers, pushers and the gateway do alike. */

#include "region_folder.h"
#include "region_slots.h"
#include "region_state.h"

struct region {
	struct region_folder folder;
	struct region_slots slots;
	struct region_state state;
	char *kept;
	uint64_t slot_size; /* as the settings want it */
	uint32_t patience;
	uint64_t refused; /* by region_newest itself */
};

/* A view with its folder open, made if it is missing and `make` says so, and nothing mapped; NULL with a reason. */
struct region *region_view_open(const struct region_settings *settings, bool make, char reason[REGION_REASON_SIZE]);

/* What to do where the region is of another version. */
#define REGION_ONE_RELEASE "use sluicectl and sluiced of one release"

/* Maps `policy` for writing, under the lock of the writers; makes it anew if it is missing or damaged, but only if
 * nobody uses the region: `alone`. Of another version it is made anew by a gateway only. */
bool region_view_slots(struct region *region, bool alone, char reason[REGION_REASON_SIZE]);

/* Whether a gateway lives that uses the region: it holds a lock on either file, as one of them may be removed. */
bool region_view_running(const struct region *region);

#endif
