/* SPDX-License-Identifier: BSD-3-Clause */
#include "policy_schema.h"

#include <assert.h>

#include "gateway_schema.h"
#include "notation.h"

/* A key that is called as the member that it fills, and one that is not. */
#define MEMBER(holder, member) SCHEMA_MEMBER(#member, holder, member)
#define KEY(name, holder, member) SCHEMA_MEMBER(name, holder, member)

#define SWITCH(name, holder, member, usual, meaning)                                                                   \
	{                                                                                                              \
		KEY(name, holder, member), .type = SCHEMA_BOOLEAN, .presence = SCHEMA_OPTIONAL, .standard = (usual),   \
					   .about = (meaning)                                                          \
	}

#define CHOICE(name, member, choices, usual, meaning)                                                                  \
	{                                                                                                              \
		KEY(name, policy_service_document, service.member), .type = SCHEMA_WORD, .presence = SCHEMA_OPTIONAL,  \
								    .words = (choices), .standard = (usual),           \
								    .about = (meaning)                                 \
	}

/* Of up to `bound` items, or none. */
#define LIST(name, holder, list, number, bound, what, meaning)                                                         \
	{                                                                                                              \
		KEY(name, holder, list), .type = SCHEMA_LIST, .presence = SCHEMA_OPTIONAL, .most = (bound),            \
					 .count_offset = offsetof(struct holder, number), .item = (what),              \
					 .standard = "[]", .about = (meaning)                                          \
	}

/* Of up to `bound` items, and not empty; `usual` says what an absent one means. */
#define FILLED(name, holder, list, number, bound, what, usual, meaning)                                                \
	{                                                                                                              \
		KEY(name, holder, list), .type = SCHEMA_LIST, .presence = SCHEMA_DEFERRED, .least = 1,                 \
					 .most = (bound), .count_offset = offsetof(struct holder, number),             \
					 .item = (what), .standard = (usual), .about = (meaning)                       \
	}

static const char name_form[] =
    "a name of 1 to 63 octets: letters, digits, \"_\", \"-\" and \".\", with a letter or digit first";

/* Members called `name` that others refer to. */
#define NAME(holder, member, meaning)                                                                                  \
	{                                                                                                              \
		KEY("name", holder, member), .type = SCHEMA_TEXT, .presence = SCHEMA_REQUIRED, .least = 1, .most = 63, \
					     .read = gateway_name, .form = name_form, .about = (meaning)               \
	}

/* In the order of their enums. */
static const char *const action_words[] = {"deny", "allow", NULL};
static const char *const connect_words[] = {"terminate", "forward", NULL};
static const char *const server_address_words[] = {"resolve", "original", "verify", NULL};
static const char *const source_address_words[] = {"gateway", "client", NULL};
static const char *const deny_words[] = {"alert", "reset", "drop", NULL};
static const char *const non_tls_words[] = {"deny", "tunnel", NULL};
static const char *const ech_words[] = {"allow", "deny", NULL};

static const char *const later_deny_words[] = {"page", NULL};
static const char *const later_service_keys[] = {"reverse",	"decryption", "decryption_profile",
						 "certificate", "backends",   NULL};
static const char *const later_document_keys[] = {"decryption_profiles", "certificates", "authorities", "backends",
						  NULL};

static const struct schema pattern_item = {
    .type = SCHEMA_TEXT,
    .size = sizeof(char *),
    .least = 1,
    .most = POLICY_NAME_TEXT,
    .read = policy_pattern_text,
    .form = "a name like \"a.test\", or \"*.a.test\" for all names that end so",
};

static const struct schema file_item = {
    .type = SCHEMA_TEXT,
    .size = sizeof(char *),
    .least = 1,
    .most = 4095,
    .form = "the path of a file, from the folder of this one",
};

static const struct schema regex_item = {
    .type = SCHEMA_TEXT,
    .size = sizeof(char *),
    .least = 1,
    .most = POLICY_REGEX_LENGTH,
    .read = policy_regex_text,
    .form = "a regular expression of 1 to 1024 octets",
};

static const struct schema reference_item = {
    .type = SCHEMA_TEXT,
    .size = sizeof(char *),
    .least = 1,
    .most = 63,
    .read = gateway_name,
    .form = "the name of one",
};

