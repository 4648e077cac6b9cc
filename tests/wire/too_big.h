/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_WIRE_TOO_BIG_H
#define TESTS_WIRE_TOO_BIG_H

#include <stddef.h>
#include <stdint.h>

/* Room for any answer: Ethernet, tag, IPv6 and 1280 octets. */
#define TOO_BIG_MAXIMUM 1300

/*
 * Write the Ethernet frame by which a router says that a frame exceeds an MTU, to be sent to the interface that the
 * frame came from: ICMP "fragmentation needed" (RFC 1191) from 192.0.0.8 (RFC 7600), or ICMPv6 "packet too big" (RFC
 * 4443) from fd77:ffff::8. Returns its length, or 0 if a router would not answer: no IP, IPv4 that may be fragmented or
 * is not the first fragment, ICMP errors, a frame that is cut.
 */
size_t too_big_write(const uint8_t *frame, size_t length, uint32_t mtu, uint8_t answer[TOO_BIG_MAXIMUM]);

#endif
