/* pewit rules check|list|explain|fields|test: the rules themselves. */
#include "tool/command_rules.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/spelling.h"
#include "judge/rules.h"
#include "report/summary_text.h"
#include "tool/command.h"
#include "tool/rules_print.h"

#define NEAREST_MAX 4096 /* ids compared with a misspelt one */

enum option_id { OPT_JSON = 1, OPT_RULES, OPT_SYSTEM, OPT_MARKDOWN };

/* In such an order that each command takes the first few. */
static const struct option_row rows[] = {
	{ 0, "json", NULL, "print JSON", OPT_JSON },
	{ 0, "rules", "DIR|FILE",
	  "rules, on top of pewit's own unless a catalog is with them;\nmay be given several times",
	  OPT_RULES },
	{ 0, "system", "SYSTEM", "only the rules of this system: key-vault, exfiltration, ...",
	  OPT_SYSTEM },
	{ 0, "markdown", NULL, "print the table of docs/rules-table.md", OPT_MARKDOWN },
};

enum sub { SUB_CHECK, SUB_LIST, SUB_EXPLAIN, SUB_FIELDS, SUB_TEST, SUBS };

static const char *const sub_names[SUBS] = { "check", "list", "explain", "fields", "test" };

static const struct option_table tables[SUBS] = {
	[SUB_CHECK] = {
		.command = "rules check",
		.usage = "[OPTION]... [DIR|FILE]...",
		.about = "Reads rules, and says what is wrong with them, which suppressions have run "
			 "out, and which rules\nsay too little of themselves. Without an operand: "
			 "pewit's own.",
		.rows = rows,
		.count = 1,
		.after = "Exit status: 0 no errors (there may be notes), 2 an error.\n\n"
			 "Example:\n  pewit rules check my-rules/",
	},
	[SUB_LIST] = {
		.command = "rules list",
		.usage = "[OPTION]...",
		.about = "Lists the rules by system: id, severity, verdict, title.",
		.rows = rows,
		.count = 4,
		.after = "Example:\n  pewit rules list --system key-vault",
	},
	[SUB_EXPLAIN] = {
		.command = "rules explain",
		.usage = "[OPTION]... ID...",
		.about = "Shows all that a rule says of itself: what a match proves and what it "
			 "cannot, why it matters,\nwhat to do, its condition, ATT&CK, controls, and "
			 "from where it can be seen.",
		.rows = rows,
		.count = 2,
		.after = "Example:\n  pewit rules explain PEW-PE-001",
	},
	[SUB_FIELDS] = {
		.command = "rules fields",
		.usage = "[OPTION]...",
		.about = "Lists every field that a condition may ask, with its type, and the writers of "
			 "evidence.",
		.rows = rows,
		.count = 1,
		.after = "Example:\n  pewit rules fields | grep resource",
	},
	[SUB_TEST] = {
		.command = "rules test",
		.usage = "[OPTION]... [DIR] [ID]...",
		.about = "Replays the captures of each rule in DIR/cases/ID: fires.pcap must fire it, and "
			 "near-miss.pcap\nmust not. Judged by DIR/cases/map.json, or by the map.json "
			 "beside the captures. Without DIR:\npewit's own rules.",
		.rows = rows,
		.count = 1,
		.after = "Exit status: 0 all as it should be, 3 a rule did not do what its case says, or "
			 "a rule of pewit's\nown (PEW-...) has no case, 1 and 2 as for replay.\n\n"
			 "Example:\n  pewit rules test my-rules/",
	},
};

static bool take(void *context, int id, const char *value, struct fault *fault)
{
	struct rules_request *request = context;

	switch ((enum option_id)id) {
	case OPT_JSON:
		request->json = true;
		return true;
	case OPT_SYSTEM:
		request->system = value;
		return true;
	case OPT_MARKDOWN:
		request->markdown = true;
		return true;
	case OPT_RULES:
		return rules_asked_add(&request->folders, value, fault);
	}
	return false;
}

int command_rules_load(const struct rules_request *request, const char *command,
		       struct rules_folders *folders, struct rules **rules)
{
	struct fault fault = { "" };
	int error;

