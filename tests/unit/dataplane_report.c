/* SPDX-License-Identifier: BSD-3-Clause */
/* What the control socket answers: each line is JSON, with every counter under its name. The workers and what they
 * report are the test's own. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>

#include <tcpstack/drop.h>

#include "image_support.h"
#include "policy_feed.h"
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
	for (unsigned i = 0; i < 4; i++)
		report->application[i] = i % 2 == 0 ? (5000 + i) * factor : 0;
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

/* An application with two groups, and a policy with hits: that of generation 0 is none. */
static bool describe(unsigned index, struct application_counter *counter)
{
	static const struct application_counter counters[] = {
	    {"flows", "open", false}, {"flows", "never", false}, {"ends", "idle", true}, {"ends", "drain", true}};

	if (index >= RTE_DIM(counters))
		return false;
	*counter = counters[index];
	return true;
}

static const char *reason(unsigned number)
{
	return number == 7 ? "seven" : "another";
}

static const struct application application = {.counter = describe, .reason_name = reason};
static struct subject subject;
static uint64_t hits[16];
static struct flow_listing *listings[WORKERS];
static struct flow_lister lister;

uint64_t __wrap_policy_feed_generation(const struct policy_feed *feed);
uint64_t __wrap_policy_feed_obeyed(const struct policy_feed *feed, unsigned worker);
uint64_t __wrap_policy_feed_hits(const struct policy_feed *feed, uint32_t counter);
const struct image_header *__wrap_policy_feed_image(const struct policy_feed *feed);
struct flow_listing *__wrap_workers_listing(const struct workers *workers, uint16_t index);

uint64_t __wrap_policy_feed_generation(const struct policy_feed *feed)
{
	return subject.image == NULL ? 0 : subject.image->generation;
}

uint64_t __wrap_policy_feed_obeyed(const struct policy_feed *feed, unsigned worker)
{
	return 30 + worker;
}

uint64_t __wrap_policy_feed_hits(const struct policy_feed *feed, uint32_t counter)
{
	CU_ASSERT_TRUE_FATAL(counter < image_counters(subject.image));
	return hits[counter];
}

const struct image_header *__wrap_policy_feed_image(const struct policy_feed *feed)
{
	return subject.image;
}

struct flow_listing *__wrap_workers_listing(const struct workers *workers, uint16_t index)
{
	return listings[index];
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
				      .feed = (struct policy_feed *)&subject, /* asked by the functions above alone */
				      .application = &application,
				      .lister = &lister,
				      .started = 1,
				      .began = monotonic_seconds() - 100};
}

