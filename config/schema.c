/* SPDX-License-Identifier: BSD-3-Clause */
#include "schema.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "fault.h"

/*
 * Each value is read with its node, for the place of its faults. A default has none of its own: it comes with that of
 * the object that lacks the key, and is never a list or an object with anything in it.
 */
struct reading {
	struct schema_document *document;
	unsigned flags;
};

static bool read_field(struct reading *reading, const struct schema *field, const cJSON *value, uint32_t node,
		       unsigned char *member);

/* Adds a fault at a node's value. Always false. */
static bool refuse(struct reading *reading, uint32_t node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool refuse(struct reading *reading, uint32_t node, const char *format, ...)
{
	const struct json_index *index = &reading->document->index;
	char message[CONFIG_MESSAGE_SIZE];
	char path[CONFIG_PATH_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	json_index_path(index, node, path);
	json_fault(index, reading->document->error, index->nodes[node].at, path, "%s", message);
	return false;
}

bool schema_fault(struct schema_document *document, const char *path, const char *format, ...)
{
	const struct json_index *index = &document->index;
	char message[CONFIG_MESSAGE_SIZE];
	va_list arguments;

	/* Finding a place takes as long as the lists on the way are; a full error needs none. */
	if (!fault_has_room(document->error))
		return false;
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	json_fault(index, document->error, index->nodes[json_index_find(index, path)].at, path, "%s", message);
	return false;
}

bool schema_has(const struct schema_document *document, const char *path)
{
	char found[CONFIG_PATH_SIZE];

	json_index_path(&document->index, json_index_find(&document->index, path), found);
	return strcmp(found, path) == 0;
}

static const char *kind_of(const cJSON *value)
{
	if (cJSON_IsBool(value))
		return "true or false";
	if (cJSON_IsNumber(value))
		return "a number";
	if (cJSON_IsString(value))
		return "a string";
	if (cJSON_IsArray(value))
		return "a list";
	if (cJSON_IsObject(value))
		return "an object";
	return "null";
}

static bool refuse_kind(struct reading *reading, const struct schema *field, const cJSON *value, uint32_t node)
{
	char wanted[CONFIG_MESSAGE_SIZE / 2];

	return refuse(reading, node, "is %s; write %s", kind_of(value), schema_wanted(field, wanted, sizeof(wanted)));
}

static void store_number(const struct schema *field, uint64_t number, unsigned char *member)
{
	switch (field->size) {
	case sizeof(uint8_t):
		*member = (uint8_t)number;
		break;
	case sizeof(uint16_t):
		memcpy(member, &(uint16_t){(uint16_t)number}, sizeof(uint16_t));
		break;
	case sizeof(uint32_t):
		memcpy(member, &(uint32_t){(uint32_t)number}, sizeof(uint32_t));
		break;
	default:
		memcpy(member, &number, sizeof(number));
	}
}

static bool read_number(struct reading *reading, const struct schema *field, const cJSON *value, uint32_t node,
			unsigned char *member)
{
	char wanted[CONFIG_MESSAGE_SIZE / 2];
	double number = value->valuedouble;

	if (field->may_never && cJSON_IsString(value) && strcmp(value->valuestring, "never") == 0) {
		store_number(field, UINT64_MAX, member);
		return true;
	}
	if (!cJSON_IsNumber(value))
		return refuse_kind(reading, field, value, node);
	/* The index refused whole numbers from 2^53 on, so the comparison is exact. */
	if (!(number >= (double)field->least && number <= (double)field->most) || number != (double)(uint64_t)number)
		return refuse(reading, node, "%.17g is not allowed; write %s", number,
			      schema_wanted(field, wanted, sizeof(wanted)));
	store_number(field, (uint64_t)number, member);
	return true;
}

static bool is_among(const char *text, const char *const *words)
{
	for (; words != NULL && *words != NULL; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

static bool read_word(struct reading *reading, const struct schema *field, const cJSON *value, uint32_t node,
		      unsigned char *member)
{
	char wanted[CONFIG_MESSAGE_SIZE / 2];

	if (!cJSON_IsString(value))
		return refuse_kind(reading, field, value, node);
	for (unsigned i = 0; field->words[i] != NULL; i++) {
		if (strcmp(value->valuestring, field->words[i]) == 0) {
			store_number(field, i, member);
			return true;
		}
	}
	if (is_among(value->valuestring, field->later))
		return refuse(reading, node, "is not supported yet; write %s",
			      schema_wanted(field, wanted, sizeof(wanted)));
	return refuse(reading, node, "is no word known here; write %s", schema_wanted(field, wanted, sizeof(wanted)));
}

static bool has_control_character(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

const char *schema_quote(const char *text, size_t length, char quoted[SCHEMA_QUOTED_SIZE])
{
	size_t room = SCHEMA_QUOTED_SIZE - sizeof("...");
	size_t i;

	for (i = 0; i < length && i < room; i++)
		quoted[i] = text[i] >= 0x20 && text[i] < 0x7f ? text[i] : '?';
	strcpy(quoted + i, i == length ? "" : "...");
	return quoted;
}

/* Texts and notations. */
static bool read_string(struct reading *reading, const struct schema *field, const cJSON *value, uint32_t node,
			unsigned char *member)
{
	char message[CONFIG_MESSAGE_SIZE];
	const char *text = value->valuestring;
	char quoted[SCHEMA_QUOTED_SIZE];
	size_t length;
	char *copy;

	if (!cJSON_IsString(value))
		return refuse_kind(reading, field, value, node);
	if (has_control_character(text))
		return refuse(reading, node, "has a control character; remove it");
	length = strlen(text);
	if (field->type == SCHEMA_TEXT && (length < field->least || length > field->most))
		return refuse(reading, node, "has %zu octets; write %s", length,
			      schema_wanted(field, message, sizeof(message) / 2));
	if (field->read != NULL && !field->read(text, field->type == SCHEMA_NOTATION ? member : NULL, message))
		return field->secret ? refuse(reading, node, "%s", message)
				     : refuse(reading, node, "\"%s\" %s", schema_quote(text, length, quoted), message);
	if (field->type == SCHEMA_NOTATION)
		return true;
	copy = strdup(text);
	if (copy == NULL)
		return refuse(reading, node, "out of memory");
	memcpy(member, &copy, sizeof(copy));
	return true;
}

/* The same, and leaves nothing of it behind. */
static bool read_secret(struct reading *reading, const struct schema *field, const cJSON *value, uint32_t node,
			unsigned char *member)
{
	bool good = read_string(reading, field, value, node, member);

	if (cJSON_IsString(value))
		explicit_bzero(value->valuestring, strlen(value->valuestring));
	return good;
}

/* The number of single-character changes between two words, or `limit` if it is at least that. */
static unsigned distance(const char *a, const char *b, unsigned limit)
{
	unsigned best = limit;

	if (limit == 0)
		return 0;
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	if (*a == '\0' && *b == '\0')
		return 0;
	if (*a != '\0')
		best = 1 + distance(a + 1, b, best - 1);
	if (*b != '\0')
		best = 1 + distance(a, b + 1, best - 1);
	if (*a != '\0' && *b != '\0')
		best = 1 + distance(a + 1, b + 1, best - 1);
	return best;
}

static void refuse_unknown(struct reading *reading, const struct schema *object, uint32_t node)
{
	const struct json_index *index = &reading->document->index;
	const struct schema *nearest = NULL;
	char message[CONFIG_MESSAGE_SIZE];
	char path[CONFIG_PATH_SIZE];
	unsigned least = 3;

	if (!fault_has_room(reading->document->error))
		return;
	for (const struct schema *field = object->fields; field->key != NULL; field++) {
		unsigned changes = distance(json_index_key(index, node), field->key, least);

		if (changes < least) {
			least = changes;
			nearest = field;
		}
	}
	if (is_among(json_index_key(index, node), object->later))
		snprintf(message, sizeof(message), "is not supported yet; remove it");
	else if (nearest != NULL)
		snprintf(message, sizeof(message), "unknown key; did you mean \"%s\"?", nearest->key);
	else
		snprintf(message, sizeof(message), "unknown key; remove it");
	json_index_path(index, node, path);
	json_fault(index, reading->document->error, index->nodes[node].key_at, path, "%s", message);
}

static void refuse_missing(struct reading *reading, const struct schema *field, uint32_t object)
{
	const struct json_index *index = &reading->document->index;
	char wanted[CONFIG_MESSAGE_SIZE / 2];
	char message[CONFIG_MESSAGE_SIZE];
	char path[CONFIG_PATH_SIZE];
	size_t length;

	json_index_path(index, object, path);
	length = strlen(path);
	snprintf(path + length, sizeof(path) - length, "%s%s", length == 0 ? "" : ".", field->key);
	snprintf(message, sizeof(message), "is missing; write %s", schema_wanted(field, wanted, sizeof(wanted)));
	json_fault(index, reading->document->error, index->nodes[object].at, path, "%s", message);
}

/* Loads a field's default. */
static bool read_standard(struct reading *reading, const struct schema *field, uint32_t object, unsigned char *member)
{
	cJSON *value = cJSON_Parse(field->standard);
	bool good;

	if (value == NULL)
		return refuse(reading, object, "out of memory");
	good = read_field(reading, field, value, object, member);
	cJSON_Delete(value);
	return good;
}

static bool read_absent(struct reading *reading, const struct schema *field, uint32_t object, unsigned char *member)
{
	if (field->needs != 0 && (reading->flags & field->needs) == 0)
		return true;
	if (field->presence == SCHEMA_DEFERRED)
		return true;
	if (field->presence == SCHEMA_OPTIONAL)
		return read_standard(reading, field, object, member);
	refuse_missing(reading, field, object);
	return false;
}

static bool read_object(struct reading *reading, const struct schema *field, const cJSON *object, uint32_t node,
			unsigned char *member)
{
	const struct json_node *nodes = reading->document->index.nodes;
	const struct schema *known;
	bool good = true;
	uint32_t child;
	cJSON *value;

	if (!cJSON_IsObject(object))
		return refuse_kind(reading, field, object, node);
	for (known = field->fields; known->key != NULL; known++)
		if (cJSON_GetObjectItemCaseSensitive(object, known->key) == NULL &&
		    !read_absent(reading, known, node, member + known->offset))
			good = false;

	child = nodes[node].child;
	for (value = object->child; value != NULL; value = value->next, child = nodes[child].next) {
		for (known = field->fields; known->key != NULL && strcmp(known->key, value->string) != 0; known++)
			;
		if (known->key == NULL) {
			refuse_unknown(reading, field, child);
			good = false;
		} else if (!read_field(reading, known, value, child, member + known->offset)) {
			good = false;
		}
	}
	return good;
}

static bool read_list(struct reading *reading, const struct schema *field, const cJSON *list, uint32_t node,
		      unsigned char *holder)
{
	const struct json_node *nodes = reading->document->index.nodes;
	const struct schema *item = field->item;
	char wanted[CONFIG_MESSAGE_SIZE / 2];
	unsigned count = 0;
	bool good = true;
	unsigned char *items;
	uint32_t child;
	cJSON *value;
	unsigned length;

	if (!cJSON_IsArray(list))
		return refuse_kind(reading, field, list, node);
	length = (unsigned)cJSON_GetArraySize(list);
	if (length < field->least || length > field->most)
		return refuse(reading, node, "has %u items; write %s", length,
			      schema_wanted(field, wanted, sizeof(wanted)));
	if (length == 0)
		return true;
	items = calloc(length, item->size);
	if (items == NULL)
		return refuse(reading, node, "out of memory");
	memcpy(holder + field->offset, &items, sizeof(items));
	memcpy(holder + field->count_offset, &length, sizeof(length));
	child = nodes[node].child;
	for (value = list->child; value != NULL; value = value->next, child = nodes[child].next, count++)
		if (!read_field(reading, item, value, child, items + count * item->size))
			good = false;
	return good;
}

static bool read_field(struct reading *reading, const struct schema *field, const cJSON *value, uint32_t node,
		       unsigned char *member)
{
	if (field->needs != 0 && (reading->flags & field->needs) == 0)
		return refuse(reading, node, "needs %s; remove it", field->needs_text);
	switch (field->type) {
	case SCHEMA_BOOLEAN:
		if (!cJSON_IsBool(value))
			return refuse_kind(reading, field, value, node);
		*(bool *)member = cJSON_IsTrue(value);
		return true;
	case SCHEMA_NUMBER:
		return read_number(reading, field, value, node, member);
	case SCHEMA_WORD:
		return read_word(reading, field, value, node, member);
	case SCHEMA_TEXT:
	case SCHEMA_NOTATION:
		return field->secret ? read_secret(reading, field, value, node, member)
				     : read_string(reading, field, value, node, member);
	case SCHEMA_OBJECT:
		return read_object(reading, field, value, node, member);
	default:
		return read_list(reading, field, value, node, member - field->offset);
	}
}

static void free_field(const struct schema *field, unsigned char *member)
{
	unsigned char *pointer;
	unsigned count;

	switch (field->type) {
	case SCHEMA_OBJECT:
		for (const struct schema *inner = field->fields; inner->key != NULL; inner++)
			free_field(inner, member + inner->offset);
		return;
	case SCHEMA_TEXT:
		memcpy(&pointer, member, sizeof(pointer));
		if (field->secret && pointer != NULL)
			explicit_bzero(pointer, strlen((char *)pointer));
		free(pointer);
		return;
	case SCHEMA_LIST:
		memcpy(&pointer, member, sizeof(pointer));
		memcpy(&count, member - field->offset + field->count_offset, sizeof(count));
		for (unsigned i = 0; i < count; i++)
			free_field(field->item, pointer + i * field->item->size);
		free(pointer);
		return;
	default:
		return;
	}
}

void schema_free(const struct schema *root, void *target)
{
	free_field(root, target);
	memset(target, 0, root->size);
}

bool schema_read(const struct schema *root, const char *text, size_t size, unsigned flags, void *target,
		 struct schema_document *document, struct config_error *error)
{
	struct reading reading = {.document = document, .flags = flags};
	bool good = false;
	cJSON *value;

	document->error = error;
	memset(target, 0, root->size);
	if (!json_index_build(&document->index, text, size, error))
		return false;
	value = cJSON_ParseWithLength(text, size);
	if (value == NULL)
		refuse(&reading, 0, "out of memory");
	else
		good = read_field(&reading, root, value, 0, target);
	cJSON_Delete(value);
	if (!good) {
		schema_free(root, target);
		schema_document_free(document);
	}
	return good;
}

void schema_document_free(struct schema_document *document)
{
	json_index_free(&document->index);
}
