/* SPDX-License-Identifier: BSD-3-Clause */
/* Parts of gateway.json that contradict each other are refused, at the later one. The '@' marks that place. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_support.h"
#include "support.h"

/* A document of this list of ports. */
static char *with_ports(const char *ports)
{
	char *text;

	return asprintf(&text, "{ \"workers\": { \"cores\": [1] }, \"ports\": [ %s ] }", ports) < 0 ? NULL : text;
}

static void expect_ports(const char *ports, const char *path, const char *words)
{
	char *text = with_ports(ports);

	config_expect(text, path, words);
	free(text);
}

static void accept_ports(const char *ports)
{
	char *text = with_ports(ports);

	CU_ASSERT(config_accepts(text));
	free(text);
}

static void expect_rest(const char *rest, const char *path, const char *words)
{
	char *text = config_document(rest);

	config_expect(text, path, words);
	free(text);
}

static void accept_rest(const char *rest)
{
	char *text = config_document(rest);

	CU_ASSERT(config_accepts(text));
	free(text);
}

static void expect_route(const char *route, const char *path, const char *words)
{
	char *rest;

	if (asprintf(&rest, "\"routes\": [ { \"to\": \"10.0.0.0/8\", \"port\": \"client\" }, %s ]", route) < 0)
		abort();
	expect_rest(rest, path, words);
	free(rest);
}

static void packet_buffers_fit_in_memory(void)
{
	expect_rest("\"memory\": { \"megabytes\": 64, \"mbufs\": @65536 }", "memory.mbufs", "need at least 145 MiB");
	expect_rest("\"memory\": @{ \"megabytes\": 32 }", "memory.mbufs", "need at least 37 MiB");
	accept_rest("\"memory\": { \"megabytes\": 37 }");
}

static void the_rings_of_the_flow_log_fit_in_memory_too(void)
{
	expect_rest("\"memory\": { \"megabytes\": 40 }, \"flow_log\": { \"path\": \"/f\", \"ring\": @4097 }",
		    "flow_log.ring", "need at least 45 MiB");
	accept_rest("\"memory\": { \"megabytes\": 45 }, \"flow_log\": { \"path\": \"/f\", \"ring\": 4097 }");
	accept_rest("\"memory\": { \"megabytes\": 40 }, \"flow_log\": { \"ring\": 1048576 }");
}

static void the_flow_log_is_no_socket(void)
{
	expect_rest("\"control\": { \"socket\": \"/a\" }, \"flow_log\": { \"path\": @\"/a\" }", "flow_log.path",
		    "is the control socket already");
	expect_rest("\"flow_log\": { \"path\": @\"flows\" }", "flow_log.path", "begin it with a slash");
	accept_rest("\"flow_log\": { }");
}

static void a_core_carries_one_worker(void)
{
	config_expect("{ \"workers\": { \"cores\": [1, 2, @1] },"
		      "  \"ports\": [ { \"name\": \"a\", \"device\": \"net_tap0\" } ] }",
		      "workers.cores[2]", "CPU 1 is in the list already");
}

static void different_cores_carry_different_workers(void)
{
	CU_ASSERT(config_accepts("{ \"workers\": { \"cores\": [3, 1, 2] },"
				 "  \"ports\": [ { \"name\": \"a\", \"device\": \"net_tap0\" } ] }"));
}

static void the_main_thread_may_share_a_core(void)
{
	accept_rest("\"main_core\": 1");
}

static void ports_have_names_of_their_own(void)
{
	expect_ports("{ \"name\": \"a\", \"device\": \"net_tap0\" }, { \"name\": @\"a\", \"device\": \"net_tap1\" }",
		     "ports[1].name", "ports[0] is called \"a\" too");
}

static void a_device_serves_one_port(void)
{
	static const char *const same[][2] = {
	    {"net_tap0,iface=a", "net_tap0,iface=b"}, {"0000:03:00.0", "03:00.0"},   {"0000:AF:00.0", "0000:af:00.0"},
	    {"pci:0000:03:00.0", "03:00.0,queues=4"}, {"net_tap0", "vdev:net_tap0"},
	};
	char *ports;

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		if (asprintf(&ports,
			     "{ \"name\": \"a\", \"device\": \"%s\" }, { \"name\": \"b\", \"device\": @\"%s\" }",
			     same[i][0], same[i][1]) < 0)
			abort();
		expect_ports(ports, "ports[1].device", "ports[0] has this device");
		free(ports);
	}
	accept_ports("{ \"name\": \"a\", \"device\": \"net_tap1\" }, { \"name\": \"b\", \"device\": \"net_tap10\" }");
	accept_ports("{ \"name\": \"a\", \"device\": \"03:00.0\" }, { \"name\": \"b\", \"device\": \"0001:03:00.0\" }");
}

