/* Words of the command line over what files say. */
#include <string.h>

#include "base/spelling.h"
#include "daemon/config_member.h"

struct setting {
	struct config_document *document;
	const struct config_member *member;
	const char *option;
	char *value;
	struct fault *fault;
};

/* UINT64_MAX: not a whole number, or larger than any bound. */
static uint64_t number_of(const char *text)
{
	uint64_t number = 0;

	if (*text == '\0')
		return UINT64_MAX;
	for (; *text >= '0' && *text <= '9' && number <= CONFIG_COUNT_MAX; text++)
		number = number * 10 + (uint64_t)(*text - '0');
	return *text == '\0' ? number : UINT64_MAX;
}

static bool take_number(const struct setting *setting, uint64_t least, uint64_t most,
			uint64_t *number)
{
	*number = number_of(setting->value);
	if (*number >= least && *number <= most)
		return true;
	fault_set(setting->fault, "%s %.60s: a whole number from %llu to %llu is needed",
		  setting->option, setting->value, (unsigned long long)least,
		  (unsigned long long)most);
	return false;
}

static bool take_flag(const struct setting *setting, uint64_t *number)
{
	*number = strcmp(setting->value, "true") == 0;
	if (*number || strcmp(setting->value, "false") == 0)
		return true;
	fault_set(setting->fault, "%s %.60s: %s is true or false", setting->option, setting->value,
		  setting->member->key);
	return false;
}

static bool take_word(const struct setting *setting, uint64_t *number)
{
	const char *nearest = NULL;
	char all[CONFIG_WORDS_SIZE];
	int found = config_member_word(setting->member, setting->value, &nearest);

	*number = (uint64_t)found;
	if (found >= 0)
		return true;
	config_member_words(setting->member, all);
	if (nearest)
		fault_set(setting->fault, "%s: there is no \"%.60s\"; did you mean %s?",
			  setting->option, setting->value, nearest);
	else
		fault_set(setting->fault, "%s: there is no \"%.60s\"; there are %s",
			  setting->option, setting->value, all);
	return false;
}

static bool is_full(const struct setting *setting, size_t count)
{
	if (count < setting->member->most)
		return false;
	fault_set(setting->fault, "%s: more than %llu", setting->option,
		  (unsigned long long)setting->member->most);
	return true;
}

static bool add_text(const struct setting *setting)
{
	struct config *config = &setting->document->config;
	const char **texts = config_member_texts(setting->member, config);
	size_t *count = config_member_count(setting->member, config);

	if (is_full(setting, *count))
		return false;
	texts[(*count)++] = setting->value;
	texts[*count] = NULL;
	return true;
}

static bool add_port(const struct setting *setting)
{
	uint16_t *ports = config_member_ports(setting->member, &setting->document->config);
	uint64_t number;
	size_t count = 0;

	while (ports[count] != 0)
		count++;
	if (is_full(setting, count) || !take_number(setting, 1, UINT16_MAX, &number))
		return false;
	ports[count] = (uint16_t)number;
	ports[count + 1] = 0;
	return true;
}

static bool add_word(const struct setting *setting)
{
	struct config *config = &setting->document->config;
	uint64_t number;

	if (!take_word(setting, &number))
		return false;
	number = config_member_number(setting->member, config) | UINT64_C(1) << number;
	config_member_put(setting->member, config, number);
	return true;
}

/* What files said of the member gives way, once. */
static void begin(const struct setting *setting)
{
	struct config *config = &setting->document->config;

	switch ((enum config_kind)setting->member->kind) {
	case CONFIG_TEXTS:
	case CONFIG_PATHS:
		*config_member_count(setting->member, config) = 0;
		break;
	case CONFIG_PORTS:
		*config_member_ports(setting->member, config) = 0;
		break;
	case CONFIG_WORDS:
		config_member_put(setting->member, config, 0);
		break;
	default:
		break;
	}
}

