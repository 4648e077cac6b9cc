/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stands in for sluiced at the region: opens it with two workers, says "ready", and until its input ends does with each
 * new image what its third argument says. Of each that is taken it says the generation, and whether open flows are to
 * be looked up again: "taken 7", "taken 8 reevaluate".
 *
 * usage: gateway REGION KEPT take | refuse | stall
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <config/image.h>
#include <config/region.h>

#define WORKERS 2
#define INTERVAL 2 /* milliseconds between two looks at the region */

static bool check(void *context, const struct image_header *image, size_t size, char reason[REGION_REASON_SIZE])
{
	return image_check(image, size, reason);
}

/* It comes after generation `before`. Both workers take it; or the main lcore refuses it; or only the first worker
 * takes it. */
static void meet(struct region *region, const struct image_header *image, size_t size, uint64_t before,
		 const char *what)
{
	char reason[REGION_REASON_SIZE];

	if (!check(NULL, image, size, reason)) {
		region_refuse(region, image->generation, reason);
		return;
	}
	if (strcmp(what, "refuse") == 0) {
		region_refuse(region, image->generation, "its service names no port of this gateway");
		return;
	}
	printf("taken %llu%s\n", (unsigned long long)image->generation,
	       region_reevaluation(region, image->generation) > before ? " reevaluate" : "");
	fflush(stdout);
	region_taken(region, 0, image->generation);
	if (strcmp(what, "take") == 0)
		region_taken(region, 1, image->generation);
}

int main(int count, char **words)
{
	struct region_settings settings = {
	    .folder = words[1],
	    .kept = words[2],
	    .slot_size = REGION_SLOT_MEGABYTES << 20,
	    .counters = 64,
	    .allow_tmpfs = true,
	    .check = check,
	};
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	const struct image_header *image;
	char reason[REGION_REASON_SIZE];
	struct region *region;
	uint64_t begun = 0, met = 0;
	size_t size;

	if (count != 4)
		return 2;
	region = region_open_gateway(&settings, WORKERS, reason);
	if (region == NULL) {
		fprintf(stderr, "%s\n", reason);
		return 1;
	}
	/* What it starts with is in force, and is again where what came after it was refused. */
	image = region_newest(region, &size);
	if (image != NULL) {
		begun = met = image->generation;
		meet(region, image, size, begun, "take");
	}
	printf("ready\n");
	fflush(stdout);
	while (poll(&input, 1, INTERVAL) == 0) {
		image = region_newest(region, &size);
		if (image == NULL || image->generation == met || image->generation == begun)
			continue;
		meet(region, image, size, met, words[3]);
		met = image->generation;
	}
	region_close(region);
	return 0;
}
