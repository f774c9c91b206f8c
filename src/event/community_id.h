/* community_id.h - the flow hash that Zeek, Suricata, Wireshark and others share, version 1
 * (https://github.com/corelight/community-id-spec). */
#pragma once

#include "pewit/flow.h"

#define COMMUNITY_ID_LENGTH 30 /* "1:" and 28 characters of Base64 */

/* Writes the id of a flow with seed 0, no NUL. The same for both directions. */
void community_id_print(const struct flow_record *flow, char text[COMMUNITY_ID_LENGTH]);
