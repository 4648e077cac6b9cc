/* SPDX-License-Identifier: BSD-3-Clause */
#include "regex_database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hs/hs.h>

/* An expression is matched with nothing before it and nothing behind it. "\z" and not "$", which a final new line may
 * follow. */
static const char before[] = "\\A(?:", behind[] = ")\\z";

/* `.*` is an expression to be had, although it matches an empty text, which no name is. */
#define FLAGS (HS_FLAG_CASELESS | HS_FLAG_ALLOWEMPTY)

#define HEADER_READ 64 /* octets of a database that hs_database_size may look at, at least */

static bool this_platform(hs_platform_info_t *platform)
{
	memset(platform, 0, sizeof(*platform));
	return hs_populate_platform(platform) == HS_SUCCESS;
}

uint64_t regex_platform(void)
{
	static const uint16_t order = 0x0102;
	unsigned major = 0, minor = 0, patch = 0;
	hs_platform_info_t platform;

	this_platform(&platform);
	sscanf(hs_version(), "%u.%u.%u", &major, &minor, &patch);
	return (uint64_t) * (const uint8_t *)&order << 56 | (uint64_t)(major & 0xff) << 48 |
	       (uint64_t)(minor & 0xff) << 40 | (uint64_t)(patch & 0xff) << 32 | (uint32_t)platform.cpu_features;
}

static void say(char message[CONFIG_MESSAGE_SIZE], hs_compile_error_t *error)
{
	size_t length;

	snprintf(message, CONFIG_MESSAGE_SIZE, "%s", error != NULL ? error->message : "out of memory");
	length = strlen(message);
	if (length > 0 && message[length - 1] == '.')
		message[length - 1] = '\0';
	hs_free_compile_error(error);
}

/*
 * An expression that is none by itself, such as "a)|(?:b", may become one between our parentheses, and would then not
 * be held to the whole text: so each must be good alone.
 */
static bool good_alone(const char *text, char message[CONFIG_MESSAGE_SIZE])
{
	hs_compile_error_t *error = NULL;
	hs_expr_info_t *info = NULL;
	hs_error_t outcome = hs_expression_info(text, FLAGS, &info, &error);

	free(info);
	if (outcome == HS_SUCCESS)
		return true;
	say(message, error);
	return false;
}

/* The expression held to the whole text. NULL: no memory. */
static char *whole(const char *text)
{
	size_t length = strlen(text);
	char *copy = malloc(sizeof(before) + length + sizeof(behind));

	if (copy != NULL) {
		memcpy(copy, before, sizeof(before));
		memcpy(copy + sizeof(before) - 1, text, length);
		memcpy(copy + sizeof(before) - 1 + length, behind, sizeof(behind));
	}
	return copy;
}

/* Hyperscan wants an array for each property of an expression. */
struct expressions {
	char **texts;
	unsigned *numbers;
	unsigned *flags;
};

static void expressions_free(struct expressions *arrays, unsigned count)
{
	for (unsigned i = 0; arrays->texts != NULL && i < count; i++)
		free(arrays->texts[i]);
	free(arrays->texts);
	free(arrays->numbers);
	free(arrays->flags);
}

static bool expressions_fill(struct expressions *arrays, const struct regex *expressions, unsigned count,
			     unsigned *fault, char message[CONFIG_MESSAGE_SIZE])
{
	arrays->texts = calloc(count, sizeof(*arrays->texts));
	arrays->numbers = calloc(count, sizeof(*arrays->numbers));
	arrays->flags = calloc(count, sizeof(*arrays->flags));
	snprintf(message, CONFIG_MESSAGE_SIZE, "out of memory");
	*fault = count;
	if (arrays->texts == NULL || arrays->numbers == NULL || arrays->flags == NULL)
		return false;
	for (unsigned i = 0; i < count; i++) {
		arrays->texts[i] = whole(expressions[i].text);
		if (arrays->texts[i] == NULL)
			return false;
		if (!good_alone(expressions[i].text, message)) {
			*fault = i;
			return false;
		}
		arrays->numbers[i] = expressions[i].number;
		arrays->flags[i] = FLAGS;
	}
	return true;
}

static hs_database_t *compile(const struct expressions *arrays, unsigned count, unsigned *fault,
			      char message[CONFIG_MESSAGE_SIZE])
{
	hs_compile_error_t *error = NULL;
	hs_database_t *database = NULL;
	hs_platform_info_t platform;

	if (this_platform(&platform) &&
	    hs_compile_multi((const char *const *)arrays->texts, arrays->flags, arrays->numbers, count, HS_MODE_BLOCK,
			     &platform, &database, &error) == HS_SUCCESS)
		return database;
	if (error != NULL && error->expression >= 0 && (unsigned)error->expression < count)
		*fault = (unsigned)error->expression;
	say(message, error);
	return NULL;
}

static bool serialise(const hs_database_t *compiled, struct regex_database *database)
{
	if (hs_serialize_database(compiled, &database->serialised, &database->serialised_size) != HS_SUCCESS)
		return false;
	if (hs_serialized_database_size(database->serialised, database->serialised_size, &database->size) == HS_SUCCESS)
		return true;
	regex_database_free(database);
	return false;
}

bool regex_compile(const struct regex *expressions, unsigned count, struct regex_database *database, unsigned *fault,
		   char message[CONFIG_MESSAGE_SIZE])
{
	struct expressions arrays = {0};
	hs_database_t *compiled = NULL;
	bool good = false;

	if (expressions_fill(&arrays, expressions, count, fault, message))
		compiled = compile(&arrays, count, fault, message);
	if (compiled != NULL) {
		good = serialise(compiled, database);
		if (!good)
			snprintf(message, CONFIG_MESSAGE_SIZE, "out of memory");
		hs_free_database(compiled);
	}
	expressions_free(&arrays, count);
	return good;
}

void regex_database_free(struct regex_database *database)
{
	free(database->serialised);
	*database = (struct regex_database){0};
}

bool regex_place(const struct regex_database *database, void *place)
{
	return hs_deserialize_database_at(database->serialised, database->serialised_size, place) == HS_SUCCESS;
}

bool regex_check(const void *place, size_t size)
{
	size_t stated;

	return size >= HEADER_READ && hs_database_size(place, &stated) == HS_SUCCESS && stated == size;
}

struct hs_scratch *regex_scratch(const struct hs_scratch *old, const void *database)
{
	hs_scratch_t *scratch = NULL;

	if (old != NULL && hs_clone_scratch(old, &scratch) != HS_SUCCESS)
		return NULL;
	if (hs_alloc_scratch(database, &scratch) == HS_SUCCESS)
		return scratch;
	hs_free_scratch(scratch);
	return NULL;
}

void regex_scratch_free(struct hs_scratch *scratch)
{
	hs_free_scratch(scratch);
}

static int keep_lowest(unsigned number, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
	unsigned *lowest = context;

	if (number < *lowest)
		*lowest = number;
	return 0;
}

bool regex_scan(const void *database, struct hs_scratch *scratch, const char *text, size_t length, unsigned *lowest)
{
	return hs_scan(database, text, (unsigned)length, 0, scratch, keep_lowest, lowest) == HS_SUCCESS;
}
