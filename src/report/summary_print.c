/* The summary answers, in this order: did anything go where it should not, which hosts and names,
 * why, and what is to be done; before it, what took the private path, and after it, what else was
 * seen. Lists are cut at a length that a person reads, and each cut is said with its counts. */
#include <stdlib.h>
#include <string.h>

#include "base/ip.h"
#include "event/event_names.h"
#include "event/event_text.h"
#include "report/summary.h"
#include "report/summary_text.h"

#define ROWS_MAX 15     /* of a table */
#define FINDINGS_MAX 8  /* of one rule */
#define NAME_COLUMNS 36 /* what 100 columns leave; longer texts are cut in the middle */
#define WHAT_COLUMNS 17

enum kind { PRIVATE, FINDING, OTHER_EXPECTED, UNJUDGED, KINDS };

struct page {
	const struct summary *summary;
	FILE *out;
	bool colour;
	const struct summary_group **group; /* those of the kind at hand */
	size_t count;
};

/* Groups with one name and address, whatever the source. */
struct row {
	const struct summary_group *group; /* the first of them */
	struct summary_counts counts;
	size_t sources;
};

static enum kind kind_of(const struct summary_group *group)
{
	if (group->verdict == VERDICT_NONE)
		return UNJUDGED;
	if (group->verdict != VERDICT_EXPECTED)
		return FINDING;
	return group->private_endpoint ? PRIVATE : OTHER_EXPECTED;
}

static void add(struct summary_counts *sum, const struct summary_counts *counts)
{
	sum->flows += counts->flows;
	sum->packets += counts->packets;
	sum->bytes_up += counts->bytes_up;
	sum->bytes_down += counts->bytes_down;
}

static uint64_t bytes_of(const struct summary_counts *counts)
{
	return counts->bytes_up + counts->bytes_down;
}

static struct summary_counts total_of(const struct page *page)
{
	struct summary_counts sum = { 0 };

	for (size_t i = 0; i < page->count; i++)
		add(&sum, &page->group[i]->counts);
	return sum;
}

static void select_kind(struct page *page, enum kind kind)
{
	size_t count;
	const struct summary_group *groups = summary_groups(page->summary, &count);

	page->count = 0;
	for (size_t i = 0; i < count; i++)
		if (kind_of(&groups[i]) == kind)
			page->group[page->count++] = &groups[i];
}

static const char *colour(const struct page *page, enum summary_colour which)
{
	return summary_colour(page->colour, which);
}

/* "3 flows, 4.2 kB" */
static void print_amount(FILE *out, const struct summary_counts *counts)
{
	char bytes[SUMMARY_BYTES_SIZE];

	fprintf(out, "%llu flow%s, %s", (unsigned long long)counts->flows, summary_s(counts->flows),
		summary_bytes(bytes_of(counts), bytes));
}

static void print_more(FILE *out, size_t more, const struct summary_counts *counts)
{
	if (more == 0)
		return;
	fprintf(out, "  and %zu more (", more);
	print_amount(out, counts);
	fputs(")\n", out);
}

/* ---- tables ---- */

static int compare_destination(const struct summary_group *a, const struct summary_group *b)
{
	int order = strcmp(a->name, b->name);

	return order ? order : memcmp(&a->dst, &b->dst, sizeof(a->dst));
}

static int by_destination(const void *left, const void *right)
{
	const struct summary_group *a = *(const struct summary_group *const *)left;
	const struct summary_group *b = *(const struct summary_group *const *)right;
	int order = compare_destination(a, b);

	return order ? order : memcmp(&a->src, &b->src, sizeof(a->src));
}

static int by_bytes(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	uint64_t a_bytes = bytes_of(&a->counts), b_bytes = bytes_of(&b->counts);

	if (a_bytes != b_bytes)
		return a_bytes > b_bytes ? -1 : 1;
	return compare_destination(a->group, b->group);
}

/* The page's groups as rows, most bytes first; the caller frees them. */
static struct row *make_rows(struct page *page, size_t *row_count)
{
	struct row *rows = calloc(page->count, sizeof(*rows));
	size_t count = 0;

