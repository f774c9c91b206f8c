/* Linting a map: private DNS. Each name of an endpoint needs one zone that has its record, linked where
 * its clients' names are answered.
 */
#include <stdlib.h>
#include <string.h>

#include "judge/map_model.h"

/* Records ------------------------------------------------------------------------------------ */

static bool record_has(const struct zone_record *record, const struct ip_addr *addr)
{
	struct ip_addr value;

	for (size_t i = 0; i < record->value_count; i++) {
		if (ip_parse(record->value[i], &value) && ip_equal(&value, addr))
			return true;
	}
	return false;
}

/* Whether a record's name, relative to its zone, covers the first `length` bytes of `name`. */
static bool covers(const char *record, const char *name, size_t length)
{
	size_t own = strlen(record);

	if (length == 0)
		return strcmp(record, "@") == 0;
	if (record[0] == '*') /* "*" or "*.x" */
		return length >= own &&
		       strncmp(name + length - (own - 1), record + 1, own - 1) == 0;
	return own == length && strncmp(record, name, length) == 0;
}

/* A record for a name of the zone; with `addr`, one that has the address (a name has one record for
 * each type). NULL: there is none. */
static const struct zone_record *find_record(const struct dns_zone *zone, const char *name,
					     const struct ip_addr *addr)
{
	size_t length = strlen(name) - strlen(zone->is.name);

	length = length > 0 ? length - 1 : 0;
	for (; zone; zone = zone->next) {
		for (size_t i = 0; i < zone->record_count; i++) {
			const struct zone_record *record = &zone->record[i];

			if (covers(record->name, name, length) &&
			    (!addr || record_has(record, addr)))
				return record;
		}
	}
	return NULL;
}

static void check_record(struct map_lint *lint, const struct endpoint_entry *entry,
			 const struct dns_zone *zone)
{
	const char *name = entry->is.private_dns_name;
	const struct zone_record *record = find_record(zone, name, NULL);

	if (!record) {
		map_lint_say(
			lint, MAP_WARNING, zone->at,
			"private DNS zone \"%.60s\" has no record for %.90s; add it, or the name "
			"resolves to its public address",
			zone->is.name, name);
		return;
	}
	for (size_t i = 0; i < entry->is.ip_count; i++) {
		char text[IP_TEXT_SIZE];

		if (find_record(zone, name, &entry->is.ips[i]))
			continue;
		ip_print(&entry->is.ips[i], text);
		map_lint_say(lint, MAP_WARNING, record->at,
			     "record \"%.60s\" of zone \"%.60s\" does not point to %s, where the "
			     "private endpoint is; correct one of them",
			     record->name, zone->is.name, text);
	}
}

/* Two zones of which only the longer, or the one of the public name, is ever asked. */
static void say_rival(struct map_lint *lint, const struct dns_zone *asked,
		      const struct dns_zone *hidden, const char *name)
{
	map_lint_say(lint, MAP_WARNING, asked->at,
		     "private DNS zone \"%.60s\" answers for %.90s in place of \"%.60s\", wherever "
		     "it is linked; keep the endpoint's records in one of them",
		     asked->is.name, name, hidden->is.name);
}

static void check_rivals(struct map_lint *lint, const struct endpoint_entry *entry,
			 const struct dns_zone *zone)
{
	const char *name = entry->is.private_dns_name;
	const struct dns_zone *public_zone =
		(const struct dns_zone *)map_dns_zone_of(lint->map, entry->is.fqdn);
	const char *above = strchr(zone->is.name, '.');
	const struct dns_zone *wider =
		above ? (const struct dns_zone *)map_dns_zone_of(lint->map, above + 1) : NULL;

	if (public_zone && public_zone != zone)
		say_rival(lint, public_zone, zone, entry->is.fqdn);
	if (wider && wider != public_zone && find_record(wider, name, NULL))
		say_rival(lint, zone, wider, name);
}

/* Links -------------------------------------------------------------------------------------- */

/* Compute of a zone of people's (prod, dev, ...) in a VNet. */
struct client {
	const struct vnet *vnet;
	const char *zone; /* or NULL */
};

struct clients {
	struct client *client; /* sorted by VNet */
	size_t count;
};

static int compare_clients(const void *a, const void *b)
{
	const struct client *left = a, *right = b;

	return (left->vnet > right->vnet) - (left->vnet < right->vnet);
}

static void add_client(struct clients *clients, const struct map_vnet *vnet, const char *zone)
{
	clients->client[clients->count++] = (struct client){ (const struct vnet *)vnet, zone };
}

static bool is_compute(const struct map_subnet *subnet)
{
	return subnet->role && strcmp(subnet->role, "compute") == 0;
}

/* Compute is what is listed as such, and what a subnet is for. */
static struct clients clients_of(const struct map *map)
{
	struct clients clients = {
		calloc(map->subnet_count + map->compute_address_count + 1, sizeof(struct client)), 0
	};

