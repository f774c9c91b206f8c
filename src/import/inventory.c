/* The model: a hash of things, each with a short list of facts. */
#include "import/inventory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fault.h"
#include "import/arm_id.h"

#define FIRST_SLOTS 1024

const char *const thing_kind_names[THING_KINDS] = {
	[THING_VNET] = "VNet",
	[THING_SUBNET] = "subnet",
	[THING_ROUTE_TABLE] = "route table",
	[THING_ROUTE] = "route",
	[THING_PRIVATE_ENDPOINT] = "private endpoint",
	[THING_ENDPOINT_NAME] = "name",
	[THING_PRIVATE_RECORD] = "zone-group record",
	[THING_NIC] = "network interface",
	[THING_IP_CONFIG] = "address",
	[THING_PUBLIC_IP] = "public address",
	[THING_ZONE] = "private DNS zone",
	[THING_LINK] = "VNet link",
	[THING_RECORD] = "DNS record",
	[THING_RESOURCE] = "resource",
	[THING_DEPLOYMENT] = "model deployment",
	[THING_COMPUTE] = "compute",
};

const char *const thing_kind_plurals[THING_KINDS] = {
	[THING_VNET] = "VNets",
	[THING_SUBNET] = "subnets",
	[THING_ROUTE_TABLE] = "route tables",
	[THING_ROUTE] = "routes",
	[THING_PRIVATE_ENDPOINT] = "private endpoints",
	[THING_ENDPOINT_NAME] = "names",
	[THING_PRIVATE_RECORD] = "zone-group records",
	[THING_NIC] = "network interfaces",
	[THING_IP_CONFIG] = "addresses",
	[THING_PUBLIC_IP] = "public addresses",
	[THING_ZONE] = "private DNS zones",
	[THING_LINK] = "VNet links",
	[THING_RECORD] = "DNS records",
	[THING_RESOURCE] = "resources",
	[THING_DEPLOYMENT] = "model deployments",
	[THING_COMPUTE] = "computes",
};

static const char *const fact_names[FACT_KINDS] = {
	[FACT_TYPE] = "type",
	[FACT_KIND] = "kind",
	[FACT_SUBDOMAIN] = "sub-domain",
	[FACT_REGION] = "region",
	[FACT_ZONE_TAG] = "zone",
	[FACT_PREFIXES] = "prefixes",
	[FACT_DNS_SERVERS] = "DNS servers",
	[FACT_PEERINGS] = "peerings",
	[FACT_ROUTE_TABLE] = "route table",
	[FACT_NEXT_HOP_TYPE] = "type of the next hop",
	[FACT_NEXT_HOP] = "next hop",
	[FACT_ENDPOINT_POLICIES] = "private endpoint network policies",
	[FACT_SERVICE_ENDPOINTS] = "service endpoints",
	[FACT_SUBNET] = "subnet",
	[FACT_TARGET] = "resource",
	[FACT_GROUP_ID] = "group id",
	[FACT_STATUS] = "connection state",
	[FACT_NICS] = "network interfaces",
	[FACT_OWNER] = "owner",
	[FACT_FORWARDS] = "IP forwarding",
	[FACT_IPS] = "addresses",
	[FACT_FQDNS] = "names",
	[FACT_PUBLIC_IP] = "public address",
	[FACT_VNET] = "VNet",
	[FACT_POLICY] = "resolution policy",
	[FACT_WORKSPACE_GUID] = "workspace GUID",
	[FACT_PUBLIC_ACCESS] = "public network access",
	[FACT_LOCAL_AUTH] = "local authentication",
	[FACT_FIREWALL] = "firewall",
	[FACT_MODEL] = "model",
	[FACT_MODEL_VERSION] = "model version",
	[FACT_SKU] = "SKU",
	[FACT_CAPACITY] = "capacity",
	[FACT_REQUESTS] = "requests per minute",
	[FACT_TOKENS] = "tokens per minute",
	[FACT_CONTENT_FILTER] = "content filter",
	[FACT_IDENTITY] = "managed identity",
	[FACT_SSH_PUBLIC] = "public SSH",
	[FACT_IDLE_SHUTDOWN] = "idle shutdown",
	[FACT_ROLE] = "role",
	[FACT_PRIVATE_NAME] = "private DNS name",
};

