/* Walking plans and states: modules, changes, instances. */
#include "import/terraform.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "import/arm.h"
#include "import/terraform_plan.h"

#define MODULE_DEPTH_MAX 32

static bool knows(const char *type)
{
	return terraform_reader_of(type) || terraform_resource_type(type) ||
	       strcmp(type, "azapi_resource") == 0;
}

/* A resource of the azapi provider: a body as Resource Manager takes it. */
static bool read_azapi(struct reading *reading, struct node values, const char *id)
{
	const char *typed = reading_text(reading, values, "type");
	struct node body = reading_member(reading, values, "body");
	char type[128];

	if (!typed || reading_type(body) != JSON_OBJECT || strcspn(typed, "@") >= sizeof(type))
		return false;
	memcpy(type, typed, strcspn(typed, "@"));
	type[strcspn(typed, "@")] = '\0';
	return arm_read(reading, body, type, id);
}

static void read_values(struct reading *reading, const char *type, struct node values)
{
	terraform_reader *read = terraform_reader_of(type);
	const char *id = terraform_id(reading, type, values);

	if (read)
		read(reading, values, id);
	else if (terraform_resource(reading, values, type, id) ||
		 (strcmp(type, "azapi_resource") == 0 && read_azapi(reading, values, id)))
		return;
	else
		reading_ignore(reading, type);
}

void terraform_read_resource(struct reading *reading, struct node resource)
{
	const char *type = reading_text(reading, resource, "type");
	struct node values = reading_path(reading, resource, "values");

	reading->address = reading_text(reading, resource, "address");
	if (type && reading_type(values) == JSON_OBJECT)
		read_values(reading, type, values);
}

typedef void each_resource(struct reading *reading, struct node resource, void *context);

static void walk_module(struct reading *reading, struct node module, unsigned depth,
			each_resource *visit, void *context)
{
	struct each resources = reading_each(reading_path(reading, module, "resources"));
	struct each modules = reading_each(reading_path(reading, module, "child_modules"));

	while (reading_step(reading, &resources))
		visit(reading, resources.item, context);
	while (depth < MODULE_DEPTH_MAX && reading_step(reading, &modules))
		walk_module(reading, modules.item, depth + 1, visit, context);
}

static void visit_read(struct reading *reading, struct node resource, void *context)
{
	(void)context;
	terraform_read_resource(reading, resource);
}

static void visit_data(struct reading *reading, struct node resource, void *context)
{
	const char *mode = reading_text(reading, resource, "mode");

	(void)context;
	if (mode && strcmp(mode, "data") == 0)
		terraform_read_resource(reading, resource);
}

/* Notes where each planned resource is, so that others may refer to it. */
static void visit_note(struct reading *reading, struct node resource, void *context)
{
	struct plan *plan = context;
	const char *address = reading_text(reading, resource, "address");
	const char *type = reading_text(reading, resource, "type");

	if (!address || !type || !knows(type))
		return;
	if (plan->count == plan->room) {
		size_t room = plan->room ? 2 * plan->room : 64;
		struct planned *more = realloc(plan->planned, room * sizeof(*more));

		if (!more) {
			reading->inventory->failed = true;
			return;
		}
		plan->planned = more;
		plan->room = room;
	}
	plan->planned[plan->count++] =
		(struct planned){ address, type, reading_path(reading, resource, "values") };
}

static bool deletes(struct reading *reading, struct node change)
{
	struct each each = reading_each(reading_path(reading, change, "actions"));
	bool deleted = false;

	while (reading_step(reading, &each)) {
		const char *action = reading_text_of(reading, each.item);

		if (action && strcmp(action, "delete") != 0)
			return false;
		deleted = true;
	}
	return deleted;
}

/* Without planned values, what changes is all there is. */
static void read_changes(struct reading *reading, struct node list, bool only_deletions)
{
	size_t deleted = 0;
	struct node first = { NULL };

	for (struct each each = reading_each(list); reading_step(reading, &each);) {
		const char *type = reading_text(reading, each.item, "type");
		struct node change = reading_path(reading, each.item, "change");
		struct node after = reading_path(reading, change, "after");

		if (!type || !knows(type))
			continue;
		if (deletes(reading, change)) {
			first = deleted++ ? first : each.item;
		} else if (!only_deletions && reading_type(after) == JSON_OBJECT) {
			reading->address = reading_text(reading, each.item, "address");
			read_values(reading, type, after);
		}
	}
	if (deleted != 0)
		reading_note(reading, first,
			     "the plan removes %zu resource%s, this one%s; what goes was not taken",
			     deleted, deleted == 1 ? "" : "s", deleted == 1 ? "" : " the first");
}

void terraform_read(struct reading *reading, struct node root)
{
	struct node planned = reading_path(reading, root, "planned_values.root_module");
	struct node state = reading_path(reading, root, "values.root_module");
	struct node prior = reading_path(reading, root, "prior_state.values.root_module");
	struct plan plan = {
		.configuration = reading_path(reading, root, "configuration.root_module"),
	};

	reading->rank = state.at ? RANK_STATE : RANK_INTENT;
	walk_module(reading, planned, 0, visit_note, &plan);
	reading->plan = &plan;
	walk_module(reading, state.at ? state : planned, 0, visit_read, NULL);
	walk_module(reading, prior, 0, visit_data, NULL);
	read_changes(reading, reading_path(reading, root, "resource_changes"), planned.at != NULL);
	reading->plan = NULL;
	free(plan.planned);
}

void terraform_read_state(struct reading *reading, struct node root)
{
	struct each resources = reading_each(reading_path(reading, root, "resources"));

	reading->rank = RANK_STATE;
	while (reading_step(reading, &resources)) {
		const char *type = reading_text(reading, resources.item, "type");
		struct each instances =
			reading_each(reading_path(reading, resources.item, "instances"));

		while (type && reading_step(reading, &instances)) {
			struct node values = reading_path(reading, instances.item, "attributes");

			if (reading_type(values) == JSON_OBJECT)
				read_values(reading, type, values);
		}
	}
}
