/* SPDX-License-Identifier: BSD-3-Clause */
#include "application.h"

#include "pattern.h"

static struct application *application_of(struct world *world)
{
	return world->config.context;
}

void application_start(struct application *application, struct world *world, const struct tcp_options *server,
		       uint64_t seed)
{
	struct tcp_listener_config config = {.port = SERVER_PORT, .options = *server};

	application->random = (struct random){seed};
	application->began = world->now;
	for (unsigned i = 0; i < application->count; i++) {
		struct conversation *conversation = &application->conversations[i];

		for (unsigned side = 0; side < 2; side++) {
			uint32_t mine = (uint32_t)(seed + 2 * i + side), other = (uint32_t)(seed + 2 * i + 1 - side);

			conversation->ends[side] = (struct end){
			    .part = &conversation->parts[side], .write_seed = mine % 50000, .read_seed = other % 50000};
		}
	}
	if (tcp_listen(world->hosts[1].stack, &config, &application->listener) != TCP_OK)
		application->fault = "the server cannot listen";
}

static struct end *end_of(struct application *application, const struct tcp_connection *connection, unsigned host)
{
	for (unsigned i = 0; i < application->count; i++)
		if (application->conversations[i].ends[host].connection == connection)
			return &application->conversations[i].ends[host];
	return NULL;
}

static struct end *accept_end(struct application *application, struct tcp_connection *connection)
{
	struct tuple tuple = tcp_tuple(connection);

	for (unsigned i = 0; i < application->count; i++) {
		struct conversation *conversation = &application->conversations[i];
		bool ipv4 = address_is_ipv4(&tuple.remote);

		if (conversation->started && conversation->client_port == tuple.remote_port &&
		    ipv4 == (conversation->family == IPV4) && !conversation->ends[1].opened) {
			conversation->ends[1].connection = connection;
			return &conversation->ends[1];
		}
	}
	return NULL;
}

static void try_again(struct stack *stack, struct application *application, struct end *client)
{
	struct conversation *conversation =
	    (struct conversation *)((char *)client - offsetof(struct conversation, ends));

	tcp_release(stack, client->connection);
	client->connection = NULL;
	client->closed = false;
	conversation->started = false;
	conversation->begins = stack_now(stack) - application->began + 1000000;
}

static void take_events(struct application *application, struct world *world, unsigned host)
{
	struct stack *stack = world->hosts[host].stack;
	struct tcp_connection *connection;
	unsigned events;

	while ((connection = tcp_next_event(stack, &events))) {
		struct end *end = events & TCP_EVENT_ACCEPTED ? accept_end(application, connection)
							      : end_of(application, connection, host);

		if (!end && events & TCP_EVENT_ACCEPTED) {
			/* An old SYN came late, and an old ACK happened to fit the answer: such a thing is let go. */
			tcp_release(stack, connection);
			continue;
		}
		if (!end) {
			application->fault = "an event for a connection that nobody has";
			continue;
		}
		if (events & (TCP_EVENT_ACCEPTED | TCP_EVENT_CONNECTED))
			end->opened = true;
		if (events & TCP_EVENT_READABLE && end->closed)
			application->fault = "readable after closed";
		if (events & TCP_EVENT_END)
			end->end_seen = true;
		if (events & TCP_EVENT_CLOSED) {
			struct tcp_info info;

			if (end->closed)
				application->fault = "closed twice";
			tcp_get_info(stack, connection, &info);
			end->closed = true;
			end->reason = info.end;
			/* Questions for the neighbour's address are lost like all else: users try again. */
			if (host == 0 && !end->opened && info.end == TCP_END_UNREACHABLE)
				try_again(stack, application, end);
		}
	}
}

static void connect_client(struct application *application, struct world *world, struct conversation *conversation)
{
	struct tcp_connect_config config = {.remote = world->hosts[1].addresses[conversation->family],
					    .remote_port = SERVER_PORT,
					    .options = conversation->options};
	struct end *client = &conversation->ends[0];

	conversation->started = true;
	if (tcp_connect(world->hosts[0].stack, &config, &client->connection) != TCP_OK) {
		application->fault = "the client cannot connect";
		return;
	}
	conversation->client_port = tcp_tuple(client->connection).local_port;
}

static void read_some(struct application *application, struct world *world, unsigned host, struct end *end)
{
	struct segment_list list = {0};
	uint32_t promised, bytes;

	if (world->now < end->read_at && !end->closed)
		return;
	promised = tcp_receivable(end->connection);
	bytes = tcp_receive(world->hosts[host].stack, end->connection, &list);
	if (bytes != promised || bytes != list.bytes)
		application->fault = "tcp_receivable and tcp_receive differ";
	if (!pattern_list_matches(end->read_seed, end->received, &list))
		application->fault = "a byte is wrong, missing, doubled or out of order";
	segment_list_free(&list);
	end->received += bytes;
	if (bytes && end->part->read_pause)
		end->read_at = world->now + random_below(&application->random, end->part->read_pause + 1);
}

