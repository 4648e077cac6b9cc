/* SPDX-License-Identifier: BSD-3-Clause */
#include "process.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>

#include <tcpstack/segment.h>

#include "client_counts.h"
#include "control.h"
#include "credential_desk.h"
#include "eal.h"
#include "flow_log.h"
#include "gateway_stack.h"
#include "log.h"
#include "policy_feed.h"
#include "port.h"
#include "steering.h"
#include "watch.h"
#include "worker.h"

#define POOL_CACHE 256
#define STOP_PATIENCE 1500	     /* milliseconds for the workers' last turn */
#define LAST_SEGMENTS_TIME 100000000 /* nanoseconds until ports are closed, once flows have drained */
#define FEED_INTERVAL 20	     /* milliseconds between two looks for a new policy */
#define GUARD_INTERVAL 10	     /* milliseconds between two looks for a signal while starting */
#define TWIN_WINDOW 20		     /* milliseconds in which a second signal is still the first */

struct process {
	const struct gateway *gateway;
	const struct application *application;
	int signals;
	bool released; /* the next signal that ends is the kernel's */
	struct rte_mempool *pool;
	struct worker_port ports[GATEWAY_PORTS];
	struct workers_shared shared;
	struct workers *workers;
	struct control *control;
	struct flow_lister lister;
	struct report_source source;
	struct watch watch;
	uint64_t watched; /* milliseconds: the last look */
};

/* Blocks the signals that end or steer the process, for all threads that DPDK starts too, and makes them readable. */
static int take_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (pthread_sigmask(SIG_BLOCK, set, NULL) != 0)
		return -1;
	return signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* What looks after the signals while the main lcore cannot: a driver may wait for somebody else as long as it likes. */
struct guard {
	pthread_t thread;
	_Atomic bool done;
};

/* Leaves the signal where it is, so that a start that still comes to its end ends in order. */
static void *guard_run(void *argument)
{
	struct guard *guard = argument;
	const struct timespec pause = {.tv_nsec = GUARD_INTERVAL * 1000000L};
	unsigned waited = 0;
	sigset_t pending;

	while (!atomic_load_explicit(&guard->done, memory_order_acquire)) {
		nanosleep(&pause, NULL);
		sigemptyset(&pending);
		sigpending(&pending);
		if (!sigismember(&pending, SIGTERM) && !sigismember(&pending, SIGINT))
			continue;
		waited += GUARD_INTERVAL;
		if (waited < STOP_PATIENCE)
			continue;
		log_error("the start does not come to its end; what it made is left to the kernel");
		_exit(EXIT_FAILURE);
	}
	return NULL;
}

static bool guard_begin(struct guard *guard)
{
	atomic_init(&guard->done, false);
	return pthread_create(&guard->thread, NULL, guard_run, guard) == 0;
}

static void guard_end(struct guard *guard)
{
	atomic_store_explicit(&guard->done, true, memory_order_release);
	pthread_join(guard->thread, NULL);
}

/* From now on another signal ends the process at once. Whoever sends one to a process and to its group, as timeout(1)
 * does, means it once. */
static void release_signals(struct process *process)
{
	const struct timespec window = {.tv_nsec = TWIN_WINDOW * 1000000L};
	struct signalfd_siginfo twin;
	sigset_t set;

	nanosleep(&window, NULL);
	while (read(process->signals, &twin, sizeof(twin)) > 0)
		;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	process->released = true;
}

/*
 * As rte_pktmbuf_pool_create() does, but where addresses are virtual without the gaps that keep an mbuf from lying
 * across two pages: the driver af_xdp takes the pool for one array, and tells the kernel of an area that ends before
 * the last mbufs if there are gaps. Frames in those are lost without a word.
 */
static struct rte_mempool *create_pool(unsigned mbufs)
{
	struct rte_pktmbuf_pool_private private = {
	    .mbuf_data_room_size = RTE_MBUF_DEFAULT_BUF_SIZE,
	    .mbuf_priv_size = SEGMENT_PRIVATE_SIZE,
	};
	unsigned flags = rte_eal_iova_mode() == RTE_IOVA_VA ? RTE_MEMPOOL_F_NO_IOVA_CONTIG : 0;
	struct rte_mempool *pool;

