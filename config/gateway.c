/* SPDX-License-Identifier: BSD-3-Clause */
#include <config/gateway.h>

#include <stdlib.h>

#include "fault.h"
#include "gateway_schema.h"
#include "text_file.h"

/* As gateway_parse, with *error begun. */
static bool parse(const char *text, size_t size, unsigned flags, struct gateway *gateway, struct config_error *error)
{
	struct schema_document document;
	struct gateway candidate;
	bool good;

	if (!schema_read(&gateway_schema, text, size, flags, &candidate, &document, error))
		return false;
	good = gateway_rules(&candidate, &document);
	schema_document_free(&document);
	if (good)
		*gateway = candidate;
	else
		schema_free(&gateway_schema, &candidate);
	return good;
}

bool gateway_parse(const char *name, const char *text, size_t size, unsigned flags, struct gateway *gateway,
		   struct config_error *error)
{
	fault_begin(error, name);
	return parse(text, size, flags, gateway, error);
}

bool gateway_load(const char *path, unsigned flags, struct gateway *gateway, struct config_error *error)
{
	size_t size;
	char *text;
	bool good;

	fault_begin(error, path);
	if (!text_file_read(path, GATEWAY_FILE_SIZE, &text, &size, error))
		return false;
	good = parse(text, size, flags, gateway, error);
	free(text);
	return good;
}

void gateway_free(struct gateway *gateway)
{
	schema_free(&gateway_schema, gateway);
}

bool gateway_check(const char *path, unsigned flags, FILE *stream)
{
	struct config_error error;
	struct gateway gateway;

	if (!gateway_load(path, flags, &gateway, &error)) {
		config_error_print(&error, stream);
		return false;
	}
	fprintf(stream, "%s: good (ports: %u, workers: %u)\n", path, gateway.port_count, gateway.workers.core_count);
	gateway_free(&gateway);
	return true;
}
