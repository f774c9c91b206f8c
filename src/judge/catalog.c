/* The endpoint catalog: which service a name belongs to.
 *
 * Every pattern ends in plain labels, its tail: api.azureml.ms in "{resource}.workspace.{region}.
 * api.azureml.ms". Tails are the names of one name_table, whose walk gives those that a name ends in,
 * longest first: so the exact name of somebody's storage account beats blob.core.windows.net, whatever
 * the services. Patterns that share a tail are compared label by label, those with more labels first.
 * Zones have a table of the same kind.
 */
#include "judge/catalog.h"

#include <string.h>

#include "base/eight.h"
#include "judge/catalog_model.h"

static const struct pattern *find(const struct name_table *table, const char *name,
				  struct fitting *fitting)
{
	struct name_walk walk;
	const struct pattern *pattern;

	name_walk_begin(&walk, table, name);
	while ((pattern = name_walk_next(&walk))) {
		for (; pattern; pattern = pattern->next) {
			if (pattern_fits(pattern, name, walk.start, fitting))
				return pattern;
		}
	}
	return NULL;
}

/* The bytes, by their top bits, that are neither the hyphens wanted nor digits of a GUID elsewhere. */
static inline uint64_t not_of_guid(const char *lower, uint64_t hyphens)
{
	uint64_t word = eight_load(lower);
	uint64_t digits = eight_within(word, '0', '9') | eight_within(word, 'a', 'f');

	return (digits ^ (EIGHT(0x80) & ~hyphens)) | (eight_within(word, '-', '-') ^ hyphens);
}

/* 8-4-4-4-12 digits, RFC 9562 section 4. */
static bool is_guid(const char lower[CATALOG_GUID_LENGTH])
{
	uint64_t second = UINT64_C(0x80) | UINT64_C(0x80) << 40; /* bytes 8 and 13 */
	uint64_t third = UINT64_C(0x80) << 16 | UINT64_C(0x80) << 56;

	return (not_of_guid(lower, 0) | not_of_guid(lower + 8, second) |
		not_of_guid(lower + 16, third) | not_of_guid(lower + 24, 0) |
		not_of_guid(lower + 28, 0)) == 0;
}

/* The GUID that the label is, or ends in after a hyphen. */
static void fill_workspace(struct catalog_match *match, const char *label, size_t length)
{
	if (length < CATALOG_GUID_LENGTH)
		return;

	const char *guid = label + length - CATALOG_GUID_LENGTH;
	if (guid != label && guid[-1] != '-')
		return;
	eight_copy_lower(match->workspace, guid, CATALOG_GUID_LENGTH);
	if (!is_guid(match->workspace))
		match->workspace[0] = '\0';
}

static void copy_cut(char *to, size_t size, const char *from, size_t length)
{
	eight_copy_lower(to, from, length < size ? length : size - 1);
}

/* The variable part of the i-th label. */
static const char *variable(const struct pattern *pattern, const struct fitting *fitting,
			    unsigned i, size_t *length)
{
	const struct label *label = &pattern->label[i];

	*length = (size_t)fitting->label[i].length - label->before_length - label->after_length;
	return fitting->name + fitting->label[i].at + label->before_length;
}

static void fill_variables(const struct pattern *pattern, const struct fitting *fitting,
			   struct catalog_match *match)
{
	for (unsigned i = 0; i < pattern->label_count; i++) {
		uint8_t kind = pattern->label[i].kind;
		size_t length;
		const char *text = variable(pattern, fitting, i, &length);

		if (kind == LABEL_REGION)
			copy_cut(match->region, sizeof(match->region), text, length);
		if (kind != LABEL_RESOURCE && kind != LABEL_WORKSPACE)
			continue;
		/* An open first label stands for several; the resource is the leftmost of them. */
		const char *dot = memchr(text, '.', length);

		length = dot ? (size_t)(dot - text) : length;
		if (kind == LABEL_RESOURCE || match->resource[0] == '\0')
			copy_cut(match->resource, sizeof(match->resource), text, length);
		if (kind == LABEL_WORKSPACE)
			fill_workspace(match, text, length);
	}
}

bool catalog_find(const struct catalog *catalog, const char *name, struct catalog_match *match)
{
	struct fitting fitting;
	const struct pattern *pattern = find(catalog->by_tail, name, &fitting);

	if (!pattern)
		return false;
	match->service = pattern->service;
	match->suffix = pattern->text;
	match->group_ids = pattern->group_ids;
	match->private_zone = pattern->private_zone;
	match->cloud = pattern->cloud;
	match->tenant_owned = pattern->is_tenant;
	match->is_privatelink = pattern->is_privatelink;
	match->resource[0] = match->workspace[0] = match->region[0] = '\0';
	fill_variables(pattern, &fitting, match);
	return true;
}

