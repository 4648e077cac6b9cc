/* SPDX-License-Identifier: BSD-3-Clause */
#include "flow_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <rte_common.h>

#include "line_writer.h"
#include "log.h"

_Static_assert(FLOW_LINE_SIZE <= LINE_WRITER_LINE, "the writer takes every line");

struct flow_log {
	const struct gateway_flow_log *settings;
	flow_reason_name reason_name;
	struct line_writer *writer;
	struct flow_log_counters counters;
	struct flow_log_counters marked; /* as the last line on dropped ones left them */
	struct flow_log_counters told;	 /* and the last message */
	int told_trouble;
	uint64_t told_at; /* milliseconds; 0: never */
	bool dropping;	  /* until the buffer is half empty */
	unsigned interval;
	unsigned workers;
	struct flow_ring *rings[];
};

static mode_t mode_of(enum gateway_flow_log_mode mode)
{
	return mode == GATEWAY_FLOW_LOG_GROUP ? 0640 : 0600;
}

static void destroy(struct flow_log *log)
{
	unsigned i;

	for (i = 0; i < log->workers; i++)
		flow_ring_destroy(log->rings[i]);
	line_writer_close(log->writer);
	free(log);
}

struct flow_log *flow_log_open(const struct gateway_flow_log *settings, unsigned workers, flow_reason_name reason_name,
			       struct fault *fault)
{
	struct flow_log *log;
	struct fault reason;
	unsigned i;

	fault->text[0] = '\0';
	if (settings->path == NULL)
		return NULL;
	log = calloc(1, sizeof(*log) + workers * sizeof(struct flow_ring *));
	if (log == NULL) {
		fault_set(fault, "no memory for the flow log");
		return NULL;
	}
	log->settings = settings;
	log->reason_name = reason_name;
	log->interval = FLOW_LOG_INTERVAL_MOST;
	log->workers = workers;
	for (i = 0; i < workers; i++) {
		log->rings[i] = flow_ring_create(settings->ring, fault);
		if (log->rings[i] == NULL) {
			destroy(log);
			return NULL;
		}
	}
	log->writer = line_writer_open(settings->path, mode_of(settings->mode), settings->buffer, &reason);
	if (log->writer == NULL) {
		fault_set(fault, "flow_log.path: %.480s", reason.text);
		destroy(log);
		return NULL;
	}
	return log;
}

struct flow_ring *flow_log_ring(struct flow_log *log, unsigned worker)
{
	return log != NULL ? log->rings[worker] : NULL;
}

static void count_ring_drops(struct flow_log *log)
{
	uint64_t dropped = 0;
	unsigned i;

	for (i = 0; i < log->workers; i++)
		dropped += flow_ring_dropped(log->rings[i]);
	log->counters.dropped_ring = dropped;
}

static bool lines_are_missing(const struct flow_log *log)
{
	return log->counters.dropped_ring != log->marked.dropped_ring ||
	       log->counters.dropped_target != log->marked.dropped_target;
}

/* Where lines are missing, a line says so before the next one. False if there is no room for it. */
static bool mark(struct flow_log *log, uint64_t wall)
{
	char text[FLOW_LINE_SIZE];
	size_t length;

	if (!lines_are_missing(log))
		return true;
	length = flow_line_format_dropped(wall, log->counters.dropped_ring - log->marked.dropped_ring,
					  log->counters.dropped_target - log->marked.dropped_target, text);
	if (!line_writer_put(log->writer, text, length))
		return false;
	log->marked = log->counters;
	log->counters.lines++;
	return true;
}

/* Whether lines are taken. Once some were dropped, they go on being dropped until half of the buffer is free: a reader
 * that is a little too slow shall find few gaps, not one behind each line. */
static bool accepts(struct flow_log *log)
{
	if (log->dropping && line_writer_waiting(log->writer) <= log->settings->buffer / 2)
		log->dropping = false;
	return !log->dropping;
}

static void write_record(struct flow_log *log, const struct flow_record *record, uint64_t clock, uint64_t wall)
{
	char text[FLOW_LINE_SIZE];
	size_t length;

	if (accepts(log) && mark(log, wall)) {
		length = flow_line_format(record, wall - (clock - record->at), log->reason_name, text);
		if (line_writer_put(log->writer, text, length)) {
			log->counters.lines++;
			return;
		}
	}
	log->dropping = true;
	log->counters.dropped_target++;
}

