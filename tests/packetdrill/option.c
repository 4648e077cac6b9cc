/* SPDX-License-Identifier: BSD-3-Clause */
#include "option.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>

/* Linux's struct of that name, under another, beside the stack's own. */
#define tcp_info linux_tcp_info
#include <linux/tcp.h>
#undef tcp_info

#include <rte_common.h>

#include "adapter.h"
#include "tcp_socket.h"

#define SMALLEST_SEGMENT 88 /* TCP_MAXSEG takes this to 32767 */
#define LARGEST_SEGMENT 32767
#define SMALLEST_BUFFER 4096 /* set smaller, a buffer has this size */

static int read_int(const void *value, socklen_t length, int *number)
{
	if (length < sizeof(*number))
		return -EINVAL;
	memcpy(number, value, sizeof(*number));
	return 0;
}

/* Cuts the value to the room that there is, as getsockopt does. */
static int write_value(void *value, socklen_t *length, const void *from, size_t size)
{
	*length = RTE_MIN((size_t)*length, size);
	memcpy(value, from, *length);
	return 0;
}

static int write_int(void *value, socklen_t *length, int number)
{
	return write_value(value, length, &number, sizeof(number));
}

static int read_timeout(const void *value, socklen_t length, uint64_t *timeout)
{
	struct timeval time;

	if (length < sizeof(time))
		return -EINVAL;
	memcpy(&time, value, sizeof(time));
	if (time.tv_sec < 0 || time.tv_usec < 0 || time.tv_usec >= 1000000)
		return -EDOM;
	*timeout = (uint64_t)time.tv_sec * 1000000 + time.tv_usec;
	return 0;
}

static int write_timeout(void *value, socklen_t *length, uint64_t timeout)
{
	struct timeval time = {.tv_sec = timeout / 1000000, .tv_usec = timeout % 1000000};

	return write_value(value, length, &time, sizeof(time));
}

int option_set(struct adapter *adapter, struct descriptor *descriptor, int level, int option, const void *value,
	       socklen_t length)
{
	if (descriptor->domain == 0)
		return -ENOTSOCK;
	if (!value)
		return -EFAULT;
	if (level == SOL_SOCKET && option == SO_RCVTIMEO)
		return read_timeout(value, length, &descriptor->receive_timeout);
	if (level == SOL_SOCKET && option == SO_SNDTIMEO)
		return read_timeout(value, length, &descriptor->send_timeout);
	if (!descriptor->operations->set_option)
		return -ENOPROTOOPT;
	return descriptor->operations->set_option(adapter, descriptor, level, option, value, length);
}

int option_get(struct adapter *adapter, struct descriptor *descriptor, int level, int option, void *value,
	       socklen_t *length)
{
	bool is_tcp = tcp_socket_of(descriptor) != NULL;

	if (descriptor->domain == 0)
		return -ENOTSOCK;
	if (!value || !length)
		return -EFAULT;
	if (level == SOL_SOCKET) {
		switch (option) {
		case SO_TYPE:
			return write_int(value, length, is_tcp ? SOCK_STREAM : SOCK_DGRAM);
		case SO_DOMAIN:
			return write_int(value, length, descriptor->domain);
		case SO_PROTOCOL:
			return write_int(value, length, is_tcp ? IPPROTO_TCP : IPPROTO_UDP);
		case SO_RCVTIMEO:
			return write_timeout(value, length, descriptor->receive_timeout);
		case SO_SNDTIMEO:
			return write_timeout(value, length, descriptor->send_timeout);
		case SO_ERROR:
			if (!is_tcp)
				return write_int(value, length, 0);
			break;
		default:
			break;
		}
	}
	if (!descriptor->operations->get_option)
		return -ENOPROTOOPT;
	return descriptor->operations->get_option(adapter, descriptor, level, option, value, length);
}

/* Sizes are doubled, as Linux does it: half of a buffer is for payload, half for what holds it. */
static uint32_t doubled(int size)
{
	if (size < SMALLEST_BUFFER / 2)
		return SMALLEST_BUFFER;
	return size > INT32_MAX / 2 ? INT32_MAX - 1 : (uint32_t)size * 2;
}

