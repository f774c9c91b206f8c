/* pewit tags: what a list of service tags is, and in which tags addresses are. */
#include <errno.h>
#include <string.h>

#include "base/emit.h"
#include "event/event_text.h"
#include "judge/service_tags.h"
#include "tool/command.h"
#include "tool/options.h"

#define JSON_BYTES_MAX 65536 /* one address: TAGS_SHOWN names of 127 bytes, twice */
#define DAY_LENGTH 10        /* of a date, without its time */
#define TAGS_SHOWN 128       /* of one address; the most known is five */

enum option_id { OPT_JSON = 1 };

static const struct option_row rows[] = {
	{ 0, "json", NULL, "print one JSON object", OPT_JSON },
};

static const struct option_table table = {
	.command = "tags",
	.usage = "[OPTION]... FILE [ADDRESS]...",
	.about =
		"Reads Microsoft's list of Azure prefixes (ServiceTags_*.json), says which list it "
		"is,\nand names the service tags of each address: first the one that says most.",
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
	.after = "Exit status: 0 fine, 2 not a list, or not an address.\n\n"
		 "Example:\n"
		 "  pewit tags ServiceTags_Public_20251117.json 20.60.204.9",
};

/* The list ------------------------------------------------------------------------------------- */

static void member(struct emit *json, const char *name)
{
	emit_name(json, name, strlen(name));
}

static void number(struct emit *json, const char *name, uint64_t value)
{
	member(json, name);
	emit_u64(json, value);
}

static void list_json(struct emit *json, const struct service_tags_info *info)
{
	char date[EVENT_DATE_LENGTH];

	member(json, "cloud");
	emit_text(json, info->cloud);
	number(json, "change_number", info->change_number);
	if (info->date_s != 0) {
		event_text_date(info->date_s, date);
		member(json, "date");
		emit_string(json, date, DAY_LENGTH);
		member(json, "date_is_named");
		emit_bool(json, info->date_is_named);
	}
	number(json, "tags", info->tags);
	number(json, "prefixes", info->prefixes);
	number(json, "distinct_prefixes", info->distinct_prefixes);
	number(json, "bytes", info->bytes);
}

static void print_list(const struct service_tags_info *info)
{
	char date[EVENT_DATE_LENGTH];

	event_text_date(info->date_s, date);
	printf("cloud %s, number %u, %s %.*s: %zu tags, %zu prefixes (%zu different), %.1f MiB\n",
	       info->cloud, info->change_number,
	       info->date_is_named ? "published" : "file last changed", DAY_LENGTH, date,
	       info->tags, info->prefixes, info->distinct_prefixes,
	       (double)info->bytes / (1 << 20));
}

/* Addresses ------------------------------------------------------------------------------------ */

struct answer {
	const char *text; /* as asked */
	const struct service_tag *best, *all[TAGS_SHOWN];
	size_t count;
};

static struct answer look_up(const struct service_tags *tags, const char *text)
{
	struct answer answer = { .text = text };
	struct ip_addr addr;

	ip_parse(text, &addr);
	answer.best = service_tags_find(tags, &addr);
	answer.count = service_tags_all(tags, &addr, answer.all, TAGS_SHOWN);
	if (answer.count > TAGS_SHOWN)
		answer.count = TAGS_SHOWN;
	return answer;
}

static void answer_json(struct emit *json, const struct answer *answer)
{
	emit_separate(json);
	emit_open(json, '{');
	member(json, "address");
	emit_text(json, answer->text);
	if (answer->best) {
		member(json, "tag");
		emit_text(json, answer->best->name);
		member(json, "service");
		emit_text(json, answer->best->service);
		member(json, "region");
		emit_text(json, answer->best->region);
	}
	member(json, "tags");
	emit_open(json, '[');
	for (size_t i = 0; i < answer->count; i++) {
		emit_separate(json);
		emit_text(json, answer->all[i]->name);
	}
	emit_close(json, ']');
	emit_close(json, '}');
}

static void print_answer(const struct answer *answer)
{
	const char *between = " (also ";

	printf("%s: %s", answer->text, answer->best ? answer->best->name : "in no tag");
	for (size_t i = 0; i < answer->count; i++) {
		if (answer->all[i] == answer->best)
			continue;
		printf("%s%s", between, answer->all[i]->name);
		between = ", ";
	}
	puts(answer->count > 1 ? ")" : "");
}

static void print_all(const struct service_tags *tags, bool as_json, char **words, int count)
{
	const struct service_tags_info info = service_tags_info(tags);
	char bytes[JSON_BYTES_MAX];
	struct emit json = emit_over(bytes, sizeof(bytes));

	if (!as_json) {
		print_list(&info);
	} else {
		emit_open(&json, '{');
		list_json(&json, &info);
		member(&json, "addresses");
		emit_open(&json, '[');
	}
	for (int i = 0; i < count; i++) {
		struct answer answer = look_up(tags, words[i]);

		if (!as_json) {
			print_answer(&answer);
			continue;
		}
		answer_json(&json, &answer);
		fwrite(bytes, 1, (size_t)(json.at - bytes), stdout);
		json.at = bytes;
	}
	if (as_json) {
		fwrite(bytes, 1, (size_t)(json.at - bytes), stdout);
		puts("]}");
	}
}

static bool take(void *context, int id, const char *value, struct fault *fault)
{
	(void)value;
	(void)fault;
	if (id == OPT_JSON)
		*(bool *)context = true;
	return true;
}

static int run(const char *path, char **words, int count, bool as_json)
{
	struct service_tags *tags;
	struct fault fault = { "" };
	struct ip_addr addr;
	int error;

	for (int i = 0; i < count; i++) {
		if (ip_parse(words[i], &addr))
			continue;
		fault_set(&fault, "\"%s\" is no IPv4 or IPv6 address", words[i]);
		return command_usage_fault("tags", fault.text);
	}
	error = service_tags_load(&tags, path, &fault);
	if (error != 0) {
		fprintf(stderr, "pewit: %s\n", fault.text);
		return error == -ENOMEM ? STATUS_FAILED : STATUS_USAGE;
	}
	print_all(tags, as_json, words, count);
	service_tags_free(tags);
	return command_finish(STATUS_FINE);
}

int command_tags(int argc, char **argv)
{
	bool as_json = false;
	struct options_reader reader = { .take = take, .context = &as_json };
	struct fault fault = { "" };

	switch (options_read(&table, argc, argv, &reader, &fault)) {
	case OPTIONS_HELP:
		options_print_help(&table, stdout);
		return command_finish(STATUS_FINE);
	case OPTIONS_FAULT:
		return command_usage_fault("tags", fault.text);
	case OPTIONS_DONE:
		break;
	}
	if (reader.operands == argc)
		return command_usage_fault("tags", "tags takes a list, ServiceTags_*.json");
	return run(argv[reader.operands], argv + reader.operands + 1, argc - reader.operands - 1,
		   as_json);
}
