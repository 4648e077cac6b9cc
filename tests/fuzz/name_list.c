/* SPDX-License-Identifier: BSD-3-Clause */
/* Any octets as a file of names: names in their one form come out, or faults at places within it. */
#include <string.h>

#include <config/name.h>
#include <fault.h>
#include <name_list.h>

#include "error.h"
#include "target.h"

static void hold_names(struct name_list *list)
{
	struct policy_patterns patterns;
	char name[NAME_LENGTH_MAX + 1];

	hold(name_list_finish(list, &patterns));
	for (size_t i = 0; i < patterns.count; i++) {
		const char *text = patterns.items[i].name;

		hold(name_read(text, strlen(text), name) == NAME_HOST && strcmp(text, name) == 0);
	}
	free(patterns.items);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct name_list list = {.count = 0};
	struct config_error error;

	fault_begin(&error, "fuzz");
	if (name_list_read(&list, (const char *)data, size, 1000, "list", &error)) {
		hold_names(&list);
	} else {
		hold_error(&error, data, size);
		name_list_free(&list);
	}
	return 0;
}
