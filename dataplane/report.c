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

enum report_request report_request_parse(const char *text, size_t length)
{
	if (length > 0 && text[length - 1] == '\n')
		length--;
	if (length == 6 && memcmp(text, "status", 6) == 0)
		return REPORT_STATUS;
	if (length == 5 && memcmp(text, "stats", 5) == 0)
		return REPORT_STATS;
	return REPORT_UNKNOWN;
}

static void write_counters(struct json_line *line, const struct worker_report *report)
{
	const uint8_t *stack = (const uint8_t *)&report->stack;
	unsigned i;

	json_line_number(line, "microseconds", report->now);
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
	flow_log_read_counters(source->flow_log, &flows);
	json_line_open(line, "flow_log", '{');
	json_line_number(line, "lines", flows.lines);
	json_line_number(line, "dropped_ring", flows.dropped_ring);
	json_line_number(line, "dropped_target", flows.dropped_target);
	json_line_close(line, '}');
	write_counters(line, &sum);
}

static void write_worker(struct json_line *line, const struct report_source *source, uint16_t index)
{
	struct worker_report report = {0};

	json_line_string(line, "kind", "worker");
	json_line_number(line, "worker", index);
	json_line_number(line, "core", source->gateway->workers.cores[index]);
	json_line_boolean(line, "known", workers_report(source->workers, index, &report));
	write_counters(line, &report);
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

/* False behind the last line. */
static bool write_line(struct json_line *line, const struct report_source *source, enum report_request request,
		       unsigned index)
{
	unsigned workers = request == REPORT_STATS ? workers_count(source->workers) : 0;

	if (request == REPORT_UNKNOWN) {
		if (index > 0)
			return false;
		json_line_string(line, "error", "unknown request; there are: status, stats");
	} else if (index > workers + source->gateway->port_count) {
		return false;
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

size_t report_line(const struct report_source *source, enum report_request request, unsigned index, char *text,
		   size_t size)
{
	struct json_line line;
	size_t length;

	json_line_begin(&line, text, size);
	if (!write_line(&line, source, request, index))
		return 0;
	length = json_line_end(&line);
	if (length > 0)
		return length;
	json_line_begin(&line, text, size);
	json_line_string(&line, "error", "this line is longer than it may be");
	return json_line_end(&line);
}
