/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the services of a policy take connections, and how the next policy changes that. */
#include <string.h>

#include <flow/services.h>

#include "host.h"
#include "image_support.h"
#include "packet.h"
#include "support.h"

#define PLACES 4

static struct rte_mempool *pool;
static struct host host;
static struct services *services;
static char port_name[] = "client";
static struct gateway_port port = {.name = port_name};
static struct gateway gateway = {.ports = &port, .port_count = 1};
static struct subject subject;

static void begin(void)
{
	struct tcp_options options;
	struct stack_config config;

	stack_defaults(&config);
	config.listeners = PLACES;
	options = config.tcp.options;
	CU_ASSERT_PTR_NULL_FATAL(host_start(&host, 1, &config, 1500, INTERFACE_TX_CHAINS, pool, 1, 1000000));
	services = services_create(host.stack, &gateway, PLACES, &options);
	CU_ASSERT_PTR_NOT_NULL_FATAL(services);
	subject = (struct subject){0};
}

static void end(void)
{
	services_destroy(services);
	host_stop(&host);
	image_subject_free(&subject);
}

/* An image with an explicit service at each of these ports of 192.0.2.1. */
static struct subject explicit_at(const uint16_t *ports, unsigned count)
{
	struct policy policy = image_policy("filter web\nany allow\nservice s web\n");
	struct policy_listener listeners[8];
	struct subject made;

	for (unsigned i = 0; i < count; i++)
		listeners[i] = (struct policy_listener){image_address("192.0.2.1"), ports[i]};
	policy.services[0].listeners = listeners;
	policy.services[0].listener_count = count;
	made = image_subject(&policy);
	policy.services[0].listeners = NULL;
	policy.services[0].listener_count = 0;
	image_policy_free(&policy);
	return made;
}

#define AT(...) explicit_at((const uint16_t[]){__VA_ARGS__}, sizeof((const uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t))

/* Takes the policy in place of the one before. Returns how many places were refused. */
static uint32_t take(struct subject next)
{
	services_take(services, next.image);
	image_subject_free(&subject);
	subject = next;
	return services_refused(services);
}

static void without_a_policy_nobody_listens(void)
{
	begin();
	CU_ASSERT_EQUAL(services_listeners(services), 0);
	end();
}

static void the_next_policy_adds_and_ends_listeners(void)
{
	begin();
	CU_ASSERT_EQUAL(take(AT(3128, 3129)), 0);
	CU_ASSERT_EQUAL(services_listeners(services), 2);
	CU_ASSERT_EQUAL(take(AT(3129, 3130, 3131)), 0);
	CU_ASSERT_EQUAL(services_listeners(services), 3);
	CU_ASSERT_EQUAL(take(AT(3131)), 0);
	CU_ASSERT_EQUAL(services_listeners(services), 1);
	end();
}

static void a_policy_may_be_elsewhere_than_the_one_before_with_as_many_places_as_there_are(void)
{
	begin();
	CU_ASSERT_EQUAL(take(AT(1, 2, 3, 4)), 0);
	CU_ASSERT_EQUAL(services_listeners(services), PLACES);
	CU_ASSERT_EQUAL(take(AT(4, 5, 6, 7)), 0);
	CU_ASSERT_EQUAL(services_listeners(services), PLACES);
	end();
}

static void a_place_that_somebody_else_has_is_refused_and_the_others_are_taken(void)
{
	struct tcp_listener_config taken = {.port = 4000};
	struct tcp_listener *other;

	begin();
	taken.address = host.addresses[IPV4];
	CU_ASSERT_EQUAL_FATAL(tcp_listen(host.stack, &taken, &other), TCP_OK);
	CU_ASSERT_EQUAL(take(AT(3128, 4000, 3129)), 1);
	CU_ASSERT_EQUAL(services_listeners(services), 2);
	tcp_unlisten(host.stack, other);
	CU_ASSERT_EQUAL(take(AT(3128, 4000)), 0);
	CU_ASSERT_EQUAL(services_listeners(services), 2);
	end();
}

