/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_WIRE_TCP_H
#define TCPSTACK_WIRE_TCP_H

/* TCP header and options (RFC 9293 section 3.1, RFC 7323, RFC 2018): stateless parse and emit. */

#include <stdbool.h>
#include <stdint.h>

#define TCP_HEADER_LENGTH 20
#define TCP_HEADER_MAX 60
#define TCP_OPTION_TIMESTAMPS_LENGTH 12 /* with its two NOPs, as it stands in segments with data */
#define TCP_SACK_BLOCKS 4

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_PSH 0x08
#define TCP_ACK 0x10
#define TCP_URG 0x20
#define TCP_ECE 0x40
#define TCP_CWR 0x80

/* A range of sequence numbers: left is its first, right the one after its last. */
struct tcp_sack_block {
	uint32_t left;
	uint32_t right;
};

/* A header in host byte order. */
struct tcp_header {
	uint16_t source_port;
	uint16_t destination_port;
	uint32_t sequence;
	uint32_t acknowledgement;
	uint16_t window; /* as on the wire: not scaled */
	uint16_t urgent;
	uint8_t flags;
	uint8_t length; /* octets of header and options: set by parse; emit computes it */
	/* options */
	bool has_mss, has_window_scale, has_timestamps, sack_permitted;
	uint8_t window_scale; /* parse: at most 14 (RFC 7323 section 2.3) */
	uint16_t mss;
	uint32_t timestamp_value, timestamp_echo;
	uint8_t sack_count;
	struct tcp_sack_block sack[TCP_SACK_BLOCKS];
};

enum tcp_parse {
	TCP_PARSE_OK,
	TCP_PARSE_TRUNCATED, /* shorter than its data offset says, or than 20 octets */
	TCP_PARSE_OPTIONS,   /* an option's length is 0, 1, wrong for its kind, or past the header */
};

/* Reads a header from `length` contiguous octets. Unknown options are skipped; MSS, window scale and SACK-permitted
 * count in SYNs only, SACK blocks only in others; of repeated options the first counts. */
enum tcp_parse tcp_header_parse(struct tcp_header *header, const uint8_t *data, uint32_t length);

/* Octets that tcp_header_emit will write for this header: a multiple of 4. */
uint8_t tcp_header_length(const struct tcp_header *header);

/* Writes header and options, checksum zero, and returns the octets written. SACK blocks that do not fit in 60 octets
 * are left out. */
uint8_t tcp_header_emit(const struct tcp_header *header, uint8_t *data);

/* Comparison modulo 2^32 (RFC 9293 section 3.4): a is before b. */
static inline bool seq_lt(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static inline bool seq_le(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) <= 0;
}

static inline bool seq_gt(uint32_t a, uint32_t b)
{
	return seq_lt(b, a);
}

static inline bool seq_ge(uint32_t a, uint32_t b)
{
	return seq_le(b, a);
}

static inline uint32_t seq_max(uint32_t a, uint32_t b)
{
	return seq_lt(a, b) ? b : a;
}

static inline uint32_t seq_min(uint32_t a, uint32_t b)
{
	return seq_lt(a, b) ? a : b;
}

#endif
