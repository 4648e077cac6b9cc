/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints docs/reference/reasons.md; run by the build. */
#include <stdio.h>

#include "reason.h"

static const char introduction[] =
    "# Reasons\n\n"
    "Why a connection was allowed, refused or ended. `reason` in the flow log, `ends` of `sluicectl stats`, and "
    "`details`\n"
    "in the field `Proxy-Status` (RFC 9209) of the gateway's own answers name the same list. This page is made from\n"
    "`dataplane/reason.def`, and a test compares the two.\n\n"
    "- *status*: of the answer to a CONNECT, as long as its tunnel does not stand. Its body is the meaning. Without a\n"
    "  status the gateway writes no HTTP.\n"
    "- *error*: the error type in `Proxy-Status`.\n"
    "- *otherwise*: what a client sees that waits for TLS, on a transparent service or within its tunnel: a fatal TLS\n"
    "  alert and then FIN, FIN alone, or RST. Where a service says so by `deny`, RST or nothing takes the place of\n"
    "  alert 112.\n\n"
    "| reason | status | error | otherwise | meaning |\n|---|---|---|---|---|\n";

static void print_ending(enum reason_ending ending)
{
	switch (ending) {
	case ENDING_NONE:
		break;
	case ENDING_FIN:
		printf("FIN");
		break;
	case ENDING_RESET:
		printf("RST");
		break;
	default:
		printf("alert %u", (unsigned)ending);
	}
}

int main(void)
{
	printf("%s", introduction);
	for (enum reason reason = 0; reason < REASONS; reason++) {
		const char *error = reason_proxy_error(reason);

		printf("| `%s` | ", reason_name(reason));
		if (reason_status(reason) != 0)
			printf("%u", reason_status(reason));
		printf(" | %s%s%s | ", error != NULL ? "`" : "", error != NULL ? error : "", error != NULL ? "`" : "");
		print_ending(reason_ending(reason));
		printf(" | %s |\n", reason_meaning(reason));
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
