/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A million random questions about random policies are answered as a slow reference does, which walks the rows of the
 * policy itself, from the first to the last, compares names by itself and matches expressions by the C library.
 * Questions are spelled as people spell names: in any case, with or without a trailing dot.
 */
#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "image_support.h"
#include "support.h"

#define POLICIES 400
#define QUESTIONS 2500

static uint64_t state = 20240607;

static unsigned below(unsigned bound)
{
	return (unsigned)(support_random(&state) % bound);
}

/* The reference. */

static bool pattern_matches(const struct policy_pattern *pattern, const char *spelled)
{
	size_t length = strlen(spelled), own = strlen(pattern->name);

	if (length > 0 && spelled[length - 1] == '.')
		length--;
	if (!pattern->wildcard)
		return length == own && strncasecmp(spelled, pattern->name, own) == 0;
	return length > own + 1 && spelled[length - own - 1] == '.' &&
	       strncasecmp(spelled + length - own, pattern->name, own) == 0;
}

static bool patterns_match(const struct policy_patterns *patterns, const char *spelled)
{
	for (size_t i = 0; i < patterns->count; i++)
		if (pattern_matches(&patterns->items[i], spelled))
			return true;
	return false;
}

/* Compiled expressions, found again by their text. */
#define COMPILED 512
static struct {
	const char *text;
	regex_t regex;
} compiled[COMPILED];
static unsigned compiled_count;

static const regex_t *compile(const char *text)
{
	for (unsigned i = 0; i < compiled_count; i++)
		if (compiled[i].text == text)
			return &compiled[i].regex;
	if (compiled_count == COMPILED || regcomp(&compiled[compiled_count].regex, text, REG_EXTENDED | REG_ICASE) != 0)
		abort();
	compiled[compiled_count].text = text;
	return &compiled[compiled_count++].regex;
}

static void forget_compiled(void)
{
	while (compiled_count > 0)
		regfree(&compiled[--compiled_count].regex);
}

/* Of matches that begin first, POSIX finds the longest: if the whole name matches, it is that. */
static bool regex_matches(const char *text, const char *spelled)
{
	size_t length = strlen(spelled);
	char copy[256];
	regmatch_t match;

	strcpy(copy, spelled);
	if (length > 0 && copy[length - 1] == '.')
		copy[--length] = '\0';
	return regexec(compile(text), copy, 1, &match, 0) == 0 && match.rm_so == 0 && (size_t)match.rm_eo == length;
}

static bool row_matches(const struct policy *policy, const struct policy_row *row, const char *spelled)
{
	if (patterns_match(&row->names, spelled))
		return true;
	for (unsigned i = 0; i < row->category_count; i++)
		if (patterns_match(&policy->categories[row->categories[i]].names, spelled))
			return true;
	for (unsigned i = 0; i < row->regex_count; i++)
		if (regex_matches(row->regexes[i], spelled))
			return true;
	return false;
}

struct answer {
	unsigned filter;
	int row; /* -1: a default */
	const struct policy_verdict *verdict;
};

static bool ask_filter(const struct policy *policy, unsigned filter, const char *spelled, struct answer *answer)
{
	for (unsigned row = 0; row < policy->filters[filter].row_count; row++) {
		const struct policy_row *candidate = &policy->filters[filter].rows[row];

		if (row_matches(policy, candidate, spelled)) {
			*answer = (struct answer){filter, (int)row, &candidate->verdict};
			return true;
		}
	}
	return false;
}

static bool is_categorized(const struct policy *policy, const char *spelled)
{
	for (unsigned i = 0; i < policy->category_count; i++)
		if (patterns_match(&policy->categories[i].names, spelled))
			return true;
	return false;
}

static struct answer ask(const struct policy *policy, unsigned number, const char *spelled)
{
	const struct policy_filter *filter = &policy->filters[number];
	struct answer answer = {number, -1, &filter->any};

	if (ask_filter(policy, number, spelled, &answer))
		return answer;
	for (unsigned i = 0; i < filter->member_count; i++)
		if (ask_filter(policy, filter->members[i], spelled, &answer))
			return answer;
	if (filter->has_uncategorized && policy->category_count > 0 && !is_categorized(policy, spelled))
		answer.verdict = &filter->uncategorized;
	return answer;
}

/* Random policies. */

static const char *const labels[] = {"a",    "b",    "ab", "ads", "www", "x1", "long-label-of-more-than-8",
				     "_dns", "test", "co"};

static void random_name(char *name, unsigned most)
{
	unsigned count = 1 + below(most);

	*name = '\0';
	for (unsigned i = 0; i < count; i++)
		strcat(strcat(name, i == 0 ? "" : "."), labels[below(sizeof(labels) / sizeof(*labels))]);
}

