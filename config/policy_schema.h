/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_POLICY_SCHEMA_H
#define CONFIG_POLICY_SCHEMA_H

/*
 * policy.json as the schema reads it: the parts of a struct policy, and beside them what is only written by name there.
 */

#include <config/policy.h>

#include "schema.h"
#include "text_table.h"

#define POLICY_FILE_SIZE (16u << 20) /* the most octets of a policy.json */
#define POLICY_INLINE_NAMES 65536    /* the most names of a list in it */
#define POLICY_NAME_FILES 64	     /* the most files of a list of names */
#define POLICY_NAME_TEXT 1024	     /* the most octets of a name that is worth looking at */

/* A list of names in a row or a category. */
struct policy_names_document {
	char **texts;
	unsigned text_count;
	char **files;
	unsigned file_count;
};

struct policy_row_document {
	struct policy_row row; /* without names and categories */
	struct policy_names_document names;
	char **categories;
	unsigned category_count;
};

struct policy_filter_document {
	struct policy_filter filter; /* without rows and members */
	struct policy_row_document *rows;
	unsigned row_count;
	char **members;
	unsigned member_count;
};

struct policy_category_document {
	char *name;
	struct policy_names_document names;
};

struct policy_service_document {
	struct policy_service service; /* without type and filter; next_hop_host as it is written */
	char *filter;
};

struct policy_document {
	struct policy_service_document *services;
	unsigned service_count;
	struct policy_filter_document *filters;
	unsigned filter_count;
	struct policy_category_document *categories;
	unsigned category_count;
};

/* Text of the reference page above its tables. */
extern const char policy_introduction[];

/* policy.json: a struct policy_document. */
extern const struct schema policy_schema;

/* The places of filters and categories by their names. All zero: none. */
struct policy_places {
	struct text_table filters;
	struct text_table categories;
};

/*
 * What one part of a document says about another: everything that the schema cannot hold. Fills *places, which the
 * caller frees, whatever the outcome. Returns false if there was a fault, which is added to the document's error.
 */
bool policy_rules(const struct policy_document *policy, struct policy_places *places, struct schema_document *document);

/*
 * Makes a policy of a document that obeys the rules: takes what it can from *source, resolves names to places, and
 * reads the lists of names, from files in `folder` where they are in files. Returns false if that fails, with the
 * faults in the document's error; *policy is then to be freed too.
 */
bool policy_build(struct policy_document *source, const struct policy_places *places, const char *folder,
		  struct schema_document *document, struct policy *policy);

/* Forms of texts, for the schema; `member` is not used. As notation.h says. */
bool policy_pattern_text(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE]);
bool policy_regex_text(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE]);
bool policy_next_hop_text(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE]);
bool policy_user_text(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE]);
bool policy_password_text(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE]);

#endif
