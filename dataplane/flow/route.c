/* SPDX-License-Identifier: BSD-3-Clause */
/* The way to the server: its addresses, and the first of them that answers. */
#include "inside.h"

#include "../dns/address_order.h"
#include "../dns/address_rules.h"

/* Whether the address that the client dialled is among those that DNS gives; opening->compared: it could be. */
static bool verify(struct flow *flow, const struct ip_address *original, const struct ip_address *addresses,
		   unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		flow->opening->compared |= address_is_ipv4(original) == address_is_ipv4(&addresses[i]);
		if (address_equal(original, &addresses[i]))
			return true;
	}
	flow->opening->unfit = REASON_ADDRESS_UNVERIFIED;
	return false;
}

/* How long the addresses of the other family wait for those of the client's (RFC 8305 section 3). */
#define RESOLUTION_DELAY 50000 /* microseconds */

/* The addresses that the service lets be dialled; of the others, opening->unfit tells why not. */
static unsigned choose_addresses(struct flow *flow, const struct image_service *service,
				 const struct ip_address *addresses, unsigned count, struct ip_address *chosen)
{
	static const struct gateway_prefix anywhere;
	const struct flows_config *config = &flow->flows->config;
	struct opening *opening = flow->opening;
	/* Who named the next proxy may have it where they like, but for the gateway itself. */
	const struct address_rules rules = {
	    .own = config->own,
	    .own_count = config->own_count,
	    .allowed = opening->next_hop ? &anywhere : service->private_networks,
	    .allowed_count = opening->next_hop ? 1 : service->private_network_count,
	};
	enum address_class class;
	unsigned kept = 0;

	for (unsigned i = 0; i < count; i++) {
		if (!address_rules_allow(&rules, &addresses[i], &class)) {
			opening->unfit = class == ADDRESS_OWN ? REASON_ADDRESS_OWN : REASON_ADDRESS_FORBIDDEN;
			report_unfit(flow, &addresses[i]);
		} else if (kept < DIAL_ADDRESSES) {
			chosen[kept++] = addresses[i];
		}
	}
	return kept;
}

/* Puts addresses with those that are kept already, the client's family first. */
static void keep_addresses(struct flow *flow, const struct ip_address *addresses, unsigned count)
{
	struct opening *opening = flow->opening;
	const struct tuple tuple = tcp_tuple(flow->client);
	bool ipv4 = address_is_ipv4(&tuple.remote);
	struct ip_address sorted[2][2 * DIAL_ADDRESSES];
	unsigned counts[2] = {0};

	for (unsigned i = 0; i < opening->address_count + count; i++) {
		const struct ip_address *address =
		    i < opening->address_count ? &opening->addresses[i] : &addresses[i - opening->address_count];
		unsigned family = address_is_ipv4(address) != ipv4;

		sorted[family][counts[family]++] = *address;
	}
	opening->address_count =
	    address_order(sorted[0], counts[0], sorted[1], counts[1], opening->addresses, DIAL_ADDRESSES);
}

static void take_addresses(struct flow *flow, const struct image_service *service, const struct ip_address *addresses,
			   unsigned count)
{
	struct opening *opening = flow->opening;
	struct ip_address chosen[DIAL_ADDRESSES];

	count = choose_addresses(flow, service, addresses, count, chosen);
	if (opening->dialling)
		dial_add(&opening->dial, flow->flows->config.stack, chosen, count, flow->flows->now);
	else
		keep_addresses(flow, chosen, count);
}

/* What there is to dial when nothing more comes. */
static enum step_result conclude(struct flow *flow)
{
	static const uint8_t reasons[] = {
	    [FLOWS_ANSWER_ADDRESSES] = REASON_NAME_NOT_FOUND, [FLOWS_ANSWER_NONE] = REASON_NAME_NOT_FOUND,
	    [FLOWS_ANSWER_FAILED] = REASON_DNS_FAILED,	      [FLOWS_ANSWER_TIMEOUT] = REASON_DNS_TIMEOUT,
	    [FLOWS_ANSWER_DENIED] = REASON_DENIED_ALIAS,
	};
	const struct opening *opening = flow->opening;
	/* Where DNS was not to be asked about the family that the client dialled, the other one tells nothing of it. */
	bool unsure = opening->unfit == REASON_ADDRESS_UNVERIFIED && !opening->compared &&
		      opening->worst_answer > FLOWS_ANSWER_NONE;

	if (opening->worst_answer != FLOWS_ANSWER_DENIED && opening->address_count > 0)
		return STEP_DONE;
	if (opening->worst_answer != FLOWS_ANSWER_DENIED && opening->unfit != REASON_ALLOWED && !unsure)
		return flow_refuse(flow, opening->unfit);
	return flow_refuse(flow, (enum reason)reasons[opening->worst_answer]);
}