static const struct schema prefix_item = {
    .type = SCHEMA_NOTATION,
    .size = sizeof(struct gateway_prefix),
    .read = notation_prefix,
    .form = "a prefix like \"192.0.2.0/24\" or \"2001:db8::/32\"",
};

static const struct schema port_item = {
    .type = SCHEMA_NUMBER,
    .size = sizeof(uint16_t),
    .least = 1,
    .most = 65535,
};

#define NAME_LISTS(holder)                                                                                             \
	LIST("names", holder, names.texts, names.text_count, POLICY_INLINE_NAMES, &pattern_item,                       \
	     "Names and wildcards"),                                                                                   \
	    LIST("name_files", holder, names.files, names.file_count, POLICY_NAME_FILES, &file_item,                   \
		 "Files with more of them")

#define ACTION(holder, member)                                                                                         \
	KEY("action", holder, member), .type = SCHEMA_WORD, .words = action_words,                                     \
				       .about = "Whether such flows may go to their servers"

/* What is said of a flow besides its action. */
#define VERDICT(holder, member)                                                                                        \
	SWITCH("log", holder, member log, "true", "Whether such flows are logged"),                                    \
	    SWITCH("decryption_exception", holder, member decryption_exception, "false",                               \
		   "Whether such flows stay encrypted where a service decrypts; none does yet")

static const struct schema verdict_fields[] = {
    {ACTION(policy_verdict, action), .presence = SCHEMA_REQUIRED},
    VERDICT(policy_verdict, ),
    {.key = NULL},
};

static const struct schema no_fqdn_fields[] = {
    {ACTION(policy_verdict, action), .presence = SCHEMA_OPTIONAL, .standard = "\"deny\""},
    VERDICT(policy_verdict, ),
    {.key = NULL},
};

static const struct schema row_fields[] = {
    {KEY("label", policy_row_document, row.label), .type = SCHEMA_TEXT, .presence = SCHEMA_DEFERRED, .least = 1,
     .most = 127, .standard = "none", .about = "What the log calls the row"},
    NAME_LISTS(policy_row_document),
    LIST("regexes", policy_row_document, row.regexes, row.regex_count, POLICY_REGEXES, &regex_item,
	 "Regular expressions that match the whole name, whatever the case"),
    LIST("categories", policy_row_document, categories, category_count, POLICY_CATEGORIES, &reference_item,
	 "Categories, for the names in them"),
    LIST("addresses", policy_row_document, row.addresses, row.address_count, POLICY_PREFIXES, &prefix_item,
	 "Addresses, for targets that have no name"),
    {ACTION(policy_row_document, row.verdict.action), .presence = SCHEMA_REQUIRED},
    VERDICT(policy_row_document, row.verdict.),
    {.key = NULL},
};

static const struct schema row_item = {
    .type = SCHEMA_OBJECT,
    .size = sizeof(struct policy_row_document),
    .fields = row_fields,
};

static const struct schema filter_fields[] = {
    NAME(policy_filter_document, filter.name, "What services, groups and the log call it"),
    LIST("rows", policy_filter_document, rows, row_count, POLICY_ROWS, &row_item,
	 "From the top down, the first row that matches decides"),
    FILLED("members", policy_filter_document, members, member_count, POLICY_MEMBERS, &reference_item, "none",
	   "Makes a group of these filters: their rows in order, then the defaults of the group"),
    {KEY("uncategorized", policy_filter_document, filter.uncategorized), .type = SCHEMA_OBJECT,
     .presence = SCHEMA_DEFERRED, .standard = "as `any`", .fields = verdict_fields,
     .about = "For names in no category, while there is any category"},
    {KEY("any", policy_filter_document, filter.any), .type = SCHEMA_OBJECT, .presence = SCHEMA_REQUIRED,
     .fields = verdict_fields, .about = "For every other name, and for addresses"},
    {KEY("no_fqdn", policy_filter_document, filter.no_fqdn), .type = SCHEMA_OBJECT, .presence = SCHEMA_OPTIONAL,
     .standard = "{}", .fields = no_fqdn_fields, .about = "For flows that tell no name"},
    {.key = NULL},
};

