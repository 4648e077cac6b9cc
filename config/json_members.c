/* SPDX-License-Identifier: BSD-3-Clause */
#include <config/json_members.h>

#include <string.h>

struct scan {
	const char *next, *end;
	char path[JSON_MEMBER_PATH];
	size_t path_length;
	unsigned depth;
	json_member_visit *visit;
	void *context;
};

static bool take(struct scan *scan, char octet)
{
	if (scan->next == scan->end || *scan->next != octet)
		return false;
	scan->next++;
	return true;
}

/* A string's octets, between its quotes. */
static bool take_string(struct scan *scan, const char **text, size_t *length)
{
	if (!take(scan, '"'))
		return false;
	*text = scan->next;
	while (scan->next < scan->end && *scan->next != '"')
		scan->next += *scan->next == '\\' && scan->end - scan->next > 1 ? 2 : 1;
	if (scan->next == scan->end)
		return false;
	*length = (size_t)(scan->next - *text);
	scan->next++;
	return true;
}

static bool is_plain(char octet)
{
	return (octet >= '0' && octet <= '9') || (octet >= 'a' && octet <= 'z') || octet == '.' || octet == '-';
}

/* A number, true, false or null. */
static bool take_plain(struct scan *scan, const char **text, size_t *length)
{
	*text = scan->next;
	while (scan->next < scan->end && is_plain(*scan->next))
		scan->next++;
	*length = (size_t)(scan->next - *text);
	return *length > 0;
}

static bool take_value(struct scan *scan);

/* The name of a member, behind those of what it is in. */
static bool take_name(struct scan *scan)
{
	const char *name;
	size_t length;

	if (!take_string(scan, &name, &length) || scan->path_length + length + 2 > sizeof(scan->path))
		return false;
	if (scan->path_length > 0)
		scan->path[scan->path_length++] = '.';
	memcpy(scan->path + scan->path_length, name, length);
	scan->path_length += length;
	scan->path[scan->path_length] = '\0';
	return take(scan, ':');
}

static bool take_members(struct scan *scan, char last)
{
	const size_t path_length = scan->path_length;

	if (take(scan, last))
		return true;
	do {
		if ((last == '}' && !take_name(scan)) || !take_value(scan))
			return false;
		scan->path_length = path_length;
		scan->path[path_length] = '\0';
	} while (take(scan, ','));
	return take(scan, last);
}

static bool take_nested(struct scan *scan, char last)
{
	bool whole;

	if (scan->depth == JSON_MEMBER_DEPTH)
		return false;
	scan->depth++;
	whole = take_members(scan, last);
	scan->depth--;
	return whole;
}

static bool take_value(struct scan *scan)
{
	struct json_member member = {.path = scan->path};

	if (take(scan, '{'))
		return take_nested(scan, '}');
	if (take(scan, '['))
		return take_nested(scan, ']');
	member.string = scan->next < scan->end && *scan->next == '"';
	if (!(member.string ? take_string(scan, &member.value, &member.length)
			    : take_plain(scan, &member.value, &member.length)))
		return false;
	scan->visit(scan->context, &member);
	return true;
}

bool json_members_visit(const char *line, size_t length, json_member_visit *visit, void *context)
{
	struct scan scan = {.next = line, .end = line + length, .visit = visit, .context = context};

	return take(&scan, '{') && take_nested(&scan, '}') && take(&scan, '\n') && scan.next == scan.end;
}
