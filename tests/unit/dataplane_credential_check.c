/* SPDX-License-Identifier: BSD-3-Clause */
/* Questions about passwords go from the worker to the main lcore, and the answers back. The linker turns flows_verified
 * and crypt_rn to the functions below; the latter counts, and lets libcrypt do the work. */
#include <crypt.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "credential_check.h"
#include "support.h"

#define QUESTIONS 3
#define LIFETIME 1000

char *__real_crypt_rn(const char *phrase, const char *setting, void *data, int size);
char *__wrap_crypt_rn(const char *phrase, const char *setting, void *data, int size);
void __wrap_flows_verified(struct flow *flow, bool right, uint64_t now);

static struct credential_check *check;
static struct flows_verifier verifier;
static struct flow flows[QUESTIONS + 1];
static unsigned answers, hashed;
static struct flow *answered;
static bool answer;
static uint64_t answered_at;
static char setting_used[CRYPT_OUTPUT_SIZE];
static char hashes[3][CRYPT_OUTPUT_SIZE]; /* of "open sesame", by each method that a policy may have */
static const char *password_seen;
static int descriptor;

char *__wrap_crypt_rn(const char *phrase, const char *setting, void *data, int size)
{
	hashed++;
	password_seen = phrase;
	snprintf(setting_used, sizeof(setting_used), "%s", setting);
	return __real_crypt_rn(phrase, setting, data, size);
}

void __wrap_flows_verified(struct flow *flow, bool right, uint64_t now)
{
	answers++;
	answered = flow;
	answer = right;
	answered_at = now;
}

static void begin(void)
{
	const struct credential_check_config config = {
	    .name = "credentials",
	    .questions = QUESTIONS,
	    .entries = 16,
	    .lifetime = LIFETIME,
	    .wake = descriptor,
	};
	struct fault fault = {""};
	uint64_t count;

	while (read(descriptor, &count, sizeof(count)) > 0)
		;
	check = credential_check_create(&config, &fault);
	CU_ASSERT_PTR_NOT_NULL_FATAL(check);
	verifier = credential_check_verifier(check);
	answers = hashed = 0;
	answered = NULL;
	password_seen = NULL;
}

static void end(void)
{
	credential_check_destroy(check);
}

static bool ask(unsigned flow, const char *password, const char *hash, uint64_t now)
{
	struct basic_credentials credentials = {.user = "Aladdin", .user_length = 7};
	bool asked;

	snprintf(credentials.octets, sizeof(credentials.octets), "%s", password);
	credentials.password = credentials.octets;
	credentials.password_length = (uint16_t)strlen(password);
	asked = verifier.ask(verifier.context, &credentials, hash, &flows[flow], now);
	basic_credentials_wipe(&credentials);
	return asked;
}

/* Asks, has it answered, and says what came of it. */
static bool verdict(const char *password, const char *hash, uint64_t now)
{
	answers = 0;
	CU_ASSERT_TRUE_FATAL(ask(0, password, hash, now));
	credential_check_work(check, 1);
	credential_check_take(check, now);
	CU_ASSERT_EQUAL_FATAL(answers, 1);
	CU_ASSERT_PTR_EQUAL(answered, &flows[0]);
	CU_ASSERT_EQUAL(answered_at, now);
	return answer;
}

static void the_right_password_is_right_by_every_method(void)
{
	begin();
	for (unsigned i = 0; i < 3; i++) {
		CU_ASSERT(verdict("open sesame", hashes[i], 0));
		CU_ASSERT_FALSE(verdict("open sesamf", hashes[i], 0));
		CU_ASSERT_FALSE(verdict("", hashes[i], 0));
	}
	end();
}

static void a_hash_that_is_none_matches_nothing(void)
{
	static const char *const none[] = {"*0", "*1", "", "$5$", "open sesame", "$5$saltsalt$", "!"};

	begin();
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		CU_ASSERT_FALSE(verdict("open sesame", none[i], 0));
	end();
}

static void the_answer_waits_for_the_main_lcore_and_wakes_it(void)
{
	uint64_t count;

	begin();
	CU_ASSERT(ask(0, "open sesame", hashes[0], 5));
	CU_ASSERT(ask(1, "wrong", hashes[0], 5));
	CU_ASSERT_EQUAL(read(descriptor, &count, sizeof(count)), sizeof(count));
	CU_ASSERT_EQUAL(count, 2);
	CU_ASSERT_EQUAL(credential_check_take(check, 6), 0);
	CU_ASSERT_EQUAL(answers, 0);
	CU_ASSERT_EQUAL(credential_check_work(check, 1), 1);
	CU_ASSERT_EQUAL(credential_check_take(check, 7), 1);
	CU_ASSERT(answered == &flows[0] && answer && answered_at == 7);
	CU_ASSERT_EQUAL(credential_check_work(check, 9), 1);
	CU_ASSERT_EQUAL(credential_check_take(check, 8), 1);
	CU_ASSERT(answered == &flows[1] && !answer && answered_at == 8);
	CU_ASSERT_EQUAL(credential_check_work(check, 9), 0);
	end();
}

