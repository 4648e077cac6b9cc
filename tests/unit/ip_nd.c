/* SPDX-License-Identifier: BSD-3-Clause */
/* Neighbour discovery: who has our IPv6 addresses, who has theirs, and what RFC 4861 has us refuse. */
#include <netinet/in.h>
#include <string.h>

#include <tcpstack/segment.h>
#include <tcpstack/wire/checksum.h>

#include "packets.h"

#define OWN_LINK_LOCAL "fe80::ff:fe00:1" /* EUI-64 of own_mac */

static const struct rte_ether_addr other_mac = {{2, 0, 0, 0, 0, 0x66}};

static struct nd_message solicitation(const char *target)
{
	struct nd_message message = {
	    .type = ICMPV6_NEIGHBOUR_SOLICITATION,
	    .has_link_layer = true,
	    .link_layer = peer_mac,
	    .target = address_of(target),
	};

	return message;
}

static struct nd_message advertisement(const struct rte_ether_addr *mac)
{
	struct nd_message message = {
	    .type = ICMPV6_NEIGHBOUR_ADVERTISEMENT,
	    .solicited = true,
	    .override = true,
	    .has_link_layer = true,
	    .link_layer = *mac,
	    .target = address_of(PEER6),
	};

	return message;
}

static void input(struct world *world, const char *source, const char *destination, uint8_t hop_limit,
		  const struct nd_message *message)
{
	struct written written = {.source = source, .destination = destination, .hop_limit = hop_limit};
	struct frame frame;

	write_nd(&frame, &written, message);
	if (strncmp(destination, "ff", 2) == 0) {
		struct ip_address group = address_of(destination);

		memcpy(frame.octets, "\x33\x33", 2);
		memcpy(frame.octets + 2, &group.octets[12], 4);
	}
	world_input(world, 0, &frame);
}

static void ping(struct world *world)
{
	struct written written = {.source = PEER6, .destination = OWN6};
	struct frame frame;

	write_icmp(&frame, &written, ICMPV6_ECHO_REQUEST, 0, icmp_echo(1, 1), NULL, 0);
	world_input(world, 0, &frame);
}

static struct nd_message expect_nd(struct world *world, uint8_t type, struct seen *seen, struct frame *frame)
{
	struct nd_message message = {0};

	*seen = expect_icmp(world, 0, frame, type, 0);
	CU_ASSERT_EQUAL(seen->hop_limit, 255);
	CU_ASSERT_TRUE(nd_message_parse(&message, seen->payload, seen->length));
	return message;
}

static void a_solicitation_is_answered(void)
{
	static const char *const targets[] = {OWN6, OWN_LINK_LOCAL};
	struct nd_message message, answer;
	struct world world;
	struct frame frame;
	struct seen seen;

	world_prepare(&world);
	world_open(&world);
	for (unsigned i = 0; i < RTE_DIM(targets); i++) {
		message = solicitation(targets[i]);
		input(&world, PEER6, "ff02::1:ff00:1", 255, &message);
		answer = expect_nd(&world, ICMPV6_NEIGHBOUR_ADVERTISEMENT, &seen, &frame);
		expect_address(&answer.target, targets[i]);
		CU_ASSERT_TRUE(answer.solicited && answer.override && answer.router && answer.has_link_layer);
		CU_ASSERT_TRUE(rte_is_same_ether_addr(&answer.link_layer, &own_mac));
		CU_ASSERT_TRUE(rte_is_same_ether_addr(&seen.ethernet.destination, &peer_mac));
		expect_address(&seen.destination, PEER6);
	}
	CU_ASSERT_EQUAL(world_counters(&world).neighbours, 1);
	CU_ASSERT_EQUAL(world_all_drops(&world), 0);
	world_close(&world);
}

static void duplicate_address_detection_is_answered_to_all_nodes(void)
{
	struct nd_message message = solicitation(OWN6), answer;
	struct world world;
	struct frame frame;
	struct seen seen;

	world_prepare(&world);
	world_open(&world);
	message.has_link_layer = false;
	input(&world, "::", "ff02::1:ff00:1", 255, &message);
	answer = expect_nd(&world, ICMPV6_NEIGHBOUR_ADVERTISEMENT, &seen, &frame);
	CU_ASSERT_FALSE(answer.solicited);
	expect_address(&seen.destination, "ff02::1");
	CU_ASSERT_EQUAL(world_counters(&world).neighbours, 0);
	world_close(&world);
}

