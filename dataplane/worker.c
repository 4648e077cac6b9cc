/* SPDX-License-Identifier: BSD-3-Clause */
#include "worker.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include <rte_bitops.h>
#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include <tcpstack/segment.h>

#include "clock.h"
#include "credential_desk.h"
#include "eal.h"
#include "entropy.h"
#include "gateway_stack.h"
#include "handover.h"
#include "idle.h"
#include "snapshot.h"

/* What the rings to one worker hold together, as a part of all mbufs: a worker that stands still must not pin so many
 * that the others have none. And the bounds of each ring. */
#define HANDOVER_SHARE 8
#define HANDOVER_LEAST 64
#define HANDOVER_MOST 2048
#define TURN_BURSTS 4	     /* the most bursts that a port is given in one turn */
#define STUCK_TIME 1000000   /* microseconds after which a frame that the port does not take is given up */
#define REPORT_INTERVAL 5000 /* microseconds */
#define REPORT_WORDS (sizeof(struct worker_report) / sizeof(uint64_t))
#define DRAIN_PATIENCE 1000000 /* microseconds without a report, after which a worker is not waited for */
#define PSEUDONYM_SIZE 24      /* "sluice-", 64 bits and a NUL */
#define TIMER_SLACK 1000UL     /* nanoseconds: sleeps of tens of microseconds are to end when they should */

_Static_assert(sizeof(struct worker_report) % sizeof(uint64_t) == 0, "a report is whole words");

/* A worker's side of a port. */
struct line {
	struct steering_trust trust;
	struct rte_mbuf *waiting[PORT_BURST]; /* the port did not take them yet */
	uint16_t first, count;
	uint64_t moved; /* microseconds: when the port last took one, or none waited */
};

struct worker {
	struct workers *all;
	uint16_t index;
	struct stack *stack;
	void *instance;		      /* of the application */
	struct flow_listing *listing; /* there where that is */
	struct clock clock;
	struct entropy entropy;
	struct line lines[GATEWAY_PORTS];
	bool draining;
	_Atomic bool drained; /* for the main lcore */
	uint64_t reported;    /* microseconds */
	uint64_t worked;      /* microseconds: when there last was work */
	struct worker_report report;
	struct snapshot *published; /* in memory of its own: the main lcore reads it */
} __rte_cache_aligned;

struct workers {
	const struct application *application;
	struct workers_shared shared;
	struct clock clock;
	struct worker_port *ports;
	uint16_t port_count;
	uint16_t count;
	bool adaptive;
	char pseudonym[PSEUDONYM_SIZE];
	_Atomic bool draining;
	_Atomic bool stopping;
	struct handover *received; /* frames for the owner's stack; mbuf->port is the interface */
	struct handover
	    *sending[GATEWAY_PORTS]; /* per port with fewer queues than workers: frames for those with one */
	struct worker workers[];
};

const char *worker_counter_name(enum worker_counter counter)
{
	static const char *const names[] = {
#define COUNTER(identifier, name, meaning) name,
#include "worker_counter.def"
#undef COUNTER
	};

	return names[counter];
}

static void count(struct worker *worker, enum worker_counter counter, uint64_t n)
{
	worker->report.counters[counter] += n;
}

/* What the stack asks of its worker. */

static uint64_t draw_random(void *context)
{
	return entropy_draw(&((struct worker *)context)->entropy);
}

static void give(struct worker *worker, uint16_t owner, uint16_t interface, struct rte_mbuf *frame, uint8_t flags)
{
	frame->port = interface;
	segment_of(frame)->flags = flags;
	if (handover_give(worker->all->received, worker->index, owner, frame)) {
		count(worker, WORKER_HANDED_OVER, 1);
		return;
	}
	count(worker, WORKER_HANDOVER_FULL, 1);
	rte_pktmbuf_free(frame);
}

static bool steer(void *context, struct rte_mbuf *frame, uint16_t interface, const struct tuple *tuple,
		  uint8_t protocol)
{
	struct worker *worker = context;
	uint16_t owner = steering_owner(&worker->all->ports[interface].steering, tuple, protocol);

	if (owner == worker->index)
		return false;
	give(worker, owner, interface, frame, SEGMENT_STEERED);
	return true;
}

static bool returns_here(void *context, uint16_t interface, const struct tuple *tuple, uint8_t protocol)
{
	const struct worker *worker = context;

	return steering_owner(&worker->all->ports[interface].steering, tuple, protocol) == worker->index;
}