static bool check(struct subject wanted, uint32_t listeners, char *text, size_t size)
{
	struct fault fault = {""};
	bool good = services_check(wanted.image, &gateway, listeners, &fault);

	snprintf(text, size, "%s", fault.text);
	image_subject_free(&wanted);
	return good;
}

static void what_the_gateway_cannot_serve_is_told_before(void)
{
	struct gateway_prefix own = image_prefix("192.0.2.1/32");
	char text[512];

	begin();
	CU_ASSERT(!check(AT(3128), PLACES, text, sizeof(text)));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "service s listens at an address that no port"));
	port.addresses = &own;
	port.address_count = 1;
	CU_ASSERT(check(AT(3128), PLACES, text, sizeof(text)));
	CU_ASSERT(check(AT(1, 2, 3, 4), PLACES, text, sizeof(text)));
	CU_ASSERT(!check(AT(1, 2, 3, 4, 5), PLACES, text, sizeof(text)));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "raise limits.listeners"));
	port.addresses = NULL;
	port.address_count = 0;
	end();
}

static bool allow_udp;

static struct subject intercepting(const char *interface, const char *to, const char *clients)
{
	struct policy policy = image_policy("filter web\nany allow\nservice s web\n");
	struct gateway_prefix network = image_prefix(to), client = image_prefix(clients);
	uint16_t ports[] = {443, 8443};
	struct policy_intercept intercept = {
	    .interface = (char *)(uintptr_t)interface, .to = &network, .to_count = 1, .ports = ports, .port_count = 2};
	struct subject made;

	policy.services[0].type = POLICY_TRANSPARENT;
	policy.services[0].intercepts = &intercept;
	policy.services[0].intercept_count = 1;
	policy.services[0].clients = &client;
	policy.services[0].client_count = 1;
	policy.services[0].allow_udp = allow_udp;
	made = image_subject(&policy);
	policy.services[0].intercepts = NULL;
	policy.services[0].intercept_count = 0;
	policy.services[0].clients = NULL;
	policy.services[0].client_count = 0;
	image_policy_free(&policy);
	return made;
}

static void an_intercept_names_a_port_of_the_gateway(void)
{
	char text[512];

	begin();
	CU_ASSERT(check(intercepting("client", "0.0.0.0/0", "0.0.0.0/0"), PLACES, text, sizeof(text)));
	CU_ASSERT(!check(intercepting("lan", "0.0.0.0/0", "0.0.0.0/0"), PLACES, text, sizeof(text)));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "intercepts on \"lan\", and gateway.json has no such port"));
	CU_ASSERT_EQUAL(take(intercepting("client", "0.0.0.0/0", "0.0.0.0/0")), 0);
	CU_ASSERT_EQUAL(services_listeners(services), 2);
	end();
}

static struct ip_address behind(enum family family)
{
	struct gateway_address written = image_address(family == IPV4 ? "198.51.100.1" : "2001:db8:1::1");
	struct ip_address address;

	memcpy(&address, written.octets, sizeof(address));
	return address;
}

static struct packet_tcp answer;

static void see(void *context, const uint8_t *frame, uint32_t length)
{
	const struct rte_ether_addr mac = host_mac(9);
	uint8_t neighbour[PACKET_MAX];
	uint32_t octets = packet_neighbour_answer(neighbour, frame, length, &mac);
	struct packet_tcp packet;

	if (octets > 0)
		host_deliver(&host, neighbour, octets);
	else if (packet_read(&packet, frame, length) == PACKET_TCP)
		answer = packet;
}

static void collect(void)
{
	while (host_collect(&host, see, NULL) > 0)
		;
}

/* What a segment of host 9's, to a host behind the gateway, is answered with: its flags; 0: nothing. It acknowledges
 * the last SYN-ACK. */
