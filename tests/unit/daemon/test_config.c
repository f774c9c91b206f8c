#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config.h"
#include "decode/decode.h"
#include "judge/coverage.h"
#include "pewit/event.h"
#include "run/settings.h"

#define PATH "folder/c.json"

#define ETH "\"interfaces\":[\"eth0\"]"

static struct config_document *parsed(const char *text)
{
	struct config_document *document;
	struct fault fault = { "" };

	if (config_parse(&document, text, strlen(text), PATH, &fault) != 0)
		fail_msg("%s: %s", text, fault.text);
	return document;
}

static void defaults_are_those_of_the_stages(void **state)
{
	const struct config config = config_default();
	const struct settings settings = settings_default();
	const struct decode_config *decode = &decode_config_default;

	(void)state;
	for (size_t i = 0; i < DECODE_PORTS_MAX; i++) {
		assert_int_equal(config.capture.vxlan_ports[i], decode->vxlan_ports[i]);
		assert_int_equal(config.capture.geneve_ports[i], decode->geneve_ports[i]);
	}
	assert_int_equal(config.limits.flow_limit, settings.flow_limit);
	assert_int_equal(config.limits.fold_window_s, settings.fold_window_s);
	assert_int_equal(config.limits.fold_findings, settings.fold_findings);
	assert_int_equal(config.limits.window_keys, settings.window_keys);
	assert_int_equal(config.output.types, (1u << EVENT_TYPES) - 1);
	assert_int_equal(config.capture.workers, 1);
	assert_true(config.capture.promiscuous);
	assert_true(config.privileges.seccomp);
	assert_null(config.map);
}

static void members_are_taken_from_the_document(void **state)
{
	struct config_document *document = parsed(
		"{\"$schema\":\"x\",\"map\":\"m.json\",\"rules\":[\"/r\",\"own\"],\"vantage\":\"nva\","
		"\"capture\":{\"interfaces\":[\"eth0\",\"eth1\"],\"kind\":\"pcap\",\"filter\":\"tcp\","
		"\"workers\":3,\"promiscuous\":false,\"vxlan_ports\":[8472],\"packets\":9007199254740992},"
		"\"output\":{\"file\":\"-\",\"types\":[\"flow\",\"alert\"]},"
		"\"flow\":{\"limit\":64},\"summary\":true}");
	const struct config *config = config_of(document);

	(void)state;
	assert_string_equal(config->path, PATH);
	assert_string_equal(config->map, "folder/m.json");
	assert_string_equal(config->rules[0], "/r");
	assert_string_equal(config->rules[1], "folder/own");
	assert_null(config->rules[2]);
	assert_int_equal(config->rules_count, 2);
	assert_int_equal(config->vantage, VANTAGE_NVA);
	assert_int_equal(config->capture.interface_count, 2);
	assert_string_equal(config->capture.interface[1], "eth1");
	assert_int_equal(config->capture.kind, LIVE_PCAP);
	assert_string_equal(config->capture.filter, "tcp");
	assert_int_equal(config->capture.workers, 3);
	assert_false(config->capture.promiscuous);
	assert_int_equal(config->capture.vxlan_ports[0], 8472);
	assert_int_equal(config->capture.vxlan_ports[1], 0);
	assert_true(config->packet_limit == UINT64_C(1) << 53);
	assert_string_equal(config->output.file, "-");
	assert_int_equal(config->output.types, 1u << EVENT_FLOW | 1u << EVENT_ALERT);
	assert_int_equal(config->limits.flow_limit, 64);
	assert_true(config->summary);
	config_free(document);
}

/* The command line ----------------------------------------------------------------------------- */

