#include "import/template.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "import/arm.h"
#include "import/arm_id.h"

struct parent { /* of a resource inside another */
	const char *type, *name;
	unsigned depth;
};

static void read_resources(struct reading *reading, struct node list, const struct parent *parent);

static const struct json_value *member(struct node object, const char *key)
{
	return object.at && json_type(object.at) == JSON_OBJECT ? json_member(object.at, key)
								: NULL;
}

static void read_template(struct reading *reading, struct node template, const struct scope *scope)
{
	struct parent none = { "", "", scope->depth };
	struct node list = { .at = member(template, "resources"), .scope = scope };

	if (scope->depth >= TEMPLATE_DEPTH_MAX)
		reading_note(reading, template,
			     "templates in templates deeper than %d are passed over",
			     TEMPLATE_DEPTH_MAX);
	else
		read_resources(reading, list, &none);
}

/* A nested deployment: what a module of Bicep becomes. */
static void read_deployment(struct reading *reading, struct node resource,
			    const struct scope *outer)
{
	struct node template = reading_path(reading, resource, "template");
	const char *evaluated =
		reading_text(reading, resource, "expressionEvaluationOptions.scope");
	bool inner = evaluated && strcasecmp(evaluated, "inner") == 0;
	struct scope scope = *outer;

	scope.depth++;
	if (inner) {
		scope.parameters = member(template, "parameters");
		scope.variables = member(template, "variables");
		scope.given = reading_path(reading, resource, "parameters").at;
		scope.outer = outer;
	}
	if (template.at)
		read_template(reading, template, &scope);
	else
		reading_note(reading, resource,
			     "this deployment's template is not in the file; give that too");
}

/* "parent/name", or the name alone. */
static const char *joined(struct reading *reading, const char *parent, const char *name)
{
	char bytes[ARM_ID_MAX];
	struct text text = text_over(bytes, sizeof(bytes));

	if (*parent == '\0')
		return name;
	text_add(&text, parent);
	text_add(&text, "/");
	text_add(&text, name);
	return text.cut ? NULL : inventory_copy(reading->inventory, bytes);
}

/* Whether it will be there, as far as the template tells. */
static bool will_be(struct reading *reading, struct node resource)
{
	struct node condition =
		reading_value(reading, member(resource, "condition"), resource.scope);
	const struct json_value *existing = member(resource, "existing");

	if (existing && json_flag(existing))
		return false; /* only referred to */
	if (reading_type(condition) == JSON_BOOL)
		return json_flag(condition.at);
	return !condition.text || strcasecmp(condition.text, "false") != 0;
}

static void read_resource(struct reading *reading, struct node resource,
			  const struct parent *parent)
{
	struct node name = { NULL };
	const char *type = reading_text(reading, resource, "type");

	if (!type || !will_be(reading, resource))
		return;
	if (strcasecmp(type, "Microsoft.Resources/deployments") == 0) {
		read_deployment(reading, resource, resource.scope);
		return;
	}
	name = reading_value(reading, member(resource, "name"), resource.scope);
	const char *full_name = reading_text_of(reading, name);
	char id[ARM_ID_MAX + 1];
	bool copied = member(resource, "copy") != NULL;

	type = joined(reading, parent->type, type);
	full_name = full_name ? joined(reading, parent->name, full_name) : NULL;
	if (copied || !full_name || !type || !arm_id_make(id, NULL, NULL, type, full_name)) {
		if (arm_knows(type ? type : ""))
			reading_note(reading, resource,
				     "a %.80s was not taken: its name %s; give its list from az "
				     "when it is deployed",
				     type,
				     copied ? "is made by a loop"
					    : "is not known before the deployment");
		return;
	}
	arm_read(reading, resource, type, inventory_copy(reading->inventory, id));

	struct parent self = { type, full_name, parent->depth + 1 };
	struct node list = { .at = member(resource, "resources"), .scope = resource.scope };
	if (list.at && self.depth < TEMPLATE_DEPTH_MAX)
		read_resources(reading, list, &self);
}

/* A list or, in languageVersion 2.0, an object by symbolic names. */
static void read_resources(struct reading *reading, struct node list, const struct parent *parent)
{
	const struct json_value *value = list.at ? json_first(list.at) : NULL;

	for (; value && reading->reader.error == 0; value = json_next(value)) {
		struct node resource = { .at = value, .scope = list.scope };

		if (json_type(value) == JSON_OBJECT)
			read_resource(reading, resource, parent);
	}
}

void template_read(struct reading *reading, struct node root)
{
	struct scope scope = { .parameters = member(root, "parameters"),
			       .variables = member(root, "variables") };

	reading->rank = RANK_INTENT;
	read_template(reading, root, &scope);
	if (reading->unknown_count != 0) {
		struct node none = { NULL };

		reading_note(reading, none,
			     "some expressions have no value before the deployment, the first at "
			     "%u:%u; what they say was left out",
			     reading->unknown.line, reading->unknown.column);
	}
}