/* The next line of an answer; NULL behind its end. Whole JSON, one line, or the test fails. */
static cJSON *next_line(const struct report_source *from, struct report_answer *answer)
{
	static char text[CONTROL_LINE_SIZE], again[CONTROL_LINE_SIZE];
	size_t length = 0, length_again = 0;
	const char *end = NULL;
	cJSON *json;

	if (report_answer_line(from, answer, text, sizeof(text), &length) != REPORT_LINE)
		return NULL;
	CU_ASSERT_TRUE_FATAL(length <= sizeof(text));
	CU_ASSERT_EQUAL(report_answer_line(from, answer, again, sizeof(again), &length_again), REPORT_LINE);
	CU_ASSERT_EQUAL(length_again, length);
	report_answer_next(from, answer);
	CU_ASSERT_PTR_EQUAL(memchr(text, '\n', length), text + length - 1);
	json = cJSON_ParseWithLengthOpts(text, length, &end, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(json);
	CU_ASSERT_PTR_EQUAL(end, text + length - 1);
	return json;
}

static struct report_answer begin(const char *request)
{
	struct report_answer answer;

	report_answer_begin(&answer, request, strlen(request));
	return answer;
}

/* A line of an answer; NULL behind its end. */
static cJSON *line(const char *request, unsigned index)
{
	struct report_source from = source();
	struct report_answer answer = begin(request);
	cJSON *json = next_line(&from, &answer);

	for (unsigned i = 0; i < index && json != NULL; i++) {
		cJSON_Delete(json);
		json = next_line(&from, &answer);
	}
	report_answer_end(&from, &answer);
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

static void check_application(const cJSON *json, double factor)
{
	const cJSON *flows = cJSON_GetObjectItemCaseSensitive(json, "flows");
	const cJSON *ends = cJSON_GetObjectItemCaseSensitive(json, "ends");

	CU_ASSERT_EQUAL(cJSON_GetArraySize(flows), 2);
	CU_ASSERT_EQUAL(number(flows, "open"), 5000 * factor);
	CU_ASSERT_EQUAL(number(flows, "never"), 0);
	CU_ASSERT_EQUAL(cJSON_GetArraySize(ends), 1);
	CU_ASSERT_EQUAL(number(ends, "idle"), 5002 * factor);
}

static void check_counters(const cJSON *json, double factor)
{
	const unsigned totals = offsetof(struct stack_counters, connections) / sizeof(uint64_t) - DROP_REASONS;
	const unsigned gauges = offsetof(struct stack_counters, output_queued) -
				offsetof(struct stack_counters, connections) + sizeof(uint32_t);
	const cJSON *workers = cJSON_GetObjectItemCaseSensitive(json, "worker_counters");
	const cJSON *drops = cJSON_GetObjectItemCaseSensitive(json, "drops");

	check_application(json, factor);
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

static void expect_end(cJSON *json, bool cut)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(json);
	CU_ASSERT_STRING_EQUAL(string(json, "kind"), "end");
	CU_ASSERT_EQUAL(boolean(json, "cut"), cut);
	cJSON_Delete(json);
}

static void requests_are_read_to_the_letter(void)
{
	static const char too_long[] = "flows service=0123456789012345678901234567890123456789012345678901234567890123";
	static const char *const unknown[] = {"stats\n\n",
					      "Status",
					      "statsx",
					      "\n",
					      "",
					      "status status",
					      "flows x",
					      "flows limit=",
					      "flows limit=1x",
					      "flows limit=1234567890",
					      "flows service=",
					      "flows  limit=1",
					      "flowsx",
					      " flows",
					      too_long};
	struct report_answer answer;

	CU_ASSERT_EQUAL(begin("status").request, REPORT_STATUS);
	CU_ASSERT_EQUAL(begin("stats\n").request, REPORT_STATS);
	for (unsigned i = 0; i < RTE_DIM(unknown); i++)
		CU_ASSERT_EQUAL(begin(unknown[i]).request, REPORT_UNKNOWN);
	answer = begin("flows\n");
	CU_ASSERT_EQUAL(answer.request, REPORT_FLOWS);
	CU_ASSERT_EQUAL(answer.query.most, REPORT_FLOWS_USUAL);
	CU_ASSERT_STRING_EQUAL(answer.query.service, "");
	answer = begin("flows service=web limit=17");
	CU_ASSERT_EQUAL(answer.request, REPORT_FLOWS);
	CU_ASSERT_EQUAL(answer.query.most, 17);
	CU_ASSERT_STRING_EQUAL(answer.query.service, "web");
}

static void an_unknown_request_is_told_what_there_is(void)
{
	cJSON *json = line("unheard of", 0);

	CU_ASSERT_PTR_NOT_NULL(strstr(string(json, "error"), "status, stats, flows"));
	cJSON_Delete(json);
	CU_ASSERT_PTR_NULL(line("unheard of", 1));
}

static void status_tells_process_and_ports(void)
{
	cJSON *process = line("status", 0);
	cJSON *port = line("status", 1);
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
	CU_ASSERT_PTR_NULL(line("status", 2));
	cJSON_Delete(process);
	cJSON_Delete(port);
}

static void the_time_of_day_does_not_matter_to_how_long_it_runs(void)
{
	cJSON *process = line("status", 0);

	CU_ASSERT_EQUAL(number(process, "started"), 1);
	CU_ASSERT(number(process, "up_seconds") >= 100 && number(process, "up_seconds") < 200);
	cJSON_Delete(process);
}

static void each_worker_tells_every_counter(void)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		cJSON *worker = line("stats", 1 + i);

		CU_ASSERT_STRING_EQUAL(string(worker, "kind"), "worker");
		CU_ASSERT_EQUAL(number(worker, "worker"), i);
		CU_ASSERT_EQUAL(number(worker, "core"), i == 0 ? 1 : 3);
		CU_ASSERT_TRUE(boolean(worker, "known"));
		CU_ASSERT_EQUAL(number(worker, "generation"), 30 + i);
		check_counters(worker, i == 0 ? 1 : 10);
		cJSON_Delete(worker);
	}
}

static void the_total_is_the_sum_of_all(void)
{
	cJSON *total = line("stats", 0);

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

	total = line("stats", 0);
	CU_ASSERT_EQUAL(number(cJSON_GetObjectItem(total, "flow_log"), "lines"), 0);
	cJSON_Delete(total);
	flow_log = flow_log_open(&settings, 1, NULL, &fault);
	CU_ASSERT_PTR_NOT_NULL_FATAL(flow_log);
	for (unsigned i = 0; i < 67; i++)
		if (flow_ring_claim(flow_log_ring(flow_log, 0)) != NULL)
			flow_ring_publish(flow_log_ring(flow_log, 0));
	flow_log_turn(flow_log, 0, 0);
	total = line("stats", 0);
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
	total = line("stats", 0);
	worker = line("stats", 2);
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
	cJSON *port = line("stats", 1 + WORKERS);

	CU_ASSERT_STRING_EQUAL(string(port, "kind"), "port");
	CU_ASSERT_EQUAL(RTE_DIM(names), sizeof(struct port_statistics) / sizeof(uint64_t));
	for (unsigned i = 0; i < RTE_DIM(names); i++)
		CU_ASSERT_EQUAL(number(port, names[i]), 4000 + i);
	cJSON_Delete(port);
}

