/* Which names each private endpoint serves, and which each resource answers to.
 *
 * A private endpoint may list its names itself (custom DNS configurations), or only its NIC or its DNS zone
 * group does: an empty list means nothing. A plan or template has names only through the resource that
 * the endpoint is for.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "import/arm_id.h"
#include "import/reading.h"
#include "import/resolve.h"

#define NAME_BYTES 254
#define GUID_LENGTH 36

const char *resolve_public_name(struct resolve *resolve, const char *private_name)
{
	char public_name[CATALOG_NAME_MAX + 1];
	const char *label = strstr(private_name, "privatelink.");
	char bytes[NAME_BYTES];
	struct text text = text_over(bytes, sizeof(bytes));

	if (resolve->catalog && catalog_public_name(resolve->catalog, private_name, public_name))
		return inventory_copy(resolve->inventory, public_name);
	if (!label || (label != private_name && label[-1] != '.'))
		return private_name;
	text_add_bytes(&text, private_name, (size_t)(label - private_name));
	text_add(&text, label + strlen("privatelink."));
	return text.cut ? private_name : inventory_copy(resolve->inventory, bytes);
}

/* Names that a resource will have when it is made; in the public cloud, others are told by region. */
static void expect_names(struct resolve *resolve, struct thing *resource)
{
	static const struct {
		const char *type, *kind, *suffix;
	} forms[] = {
		{ "Microsoft.CognitiveServices/accounts", "OpenAI", "openai.azure.com" },
		{ "Microsoft.CognitiveServices/accounts", "AIServices", "openai.azure.com" },
		{ "Microsoft.CognitiveServices/accounts", "AIServices", "services.ai.azure.com" },
		{ "Microsoft.CognitiveServices/accounts", NULL, "cognitiveservices.azure.com" },
		{ "Microsoft.KeyVault/vaults", NULL, "vault.azure.net" },
		{ "Microsoft.Storage/storageAccounts", NULL, "blob.core.windows.net" },
		{ "Microsoft.Storage/storageAccounts", NULL, "dfs.core.windows.net" },
		{ "Microsoft.Storage/storageAccounts", NULL, "file.core.windows.net" },
		{ "Microsoft.Storage/storageAccounts", NULL, "queue.core.windows.net" },
		{ "Microsoft.Storage/storageAccounts", NULL, "table.core.windows.net" },
		{ "Microsoft.ContainerRegistry/registries", NULL, "azurecr.io" },
		{ "Microsoft.Search/searchServices", NULL, "search.windows.net" },
	};
	const char *type = thing_text(resource, FACT_TYPE), *kind = thing_text(resource, FACT_KIND);
	const char *region = thing_text(resource, FACT_REGION);
	bool is_account = type && strcasecmp(type, forms[0].type) == 0;
	const char *name = is_account ? thing_text(resource, FACT_SUBDOMAIN) : resource->name;

	if (!type || !name || thing_fact(resource, FACT_FQDNS) ||
	    (region &&
	     (strncasecmp(region, "usgov", 5) == 0 || strncasecmp(region, "usdod", 5) == 0 ||
	      strncasecmp(region, "china", 5) == 0)))
		return;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		char bytes[NAME_BYTES];
		struct text text = text_over(bytes, sizeof(bytes));

		if (strcasecmp(forms[i].type, type) != 0 ||
		    (forms[i].kind && (!kind || strcasecmp(forms[i].kind, kind) != 0)))
			continue;
		text_add(&text, name);
		text_add(&text, ".");
		text_add(&text, forms[i].suffix);
		if (!text.cut && reading_name_ok(bytes))
			thing_add_text(resolve->inventory, resource, FACT_FQDNS,
				       inventory_lower(resolve->inventory, bytes), resource->from);
	}
}

/* The certificate name of an Azure ML workspace's own name, or NULL: it is always beside that, and only
 * NICs list it. */
static const char *certificate_name(struct resolve *resolve, const char *fqdn)
{
	const char *workspace = strstr(fqdn, ".workspace.");
	const char *api = workspace ? strstr(workspace, ".api.") : NULL;
	struct catalog_match match;
	char bytes[NAME_BYTES];
	struct text text = text_over(bytes, sizeof(bytes));

	if (!api || strstr(workspace, ".cert.") || !resolve->catalog ||
	    !catalog_find(resolve->catalog, fqdn, &match) ||
	    strcmp(match.service->id, "aml-workspace-api") != 0)
		return NULL;
	text_add_bytes(&text, fqdn, (size_t)(api - fqdn));
	text_add(&text, ".cert");
	text_add(&text, api);
	return text.cut ? NULL : inventory_copy(resolve->inventory, bytes);
}

