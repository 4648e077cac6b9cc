/* SPDX-License-Identifier: BSD-3-Clause */
#include "drill.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tcpstack/wire/checksum.h>
#include <tcpstack/wire/ipv4.h>
#include <tcpstack/wire/ipv6.h>
#include <tcpstack/wire/udp.h>

#define PACKET_ROOM 65536
#define REMOTE_FIRST 0xfffffff0u /* sequence numbers wrap early in each test */
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17

struct packetdrill_interface drill;
int drill_family;
struct ip_address drill_local, drill_remote;
static uint64_t origin;

static void give_up(const char *what)
{
	fprintf(stderr, "%s\n", what);
	exit(EXIT_FAILURE);
}

void (*drill_symbol(void))(const char *, struct packetdrill_interface *)
{
	int flags = RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE;
	void (*init)(const char *, struct packetdrill_interface *);
	void *library, *symbol;

#ifdef DRILL_DEEP_BINDING /* as packetdrill loads it; sanitizers refuse it */
	flags |= RTLD_DEEPBIND;
#endif
	library = dlopen(DRILL_LIBRARY, flags);
	if (!library)
		give_up(dlerror());
	symbol = dlsym(library, "packetdrill_interface_init");
	if (!symbol)
		give_up(dlerror());
	memcpy(&init, &symbol, sizeof(init));
	return init;
}

static uint64_t read_clock(void)
{
	struct timeval now;

	CALL(gettimeofday, &now, NULL);
	return (uint64_t)now.tv_sec * 1000000 + now.tv_usec;
}

void drill_start(int family, const char *flags)
{
	bool ipv4 = family == AF_INET;
	char text[256];

	drill_family = family;
	address_parse(ipv4 ? "192.168.0.1" : "fd3d:fa7b:d17d::1", &drill_local);
	address_parse(ipv4 ? "192.0.2.1" : "2001:db8::1", &drill_remote);
	snprintf(text, sizeof(text), "local_ip=%s,%s", ipv4 ? "192.168.0.1/16" : "fd3d:fa7b:d17d::1/48", flags);
	drill_symbol()(text, &drill);
	origin = read_clock();
}

void drill_end(void)
{
	CALL(free);
	drill = (struct packetdrill_interface){.userdata = NULL};
}

void drill_both(const char *flags, void (*test)(void))
{
	drill_start(AF_INET, flags);
	test();
	drill_end();
	drill_start(AF_INET6, flags);
	test();
	drill_end();
}

uint64_t drill_now(void)
{
	return read_clock() - origin;
}

/* ---- addresses ---- */

socklen_t drill_address(struct sockaddr_storage *storage, const struct ip_address *address, uint16_t port)
{
	struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)storage;
	struct sockaddr_in *ipv4 = (struct sockaddr_in *)storage;

	memset(storage, 0, sizeof(*storage));
	if (drill_family == AF_INET) {
		ipv4->sin_family = AF_INET;
		ipv4->sin_port = htons(port);
		ipv4->sin_addr.s_addr = address_ipv4(address);
		return sizeof(*ipv4);
	}
	ipv6->sin6_family = AF_INET6;
	ipv6->sin6_port = htons(port);
	memcpy(&ipv6->sin6_addr, address->octets, 16);
	return sizeof(*ipv6);
}

bool drill_is_address(const struct sockaddr_storage *storage, const struct ip_address *address, uint16_t port)
{
	struct sockaddr_storage wanted;
	socklen_t length = drill_address(&wanted, address, port);

	return memcmp(storage, &wanted, length) == 0;
}

/* ---- packets ---- */

uint8_t drill_byte(uint32_t position)
{
	return (uint8_t)(position % 251);
}

void drill_fill(void *buffer, size_t length, uint32_t position)
{
	for (size_t i = 0; i < length; i++)
		((uint8_t *)buffer)[i] = drill_byte(position + i);
}

bool drill_filled(const void *buffer, size_t length, uint32_t position)
{
	for (size_t i = 0; i < length; i++) {
		if (((const uint8_t *)buffer)[i] != drill_byte(position + i))
			return false;
	}
	return true;
}

