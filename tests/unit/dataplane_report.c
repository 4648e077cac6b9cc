/* SPDX-License-Identifier: BSD-3-Clause */
/* What the control socket answers: each line is JSON, with every counter under its name. The workers and what they
 * report are the test's own. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>

#include <tcpstack/drop.h>

#include "report.h"
#include "support.h"

#define WORKERS 2

static struct rte_mempool *pool;
static struct flow_log *flow_log;
static unsigned missing = WORKERS; /* the worker that cannot be read */

uint16_t __wrap_workers_count(const struct workers *workers);
bool __wrap_workers_report(const struct workers *workers, uint16_t index, struct worker_report *report);

uint16_t __wrap_workers_count(const struct workers *workers)
{
	return WORKERS;
}

/* Each number is another one, and ten times as large for the second worker. */
static void fill_report(uint16_t index, struct worker_report *report)
{
	uint64_t factor = index == 0 ? 1 : 10;

	report->now = 5000 * factor;
	for (unsigned i = 0; i < WORKER_COUNTERS; i++)
		report->counters[i] = (1000 + i) * factor;
	for (unsigned i = 0; i < offsetof(struct stack_counters, connections) / sizeof(uint64_t); i++)
		((uint64_t *)&report->stack)[i] = i < DROP_REASONS && i % 3 == 0 ? 0 : (2000 + i) * factor;
	for (unsigned i = 0; i < (sizeof(report->stack) - offsetof(struct stack_counters, connections)) / 4; i++)
		(&report->stack.connections)[i] = (uint32_t)((3000 + i) * factor);
}

bool __wrap_workers_report(const struct workers *workers, uint16_t index, struct worker_report *report)
{
	if (index == missing)
		return false;
	fill_report(index, report);
	return true;
}

static void port_link(void *device, struct port_link *link)
{
	*link = (struct port_link){.known = true, .up = device != NULL, .megabits = 25000};
}

static void port_statistics(void *device, struct port_statistics *statistics)
{
	for (unsigned i = 0; i < sizeof(*statistics) / sizeof(uint64_t); i++)
		((uint64_t *)statistics)[i] = 4000 + i;
}

static const struct port_operations operations = {.link = port_link, .statistics = port_statistics};

static uint64_t monotonic_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec;
}

/* It began to run 100 seconds ago, and as the time of day has it in 1970. */
static struct report_source source(void)
{
	static uint16_t cores[WORKERS] = {1, 3};
	static struct gateway_port gateway_port;
	static const struct gateway gateway = {
	    .memory = {.megabytes = 256, .hugepages = true},
	    .workers = {.cores = cores, .core_count = WORKERS, .idle = GATEWAY_IDLE_ADAPTIVE},
	    .ports = &gateway_port,
	    .port_count = 1,
	    .forwarding = true,
	};
	static struct worker_port port = {
	    .name = "a \"name\" with \\ and \n",
	    .port = {.operations = &operations,
		     .device = &port,
		     .description = {.driver = "net_test",
				     .mac = {{2, 0, 0, 0, 9, 1}},
				     .mtu = 1500,
				     .queues = WORKERS,
				     .offloads = INTERFACE_TX_CHAINS | INTERFACE_TX_TCP_CHECKSUM,
				     .receive_checksum = true}},
	};

	atomic_store(&port.steering.mode, STEERING_CHECKED);
	atomic_store(&port.steering.strays, 4);
	return (struct report_source){.gateway = &gateway,
				      .ports = &port,
				      .pool = pool,
				      .flow_log = flow_log,
				      .started = 1,
				      .began = monotonic_seconds() - 100};
}

/* A line of an answer; NULL behind its end. Whole JSON, one line, or the test fails. */
static cJSON *line(enum report_request request, unsigned index)
{
	static char text[REPORT_LINE_SIZE];
	struct report_source from = source();
	size_t length = report_line(&from, request, index, text, sizeof(text));
	const char *end = NULL;
	cJSON *json;

	CU_ASSERT_TRUE_FATAL(length <= sizeof(text));
	if (length == 0)
		return NULL;
	CU_ASSERT_PTR_EQUAL(memchr(text, '\n', length), text + length - 1);
	json = cJSON_ParseWithLengthOpts(text, length, &end, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(json);
	CU_ASSERT_PTR_EQUAL(end, text + length - 1);
	return json;
}

static double number(const cJSON *object, const char *name)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

	if (!cJSON_IsNumber(member)) {
		puts(name);
		CU_FAIL_FATAL("no such number");
	}
	return member->valuedouble;
}

