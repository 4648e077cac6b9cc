/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TCP with listeners, one of them intercepting, and with active opens: segments built around the true state of what
 * they meet, so that they get far; calls of a user, ICMP errors, time, and now and then no mbufs. After each step the
 * tables, queues, marks, counts and timers agree with each other; nothing asks for its turn again and again; once all
 * is released and the peers are silent every connection comes to its end; and then every mbuf is back.
 *
 * The input is a few octets of configuration and then a sequence of steps: an octet that says what, and its parameters.
 */
#include <string.h>

#include "../../tcpstack/tcp/tcp_internal.h"
#include "../sim/packet.h"
#include "support.h"
#include "tcp_invariants.h"

#define MBUFS 255
#define STEPS 160
#define OUTPUT 32
#define INTERFACES 3
#define FLOWS 8
#define HELD 32
#define HOUR UINT64_C(3600000000)

enum step {
	STEP_SEGMENT = 0, /* and everything below STEP_ACKNOWLEDGE */
	STEP_ACKNOWLEDGE = 6,
	STEP_ADVANCE,
	STEP_SEND,
	STEP_RECEIVE,
	STEP_CLOSE,
	STEP_OPEN,
	STEP_ERROR,
	STEP_OUTPUT,
	STEP_HOARD,
	STEP_SETTINGS,
	STEP_KINDS
};
#define STEP_DRAIN 0x80 /* afterwards, all that the stack sends is taken */

/* Who talks to whom, as the stack sees it. */
static const struct {
	const char *local, *remote;
	uint16_t local_port, remote_port;
	uint16_t interface;
} flows[FLOWS] = {
    {"10.0.0.1", "10.0.0.2", 80, 40000, 0},  {"fd00::1", "fd00::2", 80, 40001, 0},
    {"10.9.9.9", "10.0.0.2", 443, 40002, 0}, {"fd09::9", "fd00:1::2", 443, 40003, 1},
    {"10.0.1.1", "10.0.1.2", 5000, 90, 1},   {"fd00:1::1", "fd00:1::2", 5001, 90, 1},
    {"10.0.2.1", "10.0.2.2", 5002, 90, 2},   {"10.0.2.1", "10.0.2.2", 80, 40004, 2},
};

static const struct rte_ether_addr macs[INTERFACES] = {
    {{2, 0, 0, 0, 0, 1}}, {{2, 0, 0, 0, 1, 1}}, {{2, 0, 0, 0, 2, 1}}};
static const struct rte_ether_addr peer_mac = {{2, 0, 0, 0, 9, 9}};
static const uint16_t mtus[INTERFACES] = {1500, 1500, 68};

static struct world {
	struct stack *stack;
	struct input input;
	uint64_t now, random;
	struct tcp_options options;
	struct tuple tuples[FLOWS];
	struct tcp_listener *listeners[3];
	struct tcp_connection *held[HELD]; /* what the user has not released */
	struct rte_mbuf *hoard[MBUFS];
	unsigned hoarded;
	struct invariant_memory memory;
} world;

static uint8_t next(void)
{
	return input_next(&world.input);
}

/* Mostly a few octets about zero, sometimes a segment or so. */
static uint32_t next_offset(void)
{
	int8_t offset = (int8_t)next();

	if (offset >= -16 && offset < 16)
		return (uint32_t)(int32_t)offset;
	return (uint32_t)((int32_t)offset * 97);
}

static void open_listener(unsigned which)
{
	struct tcp_listener_config config = {
	    .port = which == 2 ? 0 : 80,
	    .intercept = which == 2,
	    .backlog = which == 1 ? 1 : 0,
	    .options = world.options,
	};

	if (which == 1)
		config.address = world.tuples[0].local;
	if (!world.listeners[which])
		hold(tcp_listen(world.stack, &config, &world.listeners[which]) == TCP_OK);
}

