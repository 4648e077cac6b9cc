/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include <tcpstack/segment.h>

#include "../stack_state.h"
#include "arp.h"
#include "ethernet.h"
#include "icmp.h"
#include "ip.h"
#include "nd.h"
#include "neighbour.h"

/* RFC 4861 section 10, in microseconds. */
#define RETRANSMIT_TIME 1000000
#define REACHABLE_TIME 30000000
#define DELAY_FIRST_PROBE_TIME 5000000
#define MAX_SOLICITATIONS 3

/* How exact the order of the list of reachable neighbours is: sparing its links a write for every packet. */
#define USE_GRAIN 1000000

/* The share of the table that neighbours nobody has heard of yet may take from others: a scan of addresses that
 * do not exist must not push out those that do. */
#define INCOMPLETE_SHARE 8

/* The share of all mbufs that may wait here. */
#define WAITING_SHARE 8

struct neighbour_key {
	struct ip_address address;
	uint64_t interface;
};

bool neighbour_init(struct stack *stack)
{
	struct neighbour_table *neighbours = &stack->ip.neighbours;

	/* RFC 6583: a scan from outside is not to become a flood of questions to everybody. */
	token_bucket_init(&neighbours->strangers, stack->config.neighbours, stack->now);
	TAILQ_INIT(&neighbours->incomplete);
	TAILQ_INIT(&neighbours->delay);
	TAILQ_INIT(&neighbours->probe);
	TAILQ_INIT(&neighbours->reachable);
	TAILQ_INIT(&neighbours->stale);
	return table_init(stack, &neighbours->table, stack->config.neighbours, sizeof(struct neighbour),
			  sizeof(struct neighbour_key) / sizeof(uint64_t));
}

static struct neighbour *find(const struct stack *stack, const struct ip_address *address, uint16_t interface)
{
	struct neighbour_key key = {.address = *address, .interface = interface};

	return table_find(&stack->ip.neighbours.table, (const uint64_t *)&key);
}

static struct neighbour_list *list_of(struct stack *stack, const struct neighbour *neighbour)
{
	switch (neighbour->state) {
	case NEIGHBOUR_INCOMPLETE:
		return &stack->ip.neighbours.incomplete;
	case NEIGHBOUR_DELAY:
		return &stack->ip.neighbours.delay;
	case NEIGHBOUR_PROBE:
		return &stack->ip.neighbours.probe;
	case NEIGHBOUR_STALE:
		return &stack->ip.neighbours.stale;
	default:
		return &stack->ip.neighbours.reachable;
	}
}

/* Each list gives all its entries the same time, so that an entry which joins it at the end keeps it in order. */
static void enter(struct stack *stack, struct neighbour *neighbour, enum neighbour_state state, uint64_t after)
{
	neighbour->state = (uint8_t)state;
	neighbour->deadline = stack->now + after;
	neighbour->used = stack->now;
	stack->ip.neighbours.incomplete_count += state == NEIGHBOUR_INCOMPLETE;
	TAILQ_INSERT_TAIL(list_of(stack, neighbour), neighbour, link);
}

static void leave(struct stack *stack, struct neighbour *neighbour)
{
	stack->ip.neighbours.incomplete_count -= neighbour->state == NEIGHBOUR_INCOMPLETE;
	TAILQ_REMOVE(list_of(stack, neighbour), neighbour, link);
}

static void change(struct stack *stack, struct neighbour *neighbour, enum neighbour_state state, uint64_t after)
{
	leave(stack, neighbour);
	enter(stack, neighbour, state, after);
}

/* Spread over 0.5 to 1.5 of the time, so that neighbours do not probe in step (RFC 4861 section 6.3.2). */
static void become_reachable(struct stack *stack, struct neighbour *neighbour)
{
	change(stack, neighbour, NEIGHBOUR_REACHABLE, REACHABLE_TIME / 2 + stack_random(stack) % REACHABLE_TIME);
}

static struct rte_mbuf *take_first(struct stack *stack, struct neighbour *neighbour)
{
	struct rte_mbuf *mbuf = neighbour->first;