static void a_line_that_does_not_fit_is_an_error_and_not_cut(void)
{
	struct report_source from = source();
	struct report_answer answer = begin("stats");
	char text[100];
	size_t length = 0;
	cJSON *json;

	CU_ASSERT_EQUAL(report_answer_line(&from, &answer, text, sizeof(text), &length), REPORT_LINE);
	json = cJSON_ParseWithLength(text, length);
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
	CU_ASSERT_TRUE(names + sizeof(most.stack) / 8 * 50 + APPLICATION_COUNTERS * 48 < CONTROL_LINE_SIZE);
}

/* Each by the name that the flow log has for it, and by its label. */
static void rows_and_defaults_that_decided_tell_how_often(void)
{
	static const struct {
		const char *row, *label;
		double hits;
	} wanted[] = {
	    {"web[1]", NULL, 11}, {"web.any", NULL, 13}, {"other[0]", "Bank", 20}, {"other.no_fqdn", NULL, 23}};

	subject = image_subject_of("filter web\nrow allow a.test\nrow allow b.test\n"
				   "filter other\nrow allow label=Bank c.test\nservice s web\n");
	subject.image->generation = 9;
	hits[1] = 11;
	hits[3] = 13;
	hits[image_first_counter(subject.image, 1)] = 20;
	hits[image_first_counter(subject.image, 1) + 3] = 23;
	for (unsigned i = 0; i < RTE_DIM(wanted); i++) {
		cJSON *json = line("stats", 2 + WORKERS + i);

		CU_ASSERT_PTR_NOT_NULL_FATAL(json);
		CU_ASSERT_STRING_EQUAL(string(json, "kind"), "row");
		CU_ASSERT_EQUAL(number(json, "generation"), 9);
		CU_ASSERT_STRING_EQUAL(string(json, "row"), wanted[i].row);
		CU_ASSERT_EQUAL(number(json, "hits"), wanted[i].hits);
		if (wanted[i].label != NULL)
			CU_ASSERT_STRING_EQUAL(string(json, "label"), wanted[i].label);
		CU_ASSERT_EQUAL(cJSON_HasObjectItem(json, "label"), wanted[i].label != NULL);
		cJSON_Delete(json);
	}
	expect_end(line("stats", 2 + WORKERS + RTE_DIM(wanted)), false);
	CU_ASSERT_PTR_NULL(line("stats", 3 + WORKERS + RTE_DIM(wanted)));
	CU_ASSERT_PTR_NULL(line("status", 2));
}

static void another_policy_meanwhile_ends_the_rows(void)
{
	struct report_source from = source();
	struct report_answer answer = begin("stats");

	for (unsigned i = 0; i < 3 + WORKERS; i++)
		cJSON_Delete(next_line(&from, &answer));
	subject.image->generation++;
	expect_end(next_line(&from, &answer), true);
	CU_ASSERT_PTR_NULL(next_line(&from, &answer));
	image_subject_free(&subject);
	subject.image = NULL;
}

static void without_a_policy_the_ports_are_followed_by_the_end(void)
{
	expect_end(line("stats", 2 + WORKERS), false);
	CU_ASSERT_PTR_NULL(line("stats", 3 + WORKERS));
}

/* The end is written, but the client does not take it yet. */
static void a_row_that_decides_behind_the_end_does_not_come_after_it(void)
{
	struct report_source from = source();
	struct report_answer answer = begin("stats");
	char text[CONTROL_LINE_SIZE];
	size_t length;

	subject = image_subject_of("filter web\nrow allow a.test\nservice s web\n");
	subject.image->generation = 9;
	memset(hits, 0, sizeof(hits));
	for (unsigned i = 0; i < 2 + WORKERS; i++)
		cJSON_Delete(next_line(&from, &answer));
	CU_ASSERT_EQUAL(report_answer_line(&from, &answer, text, sizeof(text), &length), REPORT_LINE);
	hits[0] = 1;
	expect_end(next_line(&from, &answer), false);
	CU_ASSERT_PTR_NULL(next_line(&from, &answer));
	image_subject_free(&subject);
	subject.image = NULL;
}

