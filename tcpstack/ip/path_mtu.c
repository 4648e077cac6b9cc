/* SPDX-License-Identifier: BSD-3-Clause */
#include "../stack_state.h"
#include "ip.h"
#include "path_mtu.h"

#define PATH_MTU_LIFE 600000000 /* microseconds: ten minutes */
#define PATH_MTU_LEAST 552	/* octets */

bool path_mtu_init(struct stack *stack)
{
	struct path_mtu_table *known = &stack->ip.path_mtus;

	TAILQ_INIT(&known->list);
	return table_init(stack, &known->table, stack->config.path_mtus, sizeof(struct path_mtu), 2);
}

void path_mtu_destroy(struct stack *stack)
{
	table_destroy(stack, &stack->ip.path_mtus.table);
}

static void forget(struct stack *stack, struct path_mtu *path)
{
	TAILQ_REMOVE(&stack->ip.path_mtus.list, path, link);
	table_remove(&stack->ip.path_mtus.table, path);
}

void path_mtu_learn(struct stack *stack, const struct ip_address *destination, uint16_t mtu)
{
	struct path_mtu_table *known = &stack->ip.path_mtus;
	struct path_mtu *path = table_find(&known->table, destination->halves);
	bool narrow = address_is_ipv4(destination) && mtu < PATH_MTU_LEAST;

	if (narrow)
		mtu = PATH_MTU_LEAST;
	if (path != NULL) {
		if (mtu > path->mtu)
			return;
		TAILQ_REMOVE(&known->list, path, link);
	} else {
		if (known->table.used == known->table.capacity)
			forget(stack, TAILQ_FIRST(&known->list));
		path = table_add(&known->table, destination->halves);
	}
	path->mtu = mtu;
	path->narrow |= narrow;
	path->expiry = stack->now + PATH_MTU_LIFE;
	TAILQ_INSERT_TAIL(&known->list, path, link);
}

void path_mtu_advance(struct stack *stack)
{
	struct path_mtu *oldest;

	while ((oldest = TAILQ_FIRST(&stack->ip.path_mtus.list)) != NULL && oldest->expiry <= stack->now)
		forget(stack, oldest);
}

uint64_t path_mtu_deadline(const struct stack *stack)
{
	const struct path_mtu *oldest = TAILQ_FIRST(&stack->ip.path_mtus.list);

	return oldest != NULL ? oldest->expiry : UINT64_MAX;
}

void path_mtu_bound(const struct stack *stack, const struct ip_address *destination, struct ip_path *path)
{
	const struct path_mtu *known;

	path->narrow = false;
	if (likely(stack->ip.path_mtus.table.used == 0))
		return;
	known = table_find(&stack->ip.path_mtus.table, destination->halves);
	if (known == NULL)
		return;
	path->mtu = RTE_MIN(known->mtu, path->mtu);
	path->narrow = known->narrow;
}
