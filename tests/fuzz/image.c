/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An image with some octets changed, and perhaps longer or shorter, whose checksum is right nevertheless: refused with
 * a reason, or all that can be asked of it is answered from within it. Hyperscan's databases stay as they were built.
 *
 * Input: an octet for the size; then changes of 8 octets each: where, how many octets of the value, and the value.
 */
#include <stdlib.h>
#include <string.h>

#include <sys/random.h>

#include <image_layout.h>

#include "image_support.h"
#include "target.h"

ssize_t __wrap_getrandom(void *buffer, size_t length, unsigned flags);

/* The same image in every run, so that an input means the same. */
ssize_t __wrap_getrandom(void *buffer, size_t length, unsigned flags)
{
	memset(buffer, 0x5a, length);
	return (ssize_t)length;
}

struct change {
	uint16_t at;
	uint16_t width;
	uint32_t value;
};

/* As built, with its size; the first to need it builds it. */
static const struct subject *original(void)
{
	static struct subject subject;

	if (subject.image == NULL)
		subject = image_full_subject();
	return &subject;
}

static const struct image_extent *databases(const struct image_header *image)
{
	return &image_layout(image)->extents[IMAGE_DATABASES];
}

static void apply(struct image_header *image, const struct change *change)
{
	const struct image_extent *extent = databases(original()->image);
	size_t at = offsetof(struct image_layout, seed) + change->at;
	size_t width = change->width % 3 == 0 ? 1 : change->width % 3 == 1 ? 2 : 4;

	if (at + width <= image->size && (at + width <= extent->at || at >= extent->at + extent->count))
		memcpy((uint8_t *)image + at, &change->value, width);
}

/* A copy of `size` octets with nothing behind it; what is more than the original has is zero. */
static struct image_header *copy_original(size_t size)
{
	const struct subject *subject = original();
	struct image_header *copy;

	hold(posix_memalign((void **)&copy, IMAGE_ALIGNMENT, size) == 0);
	memset(copy, 0, size);
	memcpy(copy, subject->image, size < subject->size ? size : subject->size);
	copy->size = size;
	return copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct image_extent *extent = databases(original()->image);
	size_t least = extent->at + extent->count, whole;
	char reason[IMAGE_REASON_SIZE] = "";
	struct image_header *image;

	if (size == 0)
		return 0;
	whole = original()->size + (size_t)(int8_t)data[0] * IMAGE_ALIGNMENT;
	image = copy_original(whole < least || whole > 2 * original()->size ? original()->size : whole);
	for (size_t at = 1; at + sizeof(struct change) <= size; at += sizeof(struct change)) {
		struct change change;

		memcpy(&change, data + at, sizeof(change));
		apply(image, &change);
	}
	image_seal(image);
	if (image_check(image, image->size, reason))
		image_read_all(image, memcmp(databases(image), extent, sizeof(*extent)) == 0);
	else
		hold(reason[0] != '\0' && strlen(reason) < IMAGE_REASON_SIZE);
	free(image);
	return 0;
}