/* Takes up to `most` records of a worker. Returns how many there were. */
static unsigned take(struct flow_log *log, struct flow_ring *ring, unsigned most, uint64_t clock, uint64_t wall)
{
	const struct flow_record *record;
	unsigned taken = 0;

	while (taken < most && (record = flow_ring_peek(ring)) != NULL) {
		write_record(log, record, clock, wall);
		flow_ring_release(ring);
		taken++;
	}
	return taken;
}

static const char *trouble_text(int trouble)
{
	switch (trouble) {
	case 0:
		return "lines are written";
	case EAGAIN:
		return "its reader is too slow";
	case ENXIO:
	case EPIPE:
		return "nobody reads it";
	default:
		return strerror(trouble);
	}
}

static bool there_is_news(const struct flow_log *log)
{
	int trouble = line_writer_trouble(log->writer);

	if (log->counters.dropped_ring != log->told.dropped_ring ||
	    log->counters.dropped_target != log->told.dropped_target)
		return true;
	return trouble != log->told_trouble && trouble != EAGAIN &&
	       (trouble == 0 || line_writer_waiting(log->writer) > 0);
}

/* Says in sluiced's own log what is in the way, at once, and from then on once a minute while there is news. */
static void tell(struct flow_log *log, uint64_t now)
{
	int trouble = line_writer_trouble(log->writer);

	if (!there_is_news(log) || (log->told_at != 0 && now - log->told_at < FLOW_LOG_PATIENCE))
		return;
	log_warning("flow log %s: %s; dropped since the start: %llu records in full rings (flow_log.ring), %llu lines "
		    "that the target did not take",
		    log->settings->path, trouble_text(trouble), (unsigned long long)log->counters.dropped_ring,
		    (unsigned long long)log->counters.dropped_target);
	log->told = log->counters;
	log->told_trouble = trouble;
	log->told_at = now > 0 ? now : 1;
}

void flow_log_turn(struct flow_log *log, uint64_t clock, uint64_t wall)
{
	uint64_t now = clock / 1000;
	bool more = false;
	size_t work = 0;
	unsigned i;

	if (log == NULL)
		return;
	work = line_writer_flush(log->writer, now);
	for (i = 0; i < log->workers; i++) {
		unsigned taken = take(log, log->rings[i], FLOW_LOG_TURN, clock, wall);

		more |= taken == FLOW_LOG_TURN;
		work += taken;
	}
	count_ring_drops(log);
	if (accepts(log))
		mark(log, wall);
	work += line_writer_flush(log->writer, now);
	tell(log, now);
	if (more)
		log->interval = 0;
	else if (work > 0 || log->interval == 0)
		log->interval = FLOW_LOG_INTERVAL_LEAST;
	else
		log->interval = RTE_MIN(2 * log->interval, (unsigned)FLOW_LOG_INTERVAL_MOST);
}

unsigned flow_log_interval(const struct flow_log *log)
{
	return log != NULL ? log->interval : UINT32_MAX;
}

void flow_log_reopen(struct flow_log *log, uint64_t clock)
{
	struct fault fault;

	if (log == NULL)
		return;
	if (line_writer_reopen(log->writer, clock / 1000, &fault))
		log_info("flow log %s: opened again", log->settings->path);
	else
		log_error("flow log %s: not opened again, the old file is kept: %s", log->settings->path, fault.text);
}

void flow_log_read_counters(const struct flow_log *log, struct flow_log_counters *counters)
{
	if (log != NULL)
		*counters = log->counters;
	else
		memset(counters, 0, sizeof(*counters));
}

void flow_log_close(struct flow_log *log, uint64_t clock, uint64_t wall)
{
	if (log == NULL)
		return;
	do
		flow_log_turn(log, clock, wall);
	while (log->interval == 0);
	if (line_writer_waiting(log->writer) > 0 || lines_are_missing(log))
		log_warning("flow log %s: %zu octets of lines are lost at the end: %s", log->settings->path,
			    line_writer_waiting(log->writer), trouble_text(line_writer_trouble(log->writer)));
	destroy(log);
}
