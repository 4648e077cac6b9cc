/* SPDX-License-Identifier: BSD-3-Clause */
/* Steering: both directions and all kinds of packets of a tuple come to one worker, whatever the port does. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_thash.h>

#include <tcpstack/wire/icmp.h>
#include <tcpstack/wire/tcp.h>

#include "dataplane_frames.h"
#include "steering.h"
#include "support.h"

#define WORKERS 4

static struct rte_mempool *pool;

/* A port of WORKERS queues whose spread is known. */
static struct port_description spreading_port(void)
{
	struct port_description port = {.driver = "test", .queues = WORKERS};
	uint64_t state = 5;

	port.spread.known = true;
	port.spread.udp_ports = true;
	port.spread.table_size = 64;
	support_random_fill(&state, port.spread.key, sizeof(port.spread.key));
	for (unsigned i = 0; i < 64; i++)
		port.spread.table[i] = (uint16_t)(i / 5 % WORKERS);
	return port;
}

static struct steering prepare(const struct port_description *port, enum steering_wish wish)
{
	static struct steering steering;
	struct fault fault = {""};

	CU_ASSERT_TRUE_FATAL(steering_prepare(&steering, port, wish, WORKERS, &fault));
	return steering;
}

/* Where a frame goes that worker `here` received. */
static uint16_t place(struct steering *steering, const struct frame_wish *wish, uint16_t here)
{
	struct steering_trust trust = {0};
	struct rte_mbuf *frame = frame_make(pool, wish);
	uint16_t owner = steering_place(steering, &trust, frame, here);

	rte_pktmbuf_free(frame);
	return owner;
}

static struct frame_wish tcp_wish(bool ipv6, uint16_t remote_port)
{
	return (struct frame_wish){
	    .local = ipv6 ? "2001:db8::1" : "192.0.2.1",
	    .remote = ipv6 ? "2001:db8:7::99" : "198.51.100.99",
	    .local_port = 443,
	    .remote_port = remote_port,
	    .protocol = IPPROTO_TCP,
	    .tcp_flags = TCP_ACK,
	};
}

static void the_owner_is_what_rte_softrss_and_the_table_say(void)
{
	struct port_description port = spreading_port();
	struct steering steering = prepare(&port, STEERING_WISH_HARDWARE);

	for (uint16_t remote_port = 1024; remote_port < 1224; remote_port++) {
		struct frame_wish wish = tcp_wish(false, remote_port);
		struct tuple tuple = frame_tuple(&wish);
		uint32_t input[3] = {
		    rte_be_to_cpu_32(address_ipv4(&tuple.remote)),
		    rte_be_to_cpu_32(address_ipv4(&tuple.local)),
		    (uint32_t)tuple.remote_port << 16 | tuple.local_port,
		};
		uint32_t hash = rte_softrss(input, 3, port.spread.key);

		CU_ASSERT_EQUAL(steering_owner(&steering, &tuple, IPPROTO_TCP), port.spread.table[hash & 63]);
	}
}

static void frames_go_to_the_owner_of_their_tuple(void)
{
	struct port_description port = spreading_port();
	struct steering steering = prepare(&port, STEERING_WISH_SOFTWARE);
	unsigned met[WORKERS] = {0};

	for (unsigned i = 0; i < 400; i++) {
		struct frame_wish wish = tcp_wish(i & 1, (uint16_t)(2000 + i));
		struct tuple tuple;

		wish.protocol = i & 2 ? IPPROTO_UDP : IPPROTO_TCP;
		wish.vlan = i & 4 ? 17 : 0;
		wish.options = (i & 8) != 0;
		tuple = frame_tuple(&wish);
		for (uint16_t here = 0; here < WORKERS; here++)
			CU_ASSERT_EQUAL(place(&steering, &wish, here),
					steering_owner(&steering, &tuple, wish.protocol));
		met[steering_owner(&steering, &tuple, wish.protocol)]++;
	}
	for (unsigned worker = 0; worker < WORKERS; worker++)
		CU_ASSERT_TRUE(met[worker] > 50);
}

