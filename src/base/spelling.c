/* Optimal string alignment distance (Levenshtein with swaps of neighbours), three rows at a time. */
#include "base/spelling.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

struct rows {
	unsigned row[3][SPELLING_WORD_MAX + 1];
};

static char lower(const char *word, size_t i)
{
	return (char)tolower((unsigned char)word[i]);
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned cell(const struct rows *rows, const char *a, const char *b, size_t i, size_t j)
{
	const unsigned *now = rows->row[i % 3], *last = rows->row[(i + 2) % 3],
		       *before = rows->row[(i + 1) % 3];
	bool same = lower(a, i - 1) == lower(b, j - 1);
	unsigned best = least(least(now[j - 1], last[j]) + 1, last[j - 1] + !same);

	if (i > 1 && j > 1 && lower(a, i - 1) == lower(b, j - 2) &&
	    lower(a, i - 2) == lower(b, j - 1))
		best = least(best, before[j - 2] + 1);
	return best;
}

unsigned spelling_distance(const char *a, const char *b)
{
	size_t rows_used = strnlen(a, SPELLING_WORD_MAX), columns = strnlen(b, SPELLING_WORD_MAX);
	struct rows rows;

	for (size_t j = 0; j <= columns; j++)
		rows.row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= rows_used; i++) {
		rows.row[i % 3][0] = (unsigned)i;
		for (size_t j = 1; j <= columns; j++)
			rows.row[i % 3][j] = cell(&rows, a, b, i, j);
	}
	return rows.row[rows_used % 3][columns];
}

const char *spelling_nearest(const char *word, const char *const *words, size_t count)
{
	unsigned best = (unsigned)strnlen(word, SPELLING_WORD_MAX) / 3 + 1;
	const char *nearest = NULL;

	for (size_t i = 0; i < count; i++) {
		unsigned distance = words[i] ? spelling_distance(word, words[i]) : best;

		if (distance < best) {
			best = distance;
			nearest = words[i];
		}
	}
	return nearest;
}
