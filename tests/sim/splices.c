/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random spliced connections: a client and a server, both on host 0, talk through a gateway on host 1, which dials the
 * server and splices. Whatever the link does, every byte arrives once and in order, a FIN comes after all data, a
 * direction stays open while the other is closed, a reset of one end becomes one of the other, and nothing is left
 * over.
 *
 *     splices [--seed N] [--count N]
 *
 * runs the worlds N, N + 1, ... and says how to run the first bad one again.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <flow/dial.h>
#include <flow/splice.h>

#include "pattern.h"
#include "world.h"

#define MBUFS 5119 /* of each host */
#define SECOND UINT64_C(1000000)
#define GATEWAY_PORT 3128
#define SERVER_PORT 443
#define PATIENCE (3600 * SECOND)
#define POLL 10000 /* microseconds between two looks of the gateway's at a splice that breaks */

enum ending {
	ENDING_SHUTDOWN,       /* FIN after the last byte */
	ENDING_AFTER_THE_PEER, /* FIN after the last byte and the peer's FIN: the other direction is half-closed before
				*/
	ENDING_RESET,	       /* RST after the last byte */
};

struct end {
	struct tcp_connection *connection;
	uint32_t write_seed, read_seed;
	uint64_t bytes, written, received;
	enum ending ending;
	bool opened, shut, end_seen, closed;
	enum tcp_end reason;
};

enum phase {
	PHASE_NONE,
	PHASE_DIALLING,
	PHASE_SPLICED,
	PHASE_OVER,
};

struct gateway {
	struct tcp_listener *listener;
	struct tcp_connection *client;
	unsigned client_events;
	struct dial dial;
	struct splice splice;
	enum splice_state state;
	enum phase phase;
};

struct scene {
	struct end client, server;
	struct gateway gateway;
	struct tcp_listener *listener;
	enum family family;
	uint32_t closed_addresses; /* that the gateway tries before the server's */
};

static void read_all(struct world *world, struct stack *stack, struct end *end)
{
	struct segment_list list = {0};

	tcp_receive(stack, end->connection, &list);
	if (!pattern_list_matches(end->read_seed, end->received, &list))
		world->fault = "a byte is wrong, missing, doubled or out of order";
	end->received += list.bytes;
	segment_list_free(&list);
}

static void write_some(struct world *world, struct stack *stack, struct end *end)
{
	struct segment_list list = {0};
	uint32_t length;

	while (end->opened && !end->shut && !end->closed && end->written < end->bytes &&
	       tcp_send_space(stack, end->connection) > 0) {
		length = (uint32_t)RTE_MIN(end->bytes - end->written, UINT64_C(5000));
		pattern_append(end->write_seed, end->written, &list, world->hosts[0].pool, length, 1400);
		if (list.bytes == 0)
			return;
		end->written += list.bytes;
		if (!tcp_send(stack, end->connection, &list))
			world->fault = "an open connection takes nothing";
		segment_list_free(&list);
	}
}

static void finish(struct stack *stack, struct end *end)
{
	if (end->closed || !end->opened || end->shut || end->written < end->bytes)
		return;
	if (end->ending == ENDING_RESET) {
		/* The link may lose the RST: what an end has sent before is acknowledged first, so that it is known. */
		if (tcp_unacknowledged(end->connection) == 0)
			tcp_reset(stack, end->connection);
		return;
	}
	if (end->ending == ENDING_AFTER_THE_PEER && !end->end_seen)
		return;
	tcp_shutdown(stack, end->connection);
	end->shut = true;
}

static void end_turn(struct world *world, struct stack *stack, struct end *end)
{
	if (end->connection == NULL)
		return;
	read_all(world, stack, end);
	write_some(world, stack, end);
	finish(stack, end);
}

static void end_events(struct stack *stack, struct end *end, unsigned events)
{
	struct tcp_info info;

	end->opened |= (events & (TCP_EVENT_ACCEPTED | TCP_EVENT_CONNECTED)) != 0;
	end->end_seen |= (events & TCP_EVENT_END) != 0;
	if (!(events & TCP_EVENT_CLOSED))
		return;
	tcp_get_info(stack, end->connection, &info);
	end->closed = true;
	end->reason = info.end;
}

