#include "unit.h"

#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "network/advice.h"
#include "network/links_state.h"

#define RECORDED "tests/fuzz/seeds/links/" /* by tests/fuzz/record_links.py */

static unsigned heard[LINK_RELEASED + 1];

static void hear(void *context, enum link_change change, const struct link *link,
		 const struct link *before)
{
	(void)context, (void)before;
	assert_true(link->index != 0);
	heard[change]++;
}

static const struct links_watcher watcher = { hear, NULL };

/* Feeds a recorded file; what was heard is of it alone. */
static void feed(struct links *links, const char *name)
{
	char path[128];
	static _Alignas(8) uint8_t bytes[65536];

	snprintf(path, sizeof(path), RECORDED "%s", name);
	FILE *file = fopen(path, "rb");

	assert_non_null(file);
	size_t size = fread(bytes, 1, sizeof(bytes), file), at = 0;

	fclose(file);
	memset(heard, 0, sizeof(heard));
	while (at + sizeof(struct nlmsghdr) <= size) {
		const struct nlmsghdr *message = (const void *)(bytes + at);

		assert_true(links_take_message(links, message, size - at, &watcher));
		at += NLMSG_ALIGN(message->nlmsg_len);
	}
}

static void recorded_changes_are_told(void **state)
{
	struct links *links = links_new();

	(void)state;
	feed(links, "came");
	assert_int_equal(heard[LINK_CAME], 2);
	assert_string_equal(links_find(links, "tap")->kind, "veth");
	feed(links, "renamed");
	assert_int_equal(heard[LINK_RENAMED], 1);
	assert_null(links_find(links, "far"));
	assert_non_null(links_find(links, "near"));
	feed(links, "bridge");
	feed(links, "enslaved");
	assert_int_equal(heard[LINK_ENSLAVED], 1);
	assert_int_equal(links_find(links, "tap")->master, links_find(links, "both")->index);
	feed(links, "released");
	/* The bridge says in its own family that the port is gone: it is not. */
	assert_int_equal(heard[LINK_WENT], 0);
	assert_int_equal(heard[LINK_RELEASED], 1);
	feed(links, "address4");
	feed(links, "address6");
	assert_int_equal(links_find(links, "both")->addresses, 2);
	feed(links, "unaddressed");
	assert_int_equal(links_find(links, "both")->addresses, 1);
	feed(links, "went");
	assert_int_equal(heard[LINK_WENT], 2);
	assert_null(links_find(links, "tap"));
	links_close(links);
}

struct row {
	unsigned index, master;
	const char *name, *kind;
	uint8_t mac; /* its last byte */
};

static void put(struct nlmsghdr *message, uint16_t type, const void *bytes, size_t size)
{
	struct rtattr *attribute = (void *)((uint8_t *)message + NLMSG_ALIGN(message->nlmsg_len));

	attribute->rta_type = type;
	attribute->rta_len = (uint16_t)RTA_LENGTH(size);
	memcpy(RTA_DATA(attribute), bytes, size);
	message->nlmsg_len =
		NLMSG_ALIGN(message->nlmsg_len) + (uint32_t)RTA_ALIGN(RTA_LENGTH(size));
}

static void add(struct links *links, const struct row *row)
{
	_Alignas(8) uint8_t bytes[512] = { 0 };
	struct nlmsghdr *message = (void *)bytes;
	struct ifinfomsg *header = NLMSG_DATA(message);
	uint8_t mac[] = { 0x00, 0x0d, 0x3a, 0, 0, row->mac };

	message->nlmsg_type = RTM_NEWLINK;
	message->nlmsg_len = NLMSG_LENGTH(sizeof(*header));
	header->ifi_index = (int)row->index;
	put(message, IFLA_IFNAME, row->name, strlen(row->name) + 1);
	put(message, IFLA_ADDRESS, mac, sizeof(mac));
	if (row->master)
		put(message, IFLA_MASTER, &row->master, sizeof(row->master));
	if (row->kind) {
		struct {
			struct rtattr attribute;
			char kind[8];
		} info = { .attribute = { (uint16_t)RTA_LENGTH(strlen(row->kind) + 1),
					  IFLA_INFO_KIND } };

		memcpy(info.kind, row->kind, strlen(row->kind));
		put(message, IFLA_LINKINFO, &info, sizeof(info));
	}
	assert_true(links_take_message(links, message, message->nlmsg_len, NULL));
}

