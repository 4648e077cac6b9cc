/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_DEVICE_RSS_H
#define DATAPLANE_DEVICE_RSS_H

/* Receive-side scaling of a DPDK device: asked for with a key of ours, and believed only as far as it reads back. */

#include <stdbool.h>
#include <stdint.h>

#include <rte_ethdev.h>

#include "port.h"

#define DEVICE_RSS_KEY_MAX 64

/* The key that a device is configured with; longer than what is hashed where a device wants that. */
struct device_rss {
	uint8_t key[DEVICE_RSS_KEY_MAX];
	uint8_t key_size; /* 0: the device does not say, and has a key of its own */
	uint64_t types;	  /* RTE_ETH_RSS_... asked for; 0: the device has no RSS that serves */
};

/* Plans RSS with a fresh random key if the device can hash TCP of both families. */
void device_rss_plan(struct device_rss *rss, const struct rte_eth_dev_info *info);

/* After the device was configured with the plan and started: sets the redirection table over `queues` queues and reads
 * key, types and table back into *spread. spread->known stays false where the device does not confirm them, but
 * spread->key always is a good key for steering in software. Frames that came in before are dropped: they were spread
 * otherwise. */
void device_rss_confirm(const struct device_rss *rss, uint16_t port_id, uint16_t queues, struct port_spread *spread);

#endif
