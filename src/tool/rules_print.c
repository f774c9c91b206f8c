#include "tool/rules_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_print.h"
#include "event/event_names.h"
#include "judge/judge_rule.h"
#include "report/summary_text.h"

#define COLUMNS 100
#define ID_COLUMNS 12
#define SEVERITY_COLUMNS 8
#define VERDICT_COLUMNS 26
#define TITLE_COLUMNS (COLUMNS - ID_COLUMNS - SEVERITY_COLUMNS - VERDICT_COLUMNS - 6)
#define FIELD_COLUMNS 36
#define LABEL_SIZE 32
#define TEXT_SIZE 1024 /* of a list of controls or vantages */

static const struct {
	uint8_t bit;
	const char *name;
} vantages[] = { { RULE_ON_HOST, "host" }, { RULE_ON_NVA, "nva" }, { RULE_ON_MIRROR, "mirror" } };

static const struct {
	const char *id, *title;
} frameworks[] = {
	{ "nist_800_53_r5", "NIST 800-53 r5" },
	{ "iso_27001_2022", "ISO 27001:2022" },
	{ "soc_2", "SOC 2" },
	{ "hipaa", "HIPAA" },
	{ "mcsb", "MCSB" },
	{ "azure_policy", "Azure Policy" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Joining words ------------------------------------------------------------------------------- */

/* Adds a word to a list in `text`; one that does not fit is left out, with "...". */
static void join(char text[TEXT_SIZE], const char *word)
{
	size_t used = strlen(text);

	if (used + strlen(word) + sizeof(", ...") < TEXT_SIZE)
		snprintf(text + used, TEXT_SIZE - used, "%s%s", used ? ", " : "", word);
	else if (used < sizeof(", ...") || strcmp(text + used - 3, "...") != 0)
		snprintf(text + used, TEXT_SIZE - used, ", ...");
}

static const char *vantage_words(const struct rule_view *view, char text[TEXT_SIZE])
{
	text[0] = '\0';
	for (size_t i = 0; i < COUNT(vantages); i++)
		if (view->vantage & vantages[i].bit)
			join(text, vantages[i].name);
	return text;
}

static const char *event_words(const struct rule_view *view, char text[TEXT_SIZE])
{
	text[0] = '\0';
	for (unsigned i = 0; i < EVENT_TYPES; i++)
		if (view->on >> i & 1)
			join(text, event_type_name((enum event_type)i));
	return text;
}

/* The rule's controls of a framework: ids, and names where they have one. */
static const char *control_words(const struct rule_view *view, const char *framework,
				 char text[TEXT_SIZE])
{
	char word[TEXT_SIZE];

	text[0] = '\0';
	for (size_t i = 0; i < view->control_count; i++) {
		const struct rule_control *one = &view->controls[i];

		if (strcmp(one->framework, framework) != 0)
			continue;
		if (one->name)
			snprintf(word, sizeof(word), "%s (%s)", one->name, one->id);
		join(text, one->name ? word : one->id);
	}
	return text;
}

/* Order ---------------------------------------------------------------------------------------- */

/* By system, then id. */
static int by_system(const void *a, const void *b)
{
	const struct rule_view *one = a, *other = b;
	int order = strcmp(one->info->system, other->info->system);

	return order ? order : strcmp(one->info->id, other->info->id);
}

static struct rule_view *sorted(const struct rules *rules, const char *system, size_t *count)
{
	struct rule_view *views = calloc(rules_count(rules) + 1, sizeof(*views));

	*count = 0;
	for (size_t i = 0; views && i < rules_count(rules); i++) {
		struct rule_view view = rules_at(rules, i);

		if (!system || strcmp(view.info->system, system) == 0)
			views[(*count)++] = view;
	}
	if (views)
		qsort(views, *count, sizeof(*views), by_system);
	return views;
}

/* The list ------------------------------------------------------------------------------------- */

static bool is_new_system(const struct rule_view *views, size_t i)
{
	return i == 0 || strcmp(views[i].info->system, views[i - 1].info->system) != 0;
}

static void list_for_people(const struct rule_view *views, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct rule_info *info = views[i].info;

		if (is_new_system(views, i))
			printf("%s%s\n", i ? "\n" : "", info->system);
		fputs("  ", stdout);
		summary_cell(stdout, info->id, ID_COLUMNS);
		putchar(' ');
		summary_cell(stdout, event_name_severity(info->severity), SEVERITY_COLUMNS);
		putchar(' ');
		summary_cell(stdout, event_name_verdict(info->verdict), VERDICT_COLUMNS);
		putchar(' ');
		if (strlen(info->title) <= TITLE_COLUMNS)
			puts(info->title);
		else
			printf("%.*s...\n", TITLE_COLUMNS - 3, info->title);
	}
	printf("\n%zu rule%s. pewit rules explain ID says what one of them proves.\n", count,
	       summary_s(count));
}

static void head_as_json(struct json_print *print, const struct rule_view *view)
{
	const struct rule_info *info = view->info;

	json_print_text(print, "id", info->id);
	json_print_text(print, "system", info->system);
	json_print_text(print, "title", info->title);
	json_print_text(print, "verdict", event_name_verdict(info->verdict));
	json_print_text(print, "severity", event_name_severity(info->severity));
	json_print_text(print, "effect", view->effect == RULE_ALERT ? "alert" : "verdict");
}

static void list_as_json(const struct rule_view *views, size_t count)
{
	struct json_print print = json_print_to(stdout);

	json_print_open(&print, NULL, '{');
	json_print_open(&print, "rules", '[');
	for (size_t i = 0; i < count; i++) {
		json_print_open_line(&print, NULL, '{');
		head_as_json(&print, &views[i]);
		json_print_close(&print, '}');
	}
	json_print_close(&print, ']');
	json_print_close(&print, '}');
	putchar('\n');
}

/* "SC-7, SC-8; SOC 2: CC6.1": all frameworks but Azure Policy, whose names are sentences. */
static void print_controls_cell(const struct rule_view *view)
{
	const char *between = "";
	char text[TEXT_SIZE];

	for (size_t i = 0; i < COUNT(frameworks); i++) {
		if (control_words(view, frameworks[i].id, text)[0] == '\0')
			continue;
		printf("%s%s: %s", between, frameworks[i].title, text);
		between = "; ";
	}
	if (*between == '\0')
		fputs("none", stdout);
}

static const char markdown_head[] =
	"# The shipped rules\n\n"
	"Made from the files in `rules/pack/` by `pewit rules list --markdown`.\n\n"
	"*Proves*: a match shows the fact itself. *Indicates*: it is a sign that somebody has to "
	"look at.\n"
	"Each rule has a capture that fires it and a near miss in `rules/cases/`.\n\n"
	"A control is named when Azure's built-in initiatives give it to a policy about the same "
	"thing; the\n"
	"policy is named when it is about the same resource. MCSB LT and AI, which network "
	"monitoring serves by\n"
	"itself, and the paragraph of HIPAA (45 CFR 164.312) are our own reading. ISO 27001 "
	"numbers are those of\n"
	"Annex A. A match is evidence that a control failed; silence is none that it holds.";

static void list_as_markdown(const struct rule_view *views, size_t count)
{
	char text[TEXT_SIZE];

	puts(markdown_head);
	for (size_t i = 0; i < count; i++) {
		const struct rule_info *info = views[i].info;

		if (is_new_system(views, i))
			printf("\n## %s\n\n| rule | severity | verdict | seen from | claim | "
			       "controls |\n|---|---|---|---|---|---|\n",
			       info->system);
		printf("| **%s** %s | %s | `%s` | %s | *%s*: %s | ", info->id, info->title,
		       event_name_severity(info->severity), event_name_verdict(info->verdict),
		       vantage_words(&views[i], text), views[i].indicates ? "indicates" : "proves",
		       info->proves);
		print_controls_cell(&views[i]);
		puts(" |");
	}
}

bool rules_print_list(const struct rules *rules, const char *system, enum rules_form form)
{
	static void (*const print[])(const struct rule_view *views, size_t count) = {
		[RULES_FOR_PEOPLE] = list_for_people,
		[RULES_AS_JSON] = list_as_json,
		[RULES_AS_MARKDOWN] = list_as_markdown,
	};
	size_t count;
	struct rule_view *views = sorted(rules, system, &count);

	if (!views)
		return false;
	print[form](views, count);
	free(views);
	return true;
}

/* One rule ------------------------------------------------------------------------------------- */

static void paragraph(const char *label, const char *text)
{
	char first[LABEL_SIZE];

	if (!text || *text == '\0')
		return;
	snprintf(first, sizeof(first), "  %-16s", label);
	summary_wrapped(stdout, first, text);
}

static void print_json_text(FILE *out, const char *text)
{
	struct json_print print = json_print_to(out);

	json_print_text(&print, NULL, text);
}

/* A value of the rule's file, on one line. */
static void print_value(FILE *out, const struct json_value *value)
{
	const char *between = "";
	bool is_object = json_type(value) == JSON_OBJECT;

	switch (json_type(value)) {
	case JSON_NULL:
		fputs("null", out);
		return;
	case JSON_BOOL:
		fputs(json_flag(value) ? "true" : "false", out);
		return;
	case JSON_NUMBER:
		fprintf(out, "%.17g", json_number(value));
		return;
	case JSON_TEXT:
		print_json_text(out, json_text(value));
		return;
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	putc(is_object ? '{' : '[', out);
	for (const struct json_value *one = json_first(value); one; one = json_next(one)) {
		fputs(between, out);
		if (is_object) {
			print_json_text(out, json_key(one));
			fputs(": ", out);
		}
		print_value(out, one);
		between = ", ";
	}
	putc(is_object ? '}' : ']', out);
}

/* A member of the rule's file as it stands there. */
static void paragraph_of_source(const struct rule_view *view, const char *label, const char *key)
{
	const struct json_value *value = json_member(view->source, key);
	char *text = NULL;
	size_t size = 0;
	FILE *out = value ? open_memstream(&text, &size) : NULL;

	if (!out)
		return;
	print_value(out, value);
	if (fclose(out) == 0)
		paragraph(label, text);
	free(text);
}

static void rule_for_people(const struct rule_view *view)
{
	const struct rule_info *info = view->info;
	char text[TEXT_SIZE];

	printf("%s: %s\n", info->id, info->title);
	printf("  %s, severity %s, verdict %s%s\n\n", info->system,
	       event_name_severity(info->severity), event_name_verdict(info->verdict),
	       view->effect == RULE_ALERT ? ": an alert beside the flow's own verdict" : "");
	paragraph(view->indicates ? "indicates" : "proves", info->proves);
	paragraph("cannot tell", info->cannot);
	paragraph("why", info->why);
	paragraph("do", info->remedy);
	putchar('\n');
	paragraph_of_source(view, "when", "when");
	paragraph_of_source(view, "window", "window");
	paragraph_of_source(view, "schedule", "schedule");
	paragraph("tried on", event_words(view, text));
	paragraph("says", view->message);
	paragraph("seen from", vantage_words(view, text));
	text[0] = '\0';
	for (size_t i = 0; info->attack && info->attack[i]; i++)
		join(text, info->attack[i]);
	paragraph("ATT&CK", text);
	for (size_t i = 0; i < COUNT(frameworks); i++)
		paragraph(frameworks[i].title, control_words(view, frameworks[i].id, text));
	printf("  %-16s%s:%u\n", "file", view->path, view->line);
}

static void controls_as_json(struct json_print *print, const struct rule_view *view)
{
	json_print_open(print, "controls", '[');
	for (size_t i = 0; i < view->control_count; i++) {
		json_print_open_line(print, NULL, '{');
		json_print_text(print, "framework", view->controls[i].framework);
		json_print_text(print, "id", view->controls[i].id);
		json_print_some(print, "name", view->controls[i].name);
		json_print_close(print, '}');
	}
	json_print_close(print, ']');
}

static void rule_as_json(const struct rule_view *view)
{
	const struct rule_info *info = view->info;
	struct json_print print = json_print_to(stdout);

	json_print_open(&print, NULL, '{');
	head_as_json(&print, view);
	json_print_some(&print, "proves", info->proves);
	json_print_some(&print, "cannot", info->cannot);
	json_print_some(&print, "why", info->why);
	json_print_some(&print, "do", info->remedy);
	json_print_text(&print, "message", view->message);
	json_print_flag(&print, "indicates", view->indicates);
	json_print_flag(&print, "window", view->has_window);
	json_print_open_line(&print, "on", '[');
	for (unsigned i = 0; i < EVENT_TYPES; i++)
		if (view->on >> i & 1)
			json_print_text(&print, NULL, event_type_name((enum event_type)i));
	json_print_close(&print, ']');
	json_print_open_line(&print, "vantage", '[');
	for (size_t i = 0; i < COUNT(vantages); i++)
		if (view->vantage & vantages[i].bit)
			json_print_text(&print, NULL, vantages[i].name);
	json_print_close(&print, ']');
	json_print_open_line(&print, "attack", '[');
	for (size_t i = 0; info->attack && info->attack[i]; i++)
		json_print_text(&print, NULL, info->attack[i]);
	json_print_close(&print, ']');
	controls_as_json(&print, view);
	json_print_text(&print, "path", view->path);
	json_print_number(&print, "line", view->line);
	json_print_close(&print, '}');
	putchar('\n');
}

void rules_print_rule(const struct rule_view *view, bool json)
{
	(json ? rule_as_json : rule_for_people)(view);
}

/* Fields --------------------------------------------------------------------------------------- */

static void fields_as_json(void)
{
	struct json_print print = json_print_to(stdout);
	struct rule_field_view field;

	json_print_open(&print, NULL, '{');
	json_print_open(&print, "fields", '[');
	for (size_t i = 0; rules_field(i, &field); i++) {
		json_print_open_line(&print, NULL, '{');
		json_print_text(&print, "name", field.name);
		json_print_text(&print, "type", field.type);
		json_print_text(&print, "doc", field.doc);
		json_print_close(&print, '}');
	}
	json_print_close(&print, ']');
	json_print_open(&print, "evidence", '[');
	for (size_t i = 0; i < judge_writer_count; i++) {
		json_print_open_line(&print, NULL, '{');
		json_print_text(&print, "name", judge_writers[i].name);
		json_print_text(&print, "doc", judge_writers[i].doc);
		json_print_close(&print, '}');
	}
	json_print_close(&print, ']');
	json_print_close(&print, '}');
	putchar('\n');
}

static void field_row(const char *name, const char *type, const char *doc)
{
	char first[FIELD_COLUMNS + LABEL_SIZE];

	snprintf(first, sizeof(first), "  %-*.*s %-8s ", FIELD_COLUMNS, FIELD_COLUMNS, name, type);
	summary_wrapped(stdout, first, doc);
}

void rules_print_fields(bool json)
{
	struct rule_field_view field;

	if (json) {
		fields_as_json();
		return;
	}
	puts("Fields that a condition may ask:\n");
	for (size_t i = 0; rules_field(i, &field); i++)
		field_row(field.name, field.type, field.doc);
	puts("\nWriters of evidence:\n");
	for (size_t i = 0; i < judge_writer_count; i++)
		field_row(judge_writers[i].name, "", judge_writers[i].doc);
}