	pool = rte_mempool_create_empty("mbufs", mbufs,
					sizeof(struct rte_mbuf) + SEGMENT_PRIVATE_SIZE + RTE_MBUF_DEFAULT_BUF_SIZE,
					POOL_CACHE, sizeof(private), (int)rte_socket_id(), flags);
	if (pool == NULL)
		return NULL;
	rte_errno = -rte_mempool_set_ops_byname(pool, rte_mbuf_best_mempool_ops(), NULL);
	if (rte_errno == 0) {
		int populated;

		rte_pktmbuf_pool_init(pool, &private);
		populated = rte_mempool_populate_default(pool);
		rte_errno = populated < 0 ? -populated : 0;
	}
	if (rte_errno != 0) {
		rte_mempool_free(pool);
		return NULL;
	}
	rte_mempool_obj_iter(pool, rte_pktmbuf_init, NULL);
	return pool;
}

static bool make_pool(struct process *process, struct fault *fault)
{
	const struct gateway *gateway = process->gateway;
	uint64_t needed = 0;
	unsigned i;

	for (i = 0; i < gateway->port_count; i++)
		needed += 2u * gateway->ports[i].descriptors;
	needed = (needed + POOL_CACHE) * gateway->workers.core_count;
	if (gateway->memory.mbufs < needed + needed / 2)
		return fault_set(
		    fault,
		    "memory.mbufs is %u, but the descriptors of all queues alone can hold %llu: raise it to "
		    "%llu, or lower the ports' descriptors",
		    gateway->memory.mbufs, (unsigned long long)needed, (unsigned long long)needed * 2);
	process->pool = create_pool(gateway->memory.mbufs);
	if (process->pool == NULL)
		return fault_set(fault,
				 "%u mbufs do not fit in %u MB (%s): raise memory.megabytes or lower memory.mbufs",
				 gateway->memory.mbufs, gateway->memory.megabytes, rte_strerror(rte_errno));
	return true;
}

static enum steering_wish wish_of(enum gateway_steering steering)
{
	switch (steering) {
	case GATEWAY_STEERING_HARDWARE:
		return STEERING_WISH_HARDWARE;
	case GATEWAY_STEERING_SOFTWARE:
		return STEERING_WISH_SOFTWARE;
	default:
		return STEERING_WISH_AUTO;
	}
}

static bool open_port(struct process *process, unsigned index, struct fault *fault)
{
	const struct gateway_port *config = &process->gateway->ports[index];
	struct worker_port *port = &process->ports[index];
	uint16_t workers = (uint16_t)process->gateway->workers.core_count;
	struct port_request request = {
	    .device = config->device,
	    .mtu = config->mtu,
	    .descriptors = config->descriptors,
	    .queues = workers,
	    .pool = process->pool,
	};
	struct fault reason;
	char mac[RTE_ETHER_ADDR_FMT_SIZE];

	memcpy(request.mac.addr_bytes, config->mac.octets, sizeof(request.mac.addr_bytes));
	port->name = config->name;
	if (!port_open(&port->port, &request, &reason) ||
	    !steering_prepare(&port->steering, &port->port.description, wish_of(config->steering), workers, &reason))
		return fault_set(fault, "port %s: %.450s", config->name, reason.text);
	rte_ether_format_addr(mac, sizeof(mac), &port->port.description.mac);
	log_info("port %s: driver %s, %s, mtu %u, %u queues, steering %s", port->name, port->port.description.driver,
		 mac, port->port.description.mtu, port->port.description.queues,
		 steering_mode_name(steering_mode(&port->steering)));
	return true;
}

static bool open_flow_log(struct process *process, struct fault *fault)
{
	const struct gateway *gateway = process->gateway;
	flow_reason_name reason_name = process->application != NULL ? process->application->reason_name : NULL;

	process->shared.flow_log = flow_log_open(&gateway->flow_log, gateway->workers.core_count, reason_name, fault);
	return process->shared.flow_log != NULL || gateway->flow_log.path == NULL;
}

