/* arm_id.h - ARM resource ids: /subscriptions/S/resourceGroups/G/providers/NS/type/name[/type/name]...
 *
 * Ids compare in lower case. "?" stands for a subscription or group that a source does not tell.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define ARM_ID_MAX 2048  /* Azure's own limit is 2,048 characters in a request's address */
#define ARM_TYPE_MAX 256 /* namespace and types; the longest real ones have about 120 */

struct arm_part { /* lent by the id */
	const char *at;
	size_t length;
};

/* Whether it is an id at all: begins with /subscriptions/ and names a provider, a type and a resource. */
bool arm_id_is(const char *id);

/* The type, "microsoft.network/virtualnetworks/subnets", in lower case. False: none, or too long. */
bool arm_id_type(const char *id, char type[ARM_TYPE_MAX + 1]);

/* The last segment, as written. */
const char *arm_id_name(const char *id);

struct arm_part arm_id_subscription(const char *id);
struct arm_part arm_id_group(const char *id); /* length 0: none */

/* The id of the resource that this one is inside of, or of that one's owner, ...: that of type `type`
 * (lower case), as written. False: there is none. */
bool arm_id_owner(const char *id, const char *type, char owner[ARM_ID_MAX + 1]);

/* Makes an id in lower case; subscription and group may be NULL. names: "vnet/subnet", as many as
 * `type` has types. False: too long, or the counts differ. */
bool arm_id_make(char id[ARM_ID_MAX + 1], const char *subscription, const char *group,
		 const char *type, const char *names);

/* Whether `part`, which may hold "?", can be `whole`. */
bool arm_id_may_be(const char *part, const char *whole);
