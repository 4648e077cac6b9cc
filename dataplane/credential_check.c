/* SPDX-License-Identifier: BSD-3-Clause */
#include "credential_check.h"

#include <crypt.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <config/secret.h>
#include <rte_errno.h>
#include <rte_ring.h>

#include "credential_cache.h"

/* What is hashed for users that there are none of, until there was a real one. */
#define FIRST_DECOY "$6$sluice$"

struct question {
	struct question *next; /* among the free; the worker's */
	struct flow *flow;     /* NULL: it does not want to know any more; the worker's */
	_Atomic bool forgotten;
	bool known; /* there is such a user */
	bool right; /* the answer */
	uint8_t digest[KEYED_DIGEST_SIZE];
	char password[BASIC_CREDENTIALS_MAX + 1];
	char hash[CRYPT_OUTPUT_SIZE];
};

/* All that may hold a password, or what it is compared with: in memory that is for that. */
struct secrets {
	struct crypt_data data;
	char decoy[CRYPT_OUTPUT_SIZE]; /* as expensive as the last user's hash */
	struct question questions[];
};

struct credential_check {
	struct credential_cache *cache;
	struct rte_ring *asked, *answered;
	struct question *free;
	struct secrets *secrets;
	size_t size;
	uint32_t questions;
	int wake;
	struct credential_check_counters counters;
};

static struct rte_ring *create_ring(const struct credential_check_config *config, const char *kind, struct fault *fault)
{
	char name[RTE_RING_NAMESIZE];
	struct rte_ring *ring;

	snprintf(name, sizeof(name), "%.16s_%s", config->name, kind);
	ring = rte_ring_create(name, config->questions, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
	if (ring == NULL)
		fault_set(fault, "no memory for a ring of %u questions about credentials (%s); raise memory.megabytes",
			  config->questions, rte_strerror(rte_errno));
	return ring;
}

static bool create_secrets(struct credential_check *check, struct fault *fault)
{
	check->size = sizeof(*check->secrets) + check->questions * sizeof(struct question);
	check->secrets = secret_allocate(check->size);
	if (check->secrets == NULL)
		return fault_set(fault, "no memory for %u questions about credentials", check->questions);
	memcpy(check->secrets->decoy, FIRST_DECOY, sizeof(FIRST_DECOY));
	for (uint32_t i = check->questions; i-- > 0;) {
		check->secrets->questions[i].next = check->free;
		check->free = &check->secrets->questions[i];
	}
	return true;
}

struct credential_check *credential_check_create(const struct credential_check_config *config, struct fault *fault)
{
	struct credential_check *check = calloc(1, sizeof(*check));

	if (check == NULL) {
		fault_set(fault, "no memory for checking credentials");
		return NULL;
	}
	check->questions = config->questions;
	check->wake = config->wake;
	check->cache = credential_cache_create(config->entries, config->lifetime, fault);
	if (check->cache != NULL && create_secrets(check, fault) &&
	    (check->asked = create_ring(config, "asked", fault)) != NULL &&
	    (check->answered = create_ring(config, "answered", fault)) != NULL)
		return check;
	credential_check_destroy(check);
	return NULL;
}

void credential_check_destroy(struct credential_check *check)
{
	if (check == NULL)
		return;
	rte_ring_free(check->answered);
	rte_ring_free(check->asked);
	secret_free(check->secrets, check->size);
	credential_cache_destroy(check->cache);
	free(check);
}

/* The worker. */

static bool remembers(struct credential_check *check, const struct basic_credentials *credentials, const char *hash,
		      uint64_t now, uint8_t digest[KEYED_DIGEST_SIZE])
{
	return credential_cache_digest(check->cache, credentials, hash, digest) &&
	       credential_cache_has(check->cache, digest, now);
}

/* What the eventfd says is only that there is something: where it can count no further, it says so already. */
static void wake(const struct credential_check *check)
{
	const uint64_t one = 1;
	ssize_t written = write(check->wake, &one, sizeof(one));

	(void)written;
}

static bool ask(void *context, const struct basic_credentials *credentials, const char *hash, struct flow *flow,
		uint64_t now)
{
	struct credential_check *check = context;
	struct question *question = check->free;
	uint8_t digest[KEYED_DIGEST_SIZE] = {0};
	bool known = hash != NULL && strlen(hash) < sizeof(question->hash);

	if (known && remembers(check, credentials, hash, now, digest)) {
		check->counters.remembered++;
		flows_verified(flow, true, now);
		return true;
	}
	if (question == NULL) {
		check->counters.refused++;
		return false;
	}
	check->free = question->next;
	check->counters.asked++;
	question->flow = flow;
	question->known = known;
	atomic_store_explicit(&question->forgotten, false, memory_order_relaxed);
	memcpy(question->digest, digest, sizeof(digest));
	memcpy(question->password, credentials->password, credentials->password_length + 1u);
	if (known)
		strcpy(question->hash, hash);
	rte_ring_sp_enqueue(check->asked, question); /* has room for all questions that there are */
	wake(check);
	return true;
}

static void forget(void *context, struct flow *flow)
{
	struct credential_check *check = context;

	for (uint32_t i = 0; i < check->questions; i++) {
		struct question *question = &check->secrets->questions[i];

		if (question->flow != flow)
			continue;
		question->flow = NULL;
		atomic_store_explicit(&question->forgotten, true, memory_order_relaxed);
	}
}

struct flows_verifier credential_check_verifier(struct credential_check *check)
{
	return (struct flows_verifier){.context = check, .ask = ask, .forget = forget};
}

static void answer(struct credential_check *check, struct question *question, uint64_t now)
{
	struct flow *flow = question->flow;
	bool right = question->right;

	if (right)
		credential_cache_add(check->cache, question->digest, now);
	question->flow = NULL;
	question->next = check->free;
	check->free = question;
	if (flow != NULL)
		flows_verified(flow, right, now);
}

unsigned credential_check_take(struct credential_check *check, uint64_t now)
{
	void *question;
	unsigned count;

	for (count = 0; rte_ring_sc_dequeue(check->answered, &question) == 0; count++)
		answer(check, question, now);
	return count;
}

void credential_check_read_counters(const struct credential_check *check, struct credential_check_counters *counters)
{
	*counters = check->counters;
}

/* The main lcore. */

/* Hashes for everybody, so that its time does not tell who is a user. */
static bool is_right(struct secrets *secrets, const struct question *question)
{
	const char *setting = question->known ? question->hash : secrets->decoy;
	const char *made = crypt_rn(question->password, setting, &secrets->data, sizeof(secrets->data));
	bool right = made != NULL && strlen(made) == strlen(setting) &&
		     constant_time_equal(made, setting, strlen(setting)) && question->known;

	explicit_bzero(&secrets->data, sizeof(secrets->data));
	if (question->known)
		memcpy(secrets->decoy, question->hash, sizeof(secrets->decoy));
	return right;
}

unsigned credential_check_work(struct credential_check *check, unsigned most)
{
	struct question *question;
	unsigned count;

	for (count = 0; count < most && rte_ring_sc_dequeue(check->asked, (void **)&question) == 0; count++) {
		question->right = !atomic_load_explicit(&question->forgotten, memory_order_relaxed) &&
				  is_right(check->secrets, question);
		explicit_bzero(question->password, sizeof(question->password));
		rte_ring_sp_enqueue(check->answered, question);
	}
	return count;
}
