/* SPDX-License-Identifier: BSD-3-Clause */
#include "test_service.h"

#include <string.h>

#include <rte_malloc.h>

#include <tcpstack/tcp.h>
#include <tcpstack/udp.h>

#define EVENTS_PER_RUN 256

/* 95 lines of 72 characters, each beginning one character later, as RFC 864 proposes; then it repeats. */
#define PATTERN_LINES 95
#define PATTERN_LINE 74
#define PATTERN_SIZE (PATTERN_LINES * PATTERN_LINE)

#define CHARGEN_SEND_BUFFER 131072 /* charge: a generator that is always full needs no more */
#define CHARGEN_DATAGRAM 512

enum protocol {
	ECHO,
	DISCARD,
	CHARGEN,
	PROTOCOLS,
};

struct service;

/* What a listener or socket carries as its context. */
struct endpoint {
	struct service *service;
	enum protocol protocol;
	uint16_t port; /* 0: not served */
	struct tcp_listener *listener;
	struct udp_socket *socket;
};

struct client {
	struct client *next; /* among the free, or the stalled */
	struct tcp_connection *connection;
	struct endpoint *endpoint;
	uint32_t position; /* chargen: in the pattern */
	bool stalled;	   /* no mbuf was to be had: tried again at the next run */
	bool ended;	   /* the peer's FIN came */
	bool shut;	   /* ours went */
};

struct service {
	struct stack *stack;
	struct endpoint endpoints[PROTOCOLS];
	struct client *free;
	struct client *stalled;
	char pattern[PATTERN_SIZE];
	struct client clients[];
};

static void fill_pattern(char *pattern)
{
	unsigned line;
	unsigned column;

	for (line = 0; line < PATTERN_LINES; line++, pattern += PATTERN_LINE) {
		for (column = 0; column < PATTERN_LINE - 2; column++)
			pattern[column] = (char)(' ' + (line + column) % 95);
		memcpy(pattern + PATTERN_LINE - 2, "\r\n", 2);
	}
}

static void shut(struct service *service, struct client *client)
{
	if (!client->shut)
		tcp_shutdown(service->stack, client->connection);
	client->shut = true;
}

/* Sends back what came, as long as there is room to send; what there is no room for stays unread, and so closes the
 * peer's window. */
static void echo(struct service *service, struct client *client)
{
	struct segment_list list = {0};

	while (tcp_receivable(client->connection) > 0 && tcp_send_space(service->stack, client->connection) > 0) {
		tcp_receive(service->stack, client->connection, &list);
		if (!tcp_send(service->stack, client->connection, &list))
			segment_list_free(&list);
	}
	if (client->ended && tcp_receivable(client->connection) == 0)
		shut(service, client);
}

static void discard(struct service *service, struct client *client)
{
	struct segment_list list = {0};

	tcp_receive(service->stack, client->connection, &list);
	segment_list_free(&list);
	if (client->ended)
		shut(service, client);
}

static void generate(struct service *service, struct client *client)
{
	struct segment_list list = {0};
	uint32_t space;

	discard(service, client);
	while (!client->shut && (space = tcp_send_space(service->stack, client->connection)) > 0) {
		uint32_t length = RTE_MIN(space, PATTERN_SIZE - client->position);
		uint32_t copied = segment_list_append_copy(&list, stack_pool(service->stack),
							   service->pattern + client->position, length);

		if (copied == 0) {
			client->stalled = true;
			client->next = service->stalled;
			service->stalled = client;
			break;
		}
		client->position = (client->position + copied) % PATTERN_SIZE;
		if (!tcp_send(service->stack, client->connection, &list)) {
			segment_list_free(&list);
			break;
		}
	}
}

static void serve(struct service *service, struct client *client)
{
	switch (client->endpoint->protocol) {
	case ECHO:
		echo(service, client);
		break;
	case DISCARD:
		discard(service, client);
		break;
	default:
		if (!client->stalled)
			generate(service, client);
		break;
	}
}

static struct client *accept_client(struct service *service, struct tcp_connection *connection)
{
	struct client *client = service->free;

	if (client == NULL) {
		tcp_reset(service->stack, connection);
		tcp_release(service->stack, connection);
		return NULL;
	}
	service->free = client->next;
	*client = (struct client){
	    .connection = connection,
	    .endpoint = tcp_listener_context(connection),
	};
	tcp_set_context(connection, client);
	if (client->endpoint->protocol == CHARGEN)
		tcp_set_buffers(service->stack, connection, CHARGEN_SEND_BUFFER, CHARGEN_SEND_BUFFER);
	return client;
}

static void forget_client(struct service *service, struct client *client)
{
	struct client **link = &service->stalled;

	while (client->stalled && *link != NULL) {
		if (*link == client) {
			*link = client->next;
			client->stalled = false;
		} else {
			link = &(*link)->next;
		}
	}
	tcp_release(service->stack, client->connection);
	client->next = service->free;
	service->free = client;
}

static void meet(struct service *service, struct tcp_connection *connection, unsigned events)
{
	struct client *client;

	if (events & TCP_EVENT_ACCEPTED)
		client = accept_client(service, connection);
	else
		client = tcp_context(connection);
	if (client == NULL)
		return;
	if (events & TCP_EVENT_END)
		client->ended = true;
	if (events & TCP_EVENT_CLOSED)
		forget_client(service, client);
	else
		serve(service, client);
}

