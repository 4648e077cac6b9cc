/* SPDX-License-Identifier: BSD-3-Clause */
#include "adapter.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <tcpstack/tcp.h>
#include <tcpstack/udp.h>

#include "environment.h"
#include "tcp_socket.h"
#include "udp_socket.h"

#define BURST 32
#define FIRST_PORT 49152

static void make_stack(struct adapter *adapter, const char *flags)
{
	struct stack_config config;
	const char *error = NULL;
	char sentence[256];

	stack_defaults(&config);
	if (!settings_parse(flags, &adapter->settings, &config.tcp, sentence, sizeof(sentence)))
		environment_fail("--so_flags: %s", sentence);
	adapter->seed = adapter->settings.seed;
	adapter->tcp = config.tcp;
	environment_fill(&config.environment, &adapter->seed);
	config.pool = adapter->pool;
	adapter->stack = stack_create(&config, adapter->clock.now, &error);
	if (!adapter->stack)
		environment_fail("the stack cannot be made: %s", error);
}

struct adapter *adapter_create(const char *flags)
{
	struct adapter *adapter = calloc(1, sizeof(*adapter));

	if (!adapter)
		environment_fail("no memory for the adapter");
	adapter->pool = environment_pool();
	adapter->mbufs = rte_mempool_in_use_count(adapter->pool);
	adapter->next_port = FIRST_PORT;
	pthread_mutex_init(&adapter->lock, NULL);
	clock_init(&adapter->clock);
	make_stack(adapter, flags);
	if (adapter->settings.local_count > 0)
		adapter_need_interface(adapter, NULL);
	return adapter;
}

void adapter_destroy(struct adapter *adapter)
{
	unsigned leaked;

	pthread_mutex_lock(&adapter->lock);
	adapter->closing = true;
	clock_dismiss(adapter);
	for (int i = 0; i < DESCRIPTORS; i++) {
		if (adapter->descriptors[i])
			descriptor_close(adapter, adapter->descriptors[i]);
	}
	stack_destroy(adapter->stack);
	link_clear(&adapter->link);
	leaked = rte_mempool_in_use_count(adapter->pool) - adapter->mbufs;
	pthread_mutex_unlock(&adapter->lock);
	if (leaked != 0)
		environment_fail("%u mbufs were not given back", leaked);
	clock_destroy(&adapter->clock);
	pthread_mutex_destroy(&adapter->lock);
	free(adapter);
}

/* The address of the family that the interface is to have. */
static struct ip_prefix choose_address(const struct ip_address *hint, bool ipv4)
{
	struct ip_address address;

	if (hint && !address_is_unspecified(hint) && address_is_ipv4(hint) == ipv4)
		address = *hint;
	else
		address_parse(ipv4 ? "192.168.0.1" : "fd3d:fa7b:d17d::1", &address);
	return settings_with_length(&address);
}

/* Whether the bits beyond the prefix are all the same: the network's own address, or its broadcast address. */
static bool is_edge(const struct ip_address *address, uint8_t length)
{
	unsigned ones = 0;

	for (unsigned bit = length; bit < 128; bit++)
		ones += address->octets[bit / 8] >> (7 - bit % 8) & 1;
	return ones == 0 || ones == 128u - length;
}

/* The router to everywhere: an address beside the stack's own. There is one, as a prefix leaves two bits or more. */
static struct ip_address gateway_beside(const struct ip_prefix *local)
{
	struct ip_address gateway = local->address;

	for (uint8_t flip = 1; flip <= 3; flip++) {
		gateway.octets[15] = local->address.octets[15] ^ flip;
		if (!is_edge(&gateway, local->length))
			break;
	}
	return gateway;
}

static void add_route(struct adapter *adapter, const struct ip_prefix *destination, uint16_t interface,
		      const struct interface_config *config)
{
	bool ipv4 = address_is_ipv4(&destination->address);
	char text[ADDRESS_TEXT_SIZE];

	for (unsigned i = 0; i < config->address_count; i++) {
		struct ip_address gateway = gateway_beside(&config->addresses[i]);

		if (address_is_ipv4(&gateway) == ipv4 &&
		    stack_add_route(adapter->stack, destination, interface, &gateway))
			return;
	}
	environment_fail("the stack takes no route to %s", address_format(&destination->address, text));
}