	for (size_t i = 0; clients.client && i < map->subnet_count; i++)
		if (is_compute(&map->subnet[i].is))
			add_client(&clients, map->subnet[i].is.vnet, map->subnet[i].is.zone);
	for (size_t i = 0; clients.client && i < map->compute_count; i++) {
		for (size_t j = 0; j < map->compute[i].is.ip_count; j++) {
			const struct map_subnet *subnet =
				map_subnet_of(map, &map->compute[i].is.ips[j]);

			if (subnet && !is_compute(subnet))
				add_client(&clients, subnet->vnet, subnet->zone);
		}
	}
	if (clients.client)
		qsort(clients.client, clients.count, sizeof(*clients.client), compare_clients);
	return clients;
}

/* No zones: any. */
static bool allows(const char *const *zones, const char *zone)
{
	if (!zones[0])
		return true;
	for (size_t i = 0; zone && zones[i]; i++) {
		if (strcmp(zones[i], zone) == 0)
			return true;
	}
	return false;
}

/* The VNet whose links count for what the i-th DNS server of a VNet answers: a server of its own asks
 * from where it is. NULL: outside the map, so nothing is known. */
static const struct map_vnet *answers_from(const struct map *map, const struct vnet *vnet, size_t i)
{
	if (vnet->dns_server_count == 0 || map_check_is_azure_dns(&vnet->dns_server[i]))
		return &vnet->is;
	return map_vnet_of(map, &vnet->dns_server[i]);
}

static void check_client(struct map_lint *lint, const struct endpoint_entry *entry,
			 const struct dns_zone *zone, const struct vnet *vnet)
{
	size_t servers = vnet->dns_server_count > 0 ? vnet->dns_server_count : 1;

	for (size_t i = 0; i < servers; i++) {
		const struct map_vnet *from = answers_from(lint->map, vnet, i);

		if (!from || map_dns_zone_is_linked(lint->map, &zone->is, from))
			continue;
		if (from == &vnet->is)
			map_lint_say(
				lint, MAP_WARNING, zone->at,
				"private DNS zone \"%.60s\" is not linked to VNet \"%.60s\", whose "
				"compute may use %.90s; link it",
				zone->is.name, vnet->is.name, entry->is.fqdn);
		else
			map_lint_say(
				lint, MAP_WARNING, zone->at,
				"private DNS zone \"%.60s\" is not linked to VNet \"%.60s\", where "
				"the DNS server of VNet \"%.60s\" is, whose compute may use %.90s; "
				"link it",
				zone->is.name, from->name, vnet->is.name, entry->is.fqdn);
		return;
	}
}

/* Where compute may use the endpoint, its zone must be linked. */
static void check_links(struct map_lint *lint, const struct clients *clients,
			const struct endpoint_entry *entry, const struct dns_zone *zone)
{
	const struct vnet *last = NULL;

	for (size_t i = 0; i < clients->count; i++) {
		const struct client *client = &clients->client[i];

		if (client->vnet == last ||
		    !allows(entry->is.private_endpoint->allowed_zones, client->zone))
			continue;
		last = client->vnet;
		check_client(lint, entry, zone, client->vnet);
	}
}

static void check_private_names(struct map_lint *lint)
{
	const struct map *map = lint->map;
	struct clients clients = clients_of(map);

	for (size_t i = 0; i < map->endpoint_count; i++) {
		const struct endpoint_entry *entry = &map->endpoint[i];
		const char *name = entry->is.private_dns_name;
		const struct map_dns_zone *zone = name ? map_dns_zone_of(map, name) : NULL;

		if (name && !zone)
			map_lint_say(lint, MAP_WARNING, entry->at,
				     "no private DNS zone of the map holds %.90s; add the zone",
				     name);
		if (!zone)
			continue;
		check_record(lint, entry, (const struct dns_zone *)zone);
		check_rivals(lint, entry, (const struct dns_zone *)zone);
		check_links(lint, &clients, entry, (const struct dns_zone *)zone);
	}
	free(clients.client);
}

static void check_zones(struct map_lint *lint)
{
	for (size_t i = 0; i < lint->map->zone_count; i++) {
		const struct dns_zone *zone = &lint->map->zone[i];
		const char *policy = zone->is.resolution_policy;

		if (!zone->is.linked[0])
			map_lint_say(lint, MAP_WARNING, zone->at,
				     "private DNS zone \"%.60s\" is linked to no VNet; link it or "
				     "remove it",
				     zone->is.name);
		if (policy && strcmp(policy, "NxDomainRedirect") == 0)
			map_lint_say(lint, MAP_WARNING, zone->at,
				     "zone \"%.60s\" falls back to the internet for names that it "
				     "does not have; set its links to Default, or a missing record "
				     "is a public path",
				     zone->is.name);
		if (map_dns_zone_of(lint->map, zone->is.name) != &zone->is)
			map_lint_say(
				lint, MAP_WARNING, zone->at,
				"private DNS zone \"%.60s\" is there twice, and a VNet sees only "
				"the records of the one that it is linked to; keep one",
				zone->is.name);
		if (policy && strcmp(policy, "NxDomainRedirect") != 0 &&
		    strcmp(policy, "Default") != 0)
			map_lint_say(lint, MAP_WARNING, zone->at,
				     "\"%.60s\" is no resolution_policy; write Default or "
				     "NxDomainRedirect",
				     policy);
	}
}

void map_check_dns(struct map_lint *lint)
{
	check_private_names(lint);
	check_zones(lint);
}
