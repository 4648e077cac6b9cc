/* SPDX-License-Identifier: BSD-3-Clause */
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_tcp.h>

#include <CUnit/CUnit.h>

#include "support.h"

#define ORIGIN 1000000000 /* microseconds: the clock at the beginning */
#define PEER_SEED 0	  /* of the pattern of the peer's bytes */
#define STACK_SEED 1000	  /* and of the stack's */
#define REST 1200000000	  /* microseconds in which everything must come to rest: path MTUs live for ten minutes */
#define LOG_LINES 48
#define LOG_WIDTH 240

struct peer peer;

static bool ending; /* no way out of the end of a test */

static struct {
	char lines[LOG_LINES][LOG_WIDTH];
	unsigned next;
} packet_log;

static void log_packet(const char *direction, const struct packet_tcp *packet, bool from_stack)
{
	char *line = packet_log.lines[packet_log.next++ % LOG_LINES];
	uint32_t mine = from_stack ? peer.stack_isn : peer.isn, other = from_stack ? peer.isn : peer.stack_isn;
	int n = snprintf(line, LOG_WIDTH, "%10.3f ms %s ", (double)(peer.now - ORIGIN) / 1000, direction);

	packet_describe(packet, mine, other, line + n, LOG_WIDTH - n);
}

static void fail(const char *text, const char *file, unsigned line, bool fatal)
{
	unsigned shown = RTE_MIN(packet_log.next, (unsigned)LOG_LINES);

	printf("\n    %s\n    the last packets:\n", text);
	for (unsigned i = packet_log.next - shown; i != packet_log.next; i++)
		printf("    %s\n", packet_log.lines[i % LOG_LINES]);
	CU_assertImplementation(CU_FALSE, line, text, file, "", fatal && !ending ? CU_TRUE : CU_FALSE);
}

void peer_check(bool condition, const char *text, const char *file, unsigned line)
{
	if (!condition)
		fail(text, file, line, true);
	else
		CU_assertImplementation(CU_TRUE, line, text, file, "", CU_FALSE);
}

void peer_check_between(uint64_t actual, uint64_t low, uint64_t high, const char *text, const char *file, unsigned line)
{
	char message[256];

	snprintf(message, sizeof(message), "%s is %llu, not %llu%s%.0llu", text, (unsigned long long)actual,
		 (unsigned long long)low, low == high ? "" : " to ", low == high ? 0ULL : (unsigned long long)high);
	peer_check(actual >= low && actual <= high, message, file, line);
}

void peer_check_equal(uint64_t actual, uint64_t wanted, const char *text, const char *file, unsigned line)
{
	peer_check_between(actual, wanted, wanted, text, file, line);
}

/* --- what comes out of the stack ------------------------------------------------------------------------------- */

static void capture(void *context, const uint8_t *frame, uint32_t length)
{
	static uint8_t answer[PACKET_MAX];
	uint32_t size = packet_neighbour_answer(answer, frame, length, &peer.mac);
	struct packet_tcp packet;
	struct peer_frame *kept;

	if (size && !peer.silent) {
		inject_frame(answer, size);
		return;
	}
	switch (packet_read(&packet, frame, length)) {
	case PACKET_BROKEN:
		fail("the stack sent a broken packet", __FILE__, __LINE__, true);
		return;
	case PACKET_OTHER:
		return;
	case PACKET_TCP:
		break;
	}
	if (packet.tcp.flags & SYN && packet.tcp.destination_port == peer.port) {
		peer.stack_isn = packet.tcp.sequence;
		peer.seen_timestamps = packet.tcp.has_timestamps;
	}
	log_packet("stack:", &packet, true);
	if (packet.tcp.has_timestamps)
		peer.last_timestamp = packet.tcp.timestamp_value;
	if (peer.count == PEER_FRAMES)
		fail("the stack sent more packets than anybody took", __FILE__, __LINE__, true);
	if (length > PACKET_MAX)
		fail("the stack sent a frame longer than its MTU", __FILE__, __LINE__, true);
	kept = &peer.frames[(peer.first + peer.count++) % PEER_FRAMES];
	kept->at = peer.now;
	kept->length = length;
	memcpy(kept->bytes, frame, length);
}