const struct catalog_service *catalog_find_other(const struct catalog *catalog,
						 const struct catalog_match *match, size_t i)
{
	for (size_t at = 0; at < catalog->name.count; at++) {
		const struct pattern *pattern = catalog->name.at[at];

		if (pattern->service != match->service &&
		    strcmp(pattern->text, match->suffix) == 0 && i-- == 0)
			return pattern->service;
	}
	return NULL;
}

size_t catalog_service_count(const struct catalog *catalog)
{
	return catalog->service_count;
}

const struct catalog_service *catalog_service(const struct catalog *catalog, size_t i)
{
	return i < catalog->service_count ? &catalog->service[i] : NULL;
}

bool catalog_service_name(const struct catalog *catalog, const struct catalog_service *service,
			  size_t i, struct catalog_name *name)
{
	for (size_t at = 0; at < catalog->name.count; at++) {
		const struct pattern *pattern = catalog->name.at[at];

		if (pattern->service != service || pattern->is_derived || i-- != 0)
			continue;
		*name = (struct catalog_name){ pattern->text, pattern->private_zone, pattern->cloud,
					       pattern->group_ids, pattern->is_tenant };
		return true;
	}
	return false;
}

const char *catalog_service_zone(const struct catalog *catalog,
				 const struct catalog_service *service, size_t i,
				 const char **cloud)
{
	for (size_t at = 0; at < catalog->zone.count; at++) {
		const struct pattern *zone = catalog->zone.at[at];

		if (zone->service != service || i-- != 0)
			continue;
		*cloud = zone->cloud;
		return zone->text;
	}
	return NULL;
}

const struct catalog_service *catalog_zone_service(const struct catalog *catalog, const char *zone,
						   size_t i)
{
	struct fitting fitting;
	const struct pattern *first = find(catalog->by_zone, zone, &fitting);

	for (const struct pattern *one = first; one; one = one->next) {
		if (strcmp(one->text, first->text) == 0 && i-- == 0)
			return one->service;
	}
	return NULL;
}

struct name_out {
	char *at, *end; /* end: where the NUL goes at the latest */
};

static bool put(struct name_out *out, const char *text, size_t length)
{
	if (length > (size_t)(out->end - out->at))
		return false;
	eight_copy_lower(out->at, text, length);
	out->at += length;
	return true;
}

static bool put_variable(struct name_out *out, const struct pattern *pattern,
			 const struct fitting *fitting, uint8_t kind)
{
	for (unsigned i = 0; i < pattern->label_count; i++) {
		size_t length;
		const char *text = variable(pattern, fitting, i, &length);

		if (pattern->label[i].kind == kind)
			return put(out, text, length);
	}
	return false;
}

/* Fills in what the files say the public name looks like. */
static bool put_form(struct name_out *out, const struct pattern *pattern,
		     const struct fitting *fitting)
{
	static const char resource[] = "{resource}", region[] = "{region}";
	const char *at = pattern->public_name;

	while (*at != '\0') {
		size_t plain = strcspn(at, "{");

		if (!put(out, at, plain))
			return false;
		at += plain;
		if (strncmp(at, resource, sizeof(resource) - 1) == 0) {
			at += sizeof(resource) - 1;
			if (!put_variable(out, pattern, fitting, LABEL_RESOURCE))
				return false;
		} else if (*at != '\0') {
			at += sizeof(region) - 1;
			if (!put_variable(out, pattern, fitting, LABEL_REGION))
				return false;
		}
	}
	return true;
}

/* Leaves out the label that makes it a private name. What is left must be a name of the same service,
 * or lead to the same zone: else it is not the public one. */
static bool put_without_label(struct name_out *out, const struct catalog *catalog,
			      const struct pattern *pattern, const char *name)
{
	const char *label = pattern_privatelink_label(name),
		   *rest = label ? strchr(label, '.') : NULL;
	const char *begin = out->at;
	struct fitting fitting;

	if (!rest || !put(out, name, (size_t)(label - name)) ||
	    !put(out, rest + 1, strlen(rest + 1)))
		return false;

	const struct pattern *public = find(catalog->by_tail, begin, &fitting);
	return public && public->private_zone && !public->is_privatelink &&
	       (public->service == pattern->service ||
		strcmp(public->private_zone, pattern->private_zone) == 0);
}

bool catalog_public_name(const struct catalog *catalog, const char *name,
			 char public_name[CATALOG_NAME_MAX + 1])
{
	struct fitting fitting;
	struct name_out out = { public_name, public_name + CATALOG_NAME_MAX };
	const struct pattern *pattern = find(catalog->by_tail, name, &fitting);

	if (!pattern || !pattern->private_zone || pattern->is_apex)
		return false;
	if (pattern->public_name)
		return put_form(&out, pattern, &fitting);
	if (pattern->is_privatelink)
		return put_without_label(&out, catalog, pattern, name);
	return put(&out, name, strlen(name));
}