	*row_count = 0;
	if (!rows)
		return NULL;
	qsort(page->group, page->count, sizeof(*page->group), by_destination);
	for (size_t i = 0; i < page->count; i++) {
		const struct summary_group *group = page->group[i];
		const struct summary_group *before = i == 0 ? NULL : page->group[i - 1];
		bool same = before && compare_destination(before, group) == 0;

		if (!same)
			rows[count++].group = group;
		if (!same || !ip_equal(&before->src, &group->src))
			rows[count - 1].sources++;
		add(&rows[count - 1].counts, &group->counts);
	}
	qsort(rows, count, sizeof(*rows), by_bytes);
	*row_count = count;
	return rows;
}

static const char *print_ip(const struct ip_addr *addr, char text[IP_TEXT_SIZE])
{
	text[event_text_ip(addr, text)] = '\0';
	return text;
}

/* What stands in the column for the name: without one, what the rule calls such flows. */
static const char *name_of(const struct summary_group *group)
{
	if (group->name[0] != '\0')
		return group->name;
	return group->title && group->verdict != VERDICT_NONE ? group->title : "(no name)";
}

static void print_row(const struct page *page, const struct row *row)
{
	const struct summary_group *group = row->group;
	const char *what = group->private_endpoint ? group->private_endpoint : group->service;
	char text[IP_TEXT_SIZE], bytes[SUMMARY_BYTES_SIZE];

	fputs("  ", page->out);
	summary_cell(page->out, name_of(group), NAME_COLUMNS);
	fputs("  ", page->out);
	summary_cell(page->out, print_ip(&group->dst, text), 15);
	fputs("  ", page->out);
	summary_cell(page->out, what ? what : "-", WHAT_COLUMNS);
	fprintf(page->out, "  %5llu  %8s  %7zu\n", (unsigned long long)row->counts.flows,
		summary_bytes(bytes_of(&row->counts), bytes), row->sources);
}

static void print_table(struct page *page, const char *heading, const char *third)
{
	struct summary_counts total = total_of(page), rest = { 0 };
	size_t row_count;
	struct row *rows = page->count == 0 ? NULL : make_rows(page, &row_count);

	if (!rows)
		return;
	fprintf(page->out, "\n%s%s%s: ", colour(page, SUMMARY_BOLD), heading,
		colour(page, SUMMARY_PLAIN));
	print_amount(page->out, &total);
	fprintf(page->out, "\n%s  %-*s  %-15s  %-*s  flows     bytes  sources%s\n",
		colour(page, SUMMARY_DIM), NAME_COLUMNS, "name", "address", WHAT_COLUMNS, third,
		colour(page, SUMMARY_PLAIN));
	for (size_t i = 0; i < row_count; i++) {
		if (i < ROWS_MAX)
			print_row(page, &rows[i]);
		else
			add(&rest, &rows[i].counts);
	}
	print_more(page->out, row_count > ROWS_MAX ? row_count - ROWS_MAX : 0, &rest);
	free(rows);
}

/* ---- findings ---- */

static int compare_rule(const struct summary_group *a, const struct summary_group *b)
{
	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	if (a->verdict != b->verdict)
		return a->verdict < b->verdict ? -1 : 1;
	return strcmp(a->rule_id ? a->rule_id : "", b->rule_id ? b->rule_id : "");
}

static int by_rule(const void *left, const void *right)
{
	const struct summary_group *a = *(const struct summary_group *const *)left;
	const struct summary_group *b = *(const struct summary_group *const *)right;
	int order = compare_rule(a, b);

	if (order != 0)
		return order;
	if (bytes_of(&a->counts) != bytes_of(&b->counts))
		return bytes_of(&a->counts) > bytes_of(&b->counts) ? -1 : 1;
	if (a->first_ns != b->first_ns)
		return a->first_ns < b->first_ns ? -1 : 1;
	return by_destination(left, right);
}

