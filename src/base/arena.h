/* arena.h - memory for things that are made together and end together, at load time.
 *
 * Zeroed, aligned for anything, never moved; freed all at once.
 */
#pragma once

#include <stddef.h>

struct arena;

struct arena *arena_new(void); /* NULL: no memory */
void arena_free(struct arena *arena);

/* Room for count * size zero bytes, or NULL: no memory, or the product overflows. A count of 0 gives a
 * pointer that must not be read. */
void *arena_take(struct arena *arena, size_t count, size_t size);

/* A copy of a string, letters made lower case; or NULL: no memory. */
char *arena_lower(struct arena *arena, const char *string);

/* What it has taken from the system. */
size_t arena_bytes(const struct arena *arena);
