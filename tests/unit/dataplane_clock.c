/* SPDX-License-Identifier: BSD-3-Clause */
/* The workers' clock: right to a microsecond over years, for any frequency, and never going back. */
#include "clock.h"
#include "support.h"

static const uint64_t frequencies[] = {1000000000, 2600000000, 2599999999, 24000000, 5123456789};

static void a_second_of_cycles_is_a_second(void)
{
	for (unsigned i = 0; i < sizeof(frequencies) / sizeof(frequencies[0]); i++) {
		struct clock clock = clock_at(12345, frequencies[i]);
		uint64_t hour = clock_microseconds(&clock, 12345 + 3600 * frequencies[i]);

		CU_ASSERT_EQUAL(clock_microseconds(&clock, 12345), 0);
		CU_ASSERT_TRUE(hour >= 3600000000 - 3600 && hour <= 3600000000);
	}
}

static void ten_years_do_not_overflow(void)
{
	const uint64_t seconds = 10ull * 365 * 86400;

	struct clock clock = clock_at(0, 5000000000);
	uint64_t microseconds = clock_microseconds(&clock, seconds * 5000000000);

	CU_ASSERT_TRUE(microseconds <= seconds * 1000000);
	CU_ASSERT_TRUE(microseconds > seconds * 1000000 / 100000 * 99999);
}

static void it_never_goes_back(void)
{
	struct clock clock = clock_at(1000, 2600000001);
	uint64_t last = 0;

	for (uint64_t cycles = 0; cycles < 3000000; cycles += 97) {
		uint64_t now = clock_microseconds(&clock, cycles);

		CU_ASSERT_TRUE(now >= last && now <= last + 1);
		last = now;
	}
}

int main(void)
{
	return TESTS_RUN("clock", TEST(a_second_of_cycles_is_a_second), TEST(ten_years_do_not_overflow),
			 TEST(it_never_goes_back));
}
