/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_GATEWAY_SCHEMA_H
#define CONFIG_GATEWAY_SCHEMA_H

#include <config/gateway.h>

#include "schema.h"

#define GATEWAY_FILE_SIZE (1u << 20) /* the most octets of a gateway.json */

/* Text of the reference page above its tables. */
extern const char gateway_introduction[];

/* gateway.json: a struct gateway. */
extern const struct schema gateway_schema;

/*
 * What one part of a document says about another: everything that the schema cannot hold. Sets each route's port_index.
 * Returns false if there was a fault, which is added to the document's error.
 */
bool gateway_rules(struct gateway *gateway, struct schema_document *document);

/* Forms of texts, for the schema; `member` is not used. As notation.h says. */
bool gateway_name(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE]);
bool gateway_device(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE]);
bool gateway_absolute_path(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE]);

#endif
