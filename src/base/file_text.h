/* file_text.h - a whole file in memory, for readers of configuration. */
#pragma once

#include <stddef.h>

/* The bytes of a file, or of a pipe, in *text, given (free()); NULL when it is empty. Reading stops at the
 * first byte past `most`: then *length is more than `most`, and the caller says what that means.
 * Returns 0 or -errno. */
int file_text_read(const char *path, size_t most, char **text, size_t *length);
