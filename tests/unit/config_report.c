/* SPDX-License-Identifier: BSD-3-Clause */
/* Faults are reported together, in the order of the file, one a line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <fault.h>

#include "config_support.h"
#include "support.h"

static char *printed(const struct config_error *error)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	config_error_print(error, stream);
	fclose(stream);
	return text;
}

static void expect_report(const char *document, const char *report)
{
	struct config_error error;
	struct gateway gateway;
	char *text;

	CU_ASSERT_FALSE_FATAL(gateway_parse("a.json", document, strlen(document), 0, &gateway, &error));
	text = printed(&error);
	CU_ASSERT_STRING_EQUAL(text, report);
	if (strcmp(text, report) != 0)
		printf("\n%s", text);
	free(text);
}

static void all_faults_are_reported_in_the_order_of_the_file(void)
{
	expect_report("{\n"
		      "  \"workers\": { \"cores\": [1, \"2\"], \"idel\": \"poll\" },\n"
		      "  \"tcp\": { \"mss\": 10 },\n"
		      "  \"ports\": [ { \"name\": \"a\", \"mac\": \"02:00\\u001b[1m\" } ]\n"
		      "}\n",
		      "a.json:2:29: workers.cores[1]: is a string; write a whole number from 0 to 1023\n"
		      "a.json:2:35: workers.idel: unknown key; did you mean \"idle\"?\n"
		      "a.json:3:19: tcp.mss: 10 is not allowed; write a whole number from 64 to 8960\n"
		      "a.json:4:14: ports[0].device: is missing; write a PCI address or a virtual device, and its "
		      "parameters behind commas, like \"0000:03:00.0\" or \"net_tap0,iface=sluice0\"\n"
		      "a.json:4:36: ports[0].mac: has a control character; remove it\n");
}

static void a_fault_without_a_place_has_no_place(void)
{
	struct config_error error;
	char *text;

	fault_begin(&error, "a.json");
	fault_add(&error, 0, 0, "", "cannot be opened: %s", "why not");
	text = printed(&error);
	CU_ASSERT_STRING_EQUAL(text, "a.json: cannot be opened: why not\n");
	free(text);
}

static void a_fault_of_the_document_has_no_path(void)
{
	expect_report(" []", "a.json:1:2: is a list; write an object\n");
}

static void faults_are_kept_in_order_however_they_come(void)
{
	static const unsigned places[][2] = {{5, 1}, {2, 9}, {7, 3}, {2, 4}, {5, 8}, {1, 9}, {7, 1}, {2, 6}};
	struct config_error error;

	fault_begin(&error, "a.json");
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		fault_add(&error, places[i][0], places[i][1], "", "x");
	CU_ASSERT_EQUAL_FATAL(error.count, 8);
	for (unsigned i = 1; i < error.count; i++)
		CU_ASSERT(error.faults[i - 1].line * 10 + error.faults[i - 1].column <
			  error.faults[i].line * 10 + error.faults[i].column);
}

static void ten_faults_are_kept_and_the_rest_counted(void)
{
	char document[400] = "{";
	struct config_error error;
	struct gateway gateway;
	char *text;

	for (int i = 0; i < 15; i++)
		sprintf(document + strlen(document), "\"unknown%d\": 1,\n", i);
	strcat(document, "\"workers\": { \"cores\": [1] }, \"ports\": [ { \"name\": \"a\", \"device\": \"b\" } ] }");
	CU_ASSERT_FALSE_FATAL(gateway_parse("a.json", document, strlen(document), 0, &gateway, &error));
	CU_ASSERT_EQUAL(error.count, 10);
	CU_ASSERT_EQUAL(error.more, 5);
	for (unsigned i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(error.faults[i].line, i + 1);
	text = printed(&error);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\na.json: further faults: 5\n"));
	free(text);
}

static void what_is_quoted_obeys_no_terminal(void)
{
	char *text = config_document("\"routes\": [ { \"to\": \"\xc2\x9b"
				     "31m\xe2\x80\xae\", \"port\": \"a\" } ]");
	struct config_error error;
	struct gateway gateway;

	CU_ASSERT_FALSE_FATAL(gateway_parse("a.json", text, strlen(text), 0, &gateway, &error));
	for (const char *at = error.faults[0].message; *at != '\0'; at++)
		CU_ASSERT(*at >= 0x20 && *at < 0x7f);
	free(text);
}

static void a_check_says_the_outcome(void)
{
	char path[] = "/tmp/sluice_config_report_XXXXXX";
	int descriptor = mkstemp(path);
	char *document = config_document("");
	char *text = NULL;
	char expected[100];
	FILE *stream;
	size_t size;

	CU_ASSERT_FATAL(descriptor >= 0);
	CU_ASSERT_EQUAL_FATAL(write(descriptor, document, strlen(document)), (ssize_t)strlen(document));
	stream = open_memstream(&text, &size);
	CU_ASSERT_TRUE(gateway_check(path, 0, stream));
	CU_ASSERT_EQUAL_FATAL(ftruncate(descriptor, 1), 0);
	CU_ASSERT_FALSE(gateway_check(path, 0, stream));
	fclose(stream);
	snprintf(expected, sizeof(expected), "%s: good (ports: 2, workers: 1)\n%s:1:2:", path, path);
	CU_ASSERT_EQUAL(strncmp(text, expected, strlen(expected)), 0);
	close(descriptor);
	unlink(path);
	free(document);
	free(text);
}

int main(void)
{
	return TESTS_RUN("reports", TEST(all_faults_are_reported_in_the_order_of_the_file),
			 TEST(a_fault_without_a_place_has_no_place), TEST(a_fault_of_the_document_has_no_path),
			 TEST(faults_are_kept_in_order_however_they_come),
			 TEST(ten_faults_are_kept_and_the_rest_counted), TEST(what_is_quoted_obeys_no_terminal),
			 TEST(a_check_says_the_outcome));
}
