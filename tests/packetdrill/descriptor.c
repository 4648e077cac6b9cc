/* SPDX-License-Identifier: BSD-3-Clause */
#include "descriptor.h"

#include <errno.h>

#include "adapter.h"

int descriptor_open(struct adapter *adapter, struct descriptor *descriptor)
{
	for (int i = 0; i < DESCRIPTORS; i++) {
		if (adapter->descriptors[i])
			continue;
		adapter->descriptors[i] = descriptor;
		descriptor->number = DESCRIPTOR_FIRST + i;
		return descriptor->number;
	}
	return -EMFILE;
}

struct descriptor *descriptor_find(const struct adapter *adapter, int number)
{
	if (number < DESCRIPTOR_FIRST || number >= DESCRIPTOR_FIRST + DESCRIPTORS)
		return NULL;
	return adapter->descriptors[number - DESCRIPTOR_FIRST];
}

void descriptor_close(struct adapter *adapter, struct descriptor *descriptor)
{
	if (descriptor->number >= 0) {
		epoll_forget(adapter, descriptor);
		adapter->descriptors[descriptor->number - DESCRIPTOR_FIRST] = NULL;
	}
	descriptor->number = -1;
	descriptor->closed = true;
	if (descriptor->users > 0)
		descriptor_touch(adapter, descriptor);
	else
		descriptor->operations->destroy(adapter, descriptor);
}

void descriptor_touch(struct adapter *adapter, struct descriptor *descriptor)
{
	descriptor->activity++;
	adapter->clock.activity++;
}

void descriptor_touch_used(struct adapter *adapter)
{
	for (int i = 0; i < DESCRIPTORS; i++) {
		if (adapter->descriptors[i] && adapter->descriptors[i]->users > 0)
			descriptor_touch(adapter, adapter->descriptors[i]);
	}
}

static int wait_for(struct adapter *adapter, struct descriptor *descriptor, const uint64_t *counter, uint64_t deadline)
{
	int result;

	descriptor->users++;
	result = clock_wait(adapter, counter, *counter, deadline, CLOCK_PATIENCE);
	descriptor->users--;
	if (!descriptor->closed)
		return result;
	if (descriptor->users == 0)
		descriptor->operations->destroy(adapter, descriptor);
	return -EBADF;
}

int descriptor_wait(struct adapter *adapter, struct descriptor *descriptor, uint64_t deadline)
{
	return wait_for(adapter, descriptor, &descriptor->activity, deadline);
}

int descriptor_wait_any(struct adapter *adapter, struct descriptor *descriptor, uint64_t deadline)
{
	return wait_for(adapter, descriptor, &adapter->clock.activity, deadline);
}
