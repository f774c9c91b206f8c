#include "judge/map_diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "judge/map_entry.h"
#include "judge/map_model.h"

#define PATH_MAX_BYTES 2048

struct diff {
	void (*say)(void *context, const struct map_difference *difference);
	void *context;
	const char *section;
	char path[PATH_MAX_BYTES];
	size_t length; /* of path */
	int error;
};

struct entry {
	char name[MAP_ENTRY_TEXT_MAX];
	const struct json_value *value;
	size_t place; /* keeps entries of one name in order */
};

/* Path ----------------------------------------------------------------------------------------- */

static void cut_path(struct diff *diff, size_t length)
{
	diff->length = length;
	diff->path[length] = '\0';
}

/* Adds a word; returns the length before, for cut_path(). */
static size_t add_path(struct diff *diff, const char *word, const char *quote)
{
	size_t before = diff->length;
	struct text text = text_over(diff->path + before, sizeof(diff->path) - before);

	text_add(&text, before > 0 ? " " : "");
	text_add(&text, quote);
	map_entry_plain(word, &text);
	text_add(&text, quote);
	diff->length += text.length;
	return before;
}

static void say_change(struct diff *diff, enum map_change change, const char *before,
		       const char *after)
{
	struct map_difference difference = { change, diff->section, diff->path, before, after };

	diff->say(diff->context, &difference);
}

/* Lists ---------------------------------------------------------------------------------------- */

static int compare_entries(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;
	int order = strcasecmp(left->name, right->name);

	return order != 0 ? order : (left->place > right->place) - (left->place < right->place);
}

/* The elements by name; NULL: no memory. A list that is absent is empty. */
static struct entry *sorted(const struct json_value *list, size_t *count)
{
	struct entry *entries;
	size_t i = 0;

	*count = list ? json_count(list) : 0;
	entries = calloc(*count + 1, sizeof(*entries));
	for (const struct json_value *value = list ? json_first(list) : NULL; entries && value;
	     value = json_next(value), i++) {
		struct text text = text_over(entries[i].name, sizeof(entries[i].name));

		map_entry_name(value, &text);
		entries[i].value = value;
		entries[i].place = i;
	}
	if (entries)
		qsort(entries, *count, sizeof(*entries), compare_entries);
	return entries;
}

static void diff_values(struct diff *diff, const struct json_value *old,
			const struct json_value *new);

static void diff_entry(struct diff *diff, const struct entry *old, const struct entry *new)
{
	size_t before = add_path(diff, old ? old->name : new->name, "\"");

	if (old && new)
		diff_values(diff, old->value, new->value);
	else
		say_change(diff, old ? MAP_REMOVED : MAP_ADDED, NULL, NULL);
	cut_path(diff, before);
}

static void diff_lists(struct diff *diff, const struct json_value *old,
		       const struct json_value *new)
{
	size_t old_count, new_count, i = 0, j = 0;
	struct entry *left = sorted(old, &old_count), *right = sorted(new, &new_count);

	if (!left || !right)
		diff->error = -ENOMEM;
	while (diff->error == 0 && (i < old_count || j < new_count)) {
		int order = i == old_count   ? 1
			    : j == new_count ? -1
					     : strcasecmp(left[i].name, right[j].name);

		diff_entry(diff, order <= 0 ? &left[i] : NULL, order >= 0 ? &right[j] : NULL);
		i += order <= 0;
		j += order >= 0;
	}
	free(left);
	free(right);
}

/* Objects -------------------------------------------------------------------------------------- */

/* A member that only one of them has. */
static void say_one(struct diff *diff, const struct json_value *old, const struct json_value *new)
{
	const struct json_value *value = old ? old : new;
	char room[MAP_ENTRY_TEXT_MAX];
	struct text text = text_over(room, sizeof(room));
	const char *said = json_type(value) == JSON_OBJECT ? NULL : room;

	map_entry_value(value, &text);
	say_change(diff, old ? MAP_REMOVED : MAP_ADDED, old ? said : NULL, old ? NULL : said);
}

static void diff_member(struct diff *diff, const char *key, const struct json_value *old,
			const struct json_value *new)
{
	bool is_list =
		(!old || json_type(old) == JSON_ARRAY) && (!new || json_type(new) == JSON_ARRAY);
	bool is_section = diff->length == 0;
	size_t before = add_path(diff, key, "");

	if (is_section)
		diff->section = key;
	if (is_list)
		diff_lists(diff, old, new);
	else if (old && new)
		diff_values(diff, old, new);
	else
		say_one(diff, old, new);
	cut_path(diff, before);
}

/* Of an unknown field that is there twice, the first counts. */
static bool counts(const struct json_value *object, const struct json_value *member)
{
	return !map_entry_is_remark(member) && json_member(object, json_key(member)) == member;
}

static void diff_objects(struct diff *diff, const struct json_value *old,
			 const struct json_value *new)
{
	for (const struct json_value *m = json_first(old); m; m = json_next(m))
		if (counts(old, m))
			diff_member(diff, json_key(m), m, json_member(new, json_key(m)));
	for (const struct json_value *m = json_first(new); m; m = json_next(m))
		if (counts(new, m) && !json_member(old, json_key(m)))
			diff_member(diff, json_key(m), NULL, m);
}

/* Of what is neither list nor object. */
static bool is_same(const struct json_value *old, const struct json_value *new)
{
	const char *left = json_text(old), *right = json_text(new);

	return json_type(old) == json_type(new) && json_number(old) == json_number(new) &&
	       json_flag(old) == json_flag(new) && (!left || strcmp(left, right) == 0);
}

static void diff_values(struct diff *diff, const struct json_value *old,
			const struct json_value *new)
{
	char before[MAP_ENTRY_TEXT_MAX], after[MAP_ENTRY_TEXT_MAX];
	struct text left = text_over(before, sizeof(before));
	struct text right = text_over(after, sizeof(after));

	if (json_type(old) == json_type(new) && json_type(old) == JSON_OBJECT) {
		diff_objects(diff, old, new);
		return;
	}
	if (json_type(old) == json_type(new) && json_type(old) == JSON_ARRAY) {
		diff_lists(diff, old, new);
		return;
	}
	if (is_same(old, new))
		return;
	map_entry_value(old, &left);
	map_entry_value(new, &right);
	say_change(diff, MAP_CHANGED, before, after);
}

int map_diff(const struct map *old, const struct map *new,
	     void (*say)(void *context, const struct map_difference *difference), void *context)
{
	struct diff diff = { .say = say, .context = context };

	diff_objects(&diff, json_root(old->json), json_root(new->json));
	return diff.error;
}
