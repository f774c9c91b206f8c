/* Reading a map: VNets, subnets and private endpoints. What refers to them is in map_read_policy.c.
 *
 * The JSON document stays with the map: its strings are the map's strings. Only names that must be
 * lower case, and lists, are copied to the arena. The reader keeps the first error and makes every
 * later read give nothing, so that these functions read straight on.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/spelling.h"
#include "base/text_table.h"
#include "judge/map_model.h"

#define NAMES_MAX 64 /* names offered to did-you-mean; a guess among more would help nobody */

void *map_take(struct map *map, struct json_reader *reader, size_t count, size_t size)
{
	void *taken = arena_take(map->arena, count, size);

	if (!taken && reader->error == 0) {
		fault_set(reader->fault, "%s: not enough memory", json_path(map->json));
		reader->error = -ENOMEM;
	}
	return taken;
}

const char *map_lower(struct map *map, struct json_reader *reader, const char *text)
{
	char *copy = text ? map_take(map, reader, strlen(text) + 1, 1) : NULL;

	for (size_t i = 0; copy && text[i] != '\0'; i++)
		copy[i] = (char)tolower((unsigned char)text[i]);
	return copy;
}

const struct json_value *map_read_list(struct json_reader *reader, const struct json_value *object,
				       const char *key, size_t *count)
{
	const struct json_value *list = json_read(reader, object, key, JSON_ARRAY, JSON_MAY);

	*count = list ? json_count(list) : 0;
	return json_first(list);
}

struct ip_addr map_read_address(struct json_reader *reader, const struct json_value *value)
{
	const char *text = json_read_value_text(reader, value);
	struct ip_addr addr = { { 0 } };

	if (text && !ip_parse(text, &addr))
		json_wrong(reader, value, "\"%.60s\" is not an IP address; write one like %s", text,
			   strchr(text, '/') ? "10.0.0.4, without a prefix length" : "10.0.0.4");
	return addr;
}

struct ip_prefix map_read_prefix(struct json_reader *reader, const struct json_value *value)
{
	const char *text = json_read_value_text(reader, value);
	struct ip_prefix prefix = { .bits = 0 };
	char right[IP_TEXT_SIZE];
	bool host_bits = false;

	if (!text)
		return prefix;
	if (!ip_prefix_parse(text, &prefix, &host_bits)) {
		json_wrong(reader, value, "\"%.60s\" is not a prefix; write one like 10.0.0.0/16",
			   text);
	} else if (host_bits) {
		ip_print(&prefix.addr, right);
		json_wrong(reader, value, "\"%s\" has host bits set; write %s%s", text, right,
			   strchr(text, '/'));
	}
	return prefix;
}

const struct ip_addr *map_read_addresses(struct map *map, struct json_reader *reader,
					 const struct json_value *object, const char *key,
					 size_t *count)
{
	const struct json_value *value = map_read_list(reader, object, key, count);
	struct ip_addr *addresses = map_take(map, reader, *count, sizeof(*addresses));

	for (size_t i = 0; addresses && value; i++, value = json_next(value))
		addresses[i] = map_read_address(reader, value);
	return addresses;
}

struct ip_prefix *map_read_prefixes(struct map *map, struct json_reader *reader,
				    const struct json_value *object, const char *key, size_t *count)
{
	const struct json_value *value = map_read_list(reader, object, key, count);
	struct ip_prefix *prefixes = map_take(map, reader, *count, sizeof(*prefixes));

	for (size_t i = 0; prefixes && value; i++, value = json_next(value))
		prefixes[i] = map_read_prefix(reader, value);
	return prefixes;
}

const char *const *map_read_zones(struct map *map, struct json_reader *reader,
				  const struct json_value *object, const char *key)
{
	size_t count;
	const struct json_value *value = map_read_list(reader, object, key, &count);
	const char **zones = map_take(map, reader, count + 1, sizeof(*zones));

	for (size_t i = 0; zones && value; i++, value = json_next(value))
		zones[i] = json_read_value_text(reader, value);
	return zones;
}

