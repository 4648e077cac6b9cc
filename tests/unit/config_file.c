/* SPDX-License-Identifier: BSD-3-Clause */
/* Files of every kind: only a regular one of a bearable size is read, and none is waited for. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <text_file.h>

#include "config_support.h"
#include "support.h"

static char folder[] = "/tmp/sluice_config_file_XXXXXX";
static char path[64];

/* Writes `size` octets to the test's file: the text, then blanks. */
static void write_file(const char *text, size_t size)
{
	FILE *file = fopen(path, "w");

	fwrite(text, 1, strlen(text), file);
	for (size_t i = strlen(text); i < size; i++)
		fputc(' ', file);
	fclose(file);
}

static unsigned open_files(void)
{
	unsigned count = 0;

	for (int i = 0; i < 64; i++)
		count += fcntl(i, F_GETFD) >= 0;
	return count;
}

static void expect_refused(const char *name, unsigned line, const char *words)
{
	unsigned before = open_files();
	struct config_error error;
	struct gateway gateway;

	CU_ASSERT_FALSE(gateway_load(name, 0, &gateway, &error));
	CU_ASSERT_EQUAL(error.count, 1);
	CU_ASSERT_EQUAL(error.faults[0].line, line);
	CU_ASSERT_PTR_NOT_NULL(strstr(error.faults[0].message, words));
	CU_ASSERT_STRING_EQUAL(error.file, name);
	CU_ASSERT_EQUAL(open_files(), before);
}

static void a_file_is_read_and_closed(void)
{
	char *text = config_document("");
	unsigned before = open_files();
	struct config_error error;
	struct gateway gateway;

	write_file(text, 0);
	CU_ASSERT_TRUE_FATAL(gateway_load(path, 0, &gateway, &error));
	CU_ASSERT_EQUAL(open_files(), before);
	gateway_free(&gateway);
	free(text);
}

static void a_link_to_a_file_is_followed(void)
{
	char *text = config_document("");
	struct config_error error;
	struct gateway gateway;
	char link[80];

	write_file(text, 0);
	snprintf(link, sizeof(link), "%s.link", path);
	CU_ASSERT_EQUAL_FATAL(symlink(path, link), 0);
	CU_ASSERT_TRUE_FATAL(gateway_load(link, 0, &gateway, &error));
	gateway_free(&gateway);
	unlink(link);
	free(text);
}

static void what_is_not_there_is_refused(void)
{
	unlink(path);
	expect_refused(path, 0, "cannot be opened: No such file");
	expect_refused("", 0, "cannot be opened: No such file");
}

static void what_is_no_regular_file_is_refused_without_waiting(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	expect_refused(folder, 0, "not a regular file");
	expect_refused("/dev/zero", 0, "not a regular file");

	unlink(path);
	CU_ASSERT_EQUAL_FATAL(mkfifo(path, 0600), 0);
	expect_refused(path, 0, "not a regular file");
	unlink(path);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	CU_ASSERT_EQUAL_FATAL(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	expect_refused(path, 0, "cannot be opened");
	close(listener);
	unlink(path);
}

static void an_empty_file_is_refused(void)
{
	write_file("", 0);
	expect_refused(path, 1, "empty");
}

static void a_file_of_a_mebibyte_is_read_and_a_larger_one_refused(void)
{
	char *text = config_document("");
	struct config_error error;
	struct gateway gateway;

	write_file(text, 1 << 20);
	CU_ASSERT_TRUE_FATAL(gateway_load(path, 0, &gateway, &error));
	gateway_free(&gateway);
	write_file(text, (1 << 20) + 1);
	expect_refused(path, 0, "larger than 1048576 octets");
	write_file("{\"a\": \"", 10 << 20);
	expect_refused(path, 0, "larger than 1048576 octets");
	free(text);
}

/* /proc tells a size of 0. */
static void a_file_that_tells_no_size_is_read(void)
{
	struct config_error error = {.count = 0};
	size_t size;
	char *text;

	CU_ASSERT_TRUE_FATAL(text_file_read("/proc/self/smaps", 1 << 20, &text, &size, &error));
	CU_ASSERT(size > 4096 && memchr(text, '\0', size) == NULL);
	free(text);
	expect_refused("/proc/self/status", 1, "a value is wanted here, not 'N'");
}

static void a_process_without_descriptors_is_told_so(void)
{
	struct rlimit limit, none;

	write_file("{}", 0);
	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_NOFILE, &none), 0);
	expect_refused(path, 0, "Too many open files");
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void a_long_name_keeps_its_end(void)
{
	struct config_error error;
	struct gateway gateway;
	char name[400];

	memset(name, 'a', sizeof(name));
	strcpy(name + sizeof(name) - 6, ".json");
	CU_ASSERT_FALSE(gateway_load(name, 0, &gateway, &error));
	CU_ASSERT_EQUAL(strlen(error.file), sizeof(error.file) - 1);
	CU_ASSERT_STRING_EQUAL(error.file + strlen(error.file) - 5, ".json");
}

int main(void)
{
	int status;

	if (mkdtemp(folder) == NULL)
		return EXIT_FAILURE;
	snprintf(path, sizeof(path), "%s/gateway.json", folder);
	status = TESTS_RUN("files", TEST(a_file_is_read_and_closed), TEST(a_link_to_a_file_is_followed),
			   TEST(what_is_not_there_is_refused), TEST(what_is_no_regular_file_is_refused_without_waiting),
			   TEST(an_empty_file_is_refused), TEST(a_file_of_a_mebibyte_is_read_and_a_larger_one_refused),
			   TEST(a_file_that_tells_no_size_is_read), TEST(a_process_without_descriptors_is_told_so),
			   TEST(a_long_name_keeps_its_end));
	unlink(path);
	rmdir(folder);
	return status;
}