struct served {                          /* by an endpoint */
	const char *fqdn, *private_name; /* the second may be NULL */
	struct values ips;
	struct source_place from;
};

static void add_name(struct resolve *resolve, struct thing *endpoint, const struct served *served)
{
	const char *fqdns[] = { served->fqdn, certificate_name(resolve, served->fqdn) };

	for (size_t i = 0; i < 2 && fqdns[i] && reading_name_ok(fqdns[i]); i++) {
		struct thing *name = inventory_inside(resolve->inventory, THING_ENDPOINT_NAME,
						      endpoint, fqdns[i], served->from);

		if (served->ips.count != 0)
			thing_say(resolve->inventory, name, FACT_IPS, served->ips, served->from);
		if (served->private_name && reading_name_ok(served->private_name))
			thing_say_text(resolve->inventory, name, FACT_PRIVATE_NAME,
				       served->private_name, served->from);
	}
}

/* The addresses of a NIC at which a name is. */
static struct values ips_of_name(struct inventory *inventory, const struct thing *nic,
				 const char *fqdn)
{
	size_t room = 0, count = 0;

	for (struct thing *c = resolve_first_inside(nic, THING_IP_CONFIG); c;
	     c = resolve_next_inside(c))
		room++;
	const char **at = arena_take(inventory->arena, room + 1, sizeof(*at));
	inventory->failed |= !at;
	for (struct thing *c = resolve_first_inside(nic, THING_IP_CONFIG); at && c;
	     c = resolve_next_inside(c)) {
		struct values fqdns = thing_values(c, FACT_FQDNS);

		for (size_t i = 0; i < fqdns.count; i++) {
			if (strcmp(fqdns.at[i], fqdn) == 0 && thing_text(c, FACT_IPS) &&
			    count < room)
				at[count++] = thing_text(c, FACT_IPS);
		}
	}
	return (struct values){ at, count };
}

/* The endpoint that a NIC belongs to; one without an owner is an endpoint by itself if it has names. */
static struct thing *endpoint_of(struct resolve *resolve, struct thing *nic, const char *fqdn)
{
	struct inventory *inventory = resolve->inventory;
	const char *owner = thing_text(nic, FACT_OWNER);
	char bytes[ARM_ID_MAX + 1], type[ARM_TYPE_MAX + 1];
	struct text text = text_over(bytes, sizeof(bytes));

	if (owner && arm_id_type(owner, type))
		return strcmp(type, "microsoft.network/privateendpoints") == 0
			       ? thing_itself(inventory_thing(inventory, THING_PRIVATE_ENDPOINT,
							      owner, arm_id_name(owner), nic->from))
			       : NULL;
	if (!fqdn)
		return NULL;
	text_add(&text, "of nic ");
	text_add(&text, nic->id);
	return inventory_thing(inventory, THING_PRIVATE_ENDPOINT, bytes,
			       arm_id_is(nic->id) ? nic->name : fqdn, nic->from);
}

static void take_nic(struct resolve *resolve, struct thing *nic)
{
	for (struct thing *c = resolve_first_inside(nic, THING_IP_CONFIG); c;
	     c = resolve_next_inside(c)) {
		struct values fqdns = thing_values(c, FACT_FQDNS);
		struct thing *endpoint =
			endpoint_of(resolve, nic, fqdns.count ? fqdns.at[0] : NULL);

		if (!endpoint)
			continue;
		if (!thing_fact(endpoint, FACT_SUBNET))
			thing_say_text(resolve->inventory, endpoint, FACT_SUBNET,
				       thing_text(c, FACT_SUBNET), c->from);
		if (!thing_fact(endpoint, FACT_GROUP_ID))
			thing_say_text(resolve->inventory, endpoint, FACT_GROUP_ID,
				       thing_text(c, FACT_GROUP_ID), c->from);
		thing_add_text(resolve->inventory, endpoint, FACT_IPS, thing_text(c, FACT_IPS),
			       c->from);
		for (size_t i = 0; i < fqdns.count; i++) {
			struct served served = { fqdns.at[i], NULL,
						 ips_of_name(resolve->inventory, nic, fqdns.at[i]),
						 c->from };

			add_name(resolve, endpoint, &served);
		}
	}
}

