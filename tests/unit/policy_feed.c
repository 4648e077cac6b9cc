/* SPDX-License-Identifier: BSD-3-Clause */
/* How a policy that is pushed comes to workers, and what is not offered to them. */
#include <policy_feed.h>

#include <string.h>
#include <unistd.h>

#include "image_support.h"
#include "region_support.h"

#define LISTENERS 4
#define PATIENCE 5000 /* milliseconds */

static struct region_settings settings;
static char port_name[] = "client";
static struct gateway_prefix own;
static struct gateway_port port = {.name = port_name, .addresses = &own, .address_count = 1};
static struct gateway gateway = {.ports = &port, .port_count = 1};

/* A pusher beside the main lcore, which is the test itself. */
struct push {
	pthread_t thread;
	struct subject subject;
	bool reevaluate;
	enum region_outcome outcome;
	uint64_t generation;
	char reason[REGION_REASON_SIZE];
	bool done;
};

static void *push_run(void *argument)
{
	struct push *push = argument;
	struct region *region = region_open_writer(&settings, push->reason);

	push->outcome = region_push(region, push->subject.image, push->subject.size, push->reevaluate,
				    &push->generation, push->reason);
	region_close(region);
	__atomic_store_n(&push->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void push_begin_asking(struct push *push, const char *address, const char *rows, bool reevaluate)
{
	char text[256];
	struct policy policy;
	struct policy_listener listener = {image_address(address), 3128};

	snprintf(text, sizeof(text), "filter web\n%s\nservice s web\n", rows);
	policy = image_policy(text);
	policy.services[0].listeners = &listener;
	policy.services[0].listener_count = 1;
	*push = (struct push){.subject = image_subject(&policy), .reevaluate = reevaluate};
	policy.services[0].listeners = NULL;
	policy.services[0].listener_count = 0;
	image_policy_free(&policy);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&push->thread, NULL, push_run, push), 0);
}

static void push_begin(struct push *push, const char *address, const char *rows)
{
	push_begin_asking(push, address, rows, false);
}

static void push_end(struct push *push)
{
	pthread_join(push->thread, NULL);
	image_subject_free(&push->subject);
}

static struct policy_feed *begin(unsigned workers)
{
	struct policy_feed *feed;
	struct fault fault = {""};

	own = image_prefix("192.0.2.1/32");
	region_test_begin(&settings);
	feed = policy_feed_open(&settings, &gateway, workers, LISTENERS, &fault);
	CU_ASSERT_PTR_NOT_NULL_FATAL(feed);
	return feed;
}

static void end(struct policy_feed *feed)
{
	policy_feed_close(feed);
	region_test_end();
}

static bool is_offered(const struct policy_feed *feed, unsigned worker)
{
	struct worker_policy policy;

	return policy_feed_offer(feed, worker, &policy);
}

/* Turns until the worker is offered something, or the push is done, or time is over. */
static bool wait_for_offer(struct policy_feed *feed, unsigned worker, const struct push *push,
			   struct worker_policy *policy)
{
	for (unsigned i = 0; i < PATIENCE; i++) {
		policy_feed_turn(feed);
		if (is_offered(feed, worker) || __atomic_load_n(&push->done, __ATOMIC_ACQUIRE))
			break;
		usleep(1000);
	}
	return policy_feed_offer(feed, worker, policy);
}

static void what_is_pushed_is_offered_once_and_can_be_asked(void)
{
	struct policy_feed *feed = begin(1);
	struct worker_policy policy;
	struct image_result result;
	struct push push;

	CU_ASSERT_FALSE(is_offered(feed, 0));
	push_begin(&push, "192.0.2.1", "row allow a.test ~b[0-9]\\.test");
	CU_ASSERT_FATAL(wait_for_offer(feed, 0, &push, &policy));
	image_lookup(policy.image, policy.scratch, 0, "b7.test", NULL, &result);
	CU_ASSERT_EQUAL(result.verdict.action, POLICY_ALLOW);
	policy.hits[0] = 77;
	policy_feed_taken(feed, 0);
	CU_ASSERT_EQUAL(policy.hits[0], 0);
	CU_ASSERT_FALSE(is_offered(feed, 0));
	push_end(&push);
	CU_ASSERT_EQUAL(push.outcome, REGION_TAKEN);
	CU_ASSERT_EQUAL(policy_feed_generation(feed), push.generation);
	end(feed);
}

