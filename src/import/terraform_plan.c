#include "import/terraform_plan.h"

#include <string.h>

#include "base/text.h"
#include "import/terraform.h"

#define ADDRESS_MAX 1024
#define KEY_MAX 64 /* longest key that this program asks for */

static struct node exact(struct node object, const char *key)
{
	bool is_object = object.at && json_type(object.at) == JSON_OBJECT;

	return (struct node){ .at = is_object ? json_member(object.at, key) : NULL };
}

/* The module that an address is in, and the length of its prefix: "module.net[0]." */
static struct node module_of(const struct plan *plan, const char *address, size_t *prefix)
{
	static const char step[] = "module.";
	struct node module = plan->configuration;
	const char *at = address;

	while (strncmp(at, step, sizeof(step) - 1) == 0) {
		char name[ADDRESS_MAX];
		struct text text = text_over(name, sizeof(name));

		at += sizeof(step) - 1;
		text_add_bytes(&text, at, strcspn(at, ".["));
		at += strcspn(at, ".[");
		if (*at == '[')
			at += strcspn(at, "]") + (strchr(at, ']') != NULL);
		at += *at == '.';
		module = exact(exact(exact(module, "module_calls"), name), "module");
	}
	*prefix = (size_t)(at - address);
	return module;
}

/* The resource's entry in the configuration: its address there has no module and no index. */
static struct node configured(const struct plan *plan, const char *address, size_t *prefix)
{
	struct node module = module_of(plan, address, prefix);
	const struct json_value *list = exact(module, "resources").at;
	size_t length = strcspn(address + *prefix, "[");

	for (const struct json_value *r = list ? json_first(list) : NULL; r; r = json_next(r)) {
		const struct json_value *own = json_member(r, "address");
		const char *text = own ? json_text(own) : NULL;

		if (text && strlen(text) == length && memcmp(text, address + *prefix, length) == 0)
			return (struct node){ .at = r };
	}
	return (struct node){ NULL };
}

static const struct planned *planned_at(const struct plan *plan, const char *prefix,
					size_t prefix_length, const char *local)
{
	for (size_t i = 0; i < plan->count; i++) {
		const char *address = plan->planned[i].address;

		if (strncmp(address, prefix, prefix_length) == 0 &&
		    strcmp(address + prefix_length, local) == 0)
			return &plan->planned[i];
	}
	return NULL;
}

/* The expression at a path: "subnet_id", or "private_service_connection.0.subnet_id" in a block. */
static struct node expression_at(struct node expressions, const char *path)
{
	while (*path && expressions.at) {
		char key[KEY_MAX];
		struct text text = text_over(key, sizeof(key));

		text_add_bytes(&text, path, strcspn(path, "."));
		path += strcspn(path, ".");
		path += *path == '.';
		if (strcmp(key, "0") == 0 && json_type(expressions.at) == JSON_ARRAY)
			expressions.at = json_first(expressions.at);
		else
			expressions = exact(expressions, key);
	}
	return expressions;
}

static const char *referred_id(struct reading *reading, const char *path)
{
	const struct plan *plan = reading->plan;
	size_t prefix;
	struct node entry = configured(plan, reading->address, &prefix);
	struct node expression = expression_at(exact(entry, "expressions"), path);
	const struct json_value *list = exact(expression, "references").at;

	for (const struct json_value *r = list ? json_first(list) : NULL; r; r = json_next(r)) {
		const char *local = json_text(r);
		const struct planned *found =
			local ? planned_at(plan, reading->address, prefix, local) : NULL;

		if (found)
			return terraform_id(reading, found->type, found->values);
	}
	return NULL;
}

const char *plan_id(struct reading *reading, struct node values, const char *path)
{
	const char *id = reading_text(reading, values, path);

	return id || !reading->plan || !reading->address ? id : referred_id(reading, path);
}
