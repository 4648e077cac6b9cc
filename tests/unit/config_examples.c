/* SPDX-License-Identifier: BSD-3-Clause */
/* The examples of docs/ are good as they stand. The folder is the first argument. */
#include <stdio.h>
#include <stdlib.h>

#include <config/policy.h>

#include "config_support.h"
#include "support.h"

static const char *folder;

static char *path_of(const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		abort();
	return path;
}

static void expect_two_ports(const char *name, struct gateway *gateway)
{
	struct config_error error = {.count = 0};
	char *path = path_of(name);

	if (!gateway_load(path, 0, gateway, &error)) {
		config_error_print(&error, stdout);
		CU_FAIL_FATAL("an example is refused");
	}
	CU_ASSERT_EQUAL(gateway->port_count, 2);
	CU_ASSERT_EQUAL(gateway->route_count, 2);
	for (unsigned i = 0; i < gateway->port_count; i++)
		CU_ASSERT_EQUAL(gateway->ports[i].address_count, 2);
	free(path);
}

static void the_example_is_good(void)
{
	struct gateway gateway;

	expect_two_ports("gateway.json", &gateway);
	gateway_free(&gateway);
}

static void the_small_example_fits_in_256_megabytes(void)
{
	struct gateway gateway;

	expect_two_ports("gateway-small.json", &gateway);
	CU_ASSERT(gateway.memory.megabytes <= 128);
	gateway_free(&gateway);
}

static void the_first_gateway_is_good(void)
{
	struct config_error error = {.count = 0};
	char *path = path_of("gateway-first.json");
	struct gateway gateway;

	CU_ASSERT_FATAL(gateway_load(path, 0, &gateway, &error));
	CU_ASSERT_EQUAL(gateway.dns.server_count, 1);
	CU_ASSERT_PTR_NOT_NULL(gateway.region.folder);
	gateway_free(&gateway);
	free(path);
}

static void the_gateway_of_the_benchmark_routes_alone(void)
{
	struct config_error error = {.count = 0};
	char *path = path_of("gateway-bench.json");
	struct gateway gateway;

	CU_ASSERT_FATAL(gateway_load(path, 0, &gateway, &error));
	CU_ASSERT(gateway.forwarding);
	CU_ASSERT_PTR_NULL(gateway.region.folder);
	gateway_free(&gateway);
	free(path);
}

static struct policy load_policy(const char *name)
{
	struct config_error error = {.count = 0};
	char *path = path_of(name);
	struct policy policy;

	if (!policy_load(path, &policy, &error)) {
		config_error_print(&error, stdout);
		CU_FAIL_FATAL("an example is refused");
	}
	free(path);
	return policy;
}

static void the_policy_is_good_with_its_files(void)
{
	struct policy policy = load_policy("policy.json");

	CU_ASSERT_EQUAL(policy.service_count, 3);
	CU_ASSERT_EQUAL(policy.categories[0].names.count, 5);
	CU_ASSERT_EQUAL(policy.filters[0].rows[1].names.count, 2);
	policy_free(&policy);
}

static void the_small_policy_is_good(void)
{
	struct policy policy = load_policy("policy-small.json");

	CU_ASSERT_EQUAL(policy.service_count, 1);
	policy_free(&policy);
}

static void the_lab_has_both_kinds_of_services(void)
{
	struct policy policy = load_policy("policy-lab.json");

	CU_ASSERT_EQUAL_FATAL(policy.service_count, 2);
	CU_ASSERT_EQUAL(policy.services[0].type, POLICY_EXPLICIT);
	CU_ASSERT_EQUAL(policy.services[1].type, POLICY_TRANSPARENT);
	policy_free(&policy);
}

int main(int count, char **arguments)
{
	if (count != 2)
		return EXIT_FAILURE;
	folder = arguments[1];
	return TESTS_RUN("examples", TEST(the_example_is_good), TEST(the_small_example_fits_in_256_megabytes),
			 TEST(the_first_gateway_is_good), TEST(the_gateway_of_the_benchmark_routes_alone),
			 TEST(the_policy_is_good_with_its_files), TEST(the_small_policy_is_good),
			 TEST(the_lab_has_both_kinds_of_services));
}
