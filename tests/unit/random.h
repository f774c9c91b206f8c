/* random.h - numbers that are the same in every run, for tests that try many inputs. */
#pragma once

#include <stdint.h>

/* From 0 up to `below`. *state is not 0. */
static inline unsigned random_draw(uint64_t *state, unsigned below)
{
	*state ^= *state
		  << 13; /* xorshift: G. Marsaglia, Journal of Statistical Software 8 (14), 2003 */
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (unsigned)(*state >> 33) % below;
}