static void add_routes(struct adapter *adapter, uint16_t interface, const struct interface_config *config)
{
	const struct settings *settings = &adapter->settings;
	struct ip_prefix everything = {0};

	for (unsigned i = 0; i < settings->remote_count; i++)
		add_route(adapter, &settings->remote[i], interface, config);
	if (settings->remote_count > 0)
		return;
	prefix_parse("0.0.0.0/0", &everything);
	add_route(adapter, &everything, interface, config);
	prefix_parse("::/0", &everything);
	add_route(adapter, &everything, interface, config);
}

void adapter_need_interface(struct adapter *adapter, const struct ip_address *hint)
{
	struct interface_config config = {.mac = link_stack_mac, .mtu = adapter->settings.mtu};
	bool has_ipv4 = false, has_ipv6 = false;
	const char *error = NULL;
	int interface;

	if (adapter->has_interface)
		return;
	for (unsigned i = 0; i < adapter->settings.local_count; i++) {
		config.addresses[config.address_count++] = adapter->settings.local[i];
		if (address_is_ipv4(&adapter->settings.local[i].address))
			has_ipv4 = true;
		else
			has_ipv6 = true;
	}
	if (!has_ipv4)
		config.addresses[config.address_count++] = choose_address(hint, true);
	if (!has_ipv6)
		config.addresses[config.address_count++] = choose_address(hint, false);
	interface = stack_add_interface(adapter->stack, &config, &error);
	if (interface < 0)
		environment_fail("the stack takes no interface: %s", error);
	add_routes(adapter, interface, &config);
	adapter->has_interface = true;
}

static bool run_events(struct adapter *adapter)
{
	struct tcp_connection *connection;
	struct udp_socket *socket;
	unsigned events;
	bool any = false;

	while ((connection = tcp_next_event(adapter->stack, &events)) != NULL) {
		tcp_socket_event(adapter, connection, events);
		any = true;
	}
	while ((socket = udp_next_event(adapter->stack)) != NULL) {
		descriptor_touch(adapter, udp_context(socket));
		any = true;
	}
	return any;
}

static bool run_output(struct adapter *adapter)
{
	struct rte_mbuf *frames[BURST];
	unsigned count;

	if (!adapter->has_interface)
		return false;
	count = stack_output(adapter->stack, 0, frames, BURST);
	for (unsigned i = 0; i < count; i++) {
		struct rte_mbuf *answer = link_take_frame(&adapter->link, adapter->pool, frames[i], adapter->clock.now);

		if (answer)
			stack_input(adapter->stack, 0, &answer, 1);
	}
	return count > 0;
}

void adapter_run(struct adapter *adapter)
{
	bool busy = true;

	stack_advance(adapter->stack, adapter->clock.now);
	while (busy) {
		busy = run_events(adapter);
		busy |= run_output(adapter);
	}
	clock_wake(adapter);
}

/* The destination of a raw packet that is long enough to have one. */
static bool packet_destination(const uint8_t *packet, size_t length, struct ip_address *address)
{
	uint32_t ipv4;

	if (length >= 20 && packet[0] >> 4 == 4) {
		memcpy(&ipv4, packet + 16, sizeof(ipv4));
		*address = address_from_ipv4(ipv4);
		return true;
	}
	if (length >= 40 && packet[0] >> 4 == 6) {
		*address = address_from_ipv6(packet + 24);
		return true;
	}
	return false;
}

int adapter_input(struct adapter *adapter, const void *packet, size_t length)
{
	struct ip_address destination;
	struct rte_mbuf *frame;

	if (!packet_destination(packet, length, &destination) || length > UINT16_MAX)
		return -EINVAL;
	adapter_need_interface(adapter, address_is_multicast(&destination) ? NULL : &destination);
	frame = link_frame(adapter->pool, packet, length);
	if (!frame)
		return -ENOBUFS;
	stack_advance(adapter->stack, adapter->clock.now);
	stack_input(adapter->stack, 0, &frame, 1);
	descriptor_touch_used(adapter);
	return 0;
}
