#include "unit.h"

#include "sample.h"

static struct sample sample;
static struct reading reading;

#define FILES_MAX 4

/* Files of a test, each a list of times in seconds that ends with 0. */
struct files {
	int fds[FILES_MAX];
	char paths[FILES_MAX][32];
	const char *list[FILES_MAX];
	size_t count;
};

/* The fill of each packet says its file (high digit) and its place there (low digit). */
static void add_file(struct files *files, const uint32_t *seconds, bool streamed)
{
	size_t file = files->count++;

	sample.size = 0;
	sample.big = false;
	put_pcap_header(&sample, MAGIC_US, LINK_ETHERNET);
	for (uint8_t i = 0; seconds[i]; i++)
		put_pcap_packet(&sample, seconds[i], (uint8_t)(file << 4 | i), 20);
	files->fds[file] = streamed ? sample_pipe(&sample, sample.size, files->paths[file])
				    : sample_file(&sample, sample.size, files->paths[file]);
	files->list[file] = files->paths[file];
}

static void close_files(struct files *files)
{
	for (size_t i = 0; i < files->count; i++)
		close(files->fds[i]);
}

static void assert_order(const uint8_t *expected, size_t count)
{
	assert_int_equal(reading.error, 0);
	assert_int_equal(reading.count, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(reading.bytes[i][0], expected[i]);
}

static void files_are_merged_by_time_or_read_one_after_the_other(void **state)
{
	static const struct {
		const char *why;
		uint32_t seconds[3][5];
		bool natural;
		uint8_t order[9];
		uint64_t backwards;
	} rows[] = {
		{ "packets of two files alternate",
		  { { 1, 3, 5 }, { 2, 4, 6 }, { 9 } },
		  false,
		  { 0x00, 0x10, 0x01, 0x11, 0x02, 0x12, 0x20 },
		  0 },
		{ "the later file was named first",
		  { { 7, 8 }, { 1, 2 }, { 4, 5 } },
		  false,
		  { 0x10, 0x11, 0x20, 0x21, 0x00, 0x01 },
		  0 },
		{ "equal times keep the order of the files",
		  { { 1, 1, 2 }, { 1, 2 }, { 1, 2 } },
		  false,
		  { 0x00, 0x01, 0x10, 0x20, 0x02, 0x11, 0x21 },
		  0 },
		{ "a file's own order stands, even against its clock",
		  { { 5, 2, 6 }, { 4, 6 }, { 3 } },
		  false,
		  { 0x20, 0x10, 0x00, 0x01, 0x02, 0x11 },
		  1 },
		{ "natural order",
		  { { 7, 8 }, { 1, 2 }, { 4, 5 } },
		  true,
		  { 0x00, 0x01, 0x10, 0x11, 0x20, 0x21 },
		  1 },
	};

	(void)state;
	for (size_t i = 0; i < 2 * ROW_COUNT(rows); i++) {
		const bool streamed = i % 2;
		const struct source_options options = { .natural_order = rows[i / 2].natural };
		struct files files = { .count = 0 };
		size_t count = 0;

		print_message("%s, %s\n", rows[i / 2].why, streamed ? "one a pipe" : "mapped");
		for (size_t k = 0; k < 3; k++) {
			add_file(&files, rows[i / 2].seconds[k], streamed && k == 1);
			for (const uint32_t *at = rows[i / 2].seconds[k]; *at; at++)
				count++;
		}
		read_all(&reading, files.list, files.count, &options, 64);
		close_files(&files);
		assert_order(rows[i / 2].order, count);
		assert_int_equal(reading.progress.time_backwards, rows[i / 2].backwards);
		assert_int_equal(reading.progress.files, 3);
		assert_int_equal(reading.mapped, !streamed);
	}
}

static void damage_in_one_file_does_not_stop_the_others(void **state)
{
	struct files files = { .count = 0 };

	(void)state;
	add_file(&files, (const uint32_t[]){ 1, 3, 0 }, false);
	add_file(&files, (const uint32_t[]){ 2, 4, 0 }, false);
	assert_int_equal(ftruncate(files.fds[0], 24 + 36 + 20), 0);
	read_all(&reading, files.list, files.count, NULL, 64);
	close_files(&files);
	assert_order((const uint8_t[]){ 0x00, 0x10, 0x11 }, 3);
	assert_int_equal(reading.progress.files_damaged, 1);
	assert_int_equal(reading.damage_count, 1);
	assert_text_has(reading.damage.text, files.paths[0]);
	assert_text_has(reading.damage.text, "packet 2 at byte 60");
	assert_int_equal(reading.progress.bytes_done, reading.progress.bytes_total);
}

static void a_filter_leaves_out_and_counts(void **state)
{
	static const struct {
		const char *why, *filter;
		size_t count;
		uint64_t filtered;
	} rows[] = {
		{ "part", "ether[0] == 1", 1, 2 },
		{ "all pass", "len == 20", 3, 0 },
		{ "none pass", "ip", 0, 3 },
		{ "the empty expression passes all", "", 3, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		const struct source_options options = { .filter = rows[i].filter };
		struct files files = { .count = 0 };

		print_message("%s\n", rows[i].why);
		add_file(&files, (const uint32_t[]){ 1, 2, 3, 0 }, false);
		read_all(&reading, files.list, files.count, &options, 64);
		close_files(&files);
		assert_int_equal(reading.error, 0);
		assert_int_equal(reading.count, rows[i].count); /* sequences: see keep() */
		assert_int_equal(reading.progress.packets, rows[i].count);
		assert_int_equal(reading.progress.bytes, 20 * rows[i].count);
		assert_int_equal(reading.progress.filtered, rows[i].filtered);
	}
}

static void a_wrong_filter_is_quoted_with_the_reason(void **state)
{
	static const uint32_t none[] = { 0 }, some[] = { 1, 0 };
	static const struct {
		const char *why, *filter;
		const uint32_t *seconds;
		const char *text;
	} rows[] = {
		{ "a slip", "tcp prt 443", some,
		  "filter \"tcp prt 443\": can't parse filter expression" },
		{ "a slip, and no packet to try it on", "tcp prt 443", none,
		  "filter \"tcp prt 443\": can't parse filter expression" },
		{ "what the link type does not have", "wlan type mgt", some,
		  "(link type 1, EN10MB)" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		const struct source_options options = { .filter = rows[i].filter };
		struct files files = { .count = 0 };

		print_message("%s\n", rows[i].why);
		add_file(&files, rows[i].seconds, false);
		read_all(&reading, files.list, files.count, &options, 64);
		close_files(&files);
		assert_int_equal(reading.error, -EINVAL);
		assert_text_has(reading.fault.text, rows[i].text);
	}
}

static void a_filter_that_fits_only_some_link_types_says_what_it_left_out(void **state)
{
	const struct source_options options = { .filter = "ether host 0:0:0:0:0:0" };
	struct files files = { .count = 0 };

	(void)state;
	add_file(&files, (const uint32_t[]){ 1, 0 }, false);
	add_file(&files, (const uint32_t[]){ 2, 3, 0 }, false);
	const uint8_t raw = LINK_RAW;
	assert_int_equal(pwrite(files.fds[1], &raw, 1, 20), 1);
	read_all(&reading, files.list, files.count, &options, 64);
	close_files(&files);
	assert_order((const uint8_t[]){ 0x00 }, 1);
	assert_int_equal(reading.progress.filtered, 2);
	assert_int_equal(reading.damage_count, 1);
	assert_text_has(reading.damage.text, files.paths[1]);
	assert_text_has(reading.damage.text, "packets are left out: filter \"ether host");
}

static void write_file(const char *directory, const char *name, uint32_t second)
{
	char path[96];

	sample.size = 0;
	sample.big = false;
	if (second) {
		put_pcap_header(&sample, MAGIC_US, LINK_ETHERNET);
		put_pcap_packet(&sample, second, (uint8_t)second, 20);
	} else {
		put(&sample, "not a capture", 13);
	}
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, sample.bytes, sample.size), (ssize_t)sample.size);
	close(fd);
}

static void remove_files(const char *directory, const char *const *names, size_t count)
{
	char path[96];

	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		assert_int_equal(remove(path), 0);
	}
	assert_int_equal(rmdir(directory), 0);
}

