/* SPDX-License-Identifier: BSD-3-Clause */
#include "services.h"

#include <string.h>

#include <rte_malloc.h>

#include <tcpstack/udp.h>

#include "inside.h"

#define PORTS 65536

/* A place where connections are taken: an address and port of the gateway's, or an intercepted port. */
struct place {
	struct ip_address address; /* zero: intercepted */
	uint16_t port;
	bool used;
	bool wanted; /* by the policy that is being taken */
	struct services *services;
	struct tcp_listener *listener;
};

struct services {
	struct stack *stack;
	const struct gateway *gateway;
	const struct image_header *image;
	struct tcp_options options;
	bool draining;
	uint32_t refused;
	uint64_t intercepted[PORTS / 64]; /* a bit for each port that a service intercepts */
	uint32_t count;			  /* of places[] */
	struct place places[];
};

/* Walks over the places of a policy. `visit` is given each once for each service that has it; false ends the walk. */
typedef bool visit(void *context, const struct image_service *service, const struct ip_address *address, uint16_t port);

static bool visit_explicit(const struct image_service *service, visit *visitor, void *context)
{
	struct ip_address address;

	for (uint32_t i = 0; i < service->listener_count; i++) {
		memcpy(&address, &service->listeners[i].address, sizeof(address));
		if (!visitor(context, service, &address, service->listeners[i].port))
			return false;
	}
	return true;
}

static bool visit_transparent(const struct image_header *image, const struct image_service *service, visit *visitor,
			      void *context)
{
	static const struct ip_address intercepted;
	struct image_intercept intercept;

	for (uint32_t i = 0; i < service->intercepts.count; i++) {
		image_service_intercept(service, image, i, &intercept);
		for (uint32_t k = 0; k < intercept.port_count; k++)
			if (!visitor(context, service, &intercepted, intercept.ports[k]))
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
		on = service.type == POLICY_EXPLICIT ? visit_explicit(&service, visitor, context)
						     : visit_transparent(image, &service, visitor, context);
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

static bool check_place(void *context, const struct image_service *service, const struct ip_address *address,
			uint16_t port)
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

static bool takes(const struct services *services, const struct image_service *service, uint32_t number,
		  uint16_t interface, const struct tuple *tuple)
{
	struct image_intercept intercept;
	bool port = false;

	image_service_intercept(service, services->image, number, &intercept);
	for (uint32_t i = 0; i < intercept.port_count && !port; i++)
		port = intercept.ports[i] == tuple->local_port;
	if (!port ||
	    (intercept.interface != NULL && interface_named(services->gateway, intercept.interface) != (int)interface))
		return false;
	return decision_in_networks(&tuple->local, intercept.to, intercept.to_count);
}

/* The first transparent service that takes a connection has it. Every packet of UDP that is routed is looked up here,
 * and hardly any of them is for a port that matters. */
static bool find_transparent(const struct services *services, uint16_t interface, const struct tuple *tuple,
			     uint32_t *found)
{
	struct image_service service;

	if (!(services->intercepted[tuple->local_port / 64] >> tuple->local_port % 64 & 1))
		return false;
	for (uint32_t i = 0; services->image != NULL && i < image_services(services->image); i++) {
		image_service(services->image, i, &service);
		if (service.type != POLICY_TRANSPARENT ||
		    (service.client_count > 0 &&
		     !decision_in_networks(&tuple->remote, service.clients, service.client_count)))
			continue;
		for (uint32_t k = 0; k < service.intercepts.count; k++) {
			if (takes(services, &service, k, interface, tuple)) {
				*found = i;
				return true;
			}
		}
	}
	return false;
}

static bool claims(void *context, uint16_t interface, const struct tuple *tuple)
{
	const struct place *place = context;
	uint32_t service;

	return find_transparent(place->services, interface, tuple, &service);
}

static bool find_explicit(const struct services *services, const struct tuple *tuple, uint32_t *found)
{
	struct image_service service;

	for (uint32_t i = 0; services->image != NULL && i < image_services(services->image); i++) {
		image_service(services->image, i, &service);
		for (uint32_t k = 0; k < service.listener_count; k++) {
			if (service.listeners[k].port == tuple->local_port &&
			    memcmp(&service.listeners[k].address, &tuple->local, sizeof(tuple->local)) == 0) {
				*found = i;
				return true;
			}
		}
	}
	return false;
}

/* QUIC would go around a proxy that intercepts TCP alone. */
static bool refuses_udp(void *context, uint16_t interface, const struct tuple *tuple)
{
	const struct services *services = context;
	struct image_service service;
	uint32_t number;

	if (!find_transparent(services, interface, tuple, &number))
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
	if (!address_is_unspecified(&place->address))
		return find_explicit(services, &tuple, service);
	tcp_get_info(services->stack, connection, &info);
	return find_transparent(services, info.interface, &tuple, service);
}

/* Taking. */

static struct place *find_place(struct services *services, const struct ip_address *address, uint16_t port)
{
	for (uint32_t i = 0; i < services->count; i++) {
		struct place *place = &services->places[i];

		if (place->used && place->port == port && address_equal(&place->address, address))
			return place;
	}
	return NULL;
}

static struct place *free_place(struct services *services)
{
	for (uint32_t i = 0; i < services->count; i++)
		if (!services->places[i].used)
			return &services->places[i];
	return NULL;
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

static bool mark_port(void *context, const struct image_service *service, const struct ip_address *address,
		      uint16_t port)
{
	struct services *services = context;

	if (address_is_unspecified(address))
		services->intercepted[port / 64] |= UINT64_C(1) << port % 64;
	return true;
}

static bool keep_place(void *context, const struct image_service *service, const struct ip_address *address,
		       uint16_t port)
{
	struct place *place = find_place(context, address, port);

	if (place != NULL)
		place->wanted = true;
	return true;
}

static bool open_place(void *context, const struct image_service *service, const struct ip_address *address,
		       uint16_t port)
{
	struct services *services = context;
	struct place *place;

	if ((services->draining && !address_is_unspecified(address)) || find_place(services, address, port) != NULL)
		return true;
	place = free_place(services);
	if (place != NULL) {
		*place = (struct place){.address = *address, .port = port, .services = services};
		place->used = listen_at(services, place);
	}
	services->refused += place == NULL || !place->used;
	return true;
}

/* Ends the places that nobody wants any more. */
static void sweep(struct services *services)
{
	for (uint32_t i = 0; i < services->count; i++) {
		struct place *place = &services->places[i];

		if (place->used && !place->wanted) {
			tcp_unlisten(services->stack, place->listener);
			place->used = false;
		}
		place->wanted = false;
	}
}

void services_take(struct services *services, const struct image_header *image)
{
	services->image = image;
	memset(services->intercepted, 0, sizeof(services->intercepted));
	visit_places(image, mark_port, services);
	services->refused = 0;
	/* In this order, as the places of both policies together may be more than there are. */
	visit_places(image, keep_place, services);
	sweep(services);
	visit_places(image, open_place, services);
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
	struct services *services =
	    rte_zmalloc("services", sizeof(*services) + (size_t)listeners * sizeof(struct place), 0);

	if (services == NULL)
		return NULL;
	services->stack = stack;
	services->gateway = gateway;
	services->options = *options;
	services->count = listeners;
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
		count += services->places[i].used;
	return count;
}
