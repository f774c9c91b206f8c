/* Groups lie in one array; a table leads from the bytes of a key to its group. Texts are kept once
 * each, in an arena: names, rules and zones repeat. */
#include "baseline/baseline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text_table.h"

#define TEXTS_PER_GROUP 8 /* name, rule, service, category, endpoint, reason, and some zones */
#define V4_IN_V6_BITS 96
#define KEY_BYTES_MAX (BASELINE_TEXT_MAX + 1 + sizeof(struct ip_prefix) + 1 + BASELINE_TEXT_MAX)

#define COUNT_MAX (UINT64_C(1) << 53)

struct baseline {
	struct baseline_options options;
	struct arena *arena;
	struct text_table *texts, *groups_by_key, *told;
	struct baseline_group *group;
	size_t count, told_count;
	struct baseline_totals totals;
};

int baseline_new(struct baseline **baseline, const struct baseline_options *options)
{
	struct baseline *made = calloc(1, sizeof(*made));
	int error = made ? 0 : -ENOMEM;

	*baseline = NULL;
	if (made) {
		made->options = *options;
		if (made->options.groups == 0)
			made->options.groups = BASELINE_GROUPS_DEFAULT;
		if (made->options.v4_bits == 0)
			made->options.v4_bits = 32;
		if (made->options.v6_bits == 0)
			made->options.v6_bits = 128;
		made->arena = arena_new();
		made->group = calloc(made->options.groups, sizeof(*made->group));
		if (!made->arena || !made->group)
			error = -ENOMEM;
	}
	if (error == 0)
		error = text_table_new(&made->texts, made->options.groups * TEXTS_PER_GROUP);
	if (error == 0)
		error = text_table_new(&made->groups_by_key, made->options.groups);
	if (error == 0)
		error = text_table_new(&made->told, made->options.groups * BASELINE_TOLD_PER_GROUP);
	if (error != 0)
		baseline_free(made);
	else
		*baseline = made;
	return error;
}

void baseline_free(struct baseline *baseline)
{
	if (!baseline)
		return;
	text_table_free(baseline->texts);
	text_table_free(baseline->groups_by_key);
	text_table_free(baseline->told);
	arena_free(baseline->arena);
	free(baseline->group);
	free(baseline);
}

static void *copy_bytes(struct baseline *baseline, const void *bytes, size_t length)
{
	char *copy = arena_take(baseline->arena, length + 1, 1);

	if (copy)
		memcpy(copy, bytes, length);
	return copy;
}

/* The one copy of a text; NULL: no memory. Past the table's room a text has several. */
static const char *keep(struct baseline *baseline, const char *text)
{
	size_t length = text ? strnlen(text, BASELINE_TEXT_MAX) : 0;
	const char *kept = length ? text_table_find(baseline->texts, text, length) : "";

	if (kept)
		return kept;
	char *copy = copy_bytes(baseline, text, length);
	if (copy)
		text_table_add(baseline->texts, copy, length, copy);
	return copy;
}

/* ---- sets ---- */

void baseline_put_ip(struct ip_addr *set, uint8_t *count, size_t most, bool *more,
		     const struct ip_addr *addr)
{
	size_t at = 0;

	while (at < *count && memcmp(&set[at], addr, sizeof(*addr)) < 0)
		at++;
	if (at < *count && ip_equal(&set[at], addr))
		return;
	if (*count == most) {
		*more = true;
		if (at == most)
			return;
		(*count)--; /* the largest gives way */
	}
	memmove(&set[at + 1], &set[at], (*count - at) * sizeof(*set));
	set[at] = *addr;
	(*count)++;
}

static int compare_ports(struct baseline_port a, struct baseline_port b)
{
	return a.protocol != b.protocol ? a.protocol - b.protocol : a.port - b.port;
}

void baseline_put_port(struct baseline_group *group, struct baseline_port port)
{
	struct baseline_port *set = group->port;
	size_t at = 0;

	while (at < group->port_count && compare_ports(set[at], port) < 0)
		at++;
	if (at < group->port_count && compare_ports(set[at], port) == 0)
		return;
	if (group->port_count == BASELINE_PORTS_MAX) {
		group->more_ports = true;
		if (at == BASELINE_PORTS_MAX)
			return;
		group->port_count--;
	}
	memmove(&set[at + 1], &set[at], (group->port_count - at) * sizeof(*set));
	set[at] = port;
	group->port_count++;
}

