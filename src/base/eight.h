/* eight.h - eight bytes of text at a time, in one 64-bit word: the first byte is the lowest.
 *
 * Bytes are compared by their lower seven bits, so that no sum carries into the next byte, and those with
 * the eighth set are then left out: they are no ASCII.
 */
#pragma once

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EIGHT(byte) (UINT64_C(0x0101010101010101) * (byte))

static inline uint64_t eight_load(const char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return le64toh(word);
}

static inline void eight_store(char *bytes, uint64_t word)
{
	word = htole64(word);
	memcpy(bytes, &word, sizeof(word));
}

/* The top bit of each byte from `first` to `last`, both ASCII. */
static inline uint64_t eight_within(uint64_t word, char first, char last)
{
	uint64_t seven = word & EIGHT(0x7f);
	uint64_t reached = seven + EIGHT(0x80 - (uint64_t)first);
	uint64_t passed = seven + EIGHT(0x7f - (uint64_t)last);

	return (reached ^ passed) & ~word & EIGHT(0x80);
}

/* Letters made lower case. */
static inline uint64_t eight_lower(uint64_t word)
{
	return word | eight_within(word, 'A', 'Z') >> 2;
}

/* Up to eight bytes, as the lowest of a word. */
static inline uint64_t eight_few(const char *bytes, size_t count)
{
	uint32_t low, high;
	uint16_t two;

	if (count >= 4) { /* two fours, which overlap unless there are eight */
		memcpy(&low, bytes, 4);
		memcpy(&high, bytes + count - 4, 4);
		return le32toh(low) | (uint64_t)le32toh(high) << (8 * (count - 4));
	}
	if (count < 2)
		return count ? (uint8_t)bytes[0] : 0;
	memcpy(&two, bytes, 2);
	return le16toh(two) | (uint64_t)(uint8_t)bytes[count - 1] << (8 * (count - 1));
}

/* One of 1 << bits places for what is looked up again and again, by its first eight bytes and those in the middle: names
 * of one site end alike. */
static inline size_t eight_place(const char *bytes, size_t length, unsigned bits)
{
	const uint64_t mix = UINT64_C(0x9e3779b97f4a7c15); /* 2^64 divided by the golden ratio */
	size_t half = length / 2;
	uint64_t first = eight_few(bytes, length < 8 ? length : 8);
	uint64_t middle = eight_few(bytes + half, length - half < 8 ? length - half : 8);

	return ((first * mix ^ middle ^ length) * mix) >> (64 - bits);
}

/* Whether `length` bytes of text, in any case, are those of `lower`. */
static inline bool eight_same(const char *text, const char *lower, size_t length)
{
	if (length < 8)
		return eight_lower(eight_few(text, length)) == eight_few(lower, length);
	for (size_t at = 0; at + 8 < length; at += 8) {
		if (eight_lower(eight_load(text + at)) != eight_load(lower + at))
			return false;
	}
	/* The last eight, some of them again. */
	return eight_lower(eight_load(text + length - 8)) == eight_load(lower + length - 8);
}

/* Copies `length` bytes, letters made lower case, and a NUL. */
static inline void eight_copy_lower(char *to, const char *from, size_t length)
{
	to[length] = '\0';
	if (length < 8) {
		char bytes[8];

		eight_store(bytes, eight_lower(eight_few(from, length)));
		for (size_t at = 0; at < length; at++)
			to[at] = bytes[at];
		return;
	}
	for (size_t at = 0; at + 8 < length; at += 8)
		eight_store(to + at, eight_lower(eight_load(from + at)));
	eight_store(to + length - 8, eight_lower(eight_load(from + length - 8)));
}
