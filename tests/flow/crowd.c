/* SPDX-License-Identifier: BSD-3-Clause */
/* Those who are refused are not counted against any bound of their own: they must not take the place of others. */
#include "scene.h"

#define FLOWS SCENE_CROWD
#define OTHERS 7

static const char web[] = "filter web\nrow allow a.test\nservice s web\n";

static void clients_that_are_refused_leave_most_flows_to_others(void)
{
	for (unsigned family = 0; family < FAMILIES; family++) {
		scene_begin(&(struct scene_policy){.text = web, .no_clients = true}, (enum family)family);
		scene_connect_explicit();
		CU_ASSERT(client_got_text("HTTP/1.1 403 "));
		scene_crowd(OTHERS);
		CU_ASSERT_EQUAL(scene.flows->counters.open, FLOWS / 4);
		CU_ASSERT_EQUAL(scene.flows->counters.lingering, FLOWS / 4);
		CU_ASSERT_EQUAL(scene_ended(REASON_CLIENT_NOT_ALLOWED), 1 + OTHERS - FLOWS / 4);
		CU_ASSERT_EQUAL(scene_ended(REASON_OVERLOAD), 0);
		scene_wait(2100);
		CU_ASSERT_EQUAL(scene.flows->counters.lingering, 0);
		CU_ASSERT_EQUAL(scene_ended(REASON_CLIENT_NOT_ALLOWED), 1 + OTHERS);
		scene_end();
	}
}

int main(void)
{
	scene_prepare();
	return TESTS_RUN("a crowd", TEST(clients_that_are_refused_leave_most_flows_to_others));
}