static void ports_have_mac_addresses_of_their_own(void)
{
	expect_ports("{ \"name\": \"a\", \"device\": \"net_tap0\", \"mac\": \"02:00:00:00:00:0a\" },"
		     "{ \"name\": \"b\", \"device\": \"net_tap1\", \"mac\": @\"02:00:00:00:00:0A\" }",
		     "ports[1].mac", "ports[0] has this MAC address");
	accept_ports("{ \"name\": \"a\", \"device\": \"net_tap0\" }, { \"name\": \"b\", \"device\": \"net_tap1\" }");
}

static void devices_and_names_have_forms(void)
{
	static const char *const devices[] = {
	    "",	     ",iface=a",     "net_tap0 ",    "net tap0",	"net_tap0;iface=a",
	    "03:00", "0000:03:00.8", "0000:03:0g.0", "net_t\xc3\xa4p0", "0000-03-00.0"};
	static const char *const names[] = {"-a", ".a", "a b", "a/b", "\xc3\xa9", "a,b"};
	char *ports;

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		if (asprintf(&ports, "{ \"name\": \"a\", \"device\": @\"%s\" }", devices[i]) < 0)
			abort();
		expect_ports(ports, "ports[0].device", "");
		free(ports);
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (asprintf(&ports, "{ \"device\": \"net_tap0\", \"name\": @\"%s\" }", names[i]) < 0)
			abort();
		expect_ports(ports, "ports[0].name", "is no name");
		free(ports);
	}
	accept_ports("{ \"name\": \"a\", \"device\": \"0000:af:1f.7\" }");
	accept_ports("{ \"name\": \"A.1_b-c\", \"device\": \"net_virtio_user0,path=/run/a.sock,queues=2\" }");
	expect_rest("\"control\": { \"socket\": @\"run/sluice\" }", "control.socket", "begin it with a slash");
	expect_rest("\"drivers\": [ \"/a.so\", @\"b.so\" ]", "drivers[1]", "begin it with a slash");
}

static void ipv6_needs_an_mtu_of_1280(void)
{
	expect_ports(
	    "{ \"name\": \"a\", \"device\": \"net_tap0\", \"mtu\": @1279, \"addresses\": [\"2001:db8::1/64\"] }",
	    "ports[0].mtu", "too small for IPv6");
	accept_ports(
	    "{ \"name\": \"a\", \"device\": \"net_tap0\", \"mtu\": 1280, \"addresses\": [\"2001:db8::1/64\"] }");
	accept_ports("{ \"name\": \"a\", \"device\": \"net_tap0\", \"mtu\": 576, \"addresses\": [\"192.0.2.1/24\"] }");
}

static void a_prefix_is_on_one_link(void)
{
	static const char form[] = "{ \"name\": \"a\", \"device\": \"net_tap0\", \"addresses\": [\"10.1.1.1/16\","
				   " \"fd00:1::1/64\"] }, { \"name\": \"b\", \"device\": \"net_tap1\","
				   " \"addresses\": [\"10.2.1.1/16\", %s\"%s\"] }";
	static const struct {
		const char *address;
		const char *words;
	} cases[] = {
	    {"10.1.2.3/24", "overlaps with the prefix of ports[0].addresses[0]"},
	    {"10.3.0.1/8", "overlaps with the prefix of ports[0].addresses[0]"},
	    {"10.1.1.1/32", "ports[0].addresses[0] is this address already"},
	    {"10.2.1.1/24", "ports[1].addresses[0] is this address already"},
	    {"fd00:1::2/128", "overlaps with the prefix of ports[0].addresses[1]"},
	    {"fd00:1:0:1::1/48", "overlaps with the prefix of ports[0].addresses[1]"},
	    {"10.2.9.9/24", NULL}, /* two prefixes of one link may overlap */
	    {"fd00:1:0:1::1/64", NULL},
	    {"::10.1.1.9/8", NULL}, /* an IPv6 prefix never holds an IPv4 address */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *ports;

		if (asprintf(&ports, form, cases[i].words == NULL ? "" : "@", cases[i].address) < 0)
			abort();
		if (cases[i].words == NULL)
			accept_ports(ports);
		else
			expect_ports(ports, "ports[1].addresses[1]", cases[i].words);
		free(ports);
	}
}

