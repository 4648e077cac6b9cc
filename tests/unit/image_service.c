/* SPDX-License-Identifier: BSD-3-Clause */
/* Services stand in the image as they stand in the policy, whatever they hold. */
#include <stdlib.h>
#include <string.h>

#include "image_support.h"
#include "support.h"

static struct gateway_prefix clients[3], networks[2], everywhere[2];
static struct policy_listener listeners[2];
static uint16_t connect_ports[] = {443, 8443}, ports_one[] = {443}, ports_two[] = {443, 8443, 9443};
static struct policy_intercept intercepts[2];
static struct policy_user users[] = {
    {(char *)(uintptr_t) "walter", (char *)(uintptr_t) "$6$w"},
    {(char *)(uintptr_t) "ann", (char *)(uintptr_t) "$6$a"},
    {(char *)(uintptr_t) "anna", (char *)(uintptr_t) "$6$aa"},
    {(char *)(uintptr_t) "\xc3\xa9mile", (char *)(uintptr_t) "$6$e"},
};

static char *text(const char *constant)
{
	return (char *)(uintptr_t)constant;
}

static struct policy_service explicit_service(void)
{
	clients[0] = image_prefix("192.0.2.0/24");
	clients[1] = image_prefix("2001:db8::/32");
	clients[2] = image_prefix("198.51.100.7/32");
	networks[0] = image_prefix("10.0.0.0/8");
	networks[1] = image_prefix("fd00::/8");
	listeners[0] = (struct policy_listener){image_address("192.0.2.1"), 3128};
	listeners[1] = (struct policy_listener){image_address("2001:db8::1"), 3129};
	return (struct policy_service){
	    .name = text("explicit"),
	    .type = POLICY_EXPLICIT,
	    .listeners = listeners,
	    .listener_count = 2,
	    .clients = clients,
	    .client_count = 3,
	    .filter = 1,
	    .connect = POLICY_CONNECT_FORWARD,
	    .next_hop_host = text("proxy.test"),
	    .next_hop_port = 8080,
	    .connect_ports = connect_ports,
	    .connect_port_count = 2,
	    .source_address = POLICY_SOURCE_CLIENT,
	    .non_tls = POLICY_NON_TLS_TUNNEL,
	    .private_networks = networks,
	    .private_network_count = 2,
	    .users = users,
	    .user_count = 4,
	    .connections_per_client = 100,
	    .timeouts = {1, 2, 3, 4, 5},
	};
}

static struct policy_service transparent_service(void)
{
	everywhere[0] = image_prefix("0.0.0.0/0");
	everywhere[1] = image_prefix("2001:db8:5::/48");
	intercepts[0] = (struct policy_intercept){text("client"), everywhere, 1, ports_one, 1};
	intercepts[1] = (struct policy_intercept){NULL, everywhere, 2, ports_two, 3};
	return (struct policy_service){
	    .name = text("transparent"),
	    .type = POLICY_TRANSPARENT,
	    .intercepts = intercepts,
	    .intercept_count = 2,
	    .filter = 0,
	    .server_address = POLICY_SERVER_VERIFY,
	    .deny = POLICY_DENY_DROP,
	    .ech = POLICY_ECH_DENY,
	    .connections_per_client = 7,
	    .allow_udp = true,
	};
}

/* Explicit, transparent, explicit again. */
static struct subject build(void)
{
	struct policy_service services[3] = {explicit_service(), transparent_service(), explicit_service()};
	struct policy_filter filters[2] = {{.name = text("one")}, {.name = text("two")}};
	struct policy policy = {services, 3, filters, 2, NULL, 0};

	services[2].name = text("again");
	services[2].user_count = 1;
	return image_subject(&policy);
}

static void an_explicit_service_is_as_in_the_policy(void)
{
	struct policy_service wanted = explicit_service();
	struct subject subject = build();
	struct image_service view;

	CU_ASSERT_EQUAL(image_services(subject.image), 3);
	for (unsigned i = 0; i < 3; i += 2) {
		image_service(subject.image, i, &view);
		CU_ASSERT_STRING_EQUAL(view.name, i == 0 ? "explicit" : "again");
		CU_ASSERT_EQUAL(view.type, wanted.type);
		CU_ASSERT_EQUAL(view.listener_count, 2);
		CU_ASSERT_EQUAL(memcmp(view.listeners, listeners, sizeof(listeners)), 0);
		CU_ASSERT_EQUAL(view.client_count, 3);
		CU_ASSERT_EQUAL(memcmp(view.clients, clients, sizeof(clients)), 0);
		CU_ASSERT_EQUAL(view.private_network_count, 2);
		CU_ASSERT_EQUAL(memcmp(view.private_networks, networks, sizeof(networks)), 0);
		CU_ASSERT_EQUAL(view.connect_port_count, 2);
		CU_ASSERT_EQUAL(memcmp(view.connect_ports, connect_ports, sizeof(connect_ports)), 0);
		CU_ASSERT_EQUAL(view.filter, 1);
		CU_ASSERT_EQUAL(view.connect, POLICY_CONNECT_FORWARD);
		CU_ASSERT_STRING_EQUAL(view.next_hop_host, "proxy.test");
		CU_ASSERT_EQUAL(view.next_hop_port, 8080);
		CU_ASSERT_EQUAL(view.server_address, POLICY_SERVER_RESOLVE);
		CU_ASSERT_EQUAL(view.source_address, POLICY_SOURCE_CLIENT);
		CU_ASSERT_EQUAL(view.deny, POLICY_DENY_ALERT);
		CU_ASSERT_EQUAL(view.non_tls, POLICY_NON_TLS_TUNNEL);
		CU_ASSERT_EQUAL(view.ech, POLICY_ECH_ALLOW);
		CU_ASSERT_EQUAL(view.user_count, i == 0 ? 4 : 1);
		CU_ASSERT_EQUAL(view.connections_per_client, 100);
		CU_ASSERT_FALSE(view.allow_udp);
		CU_ASSERT_EQUAL(memcmp(&view.timeouts, &wanted.timeouts, sizeof(view.timeouts)), 0);
		CU_ASSERT_EQUAL(view.intercepts.count, 0);
	}
	image_subject_free(&subject);
}

