/* json.h - JSON documents whose every value knows its line and column.
 *
 * Over cJSON, which keeps no positions: after parsing, one pass over the text notes where each value
 * begins. Nothing of cJSON shows here. A document is immutable; values are lent by it.
 *
 * A json_reader takes typed members out of objects and keeps the first error, so that a caller may
 * read a whole object and ask once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

#define JSON_BYTES_MAX ((size_t)64 * 1024 * 1024) /* ten times the largest map thinkable */

struct json;
struct json_value;

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_TEXT, JSON_ARRAY, JSON_OBJECT };

struct json_place {
	uint32_t line, column; /* from 1; columns are bytes */
};

/* path: for messages; copied. Returns 0 and *json, given; or -EINVAL, -ENOMEM, -E2BIG or what
 * opening and reading gave, with the place in fault. */
int json_parse(struct json **json, const char *text, size_t length, const char *path,
	       struct fault *fault);
int json_load(struct json **json, const char *path, struct fault *fault);
void json_free(struct json *json);

const char *json_path(const struct json *json);
const struct json_value *json_root(const struct json *json);
struct json_place json_place(const struct json *json, const struct json_value *value);

enum json_type json_type(const struct json_value *value);
const char *json_type_name(enum json_type type);
const char *json_key(const struct json_value *value);  /* of a member; NULL for others */
const char *json_text(const struct json_value *value); /* NULL unless JSON_TEXT */
double json_number(const struct json_value *value);    /* 0 unless JSON_NUMBER */
bool json_is_true(const struct json_value *value);     /* the value true */
size_t json_count(const struct json_value *value);     /* members or elements; 0 for others */
const struct json_value *json_first(const struct json_value *value);
const struct json_value *json_next(const struct json_value *value);
const struct json_value *json_member(const struct json_value *object, const char *key);

/* Says "PATH:LINE:COLUMN: " and the sentence. Returns -EINVAL. */
int json_fault(const struct json *json, const struct json_value *value, struct fault *fault,
	       const char *format, ...) __attribute__((format(printf, 4, 5)));

enum json_need { JSON_MAY, JSON_MUST };

struct json_reader {
	const struct json *json;
	struct fault *fault;
	int error; /* 0, or that of the first thing that was wrong; later reads then give nothing */
};

/* Says what is wrong with `value`, unless something was before. */
void json_wrong(struct json_reader *reader, const struct json_value *value, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The member, or NULL when it is absent or wrong; a missing JSON_MUST, another type and a key given
 * twice are wrong. null counts as absent. Texts must not be empty. */
const struct json_value *json_read(struct json_reader *reader, const struct json_value *object,
				   const char *key, enum json_type type, enum json_need need);
const char *json_read_text(struct json_reader *reader, const struct json_value *object,
			   const char *key, enum json_need need);

/* An element or member as a text; NULL when it is not one, or empty. */
const char *json_read_value_text(struct json_reader *reader, const struct json_value *value);
/* A whole number from `least` to `most`; 0 when it is wrong. */
uint32_t json_read_value_number(struct json_reader *reader, const struct json_value *value,
				uint32_t least, uint32_t most);
bool json_read_flag(struct json_reader *reader, const struct json_value *object, const char *key);
