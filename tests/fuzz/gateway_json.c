/* SPDX-License-Identifier: BSD-3-Clause */
/* Any octets as gateway.json: accepted and freed, or refused at places within them. */
#include <string.h>

#include <config/gateway.h>

#include "target.h"

static unsigned count_lines(const uint8_t *data, size_t size)
{
	unsigned lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	return lines;
}

static void hold_fault(const struct config_fault *fault, unsigned lines, size_t size)
{
	hold(fault->line >= 1 && fault->line <= lines && fault->column >= 1 && fault->column <= size + 1);
	hold(fault->message[0] != '\0' && strlen(fault->message) < sizeof(fault->message));
	for (const char *at = fault->path; *at != '\0'; at++)
		hold(*at >= 0x20 && *at < 0x7f);
	for (const char *at = fault->message; *at != '\0'; at++)
		hold(*at >= 0x20 && *at < 0x7f);
}

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
	hold(error.count >= 1 && error.count <= CONFIG_FAULTS);
	for (unsigned i = 0; i < error.count; i++)
		hold_fault(&error.faults[i], count_lines(data, size), size);
	return 0;
}
