#include "base/buffer_pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/pages.h"
#include "base/units.h"

enum { CLASSES = 3 };

static const uint32_t class_bytes[CLASSES] = {
	BUFFER_SMALL_BYTES,
	BUFFER_MEDIUM_BYTES,
	BUFFER_LARGE_BYTES,
};

/* Of 16 parts of the memory: most messages fit the smallest class, but each large one is 32 of them. */
static const uint32_t class_share[CLASSES] = { 6, 5, 5 };
enum { SHARES = 16 };

struct free_block {
	struct free_block *next;
};

struct class
{
	struct free_block *freed; /* blocks that came back */
	uint8_t *fresh, *end;     /* blocks never handed out: [fresh, end) */
};

struct buffer_pool {
	struct class class[CLASSES];
	struct buffer_pool_stats stats;
	void *memory;
	size_t bytes;
};

int buffer_pool_new(struct buffer_pool **pool, size_t bytes)
{
	*pool = NULL;
	if (bytes < MIB || bytes > 16 * GIB)
		return -EINVAL;

	struct buffer_pool *made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->bytes = bytes;
	made->memory = pages_take(bytes);
	if (!made->memory) {
		free(made);
		return -ENOMEM;
	}

	uint8_t *at = made->memory;
	for (int i = 0; i < CLASSES; i++) {
		size_t share = bytes / SHARES * class_share[i];

		made->class[i].fresh = at;
		made->class[i].end = at + share / class_bytes[i] * class_bytes[i];
		at += share;
	}
	*pool = made;
	return 0;
}

void buffer_pool_free(struct buffer_pool *pool)
{
	if (!pool)
		return;
	pages_give(pool->memory, pool->bytes);
	free(pool);
}

static int class_for(size_t length)
{
	for (int i = 0; i < CLASSES; i++)
		if (length <= class_bytes[i])
			return i;
	return -1;
}

static uint8_t *take(struct buffer_pool *pool, int index)
{
	struct class *class = &pool->class[index];
	uint8_t *block = NULL;

	if (class->freed) {
		block = (uint8_t *)class->freed;
		class->freed = class->freed->next;
	} else if (class->fresh < class->end) {
		block = class->fresh;
		class->fresh += class_bytes[index];
	} else {
		pool->stats.refused++;
		return NULL;
	}
	if (++pool->stats.in_use[index] > pool->stats.most[index])
		pool->stats.most[index] = pool->stats.in_use[index];
	return block;
}

static void give_back(struct buffer_pool *pool, uint8_t *block, uint32_t room)
{
	int index = class_for(room);
	struct free_block *freed = (struct free_block *)block;

	freed->next = pool->class[index].freed;
	pool->class[index].freed = freed;
	pool->stats.in_use[index]--;
}

/* Moves the buffer to a class that holds `length` bytes. */
static bool make_room(struct buffer_pool *pool, struct buffer *buffer, size_t length)
{
	int index = class_for(length);
	uint8_t *block;

	if (index < 0)
		return false;
	block = take(pool, index);
	if (!block)
		return false;
	if (buffer->room != 0) {
		memcpy(block, buffer->bytes, buffer->length);
		give_back(pool, buffer->bytes, buffer->room);
	}
	buffer->bytes = block;
	buffer->room = class_bytes[index];
	return true;
}

bool buffer_extend(struct buffer_pool *pool, struct buffer *buffer, size_t length)
{
	if (length > buffer->room && !make_room(pool, buffer, length))
		return false;
	if (length > buffer->length)
		buffer->length = (uint32_t)length;
	return true;
}

bool buffer_append(struct buffer_pool *pool, struct buffer *buffer, const void *bytes,
		   size_t length)
{
	uint32_t at = buffer->length;

	if (length > BUFFER_LARGE_BYTES || !buffer_extend(pool, buffer, at + length))
		return false;
	if (length != 0)
		memcpy(buffer->bytes + at, bytes, length);
	return true;
}

void buffer_drop(struct buffer *buffer, size_t length)
{
	if (length >= buffer->length) {
		buffer->length = 0;
		return;
	}
	buffer->length -= (uint32_t)length;
	memmove(buffer->bytes, buffer->bytes + length, buffer->length);
}

void buffer_release(struct buffer_pool *pool, struct buffer *buffer)
{
	if (buffer->room != 0)
		give_back(pool, buffer->bytes, buffer->room);
	*buffer = (struct buffer){ 0 };
}

struct buffer_pool_stats buffer_pool_stats(const struct buffer_pool *pool)
{
	return pool->stats;
}