static const char *string(const cJSON *object, const char *name)
{
	const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

	CU_ASSERT_PTR_NOT_NULL_FATAL(value);
	return value;
}

static bool boolean(const cJSON *object, const char *name)
{
	const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);

	CU_ASSERT_TRUE(cJSON_IsBool(member));
	return cJSON_IsTrue(member);
}

/* Whether the members of an object are the numbers from `first` on, times `factor`, in their order. */
static void counts_up(const cJSON *object, unsigned count, double first, double factor)
{
	const cJSON *member;
	unsigned i = 0;

	CU_ASSERT_EQUAL(cJSON_GetArraySize(object), (int)count);
	cJSON_ArrayForEach(member, object)
	{
		CU_ASSERT_EQUAL(member->valuedouble, (first + i) * factor);
		i++;
	}
}

static void check_counters(const cJSON *json, double factor)
{
	const unsigned totals = offsetof(struct stack_counters, connections) / sizeof(uint64_t) - DROP_REASONS;
	const unsigned gauges = offsetof(struct stack_counters, output_queued) -
				offsetof(struct stack_counters, connections) + sizeof(uint32_t);
	const cJSON *workers = cJSON_GetObjectItemCaseSensitive(json, "worker_counters");
	const cJSON *drops = cJSON_GetObjectItemCaseSensitive(json, "drops");

	counts_up(workers, WORKER_COUNTERS, 1000, factor);
	for (unsigned i = 0; i < WORKER_COUNTERS; i++)
		CU_ASSERT_EQUAL(number(workers, worker_counter_name((enum worker_counter)i)), (1000 + i) * factor);
	counts_up(cJSON_GetObjectItemCaseSensitive(json, "stack"), totals, 2000 + DROP_REASONS, factor);
	counts_up(cJSON_GetObjectItemCaseSensitive(json, "in_use"), gauges / sizeof(uint32_t), 3000, factor);
	for (unsigned i = 0; i < DROP_REASONS; i++) {
		const char *name = drop_name((enum drop_reason)i);

		if (i % 3 == 0) {
			CU_ASSERT_PTR_NULL(cJSON_GetObjectItemCaseSensitive(drops, name));
		} else {
			CU_ASSERT_EQUAL(number(drops, name), (2000 + i) * factor);
		}
	}
}

static void requests_are_read_to_the_letter(void)
{
	CU_ASSERT_EQUAL(report_request_parse("status", 6), REPORT_STATUS);
	CU_ASSERT_EQUAL(report_request_parse("stats\n", 6), REPORT_STATS);
	CU_ASSERT_EQUAL(report_request_parse("stats\n\n", 7), REPORT_UNKNOWN);
	CU_ASSERT_EQUAL(report_request_parse("Status", 6), REPORT_UNKNOWN);
	CU_ASSERT_EQUAL(report_request_parse("statsx", 6), REPORT_UNKNOWN);
	CU_ASSERT_EQUAL(report_request_parse("\n", 1), REPORT_UNKNOWN);
	CU_ASSERT_EQUAL(report_request_parse("", 0), REPORT_UNKNOWN);
}

static void an_unknown_request_is_told_what_there_is(void)
{
	cJSON *json = line(REPORT_UNKNOWN, 0);

	CU_ASSERT_PTR_NOT_NULL(strstr(string(json, "error"), "status, stats"));
	cJSON_Delete(json);
	CU_ASSERT_PTR_NULL(line(REPORT_UNKNOWN, 1));
}

