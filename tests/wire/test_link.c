/* SPDX-License-Identifier: BSD-3-Clause */
/* What the model of a bad link does to frames, in virtual time. */
#include <string.h>

#include "link.h"
#include "support.h"

#define MILLISECOND 1000000ULL
#define SECOND 1000000000ULL
#define FRAMES 10000

/* A frame that carries its number behind an Ethernet header of an unassigned type. */
static void make_frame(uint8_t *octets, size_t length, uint32_t number)
{
	memset(octets, 0x5a, length);
	octets[12] = 0x88;
	octets[13] = 0xb5;
	memcpy(octets + 14, &number, sizeof(number));
}

static uint32_t frame_number(const struct link_frame *frame)
{
	uint32_t number;

	memcpy(&number, frame->octets + 14, sizeof(number));
	return number;
}

static enum link_verdict send_frame(struct link *link, uint64_t now, size_t length, uint32_t number)
{
	uint8_t octets[2048];

	make_frame(octets, length, number);
	return link_send(link, now, octets, length);
}

/* The time at which the next frame comes out, waiting for it. */
static uint64_t receive_at(struct link *link, uint32_t *number)
{
	uint64_t deadline = link_deadline(link);
	struct link_frame *frame;

	CU_ASSERT_NOT_EQUAL_FATAL(deadline, LINK_NO_DEADLINE);
	if (deadline > 0)
		CU_ASSERT_PTR_NULL(link_receive(link, deadline - 1));
	frame = link_receive(link, deadline);
	CU_ASSERT_PTR_NOT_NULL_FATAL(frame);
	*number = frame_number(frame);
	link_frame_free(frame);
	return deadline;
}

static unsigned int drain(struct link *link, uint64_t now)
{
	unsigned int count = 0;
	struct link_frame *frame;

	while ((frame = link_receive(link, now))) {
		link_frame_free(frame);
		count++;
	}
	return count;
}

