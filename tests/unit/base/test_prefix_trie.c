/* The trie against a scan of the whole list: on every edge of every prefix, and at random. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/prefix_trie.h"

#define RANDOM_PREFIXES 3000
#define RANDOM_ADDRESSES 20000

static struct ip_addr addr(const char *text)
{
	struct ip_addr made;

	assert_true(ip_parse(text, &made));
	return made;
}

static int by_order(const void *a, const void *b)
{
	return prefix_trie_compare(a, b);
}

static bool is_v4(const struct ip_prefix *prefix)
{
	return prefix->bits >= 96 && ip_is_v4(&prefix->addr);
}

static uint32_t scan(const struct ip_prefix *prefixes, uint32_t count, const struct ip_addr *at)
{
	uint32_t best = PREFIX_TRIE_NONE;

	for (uint32_t i = 0; i < count; i++)
		if (is_v4(&prefixes[i]) == ip_is_v4(at) && ip_prefix_contains(&prefixes[i], at) &&
		    (best == PREFIX_TRIE_NONE || prefixes[i].bits >= prefixes[best].bits))
			best = i;
	return best;
}

/* The address one below or above, as a 128-bit number. */
static struct ip_addr beside(struct ip_addr at, bool above)
{
	for (int i = 15; i >= 0; i--) {
		uint8_t was = at.bytes[i];

		at.bytes[i] = (uint8_t)(above ? was + 1 : was - 1);
		if (was != (above ? 0xff : 0))
			break;
	}
	return at;
}

static struct ip_addr last_of(const struct ip_prefix *prefix)
{
	struct ip_addr last = prefix->addr;

	for (unsigned bit = prefix->bits; bit < 128; bit++)
		last.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return last;
}

static void check_edges(const struct prefix_trie *trie, const struct ip_prefix *prefixes,
			uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct ip_addr first = prefixes[i].addr, last = last_of(&prefixes[i]);
		const struct ip_addr edges[] = { first, last, beside(first, false),
						 beside(last, true) };

		for (unsigned n = 0; n < 4; n++)
			assert_int_equal(prefix_trie_find(trie, &edges[n]),
					 scan(prefixes, count, &edges[n]));
	}
}

static uint32_t sort(struct ip_prefix *prefixes, uint32_t count)
{
	uint32_t kept = 0;

	qsort(prefixes, count, sizeof(*prefixes), by_order);
	for (uint32_t i = 0; i < count; i++)
		if (kept == 0 || prefix_trie_compare(&prefixes[kept - 1], &prefixes[i]) != 0)
			prefixes[kept++] = prefixes[i];
	return kept;
}

static void the_longest_of_nested_prefixes_is_found(void **state)
{
	static const struct {
		const char *why, *address, *prefix; /* prefix: NULL for none */
	} rows[] = {
		{ "the longest of four", "10.1.2.3", "10.1.2.3/32" },
		{ "one beside it", "10.1.2.4", "10.1.2.0/24" },
		{ "a step up", "10.1.3.1", "10.1.0.0/16" },
		{ "up to what all share", "11.0.0.1", "0.0.0.0/0" },
		{ "a length that ends within a step", "192.0.2.66", "192.0.2.64/27" },
		{ "past its end", "192.0.2.96", "0.0.0.0/0" },
		{ "IPv6, short", "2001:db8:ffff::1", "2001:db8::/32" },
		{ "IPv6, to the last bit", "2001:db8::1", "2001:db8::1/128" },
		{ "the other half of a /127", "2001:db8::3", "2001:db8::2/127" },
		{ "the first 16 bits are zero", "::1", "::1/128" },
		{ "behind the mapped addresses", "::1:0:0:1", "::1:0:0:0/80" },
		{ "nothing holds it", "2600::1", NULL },
		{ "IPv4's default holds no IPv6", "::", NULL },
	};
	static const char *const texts[] = { "10.1.2.3/32",   "10.1.2.0/24",    "10.1.0.0/16",
					     "0.0.0.0/0",     "10.0.0.0/8",     "192.0.2.64/27",
					     "2001:db8::/32", "::1/128",        "2001:db8::1/128",
					     "::1:0:0:0/80",  "2001:db8::2/127" };
	enum { COUNT = sizeof(texts) / sizeof(texts[0]) };
	struct ip_prefix prefixes[COUNT], expected;
	struct prefix_trie *trie;

	(void)state;
	for (unsigned i = 0; i < COUNT; i++)
		assert_true(ip_prefix_parse(texts[i], &prefixes[i], NULL));
	assert_int_equal(sort(prefixes, COUNT), COUNT);
	assert_int_equal(prefix_trie_new(&trie, prefixes, COUNT), 0);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ip_addr at = addr(rows[i].address);
		uint32_t found = prefix_trie_find(trie, &at);

		if (!rows[i].prefix) {
			if (found != PREFIX_TRIE_NONE)
				fail_msg("%s", rows[i].why);
			continue;
		}
		assert_true(ip_prefix_parse(rows[i].prefix, &expected, NULL));
		if (found == PREFIX_TRIE_NONE ||
		    prefix_trie_compare(&prefixes[found], &expected) != 0)
			fail_msg("%s", rows[i].why);
	}
	check_edges(trie, prefixes, COUNT);
	prefix_trie_free(trie);
}

