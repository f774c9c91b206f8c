/* json_scan.h - JSON read once, front to back, without a tree: for files of many megabytes.
 *
 * The caller says what should come next, as the text unfolds:
 *
 *	json_scan_begin(&scan, '{');
 *	while (json_scan_member(&scan, key, sizeof(key)))
 *		if (strcmp(key, "name") == 0)
 *			json_scan_text(&scan, name, sizeof(name));
 *		else
 *			json_scan_skip(&scan);
 *	json_scan_end(&scan);
 *
 * The first thing that is wrong ends the scan: it goes to `fault` with its line and column, and all
 * later calls do nothing and return false or 0. So a reader may read on and ask once. Nothing is
 * allocated. Texts come unescaped, as UTF-8, and not checked for being that.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

#define JSON_SCAN_DEPTH 64 /* of values that are skipped; nothing that is read goes ten deep */

struct json_scan {
	const char *text, *at, *end, *path; /* lent */
	const char *value; /* where the last text or number, or key, began: for json_scan_wrong() */
	struct fault *fault;
	int error;   /* 0 or -EINVAL */
	bool inside; /* right behind a bracket: no comma comes before what is next */
};

/* A UTF-8 byte order mark in front is passed over. */
struct json_scan json_scan_over(const char *text, size_t length, const char *path,
				struct fault *fault);
/* Nothing but blanks may be left. Returns the error. */
int json_scan_end(struct json_scan *scan);

/* Enters an object ('{') or array ('['). */
bool json_scan_begin(struct json_scan *scan, char bracket);
/* To the next member or element, whose value is read or skipped then; false: there is none, and the
 * object or array is left. A key of `size` bytes and more is cut. */
bool json_scan_member(struct json_scan *scan, char *key, size_t size);
bool json_scan_element(struct json_scan *scan);

/* Whether the next value begins with this: " for a string, n for null, ... */
bool json_scan_is(struct json_scan *scan, char first);

/* A string of at most size - 1 bytes. */
bool json_scan_text(struct json_scan *scan, char *text, size_t size);
/* A whole number. */
uint32_t json_scan_number(struct json_scan *scan);
/* Any value. */
void json_scan_skip(struct json_scan *scan);

/* Says that something is wrong at `at`, unless something was before. */
void json_scan_wrong(struct json_scan *scan, const char *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
