/* SPDX-License-Identifier: BSD-3-Clause */
#include "log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_log.h>

#define LOG_TEXT_SIZE 1000
#define LOG_LINE_SIZE (LOG_TEXT_SIZE + 64) /* below PIPE_BUF: a line is written whole or not at all */

static enum log_level log_threshold = LOG_LEVEL_INFO;
static uint64_t log_lines_dropped;
static uint64_t log_lines_dropped_told;

static const char *const log_level_names[] = {"error", "warning", "info", "debug"};

void log_set_level(enum log_level level)
{
	log_threshold = level;
}

uint64_t log_dropped(void)
{
	return __atomic_load_n(&log_lines_dropped, __ATOMIC_RELAXED);
}

/* A pipe that polls writable takes PIPE_BUF octets at once, so the write below cannot block. */
static bool log_put(const char *line, size_t length)
{
	struct pollfd target = {.fd = STDERR_FILENO, .events = POLLOUT};

	if (poll(&target, 1, 0) != 1 || (target.revents & POLLOUT) == 0)
		return false;
	return write(STDERR_FILENO, line, length) == (ssize_t)length;
}

static void log_line(enum log_level level, const char *text, size_t length)
{
	char line[LOG_LINE_SIZE];
	struct timespec now;
	struct tm utc;
	size_t used;
	size_t i;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	used = strftime(line, sizeof(line), "%Y-%m-%dT%H:%M:%S", &utc);
	used +=
	    snprintf(line + used, sizeof(line) - used, ".%03ldZ %s ", now.tv_nsec / 1000000, log_level_names[level]);
	if (length > LOG_TEXT_SIZE)
		length = LOG_TEXT_SIZE;
	for (i = 0; i < length; i++)
		line[used++] = (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? ' ' : text[i];
	line[used++] = '\n';
	if (!log_put(line, used))
		__atomic_fetch_add(&log_lines_dropped, 1, __ATOMIC_RELAXED);
}

static void log_tell_dropped(void)
{
	uint64_t dropped = log_dropped();
	char text[80];

	if (dropped == log_lines_dropped_told)
		return;
	snprintf(text, sizeof(text), "%llu log lines were dropped: standard error did not take them",
		 (unsigned long long)(dropped - log_lines_dropped_told));
	log_line(LOG_LEVEL_WARNING, text, strlen(text));
	if (log_dropped() == dropped)
		log_lines_dropped_told = dropped;
	else /* this line went the same way: it is no event of its own */
		__atomic_fetch_sub(&log_lines_dropped, 1, __ATOMIC_RELAXED);
}

void log_write(enum log_level level, const char *format, ...)
{
	char text[LOG_TEXT_SIZE];
	va_list arguments;
	int length;

	if (level > log_threshold)
		return;
	log_tell_dropped();
	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length > 0)
		log_line(level, text, (size_t)length < sizeof(text) ? (size_t)length : sizeof(text) - 1);
}

/* Takes what DPDK writes: one call is one line, now and then several. */
static ssize_t log_dpdk_write(void *cookie, const char *text, size_t size)
{
	enum log_level level = rte_log_cur_msg_loglevel() <= (int)RTE_LOG_ERR ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING;
	size_t start = 0;
	size_t end;

	for (end = 0; end <= size; end++) {
		if (end < size && text[end] != '\n')
			continue;
		if (end > start && level <= log_threshold)
			log_line(level, text + start, end - start);
		start = end + 1;
	}
	return (ssize_t)size;
}

void log_take_dpdk(void)
{
	static FILE *stream;

	if (stream == NULL) {
		stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = log_dpdk_write});
		if (stream == NULL)
			return;
		setvbuf(stream, NULL, _IOLBF, 0);
	}
	rte_openlog_stream(stream);
	rte_log_set_global_level(RTE_LOG_WARNING);
}
