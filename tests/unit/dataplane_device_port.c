/* SPDX-License-Identifier: BSD-3-Clause */
/* Ports over DPDK's devices: what they say of themselves is what was asked, read back, or refused in words. */
#include <stdio.h>
#include <string.h>

#include <rte_ethdev.h>

#include "port.h"
#include "support.h"

#define DESCRIPTORS 64

static struct rte_mempool *pool;

static struct port_request request_for(const char *device, uint16_t queues)
{
	return (struct port_request){
	    .device = device, .mtu = 1500, .descriptors = DESCRIPTORS, .queues = queues, .pool = pool};
}

static struct port open_good(const char *device, uint16_t queues)
{
	struct port_request request = request_for(device, queues);
	struct fault fault = {""};
	struct port port;

	if (!port_open(&port, &request, &fault)) {
		puts(fault.text);
		CU_FAIL_FATAL("the port does not open");
	}
	return port;
}

static uint16_t port_number(const char *name)
{
	uint16_t number = UINT16_MAX;

	CU_ASSERT_EQUAL(rte_eth_dev_get_port_by_name(name, &number), 0);
	return number;
}

static void key_and_table_are_known_where_the_device_confirms_them(void)
{
	for (uint16_t queues = 2; queues <= 5; queues++) {
		struct port port = open_good("net_null0", queues);
		const struct port_spread *spread = &port.description.spread;
		uint8_t key[TOEPLITZ_KEY_SIZE];
		struct rte_eth_rss_conf conf = {.rss_key = key, .rss_key_len = sizeof(key)};

		CU_ASSERT_EQUAL(port.description.queues, queues);
		CU_ASSERT_TRUE(spread->known);
		CU_ASSERT_EQUAL(rte_eth_dev_rss_hash_conf_get(port_number("net_null0"), &conf), 0);
		CU_ASSERT_EQUAL(memcmp(spread->key, key, sizeof(key)), 0);
		CU_ASSERT_EQUAL(spread->table_size, 128);
		for (unsigned i = 0; i < spread->table_size; i++)
			CU_ASSERT_EQUAL(spread->table[i], i % queues);
		port_close(&port);
	}
}

/* This device makes frames all the time: also between its start and the table. */
static void what_came_before_the_table_is_dropped_and_freed(void)
{
	struct port port = open_good("net_null0", 2);

	CU_ASSERT_TRUE(port.description.spread.known);
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
	port_close(&port);
}

static void without_rss_a_random_key_serves_software(void)
{
	struct port first = open_good("net_ring0", 1);
	uint8_t key[TOEPLITZ_KEY_SIZE];

	CU_ASSERT_FALSE(first.description.spread.known);
	memcpy(key, first.description.spread.key, sizeof(key));
	port_close(&first);
	first = open_good("net_ring0", 1);
	CU_ASSERT_NOT_EQUAL(memcmp(key, first.description.spread.key, sizeof(key)), 0);
	port_close(&first);
}

static void what_is_sent_over_a_ring_comes_back(void)
{
	struct port port = open_good("net_ring0", 1);
	struct rte_mbuf *sent = support_mbuf(pool, "frame", 5);
	struct rte_mbuf *received = NULL;
	struct port_statistics statistics;
	struct port_link link;

	CU_ASSERT_EQUAL(port_transmit(&port, 0, &sent, 1), 1);
	CU_ASSERT_EQUAL(port_receive(&port, 0, &received, 1), 1);
	CU_ASSERT_PTR_EQUAL(received, sent);
	rte_pktmbuf_free(received);
	port.operations->statistics(port.device, &statistics);
	CU_ASSERT_EQUAL(statistics.sent_frames, 1);
	CU_ASSERT_EQUAL(statistics.received_frames, 1);
	CU_ASSERT_EQUAL(statistics.transmit_refused, 0);
	port.operations->link(port.device, &link);
	CU_ASSERT_TRUE(link.known && link.up);
	port_close(&port);
}

static void refused(const struct port_request *request, const char *why)
{
	struct fault fault = {""};
	struct port port;

	CU_ASSERT_FALSE(port_open(&port, request, &fault));
	if (strstr(fault.text, why) == NULL) {
		puts(fault.text);
		CU_FAIL("another reason was given");
	}
	CU_ASSERT_PTR_NULL(port.operations);
	port_close(&port);
}

static void what_a_device_cannot_do_is_refused_in_words(void)
{
	struct port_request request = request_for("net_ring0", 1);
	struct port port = open_good("net_ring0", 1);

	refused(&request, "device net_ring0 is used twice");
	port_close(&port);
	request = request_for("net_unheard_of0", 1);
	refused(&request, "is the driver's name right");
	request = request_for("0000:1f:1f.7", 1);
	refused(&request, "no driver took PCI device 0000:1f:1f.7");
	request = request_for("net_af_packet0,iface=absent0", 1);
	refused(&request, "there is no interface absent0");
	request = request_for("net_tap0,iface=lo", 1);
	refused(&request, "there is an interface lo already");
	request = request_for("net_tap0,iface=a_name_beyond_all_bounds", 1);
	refused(&request, "is longer than 15 characters");
}

/* This device has no address to set, but receives for all. */
static void an_address_that_is_not_taken_needs_promiscuous_mode(void)
{
	struct rte_ether_addr wanted = {{2, 0, 0, 0, 0, 9}};
	struct port_request request = request_for("net_ring0", 1);
	struct fault fault = {""};
	struct port port;

	request.mac = wanted;
	CU_ASSERT_TRUE_FATAL(port_open(&port, &request, &fault));
	CU_ASSERT_TRUE(rte_is_same_ether_addr(&port.description.mac, &wanted));
	CU_ASSERT_EQUAL(rte_eth_promiscuous_get(port_number("net_ring0")), 1);
	port_close(&port);
}

int main(void)
{
	pool = support_pool("device_port", 8192);
	return TESTS_RUN("device port", TEST(key_and_table_are_known_where_the_device_confirms_them),
			 TEST(what_came_before_the_table_is_dropped_and_freed),
			 TEST(without_rss_a_random_key_serves_software), TEST(what_is_sent_over_a_ring_comes_back),
			 TEST(what_a_device_cannot_do_is_refused_in_words),
			 TEST(an_address_that_is_not_taken_needs_promiscuous_mode));
}
