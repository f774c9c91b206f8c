/* Private DNS zones, their links to VNets and their records. */
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "import/arm.h"
#include "import/arm_id.h"

#define ZONE_TYPE "microsoft.network/privatednszones"

void arm_zone(struct reading *reading, struct node resource, const char *id)
{
	struct thing *zone = reading_thing(reading, THING_ZONE, id, NULL, resource);

	/* A query of resolution policies projects this column out of the links. */
	reading_say_text(reading, zone, FACT_POLICY, resource, "propertiesResolutionPolicy");
}

static struct thing *zone_of(struct reading *reading, struct node resource, const char *id)
{
	char owner[ARM_ID_MAX + 1];

	if (id && arm_id_owner(id, ZONE_TYPE, owner))
		return reading_mention(reading, THING_ZONE, owner, resource);
	reading_note(reading, resource, "it has no id; its zone is not known");
	return NULL;
}

void arm_link(struct reading *reading, struct node resource, const char *id)
{
	struct thing *zone = zone_of(reading, resource, id);
	struct thing *link =
		id ? reading_inside(reading, THING_LINK, zone, arm_id_name(id), resource) : NULL;
	const char *vnet = reading_text(reading, resource, "virtualNetwork.id");

	if (!link)
		return;
	reading_say_text(reading, link, FACT_VNET, resource, "virtualNetwork.id");
	reading_say_text(reading, link, FACT_POLICY, resource, "resolutionPolicy");
	if (arm_id_is(vnet))
		reading_mention(reading, THING_VNET, vnet, resource);
}

static void read_record(struct reading *reading, struct node resource, const char *id,
			const char *type, struct node list, const char *key)
{
	struct thing *zone = zone_of(reading, resource, id);
	char bytes[ARM_ID_MAX];
	struct text name = text_over(bytes, sizeof(bytes));

	if (!zone)
		return;
	text_add(&name, type);
	text_add(&name, " ");
	text_add(&name, arm_id_name(id));
	struct thing *record = reading_inside(reading, THING_RECORD, zone,
					      inventory_copy(reading->inventory, bytes), resource);
	reading_say_each(reading, record, FACT_IPS, list, key, reading_address);
}

void arm_record_a(struct reading *reading, struct node resource, const char *id)
{
	read_record(reading, resource, id, "A", reading_member(reading, resource, "aRecords"),
		    "ipv4Address");
}

void arm_record_aaaa(struct reading *reading, struct node resource, const char *id)
{
	read_record(reading, resource, id, "AAAA", reading_member(reading, resource, "aaaaRecords"),
		    "ipv6Address");
}

void arm_record_cname(struct reading *reading, struct node resource, const char *id)
{
	struct thing *zone = zone_of(reading, resource, id);
	struct node cname = reading_path(reading, resource, "cnameRecord.cname");
	char bytes[ARM_ID_MAX];
	struct text name = text_over(bytes, sizeof(bytes));

	if (!zone || !cname.at)
		return;
	text_add(&name, "CNAME ");
	text_add(&name, arm_id_name(id));
	thing_say_text(reading->inventory,
		       reading_inside(reading, THING_RECORD, zone,
				      inventory_copy(reading->inventory, bytes), resource),
		       FACT_FQDNS, reading_name(reading, cname), reading_place(reading, cname));
}
