/* SPDX-License-Identifier: BSD-3-Clause */
#include "proxy.h"

#include <string.h>

#include <rte_malloc.h>

#include <tcpstack/udp.h>

#include "../credential_check.h"
#include "../dns/resolver.h"
#include "../entropy.h"
#include "../gateway_stack.h"
#include "counters.h"
#include "inside.h"
#include "services.h"

#define EVENTS_PER_RUN 256
#define OPENINGS_PART 4 /* one flow in so many may be opening at a time */

struct proxy {
	struct application_place place;
	struct services *services;
	struct flows *flows;
	struct resolver *resolver;   /* NULL: no DNS servers are configured */
	struct dns_request *telling; /* that a flow is being told of; NULL once that flow has taken it back */
	struct entropy entropy;
	struct http_answers answers;
	struct worker_policy policy; /* in force; all zero: none */
	struct ip_address own[GATEWAY_PORTS * GATEWAY_PORT_ADDRESSES];
	unsigned own_count;
};

/* Names. */

static bool ask(void *context, const char *name, struct flow *flow)
{
	struct proxy *proxy = context;

	flow->opening->question = resolver_ask(proxy->resolver, name, DNS_BOTH, flow);
	return flow->opening->question != NULL;
}

static void forget(void *context, struct flow *flow)
{
	struct proxy *proxy = context;

	if (proxy->telling == flow->opening->question)
		proxy->telling = NULL;
	resolver_release(proxy->resolver, flow->opening->question);
}

static enum flows_answer answer_of(enum dns_outcome outcome)
{
	switch (outcome) {
	case DNS_ADDRESSES:
		return FLOWS_ANSWER_ADDRESSES;
	case DNS_FAILED:
		return FLOWS_ANSWER_FAILED;
	case DNS_TIMED_OUT:
		return FLOWS_ANSWER_TIMEOUT;
	default:
		return FLOWS_ANSWER_NONE;
	}
}

static bool alias_denied(struct flow *flow, const struct dns_answer *answer)
{
	const char *alias = answer->aliases;

	for (unsigned i = 0; i < answer->alias_count; i++, alias += strlen(alias) + 1)
		if (flows_deny_alias(flow, alias))
			return true;
	return false;
}

static bool any_alias_denied(struct flow *flow, const struct dns_request *request)
{
	for (unsigned family = 0; family < DNS_FAMILIES; family++) {
		const struct dns_answer *said = dns_request_answer(request, (enum dns_family)family);

		if (said != NULL && alias_denied(flow, said))
			return true;
	}
	return false;
}

/* Tells a flow what one family gave. Whether that was the last that the request has to tell. */
static bool tell(struct proxy *proxy, struct dns_request *request, enum dns_family family)
{
	struct flow *flow = dns_request_context(request);
	const struct dns_answer *said = dns_request_answer(request, family);
	enum flows_answer answer = answer_of(dns_request_outcome(request, family));
	bool more;

	if (any_alias_denied(flow, request))
		answer = FLOWS_ANSWER_DENIED;
	flow->opening->told |= 1u << family;
	more = flow->opening->told != DNS_BOTH && answer != FLOWS_ANSWER_DENIED;
	proxy->telling = request;
	flows_resolved(flow, answer, said == NULL ? NULL : said->addresses, said == NULL ? 0 : said->address_count,
		       more, stack_now(proxy->place.stack));
	if (!more)
		resolver_release(proxy->resolver, request);
	/* The flow may have had enough. */
	return !more || proxy->telling == NULL;
}

static void meet_answer(struct proxy *proxy, struct dns_request *request)
{
	const struct flow *flow = dns_request_context(request);
	const struct tuple tuple = tcp_tuple(flow->client);
	enum dns_family first = address_is_ipv4(&tuple.remote) ? DNS_IPV4 : DNS_IPV6;

	for (unsigned i = 0; i < DNS_FAMILIES; i++) {
		enum dns_family family = i == 0 ? first : (enum dns_family)(DNS_FAMILIES - 1 - first);

		if (!(flow->opening->told & 1u << family) && dns_request_outcome(request, family) != DNS_PENDING &&
		    tell(proxy, request, family))
			return;
	}
}

