/* SPDX-License-Identifier: BSD-3-Clause */
#include "stage.h"

#include <stdio.h>
#include <string.h>

#include <rte_ip.h>
#include <rte_udp.h>

#define PATIENCE 200000000 /* microseconds: TIME-WAIT and time-outs of whatever was left half done */
#define MBUFS 4095

struct stage stage;

static struct dns_writer answer;

void stage_start(void)
{
	stage.pools[0] = support_pool("gateway", MBUFS);
	stage.pools[1] = support_pool("servers", MBUFS);
}

/* Reads a query's octets; what is no query fails the test. */
static void read_query(struct stage_query *query, const uint8_t *octets, size_t size)
{
	size_t at = 12, length = 0;

	CU_ASSERT_FATAL(size >= 12 + 5 && dns_number(octets, 4) == 1);
	query->id = dns_number(octets, 0);
	query->flags = dns_number(octets, 2);
	query->at = stage.world.now;
	while (octets[at] != 0 && at + octets[at] + 1 < size) {
		memcpy(query->name + length, octets + at + 1, octets[at]);
		length += octets[at];
		query->name[length++] = '.';
		at += octets[at] + 1u;
	}
	query->name[length - 1] = '\0';
	query->type = dns_number(octets, at + 1);
	query->edns = dns_number(octets, 10) == 1;
	if (query->edns)
		query->payload = dns_number(octets, at + 5 + 3);
}

static void meet_query(struct stage_query *query, struct segment_list *payload)
{
	uint8_t octets[DNS_QUERY_MAX + 2];
	size_t size = segment_list_peek(payload, 0, octets, sizeof(octets));
	size_t skip = query->tcp ? 2 : 0;

	segment_list_free(payload);
	CU_ASSERT_FATAL(stage.query_count < STAGE_QUERIES);
	if (query->tcp)
		CU_ASSERT_EQUAL(dns_number(octets, 0), size - 2);
	read_query(query, octets + skip, size - skip);
	query->server = (unsigned)(query->tuple.local_port - STAGE_PORT);
	stage.queries[stage.query_count++] = *query;
	if (stage.config.serve != NULL)
		stage.config.serve(&stage.queries[stage.query_count - 1]);
}

static void turn_servers(struct stack *stack)
{
	struct tcp_connection *connection;
	struct udp_socket *socket;
	struct udp_datagram datagram;
	unsigned events;

	while ((socket = udp_next_event(stack)) != NULL) {
		while (udp_receive(stack, socket, &datagram)) {
			struct stage_query query = {.tuple = datagram.tuple, .socket = socket};

			meet_query(&query, &datagram.payload);
		}
	}
	while ((connection = tcp_next_event(stack, &events)) != NULL) {
		struct stage_query query = {.tuple = tcp_tuple(connection), .tcp = true, .connection = connection};
		struct segment_list payload = {0};

		if (tcp_receive(stack, connection, &payload) > 0)
			meet_query(&query, &payload);
		if ((events & (TCP_EVENT_END | TCP_EVENT_CLOSED)) != 0)
			tcp_release(stack, connection);
	}
}

static uint64_t turn(struct world *world, unsigned host)
{
	struct stack *stack = world->hosts[host].stack;
	struct tcp_connection *connection;
	struct udp_socket *socket;
	unsigned events;

	if (host == 1) {
		turn_servers(stack);
		return UINT64_MAX;
	}
	while ((connection = tcp_next_event(stack, &events)) != NULL)
		CU_ASSERT(resolver_meet_connection(stage.resolver, connection, events));
	while ((socket = udp_next_event(stack)) != NULL)
		CU_ASSERT(resolver_meet_socket(stage.resolver, socket));
	resolver_advance(stage.resolver);
	return resolver_deadline(stage.resolver);
}

static void open_servers(void)
{
	struct stack *stack = stage.world.hosts[1].stack;
	struct ip_address any = {0};

	for (unsigned i = 0; i < stage.config.servers; i++) {
		struct tcp_listener_config config = {
		    .port = (uint16_t)(STAGE_PORT + i),
		    .options = stage.world.config.hosts[1].stack.tcp.options,
		};

		stage.sockets[i] = udp_bind(stack, &any, config.port, NULL);
		CU_ASSERT_PTR_NOT_NULL_FATAL(stage.sockets[i]);
		if (!stage.config.no_tcp)
			CU_ASSERT_EQUAL_FATAL(tcp_listen(stack, &config, &stage.listeners[i]), TCP_OK);
	}
}