static void the_next_one_waits_until_every_worker_has_the_last(void)
{
	struct worker_policy policy;
	struct policy_feed *feed = begin(2);
	struct push first, second;

	push_begin(&first, "192.0.2.1", "row allow a.test");
	CU_ASSERT_FATAL(wait_for_offer(feed, 0, &first, &policy));
	policy_feed_taken(feed, 0);
	policy_feed_turn(feed);
	CU_ASSERT(is_offered(feed, 1));
	CU_ASSERT_FALSE(is_offered(feed, 0));
	policy_feed_taken(feed, 1);
	push_end(&first);
	CU_ASSERT_EQUAL(first.outcome, REGION_TAKEN);
	push_begin(&second, "192.0.2.1", "row deny a.test");
	CU_ASSERT_FATAL(wait_for_offer(feed, 0, &second, &policy));
	CU_ASSERT_FATAL(is_offered(feed, 1));
	policy_feed_taken(feed, 0);
	policy_feed_taken(feed, 1);
	push_end(&second);
	CU_ASSERT_EQUAL(second.outcome, REGION_TAKEN);
	CU_ASSERT(second.generation > first.generation);
	end(feed);
}

/* The main lcore prepares it at any moment of a worker's turn. */
static void the_next_one_changes_nothing_of_what_a_worker_has(void)
{
	struct policy_feed *feed = begin(1);
	struct worker_policy policy, next;
	struct push first, second;

	push_begin(&first, "192.0.2.1", "row allow a.test");
	CU_ASSERT_FATAL(wait_for_offer(feed, 0, &first, &policy));
	policy_feed_taken(feed, 0);
	push_end(&first);
	push_begin(&second, "192.0.2.1", "row deny a.test");
	CU_ASSERT_FATAL(wait_for_offer(feed, 0, &second, &next));
	CU_ASSERT_PTR_NOT_EQUAL(next.image, policy.image);
	CU_ASSERT_PTR_NOT_EQUAL(next.scratch, policy.scratch);
	CU_ASSERT_EQUAL(policy.image->generation, first.generation);
	policy_feed_taken(feed, 0);
	push_end(&second);
	end(feed);
}

static void what_the_gateway_cannot_serve_is_refused_and_the_last_one_stays(void)
{
	struct worker_policy policy;
	struct policy_feed *feed = begin(1);
	struct push good, bad;

	push_begin(&good, "192.0.2.1", "row allow a.test");
	CU_ASSERT_FATAL(wait_for_offer(feed, 0, &good, &policy));
	policy_feed_taken(feed, 0);
	push_end(&good);
	push_begin(&bad, "192.0.2.99", "row allow a.test");
	CU_ASSERT_FALSE(wait_for_offer(feed, 0, &bad, &policy));
	push_end(&bad);
	CU_ASSERT_EQUAL(bad.outcome, REGION_REFUSED);
	CU_ASSERT_PTR_NOT_NULL(strstr(bad.reason, "listens at an address that no port of gateway.json has"));
	policy_feed_turn(feed);
	CU_ASSERT_FALSE(is_offered(feed, 0));
	CU_ASSERT_EQUAL(policy_feed_generation(feed), good.generation);
	end(feed);
}

/* How many octets are logged while the main lcore turns so often. */
static off_t logged_in(struct policy_feed *feed, unsigned turns)
{
	FILE *file = tmpfile();
	int before = dup(STDERR_FILENO);
	off_t length;

	dup2(fileno(file), STDERR_FILENO);
	while (turns-- > 0)
		policy_feed_turn(feed);
	length = lseek(STDERR_FILENO, 0, SEEK_END);
	dup2(before, STDERR_FILENO);
	close(before);
	fclose(file);
	return length;
}

