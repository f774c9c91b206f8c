#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/control_socket.h"

struct place {
	char path[64];
	struct fault fault;
};

static int open_place(void **state)
{
	static struct place place;

	place = (struct place){ .fault.text = "" };
	snprintf(place.path, sizeof(place.path), "/tmp/test_control_socket.%d", (int)getpid());
	unlink(place.path);
	*state = &place;
	return 0;
}

static int close_place(void **state)
{
	unlink(((struct place *)*state)->path);
	return 0;
}

static void it_is_for_owner_and_group(void **state)
{
	struct place *place = *state;
	mode_t before = umask(0);
	int fd = control_socket_listen(place->path, &place->fault);
	struct stat shown;

	umask(before);
	assert_true(fd >= 0);
	assert_int_equal(stat(place->path, &shown), 0);
	assert_int_equal(shown.st_mode & 07777, 0660);
	assert_int_equal(umask(before), before); /* it was put back */
	close(fd);
}

static void one_that_nobody_answers_on_is_replaced(void **state)
{
	struct place *place = *state;
	int fd = control_socket_listen(place->path, &place->fault);

	assert_true(fd >= 0);
	close(fd); /* as of a daemon that was killed: the file stays */
	assert_int_equal(control_socket_connect(place->path, &place->fault), -ECONNREFUSED);
	assert_non_null(strstr(place->fault.text, "no pewit answers there"));
	fd = control_socket_listen(place->path, &place->fault);
	assert_true(fd >= 0);
	int client = control_socket_connect(place->path, &place->fault);

	assert_true(client >= 0);
	close(client);
	close(fd);
}

static void one_that_is_answered_on_is_left_alone(void **state)
{
	struct place *place = *state;
	int fd = control_socket_listen(place->path, &place->fault);

	assert_int_equal(control_socket_listen(place->path, &place->fault), -EADDRINUSE);
	assert_non_null(strstr(place->fault.text, "another pewit answers there"));
	int client = control_socket_connect(place->path, &place->fault);

	assert_true(client >= 0);
	close(client);
	close(fd);
}

static void a_file_that_is_no_socket_is_left_alone(void **state)
{
	struct place *place = *state;
	FILE *file = fopen(place->path, "w");

	assert_non_null(file);
	fputs("kept", file);
	fclose(file);
	assert_int_equal(control_socket_listen(place->path, &place->fault), -EADDRINUSE);
	assert_non_null(strstr(place->fault.text, "there is a file already"));
	assert_int_equal(access(place->path, F_OK), 0);
	file = fopen(place->path, "r");
	assert_int_equal(fgetc(file), 'k');
	fclose(file);
}

static void places_that_cannot_be_are_named(void **state)
{
	struct place *place = *state;
	char path[200];

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(control_socket_listen(path, &place->fault), -ENAMETOOLONG);
	assert_non_null(strstr(place->fault.text, "107 bytes"));
	assert_int_equal(control_socket_listen("/nowhere/c", &place->fault), -ENOENT);
	assert_non_null(strstr(place->fault.text, "/nowhere/c"));
	assert_int_equal(control_socket_connect("/nowhere/c", &place->fault), -ENOENT);
	assert_non_null(strstr(place->fault.text, "--socket names another"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_is_for_owner_and_group, open_place, close_place),
		cmocka_unit_test_setup_teardown(one_that_nobody_answers_on_is_replaced, open_place,
						close_place),
		cmocka_unit_test_setup_teardown(one_that_is_answered_on_is_left_alone, open_place,
						close_place),
		cmocka_unit_test_setup_teardown(a_file_that_is_no_socket_is_left_alone, open_place,
						close_place),
		cmocka_unit_test_setup_teardown(places_that_cannot_be_are_named, open_place,
						close_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