/* An IP header in front of `length` octets of transport, from the remote to the local address. */
static uint32_t write_ip(uint8_t *packet, uint8_t protocol, uint32_t length)
{
	struct ipv4_header ipv4 = {
	    .source = drill_remote,
	    .destination = drill_local,
	    .total_length = IPV4_HEADER_LENGTH + length,
	    .hop_limit = 64,
	    .protocol = protocol,
	    .dont_fragment = true,
	};
	struct ipv6_header ipv6 = {
	    .source = drill_remote,
	    .destination = drill_local,
	    .payload_length = length,
	    .next_header = protocol,
	    .hop_limit = 64,
	};

	return drill_family == AF_INET ? ipv4_header_emit(&ipv4, packet) : ipv6_header_emit(&ipv6, packet);
}

static uint16_t transport_sum(const struct ip_address *source, const struct ip_address *destination, uint8_t protocol,
			      const uint8_t *transport, uint32_t length)
{
	return checksum_finish(checksum_add(checksum_pseudo(source, destination, protocol, length), transport, length));
}

static void inject(uint8_t protocol, uint8_t *packet, uint32_t header, uint32_t length, uint32_t checksum_offset)
{
	uint16_t sum = transport_sum(&drill_remote, &drill_local, protocol, packet + header, length);

	memcpy(packet + header + checksum_offset, &sum, sizeof(sum));
	write_ip(packet, protocol, length);
	CU_ASSERT_EQUAL(CALL(netdev_send, packet, header + length), 0);
}

static uint32_t ip_header_size(void)
{
	return drill_family == AF_INET ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;
}

void drill_inject_header(const struct drill_flow *flow, struct tcp_header header, const void *payload, uint32_t length)
{
	static uint8_t packet[PACKET_ROOM];
	uint32_t ip = ip_header_size(), tcp;

	header.source_port = flow->remote_port;
	header.destination_port = flow->local_port;
	tcp = tcp_header_emit(&header, packet + ip);
	memcpy(packet + ip + tcp, payload, length);
	inject(PROTOCOL_TCP, packet, ip, tcp + length, 16);
}

void drill_inject(const struct drill_flow *flow, uint8_t flags, uint32_t sequence, uint32_t length,
		  uint32_t acknowledgement)
{
	struct tcp_header header = {
	    .sequence = flow->remote_first + sequence,
	    .acknowledgement = flags & TCP_ACK ? flow->local_first + acknowledgement : 0,
	    .window = flow->window,
	    .flags = flags,
	    .has_mss = flags & TCP_SYN,
	    .mss = DRILL_MSS,
	};
	static uint8_t payload[PACKET_ROOM];

	drill_fill(payload, length, sequence - 1);
	drill_inject_header(flow, header, payload, length);
}

/* The next packet, checked up to its transport header; NULL, with a line that says why, if it is no such packet. */
static const uint8_t *sniff(uint8_t protocol, uint32_t *length, uint64_t *time)
{
	static uint8_t packet[PACKET_ROOM];
	struct ip_address source, destination;
	struct ipv4_header ipv4;
	struct ipv6_header ipv6;
	size_t size = sizeof(packet);
	long long microseconds;
	bool right;

	if (CALL(netdev_receive, packet, &size, &microseconds) != 0) {
		perror("netdev_receive");
		return NULL;
	}
	*time = (uint64_t)microseconds - origin;
	*length = size - ip_header_size();
	if (drill_family == AF_INET) {
		right = ipv4_header_parse(&ipv4, packet, size) == IPV4_PARSE_OK && ipv4.total_length == size &&
			ipv4_checksum_good(packet, ipv4.header_length) && ipv4.protocol == protocol &&
			ipv4.header_length == IPV4_HEADER_LENGTH;
		source = ipv4.source;
		destination = ipv4.destination;
	} else {
		right = ipv6_header_parse(&ipv6, packet, size) && ipv6.payload_length == *length &&
			ipv6.next_header == protocol;
		source = ipv6.source;
		destination = ipv6.destination;
	}
	if (!right || !address_equal(&source, &drill_local) || !address_equal(&destination, &drill_remote) ||
	    transport_sum(&source, &destination, protocol, packet + ip_header_size(), *length) != 0) {
		fprintf(stderr, "at %.6f s: a packet of %zu bytes that is wrong or not for the peer\n", *time / 1e6,
			size);
		return NULL;
	}
	return packet + ip_header_size();
}

