/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_IDNA_H
#define CONFIG_IDNA_H

#include <stdbool.h>
#include <stddef.h>

#include <config/name.h>

/*
 * Writes a name of UTF-8 as one of A-labels (IDNA 2008 with the mappings of UTS 46, RFC 5890 section 2.3.2.1), in its
 * one form, with a NUL. `text` needs no NUL. False if the text is no UTF-8, has no such form, or has one that is no
 * name by name_read. Any thread; allocates.
 */
bool idna_to_ascii(const char *text, size_t length, char name[NAME_LENGTH_MAX + 1]);

#endif
