#include "unit.h"

#include "capture/merge.h"

#define FILES 100
#define PACKETS 2000

static uint64_t next_noise(uint64_t *noise)
{
	*noise = *noise * UINT64_C(6364136223846793005) + 1442695040888963407;
	return *noise >> 33;
}

/* Files whose clocks only go forward come out as one sorted list, equal keys by file. */
static void many_sorted_files_make_one_sorted_list(void **state)
{
	struct merge_entry entries[FILES];
	struct merge merge = { .entries = entries };
	uint64_t noise = 1, keys[FILES], last_key = 0;
	uint32_t last_file = 0, drops = 0;

	(void)state;
	for (uint32_t i = 0; i < FILES; i++) {
		keys[i] = next_noise(&noise) % 50;
		merge_add(&merge, keys[i], i);
	}
	for (size_t i = 0; i < PACKETS && merge.count > 0; i++) {
		uint32_t file = merge_top(&merge);

		assert_true(keys[file] > last_key || (keys[file] == last_key && file >= last_file));
		last_key = keys[file];
		last_file = file;
		if (next_noise(&noise) % 16 == 0) {
			merge_drop_top(&merge);
			drops++;
			continue;
		}
		keys[file] += next_noise(&noise) % 3;
		merge_rekey_top(&merge, keys[file]);
	}
	assert_int_equal(merge.count, FILES - drops);
	assert_true(drops > FILES / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_sorted_files_make_one_sorted_list),
	};

	return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
