#include "unit.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon/grant.h"

static const struct grant table[] = {
	{ GRANT_READ_FILE, "/etc/pewit/map.json" },
	{ GRANT_READ_TREE, "/usr/share/pewit/rules" },
	{ GRANT_READ_TREE, "own/rules/" },
	{ GRANT_APPEND_FILE, "/var/log/pewit/events.jsonl" },
	{ GRANT_REMOVE_FILE, "/run/pewit/control.sock" },
};
#define ROWS (sizeof(table) / sizeof(table[0]))
#define NO_ROW (-1)
#define APPEND (O_WRONLY | O_APPEND)

static void what_the_table_allows_may_be_opened(void **state)
{
	static const struct {
		const char *path;
		int flags, row;
		const char *why;
	} rows[] = {
		{ "/etc/pewit/map.json", O_RDONLY, 0, "the file" },
		{ "/etc/pewit/map.json", O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0, "in any manner" },
		{ "/etc/pewit/map.json", O_RDWR, NO_ROW, "but not to write" },
		{ "/etc/pewit/map.json", O_RDONLY | O_CREAT, NO_ROW, "nor to make" },
		{ "/etc/pewit/map.json", O_RDONLY | O_TRUNC, NO_ROW, "nor to empty" },
		{ "/etc/pewit/map.json", O_PATH, NO_ROW, "nor as a place to start from" },
		{ "/etc/pewit/map.json.bak", O_RDONLY, NO_ROW, "a longer name" },
		{ "/etc/pewit/map.jso", O_RDONLY, NO_ROW, "a shorter name" },
		{ "/etc/pewit//map.json", O_RDONLY, NO_ROW, "another spelling" },
		{ "/etc/pewit/../pewit/map.json", O_RDONLY, NO_ROW, "a way round" },
		{ "/proc/self/root/etc/pewit/map.json", O_RDONLY, NO_ROW, "a way through proc" },
		{ "/etc/shadow", O_RDONLY, NO_ROW, "another file" },
		{ "/usr/share/pewit/rules", O_RDONLY | O_DIRECTORY, 1, "the folder" },
		{ "/usr/share/pewit/rules/pack/a.json", O_RDONLY, 1, "what is under it" },
		{ "/usr/share/pewit/rules/..a", O_RDONLY, 1, "dots in a name" },
		{ "/usr/share/pewit/rules/...", O_RDONLY, 1, "a name of dots" },
		{ "/usr/share/pewit/rules/", O_RDONLY, NO_ROW, "an empty last part" },
		{ "/usr/share/pewit/rules//a.json", O_RDONLY, NO_ROW, "an empty part" },
		{ "/usr/share/pewit/rules/.", O_RDONLY, NO_ROW, "a dot" },
		{ "/usr/share/pewit/rules/..", O_RDONLY, NO_ROW, "its parent" },
		{ "/usr/share/pewit/rules/../../../../etc/shadow", O_RDONLY, NO_ROW, "out of it" },
		{ "/usr/share/pewit/rules/a/../../x", O_RDONLY, NO_ROW, "in and out of it" },
		{ "/usr/share/pewit/rules2/a.json", O_RDONLY, NO_ROW, "its neighbour" },
		{ "/usr/share/pewit/rules/a.json", APPEND, NO_ROW, "under it, to write" },
		{ "own/rules/a.json", O_RDONLY, 2, "where the daemon was started" },
		{ "own/rules", O_RDONLY, 2, "the folder without its slash" },
		{ "/own/rules/a.json", O_RDONLY, NO_ROW, "not there but at the root" },
		{ "/var/log/pewit/events.jsonl", APPEND | O_CREAT, 3, "the output" },
		{ "/var/log/pewit/events.jsonl", O_RDWR | O_APPEND | O_CREAT, 3,
		  "the output, its end to be read" },
		{ "/var/log/pewit/events.jsonl", O_WRONLY, NO_ROW, "not to write over" },
		{ "/var/log/pewit/events.jsonl", APPEND | O_TRUNC, NO_ROW, "not to empty" },
		{ "/var/log/pewit/events.jsonl", O_RDONLY, NO_ROW, "not to read alone" },
		{ "/var/log/pewit/events.jsonl.1", APPEND | O_CREAT, NO_ROW,
		  "the output's neighbour" },
		{ "/run/pewit/control.sock", O_RDONLY, NO_ROW, "what may only be removed" },
		{ "", O_RDONLY, NO_ROW, "nothing" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct grant *found = grant_for_path(table, ROWS, rows[i].path,
							   strlen(rows[i].path) + 1, rows[i].flags);

		if ((found ? (int)(found - table) : NO_ROW) != rows[i].row)
			fail_msg("%s: %s", rows[i].path, rows[i].why);
	}
}

static void a_path_without_an_end_is_refused(void **state)
{
	char path[2 * GRANT_PATH_MAX];

	(void)state;
	assert_null(grant_for_path(table, ROWS, "/etc/pewit/map.json", 19, O_RDONLY));
	assert_null(grant_for_path(table, ROWS, NULL, 0, O_RDONLY));
	memset(path, 'a', sizeof(path));
	memcpy(path, "/usr/share/pewit/rules/", 23);
	path[sizeof(path) - 1] = '\0';
	assert_null(grant_for_path(table, ROWS, path, sizeof(path), O_RDONLY));
	path[GRANT_PATH_MAX - 1] = '\0';
	assert_non_null(grant_for_path(table, ROWS, path, sizeof(path), O_RDONLY));
}

static void a_packet_socket_is_granted_when_the_table_says_so(void **state)
{
	static const struct grant with[] = { { GRANT_READ_FILE, "/x" },
					     { GRANT_PACKET_SOCKET, NULL } };
	static const struct {
		int family, type, protocol;
		bool granted;
		const char *why;
	} rows[] = {
		{ AF_PACKET, SOCK_RAW, 0, true, "deaf until it is bound" },
		{ AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, true, "in any manner" },
		{ AF_PACKET, SOCK_RAW, 0x0300, false, "hears everything at once" },
		{ AF_PACKET, SOCK_DGRAM, 0, false, "another type" },
		{ AF_PACKET, SOCK_PACKET, 0, false, "the old type" },
		{ AF_INET, SOCK_RAW, 0, false, "another family" },
		{ AF_NETLINK, SOCK_RAW, 0, false, "another family" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool granted = grant_for_socket(with, 2, rows[i].family, rows[i].type,
						rows[i].protocol) != NULL;

		if (granted != rows[i].granted)
			fail_msg("%s", rows[i].why);
		assert_null(
			grant_for_socket(with, 1, rows[i].family, rows[i].type, rows[i].protocol));
	}
}

static void a_list_of_connections_is_granted_when_the_table_says_so(void **state)
{
	static const struct grant with[] = { { GRANT_PACKET_SOCKET, NULL },
					     { GRANT_CONNTRACK_LIST, NULL } };
	static const struct {
		int family, type, protocol;
		bool granted;
		const char *why;
	} rows[] = {
		{ AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER, true, "conntrack's protocol" },
		{ AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER, true,
		  "in any manner" },
		{ AF_NETLINK, SOCK_DGRAM, NETLINK_NETFILTER, false, "another type" },
		{ AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, false, "links and routes" },
		{ AF_NETLINK, SOCK_RAW, NETLINK_AUDIT, false, "the audit log" },
		{ AF_PACKET, SOCK_RAW, NETLINK_NETFILTER, false, "another family" },
		{ AF_INET, SOCK_RAW, NETLINK_NETFILTER, false, "another family" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct grant *grant =
			grant_for_socket(with, 2, rows[i].family, rows[i].type, rows[i].protocol);

		if ((grant == &with[1]) != rows[i].granted || grant == &with[0])
			fail_msg("%s", rows[i].why);
		assert_null(
			grant_for_socket(with, 1, rows[i].family, rows[i].type, rows[i].protocol));
	}
}

static void a_table_takes_what_fits_and_says_when_it_is_full(void **state)
{
	struct grant_table made = { .count = 0 };

	(void)state;
	assert_true(grant_add(&made, GRANT_READ_FILE, NULL));
	assert_true(grant_add(&made, GRANT_APPEND_FILE, "-"));
	assert_int_equal(made.count, 0);
	for (int i = 0; i < GRANT_ROWS_MAX; i++)
		assert_true(grant_add(&made, GRANT_READ_FILE, "/x"));
	assert_false(grant_add(&made, GRANT_READ_FILE, "/x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_table_allows_may_be_opened),
		cmocka_unit_test(a_path_without_an_end_is_refused),
		cmocka_unit_test(a_packet_socket_is_granted_when_the_table_says_so),
		cmocka_unit_test(a_list_of_connections_is_granted_when_the_table_says_so),
		cmocka_unit_test(a_table_takes_what_fits_and_says_when_it_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
