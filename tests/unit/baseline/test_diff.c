#include "flow_rows.h"

#include "baseline/diff.h"

enum { CHANGED_NOT, NEW, GONE, VERDICT, PORT, ZONE, PATH, VOLUME };

static struct baseline *one(const struct flow_row *row)
{
	const struct baseline_options plain = { 0 };
	struct baseline *baseline = baseline_of(&plain, row, row->why ? 1 : 0);

	baseline_finish(baseline);
	return baseline;
}

static int what(const struct diff *diff)
{
	const struct diff_item *item = &diff->item[0];

	if (diff->count == 0)
		return CHANGED_NOT;
	if (item->kind != DIFF_CHANGED)
		return item->kind == DIFF_NEW ? NEW : GONE;
	if (item->new_verdicts)
		return VERDICT;
	if (item->has_new_ports)
		return PORT;
	if (item->has_new_zones)
		return ZONE;
	return item->went_public ? PATH : item->volume ? VOLUME : -1;
}

static void each_kind_of_change_is_told_from_the_others(void **state)
{
	static const struct {
		const char *why;
		struct flow_row old, new;
		int what;
		bool is_news;
	} rows[] = {
		{ "the same",
		  { "", .name = "a.example" },
		  { "", .name = "a.example" },
		  CHANGED_NOT,
		  false },
		{ "another address of a name is nothing",
		  { "", .name = "a.example" },
		  { "", .name = "a.example", .dst = "203.0.113.77" },
		  CHANGED_NOT,
		  false },
		{ "new", { 0 }, { "", .name = "a.example" }, NEW, true },
		{ "gone", { "", .name = "a.example" }, { 0 }, GONE, false },
		{ "a new finding",
		  { "", .name = "a.example", .verdict = VERDICT_EXPECTED },
		  { "", .name = "a.example", .verdict = VERDICT_UNEXPECTED_EGRESS },
		  VERDICT,
		  true },
		{ "a finding that is one no more",
		  { "", .name = "a.example", .verdict = VERDICT_UNEXPECTED_EGRESS },
		  { "", .name = "a.example", .verdict = VERDICT_EXPECTED },
		  VERDICT,
		  false },
		{ "one side was not judged",
		  { "", .name = "a.example" },
		  { "", .name = "a.example", .verdict = VERDICT_UNEXPECTED_EGRESS },
		  CHANGED_NOT,
		  false },
		{ "a port",
		  { "", .name = "a.example" },
		  { "", .name = "a.example", .port = 8443 },
		  PORT,
		  true },
		{ "the same port of another protocol",
		  { "", .name = "a.example" },
		  { "", .name = "a.example", .protocol = 17 },
		  PORT,
		  true },
		{ "a zone",
		  { "", .name = "a.example" },
		  { "", .name = "a.example", .zone = "dev" },
		  ZONE,
		  true },
		{ "one side knows no zones",
		  { "", .name = "a.example", .zone = "" },
		  { "", .name = "a.example", .zone = "dev" },
		  CHANGED_NOT,
		  false },
		{ "private before, public now",
		  { "", .name = "a.example", .dst = "10.1.2.4" },
		  { "", .name = "a.example" },
		  PATH,
		  true },
		{ "much more",
		  { "", .name = "a.example", .bytes = 10000 },
		  { "", .name = "a.example", .bytes = 100000 },
		  VOLUME,
		  false },
		{ "not so much more",
		  { "", .name = "a.example", .bytes = 20000 },
		  { "", .name = "a.example", .bytes = 100000 },
		  CHANGED_NOT,
		  false },
		{ "ten times next to nothing",
		  { "", .name = "a.example", .bytes = 10 },
		  { "", .name = "a.example", .bytes = 1000 },
		  CHANGED_NOT,
		  false },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct baseline *old = one(&rows[i].old), *new = one(&rows[i].new);
		struct diff diff;

		assert_int_equal(diff_make(&diff, &(struct diff_side){ old, "old" },
					   &(struct diff_side){ new, "new" }, DIFF_FACTOR_DEFAULT),
				 0);
		if (what(&diff) != rows[i].what)
			fail_msg("%s: %d, not %d", rows[i].why, what(&diff), rows[i].what);
		if (diff_has_news(&diff) != rows[i].is_news)
			fail_msg("%s: news or not", rows[i].why);
		diff_free(&diff);
		baseline_free(old);
		baseline_free(new);
	}
}

/* More ports than a set holds: what is not in it may have been there. */
static void nothing_is_new_to_a_set_that_is_not_whole(void **state)
{
	static const struct flow_row row = { "", .name = "a.example", .port = 9999 };
	const struct baseline_options plain = { 0 };
	struct baseline_group many = group_of(&row);
	struct baseline *old, *new = one(&row);
	struct diff diff;

	(void)state;
	many.port_count = 0;
	for (uint16_t port = 1; port <= BASELINE_PORTS_MAX + 1; port++)
		baseline_put_port(&many, (struct baseline_port){ port, 6 });
	assert_int_equal(baseline_new(&old, &plain), 0);
	assert_int_equal(baseline_add(old, &many), 0);
	baseline_finish(old);
	assert_int_equal(diff_make(&diff, &(struct diff_side){ old, "old" },
				   &(struct diff_side){ new, "new" }, DIFF_FACTOR_DEFAULT),
			 0);
	assert_false(diff.count != 0 && diff.item[0].has_new_ports);
	diff_free(&diff);
	baseline_free(old);
	baseline_free(new);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_change_is_told_from_the_others),
		cmocka_unit_test(nothing_is_new_to_a_set_that_is_not_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
