/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TCPSTACK_TCP_RECORD_H
#define TCPSTACK_TCP_RECORD_H

/*
 * Tables of records of one cache line: what is kept of a connection that is not open yet, or no longer. A record is
 * free, or on one first-in first-out queue of those with the same time-out. Nothing is allocated after the start.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpstack/address.h>

struct stack;

#define RECORD_SIZE 64

/* What every record begins with. References are index + 1; 0: none. */
struct record {
	struct ip_address local, remote;
	uint16_t local_port, remote_port;
	uint32_t expires;	 /* tcp_clock */
	uint32_t next, previous; /* on its queue; `next` links the free ones too */
};

struct record_table {
	uint8_t *records;
	uint32_t capacity, used;
	uint32_t free;
};

struct record_queue {
	uint32_t first, last;
};

/* False if memory is lacking. */
bool record_table_init(struct stack *stack, struct record_table *table, uint32_t capacity);
void record_table_destroy(struct stack *stack, struct record_table *table);

static inline struct record *record_at(const struct record_table *table, uint32_t index)
{
	return (struct record *)(table->records + (size_t)index * RECORD_SIZE);
}

static inline uint32_t record_index(const struct record_table *table, const struct record *record)
{
	return (uint32_t)(((const uint8_t *)record - table->records) / RECORD_SIZE);
}

static inline struct tuple record_tuple(const struct record *record)
{
	return (struct tuple){record->local, record->remote, record->local_port, record->remote_port};
}

/* A record for the tuple, zero beyond its head and on no queue; NULL if all are used. */
struct record *record_take(struct record_table *table, const struct tuple *tuple);

/* Gives back a record that is on no queue. */
void record_give(struct record_table *table, struct record *record);

void record_append(struct record_table *table, struct record_queue *queue, struct record *record);
void record_remove(struct record_table *table, struct record_queue *queue, struct record *record);

/* The one that has waited longest, or NULL. */
static inline struct record *record_first(const struct record_table *table, const struct record_queue *queue)
{
	return queue->first ? record_at(table, queue->first - 1) : NULL;
}

#endif
