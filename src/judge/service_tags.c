/* Which tags hold an address.
 *
 * The list is sorted into prefixes; tags that list the same prefix stand together. Each prefix knows
 * the next shorter one that contains it, so the tags of an address are those of the longest prefix
 * and of the way up:
 *
 *	prefix_trie -> spans[i] --first, count--> members[]: tags of just this prefix
 *	                    |----outer----------> spans[..], shorter
 *	                    \----best-----------> tags[]: the answer of service_tags_find(), worked
 *	                                          out once at load
 *
 * The best tag is that of the longest prefix that a service lists, AzureCloud aside: Microsoft lists
 * Storage as 20.60.0.0/16 and AzureCloud.northeurope as 20.60.204.0/23, and the first says more. Of
 * tags with the same prefix one with a region comes first; then the shorter name, which is the
 * service's (AzureActiveDirectory before AzureActiveDirectoryDomainServices, LogicApps before
 * LogicAppsManagement); then the alphabet.
 */
#include "judge/service_tags.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file_text.h"
#include "base/prefix_trie.h"
#include "base/text.h"
#include "event/event_text.h"
#include "judge/service_tags_read.h"

#define NONE UINT32_MAX
#define VERSION_SIZE 32
#define S_PER_DAY 86400
#define DAY_LENGTH 10 /* 2025-11-17 */

struct span {           /* one distinct prefix */
	uint32_t first; /* in members */
	uint32_t outer; /* the longest that contains it; NONE */
	uint16_t count; /* of members */
	uint16_t best;  /* tag */
};

struct service_tags {
	struct arena *arena;
	struct service_tags_list list; /* its prefixes are gone after loading */
	struct prefix_trie *trie;
	struct span *spans;
	uint16_t *members;
	struct service_tags_info info;
	char version[VERSION_SIZE];
};

/* Order of the tags ---------------------------------------------------------------------------- */

/* Below 0: a says more of an address than b, which lists the same prefix. */
static int compare_tags(const struct service_tag *a, const struct service_tag *b)
{
	size_t length_a = strlen(a->name), length_b = strlen(b->name);

	if (a->is_cloud != b->is_cloud)
		return a->is_cloud ? 1 : -1;
	if ((a->region[0] == '\0') != (b->region[0] == '\0'))
		return a->region[0] == '\0' ? 1 : -1;
	if (length_a != length_b)
		return length_a < length_b ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int compare_prefixes(const void *left, const void *right, void *context)
{
	const struct tagged_prefix *a = left, *b = right;
	const struct service_tag *tags = context;
	int order = prefix_trie_compare(&a->prefix, &b->prefix);

	return order ? order : compare_tags(&tags[a->tag], &tags[b->tag]);
}

/* Building ------------------------------------------------------------------------------------- */

static bool contains(const struct ip_prefix *outer, const struct ip_prefix *inner)
{
	bool same_family = ip_is_v4(&outer->addr) == ip_is_v4(&inner->addr);

	return same_family && outer->bits <= inner->bits && ip_prefix_contains(outer, &inner->addr);
}

/* The best of a span's own tags, or the outer span's when only the cloud lists this one. */
static uint16_t best_of(const struct service_tags *tags, const struct span *span)
{
	uint16_t own = tags->members[span->first];

	if (!tags->list.tags[own].is_cloud || span->outer == NONE)
		return own;

	uint16_t outer = tags->spans[span->outer].best;
	return tags->list.tags[outer].is_cloud ? own : outer;
}

/* prefixes: sorted, each once. A prefix comes behind those that contain it, so the way up from the
 * one before it passes all that can. */
static void link_spans(struct service_tags *tags, const struct ip_prefix *prefixes, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct span *span = &tags->spans[i];
		uint32_t outer = i == 0 ? NONE : i - 1;

		while (outer != NONE && !contains(&prefixes[outer], &prefixes[i]))
			outer = tags->spans[outer].outer;
		span->outer = outer;
		span->best = best_of(tags, span);
	}
}

