/* What people and editors read of the table of members: schema, documentation, help. */
#include <string.h>

#include "base/json_print.h"
#include "daemon/config_member.h"

/* Schema ------------------------------------------------------------------------------------- */

static void print_words(struct json_print *print, const struct config_member *member)
{
	json_print_open_line(print, "enum", '[');
	for (unsigned i = 0; member->word(i); i++)
		json_print_text(print, NULL, member->word(i));
	json_print_close(print, ']');
}

static void print_range(struct json_print *print, uint64_t least, uint64_t most)
{
	json_print_number(print, "minimum", least);
	json_print_number(print, "maximum", most);
}

static void print_items(struct json_print *print, const struct config_member *member)
{
	json_print_number(print, "maxItems", member->most);
	json_print_open_line(print, "items", '{');
	if (member->kind == CONFIG_WORDS) {
		print_words(print, member);
	} else if (member->kind == CONFIG_PORTS) {
		json_print_text(print, "type", "integer");
		print_range(print, 1, UINT16_MAX);
	} else {
		json_print_text(print, "type", "string");
		json_print_number(print, "minLength", 1);
	}
	json_print_close(print, '}');
}

static const char *type_name(const struct config_member *member)
{
	switch ((enum config_kind)member->kind) {
	case CONFIG_FLAG:
		return "boolean";
	case CONFIG_NUMBER:
		return "integer";
	case CONFIG_TEXT:
	case CONFIG_PATH:
	case CONFIG_WORD:
		return "string";
	default:
		return "array";
	}
}

/* null stands for the default, in every place. */
static void print_type(struct json_print *print, const struct config_member *member)
{
	json_print_open_line(print, "type", '[');
	json_print_text(print, NULL, type_name(member));
	json_print_text(print, NULL, "null");
	json_print_close(print, ']');
}

static void print_word_or_null(struct json_print *print, const struct config_member *member)
{
	json_print_open_line(print, "enum", '[');
	for (unsigned i = 0; member->word(i); i++)
		json_print_text(print, NULL, member->word(i));
	json_print_null(print, NULL);
	json_print_close(print, ']');
}

static void print_schema_of(struct json_print *print, const struct config_member *member)
{
	json_print_open(print, config_member_name(member), '{');
	json_print_text(print, "description", member->meaning);
	switch ((enum config_kind)member->kind) {
	case CONFIG_WORD:
		print_word_or_null(print, member);
		json_print_text(print, "default", member->word((unsigned)member->standard));
		break;
	case CONFIG_FLAG:
		print_type(print, member);
		json_print_flag(print, "default", member->standard != 0);
		break;
	case CONFIG_NUMBER:
		print_type(print, member);
		print_range(print, member->least, member->most);
		json_print_number(print, "default", member->standard);
		break;
	case CONFIG_TEXT:
	case CONFIG_PATH:
		print_type(print, member);
		json_print_number(print, "minLength", 1);
		break;
	default:
		print_type(print, member);
		print_items(print, member);
	}
	json_print_close(print, '}');
}

static void open_object(struct json_print *print)
{
	json_print_text(print, "type", "object");
	json_print_flag(print, "additionalProperties", false);
	json_print_open(print, "properties", '{');
}

static void print_section_schema(struct json_print *print, const struct config_section *section)
{
	const struct config_member *member;

	if (section->name[0] != '\0') {
		json_print_open(print, section->name, '{');
		json_print_text(print, "description", section->about);
		open_object(print);
	}
	for (size_t i = 0; (member = config_member_at(i)); i++)
		if (config_member_in(member, section))
			print_schema_of(print, member);
	if (section->name[0] != '\0') {
		json_print_close(print, '}');
		json_print_close(print, '}');
	}
}

static void print_remark(struct json_print *print, const char *key, const char *type)
{
	json_print_open_line(print, key, '{');
	json_print_text(print, "type", type);
	json_print_close(print, '}');
}

void config_print_schema(FILE *out)
{
	struct json_print print = json_print_to(out);
	const struct config_section *section;

	json_print_open(&print, NULL, '{');
	json_print_text(&print, "$schema", "https://json-schema.org/draft/2020-12/schema");
	json_print_text(&print, "title", "pewit run");
	json_print_text(&print, "description",
			"The configuration of pewit's daemon. Made by pewit dump-config-schema.");
	open_object(&print);
	print_remark(&print, "$schema", "string");
	print_remark(&print, "$set_by", "object");
	for (size_t i = 0; (section = config_member_section(i)); i++)
		print_section_schema(&print, section);
	json_print_close(&print, '}');
	json_print_close(&print, '}');
}