/* Its pusher may be gone, and then nobody takes it back. */
static void what_is_refused_and_stays_published_is_judged_once(void)
{
	struct policy_feed *feed = begin(1);
	struct worker_policy policy;
	struct push good, bad;

	settings.patience = 10;
	push_begin(&bad, "192.0.2.99", "row allow a.test");
	push_end(&bad);
	settings.patience = PATIENCE;
	CU_ASSERT_EQUAL(bad.outcome, REGION_NOT_TAKEN);
	CU_ASSERT(logged_in(feed, 1) > 0);
	CU_ASSERT_EQUAL(logged_in(feed, 100), 0);
	CU_ASSERT_FALSE(is_offered(feed, 0));
	push_begin(&good, "192.0.2.1", "row allow a.test");
	CU_ASSERT_FATAL(wait_for_offer(feed, 0, &good, &policy));
	policy_feed_taken(feed, 0);
	push_end(&good);
	CU_ASSERT_EQUAL(good.outcome, REGION_TAKEN);
	end(feed);
}

static void a_region_that_is_removed_is_told_once(void)
{
	struct policy_feed *feed = begin(1);

	CU_ASSERT_EQUAL(logged_in(feed, 10), 0);
	CU_ASSERT_EQUAL(unlink(region_test_path("region/state")), 0);
	CU_ASSERT(logged_in(feed, 1) > 0);
	CU_ASSERT_EQUAL(logged_in(feed, 10), 0);
	end(feed);
}

static void after_a_restart_the_last_one_is_offered_again(void)
{
	struct worker_policy policy;
	struct policy_feed *feed = begin(1);
	struct fault fault = {""};
	struct push push;

	push_begin(&push, "192.0.2.1", "row allow a.test");
	CU_ASSERT_FATAL(wait_for_offer(feed, 0, &push, &policy));
	policy_feed_taken(feed, 0);
	push_end(&push);
	policy_feed_close(feed);
	region_test_reboot();
	feed = policy_feed_open(&settings, &gateway, 1, LISTENERS, &fault);
	CU_ASSERT_PTR_NOT_NULL_FATAL(feed);
	policy_feed_turn(feed);
	CU_ASSERT(is_offered(feed, 0));
	CU_ASSERT_EQUAL(policy_feed_generation(feed), push.generation);
	end(feed);
}

/* Pushes, and takes what is then offered. Returns whether open flows are to be looked up again. */
static bool push_and_take(struct policy_feed *feed, bool reevaluate)
{
	struct worker_policy policy;
	struct push push;

	push_begin_asking(&push, "192.0.2.1", "row allow a.test", reevaluate);
	CU_ASSERT_FATAL(wait_for_offer(feed, 0, &push, &policy));
	policy_feed_taken(feed, 0);
	push_end(&push);
	CU_ASSERT_EQUAL(push.outcome, REGION_TAKEN);
	return policy.reevaluate;
}

static void open_flows_are_looked_up_again_where_a_push_asks_for_it_and_once(void)
{
	struct policy_feed *feed = begin(1);

	CU_ASSERT_FALSE(push_and_take(feed, false));
	CU_ASSERT_TRUE(push_and_take(feed, true));
	CU_ASSERT_FALSE(push_and_take(feed, false));
	CU_ASSERT_TRUE(push_and_take(feed, true));
	CU_ASSERT_TRUE(push_and_take(feed, true));
	end(feed);
}

static uint64_t published(void)
{
	char reason[REGION_REASON_SIZE];
	struct region *region = region_open_reader(&settings, reason);
	struct region_status status;

	CU_ASSERT_PTR_NOT_NULL_FATAL(region);
	region_read_status(region, &status);
	region_close(region);
	return status.published;
}