static void add_interfaces(void)
{
	static const char *const addresses[INTERFACES][2] = {
	    {"10.0.0.1", "fd00::1"}, {"10.0.1.1", "fd00:1::1"}, {"10.0.2.1"}};

	for (int i = 0; i < INTERFACES; i++) {
		struct interface_config interface = {.mac = macs[i], .mtu = mtus[i], .address_count = i == 2 ? 1 : 2};

		interface.offloads = i == 1 ? INTERFACE_TX_TCP_SEGMENTATION | INTERFACE_TX_CHAINS : 0;
		for (unsigned k = 0; k < interface.address_count; k++) {
			hold(address_parse(addresses[i][k], &interface.addresses[k].address));
			interface.addresses[k].length = k ? 64 : 120;
		}
		hold(stack_add_interface(world.stack, &interface, NULL) == i);
	}
}

static void open_world(void)
{
	/* Just before the clocks of milliseconds and of microseconds wrap, among others. */
	static const uint64_t starts[4] = {0, 1, UINT64_C(0x100000000) * 1000 - 3000000,
					   UINT64_C(0x80000000) * 1000 - 9};
	struct stack_config config;
	uint8_t what = next();

	stack_defaults(&config);
	config.pool = support_pool(MBUFS);
	config.neighbours = 8;
	config.neighbour_queue = 4;
	config.reassemblies = config.fragments = config.path_mtus = 4;
	config.output_queue = 32;
	config.connections = 8;
	config.half_open = 8;
	config.time_wait = 3;
	config.listeners = 3;
	config.buffers = 120;
	config.tcp.receive_buffer = 10 * 2176;
	config.tcp.send_buffer = 20 * 2176;
	config.tcp.initial_window = what & 8 ? 2 : 10;
	config.tcp.options.timestamps = what & 1;
	config.tcp.options.sack = what & 2;
	config.tcp.options.window_scaling = what & 4;
	world.options = config.tcp.options;
	world.options.withhold_sack = (what & 0xc0) == 0xc0;
	world.now = starts[what >> 4 & 3];
	world.random = next() + 1;
	config.environment = support_environment(&world.random);
	world.stack = stack_create(&config, world.now, NULL);
	hold(world.stack != NULL);
	add_interfaces();
	for (unsigned i = 0; i < FLOWS; i++) {
		hold(address_parse(flows[i].local, &world.tuples[i].local));
		hold(address_parse(flows[i].remote, &world.tuples[i].remote));
		world.tuples[i].local_port = flows[i].local_port;
		world.tuples[i].remote_port = flows[i].remote_port;
	}
	for (unsigned i = 0; i < RTE_DIM(world.listeners); i++)
		open_listener(i);
}

/* What comes out. */

static void check_frame(struct rte_mbuf *frame, uint16_t interface)
{
	static uint8_t octets[65536], answer[PACKET_MAX];
	const uint8_t *data = rte_pktmbuf_read(frame, 0, frame->pkt_len, octets);
	struct packet_tcp packet;
	const char *reason;
	uint32_t length;

	hold(rte_mbuf_check(frame, 1, &reason) == 0 && data);
	hold(frame->tso_segsz || frame->pkt_len <= RTE_ETHER_HDR_LEN + mtus[interface]);
	hold(interface == 1 || frame->nb_segs == 1);
	length = packet_neighbour_answer(answer, data, frame->pkt_len, &peer_mac);
	if (length) {
		struct rte_mbuf *mbuf = support_frame(support_pool(MBUFS), answer, length, 2048);

		if (mbuf)
			stack_input(world.stack, interface, &mbuf, 1);
	} else if (!frame->tso_segsz) {
		hold(packet_read(&packet, data, frame->pkt_len) != PACKET_BROKEN);
	}
}

static unsigned take_output(uint16_t interface, unsigned room)
{
	struct rte_mbuf *frames[OUTPUT];
	unsigned count = stack_output(world.stack, interface, frames, room);

	for (unsigned i = 0; i < count; i++) {
		check_frame(frames[i], interface);
		rte_pktmbuf_free(frames[i]);
	}
	return count;
}

