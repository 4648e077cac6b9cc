/* SPDX-License-Identifier: BSD-3-Clause */
#include "call.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>

#include <rte_byteorder.h>
#include <rte_common.h>

#include "adapter.h"
#include "option.h"
#include "pipe.h"
#include "tcp_socket.h"
#include "udp_socket.h"

struct adapter *call_enter(void *userdata)
{
	struct adapter *adapter = userdata;

	pthread_mutex_lock(&adapter->lock);
	clock_enter(&adapter->clock);
	return adapter;
}

ssize_t call_leave(struct adapter *adapter, ssize_t result)
{
	adapter_run(adapter);
	clock_settle(adapter);
	pthread_mutex_unlock(&adapter->lock);
	if (result >= 0)
		return result;
	errno = (int)-result;
	return -1;
}

int call_read_address(const struct descriptor *descriptor, const struct sockaddr *address, socklen_t length,
		      struct endpoint *endpoint)
{
	struct sockaddr_in6 ipv6;
	struct sockaddr_in ipv4;

	if (!address)
		return -EFAULT;
	if (length < sizeof(address->sa_family))
		return -EINVAL;
	if (address->sa_family != descriptor->domain)
		return -EAFNOSUPPORT;
	if (length < (descriptor->domain == AF_INET ? sizeof(ipv4) : sizeof(ipv6)))
		return -EINVAL;
	if (descriptor->domain == AF_INET) {
		memcpy(&ipv4, address, sizeof(ipv4));
		endpoint->address = address_from_ipv4(ipv4.sin_addr.s_addr);
		endpoint->port = rte_be_to_cpu_16(ipv4.sin_port);
	} else {
		memcpy(&ipv6, address, sizeof(ipv6));
		endpoint->address = address_from_ipv6(&ipv6.sin6_addr);
		endpoint->port = rte_be_to_cpu_16(ipv6.sin6_port);
	}
	return 0;
}

void call_write_address(const struct descriptor *descriptor, const struct endpoint *endpoint, struct sockaddr *address,
			socklen_t *length)
{
	struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_port = rte_cpu_to_be_16(endpoint->port)};
	struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6, .sin6_port = rte_cpu_to_be_16(endpoint->port)};

	if (!address || !length)
		return;
	if (descriptor->domain == AF_INET) {
		ipv4.sin_addr.s_addr = address_ipv4(&endpoint->address);
		memcpy(address, &ipv4, RTE_MIN((size_t)*length, sizeof(ipv4)));
		*length = sizeof(ipv4);
	} else {
		memcpy(&ipv6.sin6_addr, endpoint->address.octets, sizeof(ipv6.sin6_addr));
		memcpy(address, &ipv6, RTE_MIN((size_t)*length, sizeof(ipv6)));
		*length = sizeof(ipv6);
	}
}

/* A socket (what has a domain), with errno as POSIX wants it. */
static int find_socket(struct adapter *adapter, int number, struct descriptor **descriptor)
{
	*descriptor = descriptor_find(adapter, number);
	if (!*descriptor)
		return -EBADF;
	return (*descriptor)->domain ? 0 : -ENOTSOCK;
}

static uint64_t deadline_after(const struct adapter *adapter, int milliseconds)
{
	return milliseconds < 0 ? CLOCK_NEVER : adapter->clock.now + (uint64_t)milliseconds * 1000;
}

/* ---- sockets ---- */

