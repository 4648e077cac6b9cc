/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef DATAPLANE_FLOW_INSIDE_H
#define DATAPLANE_FLOW_INSIDE_H

/* What the parts of a flow know of each other. */

#include "flow.h"
#include "flows.h"

/* Notes why the flow is refused, and is STEP_REFUSED. */
enum step_result flow_refuse(struct flow *flow, enum reason reason);

/* Notes that the client has closed before the flow is open, and is STEP_REFUSED. */
enum step_result flow_left(struct flow *flow);

/* Gives octets of our own to a side. Refused for want of buffers, or where that side is gone. */
enum step_result flow_say(struct flow *flow, enum splice_side side, const void *octets, size_t length);

/* Ends the flow at once, in whatever phase it is: RST to both sides. Its place is another's afterwards. */
void flow_break(struct flow *flow, enum reason reason);

/* The kind of flow that a service asks for. */
const struct flow_kind *flow_kind_of(const struct image_service *service);

/* The service of the flow, as the policy in force has it: the one of that name, wherever it stands there. A flow of
 * which nothing was decided yet becomes of the kind that the service asks for now. False if that policy has no such
 * service for it any more. */
bool flow_service(struct flow *flow, struct image_service *view);

/* reading.c: octets as they come. */

/* Takes the next octets of a side; returns whether it needs no more. */
typedef bool reading_feed(struct flow *flow, const uint8_t *octets, size_t length);

/* A step that reads a side begins at what is held of it. */
void reading_begin(struct flow *flow);

/*
 * Feeds all that has come from a side, each octet once, and holds it. Once enough is there nothing more is taken off
 * the connection, so that the peer's window closes. Returns whether enough is there.
 */
bool reading_go_on(struct flow *flow, enum splice_side side, reading_feed *feed);

/* Whether the peer has sent FIN and nothing is left to read. */
bool reading_ended(const struct flow *flow, enum splice_side side);

/* The pieces of what is held of a side, without the first `skip` octets. NULL if there are too many to be named. */
const struct piece *reading_pieces(struct flow *flow, enum splice_side side, uint64_t skip, size_t *count);

/* Hands all that is held of a side on to the other one. False if that takes nothing any more. */
bool reading_hand_on(struct flow *flow, enum splice_side side);

/* report.c: what the log is told. */

/* Notes who the client is, and what becomes known of the flow. */
void report_begin(struct flow *flow, const char *service);
void report_request(struct flow *flow);
void report_refused_request(struct flow *flow);
void report_client_hello(struct flow *flow);
void report_server_hello(struct flow *flow, const struct server_hello *hello);
void report_unfit(struct flow *flow, const struct ip_address *address); /* that is not to be dialled */
void report_server(struct flow *flow);

/* Notes what was decided in the end, while the opening still knows. */
void report_opened(struct flow *flow);

/* Tells of a decision, which is opening->verdict, or of the flow's end. */
void report_decision(struct flow *flow);
void report_end(struct flow *flow);

/* Notes that the policy in force denies the flow: by `result`, which is of `host`, or, if that is NULL, because the
 * flow's service is gone, or for others. */
void report_denied_again(struct flow *flow, const struct image_result *result, const struct authority *host);

/* Fills a record with what is known of an open flow now. */
void report_open(const struct flow *flow, struct flow_record *record);

/* decision.c: policy. */

/* Looks a name up (or, if it is NULL, an address, or with neither a flow that tells no name); with what was decided
 * before, the stricter one counts. */
enum step_result decision_make(struct flow *flow, const char *name, const struct ip_address *address);

/* What the policy in force says of an open flow, which is asked what it was asked before. True if it denies it, and
 * then noted. A flow of which nothing was decided yet is asked for its service and its client alone. */
bool decision_denies_now(struct flow *flow);

/* Whether an address is in one of the networks. */
bool decision_in_networks(const struct ip_address *address, const struct gateway_prefix *networks, uint32_t count);

/* A step: whether the client may use the service, and has not as many connections as it may. */
enum step_result decision_check_client(struct flow *flow);

/* request.c: steps about the CONNECT, for explicit flows of every kind. */

void request_begin(struct flow *flow);
/* Leaves the head among what is held of the client: its first request.length octets. */
enum step_result request_read(struct flow *flow);
enum step_result request_late(struct flow *flow);
enum step_result request_check_port(struct flow *flow);
enum step_result request_check_host(struct flow *flow);

/* As flow_kind.refuse: an answer of HTTP, as long as the client was told nothing else. */
uint32_t request_refuse(struct flow *flow);

/* credentials.c: whether the user of a CONNECT may use the service. */

/* Done at once where the service has no users. Else Proxy-Authorization is meant for this gateway: its line is taken
 * out of the head, and overwritten. */
enum step_result credentials_check(struct flow *flow);
enum step_result credentials_late(struct flow *flow);

/* Overwrites what is held of credentials and goes no further: their line, or all of a head that has not come to its
 * end. */
void credentials_forget(struct flow *flow);

/* Overwrites octets that may be credentials, before they are freed. */
void credentials_wipe(struct segment_list *list);

/* hello.c: steps about hellos, for flows of every kind. */

void hello_begin(struct flow *flow);
enum step_result hello_read_client(struct flow *flow);
enum step_result hello_late(struct flow *flow);
enum step_result hello_check_name(struct flow *flow);
enum step_result hello_replay(struct flow *flow);
void hello_begin_server(struct flow *flow);
enum step_result hello_read_server(struct flow *flow);
enum step_result hello_server_late(struct flow *flow);
/* After a HelloRetryRequest; done at once without one. */
enum step_result hello_read_client_again(struct flow *flow);
enum step_result hello_replay_again(struct flow *flow);
enum step_result hello_read_server_again(struct flow *flow);

uint32_t hello_patience(const struct policy_timeouts *timeouts);

/* route.c: steps on the way to the server. */

/* Of opening->target, for somebody else to dial: an address must be one that the service lets be dialled. What a name
 * leads to is not known here. */
enum step_result route_check_address(struct flow *flow);
/* Asks for the addresses of opening->target's name, if it is one, and keeps those that may be dialled. Done when there
 * are some of the client's family, or none will come; those of the other family wait for a moment, and are added
 * whenever they come (Happy Eyeballs, RFC 8305). */
enum step_result route_resolve(struct flow *flow);
enum step_result route_resolve_transparent(struct flow *flow);
/* The other family's addresses are not waited for any longer. */
enum step_result route_resolve_late(struct flow *flow);
void route_resolved(struct flow *flow, enum flows_answer answer, const struct ip_address *addresses, unsigned count,
		    bool more);
/* Takes back what the resolver was asked and has not told yet. */
void route_forget(struct flow *flow);
enum step_result route_dial(struct flow *flow);

/* refusal.c: what a client is told where no HTTP can be. */

/* As flow_kind.refuse, by the reason's ending. */
uint32_t refusal_tell(struct flow *flow);

/* Sends octets and FIN to the client; as flow_kind.refuse. */
uint32_t refusal_send(struct flow *flow, const void *octets, size_t length);

#endif