static void all_fragments_of_two_hosts_go_to_one_worker(void)
{
	struct port_description port = spreading_port();

	for (enum steering_wish wish = STEERING_WISH_AUTO; wish <= STEERING_WISH_SOFTWARE; wish++) {
		struct steering steering = prepare(&port, wish);

		for (unsigned ipv6 = 0; ipv6 < 2; ipv6++) {
			struct frame_wish first = tcp_wish(ipv6, 5000);
			struct frame_wish later = tcp_wish(ipv6, 5000);
			uint16_t owner;

			first.protocol = later.protocol = IPPROTO_UDP;
			first.fragment = true;
			later.later_fragment = true;
			owner = place(&steering, &first, 0);
			CU_ASSERT_TRUE(owner < WORKERS);
			for (uint16_t here = 0; here < WORKERS; here++) {
				CU_ASSERT_EQUAL(place(&steering, &first, here), owner);
				CU_ASSERT_EQUAL(place(&steering, &later, here), owner);
			}
			CU_ASSERT_EQUAL(steering_mode(&steering), wish == STEERING_WISH_AUTO	   ? STEERING_CHECKED
								  : wish == STEERING_WISH_HARDWARE ? STEERING_HARDWARE
												   : STEERING_SOFTWARE);
		}
	}
}

static void arp_and_neighbour_discovery_are_for_all(void)
{
	struct port_description port = spreading_port();
	struct steering steering = prepare(&port, STEERING_WISH_AUTO);
	struct steering_trust trust = {0};
	struct rte_mbuf *arp = frame_make_arp(pool);
	struct frame_wish wish = tcp_wish(true, 0);

	CU_ASSERT_EQUAL(steering_place(&steering, &trust, arp, 1), STEERING_EVERYWHERE);
	rte_pktmbuf_free(arp);
	wish.protocol = IPPROTO_ICMPV6;
	for (unsigned type = 0; type < 256; type++) {
		bool discovery = type >= ICMPV6_ROUTER_SOLICITATION && type <= ICMPV6_REDIRECT;

		wish.icmp_type = (uint8_t)type;
		CU_ASSERT_EQUAL(place(&steering, &wish, 2), discovery ? STEERING_EVERYWHERE : 2);
	}
}

static void echo_requests_stay_where_they_land(void)
{
	struct port_description port = spreading_port();
	struct steering steering = prepare(&port, STEERING_WISH_SOFTWARE);

	for (unsigned ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_wish wish = tcp_wish(ipv6, 0);

		wish.protocol = ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
		wish.icmp_type = ipv6 ? ICMPV6_ECHO_REQUEST : ICMPV4_ECHO_REQUEST;
		for (uint16_t here = 0; here < WORKERS; here++)
			CU_ASSERT_EQUAL(place(&steering, &wish, here), here);
	}
}

static void what_cannot_be_read_stays(void)
{
	struct port_description port = spreading_port();
	struct steering steering = prepare(&port, STEERING_WISH_SOFTWARE);
	struct frame_wish wish = tcp_wish(false, 80);

	for (unsigned ipv6 = 0; ipv6 < 2; ipv6++) {
		uint16_t whole = ipv6 ? 14 + 40 + 20 : 14 + 20 + 20;

		wish = tcp_wish(ipv6, 80);
		for (uint16_t length = 0; length < whole; length++) {
			struct steering_trust trust = {0};
			struct rte_mbuf *frame = frame_make(pool, &wish);

			rte_pktmbuf_trim(frame, (uint16_t)(rte_pktmbuf_pkt_len(frame) - length));
			CU_ASSERT_EQUAL(steering_place(&steering, &trust, frame, 3), 3);
			rte_pktmbuf_free(frame);
		}
	}
}

