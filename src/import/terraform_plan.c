#include "import/terraform_plan.h"

#include <string.h>

#include "base/text.h"
#include "import/terraform.h"

#define ADDRESS_MAX 1024

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

static const char *referred_id(struct reading *reading, const char *key)
{
	const struct plan *plan = reading->plan;
	size_t prefix;
	struct node entry = configured(plan, reading->address, &prefix);
	struct node expression = exact(exact(entry, "expressions"), key);
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

const char *plan_id(struct reading *reading, struct node values, const char *key)
{
	const char *id = reading_text(reading, values, key);

	/* The one reference inside a block ("private_service_connection") is not looked for. */
	return id || !reading->plan || !reading->address ? id : referred_id(reading, key);
}
