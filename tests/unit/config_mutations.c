/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A good document with octets changed, put in, left out or moved at random is either good or refused at a place within
 * it. A failing world prints its seed; that seed as the first argument runs it alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_support.h"
#include "support.h"

#define WORLDS 20000
#define ROOM 256 /* for what a world puts in */

static uint64_t first_seed, worlds = WORLDS;
static unsigned accepted, refused;

/* What breaks JSON most often, beside any octet at all. */
static char draw_octet(uint64_t *random)
{
	static const char likely[] = "{}[]\",:0123456789-+.eE\\u tfn\n\0\x80\xc3\xed\xf4\xff";

	if (support_random(random) % 4 == 0)
		return (char)support_random(random);
	return likely[support_random(random) % (sizeof(likely) - 1)];
}

static size_t change(char *text, size_t size, uint64_t *random)
{
	size_t at = support_random(random) % size;
	size_t length = 1 + support_random(random) % 8;
	size_t from;

	length = length < size - at ? length : size - at;
	switch (support_random(random) % 5) {
	case 0:
		text[at] = draw_octet(random);
		return size;
	case 1:
		text[at] ^= (char)(1 << support_random(random) % 8);
		return size;
	case 2:
		memmove(text + at + 1, text + at, size - at);
		text[at] = draw_octet(random);
		return size + 1;
	case 3:
		memmove(text + at, text + at + length, size - at - length);
		return size - length;
	default: /* a piece of it once more, elsewhere */
		from = support_random(random) % (size - length + 1);
		memmove(text + at + length, text + at, size - at);
		memmove(text + at, text + (from < at ? from : from + length),
			from < at && from + length > at ? 0 : length);
		return size + length;
	}
}

/* Whether the fault is at a character of the text, or right behind its end. */
static bool is_within(const struct config_fault *fault, const char *text, size_t size)
{
	unsigned line = 1;
	unsigned width = 1;

	for (size_t i = 0; i < size && line <= fault->line; i++) {
		if (line == fault->line)
			width++;
		if (text[i] == '\n')
			line++;
	}
	return fault->line >= 1 && fault->line <= line && fault->column >= 1 && fault->column <= width;
}

static bool run_world(config_reader *read, const char *document, uint64_t seed)
{
	size_t size = strlen(document);
	char *text = malloc(size + ROOM);
	uint64_t random = seed;
	struct config_error error;
	bool good = true;
	char *exact;

	memcpy(text, document, size);
	for (uint64_t changes = 1 + support_random(&random) % 4; changes > 0; changes--)
		size = change(text, size, &random);
	if (support_random(&random) % 16 == 0)
		size = support_random(&random) % size;
	exact = (char *)support_copy(text, size);
	if (read(exact, size, &error)) {
		accepted++;
	} else {
		refused++;
		good = error.count > 0;
		for (unsigned i = 0; i < error.count; i++)
			good = good && is_within(&error.faults[i], exact, size) && error.faults[i].message[0] != '\0';
	}
	if (!good) {
		printf("\nseed %llu:\n", (unsigned long long)seed);
		config_error_print(&error, stdout);
	}
	free(exact);
	free(text);
	return good;
}

/* Runs worlds that begin with the document, which is to be freed by free(). */
static void run_worlds(config_reader *read, char *document)
{
	accepted = 0;
	refused = 0;
	for (uint64_t i = 0; i < worlds; i++)
		CU_ASSERT(run_world(read, document, first_seed + i));
	if (worlds > 1) {
		CU_ASSERT(accepted > worlds / 100);
		CU_ASSERT(refused > worlds / 2);
	}
	free(document);
}

static void every_change_of_a_gateway_is_accepted_or_refused_at_its_place(void)
{
	run_worlds(config_read_gateway, config_full_document());
}

static void every_change_of_a_policy_is_accepted_or_refused_at_its_place(void)
{
	run_worlds(config_read_policy, config_full_policy());
}

int main(int count, char **arguments)
{
	if (count > 1) {
		first_seed = strtoull(arguments[1], NULL, 10);
		worlds = 1;
	}
	return TESTS_RUN("random changes", TEST(every_change_of_a_gateway_is_accepted_or_refused_at_its_place),
			 TEST(every_change_of_a_policy_is_accepted_or_refused_at_its_place));
}