static void headers_across_mbufs_are_read(void)
{
	struct port_description port = spreading_port();
	struct steering steering = prepare(&port, STEERING_WISH_SOFTWARE);
	struct frame_wish wish = tcp_wish(true, 4242);
	uint16_t owner = place(&steering, &wish, 0);

	for (uint16_t cut = 1; cut < 74; cut++) {
		struct steering_trust trust = {0};
		struct rte_mbuf *frame = frame_make(pool, &wish);
		struct rte_mbuf *rest = support_mbuf(pool, rte_pktmbuf_mtod_offset(frame, void *, cut),
						     (uint16_t)(rte_pktmbuf_pkt_len(frame) - cut));

		rte_pktmbuf_trim(frame, (uint16_t)(rte_pktmbuf_pkt_len(frame) - cut));
		CU_ASSERT_EQUAL_FATAL(rte_pktmbuf_chain(frame, rest), 0);
		CU_ASSERT_EQUAL(steering_place(&steering, &trust, frame, (uint16_t)((owner + 1) % WORKERS)), owner);
		rte_pktmbuf_free(frame);
	}
}

static void one_worker_keeps_everything(void)
{
	struct port_description port = spreading_port();
	struct steering steering;
	struct steering_trust trust = {0};
	struct fault fault;
	struct rte_mbuf *arp = frame_make_arp(pool);

	CU_ASSERT_TRUE(steering_prepare(&steering, &port, STEERING_WISH_AUTO, 1, &fault));
	CU_ASSERT_EQUAL(steering_mode(&steering), STEERING_SINGLE);
	CU_ASSERT_EQUAL(steering_place(&steering, &trust, arp, 0), 0);
	rte_pktmbuf_free(arp);
}

static void hardware_is_refused_where_it_is_not_offered(void)
{
	struct port_description port = spreading_port();
	struct steering steering;
	struct fault fault = {""};

	port.queues = WORKERS - 1;
	CU_ASSERT_FALSE(steering_prepare(&steering, &port, STEERING_WISH_HARDWARE, WORKERS, &fault));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "3 queues for 4 workers"));
	port.queues = WORKERS;
	port.spread.known = false;
	CU_ASSERT_FALSE(steering_prepare(&steering, &port, STEERING_WISH_HARDWARE, WORKERS, &fault));
	CU_ASSERT_TRUE(steering_prepare(&steering, &port, STEERING_WISH_AUTO, WORKERS, &fault));
	CU_ASSERT_EQUAL(steering_mode(&steering), STEERING_SOFTWARE);
}

static void a_trusted_port_is_not_second_guessed(void)
{
	struct port_description port = spreading_port();
	struct steering steering = prepare(&port, STEERING_WISH_HARDWARE);
	struct frame_wish wish = tcp_wish(false, 7777);

	for (uint16_t here = 0; here < WORKERS; here++)
		CU_ASSERT_EQUAL(place(&steering, &wish, here), here);
	CU_ASSERT_EQUAL(atomic_load(&steering.strays), 0);
}

static void a_stray_demotes_a_checked_port_and_is_handed_over(void)
{
	struct port_description port = spreading_port();
	struct frame_wish wish = tcp_wish(false, 7777);
	struct tuple tuple = frame_tuple(&wish);

	for (unsigned syn = 0; syn < 2; syn++) {
		struct steering steering = prepare(&port, STEERING_WISH_AUTO);
		uint16_t owner = steering_owner(&steering, &tuple, IPPROTO_TCP);
		uint16_t wrong = (uint16_t)((owner + 1) % WORKERS);

		wish.tcp_flags = syn ? TCP_SYN | TCP_ACK : TCP_ACK;
		CU_ASSERT_EQUAL(steering_mode(&steering), STEERING_CHECKED);
		CU_ASSERT_EQUAL(place(&steering, &wish, owner), owner);
		CU_ASSERT_EQUAL(steering_mode(&steering), STEERING_CHECKED);
		CU_ASSERT_EQUAL(place(&steering, &wish, wrong), owner);
		CU_ASSERT_EQUAL(steering_mode(&steering), STEERING_SOFTWARE);
		CU_ASSERT_EQUAL(atomic_load(&steering.strays), 1);
		CU_ASSERT_EQUAL(steering_owner(&steering, &tuple, IPPROTO_TCP), owner);
		CU_ASSERT_EQUAL(place(&steering, &wish, wrong), owner);
		CU_ASSERT_EQUAL(atomic_load(&steering.strays), 1);
	}
}

