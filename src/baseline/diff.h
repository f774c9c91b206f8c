/* diff.h - two baselines: which destinations are new, gone, or used in another way.
 *
 * Compared by destination: a name or, where none was seen, an address. Addresses of a name come and go
 * with every answer of DNS and count for nothing by themselves; that a name moved between private and
 * public addresses does.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "baseline/baseline.h"

#define DIFF_FACTOR_DEFAULT 10  /* volume: so many times more or less is a change */
#define DIFF_VOLUME_BYTES 65536 /* and at least so many bytes: a few packets are noise */

enum diff_kind { DIFF_NEW, DIFF_GONE, DIFF_CHANGED, DIFF_KINDS };

/* All groups of one destination together. */
struct diff_view {
	struct baseline_group all;
	uint64_t verdicts;          /* 1 << enum verdict, or-ed */
	bool is_public, is_private; /* some address of it is */
};

struct diff_item {
	uint8_t kind; /* enum diff_kind */
	/* Groups of this destination in each baseline: from, and past the last. */
	size_t old_from, old_to, new_from, new_to;

	/* DIFF_CHANGED */
	uint64_t new_verdicts, gone_verdicts; /* 1 << enum verdict, or-ed */
	bool has_new_ports, has_gone_ports, has_new_zones, has_gone_zones;
	bool went_public, went_private;
	bool volume;
};

struct diff_side {
	const struct baseline *baseline; /* finished */
	const char *path;                /* as the user named it */
};

struct diff {
	struct diff_side before, after;
	struct diff_item *item; /* sorted by kind, findings of high severity first, then by name */
	size_t count;
	size_t count_of[DIFF_KINDS];
	size_t same;
	uint32_t factor;
};

/* 0 or -ENOMEM. */
int diff_make(struct diff *diff, const struct diff_side *before, const struct diff_side *after,
	      uint32_t factor);
void diff_free(struct diff *diff);

/* What was not there before: a destination, or at a known one a verdict that is a finding, a port, a
 * zone, or a public address. Volume and what is gone are no news of this kind. */
bool diff_has_news(const struct diff *diff);

struct diff_view diff_view(const struct baseline *baseline, size_t from, size_t to);
bool diff_has_port(const struct baseline_group *group, struct baseline_port port);
bool diff_has_zone(const struct baseline_group *group, const char *zone);

/* diff_print.c */
void diff_print(FILE *out, const struct diff *diff, bool colour);
void diff_print_json(FILE *out, const struct diff *diff);
