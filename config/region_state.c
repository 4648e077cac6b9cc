/* SPDX-License-Identifier: BSD-3-Clause */
#include "region_state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "private_file.h"
#include "reason.h"
#include "region_store.h"

#define STATE_MAGIC UINT64_C(0x0265746174536c53) /* "SlState" and a version */
#define STATE_NAME "state"
#define STATE_HITS 8192	   /* where the hit counters begin */
#define STATE_ATTEMPTS 100 /* of a reader at what is being written */
#define TEXT_WORDS (REGION_REASON_SIZE / 8)

/* What the main lcore says of an image in a slot, by its generation. */
struct state_slot {
	_Atomic uint64_t examined; /* it is or was read, and may have been handed to workers */
	_Atomic uint64_t refused;  /* and is not read any more */
};

struct state_worker {
	alignas(64) _Atomic uint64_t taken;
};

struct region_state_file {
	_Atomic uint64_t magic;	      /* this and the next are the same in each version */
	_Atomic uint64_t incarnation; /* 0: what follows is being emptied */
	_Atomic uint64_t started_at;
	_Atomic uint64_t process;
	_Atomic uint64_t identity;
	_Atomic uint64_t workers;
	_Atomic uint64_t counters;
	alignas(64) _Atomic uint32_t changes; /* counts what pushers wait for: a futex */
	alignas(64) struct state_slot slots[REGION_SLOTS];
	alignas(64) _Atomic uint64_t refusal_sequence; /* odd: being written */
	_Atomic uint64_t refused;
	_Atomic uint64_t refusal[TEXT_WORDS];
	_Atomic uint64_t kept_device; /* of the folder on disk; 0 and 0: there is none */
	_Atomic uint64_t kept_inode;
	_Atomic uint64_t kept[TEXT_WORDS]; /* its path */
	struct state_worker workers_taken[REGION_WORKERS];
};

_Static_assert(sizeof(struct region_state_file) <= STATE_HITS, "hit counters follow all else");
_Static_assert(REGION_REASON_SIZE % 8 == 0, "a refusal is whole words");

/* Octets of the counters of one worker: whole cache lines. */
static uint64_t hits_stride(uint32_t counters)
{
	return ((uint64_t)counters * 8 + 63) / 64 * 64;
}

static bool map_state(const struct region_folder *folder, struct region_state *state, uint64_t size,
		      char reason[REGION_REASON_SIZE])
{
	state->shared = region_folder_map(folder, state->file, STATE_NAME, size, state->gateway, reason);
	state->mapped = size;
	return state->shared != NULL;
}

static bool take_lock(const struct region_folder *folder, struct region_state *state, char reason[REGION_REASON_SIZE])
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct region_status status = {0};

	/* Such a lock can be asked for without taking it, so that no reader is ever in a gateway's way. */
	if (fcntl(state->file, F_OFD_SETLK, &lock) == 0)
		return true;
	if (errno != EAGAIN && errno != EACCES)
		return reason_set(reason, "%s/" STATE_NAME " cannot be locked: %s", folder->path, strerror(errno));
	state->gateway = false;
	if (region_state_refresh(folder, state, reason))
		region_state_read(state, &status);
	return reason_set(reason, "another sluiced uses the region %s (process %llu): end it, or name another folder",
			  folder->path, (unsigned long long)status.process);
}

bool region_state_open_gateway(const struct region_folder *folder, unsigned workers, uint32_t counters,
			       struct region_state *state, char reason[REGION_REASON_SIZE])
{
	uint64_t size = region_folder_pages(folder, STATE_HITS + hits_stride(counters) * workers);

	*state = (struct region_state){.gateway = true, .workers = workers, .counters = counters};
	region_step();
	state->file = private_file_open(folder->descriptor, folder->path, STATE_NAME, O_RDWR | O_CREAT, reason);
	if (state->file < 0)
		return false;
	if (!take_lock(folder, state, reason))
		return false;
	/* Never made smaller: a reader may have mapped it. */
	if (!region_folder_extend(folder, state->file, STATE_NAME, size, reason) ||
	    !map_state(folder, state, size, reason))
		return false;
	/* From now on what the one before said does not count; else a pusher, and this waits for it, might obey it. */
	region_store(&state->shared->incarnation, 0);
	return true;
}

static void store_text(_Atomic uint64_t to[TEXT_WORDS], const char *text)
{
	uint64_t words[TEXT_WORDS] = {0};

	snprintf((char *)words, sizeof(words), "%s", text);
	for (unsigned i = 0; i < TEXT_WORDS; i++)
		region_store(&to[i], words[i]);
}

