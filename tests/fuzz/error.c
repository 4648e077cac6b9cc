/* SPDX-License-Identifier: BSD-3-Clause */
#include "error.h"

#include <string.h>

#include "target.h"

static unsigned count_lines(const uint8_t *data, size_t size)
{
	unsigned lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	return lines;
}

static void hold_fault(const struct config_fault *fault, unsigned lines, size_t size)
{
	hold(fault->line >= 1 && fault->line <= lines && fault->column >= 1 && fault->column <= size + 1);
	hold(fault->message[0] != '\0' && strlen(fault->message) < sizeof(fault->message));
	for (const char *at = fault->path; *at != '\0'; at++)
		hold(*at >= 0x20 && *at < 0x7f);
	for (const char *at = fault->message; *at != '\0'; at++)
		hold(*at >= 0x20 && *at < 0x7f);
}

void hold_error(const struct config_error *error, const uint8_t *data, size_t size)
{
	unsigned lines = count_lines(data, size);

	hold(error->count >= 1 && error->count <= CONFIG_FAULTS);
	for (unsigned i = 0; i < error->count; i++)
		hold_fault(&error->faults[i], lines, size);
}
