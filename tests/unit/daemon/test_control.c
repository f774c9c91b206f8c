#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/json.h"
#include "base/units.h"
#include "daemon/control.h"
#include "daemon/control_socket.h"

#define FLOWS 300 /* more of them than a socket takes at once */

struct world {
	char path[64];
	struct control *control;
	struct live_query query; /* the last that was asked */
	int asked;
	bool busy;       /* workers do not come to looking for flows */
	uint64_t reload; /* number of the one that is asked for */
	uint64_t now_ns;
};

static void snapshot(void *context, struct live_snapshot *told)
{
	(void)context;
	memset(told, 0, sizeof(*told));
	told->taken_ns = ns(20);
	told->started_ns = ns(10);
	told->interface_count = told->worker_count = 1;
	strcpy(told->interface[0].name, "eth0");
	told->interface[0].stats.received = 5;
	told->stat[told->stat_count++] = (struct stat){ "flow.started", 3 };
	told->totals.findings[SEVERITY_HIGH] = 2;
}

static void ask_flows(void *context, const struct live_query *query)
{
	struct world *world = context;

	world->query = *query;
	world->asked++;
}

static bool has_flows(void *context)
{
	return !((struct world *)context)->busy;
}

static size_t take_flows(void *context, struct live_flow *told, bool *complete)
{
	const struct live_query *query = &((struct world *)context)->query;

	*complete = has_flows(context);
	for (uint32_t i = 0; i < query->most && i < FLOWS; i++) {
		told[i] =
			(struct live_flow){ .src_port = (uint16_t)i, .verdict = VERDICT_EXPECTED };
		memset(told[i].name, 'n', sizeof(told[i].name) - 1);
	}
	return query->most < FLOWS ? query->most : FLOWS;
}

static uint64_t reload(void *context)
{
	return ((struct world *)context)->reload;
}

static uint64_t time_now(void *context)
{
	(void)context;
	return ns(21);
}

static int open_world(void **state)
{
	static struct world world;
	const struct control_source source = { .context = &world,
					       .snapshot = snapshot,
					       .ask_flows = ask_flows,
					       .has_flows = has_flows,
					       .take_flows = take_flows,
					       .reload = reload,
					       .now_ns = time_now,
					       .version = "0.1.0" };
	struct fault fault = { "" };

	world = (struct world){ .now_ns = ns(100), .reload = 1 };
	snprintf(world.path, sizeof(world.path), "/tmp/test_control.%d", (int)getpid());
	if (control_open(&world.control, world.path, &source, &fault) != 0)
		fail_msg("%s", fault.text);
	*state = &world;
	return 0;
}

static int close_world(void **state)
{
	struct world *world = *state;

	control_close(world->control);
	assert_int_equal(access(world->path, F_OK), -1);
	return 0;
}

static void turn(struct world *world)
{
	struct pollfd watch = { .fd = control_fd(world->control), .events = POLLIN };

	do
		control_turn(world->control, world->now_ns);
	while (poll(&watch, 1, 20) > 0);
}

static int join(struct world *world)
{
	struct fault fault = { "" };
	int fd = control_socket_connect(world->path, &fault);

	assert_true(fd >= 0);
	turn(world);
	return fd;
}

static void say(struct world *world, int fd, const void *bytes, size_t length)
{
	assert_int_equal(send(fd, bytes, length, MSG_NOSIGNAL), (ssize_t)length);
	turn(world);
}

/* To the daemon's end of it; the length. */
static size_t hear(struct world *world, int fd, char *text, size_t room)
{
	size_t length = 0;

	for (;;) {
		ssize_t received = recv(fd, text + length, room - 1 - length, MSG_DONTWAIT);

		if (received == 0 || (received < 0 && errno == ECONNRESET))
			break;
		if (received > 0)
			length += (size_t)received;
		turn(world);
	}
	text[length] = '\0';
	close(fd);
	return length;
}

static bool hung_up(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET;
}

