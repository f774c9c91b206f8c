#include <string.h>

#include "base/text.h"
#include "baseline/baseline_document.h"
#include "baseline/learn.h"
#include "event/event_names.h"
#include "report/summary_text.h"

#define ROWS_MAX 30 /* of a table; the document has all */
#define LINE_BYTES 512
#define NAME_COLUMNS 44
#define PORTS_SHOWN 3

static const char *name_of(const struct baseline_group *group, char text[BASELINE_PLACE_TEXT])
{
	return group->name[0] != '\0' ? group->name : baseline_place_text(&group->place, text);
}

static void add_ports(struct text *text, const struct baseline_group *group)
{
	char port[BASELINE_PORT_TEXT];

	for (size_t i = 0; i < group->port_count && i < PORTS_SHOWN; i++) {
		text_add(text, i == 0 ? "" : ", ");
		text_add(text, baseline_port_text(group->port[i], port));
	}
	if (group->port_count > PORTS_SHOWN || group->more_ports)
		text_add(text, ", ...");
}

static void print_row(FILE *out, const struct learn_item *item)
{
	const struct baseline_group *group = item->group;
	char place[BASELINE_PLACE_TEXT], ports[LINE_BYTES], bytes[SUMMARY_BYTES_SIZE];
	struct text text = text_over(ports, sizeof(ports));

	add_ports(&text, group);
	fputs("  ", out);
	summary_cell(out, name_of(group, place), NAME_COLUMNS);
	putc(' ', out);
	summary_cell(out, ports, 20);
	fprintf(out, " %5llu %9s %4u%s  %s%s\n", (unsigned long long)group->flows,
		summary_bytes(baseline_bytes(group), bytes), group->source_count,
		group->more_sources ? "+" : " ",
		learn_confidence_name((enum learn_confidence)item->confidence),
		item->accepted ? ", accepted" : "");
}

static void print_section(FILE *out, const struct learn *learn, enum learn_section section,
			  bool colour)
{
	size_t count = learn_count(learn, section), shown = 0;

	if (count == 0)
		return;
	fprintf(out, "\n%s%s: %zu new%s\n", summary_colour(colour, SUMMARY_GOOD),
		learn_section_name(section), count, summary_colour(colour, SUMMARY_PLAIN));
	fprintf(out, "  %-*s %-20s %5s %9s %4s   %s\n", NAME_COLUMNS, "destination", "ports",
		"flows", "bytes", "from", "confidence");
	for (size_t i = 0; i < learn->count && shown < ROWS_MAX; i++) {
		if (!learn_is_in(&learn->item[i], section))
			continue;
		print_row(out, &learn->item[i]);
		shown++;
	}
	if (count > shown)
		fprintf(out, "  and %zu more\n", count - shown);
}

static void print_refused(FILE *out, const struct learn *learn, bool colour)
{
	size_t count = learn_count(learn, LEARN_REFUSED), shown = 0;

	if (count == 0)
		return;
	fprintf(out, "\n%snot learned: %zu finding%s%s\n", summary_colour(colour, SUMMARY_WARNING),
		count, summary_s(count), summary_colour(colour, SUMMARY_PLAIN));
	for (size_t i = 0; i < learn->count && shown < ROWS_MAX; i++) {
		const struct learn_item *item = &learn->item[i];
		char place[BASELINE_PLACE_TEXT], line[LINE_BYTES];
		struct text text = text_over(line, sizeof(line));

		if (item->section != LEARN_REFUSED)
			continue;
		shown++;
		text_add(&text, name_of(item->group, place));
		text_add(&text, "  ");
		text_add(&text, event_name_verdict(item->group->verdict));
		text_add(&text, " (");
		text_add(&text, item->group->rule_id);
		text_add(&text, ")");
		summary_wrapped(out, "  ", line);
		summary_wrapped(out, "      why  ", item->group->reason);
		if (!item->may_accept) {
			summary_wrapped(out, "      but  ", item->why);
			continue;
		}
		text = text_over(line, sizeof(line));
		text_add(&text, "if it is meant, take it with --accept ");
		text_add(&text, event_name_verdict(item->group->verdict));
		summary_wrapped(out, "      do   ", line);
	}
	if (count > shown)
		fprintf(out, "  and %zu more in the document\n", count - shown);
}

void learn_print_summary(FILE *out, const struct learn *learn, bool colour)
{
	const struct baseline_totals totals = baseline_totals(learn->baseline);
	char bytes[SUMMARY_BYTES_SIZE], first[SUMMARY_TIME_SIZE], last[SUMMARY_TIME_SIZE];
	size_t entries = 0;

	fprintf(out, "%llu flow%s, %s", (unsigned long long)totals.flows, summary_s(totals.flows),
		summary_bytes(totals.bytes, bytes));
	if (totals.flows != 0)
		fprintf(out, ", from %s to %s UTC", summary_time(totals.first_ns, first),
			summary_time(totals.last_ns, last));
	putc('\n', out);
	for (unsigned section = LEARN_EGRESS; section < LEARN_SECTIONS; section++) {
		entries += learn_count(learn, (enum learn_section)section);
		print_section(out, learn, (enum learn_section)section, colour);
	}
	if (entries == 0)
		fputs("\nNothing to add to the map.\n", out);
	print_refused(out, learn, colour);
}
