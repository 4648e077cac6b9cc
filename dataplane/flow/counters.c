/* SPDX-License-Identifier: BSD-3-Clause */
#include "counters.h"

#include <string.h>

#include <rte_common.h>

static const char *const flows_names[] = {"open", "opening", "opened", "spliced", "ended", "held_octets"};
static const char *const listeners_names[] = {"open", "refused"};
static const char *const credentials_names[] = {"remembered", "asked", "refused"};
static const char *const cache_names[] = {"hits", "misses", "expired", "stored", "evicted", "refused", "entries"};

static const char *name_of_flows(unsigned index)
{
	return flows_names[index];
}

static const char *name_of_end(unsigned index)
{
	return reason_name((enum reason)index);
}

static const char *name_of_listeners(unsigned index)
{
	return listeners_names[index];
}

static const char *name_of_credentials(unsigned index)
{
	return credentials_names[index];
}

static const char *name_of_dns(unsigned index)
{
	return dns_counter_name((enum dns_counter)index);
}

static const char *name_of_cache(unsigned index)
{
	return cache_names[index];
}

static void read_flows(const struct counters_source *source, uint64_t *values)
{
	const struct flows_counters *counters = &source->flows->counters;

	values[0] = counters->open;
	values[1] = counters->opening;
	values[2] = counters->opened;
	values[3] = counters->spliced;
	values[4] = counters->ended;
	values[5] = counters->held;
}

static void read_ends(const struct counters_source *source, uint64_t *values)
{
	memcpy(values, source->flows->counters.reasons, sizeof(source->flows->counters.reasons));
}

static void read_listeners(const struct counters_source *source, uint64_t *values)
{
	values[0] = services_listeners(source->services);
	values[1] = services_refused(source->services);
}

static void read_credentials(const struct counters_source *source, uint64_t *values)
{
	struct credential_check_counters counters = {0};

	if (source->credentials != NULL)
		credential_check_read_counters(source->credentials, &counters);
	values[0] = counters.remembered;
	values[1] = counters.asked;
	values[2] = counters.refused;
}

static void read_resolver(const struct counters_source *source, struct resolver_counters *counters)
{
	*counters = (struct resolver_counters){0};
	if (source->resolver != NULL)
		resolver_read_counters(source->resolver, counters);
}

static void read_dns(const struct counters_source *source, uint64_t *values)
{
	struct resolver_counters counters;

	read_resolver(source, &counters);
	memcpy(values, counters.counters, sizeof(counters.counters));
}

static void read_cache(const struct counters_source *source, uint64_t *values)
{
	struct resolver_counters counters;

	read_resolver(source, &counters);
	values[0] = counters.cache.hits;
	values[1] = counters.cache.misses;
	values[2] = counters.cache.expired;
	values[3] = counters.cache.stored;
	values[4] = counters.cache.evicted;
	values[5] = counters.cache.refused;
	values[6] = counters.cache.entries;
}

static const struct part {
	const char *group;
	unsigned count;
	bool sparse;
	const char *(*name)(unsigned index);
	void (*read)(const struct counters_source *source, uint64_t *values);
} parts[] = {
    {"flows", RTE_DIM(flows_names), false, name_of_flows, read_flows},
    {"ends", REASONS, true, name_of_end, read_ends},
    {"listeners", RTE_DIM(listeners_names), false, name_of_listeners, read_listeners},
    {"credentials", RTE_DIM(credentials_names), false, name_of_credentials, read_credentials},
    {"dns", DNS_COUNTERS, true, name_of_dns, read_dns},
    {"dns_cache", RTE_DIM(cache_names), false, name_of_cache, read_cache},
};

_Static_assert(RTE_DIM(flows_names) + REASONS + RTE_DIM(listeners_names) + RTE_DIM(credentials_names) + DNS_COUNTERS +
		       RTE_DIM(cache_names) <=
		   APPLICATION_COUNTERS,
	       "a worker's report has room for all");

bool counters_describe(unsigned index, struct application_counter *counter)
{
	for (unsigned i = 0; i < RTE_DIM(parts); i++) {
		if (index < parts[i].count) {
			*counter = (struct application_counter){parts[i].group, parts[i].name(index), parts[i].sparse};
			return true;
		}
		index -= parts[i].count;
	}
	return false;
}

void counters_read(const struct counters_source *source, uint64_t values[APPLICATION_COUNTERS])
{
	for (unsigned i = 0; i < RTE_DIM(parts); i++) {
		parts[i].read(source, values);
		values += parts[i].count;
	}
}