static const struct {
	const char *why, *request, *holds;
	bool ok;
} rows[] = {
	{ "how it fares", "{\"command\": \"status\"}\n", "\"flow.started\": 3", true },
	{ "its interfaces", "{\"command\": \"status\"}\n", "\"name\": \"eth0\"", true },
	{ "its findings", "{\"command\":\"status\"}\n", "\"high\": 2", true },
	{ "members that later daemons may know", "{\"command\": \"status\", \"later\": 1}\n", "",
	  true },
	{ "its flows", "{\"command\": \"flows\"}\n", "\"verdict\": \"expected\"", true },
	{ "nothing after the first line is read",
	  "{\"command\": \"status\"}\n{\"command\": \"reload\"}\n", "\"version\"", true },
	{ "no command", "{}\n", "command", false },
	{ "an unknown command", "{\"command\": \"stop\"}\n",
	  "\\\"stop\\\": commands are status, flows and reload", false },
	{ "a command of another type", "{\"command\": 7}\n", "request:1:13", false },
	{ "an unknown order", "{\"command\": \"flows\", \"order\": \"size\"}\n",
	  "bytes, last, start or severity", false },
	{ "an unknown severity", "{\"command\": \"flows\", \"severity\": \"bad\"}\n",
	  "severities are", false },
	{ "no flows", "{\"command\": \"flows\", \"limit\": 0}\n", "from 1 to 1000", false },
	{ "too many flows", "{\"command\": \"flows\", \"limit\": 1001}\n", "1000", false },
	{ "half of a flow", "{\"command\": \"flows\", \"limit\": 1.5}\n", "whole number", false },
	{ "a list", "[]\n", "a request is an object", false },
	{ "nothing in a line", "\n", "", false },
	{ "a line that is cut", "{\"command\": \"stat\n", "request:1:", false },
	{ "another protocol", "GET / HTTP/1.1\n", "request:1:1", false },
	{ "bytes that are no text", "\xff\xfe\x01\n", "request:1:1", false },
};

static void requests_get_what_they_deserve(void **state)
{
	struct world *world = *state;
	char text[65536];

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct fault fault = { "" };
		struct json *json;
		int fd = join(world);

		say(world, fd, rows[i].request, strlen(rows[i].request));
		size_t length = hear(world, fd, text, sizeof(text));

		if (length == 0 || strchr(text, '\n') != text + length - 1)
			fail_msg("%s: not one line: %s", rows[i].why, text);
		if (json_parse(&json, text, length, "answer", &fault) != 0)
			fail_msg("%s: %s", rows[i].why, fault.text);
		bool ok = json_flag(json_member(json_root(json), "ok"));

		json_free(json);
		if (ok != rows[i].ok || !strstr(text, rows[i].holds) ||
		    ok == (strstr(text, "\"error\"") != NULL))
			fail_msg("%s: %s", rows[i].why, text);
	}
}

static void a_query_is_asked_as_it_came(void **state)
{
	static const char request[] = "{\"command\": \"flows\", \"order\": \"severity\", "
				      "\"severity\": \"medium\", \"limit\": 7}\n";
	struct world *world = *state;
	char text[65536];
	int fd = join(world);

	say(world, fd, request, strlen(request));
	hear(world, fd, text, sizeof(text));
	assert_int_equal(world->query.order, LIVE_BY_SEVERITY);
	assert_int_equal(world->query.least_severity, SEVERITY_MEDIUM);
	assert_int_equal(world->query.most, 7);
}

static void a_request_may_come_byte_by_byte(void **state)
{
	static const char request[] = "{\"command\": \"status\"}\n";
	struct world *world = *state;
	char text[65536];
	int fd = join(world);

	for (size_t i = 0; i < strlen(request); i++)
		say(world, fd, request + i, 1);
	assert_true(hear(world, fd, text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "\"ok\": true"));
}

static void the_end_of_what_is_sent_ends_a_line(void **state)
{
	struct world *world = *state;
	char text[65536];
	int fd = join(world);

	say(world, fd, "{\"command\": \"status\"}", 21);
	shutdown(fd, SHUT_WR);
	turn(world);
	assert_true(hear(world, fd, text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "\"ok\": true"));
}

static void a_line_that_is_too_long_is_hung_up_on(void **state)
{
	struct world *world = *state;
	char text[CONTROL_REQUEST_MAX];
	int fd = join(world);

	memset(text, ' ', sizeof(text));
	say(world, fd, text, sizeof(text));
	assert_true(hung_up(fd));
	assert_int_equal(control_stats(world->control).dropped, 1);
	assert_int_equal(control_stats(world->control).requests, 0);
	close(fd);
}

static void a_silent_client_is_let_go_when_its_time_is_over(void **state)
{
	struct world *world = *state;
	int fd = join(world);

	say(world, fd, "{", 1);
	world->now_ns += ns(CONTROL_TIMEOUT_S) - 1;
	control_turn(world->control, world->now_ns);
	assert_false(hung_up(fd));
	control_turn(world->control, ++world->now_ns);
	assert_true(hung_up(fd));
	assert_int_equal(control_stats(world->control).dropped, 1);
	close(fd);
}

