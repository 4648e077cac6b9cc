/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp_socket.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include <rte_mbuf.h>

#include "adapter.h"
#include "option.h"

struct tcp_socket *tcp_socket_create(int domain)
{
	struct tcp_socket *socket = calloc(1, sizeof(*socket));

	if (!socket)
		return NULL;
	socket->descriptor = (struct descriptor){.operations = &tcp_socket_operations, .number = -1, .domain = domain};
	return socket;
}

static struct tcp_socket *socket_of(struct descriptor *descriptor)
{
	return (struct tcp_socket *)descriptor;
}

/* The error is told once. */
static int take_error(struct tcp_socket *socket)
{
	int error = socket->error;

	socket->error = 0;
	return error;
}

/* ---- events of the stack ---- */

static int error_of_end(const struct tcp_socket *socket, enum tcp_end end)
{
	switch (end) {
	case TCP_END_RESET: /* once the peer has said that it sends no more, a reset is a broken pipe */
		return socket->ended ? EPIPE : ECONNRESET;
	case TCP_END_REFUSED:
		return ECONNREFUSED;
	case TCP_END_TIMEOUT:
		return ETIMEDOUT;
	case TCP_END_UNREACHABLE:
		return EHOSTUNREACH;
	case TCP_END_ABORTED:
		return ECONNABORTED;
	case TCP_END_NONE:
	case TCP_END_FIN:
		break;
	}
	return 0;
}

static void connection_closed(struct adapter *adapter, struct tcp_socket *socket)
{
	struct tcp_info info;

	tcp_get_info(adapter->stack, socket->connection, &info);
	socket->error = error_of_end(socket, info.end);
	socket->ended = true;
	socket->dead = true;
}

void tcp_socket_apply_buffers(struct adapter *adapter, struct tcp_socket *socket)
{
	uint32_t receive = socket->receive_buffer ? socket->receive_buffer : adapter->tcp.receive_buffer;
	uint32_t send = socket->send_buffer ? socket->send_buffer : adapter->tcp.send_buffer;

	if (socket->connection && (socket->receive_buffer || socket->send_buffer))
		tcp_set_buffers(adapter->stack, socket->connection, receive, send);
}

void tcp_socket_set_cork(struct adapter *adapter, struct tcp_socket *socket, bool more)
{
	if (socket->connection && !socket->dead)
		tcp_cork(adapter->stack, socket->connection, socket->cork || more);
}

/* A child has what its listener was set to. */
static struct tcp_socket *create_child(struct adapter *adapter, struct tcp_socket *parent,
				       struct tcp_connection *connection)
{
	struct tcp_socket *child = tcp_socket_create(parent->descriptor.domain);
	struct tcp_socket **place = &parent->waiting;

	if (!child)
		return NULL;
	child->state = TCP_SOCKET_CONNECTED;
	child->connect_told = true;
	child->connection = connection;
	child->no_delay = parent->no_delay;
	child->cork = parent->cork;
	child->linger = parent->linger;
	child->reuse_address = parent->reuse_address;
	child->receive_buffer = parent->receive_buffer;
	child->send_buffer = parent->send_buffer;
	tcp_set_context(connection, child);
	tcp_socket_apply_buffers(adapter, child);
	tcp_socket_set_cork(adapter, child, false);
	while (*place)
		place = &(*place)->next_waiting;
	*place = child;
	parent->waiting_count++;
	descriptor_touch(adapter, &parent->descriptor);
	return child;
}

static struct tcp_socket *accept_connection(struct adapter *adapter, struct tcp_connection *connection)
{
	struct tcp_socket *parent = tcp_listener_context(connection);
	struct tcp_socket *child = NULL;

	if (parent->waiting_count <= parent->backlog)
		child = create_child(adapter, parent, connection);
	if (!child) {
		tcp_reset(adapter->stack, connection);
		tcp_release(adapter->stack, connection);
	}
	return child;
}

void tcp_socket_event(struct adapter *adapter, struct tcp_connection *connection, unsigned events)
{
	struct tcp_socket *socket;

	if (events & TCP_EVENT_ACCEPTED)
		socket = accept_connection(adapter, connection);
	else
		socket = tcp_context(connection);
	if (!socket)
		return;
	if (events & TCP_EVENT_CONNECTED)
		socket->state = TCP_SOCKET_CONNECTED;
	if (events & TCP_EVENT_END)
		socket->ended = true;
	if (events & TCP_EVENT_CLOSED)
		connection_closed(adapter, socket);
	descriptor_touch(adapter, &socket->descriptor);
}

