/* SPDX-License-Identifier: BSD-3-Clause */
#include "pipe.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include <rte_common.h>

#include <tcpstack/segment.h>

#include "adapter.h"
#include "tcp_socket.h"

struct pipe_end {
	struct descriptor descriptor; /* first */
	struct pipe *pipe;
};

struct pipe {
	struct pipe_end *reader; /* NULL: closed */
	struct pipe_end *writer;
	struct segment_list data;
};

static const struct descriptor_operations reader_operations, writer_operations;

static struct pipe *pipe_of(struct descriptor *descriptor)
{
	return ((struct pipe_end *)descriptor)->pipe;
}

static void touch_both(struct adapter *adapter, struct pipe *pipe)
{
	if (pipe->reader)
		descriptor_touch(adapter, &pipe->reader->descriptor);
	if (pipe->writer)
		descriptor_touch(adapter, &pipe->writer->descriptor);
}

static void discard(struct pipe *pipe)
{
	if (pipe->reader || pipe->writer)
		return;
	segment_list_free(&pipe->data);
	free(pipe);
}

static void destroy_reader(struct adapter *adapter, struct descriptor *descriptor)
{
	struct pipe *pipe = pipe_of(descriptor);

	pipe->reader = NULL;
	free(descriptor);
	touch_both(adapter, pipe);
	discard(pipe);
}

static void destroy_writer(struct adapter *adapter, struct descriptor *descriptor)
{
	struct pipe *pipe = pipe_of(descriptor);

	pipe->writer = NULL;
	free(descriptor);
	touch_both(adapter, pipe);
	discard(pipe);
}

static struct pipe_end *create_end(struct pipe *pipe, const struct descriptor_operations *operations)
{
	struct pipe_end *end = calloc(1, sizeof(*end));

	if (end) {
		end->descriptor = (struct descriptor){.operations = operations, .number = -1};
		end->pipe = pipe;
	}
	return end;
}

int pipe_create(struct adapter *adapter, int numbers[2])
{
	struct pipe *pipe = calloc(1, sizeof(*pipe));
	int result = -ENOMEM;

	if (!pipe)
		return -ENOMEM;
	pipe->reader = create_end(pipe, &reader_operations);
	pipe->writer = create_end(pipe, &writer_operations);
	if (pipe->reader && pipe->writer) {
		numbers[0] = descriptor_open(adapter, &pipe->reader->descriptor);
		numbers[1] = descriptor_open(adapter, &pipe->writer->descriptor);
		if (numbers[0] >= 0 && numbers[1] >= 0)
			return 0;
		if (numbers[0] >= 0)
			adapter->descriptors[numbers[0] - DESCRIPTOR_FIRST] = NULL;
		result = -EMFILE;
	}
	free(pipe->reader);
	free(pipe->writer);
	free(pipe);
	return result;
}

static unsigned reader_ready(struct adapter *adapter, struct descriptor *descriptor)
{
	const struct pipe *pipe = pipe_of(descriptor);

	return (pipe->data.bytes > 0 ? POLLIN | POLLRDNORM : 0) | (pipe->writer ? 0 : POLLHUP);
}

static unsigned writer_ready(struct adapter *adapter, struct descriptor *descriptor)
{
	const struct pipe *pipe = pipe_of(descriptor);

	return (pipe->data.bytes < PIPE_SIZE ? POLLOUT | POLLWRNORM : 0) | (pipe->reader ? 0 : POLLERR);
}

static ssize_t pipe_read(struct adapter *adapter, struct descriptor *descriptor, struct transfer *transfer)
{
	struct pipe *pipe = pipe_of(descriptor);
	uint32_t taken = 0;

	if (transfer->length == 0)
		return 0;
	if (pipe->data.bytes == 0)
		return pipe->writer ? -EAGAIN : 0;
	for (size_t i = 0; i < transfer->count && taken < pipe->data.bytes; i++)
		taken += segment_list_peek(&pipe->data, taken, transfer->parts[i].iov_base,
					   RTE_MIN(transfer->parts[i].iov_len, (size_t)PIPE_SIZE));
	segment_list_drop(&pipe->data, taken);
	touch_both(adapter, pipe);
	return taken;
}