static void drain(void)
{
	unsigned turns = 0, count;

	do {
		count = 0;
		for (uint16_t interface = 0; interface < INTERFACES; interface++)
			count += take_output(interface, OUTPUT);
		hold(++turns < 1000);
	} while (count);
}

/* The user. */

static void take_events(void)
{
	struct tcp_connection *connection;
	unsigned events;

	while ((connection = tcp_next_event(world.stack, &events)) != NULL) {
		unsigned slot = 0;

		hold(events != 0);
		while (slot < HELD && world.held[slot] != connection)
			slot++;
		hold((events & TCP_EVENT_ACCEPTED) ? slot == HELD : slot < HELD);
		if (!(events & TCP_EVENT_ACCEPTED))
			continue;
		for (slot = 0; world.held[slot]; slot++)
			hold(slot + 1 < HELD);
		world.held[slot] = connection;
	}
}

static struct tcp_connection **choose_held(uint8_t which)
{
	for (unsigned i = 0; i < HELD; i++)
		if (world.held[(which + i) % HELD])
			return &world.held[(which + i) % HELD];
	return NULL;
}

static void step_send(void)
{
	struct tcp_connection **held = choose_held(next());
	struct segment_list list = {0};
	uint8_t what = next();
	unsigned pieces = 1 + (what & 7);
	uint16_t length = (uint16_t)(1 + (what >> 3) * (what & 0x80 ? 64 : 17));

	for (unsigned i = 0; held && i < pieces; i++) {
		struct rte_mbuf *mbuf = rte_pktmbuf_alloc(support_pool(MBUFS));

		if (!mbuf)
			break;
		memset(rte_pktmbuf_append(mbuf, length), what, length);
		segment_list_append(&list, mbuf);
	}
	if (!held || (tcp_send_space(world.stack, *held) && !tcp_send(world.stack, *held, &list)))
		segment_list_free(&list);
	segment_list_free(&list);
}

static void step_receive(void)
{
	struct tcp_connection **held = choose_held(next());
	struct segment_list list = {0};

	if (!held)
		return;
	hold(tcp_receivable(*held) == tcp_receive(world.stack, *held, &list));
	/* What one connection receives another one sends: as a gateway does. */
	held = choose_held(next());
	if (!tcp_send_space(world.stack, *held) || !tcp_send(world.stack, *held, &list))
		segment_list_free(&list);
}

static void step_close(void)
{
	struct tcp_connection **held = choose_held(next());

	if (!held)
		return;
	switch (next() & 3) {
	case 0:
		tcp_shutdown(world.stack, *held);
		break;
	case 1:
		tcp_reset(world.stack, *held);
		break;
	default:
		tcp_release(world.stack, *held);
		*held = NULL;
		break;
	}
}

static void step_settings(void)
{
	struct tcp_connection **held = choose_held(next());
	uint8_t what = next();
	struct tcp_info info;

	if (!held)
		return;
	tcp_get_info(world.stack, *held, &info);
	if (what < 2)
		tcp_cork(world.stack, *held, what);
	else
		tcp_set_buffers(world.stack, *held, (what >> 4) * 4000u, (what & 15) * 4000u);
}

static void connect_flow(unsigned flow)
{
	struct tcp_connect_config config = {
	    .local = world.tuples[flow].local,
	    .local_port = world.tuples[flow].local_port,
	    .remote = world.tuples[flow].remote,
	    .remote_port = world.tuples[flow].remote_port,
	    .foreign = !stack_owns(world.stack, &world.tuples[flow].local),
	    .options = world.options,
	};
	unsigned slot = 0;

	while (world.held[slot])
		hold(++slot < HELD);
	if (tcp_connect(world.stack, &config, &world.held[slot]) != TCP_OK)
		world.held[slot] = NULL;
}

static void step_open(void)
{
	uint8_t what = next();

	if (what < 0xc0) {
		connect_flow(what % FLOWS);
	} else if (what & 8) {
		open_listener(what % 3);
	} else if (world.listeners[what % 3]) {
		tcp_unlisten(world.stack, world.listeners[what % 3]);
		world.listeners[what % 3] = NULL;
	}
}