static void words_go_over_the_document(void **state)
{
	struct config_document *document =
		parsed("{\"capture\":{\"interfaces\":[\"a\",\"b\"],\"workers\":2},"
		       "\"output\":{\"types\":[\"dns\"]}}");
	const struct config *config = config_of(document);
	struct fault fault = { "" };

	(void)state;
	assert_true(config_set(document, "-i", "capture.interfaces", "c", &fault));
	assert_true(config_set(document, "-i", "capture.interfaces", "d,e", &fault));
	assert_int_equal(config->capture.interface_count, 2);
	assert_string_equal(config->capture.interface[0], "c");
	assert_string_equal(config->capture.interface[1], "d,e");
	assert_true(config_set(document, "--events", "output.types", "flow,alert", &fault));
	assert_int_equal(config->output.types, 1u << EVENT_FLOW | 1u << EVENT_ALERT);
	assert_true(config_assign(document, "--set", "capture.interfaces=x,y,z", &fault));
	assert_int_equal(config->capture.interface_count, 3);
	assert_string_equal(config->capture.interface[2], "z");
	assert_true(config_assign(document, "--set", "capture.vxlan_ports=1,2", &fault));
	assert_true(config_assign(document, "--set", "capture.vxlan_ports=3", &fault));
	assert_int_equal(config->capture.vxlan_ports[0], 3);
	assert_int_equal(config->capture.vxlan_ports[1], 0);
	assert_true(config_assign(document, "--set", "capture.workers=", &fault));
	assert_int_equal(config->capture.workers, 1);
	assert_true(config_assign(document, "--set", "summary=true", &fault));
	assert_true(config->summary);
	config_free(document);
}

static void paths_are_written_in_one_way(void **state)
{
	static const struct {
		const char *why, *path, *is;
	} rows[] = {
		{ "nothing to do", "/a/b", "/a/b" },
		{ "a folder's end", "/a/b/", "/a/b" },
		{ "doubled", "//a///b", "/a/b" },
		{ "this folder", "./a/./b/.", "a/b" },
		{ "hidden files are others", "/.a/..b", "/.a/..b" },
		{ "up is the file system's", "/a/../b/", "/a/../b" },
		{ "the root", "//", "/" },
		{ "here", "./", "." },
		{ "standard output", "-", "-" },
		{ "no standard output", ".//-", "./-" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct config_document *document = parsed("{}");
		struct fault fault = { "" };

		assert_true(config_set(document, "-o", "output.file", rows[i].path, &fault));
		if (strcmp(config_of(document)->output.file, rows[i].is) != 0)
			fail_msg("%s: %s", rows[i].why, config_of(document)->output.file);
		config_free(document);
	}
}

static const struct {
	const char *why, *assignment, *says;
} wrong_words[] = {
	{ "no value", "capture.workers", "--set capture.workers: expected key=value" },
	{ "a key misspelt", "capture.worker=1", "no such setting; did you mean capture.workers?" },
	{ "no key", "frobnicate=1", "no such setting; pewit run -h lists them" },
	{ "out of bounds", "capture.workers=17", "a whole number from 1 to 16 is needed" },
	{ "no number", "capture.workers=2x", "a whole number from 1 to 16 is needed" },
	{ "beyond 64 bits", "capture.packets=99999999999999999999999", "from 0 to" },
	{ "neither true nor false", "summary=yes", "summary is true or false" },
	{ "a word misspelt", "capture.kind=afxpd", "did you mean afxdp?" },
	{ "a type misspelt", "output.types=flow,alrt",
	  "there is no \"alrt\"; did you mean alert?" },
	{ "an element left out", "rules=a,,b", "rules needs a value" },
	{ "too many", "capture.geneve_ports=1,2,3,4,5,6,7,8,9", "more than 8" },
};

static void wrong_words_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT(wrong_words); i++) {
		struct config_document *document = parsed("{}");
		struct fault fault = { "" };

		if (config_assign(document, "--set", wrong_words[i].assignment, &fault) ||
		    !strstr(fault.text, wrong_words[i].says))
			fail_msg("%s: \"%s\"", wrong_words[i].why, fault.text);
		config_free(document);
	}
}

