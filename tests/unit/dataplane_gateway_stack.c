/* SPDX-License-Identifier: BSD-3-Clause */
/* A stack as gateway.json describes it: every limit and setting reaches it, and so does every address and route. */
#include <string.h>

#include "gateway_stack.h"
#include "support.h"

static struct rte_mempool *pool;
static char client[] = "client";
static struct stack_config seen;	      /* what stack_create was called with */
static struct interface_config interfaces[2]; /* and stack_add_interface */
static unsigned interface_count;

struct stack *__real_stack_create(const struct stack_config *config, uint64_t now, const char **error);
struct stack *__wrap_stack_create(const struct stack_config *config, uint64_t now, const char **error);
int __real_stack_add_interface(struct stack *stack, const struct interface_config *config, const char **error);
int __wrap_stack_add_interface(struct stack *stack, const struct interface_config *config, const char **error);

/* The tables may stay small: what counts is what was asked for. */
struct stack *__wrap_stack_create(const struct stack_config *config, uint64_t now, const char **error)
{
	struct stack_config small = *config;

	seen = *config;
	small.connections = small.half_open = small.time_wait = small.neighbours = small.path_mtus = 16;
	small.reassemblies = small.udp_sockets = small.fragments = small.output_queue = 16;
	return __real_stack_create(&small, now, error);
}

int __wrap_stack_add_interface(struct stack *stack, const struct interface_config *config, const char **error)
{
	if (interface_count < RTE_DIM(interfaces))
		interfaces[interface_count++] = *config;
	return __real_stack_add_interface(stack, config, error);
}

static uint64_t draw(void *context)
{
	return (*(uint64_t *)context)++;
}

static struct gateway_prefix prefix_of(const char *address, uint8_t length)
{
	struct gateway_prefix prefix = {.length = length};
	struct ip_address parsed;

	CU_ASSERT_TRUE_FATAL(address_parse(address, &parsed));
	memcpy(prefix.address.octets, parsed.octets, sizeof(parsed.octets));
	return prefix;
}

/* Makes the stack of a gateway with ports that are all alike; NULL is a failure with a reason in *fault. */
static struct stack *create(const struct gateway *gateway, struct fault *fault)
{
	static uint64_t numbers = 1;
	struct port_description port = {.mac = {{2, 0, 0, 0, 0, 1}}, .mtu = 1400, .offloads = INTERFACE_TX_CHAINS};
	const struct port_description *ports[GATEWAY_PORTS];
	struct stack_environment environment = {.context = &numbers, .random = draw};

	for (unsigned i = 0; i < GATEWAY_PORTS; i++)
		ports[i] = &port;
	interface_count = 0;
	return gateway_stack_create(gateway, ports, &environment, pool, 777, 5, fault);
}

static void create_good(const struct gateway *gateway)
{
	struct fault fault = {""};
	struct stack *stack = create(gateway, &fault);

	CU_ASSERT_PTR_NOT_NULL_FATAL(stack);
	stack_destroy(stack);
}

#define LIMITS(X)                                                                                                      \
	X(connections);                                                                                                \
	X(half_open);                                                                                                  \
	X(time_wait);                                                                                                  \
	X(buffers);                                                                                                    \
	X(listeners);                                                                                                  \
	X(udp_sockets);                                                                                                \
	X(udp_queue);                                                                                                  \
	X(routes);                                                                                                     \
	X(neighbours);                                                                                                 \
	X(neighbour_queue);                                                                                            \
	X(path_mtus);                                                                                                  \
	X(reassemblies);                                                                                               \
	X(fragments);                                                                                                  \
	X(icmp_per_second);                                                                                            \
	X(output_queue)

static void every_limit_reaches_the_stack(void)
{
	struct gateway gateway = {0};
	uint32_t value = 100;
	unsigned count = 0;

#define SET(member) gateway.limits.member = value++, count++
	LIMITS(SET);
#undef SET
	CU_ASSERT_EQUAL(count, sizeof(gateway.limits) / sizeof(uint32_t));
	create_good(&gateway);
	value = 100;
#define CHECK(member) CU_ASSERT_EQUAL(seen.member, value++)
	LIMITS(CHECK);
#undef CHECK
}