static void what_the_rfc_refuses_is_refused(void)
{
	struct nd_message message = solicitation(OWN6), answer = advertisement(&peer_mac);
	struct world world;

	world_open_resolved(&world);
	input(&world, PEER6, OWN6, 254, &message);	      /* passed on by a router */
	input(&world, "::", "ff02::1:ff00:1", 255, &message); /* a link-layer address of nobody */
	message.has_link_layer = false;
	input(&world, "::", "ff02::1", 255, &message); /* not to the solicited-node group */
	message = solicitation(OWN6);
	message.link_layer = broadcast_mac;
	input(&world, PEER6, OWN6, 255, &message);
	input(&world, PEER6, "ff02::1", 255, &answer); /* solicited, yet to everybody */
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_ND_MALFORMED), 5);
	world_close(&world);
}

/* RFC 6980: in fragments it could slip past whoever guards the link. */
static void no_message_comes_in_fragments(void)
{
	struct written written = {.source = PEER6, .destination = OWN6, .hop_limit = 255};
	struct nd_message message = solicitation(OWN6);
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	write_nd(&frame, &written, &message);
	world_input_fragments(&world, 0, &frame, 16, NULL);
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_ND_MALFORMED), 1);
	CU_ASSERT_EQUAL(world_counters(&world).fragments, 1); /* the other one */
	written.fragment_header = true;
	write_nd(&frame, &written, &message);
	world_input(&world, 0, &frame);
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_ND_MALFORMED), 2);
	world_close(&world);
}

static void an_option_of_length_zero_is_refused(void)
{
	struct written written = {.source = PEER6, .destination = OWN6, .hop_limit = 255};
	uint8_t message[ND_MESSAGE_MAX - ICMP_HEADER_LENGTH] = {0};
	struct ip_address target = address_of(OWN6);
	struct world world;
	struct frame frame;

	memcpy(message, target.octets, 16);
	message[16] = 1;
	world_open_resolved(&world);
	write_icmp(&frame, &written, ICMPV6_NEIGHBOUR_SOLICITATION, 0, 0, message, sizeof(message));
	world_input(&world, 0, &frame);
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_ND_MALFORMED), 1);
	world_close(&world);
}

static void a_solicitation_for_another_address_is_not_answered(void)
{
	/* In the same solicited-node group; and of our other interface. */
	static const char *const targets[] = {"fd00::aa00:1", "fd00:1::1"};
	struct world world;

	world_prepare(&world);
	world_open(&world);
	for (unsigned i = 0; i < RTE_DIM(targets); i++) {
		struct nd_message message = solicitation(targets[i]);

		input(&world, PEER6, "ff02::1:ff00:1", 255, &message);
	}
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_ND_NOT_OURS), 2);
	world_close(&world);
}

static void packets_wait_until_the_neighbour_answers(void)
{
	struct nd_message message, answer = advertisement(&peer_mac);
	struct world world;
	struct frame frame;
	struct seen seen;

	world_prepare(&world);
	world_open(&world);
	ping(&world);
	message = expect_nd(&world, ICMPV6_NEIGHBOUR_SOLICITATION, &seen, &frame);
	expect_address(&message.target, PEER6);
	expect_address(&seen.source, OWN6);
	expect_address(&seen.destination, "ff02::1:ff00:2");
	CU_ASSERT_EQUAL(memcmp(&seen.ethernet.destination, "\x33\x33\xff\x00\x00\x02", 6), 0);
	expect_nothing(&world);
	input(&world, PEER6, OWN6, 255, &answer);
	seen = expect_icmp(&world, 0, &frame, ICMPV6_ECHO_REPLY, 0);
	CU_ASSERT_TRUE(rte_is_same_ether_addr(&seen.ethernet.destination, &peer_mac));
	expect_nothing(&world);
	world_close(&world);
}