static void print_ports(FILE *out, const struct summary_group *group)
{
	char unknown[EVENT_NAME_UNKNOWN];

	fprintf(out, " %s", event_name_protocol(group->protocol, unknown));
	for (int i = 0; i < group->port_count; i++)
		fprintf(out, "%s%u", i == 0 ? " " : ",", group->ports[i]);
	if (group->more_ports)
		fputs(",...", out);
}

static void print_finding(const struct page *page, const struct summary_group *group)
{
	FILE *out = page->out;
	char src[IP_TEXT_SIZE], dst[IP_TEXT_SIZE], up[SUMMARY_BYTES_SIZE], down[SUMMARY_BYTES_SIZE];
	char first[SUMMARY_TIME_SIZE];

	fprintf(out, "  %s%s -> %s", colour(page, SUMMARY_BOLD), print_ip(&group->src, src),
		print_ip(&group->dst, dst));
	print_ports(out, group);
	fputs(colour(page, SUMMARY_PLAIN), out);
	fputs("  ", out);
	summary_wrapped(out, "", group->name[0] != '\0' ? group->name : "(no name)");
	fprintf(out, "      %llu flow%s, %s up, %s down, first at %s\n",
		(unsigned long long)group->counts.flows, summary_s(group->counts.flows),
		summary_bytes(group->counts.bytes_up, up),
		summary_bytes(group->counts.bytes_down, down),
		summary_time(group->first_ns, first));
	for (int i = 0; i < group->reason_count; i++)
		summary_wrapped(out, i == 0 ? "      why   " : "            ", group->reason[i]);
}

static enum summary_colour severity_colour(uint8_t severity)
{
	if (severity >= SEVERITY_HIGH)
		return SUMMARY_BAD;
	return severity >= SEVERITY_MEDIUM ? SUMMARY_WARNING : SUMMARY_BOLD;
}

static void print_rule_heading(const struct page *page, const struct summary_group *group,
			       const struct summary_counts *total)
{
	static const char *const names[SEVERITIES] = {
		"FINDING", "INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL",
	};

	fprintf(page->out, "\n%s%s%s  ", colour(page, severity_colour(group->severity)),
		names[group->severity < SEVERITIES ? group->severity : SEVERITY_NONE],
		colour(page, SUMMARY_PLAIN));
	fprintf(page->out, "%s%s%s: ", colour(page, SUMMARY_BOLD),
		event_name_verdict(group->verdict), colour(page, SUMMARY_PLAIN));
	print_amount(page->out, total);
	putc('\n', page->out);
	if (group->title)
		summary_wrapped(page->out, "  ", group->title);
}

/* The findings of one rule, groups [from, to). */
static void print_rule(const struct page *page, size_t from, size_t to)
{
	struct summary_counts total = { 0 }, rest = { 0 };
	const char *advice = page->group[from]->advice;

	for (size_t i = from; i < to; i++)
		add(i - from < FINDINGS_MAX ? &total : &rest, &page->group[i]->counts);
	add(&total, &rest);
	print_rule_heading(page, page->group[from], &total);
	for (size_t i = from; i < to && i - from < FINDINGS_MAX; i++)
		print_finding(page, page->group[i]);
	print_more(page->out, to - from > FINDINGS_MAX ? to - from - FINDINGS_MAX : 0, &rest);
	if (advice && *advice != '\0')
		summary_wrapped(page->out, "  To do: ", advice);
}

static void print_findings(struct page *page)
{
	qsort(page->group, page->count, sizeof(*page->group), by_rule);
	for (size_t from = 0, to; from < page->count; from = to) {
		for (to = from + 1; to < page->count; to++)
			if (compare_rule(page->group[from], page->group[to]) != 0)
				break;
		print_rule(page, from, to);
	}
}

/* ---- the head ---- */

static struct summary_counts all_flows(const struct summary *summary, bool judged_only)
{
	struct summary_counts sum = { 0 };

	for (unsigned i = judged_only ? VERDICT_EXPECTED : 0; i < VERDICTS; i++) {
		struct summary_counts counts = summary_verdict(summary, i);

		add(&sum, &counts);
	}
	return sum;
}

