/* SPDX-License-Identifier: BSD-3-Clause */
#include "http_fields.h"

#include <string.h>

enum state {
	START,	  /* in the start line */
	START_LF, /* behind its CR */
	LINE,	  /* at the first octet of a line */
	NAME,	  /* in a field's name */
	BLANK,	  /* behind the colon */
	VALUE,	  /* in its value */
	VALUE_LF, /* behind its CR */
	END_LF,	  /* behind the CR of the empty line */
	ENDED,
	MALFORMED,
};

#define TOKEN 1	   /* tchar */
#define PRINTING 2 /* VCHAR */
#define BLANKS 4   /* SP, HTAB */
#define HIGH 8	   /* obs-text: an octet of an encoding that nobody names */

static const uint8_t classes[256] = {
    ['\t'] = BLANKS,
    [' '] = BLANKS,
    ['!'] = PRINTING | TOKEN,
    ['"'] = PRINTING,
    ['#' ... '\''] = PRINTING | TOKEN,
    ['(' ... ')'] = PRINTING,
    ['*' ... '+'] = PRINTING | TOKEN,
    [','] = PRINTING,
    ['-' ... '.'] = PRINTING | TOKEN,
    ['/'] = PRINTING,
    ['0' ... '9'] = PRINTING | TOKEN,
    [':' ... '@'] = PRINTING,
    ['A' ... 'Z'] = PRINTING | TOKEN,
    ['[' ... ']'] = PRINTING,
    ['^' ... 'z'] = PRINTING | TOKEN,
    ['{'] = PRINTING,
    ['|'] = PRINTING | TOKEN,
    ['}'] = PRINTING,
    ['~'] = PRINTING | TOKEN,
    [0x80 ... 0xff] = HIGH,
};

static const struct {
	const char *name;
	enum http_field field;
	bool kept; /* whether the value comes to text[] */
} known[] = {
    {"content-length", HTTP_FIELD_CONTENT_LENGTH, true},
    {"host", HTTP_FIELD_HOST, true},
    {"proxy-authorization", HTTP_FIELD_PROXY_AUTHORIZATION, false},
    {"transfer-encoding", HTTP_FIELD_TRANSFER_ENCODING, true},
    {"via", HTTP_FIELD_VIA, true},
};

bool http_is_token(uint8_t octet)
{
	return (classes[octet] & TOKEN) != 0;
}

bool http_is_text(uint8_t octet)
{
	return classes[octet] != 0;
}

static uint8_t lower(uint8_t octet)
{
	return octet >= 'A' && octet <= 'Z' ? octet | 0x20 : octet;
}

static void keep(struct http_fields *fields, uint8_t octet)
{
	if (fields->length < HTTP_TEXT_MAX)
		fields->text[fields->length++] = (char)octet;
	else
		fields->cut = true;
}

/* A name that is too long for any known one is cut, and then is none: no known name fills the buffer. */
static void keep_name(struct http_fields *fields, uint8_t octet)
{
	if (fields->name_length < sizeof(fields->name))
		fields->name[fields->name_length++] = (char)lower(octet);
}

static void end_name(struct http_fields *fields)
{
	fields->field = HTTP_FIELD_OTHER;
	fields->kept = false;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strlen(known[i].name) == fields->name_length &&
		    memcmp(known[i].name, fields->name, fields->name_length) == 0) {
			fields->field = known[i].field;
			fields->kept = known[i].kept;
		}
	}
}

static enum http_line refuse(struct http_fields *fields)
{
	fields->state = MALFORMED;
	return HTTP_LINE_MALFORMED;
}

static enum http_line next(struct http_fields *fields, enum state state)
{
	fields->state = (uint8_t)state;
	return HTTP_LINE_MORE;
}

/* What a line holds behind its beginning: the start line, or a value. */
static enum http_line read_text(struct http_fields *fields, uint8_t octet, enum state at_end)
{
	if (octet == '\r')
		return next(fields, at_end);
	if (!http_is_text(octet))
		return refuse(fields);
	if (fields->kept)
		keep(fields, octet);
	if (classes[octet] != BLANKS)
		fields->value.length = fields->offset + 1 - fields->value.offset;
	return HTTP_LINE_MORE;
}