/* ---- the way to a connection ---- */

static bool port_taken(const struct adapter *adapter, const struct tcp_socket *socket, const struct endpoint *endpoint)
{
	for (int i = 0; i < DESCRIPTORS; i++) {
		struct descriptor *descriptor = adapter->descriptors[i];
		const struct tcp_socket *other = descriptor ? tcp_socket_of(descriptor) : NULL;

		if (!other || other == socket || !other->bound || other->local.port != endpoint->port)
			continue;
		if (!address_is_unspecified(&other->local.address) && !address_is_unspecified(&endpoint->address) &&
		    !address_equal(&other->local.address, &endpoint->address))
			continue;
		if (!socket->reuse_address || !other->reuse_address || other->state == TCP_SOCKET_LISTENING)
			return true;
	}
	return false;
}

static int choose_port(struct adapter *adapter, const struct tcp_socket *socket, struct endpoint *endpoint)
{
	for (unsigned tries = 0; tries < UINT16_MAX / 4; tries++) {
		endpoint->port = adapter->next_port;
		adapter->next_port = adapter->next_port == UINT16_MAX ? UINT16_MAX / 4 * 3 : adapter->next_port + 1;
		if (!port_taken(adapter, socket, endpoint))
			return 0;
	}
	return -EADDRINUSE;
}

static int tcp_socket_bind(struct adapter *adapter, struct descriptor *descriptor, const struct endpoint *endpoint)
{
	struct tcp_socket *socket = socket_of(descriptor);
	struct endpoint local = *endpoint;
	int result;

	if (socket->bound || socket->state != TCP_SOCKET_IDLE)
		return -EINVAL;
	if (!address_is_unspecified(&local.address)) {
		adapter_need_interface(adapter, &local.address);
		if (!stack_owns(adapter->stack, &local.address))
			return -EADDRNOTAVAIL;
	}
	if (local.port == 0) {
		result = choose_port(adapter, socket, &local);
		if (result < 0)
			return result;
	} else if (port_taken(adapter, socket, &local)) {
		return -EADDRINUSE;
	}
	socket->local = local;
	socket->bound = true;
	return 0;
}

static int error_of_call(enum tcp_error error)
{
	switch (error) {
	case TCP_ERROR_NO_ROUTE:
		return -ENETUNREACH;
	case TCP_ERROR_NO_PORT:
	case TCP_ERROR_ADDRESS:
		return -EADDRNOTAVAIL;
	case TCP_ERROR_NO_CONNECTION:
		return -ENOBUFS;
	case TCP_ERROR_IN_USE:
		return -EADDRINUSE;
	case TCP_OK:
		break;
	}
	return 0;
}

static struct tcp_options options_of(const struct adapter *adapter, const struct tcp_socket *socket)
{
	struct tcp_options options = adapter->tcp.options;

	if (socket->maximum_segment)
		options.mss = socket->maximum_segment;
	return options;
}

static int tcp_socket_listen(struct adapter *adapter, struct descriptor *descriptor, int backlog)
{
	struct tcp_socket *socket = socket_of(descriptor);
	struct tcp_listener_config config;
	struct endpoint any = {.address = {.octets = {0}}};
	int result;

	socket->backlog = backlog < 0 ? 0 : (unsigned)backlog;
	if (socket->state == TCP_SOCKET_LISTENING)
		return 0;
	if (socket->state != TCP_SOCKET_IDLE)
		return -EINVAL;
	if (!socket->bound) {
		result = tcp_socket_bind(adapter, descriptor, &any);
		if (result < 0)
			return result;
	}
	adapter_need_interface(adapter, NULL);
	config = (struct tcp_listener_config){
	    .address = socket->local.address,
	    .port = socket->local.port,
	    .options = options_of(adapter, socket),
	    .context = socket,
	};
	result = error_of_call(tcp_listen(adapter->stack, &config, &socket->listener));
	if (result == 0)
		socket->state = TCP_SOCKET_LISTENING;
	return result;
}