static void take_events(void)
{
	struct tcp_connection *connection;
	unsigned events;

	while (!peer.hold_events && (connection = tcp_next_event(peer.stack, &events))) {
		if (events & TCP_EVENT_ACCEPTED) {
			peer.connection = connection;
			peer.events = 0;
			if (peer.accepted_count < RTE_DIM(peer.accepted))
				peer.accepted[peer.accepted_count++] = connection;
		}
		if (connection == peer.connection)
			peer.events |= events;
	}
}

void pump(void)
{
	do
		take_events();
	while (!peer.output_stuck && host_collect(&peer.host, capture, NULL) > 0);
	take_events();
	if (peer.host.fault)
		fail(peer.host.fault, __FILE__, __LINE__, true);
}

void advance_us(uint64_t microseconds)
{
	uint64_t until = peer.now + microseconds, deadline;
	unsigned spins = 0;

	while ((deadline = stack_next_deadline(peer.stack)) <= until) {
		if (deadline > peer.now)
			spins = 0;
		else if (peer.output_stuck)
			break;
		else if (++spins > 1000)
			fail("the stack asks for its turn again and again", __FILE__, __LINE__, true);
		peer.now = RTE_MAX(peer.now, deadline);
		stack_advance(peer.stack, peer.now);
		pump();
	}
	peer.now = until;
	stack_advance(peer.stack, peer.now);
	pump();
}

void advance_ms(uint64_t milliseconds)
{
	advance_us(milliseconds * 1000);
}

/* Moves the peer's idea of what the stack has sent in order. */
static void note_received(const struct packet_tcp *packet)
{
	const struct tcp_header *tcp = &packet->tcp;
	uint32_t length = packet->length + !!(tcp->flags & SYN) + !!(tcp->flags & FIN);
	uint32_t relative = tcp->sequence - peer.stack_isn;

	if (tcp->flags & RST)
		return;
	if (seq_le(relative, (uint32_t)peer.receive_next) && seq_gt(relative + length, (uint32_t)peer.receive_next))
		peer.receive_next += relative + length - (uint32_t)peer.receive_next;
}

bool next_packet(void)
{
	struct peer_frame *frame = &peer.frames[peer.first % PEER_FRAMES];

	if (!peer.count)
		return false;
	peer.first = (peer.first + 1) % PEER_FRAMES;
	peer.count--;
	packet_read(&peer.last, frame->bytes, frame->length);
	peer.last_at = frame->at;
	note_received(&peer.last);
	return true;
}

unsigned ignore_output(void)
{
	unsigned n = 0;

	while (next_packet())
		n++;
	return n;
}

const uint8_t *last_frame(uint32_t *length)
{
	struct peer_frame *frame = &peer.frames[(peer.first + PEER_FRAMES - 1) % PEER_FRAMES];

	*length = frame->length;
	return frame->bytes;
}

/* --- expectations ------------------------------------------------------------------------------------------------- */

static uint64_t relative_or(uint64_t given, uint64_t otherwise, unsigned flags)
{
	if (given == SEQ_ZERO)
		return 0;
	return given || flags & SYN ? given : otherwise;
}

static const char *options_differ(const struct entry *entry, const struct tcp_header *tcp)
{
	if (tcp->flags & SYN) {
		if (entry->mss && entry->mss != tcp->mss)
			return "another MSS option";
		if (tcp->has_window_scale != !!entry->wscale ||
		    (entry->wscale && (entry->wscale & 0xff) != tcp->window_scale))
			return "another window scale option";
		if (tcp->sack_permitted != entry->sack_ok)
			return "another SACK-permitted option";
		if (tcp->has_timestamps != entry->ts.present)
			return "timestamps in the SYN differ";
	} else if (entry->ts.absent ? tcp->has_timestamps
				    : !tcp->has_timestamps &&
					  (entry->ts.present ||
					   (peer.sent_timestamps && peer.seen_timestamps && !(tcp->flags & RST)))) {
		return "timestamps differ";
	}
	if (entry->ts.present && tcp->flags & ACK && tcp->timestamp_echo != entry->ts.echo)
		return "another timestamp is echoed";
	for (unsigned i = 0; i < TCP_SACK_BLOCKS; i++) {
		bool wanted = entry->sack[i].right != 0;

		if (wanted != (i < tcp->sack_count))
			return "another number of SACK blocks";
		if (wanted && (tcp->sack[i].left - peer.isn != entry->sack[i].left ||
			       tcp->sack[i].right - peer.isn != entry->sack[i].right))
			return "another SACK block";
	}
	return NULL;
}

