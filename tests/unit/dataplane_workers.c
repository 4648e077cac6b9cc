/* SPDX-License-Identifier: BSD-3-Clause */
/* Workers on ports of the test's own: nothing is lost between them but what is counted, nobody waits for one that
 * stands still, and at the end every mbuf is back. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_ring.h>

#include <tcpstack/segment.h>
#include <tcpstack/wire/tcp.h>

#include "dataplane_frames.h"
#include "gateway_stack.h"
#include "support.h"
#include "worker.h"

#define WORKERS 3
#define MBUFS 8192
#define DESCRIPTORS 1024
#define PATIENCE 10000 /* milliseconds: only a failure waits so long */

/* A port with one queue: what the test puts into `arriving` is received, what is sent lands in `sent`. */
struct fake {
	struct rte_ring *arriving, *sent;
	_Atomic bool stuck;
};

struct world {
	struct gateway gateway;
	struct gateway_port gateway_port;
	struct gateway_prefix addresses[2];
	uint16_t cores[WORKERS];
	struct worker_port port;
	struct flow_log *flow_log; /* NULL: none */
	struct workers *workers;
};

static struct rte_mempool *pool;
static struct fake fake;
static _Atomic int stalled; /* the worker that stands still; -1: none */
static uint32_t buffers;    /* of one stack */

struct stack *__real_gateway_stack_create(const struct gateway *gateway, const struct port_description *const *ports,
					  const struct stack_environment *environment, struct rte_mempool *mbufs,
					  uint32_t share, uint64_t now, struct fault *fault);
struct stack *__wrap_gateway_stack_create(const struct gateway *gateway, const struct port_description *const *ports,
					  const struct stack_environment *environment, struct rte_mempool *mbufs,
					  uint32_t share, uint64_t now, struct fault *fault);

struct stack *__wrap_gateway_stack_create(const struct gateway *gateway, const struct port_description *const *ports,
					  const struct stack_environment *environment, struct rte_mempool *mbufs,
					  uint32_t share, uint64_t now, struct fault *fault)
{
	buffers = share;
	return __real_gateway_stack_create(gateway, ports, environment, mbufs, share, now, fault);
}

static uint16_t fake_receive(void *device, uint16_t queue, struct rte_mbuf **frames, uint16_t room)
{
	return (uint16_t)rte_ring_dequeue_burst(fake.arriving, (void **)frames, room, NULL);
}

static uint16_t fake_transmit(void *device, uint16_t queue, struct rte_mbuf **frames, uint16_t n)
{
	return fake.stuck ? 0 : (uint16_t)rte_ring_enqueue_burst(fake.sent, (void **)frames, n, NULL);
}

static const struct port_operations operations = {.receive = fake_receive, .transmit = fake_transmit};

/* An application that does nothing, and where it is told to, that for ever; but of its first turn it tells as of a
 * flow. */
struct instance {
	int number;
	struct stack *stack;
	struct flow_ring *flows;
};

static void *create(const struct application_place *place, struct fault *fault)
{
	static struct instance instances[WORKERS];
	static unsigned count;
	struct instance *instance = &instances[count % WORKERS];
	static char pseudonym[64];

	if (count % WORKERS == 0) {
		CU_ASSERT(strcmp(place->pseudonym, pseudonym) != 0); /* those before are another process, as it were */
		snprintf(pseudonym, sizeof(pseudonym), "%s", place->pseudonym);
	}
	CU_ASSERT_STRING_EQUAL(place->pseudonym, pseudonym);
	*instance = (struct instance){.number = (int)(count++ % WORKERS), .stack = place->stack, .flows = place->flows};
	return instance;
}

static unsigned run(void *context)
{
	const struct timespec moment = {.tv_nsec = 1000000};
	struct instance *instance = context;
	struct flow_record *record = flow_ring_claim(instance->flows);

	if (record != NULL) {
		record->at = stack_now(instance->stack);
		record->flow = (uint64_t)instance->number + 1;
		flow_ring_publish(instance->flows);
		instance->flows = NULL;
	}
	while (stalled == instance->number)
		nanosleep(&moment, NULL);
	return 0;
}

