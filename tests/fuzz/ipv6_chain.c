/* SPDX-License-Identifier: BSD-3-Clause */
/* Any octets as an IPv6 header and what follows it: the walk ends within bounds, and what it tells agrees with the
 * packet. */
#include <string.h>

#include <netinet/in.h>

#include <tcpstack/wire/ipv6.h>

#include "target.h"

static void check_fragment(const struct ipv6_chain *chain, const uint8_t *packet)
{
	struct ipv6_fragment fragment = {
	    .next_header = chain->fragment_next,
	    .more_fragments = chain->more_fragments,
	    .offset = chain->fragment_offset,
	    .identification = chain->identification,
	};
	uint8_t written[IPV6_FRAGMENT_LENGTH];

	hold(chain->fragment_header >= IPV6_HEADER_LENGTH && chain->fragment_offset % 8 == 0);
	hold(chain->fragment_pointer < chain->fragment_header && packet[chain->fragment_pointer] == IPPROTO_FRAGMENT);
	/* Reserved bits aside, the header that was read is the one that would be written. */
	hold(ipv6_fragment_emit(&fragment, written) == IPV6_FRAGMENT_LENGTH);
	packet += chain->fragment_header;
	hold(packet[0] == written[0] && packet[2] == written[2] && (packet[3] & 0xf9) == written[3]);
	hold(memcmp(packet + 4, written + 4, 4) == 0);
}

static void check_chain(const struct ipv6_chain *chain, enum ipv6_chain_result result, const uint8_t *packet,
			uint32_t length)
{
	hold(chain->offset >= IPV6_HEADER_LENGTH && chain->offset <= length);
	hold(chain->offset <= IPV6_HEADER_LENGTH + IPV6_CHAIN_LENGTH && chain->offset % 8 == 0);
	hold(chain->protocol_pointer < chain->offset && packet[chain->protocol_pointer] == chain->protocol);
	if (chain->has_fragment)
		check_fragment(chain, packet);
	if (result == IPV6_CHAIN_MALFORMED || result == IPV6_CHAIN_UNSUPPORTED)
		hold(chain->error_code <= 2 && chain->error_pointer < length);
	else
		hold(chain->answer == IPV6_ANSWER_NONE);
	if (result == IPV6_CHAIN_OK && chain->fragment_offset == 0)
		hold(chain->protocol != IPPROTO_HOPOPTS && chain->protocol != IPPROTO_FRAGMENT &&
		     chain->protocol != IPPROTO_ROUTING && chain->protocol != IPPROTO_DSTOPTS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ipv6_header header;
	uint8_t written[IPV6_HEADER_LENGTH];
	enum ipv6_chain_result result;
	struct ipv6_chain chain;

	if (size > UINT16_MAX || !ipv6_header_parse(&header, data, (uint32_t)size))
		return 0;
	hold(ipv6_header_emit(&header, written) == IPV6_HEADER_LENGTH);
	hold(memcmp(data, written, IPV6_HEADER_LENGTH) == 0);
	result = ipv6_chain_walk(&chain, data, (uint32_t)size);
	check_chain(&chain, result, data, (uint32_t)size);
	return 0;
}
