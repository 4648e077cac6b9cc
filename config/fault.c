/* SPDX-License-Identifier: BSD-3-Clause */
#include "fault.h"

#include <stdarg.h>
#include <string.h>

void fault_begin(struct config_error *error, const char *file)
{
	size_t length = strlen(file);
	size_t room = sizeof(error->file) - 1;

	memset(error, 0, sizeof(*error));
	snprintf(error->file, sizeof(error->file), "%s", length > room ? file + (length - room) : file);
}

bool fault_has_room(struct config_error *error)
{
	if (error->count < CONFIG_FAULTS)
		return true;
	error->more++;
	return false;
}

static bool comes_before(const struct config_fault *fault, unsigned line, unsigned column)
{
	return fault->line < line || (fault->line == line && fault->column <= column);
}

void fault_add(struct config_error *error, unsigned line, unsigned column, const char *path, const char *format, ...)
{
	struct config_fault *fault;
	unsigned place = error->count;
	va_list arguments;

	if (!fault_has_room(error))
		return;
	while (place > 0 && !comes_before(&error->faults[place - 1], line, column))
		place--;
	fault = &error->faults[place];
	memmove(fault + 1, fault, (error->count - place) * sizeof(*fault));
	error->count++;

	fault->line = line;
	fault->column = column;
	snprintf(fault->path, sizeof(fault->path), "%s", path);
	va_start(arguments, format);
	vsnprintf(fault->message, sizeof(fault->message), format, arguments);
	va_end(arguments);
}

void config_error_print(const struct config_error *error, FILE *stream)
{
	for (unsigned i = 0; i < error->count; i++) {
		const struct config_fault *fault = &error->faults[i];

		fprintf(stream, "%s:", error->file);
		if (fault->line != 0)
			fprintf(stream, "%u:%u:", fault->line, fault->column);
		if (fault->path[0] != '\0')
			fprintf(stream, " %s:", fault->path);
		fprintf(stream, " %s\n", fault->message);
	}
	if (error->more != 0)
		fprintf(stream, "%s: further faults: %u\n", error->file, error->more);
}