static uint64_t ends_turn(struct world *world, struct scene *scene)
{
	struct stack *stack = world->hosts[0].stack;
	struct tcp_connection *connection;
	unsigned events;

	while ((connection = tcp_next_event(stack, &events)) != NULL) {
		struct end *end = connection == scene->client.connection ? &scene->client : &scene->server;

		if (events & TCP_EVENT_ACCEPTED) {
			if (scene->server.connection != NULL)
				world->fault = "the server is dialled twice";
			end->connection = connection;
		}
		end_events(stack, end, events);
	}
	end_turn(world, stack, &scene->client);
	end_turn(world, stack, &scene->server);
	/* While an end waits for the link, time must not stand still for it: a starved pool tells nobody. */
	return world->now + SECOND / 10;
}

static void gateway_splice(struct gateway *gateway, struct stack *stack)
{
	struct segment_list none[2] = {{0}};

	gateway->phase = PHASE_SPLICED;
	gateway->state = splice_begin(&gateway->splice, stack, gateway->client, &none[0], gateway->client_events,
				      gateway->dial.connection, &none[1], 0);
}

static void gateway_dial(struct world *world, struct scene *scene, enum dial_state state)
{
	struct gateway *gateway = &scene->gateway;
	struct stack *stack = world->hosts[1].stack;

	if (state == DIAL_CONNECTED) {
		gateway_splice(gateway, stack);
	} else if (state == DIAL_FAILED) {
		world->fault = "the gateway cannot dial the server";
	}
}

static void gateway_accept(struct world *world, struct scene *scene, struct tcp_connection *connection)
{
	struct gateway *gateway = &scene->gateway;
	struct ip_address addresses[DIAL_ADDRESSES];
	struct dial_request request = {
	    .remote_port = SERVER_PORT,
	    .options = world->config.hosts[1].stack.tcp.options,
	    .deadline = world->now + PATIENCE,
	};
	unsigned count = 0;

	gateway->client = connection;
	gateway->phase = PHASE_DIALLING;
	for (; count < scene->closed_addresses; count++)
		addresses[count] = host_address(9 + count, scene->family); /* nobody has it */
	addresses[count++] = host_address(1, scene->family);
	gateway_dial(world, scene,
		     dial_begin(&gateway->dial, world->hosts[1].stack, &request, addresses, count, world->now));
}

static void gateway_event(struct world *world, struct scene *scene, struct tcp_connection *connection, unsigned events)
{
	struct gateway *gateway = &scene->gateway;
	struct stack *stack = world->hosts[1].stack;

	if (events & TCP_EVENT_ACCEPTED && gateway->phase == PHASE_NONE) {
		gateway_accept(world, scene, connection);
		gateway->client_events |= events & ~(unsigned)TCP_EVENT_ACCEPTED;
	} else if (gateway->phase == PHASE_DIALLING && connection == gateway->client) {
		gateway->client_events |= events;
	} else if (gateway->phase == PHASE_DIALLING) {
		gateway_dial(world, scene, dial_events(&gateway->dial, stack, connection, events, world->now));
	} else if (gateway->phase == PHASE_SPLICED) {
		gateway->state = splice_events(
		    &gateway->splice, stack,
		    connection == gateway->splice.legs[SPLICE_CLIENT].connection ? SPLICE_CLIENT : SPLICE_SERVER,
		    events);
	} else {
		world->fault = "an event for a connection that nobody has";
	}
}

static uint64_t gateway_turn(struct world *world, struct scene *scene)
{
	struct gateway *gateway = &scene->gateway;
	struct stack *stack = world->hosts[1].stack;
	struct tcp_connection *connection;
	uint64_t wake = UINT64_MAX;
	unsigned events;

	while ((connection = tcp_next_event(stack, &events)) != NULL)
		gateway_event(world, scene, connection, events);
	if (gateway->phase == PHASE_DIALLING && world->now >= dial_deadline(&gateway->dial))
		gateway_dial(world, scene, dial_poll(&gateway->dial, stack, world->now));
	if (gateway->phase == PHASE_SPLICED && gateway->state == SPLICE_BREAKING) {
		gateway->state = splice_poll(&gateway->splice, stack);
		wake = world->now + POLL;
	}
	if (gateway->phase == PHASE_SPLICED && gateway->state == SPLICE_OVER)
		gateway->phase = PHASE_OVER;
	if (gateway->phase == PHASE_DIALLING)
		wake = dial_deadline(&gateway->dial);
	return wake;
}

static uint64_t turn(struct world *world, unsigned host)
{
	struct scene *scene = world->config.context;

	return host == 0 ? ends_turn(world, scene) : gateway_turn(world, scene);
}

static uint64_t pick(struct random *random, const uint64_t *values, size_t count)
{
	return values[random_below(random, count)];
}

