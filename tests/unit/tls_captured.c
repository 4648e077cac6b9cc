/* SPDX-License-Identifier: BSD-3-Clause */
/* Streams of real clients and servers, captured on a loopback: OpenSSL 3.0 (s_client, s_server) and GnuTLS 3.7 (wget).
 * They are the fuzz targets' corpus as well, whose folder is the argument. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tls_support.h"

static const char *corpus;
static struct octets stream;

static void load(const char *name)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", corpus, name);
	file = fopen(path, "rb");
	if (file == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	stream.length = fread(stream.data, 1, sizeof(stream.data), file);
	fclose(file);
}

/* Leaves out what the reader has looked at. */
static void go_on_behind(const struct outcome *outcome)
{
	stream.length -= outcome->reader.octets;
	memmove(stream.data, stream.data + outcome->reader.octets, stream.length);
}

static const struct client_hello *client(const char *name)
{
	const struct outcome *outcome;

	load(name);
	outcome = hello_read(HELLO_CLIENT, &stream);
	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_FALSE(outcome->client.grease || outcome->client.esni || outcome->client.ech);
	return &outcome->client;
}

static bool offers_protocols(struct piece list, const char *first, const char *second)
{
	struct piece name;

	return hello_next_protocol(&list, &name) && piece_is(name, first) && hello_next_protocol(&list, &name) &&
	       piece_is(name, second) && !hello_next_protocol(&list, &name);
}

static void openssl_offers_tls_1_3(void)
{
	const struct client_hello *hello = client("client_hello/openssl");
	struct piece shares = hello->key_shares, key;
	uint16_t group;

	CU_ASSERT_EQUAL(hello->length, 336);
	CU_ASSERT_EQUAL(hello->name_kind, CLIENT_HELLO_NAME_ONE);
	CU_ASSERT_TRUE(piece_is(hello->name, "openssl.test"));
	CU_ASSERT_TRUE(offers_protocols(hello->protocols, "h2", "http/1.1"));
	CU_ASSERT_EQUAL(hello->version, 0x0304);
	CU_ASSERT_TRUE(HAS_VALUES(hello->versions, 0x0304, 0x0303, 0x0302, 0x0301));
	CU_ASSERT_EQUAL(hello->session_id_length, 32);
	CU_ASSERT_EQUAL(hello->cipher_suites.length, 62);
	CU_ASSERT_TRUE(
	    HAS_VALUES(hello->groups, 0x001d, 0x0017, 0x001e, 0x0019, 0x0018, 0x0100, 0x0101, 0x0102, 0x0103, 0x0104));
	CU_ASSERT_TRUE(hello_next_key_share(&shares, &group, &key) && group == 0x001d && key.length == 32);
	CU_ASSERT_FALSE(hello_next_key_share(&shares, &group, &key));
	CU_ASSERT_FALSE(hello->early_data || hello->pre_shared_keys > 0);
}

static void openssl_offers_tls_1_2_and_1_0(void)
{
	const struct client_hello *hello = client("client_hello/openssl-tls12-only");

	CU_ASSERT_EQUAL(hello->version, 0x0303);
	CU_ASSERT_EQUAL(hello->versions.length, 0);
	CU_ASSERT_TRUE(piece_is(hello->name, "openssl.test"));
	hello = client("client_hello/openssl-tls10");
	CU_ASSERT_EQUAL(hello->legacy_version, 0x0301);
	CU_ASSERT_EQUAL(hello->version, 0x0301);
	CU_ASSERT_EQUAL(hello->signature_algorithms.length, 0);
}

static void openssl_may_tell_no_name(void)
{
	CU_ASSERT_EQUAL(client("client_hello/openssl-noname")->name_kind, CLIENT_HELLO_NAME_NONE);
}

static void gnutls_offers_tls_1_3(void)
{
	const struct client_hello *hello = client("client_hello/gnutls");
	struct piece shares = hello->key_shares, key;
	uint16_t group;

	CU_ASSERT_EQUAL(hello->length, 517);
	CU_ASSERT_TRUE(piece_is(hello->name, "localhost"));
	CU_ASSERT_EQUAL(hello->version, 0x0304);
	CU_ASSERT_TRUE(HAS_VALUES(hello->versions, 0x0304, 0x0303, 0x0302, 0x0301));
	CU_ASSERT_TRUE(hello_next_key_share(&shares, &group, &key) && group == 0x0017 && key.length == 65);
	CU_ASSERT_TRUE(hello_next_key_share(&shares, &group, &key) && group == 0x001d && key.length == 32);
	CU_ASSERT_FALSE(hello_next_key_share(&shares, &group, &key));
}