/* What comes in. */

/* The numbers that matter to the record of a flow. */
struct edges {
	uint32_t sequences[8], acknowledgements[8];
	uint32_t timestamp, echo;
	const struct tcp_connection *connection;
};

static uint32_t end_of(struct rte_mbuf *mbuf)
{
	return segment_of(mbuf)->sequence + mbuf->data_len;
}

static void connection_edges(const struct tcp_connection *connection, struct edges *edges)
{
	struct rte_mbuf *reordered = connection->reorder_queue.head, *sent = connection->send_queue.head;
	uint32_t receive = connection->receive_next, una = connection->send_unacknowledged;

	*edges = (struct edges){
	    .sequences = {receive, receive, connection->receive_edge, connection->last_ack_sent,
			  connection->initial_receive, reordered ? segment_of(reordered)->sequence : receive + 1,
			  reordered ? end_of(connection->reorder_queue.tail) : receive,
			  connection->fin_pending ? connection->fin_sequence : receive - 1},
	    .acknowledgements = {una, connection->send_next, una, connection->recovery_point,
				 connection->initial_send + 1, una - connection->window_max, sent ? end_of(sent) : una,
				 una + connection->send_window},
	    .timestamp = connection->timestamp_recent,
	    .echo = connection->timestamp_offset,
	    .connection = connection,
	};
}

static void find_edges(unsigned flow, struct edges *edges)
{
	flow_reference reference = flow_find(world.stack, &world.tuples[flow]);
	uint32_t receive = 1000 * flow + 1, send = 1;

	*edges = (struct edges){.timestamp = tcp_clock(world.stack)};
	switch (flow_kind(reference)) {
	case FLOW_CONNECTION:
		connection_edges(&world.stack->tcp.connections[flow_index(reference)], edges);
		return;
	case FLOW_HALF_OPEN: {
		const struct half_open *half_open =
		    (struct half_open *)record_at(&world.stack->tcp.half_open.table, flow_index(reference));

		receive = half_open->initial_receive + 1;
		send = half_open->initial_send + 1;
		edges->timestamp = half_open->timestamp_recent;
		break;
	}
	case FLOW_TIME_WAIT: {
		const struct time_wait *time_wait =
		    (struct time_wait *)record_at(&world.stack->tcp.time_wait.table, flow_index(reference));

		receive = time_wait->receive_next;
		send = time_wait->send_next;
		edges->timestamp = time_wait->timestamp_recent;
		break;
	}
	case FLOW_NONE: {
		/* A cookie is right if it is asked for. */
		struct tcp_cookie cookie = {.mss = 1460, .window_scale = 7, .window_scaling = true, .sack = true};

		send = cookie_make(world.stack, &world.tuples[flow], receive - 1, &cookie) + 1;
		break;
	}
	}
	for (unsigned i = 0; i < 8; i++) {
		edges->sequences[i] = receive;
		edges->acknowledgements[i] = send;
	}
	edges->sequences[7] = receive - 1;
}

static void deliver(unsigned flow, struct packet_tcp *packet, size_t piece)
{
	static uint8_t frame[PACKET_MAX];
	struct rte_mbuf *mbuf;

	packet->from = peer_mac;
	packet->to = macs[flows[flow].interface];
	packet->source = world.tuples[flow].remote;
	packet->destination = world.tuples[flow].local;
	packet->tcp.source_port = world.tuples[flow].remote_port;
	packet->tcp.destination_port = world.tuples[flow].local_port;
	mbuf = support_frame(support_pool(MBUFS), frame, packet_build(frame, packet), piece);
	if (mbuf)
		stack_input(world.stack, flows[flow].interface, &mbuf, 1);
}

