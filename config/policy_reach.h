/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_POLICY_REACH_H
#define CONFIG_POLICY_REACH_H

/*
 * Whether a part of a policy can ever come into effect, given the parts before it. Only what stands in the document
 * itself counts: the contents of files change without it. Parts are held against single earlier ones, so that two
 * halves before a whole go unnoticed.
 */

#include "policy_schema.h"

enum policy_reach {
	POLICY_REACH_SOME,
	POLICY_REACH_EMPTY,  /* the row says nothing that could match */
	POLICY_REACH_NONE,   /* rows before it match all that it does */
	POLICY_REACH_MEMORY, /* out of memory */
};

/* Judges the next row of a filter; `seen` is empty at its first row, and remembers the rows. */
enum policy_reach policy_row_reach(const struct policy_row_document *row, struct text_table *seen);

/* Whether there may be a connection that this intercept of a service takes, and none before it. */
bool policy_intercept_reachable(const struct policy_document *policy, unsigned service, unsigned intercept);

#endif