static void status_tells_process_and_ports(void)
{
	cJSON *process = line(REPORT_STATUS, 0);
	cJSON *port = line(REPORT_STATUS, 1);
	const cJSON *cores = cJSON_GetObjectItemCaseSensitive(process, "worker_cores");
	const cJSON *offloads = cJSON_GetObjectItemCaseSensitive(port, "transmit_offloads");

	CU_ASSERT_STRING_EQUAL(string(process, "kind"), "process");
	CU_ASSERT_EQUAL(number(process, "megabytes"), 256);
	CU_ASSERT_TRUE(boolean(process, "hugepages") && boolean(process, "forwarding"));
	CU_ASSERT_STRING_EQUAL(string(process, "idle"), "adaptive");
	CU_ASSERT_EQUAL(cJSON_GetArraySize(cores), 2);
	CU_ASSERT_EQUAL(cJSON_GetArrayItem(cores, 1)->valuedouble, 3);
	CU_ASSERT_STRING_EQUAL(string(port, "kind"), "port");
	CU_ASSERT_STRING_EQUAL(string(port, "port"), "a \"name\" with \\ and \n");
	CU_ASSERT_STRING_EQUAL(string(port, "mac"), "02:00:00:00:09:01");
	CU_ASSERT_STRING_EQUAL(string(port, "steering"), "checked");
	CU_ASSERT_EQUAL(number(port, "strays"), 4);
	CU_ASSERT_EQUAL(number(port, "megabits_per_second"), 25000);
	CU_ASSERT_TRUE(boolean(port, "link_known") && boolean(port, "link_up") && boolean(port, "receive_checksum"));
	CU_ASSERT_EQUAL(cJSON_GetArraySize(offloads), 2);
	CU_ASSERT_STRING_EQUAL(cJSON_GetStringValue(cJSON_GetArrayItem(offloads, 0)), "tcp-checksum");
	CU_ASSERT_STRING_EQUAL(cJSON_GetStringValue(cJSON_GetArrayItem(offloads, 1)), "chains");
	CU_ASSERT_PTR_NULL(line(REPORT_STATUS, 2));
	cJSON_Delete(process);
	cJSON_Delete(port);
}

static void the_time_of_day_does_not_matter_to_how_long_it_runs(void)
{
	cJSON *process = line(REPORT_STATUS, 0);

	CU_ASSERT_EQUAL(number(process, "started"), 1);
	CU_ASSERT(number(process, "up_seconds") >= 100 && number(process, "up_seconds") < 200);
	cJSON_Delete(process);
}

static void each_worker_tells_every_counter(void)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		cJSON *worker = line(REPORT_STATS, 1 + i);

		CU_ASSERT_STRING_EQUAL(string(worker, "kind"), "worker");
		CU_ASSERT_EQUAL(number(worker, "worker"), i);
		CU_ASSERT_EQUAL(number(worker, "core"), i == 0 ? 1 : 3);
		CU_ASSERT_TRUE(boolean(worker, "known"));
		check_counters(worker, i == 0 ? 1 : 10);
		cJSON_Delete(worker);
	}
}

static void the_total_is_the_sum_of_all(void)
{
	cJSON *total = line(REPORT_STATS, 0);

	CU_ASSERT_STRING_EQUAL(string(total, "kind"), "total");
	CU_ASSERT_EQUAL(number(total, "workers"), WORKERS);
	CU_ASSERT_EQUAL(number(total, "workers_missing"), 0);
	CU_ASSERT_EQUAL(number(total, "microseconds"), 50000);
	CU_ASSERT_EQUAL(number(total, "mbufs"), pool->size);
	CU_ASSERT_EQUAL(number(total, "mbufs_in_use"), 0);
	check_counters(total, 11);
	cJSON_Delete(total);
}