bool drill_sniff(struct drill_flow *flow, struct drill_segment *segment)
{
	uint32_t length;
	const uint8_t *data = sniff(PROTOCOL_TCP, &length, &segment->time);
	struct tcp_header *header = &segment->header;

	if (!data || tcp_header_parse(header, data, length) != TCP_PARSE_OK)
		return false;
	if (header->flags & TCP_SYN) {
		flow->local_first = header->sequence;
		flow->local_port = header->source_port;
	}
	if (header->source_port != flow->local_port || header->destination_port != flow->remote_port) {
		fprintf(stderr, "a segment from port %u to %u, not from %u to %u\n", header->source_port,
			header->destination_port, flow->local_port, flow->remote_port);
		return false;
	}
	segment->sequence = header->sequence - flow->local_first;
	segment->acknowledgement = header->flags & TCP_ACK ? header->acknowledgement - flow->remote_first : 0;
	segment->length = length - header->length;
	if (segment->length > sizeof(segment->payload))
		return false;
	memcpy(segment->payload, data + header->length, segment->length);
	return true;
}

bool drill_expect(struct drill_flow *flow, uint8_t flags, uint32_t sequence, uint32_t length, uint32_t acknowledgement,
		  struct drill_segment *segment)
{
	struct drill_segment here;
	struct drill_segment *got = segment ? segment : &here;

	if (!drill_sniff(flow, got))
		return false;
	/* where a write ends, and so a push, is not asked here */
	if ((got->header.flags & ~TCP_PSH) == flags && got->sequence == sequence && got->length == length &&
	    got->acknowledgement == acknowledgement && drill_filled(got->payload, length, sequence - 1))
		return true;
	fprintf(stderr, "at %.6f s: expected flags 0x%02x, %u:%u(%u), ack %u; got flags 0x%02x, %u:%u(%u), ack %u\n",
		got->time / 1e6, flags, sequence, sequence + length, length, acknowledgement, got->header.flags,
		got->sequence, got->sequence + got->length, got->length, got->acknowledgement);
	return false;
}

/* ---- whole steps ---- */

int drill_listen(int backlog)
{
	struct sockaddr_storage address;
	socklen_t length = drill_address(&address, &drill_local, DRILL_PORT);
	int listener = CALL(socket, drill_family, SOCK_STREAM, IPPROTO_TCP);

	CU_ASSERT_TRUE_FATAL(listener >= 0);
	CU_ASSERT_EQUAL_FATAL(CALL(bind, listener, (struct sockaddr *)&address, length), 0);
	CU_ASSERT_EQUAL_FATAL(CALL(listen, listener, backlog), 0);
	return listener;
}

int drill_passive(int listener, struct drill_flow *flow, uint16_t remote_port)
{
	int socket;

	*flow = (struct drill_flow){
	    .local_port = DRILL_PORT,
	    .remote_port = remote_port,
	    .remote_first = REMOTE_FIRST,
	    .window = DRILL_WINDOW,
	};
	drill_inject(flow, TCP_SYN, 0, 0, 0);
	CU_ASSERT_TRUE_FATAL(drill_expect(flow, TCP_SYN | TCP_ACK, 0, 0, 1, NULL));
	drill_inject(flow, TCP_ACK, 1, 0, 1);
	socket = CALL(accept, listener, NULL, NULL);
	CU_ASSERT_TRUE_FATAL(socket >= 0);
	return socket;
}