/* Receiving. */

/* Every worker resolves neighbours for itself, and learns from what any of them hears. */
static void tell_others(struct worker *worker, uint16_t interface, const struct rte_mbuf *frame)
{
	struct workers *all = worker->all;
	uint16_t other;

	for (other = 0; other < all->count; other++) {
		struct rte_mbuf *copy;

		if (other == worker->index)
			continue;
		copy = rte_pktmbuf_copy(frame, frame->pool, 0, UINT32_MAX);
		if (copy == NULL) {
			count(worker, WORKER_COPY_NO_MBUF, 1);
			continue;
		}
		give(worker, other, interface, copy, SEGMENT_OBSERVE);
		count(worker, WORKER_NEIGHBOURS_TOLD, 1);
	}
}

/* Keeps the frames that are ours in `frames` and returns how many. */
static uint16_t sort(struct worker *worker, uint16_t interface, struct rte_mbuf **frames, uint16_t n)
{
	struct steering *steering = &worker->all->ports[interface].steering;
	struct steering_trust *trust = &worker->lines[interface].trust;
	uint16_t kept = 0;
	uint16_t i;

	for (i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(frames[i], void *));
	for (i = 0; i < n; i++) {
		uint16_t owner = steering_place(steering, trust, frames[i], worker->index);

		if (owner == STEERING_EVERYWHERE)
			tell_others(worker, interface, frames[i]);
		else if (owner != worker->index) {
			give(worker, owner, interface, frames[i], 0);
			continue;
		}
		segment_of(frames[i])->flags = 0;
		frames[kept++] = frames[i];
	}
	return kept;
}

static unsigned receive_ports(struct worker *worker)
{
	struct workers *all = worker->all;
	struct rte_mbuf *frames[PORT_BURST];
	unsigned work = 0;
	uint16_t i;

	for (i = 0; i < all->port_count; i++) {
		const struct port *port = &all->ports[i].port;
		uint16_t n;

		if (worker->index >= port->description.queues)
			continue;
		n = port_receive(port, worker->index, frames, PORT_BURST);
		if (n == 0)
			continue;
		count(worker, WORKER_RECEIVED, n);
		work += n;
		n = sort(worker, i, frames, n);
		if (n > 0)
			stack_input(worker->stack, i, frames, n);
	}
	return work;
}

static unsigned receive_handed_over(struct worker *worker)
{
	struct workers *all = worker->all;
	struct rte_mbuf *frames[PORT_BURST];
	unsigned work = 0;
	uint16_t from;

	for (from = 0; from < all->count; from++) {
		unsigned n;
		unsigned start;
		unsigned end;

		if (from == worker->index)
			continue;
		n = handover_take(all->received, from, worker->index, frames, PORT_BURST);
		count(worker, WORKER_TAKEN_OVER, n);
		work += n;
		for (start = 0; start < n; start = end) {
			for (end = start + 1; end < n && frames[end]->port == frames[start]->port; end++)
				;
			stack_input(worker->stack, frames[start]->port, frames + start, end - start);
		}
	}
	return work;
}

/* Sending. */

/* Gives the port what waits on the line, directly or through the worker that has a queue for both. Returns how many it
 * took; the others go on waiting. */
static unsigned push(struct worker *worker, uint16_t interface)
{
	struct line *line = &worker->lines[interface];
	const struct port *port = &worker->all->ports[interface].port;
	uint16_t queues = port->description.queues;
	uint16_t taken = 0;

	if (line->count == 0) {
		line->moved = stack_now(worker->stack);
		return 0;
	}
	if (worker->index < queues) {
		taken = port_transmit(port, worker->index, line->waiting + line->first, line->count);
		count(worker, WORKER_SENT, taken);
	} else {
		while (taken < line->count && handover_give(worker->all->sending[interface], worker->index,
							    worker->index % queues, line->waiting[line->first + taken]))
			taken++;
	}
	if (taken > 0) {
		line->moved = stack_now(worker->stack);
	} else if (stack_now(worker->stack) - line->moved > STUCK_TIME) {
		/* It may be this very frame that the driver refuses: it must not stand in the way for ever. */
		rte_pktmbuf_free(line->waiting[line->first]);
		count(worker, WORKER_TRANSMIT_STUCK, 1);
		line->moved = stack_now(worker->stack);
		taken = 1;
	}
	line->first += taken;
	line->count -= taken;
	return taken;
}