static void damaged_and_odd_packets_prove_nothing(void)
{
	struct port_description port = spreading_port();
	struct steering steering = prepare(&port, STEERING_WISH_AUTO);
	struct frame_wish wish = tcp_wish(false, 7777);
	struct tuple tuple = frame_tuple(&wish);
	uint16_t owner = steering_owner(&steering, &tuple, IPPROTO_TCP);
	uint16_t wrong = (uint16_t)((owner + 1) % WORKERS);
	struct steering_trust trust = {0};
	struct rte_mbuf *frame = frame_make(pool, &wish);

	frame->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_BAD;
	CU_ASSERT_EQUAL(steering_place(&steering, &trust, frame, wrong), wrong);
	frame->ol_flags = RTE_MBUF_F_RX_IP_CKSUM_BAD;
	CU_ASSERT_EQUAL(steering_place(&steering, &trust, frame, wrong), wrong);
	rte_pktmbuf_free(frame);
	wish.options = true;
	CU_ASSERT_EQUAL(place(&steering, &wish, wrong), owner);
	CU_ASSERT_EQUAL(steering_mode(&steering), STEERING_CHECKED);
	CU_ASSERT_EQUAL(atomic_load(&steering.strays), 0);
}

/* A card that reads tunnels hashes what they carry: by that no peer may turn a port to software. */
static void udp_is_handed_over_and_demotes_nothing(void)
{
	struct port_description port = spreading_port();
	struct steering steering = prepare(&port, STEERING_WISH_AUTO);

	for (unsigned ipv6 = 0; ipv6 < 2; ipv6++) {
		struct frame_wish wish = tcp_wish(ipv6, 7777);
		struct tuple tuple;
		uint16_t owner;

		wish.protocol = IPPROTO_UDP;
		wish.local_port = 4789;
		tuple = frame_tuple(&wish);
		owner = steering_owner(&steering, &tuple, IPPROTO_UDP);
		for (uint16_t here = 0; here < WORKERS; here++)
			CU_ASSERT_EQUAL(place(&steering, &wish, here), owner);
	}
	CU_ASSERT_EQUAL(steering_mode(&steering), STEERING_CHECKED);
	CU_ASSERT_EQUAL(atomic_load(&steering.strays), 0);
}

/* To the card they are IPv6, to a tuple they would be IPv4: the stack drops them, and they prove nothing. */
static void mapped_addresses_in_ipv6_prove_nothing(void)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct port_description port = spreading_port();
	struct steering steering = prepare(&port, STEERING_WISH_AUTO);

	for (unsigned i = 0; i < 100; i++) {
		struct frame_wish wish = tcp_wish(true, (uint16_t)(3000 + i));
		struct steering_trust trust = {0};
		struct rte_mbuf *frame = frame_make(pool, &wish);

		memcpy(rte_pktmbuf_mtod_offset(frame, void *, 14 + 8 + (i & 1 ? 16 : 0)), mapped, sizeof(mapped));
		for (uint16_t here = 0; here < WORKERS; here++)
			CU_ASSERT_EQUAL(steering_place(&steering, &trust, frame, here), here);
		rte_pktmbuf_free(frame);
	}
	CU_ASSERT_EQUAL(steering_mode(&steering), STEERING_CHECKED);
}

/* The frame is long enough for a TCP header, the packet is not: a card may not take the padding for ports. */
static void padding_is_no_transport_header(void)
{
	struct port_description port = spreading_port();
	struct steering steering = prepare(&port, STEERING_WISH_AUTO);

	for (unsigned ipv6 = 0; ipv6 < 2; ipv6++) {
		for (uint16_t length = 0; length < 20; length++) {
			struct frame_wish wish = tcp_wish(ipv6, 3000);
			struct steering_trust trust = {0};
			struct rte_mbuf *frame = frame_make(pool, &wish);
			rte_be16_t field = rte_cpu_to_be_16((uint16_t)(ipv6 ? length : length + 20));

			memcpy(rte_pktmbuf_mtod_offset(frame, void *, 14 + (ipv6 ? 4 : 2)), &field, sizeof(field));
			for (uint16_t here = 0; here < WORKERS; here++)
				CU_ASSERT_EQUAL(steering_place(&steering, &trust, frame, here), here);
			rte_pktmbuf_free(frame);
		}
	}
	CU_ASSERT_EQUAL(steering_mode(&steering), STEERING_CHECKED);
}

