/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_WIRE_SUITE_H
#define TESTS_WIRE_SUITE_H

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stddef.h>

struct suite_test {
	const char *name;
	void (*function)(void);
};

/* Run the tests; the value is main()'s. */
static inline int suite_run(const char *name, const struct suite_test *tests, size_t count)
{
	unsigned int failures;
	CU_pSuite suite;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	suite = CU_add_suite(name, NULL, NULL);
	for (size_t i = 0; i < count; i++) {
		if (!CU_add_test(suite, tests[i].name, tests[i].function))
			return 1;
	}
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failures = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failures > 0;
}

#endif