/* Sends for the workers that have no queue of this port. */
static unsigned send_for_others(struct worker *worker, uint16_t interface)
{
	struct workers *all = worker->all;
	struct line *line = &worker->lines[interface];
	uint16_t queues = all->ports[interface].port.description.queues;
	unsigned work = 0;
	uint16_t from;

	if (worker->index >= queues)
		return 0;
	for (from = worker->index + queues; from < all->count && line->count == 0; from += queues) {
		line->first = 0;
		line->count =
		    (uint16_t)handover_take(all->sending[interface], from, worker->index, line->waiting, PORT_BURST);
		work += push(worker, interface);
	}
	return work;
}

static unsigned send_ports(struct worker *worker)
{
	struct workers *all = worker->all;
	unsigned work = 0;
	uint16_t i;

	for (i = 0; i < all->port_count; i++) {
		struct line *line = &worker->lines[i];
		unsigned burst;

		work += push(worker, i);
		for (burst = 0; burst < TURN_BURSTS && line->count == 0; burst++) {
			uint16_t n = (uint16_t)stack_output(worker->stack, i, line->waiting, PORT_BURST);

			line->first = 0;
			line->count = n;
			work += push(worker, i);
			if (n < PORT_BURST)
				break;
		}
		work += send_for_others(worker, i);
	}
	return work;
}

/* The loop. */

static void publish(struct worker *worker, uint64_t now)
{
	stack_read_counters(worker->stack, &worker->report.stack);
	if (worker->all->application != NULL && worker->all->application->read_counters != NULL)
		worker->all->application->read_counters(worker->instance, worker->report.application);
	worker->report.now = now;
	worker->reported = now;
	snapshot_write(worker->published, (const uint64_t *)&worker->report, REPORT_WORDS);
}

static void drain(struct worker *worker)
{
	const struct application *application = worker->all->application;

	if (!worker->draining)
		application->drain(worker->instance);
	worker->draining = true;
	if (application->drained(worker->instance))
		atomic_store_explicit(&worker->drained, true, memory_order_relaxed);
}

static unsigned turn(struct worker *worker, uint64_t now)
{
	const struct application *application = worker->all->application;
	unsigned work;
	unsigned events = 0;

	stack_advance(worker->stack, now);
	work = receive_ports(worker);
	if (worker->all->count > 1)
		work += receive_handed_over(worker);
	if (application != NULL)
		events = application->run(worker->instance);
	if (atomic_load_explicit(&worker->all->draining, memory_order_relaxed))
		drain(worker);
	count(worker, WORKER_APPLICATION_EVENTS, events);
	return work + events + send_ports(worker);
}

