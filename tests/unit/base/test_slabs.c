#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/slabs.h"
#include "random.h"

#define THINGS 4000
#define TURNS 200000

struct thing {
	uint32_t name;
	size_t bytes;
	uint8_t mark;
};

static uint64_t random_state = 20261123;

static unsigned draw(unsigned below)
{
	return random_draw(&random_state, below);
}

static void check(const struct slabs *slabs, const struct thing *thing)
{
	const uint8_t *at = slabs_at(slabs, thing->name);

	for (size_t i = 0; i < thing->bytes; i++)
		assert_int_equal(at[i], thing->mark);
}

/* Things of random sizes, taken and given back at random, each filled with a mark of its own: where two
 * were to overlap, a mark would be wrong. */
static void things_never_overlap(void **state)
{
	(void)state;
	static struct thing thing[THINGS];
	struct slabs *slabs;

	assert_int_equal(slabs_new(&slabs, (size_t)THINGS * SLABS_THING_MAX), 0);
	for (unsigned turn = 0; turn < TURNS; turn++) {
		struct thing *one = &thing[draw(THINGS)];

		if (one->name != 0) {
			check(slabs, one);
			slabs_give(slabs, one->name);
			one->name = 0;
			continue;
		}
		one->bytes = 1 + draw(draw(8) ? 300 : SLABS_THING_MAX);
		one->mark = (uint8_t)turn;
		one->name = slabs_take(slabs, one->bytes);
		assert_int_not_equal(one->name, 0);
		memset(slabs_at(slabs, one->name), one->mark, one->bytes);
	}
	for (unsigned i = 0; i < THINGS; i++) {
		if (thing[i].name == 0)
			continue;
		check(slabs, &thing[i]);
		slabs_give(slabs, thing[i].name);
	}
	assert_int_equal(slabs_bytes(slabs), 0);
	slabs_free(slabs);
}

static size_t take_all(struct slabs *slabs, size_t bytes, uint32_t *first)
{
	size_t count = 0;
	uint32_t name;

	while ((name = slabs_take(slabs, bytes)) != 0) {
		memset(slabs_at(slabs, name), 0xa5, bytes);
		if (count++ == 0)
			*first = name;
	}
	return count;
}

static void an_empty_slab_serves_any_size(void **state)
{
	(void)state;
	struct slabs *slabs;
	uint32_t first, name;

	assert_int_equal(slabs_new(&slabs, 1 << 20), 0);
	size_t count = take_all(slabs, SLABS_THING_MAX, &first);

	assert_in_range(count, (1 << 20) / SLABS_THING_MAX, (4 << 20) / SLABS_THING_MAX);
	assert_int_equal(slabs_take(slabs, 1), 0); /* none has room for a small thing either */
	for (size_t i = 0; i < 4; i++)             /* the first slab's four */
		slabs_give(slabs, first + (uint32_t)(i * SLABS_THING_MAX / SLABS_UNIT));
	assert_int_equal(take_all(slabs, SLABS_UNIT, &name), 16384 / SLABS_UNIT);
	slabs_free(slabs);
}

static void more_than_can_be_named_is_refused(void **state)
{
	(void)state;
	struct slabs *slabs;

	assert_int_equal(slabs_new(&slabs, (size_t)1 << 38), -EINVAL);
	assert_null(slabs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(things_never_overlap),
		cmocka_unit_test(an_empty_slab_serves_any_size),
		cmocka_unit_test(more_than_can_be_named_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
