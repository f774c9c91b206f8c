/* inventory.h - what the owners' files say, in one model: things, and facts about them.
 *
 * Importers only add facts, each with the place it was read at. A thing is known by its kind and its
 * ARM resource id, in lower case; things inside another (a record of a zone) by their kind, their owner
 * and their name. A file may know a thing without its subscription or group: its id then holds "?" in
 * their place, and inventory_unify() finds the one it must be.
 *
 * Two sources that say different things of one fact contradict each other. The stronger kind of source
 * is believed, then the earlier one; both are named.
 *
 * Texts given to these functions are copied. Memory that runs out is remembered in `failed`.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/hash.h"

enum thing_kind {
	THING_VNET,
	THING_SUBNET,
	THING_ROUTE_TABLE,
	THING_ROUTE, /* in a route table */
	THING_PRIVATE_ENDPOINT,
	THING_ENDPOINT_NAME,  /* in a private endpoint: a public name */
	THING_PRIVATE_RECORD, /* in a private endpoint: a record of its DNS zone group */
	THING_NIC,
	THING_IP_CONFIG, /* in a NIC */
	THING_PUBLIC_IP,
	THING_ZONE,   /* private DNS */
	THING_LINK,   /* in a zone */
	THING_RECORD, /* in a zone; its name is "A www" */
	THING_RESOURCE,
	THING_DEPLOYMENT, /* in a resource */
	THING_COMPUTE,
	THING_KINDS
};

enum fact_kind { /* what a fact is about; thing_fact_names[] has the words */
		 FACT_TYPE,
		 FACT_KIND,
		 FACT_SUBDOMAIN, /* of an AI services account */
		 FACT_REGION,
		 FACT_ZONE_TAG, /* of the tags environment, env, zone */
		 FACT_PREFIXES,
		 FACT_DNS_SERVERS,
		 FACT_PEERINGS, /* ids */
		 FACT_ROUTE_TABLE,
		 FACT_NEXT_HOP_TYPE,
		 FACT_NEXT_HOP,
		 FACT_ENDPOINT_POLICIES,
		 FACT_SERVICE_ENDPOINTS,
		 FACT_SUBNET,
		 FACT_TARGET, /* id of the resource behind a private endpoint */
		 FACT_GROUP_ID,
		 FACT_STATUS, /* of the connection: Approved, Pending, ... */
		 FACT_NICS,
		 FACT_OWNER, /* of a NIC: its private endpoint or host */
		 FACT_FORWARDS,
		 FACT_IPS,
		 FACT_FQDNS,
		 FACT_PUBLIC_IP,
		 FACT_VNET,
		 FACT_POLICY, /* resolutionPolicy */
		 FACT_WORKSPACE_GUID,
		 FACT_PUBLIC_ACCESS,
		 FACT_LOCAL_AUTH,
		 FACT_FIREWALL,
		 FACT_MODEL,
		 FACT_MODEL_VERSION,
		 FACT_SKU,
		 FACT_CAPACITY,
		 FACT_REQUESTS,
		 FACT_TOKENS,
		 FACT_CONTENT_FILTER,
		 FACT_IDENTITY,
		 FACT_SSH_PUBLIC,
		 FACT_IDLE_SHUTDOWN,
		 FACT_ROLE,         /* of a subnet, worked out */
		 FACT_PRIVATE_NAME, /* of a name: that in the private DNS zone */
		 FACT_KINDS
};

/* How near to what really is: a later one wins over an earlier one. */
enum source_rank {
	RANK_INTENT, /* a template, a plan */
	RANK_STATE,  /* what Terraform last saw */
	RANK_LIVE,   /* what Azure answered */
};

struct source_place {
	const char *path;
	uint32_t line, column;
	enum source_rank rank;
};

struct values { /* one or many; none: said to be nothing */
	const char *const *at;
	size_t count;
};

struct fact {
	enum fact_kind kind;
	struct values values;
	struct source_place from;
	struct fact *next;
};

struct thing {
	enum thing_kind kind;
	const char *id;      /* lower case; NULL inside another thing */
	const char *written; /* the id as written first */
	const char *name;    /* as written first */
	const char *label;   /* its name in the map: unlike any other of its kind; set by resolve */
	struct thing *owner;
	struct thing *same_as; /* what it turned out to be; NULL: itself */
	struct fact *facts;
	struct thing *inside, *last_inside; /* things inside it, linked by `beside` */
	struct thing *beside;
	struct source_place from;
	bool listed; /* described by a source; false: only referred to */
	struct thing *next;
};

enum heard { HEARD_TAKEN, HEARD_NOTE, HEARD_WARNING, HEARD_CONTRADICTION };

struct hearer { /* of sentences for people */
	void (*hear)(void *context, enum heard what, const char *sentence);
	void *context;
};

struct inventory {
	struct arena *arena;
	struct thing *first[THING_KINDS], *last[THING_KINDS];
	struct thing **slots; /* open addressing, at most half full */
	size_t slot_count, thing_count;
	struct hash_seed seed;
	struct hearer hearer;
	bool failed; /* no memory */
};

extern const char *const thing_kind_names[THING_KINDS]; /* "private endpoint" */
extern const char *const thing_kind_plurals[THING_KINDS];

bool inventory_open(struct inventory *inventory, struct hearer hearer);
void inventory_close(struct inventory *inventory);

/* A copy; NULL: no memory. */
const char *inventory_copy(struct inventory *inventory, const char *text);
const char *inventory_lower(struct inventory *inventory, const char *text);

/* The thing of this id, made if it is new. NULL: no memory. */
struct thing *inventory_thing(struct inventory *inventory, enum thing_kind kind, const char *id,
			      const char *name, struct source_place from);
struct thing *inventory_inside(struct inventory *inventory, enum thing_kind kind,
			       struct thing *owner, const char *name, struct source_place from);

/* What is known of this id, or NULL. id: any case, or NULL. */
struct thing *inventory_find(const struct inventory *inventory, enum thing_kind kind,
			     const char *id);
/* The thing that this one is, and the facts of: follows same_as. */
struct thing *thing_itself(struct thing *thing);

/* Adds a fact; the values are copied. thing may be NULL. */
void thing_say(struct inventory *inventory, struct thing *thing, enum fact_kind kind,
	       struct values values, struct source_place from);
void thing_say_text(struct inventory *inventory, struct thing *thing, enum fact_kind kind,
		    const char *text, struct source_place from);

/* Adds a text to the fact's values, unless it is among them: for what sources tell piece by piece. */
void thing_add_text(struct inventory *inventory, struct thing *thing, enum fact_kind kind,
		    const char *text, struct source_place from);

/* The fact, or NULL; its only text, or NULL. */
const struct fact *thing_fact(const struct thing *thing, enum fact_kind kind);
const char *thing_text(const struct thing *thing, enum fact_kind kind);
struct values thing_values(const struct thing *thing, enum fact_kind kind);

/* Joins what is known by a part of its id with the one thing it can be. */
void inventory_unify(struct inventory *inventory);