static const struct schema filter_item = {
    .type = SCHEMA_OBJECT,
    .size = sizeof(struct policy_filter_document),
    .fields = filter_fields,
};

static const struct schema category_fields[] = {
    NAME(policy_category_document, name, "What rows call it"),
    NAME_LISTS(policy_category_document),
    {.key = NULL},
};

static const struct schema category_item = {
    .type = SCHEMA_OBJECT,
    .size = sizeof(struct policy_category_document),
    .fields = category_fields,
};

static const struct schema listener_fields[] = {
    {MEMBER(policy_listener, address), .type = SCHEMA_NOTATION, .presence = SCHEMA_REQUIRED, .read = notation_station,
     .form = "an address like \"192.0.2.1\" or \"2001:db8::1\"", .about = "One of the gateway's own addresses"},
    {MEMBER(policy_listener, port), .type = SCHEMA_NUMBER, .presence = SCHEMA_REQUIRED, .least = 1, .most = 65535,
     .about = "The TCP port"},
    {.key = NULL},
};

static const struct schema listener_item = {
    .type = SCHEMA_OBJECT,
    .size = sizeof(struct policy_listener),
    .fields = listener_fields,
};

static const struct schema intercept_fields[] = {
    {MEMBER(policy_intercept, interface), .type = SCHEMA_TEXT, .presence = SCHEMA_DEFERRED, .least = 1, .most = 31,
     .read = gateway_name, .form = "the name of a port in gateway.json", .standard = "any",
     .about = "The network port where the connections come in"},
    FILLED("to", policy_intercept, to, to_count, POLICY_PREFIXES, &prefix_item, "`[\"0.0.0.0/0\", \"::/0\"]`",
	   "The networks that the connections go to; those to the gateway itself are not taken"),
    FILLED("ports", policy_intercept, ports, port_count, POLICY_PORTS, &port_item, "`[443]`",
	   "The TCP ports that they go to"),
    {.key = NULL},
};

static const struct schema intercept_item = {
    .type = SCHEMA_OBJECT,
    .size = sizeof(struct policy_intercept),
    .fields = intercept_fields,
};

static const struct schema next_hop_fields[] = {
    {KEY("host", policy_service_document, service.next_hop_host), .type = SCHEMA_TEXT, .presence = SCHEMA_REQUIRED,
     .least = 1, .most = POLICY_NAME_TEXT, .read = policy_next_hop_text, .form = "a name, or an address",
     .about = "Where that proxy is"},
    {KEY("port", policy_service_document, service.next_hop_port), .type = SCHEMA_NUMBER, .presence = SCHEMA_REQUIRED,
     .least = 1, .most = 65535, .about = "Its TCP port"},
    {.key = NULL},
};

static const struct schema user_fields[] = {
    {MEMBER(policy_user, name), .type = SCHEMA_TEXT, .presence = SCHEMA_REQUIRED, .least = 1, .most = 127,
     .read = policy_user_text, .form = "a string of 1 to 127 octets without a colon", .about = "The name"},
    {MEMBER(policy_user, password), .type = SCHEMA_TEXT, .presence = SCHEMA_REQUIRED, .least = 1, .most = 255,
     .read = policy_password_text, .form = "a hash by crypt(3) that begins with \"$y$\", \"$6$\" or \"$5$\"",
     .secret = true,
     .about = "The hash of the password, as `openssl passwd -6` makes one, or `mkpasswd` of the package whois"},
    {.key = NULL},
};

static const struct schema user_item = {
    .type = SCHEMA_OBJECT,
    .size = sizeof(struct policy_user),
    .fields = user_fields,
};