static void destroy(void *instance)
{
}

static _Atomic unsigned drains; /* how many were told to drain */
static _Atomic bool has_clients;

static void drain(void *instance)
{
	drains++;
}

static bool drained(const void *instance)
{
	return !has_clients;
}

static bool counter(unsigned index, struct application_counter *described)
{
	*described = (struct application_counter){.group = "test", .name = "number"};
	return index == 0;
}

static void read_counters(const void *context, uint64_t values[APPLICATION_COUNTERS])
{
	values[0] = (uint64_t)((const struct instance *)context)->number + 1;
}

static const struct application idle_application = {
    .name = "idle",
    .create = create,
    .run = run,
    .counter = counter,
    .read_counters = read_counters,
    .drain = drain,
    .drained = drained,
    .destroy = destroy,
};

static void set_address(struct gateway_prefix *prefix, const char *address, uint8_t length)
{
	struct ip_address parsed;

	CU_ASSERT_TRUE_FATAL(address_parse(address, &parsed));
	memcpy(prefix->address.octets, parsed.octets, sizeof(parsed.octets));
	prefix->length = length;
}

/* *world is all zero, but for a flow log. */
static void open_world(struct world *world)
{
	static char name[] = "test";
	struct fault fault = {""};

	set_address(&world->addresses[0], "192.0.2.1", 120);
	set_address(&world->addresses[1], "2001:db8::1", 64);
	world->gateway_port = (struct gateway_port){
	    .name = name, .descriptors = DESCRIPTORS, .addresses = world->addresses, .address_count = 2};
	world->gateway = (struct gateway){
	    .workers = {.cores = world->cores, .core_count = WORKERS, .idle = GATEWAY_IDLE_ADAPTIVE},
	    .ports = &world->gateway_port,
	    .port_count = 1,
	    .limits = {.connections = 64, .half_open = 64, .time_wait = 64, .output_queue = 1024},
	};
	world->port = (struct worker_port){
	    .name = name,
	    .port = {.operations = &operations, .description = {.driver = "fake", .mtu = 1500, .queues = 1}}};
	world->port.port.description.mac = (struct rte_ether_addr){{2, 0, 0, 0, 0, 1}};
	support_random_fill(&(uint64_t){7}, world->port.port.description.spread.key, TOEPLITZ_KEY_SIZE);
	CU_ASSERT_TRUE(steering_prepare(&world->port.steering, &world->port.port.description, STEERING_WISH_AUTO,
					WORKERS, &fault));
	stalled = -1;
	fake.stuck = false;
	world->workers = workers_create(&world->gateway, &world->port, pool, &idle_application,
					&(struct workers_shared){.flow_log = world->flow_log}, &fault);
	CU_ASSERT_PTR_NOT_NULL_FATAL(world->workers);
}

static void empty(struct rte_ring *ring)
{
	struct rte_mbuf *frame;

	while (rte_ring_dequeue(ring, (void **)&frame) == 0)
		rte_pktmbuf_free(frame);
}

static void close_world(struct world *world)
{
	CU_ASSERT_TRUE(workers_stop(world->workers, PATIENCE));
	workers_destroy(world->workers);
	empty(fake.arriving);
	empty(fake.sent);
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
}

static void start(struct world *world)
{
	struct fault fault = {""};

	CU_ASSERT_TRUE_FATAL(workers_start(world->workers, &fault));
}

/* A frame to us from one of many peers, as `wish` says otherwise. */
static void arrive(const struct frame_wish *wish)
{
	struct rte_mbuf *frame = frame_make(pool, wish);

	memcpy(rte_pktmbuf_mtod(frame, void *), (uint8_t[]){2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9}, 12);
	frame->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	memset(segment_of(frame), 0xff, sizeof(struct segment)); /* what an earlier life of the mbuf left there */
	if (rte_ring_enqueue(fake.arriving, frame) != 0)
		rte_pktmbuf_free(frame);
}

