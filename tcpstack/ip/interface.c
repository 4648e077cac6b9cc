/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "../stack_state.h"
#include "ip.h"
#include "interface.h"

#define MTU_MAX 9000
#define MTU_MIN_IPV4 68
#define MTU_MIN_IPV6 1280
#define VLAN_MAX 4094
#define IPV4_PREFIX 96 /* bits before an IPv4 address in the 128-bit form */

static const struct ip_address all_nodes = {.octets = {0xff, 0x02, [15] = 1}};
static const struct ip_address all_nodes_local = {.octets = {0xff, 0x01, [15] = 1}};
static const struct ip_address solicited_node = {.octets = {0xff, 0x02, [11] = 1, [12] = 0xff}};

struct ip_address solicited_node_group(const struct ip_address *address)
{
	struct ip_address group = solicited_node;

	memcpy(&group.octets[13], &address->octets[13], 3);
	return group;
}

/* fe80:: with the modified EUI-64 of the MAC address (RFC 4291, appendix A). */
static struct ip_prefix link_local_prefix(const struct rte_ether_addr *mac)
{
	const uint8_t *octets = mac->addr_bytes;
	struct ip_prefix prefix = {
	    .address = {.octets = {0xfe, 0x80, [8] = octets[0] ^ 0x02, octets[1], octets[2], 0xff, 0xfe, octets[3],
				   octets[4], octets[5]}},
	    .length = 64,
	};

	return prefix;
}

/* Why address i cannot be the interface's. */
static const char *address_fault(const struct stack *stack, const struct interface_config *config, unsigned i)
{
	const struct ip_prefix *prefix = &config->addresses[i];
	const struct ip_address *address = &prefix->address;

	if (prefix->length > 128 || (address_is_ipv4(address) && prefix->length < IPV4_PREFIX))
		return "an address of the interface has an impossible prefix length";
	if (address_is_unspecified(address) || address_is_multicast(address) || address_is_loopback(address))
		return "an address of the interface is unspecified, multicast or loopback";
	if (stack_owns(stack, address) && !address_is_link_local(address))
		return "an address stands on two interfaces";
	for (unsigned j = 0; j < i; j++) {
		if (address_equal(&config->addresses[j].address, address))
			return "an address stands on the interface twice";
	}
	return NULL;
}

static const char *config_fault(const struct stack *stack, const struct interface_config *config, bool has_ipv6)
{
	const char *fault;

	if (stack->ip.interface_count == STACK_INTERFACES)
		return "there are too many interfaces";
	if (config->vlan > VLAN_MAX)
		return "the VLAN is above 4094";
	if (config->mtu > MTU_MAX || config->mtu < (has_ipv6 ? MTU_MIN_IPV6 : MTU_MIN_IPV4))
		return "the MTU is not 68 to 9000, or with IPv6 addresses 1280 to 9000";
	/* What ip_output has to copy into one mbuf must find room there. */
	if (!(config->offloads & INTERFACE_TX_CHAINS) &&
	    config->mtu + RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN >
		rte_pktmbuf_data_room_size(stack->config.pool) - RTE_PKTMBUF_HEADROOM)
		return "the MTU is beyond one mbuf of the pool, and the interface takes no frames of several";
	if (!rte_is_valid_assigned_ether_addr(&config->mac))
		return "the MAC address is zero or multicast";
	if (config->address_count > STACK_INTERFACE_ADDRESSES)
		return "the interface has too many addresses";
	for (unsigned i = 0; i < config->address_count; i++) {
		fault = address_fault(stack, config, i);
		if (fault != NULL)
			return fault;
	}
	return NULL;
}

static void add_address(struct stack *stack, uint16_t index, const struct ip_prefix *prefix)
{
	struct interface *interface = &stack->ip.interfaces[index];

	if (address_is_ipv4(&prefix->address))
		interface->has_ipv4 = true;
	else
		interface->has_ipv6 = true;
	interface->addresses[interface->address_count++] = *prefix;
	/* A link-local address is on every link: route.c looks at the interface instead. */
	if (address_is_ipv4(&prefix->address) || !address_is_link_local(&prefix->address))
		route_add_on_link(stack, prefix, index);
}

static int refuse(const char **error, const char *sentence)
{
	if (error != NULL)
		*error = sentence;
	return -1;
}

