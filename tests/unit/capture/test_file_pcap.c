#include "unit.h"

#include "sample.h"

static struct sample sample;
static struct reading reading;

static void start(bool big, uint32_t magic, uint32_t link)
{
	sample.size = 0;
	sample.big = big;
	put_pcap_header(&sample, magic, link);
}

static void every_magic_gives_the_same_packet(void **state)
{
	static const struct {
		const char *why;
		uint32_t magic;
		bool big;
		uint64_t time_ns;
		uint16_t port;
	} rows[] = {
		{ "microseconds, little endian", MAGIC_US, false, 5000007000, 0 },
		{ "microseconds, big endian", MAGIC_US, true, 5000007000, 0 },
		{ "nanoseconds, little endian", MAGIC_NS, false, 5000000007, 0 },
		{ "nanoseconds, big endian", MAGIC_NS, true, 5000000007, 0 },
		{ "patched libpcap: longer records", MAGIC_PATCHED, false, 5000007000, 3 },
		{ "patched libpcap, big endian", MAGIC_PATCHED, true, 5000007000, 3 },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		start(rows[i].big, rows[i].magic, LINK_ETHERNET);
		put_32(&sample, 5);
		put_32(&sample, 7);
		put_32(&sample, 2);
		put_32(&sample, 60);
		if (rows[i].magic == MAGIC_PATCHED) {
			put_32(&sample, 3);
			put_fill(&sample, 0, 4);
		}
		put_fill(&sample, 0xee, 2);
		read_sample(&reading, &sample, sample.size);

		assert_int_equal(reading.error, 0);
		assert_int_equal(reading.damage_count, 0);
		assert_int_equal(reading.count, 1);
		assert_int_equal(reading.packets[0].time_ns, rows[i].time_ns);
		assert_int_equal(reading.packets[0].captured, 2);
		assert_int_equal(reading.packets[0].length, 60);
		assert_int_equal(reading.packets[0].link, LINK_ETHERNET);
		assert_int_equal(reading.packets[0].port, rows[i].port);
		assert_int_equal(reading.bytes[0][1], 0xee);
		assert_int_equal(reading.progress.cut, 1);
		assert_true(reading.mapped);
	}
}

static void the_lengths_of_odd_records_are_put_right(void **state)
{
	static const struct {
		const char *why;
		uint16_t minor;
		uint32_t first, second;
		uint32_t captured, length;
	} rows[] = {
		{ "a length below what was captured is raised", 4, 8, 4, 8, 8 },
		{ "a packet of no bytes", 4, 0, 60, 0, 60 },
		{ "version 2.2 wrote the length first", 2, 60, 8, 8, 60 },
		{ "version 2.3 wrote either order: the larger is the length", 3, 60, 8, 8, 60 },
		{ "version 2.3 in today's order", 3, 8, 60, 8, 60 },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		start(false, MAGIC_US, LINK_ETHERNET);
		sample.bytes[6] = (uint8_t)rows[i].minor;
		put_fill(&sample, 0, 8);
		put_32(&sample, rows[i].first);
		put_32(&sample, rows[i].second);
		put_fill(&sample, 0xee, rows[i].captured);
		read_sample(&reading, &sample, sample.size);

		assert_int_equal(reading.damage_count, 0);
		assert_int_equal(reading.count, 1);
		assert_int_equal(reading.packets[0].captured, rows[i].captured);
		assert_int_equal(reading.packets[0].length, rows[i].length);
	}
}

static void the_frame_check_bits_are_no_part_of_the_link_type(void **state)
{
	(void)state;
	start(false, MAGIC_US, 0x44000000 | LINK_RAW); /* 4 bytes of FCS, and that they are known */
	put_pcap_packet(&sample, 1, 0x45, 20);
	read_sample(&reading, &sample, sample.size);
	assert_int_equal(reading.count, 1);
	assert_int_equal(reading.packets[0].link, LINK_RAW);
}

