/* SPDX-License-Identifier: BSD-3-Clause */
/* RSS of cards of all kinds: keys of 40 and 52 octets or none, tables from 2 to 2048 entries. The functions of DPDK
 * that ask the card are replaced by a card of our own. */
#include <errno.h>
#include <string.h>

#include "device_rss.h"
#include "support.h"

#define ALL_TYPES (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP)
#define TABLE_MOST 4096

static struct {
	uint8_t key_size, key[64];
	uint64_t types;
	uint16_t table_size, table[TABLE_MOST];
	bool table_fixed; /* takes a table, and keeps its own */
	unsigned waiting; /* frames in each queue */
	unsigned bursts;
} card;

static struct rte_mempool *pool;

int __wrap_rte_eth_dev_info_get(uint16_t port_id, struct rte_eth_dev_info *info);
int __wrap_rte_eth_dev_rss_hash_conf_get(uint16_t port_id, struct rte_eth_rss_conf *conf);
int __wrap_rte_eth_dev_rss_reta_update(uint16_t port_id, struct rte_eth_rss_reta_entry64 *groups, uint16_t size);
int __wrap_rte_eth_dev_rss_reta_query(uint16_t port_id, struct rte_eth_rss_reta_entry64 *groups, uint16_t size);

int __wrap_rte_eth_dev_info_get(uint16_t port_id, struct rte_eth_dev_info *info)
{
	*info = (struct rte_eth_dev_info){
	    .hash_key_size = card.key_size, .reta_size = card.table_size, .flow_type_rss_offloads = ALL_TYPES};
	return 0;
}

/* As DPDK 23.11 and later do: a buffer that is too short is refused. */
int __wrap_rte_eth_dev_rss_hash_conf_get(uint16_t port_id, struct rte_eth_rss_conf *conf)
{
	if (conf->rss_key_len < card.key_size)
		return -EINVAL;
	memcpy(conf->rss_key, card.key, conf->rss_key_len);
	conf->rss_hf = card.types;
	return 0;
}

int __wrap_rte_eth_dev_rss_reta_update(uint16_t port_id, struct rte_eth_rss_reta_entry64 *groups, uint16_t size)
{
	if (size != card.table_size)
		return -EINVAL;
	for (unsigned i = 0; i < size && !card.table_fixed; i++)
		if (groups[i / 64].mask & RTE_BIT64(i % 64))
			card.table[i] = groups[i / 64].reta[i % 64];
	return 0;
}

int __wrap_rte_eth_dev_rss_reta_query(uint16_t port_id, struct rte_eth_rss_reta_entry64 *groups, uint16_t size)
{
	if (size != card.table_size)
		return -EINVAL;
	for (unsigned i = 0; i < size; i++)
		if (groups[i / 64].mask & RTE_BIT64(i % 64))
			groups[i / 64].reta[i % 64] = card.table[i];
	return 0;
}

static uint16_t receive(void *queue, struct rte_mbuf **frames, uint16_t room)
{
	unsigned *waiting = queue;
	uint16_t n = (uint16_t)RTE_MIN(*waiting, room);

	card.bursts++;
	for (uint16_t i = 0; i < n; i++)
		frames[i] = support_mbuf(pool, "", 0);
	*waiting -= n;
	return n;
}

/* A card that takes the key and types of a plan. */
static struct device_rss plan_for(uint8_t key_size, uint16_t table_size)
{
	struct rte_eth_dev_info info;
	struct device_rss rss;

	memset(&card, 0, sizeof(card));
	card.key_size = key_size;
	card.table_size = table_size;
	__wrap_rte_eth_dev_info_get(0, &info);
	device_rss_plan(&rss, &info);
	memcpy(card.key, rss.key, sizeof(card.key));
	card.types = rss.types;
	return rss;
}

static void keys_of_the_sizes_that_cards_have_are_planned(void)
{
	CU_ASSERT_EQUAL(plan_for(40, 128).key_size, 40);
	CU_ASSERT_EQUAL(plan_for(52, 128).key_size, 52);
	CU_ASSERT_EQUAL(plan_for(52, 128).types & RTE_ETH_RSS_NONFRAG_IPV6_TCP, RTE_ETH_RSS_NONFRAG_IPV6_TCP);
}

/* DPDK 23.11 and later refuse a key of another length than the device tells. */
static void a_card_that_tells_no_key_size_is_given_no_key(void)
{
	struct device_rss rss = plan_for(0, 128);
	struct port_spread spread = {0};

	CU_ASSERT_EQUAL(rss.key_size, 0);
	CU_ASSERT_NOT_EQUAL(rss.types, 0);
	memset(card.key, 0x5a, sizeof(card.key));
	device_rss_confirm(&rss, 0, 2, &spread);
	CU_ASSERT_TRUE(spread.known);
	CU_ASSERT_EQUAL(memcmp(spread.key, card.key, sizeof(spread.key)), 0);
}

static void keys_too_short_or_too_long_are_not_used(void)
{
	CU_ASSERT_EQUAL(plan_for(39, 128).types, 0);
	CU_ASSERT_EQUAL(plan_for(DEVICE_RSS_KEY_MAX + 1, 128).types, 0);
}

