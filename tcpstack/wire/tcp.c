/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <rte_common.h>

#include <tcpstack/wire/tcp.h>

#include "octets.h"

#define OPTIONS_MAX (TCP_HEADER_MAX - TCP_HEADER_LENGTH)
#define WINDOW_SCALE_MAX 14

/* Option kinds and their lengths (RFC 9293 section 3.1, RFC 7323, RFC 2018). */
enum option {
	OPTION_END = 0,
	OPTION_NO_OPERATION = 1,
	OPTION_MSS = 2,
	OPTION_WINDOW_SCALE = 3,
	OPTION_SACK_PERMITTED = 4,
	OPTION_SACK = 5,
	OPTION_TIMESTAMPS = 8,
};

enum option_length {
	LENGTH_MSS = 4,
	LENGTH_WINDOW_SCALE = 3,
	LENGTH_SACK_PERMITTED = 2,
	LENGTH_SACK = 2, /* without its blocks */
	LENGTH_SACK_BLOCK = 8,
	LENGTH_TIMESTAMPS = 10,
};

/* Whether an option of this length is one that its kind may have. */
static bool option_good(uint8_t kind, uint8_t length)
{
	switch (kind) {
	case OPTION_MSS:
		return length == LENGTH_MSS;
	case OPTION_WINDOW_SCALE:
		return length == LENGTH_WINDOW_SCALE;
	case OPTION_SACK_PERMITTED:
		return length == LENGTH_SACK_PERMITTED;
	case OPTION_SACK:
		return length > LENGTH_SACK && (length - LENGTH_SACK) % LENGTH_SACK_BLOCK == 0;
	case OPTION_TIMESTAMPS:
		return length == LENGTH_TIMESTAMPS;
	default:
		return length >= 2;
	}
}

static void sack_read(struct tcp_header *header, const uint8_t *block, uint8_t count)
{
	header->sack_count = count;
	for (uint8_t i = 0; i < count; i++, block += LENGTH_SACK_BLOCK)
		header->sack[i] = (struct tcp_sack_block){octets_read32(block), octets_read32(block + 4)};
}

/* Takes in an option whose length is good. */
static void option_read(struct tcp_header *header, const uint8_t *option)
{
	bool syn = header->flags & TCP_SYN;

	switch (option[0]) {
	case OPTION_MSS:
		if (syn && !header->has_mss)
			header->mss = octets_read16(option + 2);
		header->has_mss = syn;
		break;
	case OPTION_WINDOW_SCALE:
		if (syn && !header->has_window_scale)
			header->window_scale = RTE_MIN(option[2], WINDOW_SCALE_MAX);
		header->has_window_scale = syn;
		break;
	case OPTION_SACK_PERMITTED:
		header->sack_permitted = syn;
		break;
	case OPTION_SACK:
		if (!syn && header->sack_count == 0)
			sack_read(header, option + LENGTH_SACK, (option[1] - LENGTH_SACK) / LENGTH_SACK_BLOCK);
		break;
	case OPTION_TIMESTAMPS:
		if (!header->has_timestamps) {
			header->timestamp_value = octets_read32(option + 2);
			header->timestamp_echo = octets_read32(option + 6);
		}
		header->has_timestamps = true;
		break;
	default:
		break;
	}
}

static enum tcp_parse options_parse(struct tcp_header *header, const uint8_t *option, const uint8_t *end)
{
	while (option < end && option[0] != OPTION_END) {
		if (option[0] == OPTION_NO_OPERATION) {
			option++;
			continue;
		}
		if (end - option < 2 || option[1] > end - option || !option_good(option[0], option[1]))
			return TCP_PARSE_OPTIONS;
		option_read(header, option);
		option += option[1];
	}
	return TCP_PARSE_OK;
}

enum tcp_parse tcp_header_parse(struct tcp_header *header, const uint8_t *data, uint32_t length)
{
	*header = (struct tcp_header){0};
	if (length < TCP_HEADER_LENGTH)
		return TCP_PARSE_TRUNCATED;
	header->source_port = octets_read16(data);
	header->destination_port = octets_read16(data + 2);
	header->sequence = octets_read32(data + 4);
	header->acknowledgement = octets_read32(data + 8);
	header->length = (uint8_t)((data[12] >> 4) * 4);
	header->flags = data[13];
	header->window = octets_read16(data + 14);
	header->urgent = octets_read16(data + 18);
	if (header->length < TCP_HEADER_LENGTH || header->length > length)
		return TCP_PARSE_TRUNCATED;
	return options_parse(header, data + TCP_HEADER_LENGTH, data + header->length);
}