static uint8_t answer_of(enum family family, uint16_t from, uint16_t to, uint8_t flags)
{
	uint8_t frame[PACKET_MAX];
	struct packet_tcp packet = {
	    .from = host_mac(9), .to = host.mac, .source = host_address(9, family), .destination = behind(family)};

	packet.tcp = (struct tcp_header){.source_port = from, .destination_port = to, .flags = flags, .window = 65535};
	packet.tcp.sequence = flags & TCP_SYN ? 1000 : 1001;
	packet.tcp.acknowledgement = flags & TCP_ACK ? answer.tcp.sequence + 1 : 0;
	answer = (struct packet_tcp){0};
	host_deliver(&host, frame, packet_build(frame, &packet));
	collect();
	return answer.tcp.flags;
}

/* Of packets to intercepted ports none is routed only because sluiced ends. */
static void at_the_end_own_addresses_are_given_up_and_intercepted_ports_are_not(void)
{
	begin();
	CU_ASSERT_EQUAL(take(AT(3128, 3129)), 0);
	services_drain(services);
	CU_ASSERT_EQUAL(services_listeners(services), 0);
	CU_ASSERT_EQUAL(take(AT(3128, 3130)), 0);
	CU_ASSERT_EQUAL(services_listeners(services), 0);
	end();
	begin();
	CU_ASSERT_EQUAL(take(intercepting("client", "0.0.0.0/0", "0.0.0.0/0")), 0);
	services_drain(services);
	CU_ASSERT_EQUAL(services_listeners(services), 2);
	end();
}

/* A policy may come meanwhile, and is obeyed. */
static void what_a_later_policy_intercepts_is_not_routed_at_the_end_either(void)
{
	begin();
	CU_ASSERT_EQUAL(take(AT(3128, 3129)), 0);
	services_drain(services);
	CU_ASSERT_EQUAL(take(intercepting("client", "0.0.0.0/0", "0.0.0.0/0")), 0);
	CU_ASSERT_EQUAL(services_listeners(services), 2);
	CU_ASSERT_EQUAL(answer_of(IPV4, 1, 443, TCP_SYN), TCP_SYN | TCP_ACK);
	CU_ASSERT_EQUAL(take(AT(3128, 3130)), 0);
	CU_ASSERT_EQUAL(services_listeners(services), 0);
	end();
}

static void deliver(const char *text)
{
	uint8_t frame[128];

	host_deliver(&host, frame, support_hex(text, frame, sizeof(frame)));
}

/* Clients that are on their way must not be routed past the policy, nor left to wait. */
static void what_is_half_open_where_the_next_policy_intercepts_no_more_gets_rst(void)
{
	for (unsigned family = 0; family < FAMILIES; family++) {
		begin();
		CU_ASSERT_EQUAL(take(intercepting("client", family == IPV4 ? "0.0.0.0/0" : "::/0",
						  family == IPV4 ? "192.0.2.0/24" : "2001:db8::/64")),
				0);
		CU_ASSERT_EQUAL(answer_of((enum family)family, 1, 443, TCP_SYN), TCP_SYN | TCP_ACK);
		CU_ASSERT_EQUAL(take(AT(3128)), 0);
		CU_ASSERT_EQUAL(answer_of((enum family)family, 1, 443, TCP_ACK), TCP_RST);
		CU_ASSERT_EQUAL(answer_of((enum family)family, 2, 443, TCP_SYN), 0);
		end();
	}
}

/* "QUIC" from port 1 of 192.0.2.9 and 2001:db8::9 to a port of hosts behind the gateway. */
#define ETHERNET "020000000001 020000000009 "
#define DATAGRAM4(port) ETHERNET "0800 450000200001000040118e8ec0000209c6336401 0001 " port " 000c 0000 51554943"
#define DATAGRAM6(port, checksum)                                                                                      \
	ETHERNET "86dd 60000000000c114020010db800000000000000000000000920010db8000100000000000000000001 0001 " port    \
		 " 000c " checksum " 51554943"

