#include "unit.h"

#include "sample.h"

#include <zlib.h>
#include <zstd.h>

static struct sample sample, packed;
static struct reading plain, reading;

/* 300 packets whose bytes do not pack away to nothing. */
static void make_sample(void)
{
	uint32_t noise = 1;

	sample.size = 0;
	sample.big = false;
	put_pcap_header(&sample, MAGIC_US, LINK_ETHERNET);
	for (uint32_t i = 0; i < 300; i++) {
		put_pcap_packet(&sample, i, 0, 1400);
		for (size_t k = sample.size - 1400; k < sample.size; k++) {
			noise = noise * 1664525 + 1013904223;
			sample.bytes[k] = (uint8_t)(noise >> 24);
		}
	}
	read_sample(&plain, &sample, sample.size);
	assert_int_equal(plain.count, 300);
}

static void pack_gzip(const uint8_t *bytes, size_t size)
{
	z_stream stream = { .next_in = (Bytef *)bytes,
			    .avail_in = (uInt)size,
			    .next_out = packed.bytes + packed.size,
			    .avail_out = (uInt)(SAMPLE_BYTES - packed.size) };

	assert_int_equal(deflateInit2(&stream, 1, Z_DEFLATED, MAX_WBITS + 16, 8, 0), Z_OK);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	packed.size += stream.total_out;
	deflateEnd(&stream);
}

static void pack_zstd(const uint8_t *bytes, size_t size)
{
	size_t made = ZSTD_compress(packed.bytes + packed.size, SAMPLE_BYTES - packed.size, bytes,
				    size, 1);

	assert_false(ZSTD_isError(made));
	packed.size += made;
}

static const struct {
	const char *name;
	void (*pack)(const uint8_t *bytes, size_t size);
} packings[] = { { "gzip", pack_gzip }, { "zstd", pack_zstd } };

static void assert_same_packets(void)
{
	assert_int_equal(reading.count, plain.count);
	for (size_t i = 0; i < plain.count; i++) {
		assert_int_equal(reading.packets[i].time_ns, plain.packets[i].time_ns);
		assert_memory_equal(reading.bytes[i], plain.bytes[i], SAMPLE_PACKET_BYTES);
	}
}

static void a_stream_gives_what_the_mapped_file_gives(void **state)
{
	static const struct {
		const char *why;
		size_t batch;
	} rows[] = {
		{ "batches of one", 1 },
		{ "batches that never meet the end of the buffer", 7 },
		{ "the largest", 64 },
	};
	char path[32];

	(void)state;
	make_sample();
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		int fd = sample_pipe(&sample, sample.size, path);
		const char *paths[] = { path };

		read_all(&reading, paths, 1, NULL, rows[i].batch);
		close(fd);
		assert_same_packets();
		assert_int_equal(reading.damage_count, 0);
		assert_int_equal(reading.progress.bytes_done, sample.size);
		assert_int_equal(reading.progress.bytes_total, 0); /* of a pipe it is not known */
	}
}

static void packed_captures_read_as_plain_ones(void **state)
{
	(void)state;
	make_sample();
	for (size_t i = 0; i < ROW_COUNT(packings); i++) {
		print_message("%s\n", packings[i].name);
		packed.size = 0;
		packings[i].pack(sample.bytes, sample.size);
		read_sample(&reading, &packed, packed.size);
		assert_same_packets();
		assert_int_equal(reading.damage_count, 0);
		assert_int_equal(reading.progress.bytes_done, packed.size);
		assert_int_equal(reading.progress.bytes_total, packed.size);
		assert_false(reading.mapped);
	}
}

static void packed_parts_one_after_the_other_are_one_capture(void **state)
{
	(void)state;
	make_sample();
	for (size_t i = 0; i < ROW_COUNT(packings); i++) {
		print_message("%s\n", packings[i].name);
		packed.size = 0;
		packings[i].pack(sample.bytes, 1000);
		packings[i].pack(sample.bytes + 1000, sample.size - 1000);
		if (packings[i].pack == pack_gzip)
			put_fill(&packed, 0, 512); /* as tapes pad */
		read_sample(&reading, &packed, packed.size);
		assert_same_packets();
		assert_int_equal(reading.damage_count, 0);
	}
}

