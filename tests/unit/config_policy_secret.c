/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * No piece of memory that is given back holds a password's hash, nor what was written in its place. The linker turns
 * config/'s free to the function below, and cJSON is given it.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include <config/policy.h>

#include "support.h"

#define MARK "Ma.rk/salt"
#define HASH43 "0123456789012345678901234567890123456789./A"

void __real_free(void *memory);
void __wrap_free(void *memory);

static bool looking;
static unsigned freed, found;

void __wrap_free(void *memory)
{
	if (looking && memory != NULL) {
		freed++;
		found += memmem(memory, malloc_usable_size(memory), MARK, strlen(MARK)) != NULL;
	}
	__real_free(memory);
}

/* Loads a policy with this password, and frees it. */
static bool load(const char *password)
{
	char path[] = "/tmp/sluice_config_secret_XXXXXX";
	int descriptor = mkstemp(path);
	cJSON_Hooks hooks = {malloc, __wrap_free};
	struct config_error error;
	struct policy policy;
	bool good;

	CU_ASSERT_FATAL(dprintf(descriptor,
				"{ \"filters\": [ { \"name\": \"f\", \"any\": { \"action\": \"deny\" } } ],"
				" \"services\": [ { \"name\": \"s\", \"filter\": \"f\", \"clients\": [\"10.0.0.0/8\"],"
				" \"explicit\": { \"listeners\": [ { \"address\": \"192.0.2.1\", \"port\": 1 } ],"
				" \"users\": [ { \"name\": \"a\", \"password\": \"%s\" } ] } } ] }",
				password) > 0);
	close(descriptor);
	cJSON_InitHooks(&hooks);
	freed = 0;
	found = 0;
	looking = true;
	good = policy_load(path, &policy, &error);
	if (good)
		policy_free(&policy);
	looking = false;
	cJSON_InitHooks(NULL);
	unlink(path);
	return good;
}

static void a_hash_is_wiped(void)
{
	CU_ASSERT_TRUE(load("$5$" MARK "$" HASH43));
	CU_ASSERT(freed > 30);
	CU_ASSERT_EQUAL(found, 0);
}

static void a_password_written_for_its_hash_is_wiped(void)
{
	CU_ASSERT_FALSE(load(MARK));
	CU_ASSERT(freed > 30);
	CU_ASSERT_EQUAL(found, 0);
}

int main(void)
{
	return TESTS_RUN("secrets of policy.json", TEST(a_hash_is_wiped),
			 TEST(a_password_written_for_its_hash_is_wiped));
}
