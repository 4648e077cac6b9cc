/* SPDX-License-Identifier: BSD-3-Clause */
/* What one part of gateway.json says about another. */
#include "gateway_schema.h"

#include <string.h>
#include <strings.h>

#include "notation.h"

/* The least that a packet buffer takes: its head, headroom and 2048 octets of room. */
#define MBUF_OCTETS 2304

#define IPV6_LEAST_MTU 1280 /* RFC 8200, section 5 */

/* A document under judgement. Each fault is at a path made by `path`. */
struct judgement {
	struct schema_document *document;
	const struct gateway *gateway;
	bool good;
};

#define FAULT(judgement, path, ...) ((judgement)->good = schema_fault((judgement)->document, path, __VA_ARGS__))

static void path_of(char path[CONFIG_PATH_SIZE], const char *list, unsigned place, const char *key)
{
	snprintf(path, CONFIG_PATH_SIZE, "%s[%u]%s%s", list, place, key[0] == '\0' ? "" : ".", key);
}

static void path_of_address(char path[CONFIG_PATH_SIZE], unsigned port, unsigned address)
{
	snprintf(path, CONFIG_PATH_SIZE, "ports[%u].addresses[%u]", port, address);
}

static void judge_memory(struct judgement *judgement)
{
	const struct gateway_memory *memory = &judgement->gateway->memory;
	uint64_t needed = ((uint64_t)memory->mbufs * MBUF_OCTETS >> 20) + 1;

	if (needed > memory->megabytes)
		FAULT(judgement, "memory.mbufs",
		      "%u packet buffers need at least %llu MiB, but memory.megabytes is %u; raise that or lower this",
		      memory->mbufs, (unsigned long long)needed, memory->megabytes);
}

static void judge_flow_log(struct judgement *judgement)
{
	const struct gateway *gateway = judgement->gateway;
	uint64_t mbufs = (uint64_t)gateway->memory.mbufs * MBUF_OCTETS;
	uint64_t ring = GATEWAY_FLOW_RECORD;
	uint64_t needed;

	if (gateway->flow_log.path == NULL)
		return;
	while (ring < (uint64_t)gateway->flow_log.ring * GATEWAY_FLOW_RECORD)
		ring *= 2;
	needed = ((mbufs + gateway->workers.core_count * ring) >> 20) + 1;
	if (needed > gateway->memory.megabytes)
		FAULT(judgement, "flow_log.ring",
		      "packet buffers and the records of all workers need at least %llu MiB, but memory.megabytes is "
		      "%u; raise that or lower this",
		      (unsigned long long)needed, gateway->memory.megabytes);
	if (strcmp(gateway->flow_log.path, gateway->control.socket) == 0)
		FAULT(judgement, "flow_log.path", "is the control socket already; choose another path");
}

static void judge_cores(struct judgement *judgement)
{
	const struct gateway_workers *workers = &judgement->gateway->workers;
	char path[CONFIG_PATH_SIZE];

	for (unsigned i = 1; i < workers->core_count; i++) {
		for (unsigned j = 0; j < i; j++) {
			if (workers->cores[i] != workers->cores[j])
				continue;
			path_of(path, "workers.cores", i, "");
			FAULT(judgement, path, "CPU %u is in the list already; each carries one worker",
			      workers->cores[i]);
			break;
		}
	}
}

/* Whether two device arguments name one device: parameters aside, and "03:00.0" being short for "0000:03:00.0". */
static bool same_device(const char *a, const char *b)
{
	static const char domain[] = "0000:";
	size_t length;

	for (const char **text = (const char *[]){"pci:", "vdev:", NULL}; *text != NULL; text++) {
		a += strncmp(a, *text, strlen(*text)) == 0 ? strlen(*text) : 0;
		b += strncmp(b, *text, strlen(*text)) == 0 ? strlen(*text) : 0;
	}
	a += strncmp(a, domain, strlen(domain)) == 0 ? strlen(domain) : 0;
	b += strncmp(b, domain, strlen(domain)) == 0 ? strlen(domain) : 0;
	length = strcspn(a, ",");
	return length == strcspn(b, ",") && strncasecmp(a, b, length) == 0;
}

static void judge_two_ports(struct judgement *judgement, unsigned first, unsigned second)
{
	static const struct gateway_mac own;
	const struct gateway_port *a = &judgement->gateway->ports[first];
	const struct gateway_port *b = &judgement->gateway->ports[second];
	char path[CONFIG_PATH_SIZE];

	if (strcmp(a->name, b->name) == 0) {
		path_of(path, "ports", second, "name");
		FAULT(judgement, path, "ports[%u] is called \"%s\" too; choose another name", first, b->name);
	}
	if (same_device(a->device, b->device)) {
		path_of(path, "ports", second, "device");
		FAULT(judgement, path, "ports[%u] has this device already; choose another", first);
	}
	if (memcmp(&b->mac, &own, sizeof(own)) != 0 && memcmp(&a->mac, &b->mac, sizeof(own)) == 0) {
		path_of(path, "ports", second, "mac");
		FAULT(judgement, path, "ports[%u] has this MAC address already; choose another", first);
	}
}

