/* terraform_plan.h - which resource a planned one refers to.
 *
 * A plan leaves out ids that will only be known later. Its configuration says where they come from:
 *
 *     "expressions": {"subnet_id": {"references": ["azurerm_subnet.pe.id", "azurerm_subnet.pe"]}}
 *
 * and the resource at that address is in the plan, with names from which its id can be made but for the
 * subscription.
 */
#pragma once

#include "import/reading.h"

struct planned {
	const char *address, *type;
	struct node values;
};

struct plan {
	struct planned *planned;
	size_t count, room;
	struct node configuration; /* its root module */
};

/* The id at a path in the values; of a plan that leaves it out, that of the resource it refers to. NULL:
 * not known. */
const char *plan_id(struct reading *reading, struct node values, const char *path);
