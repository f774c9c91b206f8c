#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "report/windows.h"
#include "report/windows_distinct.h"

#define LENGTH_S 80 /* parts of 10 s */

static const struct rule_info rule = {
	.id = "PEW-T-001",
	.title = "Many of them",
	.cannot = "Who did it.",
	.verdict = VERDICT_RATE_EXCEEDED,
	.severity = SEVERITY_MEDIUM,
};

static struct window_spec spec_of(uint8_t kind, uint64_t at_least)
{
	return (struct window_spec){ .rule = &rule,
				     .length_ns = ns(LENGTH_S),
				     .at_least = at_least,
				     .field = "dns.queries.rrname",
				     .kind = kind };
}

static struct windows *open_windows(const struct window_spec *spec, uint32_t keys)
{
	struct windows *windows;
	struct fault fault = { 0 };

	assert_int_equal(windows_new(&windows, spec, 1, keys, &fault), 0);
	return windows;
}

static struct window_sample sample_of(const char *key, uint64_t value)
{
	struct window_sample sample = { .value = value, .length = (uint16_t)strlen(key) };

	memcpy(sample.key, key, sample.length);
	return sample;
}

struct step {
	unsigned at_s;
	const char *key; /* NULL: the end */
	uint64_t value;
	uint64_t at_least; /* of the sample; 0: the spec's */
	bool is_alive;
};

#define STEPS_MAX 16

struct row {
	const char *why;
	uint8_t kind;
	uint64_t at_least;
	struct step steps[STEPS_MAX];
	const char *fires; /* the seconds at which it fires */
};

static void check_row(const struct row *row)
{
	const struct window_spec spec = spec_of(row->kind, row->at_least);
	struct windows *windows = open_windows(&spec, 4);
	struct judgement judgement = { 0 };
	char fired[128] = "";

	print_message("%s\n", row->why);
	for (const struct step *step = row->steps; step->key; step++) {
		struct window_sample sample = sample_of(step->key, step->value);
		size_t length = strlen(fired);

		sample.at_least = step->at_least;
		sample.is_alive = step->is_alive;
		if (windows_add(windows, &sample, ns(step->at_s), &judgement))
			snprintf(fired + length, sizeof(fired) - length, "%u ", step->at_s);
	}
	assert_string_equal(fired, row->fires);
	windows_free(windows);
}

