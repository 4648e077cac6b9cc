/* SPDX-License-Identifier: BSD-3-Clause */
#include "services.h"

#include <string.h>

#include <rte_malloc.h>

#include <tcpstack/udp.h>

#include "inside.h"

#define PORTS 65536
#define CHAINS 256 /* of places, by port; a power of two */
#define EVERY_INTERFACE GATEWAY_PORTS

/* A place where connections are taken: an address and port of the gateway's, or an intercepted port. */
struct place {
	struct ip_address address; /* zero: intercepted */
	uint16_t port;
	bool used;
	bool wanted; /* by the policy that is being taken */
	struct services *services;
	struct tcp_listener *listener;	       /* NULL: the stack refused it */
	struct place *next;		       /* of its chain, or free */
	uint64_t takers[POLICY_SERVICES / 64]; /* a bit for each service that takes connections here */
};

struct services {
	struct stack *stack;
	const struct gateway *gateway;
	const struct image_header *image;
	struct tcp_options options;
	bool draining;
	uint32_t refused;
	int8_t interfaces[POLICY_SERVICES][POLICY_INTERCEPTS]; /* of each intercept, by number; EVERY_INTERFACE */
	uint64_t without_udp[PORTS / 64]; /* a bit for each port that a service intercepts and allows no UDP to */
	struct place *chains[CHAINS];
	struct place *free;
	uint32_t count; /* of places[] */
	struct place places[];
};

/* Walks over the places of a policy. `visit` is given each once for each service that has it; false ends the walk. */
typedef bool visit(void *context, const struct image_service *service, uint32_t number,
		   const struct ip_address *address, uint16_t port);

static bool visit_explicit(const struct image_service *service, uint32_t number, visit *visitor, void *context)
{
	struct ip_address address;

	for (uint32_t i = 0; i < service->listener_count; i++) {
		memcpy(&address, &service->listeners[i].address, sizeof(address));
		if (!visitor(context, service, number, &address, service->listeners[i].port))
			return false;
	}
	return true;
}

static bool visit_transparent(const struct image_header *image, const struct image_service *service, uint32_t number,
			      visit *visitor, void *context)
{
	static const struct ip_address intercepted;
	struct image_intercept intercept;

	for (uint32_t i = 0; i < service->intercepts.count; i++) {
		image_service_intercept(service, image, i, &intercept);
		for (uint32_t k = 0; k < intercept.port_count; k++)
			if (!visitor(context, service, number, &intercepted, intercept.ports[k]))
				return false;
	}
	return true;
}

static bool visit_places(const struct image_header *image, visit *visitor, void *context)
{
	struct image_service service;
	bool on = true;

	for (uint32_t i = 0; i < image_services(image) && on; i++) {
		image_service(image, i, &service);
		on = service.type == POLICY_EXPLICIT ? visit_explicit(&service, i, visitor, context)
						     : visit_transparent(image, &service, i, visitor, context);
	}
	return on;
}

/* Checking. */

struct check {
	const struct gateway *gateway;
	struct fault *fault;
	uint32_t count, limit;
	struct {
		struct ip_address address;
		uint16_t port;
	} seen[SERVICES_PLACES];
};

static bool is_own(const struct gateway *gateway, const struct ip_address *address)
{
	for (unsigned i = 0; i < gateway->port_count; i++)
		for (unsigned k = 0; k < gateway->ports[i].address_count; k++)
			if (memcmp(&gateway->ports[i].addresses[k].address, address, sizeof(*address)) == 0)
				return true;
	return false;
}

static bool check_place(void *context, const struct image_service *service, uint32_t number,
			const struct ip_address *address, uint16_t port)
{
	struct check *check = context;

	if (!address_is_unspecified(address) && !is_own(check->gateway, address))
		return fault_set(
		    check->fault,
		    "service %s listens at an address that no port of gateway.json has; give one of theirs",
		    service->name);
	for (uint32_t i = 0; i < check->count; i++)
		if (check->seen[i].port == port && address_equal(&check->seen[i].address, address))
			return true;
	if (check->count == check->limit)
		return fault_set(check->fault,
				 "the services take connections at more than %u places, the last of them those of %s; "
				 "raise limits.listeners in gateway.json",
				 check->limit, service->name);
	check->seen[check->count].address = *address;
	check->seen[check->count++].port = port;
	return true;
}

static int interface_named(const struct gateway *gateway, const char *name)
{
	for (unsigned i = 0; i < gateway->port_count; i++)
		if (strcmp(gateway->ports[i].name, name) == 0)
			return (int)i;
	return -1;
}

