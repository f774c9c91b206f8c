#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/trusted_path.h"

#define SUSPECT 65534

/* Under a fresh folder: mine/ is ours alone, theirs/ is everyone's, sticky/ is as /tmp is. */
static int make_files(void **state)
{
	char *folder = strdup("/tmp/pewit-trusted-XXXXXX");

	*state = folder;
	return !(folder && mkdtemp(folder) && chdir(folder) == 0 && mkdir("mine", 0755) == 0 &&
		 mkdir("theirs", 0755) == 0 && chmod("theirs", 0777) == 0 &&
		 mkdir("theirs/ours", 0755) == 0 && mkdir("sticky", 0755) == 0 &&
		 chmod("sticky", 01777) == 0 && mkdir("sticky/ours", 0755) == 0 &&
		 mkdir("mine/deep", 0755) == 0 && close(creat("mine/file", 0600)) == 0 &&
		 close(creat("theirs/file", 0600)) == 0 && close(creat("sticky/file", 0600)) == 0 &&
		 close(creat("sticky/ours/file", 0600)) == 0 &&
		 close(creat("theirs/ours/file", 0600)) == 0 &&
		 symlink("../file", "mine/deep/up") == 0 && symlink("../mine", "mine/me") == 0 &&
		 symlink("../theirs/file", "mine/to-theirs") == 0 &&
		 symlink("../mine/file", "theirs/to-mine") == 0 &&
		 symlink("../theirs", "mine/in-theirs") == 0 &&
		 symlink("../mine/file", "sticky/to-mine") == 0 &&
		 symlink("loop", "mine/loop") == 0 && symlink("none", "mine/dangling") == 0);
}

static int remove_files(void **state)
{
	char command[PATH_MAX];
	int length = snprintf(command, sizeof(command), "rm -rf %s", (char *)*state);
	int status = length > 0 && chdir("/") == 0 ? system(command) : 1;

	free(*state);
	return status;
}

static void only_a_way_that_the_suspect_cannot_bend_is_trusted(void **state)
{
	static const struct {
		const char *path;
		int result; /* 0: opened */
		const char *why;
	} rows[] = {
		{ "mine/file", 0, "nobody else can put anything here" },
		{ "mine//./file", 0, "parts that say nothing" },
		{ "mine/deep/../file", 0, "up again" },
		{ "mine", 0, "a folder" },
		{ "mine/deep/up", 0, "a link that we laid" },
		{ "mine/me/me/deep/up", 0, "links on the way" },
		{ "mine/none", -ENOENT, "a file that is missing" },
		{ "mine/dangling", -ENOENT, "a link to a file that is missing" },
		{ "mine/loop", -ELOOP, "a link to itself" },
		{ "mine/file/x", -ENOTDIR, "a file on the way" },
		{ "theirs/file", -EXDEV, "they may put another file there" },
		{ "theirs/none", -EXDEV, "and say nothing of what is there" },
		{ "theirs/ours/file", -EXDEV, "they may rename our folder in theirs" },
		{ "theirs/to-mine", -EXDEV, "a link that they may have laid" },
		{ "mine/to-theirs", -EXDEV, "our link to their file" },
		{ "mine/in-theirs/file", -EXDEV, "our link to their folder" },
		{ "mine/deep/../../theirs/file", -EXDEV, "down and up" },
		{ "sticky/ours/file", 0, "they cannot rename our folder here" },
		{ "sticky/file", -EXDEV, "it may be a hard link" },
		{ "sticky/to-mine", -EXDEV, "anyone may lay a link here" },
	};
	const struct trusted_path_suspect suspect = { .uid = SUSPECT, .gid = SUSPECT };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd = trusted_path_open(rows[i].path, O_RDONLY, 0, &suspect);

		if ((fd < 0 ? fd : 0) != rows[i].result)
			fail_msg("%s: %d: %s", rows[i].path, fd, rows[i].why);
		if (fd >= 0)
			close(fd);
	}
}

static void who_has_our_own_power_is_no_suspect(void **state)
{
	const struct trusted_path_suspect self = { .uid = geteuid(),
						   .gid = getegid(),
						   .is_self = true };
	int fd = trusted_path_open("mine/to-theirs", O_RDONLY, 0, &self);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
}

static void a_folder_of_the_suspect_s_is_not_trusted(void **state)
{
	const struct trusted_path_suspect owner = { .uid = geteuid(), .gid = SUSPECT };
	const struct trusted_path_suspect member = { .uid = SUSPECT, .gid = getegid() };

	(void)state;
	assert_int_equal(trusted_path_open("mine/file", O_RDONLY, 0, &owner), -EXDEV);
	assert_int_equal(chmod("mine", 0775), 0);
	assert_int_equal(trusted_path_open("mine/file", O_RDONLY, 0, &member), -EXDEV);
	assert_int_equal(chmod("mine", 0755), 0);
}

static void a_path_and_a_link_too_long_are_refused(void **state)
{
	const struct trusted_path_suspect suspect = { .uid = SUSPECT, .gid = SUSPECT };
	char path[PATH_MAX + 2];

	(void)state;
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(trusted_path_open(path, O_RDONLY, 0, &suspect), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_way_that_the_suspect_cannot_bend_is_trusted),
		cmocka_unit_test(who_has_our_own_power_is_no_suspect),
		cmocka_unit_test(a_folder_of_the_suspect_s_is_not_trusted),
		cmocka_unit_test(a_path_and_a_link_too_long_are_refused),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