	if (!rules_folders_find(folders, &request->folders, &fault))
		return command_usage_fault(command, fault.text);
	error = rules_load(rules, folders->path, folders->count, &fault);
	if (error == 0)
		return STATUS_FINE;
	fprintf(stderr, "pewit: %s\n", fault.text[0] ? fault.text : strerror(-error));
	return error == -ENOMEM ? STATUS_FAILED : STATUS_USAGE;
}

/* check ---------------------------------------------------------------------------------------- */

static void say_note(struct json_print *print, size_t *count, const char *sentence)
{
	(*count)++;
	if (print)
		json_print_text(print, NULL, sentence);
	else
		printf("%s\n", sentence);
}

/* Rules that leave the reader of an alert alone. */
static void note_silent(struct json_print *print, const struct rules *rules, size_t *count)
{
	for (size_t i = 0; i < rules_count(rules); i++) {
		const struct rule_view view = rules_at(rules, i);
		const struct rule_info *info = view.info;
		const char *missing = !*info->proves   ? "proves"
				      : !*info->cannot ? "cannot"
				      : !*info->why    ? "why"
				      : !*info->remedy ? "do"
						       : NULL;
		struct fault note = { "" };

		if (!missing)
			continue;
		fault_set(&note, "%s:%u: note: %s does not say \"%s\"; who gets its alert will ask",
			  view.path, view.line, info->id, missing);
		say_note(print, count, note.text);
	}
}

static void note_expired(struct json_print *print, const struct rules *rules, size_t *count)
{
	struct fault note = { "" };

	for (size_t i = 0; rules_expired(rules, i, time(NULL), &note); i++)
		say_note(print, count, note.text);
}

static int check(const struct rules_request *request)
{
	struct json_print print = json_print_to(stdout);
	struct rules_folders folders;
	struct rules *rules;
	size_t notes = 0;
	int status = command_rules_load(request, "rules check", &folders, &rules);

	if (status != STATUS_FINE)
		return status;
	if (request->json) {
		json_print_open(&print, NULL, '{');
		json_print_open(&print, "notes", '[');
	}
	note_silent(request->json ? &print : NULL, rules, &notes);
	note_expired(request->json ? &print : NULL, rules, &notes);
	if (request->json) {
		json_print_close(&print, ']');
		json_print_number(&print, "rules", rules_count(rules));
		json_print_close(&print, '}');
		putchar('\n');
	} else {
		printf("%zu rule%s, no errors, %zu note%s\n", rules_count(rules),
		       summary_s(rules_count(rules)), notes, summary_s(notes));
	}
	rules_free(rules);
	return command_finish(STATUS_FINE);
}

/* list, explain ------------------------------------------------------------------------------- */