void drill_answer_syn(struct drill_flow *flow)
{
	*flow = (struct drill_flow){.remote_port = DRILL_PORT, .remote_first = REMOTE_FIRST, .window = DRILL_WINDOW};
	CU_ASSERT_TRUE_FATAL(drill_expect(flow, TCP_SYN, 0, 0, 0, NULL));
	drill_inject(flow, TCP_SYN | TCP_ACK, 0, 0, 1);
	CU_ASSERT_TRUE_FATAL(drill_expect(flow, TCP_ACK, 1, 0, 1, NULL));
}

int drill_active(struct drill_flow *flow)
{
	struct sockaddr_storage address;
	socklen_t length = drill_address(&address, &drill_remote, DRILL_PORT);
	int socket = CALL(socket, drill_family, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_TCP);

	CU_ASSERT_TRUE_FATAL(socket >= 0);
	CU_ASSERT_EQUAL(CALL(connect, socket, (struct sockaddr *)&address, length), -1);
	CU_ASSERT_EQUAL(errno, EINPROGRESS);
	drill_answer_syn(flow);
	return socket;
}

/* ---- datagrams ---- */

void drill_inject_datagram(uint16_t remote_port, uint16_t local_port, const void *payload, uint32_t length)
{
	static uint8_t packet[PACKET_ROOM];
	uint32_t ip = ip_header_size();
	struct udp_header header = {
	    .source_port = remote_port, .destination_port = local_port, .length = UDP_HEADER_LENGTH + length};

	udp_header_emit(&header, packet + ip);
	memcpy(packet + ip + UDP_HEADER_LENGTH, payload, length);
	inject(PROTOCOL_UDP, packet, ip, header.length, 6);
}

int drill_sniff_datagram(uint16_t *local_port, uint16_t *remote_port, void *payload, size_t room)
{
	struct udp_header header;
	uint32_t length;
	uint64_t time;
	const uint8_t *data = sniff(PROTOCOL_UDP, &length, &time);

	if (!data || !udp_header_parse(&header, data, length) || header.length != length ||
	    length - UDP_HEADER_LENGTH > room)
		return -1;
	*local_port = header.source_port;
	*remote_port = header.destination_port;
	memcpy(payload, data + UDP_HEADER_LENGTH, length - UDP_HEADER_LENGTH);
	return (int)(length - UDP_HEADER_LENGTH);
}

/* ---- a second thread ---- */

struct drill_thread {
	pthread_t thread;
	void (*function)(void *argument);
	void *argument;
	atomic_int identifier; /* of the kernel; 0: not running yet */
	atomic_bool done;
};

static void *run_thread(void *argument)
{
	struct drill_thread *thread = argument;

	atomic_store(&thread->identifier, gettid());
	thread->function(thread->argument);
	atomic_store(&thread->done, true);
	return NULL;
}

/* Asleep, as the kernel sees it: the third field of its state. */
static bool is_asleep(int identifier)
{
	char path[64], line[512];
	const char *state;
	ssize_t length;
	int file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", identifier);
	file = open(path, O_RDONLY);
	if (file < 0)
		return false;
	length = read(file, line, sizeof(line) - 1);
	close(file);
	if (length <= 0)
		return false;
	line[length] = '\0';
	state = strrchr(line, ')');
	return state && state[2] == 'S';
}

struct drill_thread *drill_block(void (*function)(void *argument), void *argument)
{
	struct drill_thread *thread = calloc(1, sizeof(*thread));

	if (!thread)
		give_up("no memory for a thread");
	thread->function = function;
	thread->argument = argument;
	if (pthread_create(&thread->thread, NULL, run_thread, thread) != 0)
		give_up("cannot start a thread");
	while (!drill_is_done(thread) &&
	       (atomic_load(&thread->identifier) == 0 || !is_asleep(atomic_load(&thread->identifier))))
		sched_yield();
	return thread;
}

bool drill_is_done(const struct drill_thread *thread)
{
	return atomic_load(&thread->done);
}

void drill_join(struct drill_thread *thread)
{
	pthread_join(thread->thread, NULL);
	free(thread);
}