void baseline_put_zone(struct baseline_group *group, const char *zone)
{
	size_t at = 0;

	while (at < group->zone_count && strcmp(group->zone[at], zone) < 0)
		at++;
	if (at < group->zone_count && strcmp(group->zone[at], zone) == 0)
		return;
	if (group->zone_count == BASELINE_ZONES_MAX) {
		group->more_zones = true;
		if (at == BASELINE_ZONES_MAX)
			return;
		group->zone_count--;
	}
	memmove(&group->zone[at + 1], &group->zone[at],
		(group->zone_count - at) * sizeof(group->zone[0]));
	group->zone[at] = zone;
	group->zone_count++;
}

/* ---- groups ---- */

static struct ip_prefix counted_under(const struct baseline *baseline, struct ip_prefix place)
{
	uint8_t most = ip_is_v4(&place.addr) ? V4_IN_V6_BITS + baseline->options.v4_bits
					     : baseline->options.v6_bits;

	if (place.bits > most)
		place.bits = most;
	for (unsigned bit = place.bits; bit < 128; bit++)
		place.addr.bytes[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
	return place;
}

static size_t make_key(char key[KEY_BYTES_MAX], const struct baseline_group *seen,
		       const struct ip_prefix *place)
{
	size_t name = strnlen(seen->name, BASELINE_TEXT_MAX);
	size_t rule = strnlen(seen->rule_id, BASELINE_TEXT_MAX);
	char *at = key;

	memcpy(at, seen->name, name);
	at += name;
	*at++ = '\0';
	memcpy(at, &place->addr, sizeof(place->addr));
	at += sizeof(place->addr);
	*at++ = (char)place->bits;
	*at++ = (char)seen->verdict;
	memcpy(at, seen->rule_id, rule);
	return (size_t)(at - key) + rule;
}

static struct baseline_group *make_group(struct baseline *baseline,
					 const struct baseline_group *seen,
					 const struct ip_prefix *place)
{
	struct baseline_group *made = &baseline->group[baseline->count];

	*made = (struct baseline_group){
		.place = *place,
		.verdict = seen->verdict,
		.name = keep(baseline, seen->name),
		.rule_id = keep(baseline, seen->rule_id),
		.service = keep(baseline, seen->service),
		.category = keep(baseline, seen->category),
		.private_endpoint = keep(baseline, seen->private_endpoint),
		.reason = keep(baseline, seen->reason),
		.first_ns = seen->first_ns,
	};
	if (!made->name || !made->rule_id || !made->service || !made->category ||
	    !made->private_endpoint || !made->reason)
		return NULL;
	return made;
}

/* Its group; *error is set when there is no memory, and nothing is returned at the limit either. */
static struct baseline_group *find_group(struct baseline *baseline,
					 const struct baseline_group *seen, int *error)
{
	static const struct ip_prefix nowhere;
	char key[KEY_BYTES_MAX];
	struct ip_prefix place =
		seen->name[0] != '\0' ? nowhere : counted_under(baseline, seen->place);
	size_t length = make_key(key, seen, &place);
	struct baseline_group *group = text_table_find(baseline->groups_by_key, key, length);

	if (group || baseline->count == baseline->options.groups)
		return group;
	group = make_group(baseline, seen, &place);

	char *kept = group ? copy_bytes(baseline, key, length) : NULL;
	if (!kept) {
		*error = -ENOMEM;
		return NULL;
	}
	baseline->count++;
	return text_table_add(baseline->groups_by_key, kept, length, group);
}

/* Counts saturate where JSON's whole numbers end: the document of another may hold any. */
static void add_to(uint64_t *sum, uint64_t more)
{
	*sum = more > COUNT_MAX - *sum ? COUNT_MAX : *sum + more;
}

static void span(uint64_t *first_ns, uint64_t *last_ns, const struct baseline_group *seen)
{
	if (*first_ns == 0 || seen->first_ns < *first_ns)
		*first_ns = seen->first_ns;
	if (seen->last_ns > *last_ns)
		*last_ns = seen->last_ns;
}

static void put_sets(struct baseline_group *group, const struct baseline_group *seen)
{
	group->more_ports |= seen->more_ports;
	group->more_addresses |= seen->more_addresses;
	group->more_sources |= seen->more_sources;
	group->more_zones |= seen->more_zones;
	group->has_zoneless |= seen->has_zoneless;
	for (size_t i = 0; i < seen->port_count; i++)
		baseline_put_port(group, seen->port[i]);
	for (size_t i = 0; i < seen->address_count; i++)
		baseline_put_ip(group->address, &group->address_count, BASELINE_ADDRESSES_MAX,
				&group->more_addresses, &seen->address[i]);
	for (size_t i = 0; i < seen->source_count; i++)
		baseline_put_ip(group->source, &group->source_count, BASELINE_SOURCES_MAX,
				&group->more_sources, &seen->source[i]);
	for (size_t i = 0; i < seen->zone_count; i++)
		baseline_put_zone(group, seen->zone[i]);
}

void baseline_put_group(struct baseline_group *group, const struct baseline_group *more)
{
	add_to(&group->flows, more->flows);
	add_to(&group->bytes_up, more->bytes_up);
	add_to(&group->bytes_down, more->bytes_down);
	span(&group->first_ns, &group->last_ns, more);
	group->name_sources |= more->name_sources;
	group->confirmed |= more->confirmed;
	if (more->severity > group->severity)
		group->severity = more->severity;
	put_sets(group, more);
}

/* A copy of what was seen whose zones are kept texts; false: no memory. */
static bool keep_zones(struct baseline *baseline, struct baseline_group *seen)
{
	for (size_t i = 0; i < seen->zone_count; i++) {
		seen->zone[i] = keep(baseline, seen->zone[i]);
		if (!seen->zone[i])
			return false;
	}
	return true;
}

int baseline_add(struct baseline *baseline, const struct baseline_group *seen)
{
	struct baseline_totals *totals = &baseline->totals;
	struct baseline_group kept = *seen;
	int error = 0;
	struct baseline_group *group = find_group(baseline, seen, &error);

	if (error != 0 || !keep_zones(baseline, &kept))
		return -ENOMEM;
	add_to(&totals->flows, seen->flows);
	add_to(&totals->bytes, seen->bytes_up);
	add_to(&totals->bytes, seen->bytes_down);
	span(&totals->first_ns, &totals->last_ns, seen);
	if (group)
		baseline_put_group(group, &kept);
	else
		add_to(&totals->flows_left_out, seen->flows);
	return 0;
}

/* ---- what DNS told ---- */

static size_t make_pair(char pair[KEY_BYTES_MAX], const char *name, const struct ip_addr *addr)
{
	size_t length = strnlen(name, BASELINE_TEXT_MAX);

	memcpy(pair, addr, sizeof(*addr));
	memcpy(pair + sizeof(*addr), name, length);
	return sizeof(*addr) + length;
}

int baseline_told(struct baseline *baseline, const char *name, const struct ip_addr *addr)
{
	char pair[KEY_BYTES_MAX];
	size_t length = make_pair(pair, name, addr);

	if (text_table_find(baseline->told, pair, length))
		return 0;
	if (baseline->told_count == baseline->options.groups * BASELINE_TOLD_PER_GROUP) {
		baseline->totals.answers_left_out++;
		return 0;
	}
	char *kept = copy_bytes(baseline, pair, length);
	if (!kept)
		return -ENOMEM;
	text_table_add(baseline->told, kept, length, kept);
	baseline->told_count++;
	return 0;
}

static bool was_told(const struct baseline *baseline, const struct baseline_group *group)
{
	char pair[KEY_BYTES_MAX];

	for (size_t i = 0; i < group->address_count; i++) {
		size_t length = make_pair(pair, group->name, &group->address[i]);

		if (text_table_find(baseline->told, pair, length))
			return true;
	}
	return false;
}

/* ---- the end ---- */

int baseline_compare(const struct baseline_group *a, const struct baseline_group *b)
{
	bool named = a->name[0] != '\0';
	int order;

	if (named != (b->name[0] != '\0'))
		return named ? -1 : 1;
	order = strcmp(a->name, b->name);
	if (order == 0)
		order = memcmp(&a->place.addr, &b->place.addr, sizeof(a->place.addr));
	return order ? order : a->place.bits - b->place.bits;
}

static int by_all(const void *left, const void *right)
{
	const struct baseline_group *a = left, *b = right;
	int order = baseline_compare(a, b);

	if (order == 0)
		order = a->verdict - b->verdict;
	return order ? order : strcmp(a->rule_id, b->rule_id);
}

void baseline_finish(struct baseline *baseline)
{
	for (size_t i = 0; i < baseline->count; i++)
		if (baseline->group[i].name[0] != '\0' && !baseline->group[i].confirmed)
			baseline->group[i].confirmed = was_told(baseline, &baseline->group[i]);
	/* The table's values point into the array: nothing is found by key any more. */
	text_table_free(baseline->groups_by_key);
	baseline->groups_by_key = NULL;
	qsort(baseline->group, baseline->count, sizeof(*baseline->group), by_all);
}

size_t baseline_count(const struct baseline *baseline)
{
	return baseline->count;
}

const struct baseline_group *baseline_group(const struct baseline *baseline, size_t i)
{
	return &baseline->group[i];
}

struct baseline_totals baseline_totals(const struct baseline *baseline)
{
	return baseline->totals;
}

void baseline_count_lines(struct baseline *baseline, uint64_t lines, uint64_t other, uint64_t cut)
{
	baseline->totals.lines += lines;
	baseline->totals.lines_other += other;
	baseline->totals.lines_cut += cut;
}