/* Dump ----------------------------------------------------------------------------------------- */

static char *dumped(const struct config *config)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	config_dump(config, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void count_changes(void *context, const char *key, bool reloads)
{
	(void)key;
	(void)reloads;
	(*(size_t *)context)++;
}

static void a_dump_reads_back_to_the_same(void **state)
{
	static const char *const texts[] = {
		"{}",
		"{\"map\":\"/m \\\"x\\\" \\u00e9\",\"rules\":[\"/a\",\"/b\"],\"vantage\":\"mirror\","
		"\"capture\":{\"interfaces\":[\"eth0\",\"eth1\"],\"kind\":\"afxdp\","
		"\"direction\":\"in\",\"promiscuous\":false,\"take_frames\":true,\"workers\":16,"
		"\"vxlan_ports\":[],\"geneve_ports\":[1,2,3,4,5,6,7,8],\"packets\":9007199254740992},"
		"\"bypass\":{\"flows\":0},\"output\":{\"file\":\"-\",\"types\":[],\"stats_s\":60},"
		"\"metrics\":{\"listen\":\"[::1]:9109\",\"beyond_loopback\":true},"
		"\"privileges\":{\"user\":\"pewit\",\"seccomp\":false},\"window\":{\"keys\":1}}",
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(texts); i++) {
		struct config_document *first = parsed(texts[i]);
		char *text = dumped(config_of(first));
		struct config_document *second = parsed(text);
		char *again = dumped(config_of(second));
		size_t changes = 0;

		assert_string_equal(text, again);
		config_compare(config_of(first), config_of(second), count_changes, &changes);
		assert_int_equal(changes, 0);
		free(text);
		free(again);
		config_free(first);
		config_free(second);
	}
}

static void a_dump_says_who_set_what(void **state)
{
	struct config_document *document = parsed("{\"capture\":{\n\"workers\":2}}");
	struct fault fault = { "" };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_true(config_set(document, "--ring", "capture.ring_mib", "7", &fault));
	config_dump_document(document, out);
	assert_int_equal(fclose(out), 0);
	assert_non_null(strstr(text, "\"capture.workers\": \"" PATH ":2:11\""));
	assert_non_null(strstr(text, "\"capture.ring_mib\": \"--ring\""));
	assert_null(strstr(text, "\"capture.kind\""));
	config_free(parsed(text));
	free(text);
	config_free(document);
}

struct changes {
	char text[256];
};

static void note_change(void *context, const char *key, bool reloads)
{
	struct changes *changes = context;
	size_t length = strlen(changes->text);

	snprintf(changes->text + length, sizeof(changes->text) - length, "%s%s ", key,
		 reloads ? "+" : "");
}

static void changes_are_told_and_whether_a_reload_makes_them(void **state)
{
	struct config_document *now = parsed("{\"rules\":[\"/a\",\"/b\"],\"capture\":{" ETH "}}");
	struct config_document *next =
		parsed("{\"rules\":[\"/a\",\"/c\"],\"map\":\"/m\",\"capture\":{" ETH
		       ",\"workers\":2,\"vxlan_ports\":[4789]}}");
	struct changes changes = { "" };

	(void)state;
	config_compare(config_of(now), config_of(next), note_change, &changes);
	assert_string_equal(changes.text, "map+ rules+ capture.workers capture.vxlan_ports ");
	config_free(now);
	config_free(next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_those_of_the_stages),
		cmocka_unit_test(members_are_taken_from_the_document),
		cmocka_unit_test(words_go_over_the_document),
		cmocka_unit_test(paths_are_written_in_one_way),
		cmocka_unit_test(wrong_words_are_named),
		cmocka_unit_test(a_dump_reads_back_to_the_same),
		cmocka_unit_test(a_dump_says_who_set_what),
		cmocka_unit_test(changes_are_told_and_whether_a_reload_makes_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
