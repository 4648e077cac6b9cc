/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_FAULT_H
#define CONFIG_FAULT_H

#include <stdbool.h>

#include <config/error.h>

/* Empties *error and notes the file's name. */
void fault_begin(struct config_error *error, const char *file);

/* Whether another fault is kept; if not, it is counted, and need not be worked out. */
bool fault_has_room(struct config_error *error);

/*
 * Adds a fault in its place by line and column, or counts it if there is no room. `line` 0: at no place in the file.
 * `path` is copied. What does not fit is cut.
 */
void fault_add(struct config_error *error, unsigned line, unsigned column, const char *path, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