static void a_perfect_link_delivers_at_once_and_in_order(void)
{
	struct link_config config;
	struct link *link;

	link_config_default(&config);
	link = link_create(&config, 5);
	for (uint32_t i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(send_frame(link, 5, 100, i), LINK_ACCEPTED);
	CU_ASSERT_EQUAL(link_frames_inside(link), 100);
	CU_ASSERT_EQUAL(link_octets_inside(link), 10000);
	for (uint32_t i = 0; i < 100; i++) {
		uint32_t number;

		CU_ASSERT_EQUAL(receive_at(link, &number), 5);
		CU_ASSERT_EQUAL(number, i);
	}
	CU_ASSERT_EQUAL(link_deadline(link), LINK_NO_DEADLINE);
	CU_ASSERT_EQUAL(link_octets_inside(link), 0);
	link_destroy(link);
}

static void a_frame_comes_out_after_the_delay(void)
{
	struct link_config config;
	struct link *link;
	uint32_t number;

	link_config_default(&config);
	config.delay = 20 * MILLISECOND;
	link = link_create(&config, 0);
	send_frame(link, 1 * MILLISECOND, 100, 0);
	CU_ASSERT_EQUAL(receive_at(link, &number), 21 * MILLISECOND);
	link_destroy(link);
}

static void the_rate_spaces_frames_and_the_queue_drops_the_tail(void)
{
	struct link_config config;
	struct link *link;
	uint32_t number;

	link_config_default(&config);
	config.rate = 8000000; /* 1000 octets a millisecond */
	config.queue = 3000;
	link = link_create(&config, 0);
	for (uint32_t i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(send_frame(link, 0, 1000, i), LINK_ACCEPTED);
	CU_ASSERT_EQUAL(send_frame(link, 0, 1000, 3), LINK_QUEUE_FULL);
	CU_ASSERT_EQUAL(receive_at(link, &number), 1 * MILLISECOND);
	CU_ASSERT_EQUAL(send_frame(link, 1 * MILLISECOND, 1000, 4), LINK_ACCEPTED);
	CU_ASSERT_EQUAL(receive_at(link, &number), 2 * MILLISECOND);
	CU_ASSERT_EQUAL(receive_at(link, &number), 3 * MILLISECOND);
	CU_ASSERT_EQUAL(receive_at(link, &number), 4 * MILLISECOND);
	CU_ASSERT_EQUAL(number, 4);
	CU_ASSERT_EQUAL(link_counters(link)->verdicts[LINK_QUEUE_FULL], 1);
	link_destroy(link);
}

static void a_frame_larger_than_the_queue_passes_an_idle_link(void)
{
	struct link_config config;
	struct link *link;

	link_config_default(&config);
	config.rate = 8000000;
	config.queue = 100;
	link = link_create(&config, 0);
	CU_ASSERT_EQUAL(send_frame(link, 0, 1000, 0), LINK_ACCEPTED);
	CU_ASSERT_EQUAL(send_frame(link, 0, 1000, 1), LINK_QUEUE_FULL);
	link_destroy(link);
}

static void memory_is_bounded(void)
{
	struct link_config config;
	struct link *link;

	link_config_default(&config);
	config.memory = 10000;
	config.delay = SECOND;
	link = link_create(&config, 0);
	for (uint32_t i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(send_frame(link, 0, 1000, i), LINK_ACCEPTED);
	CU_ASSERT_EQUAL(send_frame(link, 0, 1000, 10), LINK_MEMORY_FULL);
	CU_ASSERT_EQUAL(drain(link, SECOND), 10);
	CU_ASSERT_EQUAL(send_frame(link, SECOND, 1000, 11), LINK_ACCEPTED);
	link_destroy(link);
}

static void jitter_stays_in_its_range_and_keeps_the_order(void)
{
	struct link_config config;
	uint64_t earliest = UINT64_MAX;
	struct link *link;
	uint64_t latest = 0;

	link_config_default(&config);
	config.delay = 50 * MILLISECOND;
	config.jitter = 40 * MILLISECOND;
	link = link_create(&config, 0);
	for (uint32_t i = 0; i < 1000; i++) {
		uint64_t sent = i * SECOND;
		uint64_t late;
		uint32_t number;

		send_frame(link, sent, 100, i);
		late = receive_at(link, &number) - sent;
		earliest = late < earliest ? late : earliest;
		latest = late > latest ? late : latest;
	}
	CU_ASSERT(earliest >= 10 * MILLISECOND && earliest < 15 * MILLISECOND);
	CU_ASSERT(latest <= 90 * MILLISECOND && latest > 85 * MILLISECOND);
	for (uint32_t i = 0; i < 1000; i++)
		send_frame(link, 1000 * SECOND, 100, i);
	for (uint32_t i = 0; i < 1000; i++) {
		uint32_t number;

		receive_at(link, &number);
		CU_ASSERT_EQUAL(number, i);
	}
	link_destroy(link);
}

static unsigned int count_of(const struct link_config *config, size_t length)
{
	struct link *link = link_create(config, 0);
	unsigned int count;

	for (uint32_t i = 0; i < FRAMES; i++)
		send_frame(link, 0, length, i);
	count = drain(link, 10 * SECOND);
	link_destroy(link);
	return count;
}

static void loss_and_duplication_come_as_often_as_told(void)
{
	struct link_config config;

	link_config_default(&config);
	config.loss = 0.05;
	CU_ASSERT(count_of(&config, 100) > FRAMES * 94 / 100 && count_of(&config, 100) < FRAMES * 96 / 100);
	config.loss = 1;
	CU_ASSERT_EQUAL(count_of(&config, 100), 0);
	config.loss = 0;
	config.duplicate = 0.1;
	CU_ASSERT(count_of(&config, 100) > FRAMES * 108 / 100 && count_of(&config, 100) < FRAMES * 112 / 100);
	config.duplicate = 1;
	CU_ASSERT_EQUAL(count_of(&config, 100), 2 * FRAMES);
}

static void a_burst_takes_frames_in_a_row(void)
{
	unsigned int row = 0, shortest = FRAMES, losses = 0;
	struct link_config config;
	struct link *link;

	link_config_default(&config);
	config.burst = 0.002;
	config.burst_length = 20;
	link = link_create(&config, 0);
	for (uint32_t i = 0; i < FRAMES; i++) {
		if (send_frame(link, 0, 100, i) == LINK_BURST_LOST) {
			row++;
			losses++;
		} else if (row > 0) {
			shortest = row < shortest ? row : shortest;
			row = 0;
		}
	}
	CU_ASSERT_EQUAL(shortest, 20);
	CU_ASSERT(losses > FRAMES * 2 / 100 && losses < FRAMES * 6 / 100);
	CU_ASSERT_EQUAL(link_counters(link)->verdicts[LINK_BURST_LOST], losses);
	link_destroy(link);
}

/* Who is alone on the link and waits longer after each loss must not meet one burst for minutes. */
static void a_burst_ends_with_its_time(void)
{
	struct link_config config;
	struct link *link;
	uint32_t i = 0;

	link_config_default(&config);
	config.burst = 0.002;
	config.burst_length = 20;
	link = link_create(&config, 0);
	while (send_frame(link, 0, 100, i) != LINK_BURST_LOST)
		i++;
	CU_ASSERT_EQUAL(send_frame(link, LINK_BURST_TIME - 1, 100, i + 1), LINK_BURST_LOST);
	CU_ASSERT_EQUAL(send_frame(link, LINK_BURST_TIME, 100, i + 2), LINK_ACCEPTED);
	CU_ASSERT_EQUAL(send_frame(link, LINK_BURST_TIME, 100, i + 3), LINK_ACCEPTED);
	link_destroy(link);
}

static void a_reordered_frame_is_overtaken_by_as_many_as_told(void)
{
	struct link_config config;
	uint32_t order[FRAMES];
	unsigned int reordered = 0;
	struct link *link;

	link_config_default(&config);
	config.reorder = 0.01;
	config.reorder_depth = 3;
	link = link_create(&config, 0);
	for (uint32_t i = 0; i < FRAMES; i++)
		send_frame(link, 0, 100, i);
	for (uint32_t i = 0; i < FRAMES; i++)
		receive_at(link, &order[i]);
	/* A frame that came at `place` behind three later ones; held neighbours may stand between them. */
	for (uint32_t place = 1; place < FRAMES; place++) {
		unsigned int overtakers = 0;

		if (order[place] >= order[place - 1])
			continue;
		for (uint32_t i = 0; i < place; i++)
			overtakers += order[i] > order[place];
		CU_ASSERT_EQUAL(overtakers, 3);
		reordered++;
	}
	CU_ASSERT(reordered > 50 && reordered < 150);
	CU_ASSERT(link_counters(link)->reordered >= reordered);
	link_destroy(link);
}

static void a_reordered_frame_that_none_overtakes_is_held_for_a_time_only(void)
{
	struct link_config config;
	struct link *link;
	uint32_t number;

	link_config_default(&config);
	config.reorder = 1;
	config.hold = 20 * MILLISECOND;
	config.delay = 5 * MILLISECOND;
	link = link_create(&config, 0);
	send_frame(link, 0, 100, 7);
	CU_ASSERT_PTR_NULL(link_receive(link, 5 * MILLISECOND));
	CU_ASSERT_EQUAL(link_frames_inside(link), 1);
	CU_ASSERT_EQUAL(receive_at(link, &number), 25 * MILLISECOND);
	CU_ASSERT_EQUAL(number, 7);
	link_destroy(link);
}

static void corruption_flips_one_bit_behind_the_header(void)
{
	struct link_config config;
	uint8_t octets[100];
	struct link *link;

	link_config_default(&config);
	config.corrupt = 1;
	link = link_create(&config, 0);
	for (uint32_t i = 0; i < 1000; i++) {
		struct link_frame *frame;
		unsigned int flipped = 0;

		make_frame(octets, sizeof(octets), i);
		link_send(link, 0, octets, sizeof(octets));
		frame = link_receive(link, 0);
		CU_ASSERT_PTR_NOT_NULL_FATAL(frame);
		CU_ASSERT_EQUAL(memcmp(frame->octets, octets, 14), 0);
		for (size_t at = 14; at < sizeof(octets); at++)
			flipped += (unsigned int)__builtin_popcount(frame->octets[at] ^ octets[at]);
		CU_ASSERT_EQUAL(flipped, 1);
		link_frame_free(frame);
	}
	CU_ASSERT_EQUAL(link_counters(link)->corrupted, 1000);
	link_destroy(link);
}

static void arp_is_not_corrupted(void)
{
	struct link_config config;
	struct link_frame *frame;
	uint8_t octets[60] = {[12] = 0x08, [13] = 0x06};
	struct link *link;

	link_config_default(&config);
	config.corrupt = 1;
	link = link_create(&config, 0);
	link_send(link, 0, octets, sizeof(octets));
	frame = link_receive(link, 0);
	CU_ASSERT_EQUAL(memcmp(frame->octets, octets, sizeof(octets)), 0);
	CU_ASSERT_EQUAL(link_counters(link)->corrupted, 0);
	link_frame_free(frame);
	link_destroy(link);
}

static void a_cut_frame_has_every_length_down_to_its_header(void)
{
	bool seen[75] = {false};
	struct link_config config;
	struct link *link;

	link_config_default(&config);
	config.truncate = 1;
	link = link_create(&config, 0);
	for (uint32_t i = 0; i < FRAMES; i++) {
		struct link_frame *frame;

		send_frame(link, 0, sizeof(seen), i);
		frame = link_receive(link, 0);
		CU_ASSERT_FATAL(frame->length >= 14 && frame->length < sizeof(seen));
		seen[frame->length] = true;
		link_frame_free(frame);
	}
	for (size_t length = 14; length < sizeof(seen); length++)
		CU_ASSERT(seen[length]);
	link_destroy(link);
}

static void the_mtu_counts_from_behind_the_header_and_a_tag(void)
{
	struct link_config config;
	uint8_t octets[1300] = {[12] = 0x81, [13] = 0x00};
	struct link *link;

	link_config_default(&config);
	config.mtu = 1280;
	config.mtu_from = SECOND;
	link = link_create(&config, 10 * SECOND);
	CU_ASSERT_EQUAL(send_frame(link, 11 * SECOND - 1, 1295, 0), LINK_ACCEPTED);
	CU_ASSERT_EQUAL(send_frame(link, 11 * SECOND, 1295, 1), LINK_TOO_BIG);
	CU_ASSERT_EQUAL(send_frame(link, 11 * SECOND, 1294, 2), LINK_ACCEPTED);
	CU_ASSERT_EQUAL(link_send(link, 11 * SECOND, octets, 1298), LINK_ACCEPTED);
	CU_ASSERT_EQUAL(link_send(link, 11 * SECOND, octets, 1299), LINK_TOO_BIG);
	link_destroy(link);
}

static void a_black_hole_opens_closes_and_returns(void)
{
	struct link_config config;
	struct link *link;

	link_config_default(&config);
	config.blackhole = 1 * SECOND;
	config.blackhole_from = 5 * SECOND;
	config.blackhole_every = 30 * SECOND;
	link = link_create(&config, 100 * SECOND);
	CU_ASSERT_EQUAL(send_frame(link, 105 * SECOND - 1, 100, 0), LINK_ACCEPTED);
	CU_ASSERT_EQUAL(send_frame(link, 105 * SECOND, 100, 1), LINK_BLACKHOLED);
	CU_ASSERT_EQUAL(send_frame(link, 106 * SECOND - 1, 100, 2), LINK_BLACKHOLED);
	CU_ASSERT_EQUAL(send_frame(link, 106 * SECOND, 100, 3), LINK_ACCEPTED);
	CU_ASSERT_EQUAL(send_frame(link, 135 * SECOND, 100, 4), LINK_BLACKHOLED);
	config.blackhole_every = 0;
	link_configure(link, &config, 200 * SECOND);
	CU_ASSERT_EQUAL(send_frame(link, 205 * SECOND, 100, 5), LINK_BLACKHOLED);
	CU_ASSERT_EQUAL(send_frame(link, 235 * SECOND, 100, 6), LINK_ACCEPTED);
	link_destroy(link);
}

static void frames_of_impossible_length_are_refused(void)
{
	static const uint8_t octets[LINK_FRAME_MAXIMUM + 1];
	struct link_config config;
	struct link *link;

	link_config_default(&config);
	config.truncate = 1;
	config.corrupt = 1;
	link = link_create(&config, 0);
	CU_ASSERT_EQUAL(link_send(link, 0, octets, 0), LINK_INVALID);
	CU_ASSERT_EQUAL(link_send(link, 0, octets, 13), LINK_INVALID);
	CU_ASSERT_EQUAL(link_send(link, 0, octets, 14), LINK_ACCEPTED);
	CU_ASSERT_EQUAL(link_send(link, 0, octets, LINK_FRAME_MAXIMUM), LINK_ACCEPTED);
	CU_ASSERT_EQUAL(link_send(link, 0, octets, LINK_FRAME_MAXIMUM + 1), LINK_INVALID);
	CU_ASSERT_EQUAL(drain(link, 0), 2);
	link_destroy(link);
}

/* Times and configurations of the queue differ, what is decided about each frame does not. */
static void fates_depend_on_seed_and_number_alone(void)
{
	struct link_config config, other_seed;
	struct link *first, *second, *third;
	unsigned int different = 0;

	link_config_default(&config);
	config.loss = 0.3;
	other_seed = config;
	other_seed.seed = 2;
	first = link_create(&config, 0);
	config.duplicate = 0.5;
	config.corrupt = 0.5;
	second = link_create(&config, 77);
	third = link_create(&other_seed, 0);
	for (uint32_t i = 0; i < FRAMES; i++) {
		enum link_verdict verdict = send_frame(first, i, 100, i);

		CU_ASSERT_EQUAL(send_frame(second, 1000 * i + 77, 200, i), verdict);
		different += send_frame(third, i, 100, i) != verdict;
		drain(second, UINT64_MAX - 1);
	}
	CU_ASSERT(different > FRAMES / 3);
	link_destroy(first);
	link_destroy(second);
	link_destroy(third);
}

int main(void)
{
	return TESTS_RUN(
	    "link", TEST(a_perfect_link_delivers_at_once_and_in_order), TEST(a_frame_comes_out_after_the_delay),
	    TEST(the_rate_spaces_frames_and_the_queue_drops_the_tail),
	    TEST(a_frame_larger_than_the_queue_passes_an_idle_link), TEST(memory_is_bounded),
	    TEST(jitter_stays_in_its_range_and_keeps_the_order), TEST(loss_and_duplication_come_as_often_as_told),
	    TEST(a_burst_takes_frames_in_a_row), TEST(a_burst_ends_with_its_time),
	    TEST(a_reordered_frame_is_overtaken_by_as_many_as_told),
	    TEST(a_reordered_frame_that_none_overtakes_is_held_for_a_time_only),
	    TEST(corruption_flips_one_bit_behind_the_header), TEST(arp_is_not_corrupted),
	    TEST(a_cut_frame_has_every_length_down_to_its_header),
	    TEST(the_mtu_counts_from_behind_the_header_and_a_tag), TEST(a_black_hole_opens_closes_and_returns),
	    TEST(frames_of_impossible_length_are_refused), TEST(fates_depend_on_seed_and_number_alone));
}
