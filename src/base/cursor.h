/* cursor.h - the only way to read bytes that came from outside.
 *
 * Invariant: `at` points to `left` readable bytes, always. A read that would pass the end takes
 * nothing, returns zero and sets `failed`, which stays set; so a parser may read a whole header
 * and ask once. Multi-byte reads are from network order unless the name says le.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cursor {
	const uint8_t *at;
	size_t left;
	bool failed;
};

static inline struct cursor cursor_over(const void *bytes, size_t length)
{
	return (struct cursor){ .at = bytes, .left = length };
}

/* The next `length` bytes, lent, or NULL when there are fewer. */
static inline const uint8_t *cursor_take(struct cursor *cursor, size_t length)
{
	const uint8_t *taken = cursor->at;

	if (length > cursor->left) {
		cursor->failed = true;
		return NULL;
	}
	if (length != 0)
		cursor->at += length; /* `at` may be NULL in an empty cursor */
	cursor->left -= length;
	return taken;
}

/* Passes over `length` bytes; false, and nothing passed, when there are fewer. */
static inline bool cursor_skip(struct cursor *cursor, size_t length)
{
	return cursor_take(cursor, length) != NULL || length == 0;
}

/* A cursor over the next `length` bytes, which are taken; empty and failed when there are fewer. */
static inline struct cursor cursor_sub(struct cursor *cursor, size_t length)
{
	const uint8_t *bytes = cursor_take(cursor, length);

	if (cursor->failed)
		return (struct cursor){ .failed = true };
	return cursor_over(bytes, length);
}

static inline uint8_t cursor_u8(struct cursor *cursor)
{
	const uint8_t *b = cursor_take(cursor, 1);

	return b ? b[0] : 0;
}

static inline uint16_t cursor_u16(struct cursor *cursor)
{
	const uint8_t *b = cursor_take(cursor, 2);

	return b ? (uint16_t)(b[0] << 8 | b[1]) : 0;
}

static inline uint32_t cursor_u24(struct cursor *cursor)
{
	const uint8_t *b = cursor_take(cursor, 3);

	return b ? (uint32_t)b[0] << 16 | (uint32_t)b[1] << 8 | b[2] : 0;
}

static inline uint32_t cursor_u32(struct cursor *cursor)
{
	const uint8_t *b = cursor_take(cursor, 4);

	return b ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3] : 0;
}

static inline uint64_t cursor_u64(struct cursor *cursor)
{
	uint64_t high = cursor_u32(cursor);

	return high << 32 | cursor_u32(cursor);
}

static inline uint16_t cursor_le16(struct cursor *cursor)
{
	const uint8_t *b = cursor_take(cursor, 2);

	return b ? (uint16_t)(b[1] << 8 | b[0]) : 0;
}

static inline uint32_t cursor_le32(struct cursor *cursor)
{
	const uint8_t *b = cursor_take(cursor, 4);

	return b ? (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0] : 0;
}
