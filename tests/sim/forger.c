/* SPDX-License-Identifier: BSD-3-Clause */
#include "forger.h"

void forge(struct world *world, struct random *random, uint32_t chance, unsigned from, const uint8_t *frame,
	   uint32_t length)
{
	static uint8_t forged[PACKET_MAX], data[64];
	struct packet_tcp packet;
	unsigned to = 1 - from;

	if (!random_chance(random, chance) || packet_read(&packet, frame, length) != PACKET_TCP)
		return;
	packet.tcp.sequence = (uint32_t)random_next(random);
	packet.tcp.acknowledgement = (uint32_t)random_next(random);
	packet.tcp.window = (uint16_t)random_next(random);
	packet.tcp.flags = (uint8_t)random_below(random, 64);
	packet.tcp.timestamp_value = (uint32_t)random_next(random);
	packet.tcp.has_timestamps ^= random_chance(random, 100000);
	packet.payload = data;
	packet.length = (uint32_t)random_below(random, sizeof(data));
	if (random_chance(random, 200000)) {
		/* To the one who sent it, as from the other. */
		struct packet_tcp back = packet;

		back.from = packet.to;
		back.to = packet.from;
		back.source = packet.destination;
		back.destination = packet.source;
		back.tcp.source_port = packet.tcp.destination_port;
		back.tcp.destination_port = packet.tcp.source_port;
		packet = back;
		to = from;
	}
	world_forge(world, to, forged, packet_build(forged, &packet));
}
