/* Records of private DNS zones: they give addresses to names that have none yet, and tell of endpoints
 * that no other source names.
 */
#include <string.h>

#include "base/text.h"
#include "base/text_table.h"
#include "import/arm_id.h"
#include "import/reading.h"
#include "import/resolve.h"

struct known_record { /* by its public name; several zones may hold one */
	const char *public_name, *private_name;
	struct thing *record;
	struct known_record *next;
	bool served; /* by an endpoint that another source names */
};

struct records {
	struct text_table *table; /* of struct known_record by public name */
	struct known_record *all;
	size_t count;
};

static size_t count_records(const struct inventory *inventory)
{
	size_t count = 0;

	for (struct thing *r = resolve_first(inventory, THING_RECORD); r; r = resolve_next(r))
		count++;
	return count;
}

/* "A www" in zone: www.zone; NULL: not an address. */
static const char *full_name(struct inventory *inventory, const struct thing *record)
{
	const char *space = strchr(record->name, ' ');
	char bytes[ARM_ID_MAX];
	struct text text = text_over(bytes, sizeof(bytes));

	if (!space || !thing_fact(record, FACT_IPS))
		return NULL;
	if (strcmp(space + 1, "@") != 0) {
		text_add(&text, space + 1);
		text_add(&text, ".");
	}
	text_add(&text, record->owner->name);
	return reading_name_ok(bytes) ? inventory_lower(inventory, bytes) : NULL;
}

static void note_record(struct resolve *resolve, struct records *records, struct thing *record)
{
	struct known_record *known = &records->all[records->count];
	const char *name = full_name(resolve->inventory, record);

	if (!name)
		return;
	*known = (struct known_record){ .private_name = name, .record = record };
	known->public_name = resolve_public_name(resolve, name);
	if (!known->public_name || !reading_name_ok(known->public_name))
		return;
	records->count++;
	struct known_record *first = text_table_add(records->table, known->public_name,
						    strlen(known->public_name), known);
	if (first && first != known) {
		known->next = first->next;
		first->next = known;
	}
}

/* Whether the zone of a record is linked to this VNet. */
static bool is_linked(const struct resolve *resolve, const struct thing *zone,
		      const struct thing *vnet)
{
	for (struct thing *link = resolve_first_inside(zone, THING_LINK); link;
	     link = resolve_next_inside(link)) {
		if (vnet && inventory_find(resolve->inventory, THING_VNET,
					   thing_text(link, FACT_VNET)) == vnet)
			return true;
	}
	return false;
}

static void serve_name(struct resolve *resolve, struct records *records, struct thing *name)
{
	struct known_record *known =
		text_table_find(records->table, name->name, strlen(name->name));
	struct known_record *best = known;
	struct thing *vnet =
		resolve_vnet_of(resolve, thing_text(name->owner, FACT_SUBNET), name->owner);

	for (; known; known = known->next) {
		known->served = true;
		if (is_linked(resolve, known->record->owner, vnet))
			best = known;
	}
	if (best && !thing_fact(name, FACT_PRIVATE_NAME))
		thing_say_text(resolve->inventory, name, FACT_PRIVATE_NAME, best->private_name,
			       best->record->from);
	if (best && !thing_fact(name, FACT_IPS))
		thing_say(resolve->inventory, name, FACT_IPS, thing_values(best->record, FACT_IPS),
			  best->record->from);
}

/* An endpoint that only its record tells of. Zones of other than private link hold all sorts of hosts. */
static void make_endpoint(struct resolve *resolve, const struct known_record *known)
{
	struct inventory *inventory = resolve->inventory;
	const char *zone = known->record->owner->name;
	char bytes[ARM_ID_MAX];
	struct text id = text_over(bytes, sizeof(bytes));

	if (known->served || !resolve->catalog || !catalog_zone_service(resolve->catalog, zone, 0))
		return;
	text_add(&id, "of record ");
	text_add(&id, known->private_name);
	struct thing *endpoint = inventory_thing(inventory, THING_PRIVATE_ENDPOINT, bytes,
						 known->private_name, known->record->from);
	struct thing *name = inventory_inside(inventory, THING_ENDPOINT_NAME, endpoint,
					      known->public_name, known->record->from);

	thing_say_text(inventory, name, FACT_PRIVATE_NAME, known->private_name,
		       known->record->from);
	for (size_t i = 0; i < thing_values(known->record, FACT_IPS).count; i++)
		thing_add_text(inventory, name, FACT_IPS,
			       thing_values(known->record, FACT_IPS).at[i], known->record->from);
}

void resolve_records(struct resolve *resolve)
{
	struct inventory *inventory = resolve->inventory;
	size_t room = count_records(inventory);
	struct records records = { NULL };

	records.all = arena_take(inventory->arena, room + 1, sizeof(*records.all));
	if (!records.all || text_table_new(&records.table, room) != 0) {
		inventory->failed = true;
		return;
	}
	for (struct thing *r = resolve_first(inventory, THING_RECORD); r; r = resolve_next(r))
		note_record(resolve, &records, r);
	for (struct thing *n = resolve_first(inventory, THING_ENDPOINT_NAME); n;
	     n = resolve_next(n))
		serve_name(resolve, &records, n);
	for (size_t i = 0; i < records.count; i++)
		make_endpoint(resolve, &records.all[i]);
	text_table_free(records.table);
}
