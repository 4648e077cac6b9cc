/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_REASON_H
#define CONFIG_REASON_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <config/region.h>

/* Writes a reason, cut if it is too long, and returns false, so that a failing function ends with it. */
static inline bool __attribute__((format(printf, 2, 3)))
reason_set(char reason[REGION_REASON_SIZE], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, REGION_REASON_SIZE, format, arguments);
	va_end(arguments);
	return false;
}

/* Adds a sentence to what a reason says already, as far as there is room. */
static inline void __attribute__((format(printf, 2, 3)))
reason_add(char reason[REGION_REASON_SIZE], const char *format, ...)
{
	size_t length = strnlen(reason, REGION_REASON_SIZE - 1);
	va_list arguments;

	if (length > 0 && length + 3 < REGION_REASON_SIZE) {
		memcpy(reason + length, "; ", 3);
		length += 2;
	}
	va_start(arguments, format);
	vsnprintf(reason + length, REGION_REASON_SIZE - length, format, arguments);
	va_end(arguments);
}

#endif
