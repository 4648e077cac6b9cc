/* SPDX-License-Identifier: BSD-3-Clause */
#include "steering_port.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ring.h>
#include <rte_spinlock.h>
#include <rte_thash.h>

#define QUEUES_MAX 64
#define QUEUE_SIZE 1024
#define TABLE_SIZE 64

static const uint8_t key[TOEPLITZ_KEY_SIZE] = {
    0x53, 0x6c, 0x75, 0x69, 0x63, 0x65, 0x2d, 0x91, 0xe0, 0x1b, 0x7a, 0xc4, 0x3f, 0x88,
    0x15, 0xd6, 0x4e, 0xa9, 0x02, 0xfb, 0x67, 0x30, 0xbc, 0x5d, 0x19, 0xe3, 0x74, 0x8a,
    0xcf, 0x21, 0x96, 0x0d, 0xb8, 0x43, 0xf5, 0x6a, 0x2c, 0xd9, 0x07, 0x7e,
};

struct steering_port {
	struct port inner;
	bool lies;
	uint16_t queue_count;
	uint16_t table[TABLE_SIZE];
	rte_spinlock_t receiving;
	rte_spinlock_t transmitting;
	uint64_t state;	 /* of the liar's random numbers; under `receiving` */
	uint64_t missed; /* under `receiving` */
	struct rte_ring *queues[QUEUES_MAX];
};

static const struct port_operations steering_operations;

/* The Toeplitz hash of words in network byte order at `source` (addresses) and `ports` (NULL: none). */
static uint32_t hash_words(const uint8_t *addresses, unsigned words, const uint8_t *ports)
{
	uint32_t input[9];
	unsigned i;

	memcpy(input, addresses, words * sizeof(uint32_t));
	if (ports != NULL)
		memcpy(&input[words++], ports, sizeof(uint32_t));
	for (i = 0; i < words; i++)
		input[i] = rte_be_to_cpu_32(input[i]);
	return rte_softrss(input, words, key);
}

/* What a card does: TCP and UDP by ports, other IP packets and fragments by addresses, the rest not at all. */
static uint32_t hash_frame(const struct rte_mbuf *frame)
{
	const uint8_t *data = rte_pktmbuf_mtod(frame, const uint8_t *);
	uint32_t length = rte_pktmbuf_data_len(frame);
	uint32_t offset = RTE_ETHER_HDR_LEN;
	uint32_t transport;
	uint16_t type;
	bool ports;

	/* Short frames are not padded on a TAP. */
	if (length < RTE_ETHER_HDR_LEN + 4)
		return 0;
	memcpy(&type, data + 12, sizeof(type));
	if (type == RTE_BE16(RTE_ETHER_TYPE_VLAN)) {
		memcpy(&type, data + 16, sizeof(type));
		offset += 4;
	}
	data += offset;
	length -= offset;
	if (type == RTE_BE16(RTE_ETHER_TYPE_IPV4) && length >= 28) {
		transport = (data[0] & 15) * 4u;
		ports = (data[9] == IPPROTO_TCP || data[9] == IPPROTO_UDP) && (data[6] & 0x3f) == 0 && data[7] == 0 &&
			transport + 4 <= length;
		return hash_words(data + 12, 2, ports ? data + transport : NULL);
	}
	if (type == RTE_BE16(RTE_ETHER_TYPE_IPV6) && length >= 44) {
		ports = data[6] == IPPROTO_TCP || data[6] == IPPROTO_UDP;
		return hash_words(data + 8, 8, ports ? data + 40 : NULL);
	}
	return 0;
}

static uint16_t choose_queue(struct steering_port *port, const struct rte_mbuf *frame)
{
	if (!port->lies)
		return port->table[hash_frame(frame) & (TABLE_SIZE - 1)];
	port->state = port->state * 6364136223846793005u + 1442695040888963407u;
	return (uint16_t)((port->state >> 33) % port->queue_count);
}

static void spread(struct steering_port *port)
{
	struct rte_mbuf *frames[PORT_BURST];
	uint16_t n = port_receive(&port->inner, 0, frames, PORT_BURST);
	uint16_t i;

	for (i = 0; i < n; i++) {
		if (rte_ring_enqueue(port->queues[choose_queue(port, frames[i])], frames[i]) == 0)
			continue;
		port->missed++;
		rte_pktmbuf_free(frames[i]);
	}
}