/* A worker's part, by whatever worker. */
static void publish(unsigned worker, unsigned flows)
{
	bool fresh;

	CU_ASSERT_PTR_NOT_NULL_FATAL(flow_listing_query(listings[worker], &fresh));
	for (unsigned i = 0; i < flows; i++) {
		struct flow_record *record = flow_listing_claim(listings[worker]);

		record->event = FLOW_OPEN;
		record->phase = FLOW_RECORD_SPLICED;
		record->flow = 16 * worker + i + 1;
		record->reason = 7;
		record->generation = 3;
		record->bytes_c2s = 100;
		record->time_total = 2500000;
		flow_record_set(record, FLOW_TEXT_SERVICE, "web", 3);
		flow_listing_publish(listings[worker]);
	}
	flow_listing_end(listings[worker]);
}

static void create_listings(void)
{
	struct fault fault = {""};

	for (unsigned i = 0; i < WORKERS; i++) {
		listings[i] = flow_listing_create(&fault);
		CU_ASSERT_PTR_NOT_NULL_FATAL(listings[i]);
	}
}

static void destroy_listings(void)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		flow_listing_destroy(listings[i]);
		listings[i] = NULL;
	}
}

static void expect_flow(const struct report_source *from, struct report_answer *answer, const char *flow)
{
	cJSON *json = next_line(from, answer);

	CU_ASSERT_PTR_NOT_NULL_FATAL(json);
	CU_ASSERT_STRING_EQUAL(string(json, "kind"), "flow");
	CU_ASSERT_STRING_EQUAL(string(json, "event"), "open");
	CU_ASSERT_STRING_EQUAL(string(json, "flow"), flow);
	CU_ASSERT_STRING_EQUAL(string(json, "service"), "web");
	CU_ASSERT_STRING_EQUAL(string(json, "phase"), "spliced");
	CU_ASSERT_STRING_EQUAL(string(json, "reason"), "seven");
	CU_ASSERT_EQUAL(number(json, "generation"), 3);
	CU_ASSERT_EQUAL(number(cJSON_GetObjectItem(json, "bytes"), "c2s"), 100);
	CU_ASSERT_EQUAL(number(cJSON_GetObjectItem(json, "ms"), "total"), 2500);
	cJSON_Delete(json);
}

static void flows_are_told_of_worker_after_worker(void)
{
	struct report_source from = source();
	struct report_answer answer = begin("flows");
	struct report_answer another = begin("flows");
	cJSON *total;

	create_listings();
	CU_ASSERT_PTR_NULL(next_line(&from, &answer)); /* nobody has answered yet */
	CU_ASSERT_PTR_NULL(next_line(&from, &another));
	CU_ASSERT_TRUE(answer.listing && !another.listing);
	publish(0, 2);
	expect_flow(&from, &answer, "0000000000000001");
	expect_flow(&from, &answer, "0000000000000002");
	CU_ASSERT_PTR_NULL(next_line(&from, &answer));
	publish(1, 1);
	expect_flow(&from, &answer, "0000000000000011");
	total = next_line(&from, &answer);
	CU_ASSERT_PTR_NOT_NULL_FATAL(total);
	CU_ASSERT_STRING_EQUAL(string(total, "kind"), "total");
	CU_ASSERT_EQUAL(number(total, "flows"), 3);
	CU_ASSERT_EQUAL(number(total, "workers_missing"), 0);
	CU_ASSERT_FALSE(boolean(total, "more"));
	cJSON_Delete(total);
	CU_ASSERT_PTR_NULL(next_line(&from, &answer));
	CU_ASSERT_PTR_NULL(next_line(&from, &another));
	report_answer_end(&from, &answer);
	CU_ASSERT_PTR_NULL(next_line(&from, &another));
	CU_ASSERT_TRUE(another.listing);
	report_answer_end(&from, &another);
	destroy_listings();
}

int main(void)
{
	pool = support_pool("report", 64);
	return TESTS_RUN(
	    "report", TEST(requests_are_read_to_the_letter), TEST(an_unknown_request_is_told_what_there_is),
	    TEST(status_tells_process_and_ports), TEST(the_time_of_day_does_not_matter_to_how_long_it_runs),
	    TEST(each_worker_tells_every_counter), TEST(the_total_is_the_sum_of_all),
	    TEST(the_total_tells_what_the_flow_log_wrote_and_dropped),
	    TEST(a_worker_that_cannot_be_read_is_told_as_missing), TEST(each_port_tells_its_statistics),
	    TEST(a_line_that_does_not_fit_is_an_error_and_not_cut), TEST(the_longest_line_fits),
	    TEST(rows_and_defaults_that_decided_tell_how_often), TEST(another_policy_meanwhile_ends_the_rows),
	    TEST(without_a_policy_the_ports_are_followed_by_the_end),
	    TEST(a_row_that_decides_behind_the_end_does_not_come_after_it),
	    TEST(flows_are_told_of_worker_after_worker));
}
