#include "import/arm_id.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

/* The text after the segment `key` and its slash, or NULL. */
static const char *after_key(const char *id, const char *key)
{
	size_t length = strlen(key);

	for (const char *slash = strchr(id, '/'); slash; slash = strchr(slash + 1, '/')) {
		if (strncasecmp(slash + 1, key, length) == 0 && slash[1 + length] == '/')
			return slash + length + 2;
	}
	return NULL;
}

/* What follows the last "/providers/": an extension's own type is the last one. */
static const char *provider_of(const char *id)
{
	const char *found = NULL;

	for (const char *at = after_key(id, "providers"); at; at = after_key(at, "providers"))
		found = at;
	return found;
}

static size_t segment(const char *at)
{
	return strcspn(at, "/");
}

bool arm_id_is(const char *id)
{
	char type[ARM_TYPE_MAX + 1];

	return id && id[0] == '/' && strlen(id) <= ARM_ID_MAX && arm_id_type(id, type);
}

bool arm_id_type(const char *id, char type[ARM_TYPE_MAX + 1])
{
	const char *at = provider_of(id);
	struct text text = text_over(type, ARM_TYPE_MAX + 1);

	if (!at || segment(at) == 0)
		return false;
	text_add_bytes(&text, at, segment(at));
	at += segment(at);
	if (*at == '\0')
		return false;
	while (*at == '/') {
		size_t kind = segment(at + 1);
		const char *name = at + 1 + kind;

		if (kind == 0 || *name != '/' || segment(name + 1) == 0)
			return false;
		text_add(&text, "/");
		text_add_bytes(&text, at + 1, kind);
		at = name + 1 + segment(name + 1);
	}
	for (char *c = type; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return !text.cut;
}

const char *arm_id_name(const char *id)
{
	const char *slash = strrchr(id, '/');

	return slash ? slash + 1 : id;
}

static struct arm_part part_after(const char *id, const char *key)
{
	const char *at = after_key(id, key);

	return at ? (struct arm_part){ at, segment(at) } : (struct arm_part){ "", 0 };
}

struct arm_part arm_id_subscription(const char *id)
{
	return part_after(id, "subscriptions");
}

struct arm_part arm_id_group(const char *id)
{
	return part_after(id, "resourceGroups");
}

bool arm_id_owner(const char *id, const char *type, char owner[ARM_ID_MAX + 1])
{
	char of[ARM_TYPE_MAX + 1];
	size_t length = strlen(id);

	if (length > ARM_ID_MAX)
		return false;
	memcpy(owner, id, length + 1);
	while (arm_id_type(owner, of)) {
		if (strcmp(of, type) == 0)
			return true;
		for (int up = 0; up < 2; up++) {
			char *slash = strrchr(owner, '/');

			if (slash)
				*slash = '\0';
		}
	}
	return false;
}

/* Adds "/type/name" as long as both have more. False: one has more than the other. */
static bool add_pairs(struct text *text, const char *type, const char *names)
{
	while (*type && *names) {
		text_add(text, "/");
		text_add_bytes(text, type, segment(type));
		text_add(text, "/");
		text_add_bytes(text, names, segment(names));
		type += segment(type);
		names += segment(names);
		type += *type == '/';
		names += *names == '/';
	}
	return *type == '\0' && *names == '\0';
}

bool arm_id_make(char id[ARM_ID_MAX + 1], const char *subscription, const char *group,
		 const char *type, const char *names)
{
	struct text text = text_over(id, ARM_ID_MAX + 1);
	size_t provider = segment(type);

	if (type[provider] != '/')
		return false;
	text_add(&text, "/subscriptions/");
	text_add(&text, subscription ? subscription : "?");
	text_add(&text, "/resourcegroups/");
	text_add(&text, group ? group : "?");
	text_add(&text, "/providers/");
	text_add_bytes(&text, type, provider);
	if (!add_pairs(&text, type + provider + 1, names))
		return false;
	for (char *c = id; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return !text.cut;
}

bool arm_id_may_be(const char *part, const char *whole)
{
	while (*part && *whole) {
		size_t a = segment(part), b = segment(whole);

		if (!(a == 1 && *part == '?') && (a != b || strncasecmp(part, whole, a) != 0))
			return false;
		part += a;
		whole += b;
		if (*part == '/' && *whole == '/') {
			part++;
			whole++;
		}
	}
	return *part == *whole;
}
