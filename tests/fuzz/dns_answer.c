/* SPDX-License-Identifier: BSD-3-Clause */
/* Any octets as the answer to a question: read, or refused, within bounds, and without a trace in memory. */
#include <ctype.h>
#include <string.h>

#include "dns/message.h"
#include "target.h"

/* The first octet says what was asked; the rest is what came, with the id that was asked with. */
#define NAME "www.a.test"
#define ID 0x1234

static void hold_aliases(const struct dns_answer *answer)
{
	const char *alias = NULL;
	unsigned count = 0;

	while ((alias = dns_answer_alias(answer, alias)) != NULL) {
		size_t length = strnlen(alias, NAME_LENGTH_MAX + 1);

		count++;
		hold(length > 0 && length <= NAME_LENGTH_MAX);
		for (size_t i = 0; i < length; i++)
			hold(islower(alias[i]) || isdigit(alias[i]) || strchr("-_.", alias[i]) != NULL);
	}
	hold(count == answer->alias_count && count <= DNS_ALIASES_MAX);
	hold(answer->alias_octets <= DNS_ALIAS_OCTETS);
}

static void hold_answer(const struct dns_answer *answer, enum dns_family family)
{
	hold(answer->outcome == DNS_ADDRESSES || answer->outcome == DNS_NO_DATA || answer->outcome == DNS_NO_NAME);
	hold((answer->outcome == DNS_ADDRESSES) == (answer->address_count > 0));
	hold(answer->address_count <= DNS_ADDRESSES_MAX);
	hold(answer->ttl <= INT32_MAX);
	for (unsigned i = 0; i < answer->address_count; i++)
		hold(address_is_ipv4(&answer->addresses[i]) == (family == DNS_IPV4));
	hold_aliases(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_question question = {.name = NAME, .id = ID};
	struct dns_answer answer;

	if (size == 0)
		return 0;
	question.family = (data[0] & 1) != 0 ? DNS_IPV6 : DNS_IPV4;
	question.plain = (data[0] & 2) != 0;
	if (dns_message_read(&question, data + 1, size - 1, &answer) == DNS_READ_ANSWER)
		hold_answer(&answer, question.family);
	return 0;
}
