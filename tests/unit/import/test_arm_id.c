#include "unit.h"

#include <string.h>

#include "import/arm_id.h"

#define VNET "/subscriptions/S1/resourceGroups/RG/providers/Microsoft.Network/virtualNetworks/v1"

static void types_are_told_by_the_last_provider(void **state)
{
	static const struct {
		const char *why, *id, *type;
	} rows[] = {
		{ "a resource", VNET, "microsoft.network/virtualnetworks" },
		{ "one inside it", VNET "/subnets/s", "microsoft.network/virtualnetworks/subnets" },
		{ "an extension of it", VNET "/providers/Microsoft.X/y/z", "microsoft.x/y" },
		{ "no name", VNET "/subnets", NULL },
		{ "an empty name", VNET "/subnets/", NULL },
		{ "an empty type", VNET "//s", NULL },
		{ "a group only", "/subscriptions/S1/resourceGroups/RG", NULL },
		{ "a namespace only", "/subscriptions/S1/providers/Microsoft.Network", NULL },
		{ "no id", "vnet-a", NULL },
		{ "nothing", "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		char type[ARM_TYPE_MAX + 1];
		bool is = arm_id_type(rows[i].id, type);

		if (is != (rows[i].type != NULL) || (is && strcmp(type, rows[i].type) != 0))
			fail_msg("%s: %s", rows[i].why, is ? type : "none");
	}
}

static void owners_are_found_by_type_as_they_are_written(void **state)
{
	char owner[ARM_ID_MAX + 1];

	(void)state;
	assert_true(arm_id_owner(VNET "/subnets/S", "microsoft.network/virtualnetworks", owner));
	assert_string_equal(owner, VNET);
	assert_true(arm_id_owner(VNET, "microsoft.network/virtualnetworks", owner));
	assert_false(arm_id_owner(VNET "/subnets/S", "microsoft.network/natgateways", owner));
}

static void parts_of_an_id_are_lent(void **state)
{
	(void)state;
	assert_memory_equal(arm_id_group(VNET).at, "RG", arm_id_group(VNET).length);
	assert_int_equal(arm_id_subscription(VNET).length, 2);
	assert_int_equal(arm_id_group("x").length, 0);
	assert_string_equal(arm_id_name(VNET "/subnets/S"), "S");
}

static void an_id_is_made_of_as_many_names_as_types(void **state)
{
	static const struct {
		const char *why, *type, *names, *id;
	} rows[] = {
		{ "one", "Microsoft.X/y", "A",
		  "/subscriptions/?/resourcegroups/g/providers/microsoft.x/y/a" },
		{ "two", "m/y/z", "a/b", "/subscriptions/?/resourcegroups/g/providers/m/y/a/z/b" },
		{ "a name too few", "m/y/z", "a", NULL },
		{ "a name too many", "m/y", "a/b", NULL },
		{ "no type", "m", "a", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		char id[ARM_ID_MAX + 1];
		bool made = arm_id_make(id, NULL, "G", rows[i].type, rows[i].names);

		if (made != (rows[i].id != NULL) || (made && strcmp(id, rows[i].id) != 0))
			fail_msg("%s: %s", rows[i].why, made ? id : "none");
	}
}

static void a_part_may_be_a_whole_where_it_says_nothing(void **state)
{
	static const struct {
		const char *part, *whole;
		bool may;
	} rows[] = {
		{ "/a/?/c", "/A/b/c", true },
		{ "/a/?/c", "/a/b/d", false },
		{ "/a/?/c", "/a/b/c/d", false },
		{ "/a/?", "/a", false },
		{ "?", "", false },
		{ "/a/b?", "/a/bc", false },
		{ "", "", true },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		if (arm_id_may_be(rows[i].part, rows[i].whole) != rows[i].may)
			fail_msg("%s and %s", rows[i].part, rows[i].whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_are_told_by_the_last_provider),
		cmocka_unit_test(owners_are_found_by_type_as_they_are_written),
		cmocka_unit_test(parts_of_an_id_are_lent),
		cmocka_unit_test(an_id_is_made_of_as_many_names_as_types),
		cmocka_unit_test(a_part_may_be_a_whole_where_it_says_nothing),
	};

	return cmocka_run_group_tests_name("arm_id", tests, NULL, NULL);
}