/* It asks for much and takes nothing: others are answered all the while. */
static void a_client_that_does_not_read_holds_nobody_up(void **state)
{
	static const char much[] = "{\"command\": \"flows\", \"limit\": 1000}\n";
	static char text[1 << 20];
	struct world *world = *state;
	int slow, quick, small = 4096;

	slow = join(world);
	setsockopt(slow, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	say(world, slow, much, strlen(much));
	quick = join(world);
	say(world, quick, "{\"command\": \"status\"}\n", 22);
	hear(world, quick, text, sizeof(text));
	assert_non_null(strstr(text, "\"ok\": true"));
	assert_true(hear(world, slow, text, sizeof(text)) > 65536);
	assert_non_null(strstr(text, "\"ok\": true"));
	assert_int_equal(control_stats(world->control).dropped, 0);
}

static const char ask_for_flows[] = "{\"command\": \"flows\", \"limit\": 3}\n";

static bool is_silent(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EAGAIN;
}

static void who_waits_for_flows_holds_nobody_up(void **state)
{
	struct world *world = *state;
	char text[65536];
	int waiting = join(world), quick;

	world->busy = true;
	say(world, waiting, ask_for_flows, strlen(ask_for_flows));
	assert_true(is_silent(waiting));
	quick = join(world);
	say(world, quick, "{\"command\": \"status\"}\n", 22);
	assert_true(hear(world, quick, text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "\"ok\": true"));
	assert_true(is_silent(waiting));
	assert_true(control_wait_ms(world->control, 1000) < 10);
	world->busy = false;
	assert_true(hear(world, waiting, text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "\"complete\": true"));
	assert_int_equal(control_wait_ms(world->control, 1000), 1000);
}

static const char ask_for_reload[] = "{\"command\": \"reload\"}\n";

static void tell_reload(struct world *world, uint64_t number, int error, const char *why)
{
	struct fault fault = { "" };

	fault_set(&fault, "%s", why);
	control_tell_reload(world->control, number, error, &fault, world->now_ns);
}

static void who_asks_for_a_reload_is_told_when_it_is_done(void **state)
{
	struct world *world = *state;
	char text[4096];
	int waiting = join(world), quick;

	say(world, waiting, ask_for_reload, strlen(ask_for_reload));
	world->now_ns += 2 * CONTROL_TIMEOUT_S * NS_PER_S; /* it may take long */
	turn(world);
	assert_true(is_silent(waiting));
	quick = join(world);
	say(world, quick, "{\"command\": \"status\"}\n", 22);
	assert_true(hear(world, quick, text, sizeof(text)) > 0);
	assert_true(is_silent(waiting));
	tell_reload(world, 1, 0, "");
	assert_true(hear(world, waiting, text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "\"ok\": true"));
	assert_null(strstr(text, "error"));
}

static void a_reload_that_is_refused_says_why(void **state)
{
	struct world *world = *state;
	char text[4096];
	int fd = join(world);

	say(world, fd, ask_for_reload, strlen(ask_for_reload));
	tell_reload(world, 1, -EINVAL, "map.json:3: \"no\"");
	hear(world, fd, text, sizeof(text));
	assert_non_null(strstr(text, "\"ok\": false"));
	assert_non_null(strstr(text, "map.json:3: \\\"no\\\""));
}

/* What was asked for while one was under way is the next: it may have read what has changed since. */
static void each_is_told_of_its_own_reload(void **state)
{
	struct world *world = *state;
	char text[4096];
	int first = join(world), second = join(world), gone = join(world);

	say(world, first, ask_for_reload, strlen(ask_for_reload));
	world->reload = 2;
	say(world, second, ask_for_reload, strlen(ask_for_reload));
	say(world, gone, ask_for_reload, strlen(ask_for_reload));
	close(gone);
	turn(world);
	tell_reload(world, 1, 0, "");
	assert_true(hear(world, first, text, sizeof(text)) > 0);
	assert_true(is_silent(second));
	tell_reload(world, 2, -ENOMEM, "");
	assert_true(hear(world, second, text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "Cannot allocate memory"));
	assert_int_equal(control_stats(world->control).dropped, 0);
}

static void flows_that_take_too_long_are_told_as_far_as_they_are_there(void **state)
{
	struct world *world = *state;
	char text[65536];
	int fd = join(world);

	world->busy = true;
	say(world, fd, ask_for_flows, strlen(ask_for_flows));
	world->now_ns += CONTROL_FLOWS_MS * NS_PER_MS - 1;
	turn(world);
	assert_true(is_silent(fd));
	world->now_ns++;
	assert_true(hear(world, fd, text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "\"complete\": false"));
}

/* Each is told what it asked for, one after the other, however long the one before took. */
static void questions_for_flows_are_asked_one_by_one(void **state)
{
	struct world *world = *state;
	char text[65536], request[64];
	int fd[CONTROL_CLIENTS_MAX];

	world->busy = true;
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		fd[i] = join(world);
		snprintf(request, sizeof(request), "{\"command\": \"flows\", \"limit\": %d}\n",
			 i + 1);
		say(world, fd[i], request, strlen(request));
	}
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		int told = 0;

		assert_int_equal(world->asked, i + 1);
		assert_int_equal(world->query.most, i + 1);
		world->now_ns += CONTROL_FLOWS_MS * NS_PER_MS;
		hear(world, fd[i], text, sizeof(text));
		for (const char *row = text; (row = strstr(row, "\"src_port\"")); row++)
			told++;
		assert_int_equal(told, i + 1);
	}
	assert_int_equal(control_stats(world->control).dropped, 0);
}

