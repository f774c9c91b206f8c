#include "unit.h"

#include <pthread.h>
#include <string.h>

#include "base/ip.h"
#include "network/nat_table.h"

#define ENTRIES 1024

static struct nat_tuple key_of(uint32_t number)
{
	struct nat_tuple key = { .src_port = (uint16_t)number, .dst_port = 443, .protocol = 6 };

	ip_parse("203.0.113.1", &key.src);
	ip_parse("203.0.113.12", &key.dst);
	key.dst.bytes[14] = (uint8_t)(number >> 16);
	return key;
}

/* Every byte is told by the number, so that a torn value shows. */
static struct nat_sides sides_of(uint32_t number)
{
	struct nat_sides sides;

	memset(&sides, (int)(number * 7 + 1) & 0xff, sizeof(sides));
	return sides;
}

static bool is_there(const struct nat_table *table, uint32_t number, uint32_t sides)
{
	const struct nat_tuple key = key_of(number);
	const struct nat_sides wanted = sides_of(sides);
	struct nat_sides found;

	return nat_table_find(table, &key, &found) && memcmp(&found, &wanted, sizeof(found)) == 0;
}

static void put(struct nat_table *table, uint32_t number, uint32_t sides, uint32_t now_s)
{
	const struct nat_tuple key = key_of(number);
	const struct nat_sides with = sides_of(sides);

	nat_table_put(table, &key, &with, now_s);
}

static void end(struct nat_table *table, uint32_t number, uint32_t sides, uint32_t now_s)
{
	const struct nat_tuple key = key_of(number);
	const struct nat_sides with = sides_of(sides);

	nat_table_end(table, &key, &with, now_s);
}

static void sweep_until(struct nat_table *table, uint32_t from_s, uint32_t to_s)
{
	for (uint32_t now_s = from_s; now_s <= to_s; now_s++)
		nat_table_sweep(table, now_s);
}

static int make(void **state)
{
	return nat_table_new((struct nat_table **)state, ENTRIES, hash_seed_fixed());
}

static int unmake(void **state)
{
	nat_table_free(*state);
	return 0;
}

static void what_ended_lingers_and_is_forgotten(void **state)
{
	struct nat_table *table = *state;

	put(table, 1, 1, 100);
	put(table, 2, 2, 100);
	end(table, 1, 1, 200);
	sweep_until(table, 201, 200 + NAT_LINGER_S - 1);
	assert_true(is_there(table, 1, 1));
	sweep_until(table, 200 + NAT_LINGER_S, 210 + NAT_LINGER_S);
	assert_false(is_there(table, 1, 1));
	assert_true(is_there(table, 2, 2));
	assert_int_equal(nat_table_stats(table).entries, 1);
	assert_int_equal(nat_table_stats(table).evicted, 0);
}

static void ports_that_are_used_again_have_the_new_owner(void **state)
{
	struct nat_table *table = *state;
	const struct nat_tuple key = key_of(1);

	put(table, 1, 1, 100);
	put(table, 1, 2, 110);
	assert_true(is_there(table, 1, 2));
	end(table, 1, 1, 111); /* of the one before, late */
	sweep_until(table, 111, 120 + NAT_LINGER_S);
	assert_true(is_there(table, 1, 2));
	end(table, 1, 2, 200);
	put(table, 1, 2, 201);
	sweep_until(table, 201, 210 + NAT_LINGER_S);
	assert_true(is_there(table, 1, 2));
	nat_table_drop(table, &key);
	assert_false(is_there(table, 1, 2));
	assert_int_equal(nat_table_stats(table).entries, 0);
}

static void what_a_list_does_not_name_is_over(void **state)
{
	struct nat_table *table = *state;

	put(table, 1, 1, 100);
	put(table, 2, 2, 100);
	nat_table_list_begins(table);
	put(table, 2, 2, 150);
	nat_table_list_ends(table, 150);
	sweep_until(table, 151, 160 + NAT_LINGER_S);
	assert_false(is_there(table, 1, 1));
	assert_true(is_there(table, 2, 2));
}