static void limits_that_are_not_set_have_the_defaults_of_the_stack(void)
{
	struct gateway gateway = {0};
	struct stack_config defaults = {0};

	stack_defaults(&defaults);
	defaults.buffers = 777;
	create_good(&gateway);
#define CHECK(member) CU_ASSERT_EQUAL(seen.member, defaults.member)
	LIMITS(CHECK);
#undef CHECK
	CU_ASSERT_FALSE(seen.forwarding);
	CU_ASSERT_PTR_EQUAL(seen.pool, pool);
}

#define SETTINGS(X)                                                                                                    \
	X(receive_buffer);                                                                                             \
	X(send_buffer);                                                                                                \
	X(initial_window);                                                                                             \
	X(rto_min);                                                                                                    \
	X(rto_max);                                                                                                    \
	X(syn_retries);                                                                                                \
	X(syn_ack_retries);                                                                                            \
	X(retries);                                                                                                    \
	X(delayed_ack);                                                                                                \
	X(keepalive_idle);                                                                                             \
	X(keepalive_interval);                                                                                         \
	X(keepalive_count);                                                                                            \
	X(time_wait);                                                                                                  \
	X(orphan);                                                                                                     \
	X(port_first);                                                                                                 \
	X(port_last)

static void every_setting_of_tcp_reaches_the_stack(void)
{
	struct gateway gateway = {.tcp = {.window_scale = 9, .mss = 1234}};
	uint16_t value = 1000;

#define SET(member) gateway.tcp.member = value++
	SETTINGS(SET);
#undef SET
	create_good(&gateway);
	value = 1000;
#define CHECK(member) CU_ASSERT_EQUAL(seen.tcp.member, value++)
	SETTINGS(CHECK);
#undef CHECK
	CU_ASSERT_EQUAL(seen.tcp.options.window_scale, 9);
	CU_ASSERT_EQUAL(seen.tcp.options.mss, 1234);
}

static void settings_that_are_not_set_have_the_defaults_of_tcp(void)
{
	struct gateway gateway = {0};
	struct stack_config defaults = {0};

	stack_defaults(&defaults);
	create_good(&gateway);
#define CHECK(member) CU_ASSERT_EQUAL(seen.tcp.member, defaults.tcp.member)
	SETTINGS(CHECK);
#undef CHECK
}

static void each_switch_of_tcp_is_its_own(void)
{
	for (unsigned i = 0; i < 16; i++) {
		struct gateway gateway = {
		    .tcp = {.timestamps = i & 1, .sack = !!(i & 2), .window_scaling = !!(i & 4)},
		    .forwarding = !!(i & 8),
		};

		create_good(&gateway);
		CU_ASSERT_EQUAL(seen.tcp.options.timestamps, (i & 1) != 0);
		CU_ASSERT_EQUAL(seen.tcp.options.sack, (i & 2) != 0);
		CU_ASSERT_EQUAL(seen.tcp.options.window_scaling, (i & 4) != 0);
		CU_ASSERT_EQUAL(seen.forwarding, (i & 8) != 0);
	}
}

static void interfaces_are_the_ports_in_their_order(void)
{
	struct gateway_prefix addresses[2] = {prefix_of("192.0.2.1", 120), prefix_of("2001:db8::1", 64)};
	struct gateway_port ports[2] = {
	    {.name = client, .vlan = 17, .addresses = addresses, .address_count = 1},
	    {.name = client, .addresses = addresses + 1, .address_count = 1},
	};
	struct gateway gateway = {.ports = ports, .port_count = 2};
	struct ip_address other = gateway_stack_address(&addresses[0].address);
	struct fault fault = {""};
	struct stack *stack = create(&gateway, &fault);

	CU_ASSERT_PTR_NOT_NULL_FATAL(stack);
	CU_ASSERT_EQUAL(interface_count, 2);
	for (unsigned i = 0; i < 2; i++) {
		struct ip_address own = gateway_stack_address(&addresses[i].address);

		CU_ASSERT_EQUAL(interfaces[i].vlan, i == 0 ? 17 : 0);
		CU_ASSERT_EQUAL(interfaces[i].mtu, 1400);
		CU_ASSERT_EQUAL(interfaces[i].offloads, INTERFACE_TX_CHAINS);
		CU_ASSERT_EQUAL(interfaces[i].mac.addr_bytes[5], 1);
		CU_ASSERT_EQUAL(interfaces[i].address_count, 1);
		CU_ASSERT_EQUAL(interfaces[i].addresses[0].length, addresses[i].length);
		CU_ASSERT_TRUE(stack_owns(stack, &own));
	}
	other.octets[15]++;
	CU_ASSERT_FALSE(stack_owns(stack, &other));
	stack_destroy(stack);
}

