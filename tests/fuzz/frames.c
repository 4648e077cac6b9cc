/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any frames, in any mbufs, with any time between them, into a stack that routes between two interfaces: nothing
 * breaks, what it sends is whole, and afterwards every mbuf is back.
 *
 * The input is a sequence of steps. A step is an octet that says what, one or two that say how much, and for a frame
 * its octets.
 */
#include <string.h>

#include <tcpstack/segment.h>
#include <tcpstack/stack.h>
#include <tcpstack/udp.h>
#include <tcpstack/wire/ethernet.h>

#include "support.h"

#define MBUFS 127
#define STEPS 64
#define OUTPUT 32

/* What the octet says that begins a step. */
#define STEP_INTERFACE 0x01
#define STEP_ADVANCE 0x02
#define STEP_PIECES 0x04 /* the frame comes in mbufs of odd lengths */
#define STEP_OBSERVE 0x08
#define STEP_REPAIR 0x10 /* the frame is for the interface, and its IPv4 header checksum right */
#define STEP_GOOD 0x20	 /* the port vouches for the checksums */
#define STEP_SEND 0x40	 /* a datagram of ours */
#define STEP_OUTPUT 0x80 /* afterwards, what the stack sends is taken */

static const struct rte_ether_addr macs[] = {{{2, 0, 0, 0, 0, 1}}, {{2, 0, 0, 0, 1, 1}}};

static struct stack *open_stack(uint64_t *random)
{
	static const char *const addresses[2][2] = {{"10.0.0.1", "fd00::1"}, {"10.0.1.1", "fd00:1::1"}};
	struct stack_config config;
	struct stack *stack;

	stack_defaults(&config);
	config.pool = support_pool(MBUFS);
	config.forwarding = true;
	config.neighbours = 8;
	config.neighbour_queue = 4;
	config.reassemblies = 4;
	config.fragments = 16;
	config.path_mtus = 4;
	config.output_queue = 16;
	config.connections = config.half_open = config.time_wait = 16;
	config.environment = support_environment(random);
	stack = stack_create(&config, 0, NULL);
	hold(stack != NULL);
	for (int i = 0; i < 2; i++) {
		struct interface_config interface = {.mac = macs[i], .mtu = i == 0 ? 1500 : 1280, .address_count = 2};

		hold(address_parse(addresses[i][0], &interface.addresses[0].address));
		hold(address_parse(addresses[i][1], &interface.addresses[1].address));
		interface.addresses[0].length = 120;
		interface.addresses[1].length = 64;
		hold(stack_add_interface(stack, &interface, NULL) == i);
	}
	return stack;
}

/* Spares the fuzzer the guessing of what every frame must have. */
static void repair(uint8_t *frame, size_t length, const struct rte_ether_addr *mac)
{
	uint32_t sum = 0;
	size_t header;

	if (length < ETHERNET_HEADER_LENGTH)
		return;
	if (!(frame[0] & 1))
		memcpy(frame, mac, sizeof(*mac));
	if (length < 34 || frame[12] != 8 || frame[13] != 0)
		return;
	header = (frame[14] & 15) * 4U;
	if (header < 20 || length < 14 + header)
		return;
	frame[24] = frame[25] = 0;
	for (size_t i = 0; i < header; i += 2)
		sum += (uint32_t)frame[14 + i] << 8 | frame[15 + i];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	frame[24] = (uint8_t)(~sum >> 8);
	frame[25] = (uint8_t)~sum;
}

static struct rte_mbuf *make_frame(struct input *input, uint8_t step)
{
	size_t length = input_next(input) | (size_t)(input_next(input) & 7) << 8;
	struct rte_mbuf *head;
	uint8_t frame[2048];

	if (length > input->size)
		length = input->size;
	memcpy(frame, input->data, length);
	input->data += length;
	input->size -= length;
	if (step & STEP_REPAIR)
		repair(frame, length, &macs[step & STEP_INTERFACE]);
	head = support_frame(support_pool(MBUFS), frame, length, step & STEP_PIECES ? 37 : 2048);
	if (head == NULL)
		return NULL;
	*segment_of(head) = (struct segment){.flags = step & STEP_OBSERVE ? SEGMENT_OBSERVE : 0};
	if (step & STEP_GOOD)
		head->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	return head;
}

