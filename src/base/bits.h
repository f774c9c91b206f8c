/* bits.h - a row of bits, in words of 64. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BITS_WORD 64
#define BITS_WORDS(count) (((count) + BITS_WORD - 1) / BITS_WORD)

static inline bool bits_has(const uint64_t *words, size_t bit)
{
	return words[bit / BITS_WORD] >> bit % BITS_WORD & 1;
}

static inline void bits_set(uint64_t *words, size_t bit)
{
	words[bit / BITS_WORD] |= UINT64_C(1) << bit % BITS_WORD;
}
