/* The endpoint catalog: which service a name belongs to.
 *
 * Every pattern ends in plain labels, its tail: api.azureml.ms in "{resource}.workspace.{region}.
 * api.azureml.ms". Tails are the keys of one hash table. A look-up tries the whole name, then what
 * follows each dot, so the longest tail wins whatever its service: the exact name of somebody's
 * storage account beats blob.core.windows.net. Patterns that share a tail are compared label by
 * label, those with more labels first. The cost is one hash per label of the name, and does not grow
 * with the catalog.
 */
#include "judge/catalog.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "judge/catalog_model.h"
#include "pewit/identity.h"

#define NAME_LABELS_MAX 128 /* 255 bytes hold no more */

struct name_labels {
	char text[NAME_MAX_BYTES + 1]; /* lower case */
	uint16_t start[NAME_LABELS_MAX +
		       1]; /* of each label; then one past the end, as if after a dot */
	unsigned count;
	size_t length;
};

/* False: the name is empty or too long to be one. */
static bool split(const char *name, struct name_labels *labels)
{
	size_t length = 0;

	labels->count = 0;
	labels->start[0] = 0;
	for (; name[length] != '\0'; length++) {
		char c = name[length];

		if (length == NAME_MAX_BYTES || labels->count == NAME_LABELS_MAX - 1)
			return false;
		labels->text[length] = c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
		if (c == '.')
			labels->start[++labels->count] = (uint16_t)(length + 1);
	}
	labels->text[length] = '\0';
	labels->length = length;
	labels->start[++labels->count] = (uint16_t)(length + 1);
	return length != 0;
}

static size_t label_length(const struct name_labels *labels, unsigned i)
{
	return (size_t)(labels->start[i + 1] - labels->start[i] - 1);
}

static bool label_fits(const struct label *label, const struct name_labels *labels, unsigned i)
{
	const char *text = labels->text + labels->start[i];
	size_t length = label_length(labels, i);
	size_t fixed = (size_t)label->before_length + label->after_length;

	if (label->kind == LABEL_LITERAL ? length != fixed : length <= fixed)
		return false;
	return memcmp(text, label->before, label->before_length) == 0 &&
	       memcmp(text + length - label->after_length, label->after, label->after_length) == 0;
}

/* `front`: labels of the name before the tail. */
static bool pattern_fits(const struct pattern *pattern, const struct name_labels *labels,
			 unsigned front)
{
	unsigned count = pattern->label_count;

	if (front < count || (front > count && !pattern->is_open))
		return false;
	for (unsigned i = pattern->is_open ? 1 : 0; i < count; i++) {
		if (!label_fits(&pattern->label[i], labels, front - count + i))
			return false;
	}
	return true;
}

static void copy_label(char *to, size_t size, const struct label *label,
		       const struct name_labels *labels, unsigned i)
{
	size_t length = label_length(labels, i) - label->before_length - label->after_length;

	if (length >= size)
		length = size - 1;
	memcpy(to, labels->text + labels->start[i] + label->before_length, length);
	to[length] = '\0';
}

static void fill(const struct pattern *pattern, const struct name_labels *labels, unsigned front,
		 struct catalog_match *match)
{
	match->service = pattern->service;
	match->suffix = pattern->text;
	match->private_zone = pattern->private_zone;
	match->cloud = pattern->cloud;
	match->tenant_owned = pattern->is_tenant;
	match->is_privatelink = pattern->is_privatelink;
	match->resource[0] = '\0';
	match->region[0] = '\0';
	for (unsigned i = 0; i < pattern->label_count; i++) {
		/* An open first label stands for several; the resource is the leftmost of them. */
		unsigned at = i == 0 ? 0 : front - pattern->label_count + i;

		if (pattern->label[i].kind == LABEL_RESOURCE)
			copy_label(match->resource, sizeof(match->resource), &pattern->label[i],
				   labels, at);
		if (pattern->label[i].kind == LABEL_REGION)
			copy_label(match->region, sizeof(match->region), &pattern->label[i], labels,
				   at);
	}
}

bool catalog_find(const struct catalog *catalog, const char *name, struct catalog_match *match)
{
	struct name_labels labels;

	if (!split(name, &labels))
		return false;
	for (unsigned front = 0; front < labels.count; front++) {
		const struct pattern *pattern =
			text_table_find(catalog->by_tail, labels.text + labels.start[front],
					labels.length - labels.start[front]);

		for (; pattern; pattern = pattern->next) {
			if (pattern_fits(pattern, &labels, front)) {
				fill(pattern, &labels, front, match);
				return true;
			}
		}
	}
	return false;
}

