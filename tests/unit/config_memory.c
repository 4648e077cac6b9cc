/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whichever allocation fails, the configuration is refused as a whole, nothing leaks, and nothing crashes. The linker
 * turns the allocations of config/ to the functions below, and cJSON is given them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include <config/policy.h>

#include "config_support.h"
#include "support.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *memory);

static bool counting;
static unsigned until_failure; /* allocations that still succeed */
static int held;	       /* taken and not given back */

/* Whether this allocation succeeds. */
static bool grant(void)
{
	if (!counting)
		return true;
	if (until_failure == 0)
		return false;
	until_failure--;
	return true;
}

static void *hold(void *memory)
{
	held += counting && memory != NULL;
	return memory;
}

void *__wrap_malloc(size_t size)
{
	return grant() ? hold(__real_malloc(size)) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
	return grant() ? hold(__real_calloc(count, size)) : NULL;
}

void *__wrap_realloc(void *memory, size_t size)
{
	if (!grant())
		return NULL;
	return memory == NULL ? hold(__real_realloc(memory, size)) : __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text)
{
	return grant() ? hold(__real_strdup(text)) : NULL;
}

void __wrap_free(void *memory)
{
	held -= counting && memory != NULL;
	__real_free(memory);
}

/* Something that a file is loaded into. */
struct subject {
	size_t size; /* at most that of either structure */
	bool (*load)(const char *path, void *target, struct config_error *error);
	void (*release)(void *target);
};

static bool load_gateway(const char *path, void *target, struct config_error *error)
{
	return gateway_load(path, GATEWAY_ALLOW_TEST_SERVICE, target, error);
}

static void release_gateway(void *target)
{
	gateway_free(target);
}

static bool load_policy(const char *path, void *target, struct config_error *error)
{
	return policy_load(path, target, error);
}

static void release_policy(void *target)
{
	policy_free(target);
}

static const struct subject gateway_subject = {sizeof(struct gateway), load_gateway, release_gateway};
static const struct subject policy_subject = {sizeof(struct policy), load_policy, release_policy};

static void fail_each_allocation(const struct subject *subject, const char *path)
{
	cJSON_Hooks hooks = {__wrap_malloc, __wrap_free};
	unsigned char target[2048], before[2048];
	struct config_error error;
	unsigned allocations = 0;
	bool good;

	CU_ASSERT_FATAL(subject->size <= sizeof(target));
	cJSON_InitHooks(&hooks);
	memset(target, 0x5a, sizeof(target));
	memcpy(before, target, sizeof(before));
	for (;;) {
		held = 0;
		until_failure = allocations;
		counting = true;
		good = subject->load(path, target, &error);
		if (good)
			subject->release(target);
		counting = false;
		CU_ASSERT_EQUAL(held, 0);
		if (good)
			break;
		CU_ASSERT_FATAL(error.count > 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(error.faults[0].message, "out of memory"));
		CU_ASSERT_EQUAL(memcmp(target, before, sizeof(before)), 0);
		allocations++;
	}
	CU_ASSERT(allocations > 100);
	cJSON_InitHooks(NULL);
}

static void fail_each_allocation_of(const char *text)
{
	char path[] = "/tmp/sluice_config_memory_XXXXXX";
	int descriptor = mkstemp(path);

	CU_ASSERT_EQUAL_FATAL(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
	close(descriptor);
	fail_each_allocation(&gateway_subject, path);
	unlink(path);
}

static void no_failed_allocation_does_harm(void)
{
	char *text = config_full_document();

	fail_each_allocation_of(text);
	free(text);
}

static void no_failed_allocation_of_a_policy_does_harm(void)
{
	fail_each_allocation(&policy_subject, EXAMPLES "/policy.json");
}

/* So many values that the index of positions has to grow. */
static void no_failed_growth_does_harm(void)
{
	char routes[16384] = "\"routes\": [";
	size_t used = strlen(routes);
	char *text;

	for (int i = 0; i < 100; i++)
		used += (size_t)sprintf(routes + used, "%s{ \"to\": \"10.%d.0.0/16\", \"port\": \"client\" }",
					i == 0 ? "" : ", ", i);
	strcpy(routes + used, "]");
	text = config_document(routes);
	fail_each_allocation_of(text);
	free(text);
}

int main(void)
{
	return TESTS_RUN("memory", TEST(no_failed_allocation_does_harm), TEST(no_failed_growth_does_harm),
			 TEST(no_failed_allocation_of_a_policy_does_harm));
}