static void a_directory_gives_its_captures_by_name(void **state)
{
	static const char *const names[] = { "b.pcap",    "a.cap", "c.pcapng.gz", "d.dmp.zst",
					     "notes.txt", "pcap",  "e.pcap.bz2",  "f.pcap" };
	const struct source_options options = { .natural_order = true };
	char directory[] = "/tmp/pewit-test-XXXXXX", below[64];
	const char *paths[] = { directory };

	(void)state;
	assert_non_null(mkdtemp(directory));
	for (uint32_t i = 0; i < ROW_COUNT(names); i++)
		write_file(directory, names[i], i + 1 < ROW_COUNT(names) ? i + 1 : 0);
	snprintf(below, sizeof(below), "%s/g.pcap", directory);
	assert_int_equal(mkdir(below, 0700), 0);

	read_all(&reading, paths, 1, &options, 64);
	assert_int_equal(rmdir(below), 0);
	remove_files(directory, names, ROW_COUNT(names));
	assert_order((const uint8_t[]){ 2, 1, 3, 4 }, 4); /* a, b, c, d: first bytes tell packing */
	assert_int_equal(reading.progress.files, 5);
	assert_int_equal(reading.damage_count, 1); /* one bad file does not spoil a directory */
	assert_text_has(reading.damage.text, "f.pcap: not a capture");
}

