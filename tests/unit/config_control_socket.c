/* SPDX-License-Identifier: BSD-3-Clause */
/* Who asks at the control socket gets all lines, or is told what is wrong; the other end is a thread of the test's. */
#include <config/control_socket.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support.h"

static char folder[] = "/tmp/sluice-control-socket-XXXXXX";
static struct sockaddr_un address = {.sun_family = AF_UNIX};

/* What one server is to answer, and what it was asked. */
struct answer {
	int socket;
	pthread_t thread;
	const char *lines[4]; /* up to NULL */
	char asked[CONTROL_REQUEST_SIZE];
};

static void *serve(void *argument)
{
	struct answer *answer = argument;
	int client = accept(answer->socket, NULL, NULL);
	ssize_t length = recv(client, answer->asked, sizeof(answer->asked) - 1, 0);

	answer->asked[length > 0 ? length : 0] = '\0';
	for (unsigned i = 0; answer->lines[i] != NULL; i++)
		send(client, answer->lines[i], strlen(answer->lines[i]), MSG_NOSIGNAL | MSG_EOR);
	close(client);
	return NULL;
}

static void begin(struct answer *answer)
{
	answer->socket = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	CU_ASSERT_EQUAL_FATAL(bind(answer->socket, (struct sockaddr *)&address, sizeof(address)), 0);
	CU_ASSERT_EQUAL_FATAL(listen(answer->socket, 1), 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&answer->thread, NULL, serve, answer), 0);
}

static void end(struct answer *answer)
{
	pthread_join(answer->thread, NULL);
	close(answer->socket);
	unlink(address.sun_path);
}

/* What was taken; the context says how many lines are enough. */
static char taken[256];

static bool take(void *context, const char *line, size_t length)
{
	unsigned *wanted = context;

	snprintf(taken + strlen(taken), sizeof(taken) - strlen(taken), "%.*s", (int)length, line);
	return --*wanted > 0;
}

static bool ask(unsigned wanted, char reason[CONTROL_REASON_SIZE])
{
	taken[0] = '\0';
	return control_socket_ask(address.sun_path, "stats", take, &wanted, reason);
}

static void all_lines_are_taken_in_their_order(void)
{
	struct answer answer = {.lines = {"{}\n", "second\n", "third\n"}};
	char reason[CONTROL_REASON_SIZE];

	begin(&answer);
	CU_ASSERT_TRUE(ask(9, reason));
	CU_ASSERT_STRING_EQUAL(taken, "{}\nsecond\nthird\n");
	end(&answer);
	CU_ASSERT_STRING_EQUAL(answer.asked, "stats");
}

static void an_answer_without_lines_is_none(void)
{
	struct answer nothing = {.lines = {NULL}}, half = {.lines = {"{}\n", "no line"}};
	char reason[CONTROL_REASON_SIZE];

	begin(&nothing);
	CU_ASSERT_FALSE(ask(9, reason));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "closed without an answer"));
	end(&nothing);
	begin(&half);
	CU_ASSERT_FALSE(ask(9, reason));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "not in lines"));
	CU_ASSERT_STRING_EQUAL(taken, "{}\n");
	end(&half);
}

static void who_wants_no_more_gets_no_more_and_no_reason(void)
{
	struct answer answer = {.lines = {"first\n", "second\n", "third\n"}};
	char reason[CONTROL_REASON_SIZE];

	begin(&answer);
	CU_ASSERT_FALSE(ask(2, reason));
	CU_ASSERT_STRING_EQUAL(reason, "");
	CU_ASSERT_STRING_EQUAL(taken, "first\nsecond\n");
	end(&answer);
}

static void asking_a_place_where_nobody_is_says_so(void)
{
	char reason[CONTROL_REASON_SIZE], far[200];
	unsigned wanted = 9;

	CU_ASSERT_FALSE(ask(9, reason));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "is sluiced running"));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, address.sun_path));
	memset(far, 'x', sizeof(far) - 1);
	far[sizeof(far) - 1] = '\0';
	CU_ASSERT_FALSE(control_socket_ask(far, "stats", take, &wanted, reason));
	CU_ASSERT_PTR_NOT_NULL(strstr(reason, "longer than"));
}

int main(void)
{
	int status;

	if (mkdtemp(folder) == NULL)
		return EXIT_FAILURE;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/control", folder);
	status = TESTS_RUN("asking at the control socket", TEST(all_lines_are_taken_in_their_order),
			   TEST(an_answer_without_lines_is_none), TEST(who_wants_no_more_gets_no_more_and_no_reason),
			   TEST(asking_a_place_where_nobody_is_says_so));
	rmdir(folder);
	return status;
}