bool inventory_open(struct inventory *inventory, struct hearer hearer)
{
	*inventory = (struct inventory){ .hearer = hearer };
	inventory->seed = hash_seed_random();
	inventory->arena = arena_new();
	inventory->slots = calloc(FIRST_SLOTS, sizeof(struct thing *));
	inventory->slot_count = FIRST_SLOTS;
	if (inventory->arena && inventory->slots)
		return true;
	inventory_close(inventory);
	return false;
}

void inventory_close(struct inventory *inventory)
{
	arena_free(inventory->arena);
	free(inventory->slots);
	*inventory = (struct inventory){ 0 };
}

static void *take(struct inventory *inventory, size_t count, size_t size)
{
	void *taken = arena_take(inventory->arena, count, size);

	inventory->failed |= !taken;
	return taken;
}

const char *inventory_copy(struct inventory *inventory, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = take(inventory, size, 1);

	if (copy)
		memcpy(copy, text, size);
	return copy;
}

const char *inventory_lower(struct inventory *inventory, const char *text)
{
	const char *copy = arena_lower(inventory->arena, text);

	inventory->failed |= !copy;
	return copy;
}

/* What tells a thing from others of its kind: its id or, inside another, its name in any case. */
static const char *key_of(const struct thing *thing)
{
	return thing->id ? thing->id : thing->name;
}

#define HASH_BYTES 256 /* of a key at a time */

static uint64_t hash_of(const struct inventory *inventory, enum thing_kind kind,
			const struct thing *owner, const char *key)
{
	struct {
		uint64_t before;
		char bytes[HASH_BYTES];
	} part = { .before = (uintptr_t)owner + (uint64_t)kind };
	size_t length;

	do {
		for (length = 0; length < HASH_BYTES && *key; length++, key++)
			part.bytes[length] = (char)tolower((unsigned char)*key);
		part.before = hash_bytes(&inventory->seed, &part, sizeof(part.before) + length);
	} while (length == HASH_BYTES);
	return part.before;
}

static bool is_it(const struct thing *thing, enum thing_kind kind, const struct thing *owner,
		  const char *key)
{
	return thing->kind == kind && thing->owner == owner && strcasecmp(key_of(thing), key) == 0;
}

static struct thing **slot_of(const struct inventory *inventory, enum thing_kind kind,
			      const struct thing *owner, const char *key)
{
	size_t mask = inventory->slot_count - 1;
	size_t at = hash_of(inventory, kind, owner, key) & mask;

	while (inventory->slots[at] && !is_it(inventory->slots[at], kind, owner, key))
		at = (at + 1) & mask;
	return &inventory->slots[at];
}

static bool grow(struct inventory *inventory)
{
	struct inventory wider = *inventory;

	wider.slot_count *= 2;
	wider.slots = calloc(wider.slot_count, sizeof(struct thing *));
	if (!wider.slots)
		return false;
	for (size_t i = 0; i < inventory->slot_count; i++) {
		struct thing *thing = inventory->slots[i];

		if (thing)
			*slot_of(&wider, thing->kind, thing->owner, key_of(thing)) = thing;
	}
	free(inventory->slots);
	*inventory = wider;
	return true;
}

static void link_in(struct inventory *inventory, struct thing *thing)
{
	struct thing **last = &inventory->last[thing->kind];

	*(*last ? &(*last)->next : &inventory->first[thing->kind]) = thing;
	*last = thing;
	if (!thing->owner)
		return;
	last = &thing->owner->last_inside;
	*(*last ? &(*last)->beside : &thing->owner->inside) = thing;
	*last = thing;
}

static struct thing *get(struct inventory *inventory, enum thing_kind kind, struct thing *owner,
			 const char *key, const char *name, struct source_place from)
{
	if (2 * inventory->thing_count >= inventory->slot_count && !grow(inventory)) {
		inventory->failed = true;
		return NULL;
	}
	struct thing **slot = slot_of(inventory, kind, owner, key);
	if (*slot)
		return *slot;

	struct thing *thing = take(inventory, 1, sizeof(*thing));
	if (!thing)
		return NULL;
	thing->kind = kind;
	thing->owner = owner;
	thing->from = from;
	thing->name = inventory_copy(inventory, name);
	if (!owner) {
		thing->id = inventory_lower(inventory, key);
		thing->written = inventory_copy(inventory, key);
	}
	if (!thing->name || (!owner && !thing->id))
		return NULL;
	*slot = thing;
	inventory->thing_count++;
	link_in(inventory, thing);
	return thing;
}