static int open_socket(struct adapter *adapter, int domain, int type, int protocol)
{
	int kind = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct descriptor *descriptor;
	int number;

	if (domain != AF_INET && domain != AF_INET6)
		return -EAFNOSUPPORT;
	if (kind != SOCK_STREAM && kind != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	if (protocol != 0 && protocol != (kind == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP))
		return -EPROTONOSUPPORT;
	if (kind == SOCK_STREAM) {
		struct tcp_socket *socket = tcp_socket_create(domain);

		descriptor = socket ? &socket->descriptor : NULL;
	} else {
		descriptor = udp_socket_create(domain);
	}
	if (!descriptor)
		return -ENOMEM;
	descriptor->nonblocking = type & SOCK_NONBLOCK;
	number = descriptor_open(adapter, descriptor);
	if (number < 0)
		descriptor_close(adapter, descriptor);
	return number;
}

static int call_socket(void *userdata, int domain, int type, int protocol)
{
	struct adapter *adapter = call_enter(userdata);

	return call_leave(adapter, open_socket(adapter, domain, type, protocol));
}

static int call_bind(void *userdata, int socket, const struct sockaddr *address, socklen_t length)
{
	struct adapter *adapter = call_enter(userdata);
	struct descriptor *descriptor;
	struct endpoint endpoint;
	int result = find_socket(adapter, socket, &descriptor);

	if (result == 0)
		result = call_read_address(descriptor, address, length, &endpoint);
	if (result == 0)
		result = descriptor->operations->bind(adapter, descriptor, &endpoint);
	return call_leave(adapter, result);
}

static int call_listen(void *userdata, int socket, int backlog)
{
	struct adapter *adapter = call_enter(userdata);
	struct descriptor *descriptor;
	int result = find_socket(adapter, socket, &descriptor);

	if (result == 0 && !descriptor->operations->listen)
		result = -EOPNOTSUPP;
	if (result == 0)
		result = descriptor->operations->listen(adapter, descriptor, backlog);
	return call_leave(adapter, result);
}

static int call_accept(void *userdata, int socket, struct sockaddr *address, socklen_t *length)
{
	struct adapter *adapter = call_enter(userdata);
	struct descriptor *descriptor;
	struct endpoint peer;
	int result = find_socket(adapter, socket, &descriptor);
	uint64_t deadline;

	if (result < 0 || !descriptor->operations->accept)
		return call_leave(adapter, result < 0 ? result : -EOPNOTSUPP);
	deadline = descriptor->receive_timeout ? adapter->clock.now + descriptor->receive_timeout : CLOCK_NEVER;
	while ((result = descriptor->operations->accept(adapter, descriptor, &peer)) == -EAGAIN &&
	       !descriptor->nonblocking) {
		result = descriptor_wait(adapter, descriptor, deadline);
		if (result < 0)
			break;
	}
	if (result >= 0)
		call_write_address(descriptor, &peer, address, length);
	return call_leave(adapter, result);
}

static int finish_connect(struct adapter *adapter, struct descriptor *descriptor)
{
	uint64_t deadline = descriptor->send_timeout ? adapter->clock.now + descriptor->send_timeout : CLOCK_NEVER;
	int result;

	while ((result = descriptor->operations->connect_result(adapter, descriptor)) == -EINPROGRESS) {
		int waited = descriptor_wait(adapter, descriptor, deadline);

		if (waited < 0)
			return waited == -EAGAIN ? -EINPROGRESS : waited;
	}
	return result;
}

static int call_connect(void *userdata, int socket, const struct sockaddr *address, socklen_t length)
{
	struct adapter *adapter = call_enter(userdata);
	struct descriptor *descriptor;
	struct endpoint endpoint;
	bool undo = address && length >= sizeof(address->sa_family) && address->sa_family == AF_UNSPEC;
	int result = find_socket(adapter, socket, &descriptor);

	if (result == 0 && !undo)
		result = call_read_address(descriptor, address, length, &endpoint);
	if (result == 0)
		result = descriptor->operations->connect(adapter, descriptor, undo ? NULL : &endpoint);
	if ((result == -EINPROGRESS || result == -EALREADY) && !descriptor->nonblocking)
		result = finish_connect(adapter, descriptor);
	return call_leave(adapter, result);
}

static int call_shutdown(void *userdata, int socket, int how)
{
	struct adapter *adapter = call_enter(userdata);
	struct descriptor *descriptor;
	int result = find_socket(adapter, socket, &descriptor);

	if (result == 0)
		result = descriptor->operations->shutdown(adapter, descriptor, how);
	return call_leave(adapter, result);
}

/* With SO_LINGER, close waits until all is acknowledged, or the time is over; what is left then is sent all the same.
 */
static int linger(struct adapter *adapter, struct descriptor *descriptor)
{
	uint64_t time = descriptor->operations->linger ? descriptor->operations->linger(descriptor) : 0;
	uint64_t deadline = adapter->clock.now + time;
	int result = 0;

	if (time == 0)
		return 0;
	descriptor->operations->shutdown(adapter, descriptor, SHUT_WR);
	while (result == 0 && descriptor->operations->queued(adapter, descriptor, true) > 0)
		result = descriptor_wait(adapter, descriptor, deadline);
	return result;
}

static int call_close(void *userdata, int number)
{
	struct adapter *adapter = call_enter(userdata);
	struct descriptor *descriptor = descriptor_find(adapter, number);

	if (!descriptor || linger(adapter, descriptor) == -EBADF)
		return call_leave(adapter, -EBADF);
	descriptor_close(adapter, descriptor);
	return call_leave(adapter, 0);
}

/* ---- settings of descriptors ---- */

static int call_getsockopt(void *userdata, int socket, int level, int option, void *value, socklen_t *length)
{
	struct adapter *adapter = call_enter(userdata);
	struct descriptor *descriptor = descriptor_find(adapter, socket);

	return call_leave(adapter, descriptor ? option_get(adapter, descriptor, level, option, value, length) : -EBADF);
}

static int call_setsockopt(void *userdata, int socket, int level, int option, const void *value, socklen_t length)
{
	struct adapter *adapter = call_enter(userdata);
	struct descriptor *descriptor = descriptor_find(adapter, socket);

	return call_leave(adapter, descriptor ? option_set(adapter, descriptor, level, option, value, length) : -EBADF);
}

static int control(struct descriptor *descriptor, int command, int argument)
{
	switch (command) {
	case F_GETFL:
		return O_RDWR | (descriptor->nonblocking ? O_NONBLOCK : 0);
	case F_SETFL:
		descriptor->nonblocking = argument & O_NONBLOCK;
		return 0;
	case F_GETFD:
	case F_SETFD: /* nothing is ever executed from here */
		return 0;
	default:
		return -EINVAL;
	}
}

static int call_fcntl(void *userdata, int number, int command, ...)
{
	struct adapter *adapter = call_enter(userdata);
	struct descriptor *descriptor = descriptor_find(adapter, number);
	va_list arguments;
	int argument = 0;

	va_start(arguments, command);
	if (command == F_SETFL || command == F_SETFD)
		argument = va_arg(arguments, int);
	va_end(arguments);
	return call_leave(adapter, descriptor ? control(descriptor, command, argument) : -EBADF);
}

static int device_control(struct adapter *adapter, struct descriptor *descriptor, unsigned long request, int *value)
{
	int result;

	if (!value)
		return -EFAULT;
	switch (request) {
	case FIONBIO:
		descriptor->nonblocking = *value != 0;
		return 0;
	case SIOCINQ: /* and FIONREAD */
	case SIOCOUTQ:
		if (!descriptor->operations->queued)
			return -ENOTTY;
		result = descriptor->operations->queued(adapter, descriptor, request == SIOCOUTQ);
		if (result < 0)
			return result;
		*value = result;
		return 0;
	default:
		return -ENOTTY;
	}
}

static int call_ioctl(void *userdata, int number, unsigned long request, ...)
{
	struct adapter *adapter = call_enter(userdata);
	struct descriptor *descriptor = descriptor_find(adapter, number);
	va_list arguments;
	int *value;

	va_start(arguments, request);
	value = va_arg(arguments, int *);
	va_end(arguments);
	return call_leave(adapter, descriptor ? device_control(adapter, descriptor, request, value) : -EBADF);
}

/* ---- waiting for several ---- */

static int call_poll(void *userdata, struct pollfd *descriptors, nfds_t count, int timeout)
{
	struct adapter *adapter = call_enter(userdata);
	uint64_t deadline = deadline_after(adapter, timeout);
	int result;

	while ((result = poll_collect(adapter, descriptors, count)) == 0 && adapter->clock.now < deadline) {
		int waited =
		    clock_wait(adapter, &adapter->clock.activity, adapter->clock.activity, deadline, CLOCK_PATIENCE);

		if (waited == -EBADF)
			return call_leave(adapter, -EBADF);
	}
	return call_leave(adapter, result);
}

static int call_epoll_create(void *userdata, int size)
{
	struct adapter *adapter = call_enter(userdata);

	return call_leave(adapter, size > 0 ? epoll_open(adapter) : -EINVAL);
}

static int call_epoll_ctl(void *userdata, int epoll, int operation, int number, struct epoll_event *event)
{
	struct adapter *adapter = call_enter(userdata);
	struct descriptor *descriptor = descriptor_find(adapter, epoll);

	return call_leave(adapter, descriptor ? epoll_change(adapter, descriptor, operation, number, event) : -EBADF);
}

static int call_epoll_wait(void *userdata, int epoll, struct epoll_event *events, int count, int timeout)
{
	struct adapter *adapter = call_enter(userdata);
	struct descriptor *descriptor = descriptor_find(adapter, epoll);
	uint64_t deadline = deadline_after(adapter, timeout);
	int result;

	if (!descriptor)
		return call_leave(adapter, -EBADF);
	while ((result = epoll_collect(adapter, descriptor, events, count)) == 0 && adapter->clock.now < deadline) {
		int waited = descriptor_wait_any(adapter, descriptor, deadline);

		if (waited == -EBADF)
			return call_leave(adapter, -EBADF);
	}
	return call_leave(adapter, result);
}

static int call_pipe(void *userdata, int descriptors[2])
{
	struct adapter *adapter = call_enter(userdata);

	return call_leave(adapter, descriptors ? pipe_create(adapter, descriptors) : -EFAULT);
}

/* ---- the network and the clock ---- */

static int call_netdev_send(void *userdata, const void *packet, size_t length)
{
	struct adapter *adapter = call_enter(userdata);

	return call_leave(adapter, packet ? adapter_input(adapter, packet, length) : -EFAULT);
}

static int call_netdev_receive(void *userdata, void *packet, size_t *length, long long *time_microseconds)
{
	struct adapter *adapter = call_enter(userdata);
	uint64_t time = 0;
	int result = clock_await_packet(adapter);

	if (result == 0) {
		*length = link_take_packet(&adapter->link, packet, *length, &time);
		*time_microseconds = (long long)time;
		if (*length == 0)
			result = -EMSGSIZE;
	}
	return call_leave(adapter, result);
}

static int call_usleep(void *userdata, useconds_t microseconds)
{
	struct adapter *adapter = call_enter(userdata);

	clock_sleep(adapter, microseconds);
	return call_leave(adapter, 0);
}

static int call_gettimeofday(void *userdata, struct timeval *now, struct timezone *zone)
{
	struct adapter *adapter = userdata;
	uint64_t time;

	pthread_mutex_lock(&adapter->lock);
	time = clock_read(adapter);
	pthread_mutex_unlock(&adapter->lock);
	if (now)
		*now = (struct timeval){.tv_sec = time / 1000000, .tv_usec = time % 1000000};
	if (zone)
		*zone = (struct timezone){0};
	return 0;
}

static void call_free(void *userdata)
{
	adapter_destroy(userdata);
}

void call_fill(struct packetdrill_interface *table)
{
	table->free = call_free;
	table->socket = call_socket;
	table->bind = call_bind;
	table->listen = call_listen;
	table->accept = call_accept;
	table->connect = call_connect;
	table->fcntl = call_fcntl;
	table->ioctl = call_ioctl;
	table->close = call_close;
	table->shutdown = call_shutdown;
	table->getsockopt = call_getsockopt;
	table->setsockopt = call_setsockopt;
	table->poll = call_poll;
	table->netdev_send = call_netdev_send;
	table->netdev_receive = call_netdev_receive;
	table->usleep = call_usleep;
	table->gettimeofday = call_gettimeofday;
	table->epoll_create = call_epoll_create;
	table->epoll_ctl = call_epoll_ctl;
	table->epoll_wait = call_epoll_wait;
	table->pipe = call_pipe;
}
