/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PACKETDRILL_INTERFACE_H
#define PACKETDRILL_INTERFACE_H

/*
 * What packetdrill expects of a TCP stack that comes as a shared object: a table of functions, in this order, filled in
 * by packetdrill_interface_init. Each function takes `userdata` and then what the POSIX call of its name takes, and
 * answers as that does: -1 with errno for an error.
 */

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>

struct packetdrill_interface {
	void *userdata;
	void (*free)(void *userdata);
	int (*socket)(void *userdata, int domain, int type, int protocol);
	int (*bind)(void *userdata, int socket, const struct sockaddr *address, socklen_t length);
	int (*listen)(void *userdata, int socket, int backlog);
	int (*accept)(void *userdata, int socket, struct sockaddr *address, socklen_t *length);
	int (*connect)(void *userdata, int socket, const struct sockaddr *address, socklen_t length);
	ssize_t (*read)(void *userdata, int descriptor, void *buffer, size_t count);
	ssize_t (*readv)(void *userdata, int descriptor, const struct iovec *parts, int count);
	ssize_t (*recv)(void *userdata, int socket, void *buffer, size_t count, int flags);
	ssize_t (*recvfrom)(void *userdata, int socket, void *buffer, size_t count, int flags, struct sockaddr *address,
			    socklen_t *length);
	ssize_t (*recvmsg)(void *userdata, int socket, struct msghdr *message, int flags);
	ssize_t (*write)(void *userdata, int descriptor, const void *buffer, size_t count);
	ssize_t (*writev)(void *userdata, int descriptor, const struct iovec *parts, int count);
	ssize_t (*send)(void *userdata, int socket, const void *buffer, size_t count, int flags);
	ssize_t (*sendto)(void *userdata, int socket, const void *buffer, size_t count, int flags,
			  const struct sockaddr *address, socklen_t length);
	ssize_t (*sendmsg)(void *userdata, int socket, const struct msghdr *message, int flags);
	int (*fcntl)(void *userdata, int descriptor, int command, ...);
	int (*ioctl)(void *userdata, int descriptor, unsigned long request, ...);
	int (*close)(void *userdata, int descriptor);
	int (*shutdown)(void *userdata, int socket, int how);
	int (*getsockopt)(void *userdata, int socket, int level, int option, void *value, socklen_t *length);
	int (*setsockopt)(void *userdata, int socket, int level, int option, const void *value, socklen_t length);
	int (*poll)(void *userdata, struct pollfd *descriptors, nfds_t count, int timeout);
	/* One raw IP packet into the stack. */
	int (*netdev_send)(void *userdata, const void *packet, size_t length);
	/* The next IP packet out of the stack: *length is the size of the buffer, then that of the packet. */
	int (*netdev_receive)(void *userdata, void *packet, size_t *length, long long *time_microseconds);
	int (*usleep)(void *userdata, useconds_t microseconds);
	int (*gettimeofday)(void *userdata, struct timeval *now, struct timezone *zone);
	int (*epoll_create)(void *userdata, int size);
	int (*epoll_ctl)(void *userdata, int epoll, int operation, int descriptor, struct epoll_event *event);
	int (*epoll_wait)(void *userdata, int epoll, struct epoll_event *events, int count, int timeout);
	int (*pipe)(void *userdata, int descriptors[2]);
	int (*splice)(void *userdata, int from, loff_t *from_offset, int to, loff_t *to_offset, size_t length,
		      unsigned int flags);
};

/*
 * Fills the table with a stack of its own. `flags` is what stands behind --so_flags (settings.h); NULL is "". The
 * calling thread is taken for the one that runs the script, until another one calls usleep. Ends the process with a
 * sentence if it cannot be done: the caller asks for no result.
 */
void packetdrill_interface_init(const char *flags, struct packetdrill_interface *table);

#endif