static int set_socket_option(struct adapter *adapter, struct tcp_socket *socket, int option, int number)
{
	switch (option) {
	case SO_REUSEADDR:
		socket->reuse_address = number != 0;
		return 0;
	case SO_RCVBUF:
		socket->receive_buffer = doubled(number);
		break;
	case SO_SNDBUF:
		socket->send_buffer = doubled(number);
		break;
	default:
		return -ENOPROTOOPT;
	}
	tcp_socket_apply_buffers(adapter, socket);
	return 0;
}

static int set_protocol_option(struct adapter *adapter, struct tcp_socket *socket, int option, int number)
{
	switch (option) {
	case TCP_NODELAY:
		socket->no_delay = number != 0;
		return 0;
	case TCP_CORK:
		socket->cork = number != 0;
		tcp_socket_set_cork(adapter, socket, false);
		return 0;
	case TCP_MAXSEG:
		if ((number != 0 && number < SMALLEST_SEGMENT) || number > LARGEST_SEGMENT)
			return -EINVAL;
		if (socket->state != TCP_SOCKET_IDLE)
			return -EISCONN;
		socket->maximum_segment = number;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

int tcp_option_set(struct adapter *adapter, struct descriptor *descriptor, int level, int option, const void *value,
		   socklen_t length)
{
	struct tcp_socket *socket = tcp_socket_of(descriptor);
	int number, result;

	if (level == SOL_SOCKET && option == SO_LINGER) {
		if (length < sizeof(socket->linger))
			return -EINVAL;
		memcpy(&socket->linger, value, sizeof(socket->linger));
		return 0;
	}
	result = read_int(value, length, &number);
	if (result < 0)
		return result;
	if (level == SOL_SOCKET)
		return set_socket_option(adapter, socket, option, number);
	if (level == IPPROTO_TCP)
		return set_protocol_option(adapter, socket, option, number);
	return -ENOPROTOOPT;
}

/* The states as Linux numbers them. */
static uint8_t linux_state(const struct tcp_socket *socket, enum tcp_state state)
{
	enum {
		ESTABLISHED = 1,
		SYN_SENT,
		SYN_RECV,
		FIN_WAIT1,
		FIN_WAIT2,
		CLOSE = 7,
		CLOSE_WAIT,
		LAST_ACK,
		LISTEN,
		CLOSING
	};
	static const uint8_t numbers[] = {
	    [TCP_CLOSED] = CLOSE,	   [TCP_SYN_SENT] = SYN_SENT,
	    [TCP_SYN_RECEIVED] = SYN_RECV, [TCP_ESTABLISHED] = ESTABLISHED,
	    [TCP_FIN_WAIT_1] = FIN_WAIT1,  [TCP_FIN_WAIT_2] = FIN_WAIT2,
	    [TCP_CLOSE_WAIT] = CLOSE_WAIT, [TCP_CLOSING] = CLOSING,
	    [TCP_LAST_ACK] = LAST_ACK,	   [TCP_TIME_WAIT] = CLOSE,
	};

	return socket->state == TCP_SOCKET_LISTENING ? LISTEN : numbers[state];
}

static uint32_t in_segments(uint32_t bytes, uint32_t segment)
{
	return segment == 0 ? 0 : (bytes + segment - 1) / segment;
}

/* Bytes are told in segments where Linux does. A slow-start threshold that was never set is as good as infinite. */
static void fill_info(const struct adapter *adapter, const struct tcp_socket *socket, struct linux_tcp_info *linux_info)
{
	struct tcp_info info = {.state = TCP_CLOSED};

	*linux_info = (struct linux_tcp_info){.tcpi_state = linux_state(socket, TCP_CLOSED)};
	if (!socket->connection)
		return;
	tcp_get_info(adapter->stack, socket->connection, &info);
	*linux_info = (struct linux_tcp_info){
	    .tcpi_state = linux_state(socket, info.state),
	    .tcpi_retransmits = RTE_MIN(info.timeouts, (uint32_t)UINT8_MAX),
	    .tcpi_options = (info.options.timestamps ? TCPI_OPT_TIMESTAMPS : 0) |
			    (info.options.sack ? TCPI_OPT_SACK : 0) |
			    (info.options.window_scaling ? TCPI_OPT_WSCALE : 0),
	    .tcpi_snd_wscale = info.options.window_scaling ? info.peer_window_scale : 0,
	    .tcpi_rcv_wscale = info.options.window_scaling ? info.options.window_scale : 0,
	    .tcpi_rto = info.rto,
	    .tcpi_snd_mss = info.send_mss,
	    .tcpi_advmss = info.announced_mss,
	    .tcpi_unacked = in_segments(info.in_flight, info.send_mss),
	    .tcpi_rtt = info.rtt,
	    .tcpi_rttvar = info.rtt_variance,
	    .tcpi_snd_cwnd = info.send_mss ? info.congestion_window / info.send_mss : 0,
	    .tcpi_snd_ssthresh = info.slow_start_threshold >= INT32_MAX || info.send_mss == 0
				     ? INT32_MAX
				     : info.slow_start_threshold / info.send_mss,
	    .tcpi_total_retrans = info.retransmitted,
	    .tcpi_bytes_acked = info.bytes_sent,
	    .tcpi_bytes_received = info.bytes_received,
	    .tcpi_rcv_space = info.receive_window,
	    .tcpi_notsent_bytes = socket->dead ? 0
					       : tcp_unacknowledged(socket->connection) -
						     RTE_MIN(info.in_flight, tcp_unacknowledged(socket->connection)),
	};
}

static int get_socket_option(struct adapter *adapter, struct tcp_socket *socket, int option, void *value,
			     socklen_t *length)
{
	int error;

	switch (option) {
	case SO_ERROR:
		error = socket->error;
		socket->error = 0;
		return write_int(value, length, error);
	case SO_REUSEADDR:
		return write_int(value, length, socket->reuse_address);
	case SO_ACCEPTCONN:
		return write_int(value, length, socket->state == TCP_SOCKET_LISTENING);
	case SO_LINGER:
		return write_value(value, length, &socket->linger, sizeof(socket->linger));
	case SO_RCVBUF:
		return write_int(value, length,
				 socket->receive_buffer ? socket->receive_buffer : adapter->tcp.receive_buffer);
	case SO_SNDBUF:
		return write_int(value, length, socket->send_buffer ? socket->send_buffer : adapter->tcp.send_buffer);
	default:
		return -ENOPROTOOPT;
	}
}

static int get_protocol_option(struct adapter *adapter, struct tcp_socket *socket, int option, void *value,
			       socklen_t *length)
{
	struct linux_tcp_info linux_info;
	struct tcp_info info;

	switch (option) {
	case TCP_NODELAY:
		return write_int(value, length, socket->no_delay);
	case TCP_CORK:
		return write_int(value, length, socket->cork);
	case TCP_MAXSEG:
		if (!socket->connection)
			return write_int(value, length, socket->maximum_segment ? socket->maximum_segment : 536);
		tcp_get_info(adapter->stack, socket->connection, &info);
		return write_int(value, length, info.send_mss);
	case TCP_INFO:
		fill_info(adapter, socket, &linux_info);
		return write_value(value, length, &linux_info, sizeof(linux_info));
	default:
		return -ENOPROTOOPT;
	}
}

int tcp_option_get(struct adapter *adapter, struct descriptor *descriptor, int level, int option, void *value,
		   socklen_t *length)
{
	struct tcp_socket *socket = tcp_socket_of(descriptor);

	if (level == SOL_SOCKET)
		return get_socket_option(adapter, socket, option, value, length);
	if (level == IPPROTO_TCP)
		return get_protocol_option(adapter, socket, option, value, length);
	return -ENOPROTOOPT;
}
