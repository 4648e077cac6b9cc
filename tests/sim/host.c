/* SPDX-License-Identifier: BSD-3-Clause */
#include "host.h"

#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>

#include <tcpstack/segment.h>

#include "packet.h"

static uint64_t host_random(void *context)
{
	struct host *host = context;

	return random_next(&host->random);
}

static void *host_allocate(void *context, size_t size)
{
	return aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL(size, RTE_CACHE_LINE_SIZE));
}

static void host_release(void *context, void *memory)
{
	free(memory);
}

struct ip_address host_address(unsigned number, enum family family)
{
	uint8_t ipv6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = (uint8_t)number};

	if (family == IPV4)
		return address_from_ipv4(rte_cpu_to_be_32(0xc0000200 + number));
	return address_from_ipv6(ipv6);
}

struct rte_ether_addr host_mac(unsigned number)
{
	return (struct rte_ether_addr){{0x02, 0, 0, 0, 0, (uint8_t)number}};
}

const char *host_start(struct host *host, unsigned number, const struct stack_config *config, uint16_t mtu,
		       uint32_t offloads, struct rte_mempool *pool, uint64_t seed, uint64_t now)
{
	struct stack_config filled = *config;
	struct interface_config interface = {.mtu = mtu, .offloads = offloads, .address_count = FAMILIES};
	const char *error = NULL;

	*host = (struct host){.pool = pool, .random = {seed}, .mac = host_mac(number), .offloads = offloads};
	filled.environment = (struct stack_environment){
	    .context = host, .random = host_random, .allocate = host_allocate, .release = host_release};
	filled.pool = pool;
	host->stack = stack_create(&filled, now, &error);
	if (!host->stack)
		return error ? error : "stack_create failed without an error";
	interface.mac = host->mac;
	for (enum family family = IPV4; family < FAMILIES; family++) {
		host->addresses[family] = host_address(number, family);
		interface.addresses[family] = (struct ip_prefix){host->addresses[family], family == IPV4 ? 120 : 64};
	}
	if (stack_add_interface(host->stack, &interface, &error) != 0)
		return error ? error : "stack_add_interface failed without an error";
	return NULL;
}

void host_stop(struct host *host)
{
	if (host->stack)
		stack_destroy(host->stack);
	host->stack = NULL;
}

static struct rte_mbuf *copy_to_mbuf(struct host *host, const uint8_t *bytes, uint32_t length)
{
	struct rte_mbuf *mbuf = rte_pktmbuf_alloc(host->pool);
	char *room = mbuf ? rte_pktmbuf_append(mbuf, (uint16_t)length) : NULL;

	if (!room) {
		rte_pktmbuf_free(mbuf);
		return NULL;
	}
	memcpy(room, bytes, length);
	return mbuf;
}

void host_deliver(struct host *host, const uint8_t *frame, uint32_t length)
{
	uint32_t first = length;
	struct rte_mbuf *mbuf, *second = NULL;

	if (length > 200 && (length > 2000 || random_chance(&host->random, host->split_frames)))
		first = (uint32_t)random_between(&host->random, 128, RTE_MIN(length - 1, 2000u));
	mbuf = copy_to_mbuf(host, frame, first);
	while (mbuf && first < length) {
		uint32_t more = RTE_MIN(length - first, 2000u);

		second = copy_to_mbuf(host, frame + first, more);
		if (!second || rte_pktmbuf_chain(mbuf, second) != 0) {
			rte_pktmbuf_free(second);
			rte_pktmbuf_free(mbuf);
			return;
		}
		first += more;
	}
	if (mbuf)
		stack_input(host->stack, 0, &mbuf, 1);
}

unsigned host_collect(struct host *host, host_frame_handler *handler, void *context)
{
	struct rte_mbuf *frames[32];
	unsigned total = 0, n;

	while ((n = stack_output(host->stack, 0, frames, RTE_DIM(frames))) > 0) {
		for (unsigned i = 0; i < n; i++)
			port_transmit(host, frames[i], handler, context);
		total += n;
	}
	return total;
}
