/* SPDX-License-Identifier: BSD-3-Clause */
#include "scene.h"

#include <stdlib.h>
#include <string.h>

#include "world.h"

#define MBUFS 4095
#define MILLISECOND UINT64_C(1000)
#define BURST 1000 /* pieces under way at a time */
#define TOLD 64
#define QUIET (10 * MILLISECOND)

struct scene scene;

static struct world world;
static struct rte_mempool *pools[2];
static struct http_answers answers;
static struct flow_ring *told;
static struct subject subjects[2];	  /* of the policy in force, and of the one before */
static struct tcp_listener *listeners[2]; /* of the server, of the gateway */
static struct tcp_connection *crowd[SCENE_CROWD];
static const struct flow_kind *kind;
static enum family family;
static struct flow *asking, *verifying;
static uint64_t answer_at, verify_at;

struct ip_address scene_address(const char *text)
{
	struct gateway_address written = image_address(text);
	struct ip_address address;

	memcpy(&address, written.octets, sizeof(address));
	return address;
}

static struct ip_address original(void)
{
	return scene_address(family == IPV4 ? SCENE_ORIGINAL_IPV4 : SCENE_ORIGINAL_IPV6);
}

/* Host 0. */

static void take(struct scene_end *end)
{
	struct segment_list list = {0};
	uint32_t space;

	tcp_receive(world.hosts[0].stack, end->connection, &list);
	space = (uint32_t)(sizeof(end->received) - end->length);
	CU_ASSERT_FATAL(list.bytes <= space);
	end->length += segment_list_peek(&list, 0, end->received + end->length, space);
	segment_list_free(&list);
}

static void meet(struct scene_end *end, unsigned events)
{
	struct tcp_info info;

	end->connected |= (events & (TCP_EVENT_ACCEPTED | TCP_EVENT_CONNECTED)) != 0;
	end->ended |= (events & TCP_EVENT_END) != 0;
	if (end != &scene.client || !scene.deaf)
		take(end);
	if (!(events & TCP_EVENT_CLOSED))
		return;
	tcp_get_info(world.hosts[0].stack, end->connection, &info);
	end->closed = true;
	end->reason = info.end;
}

static bool is_of_crowd(const struct tcp_connection *connection)
{
	for (unsigned i = 0; i < scene.crowd; i++)
		if (crowd[i] == connection)
			return true;
	return false;
}

static void ends_turn(void)
{
	struct stack *stack = world.hosts[0].stack;
	struct tcp_connection *connection;
	unsigned events;

	while ((connection = tcp_next_event(stack, &events)) != NULL) {
		if (is_of_crowd(connection))
			continue;
		if (events & TCP_EVENT_ACCEPTED) {
			CU_ASSERT_PTR_NULL_FATAL(scene.server.connection);
			scene.server.connection = connection;
			scene.server.peer = tcp_tuple(connection).remote;
			scene.server.connections++;
		}
		meet(connection == scene.client.connection ? &scene.client : &scene.server, events);
	}
}

/* Host 1. */

static bool ask(void *context, const char *name, struct flow *flow)
{
	if (scene.resolver_is_full)
		return false;
	scene.asked++;
	snprintf(scene.asked_name, sizeof(scene.asked_name), "%s", name);
	asking = flow;
	answer_at = world.now + scene.answer_after;
	return true;
}

static void forget(void *context, struct flow *flow)
{
	CU_ASSERT_PTR_EQUAL(flow, asking);
	scene.untold++;
	asking = NULL;
}

static void answer(void)
{
	struct flow *flow = asking;
	enum flows_answer said = scene.answer;

	if (flow == NULL || world.now < answer_at)
		return;
	if (scene.alias != NULL && flows_deny_alias(flow, scene.alias))
		said = FLOWS_ANSWER_DENIED;
	asking = NULL;
	if (scene.address_count == 0)
		scene.addresses[scene.address_count++] = world.hosts[0].addresses[family];
	flows_resolved(flow, said, scene.addresses, said == FLOWS_ANSWER_ADDRESSES ? scene.address_count : 0, false,
		       world.now);
}