static unsigned meet_answers(struct proxy *proxy)
{
	struct dns_request *request;
	unsigned count = 0;

	resolver_advance(proxy->resolver);
	for (; count < EVENTS_PER_RUN && (request = resolver_next_event(proxy->resolver)) != NULL; count++)
		meet_answer(proxy, request);
	return count;
}

/* Connections. */

static void meet_client(struct proxy *proxy, struct tcp_connection *connection, unsigned events)
{
	struct image_service service;
	uint32_t number;

	if (!services_find(proxy->services, connection, &number)) {
		tcp_reset(proxy->place.stack, connection);
		tcp_release(proxy->place.stack, connection);
		return;
	}
	image_service(proxy->policy.image, number, &service);
	flows_accept(proxy->flows, flow_kind_of(&service), number, connection, events, stack_now(proxy->place.stack));
}

static unsigned meet_connections(struct proxy *proxy)
{
	struct stack *stack = proxy->place.stack;
	struct tcp_connection *connection;
	unsigned count = 0;
	unsigned events;

	while (count < EVENTS_PER_RUN && (connection = tcp_next_event(stack, &events)) != NULL) {
		count++;
		if (proxy->resolver != NULL && resolver_meet_connection(proxy->resolver, connection, events))
			continue;
		if (events & TCP_EVENT_ACCEPTED)
			meet_client(proxy, connection, events);
		else
			flows_event(proxy->flows, connection, events, stack_now(stack));
	}
	return count;
}

static unsigned meet_sockets(struct proxy *proxy)
{
	struct udp_socket *socket;
	unsigned count = 0;

	while (proxy->resolver != NULL && (socket = udp_next_event(proxy->place.stack)) != NULL) {
		resolver_meet_socket(proxy->resolver, socket);
		count++;
	}
	return count;
}

/* The policy. */

static unsigned take_policy(struct proxy *proxy)
{
	struct worker_policy *policy = &proxy->policy;

	if (proxy->place.feed == NULL || !policy_feed_offer(proxy->place.feed, proxy->place.worker, policy))
		return 0;
	stack_set_forwarding(proxy->place.stack, proxy->place.gateway->forwarding);
	services_take(proxy->services, policy->image);
	flows_take_policy(proxy->flows, &(struct flows_policy){
					    .image = policy->image, .scratch = policy->scratch, .hits = policy->hits});
	if (policy->reevaluate)
		flows_reevaluate(proxy->flows);
	policy_feed_taken(proxy->place.feed, proxy->place.worker);
	return 1;
}

static unsigned run(void *instance)
{
	struct proxy *proxy = instance;
	unsigned count = take_policy(proxy);

	if (proxy->place.credentials != NULL)
		count += credential_check_take(proxy->place.credentials, stack_now(proxy->place.stack));
	count += flows_advance(proxy->flows, stack_now(proxy->place.stack));
	count += flows_sweep(proxy->flows, stack_now(proxy->place.stack));
	if (proxy->place.listing != NULL)
		count += flows_list(proxy->flows, proxy->place.listing, stack_now(proxy->place.stack));
	count += meet_sockets(proxy);
	count += meet_connections(proxy);
	if (proxy->resolver != NULL)
		count += meet_answers(proxy);
	return count;
}

/* Life. */

static uint64_t draw(void *context)
{
	return entropy_draw(context);
}

static void *allocate(void *context, size_t size)
{
	return rte_zmalloc("resolver", size, RTE_CACHE_LINE_SIZE);
}

static void release(void *context, void *memory)
{
	rte_free(memory);
}

static void collect_own(struct proxy *proxy)
{
	const struct gateway *gateway = proxy->place.gateway;

	for (unsigned i = 0; i < gateway->port_count; i++)
		for (unsigned k = 0; k < gateway->ports[i].address_count; k++)
			proxy->own[proxy->own_count++] = gateway_stack_address(&gateway->ports[i].addresses[k].address);
}

static struct tcp_options options_of(const struct gateway *gateway)
{
	struct stack_config defaults;

	stack_defaults(&defaults);
	defaults.tcp.options.timestamps = gateway->tcp.timestamps;
	defaults.tcp.options.sack = gateway->tcp.sack;
	defaults.tcp.options.window_scaling = gateway->tcp.window_scaling;
	defaults.tcp.options.window_scale = gateway->tcp.window_scale;
	defaults.tcp.options.mss = gateway->tcp.mss;
	return defaults.tcp.options;
}