static void a_transparent_service_is_as_in_the_policy(void)
{
	struct subject subject = build();
	struct image_intercept intercept;
	struct image_service view;

	image_service(subject.image, 1, &view);
	CU_ASSERT_STRING_EQUAL(view.name, "transparent");
	CU_ASSERT_EQUAL(view.type, POLICY_TRANSPARENT);
	CU_ASSERT_EQUAL(view.listener_count + view.client_count + view.connect_port_count + view.user_count, 0);
	CU_ASSERT_PTR_NULL(view.next_hop_host);
	CU_ASSERT_EQUAL(view.filter, 0);
	CU_ASSERT_EQUAL(view.connect, POLICY_CONNECT_TERMINATE);
	CU_ASSERT_EQUAL(view.server_address, POLICY_SERVER_VERIFY);
	CU_ASSERT_EQUAL(view.source_address, POLICY_SOURCE_GATEWAY);
	CU_ASSERT_EQUAL(view.deny, POLICY_DENY_DROP);
	CU_ASSERT_EQUAL(view.non_tls, POLICY_NON_TLS_DENY);
	CU_ASSERT_EQUAL(view.ech, POLICY_ECH_DENY);
	CU_ASSERT_TRUE(view.allow_udp);
	CU_ASSERT_EQUAL(view.intercepts.count, 2);
	image_service_intercept(&view, subject.image, 0, &intercept);
	CU_ASSERT_STRING_EQUAL(intercept.interface, "client");
	CU_ASSERT(intercept.to_count == 1 && intercept.port_count == 1 && intercept.ports[0] == 443);
	image_service_intercept(&view, subject.image, 1, &intercept);
	CU_ASSERT_PTR_NULL(intercept.interface);
	CU_ASSERT(intercept.to_count == 2 && memcmp(intercept.to, everywhere, sizeof(everywhere)) == 0);
	CU_ASSERT(intercept.port_count == 3 && memcmp(intercept.ports, ports_two, sizeof(ports_two)) == 0);
	image_subject_free(&subject);
}

static const char *password(const struct subject *subject, unsigned service, const char *name, size_t length)
{
	char *copy = (char *)support_copy(name, length); /* with no NUL behind it */
	const char *found = image_user(subject->image, service, copy, length);

	free(copy);
	return found != NULL ? found : "none";
}

static void each_user_is_found_and_nobody_else(void)
{
	struct subject subject = build();

	for (unsigned i = 0; i < 4; i++)
		CU_ASSERT_STRING_EQUAL(password(&subject, 0, users[i].name, strlen(users[i].name)), users[i].password);
	CU_ASSERT_STRING_EQUAL(password(&subject, 0, "ann\0", 4), "none");
	CU_ASSERT_STRING_EQUAL(password(&subject, 0, "an", 2), "none");
	CU_ASSERT_STRING_EQUAL(password(&subject, 0, "annab", 5), "none");
	CU_ASSERT_STRING_EQUAL(password(&subject, 0, "Ann", 3), "none");
	CU_ASSERT_STRING_EQUAL(password(&subject, 0, "", 0), "none");
	CU_ASSERT_STRING_EQUAL(password(&subject, 0, "\xff", 1), "none");
	image_subject_free(&subject);
}

static void users_of_one_service_are_not_anothers(void)
{
	struct subject subject = build();

	CU_ASSERT_STRING_EQUAL(password(&subject, 2, "walter", 6), "$6$w");
	CU_ASSERT_STRING_EQUAL(password(&subject, 2, "ann", 3), "none");
	CU_ASSERT_STRING_EQUAL(password(&subject, 1, "ann", 3), "none");
	image_subject_free(&subject);
}

int main(void)
{
	return TESTS_RUN("image service", TEST(an_explicit_service_is_as_in_the_policy),
			 TEST(a_transparent_service_is_as_in_the_policy), TEST(each_user_is_found_and_nobody_else),
			 TEST(users_of_one_service_are_not_anothers));
}
