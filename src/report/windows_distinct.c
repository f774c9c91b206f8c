#include "report/windows_distinct.h"

#include <math.h>
#include <string.h>

#define STAMPS 255 /* part n is stamped n % STAMPS + 1 */

static uint8_t stamp_of(uint64_t part)
{
	return (uint8_t)(part % STAMPS + 1);
}

/* How many parts a stamp lies before another; more than half of all: it lies after it. */
static unsigned parts_before(uint8_t stamp, uint8_t newest)
{
	return (unsigned)(newest + STAMPS - stamp) % STAMPS;
}

static bool is_newer(uint8_t stamp, uint8_t than)
{
	unsigned parts = parts_before(than, stamp);

	return parts != 0 && parts < STAMPS / 2;
}

static void age_exact(struct windows_distinct *distinct, uint8_t newest, unsigned kept)
{
	uint16_t left = 0;

	for (uint16_t i = 0; i < distinct->used; i++) {
		if (parts_before(distinct->stamp[i], newest) >= kept)
			continue;
		distinct->hash[left] = distinct->hash[i];
		distinct->stamp[left++] = distinct->stamp[i];
	}
	distinct->used = left;
}

void windows_distinct_age(struct windows_distinct *distinct, uint64_t part, unsigned kept)
{
	uint8_t newest = stamp_of(part);

	if (!distinct->is_estimate) {
		age_exact(distinct, newest, kept);
		return;
	}
	for (int i = 0; i < DISTINCT_CELLS; i++) {
		if (distinct->cell[i] != 0 && parts_before(distinct->cell[i], newest) >= kept) {
			distinct->cell[i] = 0;
			distinct->used--;
		}
	}
	if (distinct->used == 0)
		distinct->is_estimate = false; /* all bytes are zero: an empty exact set */
}

static void mark_cell(struct windows_distinct *distinct, uint64_t hash, uint8_t stamp)
{
	/* Mixed once more: which bits of the caller's hash are good is not known here. */
	uint8_t *cell = &distinct->cell[hash * UINT64_C(0x9e3779b97f4a7c15) >> 54];

	_Static_assert(DISTINCT_CELLS == 1u << (64 - 54), "the shift leaves a cell's number");
	if (*cell == 0)
		distinct->used++;
	if (*cell == 0 || is_newer(stamp, *cell))
		*cell = stamp;
}

static void begin_estimate(struct windows_distinct *distinct)
{
	const struct windows_distinct exact = *distinct;

	*distinct = (struct windows_distinct){ .is_estimate = true };
	for (uint16_t i = 0; i < exact.used; i++)
		mark_cell(distinct, exact.hash[i], exact.stamp[i]);
}

void windows_distinct_add(struct windows_distinct *distinct, uint64_t hash, uint64_t part)
{
	uint8_t stamp = stamp_of(part);

	for (uint16_t i = 0; i < distinct->used && !distinct->is_estimate; i++) {
		if (distinct->hash[i] != hash)
			continue;
		if (is_newer(stamp, distinct->stamp[i]))
			distinct->stamp[i] = stamp;
		return;
	}
	if (!distinct->is_estimate && distinct->used == DISTINCT_EXACT)
		begin_estimate(distinct);
	if (distinct->is_estimate) {
		mark_cell(distinct, hash, stamp);
		return;
	}
	distinct->hash[distinct->used] = hash;
	distinct->stamp[distinct->used++] = stamp;
}

uint64_t windows_distinct_value(const struct windows_distinct *distinct)
{
	/* With no cell free there is no estimate, only that it is more than any threshold. */
	double unmarked = distinct->used < DISTINCT_CELLS ? DISTINCT_CELLS - distinct->used : 0.5;

	if (!distinct->is_estimate)
		return distinct->used;
	return (uint64_t)llround(DISTINCT_CELLS * log(DISTINCT_CELLS / unmarked));
}
