/* SPDX-License-Identifier: BSD-3-Clause */
/* The control socket: takes nobody else's place, answers whoever asks, and waits for none of them. The clock and the
 * report are replaced by the test's own. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "support.h"

static char folder[] = "/tmp/sluice-control-XXXXXX";
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static time_t now = 1000;
static unsigned lines; /* of an answer */
static bool ready;     /* what is asked for is there */
static unsigned ended; /* answers */
static struct report_answer *listing;

int __wrap_clock_gettime(clockid_t clock, struct timespec *time);
enum report_progress __wrap_report_answer_line(const struct report_source *source, struct report_answer *answer,
					       char *text, size_t size, size_t *length);
void __wrap_report_answer_next(const struct report_source *source, struct report_answer *answer);
void __wrap_report_answer_end(const struct report_source *source, struct report_answer *answer);

int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
	*time = (struct timespec){.tv_sec = now};
	return 0;
}

/* Of "flows" there is one at a time, and no line of it before `ready`. */
enum report_progress __wrap_report_answer_line(const struct report_source *source, struct report_answer *answer,
					       char *text, size_t size, size_t *length)
{
	if (answer->index == lines)
		return REPORT_OVER;
	if (answer->request == REPORT_FLOWS && (listing == NULL || listing == answer)) {
		listing = answer;
		answer->listing = true;
	}
	if (answer->request == REPORT_FLOWS && (!answer->listing || !ready))
		return REPORT_LATER;
	memset(text, answer->request == REPORT_STATUS ? 's' : '?', 1000);
	*length = 1000;
	return REPORT_LINE;
}

void __wrap_report_answer_next(const struct report_source *source, struct report_answer *answer)
{
	answer->index++;
}

void __wrap_report_answer_end(const struct report_source *source, struct report_answer *answer)
{
	ended++;
	if (answer->listing)
		listing = NULL;
	answer->listing = false;
}

static struct control *open_good(void)
{
	struct fault fault = {""};
	struct control *control = control_open(address.sun_path, NULL, &fault);

	CU_ASSERT_PTR_NOT_NULL_FATAL(control);
	return control;
}

static void open_refused(const char *why)
{
	struct fault fault = {""};

	CU_ASSERT_PTR_NULL(control_open(address.sun_path, NULL, &fault));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, why));
	CU_ASSERT_PTR_NOT_NULL(strstr(fault.text, address.sun_path));
}

/* One turn of the main lcore. */
static unsigned turn(struct control *control)
{
	struct pollfd polls[CONTROL_POLLS];
	unsigned count = control_prepare(control, polls);

	CU_ASSERT_TRUE_FATAL(count <= CONTROL_POLLS);
	CU_ASSERT_TRUE(poll(polls, count, 0) >= 0);
	control_serve(control, polls, count);
	return count;
}

