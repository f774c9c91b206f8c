#include "unit.h"

#include <string.h>

#include "identify/http.h"
#include "identify/http2.h"

#define SETTINGS "\0\0\0\x04\0\0\0\0\0"
#define FRAME(length, type, flags, stream) "\0\0" length type flags "\0\0\0" stream

/* :method GET, :path /, :authority "a" or "b", which enters the table */
#define GET_A                                                                                      \
	"\x82\x84\x41\x01"                                                                         \
	"a"
#define GET_B                                                                                      \
	"\x82\x84\x41\x01"                                                                         \
	"b"

struct piece {
	const char *bytes;
	size_t length;
	enum direction direction;
	uint64_t gap;
};

#define C(text)                                                                                    \
	{                                                                                          \
		text, sizeof(text) - 1, TO_SERVER, 0                                               \
	}
#define S(text)                                                                                    \
	{                                                                                          \
		text, sizeof(text) - 1, TO_CLIENT, 0                                               \
	}
#define AFTER_GAP(missed, text, to)                                                                \
	{                                                                                          \
		text, sizeof(text) - 1, to, missed                                                 \
	}

enum { PIECES_MAX = 8 };

static struct http_pool *pool;
static char text[4096]; /* "host=status " of each request found */

static void note(void *context, const struct http_info *info)
{
	char status[4] = { (char)('0' + info->status / 100), (char)('0' + info->status / 10 % 10),
			   (char)('0' + info->status % 10), '\0' };

	(void)context;
	assert_true(info->version == 20 || info->version == 11);
	assert_true(strlen(text) + strlen(info->host) + 8 < sizeof(text));
	strcat(text, info->is_request ? "" : "!");
	strcat(text, info->host);
	strcat(text, "=");
	strcat(text, status);
	strcat(text, " ");
}

static int make_pool(void **state)
{
	(void)state;
	return http_pool_new(&pool, 2);
}

static int free_pool(void **state)
{
	(void)state;
	http_pool_free(pool);
	return 0;
}

static enum parse_outcome feed(struct http_reader *reader, const struct piece *piece, size_t part)
{
	const uint8_t *at = (const uint8_t *)piece->bytes;
	enum parse_outcome outcome = PARSE_MORE;
	uint64_t gap = piece->gap;

	for (size_t left = piece->length; left > 0 && outcome == PARSE_MORE;) {
		size_t length = part != 0 && part < left ? part : left;

		outcome = http_read(reader, NULL, piece->direction, at, length, gap, note, NULL,
				    NULL);
		gap = 0;
		at += length;
		left -= length;
	}
	return outcome;
}

#define PREFACE HTTP2_PREFACE SETTINGS
#define REQUEST_A FRAME("\x05", "\x01", "\x05", "\x01") GET_A
#define REQUEST_B FRAME("\x05", "\x01", "\x05", "\x03") GET_B
#define OK_1 FRAME("\x01", "\x01", "\x04", "\x01") "\x88"
#define OK_3 FRAME("\x01", "\x01", "\x04", "\x03") "\x88"
#define NOT_FOUND_1 FRAME("\x01", "\x01", "\x05", "\x01") "\x8d"