static void a_route_leads_to_a_port_that_exists(void)
{
	expect_route("{ \"to\": \"0.0.0.0/0\", \"via\": \"192.0.2.9\", \"port\": @\"clients\" }", "routes[1].port",
		     "no port is called \"clients\"");
}

static void a_router_is_on_the_link_of_its_port(void)
{
	expect_route("{ \"to\": \"0.0.0.0/0\", \"via\": @\"192.0.3.1\", \"port\": \"client\" }", "routes[1].via",
		     "is not on the link of port \"client\"");
	expect_route("{ \"to\": \"0.0.0.0/0\", \"via\": @\"192.0.2.9\", \"port\": \"server\" }", "routes[1].via",
		     "is not on the link of port \"server\"");
	expect_route("{ \"to\": \"::/0\", \"via\": @\"fe80::1\", \"port\": \"server\" }", "routes[1].via",
		     "is not on the link of port \"server\"");
	expect_route("{ \"to\": \"::/0\", \"via\": @\"2a80::1\", \"port\": \"client\" }", "routes[1].via",
		     "is not on the link");
	expect_route("{ \"to\": \"::/0\", \"via\": @\"fec0::1\", \"port\": \"client\" }", "routes[1].via",
		     "is not on the link");
	expect_route("{ \"to\": \"::/0\", \"via\": @\"2001:db8:2::1\", \"port\": \"client\" }", "routes[1].via",
		     "is not on the link");
	expect_route("{ \"to\": \"0.0.0.0/0\", \"via\": @\"2001:db8:1::9\", \"port\": \"client\" }", "routes[1].via",
		     "write an IPv4 address");
	expect_route("{ \"to\": \"::/0\", \"via\": @\"192.0.2.9\", \"port\": \"client\" }", "routes[1].via",
		     "write an IPv6 address");
	expect_route("{ \"to\": \"0.0.0.0/0\", \"via\": @\"192.0.2.1\", \"port\": \"client\" }", "routes[1].via",
		     "of the gateway itself");
}

static void one_route_leads_to_a_destination(void)
{
	expect_route("{ \"to\": @\"10.0.0.0/8\", \"port\": \"server\" }", "routes[1].to", "routes[0] leads there");
	expect_route("{ \"to\": @\"198.51.100.0/24\", \"port\": \"client\" }", "routes[1].to",
		     "is on the link of port \"server\"");
	expect_route("{ \"to\": @\"10.0.0.1/8\", \"port\": \"client\" }", "routes[1].to", "write 10.0.0.0/8");
	accept_rest("\"routes\": [ { \"to\": \"0.0.0.0/0\", \"via\": \"192.0.2.9\", \"port\": \"client\" },"
		    "{ \"to\": \"::/0\", \"via\": \"2001:db8:1::9\", \"port\": \"client\" },"
		    "{ \"to\": \"198.51.100.0/25\", \"via\": \"192.0.2.9\", \"port\": \"client\" } ]");
}

static void an_output_queue_is_a_power_of_two(void)
{
	expect_rest("\"limits\": { \"output_queue\": @1000 }", "limits.output_queue", "1000 is no power of two");
	accept_rest("\"limits\": { \"output_queue\": 4096 }");
}

static void a_port_range_has_two_ends_in_order(void)
{
	expect_rest("\"tcp\": { \"port_first\": @20000 }", "tcp.port_first", "belong together");
	expect_rest("\"tcp\": { \"port_last\": @20000 }", "tcp.port_last", "belong together");
	expect_rest("\"tcp\": { \"port_first\": 20000, \"port_last\": @19999 }", "tcp.port_last", "exchange them");
	accept_rest("\"tcp\": { \"port_first\": 20000, \"port_last\": 20000 }");
}

