/* file_text.h - a whole file in memory, and back. */
#pragma once

#include <stddef.h>

/* The bytes of a file, or of a pipe, in *text, given (free()); NULL when it is empty. Reading stops at the
 * first byte past `most`: then *length is more than `most`, and the caller says what that means.
 * Returns 0 or -errno. */
int file_text_read(const char *path, size_t most, char **text, size_t *length);

/* Puts the text in the place of a file whole, or leaves the file as it was: it is written beside it, and
 * then takes its name. A file that was there keeps its mode; what is no plain file (a pipe, /dev/stdout) is
 * written as it is. Returns 0 or -errno. */
int file_text_write(const char *path, const char *text, size_t length);