static struct frame_wish syn_from(uint16_t port)
{
	return (struct frame_wish){.local = "192.0.2.1",
				   .remote = "192.0.2.77",
				   .local_port = 443,
				   .remote_port = port,
				   .protocol = IPPROTO_TCP,
				   .tcp_flags = TCP_SYN};
}

/* The worker whose frame it is. */
static uint16_t owner_of(const struct world *world, const struct frame_wish *wish)
{
	struct tuple tuple = frame_tuple(wish);

	return steering_owner(&world->port.steering, &tuple, wish->protocol);
}

static uint64_t counted(const struct world *world, uint16_t worker, enum worker_counter counter)
{
	struct worker_report report = {0};

	workers_report(world->workers, worker, &report);
	return report.counters[counter];
}

static uint64_t counted_by_all(const struct world *world, enum worker_counter counter)
{
	uint64_t sum = 0;

	for (uint16_t i = 0; i < WORKERS; i++)
		sum += counted(world, i, counter);
	return sum;
}

/* Waits until a counter of a worker has come to a number. */
static void await(const struct world *world, uint16_t worker, enum worker_counter counter, uint64_t least)
{
	const struct timespec moment = {.tv_nsec = 1000000};

	for (unsigned i = 0; i < PATIENCE && counted(world, worker, counter) < least; i++)
		nanosleep(&moment, NULL);
	CU_ASSERT_TRUE(counted(world, worker, counter) >= least);
}

static void frames_of_all_kinds_come_to_their_worker_or_are_counted(void)
{
	struct world world = {0};
	uint64_t state = 3;
	unsigned count = 3000;

	open_world(&world);
	start(&world);
	for (unsigned i = 0; i < count; i++) {
		uint64_t dice = support_random(&state);
		struct frame_wish wish = syn_from((uint16_t)(dice >> 8));

		if (dice & 1) {
			wish.local = "2001:db8::1";
			wish.remote = "2001:db8::77";
		}
		wish.protocol = dice & 2 ? IPPROTO_TCP : IPPROTO_UDP;
		wish.fragment = (dice & 12) == 4;
		wish.later_fragment = (dice & 12) == 8;
		arrive(&wish);
		if (i % 64 == 63)
			await(&world, 0, WORKER_RECEIVED, i - 62);
		if (i % 64 == 0) {
			struct rte_mbuf *arp = frame_make_arp(pool);

			if (rte_ring_enqueue(fake.arriving, arp) != 0)
				rte_pktmbuf_free(arp);
		}
	}
	await(&world, 0, WORKER_RECEIVED, count);
	CU_ASSERT_TRUE(workers_stop(world.workers, PATIENCE));
	CU_ASSERT_TRUE(counted(&world, 0, WORKER_HANDED_OVER) > count / 2);
	CU_ASSERT_TRUE(counted(&world, 1, WORKER_TAKEN_OVER) > count / 20);
	CU_ASSERT_TRUE(counted(&world, 2, WORKER_TAKEN_OVER) > count / 20);
	CU_ASSERT_TRUE(counted(&world, 0, WORKER_NEIGHBOURS_TOLD) >= 2 * (count / 64));
	close_world(&world);
}

/* One queue is all that the port has: answers of the others go by way of the worker that has it. */
static void workers_without_a_queue_answer_through_one_that_has_it(void)
{
	unsigned answers[WORKERS] = {0};
	struct world world = {0};
	struct rte_mbuf *frame;

	open_world(&world);
	start(&world);
	for (uint16_t port = 1000; port < 1060; port++) {
		struct frame_wish wish = syn_from(port);

		arrive(&wish);
	}
	await(&world, 0, WORKER_SENT, 3); /* at first each worker asks for the neighbour */
	CU_ASSERT_TRUE(workers_stop(world.workers, PATIENCE));
	while (rte_ring_dequeue(fake.sent, (void **)&frame) == 0) {
		answers[0]++;
		rte_pktmbuf_free(frame);
	}
	CU_ASSERT_TRUE(answers[0] >= 3);
	CU_ASSERT_EQUAL(counted(&world, 1, WORKER_SENT) + counted(&world, 2, WORKER_SENT), 0);
	close_world(&world);
}

