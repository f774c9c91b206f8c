#include <string.h>

#include "base/json_print.h"
#include "base/text.h"
#include "baseline/baseline_document.h"
#include "baseline/diff.h"
#include "event/event_names.h"
#include "event/event_text.h"
#include "report/summary_text.h"

#define ROWS_MAX 40 /* of one kind: --json has all */
#define LINE_MAX_BYTES 1024
#define LIST_SHOWN 4
#define PATH_COLUMNS 90

static const char *const kind_names[DIFF_KINDS] = {
	[DIFF_NEW] = "new", [DIFF_GONE] = "gone", [DIFF_CHANGED] = "changed"
};

static struct diff_view view_old(const struct diff *diff, const struct diff_item *item)
{
	return diff_view(diff->before.baseline, item->old_from, item->old_to);
}

static struct diff_view view_new(const struct diff *diff, const struct diff_item *item)
{
	return diff_view(diff->after.baseline, item->new_from, item->new_to);
}

static const char *name_of(const struct diff_view *view, char text[BASELINE_PLACE_TEXT])
{
	return view->all.name[0] != '\0' ? view->all.name
					 : baseline_place_text(&view->all.place, text);
}

/* ---- for people ---- */

static void add_verdicts(struct text *text, uint64_t verdicts)
{
	const char *between = "";

	for (unsigned i = 0; i < VERDICTS; i++) {
		if (!(verdicts >> i & 1))
			continue;
		text_add(text, between);
		text_add(text, i == VERDICT_NONE ? "not judged" : event_name_verdict(i));
		between = ", ";
	}
}

/* The ports of `all` that `but` does not have; but: NULL for all. */
static void add_ports(struct text *text, const struct baseline_group *all,
		      const struct baseline_group *but)
{
	char port[BASELINE_PORT_TEXT];
	unsigned shown = 0;

	for (size_t i = 0; i < all->port_count; i++) {
		if (but && diff_has_port(but, all->port[i]))
			continue;
		if (shown++ == LIST_SHOWN) {
			text_add(text, ", ...");
			return;
		}
		text_add(text, shown == 1 ? "" : ", ");
		text_add(text, baseline_port_text(all->port[i], port));
	}
}

static void add_zones(struct text *text, const struct baseline_group *all,
		      const struct baseline_group *but)
{
	const char *between = "";

	for (size_t i = 0; i < all->zone_count; i++) {
		if (but && diff_has_zone(but, all->zone[i]))
			continue;
		text_add(text, between);
		text_add(text, all->zone[i]);
		between = ", ";
	}
}

static void add_ips(struct text *text, const struct ip_addr *ips, size_t count, bool more)
{
	for (size_t i = 0; i < count && i < LIST_SHOWN; i++) {
		text_add(text, i == 0 ? "" : ", ");
		text_add_ip(text, &ips[i]);
	}
	if (more || count > LIST_SHOWN)
		text_add(text, ", ...");
}

static void add_amount(struct text *text, const struct baseline_group *group)
{
	char bytes[SUMMARY_BYTES_SIZE];

	text_add_number(text, group->flows);
	text_add(text, group->flows == 1 ? " flow, " : " flows, ");
	text_add(text, summary_bytes(baseline_bytes(group), bytes));
}

static void print_destination(FILE *out, const struct diff_view *view)
{
	char line[LINE_MAX_BYTES], place[BASELINE_PLACE_TEXT];
	struct text text = text_over(line, sizeof(line));

	summary_wrapped(out, "  ", name_of(view, place));
	add_verdicts(&text, view->verdicts);
	text_add(&text, "; ");
	add_ports(&text, &view->all, NULL);
	text_add(&text, "; ");
	add_amount(&text, &view->all);
	text_add(&text, "; from ");
	add_ips(&text, view->all.source, view->all.source_count, view->all.more_sources);
	if (view->all.zone_count != 0) {
		text_add(&text, " (zone ");
		add_zones(&text, &view->all, NULL);
		text_add(&text, ")");
	}
	summary_wrapped(out, "      ", line);
	if (view->all.severity != SEVERITY_NONE && view->all.reason[0] != '\0')
		summary_wrapped(out, "      why   ", view->all.reason);
}

static void print_line(FILE *out, const char *first, struct text *text)
{
	if (text->length != 0)
		summary_wrapped(out, first, text->bytes);
	*text = text_over(text->bytes, text->size);
}

