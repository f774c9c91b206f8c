#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "run/dns_tap.h"

/* An answer with no records: enough to be told by its id. Length prefix, header (RFC 1035). */
#define ANSWER(id) "\x00\x0c" id "\x81\x80\x00\x00\x00\x00\x00\x00\x00\x00"
enum { ANSWER_BYTES = 14, SEQUENCE = 1000 };

struct heard {
	char ids[1024];
	size_t length;
};

struct segment {
	uint32_t offset; /* from the first byte of the stream */
	const char *bytes;
	uint32_t length;
	uint8_t flags;
};

static struct dns_tap *tap;

static int make_tap(void **state)
{
	(void)state;
	return dns_tap_new(&tap);
}

static int free_tap(void **state)
{
	(void)state;
	dns_tap_free(tap);
	return 0;
}

/* Keeps the first letter of each message's id. */
static void hear(void *context, const uint8_t *message, uint32_t length)
{
	struct heard *heard = context;

	assert_true(length >= 12 && heard->length + 1 < sizeof(heard->ids));
	heard->ids[heard->length++] = (char)message[0];
	heard->ids[heard->length] = '\0';
}

static struct layers layers_of(uint16_t client_port, const struct segment *segment)
{
	struct layers layers = {
		.src = { .bytes = { [10] = 0xff, 0xff, 168, 63, 129, 16 } },
		.dst = { .bytes = { [10] = 0xff, 0xff, 10, 10, 1, 4 } },
		.src_port = 53,
		.dst_port = client_port,
		.protocol = 6,
		.ip_version = 4,
		.payload = (const uint8_t *)segment->bytes,
		.payload_captured = segment->length,
		.payload_length = segment->length,
		.tcp_seq = SEQUENCE + segment->offset,
		.tcp_flags = segment->flags | TCP_ACK,
	};

	if (segment->flags & TCP_SYN)
		layers.tcp_seq--;
	return layers;
}

static void feed(uint16_t client_port, const struct segment *segment, struct heard *heard)
{
	struct layers layers = layers_of(client_port, segment);

	dns_tap_segment(tap, &layers, hear, heard);
}

static void answers_are_put_together_whatever_they_come_in(void **state)
{
	static const struct {
		const char *why;
		struct segment segment[6];
		const char *ids;
	} rows[] = {
		{ "one answer, one segment", { { 0, ANSWER("a."), 14, 0 } }, "a" },
		{ "two answers in one segment", { { 0, ANSWER("a.") ANSWER("b."), 28, 0 } }, "ab" },
		{ "length and message apart",
		  { { 0, ANSWER("a."), 2, 0 }, { 2, ANSWER("a.") + 2, 12, 0 } },
		  "a" },
		{ "the length cut in two",
		  { { 0, ANSWER("a."), 1, 0 }, { 1, ANSWER("a.") + 1, 13, 0 } },
		  "a" },
		{ "out of order",
		  { { 0, "", 0, TCP_SYN },
		    { 14, ANSWER("b."), 14, 0 },
		    { 0, ANSWER("a."), 14, 0 } },
		  "ab" },
		{ "sent twice",
		  { { 0, ANSWER("a."), 14, 0 },
		    { 0, ANSWER("a."), 14, 0 },
		    { 14, ANSWER("b."), 14, 0 } },
		  "ab" },
		{ "the last answer comes with the FIN", { { 0, ANSWER("a."), 14, TCP_FIN } }, "a" },
		{ "a new connection on the same ports, the first never closed",
		  { { 0, ANSWER("a."), 14, 0 },
		    { 14, ANSWER("b."), 5, 0 },
		    { 0, "", 0, TCP_SYN },
		    { 0, ANSWER("c."), 14, 0 } },
		  "ac" },
		{ "after a RST too",
		  { { 0, ANSWER("a."), 5, 0 }, { 5, "", 0, TCP_RST }, { 0, ANSWER("c."), 14, 0 } },
		  "c" },
		{ "what is missing is waited for: nothing is made up",
		  { { 0, ANSWER("a."), 7, 0 }, { 14, ANSWER("b."), 14, 0 } },
		  "" },
		{ "not DNS: a length that no header fits",
		  { { 0, "\x00\x01xHTTP/1.1 200 OK", 18, 0 }, { 18, ANSWER("b."), 14, 0 } },
		  "" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct heard heard = { 0 };
		uint16_t port = (uint16_t)(40000 + i);

		for (size_t n = 0; n < ROW_COUNT(rows[i].segment) && rows[i].segment[n].bytes; n++)
			feed(port, &rows[i].segment[n], &heard);
		if (strcmp(heard.ids, rows[i].ids) != 0)
			fail_msg("%s: heard \"%s\", not \"%s\"", rows[i].why, heard.ids,
				 rows[i].ids);
	}
	assert_int_equal(dns_tap_evicted(tap), 0);
}

static void the_stream_unused_longest_gives_way_and_is_counted(void **state)
{
	static const struct segment head = { 0, ANSWER("a."), 7, 0 },
				    tail = { 7, ANSWER("a.") + 7, 7, 0 };
	struct heard heard = { 0 };

	(void)state;
	for (uint16_t i = 0; i < DNS_TAP_STREAMS; i++)
		feed((uint16_t)(1000 + i), &head, &heard);
	assert_int_equal(dns_tap_evicted(tap), 0);
	feed(1000, &(struct segment){ 7, "", 0, 0 }, &heard); /* 1001 is the oldest now */
	feed(9000, &head, &heard);
	assert_int_equal(dns_tap_evicted(tap), 1);
	feed(1000, &tail, &heard);
	assert_string_equal(heard.ids, "a");
	feed(1002, &tail, &heard);
	assert_string_equal(heard.ids, "aa");
	feed(1001, &tail, &heard); /* begun anew, in the middle: not an answer */
	assert_string_equal(heard.ids, "aa");
}

static void no_buffer_is_lost_however_many_streams_come_and_go(void **state)
{
	static const struct segment head = { 0, ANSWER("a."), 7, 0 },
				    ahead = { 100, ANSWER("a."), 14, 0 },
				    rest = { 7, ANSWER("a.") + 7, 7, TCP_FIN };
	struct heard heard = { 0 };

	(void)state;
	for (int i = 0; i < 60000; i++) { /* more than the buffers there are */
		heard.length = 0;
		feed((uint16_t)(1 + i), &head, &heard);
		feed((uint16_t)(1 + i), &ahead, &heard);
		if (i % 2 == 0)
			feed((uint16_t)(1 + i), &rest, &heard);
	}
	heard.length = 0;
	feed(65000, &head, &heard);
	feed(65000, &rest, &heard);
	assert_string_equal(heard.ids, "a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(answers_are_put_together_whatever_they_come_in,
						make_tap, free_tap),
		cmocka_unit_test_setup_teardown(the_stream_unused_longest_gives_way_and_is_counted,
						make_tap, free_tap),
		cmocka_unit_test_setup_teardown(no_buffer_is_lost_however_many_streams_come_and_go,
						make_tap, free_tap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