static const char *differs(const struct entry *entry, unsigned flags, const struct packet_tcp *packet)
{
	const struct tcp_header *tcp = &packet->tcp;
	uint32_t relative = tcp->sequence - peer.stack_isn;

	if (tcp->destination_port != (entry->port ? entry->port : peer.port))
		return "another port";
	if ((tcp->flags & ~PSH) != flags)
		return "other flags";
	if (!(flags & SYN) && relative != (uint32_t)relative_or(entry->seq, peer.receive_next, flags))
		return "another sequence number";
	if (packet->length != entry->length)
		return "another length";
	if (flags & ACK && tcp->acknowledgement - peer.isn != (uint32_t)relative_or(entry->ack, peer.send_next, 0))
		return "another acknowledgement number";
	if (entry->window && tcp->window != (entry->window == ZERO_WINDOW ? 0 : entry->window))
		return "another window";
	if (packet->length && !pattern_matches(STACK_SEED, relative - 1, packet->payload, packet->length))
		return "other bytes";
	return options_differ(entry, tcp);
}

void peer_expect(const struct entry *entry, const char *file, unsigned line)
{
	unsigned flags = entry->flags == NO_FLAGS ? 0 : entry->flags ? entry->flags & ~(unsigned)PSH : ACK;
	uint64_t receive_next = peer.receive_next;
	struct packet_tcp wanted = {.length = entry->length};
	char text[600], packet[240];
	const char *wrong;

	if (next_packet()) {
		uint64_t after = peer.receive_next;

		peer.receive_next = receive_next;
		wrong = differs(entry, flags, &peer.last);
		peer.receive_next = after;
		if (!wrong) {
			CU_assertImplementation(CU_TRUE, line, "expect", file, "", CU_FALSE);
			return;
		}
	} else {
		wrong = "nothing came";
	}
	wanted.tcp = (struct tcp_header){
	    .flags = flags,
	    .sequence = (uint32_t)relative_or(entry->seq, receive_next, flags),
	    .acknowledgement = (uint32_t)relative_or(entry->ack, peer.send_next, 0),
	    .window = entry->window > 0 ? entry->window : 0,
	};
	snprintf(text, sizeof(text), "%s: expected %s", wrong, packet_describe(&wanted, 0, 0, packet, sizeof(packet)));
	fail(text, file, line, true);
}

void peer_expect_nothing(const char *file, unsigned line)
{
	peer_check(peer.count == 0, "nothing was expected of the stack, but something came", file, line);
}

/* --- what the peer sends ------------------------------------------------------------------------------------------ */

void inject_frame(const uint8_t *frame, uint32_t length)
{
	stack_advance(peer.stack, peer.now);
	host_deliver(&peer.host, frame, length);
}

static void fill_options(struct tcp_header *tcp, const struct entry *entry)
{
	bool agreed = peer.sent_timestamps && peer.seen_timestamps;

	tcp->has_mss = entry->mss;
	tcp->mss = entry->mss;
	tcp->has_window_scale = entry->wscale;
	tcp->window_scale = entry->wscale & 0xff;
	tcp->sack_permitted = entry->sack_ok;
	if (entry->ts.present) {
		tcp->has_timestamps = true;
		tcp->timestamp_value = entry->ts.value;
		tcp->timestamp_echo = entry->ts.echo;
	} else if (agreed && !entry->ts.absent && !(tcp->flags & SYN)) {
		tcp->has_timestamps = true;
		tcp->timestamp_value = peer.timestamp_base + (uint32_t)((peer.now - ORIGIN) / 1000);
		tcp->timestamp_echo = peer.last_timestamp;
	}
	for (unsigned i = 0; i < TCP_SACK_BLOCKS && entry->sack[i].right; i++) {
		tcp->sack[i].left = peer.stack_isn + entry->sack[i].left;
		tcp->sack[i].right = peer.stack_isn + entry->sack[i].right;
		tcp->sack_count = i + 1;
	}
}

