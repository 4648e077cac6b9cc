/* SPDX-License-Identifier: BSD-3-Clause */
#include "config_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/CUnit.h>

#include <gateway_schema.h>
#include <policy_schema.h>
#include <text_file.h>

char *config_full_document(void)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	schema_print_example(&gateway_schema, GATEWAY_ALLOW_TEST_SERVICE, stream);
	fclose(stream);
	return text;
}

char *config_document(const char *rest)
{
	static const char form[] =
	    "{ \"workers\": { \"cores\": [1] }, \"ports\": [\n"
	    "  { \"name\": \"client\", \"device\": \"net_tap0\",\n"
	    "    \"addresses\": [\"192.0.2.1/24\", \"2001:db8:1::1/64\"] },\n"
	    "  { \"name\": \"server\", \"device\": \"net_tap1\", \"addresses\": [\"198.51.100.1/24\"] } ]%s%s }\n";
	char *text;

	return asprintf(&text, form, rest[0] == '\0' ? "" : ",\n", rest) < 0 ? NULL : text;
}

char *config_full_policy(void)
{
	static const char path[] = EXAMPLES "/policy.json";
	struct config_error error;
	size_t size;
	char *text;

	if (!text_file_read(path, POLICY_FILE_SIZE, &text, &size, &error))
		abort();
	text[size] = '\0';
	return text;
}

bool config_read_gateway(const char *text, size_t size, struct config_error *error)
{
	struct gateway gateway;

	if (!gateway_parse("test", text, size, GATEWAY_ALLOW_TEST_SERVICE, &gateway, error))
		return false;
	gateway_free(&gateway);
	return true;
}

bool config_read_policy(const char *text, size_t size, struct config_error *error)
{
	struct policy policy;

	if (!policy_parse("test", EXAMPLES, text, size, &policy, error))
		return false;
	policy_free(&policy);
	return true;
}

bool config_accepts_by(config_reader *read, const char *text)
{
	struct config_error error;
	bool good = read(text, strlen(text), &error);

	if (!good)
		config_error_print(&error, stdout);
	return good;
}

bool config_accepts(const char *text)
{
	return config_accepts_by(config_read_gateway, text);
}

void config_place(const char *text, size_t at, unsigned *line, unsigned *column)
{
	*line = 1;
	*column = 1;
	while (at-- > 0) {
		++*column;
		if (*text++ == '\n') {
			++*line;
			*column = 1;
		}
	}
}

bool config_has_fault(const struct config_error *error, unsigned line, unsigned column, const char *path,
		      const char *words)
{
	for (unsigned i = 0; i < error->count; i++) {
		const struct config_fault *fault = &error->faults[i];

		if (fault->line == line && fault->column == column && strcmp(fault->path, path) == 0 &&
		    strstr(fault->message, words) != NULL)
			return true;
	}
	return false;
}

void config_expect_at_by(config_reader *read, const char *text, size_t size, size_t at, const char *path,
			 const char *words)
{
	char *copy = malloc(size);
	struct config_error error;
	unsigned line, column;

	/* A copy with nothing behind it, so that the address sanitizer sees whoever reads past the end. */
	memcpy(copy, text, size);
	config_place(copy, at, &line, &column);
	if (read(copy, size, &error)) {
		CU_FAIL("a wrong text was accepted");
		printf("\naccepted: %.*s\n", (int)size, text);
	} else if (!config_has_fault(&error, line, column, path, words)) {
		CU_FAIL("a fault is not as expected");
		printf("\nexpected %u:%u: %s: ...%s... but got\n", line, column, path, words);
		config_error_print(&error, stdout);
	} else {
		CU_PASS("");
	}
	free(copy);
}

char *config_unmark(const char *marked, size_t *at)
{
	char *text = strdup(marked);

	*at = strcspn(text, "@");
	memmove(text + *at, text + *at + 1, strlen(marked) - *at);
	return text;
}

void config_expect_by(config_reader *read, const char *marked, const char *path, const char *words)
{
	size_t at;
	char *text = config_unmark(marked, &at);

	config_expect_at_by(read, text, strlen(text), at, path, words);
	free(text);
}

void config_expect(const char *marked, const char *path, const char *words)
{
	config_expect_by(config_read_gateway, marked, path, words);
}

void config_expect_at(const char *text, size_t size, size_t at, const char *path, const char *words)
{
	config_expect_at_by(config_read_gateway, text, size, at, path, words);
}
