/* pages.h - large memory, straight from the kernel: zero, and there only as far as it is touched. */
#pragma once

#include <stddef.h>

/* NULL: no address space left. */
void *pages_take(size_t bytes);

/* For what is filled from its beginning, or at random all over: in huge pages (2 MiB), where the kernel has them on
 * request: one fault for 512, and shorter ways through the page tables. */
void *pages_take_dense(size_t bytes);

void pages_give(void *memory, size_t bytes); /* NULL is allowed */
