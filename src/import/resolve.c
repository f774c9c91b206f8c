#include "import/resolve.h"

#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "base/ip.h"
#include "import/arm_id.h"

void resolve_say(struct resolve *resolve, const struct thing *thing, enum heard what,
		 const char *format, ...)
{
	char sentence[FAULT_TEXT_MAX + 1];
	struct fault fault;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	fault_set(&fault, "%.120s:%u:%u: %.380s", thing->from.path, thing->from.line,
		  thing->from.column, sentence);
	resolve->hearer.hear(resolve->hearer.context, what, fault.text);
}

static struct thing *itself_from(struct thing *thing)
{
	while (thing && thing->same_as)
		thing = thing->next;
	return thing;
}

struct thing *resolve_first(const struct inventory *inventory, enum thing_kind kind)
{
	return itself_from(inventory->first[kind]);
}

struct thing *resolve_next(const struct thing *thing)
{
	return itself_from(thing->next);
}

static struct thing *inside_from(struct thing *thing, enum thing_kind kind)
{
	while (thing && thing->kind != kind)
		thing = thing->beside;
	return thing;
}

struct thing *resolve_first_inside(const struct thing *owner, enum thing_kind kind)
{
	return inside_from(owner ? owner->inside : NULL, kind);
}

struct thing *resolve_next_inside(const struct thing *thing)
{
	return inside_from(thing->beside, thing->kind);
}

static bool group_matches(const struct thing *thing, const char *pattern)
{
	struct arm_part group = thing->id ? arm_id_group(thing->id) : (struct arm_part){ "", 0 };
	char name[128]; /* Azure allows 90 characters */

	if (group.length == 0 || group.length >= sizeof(name))
		return false;
	memcpy(name, group.at, group.length);
	name[group.length] = '\0';
	return fnmatch(pattern, name, FNM_CASEFOLD) == 0;
}

const char *resolve_zone(const struct resolve *resolve, const struct thing *thing)
{
	for (size_t i = 0; i < resolve->rule_count; i++) {
		const struct zone_rule *rule = &resolve->rules[i];

		if (fnmatch(rule->pattern, thing->name, FNM_CASEFOLD) == 0 ||
		    (thing->kind != THING_SUBNET && group_matches(thing, rule->pattern)))
			return rule->zone;
	}
	return thing_text(thing, FACT_ZONE_TAG);
}

struct thing *resolve_vnet_of(struct resolve *resolve, const char *subnet_id,
			      const struct thing *user)
{
	char vnet[ARM_ID_MAX + 1];

	if (!subnet_id || !arm_id_owner(subnet_id, "microsoft.network/virtualnetworks", vnet))
		return NULL;
	return thing_itself(inventory_thing(resolve->inventory, THING_VNET, vnet, arm_id_name(vnet),
					    user->from));
}

/* How many bits of the thing's prefixes hold the address; 0: none does. */
static unsigned held_bits(const struct thing *thing, const struct ip_addr *addr)
{
	struct values prefixes = thing_values(thing, FACT_PREFIXES);
	unsigned best = 0;

	for (size_t i = 0; i < prefixes.count; i++) {
		struct ip_prefix prefix;

		if (ip_prefix_parse(prefixes.at[i], &prefix, NULL) &&
		    ip_prefix_contains(&prefix, addr) && prefix.bits >= best)
			best = prefix.bits + 1u;
	}
	return best;
}

static struct thing *at_address(struct resolve *resolve, enum thing_kind kind, const char *address)
{
	struct thing *found = NULL;
	unsigned best = 0;
	struct ip_addr addr;

	if (!address || !ip_parse(address, &addr))
		return NULL;
	for (struct thing *thing = resolve_first(resolve->inventory, kind); thing;
	     thing = resolve_next(thing)) {
		unsigned bits = held_bits(thing, &addr);

		if (bits > best) {
			best = bits;
			found = thing;
		}
	}
	return found;
}

struct thing *resolve_subnet_at(struct resolve *resolve, const char *address)
{
	return at_address(resolve, THING_SUBNET, address);
}

struct thing *resolve_vnet_at(struct resolve *resolve, const char *address)
{
	return at_address(resolve, THING_VNET, address);
}

/* What facts refer to becomes a thing, so that one known by a part of its id finds its whole. */
static void mention_all(struct inventory *inventory)
{
	static const struct {
		enum fact_kind fact;
		enum thing_kind thing;
	} references[] = {
		{ FACT_SUBNET, THING_SUBNET },
		{ FACT_ROUTE_TABLE, THING_ROUTE_TABLE },
		{ FACT_TARGET, THING_RESOURCE },
	};

	for (int kind = 0; kind < THING_KINDS; kind++) {
		for (struct thing *t = inventory->first[kind]; t; t = t->next) {
			for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++) {
				const char *id = thing_text(t, references[i].fact);

				if (arm_id_is(id))
					inventory_thing(inventory, references[i].thing, id,
							arm_id_name(id), t->from);
			}
		}
	}
}

void resolve(struct resolve *resolve)
{
	mention_all(resolve->inventory);
	inventory_unify(resolve->inventory);
	resolve_names(resolve);
	resolve_records(resolve);
	resolve_networks(resolve);
}
