#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "daemon/config.h"

#define PATH "folder/c.json"

static struct config_document *parsed(const char *text)
{
	struct config_document *document;
	struct fault fault = { "" };

	if (config_parse(&document, text, strlen(text), PATH, &fault) != 0)
		fail_msg("%s: %s", text, fault.text);
	return document;
}

struct heard {
	size_t errors, notes;
	char text[4096];
};

static void hear(void *context, enum config_finding finding, const char *sentence)
{
	struct heard *heard = context;
	size_t length = strlen(heard->text);

	heard->errors += finding == CONFIG_ERROR;
	heard->notes += finding == CONFIG_NOTE;
	snprintf(heard->text + length, sizeof(heard->text) - length, "%s\n", sentence);
}

#define MAP "\"map\":\"m\","
#define ETH "\"interfaces\":[\"eth0\"]"
#define LONG_PATH                                                                                  \
	"/run/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"  \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *why, *text, *says; /* NULL: nothing */
	size_t errors;
} checked[] = {
	{ "all is well", "{" MAP "\"capture\":{" ETH "}}", NULL, 0 },
	{ "no interface", "{" MAP "\"capture\":{\"workers\":1}}", "no interface to listen on", 1 },
	{ "no map", "{\"capture\":{" ETH "}}", "without a map nothing is judged", 0 },
	{ "an interface twice", "{" MAP "\"capture\":{\"interfaces\":[\"a\",\"a\"]}}",
	  PATH ":1:36: \"a\" is named twice", 1 },
	{ "a name too long", "{" MAP "\"capture\":{\"interfaces\":[\"abcdefghijklmnop\"]}}",
	  "is longer than an interface's name may be (15 bytes)", 1 },
	{ "a filter that nobody applies", "{" MAP "\"capture\":{" ETH ",\"filter\":\"tcp\"}}",
	  "works with libpcap alone", 1 },
	{ "a filter that libpcap applies",
	  "{" MAP "\"capture\":{" ETH ",\"filter\":\"tcp\",\"kind\":\"pcap\"}}", NULL, 0 },
	{ "libpcap for two workers",
	  "{" MAP "\"capture\":{" ETH ",\"kind\":\"pcap\",\"workers\":2}}",
	  "2 workers: libpcap has one", 1 },
	{ "frames taken by nobody", "{" MAP "\"capture\":{" ETH ",\"take_frames\":true}}",
	  "with capture.kind afxdp alone", 0 },
	{ "an appliance counts twice", "{" MAP "\"vantage\":\"nva\",\"capture\":{" ETH "}}",
	  "a forwarded packet arrives and leaves", 0 },
	{ "one port of two tunnels", "{" MAP "\"capture\":{" ETH ",\"geneve_ports\":[4789]}}",
	  "port 4789 cannot be VXLAN and GENEVE both", 1 },
	{ "more workers than processors", "{" MAP "\"capture\":{" ETH ",\"workers\":3}}",
	  "3 workers on 2 processors", 0 },
	{ "half of the memory", "{" MAP "\"capture\":{" ETH ",\"ring_mib\":512}}", NULL, 0 },
	{ "more than half of the memory",
	  "{" MAP "\"capture\":{\"interfaces\":[\"a\",\"b\"],\"workers\":2,\"ring_mib\":129}}",
	  "rings of 129 MiB, for 2 workers on 2 interfaces, make 516 MiB: more than half of this "
	  "machine's memory (512 MiB)",
	  1 },
	{ "events over the map",
	  "{\"map\":\"./m\",\"output\":{\"file\":\"./m\"},\"capture\":{" ETH "}}",
	  "is read too: events would overwrite it", 1 },
	{ "events over the configuration",
	  "{" MAP "\"output\":{\"file\":\"c.json\"},\"capture\":{" ETH "}}", "is read too", 1 },
	{ "events over rules",
	  "{" MAP "\"rules\":[\"r\"],\"output\":{\"file\":\"r\"},\"capture\":{" ETH "}}",
	  "holds rules: events would overwrite it", 1 },
	{ "a control socket's path too long",
	  "{" MAP "\"capture\":{" ETH "},\"control\":{\"path\":\"" LONG_PATH "\"}}",
	  "a Unix socket's has 107 at most", 1 },
	{ "metrics for this host",
	  "{" MAP "\"capture\":{" ETH "},\"metrics\":{\"listen\":\"127.0.0.1:9109\"}}", NULL, 0 },
	{ "the same over IPv6",
	  "{" MAP "\"capture\":{" ETH "},\"metrics\":{\"listen\":\"[::1]:9109\"}}", NULL, 0 },
	{ "metrics for all",
	  "{" MAP "\"capture\":{" ETH "},\"metrics\":{\"listen\":\"0.0.0.0:9109\"}}",
	  "can be reached from outside", 1 },
	{ "metrics for all over IPv6",
	  "{" MAP "\"capture\":{" ETH "},\"metrics\":{\"listen\":\"[::]:9109\"}}",
	  "can be reached from outside", 1 },
	{ "metrics for all, as told",
	  "{" MAP "\"capture\":{" ETH
	  "},\"metrics\":{\"listen\":\"0.0.0.0:9109\",\"beyond_loopback\":true}}",
	  NULL, 0 },
	{ "no port", "{" MAP "\"capture\":{" ETH "},\"metrics\":{\"listen\":\"127.0.0.1\"}}",
	  "is no address with a port", 1 },
	{ "port 0", "{" MAP "\"capture\":{" ETH "},\"metrics\":{\"listen\":\"127.0.0.1:0\"}}",
	  "is no address with a port", 1 },
	{ "a name", "{" MAP "\"capture\":{" ETH "},\"metrics\":{\"listen\":\"localhost:9109\"}}",
	  "is no address with a port", 1 },
	{ "IPv6 without brackets",
	  "{" MAP "\"capture\":{" ETH "},\"metrics\":{\"listen\":\"::1:9109\"}}",
	  "is no address with a port", 1 },
	{ "a socket", "{" MAP "\"capture\":{" ETH "},\"metrics\":{\"listen\":\"unix:/run/m\"}}",
	  NULL, 0 },
	{ "one socket for two",
	  "{" MAP "\"capture\":{" ETH
	  "},\"control\":{\"path\":\"/run/m\"},\"metrics\":{\"listen\":\"unix:/run/m\"}}",
	  "is the control socket too", 1 },
	{ "a path that climbs", "{\"map\":\"../m\",\"capture\":{" ETH "}}",
	  "\"folder/../m\" has \"..\" in it", 0 },
	{ "one of a list", "{" MAP "\"rules\":[\"/a\",\"/b/../c\"],\"capture\":{" ETH "}}",
	  "\"/b/../c\" has", 0 },
	{ "half a path of a socket",
	  "{" MAP "\"capture\":{" ETH "},\"metrics\":{\"listen\":\"unix:m\"}}",
	  "give the whole path of the socket", 1 },
	{ "a group without a user",
	  "{" MAP "\"capture\":{" ETH "},\"privileges\":{\"group\":\"g\"}}",
	  "a group without a user", 1 },
};

static void what_cannot_work_is_said_before_it_is_tried(void **state)
{
	const struct config_machine machine = { .memory_bytes = 1024 * MIB, .processors = 2 };

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(checked); i++) {
		struct config_document *document = parsed(checked[i].text);
		struct heard heard = { .errors = 0 };
		size_t errors = config_check(document, &machine, hear, &heard);

		if (errors != checked[i].errors || heard.errors != errors ||
		    (checked[i].says ? !strstr(heard.text, checked[i].says) : heard.text[0]))
			fail_msg("%s: %zu: %s", checked[i].why, errors, heard.text);
		config_free(document);
	}
}

static void a_machine_that_nothing_is_known_of_refuses_nothing(void **state)
{
	const struct config_machine machine = { .memory_bytes = 0 };
	struct config_document *document =
		parsed("{" MAP "\"capture\":{" ETH ",\"workers\":16,\"ring_mib\":16384}}");
	struct heard heard = { .errors = 0 };

	(void)state;
	assert_int_equal(config_check(document, &machine, hear, &heard), 0);
	assert_string_equal(heard.text, "");
	config_free(document);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_work_is_said_before_it_is_tried),
		cmocka_unit_test(a_machine_that_nothing_is_known_of_refuses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