/* Within a service, whose members its keys fill. */
static const struct schema explicit_fields[] = {
    {KEY("listeners", policy_service_document, service.listeners), .type = SCHEMA_LIST, .presence = SCHEMA_REQUIRED,
     .least = 1, .most = POLICY_LISTENERS,
     .count_offset = offsetof(struct policy_service_document, service.listener_count), .item = &listener_item,
     .about = "Where it listens"},
    CHOICE("connect", connect, connect_words, "\"terminate\"",
	   "Whether it connects to the server itself (`terminate`), or passes each CONNECT on to another proxy"),
    {.key = "next_hop",
     .type = SCHEMA_OBJECT,
     .presence = SCHEMA_DEFERRED,
     .fields = next_hop_fields,
     .standard = "none",
     .about = "The other proxy; given with `\"connect\": \"forward\"`, and only then"},
    FILLED("connect_ports", policy_service_document, service.connect_ports, service.connect_port_count, POLICY_PORTS,
	   &port_item, "`[443]`", "The ports that CONNECT may name"),
    FILLED("users", policy_service_document, service.users, service.user_count, POLICY_USERS, &user_item,
	   "none: nobody is asked", "Who may use it, by HTTP's Basic scheme"),
    {.key = NULL},
};

static const struct schema transparent_fields[] = {
    {KEY("intercepts", policy_service_document, service.intercepts), .type = SCHEMA_LIST, .presence = SCHEMA_REQUIRED,
     .least = 1, .most = POLICY_INTERCEPTS,
     .count_offset = offsetof(struct policy_service_document, service.intercept_count), .item = &intercept_item,
     .about = "Which connections it takes"},
    CHOICE("server_address", server_address, server_address_words, "\"resolve\"",
	   "The address that it connects to: what DNS gives for the name, the one that the client connected to, or the "
	   "latter if it is among the former, of which the first 32 of a family count"),
    {KEY("deny", policy_service_document, service.deny), .type = SCHEMA_WORD, .presence = SCHEMA_OPTIONAL,
     .words = deny_words, .later = later_deny_words, .standard = "\"alert\"",
     .about = "What a denied client sees: a TLS alert, an RST, or no word until it closes the connection (FIN) or "
	      "`timeouts.hello` is over (RST); where many wait so, an RST at once"},
    SWITCH("allow_udp", policy_service_document, service.allow_udp, "false",
	   "Route UDP to these ports, so QUIC goes by; `false`: answer it with ICMP"),
    {.key = NULL},
};
static_assert(offsetof(struct policy_service_document, service) == 0, "explicit and transparent lie at offset 0");

#define TIMEOUT(member, low, high, usual, meaning)                                                                     \
	{                                                                                                              \
		MEMBER(policy_timeouts, member), .type = SCHEMA_NUMBER, .presence = SCHEMA_OPTIONAL, .least = (low),   \
						 .most = (high), .standard = (usual), .about = (meaning)               \
	}

static const struct schema timeouts_fields[] = {
    TIMEOUT(connect, 100, 300000, "5000", "To reach the server, all its addresses together"),
    TIMEOUT(
	hello, 100, 300000, "10000",
	"To send a whole CONNECT or ClientHello; for the server, to answer the latter; for the next proxy, on top of "
	"`connect`, to answer a CONNECT. Also how long `\"deny\": \"drop\"` stays silent"),
    TIMEOUT(idle, 1000, 604800000, "3600000", "Without data in either direction"),
    TIMEOUT(half_closed, 1000, 604800000, "300000", "After one end has closed its direction"),
    TIMEOUT(drain, 0, 3600000, "30000", "For the flows that are left when `sluiced` ends"),
    {.key = NULL},
};