static void retry_stalled(struct service *service)
{
	struct client *client = service->stalled;

	service->stalled = NULL;
	while (client != NULL) {
		struct client *next = client->next;

		client->stalled = false;
		generate(service, client);
		client = next;
	}
}

/* Datagrams from a port of these services would go round for ever. */
static bool is_service_port(const struct service *service, uint16_t port)
{
	unsigned i;

	for (i = 0; i < PROTOCOLS; i++)
		if (service->endpoints[i].port == port)
			return true;
	return false;
}

static void answer(struct service *service, const struct endpoint *endpoint, struct udp_datagram *datagram)
{
	struct ip_address local = datagram->tuple.local;

	if (endpoint->protocol == DISCARD || is_service_port(service, datagram->tuple.remote_port)) {
		segment_list_free(&datagram->payload);
		return;
	}
	if (endpoint->protocol == CHARGEN) {
		segment_list_free(&datagram->payload);
		if (segment_list_append_copy(&datagram->payload, stack_pool(service->stack), service->pattern,
					     CHARGEN_DATAGRAM) < CHARGEN_DATAGRAM) {
			segment_list_free(&datagram->payload);
			return;
		}
	}
	if (!stack_owns(service->stack, &local)) /* it came to a broadcast or multicast address */
		memset(&local, 0, sizeof(local));
	udp_send(service->stack, endpoint->socket, &local, &datagram->tuple.remote, datagram->tuple.remote_port,
		 &datagram->payload);
}

static unsigned run(void *instance)
{
	struct service *service = instance;
	struct tcp_connection *connection;
	struct udp_socket *socket;
	struct udp_datagram datagram;
	unsigned count = 0;
	unsigned events;

	retry_stalled(service);
	while (count < EVENTS_PER_RUN && (connection = tcp_next_event(service->stack, &events)) != NULL) {
		meet(service, connection, events);
		count++;
	}
	while ((socket = udp_next_event(service->stack)) != NULL) {
		while (udp_receive(service->stack, socket, &datagram)) {
			answer(service, udp_context(socket), &datagram);
			count++;
		}
	}
	return count;
}

static bool open_endpoint(struct service *service, struct endpoint *endpoint, const struct tcp_options *options,
			  struct fault *fault)
{
	struct tcp_listener_config config = {.port = endpoint->port, .options = *options, .context = endpoint};
	enum tcp_error error;

	if (endpoint->port == 0)
		return true;
	error = tcp_listen(service->stack, &config, &endpoint->listener);
	if (error != TCP_OK)
		return fault_set(fault, "test_service: port %u cannot be listened on (%d)", endpoint->port, error);
	endpoint->socket = udp_bind(service->stack, &config.address, endpoint->port, endpoint);
	if (endpoint->socket == NULL)
		return fault_set(fault, "test_service: UDP port %u cannot be had; raise limits.udp_sockets",
				 endpoint->port);
	return true;
}

/* Connections of the service end with the stack that holds them. */
static void destroy(void *instance)
{
	struct service *service = instance;
	unsigned i;

	for (i = 0; i < PROTOCOLS; i++) {
		if (service->endpoints[i].listener != NULL)
			tcp_unlisten(service->stack, service->endpoints[i].listener);
		if (service->endpoints[i].socket != NULL)
			udp_close(service->stack, service->endpoints[i].socket);
	}
	rte_free(service);
}

static void *create(const struct application_place *place, struct fault *fault)
{
	const struct gateway *gateway = place->gateway;
	const uint16_t ports[PROTOCOLS] = {
	    [ECHO] = gateway->test_service.echo,
	    [DISCARD] = gateway->test_service.discard,
	    [CHARGEN] = gateway->test_service.chargen,
	};
	struct stack_config defaults;
	struct service *service;
	uint32_t clients;
	uint32_t i;

	stack_defaults(&defaults);
	defaults.tcp.options.timestamps = gateway->tcp.timestamps;
	defaults.tcp.options.sack = gateway->tcp.sack;
	defaults.tcp.options.window_scaling = gateway->tcp.window_scaling;
	defaults.tcp.options.window_scale = gateway->tcp.window_scale;
	defaults.tcp.options.mss = gateway->tcp.mss;
	clients = gateway->limits.connections != 0 ? gateway->limits.connections : defaults.connections;
	service = rte_zmalloc("test_service", sizeof(*service) + (size_t)clients * sizeof(struct client), 0);
	if (service == NULL) {
		fault_set(fault, "test_service: no memory for %u connections; raise memory.megabytes", clients);
		return NULL;
	}
	service->stack = place->stack;
	fill_pattern(service->pattern);
	for (i = 0; i < clients; i++) {
		service->clients[i].next = service->free;
		service->free = &service->clients[i];
	}
	for (i = 0; i < PROTOCOLS; i++) {
		struct endpoint *endpoint = &service->endpoints[i];

		*endpoint = (struct endpoint){.service = service, .protocol = (enum protocol)i, .port = ports[i]};
		if (!open_endpoint(service, endpoint, &defaults.tcp.options, fault)) {
			destroy(service);
			return NULL;
		}
	}
	return service;
}

const struct application test_service = {
    .name = "test_service",
    .create = create,
    .run = run,
    .destroy = destroy,
};