static void open_resolver(void)
{
	struct gateway_dns_server servers[GATEWAY_DNS_SERVERS];
	struct stage_config *config = &stage.config;
	struct gateway_dns dns = {
	    .servers = servers,
	    .server_count = config->servers,
	    .timeout = config->timeout != 0 ? config->timeout : 5000,
	    .cache_entries = config->cache_entries != 0 ? config->cache_entries : 64,
	    .questions = config->questions != 0 ? config->questions : 64,
	    .waiters = config->waiters != 0 ? config->waiters : 64,
	};
	struct resolver_config resolver = {
	    .environment = dns_ground_environment(&stage.ground),
	    .stack = stage.world.hosts[0].stack,
	    .dns = &dns,
	    .tcp_options = stage.world.config.hosts[0].stack.tcp.options,
	};

	for (unsigned i = 0; i < config->servers; i++) {
		struct ip_address address = host_address(2, config->family);

		memcpy(servers[i].address.octets, address.octets, sizeof(address.octets));
		servers[i].port = (uint16_t)(STAGE_PORT + i);
	}
	stage.resolver = resolver_create(&resolver);
	CU_ASSERT_PTR_NOT_NULL_FATAL(stage.resolver);
}

void stage_open(struct stage_config config)
{
	struct world_config world = {.seed = 1, .application = turn};

	stage.config = config;
	stage.query_count = 0;
	stage.ground = (struct dns_ground){.seed = 7};
	memset(stage.listeners, 0, sizeof(stage.listeners));
	for (unsigned side = 0; side < 2; side++) {
		struct stack_config *stack = &world.hosts[side].stack;

		link_config_default(&world.links[side]);
		world.links[side].delay = STAGE_DELAY * 1000000;
		world.links[side].loss = config.loss;
		world.links[side].duplicate = config.duplicate;
		stack_defaults(stack);
		stack->connections = side == 0 && config.connections != 0 ? config.connections : 64;
		stack->half_open = stack->time_wait = 64;
		stack->udp_sockets = side == 0 && config.udp_sockets != 0 ? config.udp_sockets : 256;
		world.hosts[side].mtu = 1500;
		world.hosts[side].offloads = INTERFACE_TX_CHAINS;
	}
	CU_ASSERT_PTR_NULL_FATAL(world_start(&stage.world, &world, stage.pools));
	open_servers();
	open_resolver();
}

void stage_run(uint64_t milliseconds)
{
	world_run(&stage.world, stage.world.now + milliseconds * 1000);
	CU_ASSERT_PTR_NULL(stage.world.fault);
}

void stage_close(void)
{
	struct stack *servers = stage.world.hosts[1].stack;
	struct resolver_counters counters = stage_counters();
	struct stack_counters stack;

	for (unsigned i = 0; i < stage.config.servers; i++) {
		udp_close(servers, stage.sockets[i]);
		if (stage.listeners[i] != NULL)
			tcp_unlisten(servers, stage.listeners[i]);
	}
	CU_ASSERT(world_settles(&stage.world, PATIENCE));
	counters = stage_counters();
	CU_ASSERT_EQUAL(counters.requests, 0);
	CU_ASSERT_EQUAL(counters.questions, 0);
	CU_ASSERT_EQUAL(counters.streams, 0);
	CU_ASSERT_EQUAL(counters.cache.held, 0);
	stack_read_counters(stage.world.hosts[0].stack, &stack);
	CU_ASSERT_EQUAL(stack.udp_queued, 0);
	resolver_destroy(stage.resolver);
	CU_ASSERT_EQUAL(stage.ground.allocated, 0);
	CU_ASSERT_PTR_NULL(world_stop(&stage.world));
}

struct dns_request *stage_ask(const char *name, unsigned families)
{
	stage.world.wake[0] = stage.world.now;
	stack_advance(stage.world.hosts[0].stack, stage.world.now);
	return resolver_ask(stage.resolver, name, families, &stage);
}