static bool create_resolver(struct proxy *proxy, const struct tcp_options *options, struct fault *fault)
{
	const struct gateway *gateway = proxy->place.gateway;
	const struct resolver_config config = {
	    .environment = {.context = &proxy->entropy, .random = draw, .allocate = allocate, .release = release},
	    .stack = proxy->place.stack,
	    .dns = &gateway->dns,
	    .tcp_options = *options,
	};

	if (gateway->dns.server_count == 0)
		return true;
	proxy->resolver = resolver_create(&config);
	return proxy->resolver != NULL || fault_set(fault, "no memory to resolve names; raise memory.megabytes");
}

static bool create_flows(struct proxy *proxy, const struct tcp_options *options, struct fault *fault)
{
	struct flows_config config = {
	    .stack = proxy->place.stack,
	    .options = *options,
	    .answers = &proxy->answers,
	    .pseudonym = proxy->place.pseudonym,
	    .resolver = {.context = proxy, .ask = proxy->resolver == NULL ? NULL : ask, .forget = forget},
	    .own = proxy->own,
	    .own_count = proxy->own_count,
	    .log = proxy->place.flows,
	    .clients = proxy->place.clients,
	    .first_flow = entropy_draw(&proxy->entropy),
	};

	if (proxy->place.credentials != NULL)
		config.verifier = credential_check_verifier(proxy->place.credentials);
	config.flows = gateway_stack_connections(proxy->place.gateway) / 2 + 1;
	config.held = (uint64_t)proxy->place.buffers * rte_pktmbuf_data_room_size(stack_pool(proxy->place.stack));
	config.openings = config.flows / OPENINGS_PART + 1;
	proxy->flows = flows_create(&config, stack_now(proxy->place.stack), fault);
	return proxy->flows != NULL;
}

static void destroy(void *instance)
{
	struct proxy *proxy = instance;

	flows_destroy(proxy->flows);
	services_destroy(proxy->services);
	if (proxy->resolver != NULL)
		resolver_destroy(proxy->resolver);
	rte_free(proxy);
}

static void *create(const struct application_place *place, struct fault *fault)
{
	struct proxy *proxy = rte_zmalloc("proxy", sizeof(*proxy), RTE_CACHE_LINE_SIZE);
	const struct tcp_options options = options_of(place->gateway);

	if (proxy == NULL) {
		fault_set(fault, "no memory for the proxy; raise memory.megabytes");
		return NULL;
	}
	proxy->place = *place;
	collect_own(proxy);
	stack_set_forwarding(place->stack, false);
	http_answers_build(&proxy->answers, "sluice");
	proxy->services =
	    services_create(place->stack, place->gateway, gateway_stack_listeners(place->gateway), &options);
	if (proxy->services == NULL)
		fault_set(fault, "no memory for listeners; raise memory.megabytes");
	if (proxy->services == NULL || !create_resolver(proxy, &options, fault) ||
	    !create_flows(proxy, &options, fault)) {
		destroy(proxy);
		return NULL;
	}
	return proxy;
}

static void drain(void *instance)
{
	struct proxy *proxy = instance;

	services_drain(proxy->services);
	flows_drain(proxy->flows, stack_now(proxy->place.stack));
}

static bool drained(const void *instance)
{
	return ((const struct proxy *)instance)->flows->counters.open == 0;
}

static void read_counters(const void *instance, uint64_t values[APPLICATION_COUNTERS])
{
	const struct proxy *proxy = instance;

	counters_read(&(struct counters_source){.flows = proxy->flows,
						.services = proxy->services,
						.credentials = proxy->place.credentials,
						.resolver = proxy->resolver},
		      values);
}

static const char *name_of_reason(unsigned reason)
{
	return reason < REASONS ? reason_name((enum reason)reason) : NULL;
}

const struct application proxy_application = {
    .name = "proxy",
    .reason_name = name_of_reason,
    .create = create,
    .run = run,
    .counter = counters_describe,
    .read_counters = read_counters,
    .drain = drain,
    .drained = drained,
    .destroy = destroy,
};
