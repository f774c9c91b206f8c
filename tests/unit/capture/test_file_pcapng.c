#include "unit.h"

#include "sample.h"

#define SECTION 0x0a0d0d0a
#define INTERFACE 1
#define OLD_PACKET 2
#define SIMPLE 3
#define ENHANCED 6
#define SECRETS 10 /* one of those that are passed over */

static struct sample sample, body;
static struct reading reading;

static struct sample *begin_body(void)
{
	body.size = 0;
	body.big = sample.big;
	return &body;
}

static void put_section(bool big)
{
	sample.big = big;
	begin_body();
	put_32(&body, 0x1a2b3c4d);
	put_16(&body, 1);
	put_16(&body, 0);
	put_fill(&body, 0xff, 8);
	put_block(&sample, SECTION, &body);
}

static void put_option(uint16_t code, const void *value, uint16_t size)
{
	put_16(&body, code);
	put_16(&body, size);
	put(&body, value, size);
	put_fill(&body, 0, -size & 3);
}

/* unit: if_tsresol, or 0 for none; offset_s: if_tsoffset, or 0 for none. */
static void put_interface(uint16_t link, uint8_t unit, int64_t offset_s)
{
	begin_body();
	put_16(&body, link);
	put_16(&body, 0);
	put_32(&body, 96);
	put_option(2, "eth0", 4);
	if (unit)
		put_option(9, &unit, 1);
	if (offset_s) {
		put_16(&body, 14);
		put_16(&body, 8);
		put_number(&body, (uint64_t)offset_s, 8);
	}
	put_32(&body, 0); /* end of options */
	put_block(&sample, INTERFACE, &body);
}

static void put_enhanced(uint32_t interface, uint64_t units, uint8_t fill, uint32_t size)
{
	begin_body();
	put_32(&body, interface);
	put_32(&body, (uint32_t)(units >> 32));
	put_32(&body, (uint32_t)units);
	put_32(&body, size);
	put_32(&body, size);
	put_fill(&body, fill, size);
	put_block(&sample, ENHANCED, &body);
}

static void start(bool big)
{
	sample.size = 0;
	put_section(big);
}

static void time_stamps_of_any_unit_become_nanoseconds(void **state)
{
	static const struct {
		const char *why;
		uint8_t unit;
		int64_t offset_s;
		uint64_t units, time_ns;
	} rows[] = {
		{ "microseconds unless said otherwise", 0, 0, 1700000000123456,
		  1700000000123456000 },
		{ "tenths of a second", 1, 0, 15, 1500000000 },
		{ "milliseconds", 3, 0, 1500, 1500000000 },
		{ "nanoseconds", 9, 0, 1700000000123456789, 1700000000123456789 },
		{ "picoseconds are cut", 12, 0, 1700999, 1700 },
		{ "the finest decimal unit", 19, 0, 25000000000, 2 },
		{ "halves of a second", 0x81, 0, 3, 1500000000 },
		{ "2^-32 s, as NTP", 0xa0, 0, 0x180000000, 1500000000 },
		{ "2^-63 s", 0xbf, 0, 0x4000000000000000, 500000000 },
		{ "an offset", 6, 100, 5, 100000005000 },
		{ "a negative offset", 6, -1, 5000000, 4000000000 },
	};

	(void)state;
	for (size_t i = 0; i < 2 * ROW_COUNT(rows); i++) {
		print_message("%s, %s endian\n", rows[i / 2].why, i % 2 ? "big" : "little");
		start(i % 2);
		put_interface(LINK_ETHERNET, rows[i / 2].unit, rows[i / 2].offset_s);
		put_enhanced(0, rows[i / 2].units, 0xee, 20);
		read_sample(&reading, &sample, sample.size);

		assert_int_equal(reading.damage_count, 0);
		assert_int_equal(reading.count, 1);
		assert_int_equal(reading.packets[0].time_ns, rows[i / 2].time_ns);
	}
}

static void each_packet_has_the_link_type_of_its_interface(void **state)
{
	(void)state;
	start(false);
	put_interface(LINK_ETHERNET, 6, 0);
	put_interface(LINK_LINUX_SLL2, 9, 0);
	put_enhanced(1, 1, 0xaa, 7); /* a size that needs padding */
	put_enhanced(0, 1, 0xbb, 8);
	read_sample(&reading, &sample, sample.size);

	assert_int_equal(reading.count, 2);
	assert_int_equal(reading.packets[0].link, LINK_LINUX_SLL2);
	assert_int_equal(reading.packets[0].port, 1);
	assert_int_equal(reading.packets[0].captured, 7);
	assert_int_equal(reading.bytes[0][6], 0xaa);
	assert_int_equal(reading.packets[1].link, LINK_ETHERNET);
	assert_int_equal(reading.packets[1].port, 0);
	assert_true(reading.mapped);
}

static void a_new_section_starts_anew_in_its_own_byte_order(void **state)
{
	(void)state;
	start(false);
	put_interface(LINK_ETHERNET, 9, 0);
	put_enhanced(0, 1, 0xaa, 20);
	put_section(true);
	put_interface(LINK_RAW, 9, 0);
	put_enhanced(0, 2, 0xbb, 20);
	read_sample(&reading, &sample, sample.size);

	assert_int_equal(reading.damage_count, 0);
	assert_int_equal(reading.count, 2);
	assert_int_equal(reading.packets[1].link, LINK_RAW);
	assert_int_equal(reading.packets[1].time_ns, 2);
}

