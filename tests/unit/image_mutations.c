/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whatever octets an image has, checksum made right: if it is accepted, nothing that can be asked of it reads outside.
 * The address sanitizer judges. Hyperscan's databases are left as they are: they are taken on trust.
 */
#include <stdlib.h>
#include <string.h>

#include <image_layout.h>

#include "image_support.h"
#include "support.h"

static struct subject subject;
static struct image_layout *layout; /* the changed image, with nothing behind it */
static unsigned accepted, refused;

static void restore(void)
{
	if (layout == NULL && posix_memalign((void **)&layout, IMAGE_ALIGNMENT, subject.size) != 0)
		abort();
	memcpy(layout, subject.image, subject.size);
}

static bool in_databases(size_t at)
{
	const struct image_extent *extent = &image_layout(subject.image)->extents[IMAGE_DATABASES];

	return at >= extent->at && at < extent->at + extent->count;
}

static void try_it(void)
{
	char reason[IMAGE_REASON_SIZE];

	image_seal(&layout->header);
	if (!image_check(layout, subject.size, reason)) {
		refused++;
		return;
	}
	accepted++;
	image_read_all(&layout->header, true);
}

static void every_octet_in_turn_is_changed(void)
{
	static const uint8_t changes[] = {0x01, 0x02, 0x40, 0x80, 0xff};
	uint8_t *octets;

	restore();
	octets = (uint8_t *)layout;
	/* what lies before is checked before the checksum: image_header has tests of it */
	for (size_t at = sizeof(struct image_header); at < subject.size; at++) {
		for (size_t i = 0; i < sizeof(changes) && !in_databases(at); i++) {
			uint8_t before = octets[at];

			octets[at] ^= changes[i];
			try_it();
			octets[at] = before;
		}
	}
	CU_ASSERT(accepted > 0 && refused > 0);
}

static void words_are_set_to_extremes(void)
{
	static const uint32_t extremes[] = {0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x0000ffff, 0xffff0000};

	for (size_t at = sizeof(struct image_header); at < subject.size; at += 2) {
		for (size_t i = 0; i < sizeof(extremes) / sizeof(*extremes) && !in_databases(at + 3); i++) {
			restore();
			if (!in_databases(at) && at + 4 <= subject.size)
				memcpy((uint8_t *)layout + at, &extremes[i], sizeof(extremes[i]));
			try_it();
		}
	}
	CU_ASSERT(accepted > 0 && refused > 0);
}

static void several_places_are_changed_at_once(void)
{
	uint64_t random = 3;

	for (unsigned i = 0; i < 20000; i++) {
		restore();
		for (unsigned changes = 2 + i % 5; changes > 0; changes--) {
			uint64_t bits = support_random(&random);
			size_t at =
			    sizeof(struct image_header) + (bits >> 8) % (subject.size - sizeof(struct image_header));

			if (!in_databases(at))
				((uint8_t *)layout)[at] =
				    bits % 2 == 0 ? (uint8_t)(bits >> 56) % 8 : (uint8_t)(bits >> 56);
		}
		try_it();
	}
}

int main(void)
{
	int status;

	subject = image_full_subject();
	status = TESTS_RUN("image mutations", TEST(every_octet_in_turn_is_changed), TEST(words_are_set_to_extremes),
			   TEST(several_places_are_changed_at_once));
	free(layout);
	image_subject_free(&subject);
	return status;
}
