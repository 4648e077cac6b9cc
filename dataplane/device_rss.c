/* SPDX-License-Identifier: BSD-3-Clause */
#include "device_rss.h"

#include <string.h>

#include "entropy.h"

#define TYPES_TCP (RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV6_TCP)
#define TYPES_UDP (RTE_ETH_RSS_NONFRAG_IPV4_UDP | RTE_ETH_RSS_NONFRAG_IPV6_UDP)
#define TYPES_OTHER                                                                                                    \
	(RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_FRAG_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_OTHER | RTE_ETH_RSS_IPV6 |                \
	 RTE_ETH_RSS_FRAG_IPV6 | RTE_ETH_RSS_NONFRAG_IPV6_OTHER)

#define TABLE_GROUPS (PORT_TABLE_MAX / RTE_ETH_RETA_GROUP_SIZE)

#define WAITING_BURSTS 1024 /* as many as the largest queue holds: a flood must not keep us */

void device_rss_plan(struct device_rss *rss, const struct rte_eth_dev_info *info)
{
	uint8_t size = info->hash_key_size;

	memset(rss, 0, sizeof(*rss));
	if (!entropy_fill(rss->key, sizeof(rss->key)))
		return;
	if ((info->flow_type_rss_offloads & TYPES_TCP) != TYPES_TCP || (size != 0 && size < TOEPLITZ_KEY_SIZE) ||
	    size > DEVICE_RSS_KEY_MAX)
		return;
	rss->key_size = size;
	rss->types = info->flow_type_rss_offloads & (TYPES_TCP | TYPES_UDP | TYPES_OTHER);
}

/* Spreads the table's entries evenly and reads them back. */
static bool confirm_table(uint16_t port_id, uint16_t size, uint16_t queues, struct port_spread *spread)
{
	struct rte_eth_rss_reta_entry64 groups[TABLE_GROUPS];
	uint16_t i;

	if (size == 0 || size > PORT_TABLE_MAX || (size & (size - 1)) != 0)
		return false;
	memset(groups, 0, sizeof(groups));
	for (i = 0; i < size; i++) {
		groups[i / RTE_ETH_RETA_GROUP_SIZE].mask |= RTE_BIT64(i % RTE_ETH_RETA_GROUP_SIZE);
		groups[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE] = i % queues;
	}
	if (rte_eth_dev_rss_reta_update(port_id, groups, size) != 0)
		return false;
	for (i = 0; i < size; i++)
		groups[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE] = UINT16_MAX;
	if (rte_eth_dev_rss_reta_query(port_id, groups, size) != 0)
		return false;
	for (i = 0; i < size; i++) {
		spread->table[i] = groups[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE];
		if (spread->table[i] >= queues)
			return false;
	}
	spread->table_size = size;
	return true;
}

static void drop_waiting(uint16_t port_id, uint16_t queues)
{
	struct rte_mbuf *frames[PORT_BURST];
	unsigned bursts;
	uint16_t queue;
	uint16_t n;

	for (queue = 0; queue < queues; queue++) {
		for (bursts = 0; bursts < WAITING_BURSTS; bursts++) {
			n = rte_eth_rx_burst(port_id, queue, frames, PORT_BURST);
			rte_pktmbuf_free_bulk(frames, n);
			if (n == 0)
				break;
		}
	}
}

void device_rss_confirm(const struct device_rss *rss, uint16_t port_id, uint16_t queues, struct port_spread *spread)
{
	uint8_t key[DEVICE_RSS_KEY_MAX] = {0};
	struct rte_eth_rss_conf conf = {.rss_key = key};
	struct rte_eth_dev_info info;

	memcpy(spread->key, rss->key, sizeof(spread->key));
	/* Asked again: the table of some devices has its size only once the queues are there. */
	if (rss->types == 0 || queues < 2 || rte_eth_dev_info_get(port_id, &info) != 0 ||
	    info.hash_key_size > sizeof(key))
		return;
	conf.rss_key_len = info.hash_key_size != 0 ? info.hash_key_size : TOEPLITZ_KEY_SIZE;
	if (rte_eth_dev_rss_hash_conf_get(port_id, &conf) != 0 || (conf.rss_hf & TYPES_TCP) != TYPES_TCP)
		return;
	/* A device that kept a key of its own is as good: it is known now. One that tells none (all zero) is not. */
	if (memcmp(key, (uint8_t[TOEPLITZ_KEY_SIZE]){0}, TOEPLITZ_KEY_SIZE) == 0 ||
	    !confirm_table(port_id, info.reta_size, queues, spread))
		return;
	drop_waiting(port_id, queues);
	memcpy(spread->key, key, sizeof(spread->key));
	spread->udp_ports = (conf.rss_hf & TYPES_UDP) == TYPES_UDP;
	spread->known = true;
}
