/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_REGEX_DATABASE_H
#define CONFIG_REGEX_DATABASE_H

/*
 * Regular expressions by Hyperscan: many of them compiled to one database, which is scanned where it lies, at any
 * address that is aligned. Each expression matches whole texts only, whatever the case.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <config/error.h>

#define REGEX_ALIGNMENT 64 /* of a database's first octet */

/* One expression, and the number that is told when it matches. Several may have the same number. */
struct regex {
	const char *text;
	unsigned number;
};

/* A compiled database, not at its place yet. */
struct regex_database {
	char *serialised; /* of Hyperscan's allocation */
	size_t serialised_size;
	size_t size; /* octets that it will take */
};

/*
 * What a database is for: the release of Hyperscan, the features of the processor, the order of octets. A database is
 * good where the number is the same. Never 0.
 */
uint64_t regex_platform(void);

/*
 * Compiles `count` expressions (at least one). Returns true and fills *database, which the caller frees; or false with
 * the place of the expression at fault in *fault, `count` if it is not one of them, and what Hyperscan says in
 * `message`. Takes long.
 */
bool regex_compile(const struct regex *expressions, unsigned count, struct regex_database *database, unsigned *fault,
		   char message[CONFIG_MESSAGE_SIZE]);
void regex_database_free(struct regex_database *database);

/* Writes the database, database->size octets, to its aligned place. */
bool regex_place(const struct regex_database *database, void *place);

/*
 * Whether a database of this release begins at `place`, which is aligned, and takes `size` octets: that much is read
 * of it at most. Its bytecode cannot be checked: see image.h.
 */
bool regex_check(const void *place, size_t size);

/* What a thread needs to scan; NULL: nothing yet. Hyperscan's own. */
struct hs_scratch;

/* A copy that serves this database, too; NULL without memory or if there is no such database. The old one stays. */
struct hs_scratch *regex_scratch(const struct hs_scratch *old, const void *database);
void regex_scratch_free(struct hs_scratch *scratch);

/* Sets *lowest to the lowest number of an expression that matches, if it is lower. False if Hyperscan refuses to scan,
 * as for want of a scratch that serves this database. Allocates nothing. */
bool regex_scan(const void *database, struct hs_scratch *scratch, const char *text, size_t length, unsigned *lowest);

#endif
