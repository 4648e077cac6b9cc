/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_UNIT_IMAGE_SUPPORT_H
#define TESTS_UNIT_IMAGE_SUPPORT_H

/*
 * Policies in few words, without the loader, and images of them. A policy is written by lines of words:
 *
 *	category ads *.ads.test tracker.test
 *	filter web				the rows and defaults that follow are its own
 *	row allow log exception label=Bank bank.test *.bank.test ~[a-z]+\.bank @ads 192.0.2.0/24
 *	uncategorized deny log
 *	any allow				without such a line: deny
 *	no_fqdn allow exception
 *	group all web other			asks these filters, which come before it
 *	service proxy all			a service with that filter, everything else being zero
 *
 * In a row "~" is before a regular expression, "@" before a category, and "/" in an address; the rest are names.
 */

#include <config/image.h>
#include <config/policy.h>

/* The policy; ends the process with a message if it is not written as above. */
struct policy image_policy(const char *text);
void image_policy_free(struct policy *policy);

/* Where an address "192.0.2.0/24" or "2001:db8::1" is wanted. Ends the process if it is none. */
struct gateway_prefix image_prefix(const char *text);
struct gateway_address image_address(const char *text);

/* An image that passed image_check, and a scratch for it. */
struct subject {
	struct image_header *image;
	size_t size;
	struct image_scratch *scratch;
};

/* Of a policy that must be accepted: else the process ends with a message. */
struct subject image_subject(const struct policy *policy);
struct subject image_subject_of(const char *text);

/* Of a policy that has one of everything: two services with every kind of list, filters "web" (two rows) and "other"
 * (one), both with regular expressions, addresses and categories, and the group "all" of them. */
struct subject image_full_subject(void);
void image_subject_free(struct subject *subject);

/* Asks filter number `filter`. */
struct image_result image_ask(const struct subject *subject, unsigned filter, const char *name);
struct image_result image_ask_address(const struct subject *subject, unsigned filter, const char *address);

/* Asserts that row `row` of filter `filter`, asked for there, decides about the name; row -1: the default `any`. */
void image_expect(const struct subject *subject, unsigned filter, const char *name, int row);

/* Makes the checksum right again after the image was changed. */
void image_seal(struct image_header *image);

/* Asks everything that can be asked of an image that passed image_check; returns a sum of what it says, so that no
 * compiler leaves the reading out. `regexes` false: filters with regular expressions are not asked for names. */
uint64_t image_read_all(const struct image_header *image, bool regexes);

#endif
