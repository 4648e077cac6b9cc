/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_UNIT_CONFIG_SUPPORT_H
#define TESTS_UNIT_CONFIG_SUPPORT_H

/* What the tests of config/ share: documents, and faults that are expected at a place marked in the text. */

#include <stdbool.h>
#include <stddef.h>

#include <config/gateway.h>

/* Reads a document, and frees what comes of it. */
typedef bool config_reader(const char *text, size_t size, struct config_error *error);

/* gateway.json, with all that a build may have. */
bool config_read_gateway(const char *text, size_t size, struct config_error *error);

/* policy.json, whose files of names lie where the examples do. */
bool config_read_policy(const char *text, size_t size, struct config_error *error);

/* gateway.json with every key, each with its example; to be freed by free(). */
char *config_full_document(void);

/* policy.json with every key: the example in docs/; to be freed by free(). */
char *config_full_policy(void);

/* A small gateway.json around `rest`: two ports, "client" (192.0.2.1/24, 2001:db8:1::1/64) and "server". */
char *config_document(const char *rest);

/* Whether the reader accepts the text; what it has to say against it is printed. */
bool config_accepts_by(config_reader *read, const char *text);

/* The same for gateway.json. */
bool config_accepts(const char *text);

/*
 * Asserts that the reader refuses the text with a fault at the '@' in it, which is taken out before, that has the path
 * and a message with `words` in it.
 */
void config_expect_by(config_reader *read, const char *marked, const char *path, const char *words);

/* The same for any octets, NUL included, of which `at` is the place. */
void config_expect_at_by(config_reader *read, const char *text, size_t size, size_t at, const char *path,
			 const char *words);

/* Both for gateway.json. */
void config_expect(const char *marked, const char *path, const char *words);
void config_expect_at(const char *text, size_t size, size_t at, const char *path, const char *words);

/* The text without its first '@', whose place comes to *at; to be freed by free(). */
char *config_unmark(const char *marked, size_t *at);

/* Line and column, from 1, of the text's octet `at`, in octets: for texts of ASCII. */
void config_place(const char *text, size_t at, unsigned *line, unsigned *column);

/* Whether there is such a fault. */
bool config_has_fault(const struct config_error *error, unsigned line, unsigned column, const char *path,
		      const char *words);

#endif