	if (mbuf == NULL)
		return NULL;
	neighbour->first = segment_of(mbuf)->next;
	neighbour->waiting--;
	stack->ip.neighbours.waiting--;
	ip_buffers_give(stack, mbuf->nb_segs);
	return mbuf;
}

/* Forgets the neighbour; its packets are dropped for the reason given. */
static void evict(struct stack *stack, struct neighbour *neighbour, enum drop_reason reason)
{
	struct rte_mbuf *mbuf;

	while ((mbuf = take_first(stack, neighbour)) != NULL)
		packet_drop(stack, mbuf, reason);
	leave(stack, neighbour);
	table_remove(&stack->ip.neighbours.table, neighbour);
}

/* A neighbour with a MAC address that can be forgotten: an idle one, else one that is in doubt, for anybody on the link
 * can make those up; never one that is known to answer. */
static struct neighbour *dispensable(const struct stack *stack)
{
	const struct neighbour_table *neighbours = &stack->ip.neighbours;
	struct neighbour *neighbour = TAILQ_FIRST(&neighbours->stale);

	if (neighbour != NULL)
		return neighbour;
	neighbour = TAILQ_FIRST(&neighbours->reachable);
	if (neighbour != NULL && neighbour->deadline <= stack->now)
		return neighbour;
	neighbour = TAILQ_FIRST(&neighbours->probe);
	return neighbour != NULL ? neighbour : TAILQ_FIRST(&neighbours->delay);
}

/* Makes room for one that is to be resolved. */
static bool make_room(struct stack *stack)
{
	struct neighbour_table *neighbours = &stack->ip.neighbours;
	struct neighbour *victim = NULL;

	if (neighbours->table.used < neighbours->table.capacity)
		return true;
	if (neighbours->incomplete_count < RTE_MAX(neighbours->table.capacity / INCOMPLETE_SHARE, 1U))
		victim = dispensable(stack);
	if (victim == NULL)
		victim = TAILQ_FIRST(&neighbours->incomplete);
	if (victim == NULL)
		return false;
	evict(stack, victim, DROP_NEIGHBOUR_FULL);
	return true;
}

static struct neighbour *add(struct stack *stack, const struct ip_address *address, uint16_t interface)
{
	struct neighbour_key key = {.address = *address, .interface = interface};
	struct neighbour *neighbour = table_add(&stack->ip.neighbours.table, (const uint64_t *)&key);

	if (neighbour != NULL) {
		neighbour->address = *address;
		neighbour->interface = interface;
	}
	return neighbour;
}

/* Asks everybody, or in PROBE the one whom we believe to have the address. */
static void solicit(struct stack *stack, struct neighbour *neighbour)
{
	const struct rte_ether_addr *mac = neighbour->state == NEIGHBOUR_PROBE ? &neighbour->mac : NULL;

	neighbour->solicitations++;
	if (address_is_ipv4(&neighbour->address))
		arp_solicit(stack, neighbour->interface, &neighbour->address, mac);
	else
		nd_solicit(stack, neighbour->interface, &neighbour->address, mac != NULL);
}

/* The newest packet counts most: it pushes out the oldest (RFC 4861 section 7.2.2). */
static bool wait_for(struct stack *stack, struct neighbour *neighbour, struct rte_mbuf *mbuf)
{
	struct neighbour_table *neighbours = &stack->ip.neighbours;

	if (neighbour->waiting == stack->config.neighbour_queue)
		packet_drop(stack, take_first(stack, neighbour), DROP_NEIGHBOUR_QUEUE);
	if (neighbours->waiting >= RTE_MAX(stack->config.buffers / WAITING_SHARE, 1U) ||
	    !ip_buffers_take(stack, mbuf->nb_segs)) {
		packet_drop(stack, mbuf, DROP_NEIGHBOUR_QUEUE);
		return false;
	}
	segment_of(mbuf)->next = NULL;
	if (neighbour->first == NULL)
		neighbour->first = mbuf;
	else
		segment_of(neighbour->last)->next = mbuf;
	neighbour->last = mbuf;
	neighbour->waiting++;
	neighbours->waiting++;
	return true;
}