/* SACK blocks about the segments of the send queue. */
static void choose_sack(struct tcp_header *header, const struct edges *edges, unsigned count)
{
	header->sack_count = (uint8_t)count;
	for (unsigned i = 0; i < count; i++) {
		struct rte_mbuf *mbuf = edges->connection ? edges->connection->send_queue.head : NULL;
		uint8_t where = next();

		for (unsigned skip = where & 15; skip && mbuf && segment_of(mbuf)->next; skip--)
			mbuf = segment_of(mbuf)->next;
		header->sack[i].left = mbuf ? segment_of(mbuf)->sequence : edges->acknowledgements[0];
		for (unsigned skip = where >> 4 & 3; skip && mbuf && segment_of(mbuf)->next; skip--)
			mbuf = segment_of(mbuf)->next;
		header->sack[i].right = mbuf ? end_of(mbuf) : edges->acknowledgements[1];
		if (where & 0x40)
			header->sack[i].left += next_offset();
		if (where & 0x80)
			header->sack[i].right += next_offset();
	}
}

static void choose_options(struct packet_tcp *packet, const struct edges *edges, uint8_t what)
{
	struct tcp_header *header = &packet->tcp;

	if (header->flags & TCP_SYN) {
		header->has_mss = what & 1;
		header->mss = what & 2 ? 1460 : next();
		header->has_window_scale = what & 4;
		header->window_scale = what & 8 ? 7 : next() & 15;
		header->sack_permitted = world.options.sack ^ (what >> 4 & 1);
	} else {
		choose_sack(header, edges, what & 3);
	}
	header->has_timestamps = world.options.timestamps ^ ((what & 0xe0) == 0xe0);
	header->timestamp_value = edges->timestamp + (what & 0x40 ? next_offset() : 0);
	header->timestamp_echo = tcp_clock(world.stack) + edges->echo - (what & 0x20 ? next_offset() : 0);
}

static void step_segment(void)
{
	static const uint8_t flags[16] = {
	    TCP_ACK,	       TCP_ACK,		  TCP_ACK | TCP_PSH, TCP_ACK | TCP_FIN, TCP_SYN, TCP_SYN | TCP_ACK,
	    TCP_RST,	       TCP_RST | TCP_ACK, TCP_FIN,	     TCP_SYN | TCP_FIN, 0,	 TCP_ACK | TCP_URG,
	    TCP_SYN | TCP_RST, TCP_ACK,		  TCP_ACK | TCP_FIN, TCP_ACK,
	};
	static const uint16_t lengths[8] = {0, 0, 1, 50, 536, 1000, 1300, 7};
	static const uint8_t payload[1300];
	uint8_t who = next(), where = next(), what = next();
	unsigned flow = who % FLOWS;
	struct packet_tcp packet = {.payload = payload, .length = lengths[what & 7]};
	struct edges edges;

	find_edges(flow, &edges);
	packet.tcp.flags = flags[who >> 4];
	packet.tcp.sequence = edges.sequences[where & 7] + (what & 8 ? next_offset() : 0);
	packet.tcp.acknowledgement = edges.acknowledgements[where >> 3 & 7] + (what & 16 ? next_offset() : 0);
	packet.tcp.window = (uint16_t)(where & 0x40 ? next() << (where & 0x80 ? 8 : 2) : 60000);
	if (who & 8)
		choose_options(&packet, &edges, next());
	else
		choose_options(&packet, &edges, packet.tcp.flags & TCP_SYN ? 15 : 0);
	deliver(flow, &packet, what & 0x20 ? 97 : 2048);
}

/* What a peer without fault says to all it has got. */
static void step_acknowledge(void)
{
	unsigned flow = next() % FLOWS;
	struct packet_tcp packet = {.tcp.flags = TCP_ACK, .tcp.window = 60000};
	struct edges edges;

	find_edges(flow, &edges);
	packet.tcp.sequence = edges.sequences[0];
	packet.tcp.acknowledgement = edges.acknowledgements[1];
	if (edges.connection && edges.connection->state == TCP_SYN_SENT) {
		packet.tcp.flags |= TCP_SYN;
		packet.tcp.sequence = 77;
	}
	choose_options(&packet, &edges, packet.tcp.flags & TCP_SYN ? 15 : 0);
	deliver(flow, &packet, 2048);
}