/* Most of what is put last is there; nothing is evicted before the table is almost full; and what is not
 * there was counted. */
static void a_full_table_gives_up_the_oldest_and_counts_it(void **state)
{
	struct nat_table *table = *state;
	uint32_t there = 0, recent = 0;

	for (uint32_t i = 0; i < ENTRIES * 3 / 4; i++)
		put(table, i, i, i);
	assert_int_equal(nat_table_stats(table).evicted, 0);
	for (uint32_t i = ENTRIES * 3 / 4; i < 4 * ENTRIES; i++)
		put(table, i, i, i);
	for (uint32_t i = 0; i < 4 * ENTRIES; i++) {
		there += is_there(table, i, i);
		recent += i >= 4 * ENTRIES - ENTRIES / 2 && is_there(table, i, i);
	}
	const struct nat_table_stats stats = nat_table_stats(table);

	assert_int_equal(stats.entries, there);
	assert_int_equal(stats.evicted, 4 * ENTRIES - there);
	assert_in_range(there, ENTRIES * 9 / 10, ENTRIES);
	assert_int_equal(recent, ENTRIES / 2);
}

static void the_ended_give_way_before_the_living(void **state)
{
	struct nat_table *table = *state;

	for (uint32_t i = 0; i < ENTRIES / 2; i++)
		put(table, i, i, 1);
	for (uint32_t i = ENTRIES / 2; i < ENTRIES * 3 / 4; i++) {
		put(table, i, i, 2);
		end(table, i, i, 3);
	}
	for (uint32_t i = ENTRIES; i < ENTRIES + ENTRIES / 4; i++)
		put(table, i, i, 4);
	for (uint32_t i = 0; i < ENTRIES / 2; i++)
		assert_true(is_there(table, i, i));
	assert_int_equal(nat_table_stats(table).evicted, 0);
}

/* Readers beside the writer: a value is one of those that were put, whole. */
#define SHARED_KEYS 64
#define ROUNDS 20000
struct reading {
	const struct nat_table *table;
	bool *over;
	uint64_t found, torn;
};

static void *read_on(void *context)
{
	struct reading *reading = context;

	while (!__atomic_load_n(reading->over, __ATOMIC_ACQUIRE))
		for (uint32_t i = 0; i < SHARED_KEYS; i++) {
			const struct nat_tuple key = key_of(i);
			struct nat_sides sides;
			const uint8_t *bytes = (const uint8_t *)&sides;

			if (!nat_table_find(reading->table, &key, &sides))
				continue;
			reading->found++;
			reading->torn += memcmp(bytes, bytes + 1, sizeof(sides) - 1) != 0;
		}
	return NULL;
}

static void no_reader_sees_half_of_an_entry(void **state)
{
	bool over = false;
	struct reading reading[2] = { { *state, &over, 0, 0 }, { *state, &over, 0, 0 } };
	pthread_t thread[2];

	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, read_on, &reading[i]), 0);
	for (uint32_t i = 0; i < ROUNDS; i++) {
		const struct nat_tuple key = key_of(i % SHARED_KEYS);

		put(*state, i % SHARED_KEYS, i, i);
		if (i % 5 == 0)
			nat_table_drop(*state, &key);
	}
	__atomic_store_n(&over, true, __ATOMIC_RELEASE);
	for (int i = 0; i < 2; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(reading[i].torn, 0);
	}
}

#define IN_A_TABLE(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_TABLE(what_ended_lingers_and_is_forgotten),
		IN_A_TABLE(ports_that_are_used_again_have_the_new_owner),
		IN_A_TABLE(what_a_list_does_not_name_is_over),
		IN_A_TABLE(a_full_table_gives_up_the_oldest_and_counts_it),
		IN_A_TABLE(the_ended_give_way_before_the_living),
		IN_A_TABLE(no_reader_sees_half_of_an_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
