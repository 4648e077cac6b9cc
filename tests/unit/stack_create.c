/* SPDX-License-Identifier: BSD-3-Clause */
/* Making a stack: what is impossible is refused with a sentence, and lack of memory leaves nothing behind. */
#include <stdlib.h>
#include <string.h>

#include "packets.h"

static unsigned allocations, allowed, held;

static void *allocate_some(void *context, size_t size)
{
	if (allocations++ >= allowed)
		return NULL;
	held++;
	return aligned_alloc(64, (size + 63) / 64 * 64);
}

static void release_some(void *context, void *memory)
{
	held--;
	free(memory);
}

static bool is_refused(const struct stack_config *config)
{
	const char *error = NULL;
	struct stack *stack = stack_create(config, 0, &error);

	CU_ASSERT_EQUAL(stack == NULL, error != NULL);
	stack_destroy(stack);
	return stack == NULL;
}

static void impossible_configurations_are_refused(void)
{
	struct stack_config config;
	struct world world;

	world_prepare(&world);
	CU_ASSERT_FALSE(is_refused(&world.config));
	config = world.config;
	config.pool = NULL;
	CU_ASSERT_TRUE(is_refused(&config));
	config = world.config;
	config.environment.random = NULL;
	CU_ASSERT_TRUE(is_refused(&config));
	config = world.config;
	config.output_queue = 1000;
	CU_ASSERT_TRUE(is_refused(&config));
	config = world.config;
	config.tcp.port_first = 2000;
	config.tcp.port_last = 1999;
	CU_ASSERT_TRUE(is_refused(&config));
	/* One end of the range may be the default. */
	config.tcp.port_first = 61000;
	config.tcp.port_last = 0;
	CU_ASSERT_TRUE(is_refused(&config));
	config.tcp.port_first = 0;
	config.tcp.port_last = 32767;
	CU_ASSERT_TRUE(is_refused(&config));
	/* Nobody has to ask why. */
	CU_ASSERT_PTR_NULL(stack_create(&config, 0, NULL));
}

/* Sizes of tables are products of such numbers. */
static void absurd_bounds_are_refused(void)
{
	static const uint32_t absurd[] = {(1U << 24) + 1, (1U << 31) + 1, UINT32_MAX};
	struct stack_config config;
	struct world world;
	uint32_t *const bounds[] = {
	    &config.connections, &config.half_open, &config.time_wait,	  &config.buffers,	&config.listeners,
	    &config.udp_sockets, &config.udp_queue, &config.routes,	  &config.neighbours,	&config.neighbour_queue,
	    &config.path_mtus,	 &config.fragments, &config.reassemblies, &config.output_queue,
	};

	world_prepare(&world);
	world.config.environment.allocate = allocate_some;
	world.config.environment.release = release_some;
	allowed = 0;
	for (unsigned i = 0; i < RTE_DIM(bounds); i++) {
		for (unsigned j = 0; j < RTE_DIM(absurd); j++) {
			config = world.config;
			*bounds[i] = absurd[j];
			allocations = 0;
			CU_ASSERT_TRUE(is_refused(&config));
			/* It was not the memory that lacked. */
			CU_ASSERT_EQUAL(allocations, 0);
		}
	}
}