static void a_directory_without_one_capture_is_refused(void **state)
{
	static const char *const names[] = { "x.txt", "x.pcap" };
	char directory[] = "/tmp/pewit-test-XXXXXX";
	const char *paths[] = { directory };

	(void)state;
	assert_non_null(mkdtemp(directory));
	write_file(directory, names[0], 0);
	read_all(&reading, paths, 1, NULL, 64);
	assert_int_equal(reading.error, -ENOENT);
	assert_text_has(reading.fault.text, ": no captures in this directory (names that end in");

	write_file(directory, names[1], 0);
	read_all(&reading, paths, 1, NULL, 64);
	remove_files(directory, names, ROW_COUNT(names));
	assert_int_equal(reading.error, -EINVAL);
	assert_text_has(reading.fault.text, "x.pcap: not a capture");
}

static void paths_that_cannot_be_read_are_named(void **state)
{
	static const struct {
		const char *why;
		const char *paths[2];
		size_t count;
		int error;
		const char *text;
	} rows[] = {
		{ "missing",
		  { "/nonexistent/x.pcap" },
		  1,
		  -ENOENT,
		  "/nonexistent/x.pcap: cannot be read: No such file or directory" },
		{ "no capture", { "/dev/zero" }, 1, -EINVAL, "/dev/zero: not a capture" },
		{ "standard input twice", { "-", "-" }, 2, -EINVAL, "is named twice" },
		{ "nothing", { NULL }, 0, -EINVAL, "no capture is named" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		read_all(&reading, rows[i].paths, rows[i].count, NULL, 64);
		assert_int_equal(reading.error, rows[i].error);
		assert_text_has(reading.fault.text, rows[i].text);
	}
}

static void damage_beyond_what_is_kept_is_still_counted(void **state)
{
	static const char *list[SOURCE_DAMAGE_MAX + 6];
	char path[32];

	(void)state;
	sample.size = 0;
	int fd = sample_file(&sample, 0, path);
	for (size_t i = 0; i < ROW_COUNT(list); i++)
		list[i] = path;
	read_all(&reading, list, ROW_COUNT(list), NULL, 64);
	close(fd);
	assert_int_equal(reading.error, 0);
	assert_int_equal(reading.damage_count, SOURCE_DAMAGE_MAX);
	assert_int_equal(reading.progress.files_damaged, ROW_COUNT(list));
	assert_text_has(reading.damage.text, "the file is empty");
}

/* A writer that pauses: what it has written is handed out before the reader waits for more. */
static void a_pipe_hands_out_what_it_has(void **state)
{
	struct packet packets[8];
	struct source *source;
	char path[32];
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	const char *paths[] = { path };
	sample.size = 0;
	sample.big = false;
	put_pcap_header(&sample, MAGIC_US, LINK_ETHERNET);
	put_pcap_packet(&sample, 1, 0xaa, 20);
	put_pcap_packet(&sample, 2, 0xbb, 20);
	assert_int_equal(write(ends[1], sample.bytes, sample.size), (ssize_t)sample.size);

	assert_int_equal(source_open(&source, paths, 1, NULL, NULL), 0);
	assert_int_equal(source_next(source, packets, 8), 2); /* it would hang here */
	assert_int_equal(packets[0].data[0], 0xaa);
	assert_int_equal(packets[1].data[0], 0xbb);
	assert_int_equal(write(ends[1], sample.bytes + 24, 36), 36);
	close(ends[1]);
	assert_int_equal(source_next(source, packets, 8), 1);
	assert_int_equal(packets[0].data[0], 0xaa);
	assert_int_equal(source_next(source, packets, 8), 0);
	source_close(source);
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_merged_by_time_or_read_one_after_the_other),
		cmocka_unit_test(damage_in_one_file_does_not_stop_the_others),
		cmocka_unit_test(a_filter_leaves_out_and_counts),
		cmocka_unit_test(a_wrong_filter_is_quoted_with_the_reason),
		cmocka_unit_test(a_filter_that_fits_only_some_link_types_says_what_it_left_out),
		cmocka_unit_test(a_directory_gives_its_captures_by_name),
		cmocka_unit_test(a_directory_without_one_capture_is_refused),
		cmocka_unit_test(paths_that_cannot_be_read_are_named),
		cmocka_unit_test(damage_beyond_what_is_kept_is_still_counted),
		cmocka_unit_test(a_pipe_hands_out_what_it_has),
	};

	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
