#include "unit.h"

#include "base/prefix_table.h"
#include "random.h"

static struct ip_prefix prefix(const char *text)
{
	struct ip_prefix made;

	assert_true(ip_prefix_parse(text, &made, NULL));
	return made;
}

static char wide, middle, narrow, six, all;

static struct prefix_table *table_of_five(void)
{
	static const struct {
		const char *text;
		void *value;
	} rows[] = { { "10.0.0.0/8", &wide },
		     { "10.1.2.0/23", &narrow },
		     { "10.1.0.0/16", &middle },
		     { "fd00:1::/32", &six },
		     { "0.0.0.0/0", &all } };
	struct prefix_table *table;

	assert_int_equal(prefix_table_new(&table, ROW_COUNT(rows)), 0);
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct ip_prefix one = prefix(rows[i].text);

		assert_ptr_equal(prefix_table_add(table, &one, rows[i].value), rows[i].value);
	}
	return table;
}

static void the_longest_prefix_wins(void **state)
{
	static const struct {
		const char *why, *addr;
		const void *value;
	} rows[] = {
		{ "in all three", "10.1.3.255", &narrow },
		{ "past the narrow one", "10.1.4.0", &middle },
		{ "only in the wide one", "10.2.0.0", &wide },
		{ "only in the default", "192.0.2.1", &all },
		{ "the other family", "fd00:1:2::3", &six },
		{ "the other family's default is not this one's", "2001:db8::1", NULL },
	};
	struct prefix_table *table = table_of_five();

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct ip_prefix at = prefix(rows[i].addr);

		print_message("%s\n", rows[i].why);
		assert_ptr_equal(prefix_table_find(table, &at.addr, PREFIX_TABLE_ANY, NULL),
				 rows[i].value);
	}
	prefix_table_free(table);
}

static void a_walk_goes_from_the_longest_out(void **state)
{
	const void *const order[] = { &narrow, &middle, &wide, &all, NULL };
	struct prefix_table *table = table_of_five();
	struct ip_prefix at = prefix("10.1.2.3");
	unsigned below = PREFIX_TABLE_ANY;

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(order); i++)
		assert_ptr_equal(prefix_table_find(table, &at.addr, below, &below), order[i]);
	prefix_table_free(table);
}

static void the_first_of_two_stays_and_a_full_table_says_so(void **state)
{
	struct prefix_table *table;
	struct ip_prefix one = prefix("10.0.0.0/8"), two = prefix("11.0.0.0/8");

	(void)state;
	assert_int_equal(prefix_table_new(&table, 1), 0);
	assert_ptr_equal(prefix_table_add(table, &one, &wide), &wide);
	assert_ptr_equal(prefix_table_add(table, &one, &narrow), &wide);
	assert_null(prefix_table_add(table, &two, &narrow));
	prefix_table_free(table);
}

static uint64_t random_state = 20261123;

static unsigned draw(unsigned below)
{
	return random_draw(&random_state, below);
}

/* IPv4, IPv6, and what lies beside the place where IPv4 is mapped to. */
static struct ip_addr random_addr(void)
{
	struct ip_addr addr = { 0 };
	unsigned kind = draw(4);

	for (unsigned i = kind < 2 ? 12 : kind == 2 ? 8 : 0; i < 16; i++)
		addr.bytes[i] = (uint8_t)(draw(3) ? draw(4) : draw(256));
	if (kind < 2)
		addr.bytes[10] = addr.bytes[11] = 0xff;
	return addr;
}

#define PREFIXES 40
#define TABLES 200
#define LOOKS 300

/* Against the plainest look-up: of all prefixes that hold the address, the longest. */
static void any_prefixes_are_found_as_a_plain_search_finds_them(void **state)
{
	(void)state;
	struct ip_prefix made[PREFIXES];
	unsigned found = 0;

	for (unsigned turn = 0; turn < TABLES; turn++) {
		struct prefix_table *table;

		assert_int_equal(prefix_table_new(&table, PREFIXES), 0);
		for (size_t i = 0; i < PREFIXES; i++) {
			unsigned least = draw(8) ? 8 + draw(8) : 0;

			made[i].addr = random_addr();
			made[i].bits =
				(uint8_t)(draw(3) ? 96 + draw(33) : least + draw(129 - least));
			assert_non_null(prefix_table_add(table, &made[i], &made[i]));
		}
		for (unsigned look = 0; look < LOOKS; look++) {
			const struct ip_addr addr = random_addr();
			unsigned bits = 0, most = 0;
			bool is_any = false;

			for (size_t i = 0; i < PREFIXES; i++) {
				if (!ip_prefix_contains(&made[i], &addr))
					continue;
				is_any = true;
				most = made[i].bits > most ? made[i].bits : most;
			}
			void *value = prefix_table_find(table, &addr, PREFIX_TABLE_ANY, &bits);
			assert_int_equal(value != NULL, is_any);
			assert_int_equal(bits, most);
			found += is_any;
		}
		prefix_table_free(table);
	}
	assert_in_range(found, TABLES * LOOKS / 10, TABLES * LOOKS * 9 / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_prefixes_are_found_as_a_plain_search_finds_them),
		cmocka_unit_test(the_longest_prefix_wins),
		cmocka_unit_test(a_walk_goes_from_the_longest_out),
		cmocka_unit_test(the_first_of_two_stays_and_a_full_table_says_so),
	};

	return cmocka_run_group_tests_name("prefix_table", tests, NULL, NULL);
}
