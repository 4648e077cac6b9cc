/* SPDX-License-Identifier: BSD-3-Clause */
#include <netinet/in.h>
#include <string.h>

#include <tcpstack/udp.h>
#include <tcpstack/wire/checksum.h>
#include <tcpstack/wire/udp.h>

#include "ip/frame.h"
#include "ip/ip.h"
#include "stack_state.h"

#define PAYLOAD_MAX_IPV4 65507
#define PAYLOAD_MAX_IPV6 65527

/* One port in so many as there are workers is right; where ports do not count in the hash, none may be. */
#define STEERED_PORT_TRIES 1024

/* What stands in the private area of a datagram's first mbuf while it waits. */
struct waiting_datagram {
	struct segment segment; /* sequence: the interface */
	struct tuple tuple;
};

_Static_assert(sizeof(struct waiting_datagram) <= SEGMENT_PRIVATE_SIZE, "the private area holds a tuple");

struct socket_key {
	struct ip_address address;
	uint64_t port;
};

bool udp_init(struct stack *stack)
{
	TAILQ_INIT(&stack->udp.events);
	return table_init(stack, &stack->udp.sockets, stack->config.udp_sockets, sizeof(struct udp_socket),
			  sizeof(struct socket_key) / sizeof(uint64_t));
}

static struct waiting_datagram *waiting_of(struct rte_mbuf *mbuf)
{
	return (struct waiting_datagram *)(mbuf + 1);
}

static struct rte_mbuf *take_first(struct stack *stack, struct udp_socket *socket)
{
	struct rte_mbuf *mbuf = socket->first;

	if (mbuf == NULL)
		return NULL;
	socket->first = segment_of(mbuf)->next;
	socket->waiting--;
	stack->udp.queued--;
	ip_buffers_give(stack, mbuf->nb_segs);
	return mbuf;
}

static void free_waiting(struct stack *stack, struct udp_socket *socket)
{
	struct rte_mbuf *mbuf;

	while ((mbuf = take_first(stack, socket)) != NULL)
		rte_pktmbuf_free(mbuf);
}

void udp_destroy(struct stack *stack)
{
	struct udp_socket *sockets = stack->udp.sockets.nodes;

	/* A free node has no datagrams, whether it was never used or was closed. */
	for (uint32_t i = 0; sockets != NULL && i < stack->udp.sockets.capacity; i++)
		free_waiting(stack, &sockets[i]);
	table_destroy(stack, &stack->udp.sockets);
}

static struct udp_socket *find(const struct stack *stack, const struct ip_address *address, uint16_t port)
{
	struct socket_key key = {.address = *address, .port = port};

	return table_find(&stack->udp.sockets, (const uint64_t *)&key);
}

/* The socket of a datagram: one bound to its very address goes before one for all addresses. */
static struct udp_socket *find_for(const struct stack *stack, const struct tuple *tuple)
{
	static const struct ip_address any;
	struct udp_socket *socket = find(stack, &tuple->local, tuple->local_port);

	return socket != NULL ? socket : find(stack, &any, tuple->local_port);
}

/* RFC 6056 algorithm 1: from a random port on, the first of up to `tries` that nobody has and, where there is a remote
 * end, whose answers come here. 0 if there is none. */
static uint16_t choose_port(struct stack *stack, const struct tuple *wanted, uint16_t interface, uint32_t tries)
{
	uint32_t first = stack->config.tcp.port_first;
	uint32_t count = stack->config.tcp.port_last - first + 1U;
	uint32_t start = (uint32_t)(stack_random(stack) % count);
	struct tuple tuple = *wanted;

	for (uint32_t i = 0; i < RTE_MIN(count, tries); i++) {
		tuple.local_port = (uint16_t)(first + (start + i) % count);
		if (find_for(stack, &tuple) == NULL &&
		    (tuple.remote_port == 0 || stack_returns_here(stack, interface, &tuple, IPPROTO_UDP)))
			return tuple.local_port;
	}
	return 0;
}

static struct udp_socket *add_socket(struct stack *stack, const struct ip_address *address, uint16_t port,
				     void *context)
{
	struct socket_key key = {.address = *address, .port = port};
	struct udp_socket *socket;

	if (port == 0 || find(stack, address, port) != NULL)
		return NULL;
	socket = table_add(&stack->udp.sockets, (const uint64_t *)&key);
	if (socket == NULL)
		return NULL;
	socket->address = *address;
	socket->port = port;
	socket->context = context;
	return socket;
}

