/* SPDX-License-Identifier: BSD-3-Clause */
#include "moment.h"

#include <stdio.h>
#include <time.h>

#define YEAR_10000 UINT64_C(253402300800)

const char *moment_format(uint64_t seconds, char text[MOMENT_SIZE])
{
	time_t time = (time_t)seconds;
	struct tm parts;

	if (seconds < YEAR_10000 && gmtime_r(&time, &parts) != NULL)
		strftime(text, MOMENT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts);
	else
		snprintf(text, MOMENT_SIZE, "%llu", (unsigned long long)seconds);
	return text;
}