static void an_impossible_length_ends_the_file_and_is_named(void **state)
{
	static const struct {
		const char *why;
		uint32_t captured, link;
		const char *text;
	} rows[] = {
		{ "more than 256 KiB on Ethernet", 262145, LINK_ETHERNET,
		  "packet 2 at byte 60: its header claims 262145 bytes" },
		{ "all ones", 0xffffffff, LINK_ETHERNET, "its header claims 4294967295 bytes" },
		{ "256 KiB may be; here they are not", 262144, LINK_ETHERNET,
		  "the file ends in the middle of this packet; 1 packets before it were read" },
		{ "a USB transfer may be larger", 262145, 249,
		  "the file ends in the middle of this packet" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		start(false, MAGIC_US, rows[i].link);
		put_pcap_packet(&sample, 1, 0xee, 20);
		put_fill(&sample, 0, 8);
		put_32(&sample, rows[i].captured);
		put_32(&sample, rows[i].captured);
		put_fill(&sample, 0xdd, 100);
		read_sample(&reading, &sample, sample.size);

		assert_int_equal(reading.error, 0);
		assert_int_equal(reading.count, 1);
		assert_int_equal(reading.progress.files_damaged, 1);
		assert_text_has(reading.damage.text, rows[i].text);
	}
}

/* What a capture of `size` bytes must say of its damage; NULL: nothing, it ends where it may. */
static const char *expected_damage(size_t size, const size_t *ends, size_t end_count)
{
	static char text[256];
	size_t whole = 0;

	if (size == 0)
		return "the file is empty";
	if (size < ends[0]) {
		snprintf(text, sizeof(text),
			 ": the file ends at byte %zu, in the middle of its header; no packets",
			 size);
		return text;
	}
	while (whole + 1 < end_count && ends[whole + 1] <= size)
		whole++;
	if (ends[whole] == size)
		return NULL;
	snprintf(text, sizeof(text),
		 ": packet %zu at byte %zu: the file ends in the middle of this packet; "
		 "%zu packets before it were read",
		 whole + 1, ends[whole], whole);
	return text;
}

static void check_cut(size_t size, const size_t *ends, size_t end_count)
{
	const char *expected = expected_damage(size, ends, end_count);
	size_t whole = 0;

	for (size_t i = 1; i < end_count; i++)
		whole += ends[i] <= size;
	assert_int_equal(reading.error, 0);
	assert_int_equal(reading.count, whole);
	assert_int_equal(reading.damage_count, expected != NULL);
	if (expected)
		assert_text_has(reading.damage.text, expected);
	for (size_t i = 0; i < whole; i++)
		assert_int_equal(reading.bytes[i][ends[i + 1] - ends[i] - 17], i + 1);
}

static void a_cut_at_any_byte_loses_only_the_packet_it_hits(void **state)
{
	size_t ends[6];
	char path[32];

	(void)state;
	start(false, MAGIC_US, LINK_ETHERNET);
	ends[0] = sample.size;
	for (uint8_t i = 1; i < ROW_COUNT(ends); i++) {
		put_pcap_packet(&sample, i, i, 10 * i);
		ends[i] = sample.size;
	}
	for (size_t size = 0; size <= sample.size; size++) {
		read_sample(&reading, &sample, size);
		check_cut(size, ends, ROW_COUNT(ends));

		int fd = sample_pipe(&sample, size, path);
		read_path(&reading, path);
		close(fd);
		check_cut(size, ends, ROW_COUNT(ends));
		assert_false(reading.mapped);
	}
}

static void what_is_no_pcap_is_refused_with_the_reason(void **state)
{
	static const struct {
		const char *why;
		const char *bytes;
		size_t size;
		const char *text;
	} rows[] = {
		{ "text", "# Lab notes and more of them", 28, "not a capture (its first bytes" },
		{ "text, shorter than a magic", "ab", 2, "not a capture (its first bytes" },
		{ "another version",
		  "\xd4\xc3\xb2\xa1\x09\x00\x04\x00\0\0\0\0\0\0\0\0\xff\xff\0\0\x01\0\0\0", 24,
		  "not a capture (pcap version 9.4 is not known" },
		{ "a pcapng without its byte-order mark", "\x0a\x0d\x0d\x0a\x1c\0\0\0abcd", 12,
		  "not a capture (it begins like pcapng" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		sample.size = 0;
		put(&sample, rows[i].bytes, rows[i].size);
		read_sample(&reading, &sample, sample.size);
		assert_int_equal(reading.error, -EINVAL);
		assert_text_has(reading.fault.text, "/proc/self/fd/");
		assert_text_has(reading.fault.text, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_magic_gives_the_same_packet),
		cmocka_unit_test(the_lengths_of_odd_records_are_put_right),
		cmocka_unit_test(the_frame_check_bits_are_no_part_of_the_link_type),
		cmocka_unit_test(an_impossible_length_ends_the_file_and_is_named),
		cmocka_unit_test(a_cut_at_any_byte_loses_only_the_packet_it_hits),
		cmocka_unit_test(what_is_no_pcap_is_refused_with_the_reason),
	};

	return cmocka_run_group_tests_name("file_pcap", tests, NULL, NULL);
}
