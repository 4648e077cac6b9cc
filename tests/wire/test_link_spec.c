/* SPDX-License-Identifier: BSD-3-Clause */
/* The text that describes a wire. */
#include <stdio.h>
#include <string.h>

#include "link_spec.h"
#include "support.h"

static struct link_config configs[LINK_DIRECTIONS];
static char error[512];

static void must_parse(const char *text)
{
	if (link_spec_parse(text, configs, error, sizeof(error)) < 0) {
		printf("'%s': %s\n", text, error);
		CU_FAIL_FATAL("a good specification is refused");
	}
}

static void must_refuse(const char *text, const char *reason)
{
	memset(error, 'x', sizeof(error));
	if (link_spec_parse(text, configs, error, sizeof(error)) == 0) {
		printf("'%s'\n", text);
		CU_FAIL("a bad specification is taken");
		return;
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(memchr(error, '\0', sizeof(error)));
	if (!strstr(error, reason)) {
		printf("'%s': %s\n", text, error);
		CU_FAIL("the reason is not told");
	}
}

static void nothing_said_is_a_perfect_wire(void)
{
	struct link_config perfect;

	must_parse("");
	for (int i = 0; i < LINK_DIRECTIONS; i++) {
		link_config_default(&perfect);
		perfect.seed = configs[i].seed;
		CU_ASSERT_EQUAL(memcmp(&configs[i], &perfect, sizeof(perfect)), 0);
	}
	CU_ASSERT_NOT_EQUAL(configs[LINK_UP].seed, configs[LINK_DOWN].seed);
}

static void every_item_is_read(void)
{
	must_parse(
	    "rate=100mbit,queue=256k,memory=2m,delay=20ms,jitter=5ms,hold=7us,loss=5%,burst=0.1%:20,duplicate=1%,"
	    "reorder=3%:5,corrupt=0.25,truncate=100%,mtu=1280@2s,icmp=on,blackhole=1s@5s/30s,seed=7");
	for (int i = 0; i < LINK_DIRECTIONS; i++) {
		const struct link_config *config = &configs[i];

		CU_ASSERT_EQUAL(config->rate, 100000000);
		CU_ASSERT_EQUAL(config->queue, 262144);
		CU_ASSERT_EQUAL(config->memory, 2097152);
		CU_ASSERT_EQUAL(config->delay, 20000000);
		CU_ASSERT_EQUAL(config->jitter, 5000000);
		CU_ASSERT_EQUAL(config->hold, 7000);
		CU_ASSERT_DOUBLE_EQUAL(config->loss, 0.05, 1e-12);
		CU_ASSERT_DOUBLE_EQUAL(config->burst, 0.001, 1e-12);
		CU_ASSERT_EQUAL(config->burst_length, 20);
		CU_ASSERT_DOUBLE_EQUAL(config->duplicate, 0.01, 1e-12);
		CU_ASSERT_DOUBLE_EQUAL(config->reorder, 0.03, 1e-12);
		CU_ASSERT_EQUAL(config->reorder_depth, 5);
		CU_ASSERT_DOUBLE_EQUAL(config->corrupt, 0.25, 1e-12);
		CU_ASSERT_DOUBLE_EQUAL(config->truncate, 1, 1e-12);
		CU_ASSERT_EQUAL(config->mtu, 1280);
		CU_ASSERT_EQUAL(config->mtu_from, 2000000000);
		CU_ASSERT(config->too_big_reply);
		CU_ASSERT_EQUAL(config->blackhole, 1000000000);
		CU_ASSERT_EQUAL(config->blackhole_from, 5000000000);
		CU_ASSERT_EQUAL(config->blackhole_every, 30000000000);
	}
	CU_ASSERT_EQUAL(configs[LINK_UP].seed, 14);
	CU_ASSERT_EQUAL(configs[LINK_DOWN].seed, 15);
}

static void a_direction_is_told_apart(void)
{
	must_parse("delay=10ms,up:loss=5%,down:rate=1gbit,down:delay=1.5ms");
	CU_ASSERT_EQUAL(configs[LINK_UP].delay, 10000000);
	CU_ASSERT_EQUAL(configs[LINK_DOWN].delay, 1500000);
	CU_ASSERT_DOUBLE_EQUAL(configs[LINK_UP].loss, 0.05, 1e-12);
	CU_ASSERT_EQUAL(configs[LINK_DOWN].loss, 0);
	CU_ASSERT_EQUAL(configs[LINK_UP].rate, 0);
	CU_ASSERT_EQUAL(configs[LINK_DOWN].rate, 1000000000);
}

static void short_forms_have_their_defaults(void)
{
	must_parse("burst=1%,reorder=1%,mtu=576,blackhole=60s,blackhole=1s/2s");
	CU_ASSERT_EQUAL(configs[LINK_UP].burst_length, 10);
	CU_ASSERT_EQUAL(configs[LINK_UP].reorder_depth, 3);
	CU_ASSERT_EQUAL(configs[LINK_UP].mtu_from, 0);
	CU_ASSERT_EQUAL(configs[LINK_UP].blackhole, 1000000000);
	CU_ASSERT_EQUAL(configs[LINK_UP].blackhole_from, 0);
	CU_ASSERT_EQUAL(configs[LINK_UP].blackhole_every, 2000000000);
}

static void what_is_wrong_is_refused_by_name(void)
{
	static const char *const malformed[] = {
	    "rate=fast",     "rate=100",	"rate=-1mbit",	"rate=infgbit",	 "rate=0x10mbit",  "rate=1e30gbit",
	    "delay=20",	     "delay=ms",	"delay=20 ms",	"delay=20msx",	 "delay=9999999s", "loss=101%",
	    "loss=-1%",	     "loss=",		"loss=nan",	"loss=5%%",	 "loss=5%:3",	   "burst=1%:0",
	    "burst=1%:",     "reorder=1%:9999", "reorder=1%:x", "queue=1g",	 "mtu=67",	   "mtu=99999",
	    "mtu=1280@",     "mtu=1280@2",	"icmp=yes",	"blackhole=1s@", "blackhole=1s@5", "seed=-1",
	    "up:loss=often", "down:delay=1",	"loss=.",	"loss=1.2.3%",
	};

	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
		must_refuse(malformed[i], malformed[i]);
	must_refuse("speed=1", "no item of a wire");
	must_refuse("loss", "no item of a wire");
	must_refuse("los=5%", "no item of a wire");
	must_refuse("left:loss=5%", "no item of a wire");
	must_refuse("delay=1ms,,loss=1%", "no item of a wire");
	must_refuse("up:down:loss=1%", "no item of a wire");
	must_refuse("delay=1ms,jitter=2ms", "jitter is larger");
	must_refuse("blackhole=2s/1s", "black hole returns");
	must_refuse("up:icmp=on,down:mtu=1280", "icmp=on needs an mtu");
}

static void an_endless_item_is_refused(void)
{
	char text[1000];

	memset(text, '1', sizeof(text));
	memcpy(text, "loss=0.", 7);
	text[sizeof(text) - 1] = '\0';
	must_refuse(text, "more than");
}

static void an_error_fits_any_room(void)
{
	char small[8];

	CU_ASSERT_EQUAL(link_spec_parse("nonsense=1", configs, small, sizeof(small)), -1);
	CU_ASSERT_EQUAL(strlen(small), sizeof(small) - 1);
}

int main(void)
{
	return TESTS_RUN("link specification", TEST(nothing_said_is_a_perfect_wire), TEST(every_item_is_read),
			 TEST(a_direction_is_told_apart), TEST(short_forms_have_their_defaults),
			 TEST(what_is_wrong_is_refused_by_name), TEST(an_endless_item_is_refused),
			 TEST(an_error_fits_any_room));
}
