#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "import/overlay.h"

static const struct {
	const char *why, *built, *by_hand, *whole; /* without blanks */
} rows[] = {
	{ "a field wins", "{\"a\":1,\"b\":2}", "{\"a\":3}", "{\"a\":3,\"b\":2}" },
	{ "a field is added", "{\"a\":1}", "{\"b\":true}", "{\"a\":1,\"b\":true}" },
	{ "of another type", "{\"a\":[1]}", "{\"a\":null}", "{\"a\":null}" },
	{ "scalars as a whole", "{\"a\":[1,2]}", "{\"a\":[3]}", "{\"a\":[3]}" },
	{ "elements by name", "{\"a\":[{\"name\":\"x\",\"k\":1},{\"name\":\"y\"}]}",
	  "{\"a\":[{\"name\":\"Y\",\"z\":2},{\"name\":\"w\"}]}",
	  "{\"a\":[{\"name\":\"x\",\"k\":1},{\"name\":\"Y\",\"z\":2},{\"name\":\"w\"}]}" },
	{ "records by name and type", "{\"a\":[{\"name\":\"x\",\"type\":\"A\"}]}",
	  "{\"a\":[{\"name\":\"x\",\"type\":\"AAAA\"}]}",
	  "{\"a\":[{\"name\":\"x\",\"type\":\"A\"},{\"name\":\"x\",\"type\":\"AAAA\"}]}" },
	{ "egress by its prefix", "{\"a\":[{\"cidr\":\"1.2.3.0/24\"}]}",
	  "{\"a\":[{\"cidr\":\"1.2.3.0/24\",\"ports\":[443]},{\"fqdn\":\"x\"}]}",
	  "{\"a\":[{\"cidr\":\"1.2.3.0/24\",\"ports\":[443]},{\"fqdn\":\"x\"}]}" },
	{ "an empty list of objects", "{\"a\":[]}", "{\"a\":[{\"ip\":\"::1\"}]}",
	  "{\"a\":[{\"ip\":\"::1\"}]}" },
	{ "numbers as they are", "{\"a\":0.5,\"b\":-7,\"c\":65535}", "{}",
	  "{\"a\":0.5,\"b\":-7,\"c\":65535}" },
	{ "escapes", "{\"a\\\"\":\"\\n\"}", "{}", "{\"a\\\"\":\"\\n\"}" },
};

static void squeeze(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (*text != ' ' && *text != '\n')
			*to++ = *text;
	}
	*to = '\0';
}

static void what_is_written_by_hand_goes_over_what_was_built(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct json *built, *by_hand;
		struct writer writer = { NULL };

		assert_int_equal(
			json_parse(&built, rows[i].built, strlen(rows[i].built), "a", NULL), 0);
		assert_int_equal(
			json_parse(&by_hand, rows[i].by_hand, strlen(rows[i].by_hand), "b", NULL),
			0);
		overlay_write(&writer, json_root(built), json_root(by_hand));
		assert_false(writer.failed);
		char *text = strndup(writer.bytes, writer.used);
		squeeze(text);
		if (strcmp(text, rows[i].whole) != 0)
			fail_msg("%s: %s", rows[i].why, text);
		free(text);
		free(writer.bytes);
		json_free(built);
		json_free(by_hand);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_by_hand_goes_over_what_was_built),
	};

	return cmocka_run_group_tests_name("overlay", tests, NULL, NULL);
}
