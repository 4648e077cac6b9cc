/* SPDX-License-Identifier: BSD-3-Clause */
/* A hello that hides the name that it is for, in any form and also in the second one: only where the service lets it.
 */
#include <string.h>

#include "scene.h"

#define OUTER "00 0001 0001 2a 0020 0001020304050607 08090a0b0c0d0e0f 0001020304050607 08090a0b0c0d0e0f 0004 cafecafe"

static const char web[] = "filter web\nrow allow a.test\nservice s web\n";
static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 112};

static const struct {
	uint16_t extension;
	const char *content;
} forms[] = {
    {0xfe0d, OUTER},		/* ECH */
    {0xfe0d, "01"},		/* its inner hello, which none but the two servers of a split mode should see */
    {0xffce, "1301 001d 0000"}, /* ESNI, which ECH grew from */
};

static struct octets plain, retry, hidden;

static void hide(unsigned form)
{
	static struct octets message;

	message.length = 0;
	hidden.length = 0;
	client_hello_begin(&message, &(struct hello_text){0});
	hello_name(&message, "a.test", 6);
	hello_extension(&message, 43, "020304");
	hello_extension(&message, forms[form].extension, forms[form].content);
	hello_end(&message);
	stream_records(&hidden, &message, HELLO_MESSAGE_MAX);
}

static void is_denied(void)
{
	CU_ASSERT(client_got(alert, sizeof(alert)));
	CU_ASSERT(server_got(NULL, 0));
	client_shuts();
	CU_ASSERT_EQUAL(scene_ended(REASON_DENIED_ECH), 1);
	scene_end();
}

static void it_goes_through_where_it_may(void)
{
	for (unsigned form = 0; form < RTE_DIM(forms); form++) {
		hide(form);
		scene_begin(&(struct scene_policy){.text = web}, IPV4);
		scene_connect_transparent();
		client_sends(hidden.data, hidden.length, 0);
		CU_ASSERT(server_got(hidden.data, hidden.length));
		scene_end();
	}
}

static void and_is_denied_where_it_may_not(void)
{
	for (unsigned form = 0; form < RTE_DIM(forms); form++) {
		hide(form);
		scene_begin(&(struct scene_policy){.text = web, .ech = POLICY_ECH_DENY}, IPV6);
		scene_connect_transparent();
		client_sends(hidden.data, hidden.length, 0);
		is_denied();
	}
}

static void also_in_the_second_hello(void)
{
	for (unsigned form = 0; form < RTE_DIM(forms); form++) {
		hide(form);
		scene_begin(&(struct scene_policy){.text = web, .ech = POLICY_ECH_DENY}, IPV4);
		scene_connect_transparent();
		client_sends(plain.data, plain.length, 0);
		CU_ASSERT(server_got(plain.data, plain.length));
		server_sends(retry.data, retry.length);
		CU_ASSERT(client_got(retry.data, retry.length));
		client_sends(hidden.data, hidden.length, 0);
		is_denied();
	}
}

int main(void)
{
	scene_prepare();
	scene_client_hello(&plain, "a.test");
	scene_server_hello(&retry, true);
	return TESTS_RUN("names that are hidden", TEST(it_goes_through_where_it_may),
			 TEST(and_is_denied_where_it_may_not), TEST(also_in_the_second_hello));
}