static void it_answers_as_a_scan_does(void **state)
{
	static struct ip_prefix prefixes[RANDOM_PREFIXES];
	struct prefix_trie *trie;
	uint32_t count;

	(void)state;
	srandom(20251117);
	for (unsigned i = 0; i < RANDOM_PREFIXES; i++) {
		bool v4 = i % 2 == 0;
		char text[64];

		/* Few first bits, so that they nest. */
		if (v4)
			snprintf(text, sizeof(text), "%ld.%ld.%ld.%ld/%ld", random() % 4,
				 random() % 4, random() % 256, random() % 256, random() % 33);
		else
			snprintf(text, sizeof(text), "%lx:%lx::%lx:%lx/%ld", random() % 2,
				 random() % 4, random() % 65536, random() % 65536, random() % 129);
		assert_true(ip_prefix_parse(text, &prefixes[i], NULL));
	}
	count = sort(prefixes, RANDOM_PREFIXES);
	assert_int_equal(prefix_trie_new(&trie, prefixes, count), 0);
	check_edges(trie, prefixes, count);
	for (unsigned i = 0; i < RANDOM_ADDRESSES; i++) {
		struct ip_addr at = prefixes[(unsigned long)random() % count].addr;

		at.bytes[12 + random() % 4] ^= (uint8_t)random();
		assert_int_equal(prefix_trie_find(trie, &at), scan(prefixes, count, &at));
	}
	prefix_trie_free(trie);
}

static void no_prefixes_hold_nothing(void **state)
{
	struct prefix_trie *trie;
	struct ip_addr v4 = addr("192.0.2.1"), v6 = addr("2001:db8::1");

	(void)state;
	assert_int_equal(prefix_trie_new(&trie, NULL, 0), 0);
	assert_int_equal(prefix_trie_find(trie, &v4), PREFIX_TRIE_NONE);
	assert_int_equal(prefix_trie_find(trie, &v6), PREFIX_TRIE_NONE);
	prefix_trie_free(trie);
}

static void a_list_out_of_order_is_refused(void **state)
{
	struct ip_prefix prefixes[2];
	struct prefix_trie *trie;

	(void)state;
	assert_true(ip_prefix_parse("10.1.0.0/16", &prefixes[0], NULL));
	assert_true(ip_prefix_parse("10.0.0.0/8", &prefixes[1], NULL));
	assert_int_equal(prefix_trie_new(&trie, prefixes, 2), -EINVAL);
	prefixes[1] = prefixes[0];
	assert_int_equal(prefix_trie_new(&trie, prefixes, 2), -EINVAL);
	assert_null(trie);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_of_nested_prefixes_is_found),
		cmocka_unit_test(it_answers_as_a_scan_does),
		cmocka_unit_test(no_prefixes_hold_nothing),
		cmocka_unit_test(a_list_out_of_order_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
