/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>

#include "adapter.h"
#include "call.h"
#include "pipe.h"

static uint64_t deadline_of(const struct adapter *adapter, uint64_t timeout)
{
	return timeout ? adapter->clock.now + timeout : CLOCK_NEVER;
}

/* The parts as a transfer: 0, or a negative errno. */
static int fill_transfer(struct transfer *transfer, const struct iovec *parts, size_t count, int flags)
{
	*transfer = (struct transfer){.parts = parts, .count = count, .flags = flags};
	if (count > IOV_MAX)
		return -EINVAL;
	if (count > 0 && !parts)
		return -EFAULT;
	for (size_t i = 0; i < count; i++) {
		if (parts[i].iov_len > INT32_MAX - transfer->length)
			return -EINVAL;
		if (parts[i].iov_len > 0 && !parts[i].iov_base)
			return -EFAULT;
		transfer->length += parts[i].iov_len;
	}
	return 0;
}

/* ---- receiving ---- */

static ssize_t receive(struct adapter *adapter, struct descriptor *descriptor, struct transfer *transfer)
{
	bool block = !descriptor->nonblocking && !(transfer->flags & MSG_DONTWAIT);
	uint64_t deadline = deadline_of(adapter, descriptor->receive_timeout);
	ssize_t result;

	if (!block)
		transfer->flags &= ~MSG_WAITALL;
	while ((result = descriptor->operations->receive(adapter, descriptor, transfer)) == -EAGAIN && block) {
		int waited = descriptor_wait(adapter, descriptor, deadline);

		if (waited == -EBADF)
			return waited;
		if (waited < 0) { /* the time is over: what has come is what there is */
			transfer->flags &= ~MSG_WAITALL;
			block = false;
		}
	}
	return result;
}

/* A call that receives, on a socket only or on any descriptor. */
static ssize_t receive_on(struct adapter *adapter, int number, bool socket_only, struct transfer *transfer, int checked,
			  struct descriptor **descriptor)
{
	*descriptor = descriptor_find(adapter, number);
	if (!*descriptor)
		return -EBADF;
	if (socket_only && !(*descriptor)->domain)
		return -ENOTSOCK;
	if (checked < 0)
		return checked;
	if (!(*descriptor)->operations->receive)
		return -EBADF;
	return receive(adapter, *descriptor, transfer);
}

static ssize_t call_readv(void *userdata, int number, const struct iovec *parts, int count)
{
	struct adapter *adapter = call_enter(userdata);
	struct descriptor *descriptor;
	struct transfer transfer;
	int checked = count < 0 ? -EINVAL : fill_transfer(&transfer, parts, count, 0);

	return call_leave(adapter, receive_on(adapter, number, false, &transfer, checked, &descriptor));
}

static ssize_t call_read(void *userdata, int number, void *buffer, size_t count)
{
	struct iovec part = {.iov_base = buffer, .iov_len = count};

	return call_readv(userdata, number, &part, 1);
}

static ssize_t call_recvmsg(void *userdata, int socket, struct msghdr *message, int flags)
{
	struct adapter *adapter = call_enter(userdata);
	struct descriptor *descriptor;
	struct transfer transfer;
	int checked = message ? fill_transfer(&transfer, message->msg_iov, message->msg_iovlen, flags) : -EFAULT;
	ssize_t result = receive_on(adapter, socket, true, &transfer, checked, &descriptor);

	if (result >= 0) {
		if (transfer.has_from && message->msg_name)
			call_write_address(descriptor, &transfer.from, message->msg_name, &message->msg_namelen);
		else
			message->msg_namelen = 0;
		message->msg_controllen = 0;
		message->msg_flags = transfer.truncated ? MSG_TRUNC : 0;
	}
	return call_leave(adapter, result);
}

static ssize_t call_recvfrom(void *userdata, int socket, void *buffer, size_t count, int flags,
			     struct sockaddr *address, socklen_t *length)
{
	struct iovec part = {.iov_base = buffer, .iov_len = count};
	struct msghdr message = {
	    .msg_name = address,
	    .msg_namelen = address && length ? *length : 0,
	    .msg_iov = &part,
	    .msg_iovlen = 1,
	};
	ssize_t result = call_recvmsg(userdata, socket, &message, flags);

	if (result >= 0 && length)
		*length = message.msg_namelen;
	return result;
}

static ssize_t call_recv(void *userdata, int socket, void *buffer, size_t count, int flags)
{
	return call_recvfrom(userdata, socket, buffer, count, flags, NULL, NULL);
}

/* ---- sending ---- */