static void print_path(FILE *out, const struct diff_view *old, const struct diff_view *new,
		       struct text *text)
{
	text_add(text, new->is_public ? "public now: " : "private now: ");
	add_ips(text, new->all.address, new->all.address_count, new->all.more_addresses);
	text_add(text, "; before: ");
	add_ips(text, old->all.address, old->all.address_count, old->all.more_addresses);
	print_line(out, "      path         ", text);
}

static void print_volume(FILE *out, const struct diff_view *old, const struct diff_view *new,
			 struct text *text)
{
	uint64_t before = baseline_bytes(&old->all), after = baseline_bytes(&new->all);
	uint64_t less = before < after ? before : after, more = before < after ? after : before;
	char bytes[SUMMARY_BYTES_SIZE];

	text_add(text, summary_bytes(before, bytes));
	text_add(text, " -> ");
	text_add(text, summary_bytes(after, bytes));
	text_add(text, after > before ? ", " : ", a ");
	text_add_number(text, more / (less ? less : 1));
	text_add(text, after > before ? " times as much" : "th or less");
	print_line(out, "      volume       ", text);
}

static void print_change(FILE *out, const struct diff *diff, const struct diff_item *item)
{
	const struct diff_view old = view_old(diff, item), new = view_new(diff, item);
	char line[LINE_MAX_BYTES] = "", place[BASELINE_PLACE_TEXT];
	struct text text = text_over(line, sizeof(line));

	summary_wrapped(out, "  ", name_of(&new, place));
	add_verdicts(&text, item->new_verdicts);
	print_line(out, "      new verdict  ", &text);
	add_verdicts(&text, item->gone_verdicts);
	print_line(out, "      gone verdict ", &text);
	if (item->has_new_ports)
		add_ports(&text, &new.all, &old.all);
	print_line(out, "      new port     ", &text);
	if (item->has_gone_ports)
		add_ports(&text, &old.all, &new.all);
	print_line(out, "      gone port    ", &text);
	if (item->has_new_zones)
		add_zones(&text, &new.all, &old.all);
	print_line(out, "      new zone     ", &text);
	if (item->has_gone_zones)
		add_zones(&text, &old.all, &new.all);
	print_line(out, "      gone zone    ", &text);
	if (item->went_public || item->went_private)
		print_path(out, &old, &new, &text);
	if (item->volume)
		print_volume(out, &old, &new, &text);
}

static void print_side(FILE *out, const char *which, const struct diff_side *side)
{
	const struct baseline_totals totals = baseline_totals(side->baseline);
	char bytes[SUMMARY_BYTES_SIZE], first[SUMMARY_TIME_SIZE], last[SUMMARY_TIME_SIZE];

	fprintf(out, "%s  ", which);
	summary_cell(out, side->path, (unsigned)strnlen(side->path, PATH_COLUMNS));
	fprintf(out, "\n     %llu flow%s, %s", (unsigned long long)totals.flows,
		summary_s(totals.flows), summary_bytes(totals.bytes, bytes));
	if (totals.flows != 0)
		fprintf(out, ", %s to %s UTC", summary_time(totals.first_ns, first),
			summary_time(totals.last_ns, last));
	putc('\n', out);
}

static void print_kind(FILE *out, const struct diff *diff, enum diff_kind kind, bool colour)
{
	static const char *const titles[DIFF_KINDS] = {
		[DIFF_NEW] = "New", [DIFF_GONE] = "Gone", [DIFF_CHANGED] = "Changed"
	};
	size_t shown = 0, count = diff->count_of[kind];

	if (count == 0)
		return;
	fprintf(out, "\n%s%s: %zu destination%s%s\n", summary_colour(colour, SUMMARY_BOLD),
		titles[kind], count, summary_s(count), summary_colour(colour, SUMMARY_PLAIN));
	for (size_t i = 0; i < diff->count && shown < ROWS_MAX; i++) {
		const struct diff_item *item = &diff->item[i];

		if (item->kind != kind)
			continue;
		shown++;
		if (kind == DIFF_CHANGED) {
			print_change(out, diff, item);
			continue;
		}
		const struct diff_view view =
			kind == DIFF_NEW ? view_new(diff, item) : view_old(diff, item);
		print_destination(out, &view);
	}
	if (count > shown)
		fprintf(out, "  and %zu more; --json lists all\n", count - shown);
}

void diff_print(FILE *out, const struct diff *diff, bool colour)
{
	print_side(out, "old", &diff->before);
	print_side(out, "new", &diff->after);
	print_kind(out, diff, DIFF_NEW, colour);
	print_kind(out, diff, DIFF_CHANGED, colour);
	print_kind(out, diff, DIFF_GONE, colour);
	fprintf(out, "\n%zu new, %zu changed, %zu gone, %zu the same\n", diff->count_of[DIFF_NEW],
		diff->count_of[DIFF_CHANGED], diff->count_of[DIFF_GONE], diff->same);
}

