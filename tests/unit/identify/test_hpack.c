#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "identify/hpack.h"

enum { TEXT_MAX = 2048 };

static struct hpack hpack;
static char text[TEXT_MAX]; /* "name-id:text " of each field found */

static void note(void *context, const struct http_field *field)
{
	static const char *const names[HTTP_FIELDS] = {
		[HTTP_FIELD_OTHER] = "-",
		[HTTP_FIELD_METHOD] = "method",
		[HTTP_FIELD_TARGET] = "path",
		[HTTP_FIELD_HOST] = "host",
		[HTTP_FIELD_STATUS] = "status",
		[HTTP_FIELD_USER_AGENT] = "agent",
		[HTTP_FIELD_AUTHORIZATION] = "auth",
		[HTTP_FIELD_SECRET] = "secret",
	};
	const char *name = names[field->id];

	(void)context;
	assert_non_null(name);
	assert_true(strlen(text) + strlen(name) + strlen(field->text) + 3 < TEXT_MAX);
	strcat(text, name);
	strcat(text, field->text[0] != '\0' ? "=" : "");
	strcat(text, field->text);
	strcat(text, " ");
}

static size_t from_hex(const char *hex, uint8_t *bytes)
{
	size_t length = 0;

	for (; *hex != '\0'; hex++) {
		char pair[3] = { hex[0], hex[1], '\0' };

		if (*hex == ' ')
			continue;
		bytes[length++] = (uint8_t)strtoul(pair, NULL, 16);
		hex++;
	}
	return length;
}

/* Reads a block in parts of `part` bytes (0: whole) and leaves what it found in `text`. */
static bool read_block(const char *hex, size_t part)
{
	static uint8_t bytes[TEXT_MAX];
	size_t length = from_hex(hex, bytes);
	bool good = true;

	text[0] = '\0';
	for (size_t at = 0; good && at < length; at += part != 0 ? part : length) {
		size_t left = length - at;

		good = hpack_read(&hpack, bytes + at, part != 0 && part < left ? part : left, note,
				  NULL);
	}
	return good && hpack_is_between_fields(&hpack);
}

/* RFC 7541 Appendix C.3 and C.4: three requests, plain and Huffman. C.5 and C.6: three responses
 * through a table of 256 bytes, with evictions. */
static void the_examples_of_the_rfc_decode(void **state)
{
	static const struct {
		const char *why;
		uint32_t limit;
		struct {
			const char *hex, *expected;
			uint32_t size, count; /* of the dynamic table afterwards */
		} block[3];
	} rows[] = {
		{ "C.3",
		  HPACK_TABLE_DEFAULT,
		  { { "828684410f7777772e6578616d706c652e636f6d",
		      "method=GET - path=/ host=www.example.com ", 57, 1 },
		    { "828684be58086e6f2d6361636865", "method=GET - path=/ host=www.example.com - ",
		      110, 2 },
		    { "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
		      "method=GET - path=/index.html host=www.example.com - ", 164, 3 } } },
		{ "C.4",
		  HPACK_TABLE_DEFAULT,
		  { { "828684418cf1e3c2e5f23a6ba0ab90f4ff",
		      "method=GET - path=/ host=www.example.com ", 57, 1 },
		    { "828684be5886a8eb10649cbf", "method=GET - path=/ host=www.example.com - ",
		      110, 2 },
		    { "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
		      "method=GET - path=/index.html host=www.example.com - ", 164, 3 } } },
		{ "C.5",
		  256,
		  { { "4803333032580770726976617465611d4d6f6e2c203231204f63742032303133"
		      "2032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d70"
		      "6c652e636f6d",
		      "status=302 - - - ", 222, 4 },
		    { "4803333037c1c0bf", "status=307 - - - ", 222, 4 },
		    { "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d"
		      "54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f5049"
		      "5541585157454f49553b206d61782d6167653d333630303b2076657273696f6e"
		      "3d31",
		      "status=200 - - - - - ", 215, 3 } } },
		{ "C.6",
		  256,
		  { { "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a6"
		      "2d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
		      "status=302 - - - ", 222, 4 },
		    { "4883640effc1c0bf", "status=307 - - - ", 222, 4 },
		    { "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab"
		      "77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f"
		      "9587316065c003ed4ee5b1063d5007",
		      "status=200 - - - - - ", 215, 3 } } },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		for (size_t part = 0; part < 3; part++) {
			hpack_start(&hpack);
			hpack.limit = rows[i].limit; /* as SETTINGS would have it */
			for (int b = 0; b < 3; b++) {
				assert_true(read_block(rows[i].block[b].hex, part));
				assert_string_equal(text, rows[i].block[b].expected);
				assert_int_equal(hpack.size, rows[i].block[b].size);
				assert_int_equal(hpack.count, rows[i].block[b].count);
			}
		}
	}
}

