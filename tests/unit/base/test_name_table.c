#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/eight.h"
#include "base/name_table.h"

static struct name_table *table_of(const char *const *names, size_t count)
{
	struct name_table *table;

	assert_int_equal(name_table_new(&table), 0);
	for (size_t i = 0; i < count; i++)
		assert_ptr_equal(
			name_table_add(table, names[i], strlen(names[i]), (void *)names[i]),
			names[i]);
	return table;
}

static void a_walk_gives_every_name_above_longest_first(void **state)
{
	static const char *const names[] = {
		"core.windows.net",
		"blob.core.windows.net",
		"contoso.blob.core.windows.net",
		"net",
		"x.aaaaaaaa.example",
		"a.example",
		"eightlet.sevenle.example",
		"x.ai",
	};
	static const struct {
		const char *why, *name, *found[4];
	} rows[] = {
		{ "itself, and what it lies under",
		  "contoso.blob.core.windows.net",
		  { "contoso.blob.core.windows.net", "blob.core.windows.net", "core.windows.net",
		    "net" } },
		{ "any case",
		  "A.B.BLOB.Core.Windows.NET",
		  { "blob.core.windows.net", "core.windows.net", "net" } },
		{ "labels are whole", "xcore.windows.net", { "net" } },
		{ "a label before is not part of the next", "xaaaaaaaa.example", { NULL } },
		{ "eight letters are one step like any other",
		  "x.aaaaaaaa.example",
		  { "x.aaaaaaaa.example" } },
		{ "labels of eight and of seven letters",
		  "q.eightlet.sevenle.example",
		  { "eightlet.sevenle.example" } },
		{ "shorter than a word", "x.ai", { "x.ai" } },
		{ "shorter than its only dot is far", "ai", { NULL } },
		{ "the name is only a part of one", "windows.net", { "net" } },
		{ "a leading dot is an empty label", ".x.ai", { "x.ai" } },
		{ "dots alone", "...", { NULL } },
		{ "nothing", "", { NULL } },
		{ "another tail", "net.example", { NULL } },
		{ "characters near letters are not letters", "\x0e\x01.ai", { NULL } },
		{ "nor are @ and [", "@.[i", { NULL } },
	};
	struct name_table *table = table_of(names, ROW_COUNT(names));

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct name_walk walk;
		const char *given;
		size_t at = 0;

		print_message("%s\n", rows[i].why);
		name_walk_begin(&walk, table, rows[i].name);
		while ((given = name_walk_next(&walk))) {
			assert_true(at < ROW_COUNT(rows[i].found) && rows[i].found[at]);
			assert_string_equal(given, rows[i].found[at]);
			assert_int_equal(walk.start, strlen(rows[i].name) - strlen(given));
			at++;
		}
		assert_true(at == ROW_COUNT(rows[i].found) || !rows[i].found[at]);
	}
	assert_ptr_equal(name_table_find(table, "BLOB.core.windows.net"), names[1]);
	assert_null(name_table_find(table, "a.blob.core.windows.net"));
	assert_null(name_table_find(table, "windows.net"));
	name_table_free(table);
}

static void the_first_of_two_stays(void **state)
{
	static const char *const names[] = { "a.example", "b.example" };
	struct name_table *table = table_of(names, ROW_COUNT(names));
	int other;

	(void)state;
	assert_ptr_equal(name_table_add(table, "a.example", 9, &other), names[0]);
	assert_ptr_equal(name_table_find(table, "a.example"), names[0]);
	name_table_free(table);
}

#define LABELS 12
#define NAMES 20000

/* Random names of few different labels, so that many share suffixes. */
static size_t random_name(char name[64])
{
	static const char *const labels[LABELS] = {
		"a",         "b",   "com", "azure",       "sevenle", "eightlet",
		"nineletts", "net", "x-1", "privatelink", "q",       "windows"
	};
	size_t length = 0;

	for (int count = 1 + rand() % 5; count > 0; count--) {
		const char *label = labels[rand() % LABELS];

		memcpy(name + length, label, strlen(label));
		length += strlen(label);
		name[length++] = '.';
	}
	name[--length] = '\0';
	return length;
}

static void many_names_are_found_as_a_plain_search_finds_them(void **state)
{
	static char name[NAMES][64];
	struct name_table *table;
	size_t distinct = 0;

	(void)state;
	srand(7);
	assert_int_equal(name_table_new(&table), 0);
	for (size_t i = 0; i < NAMES / 2; i++) {
		size_t length = random_name(name[i]);

		distinct += name_table_add(table, name[i], length, name[i]) == name[i];
	}
	assert_true(distinct > 1000);
	for (size_t i = NAMES / 2; i < NAMES; i++) {
		struct name_walk walk;
		const char *at = name[i];

		random_name(name[i]);
		name_walk_begin(&walk, table, name[i]);
		for (const char *given; (given = name_walk_next(&walk));) {
			assert_string_equal(given, name[i] + walk.start);
			/* Nothing between the last one given and this one is in the table. */
			for (; at < name[i] + walk.start; at = strchr(at, '.') + 1)
				assert_null(name_table_find(table, at));
			at = strchr(at, '.') ? strchr(at, '.') + 1 : at + strlen(at);
		}
		for (; at && *at; at = strchr(at, '.') ? strchr(at, '.') + 1 : NULL)
			assert_null(name_table_find(table, at));
	}
	name_table_free(table);
}

static void what_is_too_long_is_refused(void **state)
{
	char name[600];
	struct name_table *table;
	struct name_walk walk;

	(void)state;
	assert_int_equal(name_table_new(&table), 0);
	memset(name, 'a', sizeof(name));
	for (size_t i = 60; i < sizeof(name); i += 60)
		name[i] = '.';
	name[256] = '\0';
	assert_null(name_table_add(table, name, 256, name));
	name[255] = '\0';
	assert_ptr_equal(name_table_add(table, name, 255, name), name);
	assert_ptr_equal(name_table_find(table, name), name);
	name[255] = 'a';
	assert_null(name_table_find(table, name));
	name_walk_begin(&walk, table, name);
	assert_null(name_walk_next(&walk));
	memset(name, '.', 255);
	name[255] = '\0';
	assert_null(name_table_add(table, name, 255, name));
	name_walk_begin(&walk, table, name);
	assert_null(name_walk_next(&walk));
	name_table_free(table);
}

static void copies_and_comparisons_fold_letters_only(void **state)
{
	char text[257], lower[257], copy[258];

	(void)state;
	for (int i = 0; i < 256; i++) {
		text[i] = (char)(i == 0 ? 1 : i);
		lower[i] = i >= 'A' && i <= 'Z' ? (char)(i + 32) : text[i];
	}
	for (size_t length = 0; length < 40; length++) {
		for (size_t at = 0; at + length <= 256; at++) {
			eight_copy_lower(copy, text + at, length);
			assert_memory_equal(copy, lower + at, length);
			assert_int_equal(copy[length], '\0');
			assert_true(eight_same(text + at, lower + at, length));
			if (length == 0)
				continue;
			copy[length / 2]++;
			assert_false(eight_same(text + at, copy, length));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_walk_gives_every_name_above_longest_first),
		cmocka_unit_test(the_first_of_two_stays),
		cmocka_unit_test(many_names_are_found_as_a_plain_search_finds_them),
		cmocka_unit_test(what_is_too_long_is_refused),
		cmocka_unit_test(copies_and_comparisons_fold_letters_only),
	};

	return cmocka_run_group_tests_name("name_table", tests, NULL, NULL);
}
