#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file_text.h"

static char folder[] = "/tmp/file_text-XXXXXX";

static int enter(void **state)
{
	(void)state;
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

/* rmdir() says whether something was left beside the file. */
static int leave(void **state)
{
	(void)state;
	unlink("link");
	unlink("file");
	return chdir("/") == 0 ? rmdir(folder) : -1;
}

static void expect(const char *path, const char *wanted)
{
	char *text;
	size_t length;

	assert_int_equal(file_text_read(path, 100, &text, &length), 0);
	assert_int_equal(length, strlen(wanted));
	assert_memory_equal(text, wanted, length);
	free(text);
}

static void a_file_takes_the_place_of_another(void **state)
{
	struct stat status;

	(void)state;
	assert_int_equal(file_text_write("file", "first", 5), 0);
	expect("file", "first");
	assert_int_equal(chmod("file", 0640), 0);
	assert_int_equal(symlink("file", "link"), 0);
	assert_int_equal(file_text_write("link", "2nd", 3), 0);
	expect("file", "2nd");
	assert_int_equal(lstat("link", &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_int_equal(stat("file", &status), 0);
	assert_int_equal(status.st_mode & 0777, 0640);
}

static void what_is_no_file_is_written_as_it_is(void **state)
{
	struct stat status;

	(void)state;
	assert_int_equal(file_text_write("/dev/full", "text", 4), -ENOSPC);
	assert_int_equal(stat("/dev/full", &status), 0);
	assert_true(S_ISCHR(status.st_mode));
	assert_int_equal(file_text_write("no/such/folder", "text", 4), -ENOENT);
}

/* A limit on the size of files stops a write half way, as a full disk does. */
static void half_a_text_leaves_the_file_as_it_was(void **state)
{
	struct rlimit old, small;

	(void)state;
	assert_int_equal(file_text_write("file", "old", 3), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 4;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);

	int error = file_text_write("file", "new text", 8);

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(error, -EFBIG);
	expect("file", "old");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_takes_the_place_of_another),
		cmocka_unit_test(what_is_no_file_is_written_as_it_is),
		cmocka_unit_test(half_a_text_leaves_the_file_as_it_was),
	};

	return cmocka_run_group_tests_name("file_text", tests, enter, leave);
}