static void rest(struct worker *worker, uint64_t now)
{
	uint64_t deadline = stack_next_deadline(worker->stack);
	uint64_t sleep = idle_sleep(now - worker->worked, deadline > now ? deadline - now : 0);
	struct timespec time = {.tv_nsec = (long)sleep * 1000};

	if (sleep == 0)
		return;
	count(worker, WORKER_SLEEPS, 1);
	clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

static int worker_run(void *argument)
{
	struct worker *worker = argument;
	struct workers *all = worker->all;
	uint64_t cycles = rte_rdtsc();

	prctl(PR_SET_TIMERSLACK, TIMER_SLACK);
	while (!atomic_load_explicit(&all->stopping, memory_order_relaxed)) {
		uint64_t now = clock_microseconds(&worker->clock, cycles);
		unsigned work = turn(worker, now);
		uint64_t end = rte_rdtsc();

		count(worker, WORKER_TURNS, 1);
		if (work > 0) {
			count(worker, WORKER_BUSY_TURNS, 1);
			count(worker, WORKER_BUSY_CYCLES, end - cycles);
			worker->worked = now;
		} else if (all->adaptive) {
			rest(worker, clock_microseconds(&worker->clock, end));
			end = rte_rdtsc();
		}
		if (now - worker->reported >= REPORT_INTERVAL)
			publish(worker, now);
		cycles = end;
	}
	publish(worker, clock_microseconds(&worker->clock, rte_rdtsc()));
	return 0;
}

/* Life. */

/* The packet buffers that a worker may have waiting. What the ports' descriptors hold is not among them. Those to
 * transmit count too: a driver gives back what it has sent when it wants the place, and no sooner. */
static uint32_t share_of(const struct workers *all, const struct gateway *gateway, const struct rte_mempool *pool)
{
	uint32_t left = pool->size;
	unsigned i;

	for (i = 0; i < all->port_count; i++)
		left -= RTE_MIN(left, 2u * gateway->ports[i].descriptors * all->ports[i].port.description.queues);
	return left / all->count;
}

/* Its stack may hold six eighths of its share, and the application one; the rest is on its way. */
static uint32_t stack_buffers(uint32_t share)
{
	return share / 8 * 6;
}

static uint32_t application_buffers(uint32_t share)
{
	return share / 8;
}

static bool create_worker(struct workers *all, uint16_t index, const struct gateway *gateway, struct rte_mempool *pool,
			  struct fault *fault)
{
	struct worker *worker = &all->workers[index];
	struct stack_environment environment = {
	    .context = worker,
	    .random = draw_random,
	    .steer = all->count > 1 ? steer : NULL,
	    .returns_here = all->count > 1 ? returns_here : NULL,
	};
	const struct port_description *ports[GATEWAY_PORTS];
	const struct workers_shared *shared = &all->shared;
	uint32_t share = share_of(all, gateway, pool);
	unsigned i;

	for (i = 0; i < all->port_count; i++)
		ports[i] = &all->ports[i].port.description;
	worker->all = all;
	worker->index = index;
	worker->clock = all->clock;
	worker->published = rte_zmalloc("report", snapshot_size(REPORT_WORDS), RTE_CACHE_LINE_SIZE);
	if (worker->published == NULL)
		return fault_set(fault, "no memory for a worker; raise memory.megabytes");
	worker->stack = gateway_stack_create(gateway, ports, &environment, pool, stack_buffers(share), 0, fault);
	if (worker->stack == NULL)
		return false;
	if (all->application == NULL)
		return true;
	worker->listing = flow_listing_create(fault);
	if (worker->listing == NULL)
		return false;
	worker->instance = all->application->create(
	    &(struct application_place){.stack = worker->stack,
					.gateway = gateway,
					.pseudonym = all->pseudonym,
					.worker = index,
					.buffers = application_buffers(share),
					.flows = flow_log_ring(shared->flow_log, index),
					.listing = worker->listing,
					.feed = shared->feed,
					.credentials =
					    shared->desk == NULL ? NULL : credential_desk_of(shared->desk, index),
					.clients = shared->clients},
	    fault);
	return worker->instance != NULL;
}

static bool create_rings(struct workers *all, const struct rte_mempool *pool, struct fault *fault)
{
	uint32_t share = pool->size / HANDOVER_SHARE / RTE_MAX(all->count - 1u, 1u);
	uint32_t size = RTE_MIN(RTE_MAX(rte_align32prevpow2(share), (uint32_t)HANDOVER_LEAST), (uint32_t)HANDOVER_MOST);
	char name[16];
	uint16_t i;

	all->received = handover_create("received", all->count, size, fault);
	if (all->received == NULL)
		return false;
	for (i = 0; i < all->port_count; i++) {
		if (all->ports[i].port.description.queues >= all->count)
			continue;
		snprintf(name, sizeof(name), "sending%u", i);
		all->sending[i] = handover_create(name, all->count, size, fault);
		if (all->sending[i] == NULL)
			return false;
	}
	return true;
}

struct workers *workers_create(const struct gateway *gateway, struct worker_port *ports, struct rte_mempool *pool,
			       const struct application *application, const struct workers_shared *shared,
			       struct fault *fault)
{
	uint16_t workers = (uint16_t)gateway->workers.core_count;
	struct workers *all;
	uint16_t i;

	all = rte_zmalloc("workers", sizeof(*all) + workers * sizeof(struct worker), RTE_CACHE_LINE_SIZE);
	if (all == NULL) {
		fault_set(fault, "no memory for the workers; raise memory.megabytes");
		return NULL;
	}
	all->application = application;
	all->shared = *shared;
	all->clock = clock_at(rte_rdtsc(), rte_get_tsc_hz());
	all->ports = ports;
	all->port_count = (uint16_t)gateway->port_count;
	all->count = workers;
	snprintf(all->pseudonym, sizeof(all->pseudonym), "sluice-%016" PRIx64, entropy_draw(&all->workers[0].entropy));
	all->adaptive = gateway->workers.idle == GATEWAY_IDLE_ADAPTIVE;
	atomic_init(&all->draining, false);
	atomic_init(&all->stopping, false);
	if (!create_rings(all, pool, fault)) {
		workers_destroy(all);
		return NULL;
	}
	for (i = 0; i < workers; i++) {
		if (!create_worker(all, i, gateway, pool, fault)) {
			workers_destroy(all);
			return NULL;
		}
	}
	return all;
}

bool workers_start(struct workers *workers, struct fault *fault)
{
	uint16_t i;
	int result;

	for (i = 0; i < workers->count; i++) {
		result = rte_eal_remote_launch(worker_run, &workers->workers[i], eal_worker_lcore(i));
		if (result != 0)
			return fault_set(fault, "worker %u could not be started on its core: %s", i, strerror(-result));
	}
	return true;
}

void workers_drain(struct workers *workers)
{
	if (workers->application != NULL && workers->application->drain != NULL)
		atomic_store_explicit(&workers->draining, true, memory_order_relaxed);
}

bool workers_drained(const struct workers *workers)
{
	const uint64_t now = workers_now(workers);
	struct worker_report report;

	if (!atomic_load_explicit(&workers->draining, memory_order_relaxed))
		return true;
	for (uint16_t i = 0; i < workers->count; i++)
		if (!atomic_load_explicit(&workers->workers[i].drained, memory_order_relaxed) &&
		    workers_report(workers, i, &report) && now < report.now + DRAIN_PATIENCE)
			return false;
	return true;
}

bool workers_stop(struct workers *workers, unsigned milliseconds)
{
	struct timespec pause = {.tv_nsec = 1000000};
	uint16_t stopped = 0;

	atomic_store_explicit(&workers->stopping, true, memory_order_relaxed);
	for (;; milliseconds--) {
		while (stopped < workers->count && rte_eal_get_lcore_state(eal_worker_lcore(stopped)) == WAIT)
			stopped++;
		if (stopped == workers->count || milliseconds == 0)
			break;
		nanosleep(&pause, NULL);
	}
	return stopped == workers->count;
}

static void destroy_worker(struct workers *all, struct worker *worker)
{
	uint16_t i;

	if (worker->instance != NULL)
		all->application->destroy(worker->instance);
	if (worker->stack != NULL)
		stack_destroy(worker->stack);
	for (i = 0; i < all->port_count; i++)
		rte_pktmbuf_free_bulk(worker->lines[i].waiting + worker->lines[i].first, worker->lines[i].count);
	flow_listing_destroy(worker->listing);
	rte_free(worker->published);
}

void workers_destroy(struct workers *workers)
{
	uint16_t i;

	for (i = 0; i < workers->count; i++)
		destroy_worker(workers, &workers->workers[i]);
	handover_destroy(workers->received);
	for (i = 0; i < workers->port_count; i++)
		handover_destroy(workers->sending[i]);
	rte_free(workers);
}

uint16_t workers_count(const struct workers *workers)
{
	return workers->count;
}

uint64_t workers_now(const struct workers *workers)
{
	return clock_microseconds(&workers->clock, rte_rdtsc());
}

bool workers_report(const struct workers *workers, uint16_t index, struct worker_report *report)
{
	struct worker_report copy;

	if (!snapshot_read(workers->workers[index].published, (uint64_t *)&copy, REPORT_WORDS))
		return false;
	*report = copy;
	return true;
}

struct flow_listing *workers_listing(const struct workers *workers, uint16_t index)
{
	return workers->workers[index].listing;
}

void worker_report_add(struct worker_report *sum, const struct worker_report *report)
{
	const size_t totals = offsetof(struct stack_counters, connections) / sizeof(uint64_t);
	const size_t gauges =
	    (sizeof(struct stack_counters) - offsetof(struct stack_counters, connections)) / sizeof(uint32_t);
	size_t i;

	if (report->now > sum->now)
		sum->now = report->now;
	for (i = 0; i < WORKER_COUNTERS; i++)
		sum->counters[i] += report->counters[i];
	for (i = 0; i < totals; i++)
		((uint64_t *)&sum->stack)[i] += ((const uint64_t *)&report->stack)[i];
	for (i = 0; i < APPLICATION_COUNTERS; i++)
		sum->application[i] += report->application[i];
	for (i = 0; i < gauges; i++)
		(&sum->stack.connections)[i] += (&report->stack.connections)[i];
}