static void an_advertisement_that_nobody_asked_for_creates_nothing(void)
{
	struct nd_message answer = advertisement(&peer_mac);
	struct world world;

	world_prepare(&world);
	world_open(&world);
	answer.solicited = false;
	input(&world, PEER6, "ff02::1", 255, &answer);
	CU_ASSERT_EQUAL(world_counters(&world).neighbours, 0);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_ND_NOT_OURS), 1);
	world_close(&world);
}

/* Where a ping's answer goes after an advertisement with another MAC address. */
static struct rte_ether_addr mac_after(bool override)
{
	struct nd_message answer = advertisement(&other_mac);
	struct world world;
	struct frame frame;
	struct seen seen;

	world_open_resolved(&world);
	answer.override = override;
	answer.solicited = false;
	input(&world, PEER6, "ff02::1", 255, &answer);
	ping(&world);
	seen = expect_icmp(&world, 0, &frame, ICMPV6_ECHO_REPLY, 0);
	world_close(&world);
	return seen.ethernet.destination;
}

static void only_an_overriding_advertisement_changes_an_entry(void)
{
	struct rte_ether_addr mac = mac_after(true);

	CU_ASSERT_TRUE(rte_is_same_ether_addr(&mac, &other_mac));
	mac = mac_after(false);
	CU_ASSERT_TRUE(rte_is_same_ether_addr(&mac, &peer_mac));
}

static void a_claim_of_our_address_is_counted_and_ignored(void)
{
	struct nd_message answer = advertisement(&other_mac);
	struct world world;

	world_prepare(&world);
	world_open(&world);
	answer.target = address_of(OWN6);
	answer.solicited = false;
	input(&world, PEER6, "ff02::1", 255, &answer);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_ND_CONFLICT), 1);
	world_close(&world);
}

static void routers_are_not_listened_to(void)
{
	static const uint8_t types[] = {ICMPV6_ROUTER_SOLICITATION, ICMPV6_ROUTER_ADVERTISEMENT, ICMPV6_REDIRECT};
	struct written written = {.source = PEER6, .destination = OWN6, .hop_limit = 255};
	uint8_t message[40] = {0};
	struct world world;
	struct frame frame;

	world_open_resolved(&world);
	for (unsigned i = 0; i < RTE_DIM(types); i++) {
		write_icmp(&frame, &written, types[i], 0, 0, message, sizeof(message));
		world_input(&world, 0, &frame);
	}
	expect_nothing(&world);
	CU_ASSERT_EQUAL(world_drops(&world, DROP_ND_UNSUPPORTED), 3);
	world_close(&world);
}

static void what_another_worker_saw_is_learnt_and_not_answered(void)
{
	struct written written = {.source = PEER6, .destination = OWN6, .hop_limit = 255};
	struct nd_message answer = advertisement(&peer_mac), question = solicitation(OWN6);
	struct world world;
	struct frame frame;
	struct rte_mbuf *mbuf;

	world_prepare(&world);
	world_open(&world);
	ping(&world);
	world_discard(&world);
	write_nd(&frame, &written, &answer);
	mbuf = world_mbuf(&world, &frame, 2048, SEGMENT_OBSERVE, 0);
	stack_input(world.stack, 0, &mbuf, 1);
	expect_icmp(&world, 0, &frame, ICMPV6_ECHO_REPLY, 0);
	write_nd(&frame, &written, &question);
	mbuf = world_mbuf(&world, &frame, 2048, SEGMENT_OBSERVE, 0);
	stack_input(world.stack, 0, &mbuf, 1);
	expect_nothing(&world);
	world_close(&world);
}

int main(void)
{
	return PACKETS_RUN(
	    "neighbour discovery", TEST(a_solicitation_is_answered),
	    TEST(duplicate_address_detection_is_answered_to_all_nodes), TEST(what_the_rfc_refuses_is_refused),
	    TEST(no_message_comes_in_fragments), TEST(an_option_of_length_zero_is_refused),
	    TEST(a_solicitation_for_another_address_is_not_answered), TEST(packets_wait_until_the_neighbour_answers),
	    TEST(an_advertisement_that_nobody_asked_for_creates_nothing),
	    TEST(only_an_overriding_advertisement_changes_an_entry),
	    TEST(a_claim_of_our_address_is_counted_and_ignored), TEST(routers_are_not_listened_to),
	    TEST(what_another_worker_saw_is_learnt_and_not_answered));
}