static bool ask_password(void *context, const struct basic_credentials *credentials, const char *hash,
			 struct flow *flow, uint64_t now)
{
	CU_ASSERT_EQUAL(now, world.now);
	scene.verified++;
	snprintf(scene.password, sizeof(scene.password), "%s", credentials->password);
	snprintf(scene.hash, sizeof(scene.hash), "%s", hash == NULL ? "" : hash);
	if (scene.verifier_is_full)
		return false;
	if (scene.verifies_at_once) {
		flows_verified(flow, scene.right, now);
		return true;
	}
	verifying = flow;
	verify_at = now + scene.verify_after;
	return true;
}

static void forget_password(void *context, struct flow *flow)
{
	CU_ASSERT_PTR_EQUAL(flow, verifying);
	scene.forgotten++;
	verifying = NULL;
}

static void verify(void)
{
	struct flow *flow = verifying;

	if (flow == NULL || world.now < verify_at)
		return;
	verifying = NULL;
	flows_verified(flow, scene.right, world.now);
}

static uint64_t gateway_turn(void)
{
	struct stack *stack = world.hosts[1].stack;
	struct tcp_connection *connection;
	unsigned events;

	scene.timers += flows_advance(scene.flows, world.now);
	flows_sweep(scene.flows, world.now);
	while ((connection = tcp_next_event(stack, &events)) != NULL) {
		if (events & TCP_EVENT_ACCEPTED)
			flows_accept(scene.flows, kind, 0, connection, events, world.now);
		else
			flows_event(scene.flows, connection, events, world.now);
	}
	answer();
	verify();
	return RTE_MIN(flows_deadline(scene.flows),
		       RTE_MIN(asking != NULL ? answer_at : UINT64_MAX, verifying != NULL ? verify_at : UINT64_MAX));
}

static uint64_t turn(struct world *unused, unsigned host)
{
	if (host == 1)
		return gateway_turn();
	ends_turn();
	return UINT64_MAX;
}

/* The policy. */

static void complete_explicit(struct policy_service *service, const struct scene_policy *policy)
{
	static char next_hop[NAME_LENGTH_MAX + 1], name[] = SCENE_USER, hash[] = SCENE_HASH;
	static struct policy_user user = {name, hash};
	const char *here = family == IPV4 ? "192.0.2.1" : "2001:db8::1";

	if ((kind == &flow_explicit_forward) != policy->other_connect) {
		snprintf(next_hop, sizeof(next_hop), "%s", policy->next_hop != NULL ? policy->next_hop : here);
		service->connect = POLICY_CONNECT_FORWARD;
		service->next_hop_host = next_hop;
		service->next_hop_port = policy->next_hop_port != 0 ? policy->next_hop_port : SCENE_SERVER_PORT;
	}
	service->users = &user;
	service->user_count = policy->users;
}

static void complete(struct policy_service *service, const struct scene_policy *policy)
{
	static struct gateway_prefix everywhere[2], here[6];
	static uint16_t port = SCENE_SERVER_PORT;

	everywhere[0] = image_prefix("0.0.0.0/0");
	everywhere[1] = image_prefix("::/0");
	here[0] = image_prefix("192.0.2.0/24");
	here[1] = image_prefix("2001:db8::/64");
	here[2] = image_prefix("198.51.100.0/24");
	here[3] = image_prefix("2001:db8:2::/48");
	here[4] = image_prefix(SCENE_ORIGINAL_IPV4 "/32");
	here[5] = image_prefix(SCENE_ORIGINAL_IPV6 "/128");
	service->clients = policy->no_clients ? here : everywhere;
	service->client_count = 2;
	if (policy->no_clients)
		here[0] = here[1] = image_prefix("10.0.0.0/8");
	service->private_networks = here;
	service->private_network_count = policy->no_private_networks ? 0 : policy->original ? 6 : 4;
	service->connect_ports = &port;
	service->connect_port_count = 1;
	service->server_address = policy->server_address;
	service->source_address = policy->source_address;
	service->deny = policy->deny;
	service->non_tls = policy->non_tls;
	service->ech = policy->ech;
	service->connections_per_client = policy->connections_per_client;
	service->timeouts = (struct policy_timeouts){.connect = 5000,
						     .hello = 10000,
						     .idle = policy->idle != 0 ? policy->idle : 3600000,
						     .half_closed = 300000,
						     .drain = 30000};
}