static void the_total_tells_what_the_flow_log_wrote_and_dropped(void)
{
	char path[] = "/dev/null";
	struct gateway_flow_log settings = {.path = path, .ring = 64, .buffer = 16384};
	struct fault fault = {""};
	const cJSON *flows;
	cJSON *total;

	total = line(REPORT_STATS, 0);
	CU_ASSERT_EQUAL(number(cJSON_GetObjectItem(total, "flow_log"), "lines"), 0);
	cJSON_Delete(total);
	flow_log = flow_log_open(&settings, 1, NULL, &fault);
	CU_ASSERT_PTR_NOT_NULL_FATAL(flow_log);
	for (unsigned i = 0; i < 67; i++)
		if (flow_ring_claim(flow_log_ring(flow_log, 0)) != NULL)
			flow_ring_publish(flow_log_ring(flow_log, 0));
	flow_log_turn(flow_log, 0, 0);
	total = line(REPORT_STATS, 0);
	flows = cJSON_GetObjectItem(total, "flow_log");
	CU_ASSERT_EQUAL(number(flows, "lines"), 65); /* and that on those dropped */
	CU_ASSERT_EQUAL(number(flows, "dropped_ring"), 3);
	CU_ASSERT_EQUAL(number(flows, "dropped_target"), 0);
	cJSON_Delete(total);
	flow_log_close(flow_log, 0, 0);
	flow_log = NULL;
}

static void a_worker_that_cannot_be_read_is_told_as_missing(void)
{
	cJSON *total;
	cJSON *worker;

	missing = 1;
	total = line(REPORT_STATS, 0);
	worker = line(REPORT_STATS, 2);
	missing = WORKERS;
	CU_ASSERT_EQUAL(number(total, "workers_missing"), 1);
	check_counters(total, 1);
	CU_ASSERT_FALSE(boolean(worker, "known"));
	cJSON_Delete(total);
	cJSON_Delete(worker);
}

static void each_port_tells_its_statistics(void)
{
	static const char *const names[] = {
	    "received_frames", "received_octets", "sent_frames",     "sent_octets",	 "receive_missed",
	    "receive_errors",  "receive_no_mbuf", "transmit_errors", "transmit_refused",
	};
	cJSON *port = line(REPORT_STATS, 1 + WORKERS);

	CU_ASSERT_STRING_EQUAL(string(port, "kind"), "port");
	CU_ASSERT_EQUAL(RTE_DIM(names), sizeof(struct port_statistics) / sizeof(uint64_t));
	for (unsigned i = 0; i < RTE_DIM(names); i++)
		CU_ASSERT_EQUAL(number(port, names[i]), 4000 + i);
	CU_ASSERT_PTR_NULL(line(REPORT_STATS, 2 + WORKERS));
	cJSON_Delete(port);
}

static void a_line_that_does_not_fit_is_an_error_and_not_cut(void)
{
	struct report_source from = source();
	char text[100];
	size_t length = report_line(&from, REPORT_STATS, 0, text, sizeof(text));
	cJSON *json = cJSON_ParseWithLength(text, length);

	CU_ASSERT_PTR_NOT_NULL_FATAL(json);
	CU_ASSERT_PTR_NOT_NULL(strstr(string(json, "error"), "longer"));
	cJSON_Delete(json);
}

/* All digits that counters may have, and a drop of every kind, fit. */
static void the_longest_line_fits(void)
{
	struct worker_report most;
	size_t names = 0;

	memset(&most, 0xff, sizeof(most));
	for (unsigned i = 0; i < DROP_REASONS; i++)
		names += strlen(drop_name((enum drop_reason)i)) + 24;
	for (unsigned i = 0; i < WORKER_COUNTERS; i++)
		names += strlen(worker_counter_name((enum worker_counter)i)) + 24;
	CU_ASSERT_TRUE(names + sizeof(most.stack) / 8 * 50 < REPORT_LINE_SIZE);
}

int main(void)
{
	pool = support_pool("report", 64);
	return TESTS_RUN("report", TEST(requests_are_read_to_the_letter),
			 TEST(an_unknown_request_is_told_what_there_is), TEST(status_tells_process_and_ports),
			 TEST(the_time_of_day_does_not_matter_to_how_long_it_runs),
			 TEST(each_worker_tells_every_counter), TEST(the_total_is_the_sum_of_all),
			 TEST(the_total_tells_what_the_flow_log_wrote_and_dropped),
			 TEST(a_worker_that_cannot_be_read_is_told_as_missing), TEST(each_port_tells_its_statistics),
			 TEST(a_line_that_does_not_fit_is_an_error_and_not_cut), TEST(the_longest_line_fits));
}