/* The share of wrong ACKs that are noticed when a port that was right for long begins to err. */
static void a_port_that_was_right_for_long_is_checked_by_samples_and_at_each_beginning_and_end(void)
{
	struct port_description port = spreading_port();
	struct steering steering = prepare(&port, STEERING_WISH_AUTO);
	struct frame_wish wish = tcp_wish(false, 7777);
	struct tuple tuple = frame_tuple(&wish);
	uint16_t owner = steering_owner(&steering, &tuple, IPPROTO_TCP);
	uint16_t wrong = (uint16_t)((owner + 1) % WORKERS);
	static const uint8_t flags[] = {TCP_SYN, TCP_ACK | TCP_FIN, TCP_RST};
	struct steering_trust trust = {0};
	struct rte_mbuf *frame = frame_make(pool, &wish);
	unsigned unnoticed = 0;

	for (unsigned i = 0; i < 2000; i++)
		CU_ASSERT_EQUAL(steering_place(&steering, &trust, frame, owner), owner);
	while (steering_mode(&steering) == STEERING_CHECKED && unnoticed < 1000)
		if (steering_place(&steering, &trust, frame, wrong) == wrong)
			unnoticed++;
	CU_ASSERT_TRUE(unnoticed < 100);
	rte_pktmbuf_free(frame);

	for (unsigned i = 0; i < RTE_DIM(flags); i++) {
		steering = prepare(&port, STEERING_WISH_AUTO);
		wish.tcp_flags = flags[i];
		frame = frame_make(pool, &wish);
		CU_ASSERT_EQUAL(steering_place(&steering, &trust, frame, wrong), owner);
		CU_ASSERT_EQUAL(steering_mode(&steering), STEERING_SOFTWARE);
		rte_pktmbuf_free(frame);
	}
}

static void udp_goes_by_addresses_where_the_port_hashes_it_so(void)
{
	struct port_description port = spreading_port();
	struct frame_wish wish = tcp_wish(true, 1);
	struct steering steering;
	struct tuple tuple;
	uint16_t owner;

	port.spread.udp_ports = false;
	steering = prepare(&port, STEERING_WISH_AUTO);
	wish.protocol = IPPROTO_UDP;
	tuple = frame_tuple(&wish);
	owner = steering_owner(&steering, &tuple, IPPROTO_UDP);
	for (uint16_t remote_port = 1; remote_port < 100; remote_port++) {
		wish.remote_port = tuple.remote_port = remote_port;
		CU_ASSERT_EQUAL(steering_owner(&steering, &tuple, IPPROTO_UDP), owner);
		CU_ASSERT_EQUAL(place(&steering, &wish, owner), owner);
	}
	CU_ASSERT_EQUAL(steering_mode(&steering), STEERING_CHECKED);
}

int main(void)
{
	pool = support_pool("steering", 64);
	return TESTS_RUN("steering", TEST(the_owner_is_what_rte_softrss_and_the_table_say),
			 TEST(frames_go_to_the_owner_of_their_tuple), TEST(all_fragments_of_two_hosts_go_to_one_worker),
			 TEST(arp_and_neighbour_discovery_are_for_all), TEST(echo_requests_stay_where_they_land),
			 TEST(what_cannot_be_read_stays), TEST(headers_across_mbufs_are_read),
			 TEST(one_worker_keeps_everything), TEST(hardware_is_refused_where_it_is_not_offered),
			 TEST(a_trusted_port_is_not_second_guessed),
			 TEST(a_stray_demotes_a_checked_port_and_is_handed_over),
			 TEST(damaged_and_odd_packets_prove_nothing), TEST(udp_is_handed_over_and_demotes_nothing),
			 TEST(mapped_addresses_in_ipv6_prove_nothing), TEST(padding_is_no_transport_header),
			 TEST(a_port_that_was_right_for_long_is_checked_by_samples_and_at_each_beginning_and_end),
			 TEST(udp_goes_by_addresses_where_the_port_hashes_it_so));
}