static void what_was_right_is_answered_at_once_for_a_while(void)
{
	struct credential_check_counters counters;

	begin();
	CU_ASSERT(verdict("open sesame", hashes[0], 100));
	answers = 0;
	CU_ASSERT(ask(1, "open sesame", hashes[0], 100 + LIFETIME - 1));
	CU_ASSERT(answers == 1 && answered == &flows[1] && answer);
	CU_ASSERT_EQUAL(credential_check_work(check, 9), 0);
	CU_ASSERT(ask(1, "open sesame", hashes[0], 100 + LIFETIME));
	CU_ASSERT_EQUAL(answers, 1);
	CU_ASSERT_EQUAL(credential_check_work(check, 9), 1);
	CU_ASSERT_EQUAL(hashed, 2);
	credential_check_read_counters(check, &counters);
	CU_ASSERT(counters.asked == 2 && counters.remembered == 1 && counters.refused == 0);
	end();
}

static void what_was_wrong_is_hashed_each_time(void)
{
	begin();
	for (unsigned i = 0; i < 3; i++)
		CU_ASSERT_FALSE(verdict("wrong", hashes[0], 0));
	CU_ASSERT_EQUAL(hashed, 3);
	end();
}

static void who_is_no_user_is_hashed_too_like_the_last_who_was_one(void)
{
	begin();
	CU_ASSERT_FALSE(verdict("open sesame", NULL, 0));
	CU_ASSERT_EQUAL(hashed, 1);
	CU_ASSERT_EQUAL(strncmp(setting_used, "$6$", 3), 0);
	CU_ASSERT(verdict("open sesame", hashes[2], 0));
	CU_ASSERT_FALSE(verdict("open sesame", NULL, 0));
	CU_ASSERT_EQUAL(hashed, 3);
	CU_ASSERT_STRING_EQUAL(setting_used, hashes[2]);
	CU_ASSERT_FALSE(verdict("open sesame", NULL, 0));
	end();
}

static void one_too_many_is_refused(void)
{
	struct credential_check_counters counters;

	begin();
	for (unsigned i = 0; i < QUESTIONS; i++)
		CU_ASSERT(ask(i, "wrong", hashes[0], 0));
	CU_ASSERT_FALSE(ask(QUESTIONS, "wrong", hashes[0], 0));
	credential_check_read_counters(check, &counters);
	CU_ASSERT_EQUAL(counters.refused, 1);
	CU_ASSERT_EQUAL(credential_check_work(check, 9), QUESTIONS);
	CU_ASSERT_FALSE(ask(QUESTIONS, "wrong", hashes[0], 0));
	CU_ASSERT_EQUAL(credential_check_take(check, 0), QUESTIONS);
	CU_ASSERT_EQUAL(answers, QUESTIONS);
	CU_ASSERT(ask(QUESTIONS, "wrong", hashes[0], 0));
	end();
}

static void what_is_forgotten_is_not_hashed_nor_answered_and_its_place_is_free_again(void)
{
	begin();
	for (unsigned i = 0; i < QUESTIONS; i++)
		CU_ASSERT(ask(i, "open sesame", hashes[0], 0));
	verifier.forget(verifier.context, &flows[1]);
	CU_ASSERT_EQUAL(credential_check_work(check, 9), QUESTIONS);
	CU_ASSERT_EQUAL(hashed, QUESTIONS - 1);
	verifier.forget(verifier.context, &flows[2]);
	CU_ASSERT_EQUAL(credential_check_take(check, 0), QUESTIONS);
	CU_ASSERT(answers == 1 && answered == &flows[0]);
	for (unsigned i = 0; i < QUESTIONS; i++)
		CU_ASSERT(ask(i, "other", hashes[0], 0));
	end();
}

static void the_password_is_wiped_once_it_was_looked_at(void)
{
	begin();
	CU_ASSERT(ask(0, "open sesame", hashes[0], 0));
	CU_ASSERT_EQUAL(credential_check_work(check, 1), 1);
	CU_ASSERT_PTR_NOT_NULL_FATAL(password_seen);
	for (unsigned i = 0; i < sizeof("open sesame"); i++)
		CU_ASSERT_EQUAL(password_seen[i], '\0');
	end();
}

/* Made here, as it is libcrypt that has to agree with itself. */
static bool make_hashes(void)
{
	static const char *const settings[] = {"$5$rounds=1000$saltsalt", "$6$rounds=1000$saltsalt", "$y$j75$saltsalt"};
	static struct crypt_data data;

	for (unsigned i = 0; i < 3; i++) {
		const char *made = __real_crypt_rn("open sesame", settings[i], &data, sizeof(data));

		if (made == NULL || made[0] == '*')
			return false;
		snprintf(hashes[i], sizeof(hashes[i]), "%s", made);
	}
	return true;
}

int main(void)
{
	int status;

	support_eal();
	descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (descriptor < 0 || !make_hashes())
		return 1;
	status =
	    TESTS_RUN("checking credentials", TEST(the_right_password_is_right_by_every_method),
		      TEST(a_hash_that_is_none_matches_nothing), TEST(the_answer_waits_for_the_main_lcore_and_wakes_it),
		      TEST(what_was_right_is_answered_at_once_for_a_while), TEST(what_was_wrong_is_hashed_each_time),
		      TEST(who_is_no_user_is_hashed_too_like_the_last_who_was_one), TEST(one_too_many_is_refused),
		      TEST(what_is_forgotten_is_not_hashed_nor_answered_and_its_place_is_free_again),
		      TEST(the_password_is_wiped_once_it_was_looked_at));
	close(descriptor);
	return status;
}