static void ports_are_told_apart(void **state)
{
	static const struct row rows[] = {
		{ 2, 0, "eth0", NULL, 1 },    { 3, 2, "enP1s1", NULL, 1 },
		{ 4, 0, "bond0", "bond", 2 }, { 5, 4, "eth1", NULL, 2 },
		{ 6, 0, "other", NULL, 3 },
	};
	static const struct {
		const char *why, *names[2];
		enum advice_action action[2];
		const char *says; /* of the second; or NULL */
	} cases[] = {
		{ "a virtual function alone",
		  { "other", "enP1s1" },
		  { ADVICE_ATTACH, ADVICE_REFUSE },
		  "listen on eth0" },
		{ "Azure's pair is one port",
		  { "eth0", "enP1s1" },
		  { ADVICE_ATTACH, ADVICE_SKIP },
		  "virtual function of eth0" },
		{ "a member beside its bond",
		  { "bond0", "eth1" },
		  { ADVICE_ATTACH, ADVICE_REFUSE },
		  "counted twice" },
		{ "a member alone is what was asked",
		  { "other", "eth1" },
		  { ADVICE_ATTACH, ADVICE_ATTACH },
		  NULL },
		{ "one name twice", { "eth0", "eth0" }, { ADVICE_ATTACH, ADVICE_SKIP }, "twice" },
		{ "a slip",
		  { "eth0", "bnod0" },
		  { ADVICE_ATTACH, ADVICE_REFUSE },
		  "did you mean bond0?" },
	};
	struct links *links = links_new();

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++)
		add(links, &rows[i]);
	for (size_t i = 0; i < ROW_COUNT(cases); i++) {
		struct links_advice advice[2];

		print_message("%s\n", cases[i].why);
		advice_check(links, cases[i].names, 2, false, advice);
		assert_int_equal(advice[0].action, cases[i].action[0]);
		assert_int_equal(advice[1].action, cases[i].action[1]);
		if (cases[i].says)
			assert_non_null(strstr(advice[1].text.text, cases[i].says));
		else
			assert_string_equal(advice[1].text.text, "");
	}
	links_close(links);
}

/* Overruns ------------------------------------------------------------------------------------ */

#define UNHEARD_OF                                                                                 \
	999999 /* index of a link that only lost notifications can have left in the picture */

static struct links *open_with_unheard_of(void)
{
	struct fault fault = { "" };
	struct links *links;
	int small = 1;

	if (links_open(&links, &fault) != 0)
		fail_msg("%s", fault.text);
	links->link[links->count++] = (struct link){ .index = UNHEARD_OF, .name = "unheard-of" };
	assert_int_equal(setsockopt(links->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	memset(heard, 0, sizeof(heard));
	return links;
}

static void ask_about_lo(struct links *links, uint16_t flags)
{
	const struct {
		struct nlmsghdr head;
		struct ifinfomsg body;
	} request = { .head = { .nlmsg_len = sizeof(request),
				.nlmsg_type = RTM_GETLINK,
				.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags) },
		      .body = { .ifi_family = AF_UNSPEC, .ifi_index = flags ? 0 : 1 } };

	send(links->fd, &request, sizeof(request), MSG_DONTWAIT);
}

/* More answers than the queue holds, as notifications would come in a storm. */
static void overrun(struct links *links)
{
	for (int i = 0; i < 100; i++)
		ask_about_lo(links, 0);
}

static void assert_read_anew(struct links *links)
{
	for (int i = 0; i < 10; i++)
		links_turn(links, &watcher);
	assert_true(links_stats(links).overruns >= 1);
	assert_int_equal(heard[LINK_WENT], 1);
	assert_null(links_find_index(links, UNHEARD_OF));
	assert_non_null(links_find(links, "lo"));
	assert_int_equal(links->step, READ_ALL);
	assert_false(links->is_stale);
	links_close(links);
}

static void what_the_kernel_left_out_is_read_anew(void **state)
{
	struct links *links = open_with_unheard_of();

	(void)state;
	links_turn(links, &watcher);
	assert_int_equal(heard[LINK_WENT], 0);
	overrun(links);
	assert_read_anew(links);
}

/* The kernel refuses a second dump while one runs, and its refusal may find no room. */
static void an_overrun_while_a_dump_runs_is_read_anew(void **state)
{
	struct links *links = open_with_unheard_of();

	(void)state;
	overrun(links);
	ask_about_lo(links, NLM_F_DUMP);
	assert_read_anew(links);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_kernel_left_out_is_read_anew),
		cmocka_unit_test(an_overrun_while_a_dump_runs_is_read_anew),
		cmocka_unit_test(recorded_changes_are_told),
		cmocka_unit_test(ports_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
