/* pewit map show: a map as a tree for people, or what it says of one name or address. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/json_print.h"
#include "judge/map.h"
#include "judge/map_entry.h"
#include "tool/command.h"
#include "tool/options.h"

#define LINE_MAX_BYTES 4096 /* of an entry; what does not fit is cut, with "..." */
#define INDENT 2

enum option_id { OPT_JSON = 1 };

static const struct option_row rows[] = {
	{ 0, "json", NULL, "print one JSON object; of a whole map: how many entries it has",
	  OPT_JSON },
};

static const struct option_table table = {
	.command = "map show",
	.usage = "[OPTION]... FILE [NAME|ADDRESS]",
	.about = "Prints an expected map, or what it says of a DNS name, of an address or of the\n"
		 "entries that have a name.",
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
	.after = "Exit status: 0, also when the map says nothing of it; 2 usage, or not a map.\n\n"
		 "Examples:\n"
		 "  pewit map show map.json\n"
		 "  pewit map show map.json 10.40.2.6\n"
		 "  pewit map show map.json vnet-prod",
};

/* The whole map ------------------------------------------------------------------------------- */

static void show_list(const struct json_value *list, int depth);

/* A member that is a line by itself: a list that holds objects, or an object. */
static bool is_branch(const struct json_value *member)
{
	const struct json_value *first = json_first(member);

	return json_type(member) == JSON_OBJECT ||
	       (json_type(member) == JSON_ARRAY && first && json_type(first) == JSON_OBJECT);
}

static void add_member(struct text *line, const struct json_value *member)
{
	text_add(line, line->length > 0 ? ", " : "");
	map_entry_plain(json_key(member), line);
	text_add(line, " ");
	if (json_type(member) != JSON_ARRAY) {
		map_entry_value(member, line);
		return;
	}
	for (const struct json_value *each = json_first(member); each; each = json_next(each)) {
		map_entry_value(each, line);
		text_add(line, json_next(each) ? " | " : "");
	}
	text_add(line, json_first(member) ? "" : "(none)");
}

static void print_plain(int indent, const char *word)
{
	char bytes[LINE_MAX_BYTES];
	struct text text = text_over(bytes, sizeof(bytes));

	map_entry_plain(word, &text);
	printf("%*s%s", indent, "", bytes);
}

static void show_members(const struct json_value *object, int depth)
{
	const struct json_value *key = map_entry_key(object);
	char bytes[LINE_MAX_BYTES];
	struct text line = text_over(bytes, sizeof(bytes));

	for (const struct json_value *m = json_first(object); m; m = json_next(m))
		if (m != key && !is_branch(m) && !map_entry_is_remark(m))
			add_member(&line, m);
	if (line.length > 0)
		printf("%s%s", key ? ": " : "", bytes);
	puts(line.cut ? "..." : "");
	for (const struct json_value *m = json_first(object); m; m = json_next(m)) {
		if (!is_branch(m) || map_entry_is_remark(m))
			continue;
		print_plain(depth, json_key(m));
		if (json_type(m) == JSON_OBJECT) {
			fputs(": ", stdout);
			show_members(m, depth + INDENT);
		} else {
			putchar('\n');
			show_list(m, depth + INDENT);
		}
	}
}

static void show_list(const struct json_value *list, int depth)
{
	for (const struct json_value *each = json_first(list); each; each = json_next(each)) {
		const struct json_value *key = map_entry_key(each);
		char name[MAP_ENTRY_TEXT_MAX];
		struct text text = text_over(name, sizeof(name));

		if (json_type(each) != JSON_OBJECT)
			continue;
		if (key)
			map_entry_value(key, &text);
		printf("%*s%s", depth, "", name);
		show_members(each, depth + INDENT);
	}
}

static void count_sections(const struct map *map)
{
	struct json_print print = json_print_to(stdout);
	const struct json_value *root = map_document(map);

	json_print_open(&print, NULL, '{');
	for (const struct json_value *m = json_first(root); m; m = json_next(m))
		if (json_type(m) == JSON_ARRAY)
			json_print_number(&print, json_key(m), json_count(m));
	json_print_close(&print, '}');
}

/* One name or address ------------------------------------------------------------------------- */

struct answer {
	bool json;
	size_t said;
	struct json_print print;
};

/* One line: what it is, its name, and more of it or NULL. */
static void say(struct answer *answer, const char *what, const char *name, const char *more)
{
	answer->said++;
	if (answer->json) {
		json_print_open_line(&answer->print, NULL, '{');
		json_print_text(&answer->print, "what", what);
		json_print_text(&answer->print, "name", name);
		json_print_some(&answer->print, "more", more);
		json_print_close(&answer->print, '}');
		return;
	}
	print_plain(0, what);
	print_plain(1, name);
	if (more) {
		fputs(" (", stdout);
		print_plain(0, more);
		putchar(')');
	}
	putchar('\n');
}

/* An entry that has the name as its own, with all below it. */
static void say_entry(struct answer *answer, const char *section, const struct json_value *entry)
{
	const char *name = json_text(map_entry_key(entry));

	if (answer->json) {
		say(answer, section, name, NULL);
		return;
	}
	answer->said++;
	print_plain(0, section);
	print_plain(1, name);
	show_members(entry, INDENT);
}

