#include "tool/options.h"

#include <getopt.h>
#include <string.h>

#include "base/spelling.h"

#define HELP_ID 256    /* past the ids of rows */
#define HELP_COLUMN 26 /* where the explanations start */

struct forms { /* the table in getopt's form */
	struct option longs[OPTIONS_MAX + 2];
	char shorts[2 * OPTIONS_MAX + 4];
};

static void make_forms(const struct option_table *table, struct forms *forms)
{
	size_t long_count = 0, length = 0;

	*forms = (struct forms){ 0 };
	forms->shorts[length++] = ':'; /* a missing value is told from an unknown option */
	forms->shorts[length++] = 'h';
	forms->longs[long_count++] = (struct option){ "help", no_argument, NULL, HELP_ID };
	for (size_t i = 0; i < table->count && i < OPTIONS_MAX; i++) {
		const struct option_row *row = &table->rows[i];

		if (row->name)
			forms->longs[long_count++] =
				(struct option){ row->name,
						 row->value ? required_argument : no_argument, NULL,
						 row->id };
		if (row->letter == 0)
			continue;
		forms->shorts[length++] = row->letter;
		if (row->value)
			forms->shorts[length++] = ':';
	}
}

static void set_unknown(const struct option_table *table, const char *word, struct fault *fault)
{
	const char *names[OPTIONS_MAX + 1];
	char bare[64];
	size_t count = 0, length = strcspn(word, "=");
	const char *nearest = NULL;

	for (size_t i = 0; i < table->count && i < OPTIONS_MAX; i++)
		if (table->rows[i].name)
			names[count++] = table->rows[i].name;
	names[count++] = "help";
	if (strncmp(word, "--", 2) == 0 && length - 2 < sizeof(bare)) {
		memcpy(bare, word + 2, length - 2);
		bare[length - 2] = '\0';
		nearest = spelling_nearest(bare, names, count);
	}
	if (nearest)
		fault_set(fault, "unknown option %.*s; did you mean --%s?", (int)length, word,
			  nearest);
	else
		fault_set(fault, "unknown option %.*s", (int)length, word);
}

static void set_bad(const struct option_table *table, int got, const char *word,
		    struct fault *fault)
{
	bool is_long = strncmp(word, "--", 2) == 0;
	const char letter[] = { '-', (char)optopt, '\0' };

	if (got == ':')
		fault_set(fault, "option %s needs a value", is_long ? word : letter);
	else if (is_long && optopt != 0)
		fault_set(fault, "option %.*s takes no value", (int)strcspn(word, "="), word);
	else
		set_unknown(table, is_long ? word : letter, fault);
}

static int id_of(const struct option_table *table, int got)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].id == got || (table->rows[i].letter == got && got != 0))
			return table->rows[i].id;
	return got;
}

enum options_outcome options_read(const struct option_table *table, int argc, char **argv,
				  struct options_reader *reader, struct fault *fault)
{
	struct forms forms;

	make_forms(table, &forms);
	optind = 0; /* glibc: start afresh */
	opterr = 0;
	for (;;) {
		int got = getopt_long(argc, argv, forms.shorts, forms.longs, NULL);

		if (got == -1)
			break;
		if (got == HELP_ID || got == 'h')
			return OPTIONS_HELP;
		if (got == '?' || got == ':') {
			set_bad(table, got, argv[optind - 1], fault);
			return OPTIONS_FAULT;
		}
		if (!reader->take(reader->context, id_of(table, got), optarg, fault))
			return OPTIONS_FAULT;
	}
	reader->operands = optind;
	return OPTIONS_DONE;
}

/* Text whose further lines stand under its first. */
static void print_indented(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		putc(*text, out);
		if (*text == '\n')
			fprintf(out, "%*s", HELP_COLUMN, "");
	}
	putc('\n', out);
}

static void print_option(FILE *out, const struct option_row *row)
{
	char left[64];
	int length = 0;

	if (row->letter != 0 && row->name)
		length = snprintf(left, sizeof(left), "  -%c, --%s", row->letter, row->name);
	else if (row->name)
		length = snprintf(left, sizeof(left), "      --%s", row->name);
	else
		length = snprintf(left, sizeof(left), "  -%c", row->letter);
	if (row->value)
		length += snprintf(left + length, sizeof(left) - (size_t)length, " %s", row->value);
	if (length + 2 > HELP_COLUMN)
		fprintf(out, "%s\n%*s", left, HELP_COLUMN, "");
	else
		fprintf(out, "%-*s", HELP_COLUMN, left);
	print_indented(out, row->help);
}

void options_print_help(const struct option_table *table, FILE *out)
{
	fprintf(out, "Usage: pewit %s %s\n\n%s\n\nOptions:\n", table->command, table->usage,
		table->about);
	for (size_t i = 0; i < table->count; i++)
		print_option(out, &table->rows[i]);
	print_option(out, &(struct option_row){ 'h', "help", NULL, "this text", 0 });
	if (table->after)
		fprintf(out, "\n%s\n", table->after);
}
