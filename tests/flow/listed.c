/* SPDX-License-Identifier: BSD-3-Clause */
/* What a worker tells of its open flows when it is asked: what each does, piece by piece, and of the service that is
 * wanted alone. */
#include "scene.h"

static const struct scene_policy policy = {.text = "filter web\nrow deny b.test\nrow allow a.test\nservice s web\n"};
static const char request[] = "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n";

static struct octets hello, server_hello;
static struct flow_listing *listing;

/* Asks, lets the worker answer to the end, and copies what it told. Returns how many flows that were. */
static unsigned ask(struct flows *flows, uint64_t most, const char *service, struct flow_record *records, unsigned room)
{
	const struct flow_record *record;
	struct flow_query query = {.most = most};
	unsigned count = 0;

	snprintf(query.service, sizeof(query.service), "%s", service);
	CU_ASSERT_TRUE_FATAL(flow_listing_ask(listing, &query));
	for (bool ended = false; !ended;) {
		flows_list(flows, listing, flows->now);
		ended = flow_listing_ended(listing);
		while ((record = flow_listing_peek(listing)) != NULL) {
			if (count < room)
				records[count] = *record;
			count++;
			flow_listing_take(listing);
		}
	}
	return count;
}

static bool text_is(const struct flow_record *record, enum flow_text text, const char *wanted)
{
	return record->texts[text].length == strlen(wanted) &&
	       memcmp(record->octets + record->texts[text].first, wanted, strlen(wanted)) == 0;
}

static void nothing_is_told_unasked(void)
{
	scene_begin(&policy, IPV4);
	scene_connect_explicit();
	CU_ASSERT_EQUAL(flows_list(scene.flows, listing, scene.flows->now), 0);
	CU_ASSERT_PTR_NULL(flow_listing_peek(listing));
	client_shuts();
	scene_end();
}

static void a_flow_tells_how_far_it_has_come(void)
{
	for (unsigned family = 0; family < FAMILIES; family++) {
		struct flow_record record;
		uint64_t number;

		scene_begin(&policy, (enum family)family);
		scene_connect_explicit();
		CU_ASSERT_EQUAL_FATAL(ask(scene.flows, 9, "", &record, 1), 1);
		CU_ASSERT_EQUAL(record.event, FLOW_OPEN);
		CU_ASSERT_EQUAL(record.phase, FLOW_RECORD_OPENING);
		CU_ASSERT_EQUAL(record.action, FLOW_UNDECIDED);
		CU_ASSERT_TRUE(text_is(&record, FLOW_TEXT_SERVICE, "s"));
		number = record.flow;

		client_says(request);
		CU_ASSERT_EQUAL_FATAL(ask(scene.flows, 9, "", &record, 1), 1);
		CU_ASSERT_EQUAL(record.phase, FLOW_RECORD_OPENING);
		CU_ASSERT_TRUE(record.action == FLOW_ALLOW && record.match == FLOW_MATCH_ROW && record.row == 1);
		CU_ASSERT_TRUE(text_is(&record, FLOW_TEXT_HOST, "a.test"));
		CU_ASSERT_TRUE(text_is(&record, FLOW_TEXT_FILTER, "web"));
		CU_ASSERT_EQUAL(record.flow, number);

		client_sends(hello.data, hello.length, 0);
		server_sends(server_hello.data, server_hello.length);
		scene_wait(1500);
		client_says("more");
		CU_ASSERT_EQUAL_FATAL(ask(scene.flows, 9, "", &record, 1), 1);
		CU_ASSERT_EQUAL(record.phase, FLOW_RECORD_SPLICED);
		CU_ASSERT_EQUAL(record.bytes_c2s, hello.length + 4);
		CU_ASSERT_EQUAL(record.bytes_s2c, server_hello.length);
		CU_ASSERT_EQUAL(record.generation, scene.flows->policy.image->generation);
		CU_ASSERT_EQUAL(record.server_port, SCENE_SERVER_PORT);
		CU_ASSERT_FALSE(address_is_unspecified(&record.client));
		CU_ASSERT(record.time_total >= 1500000 && record.time_total < 3500000);
		/* To ask leaves a flow as it is. */
		CU_ASSERT_EQUAL(ask(scene.flows, 9, "", &record, 1), 1);
		CU_ASSERT_EQUAL(record.bytes_c2s, hello.length + 4);
		client_shuts();
		server_shuts();
		CU_ASSERT_EQUAL(ask(scene.flows, 9, "", &record, 1), 0);
		scene_end();
	}
}