static const struct schema service_fields[] = {
    NAME(policy_service_document, service.name, "What the log calls it"),
    {.key = "explicit",
     .type = SCHEMA_OBJECT,
     .presence = SCHEMA_DEFERRED,
     .fields = explicit_fields,
     .standard = "none",
     .about = "Makes it a proxy that clients know of, and ask by CONNECT"},
    {.key = "transparent",
     .type = SCHEMA_OBJECT,
     .presence = SCHEMA_DEFERRED,
     .fields = transparent_fields,
     .standard = "none",
     .about = "Makes it take connections that clients make to servers"},
    FILLED("clients", policy_service_document, service.clients, service.client_count, POLICY_PREFIXES, &prefix_item,
	   "all, if transparent", "The networks of the clients that it serves; an explicit service must name them"),
    {MEMBER(policy_service_document, filter), .type = SCHEMA_TEXT, .presence = SCHEMA_REQUIRED, .least = 1, .most = 63,
     .read = gateway_name, .form = "the name of a filter", .about = "The filter that decides"},
    CHOICE("source_address", source_address, source_address_words, "\"gateway\"",
	   "The address that servers see: the gateway's own, or the client's"),
    CHOICE("non_tls", non_tls, non_tls_words, "\"deny\"",
	   "What becomes of a flow that does not begin with a ClientHello"),
    CHOICE("ech", ech, ech_words, "\"allow\"",
	   "What becomes of a ClientHello with ECH, or its forerunner ESNI; the name that can be read decides"),
    LIST("private_networks", policy_service_document, service.private_networks, service.private_network_count,
	 POLICY_PREFIXES, &prefix_item,
	 "Networks where servers may be though they are not public: private, shared, loopback, link-local or reserved "
	 "ones. The gateway's own addresses and those of cloud metadata count only alone (/32, /128), multicast never. "
	 "`next_hop` needs no such list"),
    {KEY("connections_per_client", policy_service_document, service.connections_per_client), .type = SCHEMA_NUMBER,
     .presence = SCHEMA_OPTIONAL, .least = 1, .most = 16777216, .standard = "1024",
     .about = "The most connections of one client (an IPv4 address or a /64 of IPv6) at a time"},
    {KEY("timeouts", policy_service_document, service.timeouts), .type = SCHEMA_OBJECT, .presence = SCHEMA_OPTIONAL,
     .standard = "{}", .fields = timeouts_fields, .about = "Times in milliseconds after which a flow is ended"},
    {.key = NULL},
};

static const struct schema service_item = {
    .type = SCHEMA_OBJECT,
    .size = sizeof(struct policy_service_document),
    .fields = service_fields,
    .later = later_service_keys,
};

static const struct schema document_fields[] = {
    LIST("services", policy_document, services, service_count, POLICY_SERVICES, &service_item,
	 "What is served, and to whom"),
    LIST("filters", policy_document, filters, filter_count, POLICY_FILTERS, &filter_item, "Which names may be reached"),
    LIST("categories", policy_document, categories, category_count, POLICY_CATEGORIES, &category_item,
	 "Lists of names, for rows to refer to"),
    {.key = NULL},
};

const struct schema policy_schema = {
    .type = SCHEMA_OBJECT,
    .size = sizeof(struct policy_document),
    .fields = document_fields,
    .later = later_document_keys,
};

const char policy_introduction[] =
    "The policy, which `sluicectl` checks, compiles and pushes while traffic flows. It is JSON (RFC 8259) in UTF-8, "
    "of\n"
    "at most 16 MiB. A file with an unknown, missing or doubled key, a value of the wrong kind or out of its range, "
    "or\n"
    "parts that contradict each other is refused as a whole; each fault is reported with its line, column and path.\n"
    "\n"
    "**Names** are lower-cased and lose one dot at their end. `*.a.test` stands for one or more labels before "
    "`a.test`,\n"
    "not for `a.test` itself. Unicode is refused, with the A-label to write. A regular expression matches the whole\n"
    "name, as Hyperscan reads it.\n"
    "\n"
    "**Filters** are read from the top down: the first row decides that has the name among its names, files, regular\n"
    "expressions or categories, or the address among its addresses. If none does, `uncategorized` decides for names\n"
    "that are in no category, if the document has any category, and `any` for the rest. `no_fqdn` decides for flows\n"
    "that tell no name. A row that earlier ones leave nothing is refused.\n"
    "\n"
    "**Files of names** have a name or a wildcard in each line, or an address and then names, like `/etc/hosts`; what\n"
    "follows a `#` is not read. A file has at most 64 MiB, and a document with its files at most 8388608 names.\n"
    "\n"
    "**Services** stand in order: a connection belongs to the first transparent service that takes it, by network "
    "port,\n"
    "destination and client. An intercept that earlier ones leave nothing is refused, as is a second listener at one\n"
    "address and port. Each service is either explicit or transparent.\n"
    "\n"
    "No service decrypts yet. `decryption_exception` may be written already: it says that a flow stays encrypted even\n"
    "if its service is given a decryption profile one day, and changes nothing until then.\n"
    "\n"
    "This page is made from the schema that the loader obeys. [policy.json](../examples/policy.json) has every key.";
