/* SPDX-License-Identifier: BSD-3-Clause */
/* An image whose parts contradict one another is refused although its checksum is right, and the reason names the part.
 */
#include <stdlib.h>
#include <string.h>

#include <image_layout.h>

#include "image_support.h"
#include "support.h"

/* What a test may spoil, found by its place in the layout. */
static struct image_layout *layout;

static void *part(enum image_section section, unsigned number)
{
	return (unsigned char *)layout + layout->extents[section].at + number * image_element_size(section);
}

static struct image_service_record *service(unsigned number)
{
	return part(IMAGE_SERVICES, number);
}

static struct image_filter_record *filter(unsigned number)
{
	return part(IMAGE_FILTERS, number);
}

/* The `number`th entry that is not free and has one posting, or several. */
static struct image_entry *entry(unsigned number, bool several)
{
	for (uint64_t i = 0; i < layout->extents[IMAGE_BUCKETS].count * IMAGE_BUCKET_ENTRIES; i++) {
		struct image_bucket *bucket = part(IMAGE_BUCKETS, (unsigned)i / IMAGE_BUCKET_ENTRIES);
		struct image_entry *found = &bucket->entries[i % IMAGE_BUCKET_ENTRIES];

		if (found->name != 0 && (found->count > 1) == several && number-- == 0)
			return found;
	}
	abort();
}

static struct subject subject;

/* Begins anew: the last spoiling is gone. */
static void restore(void)
{
	if (layout == NULL && posix_memalign((void **)&layout, IMAGE_ALIGNMENT, subject.size) != 0)
		abort();
	memcpy(layout, subject.image, subject.size);
}

static void expect_refused(const char *words, const char *what)
{
	char reason[IMAGE_REASON_SIZE] = "accepted";

	image_seal(&layout->header);
	if (image_check(layout, subject.size, reason) || strstr(reason, words) == NULL) {
		CU_FAIL("a broken image is not refused for what is broken");
		printf("\n%s: %s\n", what, reason);
	} else {
		CU_PASS("");
	}
	restore();
}

