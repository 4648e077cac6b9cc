/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs behaviours: all of them, or those of the files that are named ("tcp_delayed_ack"). */
#include "behaviour.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

static struct behaviour *behaviours;

void behaviour_add(struct behaviour *behaviour)
{
	struct behaviour **at = &behaviours;

	while (*at)
		at = &(*at)->next;
	*at = behaviour;
}

/* "tests/sim/tcp_x.c" is "tcp_x". */
static void file_name(const struct behaviour *behaviour, char *name, size_t size)
{
	const char *slash = strrchr(behaviour->file, '/');

	snprintf(name, size, "%s", slash ? slash + 1 : behaviour->file);
	name[strcspn(name, ".")] = '\0';
}

static bool chosen(const struct behaviour *behaviour, int argc, char **argv)
{
	char name[64];

	file_name(behaviour, name, sizeof(name));
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0 || strcmp(argv[i], behaviour->name) == 0)
			return true;
	return argc == 1;
}

static void begin_ipv4(void)
{
	peer_begin(IPV4);
}

static void begin_ipv6(void)
{
	peer_begin(IPV6);
}

static CU_pSuite suite_of(const struct behaviour *behaviour, enum family family)
{
	char name[80], file[64];
	CU_pSuite suite;

	file_name(behaviour, file, sizeof(file));
	snprintf(name, sizeof(name), "%s over %s", file, family == IPV4 ? "IPv4" : "IPv6");
	suite = CU_get_suite(name);
	if (!suite)
		suite = CU_add_suite_with_setup_and_teardown(name, NULL, NULL, family == IPV4 ? begin_ipv4 : begin_ipv6,
							     peer_end);
	return suite;
}

int main(int argc, char **argv)
{
	unsigned found = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (CU_initialize_registry() != CUE_SUCCESS)
		return EXIT_FAILURE;
	for (const struct behaviour *behaviour = behaviours; behaviour; behaviour = behaviour->next) {
		if (!chosen(behaviour, argc, argv))
			continue;
		found++;
		for (enum family family = IPV4; family < FAMILIES; family++)
			if (!CU_add_test(suite_of(behaviour, family), behaviour->name, behaviour->run))
				return EXIT_FAILURE;
	}
	if (!found) {
		fprintf(stderr, "%s: no such behaviour\n", argv[1]);
		return EXIT_FAILURE;
	}
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	if (CU_get_number_of_failures() == 0 && CU_get_number_of_tests_run() == 2 * found)
		return EXIT_SUCCESS;
	return EXIT_FAILURE;
}