struct thing *inventory_thing(struct inventory *inventory, enum thing_kind kind, const char *id,
			      const char *name, struct source_place from)
{
	return get(inventory, kind, NULL, id, name, from);
}

struct thing *inventory_inside(struct inventory *inventory, enum thing_kind kind,
			       struct thing *owner, const char *name, struct source_place from)
{
	return owner ? get(inventory, kind, owner, name, name, from) : NULL;
}

struct thing *thing_itself(struct thing *thing)
{
	while (thing && thing->same_as)
		thing = thing->same_as;
	return thing;
}

struct thing *inventory_find(const struct inventory *inventory, enum thing_kind kind,
			     const char *id)
{
	return id ? thing_itself(*slot_of(inventory, kind, NULL, id)) : NULL;
}

const struct fact *thing_fact(const struct thing *thing, enum fact_kind kind)
{
	const struct fact *fact = thing ? thing->facts : NULL;

	while (fact && fact->kind != kind)
		fact = fact->next;
	return fact;
}

struct values thing_values(const struct thing *thing, enum fact_kind kind)
{
	const struct fact *fact = thing_fact(thing, kind);

	return fact ? fact->values : (struct values){ NULL, 0 };
}

const char *thing_text(const struct thing *thing, enum fact_kind kind)
{
	struct values values = thing_values(thing, kind);

	return values.count == 0 ? NULL : values.at[0];
}

static bool holds(const struct values *values, const char *text)
{
	for (size_t i = 0; i < values->count; i++) {
		if (strcasecmp(values->at[i], text) == 0 || arm_id_may_be(text, values->at[i]) ||
		    arm_id_may_be(values->at[i], text))
			return true;
	}
	return false;
}

/* As sets, in any case; ids that may be the same are. */
static bool same_values(const struct values *a, const struct values *b)
{
	for (size_t i = 0; i < a->count; i++) {
		if (!holds(b, a->at[i]))
			return false;
	}
	for (size_t i = 0; i < b->count; i++) {
		if (!holds(a, b->at[i]))
			return false;
	}
	return true;
}

static void add_values(char *text, size_t size, const struct values *values)
{
	struct fault joined = { "" };

	for (size_t i = 0; i < values->count && i < 4; i++) {
		struct fault longer;

		fault_set(&longer, "%.300s%s%.120s", joined.text, i ? ", " : "", values->at[i]);
		joined = longer;
	}
	struct fault whole;
	fault_set(&whole, "%.150s%s", values->count ? joined.text : "nothing",
		  values->count > 4 ? ", ..." : "");
	memcpy(text, whole.text, strnlen(whole.text, size - 1) + 1);
	text[size - 1] = '\0';
}

static void contradict(struct inventory *inventory, const struct thing *thing,
		       const struct fact *kept, const struct fact *other)
{
	struct fault fault;
	char a[160], b[160];

	add_values(a, sizeof(a), &kept->values);
	add_values(b, sizeof(b), &other->values);
	fault_set(&fault,
		  "%.120s:%u:%u: %s of %s \"%.60s\": %s, but %.120s:%u:%u says %s; the first is "
		  "taken",
		  kept->from.path, kept->from.line, kept->from.column, fact_names[kept->kind],
		  thing_kind_names[thing->kind], thing->name, a, other->from.path, other->from.line,
		  other->from.column, b);
	inventory->hearer.hear(inventory->hearer.context, HEARD_CONTRADICTION, fault.text);
}

/* Of two that differ, the stronger stays. An id that says more replaces one that says less. */
static void settle(struct inventory *inventory, struct thing *thing, struct fact *kept,
		   struct fact *other)
{
	if (same_values(&kept->values, &other->values)) {
		if (kept->values.count == 1 && strchr(kept->values.at[0], '?'))
			kept->values = other->values;
		return;
	}
	if (other->from.rank > kept->from.rank) {
		struct fact weaker = *kept;

		kept->values = other->values;
		kept->from = other->from;
		contradict(inventory, thing, kept, &weaker);
	} else {
		contradict(inventory, thing, kept, other);
	}
}

static void add_fact(struct inventory *inventory, struct thing *thing, struct fact *fact)
{
	struct fact **at = &thing->facts;

	while (*at && (*at)->kind != fact->kind)
		at = &(*at)->next;
	if (*at) {
		settle(inventory, thing, *at, fact);
	} else {
		fact->next = NULL;
		*at = fact;
	}
}

