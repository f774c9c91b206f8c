/* lane.h - records of any length from one worker to the collector: a bounded ring of bytes.
 *
 * One thread produces, one consumes, no lock. Records lie in one piece and start at multiples of
 * 8. A producer that finds no room waits; so does a consumer that finds nothing: both spin for a
 * moment, then yield, then sleep for fractions of a millisecond, so that neither burns a core for
 * long.
 */
#pragma once

#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lane;

/* bytes: a power of two of at least 4 * record_max; record_max: the longest record.
 * Returns 0, -EINVAL or -ENOMEM; *lane is given. */
int lane_new(struct lane **lane, size_t bytes, size_t record_max);
void lane_free(struct lane *lane); /* NULL is allowed */

/* Producer. Room for one record of record_max bytes, waiting for it if need be; then how much of it
 * was used, at least 1. */
void *lane_reserve(struct lane *lane);
void lane_commit(struct lane *lane, size_t size);
/* Nothing with a smaller sequence will come. Must not fall. */
void lane_advance(struct lane *lane, uint64_t sequence);
void lane_close(struct lane *lane);

/* Consumer. How far the lane has come; UINT64_MAX once it is closed. Ask this before lane_peek():
 * a lane that is then found empty holds nothing below it. */
uint64_t lane_reached(const struct lane *lane);
const void *lane_peek(struct lane *lane); /* oldest record, lent until lane_drop(); NULL: none */
void lane_drop(struct lane *lane);

/* How much was ever written and read, in the same measure: what was written before a moment has been read
 * once lane_read() has come to what lane_written() was then. From any thread. */
uint64_t lane_written(const struct lane *lane);
uint64_t lane_read(const struct lane *lane);

/* Waits a little, and longer the more often it was tried; *tries starts at 0. */
void lane_back_off(unsigned *tries);
/* For a consumer whose producers need all processors, and whom nobody waits for: what came meanwhile is read in one go. */
void lane_nap(void);
/* ... up to 20 ms, or until `wake` is posted: for a consumer that may be idle for days. */
void lane_rest(unsigned *tries, sem_t *wake);
