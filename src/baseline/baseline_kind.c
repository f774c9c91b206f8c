/* What a file is, by what stands in it: captures begin with a byte that no text does; events have an
 * event_type in their first line; a baseline says its kind; a map has VNets. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json.h"
#include "baseline/baseline_read.h"

#define FIRST_LINE_MAX 131072 /* an event's line is no longer */

/* Whether the text is one JSON object with this member. */
static bool is_object_with(const char *text, size_t length, const char *key)
{
	struct fault ignored;
	struct json *json;
	bool is = false;

	if (json_parse(&json, text, length, "", &ignored) == 0) {
		is = json_member(json_root(json), key) != NULL;
		json_free(json);
	}
	return is;
}

static int kind_of_document(const char *path, enum baseline_kind *kind, struct fault *fault)
{
	struct json *json;
	int error = json_load(&json, path, fault);

	if (error != 0)
		return error;
	const struct json_value *root = json_root(json);
	const struct json_value *says = json_member(root, "kind");
	const char *word = says ? json_text(says) : NULL;

	if (word && strcmp(word, BASELINE_DOCUMENT_KIND) == 0)
		*kind = BASELINE_DOCUMENT;
	else if (json_member(root, "vnets"))
		*kind = BASELINE_MAP;
	else if (json_member(root, "event_type"))
		*kind = BASELINE_EVENTS;
	else
		error = json_fault(json, root, fault,
				   "this JSON is neither events, nor what pewit learn wrote, nor a "
				   "map (which has \"vnets\")");
	json_free(json);
	return error;
}

/* Reads the first line; false with the error in *error. */
static bool read_head(const char *path, char *head, size_t *length, int *error)
{
	FILE *file = fopen(path, "re");

	*error = file ? 0 : -errno;
	*length = file ? fread(head, 1, FIRST_LINE_MAX, file) : 0;
	if (file && ferror(file))
		*error = -EIO;
	if (file)
		fclose(file);
	return *error == 0;
}

static bool is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

int baseline_kind_of(const char *path, enum baseline_kind *kind, struct fault *fault)
{
	char *head = malloc(FIRST_LINE_MAX);
	size_t length = 0;
	int error = head ? 0 : -ENOMEM;

	*kind = BASELINE_CAPTURE;
	if (strcmp(path, "-") == 0)
		*kind = BASELINE_EVENTS;
	else if (!is_folder(path) && head && !read_head(path, head, &length, &error))
		fault_set(fault, "%s: cannot be read: %s", path, strerror(-error));
	if (length != 0) {
		size_t at = 0;

		while (at < length && strchr(" \t\r\n", head[at]) && head[at] != '\0')
			at++;
		const char *end = memchr(head + at, '\n', length - at);
		size_t line = end ? (size_t)(end - head) - at : length - at;

		if (at < length && (head[at] == '{' || head[at] == '[')) {
			if (is_object_with(head + at, line, "event_type"))
				*kind = BASELINE_EVENTS;
			else
				error = kind_of_document(path, kind, fault);
		}
	}
	free(head);
	return error;
}