static unsigned place_of_service(const struct policy *policy)
{
	for (unsigned i = 0; i < policy->service_count; i++)
		if (strcmp(policy->services[i].name, "s") == 0)
			return i;
	return 0;
}

static void take_policy(const struct scene_policy *wanted)
{
	static uint64_t generation;
	struct policy policy = image_policy(wanted->text);
	struct policy_service *service = &policy.services[place_of_service(&policy)];
	struct policy_service copy = *service;

	complete(service, wanted);
	complete_explicit(service, wanted);
	service->type = kind == &flow_transparent ? POLICY_TRANSPARENT : POLICY_EXPLICIT;
	image_subject_free(&subjects[1]);
	subjects[1] = subjects[0];
	subjects[0] = image_subject(&policy);
	subjects[0].image->generation = ++generation;
	*service = copy; /* what it owns, for image_policy_free */
	image_policy_free(&policy);
	CU_ASSERT_FATAL(image_counters(subjects[0].image) <= SCENE_HITS);
	memset(scene.hits, 0, sizeof(scene.hits));
	flows_take_policy(
	    scene.flows,
	    &(struct flows_policy){.image = subjects[0].image, .scratch = subjects[0].scratch, .hits = scene.hits});
}

void scene_push(const struct scene_policy *policy)
{
	take_policy(policy);
}

/* The life of a scene. */

static struct scene_policy policy_of_scene;

void scene_prepare(void)
{
	pools[0] = support_pool("ends", MBUFS);
	pools[1] = support_pool("gateway", MBUFS);
	told = flow_ring_create(TOLD, NULL);
	if (told == NULL || !http_answers_build(&answers, "sluice.test"))
		abort();
}

void scene_client_hello_message(struct octets *message, const char *name)
{
	message->length = 0;
	client_hello_begin(message, &(struct hello_text){0});
	if (name != NULL)
		hello_name(message, name, strlen(name));
	hello_extension(message, 43, "020304");
	hello_end(message);
}

void scene_client_hello(struct octets *stream, const char *name)
{
	static struct octets message;

	scene_client_hello_message(&message, name);
	stream->length = 0;
	stream_records(stream, &message, HELLO_MESSAGE_MAX);
}

void scene_server_hello(struct octets *stream, bool retry)
{
	static struct octets message;

	message.length = 0;
	stream->length = 0;
	server_hello_begin(&message, &(struct hello_text){.random = retry ? RETRY_RANDOM : NULL});
	hello_extension(&message, 43, "0304");
	if (retry)
		hello_extension(&message, 51, "0017");
	hello_end(&message);
	stream_records(stream, &message, HELLO_MESSAGE_MAX);
}

/* Host 0 forwards nothing. */
static void add_mute_network(const char *text, uint8_t length, enum family of)
{
	const struct ip_prefix prefix = {scene_address(text), length};

	CU_ASSERT_FATAL(stack_add_route(world.hosts[1].stack, &prefix, 0, &world.hosts[0].addresses[of]));
}

void scene_begin(const struct scene_policy *policy, enum family of)
{
	struct world_config config = {.seed = 1, .application = turn};

	scene = (struct scene){.answer = FLOWS_ANSWER_ADDRESSES};
	scene_told(NULL, 0);
	family = of;
	policy_of_scene = *policy;
	for (unsigned i = 0; i < 2; i++) {
		link_config_default(&config.links[i]);
		config.links[i].delay = MILLISECOND * 1000;
		stack_defaults(&config.hosts[i].stack);
		config.hosts[i].stack.connections = i == 0 ? 2 * SCENE_CROWD : SCENE_CROWD;
		config.hosts[i].stack.tcp.time_wait = 1000;
		config.hosts[i].mtu = 1500;
		config.hosts[i].offloads = INTERFACE_TX_CHAINS;
	}
	CU_ASSERT_PTR_NULL_FATAL(world_start(&world, &config, pools));
	add_mute_network("198.51.100.0", 96 + 25, IPV4);
	add_mute_network("2001:db8:2::", 64, IPV6);
	add_mute_network(SCENE_ORIGINAL_IPV4, 128, IPV4);
	add_mute_network(SCENE_ORIGINAL_IPV6, 128, IPV6);
}

