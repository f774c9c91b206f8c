/* Names that were asked lately get the answer that map and catalog give. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge/judge_names.h"
#include "random.h"

#define OWN "tests/unit/judge/wingtip_own.json"
#define ROUNDS 20000

static int open_names(void **state)
{
	struct judge_names *names = calloc(1, sizeof(*names));
	struct fault fault = { "" };
	struct catalog *catalog = NULL;
	struct map *map = NULL;
	int error = names ? catalog_load(&catalog, "rules/catalog", &fault) : -1;

	error = error ? error : map_load(&map, OWN, &fault);
	if (error)
		print_error("%s\n", fault.text);
	else
		*names = (struct judge_names){ .map = map, .catalog = catalog };
	*state = names;
	return error;
}

static int close_names(void **state)
{
	struct judge_names *names = *state;

	map_free((struct map *)names->map);
	catalog_free((struct catalog *)names->catalog);
	free(names);
	return 0;
}

static void is_right(struct judge_names *names, const char *name)
{
	const struct judge_name *known = judge_names_find(names, name);
	struct catalog_match match = { .service = NULL };

	assert_ptr_equal(known->endpoint,
			 names->map ? map_endpoint_by_name(names->map, name) : NULL);
	assert_ptr_equal(known->resource,
			 names->map ? map_resource_by_name(names->map, name) : NULL);
	assert_int_equal(known->has_egress, names->map && map_egress_by_name(names->map, name));
	assert_int_equal(known->is_known, catalog_find(names->catalog, name, &match));
	if (!known->is_known)
		return;
	assert_ptr_equal(known->match.service, match.service);
	assert_string_equal(known->match.resource, match.resource);
	assert_string_equal(known->match.region, match.region);
	assert_ptr_equal(known->match.private_zone, match.private_zone);
}

static void ask_many(struct judge_names *names)
{
	/* A number stands between the two. */
	static const char *const forms[][2] = {
		{ "wingtip.openai.azure.com", NULL },
		{ "WINGTIP.OpenAI.azure.com", NULL },
		{ "", NULL },
		{ "", "" },
		{ "team", ".openai.azure.com" },
		{ "", ".blob.core.windows.net" },
		{ "account", ".privatelink.blob.core.windows.net" },
		{ "", ".example" },
		{ "a-name-of-more-than-sixty-three-bytes-", ".with-labels.blob.core.windows.net" },
		{ "about-sixty-three-bytes-are-kept-not-more-", ".openai.azure.com" },
	};
	uint64_t random = 1;
	char name[128];

	for (int i = 0; i < ROUNDS; i++) {
		const char *const *form = forms[random_draw(&random, ROW_COUNT(forms))];

		snprintf(name, sizeof(name), "%s", form[0]);
		if (form[1])
			snprintf(name, sizeof(name), "%s%u%s", form[0], random_draw(&random, 300),
				 form[1]);
		is_right(names, name);
	}
}

static void what_is_kept_is_what_would_be_found(void **state)
{
	ask_many(*state);
}

static void without_a_map_the_catalog_still_answers(void **state)
{
	const struct judge_names *with = *state;
	struct judge_names *names = calloc(1, sizeof(*names));

	assert_non_null(names);
	names->catalog = with->catalog;
	ask_many(names);
	free(names);
}

static void the_next_asked_takes_over_a_place(void **state)
{
	struct judge_names *names = *state;
	char name[JUDGE_NAME_BYTES];
	size_t kept = 0;

	for (unsigned i = 0; i < 10 * JUDGE_NAMES; i++) {
		snprintf(name, sizeof(name), "n%u.openai.azure.com", i);
		is_right(names, name);
	}
	for (size_t i = 0; i < JUDGE_NAMES; i++)
		kept += names->kept[i].name[0] == 'n';
	assert_in_range(kept, JUDGE_NAMES / 2, JUDGE_NAMES); /* they spread */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_is_what_would_be_found),
		cmocka_unit_test(without_a_map_the_catalog_still_answers),
		cmocka_unit_test(the_next_asked_takes_over_a_place),
	};

	return cmocka_run_group_tests(tests, open_names, close_names);
}