static void datagrams_to_intercepted_ports_are_refused_unless_they_are_allowed(void)
{
	struct stack_counters counters;

	begin();
	deliver(DATAGRAM4("01bb"));
	CU_ASSERT_EQUAL(take(intercepting("client", "0.0.0.0/0", "192.0.2.0/24")), 0);
	deliver(DATAGRAM4("01bc"));
	deliver(DATAGRAM6("01bb", "0805"));
	stack_read_counters(host.stack, &counters);
	CU_ASSERT_EQUAL(counters.drops[DROP_UDP_REFUSED], 0);
	deliver(DATAGRAM4("01bb"));
	stack_read_counters(host.stack, &counters);
	CU_ASSERT_EQUAL(counters.drops[DROP_UDP_REFUSED], 1);
	CU_ASSERT_EQUAL(take(intercepting("client", "::/0", "2001:db8::/64")), 0);
	deliver(DATAGRAM4("01bb"));
	deliver(DATAGRAM6("01bb", "0805"));
	stack_read_counters(host.stack, &counters);
	CU_ASSERT_EQUAL(counters.drops[DROP_UDP_REFUSED], 2);
	allow_udp = true;
	CU_ASSERT_EQUAL(take(intercepting("client", "0.0.0.0/0", "192.0.2.0/24")), 0);
	allow_udp = false;
	deliver(DATAGRAM4("01bb"));
	stack_read_counters(host.stack, &counters);
	CU_ASSERT_EQUAL(counters.drops[DROP_UDP_REFUSED], 2);
	end();
}

#define MANY 70

/* An image with services that intercept one port each. */
struct interceptor {
	const char *interface, *clients;
	uint16_t port;
	bool allow_udp;
};

static struct subject interceptors(const struct interceptor *wanted, unsigned count)
{
	struct gateway_prefix clients[MANY], all = image_prefix("0.0.0.0/0");
	struct policy_intercept intercepts[MANY];
	char text[MANY * 16 + 32] = "filter web\nany allow\n";
	struct policy policy;
	struct subject made;

	for (unsigned i = 0; i < count; i++)
		sprintf(text + strlen(text), "service s%u web\n", i);
	policy = image_policy(text);
	for (unsigned i = 0; i < count; i++) {
		struct policy_service *service = &policy.services[i];

		clients[i] = image_prefix(wanted[i].clients);
		intercepts[i] = (struct policy_intercept){.interface = (char *)(uintptr_t)wanted[i].interface,
							  .to = &all,
							  .to_count = 1,
							  .ports = (uint16_t *)(uintptr_t)&wanted[i].port,
							  .port_count = 1};
		service->type = POLICY_TRANSPARENT;
		service->intercepts = &intercepts[i];
		service->clients = &clients[i];
		service->intercept_count = service->client_count = 1;
		service->allow_udp = wanted[i].allow_udp;
	}
	made = image_subject(&policy);
	for (unsigned i = 0; i < count; i++) {
		policy.services[i].intercepts = NULL;
		policy.services[i].clients = NULL;
		policy.services[i].intercept_count = policy.services[i].client_count = 0;
	}
	image_policy_free(&policy);
	return made;
}

/* The service that takes a connection of host 9's to a port; -1: none. */
static int taker_of(uint16_t to)
{
	static uint16_t from = 1000;
	struct tcp_connection *connection;
	unsigned events;
	uint32_t number;
	bool found;

	from++;
	if (answer_of(IPV4, from, to, TCP_SYN) == 0)
		return -1;
	CU_ASSERT_EQUAL(answer_of(IPV4, from, to, TCP_ACK), 0);
	connection = tcp_next_event(host.stack, &events);
	CU_ASSERT_PTR_NOT_NULL_FATAL(connection);
	found = services_find(services, connection, &number);
	tcp_reset(host.stack, connection);
	tcp_release(host.stack, connection);
	collect();
	return found ? (int)number : -1;
}

