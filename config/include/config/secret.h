/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_SECRET_H
#define CONFIG_SECRET_H

/* Memory for what may hold keys: left out of core dumps, and wiped when it is freed. In whole pages, so for large or
 * few things. Any thread. */

#include <stddef.h>

/* `size` octets, zero, aligned to a page; NULL without memory. */
void *secret_allocate(size_t size);

/* `size` as it was allocated. NULL is allowed. */
void secret_free(void *octets, size_t size);

#endif
