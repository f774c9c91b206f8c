#include "unit.h"

#include <string.h>

#include "tool/top_choice.h"
#include "tool/top_screen.h"

#define PAGE 10
#define COUNT 25

static struct top_choice pressed(const int *keys, size_t count)
{
	struct top_choice choice = { .order = "bytes" };

	for (size_t i = 0; i < count; i++)
		top_choice_press(&choice, keys[i], PAGE, COUNT);
	return choice;
}

static const struct {
	const char *why;
	int key[8];
	size_t scroll;
} scrolls[] = {
	{ "up from the top", { TOP_KEY_UP }, 0 },
	{ "down", { TOP_KEY_DOWN, TOP_KEY_DOWN }, 2 },
	{ "and up", { TOP_KEY_DOWN, TOP_KEY_DOWN, TOP_KEY_UP }, 1 },
	{ "a page", { TOP_KEY_PAGE_DOWN }, 10 },
	{ "pages end with a full one", { TOP_KEY_PAGE_DOWN, TOP_KEY_PAGE_DOWN }, 15 },
	{ "and back", { TOP_KEY_PAGE_DOWN, TOP_KEY_PAGE_DOWN, TOP_KEY_PAGE_UP }, 5 },
	{ "not above the top", { TOP_KEY_DOWN, TOP_KEY_PAGE_UP }, 0 },
	{ "the end", { TOP_KEY_END, TOP_KEY_DOWN }, 15 },
	{ "the top", { TOP_KEY_END, TOP_KEY_HOME }, 0 },
	{ "another order begins at its top", { TOP_KEY_END, 'l' }, 0 },
	{ "so does a filter", { TOP_KEY_END, '/', 'x' }, 0 },
	{ "arrows scroll while a filter is typed", { '/', 'x', TOP_KEY_DOWN }, 1 },
};

static void keys_scroll_within_what_there_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT(scrolls); i++) {
		struct top_choice choice = pressed(scrolls[i].key, ROW_COUNT(scrolls[i].key));

		if (choice.scroll != scrolls[i].scroll)
			fail_msg("%s: %zu", scrolls[i].why, choice.scroll);
	}
}

static void fewer_flows_than_before_are_still_on_the_screen(void **state)
{
	struct top_choice choice = { .order = "bytes", .scroll = 15 };

	(void)state;
	top_choice_press(&choice, TOP_KEY_RESIZE, PAGE, 12);
	assert_int_equal(choice.scroll, 2);
	top_choice_press(&choice, TOP_KEY_RESIZE, PAGE, 3);
	assert_int_equal(choice.scroll, 0);
}

static const struct {
	const char *why;
	int key[8];
	const char *filter;
	bool typing;
} filters[] = {
	{ "letters that are keys otherwise are text", { '/', 'q', 'b', 's' }, "qbs", true },
	{ "kept", { '/', 'a', TOP_KEY_ENTER }, "a", false },
	{ "given up", { '/', 'a', TOP_KEY_ESCAPE }, "", false },
	{ "mended", { '/', 'a', 'b', TOP_KEY_BACKSPACE, 'c' }, "ac", true },
	{ "nothing to take back", { '/', TOP_KEY_BACKSPACE, 'c' }, "c", true },
	{ "taken away later", { '/', 'a', TOP_KEY_ENTER, TOP_KEY_ESCAPE }, "", false },
	{ "a second one", { '/', 'a', TOP_KEY_ENTER, '/', 'b' }, "b", true },
};

static void a_filter_is_typed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT(filters); i++) {
		struct top_choice choice = pressed(filters[i].key, ROW_COUNT(filters[i].key));

		if (strcmp(choice.filter, filters[i].filter) != 0 ||
		    choice.typing != filters[i].typing || choice.quit)
			fail_msg("%s: \"%s\"", filters[i].why, choice.filter);
	}
}

static void a_filter_has_an_end(void **state)
{
	struct top_choice choice = { .order = "bytes" };

	(void)state;
	top_choice_press(&choice, '/', PAGE, COUNT);
	for (int i = 0; i < 3 * TOP_FILTER_MAX; i++)
		top_choice_press(&choice, 'x', PAGE, COUNT);
	assert_int_equal(strlen(choice.filter), TOP_FILTER_MAX);
}

static void letters_choose(void **state)
{
	struct top_choice choice = { .order = "bytes" };

	(void)state;
	top_choice_press(&choice, 's', PAGE, COUNT);
	assert_string_equal(choice.order, "severity");
	assert_true(choice.asks_anew);
	top_choice_press(&choice, 'b', PAGE, COUNT);
	assert_string_equal(choice.order, "bytes");
	choice.asks_anew = false;
	top_choice_press(&choice, 'p', PAGE, COUNT);
	assert_true(choice.paused && !choice.asks_anew);
	top_choice_press(&choice, 'p', PAGE, COUNT);
	assert_true(!choice.paused && choice.asks_anew);
	assert_false(choice.quit);
	top_choice_press(&choice, 'q', PAGE, COUNT);
	assert_true(choice.quit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_scroll_within_what_there_is),
		cmocka_unit_test(fewer_flows_than_before_are_still_on_the_screen),
		cmocka_unit_test(a_filter_is_typed),
		cmocka_unit_test(a_filter_has_an_end),
		cmocka_unit_test(letters_choose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