/* Only an application that takes policies has use for them. */
static bool open_feed(struct process *process, struct fault *fault)
{
	const struct gateway *gateway = process->gateway;
	const struct region_settings settings = {
	    .folder = gateway->region.folder,
	    .kept = gateway->region.kept,
	    .slot_size = (uint64_t)gateway->region.slot_megabytes << 20,
	    .counters = gateway->region.counters,
	    .allow_tmpfs = gateway->region.tmpfs,
	};

	if (gateway->region.folder == NULL)
		return true;
	process->shared.feed =
	    policy_feed_open(&settings, gateway, gateway->workers.core_count, gateway_stack_listeners(gateway), fault);
	if (process->shared.feed == NULL)
		return false;
	process->shared.desk = credential_desk_open(gateway->workers.core_count, fault);
	process->shared.clients =
	    client_counts_create((uint64_t)gateway->workers.core_count * gateway_stack_connections(gateway) / 2, fault);
	return process->shared.desk != NULL && process->shared.clients != NULL;
}

/* Microseconds of a clock of clock_gettime(2). */
static uint64_t microseconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static bool start(struct process *process, struct fault *fault)
{
	const struct gateway *gateway = process->gateway;
	unsigned i;

	if (!make_pool(process, fault))
		return false;
	for (i = 0; i < gateway->port_count; i++)
		if (!open_port(process, i, fault))
			return false;
	if (!open_flow_log(process, fault) || !open_feed(process, fault))
		return false;
	process->workers =
	    workers_create(gateway, process->ports, process->pool, process->application, &process->shared, fault);
	if (process->workers == NULL)
		return false;
	process->lister.workers = process->workers;
	process->source = (struct report_source){
	    .gateway = gateway,
	    .ports = process->ports,
	    .workers = process->workers,
	    .pool = process->pool,
	    .flow_log = process->shared.flow_log,
	    .feed = process->shared.feed,
	    .application = process->application,
	    .lister = &process->lister,
	    .started = (uint64_t)time(NULL),
	    .began = microseconds(CLOCK_MONOTONIC) / 1000000,
	};
	process->control = control_open(gateway->control.socket, &process->source, fault);
	return process->control != NULL && workers_start(process->workers, fault);
}

/* Returns the signal that is to end the process, or 0. */
static int read_signal(struct process *process)
{
	struct signalfd_siginfo signal;

	while (read(process->signals, &signal, sizeof(signal)) == (ssize_t)sizeof(signal)) {
		if (signal.ssi_signo != SIGHUP)
			return (int)signal.ssi_signo;
		if (process->shared.flow_log == NULL)
			log_info("SIGHUP: there is no flow log to open again");
		flow_log_reopen(process->shared.flow_log, workers_now(process->workers));
	}
	return 0;
}

static void turn_flow_log(struct process *process)
{
	flow_log_turn(process->shared.flow_log, workers_now(process->workers), microseconds(CLOCK_REALTIME));
}

/* Looks at links and workers when it is time to. Returns the milliseconds until the next look. */
static unsigned watch(struct process *process)
{
	uint64_t now = microseconds(CLOCK_MONOTONIC) / 1000;

	if (now - process->watched >= WATCH_INTERVAL) {
		watch_look(&process->watch, now, process->ports, process->gateway->port_count, process->workers);
		process->watched = now;
	}
	return (unsigned)(process->watched + WATCH_INTERVAL - now);
}

/* Milliseconds to the next turn of what has turns. */
static int pause_of(const struct process *process, unsigned pause)
{
	pause = RTE_MIN(pause, flow_log_interval(process->shared.flow_log));
	pause = RTE_MIN(pause, control_interval(process->control));
	return (int)(process->shared.feed != NULL ? RTE_MIN(pause, (unsigned)FEED_INTERVAL) : pause);
}

