/* SPDX-License-Identifier: BSD-3-Clause */
#include "credential_desk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "credential_check.h"

#define QUESTIONS 64	   /* of a worker, at a time */
#define ENTRIES 4096	   /* as many as a service may have users */
#define LIFETIME 300000000 /* microseconds */

struct credential_desk {
	int wake;
	unsigned count;
	struct credential_check *checks[];
};

static bool create_check(struct credential_desk *desk, unsigned worker, struct fault *fault)
{
	char name[16];
	const struct credential_check_config config = {
	    .name = name,
	    .questions = QUESTIONS,
	    .entries = ENTRIES,
	    .lifetime = LIFETIME,
	    .wake = desk->wake,
	};

	snprintf(name, sizeof(name), "users%u", worker);
	desk->checks[worker] = credential_check_create(&config, fault);
	return desk->checks[worker] != NULL;
}

struct credential_desk *credential_desk_open(unsigned workers, struct fault *fault)
{
	struct credential_desk *desk = calloc(1, sizeof(*desk) + workers * sizeof(desk->checks[0]));

	if (desk == NULL) {
		fault_set(fault, "no memory for checking credentials");
		return NULL;
	}
	desk->count = workers;
	desk->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (desk->wake < 0) {
		fault_set(fault, "eventfd: %s", strerror(errno));
		credential_desk_close(desk);
		return NULL;
	}
	for (unsigned i = 0; i < workers; i++)
		if (!create_check(desk, i, fault)) {
			credential_desk_close(desk);
			return NULL;
		}
	return desk;
}

void credential_desk_close(struct credential_desk *desk)
{
	if (desk == NULL)
		return;
	for (unsigned i = 0; i < desk->count; i++)
		credential_check_destroy(desk->checks[i]);
	if (desk->wake >= 0)
		close(desk->wake);
	free(desk);
}

struct credential_check *credential_desk_of(struct credential_desk *desk, unsigned worker)
{
	return desk->checks[worker];
}

int credential_desk_descriptor(const struct credential_desk *desk)
{
	return desk == NULL ? -1 : desk->wake;
}

/* Whether all was answered is known when a turn finds nothing: until then the descriptor stays readable. A question
 * that is asked meanwhile makes it so by itself. */
unsigned credential_desk_turn(struct credential_desk *desk)
{
	unsigned count = 0;
	eventfd_t asked;

	if (desk == NULL || eventfd_read(desk->wake, &asked) != 0)
		return 0;
	for (unsigned i = 0; i < desk->count; i++)
		count += credential_check_work(desk->checks[i], 1);
	if (count > 0)
		eventfd_write(desk->wake, 1);
	return count;
}
