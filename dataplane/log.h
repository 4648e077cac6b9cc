/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_LOG_H
#define DATAPLANE_LOG_H

/*
 * The log: one line for each event on standard error: time (RFC 3339, UTC), level, text. Only the main lcore logs;
 * workers count, and the main lcore says what changed. A target that takes no more lines never blocks anybody: lines
 * are dropped, counted, and the number is told as soon as a line goes through again.
 */

#include <stdint.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* Lines of a level above this one are left out. LOG_LEVEL_INFO at first. */
void log_set_level(enum log_level level);

/* Sends what DPDK logs to this log, and of that only warnings and errors. After the EAL has started it is called once
 * more, since the EAL chooses a stream of its own. */
void log_take_dpdk(void);

/* Writes a line; control characters in it are replaced, and it is cut at 1,000 octets. */
void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Lines that were dropped because standard error did not take them. */
uint64_t log_dropped(void);

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
