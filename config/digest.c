/* SPDX-License-Identifier: BSD-3-Clause */
#include "digest.h"

#include <openssl/evp.h>

bool digest_sha256(const struct digest_part *parts, size_t count, uint8_t digest[DIGEST_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;

	for (size_t i = 0; i < count && good; i++)
		good = EVP_DigestUpdate(context, parts[i].octets, parts[i].size) == 1;
	good = good && EVP_DigestFinal_ex(context, digest, NULL) == 1;
	EVP_MD_CTX_free(context);
	return good;
}