static void fill_mbuf(struct rte_mempool *pool, void *garbage, void *object, unsigned index)
{
	struct rte_mbuf *mbuf = object;

	memset(mbuf->buf_addr, *(const uint8_t *)garbage, mbuf->buf_len);
}

/* FNV-1a */
static void digest_add(uint64_t *digest, const void *data, size_t length)
{
	const uint8_t *octets = data;

	for (size_t i = 0; i < length; i++)
		*digest = (*digest ^ octets[i]) * 0x100000001b3;
}

static void check_output(struct stack *stack, uint64_t *digest)
{
	struct rte_mbuf *frames[OUTPUT];

	for (uint16_t interface = 0; interface < 2; interface++) {
		unsigned count = stack_output(stack, interface, frames, OUTPUT);

		for (unsigned i = 0; i < count; i++) {
			const char *reason;

			hold(rte_mbuf_check(frames[i], 1, &reason) == 0);
			hold(frames[i]->nb_segs == 1 && frames[i]->pkt_len >= ETHERNET_HEADER_LENGTH);
			hold(frames[i]->pkt_len <= ETHERNET_HEADER_LENGTH + (interface == 0 ? 1500U : 1280U));
			digest_add(digest, rte_pktmbuf_mtod(frames[i], void *), frames[i]->data_len);
			rte_pktmbuf_free(frames[i]);
		}
	}
}

static void send_datagram(struct stack *stack, struct udp_socket *socket, struct input *input)
{
	static const struct ip_address any;
	struct segment_list payload = {0};
	struct ip_address remote;
	uint8_t what = input_next(input);
	uint8_t data[256];

	hold(address_parse(what & 1 ? "10.0.0.2" : "fd00:1::2", &remote));
	memset(data, what, sizeof(data));
	for (unsigned i = 0; i <= (what >> 2); i++)
		segment_list_append_copy(&payload, support_pool(MBUFS), data, sizeof(data));
	udp_send(stack, socket, &any, &remote, 9, &payload);
	hold(segment_list_empty(&payload));
}

static void receive_datagrams(struct stack *stack)
{
	struct udp_datagram datagram;
	struct udp_socket *socket;

	while ((socket = udp_next_event(stack)) != NULL) {
		while (udp_receive(stack, socket, &datagram))
			segment_list_free(&datagram.payload);
	}
}

static void check_counters(const struct stack *stack, uint64_t *digest)
{
	struct stack_counters counters;

	stack_read_counters(stack, &counters);
	hold(counters.neighbours <= 8 && counters.reassemblies <= 4 && counters.fragments <= 16);
	hold(counters.path_mtus <= 4 && counters.output_queued <= 32);
	digest_add(digest, &counters, sizeof(counters));
}

static void take_step(struct stack *stack, struct udp_socket *socket, struct input *input, uint64_t *now)
{
	uint8_t step = input_next(input);
	struct rte_mbuf *frame;

	if (step & STEP_ADVANCE) {
		*now += (uint64_t)input_next(input) * 250000;
		stack_advance(stack, *now);
		hold(stack_next_deadline(stack) > *now);
	} else if (step & STEP_SEND) {
		send_datagram(stack, socket, input);
	} else if ((frame = make_frame(input, step)) != NULL) {
		stack_input(stack, step & STEP_INTERFACE, &frame, 1);
	}
}

/* Returns a digest of all that the stack sent and counted. */
static uint64_t run(struct input input, uint8_t garbage)
{
	static const struct ip_address any;
	uint64_t now = 0, random = 1, digest = 0xcbf29ce484222325;
	struct stack *stack = open_stack(&random);
	struct udp_socket *socket = udp_bind(stack, &any, 4000, NULL);

	rte_mempool_obj_iter(support_pool(MBUFS), fill_mbuf, &garbage);
	for (unsigned i = 0; i < STEPS && input.size > 0; i++) {
		bool output = *input.data & STEP_OUTPUT;

		take_step(stack, socket, &input, &now);
		if (output)
			check_output(stack, &digest);
		receive_datagrams(stack);
		check_counters(stack, &digest);
	}
	stack_destroy(stack);
	hold(rte_mempool_avail_count(support_pool(MBUFS)) == MBUFS);
	return digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {.data = data, .size = size};

	hold(run(input, 0x00) == run(input, 0xff));
	return 0;
}
