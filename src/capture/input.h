/* input.h - the bytes of one capture file, wherever they are: a window that only moves forward.
 *
 * A regular file is mapped whole: the window is all that is left of it, and its bytes stay where
 * they are until input_close(). Anything else (a pipe, gzip, zstd) is streamed through one buffer,
 * whose bytes move when it is refilled; so refilling can be forbidden while somebody holds them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

struct input;

enum input_state {
	INPUT_READY, /* the bytes asked for are there */
	INPUT_LATER, /* they would need a refill, which is forbidden just now */
	INPUT_END,   /* not one byte is left, and nothing went wrong */
	INPUT_CUT,   /* there are fewer: see input_failure() */
};

/* Opens a file, or standard input for "-". Compression is told by the first bytes, not the name.
 * Returns 0 and *input, given (input_close()), or -errno with a sentence that names the path. */
int input_open(struct input **input, const char *path, struct fault *fault);
void input_close(struct input *input); /* NULL is allowed */

/* Gives back descriptor and buffers. Mapped bytes stay until input_close(); reading is over. */
void input_release(struct input *input);

/* Whether input_need() may move the bytes that input_bytes() lent before. True at first. */
void input_allow_refill(struct input *input, bool allowed);

/* Makes `length` bytes (> 0) readable at input_bytes(), if they exist. */
enum input_state input_need(struct input *input, size_t length);

const uint8_t *input_bytes(const struct input *input);
size_t input_ready(const struct input *input); /* bytes at input_bytes() */

/* The same at once, for who reads many records of them: to be called as often as a batch is read. */
const uint8_t *input_window(struct input *input, size_t *ready);

/* Passes over `length` bytes, at most input_ready(). */
void input_take(struct input *input, size_t length);

/* Bytes passed over so far: the place in the file, or in its unpacked bytes. */
uint64_t input_offset(const struct input *input);

/* What went wrong, as half a sentence ("the gzip data ends too early"), or NULL. */
const char *input_failure(const struct input *input);

/* "gzip", "zstd" or NULL. */
const char *input_packing(const struct input *input);

bool input_is_mapped(const struct input *input);
bool input_can_reopen(const struct input *input); /* false: a pipe gives its bytes once */

/* Of the file itself, packed as it is; the total is 0 when it cannot be known. */
uint64_t input_bytes_done(const struct input *input);
uint64_t input_bytes_total(const struct input *input);
