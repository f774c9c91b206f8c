#include "base/arena.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES ((size_t)64 * 1024) /* a map of a few hundred endpoints fits one */
#define ALIGNMENT 16

struct chunk {
	struct chunk *next;
	size_t size, used;
	_Alignas(ALIGNMENT) char bytes[];
};

struct arena {
	struct chunk *chunk; /* the newest, with room */
};

struct arena *arena_new(void)
{
	return calloc(1, sizeof(struct arena));
}

void arena_free(struct arena *arena)
{
	struct chunk *chunk = arena ? arena->chunk : NULL;

	while (chunk) {
		struct chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
	free(arena);
}

static struct chunk *chunk_new(size_t bytes)
{
	size_t size = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
	struct chunk *chunk = calloc(1, sizeof(*chunk) + size);

	if (chunk)
		chunk->size = size;
	return chunk;
}

void *arena_take(struct arena *arena, size_t count, size_t size)
{
	if (size != 0 && count > (SIZE_MAX / 2) / size)
		return NULL;

	size_t bytes = (count * size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	struct chunk *chunk = arena->chunk;

	if (!chunk || bytes > chunk->size - chunk->used) {
		chunk = chunk_new(bytes);
		if (!chunk)
			return NULL;
		chunk->next = arena->chunk;
		arena->chunk = chunk;
	}
	void *taken = chunk->bytes + chunk->used;
	chunk->used += bytes;
	return taken;
}

char *arena_lower(struct arena *arena, const char *string)
{
	size_t length = strlen(string);
	char *copy = arena_take(arena, length + 1, 1);

	for (size_t i = 0; copy && i < length; i++)
		copy[i] = (char)tolower((unsigned char)string[i]);
	return copy;
}

size_t arena_bytes(const struct arena *arena)
{
	size_t bytes = sizeof(*arena);

	for (const struct chunk *chunk = arena->chunk; chunk; chunk = chunk->next)
		bytes += sizeof(*chunk) + chunk->size;
	return bytes;
}