static void tables_of_all_sizes_spread_evenly(void)
{
	for (uint16_t size = 2; size <= 2048; size *= 2) {
		for (uint16_t queues = 2; queues <= 7; queues++) {
			struct device_rss rss = plan_for(52, size);
			struct port_spread spread = {0};

			device_rss_confirm(&rss, 0, queues, &spread);
			CU_ASSERT_TRUE(spread.known && spread.udp_ports);
			CU_ASSERT_EQUAL(spread.table_size, size);
			CU_ASSERT_EQUAL(memcmp(spread.key, rss.key, sizeof(spread.key)), 0);
			for (unsigned i = 0; i < size; i++)
				CU_ASSERT_EQUAL(spread.table[i], i % queues);
		}
	}
}

static void impossible_tables_are_not_believed(void)
{
	static const uint16_t sizes[] = {0, 100, 4096};
	struct port_spread spread = {0};
	struct device_rss rss;

	for (unsigned i = 0; i < RTE_DIM(sizes); i++) {
		rss = plan_for(40, sizes[i]);
		device_rss_confirm(&rss, 0, 2, &spread);
		CU_ASSERT_FALSE(spread.known);
	}
	rss = plan_for(40, 128);
	card.table_fixed = true;
	card.table[77] = 2;
	device_rss_confirm(&rss, 0, 2, &spread);
	CU_ASSERT_FALSE(spread.known);
	card.table[77] = 1;
	device_rss_confirm(&rss, 0, 2, &spread);
	CU_ASSERT_TRUE(spread.known);
	CU_ASSERT_EQUAL(spread.table[77], 1);
	CU_ASSERT_EQUAL(spread.table[78], 0);
}

static void a_card_that_tells_no_key_or_does_not_hash_tcp_is_not_believed(void)
{
	struct port_spread spread = {0};
	struct device_rss rss = plan_for(40, 128);

	memset(card.key, 0, sizeof(card.key));
	device_rss_confirm(&rss, 0, 2, &spread);
	CU_ASSERT_FALSE(spread.known);
	CU_ASSERT_EQUAL(memcmp(spread.key, rss.key, sizeof(spread.key)), 0);
	rss = plan_for(40, 128);
	card.types &= ~RTE_ETH_RSS_NONFRAG_IPV6_TCP;
	device_rss_confirm(&rss, 0, 2, &spread);
	CU_ASSERT_FALSE(spread.known);
}

static void udp_is_hashed_by_ports_only_where_both_families_are(void)
{
	struct port_spread spread = {0};
	struct device_rss rss = plan_for(40, 128);

	card.types &= ~RTE_ETH_RSS_NONFRAG_IPV4_UDP;
	device_rss_confirm(&rss, 0, 2, &spread);
	CU_ASSERT_TRUE(spread.known);
	CU_ASSERT_FALSE(spread.udp_ports);
}

static void what_came_before_the_table_is_dropped_but_no_flood_keeps_us(void)
{
	unsigned waiting[2] = {100, UINT32_MAX};
	void *queues[2] = {&waiting[0], &waiting[1]};
	struct device_rss rss = plan_for(40, 128);
	struct port_spread spread = {0};
	void **before = rte_eth_fp_ops[0].rxq.data;

	rte_eth_fp_ops[0].rxq.data = queues;
	device_rss_confirm(&rss, 0, 2, &spread);
	rte_eth_fp_ops[0].rxq.data = before;
	CU_ASSERT_TRUE(spread.known);
	CU_ASSERT_EQUAL(waiting[0], 0);
	CU_ASSERT_TRUE(waiting[1] < UINT32_MAX && card.bursts < 2000);
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
}

static void one_queue_needs_no_rss(void)
{
	struct port_spread spread = {0};
	struct device_rss rss = plan_for(40, 128);

	device_rss_confirm(&rss, 0, 1, &spread);
	CU_ASSERT_FALSE(spread.known);
}

int main(void)
{
	static unsigned none[8];
	static void *queues[8];

	for (unsigned i = 0; i < RTE_DIM(queues); i++)
		queues[i] = &none[i];
	pool = support_pool("device_rss", 64);
	rte_eth_fp_ops[0].rx_pkt_burst = receive;
	rte_eth_fp_ops[0].rxq.data = queues;
	return TESTS_RUN(
	    "device rss", TEST(keys_of_the_sizes_that_cards_have_are_planned),
	    TEST(a_card_that_tells_no_key_size_is_given_no_key), TEST(keys_too_short_or_too_long_are_not_used),
	    TEST(tables_of_all_sizes_spread_evenly), TEST(impossible_tables_are_not_believed),
	    TEST(a_card_that_tells_no_key_or_does_not_hash_tcp_is_not_believed),
	    TEST(udp_is_hashed_by_ports_only_where_both_families_are),
	    TEST(what_came_before_the_table_is_dropped_but_no_flood_keeps_us), TEST(one_queue_needs_no_rss));
}
