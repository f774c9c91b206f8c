/* template.h - ARM templates (and so compiled Bicep): resources whose texts are expressions.
 *
 * Only what can be told from the template itself is evaluated: parameters with a default value or given by
 * the template round it, variables, and functions of texts. Names made by uniqueString() or taken from
 * what is deployed are not known before the deployment: they are named and left out.
 */
#pragma once

#include "import/reading.h"

#define TEMPLATE_DEPTH_MAX 32 /* templates in templates, and expressions in expressions */

struct scope {
	const struct json_value *parameters, *variables; /* of the template; or NULL */
	const struct json_value *given;                  /* to its parameters, by the outer one */
	const struct scope *outer;                       /* that `given` is evaluated in */
	unsigned depth;
};

/* The value of an expression "[...]" at `node`. An expression that cannot be evaluated gives a null node,
 * and a note that names it. */
struct node template_evaluate(struct reading *reading, struct node node, const char *expression);

/* Takes every resource of a template; nested deployments too. */
void template_read(struct reading *reading, struct node root);