static bool resolve(struct stack *stack, uint16_t interface, const struct ip_address *address, struct rte_mbuf *mbuf)
{
	bool routed = segment_of(mbuf)->flags & SEGMENT_FORWARDED;
	struct neighbour *neighbour;
	bool waits;

	if ((routed && !token_bucket_take(&stack->ip.neighbours.strangers, stack->now)) || !make_room(stack)) {
		packet_drop(stack, mbuf, DROP_NEIGHBOUR_FULL);
		return false;
	}
	neighbour = add(stack, address, interface);
	enter(stack, neighbour, NEIGHBOUR_INCOMPLETE, RETRANSMIT_TIME);
	waits = wait_for(stack, neighbour, mbuf);
	solicit(stack, neighbour);
	return waits;
}

/* Notes that a packet goes to a resolved neighbour. */
static void use(struct stack *stack, struct neighbour *neighbour)
{
	bool stale = neighbour->state == NEIGHBOUR_STALE ||
		     (neighbour->state == NEIGHBOUR_REACHABLE && neighbour->deadline <= stack->now);

	if (stale) {
		change(stack, neighbour, NEIGHBOUR_DELAY, DELAY_FIRST_PROBE_TIME);
	} else if (neighbour->state == NEIGHBOUR_REACHABLE && stack->now - neighbour->used >= USE_GRAIN) {
		TAILQ_REMOVE(&stack->ip.neighbours.reachable, neighbour, link);
		TAILQ_INSERT_TAIL(&stack->ip.neighbours.reachable, neighbour, link);
		neighbour->used = stack->now;
	}
}

bool neighbour_output(struct stack *stack, uint16_t interface, const struct ip_address *next_hop, struct rte_mbuf *mbuf)
{
	uint16_t type = address_is_ipv4(next_hop) ? ETHERNET_TYPE_IPV4 : ETHERNET_TYPE_IPV6;
	struct neighbour *neighbour;

	if (unlikely(next_hop->octets[0] == 0xff)) {
		/* RFC 2464 section 7 */
		struct rte_ether_addr group = {.addr_bytes = {0x33, 0x33}};

		memcpy(&group.addr_bytes[2], &next_hop->octets[12], 4);
		return ethernet_output(stack, interface, &group, type, mbuf);
	}
	neighbour = find(stack, next_hop, interface);
	if (neighbour == NULL)
		return resolve(stack, interface, next_hop, mbuf);
	if (neighbour->state == NEIGHBOUR_INCOMPLETE)
		return wait_for(stack, neighbour, mbuf);
	use(stack, neighbour);
	return ethernet_output(stack, interface, &neighbour->mac, type, mbuf);
}

static void send_waiting(struct stack *stack, struct neighbour *neighbour)
{
	uint16_t type = address_is_ipv4(&neighbour->address) ? ETHERNET_TYPE_IPV4 : ETHERNET_TYPE_IPV6;
	struct rte_mbuf *mbuf;

	if (neighbour->first != NULL)
		use(stack, neighbour);
	while ((mbuf = take_first(stack, neighbour)) != NULL)
		ethernet_output(stack, neighbour->interface, &neighbour->mac, type, mbuf);
}

static void learn_first(struct stack *stack, struct neighbour *neighbour, const struct neighbour_news *news)
{
	if (!news->has_mac)
		return;
	neighbour->mac = news->mac;
	neighbour->solicitations = 0;
	if (news->solicited)
		become_reachable(stack, neighbour);
	else
		change(stack, neighbour, NEIGHBOUR_STALE, 0);
	send_waiting(stack, neighbour);
}

/* RFC 4861 section 7.2.5, and for solicitations 7.2.3 (which override, and confirm nothing). */
static void learn_again(struct stack *stack, struct neighbour *neighbour, const struct neighbour_news *news)
{
	bool differs = news->has_mac && !rte_is_same_ether_addr(&neighbour->mac, &news->mac);
	bool reachable = neighbour->state == NEIGHBOUR_REACHABLE;

	if (differs && !news->override) {
		if (reachable)
			change(stack, neighbour, NEIGHBOUR_STALE, 0);
		return;
	}
	/* A new MAC address is believed at once, but is known to answer only if we have just asked. */
	if (news->solicited && (!differs || neighbour->state == NEIGHBOUR_PROBE)) {
		if (differs)
			neighbour->mac = news->mac;
		neighbour->solicitations = 0;
		become_reachable(stack, neighbour);
	} else if (differs) {
		neighbour->mac = news->mac;
		neighbour->solicitations = 0;
		change(stack, neighbour, NEIGHBOUR_STALE, 0);
	}
}

