#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/options.h"

static const struct option_row option_rows[] = {
	{ 'o', "output", "FILE", "where to", 1 },
	{ 0, "json", NULL, "as JSON\nfor programs", 2 },
	{ 'r', NULL, "FILE", "what to read", 3 },
};

static const struct option_table table = {
	.command = "test",
	.usage = "[OPTION]...",
	.about = "Tests.",
	.rows = option_rows,
	.count = ROW_COUNT(option_rows),
};

struct taken {
	char text[64]; /* "1=x 2 " */
};

static bool take(void *context, int id, const char *value, struct fault *fault)
{
	struct taken *taken = context;
	size_t length = strlen(taken->text);

	snprintf(taken->text + length, sizeof(taken->text) - length, "%d%s%s ", id,
		 value ? "=" : "", value ? value : "");
	if (value && strcmp(value, "bad") == 0) {
		fault_set(fault, "it is bad");
		return false;
	}
	return true;
}

static void options_are_taken_from_among_operands(void **state)
{
	static const struct {
		const char *why, *words, *taken, *fault; /* fault "help": help is asked for */
		int operands;
	} rows[] = {
		{ "nothing", "", "", NULL, 1 },
		{ "long and short forms", "--output=x -o y --json", "1=x 1=y 2 ", NULL, 5 },
		{ "operands come last", "a --json b -rx", "2 3=x ", NULL, 3 },
		{ "beginnings are enough", "--out x", "1=x ", NULL, 3 },
		{ "help", "--json -h", "2 ", "help", 0 },
		{ "a bad value", "-o bad", "1=bad ", "it is bad", 0 },
		{ "a slip", "--outptu=x", "", "unknown option --outptu; did you mean --output?",
		  0 },
		{ "a guess", "--frobnicate", "", "unknown option --frobnicate", 0 },
		{ "an unknown letter", "-q", "", "unknown option -q", 0 },
		{ "no value", "--output", "", "option --output needs a value", 0 },
		{ "no value for a letter", "-o", "", "option -o needs a value", 0 },
		{ "a value too many", "--json=3", "", "option --json takes no value", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		char words[64], name[] = "test", *argv[8] = { name };
		struct taken taken = { 0 };
		struct options_reader reader = { .take = take, .context = &taken };
		struct fault fault = { 0 };
		int argc = 1;

		print_message("%s\n", rows[i].why);
		snprintf(words, sizeof(words), "%s", rows[i].words);
		for (char *rest, *word = strtok_r(words, " ", &rest); word;
		     word = strtok_r(NULL, " ", &rest))
			argv[argc++] = word;

		enum options_outcome outcome = options_read(&table, argc, argv, &reader, &fault);
		assert_string_equal(taken.text, rows[i].taken);
		if (!rows[i].fault) {
			assert_int_equal(outcome, OPTIONS_DONE);
			assert_int_equal(reader.operands, rows[i].operands);
		} else if (strcmp(rows[i].fault, "help") == 0) {
			assert_int_equal(outcome, OPTIONS_HELP);
		} else {
			assert_int_equal(outcome, OPTIONS_FAULT);
			assert_string_equal(fault.text, rows[i].fault);
		}
	}
}

static void help_is_made_from_the_table(void **state)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	options_print_help(&table, out);
	fclose(out);
	assert_string_equal(text, "Usage: pewit test [OPTION]...\n\nTests.\n\nOptions:\n"
				  "  -o, --output FILE       where to\n"
				  "      --json              as JSON\n"
				  "                          for programs\n"
				  "  -r FILE                 what to read\n"
				  "  -h, --help              this text\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_taken_from_among_operands),
		cmocka_unit_test(help_is_made_from_the_table),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
