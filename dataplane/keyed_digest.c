/* SPDX-License-Identifier: BSD-3-Clause */
#include "keyed_digest.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "entropy.h"

#define KEY_SIZE 32

struct keyed_digest {
	EVP_MAC *mac;
	EVP_MAC_CTX *keyed; /* has the key; each digest is made with a copy, so that nothing of a secret stays here */
};

static bool set_key(struct keyed_digest *keyed)
{
	char name[] = "SHA256";
	const OSSL_PARAM parameters[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
	    OSSL_PARAM_construct_end(),
	};
	uint8_t key[KEY_SIZE];
	bool good = entropy_fill(key, sizeof(key)) && EVP_MAC_init(keyed->keyed, key, sizeof(key), parameters) == 1;

	explicit_bzero(key, sizeof(key));
	return good;
}

struct keyed_digest *keyed_digest_create(struct fault *fault)
{
	struct keyed_digest *keyed = calloc(1, sizeof(*keyed));

	if (keyed != NULL && (keyed->mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL)) != NULL &&
	    (keyed->keyed = EVP_MAC_CTX_new(keyed->mac)) != NULL && set_key(keyed))
		return keyed;
	fault_set(fault, "libcrypto does not give HMAC-SHA-256: no memory, or its configuration forbids it");
	keyed_digest_destroy(keyed);
	return NULL;
}

void keyed_digest_destroy(struct keyed_digest *keyed)
{
	if (keyed == NULL)
		return;
	EVP_MAC_CTX_free(keyed->keyed);
	EVP_MAC_free(keyed->mac);
	free(keyed);
}

bool keyed_digest_make(struct keyed_digest *keyed, const struct keyed_digest_part *parts, unsigned count,
		       uint8_t digest[KEYED_DIGEST_SIZE])
{
	EVP_MAC_CTX *context = EVP_MAC_CTX_dup(keyed->keyed);
	bool good = context != NULL;
	size_t length;

	for (unsigned i = 0; i < count && good; i++)
		good = EVP_MAC_update(context, (const uint8_t *)&parts[i].length, sizeof(parts[i].length)) == 1 &&
		       EVP_MAC_update(context, parts[i].octets, parts[i].length) == 1;
	good = good && EVP_MAC_final(context, digest, &length, KEYED_DIGEST_SIZE) == 1 && length == KEYED_DIGEST_SIZE;
	EVP_MAC_CTX_free(context);
	return good;
}

bool constant_time_equal(const void *a, const void *b, size_t length)
{
	return CRYPTO_memcmp(a, b, length) == 0;
}
