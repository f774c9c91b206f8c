#include "unit.h"

#include <string.h>

#include "report/fold.h"
#include "samples.h"

#define FINDINGS 8
#define WINDOW_NS (10 * NS_PER_S)

static struct samples samples;

/* The finding of a port; its evidence grows with the port, so that findings differ in length. */
static const struct finding *finding_of(uint16_t port, uint64_t time_ns)
{
	static struct finding finding;
	struct event event = samples_event(&samples, EVENT_ALERT);
	struct flow_record flow = samples.flow;
	struct judgement judgement = samples.judgement;

	flow.dst_port = port;
	judgement.evidence_count = EVIDENCE_MAX;
	for (int i = 0; i < EVIDENCE_MAX; i++)
		memset(judgement.evidence[i].text, 'x', port % EVIDENCE_TEXT_MAX);
	event.time_ns = time_ns;
	event.flow = &flow;
	event.judgement = &judgement;
	finding_copy(&finding, &event);
	return &finding;
}

static void check_forgotten(struct fold *fold, uint16_t port, uint64_t first_ns, uint64_t count)
{
	struct alert alert;
	const struct finding *finding = fold_forget(fold, &alert);

	assert_int_equal(alert.count, count);
	if (count == 0) {
		assert_null(finding);
		return;
	}
	assert_int_equal(finding->flow.dst_port, port);
	assert_int_equal(finding->time_ns, first_ns);
	for (int i = 0; i < EVIDENCE_MAX; i++)
		assert_int_equal(strspn(finding->judgement.evidence[i].text, "x"),
				 port % EVIDENCE_TEXT_MAX);
}

/* More findings than there is room for, many times over: what is given back serves again. */
static void the_oldest_gives_way_with_the_details_of_its_first(void **state)
{
	struct fold *fold;

	(void)state;
	assert_int_equal(fold_new(&fold, FINDINGS, WINDOW_NS), 0);
	for (uint16_t i = 0; i < 50 * FINDINGS; i++) {
		uint16_t port = (uint16_t)(i * 37), oldest = (uint16_t)((i - FINDINGS) * 37);

		assert_int_equal(fold_is_full(fold), i >= FINDINGS);
		assert_false(fold_repeat(fold, finding_of(port, i)));
		if (fold_is_full(fold))
			check_forgotten(fold, oldest, i - FINDINGS, oldest % 2);
		fold_remember(fold, finding_of(port, i), i, 1);
		if (port % 2)
			assert_true(fold_repeat(fold, finding_of(port, ns(1))));
	}
	fold_free(fold);
}

static void a_window_ends_after_its_time(void **state)
{
	struct fold *fold;

	(void)state;
	assert_int_equal(fold_new(&fold, FINDINGS, WINDOW_NS), 0);
	assert_false(fold_is_due(fold, UINT64_MAX));
	assert_false(fold_repeat(fold, finding_of(1, ns(5))));
	fold_remember(fold, finding_of(1, ns(5)), ns(5), 1);
	assert_false(fold_is_due(fold, ns(15) - 1));
	assert_true(fold_is_due(fold, ns(15)));
	check_forgotten(fold, 1, ns(5), 0);
	assert_true(fold_is_empty(fold));
	assert_false(fold_repeat(fold, finding_of(1, ns(16))));
	fold_free(fold);
}

/* The same address on the wire, two clients: two findings. */
static void clients_behind_one_address_are_not_folded(void **state)
{
	static struct finding first, second;
	struct fold *fold;

	(void)state;
	first = second = *finding_of(1, 1);
	ip_parse("10.10.1.10", &first.flow.nat.src);
	ip_parse("10.10.1.11", &second.flow.nat.src);
	assert_int_equal(fold_new(&fold, FINDINGS, WINDOW_NS), 0);
	assert_false(fold_repeat(fold, &first));
	fold_remember(fold, &first, 1);
	assert_false(fold_repeat(fold, &second));
	assert_true(fold_repeat(fold, &first));
	fold_free(fold);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_oldest_gives_way_with_the_details_of_its_first),
		cmocka_unit_test(a_window_ends_after_its_time),
		cmocka_unit_test(clients_behind_one_address_are_not_folded),
	};

	samples_fill(&samples);
	return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
