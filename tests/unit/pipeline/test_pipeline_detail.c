#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline_detail.h"

#define FLOWS (3 * DETAILS_OPEN)

static struct flow flows[FLOWS];

static void never_lost(void *context, struct flow *flow)
{
	(void)context;
	(void)flow;
	fail_msg("there was room");
}

static struct details *details_of(uint32_t count, detail_lost *lost, void *context)
{
	struct details *details;

	memset(flows, 0, sizeof(flows));
	assert_int_equal(details_new(&details, count, lost, context), 0);
	return details;
}

/* Something for each kind of member: a text that fills its place, one that does not, the last bytes. */
static void fill(struct detail *detail, unsigned i)
{
	memset(detail->identity.claimed, 'a' + (int)(i % 26), i % sizeof(detail->identity.claimed));
	snprintf(detail->resolved, sizeof(detail->resolved), "%u.example", i);
	memset(detail->dns_evidence, i % 3 ? 0 : 'z', EVIDENCE_TEXT_MAX);
	detail->identity.label = i;
	detail->fired[FIRED_MAX - 1] = (uint16_t)i;
}

static void every_detail_comes_back_as_it_was(void **state)
{
	(void)state;
	struct details *details = details_of(FLOWS, never_lost, NULL);
	struct detail copy;

	for (unsigned i = 0; i < FLOWS; i++)
		fill(details_need(details, &flows[i], NULL), i);
	for (unsigned turn = 0; turn < 2 * FLOWS; turn++) {
		unsigned i = turn * 7919 % FLOWS;
		struct detail wanted = { .flow = &flows[i] };

		fill(&wanted, i);
		wanted.next_free = 0;
		const struct detail *peeked = details_peek(details, &flows[i], &copy);
		assert_memory_equal(peeked, &wanted, sizeof(wanted));
		if (turn % 2)
			assert_memory_equal(details_find(details, &flows[i], NULL), &wanted,
					    sizeof(wanted));
	}
	for (unsigned i = 0; i < FLOWS; i++) {
		assert_non_null(details_find(details, &flows[i], NULL));
		details_drop(details, &flows[i]);
		assert_null(details_find(details, &flows[i], NULL));
	}
	assert_int_equal(details_packed_bytes(details), 0);
	details_free(details);
}

static void the_one_that_is_held_stays_open(void **state)
{
	(void)state;
	struct details *details = details_of(FLOWS, never_lost, NULL);
	struct detail *held = details_need(details, &flows[0], NULL);

	fill(held, 77);
	for (unsigned i = 1; i < FLOWS; i++)
		assert_ptr_not_equal(details_need(details, &flows[i], held), held);
	assert_ptr_equal(details_find(details, &flows[0], held), held);
	assert_int_equal(held->identity.label, 77);
	assert_int_equal(flows[0].is_packed, false);
	details_free(details);
}

/* A bar of the design: 400 bytes for a decided flow. A private endpoint's flow, with all its names. */
static void a_decided_flow_takes_400_bytes(void **state)
{
	(void)state;
	struct details *details = details_of(FLOWS, never_lost, NULL);

	for (unsigned i = 0; i < FLOWS; i++) {
		struct detail *detail = details_need(details, &flows[i], NULL);

		detail->flow = &flows[i];
		snprintf(detail->identity.claimed, sizeof(detail->identity.claimed),
			 "contoso-eastus2-%u.openai.azure.com", i);
		strcpy(detail->identity.alpn, "h2,http/1.1");
		detail->identity.tls_version = 0x0303;
		detail->identity.app = 3;
		memcpy(detail->resolved, detail->identity.claimed, sizeof(detail->resolved));
		snprintf(detail->chain, sizeof(detail->chain),
			 "contoso-eastus2-%u.privatelink.openai.azure.com", i);
		detail->told_ns = 1790000000000000000u + i;
		detail->resolver.bytes[15] = 1;
	}
	size_t packed = details_packed_bytes(details) / (FLOWS - DETAILS_OPEN);

	print_message("%zu bytes packed and %zu of the record\n", packed, sizeof(struct flow));
	assert_true(sizeof(struct flow) + sizeof(uint32_t) + packed <= 400);
	details_free(details);
}

struct lost {
	struct details *details;
	unsigned count;
};

static void on_lost(void *context, struct flow *flow)
{
	struct lost *lost = context;

	assert_non_null(details_find(lost->details, flow, NULL)); /* still there to be looked at */
	lost->count++;
}

/* Room is for so many flows; who asks for more loses others' details, and is told of each. */
static void what_finds_no_room_is_told(void **state)
{
	(void)state;
	struct lost lost = { .count = 0 };
	unsigned have = 0;

	lost.details = details_of(64, on_lost, &lost);
	for (unsigned i = 0; i < FLOWS; i++) {
		struct detail *detail = details_need(lost.details, &flows[i], NULL);

		memset(detail->identity.claimed, 'x', NAME_MAX_BYTES);
		memset(detail->resolved, 'x', NAME_MAX_BYTES);
		memset(detail->chain, 'x', CHAIN_KEPT);
	}
	for (unsigned i = 0; i < FLOWS; i++)
		have += flows[i].detail != 0;
	assert_true(lost.count > 0);
	assert_int_equal(have + lost.count, FLOWS);
	details_free(lost.details);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_detail_comes_back_as_it_was),
		cmocka_unit_test(the_one_that_is_held_stays_open),
		cmocka_unit_test(a_decided_flow_takes_400_bytes),
		cmocka_unit_test(what_finds_no_room_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
