/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * usage: bench_image [NAMES]
 *
 * Compiles a policy of NAMES (a million) made-up names, half of them exact, half "*.", all in one category that the
 * only row of a filter denies, and one name of 127 labels; a second filter has a hundred regular expressions. Looks
 * names up in it: prints what compiling takes, and the nanoseconds of a lookup
 *
 *	warm	of the same thousand names over and over: what they touch is in the nearer caches
 *	spread	of all names in random order: the table is as far away as its size makes it
 *	cold	after every cache line of the image was flushed: each is fetched from memory
 *
 * Medians of five rounds, in which the cases take turns. Times are of this thread; cold lookups are too short for that
 * clock. docs/benchmarks.md has figures.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sys/mman.h>

#include <config/image.h>

#define ROUNDS 5
#define WARM_NAMES 1000
#define LOOKUPS 200000
#define COLD_LOOKUPS 64
#define COLD_FLUSHES 5
#define HUGE_PAGE ((size_t)2 << 20)
#define CACHE_LINE 64

enum temperature {
	WARM,
	SPREAD,
	COLD,
	TEMPERATURES
};

static const char *const temperatures[] = {"warm", "spread", "cold"};

/* What is asked: names that are there, names below a wildcard, names that are not there, the same of the filter with
 * expressions, of which none matches, and names of as many labels as there can be. */
enum question {
	HIT,
	BELOW,
	MISS,
	EXPRESSIONS,
	DEEP,
	QUESTIONS
};

static const char *const questions[] = {
    "exact name", "below a wildcard", "no such name", "100 expressions", "127 labels",
};

#define NAME_SIZE 256
#define EXPRESSION_COUNT 100

static uint64_t state = 1;

static uint64_t next_random(void)
{
	uint64_t mixed = state += 0x9e3779b97f4a7c15;

	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
	return mixed ^ mixed >> 31;
}

static void die(const char *what)
{
	fprintf(stderr, "bench_image: %s\n", what);
	exit(1);
}

static double read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Of this thread: what else runs on the machine takes none of it. */
static double processor_time(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

/* A label of 4 to 15 letters and digits, with a number in it, so that all differ. */
static size_t print_label(char *place, uint64_t number)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	size_t length = 1 + next_random() % 8;

	for (size_t i = 0; i < length; i++)
		place[i] = letters[next_random() % 26];
	return length + (size_t)sprintf(place + length, "%llu", (unsigned long long)number);
}

/* Two labels in five of six cases, three in the others, as lists of domains have. */
static char *make_name(uint64_t number)
{
	static const char *const tops[] = {"com", "net", "org", "de", "co.uk", "io", "xyz", "info"};
	char name[64];
	size_t length = 0;

	if (next_random() % 6 == 0)
		length = (size_t)sprintf(name, "%s.", number % 2 == 0 ? "www" : "cdn");
	length += print_label(name + length, number);
	sprintf(name + length, ".%s", tops[next_random() % 8]);
	return strdup(name);
}

static struct policy_category category;
static struct policy_row rows[2];
static struct policy_filter filters[2];
static struct policy policy;

/* 127 labels of one letter, the first few by the number. */
static void print_deep(char buffer[NAME_SIZE], size_t number)
{
	for (unsigned i = 0; i < 127; i++) {
		buffer[2 * i] = (char)('a' + (i < 8 ? number >> i & 1 : i % 26));
		buffer[2 * i + 1] = i < 126 ? '.' : '\0';
	}
}

static void make_expressions(struct policy_row *row)
{
	row->regexes = calloc(EXPRESSION_COUNT, sizeof(*row->regexes));
	row->regex_count = EXPRESSION_COUNT;
	for (unsigned i = 0; i < EXPRESSION_COUNT; i++)
		if (asprintf(&row->regexes[i], "(.*\\.)?(ads?|track(er)?|metrics)%u[0-9_-]*\\..*", i) < 0)
			die("no memory");
}

static void make_policy(size_t names)
{
	static unsigned first_category;
	char deep[NAME_SIZE];

	category.name = strdup("all");
	category.names.items = calloc(names + 1, sizeof(*category.names.items));
	if (category.names.items == NULL)
		die("no memory");
	for (size_t i = 0; i < names; i++)
		category.names.items[i] = (struct policy_pattern){make_name(i), i % 2 == 1};
	print_deep(deep, 0);
	category.names.items[names] = (struct policy_pattern){strdup(deep), false};
	category.names.count = names + 1;
	rows[0].categories = &first_category;
	rows[0].category_count = 1;
	make_expressions(&rows[1]);
	filters[0] = (struct policy_filter){.name = strdup("web"), .rows = &rows[0], .row_count = 1};
	filters[1] = (struct policy_filter){.name = strdup("expressions"), .rows = &rows[1], .row_count = 1};
	policy = (struct policy){NULL, 0, filters, 2, &category, 1};
}

/* Number `number` of what may be asked. */
static const char *ask_for(enum question question, size_t number, char buffer[NAME_SIZE])
{
	const struct policy_patterns *names = &category.names;
	size_t pair = number % ((names->count - 1) / 2) * 2;

	switch (question) {
	case HIT:
		return names->items[pair].name;
	case BELOW:
		sprintf(buffer, "host.%s", names->items[pair + 1].name);
		return buffer;
	case DEEP:
		print_deep(buffer, number | 1);
		return buffer;
	default:
		sprintf(buffer, "www.%c%s", 'a' + (char)(number % 26), names->items[pair].name);
		return buffer;
	}
}

