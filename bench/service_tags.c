/* How long a list of service tags takes to load, and a look-up in it; how much memory it needs.
 *
 *	make build/bench_service_tags && build/bench_service_tags ServiceTags_Public_20251117.json
 *
 * Addresses are those of the list's own kind: half lie in some tag, in no order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "judge/service_tags.h"

#define ADDRESSES (1u << 16)
#define ROUNDS 64
#define LOADS 9

static double now_ms(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static uint64_t random_bits(uint64_t *state) /* xorshift64 */
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static struct ip_addr random_v4(uint64_t *state)
{
	static const uint8_t first[] = { 4, 13, 20, 23, 40, 51, 52, 104 }; /* most of Azure's */
	uint64_t bits = random_bits(state);
	uint8_t bytes[4];

	memcpy(bytes, &bits, sizeof(bytes));
	bytes[0] = first[bits >> 61];
	return ip_from_v4(bytes);
}

static struct ip_addr random_v6(uint64_t *state)
{
	static const uint8_t azure[] = { 0x26, 0x03, 0x10, 0x30, 0x00 };
	uint64_t bits[2] = { random_bits(state), random_bits(state) };
	struct ip_addr addr;

	memcpy(addr.bytes, bits, sizeof(addr.bytes));
	memcpy(addr.bytes, azure, sizeof(azure));
	addr.bytes[5] &= 0x1f;
	return addr;
}

static void look_up(const struct service_tags *tags, const char *family,
		    struct ip_addr (*random)(uint64_t *state))
{
	struct ip_addr *addresses = calloc(ADDRESSES, sizeof(*addresses));
	uint64_t state = 88172645463325252ull, found = 0;
	double best = 1e9;

	if (!addresses)
		abort();
	for (unsigned i = 0; i < ADDRESSES; i++)
		addresses[i] = random(&state);
	for (unsigned round = 0; round < ROUNDS; round++) {
		double start = now_ms(), took;

		found = 0;
		for (unsigned i = 0; i < ADDRESSES; i++)
			found += service_tags_find(tags, &addresses[i]) != NULL;
		took = now_ms() - start;
		best = took < best ? took : best;
	}
	printf("%s  %.1f ns a look-up, %.0f %% found\n", family, best * 1e6 / ADDRESSES,
	       100.0 * (double)found / ADDRESSES);
	free(addresses);
}

int main(int argc, char **argv)
{
	struct service_tags *tags = NULL;
	struct fault fault = { "" };
	double best = 1e9;

	if (argc != 2) {
		fputs("Usage: bench_service_tags FILE\n", stderr);
		return 2;
	}
	for (int i = 0; i < LOADS; i++) {
		double start = now_ms(), took;

		service_tags_free(tags);
		if (service_tags_load(&tags, argv[1], &fault) != 0) {
			fprintf(stderr, "%s\n", fault.text);
			return 2;
		}
		took = now_ms() - start;
		best = took < best ? took : best;
	}
	const struct service_tags_info info = service_tags_info(tags);

	printf("load  %.1f ms: %zu tags, %zu prefixes, %zu distinct, %.1f MiB\n", best, info.tags,
	       info.prefixes, info.distinct_prefixes, (double)info.bytes / (1 << 20));
	look_up(tags, "IPv4", random_v4);
	look_up(tags, "IPv6", random_v6);
	service_tags_free(tags);
	return 0;
}
