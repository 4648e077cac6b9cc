/* SPDX-License-Identifier: BSD-3-Clause */
/* The forms of texts in policy.json. */
#include "policy_schema.h"

#include <stdlib.h>
#include <string.h>

#include <config/name.h>

#include "notation.h"

/* What costs more would let one client keep the gateway busy with one request. */
#define ROUNDS_LEAST 1000
#define ROUNDS_MOST 1000000
static const char *const yescrypt_costs[] = {"j75$", "j85$", "j9T$", NULL}; /* of crypt_gensalt: 1 to 5 */

static bool fail(char message[CONFIG_MESSAGE_SIZE], const char *text)
{
	snprintf(message, CONFIG_MESSAGE_SIZE, "%s", text);
	return false;
}

bool policy_pattern_text(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE])
{
	char name[NAME_LENGTH_MAX + 1];
	bool wildcard;

	return name_read_pattern(text, strlen(text), name, &wildcard, message, CONFIG_MESSAGE_SIZE);
}

bool policy_regex_text(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE])
{
	for (const char *at = text; *at != '\0'; at++)
		if ((unsigned char)*at >= 0x80)
			return fail(message, "has a character beyond ASCII, which no name has; write A-labels");
	return true;
}

bool policy_next_hop_text(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE])
{
	struct gateway_address address;
	char name[NAME_LENGTH_MAX + 1];
	bool wildcard;

	if (name_read(text, strlen(text), name) == NAME_ADDRESS)
		return notation_station(text, &address, message);
	if (!name_read_pattern(text, strlen(text), name, &wildcard, message, CONFIG_MESSAGE_SIZE))
		return false;
	return !wildcard || fail(message, "stands for many names; write one of them, or an address");
}

bool policy_user_text(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE])
{
	if (strchr(text, ':') != NULL)
		return fail(message, "has a colon, which no user's name may have (RFC 7617); remove it");
	return true;
}

/* How many octets at `text` are of crypt's own alphabet. */
static size_t crypt_length(const char *text)
{
	return strspn(text, "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}

/* "rounds=N$", if it is there; NULL if it is wrong. */
static const char *skip_rounds(const char *text)
{
	static const char key[] = "rounds=";
	unsigned long rounds;
	size_t digits;

	if (strncmp(text, key, strlen(key)) != 0)
		return text;
	text += strlen(key);
	digits = strspn(text, "0123456789");
	rounds = strtoul(text, NULL, 10);
	if (digits == 0 || digits > 7 || text[0] == '0' || text[digits] != '$' || rounds < ROUNDS_LEAST ||
	    rounds > ROUNDS_MOST)
		return NULL;
	return text + digits + 1;
}

/* What follows "$5$" or "$6$": rounds, salt, and a hash of this length. */
static bool is_sha_crypt(const char *text, size_t hash)
{
	size_t salt;

	text = skip_rounds(text);
	if (text == NULL)
		return false;
	salt = crypt_length(text);
	if (salt == 0 || salt > 16 || text[salt] != '$')
		return false;
	text += salt + 1;
	return crypt_length(text) == hash && text[hash] == '\0';
}

/* What follows "$y$": parameters, salt, hash. */
static bool is_yescrypt(const char *text)
{
	const char *const *cost = yescrypt_costs;
	size_t length;

	while (*cost != NULL && strncmp(text, *cost, strlen(*cost)) != 0)
		cost++;
	if (*cost == NULL)
		return false;
	text += strlen(*cost);
	length = crypt_length(text);
	if (length == 0 || length > 86 || text[length] != '$')
		return false;
	text += length + 1;
	return crypt_length(text) == 43 && text[43] == '\0';
}

bool policy_password_text(const char *text, void *member, char message[CONFIG_MESSAGE_SIZE])
{
	if (strncmp(text, "$5$", 3) == 0 && is_sha_crypt(text + 3, 43))
		return true;
	if (strncmp(text, "$6$", 3) == 0 && is_sha_crypt(text + 3, 86))
		return true;
	if (strncmp(text, "$y$", 3) == 0 && is_yescrypt(text + 3))
		return true;
	snprintf(
	    message, CONFIG_MESSAGE_SIZE,
	    "is no hash of a password that can be used; write one that begins with $y$, $6$ or $5$, as \"mkpasswd\" "
	    "or \"openssl passwd -6\" make it, with the usual cost, or with %d to %d rounds",
	    ROUNDS_LEAST, ROUNDS_MOST);
	return false;
}