static void every_octet_has_its_huffman_code(void **state)
{
	/* Appendix B: first and last code of some lengths, and EOS. */
	static const struct {
		const char *why;
		uint32_t code;
		int bits, symbol;
	} rows[] = {
		{ "the shortest", 0x0, 5, '0' },
		{ "5 bits, last", 0x9, 5, 't' },
		{ "6 bits, first", 0x14, 6, ' ' },
		{ "7 bits, first", 0x5c, 7, ':' },
		{ "8 bits, last", 0xfd, 8, 'Z' },
		{ "10 bits", 0x3fa, 10, '(' },
		{ "13 bits", 0x1ff8, 13, 0 },
		{ "15 bits", 0x7ffe, 15, 123 },
		{ "19 bits", 0x7fff0, 19, 92 },
		{ "23 bits", 0x7fffd8, 23, 1 },
		{ "28 bits", 0xfffffe2, 28, 2 },
		{ "30 bits", 0x3ffffffc, 30, 10 },
		{ "EOS", 0x3fffffff, 30, HPACK_HUFFMAN_BAD },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct hpack_huffman huffman;
		int symbol = HPACK_HUFFMAN_MORE;

		print_message("%s\n", rows[i].why);
		hpack_huffman_start(&huffman);
		for (int bit = rows[i].bits - 1; bit >= 0; bit--) {
			assert_int_equal(symbol, HPACK_HUFFMAN_MORE);
			symbol = hpack_huffman_bit(&huffman, rows[i].code >> bit & 1);
		}
		assert_int_equal(symbol, rows[i].symbol);
	}
}

static void damage_is_told(void **state)
{
	static const struct {
		const char *why, *hex;
	} rows[] = {
		{ "index 0", "80" },
		{ "an index past the table", "be" },
		{ "a name past the table", "7e0161" },
		{ "an integer without end", "ffffffffffffff" },
		{ "an empty name", "400001"
				   "61" },
		{ "EOS within a string", "4484ffffffff" },
		{ "padding of zeros", "448100" },
		{ "padding of a whole byte", "448207ff" },
		{ "a block that ends in a string", "440561" },
		{ "a block that ends in an integer", "ff" },
		{ "a string past all bounds", "447fffff7f" },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		for (size_t part = 0; part < 2; part++) {
			hpack_start(&hpack);
			assert_false(read_block(rows[i].hex, part));
		}
	}
}

static void the_table_grows_and_shrinks_as_the_encoder_says(void **state)
{
	(void)state;
	hpack_start(&hpack);
	assert_true(read_block("410161"
			       "410162",
			       0));
	assert_int_equal(hpack.count, 2);
	assert_int_equal(hpack.size, 2 * (10 + 1 + 32));

	assert_true(read_block("3f0c"
			       "be",
			       0)); /* 43 bytes: room for the newest */
	assert_int_equal(hpack.count, 1);
	assert_string_equal(text, "host=b ");

	assert_true(read_block("41026363", 0)); /* 44 bytes: empties it, and is not added */
	assert_string_equal(text, "host=cc ");
	assert_int_equal(hpack.count, 0);
	assert_int_equal(hpack.size, 0);

	assert_true(read_block("20"
			       "3fe11f"
			       "410164"
			       "be",
			       0)); /* 0, then 4096 */
	assert_string_equal(text, "host=d host=d ");
}

static void past_the_largest_table_only_the_oldest_are_unknown(void **state)
{
	(void)state;
	hpack_start(&hpack);
	assert_true(read_block("3fe1ff03", 0)); /* 65536 */
	assert_int_equal(hpack.limit, HPACK_TABLE_MAX);
	for (uint32_t i = 0; i < 2 * HPACK_ENTRIES_MAX; i++)
		assert_true(read_block("410161", 0));
	assert_true(hpack.size <= HPACK_TABLE_MAX);
	assert_true(read_block("be", 0));
	assert_string_equal(text, "host=a ");
	assert_true(read_block("ff8106", 0)); /* index 127 + 769 */
	assert_string_equal(text, "- ");
	assert_int_equal(hpack.unknown, 1);
}

/* "api-key: s3cret", "authorization: Bearer s3cret", ":path: /a?code=s3cret", all into the table. */
static void secrets_do_not_reach_the_table(void **state)
{
	static const char key[] = "40076170692d6b657906733363726574";
	static const char bearer[] = "570d42656172657220733363726574";
	static const char path[] = "440e2f613f636f64653d733363726574";
	const struct hpack_entry *newest;

	(void)state;
	hpack_start(&hpack);
	memset(hpack.text, 0, sizeof(hpack.text));
	assert_true(read_block(key, 0));
	assert_string_equal(text, "secret ");
	assert_int_equal(hpack.field.credentials, CREDENTIAL_API_KEY);
	assert_int_equal(hpack.size, 7 + 6 + 32);
	assert_true(read_block(bearer, 0));
	assert_string_equal(text, "auth=Bearer ");
	assert_true(read_block(path, 0));
	assert_string_equal(text, "path=/a ");
	assert_null(memmem(&hpack, sizeof(hpack), "s3cret", 6));

	assert_true(read_block("c0bfbe", 1)); /* and come back from there */
	assert_string_equal(text, "secret auth=Bearer path=/a ");
	assert_int_equal(hpack.field.credentials, CREDENTIAL_API_KEY);
	assert_true(hpack.field.has_query);

	assert_true(read_block("7f0100", 0)); /* the third's name, with an empty value */
	assert_int_equal(hpack.field.credentials, 0);
	newest = &hpack.entries[hpack.newest % HPACK_ENTRIES_MAX];
	assert_int_equal(newest->size, 7 + 32);
	assert_true(read_block("7e03783d79", 0)); /* that one's name again, with a value */
	assert_int_equal(hpack.field.credentials, CREDENTIAL_API_KEY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_examples_of_the_rfc_decode),
		cmocka_unit_test(every_octet_has_its_huffman_code),
		cmocka_unit_test(damage_is_told),
		cmocka_unit_test(the_table_grows_and_shrinks_as_the_encoder_says),
		cmocka_unit_test(past_the_largest_table_only_the_oldest_are_unknown),
		cmocka_unit_test(secrets_do_not_reach_the_table),
	};

	return cmocka_run_group_tests_name("hpack", tests, NULL, NULL);
}
