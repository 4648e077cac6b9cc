/* SPDX-License-Identifier: BSD-3-Clause */
/* The log: one line for an event, and a target that takes no more never blocks. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "support.h"

static int saved_error;
static int pipe_ends[2];

static void begin(void)
{
	saved_error = dup(STDERR_FILENO);
	CU_ASSERT_EQUAL_FATAL(pipe(pipe_ends), 0);
	CU_ASSERT_TRUE_FATAL(dup2(pipe_ends[1], STDERR_FILENO) >= 0);
}

static void end(void)
{
	dup2(saved_error, STDERR_FILENO);
	close(saved_error);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

/* What is in the pipe, as a string. */
static const char *read_all(void)
{
	static char text[200000];
	struct pollfd readable = {.fd = pipe_ends[0], .events = POLLIN};
	size_t used = 0;

	while (poll(&readable, 1, 0) == 1 && used < sizeof(text) - 1) {
		ssize_t got = read(pipe_ends[0], text + used, sizeof(text) - 1 - used);

		if (got <= 0)
			break;
		used += (size_t)got;
	}
	text[used] = '\0';
	return text;
}

static void a_line_has_time_level_and_text(void)
{
	const char *line;

	begin();
	log_info("port %s is %s", "client", "up");
	line = read_all();
	end();
	CU_ASSERT_EQUAL(strlen(line), strlen("2026-01-01T00:00:00.000Z info port client is up\n"));
	CU_ASSERT_EQUAL(line[10], 'T');
	CU_ASSERT_EQUAL(line[23], 'Z');
	CU_ASSERT_STRING_EQUAL(line + 24, " info port client is up\n");
}

static void levels_above_the_threshold_are_left_out(void)
{
	const char *lines;

	begin();
	log_set_level(LOG_LEVEL_WARNING);
	log_info("left out");
	log_warning("kept");
	log_set_level(LOG_LEVEL_INFO);
	lines = read_all();
	end();
	CU_ASSERT_PTR_NULL(strstr(lines, "left out"));
	CU_ASSERT_PTR_NOT_NULL(strstr(lines, " warning kept\n"));
}

static void control_characters_cannot_forge_lines(void)
{
	const char *line;

	begin();
	log_info("name \"a\nb\x1b[2J\"");
	line = read_all();
	end();
	CU_ASSERT_PTR_EQUAL(strchr(line, '\n'), line + strlen(line) - 1);
	CU_ASSERT_PTR_NULL(strchr(line, '\x1b'));
}

static void a_long_line_is_cut(void)
{
	static char text[5000];
	const char *line;

	memset(text, 'x', sizeof(text) - 1);
	begin();
	log_info("%s", text);
	line = read_all();
	end();
	CU_ASSERT_TRUE(strlen(line) < 1100);
	CU_ASSERT_PTR_EQUAL(strchr(line, '\n'), line + strlen(line) - 1);
}

static void a_full_pipe_drops_lines_and_tells_how_many(void)
{
	uint64_t before = log_dropped();
	uint64_t dropped;
	const char *lines;
	char expected[80];

	begin();
	for (unsigned i = 0; i < 5000; i++)
		log_info("line %u of many that nobody reads", i);
	dropped = log_dropped() - before;
	CU_ASSERT_TRUE(dropped > 0);
	read_all();
	log_info("somebody reads again");
	lines = read_all();
	end();
	snprintf(expected, sizeof(expected), "%llu log lines were dropped", (unsigned long long)dropped);
	CU_ASSERT_PTR_NOT_NULL(strstr(lines, expected));
	CU_ASSERT_PTR_NOT_NULL(strstr(lines, "somebody reads again"));
}

int main(void)
{
	return TESTS_RUN("log", TEST(a_line_has_time_level_and_text), TEST(levels_above_the_threshold_are_left_out),
			 TEST(control_characters_cannot_forge_lines), TEST(a_long_line_is_cut),
			 TEST(a_full_pipe_drops_lines_and_tells_how_many));
}