const uint16_t *map_read_ports(struct map *map, struct json_reader *reader,
			       const struct json_value *object, size_t *count)
{
	const struct json_value *value = map_read_list(reader, object, "ports", count);
	uint16_t *ports = map_take(map, reader, *count, sizeof(*ports));

	for (size_t i = 0; ports && value; i++, value = json_next(value))
		ports[i] = (uint16_t)json_read_value_number(reader, value, 1, UINT16_MAX);
	return ports;
}

/* What keeps a text from being a DNS name, or NULL. */
static const char *name_flaw(const char *name)
{
	size_t length = strlen(name);

	if (length == 0 || length > 253)
		return "is empty or longer than 253 bytes";
	if (strstr(name, "://") || strpbrk(name, "/: \t"))
		return "is not a bare DNS name: leave out scheme, port and path";
	if (name[0] == '.' || strstr(name, ".."))
		return "has an empty label";
	if (strchr(name, '*') && strcmp(strchr(name, '*'), "*") == 0)
		return "is only a wildcard";
	if (strchr(strncmp(name, "*.", 2) == 0 ? name + 2 : name, '*'))
		return "has a \"*\" that is not a whole first label";
	return NULL;
}

/* The text of a name, in a form that look-ups know. at: what is wrong if it is none. */
static const char *read_name(struct map *map, struct json_reader *reader,
			     const struct json_value *at, const char *text)
{
	const char *name = map_lower(map, reader, text);

	if (!name)
		return NULL;
	size_t length = strlen(name);
	if (length > 1 && name[length - 1] == '.')
		((char *)name)[length - 1] = '\0'; /* our own copy; the root's dot says nothing */
	if (name_flaw(name))
		json_wrong(reader, at, "\"%.60s\" %s", text, name_flaw(name));
	return name;
}

const char *map_read_name(struct map *map, struct json_reader *reader,
			  const struct json_value *object, const char *key, enum json_need need)
{
	return read_name(map, reader, json_member(object, key),
			 json_read_text(reader, object, key, need));
}

const char *map_read_name_value(struct map *map, struct json_reader *reader,
				const struct json_value *value)
{
	return read_name(map, reader, value, json_read_value_text(reader, value));
}

const struct vnet *map_vnet_named(const struct map *map, const char *name)
{
	for (size_t i = 0; i < map->vnet_count; i++) {
		if (map->vnet[i].is.name && strcmp(map->vnet[i].is.name, name) == 0)
			return &map->vnet[i];
	}
	return NULL;
}

static void say_twin(struct json_reader *reader, const struct json_value *object, const char *what,
		     const char *name)
{
	json_wrong(reader, json_member(object, "name"),
		   "a second %s is named \"%s\"; rename one or remove it", what, name);
}

/* Wrong if an earlier one has the same name. */
static void no_twin(struct json_reader *reader, const struct json_value *object, const char *what,
		    const char *name, const char *earlier)
{
	if (name && earlier && strcmp(name, earlier) == 0)
		say_twin(reader, object, what, name);
}

static size_t count_subnets(struct json_reader *reader, const struct json_value *vnet)
{
	size_t total = 0, count;

	for (; vnet; vnet = json_next(vnet)) {
		map_read_list(reader, vnet, "subnets", &count);
		total += count;
	}
	return total;
}

static void read_subnet(struct map *map, struct json_reader *reader, const struct vnet *vnet,
			const struct json_value *object)
{
	struct subnet *subnet = &map->subnet[map->subnet_count];

	subnet->at = object;
	subnet->is.vnet = &vnet->is;
	subnet->is.name = json_read_text(reader, object, "name", JSON_MUST);
	subnet->is.role = json_read_text(reader, object, "role", JSON_MAY);
	subnet->is.zone = json_read_text(reader, object, "zone", JSON_MAY);
	if (!subnet->is.zone)
		subnet->is.zone = vnet->is.zone;
	json_read(reader, object, "prefixes", JSON_ARRAY, JSON_MUST);
	subnet->prefix = map_read_prefixes(map, reader, object, "prefixes", &subnet->prefix_count);
	for (size_t i = map->subnet_count; i-- > 0 && map->subnet[i].is.vnet == &vnet->is;)
		no_twin(reader, object, "subnet", subnet->is.name, map->subnet[i].is.name);
	map->subnet_count++;
}

