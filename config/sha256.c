/* SPDX-License-Identifier: BSD-3-Clause */
#include "sha256.h"

#include <openssl/evp.h>

bool sha256(const struct sha256_part *parts, size_t count, uint8_t digest[SHA256_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;

	for (size_t i = 0; i < count && good; i++)
		good = EVP_DigestUpdate(context, parts[i].octets, parts[i].size) == 1;
	good = good && EVP_DigestFinal_ex(context, digest, NULL) == 1;
	EVP_MD_CTX_free(context);
	return good;
}
