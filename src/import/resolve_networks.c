/* Where endpoints and hosts are, what that makes of subnets, and names unlike each other. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "import/arm_id.h"
#include "import/resolve.h"

static const char *first_ip(const struct thing *endpoint)
{
	for (struct thing *name = resolve_first_inside(endpoint, THING_ENDPOINT_NAME); name;
	     name = resolve_next_inside(name)) {
		if (thing_text(name, FACT_IPS))
			return thing_text(name, FACT_IPS);
	}
	return thing_text(endpoint, FACT_IPS);
}

/* An endpoint whose subnet no source names lies where its address does. */
static void place_endpoint(struct resolve *resolve, struct thing *endpoint)
{
	struct thing *subnet = resolve_subnet_at(resolve, first_ip(endpoint));

	if (!thing_fact(endpoint, FACT_SUBNET) && subnet)
		thing_say_text(resolve->inventory, endpoint, FACT_SUBNET, subnet->written,
			       endpoint->from);
	resolve_vnet_of(resolve, thing_text(endpoint, FACT_SUBNET), endpoint);
}

static void take_config(struct resolve *resolve, struct thing *compute, const struct thing *config)
{
	struct inventory *inventory = resolve->inventory;

	thing_add_text(inventory, compute, FACT_IPS, thing_text(config, FACT_IPS), config->from);
	thing_add_text(inventory, compute, FACT_SUBNET, thing_text(config, FACT_SUBNET),
		       config->from);
	if (thing_text(config, FACT_PUBLIC_IP) && !thing_fact(compute, FACT_PUBLIC_IP))
		thing_say_text(inventory, compute, FACT_PUBLIC_IP, "true", config->from);
}

/* A NIC gives its host its addresses; a host that no list described is still one. */
static void place_host(struct resolve *resolve, struct thing *nic)
{
	const char *owner = thing_text(nic, FACT_OWNER);
	char type[ARM_TYPE_MAX + 1];

	if (!owner || !arm_id_type(owner, type) ||
	    strcmp(type, "microsoft.compute/virtualmachines") != 0)
		return;
	struct thing *compute = thing_itself(inventory_thing(resolve->inventory, THING_COMPUTE,
							     owner, arm_id_name(owner), nic->from));
	if (compute && !thing_fact(compute, FACT_TYPE))
		thing_say_text(resolve->inventory, compute, FACT_TYPE, "vm", nic->from);
	for (struct thing *c = resolve_first_inside(nic, THING_IP_CONFIG); c;
	     c = resolve_next_inside(c))
		take_config(resolve, compute, c);
}

static void place_public_ip(struct resolve *resolve, const struct thing *address)
{
	struct thing *nic =
		inventory_find(resolve->inventory, THING_NIC, thing_text(address, FACT_OWNER));
	struct thing *host =
		inventory_find(resolve->inventory, THING_COMPUTE, thing_text(nic, FACT_OWNER));

	if (host && !thing_fact(host, FACT_PUBLIC_IP))
		thing_say_text(resolve->inventory, host, FACT_PUBLIC_IP, "true", address->from);
}

static void say_role(struct resolve *resolve, const char *subnet_id, const char *role,
		     const struct thing *because)
{
	struct thing *subnet = inventory_find(resolve->inventory, THING_SUBNET, subnet_id);

	if (subnet && !thing_fact(subnet, FACT_ROLE))
		thing_say_text(resolve->inventory, subnet, FACT_ROLE, role, because->from);
}

static void say_role_at(struct resolve *resolve, struct values addresses, const char *role,
			const struct thing *because)
{
	for (size_t i = 0; i < addresses.count; i++) {
		struct thing *subnet = resolve_subnet_at(resolve, addresses.at[i]);

		if (subnet)
			say_role(resolve, subnet->id, role, because);
	}
}

