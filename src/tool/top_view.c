#include "tool/top_view.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "event/event_names.h"
#include "tool/daemon_answer.h"
#include "tool/daemon_flow.h"
#include "tool/daemon_options.h"

#define NS_PER_SECOND 1e9
#define BAR 7              /* characters of a worker's */
#define WORKERS_IN_LINE 4u /* in 80 columns */
#define WIDE 110           /* from here on names have a column */

/* Adds to a line that is as wide as the terminal at most. */
static void add(struct top_line *line, int width, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void add(struct top_line *line, int width, const char *format, ...)
{
	size_t length = strlen(line->text), room = (size_t)width;
	va_list arguments;

	if (length >= room)
		return;
	va_start(arguments, format);
	vsnprintf(line->text + length, room - length + 1, format, arguments);
	va_end(arguments);
	daemon_answer_tame(line->text + length);
}

/* Figures ------------------------------------------------------------------------------------ */

void top_view_figures(struct top_figures *figures, const struct json_value *status)
{
	const struct json_value *one = daemon_answer_list(status, "interfaces");
	const struct json_value *counters = json_member(status, "counters");
	int worker = 0;

	*figures = (struct top_figures){ .taken_ns = daemon_answer_number(status, "taken_ns") };
	for (; one; one = json_next(one)) {
		figures->received += daemon_answer_number(one, "received");
		figures->bypassed += daemon_answer_number(one, "bypassed");
		figures->dropped += daemon_answer_number(one, "dropped");
		figures->bytes += daemon_answer_number(one, "received_bytes");
	}
	if (figures->bytes == 0) /* the kernel does not say it: what was processed */
		figures->bytes = daemon_answer_number(counters, "flow.bytes");
	one = daemon_answer_list(status, "workers");
	for (; one && worker < LIVE_WORKERS_MAX; one = json_next(one))
		figures->busy_ns[worker++] = daemon_answer_number(one, "busy_ns");
}

void top_view_beginning(struct top_figures *figures, const struct json_value *status)
{
	*figures = (struct top_figures){ .taken_ns = daemon_answer_number(status, "started_ns") };
}

/* Per second; a daemon that was started anew counts from nothing. */
static double rate(double now, double before, double seconds)
{
	return seconds > 0 && now > before ? (now - before) / seconds : 0;
}

/* The head ----------------------------------------------------------------------------------- */

static void say_who(const struct json_value *status, int width, struct top_line *line)
{
	const struct json_value *knowledge = json_member(status, "knowledge");
	const struct json_value *one = daemon_answer_list(status, "interfaces");
	double up_ns = daemon_answer_number(status, "taken_ns") -
		       daemon_answer_number(status, "started_ns");
	char up[DAEMON_SPAN_TEXT];

	daemon_print_span((uint64_t)(up_ns > 0 && up_ns < 1e19 ? up_ns / NS_PER_SECOND : 0), up);
	add(line, width, "pewit %s, up %s, map and rules %.0f, on",
	    daemon_answer_text(status, "version"), up,
	    daemon_answer_number(knowledge, "generation"));
	for (; one; one = json_next(one))
		add(line, width, " %s%s", daemon_answer_text(one, "name"),
		    daemon_answer_flag(one, "up") ? "" : " (gone)");
}

static void say_rates(const struct json_value *status, const struct top_figures *now,
		      const struct top_figures *before, struct top_line line[2], int width)
{
	double seconds = (now->taken_ns - before->taken_ns) / NS_PER_SECOND, flows = 0;
	double received = rate(now->received, before->received, seconds);
	double bypassed = rate(now->bypassed, before->bypassed, seconds);
	char packets[16], bits[16], drops[16], live[16], dropped[16];

	for (const struct json_value *one = daemon_answer_list(status, "workers"); one;
	     one = json_next(one))
		flows += daemon_answer_number(one, "flows_live");
	daemon_print_size(received, packets);
	daemon_print_size(8 * rate(now->bytes, before->bytes, seconds), bits);
	daemon_print_size(rate(now->dropped, before->dropped, seconds), drops);
	daemon_print_size(now->dropped, dropped);
	daemon_print_size(flows, live);
	add(&line[0], width, "%s packets/s   %s%sbit/s   %.0f %% bypassed   %s live flows", packets,
	    bits, strchr(bits, ' ') ? "" : " ", received > 0 ? 100 * bypassed / received : 0, live);
	add(&line[1], width, "dropped %s/s, %s in all", drops, dropped);
	line[1].severity = now->dropped > 0 ? SEVERITY_HIGH : SEVERITY_NONE;
	if (daemon_answer_flag(status, "lossy") && now->dropped == 0)
		add(&line[1], width, "   a limit cost something: see pewit status");
}

static void say_findings(const struct json_value *status, int width, struct top_line *line)
{
	const struct json_value *findings = json_member(status, "findings");
	const struct json_value *events = json_member(status, "events");

	add(line, width, "findings");
	for (unsigned i = SEVERITIES - 1; i >= SEVERITY_INFO; i--) {
		const char *name = event_name_severity(i);
		double count = daemon_answer_number(findings, name);

		add(line, width, "  %s %.0f", name, count);
		if (count > 0 && line->severity == SEVERITY_NONE)
			line->severity = (uint8_t)i;
	}
	add(line, width, "   alerts %.0f", daemon_answer_number(events, "alert"));
}

static void say_worker(unsigned number, double load, int width, struct top_line *line)
{
	char bar[BAR + 1] = "       ";

	load = load > 1 ? 1 : load;
	memset(bar, '|', (size_t)(load * BAR + 0.5));
	add(line, width, "%s%2u [%s]%3.0f %%",
	    line->text[0] ? "  "
	    : number      ? "    "
			  : "load",
	    number, bar, 100 * load);
}

static size_t say_workers(const struct json_value *status, const struct top_figures *now,
			  const struct top_figures *before, int width, struct top_line *lines)
{
	const struct json_value *one = daemon_answer_list(status, "workers");
	double wall_ns = now->taken_ns - before->taken_ns;
	unsigned count = 0;

	for (; one && count < LIVE_WORKERS_MAX; one = json_next(one), count++)
		say_worker(count, rate(now->busy_ns[count], before->busy_ns[count], wall_ns), width,
			   &lines[count / WORKERS_IN_LINE]);
	return (count + WORKERS_IN_LINE - 1) / WORKERS_IN_LINE;
}

size_t top_view_head(const struct json_value *status, const struct top_figures *before, int width,
		     struct top_line lines[TOP_HEAD_MAX])
{
	struct top_figures now;

	top_view_figures(&now, status);
	memset(lines, 0, TOP_HEAD_MAX * sizeof(*lines));
	say_who(status, width, &lines[0]);
	say_rates(status, &now, before, &lines[1], width);
	say_findings(status, width, &lines[3]);
	return 4 + say_workers(status, &now, before, width, &lines[4]);
}

/* Flows -------------------------------------------------------------------------------------- */

/* Their widths; the rest is the verdict's, or the name's where there is room for one. */
struct columns {
	int ends, app, bytes, last, severity, verdict;
};

static struct columns columns_for(int width)
{
	return (struct columns){ .ends = width < WIDE ? 32 : 40,
				 .app = 6,
				 .bytes = 7,
				 .last = 4,
				 .severity = width < WIDE ? 1 : 8,
				 .verdict = width < WIDE ? width : 26 };
}

/* Text in a column, cut where it is longer. */
static void add_column(struct top_line *line, int width, int column, const char *text)
{
	if (column > 0 && strlen(text) > (size_t)column)
		add(line, width, "%.*s~ ", column - 1, text);
	else
		add(line, width, "%-*s ", column, text);
}

void top_view_columns(int width, char text[TOP_WIDTH_MAX + 1])
{
	const struct columns columns = columns_for(width);
	struct top_line line = { .text = "" };

	add_column(&line, width, columns.ends, "SOURCE > DESTINATION");
	add_column(&line, width, columns.app, "APP");
	add(&line, width, "%*s %*s   ", columns.bytes, "BYTES", columns.last, "LAST");
	add(&line, width, "%-*.*s ", columns.severity, columns.severity, "SEVERITY");
	add_column(&line, width, columns.verdict, "VERDICT");
	if (width >= WIDE)
		add(&line, width, "NAME");
	memcpy(text, line.text, sizeof(line.text));
}

/* "12s", "3m": in four characters. */
static void print_age(double seconds, char text[16])
{
	static const struct {
		double seconds;
		char name;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t i = 0;

	while (units[i].seconds > 1 && seconds < units[i].seconds)
		i++;
	snprintf(text, 16, "%.0f%c", seconds > 0 ? seconds / units[i].seconds : 0, units[i].name);
}

void top_view_flow(const struct json_value *flow, double now_ns, int width, struct top_line *line)
{
	const struct columns columns = columns_for(width);
	const char *verdict = daemon_answer_text(flow, "verdict");
	const char *word = daemon_answer_text(flow, "severity");
	int severity = event_severity_from_name(word);
	char ends[DAEMON_FLOW_ENDS], bytes[16], age[16];

	*line = (struct top_line){ .severity = (uint8_t)(severity > 0 ? severity : 0) };
	daemon_flow_ends(flow, ">", ends);
	daemon_print_size(daemon_answer_number(flow, "bytes_toserver") +
				  daemon_answer_number(flow, "bytes_toclient"),
			  bytes);
	print_age((now_ns - daemon_answer_number(flow, "last_ns")) / NS_PER_SECOND, age);
	add_column(line, width, columns.ends, ends);
	add_column(line, width, columns.app, daemon_flow_app(flow));
	add(line, width, "%*s %*s %c ", columns.bytes, bytes, columns.last, age,
	    daemon_answer_flag(flow, "bypassed") ? 'B' : ' ');
	add(line, width, "%-*.*s ", columns.severity, columns.severity, word);
	add_column(line, width, columns.verdict, *verdict ? verdict : "not judged yet");
	if (width >= WIDE)
		add(line, width, "%s", daemon_answer_text(flow, "name"));
}
