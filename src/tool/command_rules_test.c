/* pewit rules test: does each rule do what its case says? */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "report/summary_text.h"
#include "tool/command.h"
#include "tool/command_rules.h"
#include "tool/rules_case.h"

#define OWN_PREFIX "PEW-" /* rules that ship, which all have a case */
#define ID_COLUMNS 14

struct test {
	const struct rules *rules;
	struct rules_folders folders;
	const char *folder; /* whose rules are tested */
	char cases[PATH_MAX];
	char **ids; /* only these; none: all */
	bool json;
	struct json_print print;
	size_t passed, failed, without;
};

static bool is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool is_asked(const struct test *test, const struct rule_view *view)
{
	if (strncmp(view->path, test->folder, strlen(test->folder)) != 0)
		return false;
	for (size_t i = 0; test->ids[i]; i++)
		if (strcasecmp(test->ids[i], view->info->id) == 0)
			return true;
	return !test->ids[0];
}

/* What the captures gave, when that is not right. */
static void print_seen(const struct rules_case *result)
{
	for (int i = 0; i < RULES_CASE_CAPTURES; i++) {
		if (result->right[i])
			continue;
		printf("    %s.pcap: ", rules_case_names[i]);
		for (size_t j = 0; j < result->seen_count[i]; j++)
			printf("%s%s", j ? ", " : "", result->seen[i][j]);
		puts(result->seen_count[i] == 0 ? "no rule" : "");
	}
}

static const char *word_of(const struct rules_case *result, enum rules_case_capture capture)
{
	if (result->right[capture])
		return capture == RULES_CASE_FIRES ? "fires" : "silent";
	return capture == RULES_CASE_FIRES ? "SILENT" : "FIRES";
}

static void show(struct test *test, const struct rule_view *view, const struct rules_case *result)
{
	const char *id = view->info->id;

	if (test->json) {
		json_print_open_line(&test->print, NULL, '{');
		json_print_text(&test->print, "id", id);
		json_print_flag(&test->print, "case", result->exists);
		json_print_flag(&test->print, "fires_right", result->right[RULES_CASE_FIRES]);
		json_print_flag(&test->print, "near_miss_right",
				result->right[RULES_CASE_NEAR_MISS]);
		json_print_close(&test->print, '}');
		return;
	}
	fputs("  ", stdout);
	summary_cell(stdout, id, ID_COLUMNS);
	if (!result->exists) {
		printf("  no case: %s/%s has no fires.pcap and near-miss.pcap\n", test->cases, id);
		return;
	}
	printf("  %-6s  %-6s  %.60s\n", word_of(result, RULES_CASE_FIRES),
	       word_of(result, RULES_CASE_NEAR_MISS), view->info->title);
	print_seen(result);
}

/* STATUS_FINE, unless the replay itself fails. */
static int test_rule(struct test *test, const struct rule_view *view)
{
	struct rules_case result;
	struct fault fault = { "" };

	if (!rules_case_run(&result, &test->folders, test->cases, view->info->id, &fault)) {
		fprintf(stderr, "pewit: %s: %s\n", view->info->id, fault.text);
		return STATUS_FAILED;
	}
	if (result.exists)
		*(result.right[RULES_CASE_FIRES] && result.right[RULES_CASE_NEAR_MISS]
			  ? &test->passed
			  : &test->failed) += 1;
	else if (strncmp(view->info->id, OWN_PREFIX, strlen(OWN_PREFIX)) == 0)
		test->failed++;
	else
		test->without++;
	show(test, view, &result);
	return STATUS_FINE;
}

static void print_counts(struct test *test)
{
	if (test->json) {
		json_print_close(&test->print, ']');
		json_print_number(&test->print, "passed", test->passed);
		json_print_number(&test->print, "failed", test->failed);
		json_print_number(&test->print, "without_case", test->without);
		json_print_close(&test->print, '}');
		putchar('\n');
		return;
	}
	printf("%zu passed, %zu failed", test->passed, test->failed);
	if (test->without)
		printf(", %zu without a case", test->without);
	putchar('\n');
}

/* Every id that was asked for must be a rule of the folder. */
static int check_ids(const struct test *test)
{
	struct fault fault = { "" };
	struct rule_view view;

	for (size_t i = 0; test->ids[i]; i++) {
		if (rules_find(test->rules, test->ids[i], &view) && is_asked(test, &view))
			continue;
		fault_set(&fault, "%s is no rule of %s; pewit rules list has them", test->ids[i],
			  test->folder);
		return command_usage_fault("rules test", fault.text);
	}
	return STATUS_FINE;
}

static int test_all(struct test *test)
{
	int status = check_ids(test);

	if (status != STATUS_FINE)
		return status;
	if (test->json) {
		json_print_open(&test->print, NULL, '{');
		json_print_open(&test->print, "rules", '[');
	}
	for (size_t i = 0; i < rules_count(test->rules) && status == STATUS_FINE; i++) {
		struct rule_view view = rules_at(test->rules, i);

		if (is_asked(test, &view))
			status = test_rule(test, &view);
	}
	if (status != STATUS_FINE)
		return status;
	print_counts(test);
	return command_finish(test->failed ? STATUS_FINDINGS : STATUS_FINE);
}

int command_rules_test(struct rules_request *request, char **operands)
{
	struct test test = { .json = request->json, .print = json_print_to(stdout) };
	struct fault fault = { "" };
	struct rules *rules;
	int status;

	if (operands[0] && is_folder(operands[0])) {
		if (!rules_asked_add(&request->folders, operands[0], &fault))
			return command_usage_fault("rules test", fault.text);
		test.folder = operands[0];
		operands++;
	}
	status = command_rules_load(request, "rules test", &test.folders, &rules);
	if (status != STATUS_FINE)
		return status;
	if (!test.folder)
		test.folder = test.folders.shipped;
	test.rules = rules;
	test.ids = operands;
	if (snprintf(test.cases, sizeof(test.cases), "%s/cases", test.folder) < PATH_MAX)
		status = test_all(&test);
	else
		status = command_usage_fault("rules test", "the folder's name is too long");
	rules_free(rules);
	return status;
}
