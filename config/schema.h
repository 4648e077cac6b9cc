/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_SCHEMA_H
#define CONFIG_SCHEMA_H

/*
 * What a document may hold, as a table: the loader obeys it, the reference page is printed from it, and tests draw
 * their documents from it. Each key is written once.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <config/error.h>

#include "json_index.h"

enum schema_type {
	SCHEMA_BOOLEAN,	 /* bool */
	SCHEMA_NUMBER,	 /* uint8_t, uint16_t, uint32_t, uint64_t: a whole number from least to most */
	SCHEMA_WORD,	 /* an enum: one of words, its place there is the value */
	SCHEMA_TEXT,	 /* char *, allocated: a string of least to most octets, none a control character */
	SCHEMA_NOTATION, /* a string that `read` turns into the member */
	SCHEMA_OBJECT,	 /* a struct: fields */
	SCHEMA_LIST,	 /* a pointer to items, allocated: least to most of them; their number at count_offset */
};

enum schema_presence {
	SCHEMA_REQUIRED,
	SCHEMA_OPTIONAL, /* `standard` is loaded in its place */
	SCHEMA_DEFERRED, /* the member stays zero: its user decides. `standard` tells people the outcome */
};

struct schema {
	const char *key; /* NULL: the end of a table, the root, or a list's item */
	enum schema_type type;
	enum schema_presence presence;
	unsigned needs;		/* a flag without which the key is refused; 0: none */
	const char *needs_text; /* what that flag is, for people */
	size_t offset;		/* of the member in the struct that holds it */
	size_t size;		/* of the member; of an item for a list's item */
	size_t count_offset;
	uint64_t least, most;
	bool may_never;		  /* a number that may also be the word "never", held as the largest of its size */
	bool secret;		  /* a text that no message quotes, and that is wiped wherever it was */
	const char *const *words; /* with a NULL at the end */
	const char *const
	    *later; /* words, or keys of an object, that are refused as not supported yet; NULL at the end */
	/*
	 * Fills the member, or says what is wrong and what to do. Notations, and texts that have a form (the member is
	 * then NULL: the text is only looked at).
	 */
	bool (*read)(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE]);
	const struct schema *fields; /* of an object, up to one without a key */
	const struct schema *item;   /* of a list */
	const char *standard;	     /* JSON if optional ("{}" and "[]" for objects and lists), words if deferred */
	const char *example;	     /* JSON; objects and lists of objects take those of their fields */
	const char *form;	     /* how the string looks, for people; notations and texts that have a form */
	const char *about;	     /* a sentence without its full stop */
};

/* A key and the member that it fills. */
#define SCHEMA_MEMBER(name, holder, member)                                                                            \
	.key = (name), .offset = offsetof(struct holder, member), .size = sizeof(((struct holder *)NULL)->member)

/* A document being read or just read: the text that its faults point into. */
struct schema_document {
	struct json_index index;
	struct config_error *error;
};

/*
 * Reads `size` octets at `text` into *target, which has `root->size` octets, obeying the schema. `flags`: those of
 * `needs` that are given. Returns false and frees everything if there was any fault, which is then in *error. On
 * success the caller releases *target with schema_free and *document with schema_document_free.
 */
bool schema_read(const struct schema *root, const char *text, size_t size, unsigned flags, void *target,
		 struct schema_document *document, struct config_error *error);

void schema_document_free(struct schema_document *document);

/* Frees what schema_read allocated in *target and sets it all to zero. */
void schema_free(const struct schema *root, void *target);

/*
 * Adds a fault at the value at a path, or at the innermost one around it that exists. `path` is a path by
 * json_index_find. Always false.
 */
bool schema_fault(struct schema_document *document, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether there is a value at a path by json_index_find. */
bool schema_has(const struct schema_document *document, const char *path);

/* The octets as a message may show them on any terminal, cut if they are many; in `quoted`, which is returned. */
#define SCHEMA_QUOTED_SIZE 64
const char *schema_quote(const char *text, size_t length, char quoted[SCHEMA_QUOTED_SIZE]);

/* Describes what a value must be: "a whole number from 1 to 4094". Returns buffer. */
const char *schema_wanted(const struct schema *field, char *buffer, size_t size);

/* Prints the reference page of a document, in Markdown: `title`, `introduction`, and every key. */
void schema_print_reference(const struct schema *root, const char *title, const char *introduction, FILE *stream);

/* Prints the end of a reference page: an example that has every key and is itself good. */
void schema_print_reference_example(const struct schema *root, FILE *stream);

/*
 * Prints a document that has every key but those that need a flag not in `flags`, each with its example, and one item
 * in each list.
 */
void schema_print_example(const struct schema *root, unsigned flags, FILE *stream);

#endif
