/* A file that may not grow further stands for a full disk: the kernel writes what fits, then refuses. */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "report/file_sink.h"

#define LINE "{\"timestamp\":\"a line of thirty\"}\n" /* whole, or not there */
#define LINE_BYTES (sizeof(LINE) - 1)
#define FITS 10 /* lines, and a part of the next */
#define LINES 40

static char folder[] = "/tmp/file_sink-XXXXXX";

static int enter(void **state)
{
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave(void **state)
{
	(void)state;
	unlink("events");
	unlink("renamed");
	return chdir("/") == 0 ? rmdir(folder) : -1;
}

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* How many lines a file holds, all of them whole. */
static size_t lines_of(const char *path)
{
	char bytes[LINE_BYTES];
	FILE *file = fopen(path, "rb");
	size_t count = 0, got;

	assert_non_null(file);
	while ((got = fread(bytes, 1, sizeof(bytes), file)) != 0) {
		assert_int_equal(got, LINE_BYTES);
		assert_memory_equal(bytes, LINE, LINE_BYTES);
		count++;
	}
	fclose(file);
	return count;
}

static void fill(struct file_sink *sink)
{
	limit_files(FITS * LINE_BYTES + LINE_BYTES / 2);
	for (int i = 0; i < LINES; i++)
		assert_true(file_sink_write(sink, LINE, LINE_BYTES));
	file_sink_flush(sink);
	limit_files(RLIM_INFINITY);
	assert_int_equal(lines_of("events"), FITS);
}

static void a_full_disk_tears_no_line_of_a_replay(void **state)
{
	(void)state;
	struct file_sink *sink;
	struct fault fault = { 0 };

	assert_int_equal(file_sink_open(&sink, "events", false, &fault), 0);
	fill(sink);
	assert_int_equal(file_sink_lost(sink), LINES - FITS);
	assert_int_equal(file_sink_close(sink, &fault), -EFBIG);
	assert_int_equal(lines_of("events"), FITS);
	unlink("events");
}

static void a_daemon_goes_on_once_there_is_room(void **state)
{
	(void)state;
	struct file_sink *sink;
	struct fault fault = { 0 };

	assert_int_equal(file_sink_open(&sink, "events", true, &fault), 0);
	fill(sink);
	assert_int_equal(file_sink_close(sink, &fault), 0);
	assert_int_equal(lines_of("events"), LINES);
	unlink("events");
}

static void a_file_renamed_while_the_disk_is_full_ends_with_a_whole_line(void **state)
{
	(void)state;
	struct file_sink *sink;
	struct fault fault = { 0 };

	assert_int_equal(file_sink_open(&sink, "events", true, &fault), 0);
	fill(sink);
	assert_int_equal(rename("events", "renamed"), 0);
	assert_int_equal(file_sink_reopen(sink, &fault), 0); /* at once: no time to try again */
	assert_int_equal(file_sink_close(sink, &fault), 0);
	assert_int_equal(lines_of("renamed"), FITS);
	assert_int_equal(lines_of("events"), LINES - FITS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_disk_tears_no_line_of_a_replay),
		cmocka_unit_test(a_daemon_goes_on_once_there_is_room),
		cmocka_unit_test(a_file_renamed_while_the_disk_is_full_ends_with_a_whole_line),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
