/* SPDX-License-Identifier: BSD-3-Clause */
/* A schema for people: what a value must be, the reference page, an example of everything. */
#include "schema.h"

#include <string.h>

static void words_wanted(const struct schema *field, char *buffer, size_t size)
{
	size_t used = 0;

	for (unsigned i = 0; field->words[i] != NULL && used < size; i++) {
		const char *before = i == 0 ? "" : field->words[i + 1] == NULL ? " or " : ", ";

		used += (size_t)snprintf(buffer + used, size - used, "%s\"%s\"", before, field->words[i]);
	}
}

const char *schema_wanted(const struct schema *field, char *buffer, size_t size)
{
	unsigned long long least = field->least;
	unsigned long long most = field->most;

	switch (field->type) {
	case SCHEMA_BOOLEAN:
		snprintf(buffer, size, "true or false");
		break;
	case SCHEMA_NUMBER:
		snprintf(buffer, size, "a whole number from %llu to %llu%s", least, most,
			 field->may_never ? ", or \"never\"" : "");
		break;
	case SCHEMA_WORD:
		words_wanted(field, buffer, size);
		break;
	case SCHEMA_OBJECT:
		snprintf(buffer, size, "an object");
		break;
	case SCHEMA_LIST:
		snprintf(buffer, size, "a list of %llu to %llu items", least, most);
		break;
	default:
		if (field->form != NULL)
			snprintf(buffer, size, "%s", field->form);
		else
			snprintf(buffer, size, "a string of %llu to %llu octets", least, most);
	}
	return buffer;
}

static void print_default(const struct schema *field, FILE *stream)
{
	bool inner = field->type == SCHEMA_OBJECT && field->presence == SCHEMA_OPTIONAL;

	if (field->presence == SCHEMA_REQUIRED)
		fprintf(stream, "required");
	else if (inner)
		fprintf(stream, "see there");
	else if (field->presence == SCHEMA_OPTIONAL)
		fprintf(stream, "`%s`", field->standard);
	else
		fprintf(stream, "%s", field->standard);
}

static void print_row(const struct schema *field, FILE *stream)
{
	char wanted[CONFIG_MESSAGE_SIZE];

	fprintf(stream, "| `%s` | %s", field->key, schema_wanted(field, wanted, sizeof(wanted)));
	if (field->type == SCHEMA_LIST && field->item->type != SCHEMA_OBJECT)
		fprintf(stream, ", each %s", schema_wanted(field->item, wanted, sizeof(wanted)));
	fprintf(stream, " | ");
	print_default(field, stream);
	fprintf(stream, " | %s", field->about);
	if (field->needs != 0)
		fprintf(stream, "; needs %s", field->needs_text);
	fprintf(stream, " |\n");
}

/* The object that a field is or lists; NULL if it is neither. */
static const struct schema *inner_object(const struct schema *field)
{
	if (field->type == SCHEMA_OBJECT)
		return field;
	return field->type == SCHEMA_LIST && field->item->type == SCHEMA_OBJECT ? field->item : NULL;
}

/* Prints the table of an object, then those of the objects in it. */
static void print_object(const struct schema *object, const char *path, FILE *stream)
{
	char inner_path[CONFIG_PATH_SIZE];

	fprintf(stream, "\n## %s\n\n| key | value | default | meaning |\n|---|---|---|---|\n",
		path[0] == '\0' ? "The document" : path);
	for (const struct schema *field = object->fields; field->key != NULL; field++)
		print_row(field, stream);
	for (const struct schema *field = object->fields; field->key != NULL; field++) {
		if (inner_object(field) == NULL)
			continue;
		snprintf(inner_path, sizeof(inner_path), "%s%s%s%s", path, path[0] == '\0' ? "" : ".", field->key,
			 field->type == SCHEMA_LIST ? "[]" : "");
		print_object(inner_object(field), inner_path, stream);
	}
}

void schema_print_reference(const struct schema *root, const char *title, const char *introduction, FILE *stream)
{
	fprintf(stream, "# %s\n\n%s\n", title, introduction);
	print_object(root, "", stream);
}

void schema_print_reference_example(const struct schema *root, FILE *stream)
{
	fprintf(stream, "\n## A document with every key\n\n```json\n");
	schema_print_example(root, UINT32_MAX, stream);
	fprintf(stream, "```\n");
}

static void indent(unsigned depth, FILE *stream)
{
	fprintf(stream, "%*s", (int)depth * 2, "");
}

static void print_example(const struct schema *field, unsigned flags, unsigned depth, FILE *stream)
{
	bool first = true;

	if (field->type == SCHEMA_LIST && inner_object(field) != NULL) {
		fprintf(stream, "[\n");
		indent(depth + 1, stream);
		print_example(field->item, flags, depth + 1, stream);
		fprintf(stream, "\n");
		indent(depth, stream);
		fprintf(stream, "]");
	} else if (field->type == SCHEMA_LIST) {
		fprintf(stream, "[%s]", field->item->example);
	} else if (field->type == SCHEMA_OBJECT) {
		for (const struct schema *inner = field->fields; inner->key != NULL; inner++) {
			if ((inner->needs & ~flags) != 0)
				continue;
			fprintf(stream, first ? "{\n" : ",\n");
			first = false;
			indent(depth + 1, stream);
			fprintf(stream, "\"%s\": ", inner->key);
			print_example(inner, flags, depth + 1, stream);
		}
		fprintf(stream, "\n");
		indent(depth, stream);
		fprintf(stream, "}");
	} else {
		fprintf(stream, "%s", field->example);
	}
}

void schema_print_example(const struct schema *root, unsigned flags, FILE *stream)
{
	print_example(root, flags, 0, stream);
	fprintf(stream, "\n");
}