/* The one that asked is published, and another one over it before the gateway looks. */
static void who_misses_the_push_that_asked_does_it_all_the_same(void)
{
	struct policy_feed *feed = begin(1);
	struct worker_policy policy;
	struct push asking, silent;
	uint64_t before;

	CU_ASSERT_FALSE(push_and_take(feed, false));
	before = published();
	push_begin_asking(&asking, "192.0.2.1", "row allow a.test", true);
	for (unsigned i = 0; i < PATIENCE && published() == before; i++)
		usleep(1000);
	CU_ASSERT_EQUAL(published(), before + 1);
	push_begin(&silent, "192.0.2.1", "row allow a.test");
	for (unsigned i = 0; i < PATIENCE && published() == before + 1; i++)
		usleep(1000);
	CU_ASSERT_FATAL(wait_for_offer(feed, 0, &silent, &policy));
	CU_ASSERT_EQUAL(policy.image->generation, before + 2);
	CU_ASSERT_TRUE(policy.reevaluate);
	policy_feed_taken(feed, 0);
	push_end(&asking);
	push_end(&silent);
	CU_ASSERT_EQUAL(asking.outcome, REGION_NOT_TAKEN);
	CU_ASSERT_PTR_NOT_NULL(strstr(asking.reason, "overtaken by generation"));
	CU_ASSERT_EQUAL(silent.outcome, REGION_TAKEN);
	CU_ASSERT_FALSE(push_and_take(feed, false));
	end(feed);
}

static void what_was_refused_asks_for_nothing(void)
{
	struct policy_feed *feed = begin(1);
	struct worker_policy policy;
	struct push bad;

	CU_ASSERT_FALSE(push_and_take(feed, false));
	push_begin_asking(&bad, "192.0.2.99", "row allow a.test", true);
	CU_ASSERT_FALSE(wait_for_offer(feed, 0, &bad, &policy));
	push_end(&bad);
	CU_ASSERT_EQUAL(bad.outcome, REGION_REFUSED);
	CU_ASSERT_FALSE(push_and_take(feed, false));
	end(feed);
}

static void what_decided_is_counted_over_the_workers_that_have_it(void)
{
	struct policy_feed *feed = begin(2);
	struct worker_policy first, second;
	struct push push;

	CU_ASSERT_PTR_NULL(policy_feed_image(feed));
	push_begin(&push, "192.0.2.1", "row allow a.test");
	CU_ASSERT_FATAL(wait_for_offer(feed, 0, &push, &first));
	CU_ASSERT_EQUAL(policy_feed_obeyed(feed, 0), 0);
	CU_ASSERT_FATAL(policy_feed_offer(feed, 1, &second));
	policy_feed_taken(feed, 0);
	first.hits[1] = 5;
	second.hits[1] = 1000; /* of the policy before */
	CU_ASSERT_EQUAL(policy_feed_hits(feed, 1), 5);
	policy_feed_taken(feed, 1);
	push_end(&push);
	second.hits[1] = 2;
	CU_ASSERT_EQUAL(policy_feed_hits(feed, 1), 7);
	CU_ASSERT_EQUAL(policy_feed_obeyed(feed, 1), push.generation);
	CU_ASSERT_EQUAL(policy_feed_image(feed)->generation, push.generation);
	end(feed);
}

int main(void)
{
	return TESTS_RUN(
	    "feed of policies", TEST(what_is_pushed_is_offered_once_and_can_be_asked),
	    TEST(the_next_one_waits_until_every_worker_has_the_last),
	    TEST(the_next_one_changes_nothing_of_what_a_worker_has),
	    TEST(what_the_gateway_cannot_serve_is_refused_and_the_last_one_stays),
	    TEST(what_is_refused_and_stays_published_is_judged_once), TEST(a_region_that_is_removed_is_told_once),
	    TEST(after_a_restart_the_last_one_is_offered_again),
	    TEST(open_flows_are_looked_up_again_where_a_push_asks_for_it_and_once),
	    TEST(who_misses_the_push_that_asked_does_it_all_the_same), TEST(what_was_refused_asks_for_nothing),
	    TEST(what_decided_is_counted_over_the_workers_that_have_it));
}
