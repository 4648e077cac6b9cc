/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CONFIG_IMAGE_H
#define CONFIG_IMAGE_H

/*
 * The policy image: a compiled policy as one run of octets, position-independent (offsets, no pointers), never changed
 * once it is made. sluicectl builds it, the region carries it to sluiced, workers ask it. Integers have the order and
 * alignment of the machine, which `platform` names: an image is for the machine that it is made on.
 *
 * Hyperscan's bytecode inside cannot be checked further than by checksum and platform: whoever may write the region is
 * trusted that far. Everything else is checked by image_check, so that no lookup reads beyond an image that passed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <config/error.h>
#include <config/policy.h>

#define IMAGE_MAGIC UINT64_C(0x6567616d49636c53) /* "SlcImage" */
#define IMAGE_VERSION 1
#define IMAGE_ALIGNMENT 64	/* of an image's first octet in memory */
#define IMAGE_REASON_SIZE 160	/* of what image_check says, with its NUL */
#define IMAGE_NO_ROW UINT32_MAX /* a default decided, no row */

/* The beginning of each image. What follows it is image.c's. */
struct image_header {
	uint64_t magic;
	uint32_t version;
	uint32_t header_size;
	uint64_t platform;    /* of Hyperscan's code, and the order of octets */
	uint64_t size;	      /* octets, with this header */
	uint64_t generation;  /* 0: not published yet; not covered by the checksum, as the publisher sets it */
	uint64_t made_at;     /* seconds since 1970 */
	uint8_t checksum[32]; /* SHA-256 of the image with generation and checksum zero */
};

/*
 * Compiles a policy. Returns an image of *size octets, allocated, aligned, generation 0, that the caller frees; or NULL
 * with the fault in *error: a regular expression that Hyperscan refuses (its filter, row and what Hyperscan says), or
 * no memory. Takes seconds for a million names; not for workers.
 */
struct image_header *image_build(const struct policy *policy, size_t *size, struct config_error *error);

/*
 * Whether `size` octets at `octets` are a whole image for this version, platform and processor. If not, `reason` says
 * why in a sentence without its full stop. Reads all of it; not for workers.
 */
bool image_check(const void *octets, size_t size, char reason[IMAGE_REASON_SIZE]);

/* What a thread needs to match regular expressions: one for each worker, made when an image is taken, not by workers.
 */
struct image_scratch;

/*
 * Grows *scratch (NULL at first) to what the image needs; false without memory, *scratch is then as it was. It may come
 * to lie elsewhere: no thread may be using it meanwhile. So while a worker runs, a new one is made for its new image.
 */
bool image_scratch_grow(struct image_scratch **scratch, const struct image_header *image);
void image_scratch_free(struct image_scratch *scratch);

enum image_match {
	IMAGE_MATCH_ROW,
	IMAGE_MATCH_UNCATEGORIZED,
	IMAGE_MATCH_ANY,
	IMAGE_MATCH_NO_FQDN,
};

struct image_result {
	struct policy_verdict verdict;
	enum image_match match;
	uint32_t filter;  /* whose row or default it was: a member, where a group was asked */
	uint32_t row;	  /* in that filter; IMAGE_NO_ROW */
	uint32_t counter; /* the place of that row or default among the hit counters, below image_counters() */
};

/* How many hit counters there are: one for each row and each default of each filter. */
uint32_t image_counters(const struct image_header *image);

/*
 * The verdict of a filter on a name in its one form (name.h), or on an address if `name` is NULL, or on a flow that has
 * neither. `scratch` may be NULL where no filter has regular expressions. If Hyperscan refuses to scan, for want of a
 * scratch that was grown for this image, the flow is denied and logged. A prefix of length 0 matches addresses of both
 * families, all others those of their own. Allocates nothing, takes no lock. Any thread, with a scratch of its own.
 */
void image_lookup(const struct image_header *image, struct image_scratch *scratch, uint32_t filter, const char *name,
		  const struct gateway_address *address, struct image_result *result);

/*
 * As image_lookup, but no default counts: true, with *result, if the first row that matches the name denies it. For the
 * targets of CNAMEs. (A row that denies behind one that allows the name does not count: asked for by itself, the name
 * would be allowed.)
 */
bool image_denies(const struct image_header *image, struct image_scratch *scratch, uint32_t filter, const char *name,
		  struct image_result *result);

/* Deny beats allow; then decrypt beats exception; then log beats no log. Returns the stricter of the two. */
const struct image_result *image_stricter(const struct image_result *a, const struct image_result *b);

/* Services, as they stand in the image; pointers live as long as the image. Strings end in a NUL. */
struct image_list {
	const void *items;
	uint32_t count;
};

struct image_service {
	const char *name;
	enum policy_service_type type;
	const struct policy_listener *listeners;
	uint32_t listener_count;
	struct image_list intercepts; /* of struct image_intercept, by image_service_intercept */
	const struct gateway_prefix *clients;
	uint32_t client_count;
	uint32_t filter;
	enum policy_connect connect;
	const char *next_hop_host;
	uint16_t next_hop_port;
	const uint16_t *connect_ports;
	uint32_t connect_port_count;
	enum policy_server_address server_address;
	enum policy_source_address source_address;
	enum policy_deny deny;
	enum policy_non_tls non_tls;
	enum policy_ech ech;
	const struct gateway_prefix *private_networks;
	uint32_t private_network_count;
	uint32_t user_count;
	uint32_t connections_per_client;
	bool allow_udp;
	struct policy_timeouts timeouts;
};

struct image_intercept {
	const char *interface; /* NULL: any */
	const struct gateway_prefix *to;
	uint32_t to_count;
	const uint16_t *ports;
	uint32_t port_count;
};

uint32_t image_services(const struct image_header *image);

/* Fills *service with pointers into the image. `service` is below image_services(). */
void image_service(const struct image_header *image, uint32_t service, struct image_service *view);

/* `intercept` is below view->intercepts.count. */
void image_service_intercept(const struct image_service *view, const struct image_header *image, uint32_t intercept,
			     struct image_intercept *intercept_view);

/* The crypt(3) hash of a user's password, or NULL if the service has no such user. `name` needs no NUL. */
const char *image_user(const struct image_header *image, uint32_t service, const char *name, size_t length);

/* How many filters and groups there are, and rows in one of them. */
uint32_t image_filters(const struct image_header *image);
uint32_t image_rows(const struct image_header *image, uint32_t filter);

/* The counter of a filter's first row. Those of its other rows follow, then those of its defaults, in the order of enum
 * image_match. */
uint32_t image_first_counter(const struct image_header *image, uint32_t filter);

/* Names for logs and people; empty if there is none. */
const char *image_filter_name(const struct image_header *image, uint32_t filter);
const char *image_row_label(const struct image_header *image, uint32_t filter, uint32_t row);

#endif
