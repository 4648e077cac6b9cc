/* SPDX-License-Identifier: BSD-3-Clause */
#include "report.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_mempool.h>

#include <config/json_line.h>
#include <tcpstack/drop.h>

#include "log.h"
#include "policy_feed.h"

#define MEMBER(member)                                                                                                 \
	{                                                                                                              \
#member, offsetof(struct stack_counters, member)                                                       \
	}

struct member {
	const char *name;
	size_t offset;
};

static const struct member stack_totals[] = {
    MEMBER(frames_in),
    MEMBER(frames_out),
    MEMBER(packets_forwarded),
    MEMBER(tcp_segments_in),
    MEMBER(tcp_segments_out),
    MEMBER(tcp_retransmitted),
    MEMBER(tcp_opened_active),
    MEMBER(tcp_opened_passive),
    MEMBER(tcp_open_failed),
    MEMBER(tcp_resets_in),
    MEMBER(tcp_resets_out),
    MEMBER(tcp_timeouts),
    MEMBER(tcp_fast_recoveries),
    MEMBER(tcp_sack_recoveries),
    MEMBER(tcp_cookies_sent),
    MEMBER(tcp_cookies_accepted),
    MEMBER(tcp_cookies_failed),
    MEMBER(tcp_challenges_sent),
    MEMBER(tcp_challenges_withheld),
    MEMBER(tcp_listen_refused),
    MEMBER(tcp_half_open_timeouts),
    MEMBER(tcp_time_wait_evicted),
    MEMBER(udp_in),
    MEMBER(udp_out),
    MEMBER(icmp_in),
    MEMBER(icmp_out),
    MEMBER(reassembled),
    MEMBER(fragmented),
};

static const struct member stack_gauges[] = {
    MEMBER(connections), MEMBER(half_open), MEMBER(time_wait), MEMBER(neighbours), MEMBER(reassemblies),
    MEMBER(fragments),	 MEMBER(path_mtus), MEMBER(buffers),   MEMBER(udp_queued), MEMBER(output_queued),
};

/* Reading requests. */

static bool next_word(const char **text, const char *end, const char **word, size_t *length)
{
	if (*text == end)
		return false;
	*word = *text;
	while (*text < end && **text != ' ')
		++*text;
	*length = (size_t)(*text - *word);
	if (*text < end)
		++*text;
	return true;
}

static bool is_word(const char *word, size_t length, const char *wanted)
{
	return strlen(wanted) == length && memcmp(word, wanted, length) == 0;
}

static bool read_number(const char *text, size_t length, uint64_t *number)
{
	*number = 0;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*number = *number * 10 + (uint64_t)(text[i] - '0');
	}
	return length > 0 && length <= 9;
}

/* What stands behind "flows". */
static bool read_query(const char *text, const char *end, struct flow_query *query)
{
	static const char limit[] = "limit=", service[] = "service=";
	const char *word;
	size_t length;

	*query = (struct flow_query){.most = REPORT_FLOWS_USUAL};
	while (next_word(&text, end, &word, &length)) {
		if (length > strlen(limit) && memcmp(word, limit, strlen(limit)) == 0) {
			if (!read_number(word + strlen(limit), length - strlen(limit), &query->most))
				return false;
		} else if (length > strlen(service) && memcmp(word, service, strlen(service)) == 0 &&
			   length - strlen(service) <= FLOW_LISTING_SERVICE) {
			memcpy(query->service, word + strlen(service), length - strlen(service));
		} else {
			return false;
		}
	}
	return true;
}

void report_answer_begin(struct report_answer *answer, const char *text, size_t length)
{
	const char *end = text + length;
	const char *word;

	*answer = (struct report_answer){.request = REPORT_UNKNOWN};
	if (length > 0 && end[-1] == '\n')
		end--;
	if (is_word(text, (size_t)(end - text), "status"))
		answer->request = REPORT_STATUS;
	else if (is_word(text, (size_t)(end - text), "stats"))
		answer->request = REPORT_STATS;
	else if (next_word(&text, end, &word, &length) && is_word(word, length, "flows") &&
		 read_query(text, end, &answer->query))
		answer->request = REPORT_FLOWS;
}

/* Lines of numbers. */

/* What the application counts, by its groups. */
static void write_application(struct json_line *line, const struct application *application, const uint64_t *values)
{
	struct application_counter counter;
	const char *group = NULL;

	if (application == NULL || application->counter == NULL)
		return;
	for (unsigned i = 0; i < APPLICATION_COUNTERS && application->counter(i, &counter); i++) {
		if (group == NULL || strcmp(group, counter.group) != 0) {
			if (group != NULL)
				json_line_close(line, '}');
			group = counter.group;
			json_line_open(line, group, '{');
		}
		if (values[i] != 0 || !counter.sparse)
			json_line_number(line, counter.name, values[i]);
	}
	if (group != NULL)
		json_line_close(line, '}');
}