/* ---- for programs ---- */

static void json_verdicts(struct json_print *print, const char *key, uint64_t verdicts)
{
	if (verdicts == 0)
		return;
	json_print_open_line(print, key, '[');
	for (unsigned i = 0; i < VERDICTS; i++)
		if (verdicts >> i & 1 && event_name_verdict(i))
			json_print_text(print, NULL, event_name_verdict(i));
	json_print_close(print, ']');
}

static void json_ports(struct json_print *print, const char *key, const struct baseline_group *all,
		       const struct baseline_group *but)
{
	char text[BASELINE_PORT_TEXT];

	json_print_open_line(print, key, '[');
	for (size_t i = 0; i < all->port_count; i++)
		if (!diff_has_port(but, all->port[i]))
			json_print_text(print, NULL, baseline_port_text(all->port[i], text));
	json_print_close(print, ']');
}

static void json_zones(struct json_print *print, const char *key, const struct baseline_group *all,
		       const struct baseline_group *but)
{
	json_print_open_line(print, key, '[');
	for (size_t i = 0; i < all->zone_count; i++)
		if (!diff_has_zone(but, all->zone[i]))
			json_print_text(print, NULL, all->zone[i]);
	json_print_close(print, ']');
}

static void json_view(struct json_print *print, const char *key, const struct diff_view *view)
{
	json_print_open_line(print, key, '{');
	json_verdicts(print, "verdicts", view->verdicts);
	json_print_some(print, "reason", view->all.reason);
	json_print_some(print, "service", view->all.service);
	baseline_print_amounts(print, &view->all);
	baseline_print_zones(print, "zones", &view->all);
	baseline_print_ports(print, &view->all);
	baseline_print_addresses(print, "addresses", &view->all);
	json_print_number(print, "source_count", view->all.source_count);
	baseline_print_more(print, &view->all);
	json_print_close(print, '}');
}

static void json_change(struct json_print *print, const struct diff_item *item,
			const struct diff_view *old, const struct diff_view *new)
{
	json_verdicts(print, "new_verdicts", item->new_verdicts);
	json_verdicts(print, "gone_verdicts", item->gone_verdicts);
	if (item->has_new_ports)
		json_ports(print, "new_ports", &new->all, &old->all);
	if (item->has_gone_ports)
		json_ports(print, "gone_ports", &old->all, &new->all);
	if (item->has_new_zones)
		json_zones(print, "new_zones", &new->all, &old->all);
	if (item->has_gone_zones)
		json_zones(print, "gone_zones", &old->all, &new->all);
	if (item->went_public || item->went_private)
		json_print_text(print, "path", item->went_public ? "public" : "private");
	if (item->volume)
		json_print_flag(print, "volume", true);
}

static void json_item(struct json_print *print, const struct diff *diff,
		      const struct diff_item *item)
{
	struct diff_view old, new;
	char place[BASELINE_PLACE_TEXT];

	if (item->kind != DIFF_NEW)
		old = view_old(diff, item);
	if (item->kind != DIFF_GONE)
		new = view_new(diff, item);
	const struct diff_view *any = item->kind == DIFF_NEW ? &new : &old;
	json_print_open(print, NULL, '{');
	json_print_text(print, any->all.name[0] != '\0' ? "name" : "address", name_of(any, place));
	if (item->kind == DIFF_CHANGED)
		json_change(print, item, &old, &new);
	if (item->kind != DIFF_NEW)
		json_view(print, "old", &old);
	if (item->kind != DIFF_GONE)
		json_view(print, "new", &new);
	json_print_close(print, '}');
}

void diff_print_json(FILE *out, const struct diff *diff)
{
	struct json_print print = json_print_to(out);

	json_print_open(&print, NULL, '{');
	json_print_text(&print, "old", diff->before.path);
	json_print_text(&print, "new", diff->after.path);
	for (unsigned kind = 0; kind < DIFF_KINDS; kind++) {
		char key[32];
		struct text text = text_over(key, sizeof(key));

		text_add(&text, kind_names[kind]);
		text_add(&text, "_destinations");
		json_print_open(&print, key, '[');
		for (size_t i = 0; i < diff->count; i++)
			if (diff->item[i].kind == kind)
				json_item(&print, diff, &diff->item[i]);
		json_print_close(&print, ']');
	}
	json_print_number(&print, "same", diff->same);
	json_print_flag(&print, "has_news", diff_has_news(diff));
	json_print_close(&print, '}');
}