/* After HelloRetryRequest: change_cipher_spec, then the hello with a share of the group that was asked for. */
static void openssl_answers_a_retry_request(void)
{
	const struct outcome *outcome;
	struct piece shares, key;
	uint16_t group;

	CU_ASSERT_TRUE(piece_is(client("client_hello/openssl-retry")->name, "openssl.test"));
	go_on_behind(hello_read(HELLO_CLIENT, &stream));
	outcome = hello_read(HELLO_CLIENT_AGAIN, &stream);
	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_EQUAL(outcome->reader.start, 6);
	CU_ASSERT_EQUAL(outcome->reader.octets, stream.length);
	CU_ASSERT_TRUE(piece_is(outcome->client.name, "openssl.test"));
	shares = outcome->client.key_shares;
	CU_ASSERT_TRUE(hello_next_key_share(&shares, &group, &key) && group == 0x0018 && key.length == 97);
}

/* The same after early data, which the server has no key for. */
static void openssl_answers_a_retry_request_after_early_data(void)
{
	const struct client_hello *first = client("client_hello/openssl-early-retry");
	const struct outcome *outcome;

	CU_ASSERT_TRUE(first->early_data);
	CU_ASSERT_EQUAL(first->pre_shared_keys, 1);
	go_on_behind(hello_read(HELLO_CLIENT, &stream));
	CU_ASSERT_EQUAL(hello_read(HELLO_CLIENT_AGAIN, &stream)->fault, HELLO_FAULT_RECORD_TYPE);
	outcome = hello_read(HELLO_CLIENT_AGAIN_EARLY_DATA, &stream);
	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_EQUAL(outcome->reader.start, 6 + 40);
	CU_ASSERT_EQUAL(outcome->reader.octets, stream.length);
	CU_ASSERT_FALSE(outcome->client.early_data);
	CU_ASSERT_TRUE(piece_is(outcome->client.name, "openssl.test"));
}

static const struct outcome *server(const char *name)
{
	load(name);
	return hello_read(HELLO_SERVER, &stream);
}

static void openssl_chooses_tls_1_3(void)
{
	const struct outcome *outcome = server("server_hello/openssl");

	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_FALSE(outcome->server.retry);
	CU_ASSERT_EQUAL(outcome->server.version, 0x0304);
	CU_ASSERT_EQUAL(outcome->server.cipher_suite, 0x1302);
	CU_ASSERT_EQUAL(outcome->server.group, 0x001d);
	CU_ASSERT_EQUAL(outcome->server.length, 127);
}

static void openssl_chooses_tls_1_2_and_1_0(void)
{
	const struct outcome *outcome = server("server_hello/openssl-tls12");

	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_EQUAL(outcome->server.version, 0x0303);
	CU_ASSERT_EQUAL(outcome->server.cipher_suite, 0xc02c);
	CU_ASSERT_TRUE(piece_is(outcome->server.protocol, "http/1.1"));
	outcome = server("server_hello/openssl-tls10");
	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_EQUAL(outcome->server.version, 0x0301);
	CU_ASSERT_EQUAL(outcome->server.protocol.length, 0);
}

static void openssl_asks_for_another_hello(void)
{
	const struct outcome *outcome = server("server_hello/openssl-retry");

	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_TRUE(outcome->server.retry);
	CU_ASSERT_EQUAL(outcome->server.version, 0x0304);
	CU_ASSERT_EQUAL(outcome->server.group, 0x0018);
	go_on_behind(outcome);
	outcome = hello_read(HELLO_SERVER_AGAIN, &stream);
	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_FALSE(outcome->server.retry);
	CU_ASSERT_EQUAL(outcome->reader.start, 6);
	CU_ASSERT_EQUAL(outcome->server.group, 0x0018);
}

static void openssl_warns_of_a_name_and_goes_on(void)
{
	const struct outcome *outcome = server("server_hello/openssl-warning");

	CU_ASSERT_EQUAL(outcome->result, HELLO_WHOLE);
	CU_ASSERT_EQUAL(outcome->reader.start, 7);
	CU_ASSERT_EQUAL(outcome->reader.alert, ALERT_UNRECOGNIZED_NAME);
	CU_ASSERT_EQUAL(outcome->server.version, 0x0303);
}

static void openssl_refuses_a_name(void)
{
	const struct outcome *outcome = server("server_hello/openssl-alert");

	CU_ASSERT_EQUAL(outcome->result, HELLO_ALERT);
	CU_ASSERT_EQUAL(outcome->reader.alert, ALERT_UNRECOGNIZED_NAME);
	CU_ASSERT_EQUAL(outcome->reader.octets, stream.length);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
		return EXIT_FAILURE;
	}
	corpus = argv[1];
	return TESTS_RUN("captured hellos", TEST(openssl_offers_tls_1_3), TEST(openssl_offers_tls_1_2_and_1_0),
			 TEST(openssl_may_tell_no_name), TEST(gnutls_offers_tls_1_3),
			 TEST(openssl_answers_a_retry_request), TEST(openssl_answers_a_retry_request_after_early_data),
			 TEST(openssl_chooses_tls_1_3), TEST(openssl_chooses_tls_1_2_and_1_0),
			 TEST(openssl_asks_for_another_hello), TEST(openssl_warns_of_a_name_and_goes_on),
			 TEST(openssl_refuses_a_name));
}