bool neighbour_learn(struct stack *stack, const struct neighbour_news *news)
{
	struct neighbour *neighbour = find(stack, &news->address, news->interface);

	if (neighbour == NULL) {
		if (!news->create || !news->has_mac)
			return false;
		neighbour = add(stack, &news->address, news->interface);
		if (neighbour == NULL)
			return false;
		neighbour->mac = news->mac;
		enter(stack, neighbour, NEIGHBOUR_STALE, 0);
		return true;
	}
	if (neighbour->state == NEIGHBOUR_INCOMPLETE)
		learn_first(stack, neighbour, news);
	else
		learn_again(stack, neighbour, news);
	return true;
}

void ip_confirm(struct stack *stack, const struct ip_path *path)
{
	struct neighbour *neighbour = find(stack, &path->next_hop, path->interface);

	if (neighbour != NULL && neighbour->state != NEIGHBOUR_INCOMPLETE) {
		neighbour->solicitations = 0;
		become_reachable(stack, neighbour);
	}
}

/* Nobody answered. The entry goes first: whoever is told may send again. */
static void fail(struct stack *stack, struct neighbour *neighbour)
{
	struct rte_mbuf *mbuf, *next = NULL;

	while ((mbuf = take_first(stack, neighbour)) != NULL) {
		segment_of(mbuf)->next = next;
		next = mbuf;
	}
	leave(stack, neighbour);
	table_remove(&stack->ip.neighbours.table, neighbour);
	while ((mbuf = next) != NULL) {
		next = segment_of(mbuf)->next;
		icmp_neighbour_failed(stack, mbuf);
		packet_drop(stack, mbuf, DROP_NEIGHBOUR_UNREACHABLE);
	}
}

static void ask_again(struct stack *stack, struct neighbour_list *list)
{
	struct neighbour *neighbour;

	while ((neighbour = TAILQ_FIRST(list)) != NULL && neighbour->deadline <= stack->now) {
		if (neighbour->solicitations >= MAX_SOLICITATIONS) {
			fail(stack, neighbour);
			continue;
		}
		change(stack, neighbour, neighbour->state, RETRANSMIT_TIME);
		solicit(stack, neighbour);
	}
}

void neighbour_advance(struct stack *stack)
{
	struct neighbour_table *neighbours = &stack->ip.neighbours;
	struct neighbour *neighbour;

	while ((neighbour = TAILQ_FIRST(&neighbours->delay)) != NULL && neighbour->deadline <= stack->now) {
		neighbour->solicitations = 0;
		change(stack, neighbour, NEIGHBOUR_PROBE, RETRANSMIT_TIME);
		solicit(stack, neighbour);
	}
	ask_again(stack, &neighbours->incomplete);
	ask_again(stack, &neighbours->probe);
}

uint64_t neighbour_deadline(const struct stack *stack)
{
	const struct neighbour_table *neighbours = &stack->ip.neighbours;
	const struct neighbour *first[] = {TAILQ_FIRST(&neighbours->incomplete), TAILQ_FIRST(&neighbours->delay),
					   TAILQ_FIRST(&neighbours->probe)};
	uint64_t deadline = UINT64_MAX;

	for (unsigned i = 0; i < RTE_DIM(first); i++) {
		if (first[i] != NULL)
			deadline = RTE_MIN(deadline, first[i]->deadline);
	}
	return deadline;
}

void neighbour_destroy(struct stack *stack)
{
	struct neighbour_table *neighbours = &stack->ip.neighbours;
	struct neighbour *neighbour;
	struct rte_mbuf *mbuf;

	TAILQ_FOREACH(neighbour, &neighbours->incomplete, link)
	{
		while ((mbuf = take_first(stack, neighbour)) != NULL)
			rte_pktmbuf_free(mbuf);
	}
	table_destroy(stack, &neighbours->table);
}
