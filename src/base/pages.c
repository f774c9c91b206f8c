#include "base/pages.h"

#include <sys/mman.h>

void *pages_take(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void *pages_take_dense(size_t bytes)
{
	void *memory = pages_take(bytes);

	if (memory)
		madvise(memory, bytes, MADV_HUGEPAGE); /* advice: without, it is small pages */
	return memory;
}

void pages_give(void *memory, size_t bytes)
{
	if (memory)
		munmap(memory, bytes);
}
