/* SPDX-License-Identifier: BSD-3-Clause */
/* The log tells how long the server's name and the connection to the server took, and says nothing of what was not
 * tried. */
#include "scene.h"

static const char web[] = "filter web\nrow allow a.test\nno_fqdn allow\nany allow\nservice s web\n";

static struct octets hello, nameless;

/* The last record of the flow that has ended. */
static struct flow_record last_record(void)
{
	struct flow_record record = {0}, *next;

	while ((next = flow_ring_next(scene.log)) != NULL) {
		record = *next;
		flow_ring_done(scene.log);
	}
	CU_ASSERT_EQUAL(record.event, FLOW_END);
	return record;
}

static struct flow_record transparent(const struct octets *stream, uint64_t answer_after)
{
	struct flow_record record;

	scene_begin(&(struct scene_policy){.text = web}, IPV4);
	scene.answer_after = answer_after;
	scene_connect_transparent();
	client_sends(stream->data, stream->length, 0);
	scene_wait(2000);
	client_resets();
	record = last_record();
	scene_end();
	return record;
}