/* Two addresses of ports first <= second, not the same one. */
static void judge_two_addresses(struct judgement *judgement, unsigned first, unsigned address, unsigned second,
				unsigned other)
{
	const struct gateway_prefix *a = &judgement->gateway->ports[first].addresses[address];
	const struct gateway_prefix *b = &judgement->gateway->ports[second].addresses[other];
	char path[CONFIG_PATH_SIZE];

	path_of_address(path, second, other);
	if (memcmp(&a->address, &b->address, sizeof(a->address)) == 0)
		FAULT(judgement, path, "ports[%u].addresses[%u] is this address already; remove one of them", first,
		      address);
	else if (first != second && notation_is_ipv4(&a->address) == notation_is_ipv4(&b->address) &&
		 notation_same_prefix(&a->address, &b->address, a->length < b->length ? a->length : b->length))
		FAULT(judgement, path,
		      "overlaps with the prefix of ports[%u].addresses[%u]; a prefix can be on one link only", first,
		      address);
}

static void judge_addresses(struct judgement *judgement, unsigned port)
{
	const struct gateway_port *ports = judgement->gateway->ports;

	for (unsigned i = 0; i < ports[port].address_count; i++) {
		for (unsigned first = 0; first <= port; first++) {
			unsigned count = first == port ? i : ports[first].address_count;

			for (unsigned j = 0; j < count; j++)
				judge_two_addresses(judgement, first, j, port, i);
		}
	}
}

static bool has_family(const struct gateway_port *port, bool ipv4)
{
	for (unsigned i = 0; i < port->address_count; i++)
		if (notation_is_ipv4(&port->addresses[i].address) == ipv4)
			return true;
	return false;
}

static void judge_ports(struct judgement *judgement)
{
	const struct gateway *gateway = judgement->gateway;
	char path[CONFIG_PATH_SIZE];

	for (unsigned i = 0; i < gateway->port_count; i++) {
		const struct gateway_port *port = &gateway->ports[i];

		for (unsigned j = 0; j < i; j++)
			judge_two_ports(judgement, j, i);
		judge_addresses(judgement, i);
		if (port->mtu < IPV6_LEAST_MTU && has_family(port, false)) {
			path_of(path, "ports", i, "mtu");
			FAULT(judgement, path,
			      "%u is too small for IPv6; write at least %u, or remove the port's "
			      "IPv6 addresses",
			      port->mtu, IPV6_LEAST_MTU);
		}
	}
}

/* fe80::/10: on the link of any port that speaks IPv6 (RFC 4291, section 2.5.6). */
static bool is_link_local(const struct gateway_address *address)
{
	return address->octets[0] == 0xfe && (address->octets[1] & 0xc0) == 0x80;
}

static bool is_on_link(const struct gateway_port *port, const struct gateway_address *address)
{
	bool ipv4 = notation_is_ipv4(address);

	if (is_link_local(address))
		return has_family(port, false);
	for (unsigned i = 0; i < port->address_count; i++) {
		const struct gateway_prefix *own = &port->addresses[i];

		if (notation_is_ipv4(&own->address) == ipv4 &&
		    notation_same_prefix(&own->address, address, own->length))
			return true;
	}
	return false;
}

static bool is_own(const struct gateway *gateway, const struct gateway_address *address)
{
	for (unsigned i = 0; i < gateway->port_count; i++)
		for (unsigned j = 0; j < gateway->ports[i].address_count; j++)
			if (memcmp(&gateway->ports[i].addresses[j].address, address, sizeof(*address)) == 0)
				return true;
	return false;
}

static void judge_via(struct judgement *judgement, unsigned place)
{
	static const struct gateway_address none;
	const struct gateway_route *route = &judgement->gateway->routes[place];
	char path[CONFIG_PATH_SIZE];

	path_of(path, "routes", place, "via");
	if (memcmp(&route->via, &none, sizeof(none)) == 0)
		return;
	if (notation_is_ipv4(&route->via) != notation_is_ipv4(&route->to.address))
		FAULT(judgement, path, "is of another family than the destination; write an %s address",
		      notation_is_ipv4(&route->to.address) ? "IPv4" : "IPv6");
	else if (is_own(judgement->gateway, &route->via))
		FAULT(judgement, path, "is an address of the gateway itself; write that of the next router");
	else if (!is_on_link(&judgement->gateway->ports[route->port_index], &route->via))
		FAULT(judgement, path,
		      "is not on the link of port \"%s\"; give the port an address in its prefix, "
		      "or write another router",
		      route->port);
}

static bool same_destination(const struct gateway_prefix *a, const struct gateway_prefix *b)
{
	return a->length == b->length && notation_is_ipv4(&a->address) == notation_is_ipv4(&b->address) &&
	       notation_same_prefix(&a->address, &b->address, a->length);
}