/* Sorts the list into spans; fills `prefixes` with one of each. Returns how many. */
static uint32_t make_spans(struct service_tags *tags, struct ip_prefix *prefixes)
{
	struct service_tags_list *list = &tags->list;
	uint32_t count = 0, members = 0;

	qsort_r(list->prefixes, list->prefix_count, sizeof(*list->prefixes), compare_prefixes,
		list->tags);
	for (size_t i = 0; i < list->prefix_count; i++) {
		const struct tagged_prefix *at = &list->prefixes[i];
		bool same =
			count != 0 && prefix_trie_compare(&prefixes[count - 1], &at->prefix) == 0;

		if (same && tags->members[members - 1] == at->tag)
			continue; /* a tag that lists a prefix twice */
		if (!same) {
			prefixes[count] = at->prefix;
			tags->spans[count++].first = members;
		}
		tags->members[members++] = at->tag;
		tags->spans[count - 1].count++;
	}
	link_spans(tags, prefixes, count);
	return count;
}

static int build(struct service_tags *tags)
{
	size_t count = tags->list.prefix_count;
	struct ip_prefix *prefixes = calloc(count + 1, sizeof(*prefixes));
	int error = prefixes ? 0 : -ENOMEM;

	tags->spans = arena_take(tags->arena, count, sizeof(*tags->spans));
	tags->members = arena_take(tags->arena, count, sizeof(*tags->members));
	if (!tags->spans || !tags->members)
		error = -ENOMEM;
	if (error == 0) {
		tags->info.distinct_prefixes = make_spans(tags, prefixes);
		error = prefix_trie_new(&tags->trie, prefixes,
					(uint32_t)tags->info.distinct_prefixes);
	}
	free(prefixes);
	return error;
}

/* Age ------------------------------------------------------------------------------------------ */

static int number_at(const char *text, int digits)
{
	int number = 0;

	for (int i = 0; i < digits; i++) {
		if (!isdigit((unsigned char)text[i]))
			return -1;
		number = 10 * number + (text[i] - '0');
	}
	return number;
}

/* "ServiceTags_Public_20251117.json" -> 2025-11-17. False: no date in it. */
static bool date_of_name(const char *path, struct tm *date)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *mark = strrchr(name, '_');

	if (!mark || strlen(mark) < 9 || isdigit((unsigned char)mark[9]))
		return false;
	*date = (struct tm){ .tm_year = number_at(mark + 1, 4) - 1900,
			     .tm_mon = number_at(mark + 5, 2) - 1,
			     .tm_mday = number_at(mark + 7, 2) };
	return date->tm_year >= 100 && date->tm_mon >= 0 && date->tm_mon < 12 &&
	       date->tm_mday >= 1 && date->tm_mday <= 31;
}

static void set_date(struct service_tags *tags, const char *path)
{
	struct text version = text_over(tags->version, sizeof(tags->version));
	char text[EVENT_DATE_LENGTH];
	struct tm date;

	tags->info.date_is_named = date_of_name(path, &date);
	if (tags->info.date_is_named) {
		tags->info.date_s = timegm(&date);
		text_add(&version, "list of ");
		event_text_date(tags->info.date_s, text);
		text_add_bytes(&version, text, DAY_LENGTH);
		return;
	}
	text_add(&version, "list number ");
	text_add_number(&version, tags->info.change_number);
}

/* Loading -------------------------------------------------------------------------------------- */

static void fill_info(struct service_tags *tags)
{
	struct service_tags_info *info = &tags->info;

	info->cloud = tags->list.cloud;
	info->change_number = tags->list.change_number;
	info->tags = tags->list.tag_count;
	info->prefixes = tags->list.prefix_count;
	info->bytes = sizeof(*tags) + arena_bytes(tags->arena) + prefix_trie_bytes(tags->trie) +
		      tags->list.tag_room * sizeof(*tags->list.tags);
	free(tags->list.prefixes);
	tags->list.prefixes = NULL;
}

