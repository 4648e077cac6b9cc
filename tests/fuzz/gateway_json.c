/* SPDX-License-Identifier: BSD-3-Clause */
/* Any octets as gateway.json: accepted and freed, or refused at places within them. */
#include <string.h>

#include <config/gateway.h>

#include "error.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_error error;
	struct gateway gateway;

	if (gateway_parse("fuzz", (const char *)data, size, GATEWAY_ALLOW_TEST_SERVICE, &gateway, &error)) {
		hold(gateway.port_count >= 1 && gateway.port_count <= GATEWAY_PORTS);
		hold(gateway.workers.core_count >= 1 && gateway.workers.core_count <= GATEWAY_WORKERS);
		for (unsigned i = 0; i < gateway.route_count; i++)
			hold(strcmp(gateway.routes[i].port, gateway.ports[gateway.routes[i].port_index].name) == 0);
		gateway_free(&gateway);
		return 0;
	}
	hold_error(&error, data, size);
	return 0;
}
