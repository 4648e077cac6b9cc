/* SPDX-License-Identifier: BSD-3-Clause */
/* What stands behind --so_flags. */
#include <string.h>

#include "settings.h"
#include "support.h"

static struct settings settings;
static struct tcp_config tcp;
static char error[256];

static bool parse(const char *flags)
{
	tcp = (struct tcp_config){.delayed_ack = 40, .options = {.sack = true}};
	error[0] = '\0';
	return settings_parse(flags, &settings, &tcp, error, sizeof(error));
}

static void nothing_means_the_defaults(void)
{
	CU_ASSERT_TRUE(parse(NULL));
	CU_ASSERT_EQUAL(settings.mtu, 1500);
	CU_ASSERT_EQUAL(settings.seed, 1);
	CU_ASSERT_EQUAL(settings.local_count, 0);
	CU_ASSERT_EQUAL(settings.remote_count, 0);
	CU_ASSERT_EQUAL(tcp.delayed_ack, 40);
	CU_ASSERT_TRUE(parse(""));
	CU_ASSERT_TRUE(parse(",, ,"));
}

static void addresses_keep_what_lies_beyond_their_prefix(void)
{
	char text[ADDRESS_TEXT_SIZE];

	CU_ASSERT_TRUE(parse("local_ip=192.168.3.4/16,local_ip=fd3d:fa7b:d17d::9,remote_ip=192.0.2.0/24"));
	CU_ASSERT_EQUAL(settings.local_count, 2);
	CU_ASSERT_STRING_EQUAL(address_format(&settings.local[0].address, text), "192.168.3.4");
	CU_ASSERT_EQUAL(settings.local[0].length, 96 + 16);
	CU_ASSERT_STRING_EQUAL(address_format(&settings.local[1].address, text), "fd3d:fa7b:d17d::9");
	CU_ASSERT_EQUAL(settings.local[1].length, 48);
	CU_ASSERT_EQUAL(settings.remote_count, 1);
	CU_ASSERT_EQUAL(settings.remote[0].length, 96 + 24);
}

static void numbers_reach_the_tcp_settings(void)
{
	CU_ASSERT_TRUE(parse("mtu=1280,seed=18446744073709551615,delayed_ack=25,sack=0,window_scale=8,mss=1000,"
			     "keepalive_idle=10000,port_first=50000"));
	CU_ASSERT_EQUAL(settings.mtu, 1280);
	CU_ASSERT_EQUAL(settings.seed, UINT64_MAX);
	CU_ASSERT_EQUAL(tcp.delayed_ack, 25);
	CU_ASSERT_FALSE(tcp.options.sack);
	CU_ASSERT_EQUAL(tcp.options.window_scale, 8);
	CU_ASSERT_EQUAL(tcp.options.mss, 1000);
	CU_ASSERT_EQUAL(tcp.keepalive_idle, 10000);
	CU_ASSERT_EQUAL(tcp.port_first, 50000);
}

static void nonsense_is_refused_with_a_sentence(void)
{
	static const char *const refused[] = {
	    "colour=blue",
	    "mtu",
	    "mtu=",
	    "mtu=100",
	    "mtu=9001",
	    "mtu=1e3",
	    "mtu=-1",
	    "delayed_ack=501",
	    "sack=2",
	    "local_ip=192.0.2",
	    "local_ip=1.2.3.4/31",
	    "local_ip=::1/127",
	    "local_ip=1.2.3.4/x",
	    "remote_ip=1.2.3.4/8",
	    "window_scale=15",
	    "=1",
	    "seed=18446744073709551616x",
	};
	char longest[400];

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		CU_ASSERT_FALSE(parse(refused[i]));
		CU_ASSERT_NOT_EQUAL(error[0], '\0');
	}
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	CU_ASSERT_FALSE(parse(longest));
}

static void there_is_a_bound_on_addresses(void)
{
	CU_ASSERT_FALSE(parse("local_ip=10.0.0.1,local_ip=10.0.0.2,local_ip=10.0.0.3,local_ip=10.0.0.4,"
			      "local_ip=10.0.0.5,local_ip=10.0.0.6,local_ip=10.0.0.7,local_ip=10.0.0.8,"
			      "local_ip=10.0.0.9"));
}

int main(void)
{
	return TESTS_RUN("packetdrill: settings", TEST(nothing_means_the_defaults),
			 TEST(addresses_keep_what_lies_beyond_their_prefix), TEST(numbers_reach_the_tcp_settings),
			 TEST(nonsense_is_refused_with_a_sentence), TEST(there_is_a_bound_on_addresses));
}
