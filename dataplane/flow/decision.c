/* SPDX-License-Identifier: BSD-3-Clause */
#include "inside.h"

#include <string.h>

#include "../gateway_stack.h"
#include "explicit.h"
#include "transparent.h"

const struct flow_kind *flow_kind_of(const struct image_service *service)
{
	if (service->type != POLICY_EXPLICIT)
		return &flow_transparent;
	return service->connect == POLICY_CONNECT_FORWARD ? &flow_explicit_forward : &flow_explicit;
}

/* Whether the flow is of that kind from now on: kinds of one type begin with the same steps, up to the first decision,
 * and can be changed as long as no other step has begun. */
static bool become(struct flow *flow, const struct flow_kind *kind)
{
	const struct step *steps = flow->kind->steps;
	const size_t place = (size_t)(flow->step - steps);

	if (kind->type != flow->kind->type)
		return false;
	for (size_t i = 0; i <= place; i++)
		if (kind->steps[i].run != steps[i].run)
			return false;
	flow->kind = kind;
	flow->step = &kind->steps[place];
	return true;
}

/* The place of the service with the flow's name that is, or can be, of its kind; as many as there are services if there
 * is none. */
static uint32_t place_of_service(struct flow *flow, const struct image_header *image)
{
	const struct flow_record *record = &flow->record;
	const char *name = record->octets + record->texts[FLOW_TEXT_SERVICE].first;
	size_t length = record->texts[FLOW_TEXT_SERVICE].length;
	struct image_service view;
	uint32_t place;

	for (place = 0; place < image_services(image); place++) {
		image_service(image, place, &view);
		if (strlen(view.name) == length && memcmp(view.name, name, length) == 0)
			return flow_kind_of(&view) == flow->kind || become(flow, flow_kind_of(&view))
				   ? place
				   : image_services(image);
	}
	return place;
}

bool flow_service(struct flow *flow, struct image_service *view)
{
	const struct image_header *image = flow->flows->policy.image;

	if (image == NULL)
		return false;
	if (flow->service_generation != image->generation) {
		flow->service = place_of_service(flow, image);
		flow->service_generation = image->generation;
	}
	if (flow->service >= image_services(image))
		return false;
	image_service(image, flow->service, view);
	return true;
}

static enum reason reason_of(const struct image_result *result)
{
	switch (result->match) {
	case IMAGE_MATCH_ROW:
		return REASON_DENIED_ROW;
	case IMAGE_MATCH_UNCATEGORIZED:
		return REASON_DENIED_UNCATEGORIZED;
	case IMAGE_MATCH_NO_FQDN:
		return REASON_DENIED_NO_FQDN;
	default:
		return REASON_DENIED_ANY;
	}
}

static void look_up(const struct flow *flow, const struct image_service *service, const char *name,
		    const struct ip_address *address, struct image_result *result)
{
	const struct flows_policy *policy = &flow->flows->policy;
	struct gateway_address target;

	if (address != NULL)
		memcpy(target.octets, address, sizeof(target.octets));
	image_lookup(policy->image, policy->scratch, service->filter, name, address != NULL ? &target : NULL, result);
}

static void look_up_target(const struct flow *flow, const struct image_service *service, const struct authority *target,
			   struct image_result *result)
{
	const bool named = target->name[0] != '\0';

	look_up(flow, service, named ? target->name : NULL, named ? NULL : &target->address, result);
}

/* Others read it meanwhile. */
static void count_hit(const struct flow *flow, const struct image_result *result)
{
	uint64_t *hits = flow->flows->policy.hits;

	if (hits != NULL)
		__atomic_store_n(&hits[result->counter], hits[result->counter] + 1, __ATOMIC_RELAXED);
}

/* Whoever comes by may use a transparent service that names no networks. An explicit one names some. */
static bool is_client(const struct flow *flow, const struct image_service *service)
{
	return (service->client_count == 0 && service->type == POLICY_TRANSPARENT) ||
	       decision_in_networks(&flow->record.client, service->clients, service->client_count);
}

/* The policy in force has no service for the flow any more, whatever it asks for. */
static enum step_result refuse_service(struct flow *flow, enum reason reason)
{
	report_denied_again(flow, NULL, NULL);
	return flow_refuse(flow, reason);
}

enum step_result decision_make(struct flow *flow, const char *name, const struct ip_address *address)
{
	struct opening *opening = flow->opening;
	struct flows *flows = flow->flows;
	struct image_service service;
	struct image_result result;

