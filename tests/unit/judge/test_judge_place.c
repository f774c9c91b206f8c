/* Places that were asked for lately are those that the map gives, and each kind has an address. */
#include "judge_world.h"

#include <stdlib.h>

#include "judge/judge_place.h"
#include "random.h"

#define ROUNDS 20000

static void is_right(struct judge_places *places, const struct ip_addr *addr)
{
	const struct place *kept = judge_places_find(places, addr);
	const struct place found = judge_place_of(places->map, addr);

	assert_int_equal(kept->kind, found.kind);
	assert_ptr_equal(kept->vnet, found.vnet);
	assert_ptr_equal(kept->subnet, found.subnet);
	assert_ptr_equal(kept->zone, found.zone);
	assert_ptr_equal(kept->role, found.role);
}

/* Of few networks, so that many are asked again and many share a place. */
static struct ip_addr make_addr(uint64_t *random)
{
	static const char *const near[] = { PROD,      DEV,           OUTSIDE,
					    AZURE,     OPENAI_PE,     "169.254.169.254",
					    "::",      "::1",         "fe80::1",
					    "fd00::1", "2001:db8::1", "224.0.0.1" };
	struct ip_addr made = addr(near[random_draw(random, ROW_COUNT(near))]);

	made.bytes[15] = (uint8_t)(made.bytes[15] + random_draw(random, 40));
	return made;
}

static void ask_many(struct judge_places *places)
{
	uint64_t random = 1;

	for (int i = 0; i < ROUNDS; i++) {
		struct ip_addr asked = make_addr(&random);

		is_right(places, &asked);
	}
}

static void what_is_kept_is_what_would_be_found(void **state)
{
	const struct world *world = *state;
	struct judge_places *places = calloc(1, sizeof(*places));
	size_t kept = 0;

	assert_non_null(places);
	places->map = world->map;
	ask_many(places);
	for (size_t i = 0; i < JUDGE_PLACES; i++)
		kept += places->kept[i].is_kept;
	assert_in_range(kept, JUDGE_PLACES / 2, JUDGE_PLACES); /* they spread */
	free(places);
}

static void without_a_map_ranges_still_answer(void **state)
{
	struct judge_places *places = calloc(1, sizeof(*places));

	(void)state;
	assert_non_null(places);
	ask_many(places);
	free(places);
}

static void each_kind_has_its_addresses(void **state)
{
	const struct world *world = *state;
	static const struct {
		const char *addr;
		enum place_kind kind, without_map;
	} rows[] = {
		{ OUTSIDE, PLACE_PUBLIC, PLACE_PUBLIC },
		{ PROD, PLACE_MAPPED, PLACE_PRIVATE },
		{ OPENAI_PE, PLACE_ENDPOINT, PLACE_PRIVATE },
		{ AZURE, PLACE_PLATFORM, PLACE_PUBLIC },
		{ "10.99.0.1", PLACE_PRIVATE, PLACE_PRIVATE },
		{ "100.64.0.1", PLACE_PRIVATE, PLACE_PRIVATE },
		{ "100.128.0.1", PLACE_PUBLIC, PLACE_PUBLIC },
		{ "172.15.255.255", PLACE_PUBLIC, PLACE_PUBLIC },
		{ "172.31.255.255", PLACE_PRIVATE, PLACE_PRIVATE },
		{ "169.254.7.7", PLACE_LINK_LOCAL, PLACE_LINK_LOCAL },
		{ "255.255.255.255", PLACE_GROUP, PLACE_GROUP },
		{ "239.1.1.1", PLACE_GROUP, PLACE_GROUP },
		{ "241.0.0.1", PLACE_PUBLIC, PLACE_PUBLIC },
		{ "0.0.0.0", PLACE_SELF, PLACE_SELF },
		{ "127.0.0.53", PLACE_SELF, PLACE_SELF },
		{ "::", PLACE_SELF, PLACE_SELF },
		{ "::1", PLACE_SELF, PLACE_SELF },
		{ "ff02::fb", PLACE_GROUP, PLACE_GROUP },
		{ "febf::1", PLACE_LINK_LOCAL, PLACE_LINK_LOCAL },
		{ "fec0::1", PLACE_PUBLIC, PLACE_PUBLIC },
		{ "fc00::1", PLACE_PRIVATE, PLACE_PRIVATE },
		{ "2001:db8::1", PLACE_PUBLIC, PLACE_PUBLIC },
	};

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		const struct ip_addr asked = addr(rows[i].addr);

		assert_int_equal(judge_place_of(world->map, &asked).kind, rows[i].kind);
		assert_int_equal(judge_place_of(NULL, &asked).kind, rows[i].without_map);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_is_what_would_be_found),
		cmocka_unit_test(without_a_map_ranges_still_answer),
		cmocka_unit_test(each_kind_has_its_addresses),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
