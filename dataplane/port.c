/* SPDX-License-Identifier: BSD-3-Clause */
#include "port.h"

#include <string.h>

#ifdef SLUICE_TEST_SERVICE
#include "steering_port.h"
#endif

struct port_kind {
	const char *prefix;
	bool (*open)(struct port *port, const struct port_request *request, struct fault *fault);
};

/* The empty prefix fits everything and stands last. */
static const struct port_kind port_kinds[] = {
#ifdef SLUICE_TEST_SERVICE
    {"steering:", steering_port_open},
    {"lying:", lying_port_open},
#endif
    {"", device_port_open},
};

static const struct port_kind *port_kind_of(const char *device)
{
	const struct port_kind *kind = port_kinds;

	while (strncmp(device, kind->prefix, strlen(kind->prefix)) != 0)
		kind++;
	return kind;
}

const char *port_device_arguments(const char *device)
{
	return device + strlen(port_kind_of(device)->prefix);
}

bool port_open(struct port *port, const struct port_request *request, struct fault *fault)
{
	*port = (struct port){0};
	if (port_kind_of(request->device)->open(port, request, fault))
		return true;
	*port = (struct port){0};
	return false;
}

void port_close(struct port *port)
{
	if (port->operations != NULL)
		port->operations->close(port->device);
	*port = (struct port){0};
}
