/* SPDX-License-Identifier: BSD-3-Clause */
/* A link that loses a fifth of everything: names are resolved all the same, over UDP and TCP, and nothing stays. */
#include "stage.h"

static bool cuts;

static void answer_or_cut(const struct stage_query *query)
{
	if (cuts && !query->tcp)
		stage_send(query, stage_begin(query, DNS_ANSWER | DNS_TRUNCATED));
	else
		stage_answer(query);
}

/* Resolves 300 names, a few at a time, and returns how many families had addresses. */
static unsigned resolve(bool cut)
{
	struct dns_request *requests[3];
	unsigned found = 0;
	char name[16];

	cuts = cut;
	stage_open((struct stage_config){
	    .servers = 3, .serve = answer_or_cut, .loss = 0.2, .duplicate = 0.1, .family = cut ? IPV6 : IPV4});
	for (unsigned i = 0; i < 100; i++) {
		for (unsigned j = 0; j < 3; j++) {
			snprintf(name, sizeof(name), "n%u.test", 3 * i + j);
			requests[j] = stage_ask(name, DNS_BOTH);
		}
		stage_run(5000);
		for (unsigned j = 0; j < 3; j++) {
			for (enum dns_family family = DNS_IPV4; family < DNS_FAMILIES; family++) {
				CU_ASSERT_NOT_EQUAL(dns_request_outcome(requests[j], family), DNS_PENDING);
				found += dns_request_outcome(requests[j], family) == DNS_ADDRESSES;
			}
			resolver_release(stage.resolver, requests[j]);
		}
	}
	stage_close();
	return found;
}

static void nearly_all_names_are_resolved_over_udp(void)
{
	CU_ASSERT(resolve(false) >= 595);
}

static void most_names_are_resolved_over_tcp(void)
{
	CU_ASSERT(resolve(true) >= 540);
}

int main(void)
{
	return STAGE_RUN("loss", TEST(nearly_all_names_are_resolved_over_udp), TEST(most_names_are_resolved_over_tcp));
}
