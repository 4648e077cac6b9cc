/* SPDX-License-Identifier: BSD-3-Clause */
#include "image_layout.h"

#include <string.h>

size_t image_element_size(enum image_section section)
{
	static const uint8_t sizes[IMAGE_SECTIONS] = {
	    [IMAGE_SERVICES] = sizeof(struct image_service_record),
	    [IMAGE_LISTENERS] = sizeof(struct policy_listener),
	    [IMAGE_INTERCEPTS] = sizeof(struct image_intercept_record),
	    [IMAGE_PREFIXES] = sizeof(struct gateway_prefix),
	    [IMAGE_PORTS] = sizeof(uint16_t),
	    [IMAGE_USERS] = sizeof(struct image_user_record),
	    [IMAGE_FILTERS] = sizeof(struct image_filter_record),
	    [IMAGE_MEMBERS] = sizeof(uint32_t),
	    [IMAGE_ROWS] = sizeof(struct image_row_record),
	    [IMAGE_CATEGORY_ROWS] = sizeof(uint16_t),
	    [IMAGE_RANGES] = sizeof(struct image_range),
	    [IMAGE_DATABASES] = 1,
	    [IMAGE_BUCKETS] = sizeof(struct image_bucket),
	    [IMAGE_POSTINGS] = sizeof(struct image_posting),
	    [IMAGE_STRINGS] = 1,
	};

	return sizes[section];
}

uint64_t image_place_sections(const uint64_t counts[IMAGE_SECTIONS], struct image_extent extents[IMAGE_SECTIONS])
{
	uint64_t at = image_aligned(sizeof(struct image_layout));

	for (enum image_section i = 0; i < IMAGE_SECTIONS; i++) {
		extents[i] = (struct image_extent){at, counts[i]};
		at = image_aligned(at + counts[i] * image_element_size(i));
	}
	return at;
}

bool image_checksum(const struct image_layout *layout, uint8_t checksum[DIGEST_SIZE])
{
	struct image_header header = layout->header;
	const struct digest_part parts[] = {
	    {&header, sizeof(header)},
	    {&layout->header + 1, layout->header.size - sizeof(header)},
	};

	header.generation = 0;
	memset(header.checksum, 0, sizeof(header.checksum));
	return digest_sha256(parts, sizeof(parts) / sizeof(*parts), checksum);
}
