/* SPDX-License-Identifier: BSD-3-Clause */
#include "flow_log_support.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CUnit/CUnit.h>
#include <cjson/cJSON.h>

#include "support.h"

static char buffer[FLOW_LOG_TEXT_SIZE];
static int own_saved;
static int own_file;

void flow_log_prepare(struct flow_log_scene *scene)
{
	*scene = (struct flow_log_scene){
	    .folder = "/tmp/sluice-test-XXXXXX",
	    .settings = {.ring = 64, .buffer = 16384},
	    .reader = -1,
	    .clock = 5000000,
	};
	signal(SIGPIPE, SIG_IGN);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(scene->folder));
	snprintf(scene->path, sizeof(scene->path), "%s/flows", scene->folder);
	scene->settings.path = scene->path;
}

static const char *reason_name(unsigned reason)
{
	return reason == 1 ? "policy-denied" : NULL;
}

void flow_log_start(struct flow_log_scene *scene)
{
	struct fault fault;

	scene->log = flow_log_open(&scene->settings, 1, reason_name, &fault);
	if (scene->log == NULL)
		puts(fault.text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(scene->log);
}

void flow_log_begin(struct flow_log_scene *scene)
{
	flow_log_prepare(scene);
	flow_log_start(scene);
}

void flow_log_begin_fifo(struct flow_log_scene *scene)
{
	flow_log_prepare(scene);
	CU_ASSERT_EQUAL_FATAL(mkfifo(scene->path, 0600), 0);
	scene->reader = open(scene->path, O_RDONLY | O_NONBLOCK);
	CU_ASSERT_TRUE_FATAL(scene->reader >= 0);
	flow_log_start(scene);
}

void flow_log_end(struct flow_log_scene *scene)
{
	static const char *const names[] = {"flows", "flows.1"};
	char path[100];

	flow_log_close(scene->log, scene->clock, FLOW_LOG_WALL + scene->clock);
	if (scene->reader >= 0)
		close(scene->reader);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", scene->folder, names[i]);
		unlink(path);
	}
	CU_ASSERT_EQUAL(rmdir(scene->folder), 0);
}

bool flow_log_publish(struct flow_log_scene *scene, uint64_t flow)
{
	struct flow_ring *ring = flow_log_ring(scene->log, 0);
	struct flow_record *record = flow_ring_claim(ring);

	if (record == NULL)
		return false;
	record->at = scene->clock;
	record->flow = flow;
	record->client = address_from_ipv4(0x010200c0);
	record->client_port = 4711;
	flow_record_set(record, FLOW_TEXT_SERVICE, "web", 3);
	flow_ring_publish(ring);
	return true;
}

void flow_log_pass(struct flow_log_scene *scene, unsigned milliseconds)
{
	scene->clock += (uint64_t)milliseconds * 1000;
	flow_log_turn(scene->log, scene->clock, FLOW_LOG_WALL + scene->clock);
}

void flow_log_write(struct flow_log_scene *scene, uint64_t first, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		CU_ASSERT_TRUE_FATAL(flow_log_publish(scene, first + i));
		flow_log_pass(scene, 0);
	}
}

static const char *read_all(int file)
{
	size_t used = 0;
	ssize_t got;

	CU_ASSERT_TRUE_FATAL(file >= 0);
	while ((got = read(file, buffer + used, sizeof(buffer) - 1 - used)) > 0)
		used += (size_t)got;
	buffer[used] = '\0';
	return buffer;
}

const char *flow_log_read_file(const char *path)
{
	int file = open(path, O_RDONLY | O_NONBLOCK);

	read_all(file);
	close(file);
	return buffer;
}

const char *flow_log_read(struct flow_log_scene *scene)
{
	return scene->reader >= 0 ? read_all(scene->reader) : flow_log_read_file(scene->path);
}

static uint64_t member(const cJSON *object, const char *name)
{
	const cJSON *number = cJSON_GetObjectItemCaseSensitive(object, name);

	CU_ASSERT_TRUE_FATAL(cJSON_IsNumber(number));
	return (uint64_t)number->valuedouble;
}

unsigned flow_log_count(const char *text, uint64_t *dropped)
{
	unsigned long long last = 0;
	uint64_t missing = 0;
	unsigned lines = 0;

	if (dropped != NULL)
		*dropped = 0;
	while (*text != '\0') {
		const char *newline = strchr(text, '\n');
		const char *end = NULL;
		const cJSON *gap, *flow;
		cJSON *json;

		CU_ASSERT_PTR_NOT_NULL_FATAL(newline);
		json = cJSON_ParseWithLengthOpts(text, (size_t)(newline - text), &end, 0);
		CU_ASSERT_PTR_NOT_NULL_FATAL(json);
		CU_ASSERT_PTR_EQUAL(end, newline);
		gap = cJSON_GetObjectItemCaseSensitive(json, "dropped");
		flow = cJSON_GetObjectItemCaseSensitive(json, "flow");
		if (gap != NULL)
			missing += member(gap, "ring") + member(gap, "target");
		if (flow != NULL) {
			unsigned long long number = strtoull(cJSON_GetStringValue(flow), NULL, 16);

			CU_ASSERT_TRUE(number > last);
			if (dropped != NULL) {
				CU_ASSERT_TRUE(lines == 0 || number == last + missing + 1);
				*dropped += missing;
			}
			missing = 0;
			last = number;
			lines++;
		}
		CU_ASSERT_TRUE((gap == NULL) != (flow == NULL));
		cJSON_Delete(json);
		text = newline + 1;
	}
	if (dropped != NULL)
		*dropped += missing;
	return lines;
}

/* A pipe, as limits of files do not hold for it. */
void flow_log_own_begin(void)
{
	int ends[2];

	own_saved = dup(STDERR_FILENO);
	CU_ASSERT_TRUE_FATAL(own_saved >= 0 && pipe2(ends, O_NONBLOCK) == 0 && dup2(ends[1], STDERR_FILENO) >= 0);
	close(ends[1]);
	own_file = ends[0];
}

const char *flow_log_own_end(void)
{
	dup2(own_saved, STDERR_FILENO);
	close(own_saved);
	read_all(own_file);
	close(own_file);
	return buffer;
}
