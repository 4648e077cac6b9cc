/* SPDX-License-Identifier: BSD-3-Clause */
#include "interface.h"

#include "adapter.h"
#include "call.h"

__attribute__((visibility("default"))) void packetdrill_interface_init(const char *flags,
								       struct packetdrill_interface *table)
{
	*table = (struct packetdrill_interface){.userdata = adapter_create(flags)};
	call_fill(table);
	call_fill_data(table);
}