/* "unknown WHAT WORD; did you mean ...?" */
static int unknown(const struct rules *rules, enum sub sub, const char *word)
{
	const char *words[NEAREST_MAX], *nearest;
	struct fault fault = { "" };
	size_t count = 0;

	for (; count < NEAREST_MAX && count < rules_count(rules); count++) {
		const struct rule_info *info = rules_at(rules, count).info;

		words[count] = sub == SUB_LIST ? info->system : info->id;
	}
	nearest = spelling_nearest(word, words, count);
	fault_set(&fault, "unknown %s %s%s%s%s", sub == SUB_LIST ? "system" : "rule", word,
		  nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
	return command_usage_fault(tables[sub].command, fault.text);
}

static bool has_system(const struct rules *rules, const char *system)
{
	for (size_t i = 0; i < rules_count(rules); i++)
		if (strcmp(rules_at(rules, i).info->system, system) == 0)
			return true;
	return false;
}

static int list(const struct rules_request *request)
{
	enum rules_form form = request->json       ? RULES_AS_JSON
			       : request->markdown ? RULES_AS_MARKDOWN
						   : RULES_FOR_PEOPLE;
	struct rules_folders folders;
	struct rules *rules;
	int status;

	if (request->json && request->markdown)
		return command_usage_fault("rules list", "--json and --markdown: choose one");
	status = command_rules_load(request, "rules list", &folders, &rules);
	if (status != STATUS_FINE)
		return status;
	if (request->system && !has_system(rules, request->system))
		status = unknown(rules, SUB_LIST, request->system);
	else if (rules_print_list(rules, request->system, form))
		status = command_finish(STATUS_FINE);
	else
		status = STATUS_FAILED;
	rules_free(rules);
	return status;
}

static int explain(const struct rules_request *request, char **ids)
{
	struct rules_folders folders;
	struct rules *rules;
	struct rule_view view;
	int status = command_rules_load(request, "rules explain", &folders, &rules);

	if (status != STATUS_FINE)
		return status;
	for (size_t i = 0; ids[i] && status == STATUS_FINE; i++) {
		if (!rules_find(rules, ids[i], &view)) {
			status = unknown(rules, SUB_EXPLAIN, ids[i]);
			break;
		}
		if (i && !request->json)
			putchar('\n');
		rules_print_rule(&view, request->json);
	}
	rules_free(rules);
	return status == STATUS_FINE ? command_finish(status) : status;
}

/* Dispatch ------------------------------------------------------------------------------------- */

static int run(enum sub sub, struct rules_request *request, int count, char **operands)
{
	struct fault fault = { "" };

	switch (sub) {
	case SUB_CHECK:
		for (int i = 0; i < count; i++)
			if (!rules_asked_add(&request->folders, operands[i], &fault))
				return command_usage_fault("rules check", fault.text);
		return check(request);
	case SUB_LIST:
		if (count != 0)
			return command_usage_fault("rules list", "rules list takes no operand");
		return list(request);
	case SUB_EXPLAIN:
		if (count == 0)
			return command_usage_fault("rules explain",
						   "rules explain takes ids of pewit rules list");
		return explain(request, operands);
	case SUB_FIELDS:
		if (count != 0)
			return command_usage_fault("rules fields", "rules fields takes no operand");
		rules_print_fields(request->json);
		return command_finish(STATUS_FINE);
	case SUB_TEST:
		return command_rules_test(request, operands);
	case SUBS:
		break;
	}
	return STATUS_USAGE;
}

static int sub_command(enum sub sub, int argc, char **argv)
{
	struct rules_request request = { 0 };
	struct options_reader reader = { .take = take, .context = &request };
	struct fault fault = { "" };

	switch (options_read(&tables[sub], argc, argv, &reader, &fault)) {
	case OPTIONS_HELP:
		options_print_help(&tables[sub], stdout);
		return command_finish(STATUS_FINE);
	case OPTIONS_FAULT:
		return command_usage_fault(tables[sub].command, fault.text);
	case OPTIONS_DONE:
		break;
	}
	return run(sub, &request, argc - reader.operands, argv + reader.operands);
}

int command_rules(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "-h", *nearest;
	struct fault fault = { "" };

	for (int i = 0; i < SUBS; i++)
		if (strcmp(word, sub_names[i]) == 0)
			return sub_command(i, argc - 1, argv + 1);
	if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0) {
		fputs("Usage: pewit rules check|list|explain|fields|test [OPTION]... [OPERAND]...\n\n"
		      "The rules: what is wrong, what a match proves, and what to do.\n\n"
		      "  list     every rule: id, severity, verdict, title\n"
		      "  explain  all that a rule says of itself\n"
		      "  check    errors with file, line and column, and what was probably meant\n"
		      "  test     replays each rule's captures: one that fires it, one near miss\n"
		      "  fields   every field that a condition may ask\n\n"
		      "pewit rules check -h explains that one, and so on.\n",
		      argc > 1 ? stdout : stderr);
		return argc > 1 ? command_finish(STATUS_FINE) : STATUS_USAGE;
	}
	nearest = spelling_nearest(word, sub_names, SUBS);
	fault_set(&fault, "unknown command rules %s%s%s%s", word,
		  nearest ? "; did you mean rules " : "", nearest ? nearest : "",
		  nearest ? "?" : "");
	return command_usage_fault("rules", fault.text);
}