/* At the first octet of a line: a blank would continue the line before it (obs-fold). */
static enum http_line read_beginning(struct http_fields *fields, uint8_t octet)
{
	if (octet == '\r')
		return next(fields, END_LF);
	if (!http_is_token(octet))
		return refuse(fields);
	fields->line.offset = fields->offset;
	fields->name_length = 0;
	keep_name(fields, octet);
	return next(fields, NAME);
}

static enum http_line read_name(struct http_fields *fields, uint8_t octet)
{
	if (octet == ':') {
		end_name(fields);
		fields->length = 0;
		fields->cut = false;
		return next(fields, BLANK);
	}
	if (!http_is_token(octet))
		return refuse(fields);
	keep_name(fields, octet);
	return HTTP_LINE_MORE;
}

static enum http_line read_blank(struct http_fields *fields, uint8_t octet)
{
	if (classes[octet] == BLANKS)
		return HTTP_LINE_MORE;
	fields->value = (struct http_span){.offset = fields->offset};
	fields->state = VALUE;
	return read_text(fields, octet, VALUE_LF);
}

static enum http_line read_line_feed(struct http_fields *fields, uint8_t octet)
{
	bool start = fields->state == START_LF;

	if (octet != '\n')
		return refuse(fields);
	/* The blanks behind the value; of a start line they are what its reader has to judge. */
	while (!start && fields->length > 0 && classes[(uint8_t)fields->text[fields->length - 1]] == BLANKS)
		fields->length--;
	fields->text[fields->length] = '\0';
	fields->line.length = fields->offset + 1 - fields->line.offset;
	fields->state = LINE;
	return start ? HTTP_LINE_START : HTTP_LINE_FIELD;
}

static enum http_line read_octet(struct http_fields *fields, uint8_t octet)
{
	switch ((enum state)fields->state) {
	case START:
		return read_text(fields, octet, START_LF);
	case LINE:
		return read_beginning(fields, octet);
	case NAME:
		return read_name(fields, octet);
	case BLANK:
		return read_blank(fields, octet);
	case VALUE:
		return read_text(fields, octet, VALUE_LF);
	case START_LF:
	case VALUE_LF:
		return read_line_feed(fields, octet);
	case END_LF:
		if (octet != '\n')
			return refuse(fields);
		fields->state = ENDED;
		return HTTP_LINE_END;
	default:
		return refuse(fields);
	}
}

void http_fields_begin(struct http_fields *fields)
{
	*fields = (struct http_fields){.state = START, .kept = true};
}

void http_fields_begin_trailers(struct http_fields *fields)
{
	*fields = (struct http_fields){.state = LINE};
}

/* Most octets of a head are values that nobody wants: these go by in one run. Returns how many. */
static size_t skip_value(struct http_fields *fields, const uint8_t *octets, size_t length)
{
	size_t run = 0, last;

	while (run < length && http_is_text(octets[run]))
		run++;
	for (last = run; last > 0 && classes[octets[last - 1]] == BLANKS;)
		last--;
	if (last > 0)
		fields->value.length = fields->offset + (uint32_t)last - fields->value.offset;
	fields->offset += (uint32_t)run;
	return run;
}

enum http_line http_fields_read(struct http_fields *fields, const uint8_t *octets, size_t length, size_t *used)
{
	enum http_line line = HTTP_LINE_MORE;

	*used = 0;
	if (fields->state == ENDED || fields->state == MALFORMED)
		return fields->state == ENDED ? HTTP_LINE_END : HTTP_LINE_MALFORMED;
	while (line == HTTP_LINE_MORE && *used < length) {
		if (fields->state == VALUE && !fields->kept)
			*used += skip_value(fields, octets + *used, length - *used);
		if (*used == length)
			break;
		line = read_octet(fields, octets[(*used)++]);
		fields->offset++;
	}
	return line;
}
