/* SPDX-License-Identifier: BSD-3-Clause */
/* Any octets as a TCP header: what is accepted can be written, and reads again as the same. */
#include <string.h>

#include <tcpstack/wire/tcp.h>

#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tcp_header header, again;
	uint8_t first[TCP_HEADER_MAX], second[TCP_HEADER_MAX], length;

	if (size > UINT16_MAX || tcp_header_parse(&header, data, (uint32_t)size) != TCP_PARSE_OK)
		return 0;
	hold(header.length <= size && header.sack_count <= TCP_SACK_BLOCKS);
	length = tcp_header_length(&header);
	hold(length >= TCP_HEADER_LENGTH && length <= TCP_HEADER_MAX && length % 4 == 0);
	hold(tcp_header_emit(&header, first) == length);
	hold(tcp_header_parse(&again, first, length) == TCP_PARSE_OK && again.length == length);
	hold(tcp_header_emit(&again, second) == length);
	hold(memcmp(first, second, length) == 0);
	/* Nothing that was read got lost on the way; NOPs, unknown options and their length alone may differ. */
	again.length = header.length;
	hold(memcmp(&header, &again, sizeof(header)) == 0);
	return 0;
}
