/* SPDX-License-Identifier: BSD-3-Clause */
#include "name_list.h"

#include <stdlib.h>
#include <string.h>

#include <config/name.h>

#include "fault.h"
#include "schema.h"

bool name_list_add(struct name_list *list, const char *name, bool wildcard)
{
	size_t size = strlen(name) + 1;

	if (list->room - list->size < size + 1) {
		size_t room = list->room == 0 ? 4096 : 2 * list->room;
		char *records = realloc(list->records, room);

		if (records == NULL)
			return false;
		list->records = records;
		list->room = room;
	}
	list->records[list->size] = wildcard ? '*' : '.';
	memcpy(list->records + list->size + 1, name, size);
	list->size += size + 1;
	list->count++;
	return true;
}

/* A text of names being read, and what was wrong with it. */
struct list_reader {
	struct name_list *list;
	size_t most;
	const char *path;
	struct config_error *error;
	unsigned line;
	const char *start; /* of the line */
	bool good;
	bool full; /* nothing more is read: no memory, or too many names */
};

/* A word of a line. */
struct word {
	const char *text;
	size_t length;
};

static void refuse(struct list_reader *reader, struct word word, const char *message)
{
	char quoted[SCHEMA_QUOTED_SIZE];
	unsigned line, column;

	reader->good = false;
	json_position(reader->start, (size_t)(word.text - reader->start), &line, &column);
	fault_add(reader->error, reader->line, column, reader->path, "\"%s\" %s",
		  schema_quote(word.text, word.length, quoted), message);
}

static void add(struct list_reader *reader, struct word word, const char *name, bool wildcard)
{
	if (reader->list->count < reader->most && name_list_add(reader->list, name, wildcard))
		return;
	reader->full = true;
	refuse(reader, word,
	       reader->list->count < reader->most ? "finds no room: out of memory"
						  : "is one name too many; a document and its files have a bound");
}

/* A name or a wildcard. */
static void read_pattern(struct list_reader *reader, struct word word)
{
	char message[CONFIG_MESSAGE_SIZE];
	char name[NAME_LENGTH_MAX + 1];
	bool wildcard = false;

	if (name_read(word.text, word.length, name) == NAME_HOST) {
		add(reader, word, name, false);
	} else if (word.length > 2 && memcmp(word.text, "*.", 2) == 0 &&
		   name_read(word.text + 2, word.length - 2, name) == NAME_HOST) {
		add(reader, word, name, true);
	} else if (!fault_has_room(reader->error)) {
		reader->good = false;
	} else {
		name_read_pattern(word.text, word.length, name, &wildcard, message, sizeof(message));
		refuse(reader, word, message);
	}
}

/* Whether a line of /etc/hosts may begin so: an address, with a zone too ("fe80::1%lo0"). */
static bool is_address(struct word word)
{
	const char *zone = memchr(word.text, '%', word.length);
	char name[NAME_LENGTH_MAX + 1];

	return name_read(word.text, zone == NULL ? word.length : (size_t)(zone - word.text), name) == NAME_ADDRESS;
}

static bool is_blank(char character)
{
	return character == ' ' || character == '\t' || character == '\r';
}

/* The next word before `end`, of no length if there is none. */
static struct word next_word(const char *at, const char *end)
{
	struct word word;

	while (at < end && is_blank(*at))
		at++;
	word.text = at;
	while (at < end && !is_blank(*at))
		at++;
	word.length = (size_t)(at - word.text);
	return word;
}

/* A line without its end and comment. */
static void read_line(struct list_reader *reader, const char *end)
{
	struct word first = next_word(reader->start, end);
	struct word word = next_word(first.text + first.length, end);

	if (first.length == 0)
		return;
	if (!is_address(first)) {
		read_pattern(reader, first);
		if (word.length > 0)
			refuse(reader, word, "is a second word; write a name a line, or an address before the names");
		return;
	}
	if (word.length == 0) {
		refuse(reader, first, "is an address without a name behind it; write names");
		return;
	}
	for (; word.length > 0 && !reader->full; word = next_word(word.text + word.length, end))
		/* Lists of this form begin with lines that give an address its own text for a name. */
		if (word.length != first.length || memcmp(word.text, first.text, word.length) != 0)
			read_pattern(reader, word);
}

bool name_list_read(struct name_list *list, const char *text, size_t size, size_t most, const char *path,
		    struct config_error *error)
{
	struct list_reader reader = {
	    .list = list, .most = most, .path = path, .error = error, .start = text, .good = true};
	const char *end = text + size;

	if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		fault_add(error, 1, 1, path, "the file begins with a byte order mark; save it as UTF-8 without one");
		return false;
	}
	while (reader.start < end && !reader.full) {
		size_t left = (size_t)(end - reader.start);
		const char *line_end = memchr(reader.start, '\n', left);
		const char *comment;

		if (line_end == NULL)
			line_end = end;
		comment = memchr(reader.start, '#', (size_t)(line_end - reader.start));
		reader.line++;
		read_line(&reader, comment == NULL ? line_end : comment);
		reader.start = line_end + 1;
	}
	return reader.good;
}

bool name_list_finish(struct name_list *list, struct policy_patterns *patterns)
{
	struct policy_pattern *items = NULL;
	const char *record = list->records;
	char *name;

	if (list->count > 0) {
		items = malloc(list->count * sizeof(*items) + list->size);
		if (items == NULL)
			return false;
		name = (char *)(items + list->count);
		for (size_t i = 0; i < list->count; i++) {
			size_t length = strlen(record + 1) + 1;

			items[i] = (struct policy_pattern){.name = name, .wildcard = record[0] == '*'};
			memcpy(name, record + 1, length);
			name += length;
			record += length + 1;
		}
	}
	*patterns = (struct policy_patterns){.items = items, .count = list->count};
	name_list_free(list);
	return true;
}

void name_list_free(struct name_list *list)
{
	free(list->records);
	memset(list, 0, sizeof(*list));
}
