/* file_sink.h - lines to a file or to standard output, in large writes.
 *
 * An error (a full disk, a closed pipe) is kept: nothing more is written after it, what was given
 * up is counted, and file_sink_close() names it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

struct file_sink;

/* path: a file, made or emptied (readable by owner and group only: events name hosts and users'
 * traffic); "-" is standard output. 0 or -errno with a sentence in fault; *sink is given. */
int file_sink_open(struct file_sink **sink, const char *path, struct fault *fault);

/* Takes the bytes; false once there was an error. */
bool file_sink_write(struct file_sink *sink, const char *bytes, size_t size);

/* Writes what is left. */
void file_sink_flush(struct file_sink *sink);

/* Writes what is left, closes and frees. 0 or the first error, with a sentence in fault. NULL is
 * allowed, and 0. */
int file_sink_close(struct file_sink *sink, struct fault *fault);