struct udp_socket *udp_bind(struct stack *stack, const struct ip_address *address, uint16_t port, void *context)
{
	static const struct ip_address any;
	struct tuple tuple = {.local = any};

	if (!address_is_unspecified(address)) {
		if (!stack_owns(stack, address))
			return NULL;
		tuple.local = *address;
	}
	if (port == 0)
		port = choose_port(stack, &tuple, 0, UINT32_MAX);
	return add_socket(stack, &tuple.local, port, context);
}

struct udp_socket *udp_bind_towards(struct stack *stack, const struct ip_address *remote, uint16_t remote_port,
				    void *context)
{
	struct tuple tuple = {.remote = *remote, .remote_port = remote_port};
	struct ip_path path;

	if (!ip_route(stack, remote, &path) || !ip_source(stack, &path, remote, &tuple.local))
		return NULL;
	return add_socket(stack, &tuple.local, choose_port(stack, &tuple, path.interface, STEERED_PORT_TRIES), context);
}

void udp_close(struct stack *stack, struct udp_socket *socket)
{
	free_waiting(stack, socket);
	if (socket->has_event)
		TAILQ_REMOVE(&stack->udp.events, socket, event);
	table_remove(&stack->udp.sockets, socket);
}

struct udp_socket *udp_next_event(struct stack *stack)
{
	struct udp_socket *socket = TAILQ_FIRST(&stack->udp.events);

	if (socket != NULL) {
		TAILQ_REMOVE(&stack->udp.events, socket, event);
		socket->has_event = false;
	}
	return socket;
}

bool udp_receive(struct stack *stack, struct udp_socket *socket, struct udp_datagram *datagram)
{
	struct rte_mbuf *mbuf = take_first(stack, socket);

	if (mbuf == NULL)
		return false;
	*datagram = (struct udp_datagram){
	    .tuple = waiting_of(mbuf)->tuple,
	    .interface = (uint16_t)segment_of(mbuf)->sequence,
	};
	segment_list_append_chain(&datagram->payload, mbuf);
	return true;
}

/* Why the datagram is refused; DROP_REASONS if it is not. */
static enum drop_reason check(const struct packet *packet, struct udp_header *header)
{
	const uint8_t *data = rte_pktmbuf_mtod_offset(packet->mbuf, const uint8_t *, packet->transport_offset);
	uint32_t sum;

	if (!udp_header_parse(header, data, RTE_MIN(packet->transport_length, (uint32_t)UDP_HEADER_LENGTH)) ||
	    header->length > packet->transport_length)
		return DROP_UDP_MALFORMED;
	if (header->checksum == 0)
		return address_is_ipv4(&packet->source) ? DROP_REASONS : DROP_UDP_CHECKSUM;
	if (packet->checksum_good)
		return DROP_REASONS;
	sum = checksum_pseudo(&packet->source, &packet->destination, IPPROTO_UDP, header->length);
	sum = checksum_add_mbuf(sum, packet->mbuf, packet->transport_offset, header->length);
	return checksum_finish(sum) == 0 ? DROP_REASONS : DROP_UDP_CHECKSUM;
}

static void enqueue(struct stack *stack, struct udp_socket *socket, struct rte_mbuf *mbuf, const struct tuple *tuple,
		    uint16_t interface)
{
	waiting_of(mbuf)->segment = (struct segment){.sequence = interface};
	waiting_of(mbuf)->tuple = *tuple;
	if (socket->first == NULL)
		socket->first = mbuf;
	else
		segment_of(socket->last)->next = mbuf;
	socket->last = mbuf;
	socket->waiting++;
	stack->udp.queued++;
	stack->counters.udp_in++;
	if (!socket->has_event) {
		socket->has_event = true;
		TAILQ_INSERT_TAIL(&stack->udp.events, socket, event);
	}
}

