/* Entries go into the map's text where its lists end, so that the owner's order, spacing and fields
 * stay as they are and a diff shows the entries alone. After each list the text is read again: then
 * every place is where it is found. What comes out must load as a map, or is not given. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "baseline/learn.h"

#define DEPTH_ROOT 1 /* of the members of the document, in blanks */

struct list { /* of the map: a member, or one of a member's */
	enum learn_section section;
	const char *object; /* or NULL: the document */
	const char *key;
};

static const struct list lists[] = {
	{ LEARN_ENDPOINT, NULL, "private_endpoints" },
	{ LEARN_EGRESS, NULL, "allowed_egress" },
	{ LEARN_RESOLVER, NULL, "resolvers" },
	{ LEARN_CROSSING, "cross_zone", "allowed" },
	{ LEARN_SSH, "compute_admin", "ssh_allowed_sources" },
	{ LEARN_RDP, "compute_admin", "rdp_allowed_sources" },
};

struct document {
	char *text;
	size_t length;
	const char *path;
};

static size_t offset_of(const struct document *document, struct json_place place)
{
	size_t at = 0;

	for (uint32_t line = 1; line < place.line && at < document->length; at++)
		line += document->text[at] == '\n';
	return at + place.column - 1;
}

/* The offset of the bracket that closes the object or list that begins at `at`. */
static size_t end_of(const struct document *document, size_t at)
{
	unsigned depth = 0;

	for (; at < document->length; at++) {
		char c = document->text[at];

		if (c == '"') {
			for (at++; at < document->length && document->text[at] != '"'; at++)
				at += document->text[at] == '\\';
		} else if (c == '{' || c == '[') {
			depth++;
		} else if ((c == '}' || c == ']') && --depth == 0) {
			break;
		}
	}
	return at;
}

/* Puts the piece before the bracket that closes the value, and before the blanks before that. */
static int insert(struct document *document, size_t close, const char *piece, size_t length)
{
	char *text = malloc(document->length + length + 1);
	size_t at = close;

	if (!text)
		return -ENOMEM;
	while (strchr(" \t\r\n", document->text[at - 1]))
		at--;
	memcpy(text, document->text, at);
	memcpy(text + at, piece, length);
	memcpy(text + at + length, document->text + at, document->length - at + 1);
	free(document->text);
	document->text = text;
	document->length += length;
	return 0;
}

/* What to insert: the list's new elements, in as much of the way to them as the map lacks. */
static void print_piece(FILE *out, const struct learn *learn, const struct list *list,
			bool has_object, bool has_list, bool comma)
{
	struct json_print print = json_print_to(out);

	print.comma = comma;
	print.depth = DEPTH_ROOT + (list->object && has_object) + has_list;
	if (list->object && !has_object)
		json_print_open(&print, list->object, '{');
	if (!has_list)
		json_print_open(&print, list->key, '[');
	learn_print_entries(&print, learn, list->section);
	if (!has_list)
		json_print_close(&print, ']');
	if (list->object && !has_object)
		json_print_close(&print, '}');
}

static int check_type(const struct json *json, const struct json_value *value, enum json_type type,
		      const char *key, struct fault *fault)
{
	if (!value || json_type(value) == type)
		return 0;
	return json_fault(json, value, fault, "\"%s\" must be %s", key, json_type_name(type));
}

static int add_list(struct document *document, const struct learn *learn, const struct list *list,
		    struct fault *fault)
{
	struct json *json;
	char *piece = NULL;
	size_t length = 0;
	int error = json_parse(&json, document->text, document->length, document->path, fault);

	if (error != 0)
		return error;
	const struct json_value *root = json_root(json);
	const struct json_value *object = list->object ? json_member(root, list->object) : root;
	error = check_type(json, object, JSON_OBJECT, list->object, fault);
	const struct json_value *value = object && !error ? json_member(object, list->key) : NULL;
	error = error ? error : check_type(json, value, JSON_ARRAY, list->key, fault);

	const struct json_value *into = value ? value : (object ? object : root);
	FILE *out = error ? NULL : open_memstream(&piece, &length);
	if (out) {
		print_piece(out, learn, list, object != NULL, value != NULL,
			    json_first(into) != NULL);
		if (fclose(out) != 0)
			error = -ENOMEM;
	} else if (!error) {
		error = -ENOMEM;
	}
	size_t close = error ? 0 : end_of(document, offset_of(document, json_place(json, into)));
	json_free(json);
	error = error ? error : insert(document, close, piece, length);
	free(piece);
	return error;
}

int learn_merge(const struct learn *learn, const char *text, size_t length, const char *path,
		char **merged, struct fault *fault)
{
	struct document document = { .text = malloc(length + 1), .length = length, .path = path };
	struct map *map;
	int error = document.text ? 0 : -ENOMEM;

	*merged = NULL;
	if (document.text) {
		memcpy(document.text, text, length);
		document.text[length] = '\0';
	}
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]) && error == 0; i++)
		if (learn_count(learn, lists[i].section) != 0)
			error = add_list(&document, learn, &lists[i], fault);
	if (error == 0)
		error = map_parse(&map, document.text, document.length, path, fault);
	if (error == -ENOMEM)
		fault_set(fault, "%s: not enough memory", path);
	if (error != 0) {
		free(document.text);
		return error;
	}
	map_free(map);
	*merged = document.text;
	return 0;
}