static int tcp_socket_accept(struct adapter *adapter, struct descriptor *descriptor, struct endpoint *peer)
{
	struct tcp_socket *socket = socket_of(descriptor);
	struct tcp_socket *child = socket->waiting;
	struct tuple tuple;
	int number;

	if (socket->state != TCP_SOCKET_LISTENING)
		return -EINVAL;
	if (!child)
		return -EAGAIN;
	number = descriptor_open(adapter, &child->descriptor);
	if (number < 0)
		return number;
	socket->waiting = child->next_waiting;
	socket->waiting_count--;
	child->next_waiting = NULL;
	tuple = tcp_tuple(child->connection);
	*peer = (struct endpoint){.address = tuple.remote, .port = tuple.remote_port};
	return number;
}

/* Without a connection again, as after socket(), but still bound. */
static void disconnect(struct adapter *adapter, struct tcp_socket *socket, bool reset)
{
	segment_list_free(&socket->received);
	if (socket->connection) {
		tcp_set_context(socket->connection, NULL);
		if (reset && !socket->dead)
			tcp_reset(adapter->stack, socket->connection);
		tcp_release(adapter->stack, socket->connection);
	}
	socket->connection = NULL;
	socket->state = TCP_SOCKET_IDLE;
	socket->ended = socket->dead = socket->read_shut = socket->write_shut = socket->connect_told = false;
}

/* Result of a connect that is over. A failed one leaves a socket that can connect again. */
static int conclude_connect(struct adapter *adapter, struct tcp_socket *socket)
{
	if (socket->state == TCP_SOCKET_CONNECTING && socket->dead) {
		int error = take_error(socket);

		disconnect(adapter, socket, false);
		return error ? -error : -ECONNABORTED;
	}
	socket->connect_told = true;
	return 0;
}

static int tcp_socket_connect_result(struct adapter *adapter, struct descriptor *descriptor)
{
	struct tcp_socket *socket = socket_of(descriptor);

	if (socket->state == TCP_SOCKET_CONNECTING && !socket->dead)
		return -EINPROGRESS;
	return conclude_connect(adapter, socket);
}

static int start_connect(struct adapter *adapter, struct tcp_socket *socket, const struct endpoint *remote)
{
	struct tcp_connect_config config = {
	    .remote = remote->address,
	    .remote_port = remote->port,
	    .options = options_of(adapter, socket),
	    .context = socket,
	};
	int result;

	if (socket->bound) {
		config.local = socket->local.address;
		config.local_port = socket->local.port;
	}
	adapter_need_interface(adapter, NULL);
	if (remote->port == 0 || address_is_unspecified(&remote->address))
		return -EADDRNOTAVAIL;
	if (address_is_multicast(&remote->address))
		return -ENETUNREACH;
	result = error_of_call(tcp_connect(adapter->stack, &config, &socket->connection));
	if (result < 0)
		return result;
	socket->state = TCP_SOCKET_CONNECTING;
	socket->error = 0;
	tcp_socket_apply_buffers(adapter, socket);
	tcp_socket_set_cork(adapter, socket, false);
	return -EINPROGRESS;
}

static int tcp_socket_connect(struct adapter *adapter, struct descriptor *descriptor, const struct endpoint *remote)
{
	struct tcp_socket *socket = socket_of(descriptor);

	if (socket->state == TCP_SOCKET_LISTENING)
		return -EISCONN;
	if (!remote) {
		disconnect(adapter, socket, true);
		return 0;
	}
	switch (socket->state) {
	case TCP_SOCKET_IDLE:
		return start_connect(adapter, socket, remote);
	case TCP_SOCKET_CONNECTING:
		return socket->dead ? conclude_connect(adapter, socket) : -EALREADY;
	case TCP_SOCKET_CONNECTED:
		return socket->connect_told ? -EISCONN : conclude_connect(adapter, socket);
	case TCP_SOCKET_LISTENING:
		break;
	}
	return -EISCONN;
}

/* ---- data ---- */

uint32_t tcp_socket_collect(struct adapter *adapter, struct tcp_socket *socket)
{
	if (socket->connection)
		tcp_receive(adapter->stack, socket->connection, &socket->received);
	return socket->received.bytes;
}

static uint32_t readable_bytes(const struct tcp_socket *socket)
{
	return socket->received.bytes + (socket->connection ? tcp_receivable(socket->connection) : 0);
}

