#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/config.h"

#define PATH "folder/c.json"

static const struct {
	const char *why, *text, *says;
} wrong[] = {
	{ "no JSON", "{", PATH ":1:1: this is not JSON" },
	{ "no object", "[]", PATH ":1:1: an object is expected here, not a list" },
	{ "an unknown section", "{\"captur\":{}}",
	  PATH ":1:11: there is no \"captur\"; did you mean \"capture\"?" },
	{ "an unknown member", "{\"capture\":{\n \"worker\":2}}",
	  PATH ":2:11: there is no \"worker\" in capture; did you mean \"workers\"?" },
	{ "a member of another section", "{\"output\":{\"workers\":2}}",
	  "\"workers\" does not belong here; it is capture.workers" },
	{ "a member that nothing is like", "{\"capture\":{\"zzzzzzz\":2}}",
	  "there is no \"zzzzzzz\" in capture; docs/configuration.md names all there is" },
	{ "a remark of others", "{\"$comment\":2}", "there is no \"$comment\"" },
	{ "another type", "{\"capture\":{\"workers\":\"2\"}}",
	  "\"workers\" must be a number, not a text" },
	{ "a section that is none", "{\"capture\":2}",
	  "\"capture\" must be an object, not a number" },
	{ "a number below its bounds", "{\"capture\":{\"workers\":0}}",
	  "a whole number from 1 to 16 is expected here" },
	{ "a number above its bounds", "{\"capture\":{\"ring_mib\":16385}}",
	  "a whole number from 2 to 16384 is expected here" },
	{ "half a worker", "{\"capture\":{\"workers\":1.5}}", "a whole number from 1 to 16" },
	{ "a count beyond all bounds", "{\"capture\":{\"packets\":1e300}}",
	  "a whole number from 0 to 2^53" },
	{ "a word misspelt", "{\"capture\":{\"kind\":\"afpaket\"}}",
	  "there is no \"afpaket\" for capture.kind; did you mean afpacket?" },
	{ "a word that nothing is like", "{\"capture\":{\"kind\":\"dpdk\"}}",
	  "there is no \"dpdk\" for capture.kind; there are afpacket, afxdp, pcap" },
	{ "an event type misspelt", "{\"output\":{\"types\":[\"flow\",\"alrt\"]}}",
	  PATH ":1:28: there is no \"alrt\" for output.types; did you mean alert?" },
	{ "a list of other things", "{\"rules\":[7]}", "a text is expected here, not a number" },
	{ "too many ports", "{\"capture\":{\"geneve_ports\":[1,2,3,4,5,6,7,8,9]}}",
	  "9 elements: capture.geneve_ports takes 8 at most" },
	{ "no port", "{\"capture\":{\"geneve_ports\":[0]}}", "a whole number from 1 to 65535" },
	{ "an empty text", "{\"map\":\"\"}", "this text is empty; fill it in or remove it" },
	{ "a line break in a path", "{\"map\":\"a\\nb\"}", "control characters, or is not UTF-8" },
	{ "bytes that are not UTF-8", "{\"map\":\"a\xff\"}",
	  "control characters, or is not UTF-8" },
	{ "a member twice", "{\"map\":\"a\",\n\"map\":\"b\"}",
	  PATH ":2:7: \"map\" is given twice" },
	{ "a section twice", "{\"output\":{},\"output\":{}}", "\"output\" is given twice" },
};

static void mistakes_are_named_with_place_and_cure(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT(wrong); i++) {
		struct config_document *document;
		struct fault fault = { "" };
		int error =
			config_parse(&document, wrong[i].text, strlen(wrong[i].text), PATH, &fault);

		if (error == 0 || document || !strstr(fault.text, wrong[i].says))
			fail_msg("%s: \"%s\"", wrong[i].why, fault.text);
	}
}

/* conf.d ------------------------------------------------------------------------------------- */

static void put(const char *folder, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void drop(const char *folder, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(remove(path), 0);
}

static void the_folder_goes_over_the_document_in_order_of_names(void **state)
{
	static const char *const rows[][2] = {
		{ "c.json", "{\"map\":\"m.json\",\"capture\":{\"interfaces\":[\"a\",\"b\"],"
			    "\"workers\":2,\"ring_mib\":16}}" },
		{ "conf.d/9.json", "{\"capture\":{\"workers\":9}}" },
		{ "conf.d/10.json", "{\"capture\":{\"workers\":10,\"interfaces\":[\"c\"]},"
				    "\"service_tags\":\"t.json\"}" },
		{ "conf.d/95.json", "{\"capture\":{\"ring_mib\":null}}" },
		{ "conf.d/.hidden.json", "{" },
		{ "conf.d/99.json.bak", "{" },
	};
	char folder[] = "/tmp/test_config.XXXXXX", path[64], expected[64];
	struct config_document *document;
	struct fault fault = { "" };

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/conf.d", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	for (size_t i = 0; i < ROW_COUNT(rows); i++)
		put(folder, rows[i][0], rows[i][1]);
	snprintf(path, sizeof(path), "%s/c.json", folder);
	assert_int_equal(config_read(&document, path, &fault), 0);

	const struct config *config = config_of(document);
	assert_int_equal(config->capture.workers, 9);         /* "10" < "9", by bytes */
	assert_int_equal(config->capture.ring_mib, 64);       /* null: the default again */
	assert_int_equal(config->capture.interface_count, 1); /* a list, as a whole */
	assert_string_equal(config->capture.interface[0], "c");
	assert_null(config->capture.interface[1]);
	snprintf(expected, sizeof(expected), "%s/conf.d/t.json", folder);
	assert_string_equal(config->service_tags, expected);
	assert_string_equal(config->path, path);
	config_free(document);

	put(folder, "conf.d/97.json", "{\"capture\":{\n\"workers\":17}}");
	assert_int_not_equal(config_read(&document, path, &fault), 0);
	assert_non_null(strstr(fault.text, "conf.d/97.json:2:11: a whole number from 1 to 16"));
	drop(folder, "conf.d/97.json");
	for (size_t i = 0; i < ROW_COUNT(rows); i++)
		drop(folder, rows[i][0]);
	drop(folder, "conf.d");
	assert_int_equal(rmdir(folder), 0);
}

static void without_a_file_there_are_the_defaults(void **state)
{
	struct config_document *document;
	struct fault fault = { "" };
	(void)state;
	assert_int_equal(config_read(&document, NULL, &fault), 0);
	assert_null(config_of(document)->path);
	assert_int_equal(config_of(document)->capture.ring_mib, 64);
	config_free(document);
	assert_int_not_equal(config_read(&document, "/nowhere/c.json", &fault), 0);
	assert_string_equal(fault.text,
			    "/nowhere/c.json: cannot be read: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_are_named_with_place_and_cure),
		cmocka_unit_test(the_folder_goes_over_the_document_in_order_of_names),
		cmocka_unit_test(without_a_file_there_are_the_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