void udp_input(struct stack *stack, struct packet *packet)
{
	struct udp_header header;
	enum drop_reason reason = check(packet, &header);
	struct udp_socket *socket;
	struct tuple tuple;

	if (reason != DROP_REASONS) {
		packet_drop(stack, packet->mbuf, reason);
		return;
	}
	tuple = (struct tuple){
	    .local = packet->destination,
	    .remote = packet->source,
	    .local_port = header.destination_port,
	    .remote_port = header.source_port,
	};
	socket = find_for(stack, &tuple);
	if (socket == NULL) {
		icmp_port_unreachable(stack, packet);
		packet_drop(stack, packet->mbuf, DROP_UDP_NO_SOCKET);
		return;
	}
	frame_trim(packet->mbuf, packet->transport_offset + header.length);
	if (socket->waiting >= stack->config.udp_queue || !ip_buffers_take(stack, packet->mbuf->nb_segs)) {
		packet_drop(stack, packet->mbuf, DROP_UDP_QUEUE_FULL);
		return;
	}
	rte_pktmbuf_adj(packet->mbuf, packet->transport_offset + UDP_HEADER_LENGTH);
	enqueue(stack, socket, packet->mbuf, &tuple, packet->interface);
}

bool udp_icmp_error(struct stack *stack, const struct icmp_error *error)
{
	bool too_big = error->kind == ICMP_ERROR_TOO_BIG;

	if (find_for(stack, &error->tuple) == NULL)
		return false;
	/* Over IPv4 datagrams go without DF, and are cut where they do not fit: nobody has a cause to complain. Whoever
	 * does would only lower the path MTU for TCP, which demands better proof (RFC 5927). */
	if (too_big && address_is_ipv4(&error->tuple.remote))
		return false;
	if (too_big)
		path_mtu_learn(stack, &error->tuple.remote, error->mtu);
	return true;
}

/* Makes one chain of a header and the payload; empties the list. NULL if there is no mbuf: dropped. */
static struct rte_mbuf *build(struct stack *stack, const struct udp_header *header, struct segment_list *payload)
{
	struct rte_mbuf *packet = rte_pktmbuf_alloc(stack->config.pool);
	struct rte_mbuf *end = packet, *mbuf;

	if (packet == NULL) {
		segment_list_free(payload);
		count_drop(stack, DROP_NO_MBUF);
		return NULL;
	}
	packet->data_len = udp_header_emit(header, rte_pktmbuf_mtod(packet, uint8_t *));
	packet->pkt_len = packet->data_len;
	while ((mbuf = segment_list_pop(payload)) != NULL) {
		packet->pkt_len += mbuf->data_len;
		packet->nb_segs++;
		end->next = mbuf;
		end = mbuf;
	}
	return packet;
}

/* The way, and the own address to send from. */
static bool find_way(struct stack *stack, const struct udp_socket *socket, const struct ip_address *local,
		     struct ip_send *send, struct ip_path *path)
{
	send->source = address_is_unspecified(local) ? socket->address : *local;
	if (!ip_route_between(stack, &send->source, &send->destination, path))
		return false;
	if (address_is_unspecified(&send->source))
		return ip_source(stack, path, &send->destination, &send->source);
	return address_is_ipv4(&send->source) == address_is_ipv4(&send->destination) &&
	       stack_owns(stack, &send->source);
}

bool udp_send(struct stack *stack, struct udp_socket *socket, const struct ip_address *local,
	      const struct ip_address *remote, uint16_t remote_port, struct segment_list *payload)
{
	uint32_t limit = address_is_ipv4(remote) ? PAYLOAD_MAX_IPV4 : PAYLOAD_MAX_IPV6;
	struct ip_send send = {.destination = *remote, .protocol = IPPROTO_UDP, .may_fragment = true};
	struct udp_header header = {
	    .source_port = socket->port,
	    .destination_port = remote_port,
	    .length = (uint16_t)(payload->bytes + UDP_HEADER_LENGTH),
	};
	struct ip_path path;
	struct rte_mbuf *mbuf;

	if (payload->bytes > limit || !find_way(stack, socket, local, &send, &path)) {
		count_drop(stack, payload->bytes > limit ? DROP_IP_TOO_BIG : DROP_IP_NO_ROUTE);
		segment_list_free(payload);
		return false;
	}
	mbuf = build(stack, &header, payload);
	if (mbuf == NULL || !ip_output(stack, mbuf, &send, &path))
		return false;
	stack->counters.udp_out++;
	return true;
}

void udp_refuse_transit(struct stack *stack,
			bool (*refuses)(void *context, uint16_t interface, const struct tuple *tuple), void *context)
{
	stack->udp.refuses = refuses;
	stack->udp.refuses_context = context;
}

uint16_t udp_port(const struct udp_socket *socket)
{
	return socket->port;
}

void *udp_context(const struct udp_socket *socket)
{
	return socket->context;
}