static void listen_on(unsigned host, uint16_t port, bool intercept)
{
	const struct tcp_listener_config config = {
	    .port = port, .intercept = intercept, .options = world.config.hosts[host].stack.tcp.options};

	CU_ASSERT_EQUAL_FATAL(tcp_listen(world.hosts[host].stack, &config, &listeners[host]), TCP_OK);
}

static void begin_flows(void)
{
	struct flows_config config = {
	    .stack = world.hosts[1].stack,
	    .flows = SCENE_CROWD,
	    .openings = policy_of_scene.openings != 0 ? policy_of_scene.openings : SCENE_CROWD,
	    .held = (uint64_t)(policy_of_scene.held != 0 ? policy_of_scene.held : 1000) *
		    rte_pktmbuf_data_room_size(stack_pool(world.hosts[1].stack)),
	    .options = world.config.hosts[1].stack.tcp.options,
	    .answers = &answers,
	    .pseudonym = "sluice.test",
	    .resolver = {.ask = scene.no_resolver ? NULL : ask, .forget = forget},
	    .verifier = {.ask = ask_password, .forget = forget_password},
	    .own = world.hosts[1].addresses,
	    .own_count = FAMILIES,
	    .log = told,
	    .clients = scene.clients,
	};
	struct fault fault;

	scene.flows = flows_create(&config, world.now, &fault);
	CU_ASSERT_PTR_NOT_NULL_FATAL(scene.flows);
	take_policy(&policy_of_scene);
}

static void run_until_quiet(void)
{
	uint64_t turns;

	do {
		turns = world.turns;
		world_run(&world, world.now + QUIET);
	} while (world.turns > turns + 1 && world.fault == NULL);
	CU_ASSERT_PTR_NULL(world.fault);
}

static void connect_to(const struct ip_address *address, uint16_t port)
{
	const struct tcp_connect_config config = {
	    .remote = *address, .remote_port = port, .options = world.config.hosts[0].stack.tcp.options};

	begin_flows();
	world.hosts[1].split_frames = scene.scattered ? 1000000 : 0;
	if (!scene.no_server)
		listen_on(0, SCENE_SERVER_PORT, false);
	for (unsigned i = 0; i < scene.crowd; i++)
		CU_ASSERT_EQUAL_FATAL(tcp_connect(world.hosts[0].stack, &config, &crowd[i]), TCP_OK);
	run_until_quiet();
	CU_ASSERT_EQUAL_FATAL(tcp_connect(world.hosts[0].stack, &config, &scene.client.connection), TCP_OK);
	run_until_quiet();
}

static void connect_to_gateway(const struct flow_kind *of)
{
	kind = of;
	listen_on(1, SCENE_PORT, false);
	connect_to(&world.hosts[1].addresses[family], SCENE_PORT);
}

void scene_connect_explicit(void)
{
	connect_to_gateway(&flow_explicit);
}

void scene_crowd(unsigned count)
{
	const struct tcp_connect_config config = {.remote = world.hosts[1].addresses[family],
						  .remote_port = SCENE_PORT,
						  .options = world.config.hosts[0].stack.tcp.options};

	CU_ASSERT_FATAL(scene.crowd + count <= SCENE_CROWD);
	for (unsigned i = 0; i < count; i++)
		CU_ASSERT_EQUAL_FATAL(tcp_connect(world.hosts[0].stack, &config, &crowd[scene.crowd++]), TCP_OK);
	world.wake[0] = world.now;
	run_until_quiet();
}

void scene_connect_forward(void)
{
	connect_to_gateway(&flow_explicit_forward);
}