/* An image where the region would have it: on large pages, if there are any. */
static struct image_header *settle(const struct image_header *image, size_t size)
{
	size_t room = (size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	void *place = aligned_alloc(HUGE_PAGE, room);

	if (place == NULL)
		die("no memory");
	madvise(place, room, MADV_HUGEPAGE);
	memcpy(place, image, size);
	return place;
}

static struct image_header *compile(size_t names)
{
	char reason[IMAGE_REASON_SIZE];
	struct image_header *image, *settled;
	struct config_error error;
	double began = processor_time(), built, checked;
	size_t size;

	image = image_build(&policy, &size, &error);
	if (image == NULL)
		die(error.faults[0].message);
	built = processor_time();
	if (!image_check(image, size, reason))
		die(reason);
	checked = processor_time();
	printf("%zu names: compiled in %.3f s, checked in %.3f s of the processor, %.1f MB, %.1f octets a name\n",
	       names, built - began, checked - built, (double)size / 1e6, (double)size / (double)names);
	settled = settle(image, size);
	free(image);
	return settled;
}

static void flush(const struct image_header *image)
{
	const char *octets = (const char *)image;

	for (size_t at = 0; at < image->size; at += CACHE_LINE)
		__builtin_ia32_clflush(octets + at);
	__builtin_ia32_mfence();
}

/* The names of one round, copied beside one another, so that fetching them costs little. */
static char (*texts)[NAME_SIZE];

static void prepare(enum question question, size_t count, size_t different)
{
	size_t first = next_random();

	for (size_t i = 0; i < count; i++) {
		char buffer[NAME_SIZE];
		size_t number = different == WARM_NAMES ? first + i % different : next_random();

		strcpy(texts[i], ask_for(question, number >> 1, buffer));
	}
}

static uint64_t sum; /* what lookups say, so that no compiler leaves them out */

static struct image_scratch *scratch;

static void look_up(const struct image_header *image, enum question question, const char *name)
{
	struct image_result result;

	image_lookup(image, scratch, question == EXPRESSIONS ? 1 : 0, name, NULL, &result);
	sum += result.counter;
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return a < b ? -1 : a > b;
}

static double run_warm_or_spread(const struct image_header *image, enum question question, bool warm)
{
	double began;

	prepare(question, LOOKUPS, warm ? WARM_NAMES : LOOKUPS);
	for (size_t i = 0; i < LOOKUPS && warm; i++)
		look_up(image, question, texts[i]);
	began = processor_time();
	for (size_t i = 0; i < LOOKUPS; i++)
		look_up(image, question, texts[i]);
	return (processor_time() - began) * 1e9 / LOOKUPS;
}

/* Each lookup is timed by itself, so that none runs into the next, less what reading the clock takes; the median. */
static double run_cold(const struct image_header *image, enum question question)
{
	static double clock[COLD_FLUSHES * COLD_LOOKUPS], times[COLD_FLUSHES * COLD_LOOKUPS];

	for (unsigned i = 0; i < COLD_FLUSHES * COLD_LOOKUPS; i++) {
		clock[i] = -read_clock(CLOCK_MONOTONIC);
		clock[i] += read_clock(CLOCK_MONOTONIC);
	}
	for (unsigned i = 0; i < COLD_FLUSHES * COLD_LOOKUPS; i++) {
		if (i % COLD_LOOKUPS == 0) {
			prepare(question, COLD_LOOKUPS, LOOKUPS);
			flush(image);
		}
		times[i] = -read_clock(CLOCK_MONOTONIC);
		look_up(image, question, texts[i % COLD_LOOKUPS]);
		times[i] += read_clock(CLOCK_MONOTONIC);
	}
	qsort(clock, COLD_FLUSHES * COLD_LOOKUPS, sizeof(*clock), compare);
	qsort(times, COLD_FLUSHES * COLD_LOOKUPS, sizeof(*times), compare);
	return (times[COLD_FLUSHES * COLD_LOOKUPS / 2] - clock[COLD_FLUSHES * COLD_LOOKUPS / 2]) * 1e9;
}

static double run(const struct image_header *image, enum question question, enum temperature temperature)
{
	if (temperature == COLD)
		return run_cold(image, question);
	return run_warm_or_spread(image, question, temperature == WARM);
}

int main(int count, char **arguments)
{
	static double times[QUESTIONS][TEMPERATURES][ROUNDS];
	size_t names = count > 1 ? strtoul(arguments[1], NULL, 10) : 1000000;
	struct image_header *image;

	if (names < 2 || names >= POLICY_NAMES)
		die("from 2 to 8388607 names");
	texts = calloc(LOOKUPS, sizeof(*texts));
	if (texts == NULL)
		die("no memory");
	make_policy(names);
	image = compile(names);
	if (!image_scratch_grow(&scratch, image))
		die("no memory");
	for (unsigned round = 0; round < ROUNDS; round++)
		for (enum question question = 0; question < QUESTIONS; question++)
			for (enum temperature temperature = 0; temperature < TEMPERATURES; temperature++)
				times[question][temperature][round] = run(image, question, temperature);
	for (enum question question = 0; question < QUESTIONS; question++)
		for (enum temperature temperature = 0; temperature < TEMPERATURES; temperature++) {
			double *rounds = times[question][temperature];

			qsort(rounds, ROUNDS, sizeof(*rounds), compare);
			printf("%-16s  %-6s  %5.0f ns a lookup (%.0f to %.0f)\n", questions[question],
			       temperatures[temperature], rounds[ROUNDS / 2], rounds[0], rounds[ROUNDS - 1]);
		}
	return sum == 0;
}