/* Each group of options is padded to 4 octets by NOPs in front, so that what follows lies aligned. */
static uint8_t syn_options_length(const struct tcp_header *header)
{
	uint8_t length = 0;

	if (header->has_mss)
		length += LENGTH_MSS;
	if (header->has_timestamps)
		length += TCP_OPTION_TIMESTAMPS_LENGTH;
	else if (header->sack_permitted)
		length += 2 + LENGTH_SACK_PERMITTED;
	if (header->has_window_scale)
		length += 1 + LENGTH_WINDOW_SCALE;
	return length;
}

/* SACK blocks that go into a segment which is no SYN. */
static uint8_t sack_room(const struct tcp_header *header)
{
	uint8_t room = OPTIONS_MAX - 2 - LENGTH_SACK;

	if (header->has_timestamps)
		room -= TCP_OPTION_TIMESTAMPS_LENGTH;
	return RTE_MIN(header->sack_count, room / LENGTH_SACK_BLOCK);
}

uint8_t tcp_header_length(const struct tcp_header *header)
{
	uint8_t length = TCP_HEADER_LENGTH, blocks;

	if (header->flags & TCP_SYN)
		return length + syn_options_length(header);
	blocks = sack_room(header);
	if (header->has_timestamps)
		length += TCP_OPTION_TIMESTAMPS_LENGTH;
	if (blocks > 0)
		length += 2 + LENGTH_SACK + blocks * LENGTH_SACK_BLOCK;
	return length;
}

static uint8_t *emit_pair(uint8_t *data, uint8_t first, uint8_t second)
{
	data[0] = first;
	data[1] = second;
	return data + 2;
}

static uint8_t *emit_timestamps(const struct tcp_header *header, uint8_t *data)
{
	data = emit_pair(data, OPTION_TIMESTAMPS, LENGTH_TIMESTAMPS);
	octets_write32(data, header->timestamp_value);
	octets_write32(data + 4, header->timestamp_echo);
	return data + 8;
}

static void emit_syn_options(const struct tcp_header *header, uint8_t *data)
{
	if (header->has_mss) {
		data = emit_pair(data, OPTION_MSS, LENGTH_MSS);
		octets_write16(data, header->mss);
		data += 2;
	}
	/* SACK-permitted takes the place of the two NOPs before the timestamps, or of the second pair of its own. */
	if (header->sack_permitted && !header->has_timestamps)
		data = emit_pair(data, OPTION_NO_OPERATION, OPTION_NO_OPERATION);
	if (header->sack_permitted)
		data = emit_pair(data, OPTION_SACK_PERMITTED, LENGTH_SACK_PERMITTED);
	else if (header->has_timestamps)
		data = emit_pair(data, OPTION_NO_OPERATION, OPTION_NO_OPERATION);
	if (header->has_timestamps)
		data = emit_timestamps(header, data);
	if (header->has_window_scale) {
		data = emit_pair(data, OPTION_NO_OPERATION, OPTION_WINDOW_SCALE);
		emit_pair(data, LENGTH_WINDOW_SCALE, header->window_scale);
	}
}

static void emit_options(const struct tcp_header *header, uint8_t *data)
{
	uint8_t blocks = sack_room(header);

	if (header->has_timestamps) {
		data = emit_pair(data, OPTION_NO_OPERATION, OPTION_NO_OPERATION);
		data = emit_timestamps(header, data);
	}
	if (blocks == 0)
		return;
	data = emit_pair(data, OPTION_NO_OPERATION, OPTION_NO_OPERATION);
	data = emit_pair(data, OPTION_SACK, LENGTH_SACK + blocks * LENGTH_SACK_BLOCK);
	for (uint8_t i = 0; i < blocks; i++, data += LENGTH_SACK_BLOCK) {
		octets_write32(data, header->sack[i].left);
		octets_write32(data + 4, header->sack[i].right);
	}
}

uint8_t tcp_header_emit(const struct tcp_header *header, uint8_t *data)
{
	uint8_t length = tcp_header_length(header);

	octets_write16(data, header->source_port);
	octets_write16(data + 2, header->destination_port);
	octets_write32(data + 4, header->sequence);
	octets_write32(data + 8, header->acknowledgement);
	data[12] = (uint8_t)(length / 4 << 4);
	data[13] = header->flags;
	octets_write16(data + 14, header->window);
	octets_write16(data + 16, 0);
	octets_write16(data + 18, header->urgent);
	if (header->flags & TCP_SYN)
		emit_syn_options(header, data + TCP_HEADER_LENGTH);
	else
		emit_options(header, data + TCP_HEADER_LENGTH);
	return length;
}
