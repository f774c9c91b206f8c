/* slabs.h - memory for very many things of different sizes, each named by 32 bits.
 *
 * Sizes are rounded up to SLABS_UNIT bytes. Things of one size share slabs; a slab that is empty serves any
 * size again. The memory is set aside at once and touched only as it fills. Not thread-safe.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SLABS_UNIT 32        /* bytes */
#define SLABS_THING_MAX 4096 /* bytes of one thing */

struct slabs;

/* Room for about `bytes`; 0, -EINVAL (more than 32 bits can name) or -ENOMEM. */
int slabs_new(struct slabs **slabs, size_t bytes);
void slabs_free(struct slabs *slabs);

/* Room for 1 to SLABS_THING_MAX bytes, not initialised; its name is never 0. 0: there is none. */
uint32_t slabs_take(struct slabs *slabs, size_t bytes);

/* Where it is, until it is given back. */
void *slabs_at(const struct slabs *slabs, uint32_t name);

void slabs_give(struct slabs *slabs, uint32_t name);

/* Bytes in use: of the slabs that hold anything. */
size_t slabs_bytes(const struct slabs *slabs);