void peer_inject(const struct entry *entry)
{
	static uint8_t frame[PACKET_MAX], data[PACKET_MAX];
	unsigned flags = entry->flags == NO_FLAGS ? 0 : entry->flags ? entry->flags : ACK;
	uint64_t seq, end;
	struct packet_tcp packet = {.length = entry->length};
	uint32_t length;

	if (!peer.stack)
		start();
	seq = relative_or(entry->seq, peer.send_next, flags);
	end = seq + entry->length + !!(flags & SYN) + !!(flags & FIN);
	if (entry->window)
		peer.window = entry->window == ZERO_WINDOW ? 0 : entry->window;
	packet.from = peer.mac;
	packet.to = peer.host.mac;
	packet.source = peer.address;
	packet.destination = peer.host.addresses[peer.family];
	packet.tcp = (struct tcp_header){
	    .source_port = entry->port ? entry->port : peer.port,
	    .destination_port = peer.stack_port,
	    .sequence = peer.isn + (uint32_t)seq,
	    .acknowledgement =
		flags & ACK ? peer.stack_isn + (uint32_t)relative_or(entry->ack, peer.receive_next, 0) : 0,
	    .window = (uint16_t)peer.window,
	    .urgent = entry->urgent,
	    .flags = (uint8_t)flags,
	};
	if (flags & SYN) {
		peer.sent_timestamps = entry->ts.present;
		peer.timestamp_base = entry->ts.value - (uint32_t)((peer.now - ORIGIN) / 1000);
	}
	fill_options(&packet.tcp, entry);
	packet.raw_options = entry->raw_options;
	packet.raw_options_length = entry->raw_length;
	if (!entry->data)
		pattern_copy(PEER_SEED, seq + !!(flags & SYN) - 1, data, entry->length);
	packet.payload = entry->data ? entry->data : data;
	length = packet_build(frame, &packet);
	if (entry->bad_checksum)
		frame[length - 1] ^= 0x40;
	log_packet("peer:          ", &packet, false);
	inject_frame(frame, length);
	if (end > peer.send_next && seq <= peer.send_next && !(flags & RST) && !entry->bad_checksum)
		peer.send_next = end;
	pump();
}

/* --- the application ---------------------------------------------------------------------------------------------- */

bool app_try_write(uint32_t bytes)
{
	struct segment_list list = {0};
	bool taken;

	if (!pattern_append(STACK_SEED, peer.written, &list, peer.host.pool, bytes, UINT32_MAX))
		fail("no mbufs for the application", __FILE__, __LINE__, true);
	taken = tcp_send(peer.stack, peer.connection, &list);
	if (taken)
		peer.written += bytes;
	segment_list_free(&list);
	pump();
	return taken;
}

void app_write(uint32_t bytes)
{
	if (!app_try_write(bytes))
		fail("tcp_send refused", __FILE__, __LINE__, true);
}

uint32_t app_read(void)
{
	struct segment_list list = {0};
	uint32_t bytes = tcp_receive(peer.stack, peer.connection, &list);
	bool good = bytes == list.bytes && pattern_list_matches(PEER_SEED, peer.received, &list);

	segment_list_free(&list);
	peer.received += bytes;
	pump();
	if (!good)
		fail("other bytes were received than the peer sent", __FILE__, __LINE__, true);
	return bytes;
}

void peer_app_expect_read(uint32_t bytes, const char *file, unsigned line)
{
	peer_check_equal(app_read(), bytes, "what the application reads", file, line);
}

void app_shutdown(void)
{
	tcp_shutdown(peer.stack, peer.connection);
	pump();
}

void app_reset(void)
{
	tcp_reset(peer.stack, peer.connection);
	pump();
}

void app_release(void)
{
	struct tcp_connection *connection = peer.connection;

	for (unsigned i = 0; i < peer.accepted_count; i++)
		if (peer.accepted[i] == connection)
			peer.accepted[i] = NULL;
	peer.connection = NULL;
	tcp_release(peer.stack, connection);
	pump();
}

struct tcp_info app_info(void)
{
	struct tcp_info info;

	tcp_get_info(peer.stack, peer.connection, &info);
	return info;
}

struct stack_counters counters(void)
{
	struct stack_counters counters;

	stack_read_counters(peer.stack, &counters);
	return counters;
}

/* --- beginnings and the end ----------------------------------------------------------------------------------------*/

void start(void)
{
	const char *error;

	peer.mac = host_mac(2);
	peer.address = host_address(2, peer.family);
	error = host_start(&peer.host, 1, &peer.config, peer.mtu, peer.offloads, peer.pool, 7, peer.now);
	peer.stack = peer.host.stack;
	if (error)
		fail(error, __FILE__, __LINE__, true);
}