/* With nothing in it that a terminal would obey. */
static void load_text(const _Atomic uint64_t from[TEXT_WORDS], char text[REGION_REASON_SIZE])
{
	uint64_t words[TEXT_WORDS];

	for (unsigned i = 0; i < TEXT_WORDS; i++)
		words[i] = region_load(&from[i]);
	memcpy(text, words, sizeof(words));
	text[REGION_REASON_SIZE - 1] = '\0';
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

/* Says where the gateway looks for what is kept. */
static void store_kept(struct region_state_file *shared, const char *kept)
{
	struct stat status = {0};
	char *path = realpath(kept, NULL);

	if (stat(kept, &status) != 0)
		status = (struct stat){0};
	region_store(&shared->kept_device, status.st_dev);
	region_store(&shared->kept_inode, status.st_ino);
	store_text(shared->kept, path != NULL ? path : kept);
	free(path);
}

bool region_state_begin(struct region_state *state, uint64_t identity, const char *kept,
			char reason[REGION_REASON_SIZE])
{
	struct region_state_file *shared = state->shared;
	uint64_t incarnation;

	do {
		if (getrandom(&incarnation, sizeof(incarnation), 0) != sizeof(incarnation))
			return reason_set(reason, "no random numbers: %s", strerror(errno));
	} while (incarnation == 0);
	region_store(&shared->incarnation, 0);
	region_fence();
	region_store(&shared->magic, STATE_MAGIC);
	region_store(&shared->started_at, (uint64_t)time(NULL));
	region_store(&shared->process, (uint64_t)getpid());
	region_store(&shared->identity, identity);
	region_store(&shared->workers, state->workers);
	region_store(&shared->counters, state->counters);
	for (unsigned i = 0; i < REGION_SLOTS; i++) {
		region_store(&shared->slots[i].examined, 0);
		region_store(&shared->slots[i].refused, 0);
	}
	for (unsigned i = 0; i < REGION_WORKERS; i++)
		region_store(&shared->workers_taken[i].taken, 0);
	/* Whoever died while writing it has left it odd. */
	region_store(&shared->refusal_sequence, 0);
	region_store(&shared->refused, 0);
	store_kept(shared, kept);
	region_wipe((uint8_t *)shared + STATE_HITS, hits_stride(state->counters) * state->workers);
	region_fence();
	region_store(&shared->incarnation, incarnation);
	region_fence();
	return true;
}

/* Once a generation and worker, so the system call may be made whether anybody waits or not. */
static void tell_change(struct region_state *state)
{
	region_step();
	atomic_fetch_add(&state->shared->changes, 1);
	syscall(SYS_futex, &state->shared->changes, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void region_state_examine(struct region_state *state, unsigned slot, uint64_t generation)
{
	if (region_load(&state->shared->slots[slot].examined) == generation)
		return;
	region_store(&state->shared->slots[slot].examined, generation);
	region_fence();
}

void region_state_refuse(struct region_state *state, unsigned slot, uint64_t generation, const char *why)
{
	struct region_state_file *shared = state->shared;
	uint64_t sequence = region_load(&shared->refusal_sequence);

	region_store(&shared->refusal_sequence, sequence + 1);
	region_fence();
	region_store(&shared->refused, generation);
	store_text(shared->refusal, why);
	region_fence();
	region_store(&shared->refusal_sequence, sequence + 2);
	if (slot < REGION_SLOTS)
		region_store(&shared->slots[slot].refused, generation);
	tell_change(state);
}

void region_state_taken(struct region_state *state, unsigned worker, uint64_t generation)
{
	region_store(&state->shared->workers_taken[worker].taken, generation);
	tell_change(state);
}

static uint64_t *hits_at(const struct region_state *state, unsigned worker, uint32_t counters)
{
	return (uint64_t *)((uint8_t *)state->shared + STATE_HITS + hits_stride(counters) * worker);
}

uint64_t *region_state_hits(struct region_state *state, unsigned worker)
{
	return hits_at(state, worker, state->counters);
}

bool region_state_refresh(const struct region_folder *folder, struct region_state *state,
			  char reason[REGION_REASON_SIZE])
{
	struct stat status;

	if (state->file < 0) {
		state->file = private_file_open(folder->descriptor, folder->path, STATE_NAME, O_RDONLY, reason);
		if (state->file < 0)
			return errno == ENOENT;
	}
	if (fstat(state->file, &status) != 0)
		return reason_set(reason, "%s/" STATE_NAME " cannot be examined: %s", folder->path, strerror(errno));
	if (status.st_size < STATE_HITS || (state->shared != NULL && state->mapped == (uint64_t)status.st_size))
		return true;
	if (state->shared != NULL)
		munmap(state->shared, state->mapped);
	return map_state(folder, state, region_folder_pages(folder, (uint64_t)status.st_size), reason);
}

bool region_state_running(const struct region_state *state)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (state->gateway)
		return true;
	return state->file >= 0 && fcntl(state->file, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* How many workers and counters there are, within the file; false if nothing is there that can be read. */
static bool read_bounds(const struct region_state *state, unsigned *workers, uint32_t *counters)
{
	uint64_t words[2];

	if (state->shared == NULL || region_load(&state->shared->magic) != STATE_MAGIC ||
	    region_load(&state->shared->incarnation) == 0)
		return false;
	words[0] = region_load(&state->shared->workers);
	words[1] = region_load(&state->shared->counters);
	if (words[0] == 0 || words[0] > REGION_WORKERS || words[1] > UINT32_MAX ||
	    STATE_HITS + hits_stride((uint32_t)words[1]) * words[0] > state->mapped)
		return false;
	*workers = (unsigned)words[0];
	*counters = (uint32_t)words[1];
	return true;
}

/* The refusal; empty if it cannot be read whole. */
static void read_refusal(const struct region_state *state, struct region_status *status)
{
	const struct region_state_file *shared = state->shared;

	for (unsigned attempt = 0; attempt < STATE_ATTEMPTS; attempt++) {
		uint64_t sequence = region_load(&shared->refusal_sequence);

		status->refused = region_load(&shared->refused);
		load_text(shared->refusal, status->refusal);
		if ((sequence & 1) || region_load(&shared->refusal_sequence) != sequence)
			continue;
		if (status->refused == 0)
			status->refusal[0] = '\0';
		return;
	}
	status->refused = 0;
	status->refusal[0] = '\0';
}

bool region_state_read(const struct region_state *state, struct region_status *status)
{
	uint32_t counters;

	for (unsigned attempt = 0; attempt < STATE_ATTEMPTS; attempt++) {
		if (!read_bounds(state, &status->workers, &counters))
			break;
		status->incarnation = region_load(&state->shared->incarnation);
		status->started_at = region_load(&state->shared->started_at);
		status->process = region_load(&state->shared->process);
		for (unsigned i = 0; i < status->workers; i++)
			status->taken[i] = region_load(&state->shared->workers_taken[i].taken);
		read_refusal(state, status);
		if (status->incarnation != 0 && region_load(&state->shared->incarnation) == status->incarnation)
			return true;
	}
	status->workers = 0;
	status->incarnation = 0;
	return false;
}

bool region_state_starting(const struct region_state *state)
{
	return region_state_running(state) && (state->shared == NULL || region_load(&state->shared->incarnation) == 0);
}

bool region_state_other(const struct region_state *state)
{
	return state->shared != NULL && region_load(&state->shared->incarnation) != 0 &&
	       region_load(&state->shared->magic) != STATE_MAGIC;
}

uint64_t region_state_identity(const struct region_state *state)
{
	uint32_t counters;
	unsigned workers;

	return read_bounds(state, &workers, &counters) ? region_load(&state->shared->identity) : 0;
}

/* The path decides too, where the folder was made anew since. */
bool region_state_keeps(const struct region_state *state, const char *kept, char path[REGION_REASON_SIZE])
{
	struct stat status;
	uint32_t counters;
	unsigned workers;
	char *real;
	bool same;

	if (!read_bounds(state, &workers, &counters))
		return true;
	load_text(state->shared->kept, path);
	if (stat(kept, &status) == 0 && region_load(&state->shared->kept_device) == status.st_dev &&
	    region_load(&state->shared->kept_inode) == status.st_ino)
		return true;
	real = realpath(kept, NULL);
	same = strcmp(real != NULL ? real : kept, path) == 0;
	free(real);
	return same;
}

bool region_state_holds(const struct region_state *state, unsigned slot, uint64_t generation, unsigned *worker)
{
	uint32_t counters;
	unsigned workers;

	if (!read_bounds(state, &workers, &counters) ||
	    region_load(&state->shared->slots[slot].examined) != generation ||
	    region_load(&state->shared->slots[slot].refused) == generation)
		return false;
	for (*worker = 0; *worker < workers; ++*worker)
		if (region_load(&state->shared->workers_taken[*worker].taken) <= generation)
			return true;
	return false;
}

bool region_state_examined(const struct region_state *state, unsigned slot, uint64_t generation)
{
	return state->shared != NULL && region_load(&state->shared->slots[slot].examined) == generation;
}

bool region_state_refused(const struct region_state *state, unsigned slot, uint64_t generation)
{
	return state->shared != NULL && region_load(&state->shared->slots[slot].refused) == generation;
}

uint64_t region_state_sum(const struct region_state *state, uint32_t counter, uint64_t generation)
{
	uint32_t counters;
	unsigned workers;
	uint64_t sum = 0;

	if (!read_bounds(state, &workers, &counters) || counter >= counters)
		return 0;
	for (unsigned i = 0; i < workers; i++)
		if (region_load(&state->shared->workers_taken[i].taken) == generation)
			sum += __atomic_load_n(&hits_at(state, i, counters)[counter], __ATOMIC_RELAXED);
	return sum;
}

uint32_t region_state_changes(const struct region_state *state)
{
	return state->shared != NULL ? atomic_load(&state->shared->changes) : 0;
}

/* Without a state there is nothing that could wake: a short sleep, as long as a gateway may take to start. */
void region_state_wait(const struct region_state *state, uint32_t changes, uint32_t milliseconds)
{
	const struct timespec duration = {.tv_sec = milliseconds / 1000,
					  .tv_nsec = (long)(milliseconds % 1000) * 1000000};

	if (state->shared != NULL)
		syscall(SYS_futex, &state->shared->changes, FUTEX_WAIT, changes, &duration, NULL, 0);
	else
		nanosleep(&duration, NULL);
}

void region_state_close(struct region_state *state)
{
	if (state->shared != NULL)
		munmap(state->shared, state->mapped);
	if (state->file >= 0)
		close(state->file);
	state->shared = NULL;
	state->file = -1;
}
