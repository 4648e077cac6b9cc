/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints docs/reference/gateway.md or policy.md, as the first argument says; run by the build. */
#include <string.h>

#include "gateway_schema.h"
#include "policy_schema.h"

int main(int count, char **arguments)
{
	if (count == 2 && strcmp(arguments[1], "gateway") == 0) {
		schema_print_reference(&gateway_schema, "gateway.json", gateway_introduction, stdout);
		schema_print_reference_example(&gateway_schema, stdout);
	} else if (count == 2 && strcmp(arguments[1], "policy") == 0) {
		schema_print_reference(&policy_schema, "policy.json", policy_introduction, stdout);
	} else {
		return 1;
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
