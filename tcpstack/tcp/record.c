/* SPDX-License-Identifier: BSD-3-Clause */
#include "record.h"

#include <string.h>

#include "tcp_internal.h"

bool record_table_init(struct stack *stack, struct record_table *table, uint32_t capacity)
{
	table->records = stack_allocate(stack, capacity, RECORD_SIZE);
	if (!table->records)
		return false;
	table->capacity = capacity;
	for (uint32_t i = 0; i < capacity; i++)
		record_at(table, i)->next = i + 1 < capacity ? i + 2 : 0;
	table->free = 1;
	return true;
}

void record_table_destroy(struct stack *stack, struct record_table *table)
{
	stack_release(stack, table->records);
}

struct record *record_take(struct record_table *table, const struct tuple *tuple)
{
	struct record *record;

	if (!table->free)
		return NULL;
	record = record_at(table, table->free - 1);
	table->free = record->next;
	table->used++;
	memset(record, 0, RECORD_SIZE);
	record->local = tuple->local;
	record->remote = tuple->remote;
	record->local_port = tuple->local_port;
	record->remote_port = tuple->remote_port;
	return record;
}

void record_give(struct record_table *table, struct record *record)
{
	record->next = table->free;
	table->free = record_index(table, record) + 1;
	table->used--;
}

void record_append(struct record_table *table, struct record_queue *queue, struct record *record)
{
	uint32_t reference = record_index(table, record) + 1;

	record->next = 0;
	record->previous = queue->last;
	if (queue->last)
		record_at(table, queue->last - 1)->next = reference;
	else
		queue->first = reference;
	queue->last = reference;
}

void record_remove(struct record_table *table, struct record_queue *queue, struct record *record)
{
	if (record->previous)
		record_at(table, record->previous - 1)->next = record->next;
	else
		queue->first = record->next;
	if (record->next)
		record_at(table, record->next - 1)->previous = record->previous;
	else
		queue->last = record->previous;
}
