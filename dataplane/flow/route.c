/* SPDX-License-Identifier: BSD-3-Clause */
/* The way to the server: its addresses, and the first of them that answers. */
#include "inside.h"

#include "../dns/address_order.h"
#include "../dns/address_rules.h"

static bool verified(const struct ip_address *original, const struct ip_address *addresses, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (address_equal(original, &addresses[i]))
			return true;
	return false;
}

/* Keeps what may be dialled, those of the client's family first. STEP_REFUSED if nothing is left. */
static enum step_result keep_addresses(struct flow *flow, const struct ip_address *addresses, unsigned count)
{
	const struct flows_config *config = &flow->flows->config;
	const struct tuple tuple = tcp_tuple(flow->client);
	bool ipv4 = address_is_ipv4(&tuple.remote);
	struct ip_address sorted[2][DIAL_ADDRESSES];
	unsigned counts[2] = {0};
	static const struct gateway_prefix anywhere;
	struct image_service service;
	struct address_rules rules = {.own = config->own, .own_count = config->own_count};
	enum address_class class = ADDRESS_PUBLIC;

	if (!flow_service(flow, &service))
		return flow_refuse(flow, REASON_DENIED_ANY);
	/* Who named the next proxy may have it where they like, but for the gateway itself. */
	rules.allowed = flow->opening->next_hop ? &anywhere : service.private_networks;
	rules.allowed_count = flow->opening->next_hop ? 1 : service.private_network_count;
	for (unsigned i = 0; i < count; i++) {
		unsigned family = address_is_ipv4(&addresses[i]) != ipv4;

		if (address_rules_allow(&rules, &addresses[i], &class) && counts[family] < DIAL_ADDRESSES)
			sorted[family][counts[family]++] = addresses[i];
	}
	flow->opening->address_count =
	    address_order(sorted[0], counts[0], sorted[1], counts[1], flow->opening->addresses, DIAL_ADDRESSES);
	if (flow->opening->address_count > 0)
		return STEP_DONE;
	return flow_refuse(flow, class == ADDRESS_OWN ? REASON_ADDRESS_OWN : REASON_ADDRESS_FORBIDDEN);
}

static enum step_result keep_original(struct flow *flow)
{
	const struct tuple tuple = tcp_tuple(flow->client);

	return keep_addresses(flow, &tuple.local, 1);
}

void route_resolved(struct flow *flow, enum flows_answer answer, const struct ip_address *addresses, unsigned count)
{
	static const uint8_t reasons[] = {
	    [FLOWS_ANSWER_NONE] = REASON_NAME_NOT_FOUND,
	    [FLOWS_ANSWER_FAILED] = REASON_DNS_FAILED,
	    [FLOWS_ANSWER_TIMEOUT] = REASON_DNS_TIMEOUT,
	    [FLOWS_ANSWER_DENIED] = REASON_DENIED_ALIAS,
	};
	struct opening *opening = flow->opening;
	struct image_service service;
	const struct tuple tuple = tcp_tuple(flow->client);

	opening->answered = true;
	flow->record.time_dns = flow->flows->now - opening->route_began;
	if (answer != FLOWS_ANSWER_ADDRESSES || count == 0) {
		opening->route = flow_refuse(flow, answer == FLOWS_ANSWER_ADDRESSES ? REASON_NAME_NOT_FOUND
										    : (enum reason)reasons[answer]);
	} else if (flow_service(flow, &service) && service.type == POLICY_TRANSPARENT &&
		   service.server_address == POLICY_SERVER_VERIFY) {
		opening->route = verified(&tuple.local, addresses, count)
				     ? keep_original(flow)
				     : flow_refuse(flow, REASON_ADDRESS_UNVERIFIED);
	} else {
		opening->route = keep_addresses(flow, addresses, count);
	}
}

static enum step_result ask(struct flow *flow)
{
	const struct flows_resolver *resolver = &flow->flows->config.resolver;
	struct opening *opening = flow->opening;

	opening->route_began = flow->flows->now;
	if (!resolver->ask(resolver->context, opening->target.name, flow))
		return flow_refuse(flow, REASON_OVERLOAD);
	if (opening->answered)
		return opening->route;
	opening->asked = true;
	return STEP_WAIT;
}

enum step_result route_resolve(struct flow *flow)
{
	struct opening *opening = flow->opening;

	if (opening->answered)
		return opening->route;
	if (opening->asked)
		return STEP_WAIT;
	if (opening->target.name[0] == '\0')
		return keep_addresses(flow, &opening->target.address, 1);
	return ask(flow);
}

enum step_result route_resolve_transparent(struct flow *flow)
{
	struct image_service service;

	/* Without a name there is nothing to resolve, whatever the service says. */
	if (flow->opening->target.name[0] == '\0' ||
	    (flow_service(flow, &service) && service.server_address == POLICY_SERVER_ORIGINAL))
		return keep_original(flow);
	return route_resolve(flow);
}

static enum step_result dialled(struct flow *flow, enum dial_state state)
{
	static const uint8_t reasons[] = {
	    [DIAL_NO_ADDRESS] = REASON_SERVER_UNREACHABLE,
	    [DIAL_UNREACHABLE] = REASON_SERVER_UNREACHABLE,
	    [DIAL_REFUSED] = REASON_SERVER_REFUSED,
	    [DIAL_TIMEOUT] = REASON_CONNECT_TIMEOUT,
	    [DIAL_EXHAUSTED] = REASON_OVERLOAD,
	};
	struct opening *opening = flow->opening;

	if (state == DIAL_WAITING) {
		timer_set(&flow->flows->wheel, &flow->timer, dial_deadline(&opening->dial));
		return STEP_WAIT;
	}
	opening->dialling = false;
	flow->record.time_connect = flow->flows->now - opening->route_began;
	timer_cancel(&flow->flows->wheel, &flow->timer);
	if (state == DIAL_FAILED)
		return flow_refuse(flow, (enum reason)reasons[opening->dial.failure]);
	flow->server = opening->dial.connection;
	report_server(flow);
	return STEP_DONE;
}

static enum step_result begin_dial(struct flow *flow)
{
	struct flows *flows = flow->flows;
	struct opening *opening = flow->opening;
	struct dial_request request = {
	    .remote_port = opening->target.port,
	    .options = flows->config.options,
	    .deadline = flows->now + (uint64_t)flow->timeouts.connect * 1000,
	    .context = flow,
	};
	struct image_service service;

	if (flow_service(flow, &service) && service.source_address == POLICY_SOURCE_CLIENT) {
		request.local = tcp_tuple(flow->client).remote;
		request.foreign = true;
	}
	opening->dialling = true;
	opening->route_began = flows->now;
	return dialled(flow, dial_begin(&opening->dial, flows->config.stack, &request, opening->addresses,
					opening->address_count, flows->now));
}

enum step_result route_dial(struct flow *flow)
{
	struct opening *opening = flow->opening;

	if (!opening->dialling)
		return begin_dial(flow);
	/* Its own connections tell it by events; whatever else happened may be that its time has come. */
	if (opening->dial.connection != NULL)
		return dialled(flow, DIAL_CONNECTED);
	return dialled(flow, dial_poll(&opening->dial, flow->flows->config.stack, flow->flows->now));
}