static bool check_interfaces(const struct image_header *image, const struct gateway *gateway, struct fault *fault)
{
	struct image_intercept intercept;
	struct image_service service;

	for (uint32_t i = 0; i < image_services(image); i++) {
		image_service(image, i, &service);
		for (uint32_t k = 0; k < service.intercepts.count; k++) {
			image_service_intercept(&service, image, k, &intercept);
			if (intercept.interface != NULL && interface_named(gateway, intercept.interface) < 0)
				return fault_set(fault,
						 "service %s intercepts on \"%s\", and gateway.json has no such port",
						 service.name, intercept.interface);
		}
	}
	return true;
}

bool services_check(const struct image_header *image, const struct gateway *gateway, uint32_t listeners,
		    struct fault *fault)
{
	struct check check = {.gateway = gateway, .fault = fault};

	check.limit = RTE_MIN(listeners, (uint32_t)SERVICES_PLACES);
	return check_interfaces(image, gateway, fault) && visit_places(image, check_place, &check);
}

/* Finding. */

static struct place **chain_of(struct services *services, uint16_t port)
{
	return &services->chains[port % CHAINS];
}

static struct place *find_place(struct services *services, const struct ip_address *address, uint16_t port)
{
	struct place *place = *chain_of(services, port);

	while (place != NULL && (place->port != port || !address_equal(&place->address, address)))
		place = place->next;
	return place;
}

static bool has_port(const struct image_intercept *intercept, uint16_t port)
{
	for (uint32_t i = 0; i < intercept->port_count; i++)
		if (intercept->ports[i] == port)
			return true;
	return false;
}

static bool intercepts(const struct services *services, const struct image_service *service, uint32_t number,
		       uint16_t interface, const struct tuple *tuple)
{
	struct image_intercept intercept;

	if (service->client_count > 0 && !decision_in_networks(&tuple->remote, service->clients, service->client_count))
		return false;
	for (uint32_t i = 0; i < service->intercepts.count; i++) {
		int on = services->interfaces[number][i];

		if (on != EVERY_INTERFACE && on != interface)
			continue;
		image_service_intercept(service, services->image, i, &intercept);
		if (has_port(&intercept, tuple->local_port) &&
		    decision_in_networks(&tuple->local, intercept.to, intercept.to_count))
			return true;
	}
	return false;
}

/* The first service that takes a connection has it: explicit ones take all, transparent ones what they intercept.
 * Segments and datagrams that are routed are looked up here too: so none but the services of their port are asked. */
static bool find_taker(const struct place *place, uint16_t interface, const struct tuple *tuple, uint32_t *found)
{
	const struct services *services = place->services;
	struct image_service service;

	for (unsigned i = 0; i < RTE_DIM(place->takers); i++) {
		for (uint64_t left = place->takers[i]; left != 0; left &= left - 1) {
			*found = i * 64 + (uint32_t)rte_bsf64(left);
			image_service(services->image, *found, &service);
			if (service.type == POLICY_EXPLICIT || intercepts(services, &service, *found, interface, tuple))
				return true;
		}
	}
	return false;
}

static bool claims(void *context, uint16_t interface, const struct tuple *tuple)
{
	uint32_t service;

	return find_taker(context, interface, tuple, &service);
}

/* QUIC would go around a proxy that intercepts TCP alone. */
static bool refuses_udp(void *context, uint16_t interface, const struct tuple *tuple)
{
	static const struct ip_address intercepted;
	struct services *services = context;
	struct image_service service;
	const struct place *place;
	uint32_t number;

	if (!(services->without_udp[tuple->local_port / 64] >> tuple->local_port % 64 & 1))
		return false;
	place = find_place(services, &intercepted, tuple->local_port);
	if (place == NULL || !find_taker(place, interface, tuple, &number))
		return false;
	image_service(services->image, number, &service);
	return !service.allow_udp;
}

bool services_find(const struct services *services, const struct tcp_connection *connection, uint32_t *service)
{
	const struct place *place = tcp_listener_context(connection);
	const struct tuple tuple = tcp_tuple(connection);
	struct tcp_info info;

	if (place == NULL || services->draining)
		return false;
	tcp_get_info(services->stack, connection, &info);
	return find_taker(place, info.interface, &tuple, service);
}

/* Taking. */

static struct place *begin_place(struct services *services, const struct ip_address *address, uint16_t port)
{
	struct place **chain = chain_of(services, port);
	struct place *place = services->free;

	if (place == NULL)
		return NULL;
	services->free = place->next;
	*place = (struct place){.address = *address, .port = port, .used = true, .services = services, .next = *chain};
	*chain = place;
	return place;
}

