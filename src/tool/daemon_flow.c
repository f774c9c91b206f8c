#include "tool/daemon_flow.h"

#include <stdio.h>

#include "tool/daemon_options.h"

#define NS_PER_SECOND 1e9
#define FORMAT "%-38s %-6s %9s %8s %1s %-24s %s"

static double number(const struct json_value *flow, const char *key)
{
	const struct json_value *value = json_member(flow, key);

	return value ? json_number(value) : 0;
}

static const char *text(const struct json_value *flow, const char *key)
{
	const struct json_value *value = json_member(flow, key);
	const char *found = value ? json_text(value) : NULL;

	return found ? found : "";
}

void daemon_flow_head(char line[DAEMON_FLOW_LINE])
{
	snprintf(line, DAEMON_FLOW_LINE, FORMAT, "SOURCE -> DESTINATION", "APP", "BYTES", "LAST",
		 "", "VERDICT", "NAME");
}

void daemon_flow_line(const struct json_value *flow, double now_ns, char line[DAEMON_FLOW_LINE])
{
	char ends[128], bytes[16], age[DAEMON_SPAN_TEXT];
	const char *verdict = text(flow, "verdict");
	double idle_s = (now_ns - number(flow, "last_ns")) / NS_PER_SECOND;

	snprintf(ends, sizeof(ends), "%s -> %s:%.0f", text(flow, "src_ip"), text(flow, "dest_ip"),
		 number(flow, "dest_port"));
	daemon_print_size(number(flow, "bytes_toserver") + number(flow, "bytes_toclient"), bytes);
	daemon_print_span(idle_s > 0 ? (uint64_t)idle_s : 0, age);
	snprintf(line, DAEMON_FLOW_LINE, FORMAT, ends, text(flow, "app_proto"), bytes, age,
		 json_flag(json_member(flow, "bypassed")) ? "B" : "",
		 *verdict ? verdict : "not judged yet", text(flow, "name"));
}
