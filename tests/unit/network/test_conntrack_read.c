#include "unit.h"

#include <errno.h>
#include <stdio.h>

#include "base/ip.h"
#include "network/conntrack_read.h"

/* Recorded from Linux 6.18; the fuzz target starts from the same. */
#define RECORDED "tests/fuzz/seeds/conntrack/"
#define BYTES_MAX 4096

static size_t recorded(const char *name, uint8_t bytes[BYTES_MAX])
{
	char path[100];
	FILE *file;
	size_t size;

	snprintf(path, sizeof(path), RECORDED "%s", name);
	file = fopen(path, "rb");
	assert_non_null(file);
	size = fread(bytes, 1, BYTES_MAX, file);
	fclose(file);
	assert_int_not_equal(size, 0);
	return size;
}

static void check_end(const struct ip_addr *addr, uint16_t port, const char *wanted)
{
	char text[IP_TEXT_SIZE], end[IP_TEXT_SIZE + 8] = "";

	ip_print(addr, text);
	if (!ip_is_zero(addr))
		snprintf(end, sizeof(end), "%s %u", text, port);
	assert_string_equal(end, wanted);
}

/* A connection in both of its forms: what is asked for, and what is known of it then. */
struct wanted_row {
	const char *src, *dst, *real_src, *real_dst;
};

static void a_recorded_message_says_what_is_translated(void **state)
{
	static const struct {
		const char *recorded;
		uint8_t kind;
		size_t count;
		struct wanted_row row[CONNTRACK_ROWS_MAX];
		const char *why;
	} rows[] = {
		{ "snat",
		  CONNTRACK_NEW,
		  1,
		  { { "203.0.113.1 61000", "203.0.113.12 443", "10.10.1.10 40000", "" } },
		  "seen outside, the appliance's address stands for the client's" },
		{ "snat6",
		  CONNTRACK_NEW,
		  1,
		  { { "2001:db8::1 5000", "2001:db8::12 443", "fd00:1::10 5000", "" } },
		  "the same in IPv6, UDP; the port stays" },
		{ "dnat",
		  CONNTRACK_NEW,
		  2,
		  { { "203.0.113.12 50000", "10.10.1.10 443", "", "203.0.113.1 8443" },
		    { "203.0.113.12 50000", "203.0.113.1 8443", "", "10.10.1.10 443" } },
		  "a translated destination is known on either side" },
		{ "plain", CONNTRACK_NEW, 0, { { 0 } }, "a connection that is not translated" },
		{ "ping", CONNTRACK_OTHER, 0, { { 0 } }, "pings have no ports" },
		{ "gone",
		  CONNTRACK_GONE,
		  1,
		  { { "203.0.113.1 61000", "203.0.113.12 443", "10.10.1.10 40000", "" } },
		  "the end of the first" },
		{ "listed", CONNTRACK_LISTED, 0, { { 0 } }, "the end of a list" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		uint8_t bytes[BYTES_MAX];
		struct cursor messages = cursor_over(bytes, recorded(rows[i].recorded, bytes));
		struct conntrack_message message;
		struct conntrack_row found[CONNTRACK_ROWS_MAX];

		print_message("%s: %s\n", rows[i].recorded, rows[i].why);
		assert_true(conntrack_read(&messages, &message));
		assert_int_equal(message.kind, rows[i].kind);
		assert_false(message.damaged);
		assert_int_equal(conntrack_rows(&message, found), rows[i].count);
		for (size_t j = 0; j < rows[i].count; j++) {
			const struct nat_tuple *key = &found[j].key;
			const struct nat_sides *sides = &found[j].sides;

			check_end(&key->src, key->src_port, rows[i].row[j].src);
			check_end(&key->dst, key->dst_port, rows[i].row[j].dst);
			check_end(&sides->src, sides->src_port, rows[i].row[j].real_src);
			check_end(&sides->dst, sides->dst_port, rows[i].row[j].real_dst);
		}
		assert_false(conntrack_read(&messages, &message));
	}
}

static void a_list_holds_several_in_one_read(void **state)
{
	uint8_t bytes[BYTES_MAX];
	struct cursor messages = cursor_over(bytes, recorded("list", bytes));
	struct conntrack_message message;
	unsigned kinds[CONNTRACK_REFUSED + 1] = { 0 };

	(void)state;
	while (conntrack_read(&messages, &message))
		kinds[message.kind]++;
	assert_int_equal(kinds[CONNTRACK_NEW], 2);
	assert_int_equal(kinds[CONNTRACK_OTHER], 1);
}

static void a_refusal_says_why(void **state)
{
	uint8_t bytes[BYTES_MAX];
	struct cursor messages = cursor_over(bytes, recorded("refused", bytes));
	struct conntrack_message message;

	(void)state;
	assert_true(conntrack_read(&messages, &message));
	assert_int_equal(message.kind, CONNTRACK_REFUSED);
	assert_int_equal(message.error, -EINVAL);
}

/* Cut anywhere, a message is damaged, and never a connection with half of its ends. */
static void a_message_that_is_cut_is_no_connection(void **state)
{
	uint8_t bytes[BYTES_MAX];
	size_t size = recorded("snat", bytes);

	(void)state;
	for (size_t cut = 1; cut < size; cut++) {
		struct cursor messages = cursor_over(bytes, cut);
		struct conntrack_message message;

		assert_true(conntrack_read(&messages, &message));
		assert_true(message.damaged);
		assert_int_equal(message.kind, CONNTRACK_OTHER);
		assert_false(conntrack_read(&messages, &message));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recorded_message_says_what_is_translated),
		cmocka_unit_test(a_list_holds_several_in_one_read),
		cmocka_unit_test(a_refusal_says_why),
		cmocka_unit_test(a_message_that_is_cut_is_no_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