static ssize_t copy_received(struct tcp_socket *socket, const struct transfer *transfer)
{
	uint32_t offset = 0;

	for (size_t i = 0; i < transfer->count && offset < socket->received.bytes; i++) {
		size_t room = RTE_MIN(transfer->parts[i].iov_len, (size_t)UINT32_MAX);

		offset += segment_list_peek(&socket->received, offset, transfer->parts[i].iov_base, room);
	}
	if (!(transfer->flags & MSG_PEEK))
		segment_list_drop(&socket->received, offset);
	return offset;
}

/* What is read is taken off the connection only now: what nobody reads keeps the peer's window closed. */
static ssize_t tcp_socket_receive(struct adapter *adapter, struct descriptor *descriptor, struct transfer *transfer)
{
	struct tcp_socket *socket = socket_of(descriptor);
	bool over = socket->ended || socket->read_shut;
	uint32_t available;

	if (transfer->flags & ~(MSG_PEEK | MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL | MSG_TRUNC))
		return -EOPNOTSUPP;
	if (socket->state == TCP_SOCKET_LISTENING || socket->state == TCP_SOCKET_IDLE)
		return socket->error ? -take_error(socket) : -ENOTCONN;
	if (transfer->length == 0)
		return 0;
	if (socket->received.bytes < transfer->length)
		tcp_socket_collect(adapter, socket);
	available = socket->received.bytes;
	if (available > 0 &&
	    (over || available >= transfer->length || !(transfer->flags & MSG_WAITALL) || (transfer->flags & MSG_PEEK)))
		return copy_received(socket, transfer);
	if (available == 0 && socket->error)
		return -take_error(socket);
	return over ? 0 : -EAGAIN;
}

/* Why nothing can be sent: 0 if it can. A call that has already sent something leaves the error to the next one. */
static int send_error(struct tcp_socket *socket, bool has_sent)
{
	if (socket->state == TCP_SOCKET_CONNECTING && !socket->dead)
		return -EAGAIN;
	if (socket->error)
		return has_sent ? -EPIPE : -take_error(socket);
	if (socket->state != TCP_SOCKET_CONNECTED || socket->dead || socket->write_shut)
		return -EPIPE;
	return 0;
}

int tcp_socket_send_list(struct adapter *adapter, struct tcp_socket *socket, struct segment_list *list)
{
	int result = send_error(socket, false);

	if (result < 0)
		return result;
	if (tcp_send_space(adapter->stack, socket->connection) == 0)
		return -EAGAIN;
	return tcp_send(adapter->stack, socket->connection, list) ? 0 : -EPIPE;
}

/* Copies what is left of the parts, up to `limit` bytes, to the end of the list. Returns the bytes. */
static uint32_t gather(struct segment_list *list, struct rte_mempool *pool, const struct transfer *transfer,
		       uint32_t limit)
{
	size_t skip = transfer->done;
	uint32_t copied = 0;

	for (size_t i = 0; i < transfer->count && copied < limit; i++) {
		const struct iovec *part = &transfer->parts[i];
		uint32_t length, now;

		if (skip >= part->iov_len) {
			skip -= part->iov_len;
			continue;
		}
		length = RTE_MIN(part->iov_len - skip, (size_t)(limit - copied));
		now = segment_list_append_copy(list, pool, (const char *)part->iov_base + skip, length);
		copied += now;
		skip = 0;
		if (now < length)
			break;
	}
	return copied;
}

/* As much as the send buffer holds: whole mbufs, of which the last may overshoot it. */
static int tcp_socket_send(struct adapter *adapter, struct descriptor *descriptor, struct transfer *transfer)
{
	struct tcp_socket *socket = socket_of(descriptor);
	uint32_t room = rte_pktmbuf_data_room_size(adapter->pool);

	if (transfer->flags & ~(MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE | MSG_EOR))
		return -EOPNOTSUPP;
	tcp_socket_set_cork(adapter, socket, transfer->flags & MSG_MORE);
	do {
		struct segment_list list = {0};
		int result = send_error(socket, transfer->done > 0);
		uint32_t space, copied;

		if (result < 0)
			return result;
		if (transfer->done == transfer->length)
			return 0;
		space = tcp_send_space(adapter->stack, socket->connection);
		if (space == 0)
			return -EAGAIN;
		copied =
		    gather(&list, adapter->pool, transfer, (space + room - 1) / room * (room - RTE_PKTMBUF_HEADROOM));
		if (copied == 0)
			return -ENOBUFS;
		if (!tcp_send(adapter->stack, socket->connection, &list)) {
			segment_list_free(&list);
			return -EPIPE;
		}
		transfer->done += copied;
	} while (transfer->done < transfer->length);
	return 0;
}