	if (!flow_service(flow, &service))
		return refuse_service(flow, REASON_DENIED_ANY);
	if (flow->generation != flows->policy.image->generation && !is_client(flow, &service))
		return refuse_service(flow, REASON_CLIENT_NOT_ALLOWED);
	look_up(flow, &service, name, address, &result);
	/* What an earlier policy said of the CONNECT before is not to be mixed with this one. */
	if (opening->decided && flow->generation != flows->policy.image->generation)
		look_up_target(flow, &service, &opening->request.target, &opening->verdict);
	flow->generation = flows->policy.image->generation;
	/* Of two that are as strict the newer one is told: its hit is counted now. */
	if (!opening->decided || image_stricter(&result, &opening->verdict) == &result) {
		opening->verdict = result;
		opening->hello_decided = opening->decided || flow->kind->type == FLOW_T1;
	}
	opening->decided = true;
	flow->reason =
	    (uint8_t)(opening->verdict.verdict.action == POLICY_ALLOW ? REASON_ALLOWED : reason_of(&opening->verdict));
	count_hit(flow, &result);
	report_decision(flow);
	return opening->verdict.verdict.action == POLICY_ALLOW ? STEP_DONE : STEP_REFUSED;
}

bool flows_deny_alias(struct flow *flow, const char *alias)
{
	const struct flows_policy *policy = &flow->flows->policy;
	struct opening *opening = flow->opening;
	struct image_service service;
	struct image_result result;

	/* The policy rules what clients ask for, not where the operator has the next proxy. */
	if (opening->next_hop || !flow_service(flow, &service) ||
	    !image_denies(policy->image, policy->scratch, service.filter, alias, &result))
		return false;
	flow->generation = policy->image->generation;
	flow->reason = REASON_DENIED_ALIAS;
	opening->verdict = result;
	count_hit(flow, &result);
	report_decision(flow);
	return true;
}

/* What the client told under one of the texts; false if it told nothing there. */
static bool read_told(const struct flow_record *record, enum flow_text text, struct authority *told)
{
	char address[FLOW_TEXT_MOST + 1];
	const char *octets = record->octets + record->texts[text].first;
	const size_t length = record->texts[text].length;

	*told = (struct authority){0};
	switch (name_read(octets, length, told->name)) {
	case NAME_HOST:
		return true;
	case NAME_ADDRESS:
		memcpy(address, octets, length);
		address[length] = '\0';
		told->name[0] = '\0';
		return address_parse(address, &told->address);
	default:
		return false;
	}
}

/* The same questions as when the flow was opened: the host of the CONNECT, the name of the hello, or that there is
 * neither. `host` is what the result is of. */
static void ask_again(struct flow *flow, const struct image_service *service, struct image_result *result,
		      struct authority *host)
{
	static const enum flow_text told[] = {FLOW_TEXT_CONNECT_HOST, FLOW_TEXT_SNI};
	struct image_result one;
	struct authority target;
	bool asked = false;

	for (unsigned i = 0; i < RTE_DIM(told); i++) {
		if (!read_told(&flow->record, told[i], &target))
			continue;
		look_up_target(flow, service, &target, &one);
		if (!asked || image_stricter(&one, result) == &one) {
			*result = one;
			*host = target;
		}
		asked = true;
	}
	if (!asked) {
		look_up(flow, service, NULL, NULL, result);
		*host = (struct authority){0};
	}
}

bool decision_denies_now(struct flow *flow)
{
	struct image_service service;
	struct image_result result;
	struct authority host;

	if (!flow_service(flow, &service) || !is_client(flow, &service)) {
		report_denied_again(flow, NULL, NULL);
		return true;
	}
	if (flow->opening != NULL && !flow->opening->decided)
		return false;
	ask_again(flow, &service, &result, &host);
	if (result.verdict.action == POLICY_ALLOW)
		return false;
	count_hit(flow, &result);
	report_denied_again(flow, &result, &host);
	return true;
}

bool decision_in_networks(const struct ip_address *address, const struct gateway_prefix *networks, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct ip_prefix network = gateway_stack_prefix(&networks[i]);

		if (prefix_covers(&network, address))
			return true;
	}
	return false;
}

static enum step_result count_client(struct flow *flow, const struct ip_address *client,
				     const struct image_service *service)
{
	struct client_counts *counts = flow->flows->config.clients;
	uint64_t ticket;

	if (counts == NULL)
		return STEP_DONE;
	switch (client_counts_enter(counts, client, service->name, service->connections_per_client, &ticket)) {
	case CLIENT_ENTERED:
		flow->ticket = ticket;
		return STEP_DONE;
	case CLIENT_AT_BOUND:
		return flow_refuse(flow, REASON_CLIENT_CONNECTIONS);
	default:
		return flow_refuse(flow, REASON_OVERLOAD);
	}
}

enum step_result decision_check_client(struct flow *flow)
{
	struct image_service service;

	if (!flow_service(flow, &service))
		return flow_refuse(flow, REASON_DENIED_ANY);
	if (!is_client(flow, &service))
		return flow_refuse(flow, REASON_CLIENT_NOT_ALLOWED);
	return count_client(flow, &flow->record.client, &service);
}
