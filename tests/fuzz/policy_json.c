/* SPDX-License-Identifier: BSD-3-Clause */
/* Any octets as policy.json: accepted with every place in it within its bounds, or refused at places within them. */
#include <string.h>

#include <config/policy.h>

#include "error.h"
#include "target.h"

static void hold_service(const struct policy *policy, const struct policy_service *service)
{
	hold(service->filter < policy->filter_count);
	if (service->type == POLICY_EXPLICIT)
		hold(service->listener_count > 0 && service->client_count > 0 && service->connect_port_count > 0 &&
		     service->intercept_count == 0);
	else
		hold(service->intercept_count > 0 && service->listener_count == 0);
	for (unsigned i = 0; i < service->intercept_count; i++)
		hold(service->intercepts[i].to_count > 0 && service->intercepts[i].port_count > 0);
	hold((service->connect == POLICY_CONNECT_FORWARD) == (service->next_hop_host != NULL));
}

static void hold_filter(const struct policy *policy, const struct policy_filter *filter)
{
	hold(filter->row_count == 0 || filter->member_count == 0);
	for (unsigned i = 0; i < filter->member_count; i++)
		hold(filter->members[i] < policy->filter_count &&
		     policy->filters[filter->members[i]].member_count == 0);
	for (unsigned i = 0; i < filter->row_count; i++)
		for (unsigned j = 0; j < filter->rows[i].category_count; j++)
			hold(filter->rows[i].categories[j] < policy->category_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_error error;
	struct policy policy;

	if (policy_parse("fuzz", "/nowhere", (const char *)data, size, &policy, &error)) {
		for (unsigned i = 0; i < policy.service_count; i++)
			hold_service(&policy, &policy.services[i]);
		for (unsigned i = 0; i < policy.filter_count; i++)
			hold_filter(&policy, &policy.filters[i]);
		policy_free(&policy);
	} else if (strcmp(error.file, "fuzz") == 0) {
		hold_error(&error, data, size); /* and not what is wrong in some file of this machine */
	}
	return 0;
}
