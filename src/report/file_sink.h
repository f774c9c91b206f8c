/* file_sink.h - lines to a file or to standard output, in large writes.
 *
 * For a replay the file is emptied first, and an error (a full disk, a closed pipe) is kept: nothing more
 * is written after it, what was given up is counted, and file_sink_close() names it.
 *
 * For a daemon lines are added to what is there. After an error what is buffered is kept and tried again;
 * lines that find no room meanwhile are counted as lost, whole: the file never holds a part of a line,
 * not even of one that a run before this left behind when it was killed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

struct file_sink;

/* path: a file, made if need be (readable by owner and group only: events name hosts and users'
 * traffic); "-" is standard output. 0 or -errno with a sentence in fault; *sink is given. */
int file_sink_open(struct file_sink **sink, const char *path, bool is_daemon, struct fault *fault);

/* How the file was left by the one who wrote it before. */
struct file_sink_before {
	bool has_events;     /* it was not empty */
	bool is_orderly;     /* its last line is that of an orderly end */
	uint32_t torn_bytes; /* of an unfinished line, taken away */
};
struct file_sink_before file_sink_before(const struct file_sink *sink);

/* Takes the bytes; false: they are lost. */
bool file_sink_write(struct file_sink *sink, const char *bytes, size_t size);

/* Writes what is left. */
void file_sink_flush(struct file_sink *sink);

/* Opens the path anew, for who has renamed the file. 0; or -errno with a sentence: the old one is kept. */
int file_sink_reopen(struct file_sink *sink, struct fault *fault);

uint64_t file_sink_lost(const struct file_sink *sink); /* lines */

/* Writes what is left, closes and frees. 0 or an error that cost lines, with a sentence in fault; of a
 * daemon, lines that were lost by it alone. NULL is allowed, and 0. */
int file_sink_close(struct file_sink *sink, struct fault *fault);
