/* Name patterns: what they look like, and whether a name is of one.
 *
 *   openai         that label
 *   bedrock*       any label that begins so; the variable may stand anywhere, once
 *   {resource}     any label: the resource
 *   {workspace}    the same, and it is, or ends in, the GUID of a workspace
 *   {region}       any label: the region
 *   {any}, *       any label
 * A first label that is only *, {resource} or {workspace} stands for one label or more. The last label is
 * plain.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/eight.h"
#include "judge/catalog_model.h"

/* The variable part of a label that begins at `text`: its kind and length; 0: no variable begins. */
static size_t variable_at(const char *text, uint8_t *kind)
{
	static const struct {
		const char *text;
		uint8_t kind;
	} variables[] = {
		{ "*", LABEL_ANY },
		{ "{any}", LABEL_ANY },
		{ "{resource}", LABEL_RESOURCE },
		{ "{workspace}", LABEL_WORKSPACE },
		{ "{region}", LABEL_REGION },
	};

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		size_t length = strlen(variables[i].text);

		if (strncmp(text, variables[i].text, length) == 0) {
			*kind = variables[i].kind;
			return length;
		}
	}
	return 0;
}

/* Reads the label of `length` bytes at `text`. False: it is none. */
static bool parse_label(const char *text, size_t length, struct label *label)
{
	size_t before = strcspn(text, "*{."), variable;

	*label = (struct label){ .before = text, .after = text + length };
	if (length == 0 || length > CATALOG_RESOURCE_MAX)
		return false;
	label->before_length = (uint8_t)(before < length ? before : length);
	if (before >= length)
		return memchr(text, '}', length) == NULL;
	variable = variable_at(text + before, &label->kind);
	if (variable == 0)
		return false;
	label->after = text + before + variable;
	label->after_length = (uint8_t)(length - before - variable);
	return !memchr(label->after, '*', label->after_length) &&
	       !memchr(label->after, '{', label->after_length) &&
	       !memchr(label->after, '}', label->after_length);
}

static bool is_whole(const struct label *label)
{
	return label->before_length + label->after_length == 0;
}

bool pattern_parse(struct pattern *pattern, struct arena *arena)
{
	struct label labels[CATALOG_LABELS_MAX];
	unsigned count = 0, plain = 0, front;

	if (strlen(pattern->text) > NAME_TABLE_BYTES_MAX)
		return false;
	for (const char *at = pattern->text; at; count++) {
		size_t length = strcspn(at, ".");

		if (count == CATALOG_LABELS_MAX || !parse_label(at, length, &labels[count]))
			return false;
		plain = labels[count].kind == LABEL_LITERAL ? plain + 1 : 0;
		at = at[length] == '.' ? at + length + 1 : NULL;
	}
	front = count - plain;
	if (plain == 0)
		return false;
	pattern->label = arena_take(arena, front, sizeof(*labels));
	if (!pattern->label)
		return false;
	memcpy(pattern->label, labels, front * sizeof(*labels));
	pattern->label_count = (uint8_t)front;
	pattern->tail = labels[front].before;
	for (unsigned i = 0; i < front; i++)
		pattern->plain_bytes = (uint16_t)(pattern->plain_bytes + labels[i].before_length +
						  labels[i].after_length);
	pattern->is_open = front != 0 && is_whole(&labels[0]) &&
			   (pattern->text[0] == '*' || labels[0].kind == LABEL_RESOURCE ||
			    labels[0].kind == LABEL_WORKSPACE);
	pattern->is_privatelink = pattern_privatelink_label(pattern->text) != NULL;
	return true;
}

static bool label_fits(const struct label *label, const char *text, size_t length)
{
	size_t fixed = (size_t)label->before_length + label->after_length;

	if (label->kind == LABEL_LITERAL ? length != fixed : length <= fixed)
		return false;
	return eight_same(text, label->before, label->before_length) &&
	       eight_same(text + length - label->after_length, label->after, label->after_length);
}

bool pattern_fits(const struct pattern *pattern, const char *name, size_t start,
		  struct fitting *fitting)
{
	unsigned first = pattern->is_open ? 1 : 0;
	size_t begin = start; /* of the last label taken; 0: none is left in front of it */

	fitting->name = name;
	for (unsigned i = pattern->label_count; i-- > first;) {
		if (begin == 0)
			return false;

		size_t end = begin - 1;
		const char *dot = memrchr(name, '.', end);
		begin = dot ? (size_t)(dot + 1 - name) : 0;
		if (!label_fits(&pattern->label[i], name + begin, end - begin))
			return false;
		fitting->label[i].at = (uint16_t)begin;
		fitting->label[i].length = (uint16_t)(end - begin);
	}
	if (!pattern->is_open)
		return begin == 0;
	if (begin == 0)
		return false;
	fitting->label[0].at = 0;
	fitting->label[0].length = (uint16_t)(begin - 1);
	return true;
}

bool pattern_goes_before(const struct pattern *a, const struct pattern *b)
{
	if (a->label_count != b->label_count)
		return a->label_count > b->label_count;
	if (a->plain_bytes != b->plain_bytes)
		return a->plain_bytes > b->plain_bytes;
	return a->order < b->order;
}

const char *pattern_privatelink_label(const char *name)
{
	static const char word[] = "privatelink";
	const char *found = NULL;

	for (const char *label = name; label; label = strchr(label, '.')) {
		label += *label == '.';
		char after = strncasecmp(label, word, sizeof(word) - 1) == 0
				     ? label[sizeof(word) - 1]
				     : 'x';

		if (after == '.' || after == '-' || after == '\0')
			found = label;
	}
	return found;
}

bool pattern_keep(struct pattern_list *list, struct pattern *pattern)
{
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 256;
		struct pattern **more = reallocarray(list->at, room, sizeof(*more));

		if (!more)
			return false;
		list->at = more;
		list->room = room;
	}
	pattern->order = (uint32_t)list->count;
	list->at[list->count++] = pattern;
	return true;
}