/* A NIC that its endpoint or host names belongs to that one. */
static void own_nics(struct resolve *resolve, enum thing_kind kind)
{
	for (struct thing *thing = resolve_first(resolve->inventory, kind); thing;
	     thing = resolve_next(thing)) {
		struct values nics = thing_values(thing, FACT_NICS);

		for (size_t i = 0; i < nics.count; i++) {
			struct thing *nic =
				inventory_find(resolve->inventory, THING_NIC, nics.at[i]);

			if (nic && !thing_fact(nic, FACT_OWNER))
				thing_say_text(resolve->inventory, nic, FACT_OWNER, thing->id,
					       thing->from);
		}
	}
}

static bool in_group(const struct catalog_match *match, const char *group)
{
	const char *const *groups = match->service->group_ids;

	for (size_t i = 0; groups && groups[i]; i++) {
		if (strcasecmp(groups[i], group) == 0)
			return true;
	}
	return false;
}

/* The names of the resource that an endpoint is for, of its group. */
static void names_of_target(struct resolve *resolve, struct thing *endpoint)
{
	struct thing *target = inventory_find(resolve->inventory, THING_RESOURCE,
					      thing_text(endpoint, FACT_TARGET));
	const char *group = thing_text(endpoint, FACT_GROUP_ID);
	struct values fqdns = thing_values(target, FACT_FQDNS);
	struct catalog_match match;

	for (size_t i = 0; i < fqdns.count; i++) {
		struct served served = { fqdns.at[i], NULL, { NULL, 0 }, endpoint->from };

		if (!group || !resolve->catalog ||
		    (catalog_find(resolve->catalog, fqdns.at[i], &match) &&
		     in_group(&match, group)))
			add_name(resolve, endpoint, &served);
	}
}

static void take_endpoint(struct resolve *resolve, struct thing *endpoint)
{
	struct values own = thing_values(endpoint, FACT_IPS);

	for (struct thing *r = resolve_first_inside(endpoint, THING_PRIVATE_RECORD); r;
	     r = resolve_next_inside(r)) {
		struct served served = { resolve_public_name(resolve, r->name), r->name,
					 thing_values(r, FACT_IPS), r->from };

		if (served.fqdn)
			add_name(resolve, endpoint, &served);
	}
	if (!resolve_first_inside(endpoint, THING_ENDPOINT_NAME))
		names_of_target(resolve, endpoint);
	/* One address: whatever names there are, they are there. */
	for (struct thing *name = resolve_first_inside(endpoint, THING_ENDPOINT_NAME);
	     name && own.count == 1; name = resolve_next_inside(name)) {
		if (!thing_fact(name, FACT_IPS))
			thing_say(resolve->inventory, name, FACT_IPS, own, endpoint->from);
	}
}

static bool is_guid(const char *text)
{
	for (size_t i = 0; i < GUID_LENGTH; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	}
	return true;
}

/* What a resource's endpoints are called, it is called; and an Azure ML workspace's name begins with its
 * GUID. */
static void name_target(struct resolve *resolve, struct thing *endpoint)
{
	struct thing *target = inventory_find(resolve->inventory, THING_RESOURCE,
					      thing_text(endpoint, FACT_TARGET));

	for (struct thing *name = resolve_first_inside(endpoint, THING_ENDPOINT_NAME);
	     target && name; name = resolve_next_inside(name)) {
		char guid[GUID_LENGTH + 1] = "";

		if (name->name[0] == '*')
			continue;
		thing_add_text(resolve->inventory, target, FACT_FQDNS, name->name, name->from);
		if (!is_guid(name->name) ||
		    strncmp(name->name + GUID_LENGTH, ".workspace.", 11) != 0)
			continue;
		memcpy(guid, name->name, GUID_LENGTH);
		thing_say_text(resolve->inventory, target, FACT_WORKSPACE_GUID, guid, name->from);
	}
}

void resolve_names(struct resolve *resolve)
{
	struct inventory *inventory = resolve->inventory;
	struct thing *thing;

	for (thing = resolve_first(inventory, THING_RESOURCE); thing; thing = resolve_next(thing))
		expect_names(resolve, thing);
	own_nics(resolve, THING_PRIVATE_ENDPOINT);
	own_nics(resolve, THING_COMPUTE);
	for (thing = resolve_first(inventory, THING_NIC); thing; thing = resolve_next(thing))
		take_nic(resolve, thing);
	for (thing = resolve_first(inventory, THING_PRIVATE_ENDPOINT); thing;
	     thing = resolve_next(thing)) {
		take_endpoint(resolve, thing);
		name_target(resolve, thing);
	}
}
