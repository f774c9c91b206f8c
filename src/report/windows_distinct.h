/* windows_distinct.h - how many different values came in the last parts of a window, in fixed memory.
 *
 * Exact up to DISTINCT_EXACT values. Past that, linear counting: each value's hash marks one of
 * DISTINCT_CELLS cells with the part it came in, and the share of cells that are free tells how
 * many there were (K.-Y. Whang et al., 1990). Standard error, and three of them:
 *
 *     values         500    1,000    2,000    4,096
 *     error          2.4 %  2.7 %    3.3 %    5.5 %
 *     99.7 % within  7 %    8 %      10 %     17 %
 *
 * Either way each value carries its latest part, so that it ages as the window slides.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define DISTINCT_EXACT 112
#define DISTINCT_CELLS 1024

/* Zero is empty. Parts are stamped 1 to 255, 0 is none: more than twice the parts that a window
 * holds, so that old and new cannot be mistaken. */
struct windows_distinct {
	union {
		struct {
			uint64_t hash[DISTINCT_EXACT];
			uint8_t stamp[DISTINCT_EXACT];
		};
		uint8_t cell[DISTINCT_CELLS];
	};
	uint16_t used; /* hashes, or marked cells */
	bool is_estimate;
};

/* The newest part is now `part`: what came in `part - kept` and before is forgotten. To be called at
 * each change of part; kept is below 128. */
void windows_distinct_age(struct windows_distinct *distinct, uint64_t part, unsigned kept);

/* Adds the hash of a value that came in `part`. */
void windows_distinct_add(struct windows_distinct *distinct, uint64_t hash, uint64_t part);

uint64_t windows_distinct_value(const struct windows_distinct *distinct);
