/* The configuration as JSON again. */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/json_print.h"
#include "base/text.h"
#include "daemon/config_member.h"

/* Relative paths are relative to where pewit was started; a reader would think of another folder. */
static void print_path(struct json_print *print, const char *key, const char *path)
{
	char whole[2 * PATH_MAX];
	struct text text = text_over(whole, sizeof(whole));

	if (path[0] == '/' || (path[0] == '-' && path[1] == '\0') || !getcwd(whole, PATH_MAX)) {
		json_print_text(print, key, path);
		return;
	}
	text.length = strlen(whole);
	text_add(&text, "/");
	text_add(&text, path);
	json_print_text(print, key, whole);
}

static void print_text(struct json_print *print, const struct config_member *member,
		       const char *key, const char *text)
{
	if (!text)
		json_print_null(print, key);
	else if (config_member_is_path(member))
		print_path(print, key, text);
	else
		json_print_text(print, key, text);
}

static void print_list(struct json_print *print, const struct config_member *member,
		       struct config *config)
{
	json_print_open_line(print, config_member_name(member), '[');
	if (member->kind == CONFIG_WORDS) {
		for (unsigned i = 0; member->word(i); i++)
			if (config_member_number(member, config) >> i & 1)
				json_print_text(print, NULL, member->word(i));
	} else if (member->kind == CONFIG_PORTS) {
		for (const uint16_t *port = config_member_ports(member, config); *port; port++)
			json_print_number(print, NULL, *port);
	} else {
		for (size_t i = 0; i < *config_member_count(member, config); i++)
			print_text(print, member, NULL, config_member_texts(member, config)[i]);
	}
	json_print_close(print, ']');
}

static void print_member(struct json_print *print, const struct config_member *member,
			 struct config *config)
{
	const char *name = config_member_name(member);
	uint64_t number;

	switch ((enum config_kind)member->kind) {
	case CONFIG_FLAG:
		json_print_flag(print, name, config_member_number(member, config) != 0);
		break;
	case CONFIG_NUMBER:
		json_print_number(print, name, config_member_number(member, config));
		break;
	case CONFIG_WORD:
		number = config_member_number(member, config);
		json_print_text(print, name, member->word((unsigned)number));
		break;
	case CONFIG_TEXT:
	case CONFIG_PATH:
		print_text(print, member, name, *config_member_texts(member, config));
		break;
	default:
		print_list(print, member, config);
	}
}

static void print_sections(struct json_print *print, const struct config *config)
{
	struct config copy = *config; /* the accessors are for writers too */
	const struct config_section *section;
	const struct config_member *member;

	for (size_t i = 0; (section = config_member_section(i)); i++) {
		if (section->name[0] != '\0')
			json_print_open(print, section->name, '{');
		for (size_t j = 0; (member = config_member_at(j)); j++)
			if (config_member_in(member, section))
				print_member(print, member, &copy);
		if (section->name[0] != '\0')
			json_print_close(print, '}');
	}
}

void config_dump(const struct config *config, FILE *out)
{
	struct json_print print = json_print_to(out);

	json_print_open(&print, NULL, '{');
	print_sections(&print, config);
	json_print_close(&print, '}');
}

void config_dump_document(const struct config_document *document, FILE *out)
{
	struct json_print print = json_print_to(out);
	const struct config_member *member;
	char place[CONFIG_PLACE_SIZE];

	json_print_open(&print, NULL, '{');
	print_sections(&print, &document->config);
	json_print_open(&print, "$set_by", '{');
	for (size_t i = 0; (member = config_member_at(i)); i++) {
		config_member_place(&document->origin[i], place);
		json_print_some(&print, member->key, place);
	}
	json_print_close(&print, '}');
	json_print_close(&print, '}');
}
