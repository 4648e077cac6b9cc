/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PACKETDRILL_TCP_SOCKET_H
#define PACKETDRILL_TCP_SOCKET_H

/* Sockets of type SOCK_STREAM: a listener or a connection of the stack behind a descriptor. */

#include <sys/socket.h>

#include <tcpstack/segment.h>
#include <tcpstack/tcp.h>

#include "descriptor.h"

enum tcp_socket_state {
	TCP_SOCKET_IDLE, /* neither connected nor listening */
	TCP_SOCKET_LISTENING,
	TCP_SOCKET_CONNECTING, /* connect has begun */
	TCP_SOCKET_CONNECTED,  /* until the user closes it, whatever becomes of it on the wire */
};

struct tcp_socket {
	struct descriptor descriptor; /* first: a descriptor with tcp_socket_operations is one of these */
	enum tcp_socket_state state;
	struct tcp_listener *listener;
	struct tcp_connection *connection;
	struct endpoint local; /* what bind was told */
	bool bound;
	int error;	   /* errno to be told once: SO_ERROR, or the next call */
	bool connect_told; /* the result of connect has been given */
	bool ended;	   /* the peer's FIN, or no connection any more */
	bool dead;	   /* the connection is closed both ways */
	bool read_shut;
	bool write_shut;
	struct segment_list received; /* taken off the connection, not yet read */
	/* accepted connections that wait, oldest first */
	struct tcp_socket *waiting;
	struct tcp_socket *next_waiting;
	unsigned waiting_count;
	unsigned backlog;
	/* options */
	bool reuse_address;
	bool no_delay;
	bool cork;
	uint16_t maximum_segment;
	uint32_t receive_buffer; /* 0: the stack's default */
	uint32_t send_buffer;
	struct linger linger;
};

/* A new socket without a number, or NULL. */
struct tcp_socket *tcp_socket_create(int domain);

/* Something has happened to a connection of the adapter's stack. */
void tcp_socket_event(struct adapter *adapter, struct tcp_connection *connection, unsigned events);

/* Takes what has arrived off the connection. Returns the bytes that can be read now. */
uint32_t tcp_socket_collect(struct adapter *adapter, struct tcp_socket *socket);

/* Sends the list, if the connection can take any of it now: 0, or a negative errno with the list untouched. */
int tcp_socket_send_list(struct adapter *adapter, struct tcp_socket *socket, struct segment_list *list);

/* The connection's corking, as TCP_CORK and MSG_MORE together ask. */
void tcp_socket_set_cork(struct adapter *adapter, struct tcp_socket *socket, bool more);

/* Gives the connection the buffers that were set. */
void tcp_socket_apply_buffers(struct adapter *adapter, struct tcp_socket *socket);

extern const struct descriptor_operations tcp_socket_operations;

/* The socket behind a descriptor, or NULL if it is something else. */
static inline struct tcp_socket *tcp_socket_of(struct descriptor *descriptor)
{
	return descriptor->operations == &tcp_socket_operations ? (struct tcp_socket *)descriptor : NULL;
}

#endif