int stack_add_interface(struct stack *stack, const struct interface_config *config, const char **error)
{
	uint16_t index = (uint16_t)stack->ip.interface_count;
	struct interface *interface;
	bool has_ipv6 = false, has_link_local = false;
	const char *fault;

	for (unsigned i = 0; i < RTE_MIN(config->address_count, (unsigned)STACK_INTERFACE_ADDRESSES); i++) {
		const struct ip_address *address = &config->addresses[i].address;

		has_ipv6 |= !address_is_ipv4(address);
		has_link_local |= !address_is_ipv4(address) && address_is_link_local(address);
	}
	fault = config_fault(stack, config, has_ipv6);
	if (fault != NULL)
		return refuse(error, fault);
	interface = &stack->ip.interfaces[index];
	interface->queue = stack_allocate(stack, stack->config.output_queue, sizeof(*interface->queue));
	if (interface->queue == NULL)
		return refuse(error, "no memory for the interface's output queue");
	interface->mac = config->mac;
	interface->mtu = config->mtu;
	interface->vlan = config->vlan;
	interface->offloads = config->offloads;
	stack->ip.interface_count++;
	for (unsigned i = 0; i < config->address_count; i++)
		add_address(stack, index, &config->addresses[i]);
	if (has_ipv6 && !has_link_local) {
		struct ip_prefix prefix = link_local_prefix(&config->mac);

		add_address(stack, index, &prefix);
	}
	return index;
}

void interface_destroy(struct stack *stack, struct interface *interface)
{
	while (interface->head != interface->tail)
		rte_pktmbuf_free(interface->queue[interface->head++ & (stack->config.output_queue - 1)]);
	stack_release(stack, interface->queue);
}

bool interface_owns(const struct interface *interface, const struct ip_address *address)
{
	for (unsigned i = 0; i < interface->address_count; i++) {
		if (address_equal(&interface->addresses[i].address, address))
			return true;
	}
	return false;
}

bool stack_owns(const struct stack *stack, const struct ip_address *address)
{
	for (unsigned i = 0; i < stack->ip.interface_count; i++) {
		if (interface_owns(&stack->ip.interfaces[i], address))
			return true;
	}
	return false;
}

bool interface_broadcast(const struct interface *interface, const struct ip_address *address)
{
	uint32_t target;

	if (!address_is_ipv4(address))
		return false;
	target = rte_be_to_cpu_32(address_ipv4(address));
	if (target == UINT32_MAX)
		return true;
	for (unsigned i = 0; i < interface->address_count; i++) {
		const struct ip_prefix *prefix = &interface->addresses[i];
		uint32_t host;

		/* RFC 3021: a /31 has no broadcast address, nor has a single host. */
		if (!address_is_ipv4(&prefix->address) || prefix->length >= 127 || !prefix_covers(prefix, address))
			continue;
		host = UINT32_MAX >> (prefix->length - IPV4_PREFIX);
		if ((target & host) == host || (target & host) == 0)
			return true;
	}
	return false;
}

bool interface_joined(const struct interface *interface, const struct ip_address *group)
{
	if (!interface->has_ipv6)
		return false;
	if (address_equal(group, &all_nodes) || address_equal(group, &all_nodes_local))
		return true;
	for (unsigned i = 0; i < interface->address_count; i++) {
		const struct ip_address *own = &interface->addresses[i].address;
		struct ip_address joined = solicited_node_group(own);

		if (!address_is_ipv4(own) && address_equal(&joined, group))
			return true;
	}
	return false;
}

bool interface_on_link(const struct interface *interface, const struct ip_address *address)
{
	for (unsigned i = 0; i < interface->address_count; i++) {
		if (prefix_covers(&interface->addresses[i], address))
			return true;
	}
	return false;
}

bool interface_enqueue(struct stack *stack, uint16_t index, struct rte_mbuf *frame)
{
	struct interface *interface = &stack->ip.interfaces[index];

	if (ip_output_room(stack, index) == 0) {
		packet_drop(stack, frame, DROP_OUTPUT_FULL);
		return false;
	}
	interface->queue[interface->tail++ & (stack->config.output_queue - 1)] = frame;
	return true;
}

unsigned ip_output_room(const struct stack *stack, uint16_t index)
{
	const struct interface *interface = &stack->ip.interfaces[index];

	return stack->config.output_queue - (interface->tail - interface->head);
}

uint32_t ip_offloads(const struct stack *stack, uint16_t index)
{
	return stack->ip.interfaces[index].offloads;
}

unsigned stack_output(struct stack *stack, uint16_t index, struct rte_mbuf **frames, unsigned room)
{
	struct interface *interface;
	unsigned count = 0;

	tcp_flush(stack);
	if (index >= stack->ip.interface_count)
		return 0;
	interface = &stack->ip.interfaces[index];
	while (count < room && interface->head != interface->tail)
		frames[count++] = interface->queue[interface->head++ & (stack->config.output_queue - 1)];
	stack->counters.frames_out += count;
	return count;
}
