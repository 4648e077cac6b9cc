/* SPDX-License-Identifier: BSD-3-Clause */
#include "epoll.h"

#include <errno.h>
#include <stdlib.h>

#include "adapter.h"

#define KNOWN_EVENTS                                                                                                   \
	(EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP | EPOLLERR | EPOLLHUP | EPOLLRDNORM | EPOLLWRNORM | EPOLLET |      \
	 EPOLLONESHOT)
#define ALWAYS (EPOLLERR | EPOLLHUP)

/* The bits of poll and epoll are the same numbers. */
_Static_assert(POLLIN == EPOLLIN && POLLOUT == EPOLLOUT && POLLERR == EPOLLERR && POLLHUP == EPOLLHUP &&
		   POLLRDHUP == EPOLLRDHUP && POLLRDNORM == EPOLLRDNORM && POLLWRNORM == EPOLLWRNORM,
	       "one set of bits");

struct watch {
	bool used;
	bool spent; /* one-shot, and it was shot */
	bool told;  /* edge-triggered: `activity` is what was told last */
	uint64_t activity;
	struct epoll_event event;
};

struct epoll {
	struct descriptor descriptor; /* first */
	struct watch watches[DESCRIPTORS];
};

static const struct descriptor_operations epoll_operations;

static struct epoll *epoll_of(struct descriptor *descriptor)
{
	return descriptor->operations == &epoll_operations ? (struct epoll *)descriptor : NULL;
}

int epoll_open(struct adapter *adapter)
{
	struct epoll *epoll = calloc(1, sizeof(*epoll));
	int number;

	if (!epoll)
		return -ENOMEM;
	epoll->descriptor = (struct descriptor){.operations = &epoll_operations, .number = -1};
	number = descriptor_open(adapter, &epoll->descriptor);
	if (number < 0)
		free(epoll);
	return number;
}

int epoll_change(struct adapter *adapter, struct descriptor *descriptor, int operation, int number,
		 const struct epoll_event *event)
{
	struct descriptor *target = descriptor_find(adapter, number);
	struct epoll *epoll = epoll_of(descriptor);
	struct watch *watch;

	if (!target)
		return -EBADF;
	if (!epoll || epoll_of(target)) /* instances that watch each other are not offered */
		return -EINVAL;
	watch = &epoll->watches[number - DESCRIPTOR_FIRST];
	if (operation != EPOLL_CTL_DEL && !event)
		return -EFAULT;
	if (operation != EPOLL_CTL_DEL && (event->events & ~(uint32_t)KNOWN_EVENTS))
		return -EINVAL;
	switch (operation) {
	case EPOLL_CTL_ADD:
		if (watch->used)
			return -EEXIST;
		break;
	case EPOLL_CTL_MOD:
	case EPOLL_CTL_DEL:
		if (!watch->used)
			return -ENOENT;
		break;
	default:
		return -EINVAL;
	}
	*watch = (struct watch){.used = operation != EPOLL_CTL_DEL};
	if (watch->used)
		watch->event = *event;
	adapter->clock.activity++;
	return 0;
}

/* What the watch has to tell now; 0: nothing. */
static uint32_t told_now(struct adapter *adapter, const struct watch *watch, struct descriptor *target)
{
	if (!watch->used || watch->spent)
		return 0;
	if ((watch->event.events & EPOLLET) && watch->told && watch->activity == target->activity)
		return 0;
	return target->operations->ready(adapter, target) & (watch->event.events | ALWAYS);
}

int epoll_collect(struct adapter *adapter, struct descriptor *descriptor, struct epoll_event *events, int room)
{
	struct epoll *epoll = epoll_of(descriptor);
	int count = 0;

	if (!epoll || room <= 0)
		return -EINVAL;
	for (int i = 0; i < DESCRIPTORS && count < room; i++) {
		struct watch *watch = &epoll->watches[i];
		struct descriptor *target = adapter->descriptors[i];
		uint32_t now = target ? told_now(adapter, watch, target) : 0;

		if (now == 0)
			continue;
		events[count++] = (struct epoll_event){.events = now, .data = watch->event.data};
		watch->told = true;
		watch->activity = target->activity;
		watch->spent = watch->event.events & EPOLLONESHOT;
	}
	return count;
}

int poll_collect(struct adapter *adapter, struct pollfd *descriptors, nfds_t count)
{
	int told = 0;

	for (nfds_t i = 0; i < count; i++) {
		struct descriptor *target = descriptor_find(adapter, descriptors[i].fd);

		descriptors[i].revents = 0;
		if (descriptors[i].fd < 0)
			continue;
		if (!target)
			descriptors[i].revents = POLLNVAL;
		else
			descriptors[i].revents = target->operations->ready(adapter, target) &
						 ((unsigned short)descriptors[i].events | ALWAYS);
		told += descriptors[i].revents != 0;
	}
	return told;
}

void epoll_forget(struct adapter *adapter, const struct descriptor *descriptor)
{
	for (int i = 0; i < DESCRIPTORS; i++) {
		struct epoll *epoll = adapter->descriptors[i] ? epoll_of(adapter->descriptors[i]) : NULL;

		if (epoll)
			epoll->watches[descriptor->number - DESCRIPTOR_FIRST].used = false;
	}
}

static unsigned epoll_ready(struct adapter *adapter, struct descriptor *descriptor)
{
	const struct epoll *epoll = epoll_of(descriptor);

	for (int i = 0; i < DESCRIPTORS; i++) {
		if (adapter->descriptors[i] && told_now(adapter, &epoll->watches[i], adapter->descriptors[i]))
			return POLLIN | POLLRDNORM;
	}
	return 0;
}

static void epoll_destroy(struct adapter *adapter, struct descriptor *descriptor)
{
	free(descriptor);
}

static const struct descriptor_operations epoll_operations = {.ready = epoll_ready, .destroy = epoll_destroy};
