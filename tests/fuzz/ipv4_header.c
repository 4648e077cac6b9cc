/* SPDX-License-Identifier: BSD-3-Clause */
/* Any octets as an IPv4 header with options: what is accepted can be written without them, and reads again as the same.
 */
#include <string.h>

#include <tcpstack/wire/ipv4.h>

#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ipv4_header header, again;
	uint8_t written[IPV4_HEADER_LENGTH];

	if (size > UINT16_MAX || ipv4_header_parse(&header, data, (uint32_t)size) != IPV4_PARSE_OK)
		return 0;
	hold(header.header_length >= IPV4_HEADER_LENGTH && header.header_length <= size);
	hold(header.total_length >= header.header_length && header.fragment_offset % 8 == 0);
	hold(!header.source_route || header.header_length > IPV4_HEADER_LENGTH);
	ipv4_checksum_good(data, header.header_length);
	hold(ipv4_header_emit(&header, written) == IPV4_HEADER_LENGTH);
	hold(ipv4_checksum_good(written, IPV4_HEADER_LENGTH));
	hold(ipv4_header_parse(&again, written, IPV4_HEADER_LENGTH) == IPV4_PARSE_OK);
	again.header_length = header.header_length;
	again.source_route = header.source_route;
	hold(memcmp(&header, &again, sizeof(header)) == 0);
	return 0;
}
