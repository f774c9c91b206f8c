#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_print.h"

static void documents_are_indented_and_short_things_stay_on_a_line(void **state)
{
	char *text;
	size_t length;
	struct json_print print = json_print_to(open_memstream(&text, &length));

	(void)state;
	json_print_open(&print, NULL, '{');
	json_print_open(&print, "none", '[');
	json_print_close(&print, ']');
	json_print_open_line(&print, "line", '[');
	json_print_open(&print, NULL, '{');
	json_print_number(&print, "n", 1);
	json_print_flag(&print, "f", true);
	json_print_close(&print, '}');
	json_print_text(&print, NULL, "x");
	json_print_close(&print, ']');
	json_print_some(&print, "absent", "");
	json_print_open(&print, "list", '[');
	json_print_text(&print, NULL, "a");
	json_print_text(&print, NULL, "b");
	json_print_close(&print, ']');
	json_print_close(&print, '}');
	fclose(print.out);
	assert_string_equal(text, "{\n"
				  " \"none\": [],\n"
				  " \"line\": [{\"n\": 1, \"f\": true}, \"x\"],\n"
				  " \"list\": [\n"
				  "  \"a\",\n"
				  "  \"b\"\n"
				  " ]\n"
				  "}\n");
	free(text);
}

static void any_text_gives_json(void **state)
{
	static const char *const texts[] = { "", "\"\\\x01\n", "\xff\xc3", "caf\xc3\xa9",
					     "\x7f</script>" };
	struct fault fault = { "" };

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(texts); i++) {
		char *text;
		size_t length;
		struct json_print print = json_print_to(open_memstream(&text, &length));
		struct json *json;

		json_print_open(&print, NULL, '[');
		json_print_text(&print, NULL, texts[i]);
		json_print_close(&print, ']');
		fclose(print.out);
		if (json_parse(&json, text, length, "printed", &fault) != 0)
			fail_msg("%s", fault.text);
		json_free(json);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_are_indented_and_short_things_stay_on_a_line),
		cmocka_unit_test(any_text_gives_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