static uint16_t steering_receive(void *device, uint16_t queue, struct rte_mbuf **frames, uint16_t room)
{
	struct steering_port *port = device;

	if (rte_spinlock_trylock(&port->receiving)) {
		spread(port);
		rte_spinlock_unlock(&port->receiving);
	}
	return (uint16_t)rte_ring_dequeue_burst(port->queues[queue], (void **)frames, room, NULL);
}

static uint16_t steering_transmit(void *device, uint16_t queue, struct rte_mbuf **frames, uint16_t n)
{
	struct steering_port *port = device;
	uint16_t taken;

	if (!rte_spinlock_trylock(&port->transmitting))
		return 0;
	taken = port_transmit(&port->inner, 0, frames, n);
	rte_spinlock_unlock(&port->transmitting);
	return taken;
}

static void steering_link(void *device, struct port_link *link)
{
	const struct port *inner = &((struct steering_port *)device)->inner;

	inner->operations->link(inner->device, link);
}

static void steering_statistics(void *device, struct port_statistics *statistics)
{
	struct steering_port *port = device;

	port->inner.operations->statistics(port->inner.device, statistics);
	rte_spinlock_lock(&port->receiving);
	statistics->receive_missed += port->missed;
	rte_spinlock_unlock(&port->receiving);
}

static void steering_close(void *device)
{
	struct steering_port *port = device;
	struct rte_mbuf *frame;
	uint16_t i;

	for (i = 0; i < port->queue_count; i++) {
		while (port->queues[i] != NULL && rte_ring_dequeue(port->queues[i], (void **)&frame) == 0)
			rte_pktmbuf_free(frame);
		rte_ring_free(port->queues[i]);
	}
	port_close(&port->inner);
	free(port);
}

static bool make_queues(struct steering_port *port, struct fault *fault)
{
	char name[RTE_RING_NAMESIZE];
	uint16_t i;

	for (i = 0; i < port->queue_count; i++) {
		snprintf(name, sizeof(name), "test_%p_%u", (void *)port, i);
		port->queues[i] = rte_ring_create(name, QUEUE_SIZE, SOCKET_ID_ANY, 0);
		if (port->queues[i] == NULL)
			return fault_set(fault, "test port: no memory for its queues");
	}
	return true;
}

static void describe(const struct steering_port *port, struct port_description *description)
{
	uint16_t i;

	*description = port->inner.description;
	snprintf(description->driver, sizeof(description->driver), "%s", port->lies ? "lying" : "steering");
	description->queues = port->queue_count;
	description->spread = (struct port_spread){.known = true, .udp_ports = true, .table_size = TABLE_SIZE};
	memcpy(description->spread.key, key, sizeof(key));
	for (i = 0; i < TABLE_SIZE; i++)
		description->spread.table[i] = port->table[i];
}

static bool open_wrapped(struct port *port, const struct port_request *request, bool lies, struct fault *fault)
{
	struct port_request inner = *request;
	struct steering_port *device = calloc(1, sizeof(*device));
	uint16_t i;

	if (device == NULL || request->queues > QUEUES_MAX) {
		free(device);
		return fault_set(fault, "test port: no memory, or too many queues");
	}
	device->lies = lies;
	device->queue_count = request->queues;
	for (i = 0; i < TABLE_SIZE; i++)
		device->table[i] = i / 3 % request->queues;
	rte_spinlock_init(&device->receiving);
	rte_spinlock_init(&device->transmitting);
	inner.device = port_device_arguments(request->device);
	inner.queues = 1;
	if (!port_open(&device->inner, &inner, fault) || !make_queues(device, fault)) {
		steering_close(device);
		return false;
	}
	describe(device, &port->description);
	port->operations = &steering_operations;
	port->device = device;
	return true;
}

static const struct port_operations steering_operations = {
    .receive = steering_receive,
    .transmit = steering_transmit,
    .link = steering_link,
    .statistics = steering_statistics,
    .close = steering_close,
};

bool steering_port_open(struct port *port, const struct port_request *request, struct fault *fault)
{
	return open_wrapped(port, request, false, fault);
}

bool lying_port_open(struct port *port, const struct port_request *request, struct fault *fault)
{
	return open_wrapped(port, request, true, fault);
}