static void print_kind_line(struct page *page, enum kind kind)
{
	static const struct {
		const char *name, *says;
		uint8_t colour;
	} lines[KINDS] = {
		[PRIVATE] = { "private", "took a private endpoint", SUMMARY_GOOD },
		[FINDING] = { "findings", "went public, or where they should not", SUMMARY_BAD },
		[OTHER_EXPECTED] = { "expected", "otherwise as the map allows", SUMMARY_PLAIN },
		[UNJUDGED] = { "not judged", "no verdict", SUMMARY_PLAIN },
	};
	char bytes[SUMMARY_BYTES_SIZE];

	select_kind(page, kind);
	struct summary_counts sum = total_of(page);
	bool quiet = sum.flows == 0 && (kind == OTHER_EXPECTED || kind == UNJUDGED);
	if (quiet)
		return;
	bool lit = sum.flows != 0 && lines[kind].colour != SUMMARY_PLAIN;
	fprintf(page->out, "  %s%-10s  %8llu flow%-1s  %9s%s  %s\n",
		lit ? colour(page, lines[kind].colour) : "", lines[kind].name,
		(unsigned long long)sum.flows, summary_s(sum.flows),
		summary_bytes(bytes_of(&sum), bytes), lit ? colour(page, SUMMARY_PLAIN) : "",
		lines[kind].says);
}

static void print_head(struct page *page)
{
	struct summary_counts all = all_flows(page->summary, false);
	struct summary_counts judged = all_flows(page->summary, true);
	char bytes[SUMMARY_BYTES_SIZE], from[SUMMARY_TIME_SIZE], to[SUMMARY_TIME_SIZE];
	uint64_t first_ns, last_ns;

	if (!summary_span(page->summary, &first_ns, &last_ns)) {
		fputs("No flows were seen.\n", page->out);
		return;
	}
	fprintf(page->out, "%llu flow%s, %llu packet%s, %s, from %s to %s UTC\n\n",
		(unsigned long long)all.flows, summary_s(all.flows),
		(unsigned long long)all.packets, summary_s(all.packets),
		summary_bytes(bytes_of(&all), bytes), summary_time(first_ns, from),
		summary_time(last_ns, to));
	if (judged.flows == 0) {
		fputs("Nothing was judged: without an expected map (--map) pewit names "
		      "destinations only.\n",
		      page->out);
		return;
	}
	for (int kind = 0; kind < KINDS; kind++)
		print_kind_line(page, (enum kind)kind);
}

static void print_ungrouped(const struct page *page)
{
	struct summary_counts sum = { 0 };

	for (unsigned i = 0; i < VERDICTS; i++) {
		struct summary_counts counts = summary_ungrouped(page->summary, i);

		if (counts.flows == 0)
			continue;
		if (sum.flows == 0)
			fprintf(page->out, "\nPast the %d groups that a summary keeps:\n",
				SUMMARY_GROUPS_MAX);
		add(&sum, &counts);
		fprintf(page->out, "  %s: ", event_name_verdict(i));
		print_amount(page->out, &counts);
		putc('\n', page->out);
	}
}

void summary_print(const struct summary *summary, FILE *out, bool with_colour)
{
	struct page page = { .summary = summary, .out = out, .colour = with_colour };
	size_t count;

	summary_groups(summary, &count);
	page.group = calloc(count + 1, sizeof(*page.group));
	if (!page.group) {
		fputs("Not enough memory for the summary.\n", out);
		return;
	}
	print_head(&page);
	select_kind(&page, PRIVATE);
	print_table(&page, "Went private", "endpoint");
	select_kind(&page, FINDING);
	print_findings(&page);
	select_kind(&page, OTHER_EXPECTED);
	print_table(&page, "Expected otherwise", "service");
	select_kind(&page, UNJUDGED);
	print_table(&page, "Not judged", "service");
	print_ungrouped(&page);
	free(page.group);
}
