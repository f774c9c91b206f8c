/* daemon_flow.h - one live flow, as a line of `pewit flows` and `pewit top`. */
#pragma once

#include "base/json.h"

#define DAEMON_FLOW_LINE 320
#define DAEMON_FLOW_ENDS 128

/* "10.10.1.10 > 203.0.113.12:443". */
void daemon_flow_ends(const struct json_value *flow, const char *arrow,
		      char text[DAEMON_FLOW_ENDS]);
const char *daemon_flow_app(const struct json_value *flow); /* "?": not known */

void daemon_flow_head(char line[DAEMON_FLOW_LINE]);
/* now_ns: when the daemon said so. */
void daemon_flow_line(const struct json_value *flow, double now_ns, char line[DAEMON_FLOW_LINE]);
