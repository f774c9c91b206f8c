#include "baseline/diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "judge/judge_case.h"

#define BIT(value) (UINT64_C(1) << (value))
#define NOT_FINDINGS (BIT(VERDICT_NONE) | BIT(VERDICT_EXPECTED))

bool diff_has_port(const struct baseline_group *group, struct baseline_port port)
{
	for (size_t i = 0; i < group->port_count; i++)
		if (group->port[i].port == port.port && group->port[i].protocol == port.protocol)
			return true;
	return false;
}

bool diff_has_zone(const struct baseline_group *group, const char *zone)
{
	for (size_t i = 0; i < group->zone_count; i++)
		if (strcmp(group->zone[i], zone) == 0)
			return true;
	return false;
}

struct diff_view diff_view(const struct baseline *baseline, size_t from, size_t to)
{
	struct diff_view view = { .all = *baseline_group(baseline, from) };

	view.verdicts = BIT(view.all.verdict);
	for (size_t i = from + 1; i < to; i++) {
		const struct baseline_group *group = baseline_group(baseline, i);

		baseline_put_group(&view.all, group);
		view.verdicts |= BIT(group->verdict);
	}
	for (size_t i = 0; i < view.all.address_count; i++) {
		/* By range alone: what is private to the map's owner needs the map. */
		if (judge_place_of(NULL, &view.all.address[i]).kind == PLACE_PUBLIC)
			view.is_public = true;
		else
			view.is_private = true;
	}
	return view;
}

/* Whether some port of `a` is none of `b`, as far as all of b's are known. */
static bool adds_ports(const struct baseline_group *a, const struct baseline_group *b)
{
	for (size_t i = 0; i < a->port_count && !b->more_ports; i++)
		if (!diff_has_port(b, a->port[i]))
			return true;
	return false;
}

/* A side without any zone was read without a map: nothing can be said. */
static bool adds_zones(const struct baseline_group *a, const struct baseline_group *b)
{
	for (size_t i = 0; i < a->zone_count && !b->more_zones && b->zone_count != 0; i++)
		if (!diff_has_zone(b, a->zone[i]))
			return true;
	return false;
}

static bool differs_in_volume(uint64_t a, uint64_t b, uint32_t factor)
{
	uint64_t less = a < b ? a : b, more = a < b ? b : a;

	return more - less >= DIFF_VOLUME_BYTES && more / factor >= less;
}

static bool compare(struct diff_item *item, const struct diff_view *old,
		    const struct diff_view *new, uint32_t factor)
{
	/* A side that was not judged has nothing to compare. */
	if (!(old->verdicts & BIT(VERDICT_NONE)) && !(new->verdicts &BIT(VERDICT_NONE))) {
		item->new_verdicts = new->verdicts & ~old->verdicts;
		item->gone_verdicts = old->verdicts & ~new->verdicts;
	}
	item->has_new_ports = adds_ports(&new->all, &old->all);
	item->has_gone_ports = adds_ports(&old->all, &new->all);
	item->has_new_zones = adds_zones(&new->all, &old->all);
	item->has_gone_zones = adds_zones(&old->all, &new->all);
	item->went_public = new->is_public && !old->is_public && old->is_private;
	item->went_private = !new->is_public && old->is_public &&new->is_private;
	item->volume =
		differs_in_volume(baseline_bytes(&old->all), baseline_bytes(&new->all), factor);
	return item->new_verdicts || item->gone_verdicts || item->has_new_ports ||
	       item->has_gone_ports || item->has_new_zones || item->has_gone_zones ||
	       item->went_public || item->went_private || item->volume;
}

/* Past the last group of the destination that begins at `from`. */
static size_t end_of(const struct baseline *baseline, size_t from)
{
	size_t to = from;

	while (to < baseline_count(baseline) &&
	       baseline_compare(baseline_group(baseline, from), baseline_group(baseline, to)) == 0)
		to++;
	return to;
}

/* Walks both in their order and fills the items. */
static void walk(struct diff *diff)
{
	const struct baseline *old = diff->before.baseline, *new = diff->after.baseline;
	size_t o = 0, n = 0;

	while (o < baseline_count(old) || n < baseline_count(new)) {
		int order = o == baseline_count(old)   ? 1
			    : n == baseline_count(new) ? -1
						       : baseline_compare(baseline_group(old, o),
									  baseline_group(new, n));
		struct diff_item item = { .kind = order == 0  ? DIFF_CHANGED
						  : order < 0 ? DIFF_GONE
							      : DIFF_NEW,
					  .old_from = o,
					  .old_to = order <= 0 ? end_of(old, o) : o,
					  .new_from = n,
					  .new_to = order >= 0 ? end_of(new, n) : n };
		bool differs = true;

		if (order == 0) {
			const struct diff_view before = diff_view(old, o, item.old_to);
			const struct diff_view after = diff_view(new, n, item.new_to);

			differs = compare(&item, &before, &after, diff->factor);
		}
		o = item.old_to;
		n = item.new_to;
		if (differs) {
			diff->count_of[item.kind]++;
			diff->item[diff->count++] = item;
		} else {
			diff->same++;
		}
	}
}

static unsigned severity_of(const struct baseline *baseline, size_t from, size_t to)
{
	unsigned worst = 0;

	for (size_t i = from; i < to; i++)
		if (baseline_group(baseline, i)->severity > worst)
			worst = baseline_group(baseline, i)->severity;
	return worst;
}

static int by_weight(const void *left, const void *right, void *context)
{
	const struct diff_item *a = left, *b = right;
	const struct diff *diff = context;

	if (a->kind != b->kind)
		return a->kind - b->kind;
	unsigned of_a = severity_of(diff->after.baseline, a->new_from, a->new_to);
	unsigned of_b = severity_of(diff->after.baseline, b->new_from, b->new_to);
	if (of_a != of_b)
		return of_a > of_b ? -1 : 1;
	if (a->new_from != b->new_from)
		return a->new_from < b->new_from ? -1 : 1;
	return a->old_from < b->old_from ? -1 : a->old_from > b->old_from;
}

int diff_make(struct diff *diff, const struct diff_side *before, const struct diff_side *after,
	      uint32_t factor)
{
	size_t most = baseline_count(before->baseline) + baseline_count(after->baseline);

	*diff = (struct diff){ .before = *before, .after = *after, .factor = factor };
	diff->item = calloc(most ? most : 1, sizeof(*diff->item));
	if (!diff->item)
		return -ENOMEM;
	walk(diff);
	qsort_r(diff->item, diff->count, sizeof(*diff->item), by_weight, diff);
	return 0;
}

void diff_free(struct diff *diff)
{
	free(diff->item);
	diff->item = NULL;
}

bool diff_has_news(const struct diff *diff)
{
	for (size_t i = 0; i < diff->count; i++) {
		const struct diff_item *item = &diff->item[i];

		if (item->kind == DIFF_NEW || (item->new_verdicts & ~NOT_FINDINGS) != 0 ||
		    item->has_new_ports || item->has_new_zones || item->went_public)
			return true;
	}
	return false;
}
