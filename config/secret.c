/* SPDX-License-Identifier: BSD-3-Clause */
#include <config/secret.h>

#include <string.h>
#include <sys/mman.h>

void *secret_allocate(size_t size)
{
	void *octets = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (octets == MAP_FAILED)
		return NULL;
	if (madvise(octets, size, MADV_DONTDUMP) == 0)
		return octets;
	munmap(octets, size);
	return NULL;
}

void secret_free(void *octets, size_t size)
{
	if (octets == NULL)
		return;
	explicit_bzero(octets, size);
	munmap(octets, size);
}