void scene_connect_transparent(void)
{
	struct ip_address address = original();
	struct ip_prefix destination = {address, 128};

	kind = &flow_transparent;
	listen_on(1, SCENE_SERVER_PORT, true);
	CU_ASSERT_FATAL(stack_add_route(world.hosts[0].stack, &destination, 0, &world.hosts[1].addresses[family]));
	connect_to(&address, SCENE_SERVER_PORT);
}

/* What the ends do. */

static void send_piece(struct tcp_connection *connection, const void *octets, size_t length)
{
	struct segment_list list = {0};

	CU_ASSERT_EQUAL_FATAL(segment_list_append_copy(&list, world.hosts[0].pool, octets, (uint32_t)length), length);
	if (!tcp_send(world.hosts[0].stack, connection, &list))
		segment_list_free(&list);
	world.wake[0] = world.now;
}

/* Sends up to BURST pieces, each a segment of its own; returns how many octets they have. */
static size_t send_burst(const uint8_t *octets, size_t length, size_t cut)
{
	size_t sent = 0;
	size_t n;

	for (unsigned i = 0; i < BURST && sent < length; i++, sent += n) {
		n = RTE_MIN(cut, length - sent);
		send_piece(scene.client.connection, octets + sent, n);
		world_run(&world, world.now);
	}
	return sent;
}

void client_sends(const void *octets, size_t length, size_t cut)
{
	const uint8_t *from = octets;

	if (cut == 0)
		send_piece(scene.client.connection, octets, length);
	for (size_t sent = 0; cut != 0 && sent < length;) {
		sent += send_burst(from + sent, length - sent, cut);
		run_until_quiet();
	}
	run_until_quiet();
}

void scene_crowd_sends(const void *octets, size_t length)
{
	for (unsigned i = 0; i < scene.crowd; i++)
		send_piece(crowd[i], octets, length);
	run_until_quiet();
}

void client_trickles(const void *octets, size_t length, uint64_t microseconds)
{
	const uint8_t *from = octets;

	for (size_t sent = 0; sent < length; sent++) {
		send_piece(scene.client.connection, from + sent, 1);
		world_run(&world, world.now + microseconds);
	}
	run_until_quiet();
}

/* Takes all frames off the client's link, and lets them arrive from the last to the first. */
static void arrive_reversed(void)
{
	static struct link_frame *frames[4 * BURST];
	struct link *link = world.links[0];
	unsigned count = 0;

	while (count < RTE_DIM(frames) && (frames[count] = link_receive(link, LINK_NO_DEADLINE - 1)) != NULL)
		count++;
	while (count-- > 0) {
		world_forge(&world, 1, frames[count]->octets, frames[count]->length);
		link_frame_free(frames[count]);
	}
}

void client_sends_reversed(const void *octets, size_t length, size_t cut)
{
	const uint8_t *from = octets;

	for (size_t sent = 0; sent < length;) {
		sent += send_burst(from + sent, length - sent, cut);
		while (tcp_unacknowledged(scene.client.connection) > 0 && world.fault == NULL) {
			arrive_reversed();
			world_run(&world, world.now + MILLISECOND);
		}
	}
	run_until_quiet();
}

void client_says(const char *text)
{
	client_sends(text, strlen(text), 0);
}

void server_sends(const void *octets, size_t length)
{
	send_piece(scene.server.connection, octets, length);
	run_until_quiet();
}

static void shut(struct scene_end *end)
{
	tcp_shutdown(world.hosts[0].stack, end->connection);
	world.wake[0] = world.now;
	run_until_quiet();
}

void client_shuts(void)
{
	shut(&scene.client);
}

void server_shuts(void)
{
	shut(&scene.server);
}

static void reset(struct scene_end *end)
{
	tcp_reset(world.hosts[0].stack, end->connection);
	world.wake[0] = world.now;
	run_until_quiet();
}

void client_resets(void)
{
	reset(&scene.client);
}

void server_resets(void)
{
	reset(&scene.server);
}