static void step_error(void)
{
	unsigned flow = next() % FLOWS;
	uint8_t what = next();
	bool ipv4 = address_is_ipv4(&world.tuples[flow].remote);
	struct icmp_error error = {.tuple = world.tuples[flow], .kind = (enum icmp_error_kind)(what & 3)};
	struct edges edges;

	find_edges(flow, &edges);
	error.sequence = edges.acknowledgements[what >> 2 & 7] + (what & 32 ? next_offset() : 0);
	error.mtu = (uint16_t)((ipv4 ? 552 : 1280) + (what >> 6) * 40);
	tcp_icmp_error(world.stack, &error);
}

static void step_hoard(void)
{
	uint8_t what = next();

	if (what & 1) {
		while (rte_mempool_avail_count(support_pool(MBUFS)) > (what >> 3))
			hold((world.hoard[world.hoarded++] = rte_pktmbuf_alloc(support_pool(MBUFS))) != NULL);
		return;
	}
	while (world.hoarded)
		rte_pktmbuf_free(world.hoard[--world.hoarded]);
}

/* Time passes through every deadline, or leaps. */
static void pass(uint64_t time, bool leap)
{
	uint64_t until = world.now + time;
	unsigned at_once = 0;

	for (unsigned turns = 0; !leap && turns < 400 && stack_next_deadline(world.stack) <= until; turns++) {
		at_once = stack_next_deadline(world.stack) > world.now ? 0 : at_once + 1;
		/* What had no room in an output queue may ask for its turn at once, but not again when that is empty.
		 */
		hold(at_once < 3);
		world.now = RTE_MAX(world.now, stack_next_deadline(world.stack));
		stack_advance(world.stack, world.now);
		drain();
		take_events();
	}
	world.now = until;
	stack_advance(world.stack, world.now);
}

static void step_advance(void)
{
	uint8_t what = next();

	pass((uint64_t)(what & 15) * 250 << (what >> 4 & 7) * 4, what & 0x80);
}

static void take_step(void)
{
	uint8_t step = next();

	switch ((enum step)((step & 0x7f) % STEP_KINDS)) {
	case STEP_ACKNOWLEDGE:
		step_acknowledge();
		break;
	case STEP_ADVANCE:
		step_advance();
		break;
	case STEP_SEND:
		step_send();
		break;
	case STEP_RECEIVE:
		step_receive();
		break;
	case STEP_CLOSE:
		step_close();
		break;
	case STEP_OPEN:
		step_open();
		break;
	case STEP_ERROR:
		step_error();
		break;
	case STEP_OUTPUT:
		take_output(next() % INTERFACES, 1);
		break;
	case STEP_HOARD:
		step_hoard();
		break;
	case STEP_SETTINGS:
		step_settings();
		break;
	default:
		step_segment();
		break;
	}
	if (step & STEP_DRAIN) {
		drain();
		take_events();
	}
	tcp_invariants(world.stack, &world.memory);
}

/* All is given back, and the peers say nothing any more. */
static void come_to_rest(void)
{
	while (world.hoarded)
		rte_pktmbuf_free(world.hoard[--world.hoarded]);
	drain();
	take_events();
	for (unsigned i = 0; i < HELD; i++)
		if (world.held[i])
			tcp_release(world.stack, world.held[i]);
	memset(world.held, 0, sizeof(world.held));
	for (unsigned i = 0; i < 8 && (world.stack->tcp.connections_used || world.stack->tcp.half_open.table.used); i++)
		pass(HOUR / 2, false);
	tcp_invariants(world.stack, &world.memory);
	hold(world.stack->tcp.connections_used == 0 && world.stack->tcp.half_open.table.used == 0);
	hold(world.stack->tcp.charge == 0 && !world.stack->tcp.wheel.armed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	world = (struct world){.input = {.data = data, .size = size}};
	open_world();
	for (unsigned i = 0; i < STEPS && world.input.size > 0; i++)
		take_step();
	come_to_rest();
	stack_destroy(world.stack);
	hold(rte_mempool_avail_count(support_pool(MBUFS)) == MBUFS);
	return 0;
}
