/* A slab is SLAB_BYTES of things of one size. Its free things are a chain through their first bytes; those
 * that were never taken come after `fresh`. Slabs of a size with room stand in a list of that size. A name
 * is the thing's place in units of SLABS_UNIT bytes; slab 0 is not used, so that no name is 0.
 */
#include "base/slabs.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/pages.h"

#define SLAB_BYTES 16384
#define SLAB_UNITS (SLAB_BYTES / SLABS_UNIT)
#define SIZES (SLABS_THING_MAX / SLABS_UNIT + 1)

struct slab {
	uint16_t units; /* of one thing */
	uint16_t live;
	uint16_t fresh;      /* units that were never taken begin here */
	uint16_t free;       /* first free thing, its place in the slab plus 1; 0: none */
	uint32_t next, prev; /* in the list of its size, or of the empty ones; 0: none */
};

struct slabs {
	char *memory;
	struct slab *slab; /* [0] is not used */
	uint32_t count, fresh, empty, in_use;
	uint32_t with_room[SIZES];
};

int slabs_new(struct slabs **slabs, size_t bytes)
{
	size_t count = bytes / SLAB_BYTES + SIZES + 1;
	struct slabs *made;

	*slabs = NULL;
	if (count > UINT32_MAX / SLAB_UNITS)
		return -EINVAL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->count = (uint32_t)count;
	made->fresh = 1;
	made->slab = calloc(count, sizeof(*made->slab));
	made->memory = pages_take_dense(count * SLAB_BYTES);
	if (!made->slab || !made->memory) {
		slabs_free(made);
		return -ENOMEM;
	}
	*slabs = made;
	return 0;
}

void slabs_free(struct slabs *slabs)
{
	if (!slabs)
		return;
	pages_give(slabs->memory, (size_t)slabs->count * SLAB_BYTES);
	free(slabs->slab);
	free(slabs);
}

static void enlist(struct slabs *slabs, uint32_t *list, uint32_t number)
{
	struct slab *slab = &slabs->slab[number];

	slab->prev = 0;
	slab->next = *list;
	if (*list != 0)
		slabs->slab[*list].prev = number;
	*list = number;
}

static void delist(struct slabs *slabs, uint32_t *list, uint32_t number)
{
	struct slab *slab = &slabs->slab[number];

	*(slab->prev != 0 ? &slabs->slab[slab->prev].next : list) = slab->next;
	if (slab->next != 0)
		slabs->slab[slab->next].prev = slab->prev;
}

static bool has_room(const struct slab *slab)
{
	return slab->free != 0 || slab->fresh + slab->units <= SLAB_UNITS;
}

/* A slab of that size with room; 0: there is none. */
static uint32_t slab_with_room(struct slabs *slabs, uint16_t units)
{
	uint32_t number = slabs->with_room[units];

	if (number != 0)
		return number;
	number = slabs->empty;
	if (number != 0)
		delist(slabs, &slabs->empty, number);
	else if (slabs->fresh < slabs->count)
		number = slabs->fresh++;
	else
		return 0;
	slabs->slab[number] = (struct slab){ .units = units };
	slabs->in_use++;
	enlist(slabs, &slabs->with_room[units], number);
	return number;
}

uint32_t slabs_take(struct slabs *slabs, size_t bytes)
{
	uint16_t units = (uint16_t)((bytes + SLABS_UNIT - 1) / SLABS_UNIT);
	uint32_t number = slab_with_room(slabs, units), name;
	struct slab *slab = &slabs->slab[number];

	if (number == 0)
		return 0;
	if (slab->free != 0) {
		name = number * SLAB_UNITS + slab->free - 1;
		slab->free = *(uint16_t *)slabs_at(slabs, name);
	} else {
		name = number * SLAB_UNITS + slab->fresh;
		slab->fresh = (uint16_t)(slab->fresh + units);
	}
	slab->live++;
	if (!has_room(slab))
		delist(slabs, &slabs->with_room[units], number);
	return name;
}

void *slabs_at(const struct slabs *slabs, uint32_t name)
{
	return slabs->memory + (size_t)name * SLABS_UNIT;
}

void slabs_give(struct slabs *slabs, uint32_t name)
{
	uint32_t number = name / SLAB_UNITS;
	struct slab *slab = &slabs->slab[number];
	uint32_t *list = &slabs->with_room[slab->units];

	if (!has_room(slab))
		enlist(slabs, list, number);
	*(uint16_t *)slabs_at(slabs, name) = slab->free;
	slab->free = (uint16_t)(name % SLAB_UNITS + 1);
	if (--slab->live != 0)
		return;
	delist(slabs, list, number);
	enlist(slabs, &slabs->empty, number);
	slabs->in_use--;
}

size_t slabs_bytes(const struct slabs *slabs)
{
	return (size_t)slabs->in_use * SLAB_BYTES;
}
