/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_TEXT_FILE_H
#define CONFIG_TEXT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include <config/error.h>

/*
 * Reads a regular file of at most `limit` octets, once, without ever waiting for anything but the disk. On success the
 * caller frees *text, which has no NUL, but room for one. On failure a fault is added to *error and false returned.
 */
bool text_file_read(const char *path, size_t limit, char **text, size_t *size, struct config_error *error);

#endif