static void read_vnet(struct map *map, struct json_reader *reader, const struct json_value *object)
{
	struct vnet *vnet = &map->vnet[map->vnet_count];
	size_t count;

	vnet->at = object;
	vnet->is.name = json_read_text(reader, object, "name", JSON_MUST);
	vnet->is.zone = json_read_text(reader, object, "zone", JSON_MAY);
	json_read(reader, object, "address_space", JSON_ARRAY, JSON_MUST);
	vnet->space = map_read_prefixes(map, reader, object, "address_space", &vnet->space_count);
	vnet->dns_server = (struct ip_addr *)map_read_addresses(map, reader, object, "dns_servers",
								&vnet->dns_server_count);
	for (size_t i = 0; i < map->vnet_count; i++)
		no_twin(reader, object, "VNet", vnet->is.name, map->vnet[i].is.name);
	map->vnet_count++;

	const struct json_value *subnet = map_read_list(reader, object, "subnets", &count);
	for (; subnet && reader->error == 0; subnet = json_next(subnet))
		read_subnet(map, reader, vnet, subnet);
}

static void read_vnets(struct map *map, struct json_reader *reader, const struct json_value *root)
{
	size_t count;
	const struct json_value *list = json_read(reader, root, "vnets", JSON_ARRAY, JSON_MUST);
	const struct json_value *vnet = map_read_list(reader, root, "vnets", &count);

	if (!list)
		return;
	map->vnet = map_take(map, reader, count, sizeof(*map->vnet));
	map->subnet = map_take(map, reader, count_subnets(reader, vnet), sizeof(*map->subnet));
	for (; vnet && reader->error == 0; vnet = json_next(vnet))
		read_vnet(map, reader, vnet);
}

static const struct map_vnet *read_vnet_reference(struct map *map, struct json_reader *reader,
						  const struct json_value *object)
{
	const char *name = json_read_text(reader, object, "vnet", JSON_MUST);
	const struct vnet *vnet = name ? map_vnet_named(map, name) : NULL;
	const char *names[NAMES_MAX] = { NULL };

	if (vnet || !name)
		return vnet ? &vnet->is : NULL;
	for (size_t i = 0; i < map->vnet_count && i < NAMES_MAX; i++)
		names[i] = map->vnet[i].is.name;
	const char *near = spelling_nearest(name, names, NAMES_MAX);
	json_wrong(reader, json_member(object, "vnet"), "no VNet is named \"%s\"%s%s%s", name,
		   near ? "; did you mean \"" : "; add it to vnets", near ? near : "",
		   near ? "\"?" : "");
	return NULL;
}

static const struct subnet *read_subnet_reference(struct map *map, struct json_reader *reader,
						  const struct json_value *object,
						  const struct map_vnet *vnet)
{
	const char *name = json_read_text(reader, object, "subnet", JSON_MAY);
	const char *names[NAMES_MAX] = { NULL };
	size_t known = 0;

	if (!name || !vnet)
		return NULL;
	for (size_t i = 0; i < map->subnet_count; i++) {
		const struct subnet *subnet = &map->subnet[i];

		if (subnet->is.vnet != vnet)
			continue;
		if (strcmp(subnet->is.name, name) == 0)
			return subnet;
		if (known < NAMES_MAX)
			names[known++] = subnet->is.name;
	}
	const char *near = spelling_nearest(name, names, known);
	json_wrong(reader, json_member(object, "subnet"), "VNet \"%s\" has no subnet \"%s\"%s%s%s",
		   vnet->name, name, near ? "; did you mean \"" : "; add it to the VNet",
		   near ? near : "", near ? "\"?" : "");
	return NULL;
}

