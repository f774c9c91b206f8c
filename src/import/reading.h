/* reading.h - taking values out of one document, whatever dress they come in.
 *
 * The same setting is `publicNetworkAccess` in az, `properties.publicNetworkAccess` in Azure Resource
 * Manager and Resource Graph, `public_network_access` in `az ml` and Terraform, and
 * "[parameters('access')]" in a template. So a member is found by its letters, case and underscores
 * aside, in the object or its `properties`, and an expression is replaced by its value.
 *
 * The first thing that is wrong is kept; later reads give nothing.
 */
#pragma once

#include <stdbool.h>

#include "base/fault.h"
#include "base/json.h"
#include "import/inventory.h"

struct plan;  /* terraform_plan.h */
struct scope; /* a template's parameters and variables: template.h */

struct node {                        /* a value of the document */
	const struct json_value *at; /* NULL: there is none */
	const struct scope *scope;   /* of its expressions; NULL: they are texts */
	const char *text;            /* what an expression became; else NULL */
};

struct reading {
	struct inventory *inventory;
	const struct json *json;
	const char *path; /* outlives the document */
	enum source_rank rank;
	struct json_reader reader; /* holds the first error */
	size_t taken[THING_KINDS]; /* of this document, for the summary */
	size_t ignored;            /* resources of types that say nothing of a map */
	const char *ignored_type;  /* the first of them */
	struct hearer hearer;
	size_t notes;            /* what could not be used, so far */
	bool foreign;            /* the document is something else, not a damaged source */
	const struct plan *plan; /* of Terraform; or NULL */
	const char *address;     /* in it, of the resource at hand; or NULL */
	/* Expressions of a template: bounds of the one at hand, and those without a value. */
	unsigned depth, steps;
	size_t text_bytes; /* of all that were evaluated */
	size_t unknown_count;
	struct source_place unknown; /* the first of them */
};

#define READING_NOTES_MAX 20 /* notes said of one document; the rest are counted */

struct node reading_root(struct reading *reading);
/* The value itself or, of an expression, its value in the scope. */
struct node reading_value(struct reading *reading, const struct json_value *value,
			  const struct scope *scope);

/* The member, by its letters; of the object or its properties. null is a value. */
struct node reading_member(struct reading *reading, struct node object, const char *key);
/* The member at a path: "subnet.id". A number takes an element: "rules.0". */
struct node reading_path(struct reading *reading, struct node object, const char *path);

enum json_type reading_type(struct node node); /* JSON_NULL also when there is none */
bool reading_is_null(struct node node);        /* there, and null */

/* The elements of a list in turn; none of anything else:
 * for (struct each each = reading_each(list); reading_step(reading, &each);) ... each.item */
struct each {
	struct node item;
	const struct json_value *next;
	const struct scope *scope;
};
struct each reading_each(struct node list);
bool reading_step(struct reading *reading, struct each *each);

/* The text at a path, or NULL: none, null or empty. Another type is wrong. */
const char *reading_text(struct reading *reading, struct node object, const char *path);
/* The same of a value. */
const char *reading_text_of(struct reading *reading, struct node node);

struct source_place reading_place(const struct reading *reading, struct node node);

/* Facts of what the document says at a path, if it does. */
void reading_say_text(struct reading *reading, struct thing *thing, enum fact_kind kind,
		      struct node object, const char *path);
void reading_say_number(struct reading *reading, struct thing *thing, enum fact_kind kind,
			struct node object, const char *path);
/* true, false, and the words Enabled and Disabled; turned: the other way round. */
void reading_say_flag(struct reading *reading, struct thing *thing, enum fact_kind kind,
		      struct node object, const char *path, bool turned);
void reading_say_prefixes(struct reading *reading, struct thing *thing, struct node node);

/* What a value says, checked and as pewit writes it; NULL: none, or wrong. */
typedef const char *reading_taker(struct reading *reading, struct node node);
reading_taker reading_address; /* an IP address */
reading_taker reading_name;    /* a DNS name: lower case, without the root's dot */

/* Whether a map may hold this name; its first label may be a star. */
bool reading_name_ok(const char *name);

/* All that `take` finds at the path (which may be "") of the elements, as one fact. */
void reading_say_each(struct reading *reading, struct thing *thing, enum fact_kind kind,
		      struct node list, const char *path, reading_taker *take);

/* A thing of the kind that the id says, and its being described here; NULL: there is no id. */
struct thing *reading_thing(struct reading *reading, enum thing_kind kind, const char *id,
			    const char *name, struct node at);
struct thing *reading_inside(struct reading *reading, enum thing_kind kind, struct thing *owner,
			     const char *name, struct node at);
/* A thing that is only referred to: not counted, not described. */
struct thing *reading_mention(struct reading *reading, enum thing_kind kind, const char *id,
			      struct node at);

/* The resource's id, from `id` or made of what the document says. NULL: it has no name either. type:
 * lower case. */
const char *reading_id(struct reading *reading, struct node object, const char *type);

/* Tags environment, env and zone. */
void reading_say_zone_tag(struct reading *reading, struct thing *thing, struct node object);

/* Counts a resource whose type says nothing of a map. */
void reading_ignore(struct reading *reading, const char *type);

/* "PATH:LINE:COLUMN: " and the sentence: what was not used, and what makes the result doubtful. */
void reading_warn(struct reading *reading, struct node at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void reading_note(struct reading *reading, struct node at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void reading_wrong(struct reading *reading, struct node at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