static uint64_t refused_datagrams(void)
{
	struct stack_counters counters;

	stack_read_counters(host.stack, &counters);
	return counters.drops[DROP_UDP_REFUSED];
}

static void of_all_services_the_first_that_intercepts_a_connection_has_it(void)
{
	static const struct interceptor first = {"client", "0.0.0.0/0", 443, true};
	static char names[][8] = {"client", "server"};
	struct gateway_port ports[] = {{.name = names[0]}, {.name = names[1]}};
	struct interceptor wanted[MANY];

	for (unsigned i = 0; i < MANY; i++)
		wanted[i] = (struct interceptor){NULL, "203.0.113.0/24", 443, false};
	wanted[2] = (struct interceptor){"server", "0.0.0.0/0", 443, false};
	wanted[3] = (struct interceptor){"server", "0.0.0.0/0", 80, false};
	wanted[66] = (struct interceptor){NULL, "0.0.0.0/0", 8443, false};
	wanted[67] = (struct interceptor){"client", "192.0.2.9/32", 443, true};
	wanted[68] = (struct interceptor){NULL, "0.0.0.0/0", 443, false};
	begin();
	gateway = (struct gateway){.ports = ports, .port_count = 2};
	CU_ASSERT_EQUAL(take(interceptors(wanted, MANY)), 0);
	CU_ASSERT_EQUAL(services_listeners(services), 3);
	CU_ASSERT_EQUAL(taker_of(443), 67);
	CU_ASSERT_EQUAL(taker_of(8443), 66);
	CU_ASSERT_EQUAL(taker_of(80), -1);
	deliver(DATAGRAM4("01bb"));
	CU_ASSERT_EQUAL(refused_datagrams(), 0);
	deliver(DATAGRAM4("20fb"));
	CU_ASSERT_EQUAL(refused_datagrams(), 1);
	wanted[67].interface = "server";
	CU_ASSERT_EQUAL(take(interceptors(wanted, MANY)), 0);
	CU_ASSERT_EQUAL(taker_of(443), 68);
	deliver(DATAGRAM4("01bb"));
	CU_ASSERT_EQUAL(refused_datagrams(), 2);
	CU_ASSERT_EQUAL(take(interceptors(&first, 1)), 0);
	CU_ASSERT_EQUAL(taker_of(443), 0);
	CU_ASSERT_EQUAL(taker_of(8443), -1);
	deliver(DATAGRAM4("01bb"));
	deliver(DATAGRAM4("20fb"));
	CU_ASSERT_EQUAL(refused_datagrams(), 2);
	gateway = (struct gateway){.ports = &port, .port_count = 1};
	end();
}

int main(void)
{
	pool = support_pool("services", 255);
	return TESTS_RUN(
	    "services", TEST(without_a_policy_nobody_listens), TEST(the_next_policy_adds_and_ends_listeners),
	    TEST(a_policy_may_be_elsewhere_than_the_one_before_with_as_many_places_as_there_are),
	    TEST(a_place_that_somebody_else_has_is_refused_and_the_others_are_taken),
	    TEST(what_the_gateway_cannot_serve_is_told_before), TEST(an_intercept_names_a_port_of_the_gateway),
	    TEST(at_the_end_own_addresses_are_given_up_and_intercepted_ports_are_not),
	    TEST(what_a_later_policy_intercepts_is_not_routed_at_the_end_either),
	    TEST(what_is_half_open_where_the_next_policy_intercepts_no_more_gets_rst),
	    TEST(of_all_services_the_first_that_intercepts_a_connection_has_it),
	    TEST(datagrams_to_intercepted_ports_are_refused_unless_they_are_allowed));
}
