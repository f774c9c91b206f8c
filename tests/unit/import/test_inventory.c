#include "unit.h"

#include <string.h>

#include "import/inventory.h"

#define ZONES "/providers/microsoft.network/privatednszones/"
#define WHOLE "/subscriptions/s/resourcegroups/g" ZONES "z"
#define PART "/subscriptions/?/resourcegroups/g" ZONES "z"

struct world {
	struct inventory inventory;
	size_t contradictions;
	char last[512];
};

static void hear(void *context, enum heard what, const char *sentence)
{
	struct world *world = context;

	assert_int_equal(what, HEARD_CONTRADICTION);
	world->contradictions++;
	strncpy(world->last, sentence, sizeof(world->last) - 1);
}

static int open_world(void **state)
{
	static struct world world;

	world = (struct world){ .contradictions = 0 };
	*state = &world;
	return inventory_open(&world.inventory, (struct hearer){ hear, &world }) ? 0 : -1;
}

static int close_world(void **state)
{
	inventory_close(&((struct world *)*state)->inventory);
	return 0;
}

static struct source_place place(const char *path, enum source_rank rank)
{
	return (struct source_place){ path, 1, 2, rank };
}

static void a_thing_is_known_by_its_id_in_any_case(void **state)
{
	struct inventory *inventory = &((struct world *)*state)->inventory;
	struct thing *one = inventory_thing(inventory, THING_ZONE, WHOLE, "z", place("a", 0));

	assert_ptr_equal(inventory_thing(inventory, THING_ZONE,
					 "/SUBSCRIPTIONS/s/resourceGroups/g" ZONES "Z", "Z",
					 place("b", 0)),
			 one);
	assert_null(inventory_find(inventory, THING_VNET, WHOLE)); /* of another kind */
	assert_null(inventory_find(inventory, THING_ZONE, NULL));
}

static void the_table_grows(void **state)
{
	struct inventory *inventory = &((struct world *)*state)->inventory;
	struct thing *zone = inventory_thing(inventory, THING_ZONE, WHOLE, "z", place("a", 0));
	char name[] = "A 0000";

	for (int i = 0; i < 5000; i++) {
		for (int digit = 0, rest = i; digit < 4; digit++, rest /= 10)
			name[2 + digit] = (char)('0' + rest % 10);
		assert_non_null(
			inventory_inside(inventory, THING_RECORD, zone, name, place("a", 0)));
	}
	assert_int_equal(inventory->thing_count, 5001);
	inventory_inside(inventory, THING_RECORD, zone, "A 4321", place("a", 0));
	assert_int_equal(inventory->thing_count, 5001);
}

static void sources_that_differ_are_both_named(void **state)
{
	static const struct {
		const char *why;
		enum source_rank first, second;
		const char *one, *two, *taken;
		size_t contradictions;
	} rows[] = {
		{ "equals: the first", RANK_LIVE, RANK_LIVE, "a", "b", "a", 1 },
		{ "the stronger, though later", RANK_INTENT, RANK_LIVE, "a", "b", "b", 1 },
		{ "the stronger, earlier", RANK_LIVE, RANK_STATE, "a", "b", "a", 1 },
		{ "case is no difference", RANK_LIVE, RANK_LIVE, "Enabled", "enabled", "Enabled",
		  0 },
		{ "an id that says more is kept", RANK_INTENT, RANK_LIVE, "/?/x", "/s/x", "/s/x",
		  0 },
		{ "in any order", RANK_LIVE, RANK_INTENT, "/s/x", "/?/x", "/s/x", 0 },
	};
	struct world *world = *state;

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		char id[] = WHOLE "0";

		id[sizeof(id) - 2] = (char)('0' + i);
		struct thing *zone = inventory_thing(&world->inventory, THING_ZONE, id, "z",
						     place("a.json", rows[i].first));
		world->contradictions = 0;
		thing_say_text(&world->inventory, zone, FACT_REGION, rows[i].one,
			       place("a.json", rows[i].first));
		thing_say_text(&world->inventory, zone, FACT_REGION, rows[i].two,
			       place("b.json", rows[i].second));
		if (strcmp(thing_text(zone, FACT_REGION), rows[i].taken) != 0 ||
		    world->contradictions != rows[i].contradictions)
			fail_msg("%s: %s, %zu", rows[i].why, thing_text(zone, FACT_REGION),
				 world->contradictions);
		if (rows[i].contradictions != 0)
			assert_true(strstr(world->last, "a.json:1:2") &&
				    strstr(world->last, "b.json:1:2"));
	}
}

static void lists_are_compared_as_sets(void **state)
{
	struct world *world = *state;
	struct thing *zone =
		inventory_thing(&world->inventory, THING_ZONE, WHOLE, "z", place("a", 0));
	const char *one[] = { "10.0.0.1", "10.0.0.2" }, *turned[] = { "10.0.0.2", "10.0.0.1" };

	thing_say(&world->inventory, zone, FACT_IPS, (struct values){ one, 2 }, place("a", 0));
	thing_say(&world->inventory, zone, FACT_IPS, (struct values){ turned, 2 }, place("b", 0));
	assert_int_equal(world->contradictions, 0);
	thing_say(&world->inventory, zone, FACT_IPS, (struct values){ one, 1 }, place("b", 0));
	assert_int_equal(world->contradictions, 1);
	thing_add_text(&world->inventory, zone, FACT_IPS, "10.0.0.3", place("b", 0));
	thing_add_text(&world->inventory, zone, FACT_IPS, "10.0.0.3", place("b", 0));
	assert_int_equal(thing_values(zone, FACT_IPS).count, 3);
}

static void a_part_becomes_the_whole_with_all_that_is_in_it(void **state)
{
	struct inventory *inventory = &((struct world *)*state)->inventory;
	struct thing *part = inventory_thing(inventory, THING_ZONE, PART, "z", place("a", 0));
	struct thing *whole = inventory_thing(inventory, THING_ZONE, WHOLE, "z", place("b", 0));
	struct thing *record =
		inventory_inside(inventory, THING_RECORD, part, "A www", place("a", 0));

	thing_say_text(inventory, part, FACT_POLICY, "Default", place("a", 0));
	inventory_unify(inventory);
	assert_ptr_equal(inventory_find(inventory, THING_ZONE, PART), whole);
	assert_string_equal(thing_text(whole, FACT_POLICY), "Default");
	assert_ptr_equal(record->owner, whole);
	assert_ptr_equal(inventory_inside(inventory, THING_RECORD, whole, "a WWW", place("c", 0)),
			 record);
}

static void a_part_of_two_wholes_is_neither(void **state)
{
	struct inventory *inventory = &((struct world *)*state)->inventory;
	struct thing *part = inventory_thing(inventory, THING_ZONE, PART, "z", place("a", 0));

	inventory_thing(inventory, THING_ZONE, WHOLE, "z", place("b", 0));
	inventory_thing(inventory, THING_ZONE, "/subscriptions/t/resourcegroups/g" ZONES "z", "z",
			place("b", 0));
	inventory_unify(inventory);
	assert_ptr_equal(inventory_find(inventory, THING_ZONE, PART), part);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(a_thing_is_known_by_its_id_in_any_case),
		IN_WORLD(the_table_grows),
		IN_WORLD(sources_that_differ_are_both_named),
		IN_WORLD(lists_are_compared_as_sets),
		IN_WORLD(a_part_becomes_the_whole_with_all_that_is_in_it),
		IN_WORLD(a_part_of_two_wholes_is_neither),
	};

	return cmocka_run_group_tests_name("inventory", tests, NULL, NULL);
}