static void judge_destination(struct judgement *judgement, unsigned place)
{
	const struct gateway *gateway = judgement->gateway;
	const struct gateway_prefix *to = &gateway->routes[place].to;
	char path[CONFIG_PATH_SIZE];

	path_of(path, "routes", place, "to");
	for (unsigned i = 0; i < place; i++) {
		if (same_destination(&gateway->routes[i].to, to)) {
			FAULT(judgement, path, "routes[%u] leads there already; remove one of them", i);
			return;
		}
	}
	for (unsigned i = 0; i < gateway->port_count; i++) {
		for (unsigned j = 0; j < gateway->ports[i].address_count; j++) {
			if (same_destination(&gateway->ports[i].addresses[j], to)) {
				FAULT(judgement, path, "is on the link of port \"%s\"; remove the route",
				      gateway->ports[i].name);
				return;
			}
		}
	}
}

/* Finds each route's port, and judges the routes whose port exists. */
static void judge_routes(struct judgement *judgement, struct gateway *gateway)
{
	char path[CONFIG_PATH_SIZE];

	for (unsigned i = 0; i < gateway->route_count; i++) {
		struct gateway_route *route = &gateway->routes[i];
		unsigned port = 0;

		while (port < gateway->port_count && strcmp(gateway->ports[port].name, route->port) != 0)
			port++;
		judge_destination(judgement, i);
		if (port == gateway->port_count) {
			path_of(path, "routes", i, "port");
			FAULT(judgement, path, "no port is called \"%s\"; write the name of one", route->port);
			continue;
		}
		route->port_index = port;
		judge_via(judgement, i);
	}
}

static void judge_limits(struct judgement *judgement)
{
	uint32_t queue = judgement->gateway->limits.output_queue;

	if ((queue & (queue - 1)) != 0)
		FAULT(judgement, "limits.output_queue", "%u is no power of two; write one, like 1024 or 2048", queue);
}

static void judge_tcp(struct judgement *judgement)
{
	const struct gateway_tcp *tcp = &judgement->gateway->tcp;

	if ((tcp->port_first == 0) != (tcp->port_last == 0))
		FAULT(judgement, tcp->port_first == 0 ? "tcp.port_last" : "tcp.port_first",
		      "port_first and port_last belong together; write both or neither");
	else if (tcp->port_last < tcp->port_first)
		FAULT(judgement, "tcp.port_last", "%u is below tcp.port_first, which is %u; exchange them",
		      tcp->port_last, tcp->port_first);
}

static bool any_has_family(const struct gateway *gateway, bool ipv4)
{
	for (unsigned i = 0; i < gateway->port_count; i++)
		if (has_family(&gateway->ports[i], ipv4))
			return true;
	return false;
}

static void judge_dns_server(struct judgement *judgement, unsigned place)
{
	const struct gateway_dns_server *servers = judgement->gateway->dns.servers;
	const struct gateway_address *address = &servers[place].address;
	const char *unfit = notation_unfit_host(address);
	const char *family = notation_is_ipv4(address) ? "IPv4" : "IPv6";
	char path[CONFIG_PATH_SIZE];

	path_of(path, "dns.servers", place, "address");
	if (unfit != NULL)
		FAULT(judgement, path, "%s", unfit);
	else if (is_link_local(address))
		FAULT(judgement, path, "is link-local, and does not say of which link; choose another");
	else if (is_own(judgement->gateway, address))
		FAULT(judgement, path, "is an address of the gateway itself; write that of a DNS server");
	else if (!any_has_family(judgement->gateway, notation_is_ipv4(address)))
		FAULT(judgement, path, "no port has an %s address to ask it from; give one to a port, or remove it",
		      family);
	for (unsigned i = 0; i < place; i++) {
		if (memcmp(&servers[i].address, address, sizeof(*address)) != 0 ||
		    servers[i].port != servers[place].port)
			continue;
		FAULT(judgement, path, "dns.servers[%u] is this server already; remove one of them", i);
		break;
	}
}

static void judge_dns(struct judgement *judgement)
{
	for (unsigned i = 0; i < judgement->gateway->dns.server_count; i++)
		judge_dns_server(judgement, i);
}

static void judge_test_service(struct judgement *judgement)
{
	const struct gateway_test_service *service = &judgement->gateway->test_service;

	if (service->discard != 0 && service->discard == service->echo)
		FAULT(judgement, "test_service.discard", "is the port of echo already; choose another");
	if (service->chargen != 0 && (service->chargen == service->echo || service->chargen == service->discard))
		FAULT(judgement, "test_service.chargen", "is the port of echo or discard already; choose another");
}

bool gateway_rules(struct gateway *gateway, struct schema_document *document)
{
	struct judgement judgement = {.document = document, .gateway = gateway, .good = true};

	judge_memory(&judgement);
	judge_flow_log(&judgement);
	judge_cores(&judgement);
	judge_ports(&judgement);
	judge_routes(&judgement, gateway);
	judge_limits(&judgement);
	judge_tcp(&judgement);
	judge_dns(&judgement);
	judge_test_service(&judgement);
	return judgement.good;
}