void listening(void)
{
	struct tcp_listener_config config = {.port = LOCAL_PORT, .options = peer.config.tcp.options};

	if (!peer.stack)
		start();
	check_equal(tcp_listen(peer.stack, &config, &peer.listener), TCP_OK);
}

void peer_established(const struct entry *syn, const char *file, unsigned line)
{
	struct entry entry = *syn;

	if (!peer.listener)
		listening();
	entry.flags = SYN;
	entry.mss = entry.mss ? entry.mss : MSS;
	peer_inject(&entry);
	peer_check(next_packet() && peer.last.tcp.flags == (SYN | ACK), "the SYN is answered", file, line);
	peer_inject(&(struct entry){.window = entry.window});
	peer_check(peer.events & TCP_EVENT_ACCEPTED, "the connection is accepted", file, line);
}

void connecting(void)
{
	struct tcp_connect_config config = {.remote_port = PEER_PORT, .options = peer.config.tcp.options};

	if (!peer.stack)
		start();
	config.remote = peer.address;
	peer.events = 0;
	check_equal(tcp_connect(peer.stack, &config, &peer.connection), TCP_OK);
	peer.stack_port = tcp_tuple(peer.connection).local_port;
	pump();
}

void peer_connected(const struct entry *syn_ack, const char *file, unsigned line)
{
	struct entry entry = *syn_ack;

	connecting();
	peer_check(next_packet() && peer.last.tcp.flags == SYN, "a SYN is sent", file, line);
	entry.flags = SYN | ACK;
	entry.mss = entry.mss ? entry.mss : MSS;
	peer_inject(&entry);
	peer_check(next_packet() && peer.last.tcp.flags == ACK, "the SYN-ACK is acknowledged", file, line);
	peer_check(peer.events & TCP_EVENT_CONNECTED, "the connection is open", file, line);
}

bool handshake_from(uint16_t port)
{
	struct tcp_connection *before = peer.connection;

	peer.port = port;
	peer.send_next = peer.receive_next = 0;
	peer.window = 65535;
	inject(.flags = SYN, .mss = MSS);
	if (!next_packet() || peer.last.tcp.flags != (SYN | ACK))
		return false;
	inject();
	return peer.connection != before;
}

void peer_begin(enum family family)
{
	struct rte_mempool *pool = peer.pool ? peer.pool : support_pool("peer", PEER_MBUFS);
	struct peer_frame *frames = peer.frames ? peer.frames : calloc(PEER_FRAMES, sizeof(*frames));

	peer = (struct peer){.family = family,
			     .pool = pool,
			     .frames = frames,
			     .mtu = 1500,
			     .isn = 1000000,
			     .now = ORIGIN,
			     .port = PEER_PORT,
			     .stack_port = LOCAL_PORT,
			     .window = 65535,
			     .timestamp_base = 5000};
	packet_log.next = 0;
	ending = false;
	stack_defaults(&peer.config);
}

static void let_go(void)
{
	if (peer.connection)
		app_reset();
	if (peer.connection)
		app_release();
	for (unsigned i = 0; i < peer.accepted_count; i++) {
		if (peer.accepted[i]) {
			tcp_reset(peer.stack, peer.accepted[i]);
			tcp_release(peer.stack, peer.accepted[i]);
		}
	}
	if (peer.listener)
		tcp_unlisten(peer.stack, peer.listener);
	pump();
}

static void check_zero(uint64_t value, const char *what)
{
	char text[200];

	snprintf(text, sizeof(text), "at the end there are %llu %s", (unsigned long long)value, what);
	if (value)
		fail(text, __FILE__, __LINE__, false);
}

void peer_end(void)
{
	struct stack_counters left;

	if (!peer.stack) {
		host_stop(&peer.host);
		return;
	}
	ending = true;
	peer.output_stuck = false;
	let_go();
	for (uint64_t waited = 0; waited < REST; waited += REST / 10) {
		advance_us(REST / 10);
		ignore_output();
	}
	left = counters();
	check_zero(rte_mempool_in_use_count(peer.host.pool), "mbufs in use");
	check_zero(left.connections, "connections");
	check_zero(left.half_open, "half-open records");
	check_zero(left.time_wait, "TIME-WAIT records");
	check_zero(left.buffers, "buffers");
	check_zero(stack_next_deadline(peer.stack) != UINT64_MAX, "timers");
	host_stop(&peer.host);
	check_zero(rte_mempool_in_use_count(peer.host.pool), "mbufs in use after stack_destroy");
}
