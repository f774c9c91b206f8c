/* summary_text.h - printing for people: widths, wrapping, quantities, and nothing hostile.
 *
 * Names come from the wire. What is not printable ASCII is shown as '?', so that no capture can
 * send escape sequences to somebody's terminal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "pewit/ip_addr.h"

#define SUMMARY_COLUMNS 100

enum summary_colour {
	SUMMARY_PLAIN,
	SUMMARY_BOLD,
	SUMMARY_DIM,
	SUMMARY_GOOD,
	SUMMARY_WARNING,
	SUMMARY_BAD,
	SUMMARY_COLOURS
};

/* The escape sequence, or "" without colour. */
const char *summary_colour(bool colour, enum summary_colour which);

/* The text in exactly `width` columns: padded, or cut in the middle ("conto...azure.com"). */
void summary_cell(FILE *out, const char *text, unsigned width);

/* The text, wrapped at SUMMARY_COLUMNS: `first` starts the first line, and further lines are
 * indented by as many columns. */
void summary_wrapped(FILE *out, const char *first, const char *text);

/* Longest text of each with its NUL. */
#define SUMMARY_BYTES_SIZE 16 /* "1023.9 MB" */
#define SUMMARY_TIME_SIZE 24  /* "2026-11-22 22:00:38" */

const char *summary_bytes(uint64_t bytes, char text[SUMMARY_BYTES_SIZE]);
const char *summary_time(uint64_t time_ns, char text[SUMMARY_TIME_SIZE]);

/* "1 flow", "2 flows": the plural's s, or nothing. */
static inline const char *summary_s(uint64_t count)
{
	return count == 1 ? "" : "s";
}
