/* fold.h - repeats of one finding become one summary per window.
 *
 * A finding is the same as another when rule, source address (the real client's,
 * where it is known), destination address and port, and
 * name are. The first is written at once and remembered for a window of packet time; repeats in
 * the window are counted. When the window ends, the finding is forgotten, and its repeats, if
 * there were any, are due as one alert. Memory is fixed: when it is full, the oldest gives way
 * before its time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "report/finding.h"

struct fold;

/* findings: remembered at once, 1 to FOLD_FINDINGS_MAX, mostly less than 1 KiB each, touched as
 * used.
 * Returns 0, -EINVAL or -ENOMEM; *fold is given. */
#define FOLD_FINDINGS_MAX (1u << 20)
int fold_new(struct fold **fold, uint32_t findings, uint64_t window_ns);
void fold_free(struct fold *fold); /* NULL is allowed */

/* Counts the finding as a repeat of one that is remembered; false: there is none. */
bool fold_repeat(struct fold *fold, const struct finding *finding);

/* Remembers the finding that fold_repeat() was last asked for, until now_ns + window. now_ns must not
 * fall. There must be room. generation: of the rules, map and catalog that its texts are lent from. */
void fold_remember(struct fold *fold, const struct finding *finding, uint64_t now_ns,
		   uint32_t generation);

/* Whether a finding is remembered whose texts are lent from this generation. There may be
 * FOLD_GENERATIONS of them at once, with numbers one after the other. */
#define FOLD_GENERATIONS 8
bool fold_holds(const struct fold *fold, uint32_t generation);

bool fold_is_full(const struct fold *fold);
bool fold_is_due(const struct fold *fold, uint64_t now_ns); /* some window has ended */
bool fold_is_empty(const struct fold *fold);

/* Forgets the oldest, of which there must be one. If it had repeats, returns it, lent until the
 * next call, with *alert counting them; else NULL. */
const struct finding *fold_forget(struct fold *fold, struct alert *alert);