static int pipe_write(struct adapter *adapter, struct descriptor *descriptor, struct transfer *transfer)
{
	struct pipe *pipe = pipe_of(descriptor);
	size_t skip = transfer->done;

	if (!pipe->reader)
		return -EPIPE;
	for (size_t i = 0; i < transfer->count; i++) {
		const struct iovec *part = &transfer->parts[i];
		uint32_t room = PIPE_SIZE - RTE_MIN(pipe->data.bytes, (uint32_t)PIPE_SIZE);
		uint32_t length, copied;

		if (skip >= part->iov_len) {
			skip -= part->iov_len;
			continue;
		}
		length = RTE_MIN(part->iov_len - skip, (size_t)room);
		copied =
		    segment_list_append_copy(&pipe->data, adapter->pool, (const char *)part->iov_base + skip, length);
		transfer->done += copied;
		if (copied > 0)
			touch_both(adapter, pipe);
		if (copied < part->iov_len - skip)
			return copied < length ? -ENOBUFS : -EAGAIN;
		skip = 0;
	}
	return 0;
}

static int reader_queued(struct adapter *adapter, struct descriptor *descriptor, bool output)
{
	return output ? -ENOTTY : (int)pipe_of(descriptor)->data.bytes;
}

static const struct descriptor_operations reader_operations = {
    .ready = reader_ready, .receive = pipe_read, .queued = reader_queued, .destroy = destroy_reader};
static const struct descriptor_operations writer_operations = {
    .ready = writer_ready, .send = pipe_write, .queued = reader_queued, .destroy = destroy_writer};

/* ---- splice ---- */

/* The list that there is to take from: its bytes, 0 at the end, -EAGAIN if some may come. */
static ssize_t source(struct adapter *adapter, struct descriptor *from, struct segment_list **list)
{
	struct tcp_socket *socket = tcp_socket_of(from);
	struct transfer nothing = {.length = 1};
	ssize_t result;

	if (!socket) {
		*list = &pipe_of(from)->data;
		if ((*list)->bytes == 0)
			return pipe_of(from)->writer ? -EAGAIN : 0;
		return (*list)->bytes;
	}
	*list = &socket->received;
	if (tcp_socket_collect(adapter, socket) > 0)
		return socket->received.bytes;
	result = from->operations->receive(adapter, from, &nothing);
	return result;
}

static ssize_t splice_to_socket(struct adapter *adapter, struct tcp_socket *socket, struct segment_list *list,
				size_t length)
{
	struct segment_list part = {0};
	uint32_t moved = segment_list_move_bytes(&part, list, RTE_MIN(length, (size_t)UINT32_MAX), adapter->pool);
	int result;

	if (moved == 0)
		return -ENOBUFS;
	result = tcp_socket_send_list(adapter, socket, &part);
	if (result < 0) { /* back where they were: in front */
		segment_list_move(&part, list);
		*list = part;
		return result;
	}
	return moved;
}

static ssize_t splice_to_pipe(struct adapter *adapter, struct pipe *pipe, struct segment_list *list, size_t length)
{
	uint32_t room = PIPE_SIZE - RTE_MIN(pipe->data.bytes, (uint32_t)PIPE_SIZE);
	uint32_t moved;

	if (!pipe->reader)
		return -EPIPE;
	if (room == 0)
		return -EAGAIN;
	moved = segment_list_move_bytes(&pipe->data, list, RTE_MIN(length, (size_t)room), adapter->pool);
	if (moved == 0)
		return -ENOBUFS;
	touch_both(adapter, pipe);
	return moved;
}

ssize_t pipe_splice(struct adapter *adapter, struct descriptor *from, struct descriptor *to, size_t length,
		    struct descriptor **wait)
{
	bool from_pipe = from->operations == &reader_operations;
	bool to_pipe = to->operations == &writer_operations;
	struct segment_list *list;
	ssize_t result;

	if (from->operations == &writer_operations || to->operations == &reader_operations)
		return -EBADF;
	if ((!from_pipe && !tcp_socket_of(from)) || (!to_pipe && !tcp_socket_of(to)) || (!from_pipe && !to_pipe))
		return -EINVAL;
	if (from_pipe && to_pipe && pipe_of(from) == pipe_of(to))
		return -EINVAL;
	if (length == 0)
		return 0;
	*wait = from;
	result = source(adapter, from, &list);
	if (result <= 0)
		return result;
	*wait = to;
	if (to_pipe)
		result = splice_to_pipe(adapter, pipe_of(to), list, length);
	else
		result = splice_to_socket(adapter, tcp_socket_of(to), list, length);
	if (result > 0 && from_pipe)
		touch_both(adapter, pipe_of(from));
	return result;
}
