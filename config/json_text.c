/* SPDX-License-Identifier: BSD-3-Clause */
#include "json_text.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cJSON copies a number into 64 octets and misreads what is longer; no number that a file may hold needs as many. */
#define NUMBER_LENGTH 40

bool json_fail(struct json_reader *reader, size_t at, const char *format, ...)
{
	va_list arguments;

	reader->fault_at = at;
	va_start(arguments, format);
	vsnprintf(reader->fault, sizeof(reader->fault), format, arguments);
	va_end(arguments);
	return false;
}

int json_peek(const struct json_reader *reader)
{
	return reader->at < reader->size ? (unsigned char)reader->text[reader->at] : -1;
}

const char *json_describe(const struct json_reader *reader, char buffer[24])
{
	int octet = json_peek(reader);

	if (octet < 0)
		return "the end of the file";
	snprintf(buffer, 24, octet > 0x20 && octet < 0x7f ? "'%c'" : "octet 0x%02x", octet);
	return buffer;
}

static bool is_digit(int octet)
{
	return octet >= '0' && octet <= '9';
}

/* The length of the UTF-8 sequence at the reader, whose first octet is not ASCII; 0 if it is none (RFC 3629). */
static unsigned utf8_sequence(const struct json_reader *reader)
{
	const unsigned char *octets = (const unsigned char *)reader->text + reader->at;
	unsigned length = octets[0] >= 0xf0 ? 4 : octets[0] >= 0xe0 ? 3 : 2;
	unsigned least = 0x80;
	unsigned most = 0xbf;

	if (octets[0] < 0xc2 || octets[0] > 0xf4 || reader->size - reader->at < length)
		return 0;
	/* The second octet's range shuts out overlong forms, surrogates and what lies beyond U+10FFFF. */
	if (octets[0] == 0xe0)
		least = 0xa0;
	else if (octets[0] == 0xed)
		most = 0x9f;
	else if (octets[0] == 0xf0)
		least = 0x90;
	else if (octets[0] == 0xf4)
		most = 0x8f;
	if (octets[1] < least || octets[1] > most)
		return 0;
	for (unsigned i = 2; i < length; i++)
		if ((octets[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

static int hexadecimal(int octet)
{
	if (is_digit(octet))
		return octet - '0';
	if (octet >= 'a' && octet <= 'f')
		return octet - 'a' + 10;
	if (octet >= 'A' && octet <= 'F')
		return octet - 'A' + 10;
	return -1;
}

/* Reads "\uXXXX"; -1 if it is none. */
static int read_unit(struct json_reader *reader)
{
	int unit = 0;

	if (reader->size - reader->at < 6 || reader->text[reader->at] != '\\' || reader->text[reader->at + 1] != 'u')
		return -1;
	for (unsigned i = 2; i < 6; i++) {
		int digit = hexadecimal(reader->text[reader->at + i]);

		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
	}
	reader->at += 6;
	return unit;
}

static size_t encode_utf8(uint32_t character, char *out)
{
	if (character < 0x80) {
		out[0] = (char)character;
		return 1;
	}
	if (character < 0x800) {
		out[0] = (char)(0xc0 | character >> 6);
		out[1] = (char)(0x80 | (character & 0x3f));
		return 2;
	}
	if (character < 0x10000) {
		out[0] = (char)(0xe0 | character >> 12);
		out[1] = (char)(0x80 | (character >> 6 & 0x3f));
		out[2] = (char)(0x80 | (character & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | character >> 18);
	out[1] = (char)(0x80 | (character >> 12 & 0x3f));
	out[2] = (char)(0x80 | (character >> 6 & 0x3f));
	out[3] = (char)(0x80 | (character & 0x3f));
	return 4;
}

/* Reads "\uXXXX" or a pair of them. The character's octets come to `out`; *length is their number. */
static bool read_unicode_escape(struct json_reader *reader, char out[4], size_t *length)
{
	size_t start = reader->at;
	int high = read_unit(reader);
	int low;

	if (high < 0)
		return json_fail(reader, start, "\\u wants four hexadecimal digits");
	if (high == 0)
		return json_fail(reader, start, "NUL (\\u0000) may not stand in a string; remove it");
	if (high < 0xd800 || high > 0xdfff) {
		*length = encode_utf8((uint32_t)high, out);
		return true;
	}
	low = high < 0xdc00 ? read_unit(reader) : -1;
	if (low < 0xdc00 || low > 0xdfff)
		return json_fail(reader, start,
				 "\\u%04x is half of a surrogate pair; write both halves, or the character itself",
				 (unsigned)high);
	*length = encode_utf8(0x10000 + (((uint32_t)high - 0xd800) << 10) + ((uint32_t)low - 0xdc00), out);
	return true;
}

/* Reads an escape from its backslash on. */
static bool read_escape(struct json_reader *reader, char out[4], size_t *length)
{
	static const char escapes[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	size_t start = reader->at;
	const char *found;
	char buffer[24];
	int octet;

	reader->at++;
	octet = json_peek(reader);
	if (octet == 'u') {
		reader->at = start;
		return read_unicode_escape(reader, out, length);
	}
	found = octet > 0 ? strchr(escapes, octet) : NULL;
	if (found == NULL)
		return json_fail(reader, start,
				 "a backslash before %s means nothing; write \\\\ for a backslash itself",
				 json_describe(reader, buffer));
	reader->at++;
	out[0] = meanings[found - escapes];
	*length = 1;
	return true;
}

/* Reads one character that is neither quote nor backslash. */
static bool read_plain(struct json_reader *reader, char out[4], size_t *length)
{
	int octet = json_peek(reader);

	*length = octet < 0x80 ? 1 : utf8_sequence(reader);
	if (octet == '\n' || octet == '\r')
		return json_fail(reader, reader->at, "the line ends within a string; close it with a quote");
	if (octet == 0)
		return json_fail(reader, reader->at, "NUL may not stand in a string; remove it");
	if (octet < 0x20)
		return json_fail(reader, reader->at, "control character 0x%02x in a string; write \\u%04x", octet,
				 (unsigned)octet);
	if (*length == 0)
		return json_fail(reader, reader->at, "octet 0x%02x is not UTF-8; save the file as UTF-8", octet);
	memcpy(out, reader->text + reader->at, *length);
	reader->at += *length;
	return true;
}

bool json_read_string(struct json_reader *reader, char *decoded)
{
	size_t start = reader->at++;

	for (;;) {
		int octet = json_peek(reader);
		char character[4];
		size_t length = 0;

		if (octet < 0)
			return json_fail(reader, start, "this string has no end; close it with a quote");
		if (octet == '"')
			break;
		if (octet == '\\' ? !read_escape(reader, character, &length) : !read_plain(reader, character, &length))
			return false;
		if (decoded != NULL) {
			memcpy(decoded, character, length);
			decoded += length;
		}
	}
	reader->at++;
	if (decoded != NULL)
		*decoded = '\0';
	return true;
}

/* Skips digits; false if there is none. */
static bool read_digits(struct json_reader *reader, bool *nonzero)
{
	size_t start = reader->at;

	while (is_digit(json_peek(reader)))
		if (reader->text[reader->at++] != '0')
			*nonzero = true;
	return reader->at > start;
}

/* Reads the number's form (RFC 8259, section 6). */
static bool read_number_form(struct json_reader *reader, bool *nonzero, bool *whole)
{
	bool ignored;
	char buffer[24];

	if (json_peek(reader) == '-')
		reader->at++;
	if (json_peek(reader) == '0') {
		reader->at++;
		if (is_digit(json_peek(reader)))
			return json_fail(reader, reader->at - 1, "a number may not begin with 0; remove the zero");
	} else if (!read_digits(reader, nonzero)) {
		return json_fail(reader, reader->at, "a number needs a digit here, not %s",
				 json_describe(reader, buffer));
	}
	if (json_peek(reader) == '.') {
		*whole = false;
		reader->at++;
		if (!read_digits(reader, nonzero))
			return json_fail(reader, reader->at, "a number needs a digit behind its point");
	}
	if (json_peek(reader) == 'e' || json_peek(reader) == 'E') {
		*whole = false;
		reader->at++;
		if (json_peek(reader) == '+' || json_peek(reader) == '-')
			reader->at++;
		if (!read_digits(reader, &ignored))
			return json_fail(reader, reader->at, "a number needs a digit in its exponent");
	}
	return true;
}

bool json_read_number(struct json_reader *reader)
{
	size_t start = reader->at;
	bool nonzero = false;
	bool whole = true;
	char buffer[NUMBER_LENGTH + 1];
	size_t length;
	double value;

	if (!read_number_form(reader, &nonzero, &whole))
		return false;
	length = reader->at - start;
	if (length > NUMBER_LENGTH)
		return json_fail(reader, start, "a number of %zu characters; at most %d are allowed", length,
				 NUMBER_LENGTH);
	memcpy(buffer, reader->text + start, length);
	buffer[length] = '\0';
	value = strtod(buffer, NULL);
	if (isinf(value))
		return json_fail(reader, start, "the number %s is too large", buffer);
	if (value == 0 && nonzero)
		return json_fail(reader, start, "the number %s is too small; write 0", buffer);
	if (whole && fabs(value) >= 9007199254740992.0)
		return json_fail(reader, start, "the number %s is too large to be held exactly", buffer);
	return true;
}
