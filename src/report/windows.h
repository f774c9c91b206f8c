/* windows.h - rules that fire on many events together: counts, distinct values, sums, silence.
 *
 * A window (struct window_spec) keeps a value for each key, over its last `length_ns` of packet time.
 * Time moves in parts of an eighth: what came in the newest part and the seven before it counts. So
 * what fires did come within the length; what is spread evenly over all of it may be short of its first
 * eighth. The same samples in the same order give the same answers.
 *
 *     a key's time      | 7 | 6 | 5 | 4 | 3 | 2 | 1 | newest |
 *                       older: forgotten           ^ of this key's samples, not of the clock
 *
 * A sample that is older than its key's window (flows are told of when they end) is counted as late.
 * A key fires once, at the sample by which its value reaches the threshold, and is then silent until
 * a sample finds the value below it. WINDOW_ABSENT keeps no parts: it fires at a sign of life that
 * comes more than `length_ns` after the last match (or, if there was none, after the key's first sign of
 * life), once per gap.
 *
 * Memory is taken at the start and touched as used: WINDOWS_KEY_BYTES a key, and as much as
 * struct windows_distinct for keys of WINDOW_DISTINCT. When there is no key left, the one that was
 * used least recently gives way. Not thread-safe: the collector's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "pewit/rule.h"

#define WINDOWS_KEYS_MAX (1u << 24)
#define WINDOWS_KEY_BYTES 640
#define WINDOWS_PARTS 8

struct windows;

/* specs: lent. Returns 0 and *windows, given; or -EINVAL, -ENOMEM with what is wrong in fault. */
int windows_new(struct windows **windows, const struct window_spec *specs, uint32_t count,
		uint32_t keys, struct fault *fault);
void windows_free(struct windows *windows); /* NULL is allowed */

/* The index among `specs` of each window of `from` that goes on there (same rule, kind, length, field), or
 * WINDOWS_GONE. number: room for all windows of `from`. */
#define WINDOWS_GONE UINT32_MAX
void windows_match(const struct windows *from, const struct windows *to, uint32_t *number);
uint32_t windows_count(const struct windows *windows);

/* Moves the keys of windows that go on, by number[] of windows_match(), and the statistics. `to` is new;
 * `from` must not be used again but to be freed. */
void windows_succeed(struct windows *to, const struct windows *from, const uint32_t *number);

/* Adds a sample. True: its window fires, and *judgement is the rule's, with what was counted as its
 * evidence; its endpoint is left alone. */
bool windows_add(struct windows *windows, const struct window_sample *sample, uint64_t time_ns,
		 struct judgement *judgement);

struct windows_stats {
	uint64_t samples;
	uint64_t fired;
	uint64_t keys_evicted; /* while their samples still counted */
	uint64_t late;         /* samples older than their key's window */
	uint64_t refused; /* samples of no window, or with a threshold that cannot be measured */
};
struct windows_stats windows_stats(const struct windows *windows);