static void a_window_fires_when_enough_came_together(void **state)
{
	static const struct row rows[] = {
		{ "the third of three fires",
		  WINDOW_COUNT,
		  3,
		  { { 1, "a", 1 }, { 2, "a", 1 }, { 3, "a", 1 } },
		  "3 " },
		{ "keys count by themselves",
		  WINDOW_COUNT,
		  2,
		  { { 1, "a", 1 }, { 2, "b", 1 }, { 3, "b", 1 } },
		  "3 " },
		{ "it slides: the first has left when the third comes",
		  WINDOW_COUNT,
		  3,
		  { { 1, "a", 1 }, { 40, "a", 1 }, { 81, "a", 1 } },
		  "" },
		{ "within eight parts they count",
		  WINDOW_COUNT,
		  3,
		  { { 1, "a", 1 }, { 40, "a", 1 }, { 79, "a", 1 } },
		  "79 " },
		{ "a long pause empties it",
		  WINDOW_COUNT,
		  2,
		  { { 1, "a", 1 }, { 100000, "a", 1 } },
		  "" },
		{ "fired once, silent as long as it stays high",
		  WINDOW_COUNT,
		  2,
		  { { 1, "a", 1 }, { 2, "a", 1 }, { 3, "a", 1 }, { 30, "a", 1 }, { 79, "a", 1 } },
		  "2 " },
		{ "fired once, fires again after it fell below",
		  WINDOW_COUNT,
		  2,
		  { { 1, "a", 1 }, { 2, "a", 1 }, { 200, "a", 1 }, { 201, "a", 1 } },
		  "2 201 " },
		{ "a sample brings its own threshold",
		  WINDOW_COUNT,
		  2,
		  { { 1, "a", 1, 4 }, { 2, "a", 1, 4 }, { 3, "a", 1, 4 }, { 4, "a", 1, 4 } },
		  "4 " },
		{ "the only threshold is the sample's; without any, nothing is kept",
		  WINDOW_COUNT,
		  0,
		  { { 1, "a", 1 }, { 2, "a", 1 }, { 3, "a", 1, 2 }, { 4, "a", 1, 2 } },
		  "4 " },
		{ "a late sample counts in its own part",
		  WINDOW_COUNT,
		  3,
		  { { 1, "a", 1 }, { 70, "a", 1 }, { 5, "a", 1 } },
		  "5 " },
		{ "a sample from before the window does not count",
		  WINDOW_COUNT,
		  2,
		  { { 500, "a", 1 }, { 5, "a", 1 } },
		  "" },
		{ "a sum adds up",
		  WINDOW_SUM,
		  100,
		  { { 1, "a", 60 }, { 2, "b", 60 }, { 3, "a", 39 }, { 4, "a", 1 } },
		  "4 " },
		{ "a sum slides",
		  WINDOW_SUM,
		  100,
		  { { 1, "a", 99 }, { 85, "a", 99 }, { 86, "a", 1 } },
		  "86 " },
		{ "a sum does not turn over",
		  WINDOW_SUM,
		  UINT64_MAX,
		  { { 1, "a", UINT64_MAX - 1 }, { 15, "a", UINT64_MAX - 1 } },
		  "15 " },
		{ "the same value again is no other",
		  WINDOW_DISTINCT,
		  3,
		  { { 1, "a", 7 }, { 2, "a", 8 }, { 3, "a", 7 }, { 4, "a", 8 }, { 5, "a", 9 } },
		  "5 " },
		{ "a value seen again counts from then",
		  WINDOW_DISTINCT,
		  2,
		  { { 1, "a", 7 }, { 60, "a", 7 }, { 100, "a", 8 } },
		  "100 " },
		{ "values age",
		  WINDOW_DISTINCT,
		  2,
		  { { 1, "a", 7 }, { 60, "a", 8 }, { 61, "b", 7 } },
		  "60 " },
		{ "values that are gone are none",
		  WINDOW_DISTINCT,
		  3,
		  { { 1, "a", 7 }, { 50, "a", 8 }, { 90, "a", 9 } },
		  "" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++)
		check_row(&rows[i]);
}

static void silence_fires_at_a_sign_of_life(void **state)
{
	static const struct row rows[] = {
		{ "matches keep it quiet",
		  WINDOW_ABSENT,
		  0,
		  { { 1, "a" },
		    { 60, "a", .is_alive = true },
		    { 80, "a" },
		    { 150, "a", .is_alive = true } },
		  "" },
		{ "alive and nothing came for longer than the window",
		  WINDOW_ABSENT,
		  0,
		  { { 1, "a" }, { 81, "a", .is_alive = true }, { 82, "a", .is_alive = true } },
		  "82 " },
		{ "once per gap",
		  WINDOW_ABSENT,
		  0,
		  { { 1, "a" },
		    { 90, "a", .is_alive = true },
		    { 200, "a", .is_alive = true },
		    { 201, "a" },
		    { 300, "a", .is_alive = true } },
		  "90 300 " },
		{ "never matched: counted from the first sign of life",
		  WINDOW_ABSENT,
		  0,
		  { { 10, "a", .is_alive = true },
		    { 90, "a", .is_alive = true },
		    { 91, "a", .is_alive = true },
		    { 99, "a", .is_alive = true } },
		  "91 " },
		{ "a host that is gone is not silent",
		  WINDOW_ABSENT,
		  0,
		  { { 1, "a" }, { 500, "b", .is_alive = true } },
		  "" },
		{ "a match told late ends the gap that it lies in, not the one after it",
		  WINDOW_ABSENT,
		  0,
		  { { 100, "a" },
		    { 200, "a", .is_alive = true },
		    { 50, "a" },
		    { 201, "a", .is_alive = true } },
		  "200 " },
		{ "signs of life told late are none",
		  WINDOW_ABSENT,
		  0,
		  { { 100, "a" }, { 1, "a", .is_alive = true } },
		  "" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++)
		check_row(&rows[i]);
}

static void the_evidence_says_what_was_counted(void **state)
{
	static const struct {
		const char *why, *expected;
		uint8_t kind;
		uint64_t at_least;
		unsigned samples;
		unsigned alive_at_s;
	} rows[] = {
		{ "count", "2 events in 80 s (limit 2) for src_ip=10.1.1.4", WINDOW_COUNT, 2, 2 },
		{ "distinct",
		  "3 different values of dns.queries.rrname in 80 s (limit 3) for src_ip=10.1.1.4",
		  WINDOW_DISTINCT, 3, 3 },
		{ "sum", "a sum of 6 in dns.queries.rrname over 80 s (limit 4) for src_ip=10.1.1.4",
		  WINDOW_SUM, 4, 3 },
		{ "silence",
		  "what should come came last 100 s ago (limit 80 s), and signs of life go on "
		  "for src_ip=10.1.1.4",
		  WINDOW_ABSENT, 0, 1, 101 },
		{ "silence from the start",
		  "what should come never came in 90 s with signs of life (limit 80 s) "
		  "for src_ip=10.1.1.4",
		  WINDOW_ABSENT, 0, 0, 90 },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		const struct window_spec spec = spec_of(rows[i].kind, rows[i].at_least);
		struct windows *windows = open_windows(&spec, 1);
		struct judgement judgement = { .evidence_count = 5 };
		struct window_sample sample = sample_of("src_ip=10.1.1.4", 1);
		bool fired = false;

		print_message("%s\n", rows[i].why);
		for (unsigned j = 0; j < rows[i].samples; j++) {
			sample.value = rows[i].kind == WINDOW_COUNT ? 1 : j + 1;
			fired |= windows_add(windows, &sample, ns(1), &judgement);
		}
		sample.is_alive = true;
		if (rows[i].alive_at_s != 0 && rows[i].samples == 0)
			windows_add(windows, &sample, 0, &judgement);
		if (rows[i].alive_at_s != 0)
			fired = windows_add(windows, &sample, ns(rows[i].alive_at_s), &judgement);
		assert_true(fired);
		assert_int_equal(judgement.evidence_count, 2);
		assert_string_equal(judgement.evidence[0].text, rows[i].expected);
		assert_int_equal(judgement.evidence[0].kind, EVIDENCE_WIRE);
		assert_string_equal(judgement.evidence[1].text, rule.cannot);
		assert_int_equal(judgement.evidence[1].kind, EVIDENCE_LIMIT);
		assert_ptr_equal(judgement.rule, &rule);
		assert_string_equal(judgement.rule_id, rule.id);
		assert_int_equal(judgement.severity, rule.severity);
		assert_int_equal(judgement.verdict, rule.verdict);
		windows_free(windows);
	}
}

static void a_long_key_leaves_room_for_the_number(void **state)
{
	const struct window_spec spec = spec_of(WINDOW_COUNT, 1);
	struct windows *windows = open_windows(&spec, 1);
	struct window_sample sample = { .value = 1, .length = WINDOW_KEY_MAX };
	struct judgement judgement;

	(void)state;
	memset(sample.key, 'k', WINDOW_KEY_MAX);
	assert_true(windows_add(windows, &sample, ns(1), &judgement));
	assert_non_null(strstr(judgement.evidence[0].text, "1 events in 80 s (limit 1) for kkk"));
	assert_true(strlen(judgement.evidence[0].text) < 220);
	windows_free(windows);
}

static bool add_at(struct windows *windows, const char *key, unsigned at_s)
{
	struct window_sample sample = sample_of(key, 1);
	struct judgement judgement;

	return windows_add(windows, &sample, ns(at_s), &judgement);
}

static void the_key_used_least_recently_gives_way(void **state)
{
	const struct window_spec spec = spec_of(WINDOW_COUNT, 3);
	struct windows *windows = open_windows(&spec, 2);

	(void)state;
	add_at(windows, "a", 1);
	add_at(windows, "b", 1);
	add_at(windows, "a", 2);
	add_at(windows, "c", 3); /* b goes */
	assert_int_equal(windows_stats(windows).keys_evicted, 1);
	assert_true(add_at(windows, "a", 4));
	assert_false(add_at(windows, "b", 5)); /* c goes */
	assert_false(add_at(windows, "b", 6));
	assert_true(add_at(windows, "b", 7));
	assert_int_equal(windows_stats(windows).keys_evicted, 2);

	print_message("a key whose window is over is no loss\n");
	add_at(windows, "d", 1000);
	add_at(windows, "e", 1000);
	assert_int_equal(windows_stats(windows).keys_evicted, 2);
	assert_int_equal(windows_stats(windows).samples, 10);
	assert_int_equal(windows_stats(windows).fired, 2);
	windows_free(windows);
}

static void what_cannot_be_kept_is_counted(void **state)
{
	const struct window_spec spec = spec_of(WINDOW_DISTINCT, 5);
	struct windows *windows = open_windows(&spec, 2);
	struct window_sample sample = sample_of("a", 1);
	struct judgement judgement;

	(void)state;
	assert_false(windows_add(windows, &sample, ns(1000), &judgement));
	assert_false(windows_add(windows, &sample, ns(1), &judgement));
	assert_int_equal(windows_stats(windows).late, 1);
	sample.window = 1;
	assert_false(windows_add(windows, &sample, ns(1000), &judgement));
	sample.window = 0;
	sample.at_least = WINDOW_DISTINCT_MAX + 1;
	assert_false(windows_add(windows, &sample, ns(1000), &judgement));
	assert_int_equal(windows_stats(windows).refused, 2);
	windows_free(windows);
}

static void windows_that_cannot_work_are_named(void **state)
{
	static const struct {
		uint64_t length_ns, at_least;
		uint32_t keys;
		const char *says;
	} rows[] = {
		{ NS_PER_S, 5, 0, "0 keys for windows: 1 to 16777216 are possible" },
		{ 0, 5, 1, "rule PEW-T-001: a window must have a length" },
		{ NS_PER_S, 5000, 1,
		  "rule PEW-T-001: 5000 different values cannot be told apart; use 4096 or fewer" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct window_spec spec = spec_of(WINDOW_DISTINCT, rows[i].at_least);
		struct windows *windows;
		struct fault fault = { 0 };

		spec.length_ns = rows[i].length_ns;
		assert_int_not_equal(windows_new(&windows, &spec, 1, rows[i].keys, &fault), 0);
		assert_null(windows);
		assert_string_equal(fault.text, rows[i].says);
	}
}

/* Values that are hashes, as the judge's are. */
static uint64_t hash_of(uint64_t n)
{
	const struct hash_seed seed = hash_seed_fixed();

	return hash_bytes(&seed, &n, sizeof(n));
}

static void many_values_are_told_within_the_stated_error(void **state)
{
	static const struct {
		unsigned values, percent; /* three standard errors */
	} rows[] = { { 112, 0 }, { 500, 7 }, { 1000, 8 }, { 2000, 10 }, { 4096, 17 } };

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		for (uint64_t run = 0; run < 20; run++) {
			struct windows_distinct distinct = { 0 };
			uint64_t n = rows[i].values, low = n - n * rows[i].percent / 100;

			for (uint64_t j = 0; j < 2 * n; j++)
				windows_distinct_add(&distinct, hash_of(run << 32 | j / 2), 3);
			assert_in_range(windows_distinct_value(&distinct), low, 2 * n - low);
			assert_int_equal(distinct.is_estimate, n > DISTINCT_EXACT);
		}
	}
}

static void an_estimate_slides_and_ends(void **state)
{
	struct windows_distinct distinct = { 0 };

	(void)state;
	for (uint64_t part = 1000; part < 1600; part++) { /* stamps come round twice */
		windows_distinct_age(&distinct, part, WINDOWS_PARTS);
		for (uint64_t j = 0; j < 100; j++)
			windows_distinct_add(&distinct, hash_of(part << 32 | j), part);
	}
	assert_in_range(windows_distinct_value(&distinct), 740, 860); /* 800: eight parts */
	for (uint64_t part = 1600; part < 1608; part++) {
		windows_distinct_age(&distinct, part, WINDOWS_PARTS);
		windows_distinct_add(&distinct, 1, part);
	}
	assert_in_range(windows_distinct_value(&distinct), 1, 1);
	windows_distinct_age(&distinct, 1615, WINDOWS_PARTS);
	assert_int_equal(windows_distinct_value(&distinct), 0);
	assert_false(distinct.is_estimate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_window_fires_when_enough_came_together),
		cmocka_unit_test(silence_fires_at_a_sign_of_life),
		cmocka_unit_test(the_evidence_says_what_was_counted),
		cmocka_unit_test(a_long_key_leaves_room_for_the_number),
		cmocka_unit_test(the_key_used_least_recently_gives_way),
		cmocka_unit_test(what_cannot_be_kept_is_counted),
		cmocka_unit_test(windows_that_cannot_work_are_named),
		cmocka_unit_test(many_values_are_told_within_the_stated_error),
		cmocka_unit_test(an_estimate_slides_and_ends),
	};

	return cmocka_run_group_tests_name("windows", tests, NULL, NULL);
}