static const struct {
	const char *why, *expected;
	bool in_parts; /* the same when it comes in small parts */
	struct piece piece[PIECES_MAX];
} rows[] = {
	{ "two streams, answered out of order",
	  "b=200 a=404 ",
	  true,
	  { C(PREFACE REQUEST_A REQUEST_B), S(SETTINGS OK_3 NOT_FOUND_1) } },
	{ "the server speaks first",
	  "a=200 ",
	  false,
	  { S(SETTINGS), C(PREFACE REQUEST_A), S(OK_1) } },
	{ "an interim response, a body and a trailer",
	  "a=200 ",
	  true,
	  { C(PREFACE REQUEST_A),
	    S(SETTINGS FRAME("\x05", "\x01", "\x04",
			     "\x01") "\x48\x03"
				     "103" OK_1 FRAME("\x02", "\x00", "\x00", "\x01") "hi" FRAME(
					     "\x04", "\x01", "\x05", "\x01") "\x00\x01"
									     "x\x00") } },
	{ "padding and priority",
	  "a=200 ",
	  true,
	  { C(PREFACE FRAME("\x0d", "\x01", "\x2c", "\x01") "\x02\0\0\0\0\x10" GET_A "\0\0"),
	    S(SETTINGS OK_1) } },
	{ "a block over three frames, one of them empty",
	  "a=200 ",
	  true,
	  { C(PREFACE FRAME("\x03", "\x01", "\x01", "\x01") "\x82\x84\x41" FRAME(
		    "\x00", "\x09", "\x00", "\x01") FRAME("\x02", "\x09", "\x04", "\x01") "\x01"
											  "a"),
	    S(SETTINGS OK_1) } },
	{ "trailers and pushes keep the table in step",
	  "a=200 c=201 ",
	  true,
	  { C(PREFACE REQUEST_A FRAME("\x05", "\x01", "\x05", "\x01") "\x40\x01"
								      "x\x01"
								      "y" /* trailer */
	      FRAME("\x05", "\x01", "\x05", "\x03") "\x82\x84\x41\x01"
						    "c"),
	    S(SETTINGS OK_1 FRAME("\x09", "\x05", "\x04",
				  "\x01") "\0\0\0\x02\x48\x03"
					  "201" FRAME("\x01", "\x01", "\x05", "\x03") "\xbe") } },
	{ "a request that is taken back",
	  "a=000 ",
	  true,
	  { C(PREFACE REQUEST_A FRAME("\x04", "\x03", "\x00", "\x01") "\0\0\0\x08") } },
	{ "the client's side only", "a=000 b=000 ", true, { C(PREFACE REQUEST_A REQUEST_B) } },
	{ "the server's side only", "!=200 !=404 ", false, { S(SETTINGS OK_3 NOT_FOUND_1) } },
	{ "a gap within DATA",
	  "a=200 b=200 ",
	  false,
	  { C(PREFACE REQUEST_A FRAME("\x40", "\x00", "\x00", "\x01") "xx"),
	    AFTER_GAP(60, "xx" REQUEST_B, TO_SERVER), S(SETTINGS OK_1 OK_3) } },
	{ "a gap elsewhere ends the direction",
	  "a=200 ",
	  false,
	  { C(PREFACE REQUEST_A), AFTER_GAP(14, REQUEST_B, TO_SERVER), S(SETTINGS OK_1) } },
	{ "frames within a block end it",
	  "",
	  true,
	  { C(PREFACE FRAME("\x03", "\x01", "\x01", "\x01") "\x82\x84\x41" REQUEST_B) } },
	{ "more padding than frame",
	  "",
	  true,
	  { C(PREFACE FRAME("\x02", "\x01", "\x0d", "\x01") "\x02\x82" REQUEST_B) } },
	{ "a prologue longer than its frame",
	  "",
	  true,
	  { C(PREFACE FRAME("\x02", "\x01", "\x25", "\x01") "\0\0" REQUEST_B) } },
	{ "Upgrade: h2c: the request goes on as stream 1",
	  "u=200 b=200 ",
	  false,
	  { C("GET / HTTP/1.1\r\nHost: u\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n"),
	    S("HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n" SETTINGS), C(PREFACE REQUEST_B),
	    S(OK_1 OK_3) } },
};

static void streams_are_followed_through_frames(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		for (size_t part = 0; part < (rows[i].in_parts ? 5 : 1); part++) {
			struct http_reader *reader = http_reader_take(pool);

			print_message("%s (parts of %zu)\n", rows[i].why, part);
			text[0] = '\0';
			for (size_t p = 0; p < PIECES_MAX && rows[i].piece[p].bytes; p++)
				assert_int_equal(feed(reader, &rows[i].piece[p], part), PARSE_MORE);
			assert_true(http_is_h2(reader));
			http_flush(reader, note, NULL);
			assert_string_equal(text, rows[i].expected);
			http_reader_release(reader, pool, NULL);
		}
	}
}