static void read_endpoint(struct map *map, struct json_reader *reader,
			  const struct private_endpoint *owner, const struct json_value *object)
{
	struct endpoint_entry *entry = &map->endpoint[map->endpoint_count++];

	entry->at = object;
	entry->is.private_endpoint = &owner->is;
	entry->is.fqdn = map_read_name(map, reader, object, "fqdn", JSON_MUST);
	entry->is.private_dns_name =
		map_read_name(map, reader, object, "private_dns_name", JSON_MAY);
	json_read(reader, object, "ips", JSON_ARRAY, JSON_MUST);
	entry->is.ips = map_read_addresses(map, reader, object, "ips", &entry->is.ip_count);
	map->at_address_count += entry->is.ip_count;
}

/* names: of those before it, of which there may be tens of thousands. */
static void read_private_endpoint(struct map *map, struct json_reader *reader,
				  const struct json_value *object, struct text_table *names)
{
	struct private_endpoint *pe = &map->private_endpoint[map->private_endpoint_count];
	const struct json_value *endpoint;

	pe->at = object;
	pe->endpoint = map->endpoint_count;
	pe->is.name = json_read_text(reader, object, "name", JSON_MUST);
	pe->is.vnet = read_vnet_reference(map, reader, object);
	pe->subnet = read_subnet_reference(map, reader, object, pe->is.vnet);
	pe->is.category = json_read_text(reader, object, "category", JSON_MAY);
	pe->is.resource_id = json_read_text(reader, object, "resource_id", JSON_MAY);
	pe->is.group_id = json_read_text(reader, object, "group_id", JSON_MAY);
	pe->is.allowed_zones = map_read_zones(map, reader, object, "allowed_zones");
	if (pe->is.name && text_table_add(names, pe->is.name, strlen(pe->is.name), pe) != pe)
		say_twin(reader, object, "private endpoint", pe->is.name);
	map->private_endpoint_count++;

	json_read(reader, object, "endpoints", JSON_ARRAY, JSON_MUST);
	endpoint = map_read_list(reader, object, "endpoints", &pe->endpoint_count);
	for (; endpoint && reader->error == 0; endpoint = json_next(endpoint))
		read_endpoint(map, reader, pe, endpoint);
}

static void read_private_endpoints(struct map *map, struct json_reader *reader,
				   const struct json_value *root)
{
	size_t count, total = 0, endpoints;
	const struct json_value *first = map_read_list(reader, root, "private_endpoints", &count);
	struct text_table *names;

	for (const struct json_value *pe = first; pe; pe = json_next(pe), total += endpoints)
		map_read_list(reader, pe, "endpoints", &endpoints);
	map->private_endpoint = map_take(map, reader, count, sizeof(*map->private_endpoint));
	map->endpoint = map_take(map, reader, total, sizeof(*map->endpoint));
	if (reader->error != 0)
		return;
	reader->error = text_table_new(&names, count);
	if (reader->error != 0) {
		fault_set(reader->fault, "%s: not enough memory", json_path(map->json));
		return;
	}
	for (; first && reader->error == 0; first = json_next(first))
		read_private_endpoint(map, reader, first, names);
	text_table_free(names);
}

void map_read(struct map *map, struct json_reader *reader)
{
	const struct json_value *root = json_root(map->json);
	const struct json_value *version =
		json_read(reader, root, "version", JSON_NUMBER, JSON_MUST);

	if (version && json_read_value_number(reader, version, 0, UINT16_MAX) != 1)
		json_wrong(
			reader, version,
			"this map has another version than 1, the one that pewit reads; write it "
			"in version 1 or use a pewit that knows it");
	if (reader->error != 0)
		return;
	read_vnets(map, reader, root);
	if (reader->error == 0)
		read_private_endpoints(map, reader, root);
	if (reader->error == 0)
		map_read_policy(map, reader, root);
	if (reader->error == 0)
		map_read_own(map, reader, root);
}
