/* dns_begun.h - which buckets of a table were ever written to; a bit each, which stays in cache.
 *
 * Most questions to the tables of the DNS cache are about what was never learnt, and the table itself would
 * have to be waited for. Besides, a page that is read before it is written is at first the kernel's page
 * of zeroes, which must then be taken back from every processor that runs a worker.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define DNS_BEGUN_BITS 64

static inline uint64_t *dns_begun_new(size_t buckets) /* NULL: no memory; free() it */
{
	return calloc(buckets / DNS_BEGUN_BITS + 1, sizeof(uint64_t));
}

static inline bool dns_begun_has(const uint64_t *begun, size_t bucket)
{
	return begun[bucket / DNS_BEGUN_BITS] >> bucket % DNS_BEGUN_BITS & 1;
}

static inline void dns_begun_set(uint64_t *begun, size_t bucket)
{
	begun[bucket / DNS_BEGUN_BITS] |= UINT64_C(1) << bucket % DNS_BEGUN_BITS;
}
