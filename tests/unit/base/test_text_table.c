#include "unit.h"

#include <string.h>

#include "base/text_table.h"

#define KEYS 1000

static void every_key_is_found_and_no_other(void **state)
{
	static char key[KEYS][8];
	struct text_table *table;

	(void)state;
	assert_int_equal(text_table_new(&table, KEYS), 0);
	for (size_t i = 0; i < KEYS; i++) {
		memcpy(key[i],
		       (char[]){ 'k', (char)('a' + i % 26), (char)('a' + i / 26 % 26),
				 (char)('a' + i / 676) },
		       4);
		assert_ptr_equal(text_table_add(table, key[i], 4, key[i]), key[i]);
	}
	for (size_t i = 0; i < KEYS; i++)
		assert_ptr_equal(text_table_find(table, key[i], 4), key[i]);
	assert_null(text_table_find(table, "kzzz", 4));
	assert_null(text_table_find(table, "kaaa", 3)); /* a part of a key is none */
	assert_null(text_table_find(table, "", 0));
	text_table_free(table);
}

static void the_first_of_two_stays_and_a_full_table_says_so(void **state)
{
	struct text_table *table;
	char one, two;

	(void)state;
	assert_int_equal(text_table_new(&table, 1), 0);
	assert_ptr_equal(text_table_add(table, "a", 1, &one), &one);
	assert_ptr_equal(text_table_add(table, "a", 1, &two), &one);
	assert_null(text_table_add(table, "b", 1, &two));
	text_table_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_is_found_and_no_other),
		cmocka_unit_test(the_first_of_two_stays_and_a_full_table_says_so),
	};

	return cmocka_run_group_tests_name("text_table", tests, NULL, NULL);
}