static void a_worker_that_stands_still_pins_a_small_part_of_the_pool(void)
{
	unsigned given = 0;
	struct world world = {0};

	open_world(&world);
	stalled = 1;
	start(&world);
	for (uint16_t port = 1; given < MBUFS; port++) {
		struct frame_wish wish = syn_from(port);

		if (owner_of(&world, &wish) != 1)
			continue;
		arrive(&wish);
		given++;
		if (given % 64 == 0)
			await(&world, 0, WORKER_RECEIVED, given);
	}
	await(&world, 0, WORKER_HANDOVER_FULL, MBUFS / 2);
	CU_ASSERT_EQUAL(counted(&world, 0, WORKER_HANDED_OVER) + counted(&world, 0, WORKER_HANDOVER_FULL), MBUFS);
	CU_ASSERT_TRUE(rte_mempool_in_use_count(pool) <= MBUFS / 8);
	CU_ASSERT_FALSE(workers_stop(world.workers, 20));
	stalled = -1;
	close_world(&world);
}

static void a_port_that_takes_nothing_is_given_up_a_frame_a_second(void)
{
	struct world world = {0};

	open_world(&world);
	fake.stuck = true;
	start(&world);
	for (uint16_t port = 1; port < 200; port++) {
		struct frame_wish wish = syn_from(port);

		arrive(&wish);
	}
	await(&world, 0, WORKER_TRANSMIT_STUCK, 1);
	CU_ASSERT_TRUE(counted(&world, 0, WORKER_TRANSMIT_STUCK) <= 2);
	CU_ASSERT_EQUAL(counted_by_all(&world, WORKER_SENT), 0);
	close_world(&world);
}

/* Descriptors of both directions may be full, the rings to one worker too: the stacks get the most of what is left. */
static void the_stacks_do_not_count_on_what_descriptors_hold(void)
{
	struct world world = {0};
	uint32_t descriptors = 2 * DESCRIPTORS; /* of one queue */

	open_world(&world);
	CU_ASSERT_TRUE(buffers * WORKERS + descriptors + MBUFS / 8 <= MBUFS);
	CU_ASSERT_TRUE(buffers * WORKERS >= (MBUFS - descriptors) / 2);
	close_world(&world);
}

/* Each worker has a ring of its own, and tells the time that the main lcore makes the lines with. */
static void what_workers_tell_of_flows_comes_to_the_flow_log(void)
{
	char path[] = "/tmp/sluice-test-XXXXXX";
	struct gateway_flow_log settings = {.path = path, .ring = 64, .buffer = 16384};
	struct flow_log_counters counters = {0};
	const struct timespec moment = {.tv_nsec = 1000000};
	struct fault fault = {""};
	struct world world = {0};
	uint64_t before, after;

	CU_ASSERT_TRUE_FATAL(close(mkstemp(path)) == 0);
	world.flow_log = flow_log_open(&settings, WORKERS, NULL, &fault);
	CU_ASSERT_PTR_NOT_NULL_FATAL(world.flow_log);
	open_world(&world);
	before = workers_now(world.workers);
	start(&world);
	for (unsigned i = 0; i < PATIENCE && counters.lines < WORKERS; i++) {
		const struct flow_record *record = flow_ring_peek(flow_log_ring(world.flow_log, 0));

		after = workers_now(world.workers);
		if (record != NULL)
			CU_ASSERT_TRUE(record->at >= before && record->at <= after);
		flow_log_turn(world.flow_log, after, after);
		flow_log_read_counters(world.flow_log, &counters);
		nanosleep(&moment, NULL);
	}
	CU_ASSERT_EQUAL(counters.lines, WORKERS);
	close_world(&world);
	flow_log_close(world.flow_log, 0, 0);
	CU_ASSERT_EQUAL(unlink(path), 0);
}