size_t catalog_service_count(const struct catalog *catalog)
{
	return catalog->service_count;
}

const struct catalog_service *catalog_service(const struct catalog *catalog, size_t i)
{
	return i < catalog->service_count ? &catalog->service[i] : NULL;
}

void catalog_free(struct catalog *catalog)
{
	if (!catalog)
		return;
	for (size_t i = 0; i < catalog->file_count; i++)
		json_free(catalog->file[i]);
	free(catalog->file);
	free(catalog->pattern);
	text_table_free(catalog->by_tail);
	arena_free(catalog->arena);
	free(catalog);
}

static bool goes_before(const struct pattern *a, const struct pattern *b)
{
	if (a->label_count != b->label_count)
		return a->label_count > b->label_count;
	return a->plain_bytes > b->plain_bytes;
}

static int build_table(struct catalog *catalog)
{
	if (text_table_new(&catalog->by_tail, catalog->pattern_count) != 0)
		return -ENOMEM;
	/* The table holds the head of each list, which stays: it is the list's anchor, and a pattern
	 * that should come before it changes places with it in content. */
	for (size_t i = 0; i < catalog->pattern_count; i++) {
		struct pattern *one = catalog->pattern[i];
		struct pattern *at =
			text_table_add(catalog->by_tail, one->tail, strlen(one->tail), one);

		if (at == one)
			continue;
		if (goes_before(one, at)) {
			struct pattern first = *at;

			*at = *one;
			*one = first;
			one->next = first.next;
			at->next = one;
			continue;
		}
		while (at->next && !goes_before(one, at->next))
			at = at->next;
		one->next = at->next;
		at->next = one;
	}
	return 0;
}

static struct catalog *make(void)
{
	struct catalog *catalog = calloc(1, sizeof(*catalog));

	if (catalog)
		catalog->arena = arena_new();
	if (catalog && catalog->arena)
		return catalog;
	free(catalog);
	return NULL;
}

static int finish(struct catalog **catalog, struct catalog *made, int error, struct fault *fault)
{
	if (error == 0) {
		error = build_table(made);
		if (error != 0)
			fault_set(fault, "the endpoint catalog does not fit in memory");
	}
	if (error != 0) {
		catalog_free(made);
		return error;
	}
	*catalog = made;
	return 0;
}

int catalog_parse(struct catalog **catalog, const char *text, size_t length, const char *path,
		  struct fault *fault)
{
	struct catalog *made = make();
	struct json *json;

	*catalog = NULL;
	if (!made) {
		fault_set(fault, "%s: not enough memory", path);
		return -ENOMEM;
	}
	int error = json_parse(&json, text, length, path, fault);
	if (error == 0)
		error = catalog_read(made, json, fault);
	return finish(catalog, made, error, fault);
}

static int is_json(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 5 && entry->d_name[0] != '.' &&
	       strcmp(entry->d_name + length - 5, ".json") == 0;
}

static int load_file(struct catalog *catalog, const char *folder, const char *name,
		     struct fault *fault)
{
	size_t length = strlen(folder) + strlen(name) + 2;
	char *path = malloc(length);
	struct json *json;

	if (!path) {
		fault_set(fault, "%s: not enough memory", folder);
		return -ENOMEM;
	}
	char *end = stpcpy(path, folder);
	*end++ = '/';
	memcpy(end, name, strlen(name) + 1);
	int error = json_load(&json, path, fault);
	free(path);
	return error != 0 ? error : catalog_read(catalog, json, fault);
}

int catalog_load(struct catalog **catalog, const char *folder, struct fault *fault)
{
	struct dirent **entry = NULL;
	int count = scandir(folder, &entry, is_json, alphasort), error = 0;

	*catalog = NULL;
	if (count < 0) {
		error = -errno;
		fault_set(fault, "%s: cannot be read: %s", folder, strerror(-error));
		return error;
	}
	struct catalog *made = make();
	if (count == 0 || !made) {
		error = made ? -ENOENT : -ENOMEM;
		fault_set(fault,
			  made ? "%s: no catalog (*.json) here; give the folder rules/catalog"
			       : "%s: not enough memory",
			  folder);
	}
	for (int i = 0; i < count; i++) {
		if (error == 0)
			error = load_file(made, folder, entry[i]->d_name, fault);
		free(entry[i]);
	}
	free(entry);
	return finish(catalog, made, error, fault);
}