/* Documentation ------------------------------------------------------------------------------ */

static void print_ports(FILE *out, const uint16_t *port)
{
	for (const char *between = ""; *port; port++, between = ", ")
		fprintf(out, "%s%u", between, *port);
}

static void print_default(FILE *out, const struct config_member *member)
{
	switch ((enum config_kind)member->kind) {
	case CONFIG_FLAG:
		fputs(member->standard ? "true" : "false", out);
		break;
	case CONFIG_NUMBER:
		fprintf(out, "%llu", (unsigned long long)member->standard);
		break;
	case CONFIG_WORD:
		fputs(member->word((unsigned)member->standard), out);
		break;
	case CONFIG_WORDS:
		fputs("all", out);
		break;
	case CONFIG_PORTS:
		print_ports(out, member->standard_ports);
		break;
	default:
		fputs("none", out);
	}
}

static void print_value(FILE *out, const struct config_member *member)
{
	static const char *const names[] = {
		[CONFIG_FLAG] = "true or false", [CONFIG_TEXT] = "text",
		[CONFIG_PATH] = "path",          [CONFIG_TEXTS] = "texts",
		[CONFIG_PATHS] = "paths",        [CONFIG_PORTS] = "ports",
		[CONFIG_WORDS] = "of ",          [CONFIG_WORD] = "one of ",
		[CONFIG_NUMBER] = "number",
	};
	char words[CONFIG_WORDS_SIZE];

	fputs(names[member->kind], out);
	if (member->word) {
		config_member_words(member, words);
		fputs(words, out);
	} else if (member->kind == CONFIG_NUMBER) {
		fprintf(out, ", %llu to %llu", (unsigned long long)member->least,
			(unsigned long long)member->most);
	} else if (member->kind >= CONFIG_TEXTS) {
		fprintf(out, ", at most %llu", (unsigned long long)member->most);
	}
}

static void print_row(FILE *out, const struct config_member *member)
{
	fprintf(out, "| `%s` | ", member->key);
	print_value(out, member);
	fputs(" | ", out);
	print_default(out, member);
	fprintf(out, " | %s | %s |\n", member->reloads ? "reload" : "start", member->meaning);
}

void config_print_docs(FILE *out)
{
	const struct config_section *section;
	const struct config_member *member;

	fputs("# The configuration of pewit run\n\n"
	      "<!-- Made by `pewit dump-config-docs` from the table of members. Do not edit. -->\n\n"
	      "`pewit run -c FILE` reads a JSON document, and then every `*.json` of the folder\n"
	      "`conf.d` beside it in order of names. Members of later ones replace those of earlier\n"
	      "ones, lists as a whole; `null` makes a member what it is by default; the command line\n"
	      "comes last. `--set KEY=VALUE` takes every key below, with commas between the elements\n"
	      "of a list. Paths in a file are relative to its folder. The JSON Schema is\n"
	      "`deploy/pewit.schema.json`. `-T` says what is wrong with a configuration,\n"
	      "`--dump-config` what it comes to and which file said so.\n\n"
	      "A key inside a section is a member of that object: `capture.workers` is\n"
	      "`{\"capture\": {\"workers\": 2}}`. *From*: a reload takes the new value over, or the\n"
	      "next start does.\n",
	      out);
	for (size_t i = 0; (section = config_member_section(i)); i++) {
		fprintf(out, "\n## %s\n\n", section->about);
		fputs("| key | value | default | from | meaning |\n|---|---|---|---|---|\n", out);
		for (size_t j = 0; (member = config_member_at(j)); j++)
			if (config_member_in(member, section))
				print_row(out, member);
	}
}

void config_print_keys(FILE *out)
{
	const struct config_member *member;

	for (size_t i = 0; (member = config_member_at(i)); i++) {
		fprintf(out, "  %-28s ", member->key);
		print_value(out, member);
		fputs(" (", out);
		print_default(out, member);
		fputs(")\n", out);
	}
}