void scene_wait(uint64_t milliseconds)
{
	world_run(&world, world.now + milliseconds * MILLISECOND);
	run_until_quiet();
}

static bool got(struct scene_end *end, const void *octets, size_t length)
{
	bool same = end->length == length && (length == 0 || memcmp(end->received, octets, length) == 0);

	end->length = 0;
	return same;
}

bool client_got(const void *octets, size_t length)
{
	return got(&scene.client, octets, length);
}

bool server_got(const void *octets, size_t length)
{
	return got(&scene.server, octets, length);
}

bool server_got_forwarded(const char *head)
{
	static const char empty_line[] = "\r\n";
	char expected[4096];

	snprintf(expected, sizeof(expected), "%.*sVia: 1.%c sluice.test\r\n%s",
		 (int)(strlen(head) - strlen(empty_line)), head, strstr(head, "HTTP/1.0\r\n") != NULL ? '0' : '1',
		 empty_line);
	return server_got(expected, strlen(expected));
}

bool client_got_text(const char *beginning)
{
	bool same = scene.client.length >= strlen(beginning) &&
		    memcmp(scene.client.received, beginning, strlen(beginning)) == 0;

	scene.client.length = 0;
	return same;
}

struct search {
	const char *text;
	bool found;
};

static void search_mbuf(struct rte_mempool *pool, void *context, void *object, unsigned index)
{
	struct search *search = context;
	const struct rte_mbuf *mbuf = object;

	search->found |= memmem(mbuf->buf_addr, mbuf->buf_len, search->text, strlen(search->text)) != NULL;
}

bool scene_gateway_has(const char *text)
{
	struct search search = {.text = text};

	rte_mempool_obj_iter(pools[1], search_mbuf, &search);
	return search.found;
}

unsigned scene_gateway_mbufs(void)
{
	return rte_mempool_in_use_count(pools[1]);
}

void scene_resolves(enum flows_answer answer, const struct ip_address *addresses, unsigned count, bool more)
{
	struct flow *flow = asking;

	CU_ASSERT_PTR_NOT_NULL_FATAL(flow);
	if (!more)
		asking = NULL;
	flows_resolved(flow, answer, addresses, count, more, world.now);
	run_until_quiet();
}

struct ip_address scene_server(enum family of)
{
	return world.hosts[0].addresses[of];
}

struct ip_address scene_nobody(enum family of)
{
	return host_address(99, of);
}

struct ip_address scene_client(void)
{
	return world.hosts[0].addresses[family];
}

unsigned scene_told(struct flow_record *records, unsigned most)
{
	const struct flow_record *record;
	unsigned count = 0;

	for (; (record = flow_ring_peek(told)) != NULL; count++) {
		if (count < most)
			records[count] = *record;
		flow_ring_release(told);
	}
	return count;
}

uint64_t scene_ended(enum reason reason)
{
	return scene.flows->counters.reasons[reason];
}

static void release(struct scene_end *end)
{
	if (end->connection != NULL)
		tcp_release(world.hosts[0].stack, end->connection);
	end->connection = NULL;
}

void scene_end(void)
{
	release(&scene.client);
	release(&scene.server);
	for (unsigned i = 0; i < scene.crowd; i++)
		tcp_release(world.hosts[0].stack, crowd[i]);
	scene_wait(400000);
	CU_ASSERT_EQUAL(scene.flows->counters.open, 0);
	CU_ASSERT_EQUAL(scene.flows->counters.opening, 0);
	CU_ASSERT_EQUAL(scene.flows->counters.held, 0);
	flows_destroy(scene.flows);
	for (unsigned host = 0; host < 2; host++)
		if (listeners[host] != NULL)
			tcp_unlisten(world.hosts[host].stack, listeners[host]);
	memset(listeners, 0, sizeof(listeners));
	CU_ASSERT(world_settles(&world, UINT64_C(600000000)));
	CU_ASSERT_PTR_NULL(world_stop(&world));
	for (unsigned i = 0; i < 2; i++)
		image_subject_free(&subjects[i]);
	memset(subjects, 0, sizeof(subjects));
}
