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
		assert_int_equal(event_verdict_from_name(event_name_verdict((unsigned)i)), i);
	assert_int_equal(event_verdict_from_name("expectd"), -1);
	for (int i = 0; i < NAME_SOURCES; i++)
		if (event_name_source((unsigned)i))
			assert_int_equal(event_source_from_name(event_name_source((unsigned)i)), i);
	assert_int_equal(event_source_from_name("SNI"), -1);
	for (int i = 0; i <= UINT8_MAX; i++) {
		char unknown[EVENT_NAME_UNKNOWN];

		assert_int_equal(event_protocol_from_name(event_name_protocol((uint8_t)i, unknown)),
				 i);
	}
	assert_int_equal(event_protocol_from_name("256"), -1);
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
