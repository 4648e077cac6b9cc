/* SPDX-License-Identifier: BSD-3-Clause */
#include "udp_socket.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "adapter.h"
#include "option.h"

#define LONGEST_IPV4 65507 /* what an IP packet can hold beside the headers */
#define LONGEST_IPV6 65527

struct udp_endpoint_socket {
	struct descriptor descriptor; /* first */
	struct udp_socket *socket;    /* NULL: not bound yet */
	struct ip_address local;
	struct endpoint remote; /* of connect; port 0: none */
	struct udp_datagram oldest;
	bool has_oldest;
	bool read_shut;
	bool write_shut;
};

static struct udp_endpoint_socket *socket_of(struct descriptor *descriptor)
{
	return (struct udp_endpoint_socket *)descriptor;
}

struct descriptor *udp_socket_create(int domain)
{
	struct udp_endpoint_socket *socket = calloc(1, sizeof(*socket));

	if (!socket)
		return NULL;
	socket->descriptor = (struct descriptor){.operations = &udp_socket_operations, .number = -1, .domain = domain};
	return &socket->descriptor;
}

static int bind_to(struct adapter *adapter, struct udp_endpoint_socket *socket, const struct endpoint *endpoint)
{
	bool any = address_is_unspecified(&endpoint->address);

	if (socket->socket)
		return -EINVAL;
	adapter_need_interface(adapter, any ? NULL : &endpoint->address);
	if (!any && !stack_owns(adapter->stack, &endpoint->address))
		return -EADDRNOTAVAIL;
	socket->socket = udp_bind(adapter->stack, &endpoint->address, endpoint->port, socket);
	if (!socket->socket)
		return -EADDRINUSE;
	socket->local = endpoint->address;
	return 0;
}

static int udp_endpoint_bind(struct adapter *adapter, struct descriptor *descriptor, const struct endpoint *endpoint)
{
	return bind_to(adapter, socket_of(descriptor), endpoint);
}

static int need_socket(struct adapter *adapter, struct udp_endpoint_socket *socket)
{
	struct endpoint any = {.port = 0};

	return socket->socket ? 0 : bind_to(adapter, socket, &any);
}

static int udp_endpoint_connect(struct adapter *adapter, struct descriptor *descriptor, const struct endpoint *endpoint)
{
	struct udp_endpoint_socket *socket = socket_of(descriptor);
	int result;

	if (!endpoint) {
		socket->remote = (struct endpoint){.port = 0};
		return 0;
	}
	if (endpoint->port == 0)
		return -EINVAL;
	result = need_socket(adapter, socket);
	if (result == 0)
		socket->remote = *endpoint;
	return result;
}

/* The oldest datagram stays with the socket until it is read. A connected socket hears its peer only. */
static bool fetch(struct adapter *adapter, struct udp_endpoint_socket *socket)
{
	while (!socket->has_oldest && socket->socket) {
		struct udp_datagram *datagram = &socket->oldest;

		*datagram = (struct udp_datagram){.interface = 0};
		if (!udp_receive(adapter->stack, socket->socket, datagram))
			break;
		socket->has_oldest =
		    socket->remote.port == 0 || (socket->remote.port == datagram->tuple.remote_port &&
						 address_equal(&socket->remote.address, &datagram->tuple.remote));
		if (!socket->has_oldest)
			segment_list_free(&datagram->payload);
	}
	return socket->has_oldest;
}