static bool take(const struct setting *setting)
{
	const struct config_member *member = setting->member;
	struct config *config = &setting->document->config;
	uint64_t number = 0;
	bool fine;

	switch ((enum config_kind)member->kind) {
	case CONFIG_TEXT:
	case CONFIG_PATH:
		*config_member_texts(member, config) = setting->value;
		return true;
	case CONFIG_TEXTS:
	case CONFIG_PATHS:
		return add_text(setting);
	case CONFIG_PORTS:
		return add_port(setting);
	case CONFIG_WORDS:
		return add_word(setting);
	case CONFIG_FLAG:
		fine = take_flag(setting, &number);
		break;
	case CONFIG_WORD:
		fine = take_word(setting, &number);
		break;
	default:
		fine = take_number(setting, member->least, member->most, &number);
	}
	if (fine)
		config_member_put(member, config, number);
	return fine;
}

static bool is_list(const struct config_member *member)
{
	return member->kind >= CONFIG_TEXTS;
}

/* One value; of a list, one more of its elements unless it is the `first`. */
static bool set(struct setting *setting, bool first)
{
	struct config_origin *origin =
		&setting->document->origin[config_member_index(setting->member)];

	if (setting->value[0] == '\0') {
		fault_set(setting->fault, "%s: %s needs a value", setting->option,
			  setting->member->key);
		return false;
	}
	if (!config_member_is_text(setting->value)) {
		fault_set(setting->fault, "%s: control characters, or not UTF-8", setting->option);
		return false;
	}
	if (config_member_is_path(setting->member))
		config_member_tidy(setting->value);
	if (first || !origin->option)
		begin(setting);
	*origin = (struct config_origin){ .option = setting->option };
	return take(setting);
}

/* A whole list, with commas between its elements; they are cut apart where they stand. */
static bool set_elements(struct setting *setting, char *list)
{
	bool first = true;

	while (list) {
		setting->value = strsep(&list, ",");
		if (!set(setting, first))
			return false;
		first = false;
	}
	return true;
}

/* Gives the setting a copy of the value that is the document's own. */
static bool own(struct setting *setting, const char *value)
{
	size_t bytes = strlen(value) + 1;

	setting->value = arena_take(setting->document->arena, bytes, 1);
	if (!setting->value) {
		fault_set(setting->fault, "%s: not enough memory", setting->option);
		return false;
	}
	memcpy(setting->value, value, bytes);
	return true;
}

bool config_set(struct config_document *document, const char *option, const char *key,
		const char *value, struct fault *fault)
{
	struct setting setting = { .document = document,
				   .member = config_member_find(key, strlen(key)),
				   .option = option,
				   .fault = fault };

	if (!own(&setting, value))
		return false;
	/* No word of a set has a comma in it; a path or an interface may. */
	return setting.member->kind == CONFIG_WORDS ? set_elements(&setting, setting.value)
						    : set(&setting, false);
}

static void say_unknown(const char *option, const char *key, int length, struct fault *fault)
{
	char word[SPELLING_WORD_MAX + 1];

	snprintf(word, sizeof(word), "%.*s", length, key);
	const char *nearest = config_member_nearest(word);
	if (nearest)
		fault_set(fault, "%s %s: no such setting; did you mean %s?", option, word, nearest);
	else
		fault_set(fault, "%s %s: no such setting; pewit run -h lists them", option, word);
}

static void reset(const struct setting *setting)
{
	config_member_reset(setting->member, &setting->document->config);
	setting->document->origin[config_member_index(setting->member)] =
		(struct config_origin){ .option = setting->option };
}

bool config_assign(struct config_document *document, const char *option, const char *assignment,
		   struct fault *fault)
{
	size_t length = strcspn(assignment, "=");
	struct setting setting = { .document = document,
				   .member = config_member_find(assignment, length),
				   .option = option,
				   .fault = fault };

	if (assignment[length] != '=') {
		fault_set(fault, "%s %.60s: expected key=value", option, assignment);
		return false;
	}
	if (!setting.member) {
		say_unknown(option, assignment, (int)length, fault);
		return false;
	}
	if (assignment[length + 1] == '\0') {
		reset(&setting);
		return true;
	}
	if (!own(&setting, assignment + length + 1))
		return false;
	return is_list(setting.member) ? set_elements(&setting, setting.value)
				       : set(&setting, true);
}