#define PICK(random, ...)                                                                                              \
	pick(random, (const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

static void random_link(struct random *random, struct link_config *link)
{
	link_config_default(link);
	link->delay = PICK(random, 0, 1000, 10000, 50000) * 1000;
	link->loss = (double)PICK(random, 0, 0, 10, 50) / 1000;
	link->duplicate = (double)PICK(random, 0, 0, 10) / 1000;
	link->reorder = (double)PICK(random, 0, 0, 100) / 1000;
	link->reorder_depth = 5;
	link->hold = 5000000;
	link->rate = PICK(random, 0, 5, 100) * 1000000;
	link->queue = 100000;
}

static void random_end(struct random *random, struct end *end, uint32_t write_seed, uint32_t read_seed)
{
	*end = (struct end){.write_seed = write_seed, .read_seed = read_seed};
	end->bytes = random_below(random, PICK(random, 1, 2, 3000, 100000, 1000000));
	end->ending = (enum ending)PICK(random, ENDING_SHUTDOWN, ENDING_SHUTDOWN, ENDING_SHUTDOWN,
					ENDING_AFTER_THE_PEER, ENDING_RESET);
}

static void random_stack(struct random *random, struct world_host_config *host)
{
	struct tcp_config *tcp = &host->stack.tcp;

	stack_defaults(&host->stack);
	host->mtu = 1500;
	host->offloads = INTERFACE_TX_CHAINS;
	host->stack.connections = 16;
	host->stack.half_open = 16;
	host->stack.time_wait = 16;
	tcp->receive_buffer = (uint32_t)PICK(random, 16384, 65536, 524288);
	tcp->send_buffer = (uint32_t)PICK(random, 16384, 65536, 524288);
	tcp->options.timestamps = PICK(random, 0, 1);
	tcp->options.sack = PICK(random, 0, 1);
	tcp->syn_retries = 10;
	tcp->retries = 15;
	tcp->keepalive_idle = 5000; /* finds the peers whose RST was lost */
	tcp->keepalive_interval = 1000;
	tcp->keepalive_count = 20;
	tcp->time_wait = 60000; /* a lost last ACK is sent again */
}

static const char *start(struct world *world, struct scene *scene)
{
	struct tcp_listener_config server = {.port = SERVER_PORT, .options = world->config.hosts[0].stack.tcp.options};
	struct tcp_listener_config gateway = {.port = GATEWAY_PORT,
					      .options = world->config.hosts[1].stack.tcp.options};
	struct tcp_connect_config client = {
	    .remote = host_address(2, scene->family), .remote_port = GATEWAY_PORT, .options = server.options};

	if (tcp_listen(world->hosts[0].stack, &server, &scene->listener) != TCP_OK ||
	    tcp_listen(world->hosts[1].stack, &gateway, &scene->gateway.listener) != TCP_OK)
		return "nobody can listen";
	return tcp_connect(world->hosts[0].stack, &client, &scene->client.connection) == TCP_OK
		   ? NULL
		   : "the client cannot connect";
}

static bool over(const struct scene *scene)
{
	/* A client that resets at once may be gone before the server has heard of it, or even the gateway. */
	bool heard = scene->server.connection != NULL;

	return scene->client.closed && (scene->server.closed || !heard) &&
	       (scene->gateway.phase == PHASE_OVER || (scene->gateway.phase == PHASE_NONE && !heard));
}

static void release_ends(struct world *world, struct scene *scene)
{
	struct stack *stack = world->hosts[0].stack;

	tcp_release(stack, scene->client.connection);
	if (scene->server.connection != NULL)
		tcp_release(stack, scene->server.connection);
	tcp_unlisten(stack, scene->listener);
	tcp_unlisten(world->hosts[1].stack, scene->gateway.listener);
}

static const char *verdict(const struct scene *scene)
{
	const struct end *client = &scene->client;
	const struct end *server = &scene->server;
	const struct splice_leg *legs = scene->gateway.splice.legs;
	bool resets = client->ending == ENDING_RESET || server->ending == ENDING_RESET;

	if (legs[SPLICE_CLIENT].bytes > client->written || legs[SPLICE_SERVER].bytes > server->written)
		return "the splice counts bytes that nobody wrote";
	if (resets) {
		bool alone = client->ending != ENDING_RESET || server->ending != ENDING_RESET;
		const struct end *calm = client->ending == ENDING_RESET ? server : client;
		const struct end *other = calm == client ? server : client;

		if (alone && !calm->shut && calm->reason == TCP_END_FIN)
			return "a reset became an orderly end";
		/* What the gateway acknowledged before the reset is delivered, as long as the other end reads on. */
		if (alone && other->reason == TCP_END_ABORTED && calm->received < other->written)
			return "data before a reset did not arrive";
		return NULL;
	}
	if (client->received != server->bytes || server->received != client->bytes)
		return "not all data arrived";
	if (!client->end_seen || !server->end_seen || client->reason != TCP_END_FIN || server->reason != TCP_END_FIN)
		return "an orderly end did not arrive as such";
	if (legs[SPLICE_CLIENT].bytes != client->bytes || legs[SPLICE_SERVER].bytes != server->bytes)
		return "the splice's count of bytes is wrong";
	return NULL;
}

static void describe(const struct scene *scene, const struct world *world)
{
	static const char *const endings[] = {"shutdown", "after the peer", "reset"};
	const struct end *ends[] = {&scene->client, &scene->server};

	printf("  after %.3f s, phase %d, splice %d\n", (double)(world->now - world->began) / 1e6, scene->gateway.phase,
	       scene->gateway.state);
	for (unsigned i = 0; i < RTE_DIM(ends); i++)
		printf("  %s: %" PRIu64 " of %" PRIu64 " bytes written, %" PRIu64
		       " received, to %s;%s%s%s%s reason %d\n",
		       i == 0 ? "client" : "server", ends[i]->written, ends[i]->bytes, ends[i]->received,
		       endings[ends[i]->ending], ends[i]->opened ? " opened" : "", ends[i]->shut ? " shut" : "",
		       ends[i]->end_seen ? " end" : "", ends[i]->closed ? " closed" : "", ends[i]->reason);
}

static const char *run(uint64_t seed, struct rte_mempool *pools[2])
{
	struct random random = {seed};
	struct scene scene = {.family = seed % 2 ? IPV6 : IPV4};
	struct world_config config = {.seed = seed, .application = turn, .context = &scene};
	struct world world;
	const char *fault;

	random_link(&random, &config.links[0]);
	config.links[1] = config.links[0];
	random_stack(&random, &config.hosts[0]);
	random_stack(&random, &config.hosts[1]);
	random_end(&random, &scene.client, 1, 2);
	random_end(&random, &scene.server, 2, 1);
	if (scene.client.ending == ENDING_AFTER_THE_PEER && scene.server.ending == ENDING_AFTER_THE_PEER)
		scene.client.ending = ENDING_SHUTDOWN; /* somebody has to begin */
	scene.closed_addresses = (uint32_t)PICK(&random, 0, 0, 1, 3);
	fault = world_start(&world, &config, pools);
	if (fault == NULL)
		fault = start(&world, &scene);
	while (fault == NULL && !over(&scene) && world.now - world.began < PATIENCE && world_turn(&world))
		;
	if (fault == NULL && world.fault == NULL && !over(&scene))
		fault = "it does not come to its end";
	if (fault == NULL && world.fault == NULL) {
		fault = verdict(&scene);
		release_ends(&world, &scene);
		scene.client.connection = scene.server.connection = NULL;
		if (!world_settles(&world, 300 * SECOND) && fault == NULL)
			fault = "something is left over";
	}
	if (fault != NULL || world.fault != NULL)
		describe(&scene, &world);
	if (fault == NULL || world.fault != NULL)
		return world_stop(&world);
	world_stop(&world);
	return fault;
}

static bool number(const char *text, uint64_t *value)
{
	char *end;

	*value = strtoull(text, &end, 0);
	return *text && !*end;
}

int main(int argc, char **argv)
{
	struct rte_mempool *pools[2];
	uint64_t seed = 1, count = 1, failures = 0;

	for (int i = 1; i < argc; i++) {
		if (!(i + 1 < argc && strcmp(argv[i], "--seed") == 0 && number(argv[++i], &seed)) &&
		    !(i + 1 < argc && strcmp(argv[i], "--count") == 0 && number(argv[++i], &count))) {
			fprintf(stderr, "usage: splices [--seed N] [--count N]\n");
			return EXIT_FAILURE;
		}
	}
	pools[0] = support_pool("ends", MBUFS);
	pools[1] = support_pool("gateway", MBUFS);
	for (uint64_t i = 0; i < count && failures < 10; i++) {
		const char *fault = run(seed + i, pools);

		if (fault == NULL)
			continue;
		printf("world %" PRIu64 ": %s\n  again: splices --seed %" PRIu64 " --count 1\n", seed + i, fault,
		       seed + i);
		failures++;
	}
	printf("%" PRIu64 " worlds, %" PRIu64 " failed\n", count, failures);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
