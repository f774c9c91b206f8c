/* file.h - one capture file: finds its format, hands out its packets, names its damage. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "capture/format.h"
#include "pewit/packet.h"

struct file;

/* Opens one file, or standard input for "-". A file that is cut in its header, or empty, opens: the
 * damage comes from the first file_next(). Returns 0 and *file, given (file_close()), or -errno
 * (-EINVAL: not a capture) with a sentence in fault. */
int file_open(struct file **file, const char *path, struct fault *fault);
void file_close(struct file *file); /* NULL is allowed */

/* The next packet, without its sequence. may_refill: the bytes of earlier packets may be moved or
 * freed; without it a streamed file answers READ_LATER rather than do so. After READ_END or
 * READ_DAMAGE (a whole sentence, which names the file) only release or close may follow. */
enum read_outcome file_next(struct file *file, bool may_refill, struct packet *packet,
			    struct fault *damage);

/* Up to `most` packets that file_next() would give one by one, of those whose bytes are there already. After 0 only
 * file_next() knows how it goes on. */
size_t file_many(struct file *file, struct packet *packets, size_t most);

/* Gives back all but what packets of a mapped file point to. */
void file_release(struct file *file);

bool file_is_mapped(const struct file *file);
bool file_can_reopen(const struct file *file);
uint64_t file_bytes_done(const struct file *file);
uint64_t file_bytes_total(const struct file *file); /* 0: cannot be known */