static void write_counters(struct json_line *line, const struct report_source *source,
			   const struct worker_report *report)
{
	const uint8_t *stack = (const uint8_t *)&report->stack;
	unsigned i;

	json_line_number(line, "microseconds", report->now);
	write_application(line, source->application, report->application);
	json_line_open(line, "worker_counters", '{');
	for (i = 0; i < WORKER_COUNTERS; i++)
		json_line_number(line, worker_counter_name((enum worker_counter)i), report->counters[i]);
	json_line_close(line, '}');
	json_line_open(line, "stack", '{');
	for (i = 0; i < RTE_DIM(stack_totals); i++)
		json_line_number(line, stack_totals[i].name, *(const uint64_t *)(stack + stack_totals[i].offset));
	json_line_close(line, '}');
	json_line_open(line, "in_use", '{');
	for (i = 0; i < RTE_DIM(stack_gauges); i++)
		json_line_number(line, stack_gauges[i].name, *(const uint32_t *)(stack + stack_gauges[i].offset));
	json_line_close(line, '}');
	json_line_open(line, "drops", '{');
	for (i = 0; i < DROP_REASONS; i++)
		if (report->stack.drops[i] != 0)
			json_line_number(line, drop_name((enum drop_reason)i), report->stack.drops[i]);
	json_line_close(line, '}');
}

static void write_total(struct json_line *line, const struct report_source *source)
{
	struct worker_report sum = {0};
	struct flow_log_counters flows;
	struct worker_report report;
	unsigned missing = 0;
	uint16_t i;

	for (i = 0; i < workers_count(source->workers); i++) {
		if (workers_report(source->workers, i, &report))
			worker_report_add(&sum, &report);
		else
			missing++;
	}
	json_line_string(line, "kind", "total");
	json_line_number(line, "workers", workers_count(source->workers));
	json_line_number(line, "workers_missing", missing);
	json_line_number(line, "cycles_per_second", rte_get_tsc_hz());
	json_line_number(line, "mbufs", source->pool->size);
	json_line_number(line, "mbufs_in_use", rte_mempool_in_use_count(source->pool));
	json_line_number(line, "log_lines_dropped", log_dropped());
	if (source->feed != NULL)
		json_line_number(line, "generation", policy_feed_generation(source->feed));
	flow_log_read_counters(source->flow_log, &flows);
	json_line_open(line, "flow_log", '{');
	json_line_number(line, "lines", flows.lines);
	json_line_number(line, "dropped_ring", flows.dropped_ring);
	json_line_number(line, "dropped_target", flows.dropped_target);
	json_line_close(line, '}');
	write_counters(line, source, &sum);
}

static void write_worker(struct json_line *line, const struct report_source *source, uint16_t index)
{
	struct worker_report report = {0};

	json_line_string(line, "kind", "worker");
	json_line_number(line, "worker", index);
	json_line_number(line, "core", source->gateway->workers.cores[index]);
	json_line_boolean(line, "known", workers_report(source->workers, index, &report));
	if (source->feed != NULL)
		json_line_number(line, "generation", policy_feed_obeyed(source->feed, index));
	write_counters(line, source, &report);
}

static void write_steering(struct json_line *line, const struct worker_port *port)
{
	json_line_string(line, "steering", steering_mode_name(steering_mode(&port->steering)));
	json_line_number(line, "strays", atomic_load_explicit(&port->steering.strays, memory_order_relaxed));
}

static void write_port_status(struct json_line *line, const struct worker_port *port)
{
	const struct port_description *description = &port->port.description;
	char mac[RTE_ETHER_ADDR_FMT_SIZE];
	struct port_link link;
	static const struct {
		uint32_t flag;
		const char *name;
	} offloads[] = {
	    {INTERFACE_TX_IPV4_CHECKSUM, "ipv4-checksum"},
	    {INTERFACE_TX_TCP_CHECKSUM, "tcp-checksum"},
	    {INTERFACE_TX_UDP_CHECKSUM, "udp-checksum"},
	    {INTERFACE_TX_TCP_SEGMENTATION, "tcp-segmentation"},
	    {INTERFACE_TX_CHAINS, "chains"},
	};
	unsigned i;

	port->port.operations->link(port->port.device, &link);
	rte_ether_format_addr(mac, sizeof(mac), &description->mac);
	json_line_string(line, "kind", "port");
	json_line_string(line, "port", port->name);
	json_line_string(line, "driver", description->driver);
	json_line_string(line, "mac", mac);
	json_line_number(line, "mtu", description->mtu);
	json_line_boolean(line, "link_known", link.known);
	json_line_boolean(line, "link_up", link.up);
	json_line_number(line, "megabits_per_second", link.megabits);
	json_line_number(line, "queues", description->queues);
	write_steering(line, port);
	json_line_boolean(line, "receive_checksum", description->receive_checksum);
	json_line_open(line, "transmit_offloads", '[');
	for (i = 0; i < RTE_DIM(offloads); i++)
		if (description->offloads & offloads[i].flag)
			json_line_string(line, NULL, offloads[i].name);
	json_line_close(line, ']');
}

