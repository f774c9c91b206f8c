#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <arpa/inet.h>

#include "daemon/control_socket.h"
#include "daemon/listen_address.h"
#include "daemon/metrics.h"

struct world {
	char path[64], listen[80];
	struct metrics *metrics;
	int asked; /* snapshots */
};

static void snapshot(void *context, struct live_snapshot *told)
{
	struct world *world = context;

	memset(told, 0, sizeof(*told));
	told->generation = 1;
	world->asked++;
}

static int open_world(void **state)
{
	static struct world world;
	const struct metrics_source source = { .context = &world,
					       .snapshot = snapshot,
					       .version = "0.1.0" };
	struct fault fault = { "" };

	world = (struct world){ .asked = 0 };
	snprintf(world.path, sizeof(world.path), "/tmp/test_metrics.%d", (int)getpid());
	snprintf(world.listen, sizeof(world.listen), "unix:%s", world.path);
	if (metrics_open(&world.metrics, world.listen, &source, &fault) != 0)
		fail_msg("%s", fault.text);
	*state = &world;
	return 0;
}

static int close_world(void **state)
{
	struct world *world = *state;

	metrics_close(world->metrics);
	assert_int_equal(access(world->path, F_OK), -1);
	return 0;
}

static int join(const struct world *world)
{
	struct fault fault = { "" };
	int fd = control_socket_connect(world->path, &fault);

	assert_true(fd >= 0);
	return fd;
}

/* As the daemon's loop does, until nothing more comes. */
static void turn(const struct world *world)
{
	struct pollfd watch = { .fd = metrics_fd(world->metrics), .events = POLLIN };

	do
		metrics_turn(world->metrics);
	while (poll(&watch, 1, 50) > 0);
}

static void ask(const struct world *world, int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), 0), (ssize_t)strlen(text));
	turn(world);
}

/* What has come; -1: the server has hung up before. */
static ssize_t take(int fd, char *text, size_t room)
{
	ssize_t length = recv(fd, text, room - 1, MSG_DONTWAIT);

	if (length < 0 && errno == EAGAIN)
		length = 0;
	else if (length <= 0)
		length = -1;
	text[length < 0 ? 0 : length] = '\0';
	return length;
}

static const struct {
	const char *why, *request, *begins, *holds;
	bool has_metrics;
} rows[] = {
	{ "the metrics", "GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 ",
	  "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n", true },
	{ "with a query, as some ask", "GET /metrics?a=b HTTP/1.1\r\nHost: h\r\n\r\n",
	  "HTTP/1.1 200 ", "pewit_build_info", true },
	{ "an old client", "GET /metrics HTTP/1.0\r\n\r\n", "HTTP/1.", "pewit_build_info", true },
	{ "their size alone", "HEAD /metrics HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 ",
	  "\r\nContent-Length: ", false },
	{ "another path", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 404 ", "see /metrics",
	  false },
	{ "a longer path", "GET /metrics/x HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 404 ", "",
	  false },
	{ "another method", "POST /metrics HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc",
	  "HTTP/1.1 405 ", "\r\nAllow: GET, HEAD\r\n", false },
	{ "no host", "GET /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ", "", false },
	{ "garbage", "\x16\x03\x01\x02garbage\r\n\r\n", "", "", false },
};

static void requests_get_what_they_deserve(void **state)
{
	const struct world *world = *state;
	char text[32768];

	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		int fd = join(world);

		ask(world, fd, rows[i].request);
		take(fd, text, sizeof(text));
		close(fd);
		if (strncmp(text, rows[i].begins, strlen(rows[i].begins)) != 0 ||
		    !strstr(text, rows[i].holds) ||
		    rows[i].has_metrics != (strstr(text, "pewit_build_info{") != NULL))
			fail_msg("%s: %s", rows[i].why, text);
	}
}