static void a_pool_without_private_room_is_refused(void)
{
	struct rte_mempool *pool = rte_pktmbuf_pool_create("bare", 63, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	struct world world;

	world_prepare(&world);
	world.config.pool = pool;
	CU_ASSERT_TRUE(is_refused(&world.config));
	rte_mempool_free(pool);
}

static void zeros_are_the_defaults(void)
{
	struct stack_config config = {0};
	struct world world;

	world_prepare(&world);
	config.environment = world.config.environment;
	config.pool = world.config.pool;
	CU_ASSERT_FALSE(is_refused(&config));
}

static void lack_of_memory_leaves_nothing_behind(void)
{
	struct world world;

	world_prepare(&world);
	world.config.environment.allocate = allocate_some;
	world.config.environment.release = release_some;
	for (allowed = 0;; allowed++) {
		bool refused;

		allocations = 0;
		refused = is_refused(&world.config);
		CU_ASSERT_EQUAL(held, 0);
		if (!refused)
			break;
	}
	CU_ASSERT_TRUE(allowed > 5);
	/* An interface's queue may be what there is no memory for. */
	allocations = 0;
	world.stack = stack_create(&world.config, 0, NULL);
	CU_ASSERT_EQUAL(stack_add_interface(world.stack, &world.interfaces[0], NULL), -1);
	world_close(&world);
	CU_ASSERT_EQUAL(held, 0);
}

static bool interface_is_refused(const struct interface_config *interface)
{
	const char *error = NULL;
	struct world world;
	int index;

	world_prepare(&world);
	world_open(&world);
	index = stack_add_interface(world.stack, interface, &error);
	CU_ASSERT_EQUAL(index < 0, error != NULL);
	CU_ASSERT_TRUE(index == -1 || index == 2);
	world_close(&world);
	return index < 0;
}

static struct interface_config third_interface(const char *address, uint8_t length)
{
	struct interface_config interface = {.mac = {{2, 0, 0, 0, 2, 1}}, .mtu = 1500, .address_count = 1};

	interface.addresses[0].address = address_of(address);
	interface.addresses[0].length = length;
	return interface;
}

static void impossible_interfaces_are_refused(void)
{
	struct interface_config interface = third_interface("10.0.2.1", 120);

	CU_ASSERT_FALSE(interface_is_refused(&interface));
	interface.mtu = 68;
	CU_ASSERT_FALSE(interface_is_refused(&interface));
	interface.mtu = 67;
	CU_ASSERT_TRUE(interface_is_refused(&interface));
	interface.mtu = 9001;
	CU_ASSERT_TRUE(interface_is_refused(&interface));
	/* 2048 octets of an mbuf, less the Ethernet header and a VLAN tag. */
	interface.mtu = 2030;
	CU_ASSERT_FALSE(interface_is_refused(&interface));
	interface.mtu = 2031;
	CU_ASSERT_TRUE(interface_is_refused(&interface));
	interface.offloads = INTERFACE_TX_CHAINS;
	CU_ASSERT_FALSE(interface_is_refused(&interface));
	interface = third_interface("fd00:2::1", 64);
	interface.mtu = 1279;
	CU_ASSERT_TRUE(interface_is_refused(&interface));
	interface.mtu = 1280;
	CU_ASSERT_FALSE(interface_is_refused(&interface));
	interface.vlan = 4095;
	CU_ASSERT_TRUE(interface_is_refused(&interface));
	interface = third_interface("10.0.2.1", 24); /* an IPv4 length below its 96 bits */
	CU_ASSERT_TRUE(interface_is_refused(&interface));
	interface = third_interface("fd00:2::1", 129);
	CU_ASSERT_TRUE(interface_is_refused(&interface));
	interface = third_interface(OWN, 120);
	CU_ASSERT_TRUE(interface_is_refused(&interface));
	interface = third_interface("10.0.2.1", 120);
	interface.addresses[1] = interface.addresses[0];
	interface.address_count = 2;
	CU_ASSERT_TRUE(interface_is_refused(&interface));
	interface = third_interface("224.0.0.1", 128);
	CU_ASSERT_TRUE(interface_is_refused(&interface));
	interface = third_interface("::1", 128);
	CU_ASSERT_TRUE(interface_is_refused(&interface));
	interface = third_interface("10.0.2.1", 120);
	memset(&interface.mac, 0, sizeof(interface.mac));
	CU_ASSERT_TRUE(interface_is_refused(&interface));
	interface.mac = broadcast_mac;
	CU_ASSERT_TRUE(interface_is_refused(&interface));
	interface = third_interface("10.0.2.1", 120);
	interface.address_count = STACK_INTERFACE_ADDRESSES + 1;
	CU_ASSERT_TRUE(interface_is_refused(&interface));
}

static void interfaces_are_bounded(void)
{
	struct world world;

	world_prepare(&world);
	world_open(&world);
	for (uint8_t i = 2; i <= STACK_INTERFACES; i++) {
		struct interface_config interface = {.mac = {{2, 0, 0, 0, i, 1}}, .mtu = 1500};

		CU_ASSERT_EQUAL(stack_add_interface(world.stack, &interface, NULL), i < STACK_INTERFACES ? i : -1);
	}
	world_close(&world);
}

static void the_stack_knows_its_addresses(void)
{
	static const char *const own[] = {OWN, "10.0.1.1", OWN6, "fd00:1::1", "fe80::ff:fe00:1", "fe80::ff:fe00:101"};
	static const char *const others[] = {PEER, FAR6, "fe80::1", "10.0.0.0"};
	struct world world;

	world_prepare(&world);
	world_open(&world);
	for (unsigned i = 0; i < RTE_DIM(own); i++) {
		struct ip_address address = address_of(own[i]);

		CU_ASSERT_TRUE(stack_owns(world.stack, &address));
	}
	for (unsigned i = 0; i < RTE_DIM(others); i++) {
		struct ip_address address = address_of(others[i]);

		CU_ASSERT_FALSE(stack_owns(world.stack, &address));
	}
	CU_ASSERT_PTR_EQUAL(stack_pool(world.stack), world.pool);
	CU_ASSERT_EQUAL(stack_now(world.stack), world.now);
	stack_advance(world.stack, world.now - 1); /* time does not go back */
	CU_ASSERT_EQUAL(stack_now(world.stack), world.now);
	world_close(&world);
}

int main(void)
{
	return PACKETS_RUN("making a stack", TEST(impossible_configurations_are_refused),
			   TEST(absurd_bounds_are_refused), TEST(a_pool_without_private_room_is_refused),
			   TEST(zeros_are_the_defaults), TEST(lack_of_memory_leaves_nothing_behind),
			   TEST(impossible_interfaces_are_refused), TEST(interfaces_are_bounded),
			   TEST(the_stack_knows_its_addresses));
}
