/* SPDX-License-Identifier: BSD-3-Clause */
/* What stands in gateway.json comes to the member that is meant, and what does not has its default. */
#include <stdlib.h>
#include <string.h>

#include <notation.h>

#include "config_support.h"
#include "support.h"

static struct gateway load(const char *text)
{
	struct config_error error;
	struct gateway gateway;

	if (!gateway_parse("test", text, strlen(text), GATEWAY_ALLOW_TEST_SERVICE, &gateway, &error)) {
		config_error_print(&error, stderr);
		abort();
	}
	return gateway;
}

static void expect_prefix(const struct gateway_prefix *prefix, const char *text, unsigned length)
{
	char buffer[NOTATION_ADDRESS_SIZE];

	CU_ASSERT_STRING_EQUAL(notation_format(&prefix->address, buffer), text);
	CU_ASSERT_EQUAL(prefix->length, length);
}

static void what_is_absent_has_its_default(void)
{
	char *text = config_document("");
	struct gateway gateway = load(text);
	static const struct gateway_limits no_limits;
	static const struct gateway_mac own_mac;

	CU_ASSERT_EQUAL(gateway.memory.megabytes, 256);
	CU_ASSERT_EQUAL(gateway.memory.mbufs, 16384);
	CU_ASSERT_TRUE(gateway.memory.hugepages && gateway.memory.single_file_segments);
	CU_ASSERT_STRING_EQUAL(gateway.memory.file_prefix, "sluice");
	CU_ASSERT_EQUAL(gateway.main_core, 0);
	CU_ASSERT_EQUAL(gateway.workers.idle, GATEWAY_IDLE_ADAPTIVE);
	CU_ASSERT_EQUAL(gateway.driver_count, 0);
	CU_ASSERT_EQUAL(gateway.ports[0].mtu, 1500);
	CU_ASSERT_EQUAL(gateway.ports[0].vlan, 0);
	CU_ASSERT_EQUAL(gateway.ports[0].steering, GATEWAY_STEERING_AUTO);
	CU_ASSERT_EQUAL(gateway.ports[0].descriptors, 1024);
	CU_ASSERT_EQUAL(memcmp(&gateway.ports[0].mac, &own_mac, sizeof(own_mac)), 0);
	CU_ASSERT_EQUAL(gateway.route_count, 0);
	CU_ASSERT_FALSE(gateway.forwarding);
	CU_ASSERT_EQUAL(memcmp(&gateway.limits, &no_limits, sizeof(no_limits)), 0);
	CU_ASSERT_TRUE(gateway.tcp.timestamps && gateway.tcp.sack && gateway.tcp.window_scaling);
	CU_ASSERT_EQUAL(gateway.tcp.window_scale, 7);
	CU_ASSERT_EQUAL(gateway.tcp.mss, 0);
	CU_ASSERT_EQUAL(gateway.tcp.receive_buffer, 0);
	CU_ASSERT_EQUAL(gateway.tcp.keepalive_idle, 0);
	CU_ASSERT_EQUAL(gateway.dns.server_count, 0);
	CU_ASSERT_EQUAL(gateway.dns.timeout, 5000);
	CU_ASSERT_EQUAL(gateway.dns.cache_entries, 4096);
	CU_ASSERT_EQUAL(gateway.dns.questions, 512);
	CU_ASSERT_EQUAL(gateway.dns.waiters, 16384);
	CU_ASSERT_EQUAL(gateway.log.level, GATEWAY_LOG_INFO);
	CU_ASSERT_PTR_NULL(gateway.flow_log.path);
	CU_ASSERT_EQUAL(gateway.flow_log.mode, GATEWAY_FLOW_LOG_OWNER);
	CU_ASSERT_EQUAL(gateway.flow_log.ring, 4096);
	CU_ASSERT_EQUAL(gateway.flow_log.buffer, 1048576);
	CU_ASSERT_STRING_EQUAL(gateway.control.socket, "/run/sluice/control");
	CU_ASSERT_EQUAL(gateway.test_service.echo, 0);
	gateway_free(&gateway);
	free(text);
}

