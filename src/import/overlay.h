/* overlay.h - a map and what its owner wrote by hand over it: the hand-written fields win.
 *
 * Objects are merged member by member. Lists of objects are merged by what names their elements (`name`,
 * `fqdn`, `cidr`, `zone`, `ip` or `prefix`, the first that both have); other lists are taken whole.
 */
#pragma once

#include "base/json.h"
#include "import/writer.h"

void overlay_write(struct writer *writer, const struct json_value *built,
		   const struct json_value *by_hand);
