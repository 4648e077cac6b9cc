/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <string.h>

#include <config/name.h>

#include "policy_image.h"

/* What a flow is about. */
struct subject {
	enum name_kind kind; /* of what was given */
	bool none;	     /* nothing was */
	char name[NAME_LENGTH_MAX + 1];
	struct gateway_address address;
};

/* name_read has found it to be one, with or without brackets. */
static void read_address(const char *text, struct gateway_address *address)
{
	char copy[INET6_ADDRSTRLEN] = "";
	size_t length;

	if (text[0] == '[')
		text++;
	length = strcspn(text, "]");
	memcpy(copy, text, length < sizeof(copy) ? length : sizeof(copy) - 1);
	*address = (struct gateway_address){{[10] = 0xff, [11] = 0xff}};
	if (inet_pton(AF_INET, copy, address->octets + 12) != 1)
		inet_pton(AF_INET6, copy, address->octets);
}

static void read_subject(const char *text, struct subject *subject)
{
	*subject = (struct subject){.none = text == NULL};
	if (subject->none)
		return;
	subject->kind = name_read(text, strlen(text), subject->name);
	if (subject->kind == NAME_ADDRESS)
		read_address(text, &subject->address);
}

static void ask(const struct image_header *image, struct image_scratch *scratch, uint32_t filter,
		const struct subject *subject, struct image_result *result)
{
	const char *name = !subject->none && subject->kind == NAME_HOST ? subject->name : NULL;
	const struct gateway_address *address =
	    !subject->none && subject->kind == NAME_ADDRESS ? &subject->address : NULL;

	image_lookup(image, scratch, filter, name, address, result);
}

static const char *why(enum image_match match, const struct subject *subject)
{
	switch (match) {
	case IMAGE_MATCH_ROW:
		return "the first row that matches";
	case IMAGE_MATCH_UNCATEGORIZED:
		return "no row matches, and the name is in no category";
	case IMAGE_MATCH_NO_FQDN:
		return "the flow tells no name";
	default:
		return subject->kind == NAME_ADDRESS ? "no row matches the address" : "no row matches";
	}
}

static void print_place(const struct image_header *image, const struct image_result *result)
{
	static const char *const defaults[] = {
	    [IMAGE_MATCH_UNCATEGORIZED] = "uncategorized",
	    [IMAGE_MATCH_ANY] = "any",
	    [IMAGE_MATCH_NO_FQDN] = "no_fqdn",
	};
	const char *label;

	if (result->match != IMAGE_MATCH_ROW) {
		printf("the default \"%s\"", defaults[result->match]);
		return;
	}
	label = image_row_label(image, result->filter, result->row);
	printf("row %u", result->row);
	if (label[0] != '\0')
		printf(" \"%s\"", label);
}

static void explain(const struct image_header *image, struct image_scratch *scratch,
		    const struct image_service *service, const struct subject *subject)
{
	struct image_result result;

	ask(image, scratch, service->filter, subject, &result);
	printf("service %s: %s, %s%s\n  by ", service->name, result.verdict.action == POLICY_ALLOW ? "allow" : "deny",
	       result.verdict.log ? "log" : "no log",
	       result.verdict.decryption_exception ? ", decryption exception" : "");
	print_place(image, &result);
	printf(" of filter %s", image_filter_name(image, result.filter));
	if (result.filter != service->filter)
		printf(", a member of %s", image_filter_name(image, service->filter));
	printf(": %s\n", why(result.match, subject));
}

static enum command_status explain_all(const struct command_request *request, const struct image_header *image,
				       const struct subject *subject)
{
	struct image_scratch *scratch = NULL;
	bool found = false;

	if (!image_scratch_grow(&scratch, image)) {
		warnx("no memory to match regular expressions");
		return COMMAND_REFUSED;
	}
	for (uint32_t i = 0; i < image_services(image); i++) {
		struct image_service service;

		image_service(image, i, &service);
		if (request->service != NULL && strcmp(service.name, request->service) != 0)
			continue;
		explain(image, scratch, &service, subject);
		found = true;
	}
	image_scratch_free(scratch);
	if (found)
		return COMMAND_DONE;
	if (request->service != NULL)
		warnx("the policy has no service \"%s\"", request->service);
	else
		warnx("the policy has no services");
	return COMMAND_REFUSED;
}

/* Whatever the policy says. */
static enum command_status explain_invalid(const char *text)
{
	char name[NAME_LENGTH_MAX + 1], message[CONFIG_MESSAGE_SIZE];
	bool wildcard;

	if (name_read_pattern(text, strlen(text), name, &wildcard, message, sizeof(message)))
		snprintf(message, sizeof(message), "is a pattern; ask for a name that it matches");
	printf("every service: deny, log\n  no name: it %s\n", message);
	return COMMAND_DONE;
}

enum command_status command_explain(const struct command_request *request)
{
	const char *text = request->arguments[0];
	struct policy_image image;
	enum command_status status;
	struct subject subject;

	if ((text != NULL) == request->no_name) {
		warnx("explain takes a name, an address, or --no-name");
		return COMMAND_USAGE;
	}
	read_subject(text, &subject);
	if (!subject.none && subject.kind == NAME_INVALID)
		return explain_invalid(text);
	if (!(request->file != NULL ? policy_image_compile(request->file, &image, NULL)
				    : policy_image_published(request, &image)))
		return COMMAND_REFUSED;
	if (request->file == NULL)
		printf("generation %llu\n", (unsigned long long)image.header->generation);
	status = explain_all(request, image.header, &subject);
	policy_image_free(&image);
	return status;
}
