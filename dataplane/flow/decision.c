/* SPDX-License-Identifier: BSD-3-Clause */
#include "inside.h"

#include <string.h>

#include "../gateway_stack.h"

/* The place of the service with the flow's name; as many as there are services if there is none. */
static uint32_t place_of_service(const struct flow *flow, const struct image_header *image)
{
	const struct flow_record *record = &flow->record;
	const char *name = record->octets + record->texts[FLOW_TEXT_SERVICE].first;
	size_t length = record->texts[FLOW_TEXT_SERVICE].length;
	struct image_service view;
	uint32_t place;

	for (place = 0; place < image_services(image); place++) {
		image_service(image, place, &view);
		if (strlen(view.name) == length && memcmp(view.name, name, length) == 0)
			break;
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

/* The stricter one counts, with the generation that it is of: rows and filters have numbers in that one alone. Of two
 * that are as strict the first one does, unless a policy has come meanwhile. */
static void count_result(struct flow *flow, const struct image_result *result)
{
	struct opening *opening = flow->opening;
	uint64_t generation = flow->flows->policy.image->generation;
	const struct image_result *before = &opening->verdict;
	bool newer = flow->generation != generation;

	if (opening->decided && (newer ? image_stricter(result, before) : image_stricter(before, result)) == before)
		return;
	opening->verdict = *result;
	opening->decided = true;
	flow->generation = generation;
}

enum step_result decision_make(struct flow *flow, const char *name, const struct ip_address *address)
{
	struct opening *opening = flow->opening;
	struct flows *flows = flow->flows;
	struct gateway_address target;
	struct image_service service;
	struct image_result result;

	if (!flow_service(flow, &service))
		return flow_refuse(flow, REASON_DENIED_ANY);
	if (address != NULL)
		memcpy(target.octets, address, sizeof(target.octets));
	image_lookup(flows->policy.image, flows->policy.scratch, service.filter, name, address != NULL ? &target : NULL,
		     &result);
	count_result(flow, &result);
	flow->reason =
	    (uint8_t)(opening->verdict.verdict.action == POLICY_ALLOW ? REASON_ALLOWED : reason_of(&opening->verdict));
	if (flows->policy.hits != NULL)
		flows->policy.hits[result.counter]++;
	report_decision(flow, &opening->verdict, name, address);
	return opening->verdict.verdict.action == POLICY_ALLOW ? STEP_DONE : STEP_REFUSED;
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
	const struct tuple tuple = tcp_tuple(flow->client);
	struct image_service service;

	if (!flow_service(flow, &service))
		return flow_refuse(flow, REASON_DENIED_ANY);
	/* Whoever comes by may use a transparent service that names no networks. An explicit one names some. */
	if ((service.type == POLICY_EXPLICIT || service.client_count > 0) &&
	    !decision_in_networks(&tuple.remote, service.clients, service.client_count))
		return flow_refuse(flow, REASON_CLIENT_NOT_ALLOWED);
	return count_client(flow, &tuple.remote, &service);
}
