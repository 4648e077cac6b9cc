/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONTROL_MOMENT_H
#define CONTROL_MOMENT_H

#include <stdint.h>

#define MOMENT_SIZE 24 /* octets of a text, with its NUL */

/* Writes seconds since 1970 as UTC, "2026-11-23T16:17:00Z"; what is beyond the year 9999 as its number. Returns text.
 */
const char *moment_format(uint64_t seconds, char text[MOMENT_SIZE]);

#endif
