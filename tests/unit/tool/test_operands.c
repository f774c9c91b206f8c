#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tool/operands.h"

#define WORDS_MAX 8

static char *start_folder;

/* A folder with two captures and a folder of captures, and a file called "tcp". */
static int enter_folder(void **state)
{
	static const char *const files[] = { "a.pcap", "b.pcap", "tcp" };
	static char folder[] = "/tmp/pewit-operands-XXXXXX";

	(void)state;
	start_folder = getcwd(NULL, 0);
	if (!mkdtemp(folder) || chdir(folder) != 0 || mkdir("captures", 0700) != 0)
		return -1;
	for (size_t i = 0; i < ROW_COUNT(files); i++)
		fclose(fopen(files[i], "we"));
	FILE *filter = fopen("filter.txt", "we");
	fputs("udp port 53\n", filter);
	return fclose(filter);
}

static int leave_folder(void **state)
{
	(void)state;
	unlink("a.pcap");
	unlink("b.pcap");
	unlink("tcp");
	unlink("filter.txt");
	rmdir("captures");
	char *folder = getcwd(NULL, 0);
	int error = chdir(start_folder) != 0 || rmdir(folder) != 0;

	free(folder);
	free(start_folder);
	return error;
}

/* Cuts "a b c" at the spaces. */
static size_t cut(char *text, char **words)
{
	size_t count = 0;

	for (char *rest, *word = strtok_r(text, " ", &rest); word && count < WORDS_MAX;
	     word = strtok_r(NULL, " ", &rest))
		words[count++] = word;
	return count;
}

static const struct {
	const char *why;
	const char *words, *expression, *read, *file;
	const char *paths;  /* each with a space after it; NULL: a fault */
	const char *filter; /* or the fault */
} rows[] = {
	{ "one capture", "a.pcap", "", "", NULL, "a.pcap ", NULL },
	{ "captures and a folder", "a.pcap captures b.pcap", "", "", NULL,
	  "a.pcap captures b.pcap ", NULL },
	{ "standard input", "-", "", "", NULL, "- ", NULL },
	{ "an expression behind", "a.pcap udp port 53", "", "", NULL, "a.pcap ", "udp port 53" },
	{ "an expression with a net", "a.pcap net 10.0.0.0/8", "", "", NULL, "a.pcap ",
	  "net 10.0.0.0/8" },
	{ "a file called as a word of expressions does not hide one", "a.pcap tcp port 443", "", "",
	  NULL, "a.pcap ", "tcp port 443" },
	{ "with its folder it is a capture", "a.pcap ./tcp port 443", "", "", NULL, "a.pcap ./tcp ",
	  "port 443" },
	{ "so it is before any other", "tcp udp", "", "", NULL, "tcp ", "udp" },
	{ "behind -- it is not", "a.pcap", "tcp port 443", "", NULL, "a.pcap ", "tcp port 443" },
	{ "with -r all operands are the expression", "tcp port 443", "", "a.pcap", NULL, "a.pcap ",
	  "tcp port 443" },
	{ "an expression from a file", "a.pcap", "", "", "filter.txt", "a.pcap ", "udp port 53\n" },
	{ "nothing", "", "", "", NULL, NULL,
	  "no capture given: name a file, a directory, or - for standard input" },
	{ "the first does not exist", "nothing", "", "", NULL, NULL,
	  "nothing: no such file or directory" },
	{ "a missing capture is no expression", "a.pcap c.pcapng.gz", "", "", NULL, NULL,
	  "c.pcapng.gz: no such file or directory" },
	{ "nor is a missing path", "a.pcap captures/c", "", "", NULL, NULL,
	  "captures/c: no such file or directory" },
	{ "-r of a missing file", "tcp", "", "c.pcap", NULL, NULL,
	  "c.pcap: no such file or directory" },
	{ "a capture beside -r", "b.pcap", "", "a.pcap", NULL, NULL,
	  "b.pcap: with -r the operands are the filter expression; give each capture with "
	  "its own -r, or none with -r" },
	{ "two expressions", "a.pcap udp", "tcp", "", NULL, NULL,
	  "two filter expressions: give one, as operands, after --, or with -F" },
	{ "a missing filter file", "a.pcap", "", "", "none.txt", NULL,
	  "none.txt: No such file or directory" },
};

static void operands_are_captures_until_one_does_not_exist(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		char words[64], expression[64], paths[64] = "", *word[WORDS_MAX], *last[WORDS_MAX];
		const char *read[] = { rows[i].read };
		struct operands operands;
		struct fault fault = { 0 };

		print_message("%s\n", rows[i].why);
		snprintf(words, sizeof(words), "%s", rows[i].words);
		snprintf(expression, sizeof(expression), "%s", rows[i].expression);
		const struct operands_given given = {
			.words = word,
			.word_count = cut(words, word),
			.expression = last,
			.expression_count = cut(expression, last),
			.read = read,
			.read_count = *rows[i].read != '\0',
			.filter_file = rows[i].file,
		};
		bool good = operands_split(&operands, &given, &fault);

		assert_int_equal(good, rows[i].paths != NULL);
		if (!good) {
			assert_string_equal(fault.text, rows[i].filter);
		} else {
			for (size_t j = 0; j < operands.path_count; j++)
				snprintf(paths + strlen(paths), sizeof(paths) - strlen(paths),
					 "%s ", operands.paths[j]);
			assert_string_equal(paths, rows[i].paths);
			assert_int_equal(operands.filter != NULL, rows[i].filter != NULL);
			if (operands.filter)
				assert_string_equal(operands.filter, rows[i].filter);
		}
		operands_free(&operands);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operands_are_captures_until_one_does_not_exist),
	};

	return cmocka_run_group_tests_name("operands", tests, enter_folder, leave_folder);
}