static void write_some(struct application *application, struct world *world, unsigned host, struct end *end)
{
	struct host *machine = &world->hosts[host];

	while (end->opened && !end->shut && !end->closed && world->now >= end->write_at &&
	       end->written < end->part->bytes && tcp_send_space(machine->stack, end->connection) > 0) {
		struct segment_list list = {0};
		uint64_t left = end->part->bytes - end->written;
		uint32_t bytes =
		    (uint32_t)random_between(&application->random, 1, RTE_MIN(left, (uint64_t)end->part->write_size));

		if (!pattern_append(end->write_seed, end->written, &list, machine->pool, bytes, end->part->mbuf_size))
			end->write_at = world->now + 10000;
		bytes = list.bytes;
		if (bytes && !tcp_send(machine->stack, end->connection, &list)) {
			application->fault = "tcp_send refused though the connection was open";
			segment_list_free(&list);
			return;
		}
		end->written += bytes;
		if (end->part->write_pause)
			end->write_at = world->now + random_below(&application->random, end->part->write_pause + 1);
	}
}

static void release(struct world *world, unsigned host, struct end *end)
{
	tcp_release(world->hosts[host].stack, end->connection);
	end->connection = NULL;
	end->released = true;
}

static void finish(struct world *world, unsigned host, struct end *end)
{
	bool all = end->opened && end->written == end->part->bytes;

	if (end->closed) {
		release(world, host, end);
		return;
	}
	switch (end->part->ending) {
	case ENDING_SHUTDOWN:
		if (all && !end->shut) {
			tcp_shutdown(world->hosts[host].stack, end->connection);
			end->shut = true;
		}
		if (all && end->end_seen && tcp_receivable(end->connection) == 0)
			release(world, host, end);
		break;
	case ENDING_RELEASE:
		if (all && end->end_seen && tcp_receivable(end->connection) == 0)
			release(world, host, end);
		break;
	case ENDING_RESET:
		if (all) {
			tcp_reset(world->hosts[host].stack, end->connection);
			release(world, host, end);
		}
		break;
	case ENDING_ABANDON:
		if (all)
			release(world, host, end);
		break;
	}
}

uint64_t application_turn(struct world *world, unsigned host)
{
	struct application *application = application_of(world);
	uint64_t wake = UINT64_MAX;

	take_events(application, world, host);
	for (unsigned i = 0; i < application->count; i++) {
		struct conversation *conversation = &application->conversations[i];
		struct end *end = &conversation->ends[host];
		uint64_t begins = application->began + conversation->begins;

		if (host == 0 && !conversation->started) {
			if (world->now < begins) {
				wake = RTE_MIN(wake, begins);
				continue;
			}
			connect_client(application, world, conversation);
		}
		if (!end->connection)
			continue;
		read_some(application, world, host, end);
		write_some(application, world, host, end);
		finish(world, host, end);
		if (end->connection && end->read_at > world->now)
			wake = RTE_MIN(wake, end->read_at);
		if (end->connection && end->write_at > world->now && end->written < end->part->bytes)
			wake = RTE_MIN(wake, end->write_at);
	}
	if (application->fault && !world->fault)
		world->fault = application->fault;
	return wake;
}

bool application_done(const struct application *application)
{
	for (unsigned i = 0; i < application->count; i++)
		for (unsigned side = 0; side < 2; side++)
			if (!application->conversations[i].ends[side].released &&
			    !(side == 1 && !application->conversations[i].ends[1].opened &&
			      application->conversations[i].ends[0].released))
				return false;
	return true;
}

static bool orderly(const struct conversation *conversation)
{
	return conversation->parts[0].ending <= ENDING_RELEASE && conversation->parts[1].ending <= ENDING_RELEASE;
}

const char *application_verdict(const struct application *application)
{
	for (unsigned i = 0; i < application->count; i++) {
		const struct conversation *conversation = &application->conversations[i];

		for (unsigned side = 0; side < 2; side++) {
			const struct end *end = &conversation->ends[side], *other = &conversation->ends[1 - side];

			if (end->received > other->written)
				return "more bytes came than were written";
			if (!orderly(conversation))
				continue;
			if (end->received != other->part->bytes || !end->end_seen)
				return "bytes or the end are missing";
			/* A FIN that is sent again when the other side's TIME-WAIT is over gets RST. */
			if (end->closed && end->reason != TCP_END_FIN && !(end->shut && end->reason == TCP_END_RESET))
				return "an orderly conversation did not end in order";
		}
	}
	return NULL;
}

void application_stop(struct application *application, struct world *world)
{
	if (application->listener)
		tcp_unlisten(world->hosts[1].stack, application->listener);
	application->listener = NULL;
}
