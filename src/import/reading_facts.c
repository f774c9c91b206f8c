/* Facts and things out of what a document says. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ip.h"
#include "base/text.h"
#include "import/arm_id.h"
#include "import/reading.h"

#define NUMBER_TEXT 24
#define NAME_MAX_BYTES 253

void reading_say_text(struct reading *reading, struct thing *thing, enum fact_kind kind,
		      struct node object, const char *path)
{
	struct node node = reading_path(reading, object, path);

	thing_say_text(reading->inventory, thing, kind, reading_text_of(reading, node),
		       reading_place(reading, node));
}

void reading_say_number(struct reading *reading, struct thing *thing, enum fact_kind kind,
			struct node object, const char *path)
{
	struct node node = reading_path(reading, object, path);
	char bytes[NUMBER_TEXT];
	struct text text = text_over(bytes, sizeof(bytes));

	if (reading_type(node) != JSON_NUMBER)
		return;
	text_add_number(&text, json_read_value_number(&reading->reader, node.at, 0, UINT32_MAX));
	if (reading->reader.error == 0)
		thing_say_text(reading->inventory, thing, kind, bytes,
			       reading_place(reading, node));
}

static const char *flag_of(struct reading *reading, struct node node, bool turned)
{
	static const struct {
		const char *word;
		bool on;
	} words[] = { { "enabled", true }, { "disabled", false }, { "true", true },
		      { "false", false },  { "allow", true },     { "deny", false } };
	const char *text = reading_text_of(reading, node);

	for (size_t i = 0; text && i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i].word) == 0)
			return words[i].on != turned ? "true" : "false";
	}
	return NULL; /* SecuredByPerimeter, AzureServices, ...: neither open nor shut */
}

void reading_say_flag(struct reading *reading, struct thing *thing, enum fact_kind kind,
		      struct node object, const char *path, bool turned)
{
	struct node node = reading_path(reading, object, path);
	const char *text;

	if (reading_type(node) == JSON_BOOL)
		text = json_flag(node.at) != turned ? "true" : "false";
	else
		text = flag_of(reading, node, turned);
	thing_say_text(reading->inventory, thing, kind, text, reading_place(reading, node));
}

const char *reading_address(struct reading *reading, struct node node)
{
	const char *text = reading_text_of(reading, node);
	char printed[IP_TEXT_SIZE];
	struct ip_addr addr;

	if (!text)
		return NULL;
	if (!ip_parse(text, &addr)) {
		reading_wrong(reading, node, "\"%.60s\" is not an IP address; is the file whole?",
			      text);
		return NULL;
	}
	ip_print(&addr, printed);
	return inventory_copy(reading->inventory, printed);
}

bool reading_name_ok(const char *name)
{
	const char *after_star = strncmp(name, "*.", 2) == 0 ? name + 2 : name;

	for (const char *c = name; *c; c++) {
		if (*c <= ' ' || *c > '~') /* names of other scripts stand in DNS as xn--... */
			return false;
	}
	return strlen(name) <= NAME_MAX_BYTES && *after_star != '\0' && *after_star != '.' &&
	       !strpbrk(after_star, "*/:") && !strstr(name, "..");
}

/* The name in lower case and without the root's dot; NULL: none, or wrong. */
const char *reading_name(struct reading *reading, struct node node)
{
	const char *text = reading_text_of(reading, node);
	char bytes[NAME_MAX_BYTES + 2];
	struct text name = text_over(bytes, sizeof(bytes));

	if (!text)
		return NULL;
	text_add(&name, text);
	if (name.length > 1 && bytes[name.length - 1] == '.')
		bytes[name.length - 1] = '\0';
	if (name.cut || !reading_name_ok(bytes)) {
		reading_wrong(reading, node, "\"%.60s\" is not a DNS name; is the file whole?",
			      text);
		return NULL;
	}
	return inventory_lower(reading->inventory, bytes);
}

void reading_say_each(struct reading *reading, struct thing *thing, enum fact_kind kind,
		      struct node list, const char *path, reading_taker *take)
{
	size_t room = reading_type(list) == JSON_ARRAY ? json_count(list.at) : 0;
	const char **at = arena_take(reading->inventory->arena, room + 1, sizeof(*at));
	size_t count = 0;

