#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/notify.h"

/* A service manager's socket. */
struct manager {
	int fd;
	char name[64]; /* of $NOTIFY_SOCKET */
};

static struct manager manager_open(bool abstract)
{
	struct manager manager = { .fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0) };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length;

	snprintf(manager.name, sizeof(manager.name),
		 abstract ? "@test_notify.%d" : "/tmp/test_notify.%d", (int)getpid());
	length = strlen(manager.name);
	memcpy(address.sun_path, manager.name, length);
	if (abstract)
		address.sun_path[0] = '\0';
	length += offsetof(struct sockaddr_un, sun_path) + !abstract;
	assert_true(manager.fd >= 0);
	assert_int_equal(bind(manager.fd, (struct sockaddr *)&address, (socklen_t)length), 0);
	setenv("NOTIFY_SOCKET", manager.name, 1);
	return manager;
}

static void manager_close(struct manager *manager)
{
	close(manager->fd);
	if (manager->name[0] == '/')
		unlink(manager->name);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

static void hears(const struct manager *manager, const char *expected)
{
	char text[1024];
	ssize_t length = recv(manager->fd, text, sizeof(text) - 1, 0);

	assert_true(length >= 0);
	text[length] = '\0';
	assert_string_equal(text, expected);
}

static void speaks_the_protocol(bool abstract)
{
	struct manager manager = manager_open(abstract);
	struct fault fault = { "" };
	struct notify notify;

	assert_int_equal(notify_open(&notify, &fault), 0);
	assert_true(notify_ready(&notify, "listening on eth0"));
	hears(&manager, "READY=1\nSTATUS=listening on eth0\n");
	assert_true(notify_ready(&notify, NULL));
	hears(&manager, "READY=1\n");
	assert_true(notify_reloading(&notify, 123456789));
	hears(&manager, "RELOADING=1\nMONOTONIC_USEC=123456789\n");
	assert_true(notify_watchdog(&notify));
	hears(&manager, "WATCHDOG=1\n");
	assert_true(notify_status(&notify, "12 flows"));
	hears(&manager, "STATUS=12 flows\n");
	assert_true(notify_stopping(&notify, "told to"));
	hears(&manager, "STOPPING=1\nSTATUS=told to\n");
	notify_close(&notify);
	assert_false(notify_watchdog(&notify));
	manager_close(&manager);
}

static void speaks_to_a_socket_with_a_path(void **state)
{
	(void)state;
	speaks_the_protocol(false);
}

static void speaks_to_an_abstract_socket(void **state)
{
	(void)state;
	speaks_the_protocol(true);
}

static void a_status_cannot_say_more_than_itself(void **state)
{
	struct manager manager = manager_open(true);
	struct fault fault = { "" };
	struct notify notify;

	(void)state;
	assert_int_equal(notify_open(&notify, &fault), 0);
	assert_true(notify_status(&notify, "fine\nREADY=1"));
	hears(&manager, "STATUS=fine\n");
	notify_close(&notify);
	manager_close(&manager);
}

static void nobody_asked_and_nothing_is_said(void **state)
{
	struct fault fault = { "" };
	struct notify notify;

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	setenv("WATCHDOG_USEC", "1000000", 1);
	assert_int_equal(notify_open(&notify, &fault), 0);
	assert_int_equal(notify.watchdog_us, 0);
	assert_false(notify_ready(&notify, NULL));
	notify_close(&notify);
	unsetenv("WATCHDOG_USEC");
}

static void the_watchdog_is_ours_or_anothers(void **state)
{
	struct manager manager = manager_open(true);
	struct fault fault = { "" };
	struct notify notify;
	char pid[16];

	(void)state;
	setenv("WATCHDOG_USEC", "30000000", 1);
	assert_int_equal(notify_open(&notify, &fault), 0);
	assert_int_equal(notify.watchdog_us, 30000000);
	notify_close(&notify);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(notify_open(&notify, &fault), 0);
	assert_int_equal(notify.watchdog_us, 30000000);
	notify_close(&notify);
	setenv("WATCHDOG_PID", "1", 1);
	assert_int_equal(notify_open(&notify, &fault), 0);
	assert_int_equal(notify.watchdog_us, 0);
	notify_close(&notify);
	manager_close(&manager);
}

static void a_manager_that_does_not_listen_costs_a_message_and_no_time(void **state)
{
	struct manager manager = manager_open(true);
	struct fault fault = { "" };
	struct notify notify;
	int sent = 0;

	(void)state;
	assert_int_equal(notify_open(&notify, &fault), 0);
	while (sent < 100000 && notify_watchdog(&notify)) /* until its queue is full */
		sent++;
	assert_in_range(sent, 1, 99999);
	notify_close(&notify);
	manager_close(&manager);
}

static const struct {
	const char *why, *name, *says;
	int error;
} wrong[] = {
	{ "no path", "vsock:2:1234", "neither a path nor @ and a name", -EINVAL },
	{ "no name", "@", "neither a path nor @ and a name", -EINVAL },
	{ "nobody there", "/nowhere/notify", "No such file or directory", -ENOENT },
};

static void sockets_that_are_none_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT(wrong); i++) {
		struct fault fault = { "" };
		struct notify notify;

		setenv("NOTIFY_SOCKET", wrong[i].name, 1);
		if (notify_open(&notify, &fault) != wrong[i].error ||
		    !strstr(fault.text, wrong[i].says) || notify_ready(&notify, NULL))
			fail_msg("%s: %s", wrong[i].why, fault.text);
	}
	unsetenv("NOTIFY_SOCKET");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(speaks_to_a_socket_with_a_path),
		cmocka_unit_test(speaks_to_an_abstract_socket),
		cmocka_unit_test(a_status_cannot_say_more_than_itself),
		cmocka_unit_test(nobody_asked_and_nothing_is_said),
		cmocka_unit_test(the_watchdog_is_ours_or_anothers),
		cmocka_unit_test(a_manager_that_does_not_listen_costs_a_message_and_no_time),
		cmocka_unit_test(sockets_that_are_none_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