int service_tags_parse(struct service_tags **tags, const char *text, size_t length,
		       const char *path, struct fault *fault)
{
	struct service_tags *made = calloc(1, sizeof(*made));
	int error = -ENOMEM;

	*tags = NULL;
	if (made)
		made->arena = arena_new();
	if (made && made->arena)
		error = service_tags_read(&made->list, made->arena, text, length, path, fault);
	if (error == 0)
		error = build(made);
	if (error == -ENOMEM)
		fault_set(fault, "%s: not enough memory", path);
	if (error != 0) {
		service_tags_free(made);
		return error;
	}
	fill_info(made);
	set_date(made, path);
	*tags = made;
	return 0;
}

int service_tags_load(struct service_tags **tags, const char *path, struct fault *fault)
{
	struct stat status;
	char *text;
	size_t length;
	int error = file_text_read(path, SERVICE_TAGS_BYTES_MAX, &text, &length);

	*tags = NULL;
	if (error != 0) {
		fault_set(fault, "%s: cannot be read: %s", path, strerror(-error));
		return error;
	}
	if (length > SERVICE_TAGS_BYTES_MAX) {
		fault_set(fault, "%s: larger than %zu MiB: this is no list of service tags", path,
			  SERVICE_TAGS_BYTES_MAX >> 20);
		error = -E2BIG;
	} else {
		error = service_tags_parse(tags, text ? text : "", length, path, fault);
	}
	free(text);
	if (error == 0 && !(*tags)->info.date_is_named && stat(path, &status) == 0)
		(*tags)->info.date_s = status.st_mtime;
	return error;
}

void service_tags_free(struct service_tags *tags)
{
	if (!tags)
		return;
	service_tags_list_end(&tags->list);
	prefix_trie_free(tags->trie);
	arena_free(tags->arena);
	free(tags);
}

/* Looking up ----------------------------------------------------------------------------------- */

const struct service_tag *service_tags_find(const struct service_tags *tags,
					    const struct ip_addr *addr)
{
	uint32_t span = prefix_trie_find(tags->trie, addr);

	return span == PREFIX_TRIE_NONE ? NULL : &tags->list.tags[tags->spans[span].best];
}

size_t service_tags_all(const struct service_tags *tags, const struct ip_addr *addr,
			const struct service_tag **found, size_t most)
{
	uint32_t at = prefix_trie_find(tags->trie, addr);
	size_t count = 0;

	for (; at != PREFIX_TRIE_NONE; at = tags->spans[at].outer) {
		const struct span *span = &tags->spans[at];

		for (uint32_t i = 0; i < span->count; i++, count++)
			if (count < most)
				found[count] = &tags->list.tags[tags->members[span->first + i]];
	}
	return count;
}

/* Whether this is the tag's name, or that of its service. */
static bool is_called(const struct service_tag *tag, const char *name)
{
	return strcasecmp(tag->name, name) == 0 || strcasecmp(tag->service, name) == 0;
}

bool service_tags_holds(const struct service_tags *tags, const char *tag,
			const struct ip_addr *addr)
{
	uint32_t at = prefix_trie_find(tags->trie, addr);

	for (; at != PREFIX_TRIE_NONE; at = tags->spans[at].outer) {
		const struct span *span = &tags->spans[at];

		for (uint32_t i = 0; i < span->count; i++)
			if (is_called(&tags->list.tags[tags->members[span->first + i]], tag))
				return true;
	}
	return false;
}

struct service_tags_info service_tags_info(const struct service_tags *tags)
{
	return tags->info;
}

uint32_t service_tags_age_days(const struct service_tags *tags, int64_t time_s)
{
	int64_t date_s = tags->info.date_s;

	return date_s == 0 || time_s <= date_s ? 0 : (uint32_t)((time_s - date_s) / S_PER_DAY);
}

const char *service_tags_version(const struct service_tags *tags)
{
	return tags->version;
}
