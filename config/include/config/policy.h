/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_POLICY_H
#define CONFIG_POLICY_H

/*
 * policy.json: the dynamic configuration, which sluicectl compiles into a policy image (image.h) and pushes while
 * traffic flows. This is the document as a structure, checked: every reference is resolved to an index, every name is
 * in its one form (name.h), and no part contradicts another. docs/reference/policy.md, made from the same schema that
 * the loader obeys, says what each key means, its range and its default.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <config/error.h>
#include <config/gateway.h>

#define POLICY_SERVICES 256	 /* the most services */
#define POLICY_LISTENERS 16	 /* of one service */
#define POLICY_INTERCEPTS 16	 /* of one service */
#define POLICY_PREFIXES 1024	 /* of one list of networks */
#define POLICY_PORTS 64		 /* of one list of ports */
#define POLICY_USERS 4096	 /* of one service */
#define POLICY_FILTERS 1024	 /* the most filters and groups together */
#define POLICY_MEMBERS 64	 /* of a group */
#define POLICY_ROWS 4096	 /* of one filter */
#define POLICY_CATEGORIES 1024	 /* the most categories */
#define POLICY_NAMES 8388608	 /* the most names and patterns together */
#define POLICY_REGEXES 16384	 /* the most regular expressions together */
#define POLICY_REGEX_LENGTH 1024 /* octets of one */

enum policy_action {
	POLICY_DENY, /* the one that zero means */
	POLICY_ALLOW,
};

/* What is done with a flow that a row or a default decides. */
struct policy_verdict {
	enum policy_action action;
	bool log;
	bool decryption_exception;
};

/* "a.test" matches that name only; "*.a.test" every name that ends in ".a.test", and not a.test. */
struct policy_pattern {
	char *name; /* in its one form, without "*." */
	bool wildcard;
};

struct policy_patterns {
	struct policy_pattern *items; /* those of the document, then those of its files; one allocation with names */
	size_t count;
};

/* A row matches a flow if any of its parts does. */
struct policy_row {
	char *label; /* for logs and people; NULL: none */
	struct policy_patterns names;
	char **regexes; /* Hyperscan's syntax; each must match the whole name, whatever the case */
	unsigned regex_count;
	unsigned *categories; /* places in policy.categories */
	unsigned category_count;
	struct gateway_prefix *addresses; /* for targets that are no name */
	unsigned address_count;
	struct policy_verdict verdict;
};

/* Rows, or a group of filters: its members' rows in order, and then the defaults of its own. */
struct policy_filter {
	char *name;
	struct policy_row *rows; /* none in a group */
	unsigned row_count;
	unsigned *members; /* of a group: places in policy.filters of filters that are no groups; else none */
	unsigned member_count;
	bool has_uncategorized;
	struct policy_verdict uncategorized; /* names in no category; only while there is any category */
	struct policy_verdict any;	     /* every other name, and addresses */
	struct policy_verdict no_fqdn;	     /* flows that tell no name */
};

struct policy_category {
	char *name;
	struct policy_patterns names;
};

enum policy_service_type {
	POLICY_EXPLICIT,    /* CONNECT on a listener */
	POLICY_TRANSPARENT, /* connections to any address, on intercepted ports */
};

enum policy_connect {
	POLICY_CONNECT_TERMINATE, /* the next hop is the server */
	POLICY_CONNECT_FORWARD,	  /* the next hop is a proxy */
};

enum policy_server_address {
	POLICY_SERVER_RESOLVE,	/* what DNS gives for the name */
	POLICY_SERVER_ORIGINAL, /* what the client dialled */
	POLICY_SERVER_VERIFY,	/* what the client dialled, if DNS gives it for the name */
};

enum policy_source_address {
	POLICY_SOURCE_GATEWAY,
	POLICY_SOURCE_CLIENT,
};

/* How a transparent service tells a client that it is denied. */
enum policy_deny {
	POLICY_DENY_ALERT, /* the TLS alert unrecognized_name, and FIN */
	POLICY_DENY_RESET,
	POLICY_DENY_DROP,
};

enum policy_non_tls {
	POLICY_NON_TLS_DENY,
	POLICY_NON_TLS_TUNNEL,
};

enum policy_ech {
	POLICY_ECH_ALLOW,
	POLICY_ECH_DENY,
};

/* Where an explicit service listens. */
struct policy_listener {
	struct gateway_address address; /* one of the gateway's own */
	uint16_t port;			/* host byte order */
};

/* What a transparent service takes: connections to these ports at any address within these networks. */
struct policy_intercept {
	char *interface; /* the name of a port in gateway.json where they come in; NULL: any */
	struct gateway_prefix *to;
	unsigned to_count;
	uint16_t *ports;
	unsigned port_count;
};

struct policy_user {
	char *name;
	char *password; /* as crypt(3) made it: "$6$salt$..." */
};

/* Milliseconds. */
struct policy_timeouts {
	uint32_t connect;     /* to the server, all addresses together */
	uint32_t hello;	      /* until the CONNECT head, or the ClientHello, is complete */
	uint32_t idle;	      /* of a spliced flow */
	uint32_t half_closed; /* after one end has sent FIN */
	uint32_t drain;	      /* at the end of sluiced */
};

struct policy_service {
	char *name;
	enum policy_service_type type;
	struct policy_listener *listeners; /* explicit: at least one */
	unsigned listener_count;
	struct policy_intercept *intercepts; /* transparent: at least one */
	unsigned intercept_count;
	struct gateway_prefix *clients; /* explicit: at least one; transparent: none means all */
	unsigned client_count;
	unsigned filter; /* its place in policy.filters */
	enum policy_connect connect;
	char *next_hop_host; /* forward: a name in its one form, or an address as text */
	uint16_t next_hop_port;
	uint16_t *connect_ports; /* explicit: the ports that CONNECT may name */
	unsigned connect_port_count;
	enum policy_server_address server_address; /* transparent */
	enum policy_source_address source_address;
	enum policy_deny deny; /* transparent */
	enum policy_non_tls non_tls;
	enum policy_ech ech;
	struct gateway_prefix *private_networks; /* that servers may have addresses in, though they are private */
	unsigned private_network_count;
	struct policy_user *users; /* explicit; none: no credentials are asked for */
	unsigned user_count;
	uint32_t connections_per_client;
	bool allow_udp; /* transparent: UDP to the intercepted ports is routed, not refused */
	struct policy_timeouts timeouts;
};

struct policy {
	struct policy_service *services; /* in order: the first transparent one that takes a connection has it */
	unsigned service_count;
	struct policy_filter *filters;
	unsigned filter_count;
	struct policy_category *categories;
	unsigned category_count;
};

/*
 * Reads and checks the file at `path` and the lists of names that it names, whose paths are relative to its folder.
 * Returns true and fills *policy, which the caller frees with policy_free; or returns false, leaves *policy alone, and
 * fills *error. Never partly. What is wrong within a list is told once the rest is right, for one list at a time:
 * error->file is then the list's, and each fault's path that of the list in the document.
 */
bool policy_load(const char *path, struct policy *policy, struct config_error *error);

/* As policy_load, from `size` octets at `text`; `name` stands for the file in *error, `folder` is where lists lie. */
bool policy_parse(const char *name, const char *folder, const char *text, size_t size, struct policy *policy,
		  struct config_error *error);

/* Frees what policy_load allocated in *policy and sets all of it to zero; not `policy` itself. */
void policy_free(struct policy *policy);

#endif
