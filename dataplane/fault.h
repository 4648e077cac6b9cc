/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_FAULT_H
#define DATAPLANE_FAULT_H

/* Why something could not be done, in words for the user: what is wrong, where, and what to do. */

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

struct fault {
	char text[512];
};

/* Writes the text and returns false, so that a failing function ends with it. */
static inline bool __attribute__((format(printf, 2, 3))) fault_set(struct fault *fault, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(fault->text, sizeof(fault->text), format, arguments);
	va_end(arguments);
	return false;
}

#endif