static void write_port_stats(struct json_line *line, const struct worker_port *port)
{
	struct port_statistics statistics;

	port->port.operations->statistics(port->port.device, &statistics);
	json_line_string(line, "kind", "port");
	json_line_string(line, "port", port->name);
	write_steering(line, port);
	json_line_number(line, "received_frames", statistics.received_frames);
	json_line_number(line, "received_octets", statistics.received_octets);
	json_line_number(line, "sent_frames", statistics.sent_frames);
	json_line_number(line, "sent_octets", statistics.sent_octets);
	json_line_number(line, "receive_missed", statistics.receive_missed);
	json_line_number(line, "receive_errors", statistics.receive_errors);
	json_line_number(line, "receive_no_mbuf", statistics.receive_no_mbuf);
	json_line_number(line, "transmit_errors", statistics.transmit_errors);
	json_line_number(line, "transmit_refused", statistics.transmit_refused);
}

static void write_process(struct json_line *line, const struct report_source *source)
{
	const struct gateway *gateway = source->gateway;
	struct timespec now;
	unsigned i;

	/* Whoever sets the time of day changes nothing of how long we run. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	json_line_string(line, "kind", "process");
	json_line_string(line, "version", SLUICE_VERSION);
	json_line_number(line, "pid", (uint64_t)getpid());
	json_line_number(line, "started", source->started);
	json_line_number(line, "up_seconds", (uint64_t)now.tv_sec - source->began);
	json_line_number(line, "megabytes", gateway->memory.megabytes);
	json_line_boolean(line, "hugepages", gateway->memory.hugepages);
	json_line_number(line, "main_core", gateway->main_core);
	json_line_open(line, "worker_cores", '[');
	for (i = 0; i < gateway->workers.core_count; i++)
		json_line_number(line, NULL, gateway->workers.cores[i]);
	json_line_close(line, ']');
	json_line_string(line, "idle", gateway->workers.idle == GATEWAY_IDLE_POLL ? "poll" : "adaptive");
	json_line_boolean(line, "forwarding", gateway->forwarding);
}

/* Rows. */

static const char *const default_names[] = {"uncategorized", "any", "no_fqdn"};

#define NAME_SIZE 96 /* of a filter has 63 octets */

/* Goes to the next row or default, from the one at hand on, that has decided; false if there is none. Another policy in
 * the place of the one that was told of ends it. */
static bool find_hit(const struct report_source *source, struct report_answer *answer, uint64_t *hits)
{
	const struct image_header *image = source->feed != NULL ? policy_feed_image(source->feed) : NULL;

	if (image == NULL)
		return false;
	if (answer->generation == 0)
		answer->generation = image->generation;
	if (answer->generation != image->generation)
		return false;
	for (; answer->filter < image_filters(image); answer->filter++, answer->place = 0) {
		const uint32_t first = image_first_counter(image, answer->filter);
		const uint32_t places = image_rows(image, answer->filter) + RTE_DIM(default_names);

		for (; answer->place < places; answer->place++) {
			*hits = policy_feed_hits(source->feed, first + answer->place);
			if (*hits != 0)
				return true;
		}
	}
	return false;
}

/* As the flow log names it: "web[3]", "web.any". */
static bool write_hit(struct json_line *line, const struct report_source *source, struct report_answer *answer)
{
	const struct image_header *image;
	char name[NAME_SIZE];
	const char *filter;
	uint64_t hits;
	uint32_t rows;

	if (answer->ending || !find_hit(source, answer, &hits))
		return false;
	image = policy_feed_image(source->feed);
	filter = image_filter_name(image, answer->filter);
	rows = image_rows(image, answer->filter);
	if (answer->place < rows)
		snprintf(name, sizeof(name), "%s[%u]", filter, answer->place);
	else
		snprintf(name, sizeof(name), "%s.%s", filter, default_names[answer->place - rows]);
	json_line_string(line, "kind", "row");
	json_line_number(line, "generation", answer->generation);
	json_line_string(line, "row", name);
	if (answer->place < rows && image_row_label(image, answer->filter, answer->place)[0] != '\0')
		json_line_string(line, "label", image_row_label(image, answer->filter, answer->place));
	json_line_number(line, "hits", hits);
	return true;
}

/* Behind the last row, once and for all, even if another one decides now; false if that was said. */
static bool write_end(struct json_line *line, const struct report_source *source, struct report_answer *answer)
{
	const struct image_header *image = source->feed != NULL ? policy_feed_image(source->feed) : NULL;

	answer->ending = true;
	json_line_string(line, "kind", "end");
	json_line_boolean(line, "cut", answer->generation != (image != NULL ? image->generation : 0));
	return !answer->ended;
}

/* Flows. */

static uint64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t wall_microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void write_listed(struct json_line *line, const struct flow_lister *lister)
{
	json_line_string(line, "kind", "total");
	json_line_number(line, "flows", lister->listed);
	json_line_boolean(line, "more", lister->more);
	json_line_number(line, "workers_missing", lister->missing);
}

/* `index` is 1 once the last line was sent. */
static enum report_progress write_flow(const struct report_source *source, struct report_answer *answer, char *text,
				       size_t size, size_t *length)
{
	const struct application *application = source->application;
	const struct flow_record *record;
	struct json_line line;

	if (answer->index > 0)
		return REPORT_OVER;
	if (!answer->listing)
		answer->listing = flow_lister_begin(source->lister, &answer->query);
	if (!answer->listing)
		return REPORT_LATER;
	switch (flow_lister_look(source->lister, milliseconds(), &record)) {
	case FLOW_LISTER_WAITS:
		return REPORT_LATER;
	case FLOW_LISTER_RECORD:
		*length = flow_line_format(record, wall_microseconds(),
					   application != NULL ? application->reason_name : NULL, text);
		return REPORT_LINE;
	default:
		json_line_begin(&line, text, size);
		write_listed(&line, source->lister);
		*length = json_line_end(&line);
		return REPORT_LINE;
	}
}

/* Answers. */

static void write_fault(struct json_line *line)
{
	json_line_string(line, "error",
			 "unknown request; there are: status, stats, flows [limit=NUMBER] [service=NAME]");
}

/* False behind the last line. */
static bool write_line(struct json_line *line, const struct report_source *source, struct report_answer *answer)
{
	const enum report_request request = answer->request;
	const unsigned workers = request == REPORT_STATS ? workers_count(source->workers) : 0;
	const unsigned index = answer->index;

	if (request == REPORT_UNKNOWN) {
		if (index > 0)
			return false;
		write_fault(line);
	} else if (index > workers + source->gateway->port_count) {
		return request == REPORT_STATS && (write_hit(line, source, answer) || write_end(line, source, answer));
	} else if (index == 0 && request == REPORT_STATUS) {
		write_process(line, source);
	} else if (index == 0) {
		write_total(line, source);
	} else if (index <= workers) {
		write_worker(line, source, (uint16_t)(index - 1));
	} else if (request == REPORT_STATUS) {
		write_port_status(line, &source->ports[index - 1]);
	} else {
		write_port_stats(line, &source->ports[index - workers - 1]);
	}
	return true;
}

_Static_assert(CONTROL_LINE_SIZE >= FLOW_LINE_SIZE, "a flow's line fits");

enum report_progress report_answer_line(const struct report_source *source, struct report_answer *answer, char *text,
					size_t size, size_t *length)
{
	struct json_line line;

	if (answer->request == REPORT_FLOWS)
		return write_flow(source, answer, text, size, length);
	json_line_begin(&line, text, size);
	if (!write_line(&line, source, answer))
		return REPORT_OVER;
	*length = json_line_end(&line);
	if (*length > 0)
		return REPORT_LINE;
	json_line_begin(&line, text, size);
	json_line_string(&line, "error", "this line is longer than it may be");
	*length = json_line_end(&line);
	return REPORT_LINE;
}

void report_answer_next(const struct report_source *source, struct report_answer *answer)
{
	const struct flow_record *record;

	if (answer->request != REPORT_FLOWS) {
		answer->place += answer->generation != 0;
		answer->index++;
		answer->ended = answer->ending;
	} else if (flow_lister_look(source->lister, milliseconds(), &record) == FLOW_LISTER_RECORD) {
		flow_lister_take(source->lister);
	} else {
		answer->index++;
	}
}

void report_answer_end(const struct report_source *source, struct report_answer *answer)
{
	if (answer->listing)
		flow_lister_end(source->lister);
	answer->listing = false;
}