void thing_say(struct inventory *inventory, struct thing *thing, enum fact_kind kind,
	       struct values values, struct source_place from)
{
	const char **copies = take(inventory, values.count + 1, sizeof(*copies));
	struct fact *fact = take(inventory, 1, sizeof(*fact));

	if (!thing || !fact || !copies)
		return;
	for (size_t i = 0; i < values.count; i++) {
		copies[i] = inventory_copy(inventory, values.at[i]);
		if (!copies[i])
			return;
	}
	*fact = (struct fact){ .kind = kind, .values = { copies, values.count }, .from = from };
	add_fact(inventory, thing, fact);
}

void thing_say_text(struct inventory *inventory, struct thing *thing, enum fact_kind kind,
		    const char *text, struct source_place from)
{
	if (text)
		thing_say(inventory, thing, kind, (struct values){ &text, 1 }, from);
}

void thing_add_text(struct inventory *inventory, struct thing *thing, enum fact_kind kind,
		    const char *text, struct source_place from)
{
	struct fact *fact = (struct fact *)thing_fact(thing, kind);

	if (!fact || !text || holds(&fact->values, text)) {
		if (!fact)
			thing_say_text(inventory, thing, kind, text, from);
		return;
	}
	const char **wider = take(inventory, fact->values.count + 1, sizeof(*wider));
	if (!wider)
		return;
	memcpy(wider, fact->values.at, fact->values.count * sizeof(*wider));
	wider[fact->values.count] = inventory_copy(inventory, text);
	if (wider[fact->values.count])
		fact->values = (struct values){ wider, fact->values.count + 1 };
}

static struct thing *inside_named(const struct thing *owner, const struct thing *like)
{
	struct thing *thing = owner->inside;

	while (thing && (thing->kind != like->kind || strcasecmp(thing->name, like->name) != 0))
		thing = thing->beside;
	return thing;
}

/* Gives `to` all that is known of `from`. */
static void merge(struct inventory *inventory, struct thing *to, struct thing *from)
{
	for (struct fact *fact = from->facts, *next; fact; fact = next) {
		next = fact->next;
		add_fact(inventory, to, fact);
	}
	for (struct thing *inside = from->inside, *next; inside; inside = next) {
		struct thing *same = inside_named(to, inside);

		next = inside->beside;
		if (same) {
			merge(inventory, same, inside); /* one deep: nothing is inside these */
			continue;
		}
		inside->owner = to;
		inside->beside = NULL;
		*(to->last_inside ? &to->last_inside->beside : &to->inside) = inside;
		to->last_inside = inside;
	}
	to->listed |= from->listed;
	from->facts = NULL;
	from->inside = from->last_inside = NULL;
	from->same_as = to;
}

/* The one whole id that a part may be; NULL: none, or several. */
static struct thing *whole_of(const struct inventory *inventory, const struct thing *part)
{
	struct thing *found = NULL;

	for (struct thing *thing = inventory->first[part->kind]; thing; thing = thing->next) {
		if (thing == part || thing->same_as || strcasecmp(thing->name, part->name) != 0 ||
		    strchr(thing->id, '?') || !arm_id_may_be(part->id, thing->id))
			continue;
		if (found)
			return NULL;
		found = thing;
	}
	return found;
}

/* Things have other owners now: the table is filled anew. */
static void fill_slots(struct inventory *inventory)
{
	memset(inventory->slots, 0, inventory->slot_count * sizeof(*inventory->slots));
	for (int kind = 0; kind < THING_KINDS; kind++) {
		for (struct thing *thing = inventory->first[kind]; thing; thing = thing->next) {
			if (thing->id || !thing->same_as)
				*slot_of(inventory, thing->kind, thing->owner, key_of(thing)) =
					thing;
		}
	}
}

void inventory_unify(struct inventory *inventory)
{
	for (int kind = 0; kind < THING_KINDS; kind++) {
		for (struct thing *thing = inventory->first[kind]; thing; thing = thing->next) {
			if (!thing->id || thing->same_as || !strchr(thing->id, '?'))
				continue;
			struct thing *whole = whole_of(inventory, thing);
			if (whole)
				merge(inventory, whole, thing);
		}
	}
	fill_slots(inventory);
}
