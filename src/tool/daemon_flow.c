#include "tool/daemon_flow.h"

#include <stdio.h>
#include <string.h>

#include "tool/daemon_answer.h"
#include "tool/daemon_options.h"

#define NS_PER_SECOND 1e9
#define FORMAT "%-38s %-6s %9s %8s %1s %-8s %-26s %s"

void daemon_flow_ends(const struct json_value *flow, const char *arrow, char text[DAEMON_FLOW_ENDS])
{
	const char *src = daemon_answer_text(flow, "src_ip");
	const char *dst = daemon_answer_text(flow, "dest_ip");
	double port = daemon_answer_number(flow, "dest_port");

	if (port != 0)
		snprintf(text, DAEMON_FLOW_ENDS, "%s %s %s:%.0f", src, arrow, dst, port);
	else
		snprintf(text, DAEMON_FLOW_ENDS, "%s %s %s", src, arrow, dst);
}

const char *daemon_flow_app(const struct json_value *flow)
{
	const char *app = daemon_answer_text(flow, "app_proto");

	return strcmp(app, "failed") == 0 ? "?" : app; /* as EVE spells it */
}

void daemon_flow_head(char line[DAEMON_FLOW_LINE])
{
	snprintf(line, DAEMON_FLOW_LINE, FORMAT, "SOURCE -> DESTINATION", "APP", "BYTES", "LAST",
		 "", "SEVERITY", "VERDICT", "NAME");
}

void daemon_flow_line(const struct json_value *flow, double now_ns, char line[DAEMON_FLOW_LINE])
{
	char ends[DAEMON_FLOW_ENDS], bytes[16], age[DAEMON_SPAN_TEXT];
	const char *verdict = daemon_answer_text(flow, "verdict");
	double idle_s = (now_ns - daemon_answer_number(flow, "last_ns")) / NS_PER_SECOND;

	daemon_flow_ends(flow, "->", ends);
	daemon_print_size(daemon_answer_number(flow, "bytes_toserver") +
				  daemon_answer_number(flow, "bytes_toclient"),
			  bytes);
	daemon_print_span(idle_s > 0 ? (uint64_t)idle_s : 0, age);
	snprintf(line, DAEMON_FLOW_LINE, FORMAT, ends, daemon_flow_app(flow), bytes, age,
		 daemon_answer_flag(flow, "bypassed") ? "B" : "",
		 daemon_answer_text(flow, "severity"), *verdict ? verdict : "not judged yet",
		 daemon_answer_text(flow, "name"));
	daemon_answer_tame(line);
}