static void older_packet_blocks_are_read_and_other_blocks_passed_over(void **state)
{
	(void)state;
	start(false);
	put_interface(LINK_ETHERNET, 9, 0);
	begin_body();
	put_fill(&body, 0x11, 40);
	put_block(&sample, SECRETS, &body);

	begin_body();
	put_16(&body, 0); /* interface */
	put_16(&body, 9); /* drops */
	put_32(&body, 0);
	put_32(&body, 77);
	put_32(&body, 4);
	put_32(&body, 60);
	put_fill(&body, 0xaa, 4);
	put_block(&sample, OLD_PACKET, &body);

	begin_body();
	put_32(&body, 200); /* more than the interface's 96 */
	put_fill(&body, 0xbb, 96);
	put_block(&sample, SIMPLE, &body);
	read_sample(&reading, &sample, sample.size);

	assert_int_equal(reading.damage_count, 0);
	assert_int_equal(reading.count, 2);
	assert_int_equal(reading.packets[0].time_ns, 77);
	assert_int_equal(reading.packets[0].captured, 4);
	assert_int_equal(reading.packets[0].length, 60);
	assert_int_equal(reading.packets[1].time_ns, 77); /* it has none of its own */
	assert_int_equal(reading.packets[1].captured, 96);
	assert_int_equal(reading.packets[1].length, 200);
}

static void damage_that_is_no_cut_is_named(void **state)
{
	static const struct {
		const char *why;
		size_t from_end; /* where the last block is overwritten */
		uint32_t value;
		const char *text;
	} rows[] = {
		{ "length below a block's own", 48, 8, "a block here claims to have 8 bytes" },
		{ "length no multiple of 4", 48, 51, "a block here claims to have 51 bytes" },
		{ "length of 4 GiB", 48, 0xfffffffc, "claims to have 4294967292 bytes" },
		{ "length past the end", 48, 104, "the file ends in the middle of this packet" },
		{ "interface not described", 44, 1, "its interface was not described before it" },
		{ "more captured than the block holds", 32, 21, "its block is too short" },
		{ "other length behind", 4, 56, "the two lengths of a block differ" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		start(false);
		put_interface(LINK_ETHERNET, 9, 0);
		put_enhanced(0, 1, 0xaa, 20);
		put_enhanced(0, 2, 0xbb, 20);
		size_t size = sample.size;
		sample.size -= rows[i].from_end;
		put_32(&sample, rows[i].value);
		read_sample(&reading, &sample, size);

		assert_int_equal(reading.error, 0);
		assert_int_equal(reading.count, 1);
		assert_int_equal(reading.damage_count, 1);
		assert_text_has(reading.damage.text, "packet 2 at byte ");
		assert_text_has(reading.damage.text, rows[i].text);
	}
}

static void interfaces_that_cannot_be_understood_are_damage(void **state)
{
	static const struct {
		const char *why;
		uint8_t unit;
	} rows[] = {
		{ "10^-20 s", 20 },
		{ "2^-64 s", 0xc0 },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		start(false);
		put_interface(LINK_ETHERNET, rows[i].unit, 0);
		put_enhanced(0, 1, 0xaa, 20);
		read_sample(&reading, &sample, sample.size);
		assert_int_equal(reading.count, 0);
		assert_text_has(reading.damage.text, "a unit that is too fine");
	}
}

static void a_cut_at_any_byte_loses_only_the_packet_it_hits(void **state)
{
	size_t ends[5], header;
	char path[32];

	(void)state;
	start(false);
	header = sample.size;
	put_interface(LINK_ETHERNET, 9, 0);
	for (uint8_t i = 0; i < ROW_COUNT(ends); i++) {
		put_enhanced(0, i, i, 5 * i);
		ends[i] = sample.size;
	}
	for (size_t size = 0; size <= sample.size; size++) {
		size_t whole = 0;
		bool clean = size == header || size == ends[0] - 32; /* no packets is no damage */

		for (size_t i = 0; i < ROW_COUNT(ends); i++) {
			whole += ends[i] <= size;
			clean = clean || ends[i] == size;
		}
		for (int streamed = 0; streamed < 2; streamed++) {
			int fd = streamed ? sample_pipe(&sample, size, path)
					  : sample_file(&sample, size, path);

			read_path(&reading, path);
			close(fd);
			assert_int_equal(reading.error, 0);
			assert_int_equal(reading.count, whole);
			assert_int_equal(reading.damage_count, !clean);
			assert_int_equal(reading.mapped, !streamed);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_stamps_of_any_unit_become_nanoseconds),
		cmocka_unit_test(each_packet_has_the_link_type_of_its_interface),
		cmocka_unit_test(a_new_section_starts_anew_in_its_own_byte_order),
		cmocka_unit_test(older_packet_blocks_are_read_and_other_blocks_passed_over),
		cmocka_unit_test(damage_that_is_no_cut_is_named),
		cmocka_unit_test(interfaces_that_cannot_be_understood_are_damage),
		cmocka_unit_test(a_cut_at_any_byte_loses_only_the_packet_it_hits),
	};

	return cmocka_run_group_tests_name("file_pcapng", tests, NULL, NULL);
}