static ssize_t udp_endpoint_receive(struct adapter *adapter, struct descriptor *descriptor, struct transfer *transfer)
{
	struct udp_endpoint_socket *socket = socket_of(descriptor);
	struct udp_datagram *datagram = &socket->oldest;
	uint32_t offset = 0, length;

	if (transfer->flags & ~(MSG_PEEK | MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL | MSG_TRUNC))
		return -EOPNOTSUPP;
	if (!fetch(adapter, socket))
		return socket->read_shut ? 0 : -EAGAIN;
	length = datagram->payload.bytes;
	for (size_t i = 0; i < transfer->count && offset < length; i++) {
		size_t room = transfer->parts[i].iov_len;

		offset += segment_list_peek(&datagram->payload, offset, transfer->parts[i].iov_base,
					    room < length ? (uint32_t)room : length);
	}
	transfer->truncated = offset < length;
	transfer->from = (struct endpoint){.address = datagram->tuple.remote, .port = datagram->tuple.remote_port};
	transfer->has_from = true;
	if (!(transfer->flags & MSG_PEEK)) {
		segment_list_free(&datagram->payload);
		socket->has_oldest = false;
	}
	return transfer->flags & MSG_TRUNC ? length : offset;
}

static int udp_endpoint_send(struct adapter *adapter, struct descriptor *descriptor, struct transfer *transfer)
{
	struct udp_endpoint_socket *socket = socket_of(descriptor);
	const struct endpoint *to = transfer->to ? transfer->to : &socket->remote;
	struct segment_list payload = {0};
	int result;

	if (transfer->flags & ~(MSG_DONTWAIT | MSG_NOSIGNAL))
		return -EOPNOTSUPP;
	if (socket->write_shut)
		return -EPIPE;
	if (to->port == 0)
		return transfer->to ? -EINVAL : -EDESTADDRREQ;
	if (transfer->length > (address_is_ipv4(&to->address) ? LONGEST_IPV4 : LONGEST_IPV6))
		return -EMSGSIZE;
	result = need_socket(adapter, socket);
	if (result < 0)
		return result;
	for (size_t i = 0; i < transfer->count; i++) {
		uint32_t length = transfer->parts[i].iov_len;

		if (segment_list_append_copy(&payload, adapter->pool, transfer->parts[i].iov_base, length) < length) {
			segment_list_free(&payload);
			return -ENOBUFS;
		}
	}
	if (!udp_send(adapter->stack, socket->socket, &socket->local, &to->address, to->port, &payload))
		return -ENETUNREACH;
	transfer->done = transfer->length;
	return 0;
}

static unsigned udp_endpoint_ready(struct adapter *adapter, struct descriptor *descriptor)
{
	struct udp_endpoint_socket *socket = socket_of(descriptor);
	unsigned ready = POLLOUT | POLLWRNORM;

	if (fetch(adapter, socket) || socket->read_shut)
		ready |= POLLIN | POLLRDNORM;
	if (socket->read_shut)
		ready |= POLLRDHUP | (socket->write_shut ? POLLHUP : 0);
	return ready;
}

static int udp_endpoint_shutdown(struct adapter *adapter, struct descriptor *descriptor, int how)
{
	struct udp_endpoint_socket *socket = socket_of(descriptor);

	if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR)
		return -EINVAL;
	if (socket->remote.port == 0)
		return -ENOTCONN;
	socket->read_shut |= how != SHUT_WR;
	socket->write_shut |= how != SHUT_RD;
	descriptor_touch(adapter, descriptor);
	return 0;
}

static int udp_endpoint_queued(struct adapter *adapter, struct descriptor *descriptor, bool output)
{
	struct udp_endpoint_socket *socket = socket_of(descriptor);

	if (output)
		return 0;
	return fetch(adapter, socket) ? (int)socket->oldest.payload.bytes : 0;
}

static void udp_endpoint_destroy(struct adapter *adapter, struct descriptor *descriptor)
{
	struct udp_endpoint_socket *socket = socket_of(descriptor);

	if (socket->has_oldest)
		segment_list_free(&socket->oldest.payload);
	if (socket->socket)
		udp_close(adapter->stack, socket->socket);
	free(socket);
}

const struct descriptor_operations udp_socket_operations = {
    .ready = udp_endpoint_ready,
    .receive = udp_endpoint_receive,
    .send = udp_endpoint_send,
    .bind = udp_endpoint_bind,
    .connect = udp_endpoint_connect,
    .shutdown = udp_endpoint_shutdown,
    .queued = udp_endpoint_queued,
    .destroy = udp_endpoint_destroy,
};
