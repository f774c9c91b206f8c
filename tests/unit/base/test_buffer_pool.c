#include "unit.h" /* cmocka and the headers it needs, ROW_COUNT, ns() */

#include <errno.h>
#include <string.h>

#include "base/buffer_pool.h"

static void a_buffer_moves_up_and_keeps_its_bytes(void **state)
{
	struct buffer_pool *pool;
	struct buffer buffer = { 0 };
	uint8_t chunk[1000];

	(void)state;
	assert_int_equal(buffer_pool_new(&pool, MIB), 0);
	for (unsigned i = 0; i < 65; i++) {
		memset(chunk, (int)i, sizeof(chunk));
		assert_true(buffer_append(pool, &buffer, chunk, sizeof(chunk)));
	}
	for (unsigned i = 0; i < 65; i++)
		assert_int_equal(buffer.bytes[i * 1000], i);
	assert_false(buffer_append(pool, &buffer, chunk, sizeof(chunk))); /* past the largest */
	assert_int_equal(buffer.length, 65000);
	buffer_drop(&buffer, 64000);
	assert_int_equal(buffer.bytes[0], 64);
	buffer_release(pool, &buffer);
	assert_int_equal(buffer_pool_stats(pool).in_use[2], 0);
	buffer_pool_free(pool);
}

static void a_class_that_is_used_up_refuses_and_counts(void **state)
{
	struct buffer_pool *pool;
	struct buffer buffer[400] = { { 0 } };
	size_t held = 0;

	(void)state;
	assert_int_equal(buffer_pool_new(&pool, MIB), 0);
	while (held < ROW_COUNT(buffer) && buffer_append(pool, &buffer[held], "x", 1))
		held++;
	assert_in_range(held, 100, 399);
	assert_int_equal(buffer_pool_stats(pool).refused, 1);
	buffer_release(pool, &buffer[0]);
	assert_true(buffer_append(pool, &buffer[held], "x", 1)); /* what came back serves again */
	buffer_pool_free(pool);
}

static void sizes_out_of_bounds_are_refused(void **state)
{
	struct buffer_pool *pool;

	(void)state;
	assert_int_equal(buffer_pool_new(&pool, MIB - 1), -EINVAL);
	assert_null(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_buffer_moves_up_and_keeps_its_bytes),
		cmocka_unit_test(a_class_that_is_used_up_refuses_and_counts),
		cmocka_unit_test(sizes_out_of_bounds_are_refused),
	};

	return cmocka_run_group_tests_name("buffer_pool", tests, NULL, NULL);
}