static void a_cut_packed_capture_gives_what_it_has_and_names_the_cut(void **state)
{
	char expected[64];

	(void)state;
	make_sample();
	for (size_t i = 0; i < ROW_COUNT(packings); i++) {
		packed.size = 0;
		packings[i].pack(sample.bytes, sample.size);
		snprintf(expected, sizeof(expected), "the %s data ends too early",
			 packings[i].name);
		for (size_t size = 4; size < packed.size; size += 997) {
			read_sample(&reading, &packed, size);
			assert_int_equal(reading.error, 0);
			assert_true(reading.count < plain.count);
			assert_int_equal(reading.damage_count, 1);
			assert_text_has(reading.damage.text, expected);
		}
		assert_true(reading.count > plain.count / 2);
		assert_text_has(reading.damage.text, " of the unpacked data: ");
	}
}

static void broken_packed_data_is_damage(void **state)
{
	(void)state;
	make_sample();
	packed.size = 0;
	pack_gzip(sample.bytes, sample.size);
	packed.bytes[packed.size - 8] ^= 1; /* the checksum: every packet is there */
	read_sample(&reading, &packed, packed.size);
	assert_same_packets();
	assert_text_has(reading.damage.text, "the gzip data is broken (incorrect data check)");

	packed.size = 0;
	pack_gzip(sample.bytes, sample.size);
	put(&packed, "and more", 8);
	read_sample(&reading, &packed, packed.size);
	assert_same_packets();
	assert_text_has(reading.damage.text, "the gzip data is broken (incorrect header check)");

	packed.size = 0;
	pack_zstd(sample.bytes, sample.size);
	memset(packed.bytes + packed.size / 2, 0xff, 4000);
	memset(packed.bytes + 4, 0xff, 8);
	read_sample(&reading, &packed, packed.size);
	assert_int_equal(reading.error, 0);
	assert_text_has(reading.damage.text, "the zstd data is broken (");
}

static void what_is_packed_but_no_capture_is_refused(void **state)
{
	(void)state;
	packed.size = 0;
	pack_gzip((const uint8_t *)"a diary, not a capture", 22);
	read_sample(&reading, &packed, packed.size);
	assert_int_equal(reading.error, -EINVAL);
	assert_text_has(reading.fault.text, "not a capture (gzip of something else:");
}

static void a_file_that_shrinks_while_mapped_ends_with_a_reason(void **state)
{
	struct packet packets[16];
	const struct fault *texts;
	struct source *source;
	uint64_t count = 0, sum = 0;
	char path[32];
	size_t got;

	(void)state;
	make_sample();
	int fd = sample_file(&sample, sample.size, path);
	const char *paths[] = { path };

	assert_int_equal(source_open(&source, paths, 1, NULL, NULL), 0);
	assert_int_equal(source_next(source, packets, 16), 16);
	/* Far beyond the packets that may be in flight before the size is asked again. */
	assert_int_equal(ftruncate(fd, (off_t)(sample.size / 2)), 0);
	while ((got = source_next(source, packets, 16)) > 0) {
		for (size_t i = 0; i < got; i++)
			sum += packets[i].data[packets[i].captured - 1]; /* must not fault */
		count += got;
	}
	assert_true(sum > 0);
	assert_in_range(count, 100, 150);
	assert_int_equal(source_damage(source, &texts), 1);
	assert_text_has(texts[0].text, "the file became shorter while it was read (from ");
	source_close(source);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_gives_what_the_mapped_file_gives),
		cmocka_unit_test(packed_captures_read_as_plain_ones),
		cmocka_unit_test(packed_parts_one_after_the_other_are_one_capture),
		cmocka_unit_test(a_cut_packed_capture_gives_what_it_has_and_names_the_cut),
		cmocka_unit_test(broken_packed_data_is_damage),
		cmocka_unit_test(what_is_packed_but_no_capture_is_refused),
		cmocka_unit_test(a_file_that_shrinks_while_mapped_ends_with_a_reason),
	};

	return cmocka_run_group_tests_name("input", tests, NULL, NULL);
}