/* Appliances before hosts before endpoints: a subnet of endpoints is one that holds nothing else. */
static void say_roles(struct resolve *resolve)
{
	struct inventory *inventory = resolve->inventory;
	struct thing *thing;

	for (thing = resolve_first(inventory, THING_SUBNET); thing; thing = resolve_next(thing)) {
		if (strcasecmp(thing->name, "AzureFirewallSubnet") == 0)
			say_role(resolve, thing->id, "appliance", thing);
	}
	for (thing = resolve_first(inventory, THING_NIC); thing; thing = resolve_next(thing)) {
		const char *forwards = thing_text(thing, FACT_FORWARDS);

		for (struct thing *c = resolve_first_inside(thing, THING_IP_CONFIG);
		     c && forwards && strcmp(forwards, "true") == 0; c = resolve_next_inside(c))
			say_role(resolve, thing_text(c, FACT_SUBNET), "appliance", thing);
	}
	for (thing = resolve_first(inventory, THING_COMPUTE); thing; thing = resolve_next(thing)) {
		struct values subnets = thing_values(thing, FACT_SUBNET);

		for (size_t i = 0; i < subnets.count; i++)
			say_role(resolve, subnets.at[i], "compute", thing);
		say_role_at(resolve, thing_values(thing, FACT_IPS), "compute", thing);
	}
	for (thing = resolve_first(inventory, THING_PRIVATE_ENDPOINT); thing;
	     thing = resolve_next(thing))
		say_role(resolve, thing_text(thing, FACT_SUBNET), "private-endpoints", thing);
}

static int by_name(const void *a, const void *b)
{
	const struct thing *left = *(struct thing *const *)a, *right = *(struct thing *const *)b;
	int order = strcmp(left->name, right->name);

	return order ? order : strcmp(left->id, right->id);
}

/* Adds the group, and if need be the subscription, to names that others of the kind have too. */
static const char *label_of(struct inventory *inventory, const struct thing *thing, int more)
{
	struct arm_part group = arm_id_group(thing->id);
	struct arm_part subscription = arm_id_subscription(thing->id);
	char bytes[ARM_ID_MAX + 1];
	struct text text = text_over(bytes, sizeof(bytes));

	if (more == 0)
		return thing->name;
	text_add(&text, thing->name);
	text_add(&text, "@");
	if (more == 3) {
		text_add(&text, thing->id);
		return inventory_copy(inventory, bytes);
	}
	text_add_bytes(&text, group.at, group.length);
	text_add(&text, more > 1 ? "@" : "");
	text_add_bytes(&text, subscription.at, more > 1 ? subscription.length : 0);
	return inventory_copy(inventory, bytes);
}

static bool is_unlike(struct thing *const *run, size_t count, const char *label, size_t self)
{
	for (size_t i = 0; i < count; i++) {
		if (i != self && run[i]->label && strcmp(run[i]->label, label) == 0)
			return false;
	}
	return true;
}

static void label_run(struct inventory *inventory, struct thing **run, size_t count)
{
	for (int more = count > 1; more <= 3; more++) {
		bool unlike = true;

		for (size_t i = 0; i < count; i++)
			run[i]->label = label_of(inventory, run[i], more);
		for (size_t i = 0; i < count && unlike && !inventory->failed; i++)
			unlike = is_unlike(run, count, run[i]->label, i);
		if (unlike)
			return;
	}
}

static void say_labels(struct inventory *inventory, enum thing_kind kind)
{
	size_t count = 0;

	for (struct thing *t = resolve_first(inventory, kind); t; t = resolve_next(t))
		count++;
	struct thing **all = arena_take(inventory->arena, count, sizeof(struct thing *));
	if (!all) {
		inventory->failed = true;
		return;
	}
	count = 0;
	for (struct thing *t = resolve_first(inventory, kind); t; t = resolve_next(t))
		all[count++] = t;
	qsort(all, count, sizeof(struct thing *), by_name);
	for (size_t i = 0, end; i < count; i = end) {
		for (end = i + 1; end < count && strcmp(all[end]->name, all[i]->name) == 0;)
			end++;
		label_run(inventory, all + i, end - i);
	}
}

void resolve_networks(struct resolve *resolve)
{
	struct inventory *inventory = resolve->inventory;
	struct thing *t;

	for (t = resolve_first(inventory, THING_PRIVATE_ENDPOINT); t; t = resolve_next(t))
		place_endpoint(resolve, t);
	for (t = resolve_first(inventory, THING_NIC); t; t = resolve_next(t))
		place_host(resolve, t);
	for (t = resolve_first(inventory, THING_PUBLIC_IP); t; t = resolve_next(t))
		place_public_ip(resolve, t);
	say_roles(resolve);
	say_labels(inventory, THING_VNET);
	say_labels(inventory, THING_PRIVATE_ENDPOINT);
	say_labels(inventory, THING_COMPUTE);
}