/* Waits for what is to be done, and does it. Returns the signal that is to end the process, or 0. */
static int turn(struct process *process)
{
	struct pollfd polls[2 + CONTROL_POLLS];
	unsigned pause = watch(process);
	unsigned count;
	int signal = 0;

	polls[0] = (struct pollfd){.fd = process->signals, .events = POLLIN};
	polls[1] = (struct pollfd){.fd = credential_desk_descriptor(process->shared.desk), .events = POLLIN};
	count = control_prepare(process->control, polls + 2);
	if (poll(polls, 2 + count, pause_of(process, pause)) < 0) {
		if (errno != EINTR)
			log_error("poll: %s", strerror(errno));
		return 0;
	}
	if (polls[0].revents != 0)
		signal = read_signal(process);
	control_serve(process->control, polls + 2, count);
	credential_desk_turn(process->shared.desk);
	turn_flow_log(process);
	if (process->shared.feed != NULL)
		policy_feed_turn(process->shared.feed);
	return signal;
}

static void serve(struct process *process)
{
	int signal;

	while ((signal = turn(process)) == 0)
		;
	log_info("%s: ending", strsignal(signal));
}

/* Lets what is open come to its end, for as long as its service says, and goes on answering meanwhile. */
static void drain(struct process *process)
{
	release_signals(process);
	workers_drain(process->workers);
	if (!workers_drained(process->workers))
		turn(process);
	if (workers_drained(process->workers))
		return;
	log_info("flows are open, and have their time to end; another signal ends at once");
	while (!workers_drained(process->workers))
		turn(process);
	/* The last flows' segments are on their way: a port that is closed forgets them. */
	clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = LAST_SEGMENTS_TIME}, NULL);
}

/* Gives back whatever start() got to. False if a worker does not stop: then what it uses stays. */
static bool stop(struct process *process)
{
	uint64_t clock = 0;
	unsigned i;

	if (!process->released)
		release_signals(process);
	control_close(process->control);
	if (process->workers != NULL) {
		if (!workers_stop(process->workers, STOP_PATIENCE)) {
			log_error("a worker does not stop; its memory and devices are left to the kernel");
			turn_flow_log(process);
			return false;
		}
		clock = workers_now(process->workers);
		workers_destroy(process->workers);
	}
	client_counts_destroy(process->shared.clients);
	credential_desk_close(process->shared.desk);
	policy_feed_close(process->shared.feed);
	flow_log_close(process->shared.flow_log, clock, microseconds(CLOCK_REALTIME));
	for (i = 0; i < process->gateway->port_count; i++)
		port_close(&process->ports[i].port);
	if (process->pool != NULL && rte_mempool_in_use_count(process->pool) > 0)
		log_warning("%u mbufs were not given back", rte_mempool_in_use_count(process->pool));
	rte_mempool_free(process->pool);
	return true;
}

/* Starts DPDK and the gateway on it. False with a reason; *eal then tells whether DPDK is to be ended. */
static bool start_guarded(struct process *process, bool *eal, struct fault *fault)
{
	struct guard guard;
	bool started;

	*eal = false;
	if (!guard_begin(&guard))
		return fault_set(fault, "no thread could be started");
	*eal = eal_start(process->gateway, fault);
	started = *eal && start(process, fault);
	guard_end(&guard);
	return started;
}

bool process_run(const struct gateway *gateway, const struct application *application)
{
	struct process *process = calloc(1, sizeof(*process));
	struct fault fault = {""};
	sigset_t set;
	bool started;
	bool eal;

	if (process == NULL)
		return false;
	process->gateway = gateway;
	process->application = application;
	process->signals = take_signals(&set);
	if (process->signals < 0) {
		log_error("signals cannot be taken: %s", strerror(errno));
		free(process);
		return false;
	}
	started = start_guarded(process, &eal, &fault);
	if (started) {
		if (application == NULL)
			log_warning("gateway.json has no region: no policy is taken, and nothing is proxied");
		log_info("running: %u workers, %u ports, control socket %s", gateway->workers.core_count,
			 gateway->port_count, gateway->control.socket);
		serve(process);
		drain(process);
	} else {
		log_error("%s", fault.text);
	}
	if (eal && !stop(process))
		_exit(EXIT_FAILURE);
	if (eal)
		eal_end(gateway);
	close(process->signals);
	free(process);
	if (started)
		log_info("ended");
	return started;
}