static bool is_known(const struct flow *flow)
{
	const struct opening *opening = flow->opening;
	const struct tuple tuple = tcp_tuple(flow->client);

	return opening->address_count > 0 && address_is_ipv4(&opening->addresses[0]) == address_is_ipv4(&tuple.remote);
}

void route_resolved(struct flow *flow, enum flows_answer answer, const struct ip_address *addresses, unsigned count,
		    bool more)
{
	struct opening *opening = flow->opening;
	const struct tuple tuple = tcp_tuple(flow->client);
	struct image_service service;

	if (answer > opening->worst_answer)
		opening->worst_answer = answer;
	if (!flow_service(flow, &service))
		opening->unfit = REASON_DENIED_ANY;
	else if (answer != FLOWS_ANSWER_ADDRESSES || count == 0)
		;
	else if (service.type != POLICY_TRANSPARENT || service.server_address != POLICY_SERVER_VERIFY)
		take_addresses(flow, &service, addresses, count);
	else if (verify(flow, &tuple.local, addresses, count))
		take_addresses(flow, &service, &tuple.local, 1);
	if (!opening->answered)
		flow->record.time_dns = flow->flows->now - opening->route_began;
	if (!more || answer == FLOWS_ANSWER_DENIED || is_known(flow))
		opening->answered = true;
	else if (opening->address_count > 0)
		timer_set(&flow->flows->wheel, &flow->timer, flow->flows->now + RESOLUTION_DELAY);
}

static enum step_result go_to(struct flow *flow, const struct ip_address *address)
{
	struct image_service service;

	if (!flow_service(flow, &service))
		return flow_refuse(flow, REASON_DENIED_ANY);
	take_addresses(flow, &service, address, 1);
	return conclude(flow);
}

enum step_result route_check_address(struct flow *flow)
{
	const struct authority *target = &flow->opening->target;
	struct image_service service;
	struct ip_address chosen;

	if (target->name[0] != '\0')
		return STEP_DONE;
	if (!flow_service(flow, &service))
		return flow_refuse(flow, REASON_DENIED_ANY);
	return choose_addresses(flow, &service, &target->address, 1, &chosen) == 1
		   ? STEP_DONE
		   : flow_refuse(flow, flow->opening->unfit);
}

enum step_result route_resolve(struct flow *flow)
{
	const struct flows_resolver *resolver = &flow->flows->config.resolver;
	struct opening *opening = flow->opening;

	if (opening->answered)
		return conclude(flow);
	if (opening->asked)
		return STEP_WAIT;
	if (opening->target.name[0] == '\0')
		return go_to(flow, &opening->target.address);
	if (resolver->ask == NULL)
		return flow_refuse(flow, REASON_NO_DNS);
	opening->route_began = flow->flows->now;
	opening->asked = resolver->ask(resolver->context, opening->target.name, flow);
	return opening->asked ? STEP_WAIT : flow_refuse(flow, REASON_OVERLOAD);
}

enum step_result route_resolve_transparent(struct flow *flow)
{
	const struct tuple tuple = tcp_tuple(flow->client);
	struct image_service service;

	/* Without a name there is nothing to resolve, whatever the service says. */
	if (flow->opening->target.name[0] == '\0' ||
	    (flow_service(flow, &service) && service.server_address == POLICY_SERVER_ORIGINAL))
		return go_to(flow, &tuple.local);
	return route_resolve(flow);
}

enum step_result route_resolve_late(struct flow *flow)
{
	flow->opening->answered = true;
	return conclude(flow);
}

void route_forget(struct flow *flow)
{
	const struct flows_resolver *resolver = &flow->flows->config.resolver;

	if (flow->opening->asked)
		resolver->forget(resolver->context, flow);
	flow->opening->asked = false;
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

	/* Where nobody answered, another address may still come. */
	if (state == DIAL_FAILED && opening->asked && flow->flows->now < opening->dial.request.deadline)
		state = DIAL_WAITING;
	if (state == DIAL_WAITING) {
		timer_set(&flow->flows->wheel, &flow->timer, dial_deadline(&opening->dial));
		return STEP_WAIT;
	}
	opening->dialling = false;
	route_forget(flow);
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

	/* An alias that is denied may come to light late. */
	if (opening->worst_answer == FLOWS_ANSWER_DENIED)
		return conclude(flow);
	if (!opening->dialling)
		return begin_dial(flow);
	/* Its own connections tell it by events; whatever else happened may be that its time has come. */
	if (opening->dial.connection != NULL)
		return dialled(flow, DIAL_CONNECTED);
	return dialled(flow, dial_poll(&opening->dial, flow->flows->config.stack, flow->flows->now));
}
