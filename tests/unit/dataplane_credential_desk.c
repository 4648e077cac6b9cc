/* SPDX-License-Identifier: BSD-3-Clause */
/* The desk answers each worker in its turn, and its descriptor is readable as long as somebody waits. */
#include <poll.h>
#include <string.h>

#include "credential_check.h"
#include "credential_desk.h"
#include "support.h"

#define WORKERS 2

void __wrap_flows_verified(struct flow *flow, bool right, uint64_t now);

static struct flow flows[4];
static unsigned answers[4];

void __wrap_flows_verified(struct flow *flow, bool right, uint64_t now)
{
	CU_ASSERT_FALSE(right);
	answers[flow - flows]++;
}

static struct credential_desk *open_desk(void)
{
	struct fault fault = {""};
	struct credential_desk *desk = credential_desk_open(WORKERS, &fault);

	CU_ASSERT_PTR_NOT_NULL_FATAL(desk);
	memset(answers, 0, sizeof(answers));
	return desk;
}

static void ask(struct credential_desk *desk, unsigned worker, unsigned flow)
{
	const struct flows_verifier verifier = credential_check_verifier(credential_desk_of(desk, worker));
	const struct basic_credentials credentials = {
	    .user = "a", .password = "b", .user_length = 1, .password_length = 1};

	CU_ASSERT(verifier.ask(verifier.context, &credentials, "$5$rounds=1000$salt$no", &flows[flow], 0));
}

static bool readable(const struct credential_desk *desk)
{
	struct pollfd descriptor = {.fd = credential_desk_descriptor(desk), .events = POLLIN};

	return poll(&descriptor, 1, 0) == 1;
}

static void each_worker_has_one_answer_a_turn(void)
{
	struct credential_desk *desk = open_desk();

	for (unsigned i = 0; i < 3; i++)
		ask(desk, 0, i);
	ask(desk, 1, 3);
	CU_ASSERT_EQUAL(credential_desk_turn(desk), 2);
	CU_ASSERT_EQUAL(credential_check_take(credential_desk_of(desk, 0), 1), 1);
	CU_ASSERT_EQUAL(credential_check_take(credential_desk_of(desk, 1), 1), 1);
	CU_ASSERT(answers[0] == 1 && answers[1] == 0 && answers[3] == 1);
	CU_ASSERT_EQUAL(credential_desk_turn(desk), 1);
	CU_ASSERT_EQUAL(credential_desk_turn(desk), 1);
	CU_ASSERT_EQUAL(credential_check_take(credential_desk_of(desk, 0), 2), 2);
	CU_ASSERT(answers[1] == 1 && answers[2] == 1);
	credential_desk_close(desk);
}

static void its_descriptor_is_readable_until_nobody_waits(void)
{
	struct credential_desk *desk = open_desk();

	CU_ASSERT_FALSE(readable(desk));
	for (unsigned i = 0; i < 3; i++)
		ask(desk, 1, i);
	for (unsigned i = 0; i < 3; i++) {
		CU_ASSERT(readable(desk));
		CU_ASSERT_EQUAL(credential_desk_turn(desk), 1);
	}
	CU_ASSERT_EQUAL(credential_desk_turn(desk), 0);
	CU_ASSERT_FALSE(readable(desk));
	ask(desk, 0, 3);
	CU_ASSERT(readable(desk));
	credential_desk_close(desk);
}

static void without_a_desk_there_is_nothing_to_do(void)
{
	CU_ASSERT_EQUAL(credential_desk_turn(NULL), 0);
	CU_ASSERT_EQUAL(credential_desk_descriptor(NULL), -1);
	credential_desk_close(NULL);
}

int main(void)
{
	support_eal();
	return TESTS_RUN("where credentials are checked", TEST(each_worker_has_one_answer_a_turn),
			 TEST(its_descriptor_is_readable_until_nobody_waits),
			 TEST(without_a_desk_there_is_nothing_to_do));
}