static void print_patterns(FILE *stream, unsigned most)
{
	char name[256];

	for (unsigned i = below(most + 1); i > 0; i--) {
		random_name(name, 3);
		fprintf(stream, " %s%s", below(2) == 0 ? "*." : "", name);
	}
}

static const char *random_verdict(void)
{
	static const char *const verdicts[] = {"deny", "allow", "deny log", "allow log exception"};

	return verdicts[below(4)];
}

static void print_regex(FILE *stream)
{
	static const char *const forms[] = {" ~%s.*",		" ~.*%s",  " ~[a-b]+\\.%s",
					    " ~(WWW|Ads)\\.%s", " ~%s|x1", " ~%s?"};
	char name[256];

	random_name(name, 1);
	fprintf(stream, forms[below(sizeof(forms) / sizeof(*forms))], name);
}

static void print_filter(FILE *stream, unsigned number, unsigned categories, bool regexes)
{
	fprintf(stream, "filter f%u\nany %s\n", number, random_verdict());
	if (below(2) == 0)
		fprintf(stream, "uncategorized %s\n", random_verdict());
	for (unsigned i = below(7); i > 0; i--) {
		fprintf(stream, "row %s", random_verdict());
		print_patterns(stream, 4);
		if (categories > 0 && below(3) == 0)
			fprintf(stream, " @c%u", below(categories));
		if (regexes && below(3) == 0)
			print_regex(stream);
		fprintf(stream, "\n");
	}
}

static struct policy random_policy(bool regexes)
{
	unsigned categories = below(4), filters = 1 + below(3);
	struct policy policy;
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	for (unsigned i = 0; i < categories; i++) {
		fprintf(stream, "category c%u", i);
		print_patterns(stream, 6);
		fprintf(stream, "\n");
	}
	for (unsigned i = 0; i < filters; i++)
		print_filter(stream, i, categories, regexes);
	fprintf(stream, "group all");
	for (unsigned i = below(4); i > 0; i--)
		fprintf(stream, " f%u", below(filters));
	fprintf(stream, "\nany %s\nuncategorized %s\n", random_verdict(), random_verdict());
	fclose(stream);
	policy = image_policy(text);
	free(text);
	return policy;
}

/* A spelling of a name, and its one form. */
static void random_question(char *spelled, char *name)
{
	random_name(name, 5);
	strcpy(spelled, name);
	for (char *at = spelled; *at != '\0'; at++)
		if (below(2) == 0)
			*at = (char)toupper(*at);
	if (below(4) == 0)
		strcat(spelled, ".");
}

static bool agree(const struct image_result *result, const struct answer *answer)
{
	int row = result->match == IMAGE_MATCH_ROW ? (int)result->row : -1;

	return result->filter == answer->filter && row == answer->row &&
	       result->verdict.action == answer->verdict->action && result->verdict.log == answer->verdict->log &&
	       result->verdict.decryption_exception == answer->verdict->decryption_exception;
}

static unsigned disagreements, rows_met;

static void compare(const struct policy *policy, const struct subject *subject)
{
	char spelled[256], name[256];
	struct image_result result;

	for (unsigned i = 0; i < QUESTIONS; i++) {
		unsigned filter = below(policy->filter_count);
		struct answer answer;

		random_question(spelled, name);
		answer = ask(policy, filter, spelled);
		rows_met += answer.row >= 0;
		result = image_ask(subject, filter, name);
		if (!agree(&result, &answer) && disagreements++ < 10)
			printf("\n%s: row %d of filter %u instead of row %d of %u\n", spelled, (int)result.row,
			       result.filter, answer.row, answer.filter);
		if (image_denies(subject->image, subject->scratch, filter, name, &result) !=
		    (answer.row >= 0 && answer.verdict->action == POLICY_DENY))
			disagreements++;
	}
}

static void image_and_reference_agree_on_a_million_questions(void)
{
	for (unsigned i = 0; i < POLICIES; i++) {
		struct policy policy = random_policy(i % 4 == 0);
		struct subject subject = image_subject(&policy);

		compare(&policy, &subject);
		forget_compiled();
		image_subject_free(&subject);
		image_policy_free(&policy);
	}
	CU_ASSERT_EQUAL(disagreements, 0);
	/* the questions are worth asking: rows and defaults both decide often */
	CU_ASSERT(rows_met > POLICIES * QUESTIONS / 10 && rows_met < POLICIES * QUESTIONS * 9 / 10);
}

int main(void)
{
	return TESTS_RUN("image reference", TEST(image_and_reference_agree_on_a_million_questions));
}
