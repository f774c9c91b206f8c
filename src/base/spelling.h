/* spelling.h - "did you mean": the known word that a misspelt one was probably meant to be. */
#pragma once

#include <stddef.h>

#define SPELLING_WORD_MAX 64 /* longer words are compared by this many bytes */

/* Insertions, deletions, replacements and swaps of neighbours that turn one word into the other,
 * case aside. */
unsigned spelling_distance(const char *a, const char *b);

/* The nearest of `count` words (NULLs are passed over), or NULL when none is near enough to be
 * worth a guess: at most one slip in three letters. */
const char *spelling_nearest(const char *word, const char *const *words, size_t count);