static void show_entries(struct answer *answer, const struct json_value *object, const char *name)
{
	for (const struct json_value *m = json_first(object); m; m = json_next(m)) {
		if (json_type(m) != JSON_ARRAY)
			continue;
		for (const struct json_value *each = json_first(m); each; each = json_next(each)) {
			const struct json_value *own = json_member(each, "name");

			if (own && json_text(own) && strcasecmp(json_text(own), name) == 0)
				say_entry(answer, json_key(m), each);
			show_entries(answer, each, name);
		}
	}
}

static void say_endpoint(struct answer *answer, const struct map_endpoint *endpoint)
{
	char bytes[LINE_MAX_BYTES];
	struct text text = text_over(bytes, sizeof(bytes));

	text_add(&text, endpoint->fqdn);
	text_add(&text, " at");
	for (size_t i = 0; i < endpoint->ip_count; i++) {
		text_add(&text, " ");
		text_add_ip(&text, &endpoint->ips[i]);
	}
	say(answer, "private endpoint", endpoint->private_endpoint->name, bytes);
}

static void show_address(struct answer *answer, const struct map *map, const struct ip_addr *addr)
{
	const struct map_vnet *vnet = map_vnet_of(map, addr);
	const struct map_subnet *subnet = map_subnet_of(map, addr);
	const struct map_compute *compute = map_compute_at(map, addr);
	const struct map_schedule *schedule = map_schedule_at(map, addr);
	const struct map_on_premises *place = map_on_premises_of(map, addr);
	const char *platform = map_platform_at(map, addr);
	const struct map_endpoint *endpoint;

	if (vnet)
		say(answer, "VNet", vnet->name, vnet->zone);
	if (subnet)
		say(answer, "subnet", subnet->name, subnet->role);
	for (size_t i = 0; (endpoint = map_endpoint_at(map, addr, i)); i++)
		say_endpoint(answer, endpoint);
	if (compute)
		say(answer, "compute", compute->name, compute->type);
	if (schedule)
		say(answer, "schedule", schedule->name, schedule->time_zone);
	if (place)
		say(answer, "on premises", place->name, place->zone);
	if (platform)
		say(answer, "platform", platform, NULL);
	if (map_has_resolver(map, addr))
		say(answer, "resolver", "for DNS", NULL);
}

static void show_name(struct answer *answer, const struct map *map, const char *name)
{
	const struct map_endpoint *endpoint = map_endpoint_by_name(map, name);
	const struct map_dns_zone *zone = map_dns_zone_of(map, name);
	const struct map_resource *resource = map_resource_by_name(map, name);
	const struct map_egress *egress = map_egress_by_name(map, name);

	if (endpoint)
		say_endpoint(answer, endpoint);
	if (zone)
		say(answer, "private DNS zone", zone->name, zone->resolution_policy);
	if (resource)
		say(answer, "resource", resource->name, resource->type);
	if (egress)
		say(answer, "allowed egress", egress->fqdn, egress->category);
	show_entries(answer, map_document(map), name);
}

static void show_one(const struct map *map, bool json, const char *asked)
{
	struct answer answer = { .json = json, .print = json_print_to(stdout) };
	struct ip_addr addr;

	if (json) {
		json_print_open(&answer.print, NULL, '{');
		json_print_text(&answer.print, "asked", asked);
		json_print_open(&answer.print, "found", '[');
	}
	if (ip_parse(asked, &addr))
		show_address(&answer, map, &addr);
	else
		show_name(&answer, map, asked);
	if (json) {
		json_print_close(&answer.print, ']');
		json_print_close(&answer.print, '}');
	} else if (answer.said == 0) {
		printf("The map says nothing of %s.\n", asked);
	}
}

/* ---------------------------------------------------------------------------------------------- */

static int show_file(const char *path, const char *asked, bool json)
{
	struct fault fault = { "" };
	struct map *map;
	int error = map_load(&map, path, &fault);

	if (error != 0) {
		fprintf(stderr, "pewit: %s\n", fault.text[0] ? fault.text : strerror(-error));
		return error == -ENOMEM ? STATUS_FAILED : STATUS_USAGE;
	}
	if (asked)
		show_one(map, json, asked);
	else if (json)
		count_sections(map);
	else
		show_members(map_document(map), 0);
	map_free(map);
	return command_finish(STATUS_FINE);
}

static bool take(void *context, int id, const char *value, struct fault *fault)
{
	(void)value;
	(void)fault;
	if (id == OPT_JSON)
		*(bool *)context = true;
	return true;
}

int command_map_show(int argc, char **argv)
{
	bool json = false;
	struct options_reader reader = { .take = take, .context = &json };
	struct fault fault = { "" };
	int given;

	switch (options_read(&table, argc, argv, &reader, &fault)) {
	case OPTIONS_HELP:
		options_print_help(&table, stdout);
		return command_finish(STATUS_FINE);
	case OPTIONS_FAULT:
		return command_usage_fault("map show", fault.text);
	case OPTIONS_DONE:
		break;
	}
	given = argc - reader.operands;
	if (given < 1 || given > 2)
		return command_usage_fault("map show",
					   "map show takes a map, and a name or an address");
	return show_file(argv[reader.operands], given == 2 ? argv[reader.operands + 1] : NULL,
			 json);
}