static void what_the_application_counts_is_reported_and_summed(void)
{
	struct worker_report report, sum = {0};
	struct world world = {0};

	open_world(&world);
	start(&world);
	for (uint16_t i = 0; i < WORKERS; i++)
		await(&world, i, WORKER_TURNS, 1);
	CU_ASSERT_TRUE(workers_stop(world.workers, PATIENCE));
	for (uint16_t i = 0; i < WORKERS; i++) {
		CU_ASSERT_TRUE(workers_report(world.workers, i, &report));
		CU_ASSERT_EQUAL(report.application[0], i + 1);
		worker_report_add(&sum, &report);
	}
	CU_ASSERT_EQUAL(sum.application[0], 1 + 2 + 3);
	CU_ASSERT_EQUAL(sum.application[1], 0);
	close_world(&world);
}

static void await_drained(const struct world *world)
{
	const struct timespec moment = {.tv_nsec = 1000000};

	for (unsigned i = 0; i < PATIENCE && !workers_drained(world->workers); i++)
		nanosleep(&moment, NULL);
	CU_ASSERT_TRUE(workers_drained(world->workers));
}

/* Each worker's is told once, and its clients are waited for. */
static void clients_have_their_time_to_end(void)
{
	struct world world = {0};
	uint64_t turns;

	drains = 0;
	has_clients = true;
	open_world(&world);
	start(&world);
	for (uint16_t i = 0; i < WORKERS; i++)
		await(&world, i, WORKER_TURNS, 1);
	CU_ASSERT_TRUE(workers_drained(world.workers)); /* nobody asked */
	workers_drain(world.workers);
	turns = counted(&world, 0, WORKER_TURNS);
	for (uint16_t i = 0; i < WORKERS; i++)
		await(&world, i, WORKER_TURNS, turns + 100);
	CU_ASSERT_FALSE(workers_drained(world.workers));
	CU_ASSERT_EQUAL(drains, WORKERS);
	has_clients = false;
	await_drained(&world);
	CU_ASSERT_EQUAL(drains, WORKERS);
	close_world(&world);
}

static void a_worker_that_stands_still_is_not_waited_for(void)
{
	struct world world = {0};

	has_clients = false;
	open_world(&world);
	start(&world);
	for (uint16_t i = 0; i < WORKERS; i++)
		await(&world, i, WORKER_TURNS, 1);
	stalled = 2;
	workers_drain(world.workers);
	await_drained(&world);
	stalled = -1;
	close_world(&world);
}

int main(void)
{
	static char arguments[][20] = {"test",	      "--no-huge", "--no-pci", "--no-telemetry",
				       "--no-shconf", "-m",	   "128",      "--iova-mode=va",
				       "--log-level", "error",	   "--lcores", "0@0,1@0,2@0,3@0"};
	char *pointers[RTE_DIM(arguments)];

	for (size_t i = 0; i < RTE_DIM(arguments); i++)
		pointers[i] = arguments[i];
	if (rte_eal_init(RTE_DIM(pointers), pointers) < 0)
		return EXIT_FAILURE;
	pool = support_pool("workers", MBUFS);
	fake.arriving = rte_ring_create("arriving", 4096, SOCKET_ID_ANY, 0);
	fake.sent = rte_ring_create("sent", 4096, SOCKET_ID_ANY, 0);
	if (fake.arriving == NULL || fake.sent == NULL)
		return EXIT_FAILURE;
	return TESTS_RUN("workers", TEST(frames_of_all_kinds_come_to_their_worker_or_are_counted),
			 TEST(workers_without_a_queue_answer_through_one_that_has_it),
			 TEST(a_worker_that_stands_still_pins_a_small_part_of_the_pool),
			 TEST(a_port_that_takes_nothing_is_given_up_a_frame_a_second),
			 TEST(the_stacks_do_not_count_on_what_descriptors_hold),
			 TEST(what_workers_tell_of_flows_comes_to_the_flow_log),
			 TEST(what_the_application_counts_is_reported_and_summed), TEST(clients_have_their_time_to_end),
			 TEST(a_worker_that_stands_still_is_not_waited_for));
}