static void a_refused_flow_is_told_as_ending(void)
{
	struct flow_record record;

	scene_begin(&policy, IPV4);
	scene_connect_explicit();
	client_says("CONNECT b.test:443 HTTP/1.1\r\nHost: b.test\r\n\r\n");
	CU_ASSERT_EQUAL_FATAL(ask(scene.flows, 9, "", &record, 1), 1);
	CU_ASSERT_EQUAL(record.phase, FLOW_RECORD_ENDING);
	CU_ASSERT_EQUAL(record.reason, REASON_DENIED_ROW);
	CU_ASSERT_EQUAL(record.action, FLOW_DENY);
	client_shuts();
	scene_end();
}

static void only_the_service_that_is_wanted_is_told_of(void)
{
	struct flow_record record;

	scene_begin(&policy, IPV4);
	scene_connect_explicit();
	CU_ASSERT_EQUAL(ask(scene.flows, 9, "s", &record, 1), 1);
	CU_ASSERT_EQUAL(ask(scene.flows, 9, "ss", &record, 1), 0);
	CU_ASSERT_EQUAL(ask(scene.flows, 9, "t", &record, 1), 0);
	CU_ASSERT_EQUAL(ask(scene.flows, 0, "s", &record, 1), 0);
	client_shuts();
	scene_end();
}

/* Many flows, of which none is real: every other place is free. */
static void many_flows_come_in_pieces(void)
{
	static const struct flows_config config = {.flows = 3000, .openings = 1};
	static struct flow_record records[1500];
	struct fault fault;
	struct flows *flows = flows_create(&config, 0, &fault);
	unsigned turns = 0, told = 0, places = 0;
	bool ended;

	CU_ASSERT_PTR_NOT_NULL_FATAL(flows);
	flows->used = config.flows;
	for (unsigned i = 0; i < config.flows; i += 2) {
		flows->all[i].flows = flows;
		flows->all[i].phase = FLOW_SPLICED;
		flow_record_begin(&flows->all[i].record);
		flows->all[i].record.flow = i + 1;
	}
	CU_ASSERT_EQUAL_FATAL(ask(flows, 5000, "", records, RTE_DIM(records)), RTE_DIM(records));
	for (unsigned i = 0; i < RTE_DIM(records); i++)
		CU_ASSERT_EQUAL(records[i].flow, 2 * i + 1);
	CU_ASSERT_EQUAL(ask(flows, 7, "", records, 7), 7);

	/* A worker does a bounded piece in a turn, and goes on only as far as the ring takes it. */
	CU_ASSERT_TRUE(flow_listing_ask(listing, &(struct flow_query){.most = 5000}));
	for (ended = false; !ended && turns < 10000; turns++) {
		uint32_t before = turns == 0 ? 0 : flows->listing.next;
		unsigned piece = 0;

		flows_list(flows, listing, 0);
		places = RTE_MAX(places, flows->listing.next - before);
		ended = flow_listing_ended(listing);
		if (turns % 20 != 19 && !ended) /* the main lcore is slow */
			continue;
		while (flow_listing_peek(listing) != NULL) {
			flow_listing_take(listing);
			piece++;
		}
		CU_ASSERT(piece <= FLOW_LISTING_RECORDS);
		told += piece;
	}
	CU_ASSERT_EQUAL(told, RTE_DIM(records));
	CU_ASSERT(places <= 256);
	for (unsigned i = 0; i < config.flows; i += 2)
		flows->all[i].phase = FLOW_FREE;
	flows_destroy(flows);
}

int main(void)
{
	struct fault fault;

	scene_prepare();
	scene_client_hello(&hello, "a.test");
	scene_server_hello(&server_hello, false);
	listing = flow_listing_create(&fault);
	if (listing == NULL)
		return 1;
	return TESTS_RUN("open flows that are asked for", TEST(nothing_is_told_unasked),
			 TEST(a_flow_tells_how_far_it_has_come), TEST(a_refused_flow_is_told_as_ending),
			 TEST(only_the_service_that_is_wanted_is_told_of), TEST(many_flows_come_in_pieces));
}