	reading->inventory->failed |= !at;
	for (struct each each = reading_each(list); at && reading_step(reading, &each);) {
		struct node node = reading_path(reading, each.item, path);

		at[count] = node.at ? take(reading, node) : NULL;
		count += at[count] != NULL;
	}
	if (count != 0)
		thing_say(reading->inventory, thing, kind, (struct values){ at, count },
			  reading_place(reading, list));
}

/* A prefix without host bits, as pewit writes it; NULL: wrong. */
static const char *prefix_of(struct reading *reading, struct node node)
{
	const char *text = reading_text_of(reading, node);
	char bytes[IP_TEXT_SIZE + 4];
	struct text printed = text_over(bytes, sizeof(bytes));
	struct ip_prefix prefix;

	if (!text)
		return NULL;
	if (!ip_prefix_parse(text, &prefix, NULL)) {
		reading_wrong(reading, node,
			      "\"%.60s\" is not an address prefix; is the file whole?", text);
		return NULL;
	}
	text_add_ip(&printed, &prefix.addr);
	text_add(&printed, "/");
	text_add_number(&printed, ip_is_v4(&prefix.addr) && prefix.bits >= 96 ? prefix.bits - 96
									      : prefix.bits);
	return inventory_copy(reading->inventory, bytes);
}

void reading_say_prefixes(struct reading *reading, struct thing *thing, struct node node)
{
	if (reading_type(node) == JSON_ARRAY)
		reading_say_each(reading, thing, FACT_PREFIXES, node, "", prefix_of);
	else if (node.at)
		thing_say_text(reading->inventory, thing, FACT_PREFIXES, prefix_of(reading, node),
			       reading_place(reading, node));
}

/* What was only referred to so far has its name and place from its description. */
static struct thing *described(struct reading *reading, struct thing *thing, const char *id,
			       const char *name, struct node at)
{
	if (!thing)
		return NULL;
	if (!thing->listed) {
		thing->from = reading_place(reading, at);
		thing->written = id ? inventory_copy(reading->inventory, id) : NULL;
		thing->name = inventory_copy(reading->inventory, name);
	}
	thing->listed = true;
	reading->taken[thing->kind]++;
	return thing->name ? thing : NULL;
}

struct thing *reading_thing(struct reading *reading, enum thing_kind kind, const char *id,
			    const char *name, struct node at)
{
	struct source_place from = reading_place(reading, at);

	if (!id)
		return NULL;
	name = name ? name : arm_id_name(id);
	return described(reading, inventory_thing(reading->inventory, kind, id, name, from), id,
			 name, at);
}

struct thing *reading_inside(struct reading *reading, enum thing_kind kind, struct thing *owner,
			     const char *name, struct node at)
{
	struct source_place from = reading_place(reading, at);

	if (!name)
		return NULL;
	return described(reading, inventory_inside(reading->inventory, kind, owner, name, from),
			 NULL, name, at);
}

struct thing *reading_mention(struct reading *reading, enum thing_kind kind, const char *id,
			      struct node at)
{
	return id ? inventory_thing(reading->inventory, kind, id, arm_id_name(id),
				    reading_place(reading, at))
		  : NULL;
}

const char *reading_id(struct reading *reading, struct node object, const char *type)
{
	const char *id = reading_text(reading, object, "id");
	const char *name = reading_text(reading, object, "name");
	const char *group = reading_text(reading, object, "resourceGroup");
	char made[ARM_ID_MAX + 1];

	if (!group)
		group = reading_text(reading, object, "resourceGroupName");
	if (arm_id_is(id))
		return id;
	return name && arm_id_make(made, reading_text(reading, object, "subscriptionId"), group,
				   type, name)
		       ? inventory_copy(reading->inventory, made)
		       : NULL;
}

void reading_say_zone_tag(struct reading *reading, struct thing *thing, struct node object)
{
	static const char *const keys[] = { "environment", "env", "zone" };
	struct node tags = reading_member(reading, object, "tags");

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct node tag = reading_member(reading, tags, keys[i]);
		const char *text =
			reading_type(tag) == JSON_TEXT ? reading_text_of(reading, tag) : NULL;

		if (!text)
			continue;
		thing_say_text(reading->inventory, thing, FACT_ZONE_TAG,
			       inventory_lower(reading->inventory, text),
			       reading_place(reading, tag));
		return;
	}
}

void reading_ignore(struct reading *reading, const char *type)
{
	if (reading->ignored++ == 0)
		reading->ignored_type = inventory_copy(reading->inventory, type);
}
