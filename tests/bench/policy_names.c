/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * usage: policy_names [NAMES [ROUNDS]]
 * Loads a policy.json whose category is a file of names, a million if nothing is said, and prints the CPU time of each
 * round, and the memory: what the policy holds, and the most that the process ever had. The names are those of the same
 * seed each time, 6 to 24 octets before the last label, a tenth of them wildcards.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <config/policy.h>

static uint64_t state = 1;

/* SplitMix64. */
static uint64_t draw(void)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void write_label(FILE *file, unsigned length)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	for (; length > 0; length--)
		fputc(letters[draw() % (sizeof(letters) - 1)], file);
}

static long write_names(const char *path, unsigned long names)
{
	FILE *file = fopen(path, "w");
	long size;

	if (file == NULL)
		return -1;
	for (unsigned long i = 0; i < names; i++) {
		if (draw() % 10 == 0)
			fputs("*.", file);
		write_label(file, 2 + (unsigned)(draw() % 10));
		fputc('.', file);
		write_label(file, 3 + (unsigned)(draw() % 10));
		fputs(draw() % 2 == 0 ? ".test\n" : ".example\n", file);
	}
	size = ftell(file);
	fclose(file);
	return size;
}

/* Processor time of this process, in milliseconds. */
static double processor_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static bool load(const char *path, unsigned long names)
{
	size_t before = mallinfo2().hblkhd + mallinfo2().uordblks;
	double start = processor_time();
	struct config_error error;
	struct policy policy;
	bool good;

	if (!policy_load(path, &policy, &error)) {
		config_error_print(&error, stdout);
		return false;
	}
	printf("loaded %zu names: %.0f ms, %.1f MiB held\n", policy.categories[0].names.count, processor_time() - start,
	       (double)(mallinfo2().hblkhd + mallinfo2().uordblks - before) / (1 << 20));
	good = policy.categories[0].names.count == names;
	policy_free(&policy);
	return good;
}

static bool run(const char *folder, unsigned long names, unsigned long rounds)
{
	static const char document[] = "{ \"categories\": [ { \"name\": \"c\", \"name_files\": [\"names\"] } ] }";
	char policy_path[64], names_path[64];
	struct rusage usage;
	bool good = true;
	FILE *file;

	snprintf(policy_path, sizeof(policy_path), "%s/policy.json", folder);
	snprintf(names_path, sizeof(names_path), "%s/names", folder);
	file = fopen(policy_path, "w");
	if (file == NULL)
		return false;
	fputs(document, file);
	fclose(file);
	printf("a file of %ld octets\n", write_names(names_path, names));
	for (unsigned long i = 0; i < rounds && good; i++)
		good = load(policy_path, names);
	getrusage(RUSAGE_SELF, &usage);
	printf("at most %.1f MiB in memory\n", (double)usage.ru_maxrss / 1024);
	unlink(names_path);
	unlink(policy_path);
	return good;
}

int main(int count, char **arguments)
{
	unsigned long names = count > 1 ? strtoul(arguments[1], NULL, 10) : 1000000;
	unsigned long rounds = count > 2 ? strtoul(arguments[2], NULL, 10) : 5;
	char folder[] = "/tmp/sluice_policy_names_XXXXXX";
	bool good;

	if (mkdtemp(folder) == NULL)
		return EXIT_FAILURE;
	good = run(folder, names, rounds);
	rmdir(folder);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