static void a_request_is_read_from_its_fields(void **state)
{
	/* POST /v1?sig=s&se=1, a.test, api-key: k, authorization: Bearer t, user-agent: u */
	static const char bytes[] = PREFACE FRAME("\x41", "\x01", "\x05",
						  "\x01") "\x83\x44\x0e/v1?sig=s&se=1\x41\x06"
							  "a.test"
							  "\x40\x07"
							  "api-key\x01"
							  "k"
							  "\x1f\x08\x08"
							  "Bearer t" /* never indexed, name 23 */
							  "\x7a\x01u\x40\x08"
							  "metadata\x04"
							  "true";
	struct http_reader *reader = http_reader_take(pool);
	const struct http_info *early = NULL;

	(void)state;
	http_read(reader, NULL, TO_SERVER, (const uint8_t *)bytes, sizeof(bytes) - 1, 0, note, NULL,
		  &early);
	assert_non_null(early);
	assert_string_equal(early->method, "POST");
	assert_string_equal(early->path, "/v1");
	assert_true(early->has_query);
	assert_string_equal(early->host, "a.test");
	assert_string_equal(early->auth_scheme, "Bearer");
	assert_string_equal(early->user_agent, "u");
	assert_true(early->metadata_header);
	assert_int_equal(early->credentials,
			 CREDENTIAL_SAS | CREDENTIAL_API_KEY | CREDENTIAL_BEARER);
	assert_int_equal(early->version, 20);
	http_reader_release(reader, pool, NULL);
}

static void the_oldest_stream_gives_way_when_too_many_wait(void **state)
{
	static const struct piece preface = C(PREFACE);
	struct http_reader *reader = http_reader_take(pool);
	uint64_t before = http_pool_stats(pool).unanswered;

	(void)state;
	text[0] = '\0';
	feed(reader, &preface, 0);
	for (int i = 0; i <= HTTP2_STREAMS_MAX; i++) {
		char bytes[] = FRAME("\x05", "\x01", "\x05", "\x01") "\x82\x84\x01\x01"
								     "a";
		struct piece piece = { bytes, sizeof(bytes) - 1, TO_SERVER, 0 };

		bytes[8] = (char)(2 * i + 1);
		bytes[sizeof(bytes) - 2] = (char)('a' + i);
		feed(reader, &piece, 0);
	}
	assert_string_equal(text, "a=000 ");
	assert_int_equal(http_pool_stats(pool).unanswered - before, 1);
	http_reader_release(reader, pool, NULL);
}

static void state_for_http2_is_bounded(void **state)
{
	static const struct piece preface = C(PREFACE);
	struct http_reader *first = http_reader_take(pool), *second = http_reader_take(pool);
	uint64_t before = http_pool_stats(pool).h2_refused;

	(void)state;
	assert_int_equal(feed(first, &preface, 0), PARSE_MORE);
	assert_int_equal(feed(second, &preface, 0), PARSE_LIMIT);
	assert_int_equal(http_pool_stats(pool).h2_refused - before, 1);
	http_reader_release(first, pool, NULL);
	http_reader_release(second, pool, NULL);

	first = http_reader_take(pool);
	assert_int_equal(feed(first, &preface, 0), PARSE_MORE);
	http_reader_release(first, pool, NULL);
}

static void a_server_is_told_by_its_settings_frame(void **state)
{
	static const struct {
		const char *why, *bytes;
		size_t length;
		bool expected;
	} servers[] = {
		{ "empty", SETTINGS, 9, true },
		{ "two settings", "\0\0\x0c\x04\0\0\0\0\0", 9, true },
		{ "not a multiple of six", "\0\0\x0d\x04\0\0\0\0\0", 9, false },
		{ "another frame", "\0\0\x06\x01\0\0\0\0\0", 9, false },
		{ "on a stream", "\0\0\x06\x04\0\0\0\0\x01", 9, false },
		{ "not whole", SETTINGS, 8, false },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(servers); i++) {
		print_message("%s\n", servers[i].why);
		assert_int_equal(
			http_looks_like((const uint8_t *)servers[i].bytes, servers[i].length),
			servers[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_are_followed_through_frames),
		cmocka_unit_test(a_request_is_read_from_its_fields),
		cmocka_unit_test(the_oldest_stream_gives_way_when_too_many_wait),
		cmocka_unit_test(state_for_http2_is_bounded),
		cmocka_unit_test(a_server_is_told_by_its_settings_frame),
	};

	return cmocka_run_group_tests_name("http2", tests, make_pool, free_pool);
}