static ssize_t send_transfer(struct adapter *adapter, struct descriptor *descriptor, struct transfer *transfer)
{
	bool block = !descriptor->nonblocking && !(transfer->flags & MSG_DONTWAIT);
	uint64_t deadline = deadline_of(adapter, descriptor->send_timeout);
	int result;

	while ((result = descriptor->operations->send(adapter, descriptor, transfer)) == -EAGAIN && block) {
		result = descriptor_wait(adapter, descriptor, deadline);
		if (result < 0)
			break;
	}
	return result == 0 || transfer->done > 0 ? (ssize_t)transfer->done : result;
}

static ssize_t send_on(struct adapter *adapter, int number, bool socket_only, struct transfer *transfer, int checked,
		       const struct sockaddr *address, socklen_t length)
{
	struct descriptor *descriptor = descriptor_find(adapter, number);
	struct endpoint to;

	if (!descriptor)
		return -EBADF;
	if (socket_only && !descriptor->domain)
		return -ENOTSOCK;
	if (checked < 0)
		return checked;
	if (!descriptor->operations->send)
		return -EBADF;
	if (address) {
		int result = call_read_address(descriptor, address, length, &to);

		if (result < 0)
			return result;
		transfer->to = &to;
	}
	return send_transfer(adapter, descriptor, transfer);
}

static ssize_t call_writev(void *userdata, int number, const struct iovec *parts, int count)
{
	struct adapter *adapter = call_enter(userdata);
	struct transfer transfer;
	int checked = count < 0 ? -EINVAL : fill_transfer(&transfer, parts, count, 0);

	return call_leave(adapter, send_on(adapter, number, false, &transfer, checked, NULL, 0));
}

static ssize_t call_write(void *userdata, int number, const void *buffer, size_t count)
{
	struct iovec part = {.iov_base = (void *)(uintptr_t)buffer, .iov_len = count};

	return call_writev(userdata, number, &part, 1);
}

static ssize_t call_sendmsg(void *userdata, int socket, const struct msghdr *message, int flags)
{
	struct adapter *adapter = call_enter(userdata);
	struct transfer transfer;
	int checked = message ? fill_transfer(&transfer, message->msg_iov, message->msg_iovlen, flags) : -EFAULT;

	if (checked == 0 && message->msg_controllen > 0)
		checked = -EOPNOTSUPP;
	return call_leave(adapter, send_on(adapter, socket, true, &transfer, checked,
					   message ? message->msg_name : NULL, message ? message->msg_namelen : 0));
}

static ssize_t call_sendto(void *userdata, int socket, const void *buffer, size_t count, int flags,
			   const struct sockaddr *address, socklen_t length)
{
	struct iovec part = {.iov_base = (void *)(uintptr_t)buffer, .iov_len = count};
	struct msghdr message = {
	    .msg_name = (void *)(uintptr_t)address, .msg_namelen = length, .msg_iov = &part, .msg_iovlen = 1};

	return call_sendmsg(userdata, socket, &message, flags);
}

static ssize_t call_send(void *userdata, int socket, const void *buffer, size_t count, int flags)
{
	return call_sendto(userdata, socket, buffer, count, flags, NULL, 0);
}

/* ---- from one to the other ---- */

static ssize_t splice_on(struct adapter *adapter, int from_number, int to_number, size_t length, unsigned flags)
{
	for (;;) {
		struct descriptor *from = descriptor_find(adapter, from_number);
		struct descriptor *to = descriptor_find(adapter, to_number);
		struct descriptor *wait = NULL;
		ssize_t result;
		int waited;

		if (!from || !to)
			return -EBADF;
		result = pipe_splice(adapter, from, to, length, &wait);
		if (result != -EAGAIN || wait->nonblocking || (flags & SPLICE_F_NONBLOCK))
			return result;
		waited = descriptor_wait(adapter, wait, CLOCK_NEVER);
		if (waited < 0)
			return waited;
	}
}

static int call_splice(void *userdata, int from, loff_t *from_offset, int to, loff_t *to_offset, size_t length,
		       unsigned flags)
{
	struct adapter *adapter = call_enter(userdata);
	ssize_t result = -EINVAL;

	if (from_offset || to_offset)
		result = -ESPIPE;
	else if (!(flags & ~(unsigned)(SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE)))
		result = splice_on(adapter, from, to, length, flags);
	return (int)call_leave(adapter, result);
}

void call_fill_data(struct packetdrill_interface *table)
{
	table->read = call_read;
	table->readv = call_readv;
	table->recv = call_recv;
	table->recvfrom = call_recvfrom;
	table->recvmsg = call_recvmsg;
	table->write = call_write;
	table->writev = call_writev;
	table->send = call_send;
	table->sendto = call_sendto;
	table->sendmsg = call_sendmsg;
	table->splice = call_splice;
}