static void test_services_have_ports_of_their_own(void)
{
	expect_rest("\"test_service\": { \"echo\": 7, \"discard\": @7 }", "test_service.discard", "echo already");
	expect_rest("\"test_service\": { \"echo\": 7, \"chargen\": @7 }", "test_service.chargen", "already");
	expect_rest("\"test_service\": { \"discard\": 9, \"chargen\": @9 }", "test_service.chargen", "already");
	accept_rest("\"test_service\": { }");
}

static void a_dns_server_is_a_host_that_can_be_asked(void)
{
	expect_rest("\"dns\": { \"servers\": [ { \"address\": @\"224.0.0.251\" } ] }", "dns.servers[0].address",
		    "is a multicast address");
	expect_rest("\"dns\": { \"servers\": [ { \"address\": @\"127.0.0.53\" } ] }", "dns.servers[0].address",
		    "is a loopback address");
	expect_rest("\"dns\": { \"servers\": [ { \"address\": @\"::\" } ] }", "dns.servers[0].address",
		    "is the unspecified address");
	expect_rest("\"dns\": { \"servers\": [ { \"address\": @\"fe80::53\" } ] }", "dns.servers[0].address",
		    "is link-local");
	expect_rest("\"dns\": { \"servers\": [ { \"address\": @\"198.51.100.1\" } ] }", "dns.servers[0].address",
		    "is an address of the gateway itself");
	accept_rest("\"dns\": { \"servers\": [ { \"address\": \"203.0.113.53\", \"port\": 5353 },"
		    "  { \"address\": \"2001:db8::53\" } ] }");
	accept_rest("\"dns\": { \"cache_entries\": 100 }");
}

static void a_dns_server_is_of_a_family_that_a_port_has(void)
{
	config_expect("{ \"workers\": { \"cores\": [1] }, \"ports\": [ { \"name\": \"a\", \"device\": \"net_tap0\","
		      "  \"addresses\": [\"192.0.2.1/24\"] } ],"
		      "  \"dns\": { \"servers\": [ { \"address\": @\"2001:db8::53\" } ] } }",
		      "dns.servers[0].address", "no port has an IPv6 address");
	config_expect("{ \"workers\": { \"cores\": [1] }, \"ports\": [ { \"name\": \"a\", \"device\": \"net_tap0\","
		      "  \"addresses\": [\"2001:db8::1/64\"] } ],"
		      "  \"dns\": { \"servers\": [ { \"address\": @\"192.0.2.53\" } ] } }",
		      "dns.servers[0].address", "no port has an IPv4 address");
}

static void a_dns_server_is_given_once(void)
{
	expect_rest("\"dns\": { \"servers\": [ { \"address\": \"192.0.2.53\" }, { \"address\": \"192.0.2.54\" },"
		    "  { \"address\": @\"192.0.2.53\" } ] }",
		    "dns.servers[2].address", "dns.servers[0] is this server already");
	accept_rest("\"dns\": { \"servers\": [ { \"address\": \"192.0.2.53\" },"
		    "  { \"address\": \"192.0.2.53\", \"port\": 54 } ] }");
}

int main(void)
{
	return TESTS_RUN("rules of gateway.json", TEST(packet_buffers_fit_in_memory),
			 TEST(the_rings_of_the_flow_log_fit_in_memory_too), TEST(the_flow_log_is_no_socket),
			 TEST(a_core_carries_one_worker), TEST(different_cores_carry_different_workers),
			 TEST(the_main_thread_may_share_a_core), TEST(ports_have_names_of_their_own),
			 TEST(a_device_serves_one_port), TEST(ports_have_mac_addresses_of_their_own),
			 TEST(devices_and_names_have_forms), TEST(ipv6_needs_an_mtu_of_1280),
			 TEST(a_prefix_is_on_one_link), TEST(a_route_leads_to_a_port_that_exists),
			 TEST(a_router_is_on_the_link_of_its_port), TEST(one_route_leads_to_a_destination),
			 TEST(an_output_queue_is_a_power_of_two), TEST(a_port_range_has_two_ends_in_order),
			 TEST(test_services_have_ports_of_their_own), TEST(a_dns_server_is_a_host_that_can_be_asked),
			 TEST(a_dns_server_is_of_a_family_that_a_port_has), TEST(a_dns_server_is_given_once));
}