static int tcp_socket_queued(struct adapter *adapter, struct descriptor *descriptor, bool output)
{
	struct tcp_socket *socket = socket_of(descriptor);

	if (socket->state == TCP_SOCKET_LISTENING)
		return -EINVAL;
	if (!output)
		return (int)readable_bytes(socket);
	return socket->connection && !socket->dead ? (int)tcp_unacknowledged(socket->connection) : 0;
}

/* ---- state and end ---- */

static unsigned tcp_socket_ready(struct adapter *adapter, struct descriptor *descriptor)
{
	struct tcp_socket *socket = socket_of(descriptor);
	bool reads_end = socket->ended || socket->read_shut;
	bool writes_end = socket->dead || socket->write_shut;
	unsigned ready = socket->error ? POLLERR : 0;

	if (socket->state == TCP_SOCKET_LISTENING)
		return ready | (socket->waiting ? POLLIN | POLLRDNORM : 0);
	if (socket->state == TCP_SOCKET_IDLE)
		return ready | POLLOUT | POLLWRNORM | POLLHUP;
	if (readable_bytes(socket) > 0 || reads_end)
		ready |= POLLIN | POLLRDNORM;
	if (reads_end)
		ready |= POLLRDHUP;
	if (reads_end && writes_end)
		ready |= POLLHUP;
	if (writes_end ||
	    (socket->state == TCP_SOCKET_CONNECTED && tcp_send_space(adapter->stack, socket->connection) > 0))
		ready |= POLLOUT | POLLWRNORM;
	return ready;
}

static void unlisten(struct adapter *adapter, struct tcp_socket *socket)
{
	tcp_unlisten(adapter->stack, socket->listener);
	socket->listener = NULL;
	while (socket->waiting) {
		struct tcp_socket *child = socket->waiting;

		socket->waiting = child->next_waiting;
		disconnect(adapter, child, true);
		free(child);
	}
	socket->waiting_count = 0;
	socket->state = TCP_SOCKET_IDLE;
}

static int tcp_socket_shutdown(struct adapter *adapter, struct descriptor *descriptor, int how)
{
	struct tcp_socket *socket = socket_of(descriptor);

	if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR)
		return -EINVAL;
	if (socket->state == TCP_SOCKET_LISTENING && how != SHUT_WR)
		unlisten(adapter, socket);
	else if (socket->state != TCP_SOCKET_CONNECTED || socket->dead)
		return -ENOTCONN;
	else if (how != SHUT_RD)
		tcp_shutdown(adapter->stack, socket->connection);
	if (socket->state == TCP_SOCKET_CONNECTED) {
		socket->read_shut |= how != SHUT_WR;
		socket->write_shut |= how != SHUT_RD;
	}
	descriptor_touch(adapter, descriptor);
	return 0;
}

static uint64_t tcp_socket_linger(const struct descriptor *descriptor)
{
	const struct tcp_socket *socket = (const struct tcp_socket *)descriptor;

	if (!socket->linger.l_onoff || socket->linger.l_linger <= 0 || !socket->connection || socket->dead)
		return 0;
	return (uint64_t)socket->linger.l_linger * 1000000;
}

/* Closed with data unread, or with a linger time of zero: the peer gets a reset. */
static void tcp_socket_destroy(struct adapter *adapter, struct descriptor *descriptor)
{
	struct tcp_socket *socket = socket_of(descriptor);
	bool reset = socket->linger.l_onoff && socket->linger.l_linger == 0;

	if (socket->state == TCP_SOCKET_LISTENING)
		unlisten(adapter, socket);
	disconnect(adapter, socket, reset || socket->received.bytes > 0);
	free(socket);
}

const struct descriptor_operations tcp_socket_operations = {
    .ready = tcp_socket_ready,
    .receive = tcp_socket_receive,
    .send = tcp_socket_send,
    .bind = tcp_socket_bind,
    .listen = tcp_socket_listen,
    .accept = tcp_socket_accept,
    .connect = tcp_socket_connect,
    .connect_result = tcp_socket_connect_result,
    .shutdown = tcp_socket_shutdown,
    .set_option = tcp_option_set,
    .get_option = tcp_option_get,
    .queued = tcp_socket_queued,
    .linger = tcp_socket_linger,
    .destroy = tcp_socket_destroy,
};
