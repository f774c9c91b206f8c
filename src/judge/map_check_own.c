/* Linting a map: resources and how they may be reached, compute and its exposure, schedules.
 *
 * Whether a resource has a private endpoint is asked by its names and by its resource id: a map made by
 * hand has the former, an imported one both.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/spelling.h"
#include "judge/map_model.h"

#define NEAR_MAX 256 /* schedules compared with for did-you-mean; the check itself has no bound */

/* Private endpoints by the resource that they lead to, sorted. */
struct targets {
	const char **id;
	size_t count;
};

static int compare_ids(const void *a, const void *b)
{
	return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

static struct targets targets_of(const struct map *map)
{
	struct targets targets = { calloc(map->private_endpoint_count + 1, sizeof(char *)), 0 };

	for (size_t i = 0; targets.id && i < map->private_endpoint_count; i++)
		if (map->private_endpoint[i].is.resource_id)
			targets.id[targets.count++] = map->private_endpoint[i].is.resource_id;
	if (targets.id)
		qsort(targets.id, targets.count, sizeof(*targets.id), compare_ids);
	return targets;
}

static bool has_private_endpoint(const struct map *map, const struct targets *targets,
				 const struct map_resource *resource)
{
	for (size_t i = 0; resource->fqdns[i]; i++)
		if (map_endpoint_by_name(map, resource->fqdns[i]))
			return true;
	return resource->resource_id && targets->id &&
	       bsearch(&resource->resource_id, targets->id, targets->count, sizeof(*targets->id),
		       compare_ids) != NULL;
}

/* Types whose traffic pewit is there to see on the private path. */
static bool is_ai(const struct map_resource *resource)
{
	static const char *const types[] = { "Microsoft.CognitiveServices/accounts",
					     "Microsoft.MachineLearningServices/",
					     "Microsoft.Search/searchServices" };

	for (size_t i = 0; resource->type && i < sizeof(types) / sizeof(types[0]); i++)
		if (strncasecmp(resource->type, types[i], strlen(types[i])) == 0)
			return true;
	return false;
}

static void check_path(struct map_lint *lint, const struct targets *targets,
		       const struct resource *entry)
{
	const struct map_resource *is = &entry->is;

	if (has_private_endpoint(lint->map, targets, is)) {
		if (is->public_network_access == MAP_ON)
			map_lint_say(lint, MAP_WARNING, entry->at,
				     "\"%.60s\" has a private endpoint, but its public network "
				     "access is on; turn it off",
				     is->name);
		for (size_t i = 0; is->fqdns[i]; i++)
			if (!map_endpoint_by_name(lint->map, is->fqdns[i]))
				map_lint_say(lint, MAP_WARNING, entry->at,
					     "no private endpoint serves %.90s of \"%.60s\", so "
					     "that name stays public; add it to the endpoint",
					     is->fqdns[i], is->name);
		return;
	}
	if (is->public_network_access == MAP_OFF)
		map_lint_say(lint, MAP_WARNING, entry->at,
			     "\"%.60s\" has no private endpoint and its public network access is "
			     "off, so nobody reaches it; add the private endpoint",
			     is->name);
	else if (is_ai(is))
		map_lint_say(lint, MAP_WARNING, entry->at,
			     "\"%.60s\" has no private endpoint, so all its traffic is public; "
			     "add one",
			     is->name);
}

static bool is_guid(const char *text)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	for (size_t i = 0; i < sizeof(form) - 1; i++)
		if (form[i] == '-' ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	return text[sizeof(form) - 1] == '\0';
}

static void check_settings(struct map_lint *lint, const struct resource *entry)
{
	const struct map_resource *is = &entry->is;

	if (is->local_auth == MAP_ON)
		map_lint_say(lint, MAP_WARNING, entry->at,
			     "\"%.60s\" takes keys (local authentication is on); turn it off and "
			     "use managed identities",
			     is->name);
	if (is->workspace_guid && !is_guid(is->workspace_guid))
		map_lint_say(lint, MAP_WARNING, entry->at,
			     "\"%.60s\" of \"%.60s\" is no GUID, so no name is ever of this "
			     "workspace; correct workspace_guid",
			     is->workspace_guid, is->name);
	if (is->firewall == MAP_OFF && is->public_network_access == MAP_ON)
		map_lint_say(lint, MAP_WARNING, entry->at,
			     "the firewall of \"%.60s\" allows all public addresses; set its "
			     "default action to deny",
			     is->name);
	for (size_t i = 0; i < is->deployment_count; i++)
		if (is->deployments[i].has_content_filter == MAP_OFF)
			map_lint_say(lint, MAP_WARNING, entry->at,
				     "deployment \"%.60s\" of \"%.60s\" has no content filter; "
				     "give it a policy",
				     is->deployments[i].name, is->name);
	for (size_t i = 0; is->fqdns[i]; i++)
		if (map_check_is_placeholder(is->fqdns[i]))
			map_lint_say(lint, MAP_ERROR, entry->at,
				     "%.90s holds a placeholder; write the region or name itself",
				     is->fqdns[i]);
}

static void check_resources(struct map_lint *lint)
{
	const struct map *map = lint->map;
	struct targets targets = targets_of(map);

	for (size_t i = 0; i < map->resource_count; i++) {
		check_path(lint, &targets, &map->resource[i]);
		check_settings(lint, &map->resource[i]);
	}
	free(targets.id);
}

/* Each schedule that is named must be there: a host whose schedule is lost may always be active. */
static void check_schedule(struct map_lint *lint, const struct json_value *object,
			   const struct map_schedule *found, const char *what, const char *name)
{
	const struct json_value *member = json_member(object, "schedule");
	const char *names[NEAR_MAX], *said = member ? json_text(member) : NULL, *near;
	size_t count = 0;

	if (found || !member || json_type(member) == JSON_NULL)
		return;
	if (!said) {
		map_lint_say(
			lint, MAP_NOTE, member,
			"the schedule of %s \"%.60s\" is passed over; describe it in schedules "
			"and give its name",
			what, name);
		return;
	}
	while (count < lint->map->schedule_count && count < NEAR_MAX) {
		names[count] = lint->map->schedule[count].is.name;
		count++;
	}
	near = spelling_nearest(said, names, count);
	map_lint_say(lint, MAP_WARNING, member,
		     "%s \"%.60s\" has schedule \"%.60s\", which is not in schedules%s%.60s%s",
		     what, name, said, near ? "; did you mean \"" : "; add it, or remove it here",
		     near ? near : "", near ? "\"?" : "");
}

static void check_compute(struct map_lint *lint)
{
	for (size_t i = 0; i < lint->map->compute_count; i++) {
		const struct compute *entry = &lint->map->compute[i];
		const char *name = entry->is.name;

		check_schedule(lint, entry->at, entry->is.schedule, "compute", name);
		if (entry->is.public_ip == MAP_ON)
			map_lint_say(lint, MAP_WARNING, entry->at,
				     "compute \"%.60s\" has a public address; remove it", name);
		if (entry->is.ssh_public == MAP_ON)
			map_lint_say(
				lint, MAP_WARNING, entry->at,
				"compute \"%.60s\" takes SSH from the internet; close the port",
				name);
		for (size_t j = 0; j < entry->is.ip_count; j++) {
			char text[IP_TEXT_SIZE];

			if (map_subnet_of(lint->map, &entry->is.ips[j]))
				continue;
			ip_print(&entry->is.ips[j], text);
			map_lint_say(lint, MAP_WARNING, entry->at,
				     "%s of compute \"%.60s\" is in no subnet; correct it or add "
				     "the subnet",
				     text, name);
		}
	}
}

static void check_subnets(struct map_lint *lint)
{
	for (size_t i = 0; i < lint->map->subnet_count; i++) {
		const struct subnet *subnet = &lint->map->subnet[i];
		const char *policies = subnet->is.private_endpoint_policies;

		check_schedule(lint, subnet->at, subnet->is.schedule, "subnet", subnet->is.name);
		if (subnet->is.role && strcmp(subnet->is.role, "private-endpoints") == 0 &&
		    policies && strcasecmp(policies, "Disabled") == 0)
			map_lint_say(
				lint, MAP_NOTE, subnet->at,
				"network policies are off in subnet \"%.60s\", so traffic to its "
				"private endpoints goes past appliances; enable them to see it "
				"there",
				subnet->is.name);
	}
}

/* A VNet is looked for before the premises: what is both counts as the VNet. */
static void check_on_premises(struct map_lint *lint)
{
	for (size_t i = 0; i < lint->map->on_premises_count; i++) {
		const struct on_premises *premises = &lint->map->on_premises[i];

		for (size_t j = 0; j < premises->prefix_count; j++) {
			const struct ip_prefix *prefix = &premises->prefix[j];
			const struct vnet *vnet =
				(const struct vnet *)map_vnet_of(lint->map, &prefix->addr);
			char text[IP_TEXT_SIZE];

			if (!vnet || !map_check_lies_in(prefix, vnet->space, vnet->space_count))
				continue;
			ip_print(&prefix->addr, text);
			map_lint_say(lint, MAP_WARNING, premises->at,
				     "on_premises \"%.60s\" (%s) lies in VNet \"%.60s\" and counts "
				     "as that; correct one of them",
				     premises->is.name, text, vnet->is.name);
		}
	}
}

void map_check_own(struct map_lint *lint)
{
	check_resources(lint);
	check_compute(lint);
	check_subnets(lint);
	check_on_premises(lint);
}