static void end_place(struct services *services, struct place *place)
{
	struct place **link = chain_of(services, place->port);

	if (place->listener != NULL)
		tcp_unlisten(services->stack, place->listener);
	while (*link != place)
		link = &(*link)->next;
	*link = place->next;
	*place = (struct place){.next = services->free};
	services->free = place;
}

static bool listen_at(struct services *services, struct place *place)
{
	const bool intercept = address_is_unspecified(&place->address);
	const struct tcp_listener_config config = {
	    .address = place->address,
	    .port = place->port,
	    .intercept = intercept,
	    .claims = intercept ? claims : NULL,
	    .options = services->options,
	    .context = place,
	};

	return tcp_listen(services->stack, &config, &place->listener) == TCP_OK;
}

static void name_interfaces(struct services *services)
{
	struct image_intercept intercept;
	struct image_service service;

	for (uint32_t i = 0; i < image_services(services->image); i++) {
		image_service(services->image, i, &service);
		for (uint32_t k = 0; k < service.intercepts.count; k++) {
			image_service_intercept(&service, services->image, k, &intercept);
			services->interfaces[i][k] =
			    (int8_t)(intercept.interface == NULL
					 ? EVERY_INTERFACE
					 : interface_named(services->gateway, intercept.interface));
		}
	}
}

static bool keep_place(void *context, const struct image_service *service, uint32_t number,
		       const struct ip_address *address, uint16_t port)
{
	struct place *place = find_place(context, address, port);

	if (place != NULL && !place->wanted) {
		place->wanted = true;
		memset(place->takers, 0, sizeof(place->takers));
	}
	return true;
}

static bool open_place(void *context, const struct image_service *service, uint32_t number,
		       const struct ip_address *address, uint16_t port)
{
	const bool intercept = address_is_unspecified(address);
	struct services *services = context;
	struct place *place = find_place(services, address, port);

	if (services->draining && !intercept)
		return true;
	if (place == NULL)
		place = begin_place(services, address, port);
	if (place == NULL) {
		services->refused++;
		return true;
	}
	place->takers[number / 64] |= UINT64_C(1) << number % 64;
	if (intercept && !service->allow_udp)
		services->without_udp[port / 64] |= UINT64_C(1) << port % 64;
	return true;
}

static void listen_at_all(struct services *services)
{
	for (uint32_t i = 0; i < services->count; i++) {
		struct place *place = &services->places[i];

		if (place->used && place->listener == NULL && !listen_at(services, place))
			services->refused++;
	}
}

/* Ends the places that nobody wants any more. */
static void sweep(struct services *services)
{
	for (uint32_t i = 0; i < services->count; i++) {
		struct place *place = &services->places[i];

		if (place->used && !place->wanted)
			end_place(services, place);
		place->wanted = false;
	}
}

void services_take(struct services *services, const struct image_header *image)
{
	services->image = image;
	services->refused = 0;
	name_interfaces(services);
	memset(services->without_udp, 0, sizeof(services->without_udp));
	/* In this order, as the places of both policies together may be more than there are. */
	visit_places(image, keep_place, services);
	sweep(services);
	visit_places(image, open_place, services);
	listen_at_all(services);
}

void services_drain(struct services *services)
{
	services->draining = true;
	for (uint32_t i = 0; i < services->count; i++)
		services->places[i].wanted = address_is_unspecified(&services->places[i].address);
	sweep(services);
}

/* Life. */

struct services *services_create(struct stack *stack, const struct gateway *gateway, uint32_t listeners,
				 const struct tcp_options *options)
{
	const uint32_t count = RTE_MIN(listeners, (uint32_t)SERVICES_PLACES);
	struct services *services = rte_zmalloc("services", sizeof(*services) + count * sizeof(struct place), 0);

	if (services == NULL)
		return NULL;
	for (services->count = 0; services->count < count; services->count++) {
		services->places[services->count].next = services->free;
		services->free = &services->places[services->count];
	}
	services->stack = stack;
	services->gateway = gateway;
	services->options = *options;
	udp_refuse_transit(stack, refuses_udp, services);
	return services;
}

void services_destroy(struct services *services)
{
	if (services == NULL)
		return;
	udp_refuse_transit(services->stack, NULL, NULL);
	sweep(services);
	rte_free(services);
}

uint32_t services_refused(const struct services *services)
{
	return services->refused;
}

uint32_t services_listeners(const struct services *services)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < services->count; i++)
		count += services->places[i].listener != NULL;
	return count;
}
