/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "policy_image.h"

static void print_count(const char *name, unsigned long long number)
{
	printf("%-20s%llu\n", name, number);
}

enum command_status command_check(const struct command_request *request)
{
	struct policy_counts counts;
	struct policy_image image;

	if (!policy_image_compile(request->arguments[0], &image, &counts))
		return COMMAND_REFUSED;
	printf("%s: good\n", request->arguments[0]);
	print_count("services", counts.services);
	print_count("filters", counts.filters);
	print_count("rows", counts.rows);
	print_count("names", counts.names);
	print_count("regular expressions", counts.regexes);
	print_count("categories", counts.categories);
	print_count("hit counters", image_counters(image.header));
	print_count("octets of the image", image.size);
	policy_image_free(&image);
	return COMMAND_DONE;
}
