/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints docs/reference/gateway.md; run by the build. */
#include "gateway_schema.h"

int main(void)
{
	schema_print_reference(&gateway_schema, "gateway.json", gateway_introduction, stdout);
	return fflush(stdout) == 0 ? 0 : 1;
}
