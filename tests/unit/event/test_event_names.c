#include "unit.h" /* cmocka and the headers it needs, ROW_COUNT, ns() */

#include "event/event_names.h"
#include "pewit/identity.h"
#include "pewit/verdict.h"

static void words_and_numbers_agree(void **state)
{
	(void)state;
	for (int i = 0; i < SEVERITIES; i++)
		assert_int_equal(event_severity_from_name(event_name_severity((unsigned)i)), i);
	assert_int_equal(event_severity_from_name("hgih"), -1);
	for (int i = 0; i < VERDICTS; i++)
		assert_non_null(event_name_verdict((unsigned)i));
	assert_string_equal(event_name_source(NAME_MAP), "map");
	assert_string_equal(event_name_evidence(EVIDENCE_LIMIT), "limit");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_and_numbers_agree),
	};

	return cmocka_run_group_tests_name("event_names", tests, NULL, NULL);
}