static void there_is_room_for_all_routes(void)
{
	static struct gateway_route routes[200];
	struct gateway_prefix address = prefix_of("192.0.2.1", 120);
	struct gateway_port port = {.name = client, .addresses = &address, .address_count = 1};
	struct gateway gateway = {.ports = &port, .port_count = 1, .routes = routes, .route_count = RTE_DIM(routes)};
	struct fault fault = {""};
	struct stack *stack;

	for (unsigned i = 0; i < RTE_DIM(routes); i++) {
		routes[i].to = prefix_of("198.51.0.0", 120);
		routes[i].to.address.octets[14] = (uint8_t)i;
		routes[i].via = prefix_of("192.0.2.9", 128).address;
	}
	stack = create(&gateway, &fault);
	CU_ASSERT_PTR_NOT_NULL_FATAL(stack);
	CU_ASSERT_EQUAL(seen.routes, 200);
	stack_destroy(stack);
	gateway.limits.routes = 150;
	CU_ASSERT_PTR_NULL(create(&gateway, &fault));
	CU_ASSERT_STRING_EQUAL(fault.text, "routes[150]: the stack has no room for it; raise limits.routes");
}

static void there_are_sockets_for_all_questions_of_dns(void)
{
	struct gateway gateway = {.dns = {.questions = 100}};
	struct stack_config defaults = {0};

	stack_defaults(&defaults);
	create_good(&gateway);
	CU_ASSERT_EQUAL(seen.udp_sockets, defaults.udp_sockets);
	gateway.dns.server_count = 1;
	create_good(&gateway);
	CU_ASSERT_EQUAL(seen.udp_sockets, defaults.udp_sockets + 200);
	gateway.limits.udp_sockets = 77;
	create_good(&gateway);
	CU_ASSERT_EQUAL(seen.udp_sockets, 77);
}

static void what_cannot_be_is_told_with_the_port(void)
{
	static struct gateway_prefix addresses[STACK_INTERFACE_ADDRESSES + 1];
	struct gateway_port port = {.name = client, .vlan = 5000};
	struct gateway gateway = {.ports = &port, .port_count = 1};
	struct fault fault = {""};

	CU_ASSERT_PTR_NULL(create(&gateway, &fault));
	CU_ASSERT_PTR_EQUAL(strstr(fault.text, "port client: "), fault.text);
	port.vlan = 0;
	port.addresses = addresses;
	port.address_count = RTE_DIM(addresses);
	CU_ASSERT_PTR_NULL(create(&gateway, &fault));
	CU_ASSERT_PTR_EQUAL(strstr(fault.text, "port client: more addresses"), fault.text);
	gateway = (struct gateway){.tcp = {.port_first = 2000, .port_last = 1000}};
	CU_ASSERT_PTR_NULL(create(&gateway, &fault));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, "port_last is below"));
}

int main(void)
{
	pool = support_pool("gateway_stack", 128);
	return TESTS_RUN("gateway stack", TEST(every_limit_reaches_the_stack),
			 TEST(limits_that_are_not_set_have_the_defaults_of_the_stack),
			 TEST(every_setting_of_tcp_reaches_the_stack),
			 TEST(settings_that_are_not_set_have_the_defaults_of_tcp), TEST(each_switch_of_tcp_is_its_own),
			 TEST(interfaces_are_the_ports_in_their_order), TEST(there_is_room_for_all_routes),
			 TEST(there_are_sockets_for_all_questions_of_dns), TEST(what_cannot_be_is_told_with_the_port));
}