void stage_end(struct dns_request *request, enum dns_outcome ipv4, enum dns_outcome ipv6)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(request);
	CU_ASSERT_EQUAL(dns_request_outcome(request, DNS_IPV4), ipv4);
	CU_ASSERT_EQUAL(dns_request_outcome(request, DNS_IPV6), ipv6);
	resolver_release(stage.resolver, request);
}

int stage_address(const struct dns_request *request, enum dns_family family, unsigned place)
{
	const struct dns_answer *said = dns_request_answer(request, family);

	return said == NULL || place >= said->address_count ? -1 : said->addresses[place].octets[15];
}

struct resolver_counters stage_counters(void)
{
	struct resolver_counters counters;

	resolver_read_counters(stage.resolver, &counters);
	return counters;
}

uint64_t stage_count(enum dns_counter counter)
{
	return stage_counters().counters[counter];
}

struct dns_writer *stage_begin(const struct stage_query *query, uint16_t flags)
{
	dns_begin(&answer, query->id, flags, query->name, query->type);
	return &answer;
}

void stage_send_octets(const struct stage_query *query, const void *octets, size_t size)
{
	struct stack *stack = stage.world.hosts[1].stack;
	struct segment_list list = {0};

	stage.world.wake[1] = stage.world.now;
	stack_advance(stack, stage.world.now);
	CU_ASSERT_EQUAL(segment_list_append_copy(&list, stage.pools[1], octets, (uint32_t)size), size);
	if (query->tcp)
		tcp_send(stack, query->connection, &list);
	else
		udp_send(stack, query->socket, &query->tuple.local, &query->tuple.remote, query->tuple.remote_port,
			 &list);
	segment_list_free(&list);
}

void stage_send(const struct stage_query *query, const struct dns_writer *writer)
{
	uint8_t length[2] = {(uint8_t)(writer->size >> 8), (uint8_t)writer->size};

	if (query->tcp)
		stage_send_octets(query, length, sizeof(length));
	stage_send_octets(query, writer->octets, writer->size);
}

void stage_send_from(unsigned server, const struct stage_query *query, const struct dns_writer *writer)
{
	struct stage_query other = *query;

	other.socket = stage.sockets[server];
	stage_send_octets(&other, writer->octets, writer->size);
}

void stage_forge(uint32_t source, uint16_t source_port, uint16_t port, const struct dns_writer *writer)
{
	uint8_t frame[1500];
	struct ip_address own = host_address(1, IPV4);
	struct rte_ether_hdr *ethernet = (struct rte_ether_hdr *)frame;
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(ethernet + 1);
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(ip + 1);
	uint16_t length = (uint16_t)(sizeof(*udp) + writer->size);

	memset(frame, 0, sizeof(*ethernet) + sizeof(*ip) + sizeof(*udp));
	ethernet->dst_addr = host_mac(1);
	ethernet->src_addr = host_mac(2);
	ethernet->ether_type = rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4);
	ip->version_ihl = 0x45;
	ip->total_length = rte_cpu_to_be_16((uint16_t)(sizeof(*ip) + length));
	ip->time_to_live = 64;
	ip->next_proto_id = IPPROTO_UDP;
	ip->src_addr = rte_cpu_to_be_32(source);
	ip->dst_addr = address_ipv4(&own);
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	udp->src_port = rte_cpu_to_be_16(source_port);
	udp->dst_port = rte_cpu_to_be_16(port);
	udp->dgram_len = rte_cpu_to_be_16(length); /* without a checksum, as IPv4 allows */
	memcpy(udp + 1, writer->octets, writer->size);
	world_forge(&stage.world, 0, frame, (uint32_t)(sizeof(*ethernet) + sizeof(*ip) + length));
}

void stage_answer(const struct stage_query *query)
{
	struct dns_writer *writer = stage_begin(query, DNS_ANSWER);
	char text[32];

	snprintf(text, sizeof(text), query->type == DNS_A ? "192.0.2.%u" : "2001:db8::%u", query->server + 1);
	dns_address(writer, DNS_ANSWERS, DNS_QUESTION_AT, 60, text);
	stage_send(query, writer);
}

void stage_refuse(const struct stage_query *query, uint16_t code)
{
	stage_send(query, stage_begin(query, DNS_ANSWER | code));
}