static int open_client(void)
{
	int client = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	CU_ASSERT_TRUE_FATAL(client >= 0);
	CU_ASSERT_EQUAL(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
	return client;
}

/* What a client has got: octets of a packet, 0 at the end, -1 if nothing is there. */
static ssize_t got(int client)
{
	char text[4096];

	return recv(client, text, sizeof(text), 0);
}

static void only_its_user_may_connect(void)
{
	struct control *control = open_good();
	struct stat state;

	CU_ASSERT_EQUAL(stat(address.sun_path, &state), 0);
	CU_ASSERT_EQUAL(state.st_mode & 0777, 0600);
	control_close(control);
	CU_ASSERT_NOT_EQUAL(stat(address.sun_path, &state), 0);
	control_close(NULL);
}

static void a_dead_process_gives_its_place(void)
{
	int dead = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	CU_ASSERT_EQUAL(bind(dead, (struct sockaddr *)&address, sizeof(address)), 0);
	CU_ASSERT_EQUAL(listen(dead, 1), 0);
	close(dead);
	control_close(open_good());
}

static void a_live_one_does_not(void)
{
	struct control *control = open_good();
	struct stat state;

	open_refused("another process serves it");
	CU_ASSERT_EQUAL(stat(address.sun_path, &state), 0);
	control_close(control);
}

/* Somebody else's socket, that does not take connections of our kind: named by mistake. */
static void nor_does_a_socket_of_another_kind(void)
{
	static const int kinds[] = {SOCK_STREAM, SOCK_DGRAM};

	for (unsigned i = 0; i < 2; i++) {
		int other = socket(AF_UNIX, kinds[i], 0);
		struct stat state;

		CU_ASSERT_EQUAL(bind(other, (struct sockaddr *)&address, sizeof(address)), 0);
		if (kinds[i] == SOCK_STREAM)
			CU_ASSERT_EQUAL(listen(other, 1), 0);
		open_refused("another process serves it");
		CU_ASSERT_EQUAL(stat(address.sun_path, &state), 0);
		close(other);
		unlink(address.sun_path);
	}
}

static void files_and_links_in_the_way_are_kept(void)
{
	struct stat state;

	CU_ASSERT_EQUAL(symlink("/nowhere", address.sun_path), 0);
	open_refused("no socket is in the way");
	CU_ASSERT_EQUAL(lstat(address.sun_path, &state), 0);
	unlink(address.sun_path);
	fclose(fopen(address.sun_path, "w"));
	open_refused("no socket is in the way");
	CU_ASSERT_EQUAL(unlink(address.sun_path), 0);
}

static void a_request_is_answered_line_by_line(void)
{
	struct control *control = open_good();
	int client = open_client();

	lines = 3;
	turn(control);
	turn(control);
	CU_ASSERT_EQUAL(got(client), -1);
	CU_ASSERT_EQUAL(send(client, "status", 6, MSG_NOSIGNAL), 6);
	turn(control);
	turn(control);
	for (unsigned i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(got(client), 1000);
	CU_ASSERT_EQUAL(got(client), 0);
	close(client);
	control_close(control);
}

static void who_says_nothing_or_goes_is_forgotten(void)
{
	struct control *control = open_good();
	int silent = open_client();
	int gone = open_client();
	int empty = open_client();

	for (unsigned i = 0; i < 3; i++)
		turn(control);
	close(gone);
	CU_ASSERT_EQUAL(send(empty, "", 0, MSG_NOSIGNAL), 0);
	turn(control);
	CU_ASSERT_EQUAL(got(empty), 0);
	CU_ASSERT_EQUAL(turn(control), 2);
	now += CONTROL_PATIENCE;
	turn(control);
	CU_ASSERT_EQUAL(got(silent), -1);
	now += 1;
	turn(control);
	CU_ASSERT_EQUAL(got(silent), 0);
	CU_ASSERT_EQUAL(turn(control), 1);
	close(silent);
	close(empty);
	control_close(control);
}

static void who_does_not_read_is_not_waited_for(void)
{
	struct control *control = open_good();
	int client = open_client();
	unsigned read = 0;

	lines = 1000000;
	turn(control);
	CU_ASSERT_EQUAL(send(client, "stats", 5, MSG_NOSIGNAL), 5);
	for (unsigned i = 0; i < 10; i++)
		turn(control);
	now += CONTROL_PATIENCE + 1;
	turn(control);
	while (got(client) > 0)
		read++;
	CU_ASSERT_TRUE(read > 0 && read < 10000);
	CU_ASSERT_EQUAL(got(client), 0);
	close(client);
	control_close(control);
}

static void places_are_bounded_and_given_again(void)
{
	struct control *control = open_good();
	int clients[CONTROL_CLIENTS + 2];

	lines = 1;
	for (unsigned i = 0; i < CONTROL_CLIENTS + 2; i++) {
		clients[i] = open_client();
		turn(control);
	}
	CU_ASSERT_EQUAL(turn(control), CONTROL_CLIENTS);
	now += CONTROL_PATIENCE + 1;
	turn(control);
	turn(control);
	CU_ASSERT_EQUAL(got(clients[0]), 0);
	CU_ASSERT_EQUAL(send(clients[CONTROL_CLIENTS], "stats", 5, MSG_NOSIGNAL), 5);
	turn(control);
	turn(control);
	CU_ASSERT_EQUAL(got(clients[CONTROL_CLIENTS]), 1000);
	for (unsigned i = 0; i < CONTROL_CLIENTS + 2; i++)
		close(clients[i]);
	control_close(control);
}

/* Its client is not polled meanwhile, as it could take a line all the time. */
static void an_answer_that_is_not_there_yet_is_looked_for_later(void)
{
	struct control *control = open_good();
	int client = open_client();

	lines = 1;
	ready = false;
	turn(control);
	CU_ASSERT_EQUAL(control_interval(control), CONTROL_IDLE);
	CU_ASSERT_EQUAL(send(client, "flows", 5, MSG_NOSIGNAL), 5);
	turn(control);
	turn(control);
	CU_ASSERT_EQUAL(control_interval(control), 1);
	CU_ASSERT_EQUAL(got(client), -1);
	ready = true;
	turn(control);
	CU_ASSERT_EQUAL(got(client), 1000);
	turn(control);
	CU_ASSERT_EQUAL(got(client), 0);
	CU_ASSERT_EQUAL(control_interval(control), CONTROL_IDLE);
	CU_ASSERT_PTR_NULL(listing);
	close(client);
	control_close(control);
}

static void one_list_at_a_time_and_the_next_one_waits_its_turn(void)
{
	struct control *control = open_good();
	int first = open_client(), second = open_client();

	lines = 1;
	ready = false;
	ended = 0;
	turn(control);
	turn(control);
	CU_ASSERT_EQUAL(send(first, "flows", 5, MSG_NOSIGNAL), 5);
	turn(control);
	turn(control);
	CU_ASSERT_EQUAL(send(second, "flows", 5, MSG_NOSIGNAL), 5);
	turn(control);
	turn(control);
	now += CONTROL_PATIENCE; /* the first one's time begins to be over, the second one's has not begun */
	turn(control);
	now++;
	turn(control);
	CU_ASSERT_EQUAL(got(first), 0);
	CU_ASSERT_EQUAL(ended, 1);
	ready = true;
	turn(control);
	CU_ASSERT_EQUAL(got(second), 1000);
	close(first);
	close(second);
	control_close(control);
	CU_ASSERT_EQUAL(ended, 2);
}

static void who_goes_while_it_waits_is_noticed(void)
{
	struct control *control = open_good();
	int client = open_client();

	lines = 1;
	ready = false;
	ended = 0;
	turn(control);
	CU_ASSERT_EQUAL(send(client, "flows", 5, MSG_NOSIGNAL), 5);
	turn(control);
	turn(control);
	close(client);
	turn(control);
	CU_ASSERT_EQUAL(ended, 1);
	CU_ASSERT_PTR_NULL(listing);
	CU_ASSERT_EQUAL(turn(control), 1);
	control_close(control);
}

static void a_long_answer_leaves_the_others_their_turn(void)
{
	struct control *control = open_good();
	int greedy = open_client();
	unsigned read = 0;

	lines = 100000;
	turn(control);
	CU_ASSERT_EQUAL(send(greedy, "stats", 5, MSG_NOSIGNAL), 5);
	turn(control);
	turn(control);
	while (got(greedy) > 0)
		read++;
	CU_ASSERT(read > 0 && read <= 256);
	close(greedy);
	control_close(control);
}

int main(void)
{
	int status;

	if (mkdtemp(folder) == NULL)
		return EXIT_FAILURE;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/control", folder);
	status = TESTS_RUN("control socket", TEST(only_its_user_may_connect), TEST(a_dead_process_gives_its_place),
			   TEST(a_live_one_does_not), TEST(nor_does_a_socket_of_another_kind),
			   TEST(files_and_links_in_the_way_are_kept), TEST(a_request_is_answered_line_by_line),
			   TEST(who_says_nothing_or_goes_is_forgotten), TEST(who_does_not_read_is_not_waited_for),
			   TEST(places_are_bounded_and_given_again),
			   TEST(an_answer_that_is_not_there_yet_is_looked_for_later),
			   TEST(one_list_at_a_time_and_the_next_one_waits_its_turn),
			   TEST(who_goes_while_it_waits_is_noticed), TEST(a_long_answer_leaves_the_others_their_turn));
	rmdir(folder);
	return status;
}