static void who_has_shut_its_side_is_told_flows_and_who_has_gone_is_not(void **state)
{
	struct world *world = *state;
	char text[65536];
	int gone = join(world), shut = join(world);
	struct pollfd watch = { .fd = control_fd(world->control), .events = POLLIN };

	world->busy = true;
	say(world, gone, ask_for_flows, strlen(ask_for_flows));
	say(world, shut, ask_for_flows, strlen(ask_for_flows));
	shutdown(shut, SHUT_WR);
	assert_int_equal(poll(&watch, 1, 0), 0); /* or the daemon would turn without rest */
	assert_int_equal(world->asked, 1);
	close(gone);
	turn(world);
	assert_int_equal(world->asked, 2);
	world->busy = false;
	assert_true(hear(world, shut, text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "\"complete\": true"));
}

static void a_client_that_goes_in_the_middle_is_forgotten(void **state)
{
	static const char much[] = "{\"command\": \"flows\", \"limit\": 1000}\n";
	struct world *world = *state;

	for (int i = 0; i < 3 * CONTROL_CLIENTS_MAX; i++) {
		int fd = join(world);

		if (i % 3 != 0)
			say(world, fd, i % 3 == 1 ? "{" : much, i % 3 == 1 ? 1 : strlen(much));
		close(fd);
		turn(world);
	}
	assert_int_equal(control_stats(world->control).refused, 0);
}

static void more_clients_than_there_is_room_for_are_refused(void **state)
{
	struct world *world = *state;
	int fd[CONTROL_CLIENTS_MAX], late;
	char text[65536];

	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		fd[i] = join(world);
	late = join(world);
	assert_true(hung_up(late));
	assert_int_equal(control_stats(world->control).refused, 1);
	close(late);
	close(fd[3]);
	turn(world);
	late = join(world);
	say(world, late, "{\"command\": \"status\"}\n", 22);
	assert_true(hear(world, late, text, sizeof(text)) > 0);
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (i != 3)
			close(fd[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(requests_get_what_they_deserve),
		TEST(a_query_is_asked_as_it_came),
		TEST(who_asks_for_a_reload_is_told_when_it_is_done),
		TEST(a_reload_that_is_refused_says_why),
		TEST(each_is_told_of_its_own_reload),
		TEST(a_request_may_come_byte_by_byte),
		TEST(the_end_of_what_is_sent_ends_a_line),
		TEST(a_line_that_is_too_long_is_hung_up_on),
		TEST(a_silent_client_is_let_go_when_its_time_is_over),
		TEST(a_client_that_does_not_read_holds_nobody_up),
		TEST(who_waits_for_flows_holds_nobody_up),
		TEST(flows_that_take_too_long_are_told_as_far_as_they_are_there),
		TEST(questions_for_flows_are_asked_one_by_one),
		TEST(who_has_shut_its_side_is_told_flows_and_who_has_gone_is_not),
		TEST(a_client_that_goes_in_the_middle_is_forgotten),
		TEST(more_clients_than_there_is_room_for_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