static void one_client_may_ask_again(void **state)
{
	const struct world *world = *state;
	int fd = join(world);
	char text[32768];

	for (int i = 1; i <= 3; i++) {
		ask(world, fd, "GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
		assert_true(take(fd, text, sizeof(text)) > 0);
		assert_int_equal(world->asked, i);
	}
	close(fd);
}

static void a_request_may_come_in_pieces(void **state)
{
	const struct world *world = *state;
	int fd = join(world);
	char text[32768];

	ask(world, fd, "GET /met");
	assert_int_equal(take(fd, text, sizeof(text)), 0);
	ask(world, fd, "rics HTTP/1.1\r\nHo");
	assert_int_equal(take(fd, text, sizeof(text)), 0);
	ask(world, fd, "st: h\r\n\r\n");
	take(fd, text, sizeof(text));
	assert_non_null(strstr(text, "pewit_build_info{"));
	close(fd);
}

static void headers_without_end_are_refused(void **state)
{
	const struct world *world = *state;
	int fd = join(world);
	char text[32768];

	ask(world, fd, "GET /metrics HTTP/1.1\r\nHost: h\r\nX: ");
	memset(text, 'x', 1000);
	text[1000] = '\0';
	for (int i = 0; i < 20 && send(fd, text, 1000, MSG_NOSIGNAL) == 1000; i++)
		turn(world);
	take(fd, text, sizeof(text));
	assert_null(strstr(text, "pewit_build_info{"));
	assert_int_equal(world->asked, 0);
	close(fd);
}

static void the_silent_are_let_go_and_others_come_in(void **state)
{
	const struct world *world = *state;
	int fd[METRICS_CLIENTS_MAX], late;
	char text[32768];

	for (int i = 0; i < METRICS_CLIENTS_MAX; i++)
		fd[i] = join(world);
	turn(world);
	late = join(world);
	ask(world, late, "GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(take(late, text, sizeof(text)) <= 0); /* there is no room */
	close(late);
	for (int waited_s = 0; waited_s < 4 * METRICS_TIMEOUT_S; waited_s++) {
		sleep(1);
		metrics_turn(world->metrics); /* as the loop does each second */
		if (take(fd[0], text, sizeof(text)) < 0)
			break;
	}
	assert_int_equal(take(fd[0], text, sizeof(text)), -1);
	late = join(world);
	ask(world, late, "GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(take(late, text, sizeof(text)) > 0);
	close(late);
	for (int i = 0; i < METRICS_CLIENTS_MAX; i++)
		close(fd[i]);
}

static const struct {
	const char *why, *text;
	uint16_t port; /* 0: it is none */
} addresses[] = {
	{ "IPv4", "127.0.0.1:9109", 9109 },
	{ "IPv6", "[::1]:65535", 65535 },
	{ "no port", "127.0.0.1", 0 },
	{ "an empty port", "127.0.0.1:", 0 },
	{ "port 0", "127.0.0.1:0", 0 },
	{ "a port too high", "127.0.0.1:65536", 0 },
	{ "a port with more", "127.0.0.1:9109x", 0 },
	{ "a sign", "127.0.0.1:+9109", 0 },
	{ "IPv6 without brackets", "::1:9109", 0 },
	{ "IPv4 with brackets", "[127.0.0.1]:9109", 0 },
	{ "a name", "localhost:9109", 0 },
	{ "nothing before the port", ":9109", 0 },
	{ "nothing", "", 0 },
	{ "an address without end", "1111111111111111111111111111111111111111111111111111:1", 0 },
};

static void addresses_are_read_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT(addresses); i++) {
		struct ip_addr addr;
		uint16_t port = 0;
		bool fine = listen_address_read(addresses[i].text, &addr, &port);

		if (fine != (addresses[i].port != 0) || (fine && port != addresses[i].port))
			fail_msg("%s: %s", addresses[i].why, addresses[i].text);
	}
}

/* Of the family, on any port that is free. */
static void serves_on(int family, const char *host)
{
	const struct metrics_source source = { .context = &(struct world){ .asked = 0 },
					       .snapshot = snapshot,
					       .version = "0.1.0" };
	struct sockaddr_storage address = { .ss_family = (sa_family_t)family };
	socklen_t length =
		family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	int taken = socket(family, SOCK_STREAM, 0);
	struct metrics *metrics;
	struct fault fault = { "" };
	char listen_to[64];

	if (family == AF_INET)
		((struct sockaddr_in *)&address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		((struct sockaddr_in6 *)&address)->sin6_addr = in6addr_loopback;
	if (bind(taken, (struct sockaddr *)&address, length) != 0) {
		close(taken); /* a machine without IPv6 */
		return;
	}
	listen(taken, 1);
	getsockname(taken, (struct sockaddr *)&address, &length);
	snprintf(listen_to, sizeof(listen_to), "%s:%u", host,
		 ntohs(((struct sockaddr_in *)&address)->sin_port));
	assert_int_equal(metrics_open(&metrics, listen_to, &source, &fault), -EADDRINUSE);
	assert_non_null(strstr(fault.text, "another program listens there"));
	close(taken);
	assert_int_equal(metrics_open(&metrics, listen_to, &source, &fault), 0);
	int fd = socket(family, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, length), 0);
	close(fd);
	metrics_turn(metrics);
	metrics_close(metrics);
}

static void it_listens_on_both_families_and_says_who_does_already(void **state)
{
	(void)state;
	serves_on(AF_INET, "127.0.0.1");
	serves_on(AF_INET6, "[::1]");
}

static void a_place_that_is_none_is_named(void **state)
{
	const struct metrics_source source = { .snapshot = snapshot, .version = "0.1.0" };
	struct fault fault = { "" };
	struct metrics *metrics;

	(void)state;
	assert_int_equal(metrics_open(&metrics, "here", &source, &fault), -EINVAL);
	assert_non_null(strstr(fault.text, "\"here\""));
	assert_null(metrics);
	assert_int_equal(metrics_open(&metrics, "unix:/nowhere/m", &source, &fault), -ENOENT);
	assert_non_null(strstr(fault.text, "/nowhere/m"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(requests_get_what_they_deserve, open_world,
						close_world),
		cmocka_unit_test_setup_teardown(one_client_may_ask_again, open_world, close_world),
		cmocka_unit_test_setup_teardown(a_request_may_come_in_pieces, open_world,
						close_world),
		cmocka_unit_test_setup_teardown(headers_without_end_are_refused, open_world,
						close_world),
		cmocka_unit_test_setup_teardown(the_silent_are_let_go_and_others_come_in,
						open_world, close_world),
		cmocka_unit_test(addresses_are_read_or_refused),
		cmocka_unit_test(it_listens_on_both_families_and_says_who_does_already),
		cmocka_unit_test(a_place_that_is_none_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