static void what_is_given_comes_to_its_place(void)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
	char *text = config_full_document();
	struct gateway gateway = load(text);

	CU_ASSERT_EQUAL(gateway.workers.core_count, 1);
	CU_ASSERT_EQUAL(gateway.workers.cores[0], 1);
	CU_ASSERT_EQUAL(gateway.workers.idle, GATEWAY_IDLE_POLL);
	CU_ASSERT_EQUAL(gateway.driver_count, 1);
	CU_ASSERT_STRING_EQUAL(gateway.drivers[0], "/usr/local/lib/librte_net_example.so");
	CU_ASSERT_EQUAL(gateway.port_count, 1);
	CU_ASSERT_STRING_EQUAL(gateway.ports[0].name, "client");
	CU_ASSERT_STRING_EQUAL(gateway.ports[0].device, "net_tap0,iface=sluice0");
	CU_ASSERT_EQUAL(memcmp(gateway.ports[0].mac.octets, mac, sizeof(mac)), 0);
	CU_ASSERT_EQUAL(gateway.ports[0].mtu, 1400);
	CU_ASSERT_EQUAL(gateway.ports[0].vlan, 7);
	CU_ASSERT_EQUAL(gateway.ports[0].steering, GATEWAY_STEERING_SOFTWARE);
	CU_ASSERT_EQUAL(gateway.ports[0].descriptors, 512);
	CU_ASSERT_EQUAL(gateway.ports[0].address_count, 1);
	expect_prefix(&gateway.ports[0].addresses[0], "192.0.2.1", 120);
	CU_ASSERT_EQUAL(gateway.route_count, 1);
	expect_prefix(&gateway.routes[0].to, "198.51.100.0", 120);
	CU_ASSERT_EQUAL(gateway.routes[0].via.octets[15], 254);
	CU_ASSERT_STRING_EQUAL(gateway.routes[0].port, "client");
	CU_ASSERT_EQUAL(gateway.limits.connections, 4096);
	CU_ASSERT_EQUAL(gateway.limits.output_queue, 1024);
	CU_ASSERT_EQUAL(gateway.tcp.window_scale, 8);
	CU_ASSERT_EQUAL(gateway.tcp.mss, 1400);
	CU_ASSERT_EQUAL(gateway.tcp.orphan, 30000);
	CU_ASSERT_EQUAL(gateway.tcp.port_last, 40000);
	CU_ASSERT_EQUAL(gateway.dns.server_count, 1);
	CU_ASSERT_EQUAL(gateway.dns.servers[0].address.octets[15], 53);
	CU_ASSERT_EQUAL(gateway.dns.servers[0].port, 5353);
	CU_ASSERT_EQUAL(gateway.dns.timeout, 3000);
	CU_ASSERT_EQUAL(gateway.dns.cache_entries, 8192);
	CU_ASSERT_EQUAL(gateway.dns.questions, 256);
	CU_ASSERT_EQUAL(gateway.dns.waiters, 4096);
	CU_ASSERT_EQUAL(gateway.log.level, GATEWAY_LOG_WARNING);
	CU_ASSERT_STRING_EQUAL(gateway.flow_log.path, "/var/log/sluice-flows.json");
	CU_ASSERT_EQUAL(gateway.flow_log.mode, GATEWAY_FLOW_LOG_GROUP);
	CU_ASSERT_EQUAL(gateway.flow_log.ring, 8192);
	CU_ASSERT_EQUAL(gateway.flow_log.buffer, 4194304);
	CU_ASSERT_EQUAL(gateway.test_service.chargen, 19);
	gateway_free(&gateway);
	free(text);
}

static void switches_can_be_turned(void)
{
	char *text = config_document(
	    "\"forwarding\": true, \"memory\": { \"hugepages\": false, \"single_file_segments\": false },"
	    "\"tcp\": { \"timestamps\": false, \"sack\": false, \"window_scaling\": false }");
	struct gateway gateway = load(text);

	CU_ASSERT_TRUE(gateway.forwarding);
	CU_ASSERT_FALSE(gateway.memory.hugepages || gateway.memory.single_file_segments);
	CU_ASSERT_FALSE(gateway.tcp.timestamps || gateway.tcp.sack || gateway.tcp.window_scaling);
	gateway_free(&gateway);
	free(text);
}

static void keepalive_can_be_forgone(void)
{
	char *text = config_document("\"tcp\": { \"keepalive_idle\": \"never\" }");
	struct gateway gateway = load(text);

	CU_ASSERT_EQUAL(gateway.tcp.keepalive_idle, UINT32_MAX);
	gateway_free(&gateway);
	free(text);
}

static void a_route_knows_its_port(void)
{
	char *text =
	    config_document("\"routes\": [ { \"to\": \"0.0.0.0/0\", \"via\": \"198.51.100.9\", \"port\": \"server\" },"
			    "{ \"to\": \"::/0\", \"via\": \"fe80::1\", \"port\": \"client\" },"
			    "{ \"to\": \"203.0.113.0/24\", \"port\": \"server\" } ]");
	struct gateway gateway = load(text);
	static const struct gateway_address none;

	CU_ASSERT_EQUAL(gateway.routes[0].port_index, 1);
	CU_ASSERT_EQUAL(gateway.routes[1].port_index, 0);
	CU_ASSERT_EQUAL(gateway.routes[2].port_index, 1);
	expect_prefix(&gateway.routes[0].to, "0.0.0.0", 96);
	expect_prefix(&gateway.routes[1].to, "::", 0);
	CU_ASSERT_EQUAL(memcmp(&gateway.routes[2].via, &none, sizeof(none)), 0);
	gateway_free(&gateway);
	free(text);
}

static void numbers_may_be_written_in_any_form_of_json(void)
{
	char *text = config_document("\"tcp\": { \"mss\": 1.4e3, \"receive_buffer\": 65536.0 }");
	struct gateway gateway = load(text);

	CU_ASSERT_EQUAL(gateway.tcp.mss, 1400);
	CU_ASSERT_EQUAL(gateway.tcp.receive_buffer, 65536);
	gateway_free(&gateway);
	free(text);
}

static void a_refused_text_leaves_the_old_configuration_alone(void)
{
	char *good = config_document("");
	char *bad = config_document("\"log\": { \"level\": \"loud\" }");
	struct gateway gateway = load(good);
	struct gateway before = gateway;
	struct config_error error;

	CU_ASSERT_FALSE(gateway_parse("test", bad, strlen(bad), 0, &gateway, &error));
	CU_ASSERT_EQUAL(memcmp(&before, &gateway, sizeof(before)), 0);
	gateway_free(&gateway);
	CU_ASSERT_PTR_NULL(gateway.ports);
	gateway_free(&gateway); /* does nothing */
	free(good);
	free(bad);
}

int main(void)
{
	return TESTS_RUN(
	    "values of gateway.json", TEST(what_is_absent_has_its_default), TEST(what_is_given_comes_to_its_place),
	    TEST(switches_can_be_turned), TEST(keepalive_can_be_forgone), TEST(a_route_knows_its_port),
	    TEST(numbers_may_be_written_in_any_form_of_json), TEST(a_refused_text_leaves_the_old_configuration_alone));
}