/* Spoils one member, and expects the refusal to have these words. */
#define SPOILT(words, spoil)                                                                                           \
	do {                                                                                                           \
		spoil;                                                                                                 \
		expect_refused(words, #spoil);                                                                         \
	} while (0)

static void an_image_as_built_is_accepted(void)
{
	char reason[IMAGE_REASON_SIZE];

	restore();
	CU_ASSERT_TRUE(image_check(layout, subject.size, reason));
}

static void sections_lie_where_they_must(void)
{
	for (enum image_section i = 0; i < IMAGE_SECTIONS; i++) {
		SPOILT("sections of the image are not where", layout->extents[i].at += 64);
		SPOILT("sections of the image are not where", layout->extents[i].at -= 64);
		SPOILT("sections of the image are not where", layout->extents[i].at = 0);
		SPOILT("sections of the image are not where", layout->extents[i].at = layout->extents[0].at + 1);
		SPOILT("sections of the image are not where", layout->extents[i].at = UINT64_MAX - 7);
		SPOILT("is too large", layout->extents[i].count = UINT64_MAX);
		SPOILT("image", layout->extents[i].count = UINT64_MAX / image_element_size(i) + 1);
		SPOILT("sections of the image are not where", layout->extents[i].count = UINT32_MAX);
		SPOILT("image", layout->extents[i].count++);
		SPOILT("image", layout->extents[i].count--);
		SPOILT("image", layout->extents[i].count = 0);
	}
}

static void the_table_of_names_has_a_sound_shape(void)
{
	SPOILT("wrong shape", layout->homes = 0);
	SPOILT("wrong shape", layout->homes++);
	SPOILT("wrong shape", layout->homes = UINT32_MAX);
	SPOILT("wrong shape", layout->probes = 0);
	SPOILT("wrong shape", layout->probes += 1);
	SPOILT("wrong shape", layout->probes = UINT32_MAX);
	SPOILT("wrong shape", layout->deepest = 128);
	SPOILT("too many", layout->categories = POLICY_CATEGORIES + 1);
	SPOILT("image", layout->categories++);
	SPOILT("image", layout->categories--);
	SPOILT("counters", layout->counters--);
}

static void entries_refer_to_what_is_there(void)
{
	for (unsigned i = 0; i < 3; i++) {
		SPOILT("bucket", entry(i, false)->name++);
		SPOILT("bucket", entry(i, false)->name = UINT32_MAX);
		SPOILT("bucket", entry(i, false)->name = 1);
		SPOILT("image", entry(i, false)->name = 0);
		SPOILT("bucket", entry(i, false)->count = 0);
		SPOILT("bucket", entry(i, false)->count = 2);
		SPOILT("bucket", entry(i, false)->posting.space = 5);
		SPOILT("bucket", entry(i, false)->posting.space = UINT16_MAX);
		SPOILT("bucket", entry(i, false)->posting.exact = 2);
		SPOILT("bucket", entry(i, false)->posting.wildcard = UINT16_MAX - 1);
	}
}

/* The search in a bucket ends at the first free entry, so none may stand behind one. */
static void no_entry_stands_behind_a_free_one(void)
{
	restore();
	for (uint64_t i = 0; i < layout->extents[IMAGE_BUCKETS].count; i++) {
		struct image_entry *entries = ((struct image_bucket *)part(IMAGE_BUCKETS, (unsigned)i))->entries;
		unsigned filled = 0;

		while (filled < IMAGE_BUCKET_ENTRIES && entries[filled].name != 0)
			filled++;
		if (filled == 0 || filled == IMAGE_BUCKET_ENTRIES)
			continue;
		entries[filled] = entries[filled - 1];
		memset(&entries[filled - 1], 0, sizeof(*entries));
		expect_refused("bucket", "a free entry before another");
		return;
	}
	CU_FAIL("no bucket has a free entry and another");
}

static void lists_of_postings_are_sorted_and_within_bounds(void)
{
	struct image_posting *postings;

	restore();
	postings = part(IMAGE_POSTINGS, 0);
	SPOILT("bucket", entry(0, true)->first++);
	SPOILT("bucket", entry(0, true)->first = UINT32_MAX);
	SPOILT("bucket", entry(0, true)->count++);
	SPOILT("image", entry(0, true)->count--);
	SPOILT("bucket", entry(0, true)->count = UINT16_MAX);
	SPOILT("bucket", postings[1].space = postings[0].space);
	SPOILT("bucket", postings[0].space = 4);
	SPOILT("bucket", postings[0].exact = 1);
	SPOILT("bucket", postings[3].exact = 1);
}

static void strings_end_within_the_image(void)
{
	char *strings;

	restore();
	strings = part(IMAGE_STRINGS, 0);
	SPOILT("do not begin", strings[0] = 'x');
	SPOILT("bucket", strings[layout->extents[IMAGE_STRINGS].count - 1] = 'x');
	SPOILT("service 0", strings[strlen(strings + 1) + 1] = 'x');
	SPOILT("service 0", strings[1] = '\0');
	SPOILT("service 1", service(1)->name = service(0)->name);
	SPOILT("service 0", service(0)->name = 0);
	SPOILT("service 0", service(0)->next_hop_host = UINT32_MAX);
	SPOILT("filter 1", filter(1)->name--);
	SPOILT("filter 2", filter(2)->name = 0);
	SPOILT("filter 0", ((struct image_row_record *)part(IMAGE_ROWS, 0))->label++);
	SPOILT("filter 1", ((struct image_row_record *)part(IMAGE_ROWS, 0))->label = 0);
	SPOILT("service 1", ((struct image_user_record *)part(IMAGE_USERS, 3))->password = 0);
	SPOILT("service 0", ((struct image_intercept_record *)part(IMAGE_INTERCEPTS, 0))->interface = UINT32_MAX);
}

static void names_are_no_longer_than_names_may_be(void)
{
	char text[400] = "filter web\nrow allow ";
	struct subject long_name;
	char reason[IMAGE_REASON_SIZE];

	memset(text + strlen(text), 'a', NAME_LENGTH_MAX);
	long_name = image_subject_of(text);
	image_subject_free(&long_name);
	{
		struct policy policy = image_policy(strcat(text, "b"));
		struct config_error error;
		size_t size;
		struct image_header *image = image_build(&policy, &size, &error);

		CU_ASSERT_FALSE(image_check(image, size, reason));
		free(image);
		image_policy_free(&policy);
	}
}

static void lists_of_a_service_follow_one_another(void)
{
	struct image_span *spans[2][6];

	restore();
	for (unsigned i = 0; i < 2; i++) {
		struct image_service_record *record = service(i);
		struct image_span *own[] = {&record->listeners,	       &record->intercepts,    &record->clients,
					    &record->private_networks, &record->connect_ports, &record->users};

		memcpy(spans[i], own, sizeof(own));
	}
	for (unsigned i = 0; i < 6; i++) {
		SPOILT("service 0", spans[0][i]->first++);
		SPOILT("service 0", spans[0][i]->count = UINT32_MAX);
		SPOILT("service", spans[0][i]->count++);
		SPOILT("service", spans[0][i]->count--);
		SPOILT("service 1", spans[1][i]->first = 0);
		SPOILT("service 1", spans[1][i]->first = UINT32_MAX);
		SPOILT("image", spans[1][i]->count--);
		SPOILT("service 1", spans[1][i]->count++);
	}
	SPOILT("service", ((struct image_intercept_record *)part(IMAGE_INTERCEPTS, 1))->to.first--);
	SPOILT("service", ((struct image_intercept_record *)part(IMAGE_INTERCEPTS, 1))->ports.count++);
}

static void members_of_a_service_have_values_that_there_are(void)
{
	SPOILT("service 0", service(0)->filter = 3);
	SPOILT("service 1", service(1)->filter = UINT32_MAX);
	SPOILT("service 0", service(0)->type = 2);
	SPOILT("service 0", service(0)->connect = 2);
	SPOILT("service 0", service(0)->server_address = 3);
	SPOILT("service 0", service(0)->source_address = 2);
	SPOILT("service 0", service(0)->deny = 3);
	SPOILT("service 0", service(0)->non_tls = 2);
	SPOILT("service 0", service(0)->ech = 2);
	SPOILT("service 0", service(0)->allow_udp = 2);
	SPOILT("longer than an address", ((struct gateway_prefix *)part(IMAGE_PREFIXES, 3))->length = 129);
}

static void users_are_sorted(void)
{
	char *strings;

	restore();
	strings = part(IMAGE_STRINGS, 0);
	SPOILT("service 0", strings[((struct image_user_record *)part(IMAGE_USERS, 0))->name] = 'b');
	SPOILT("service 1", strings[((struct image_user_record *)part(IMAGE_USERS, 2))->name] = 'z');
}

static void a_group_holds_filters_that_are_no_groups(void)
{
	uint32_t *members;

	restore();
	members = part(IMAGE_MEMBERS, 0);
	SPOILT("filter 2", members[0] = 2);
	SPOILT("filter 2", members[1] = 3);
	SPOILT("filter 2", members[1] = UINT32_MAX);
	SPOILT("filter 2", filter(2)->members.count = 1000);
	SPOILT("filter 0", filter(0)->members.count = 2);
	SPOILT("filter 2", filter(2)->members.first = 1);
}

static void rows_and_verdicts_of_a_filter_are_its_own(void)
{
	SPOILT("filter 0", filter(0)->rows.first = 1);
	SPOILT("filter 0", filter(0)->rows.count = POLICY_ROWS + 1);
	SPOILT("filter", filter(0)->rows.count++);
	SPOILT("filter 1", filter(1)->rows.first = 0);
	SPOILT("filter 1", filter(1)->first_counter = 0);
	SPOILT("filter 0", filter(0)->any = 8);
	SPOILT("filter 0", filter(0)->no_fqdn = 0xff);
	SPOILT("filter 0", filter(0)->uncategorized = 0x80);
	SPOILT("filter 0", filter(0)->has_uncategorized = 2);
	SPOILT("filter 0", ((struct image_row_record *)part(IMAGE_ROWS, 1))->verdict = 9);
	SPOILT("filter 0", *(uint16_t *)part(IMAGE_CATEGORY_ROWS, 0) = 2);
	SPOILT("filter 0", filter(0)->category_rows.count = 1);
	SPOILT("filter 0", filter(0)->category_rows.first = 1);
}

static void ranges_are_sorted_and_name_rows(void)
{
	struct image_range *ranges;

	restore();
	ranges = part(IMAGE_RANGES, 0);
	SPOILT("filter 0", ranges[0].start.octets[15] = 1);
	SPOILT("filter 0", ranges[1].row = 2);
	SPOILT("filter 0", ranges[2].start = ranges[1].start);
	SPOILT("filter 0", ranges[1].start.octets[0] = 0xff);
	SPOILT("filter 0", filter(0)->ranges[IMAGE_IPV6].first = 0);
	SPOILT("filter 0", filter(0)->ranges[IMAGE_IPV4].count = UINT32_MAX);
	SPOILT("filter 0", filter(0)->ranges[IMAGE_IPV4].count--);
}

static void databases_are_whole_and_in_their_places(void)
{
	restore();
	SPOILT("filter 0", filter(0)->database = 64);
	SPOILT("filter 1", filter(1)->database = 0);
	SPOILT("filter 1", filter(1)->database += 64);
	SPOILT("filter 0", filter(0)->database_size++);
	SPOILT("filter 0", filter(0)->database_size = 1);
	SPOILT("filter 0", filter(0)->database_size = UINT64_MAX);
	SPOILT("filter 0", filter(0)->database_size = UINT64_MAX - 62);
	SPOILT("filter 0", filter(0)->database_size = 0);
	SPOILT("filter 0", filter(0)->first_regex_row = 2);
	SPOILT("filter 0", filter(0)->first_regex_row = IMAGE_NO_ROW);
	SPOILT("filter 0", *(uint32_t *)part(IMAGE_DATABASES, 0) ^= 1);
	SPOILT("filter 0", ((uint32_t *)part(IMAGE_DATABASES, 0))[1]++);
	SPOILT("filter 0", ((uint32_t *)part(IMAGE_DATABASES, 0))[2]++);
}

int main(void)
{
	int status;

	subject = image_full_subject();
	status =
	    TESTS_RUN("image broken", TEST(an_image_as_built_is_accepted), TEST(sections_lie_where_they_must),
		      TEST(the_table_of_names_has_a_sound_shape), TEST(entries_refer_to_what_is_there),
		      TEST(no_entry_stands_behind_a_free_one), TEST(lists_of_postings_are_sorted_and_within_bounds),
		      TEST(strings_end_within_the_image), TEST(names_are_no_longer_than_names_may_be),
		      TEST(lists_of_a_service_follow_one_another),
		      TEST(members_of_a_service_have_values_that_there_are), TEST(users_are_sorted),
		      TEST(a_group_holds_filters_that_are_no_groups), TEST(rows_and_verdicts_of_a_filter_are_its_own),
		      TEST(ranges_are_sorted_and_name_rows), TEST(databases_are_whole_and_in_their_places));
	free(layout);
	image_subject_free(&subject);
	return status;
}
