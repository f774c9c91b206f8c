/* daemon_flow.h - one live flow, as a line of `pewit flows` and `pewit top`. */
#pragma once

#include "base/json.h"

#define DAEMON_FLOW_LINE 320

void daemon_flow_head(char line[DAEMON_FLOW_LINE]);
/* now_ns: when the daemon said so. */
void daemon_flow_line(const struct json_value *flow, double now_ns, char line[DAEMON_FLOW_LINE]);
