#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "identify/http.h"

/* What was sent: pieces of the client and of the server, each after `gap` missing bytes of its
 * direction. The last one of a row has no bytes. */
struct piece {
	const char *bytes;
	enum direction direction;
	uint64_t gap;
};

#define C(text)                                                                                    \
	{                                                                                          \
		text, TO_SERVER, 0                                                                 \
	}
#define S(text)                                                                                    \
	{                                                                                          \
		text, TO_CLIENT, 0                                                                 \
	}
#define AFTER_GAP(missed, text, to)                                                                \
	{                                                                                          \
		text, to, missed                                                                   \
	}

enum { PIECES_MAX = 8, FOUND_MAX = 40 };

struct seen {
	struct http_info info[FOUND_MAX];
	size_t count;
};

static void note(void *context, const struct http_info *info)
{
	struct seen *seen = context;

	assert_true(seen->count < FOUND_MAX);
	seen->info[seen->count++] = *info;
}

static struct http_pool *pool;

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

/* Feeds each piece in parts of `part` bytes. Returns the last outcome that was not PARSE_MORE. */
static enum parse_outcome feed(struct http_reader *reader, const struct piece *piece, size_t part,
			       struct seen *seen)
{
	enum parse_outcome result = PARSE_MORE;

	for (size_t i = 0; i < PIECES_MAX && piece[i].bytes; i++) {
		const uint8_t *at = (const uint8_t *)piece[i].bytes;
		size_t left = strlen(piece[i].bytes);
		uint64_t gap = piece[i].gap;

		do {
			size_t length = part != 0 && part < left ? part : left;
			enum parse_outcome outcome = http_read(reader, NULL, piece[i].direction, at,
							       length, gap, note, seen, NULL);

			if (outcome != PARSE_MORE)
				result = outcome;
			gap = 0;
			at += length;
			left -= length;
		} while (left > 0);
	}
	return result;
}

/* A connection from its beginning to its end. is_heard: the server has spoken before. */
static struct seen follow(const struct piece *piece, size_t part, bool is_heard)
{
	static const struct piece interim[] = { S("HTTP/1.1 102 Wait\r\n\r\n"), { NULL, 0, 0 } };
	struct seen seen = { .count = 0 };
	struct http_reader *reader = http_reader_take(pool);

	assert_non_null(reader);
	if (is_heard)
		feed(reader, interim, 0, &seen);
	feed(reader, piece, part, &seen);
	http_flush(reader, note, &seen);
	http_reader_release(reader, pool, NULL);
	return seen;
}

static void first_bytes_are_told_from_other_protocols(void **state)
{
	static const struct {
		const char *why, *bytes;
		bool expected;
	} rows[] = {
		{ "a request", "GET / HTTP/1.1\r\nHost: a\r\n", true },
		{ "two bytes of a method", "GE", true },
		{ "two bytes of none", "GX", false },
		{ "a method and a space", "POST ", true },
		{ "a target that is not whole", "GET /a/long/pa", true },
		{ "a long WebDAV method", "VERSION-CONTROL /x HTTP/1.1\r\n", true },
		{ "SSDP", "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n", true },
		{ "a method of someone's own, on a whole line", "FROBNICATE /x HTTP/1.1\r\n",
		  true },
		{ "the same on half a line", "FROBNICATE /x", false },
		{ "a bare LF", "GET / HTTP/1.0\n", true },
		{ "HTTP/0.9, which names no version", "GET /\r\n", false },
		{ "RTSP", "OPTIONS rtsp://a/b RTSP/1.0\r\n", false },
		{ "BitTorrent", "BT-SEARCH * HTTP/1.1\r\n", false },
		{ "SIP", "OPTIONS sip:a@b SIP/2.0\r\n", false },
		{ "Redis", "GET key\r\n", false },
		{ "lower case", "get / HTTP/1.1\r\n", false },
		{ "a response", "HTTP/1.1 200 OK\r\n", true },
		{ "two bytes of one", "HT", true },
		{ "SHOUTcast", "ICY 200 OK\r\n", false },
		{ "HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", true },
		{ "half of it", "PRI * HT", true },
		{ "no bytes", "", false },
		{ "TLS", "\x16\x03\x01\x02", false },
		{ "a control byte in a line", "GET \x01\x02\x03", false },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		assert_int_equal(
			http_looks_like((const uint8_t *)rows[i].bytes, strlen(rows[i].bytes)),
			rows[i].expected);
	}
}

static void a_request_and_its_response_make_one(void **state)
{
	static const struct piece piece[] = {
		C("POST /openai/deployments/d/chat?api-version=1 HTTP/1.1\r\n"
		  "Host: Contoso.openai.azure.com:443\r\n"
		  "User-Agent:  curl/8.0 \t\r\n"
		  "X-Forwarded-For: 10.0.0.1\r\n"
		  "Content-Length: 5\r\n"
		  "Upgrade: h3\r\n\r\nhello"),
		S("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"),
		{ NULL, 0, 0 },
	};

	(void)state;
	for (size_t part = 0; part < 7; part++) {
		struct seen seen = follow(piece, part, false);
		const struct http_info *info = &seen.info[0];

		assert_int_equal(seen.count, 1);
		assert_true(info->is_request);
		assert_string_equal(info->method, "POST");
		assert_string_equal(info->host, "Contoso.openai.azure.com:443");
		assert_string_equal(info->path, "/openai/deployments/d/chat");
		assert_true(info->has_query);
		assert_string_equal(info->user_agent, "curl/8.0");
		assert_string_equal(info->upgrade, "h3");
		assert_true(info->forwarded_header);
		assert_int_equal(info->status, 201);
		assert_int_equal(info->version, 11);
		assert_string_equal(info->imds_api_version, "");
	}
}

/* One row: what goes over the wire, and for each request its host and status, as "host=status ". */
struct row {
	const char *why, *expected;
	struct piece piece[PIECES_MAX];
};

static void check_row(const struct row *row, size_t part, bool is_heard)
{
	struct seen seen = follow(row->piece, part, is_heard);
	char text[1024] = "";

	for (size_t i = 0; i < seen.count; i++) {
		char one[300];

		snprintf(one, sizeof(one), "%s%s=%u ", seen.info[i].is_request ? "" : "!",
			 seen.info[i].host, seen.info[i].status);
		strncat(text, one, sizeof(text) - strlen(text) - 1);
	}
	print_message("%s (parts of %zu)\n", row->why, part);
	assert_string_equal(text, row->expected);
}

#define GET(host) "GET / HTTP/1.1\r\nHost: " host "\r\n\r\n"
#define OK0 "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

static void framing_finds_every_message(void **state)
{
	static const struct row rows[] = {
		{ "keep-alive",
		  "a=200 b=404 ",
		  { C(GET("a")), S(OK0), C(GET("b")),
		    S("HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n") } },
		{ "pipelining: responses in order",
		  "a=200 b=200 c=503 ",
		  { C(GET("a") GET("b") GET("c")), S(OK0 OK0 "HTTP/1.1 503 No\r\n\r\n") } },
		{ "a body that looks like a request",
		  "a=200 b=200 ",
		  { C("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 34\r\n\r\n"
		      "GET / HTTP/1.1\r\nHost: evil.tes\r\n\r\n"),
		    S(OK0), C(GET("b")), S(OK0) } },
		{ "chunked both ways, with extensions and trailers",
		  "a=200 b=200 ",
		  { C("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
		      "3;x=\"y\"\r\nGET\r\n00A\r\n0123456789\r\n0\r\nX-Trailer: 1\r\n\r\n" GET(
			      "b")),
		    S("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHTTP/\r\n0\r\n\r\n" OK0) } },
		{ "bare LF everywhere",
		  "a=200 b=200 ",
		  { C("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n2\nhi\n0\n\n" GET(
			    "b")),
		    S("HTTP/1.1 200 OK\nContent-Length: 1\n\nx" OK0) } },
		{ "no body for HEAD, 204 and 304",
		  "a=200 b=204 c=304 d=200 ",
		  { C("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" GET("b") GET("c") GET("d")),
		    S("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"
		      "HTTP/1.1 204 No\r\nContent-Length: 99\r\n\r\n"
		      "HTTP/1.1 304 No\r\nTransfer-Encoding: chunked\r\n\r\n" OK0) } },
		{ "until close",
		  "a=200 ",
		  { C(GET("a")), S("HTTP/1.0 200 OK\r\n\r\nHTTP/1.1 500 not a response\r\n") } },
		{ "chunked wins over a length",
		  "a=200 b=200 ",
		  { C("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
		      "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" GET("b")),
		    S(OK0 OK0) } },
		{ "the same length twice",
		  "a=200 b=200 ",
		  { C("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2, 2\r\nContent-Length: 2\r\n\r\nhi" GET(
			    "b")),
		    S(OK0 OK0) } },
		{ "empty lines before a request",
		  "a=200 b=200 ",
		  { C("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi\r\n" GET("b")),
		    S(OK0 OK0) } },
		{ "an absolute target names the host",
		  "example.test:81=0 ",
		  { C("GET http://example.test:81/p HTTP/1.1\r\n\r\n") } },
		{ "but a Host field says what was sent",
		  "b.test=0 ",
		  { C("GET http://a.test/p HTTP/1.1\r\nHost: b.test\r\n\r\n") } },
		{ "the first Host counts",
		  "a=0 ",
		  { C("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n") } },
		{ "a folded line",
		  "a.test=0 ",
		  { C("GET / HTTP/1.1\r\nHost:\r\n  a.test\r\nX: y\r\n\r\n") } },
		{ "a blank before the colon", "a=0 ", { C("GET / HTTP/1.1\r\nHost : a\r\n\r\n") } },
		{ "a blank in the target",
		  "a=0 ",
		  { C("GET /x y z HTTP/1.1\r\nHost: a\r\n\r\n") } },
		{ "a control byte in a name is not hidden",
		  "a?b=0 ",
		  { C("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n") } },
		{ "no blank line at the end", "a=0 ", { C("GET / HTTP/1.1\r\nHost: a\r\n") } },
		{ "a Host that is not whole is no name",
		  "=0 ",
		  { C("GET / HTTP/1.1\r\nHost: a") } },
		{ "a first line that is not whole is no request", "", { C("GET / HTTP/1.1") } },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		check_row(&rows[i], 0, true);
		check_row(&rows[i], 1, true);
		check_row(&rows[i], 5, true);
	}
}

static void what_is_missing_costs_no_more_than_itself(void **state)
{
	static const struct row rows[] = {
		{ "only the client's side: reported when the next starts",
		  "a=0 b=0 ",
		  { C(GET("a")), C(GET("b")) } },
		{ "only the server's side",
		  "!=200 !=404 ",
		  { S(OK0), S("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n") } },
		{ "only the server's side, answering HEAD",
		  "!=200 !=200 ",
		  { S("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"), S(OK0) } },
		{ "a gap within a body of known length",
		  "a=200 b=200 ",
		  { C(GET("a")), S("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx"), C(GET("b")),
		    AFTER_GAP(998, "x" OK0, TO_CLIENT) } },
		{ "a gap within a chunk",
		  "a=200 b=201 ",
		  { S("HTTP/1.1 100 Go\r\n\r\n"),
		    C("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nx"),
		    AFTER_GAP(250, "xxxx\r\n0\r\n\r\n" GET("b"), TO_SERVER),
		    S(OK0 "HTTP/1.1 201 OK\r\n\r\n") } },
		{ "a gap past a body: taken up at a method",
		  "a=0 b=0 ",
		  { C("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nx"),
		    AFTER_GAP(100, "rest of something", TO_SERVER), C(GET("b")) } },
		{ "a gap within a head: what was whole counts",
		  "a=200 b=200 ",
		  { C("GET / HTTP/1.1\r\nHost: a\r\nUser-A"),
		    AFTER_GAP(10, "x/1\r\nHost: c\r\n\r\n", TO_SERVER), S(OK0), C(GET("b")),
		    S(OK0) } },
		{ "a response lost in a gap: the next is not taken for it",
		  "a=0 b=201 ",
		  { C(GET("a")), S("HTTP/1.1 100 Continue\r\n\r\n"), C("\r\n"),
		    AFTER_GAP(500, "tail of the body", TO_CLIENT), C(GET("b")),
		    S("HTTP/1.1 201 OK\r\n\r\n") } },
		{ "a whole response lost in a gap: the next is for the newest",
		  "a=0 b=201 ",
		  { S("HTTP/1.1 100 Go\r\n\r\n"), C(GET("a")), C(GET("b")),
		    AFTER_GAP(90, "HTTP/1.1 201 OK\r\n\r\n", TO_CLIENT) } },
		{ "conflicting lengths: taken up at the next piece",
		  "a=200 b=200 ",
		  { C("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 9\r\n\r\nx"),
		    S(OK0), C(GET("b")), S(OK0) } },
		{ "a length past all bounds",
		  "a=200 b=200 ",
		  { C("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\nx"),
		    S(OK0), C(GET("b")), S(OK0) } },
		{ "a chunk size past all bounds",
		  "a=200 b=200 ",
		  { C("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		      "fffffffffffffffff\r\nx"),
		    S(OK0), C(GET("b")), S(OK0) } },
		{ "midstream: a body first",
		  "a=200 ",
		  { C("tail of a body"), S("other tail"), C(GET("a")), S(OK0) } },
		{ "a refused body that never comes",
		  "a=417 b=200 ",
		  { C("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 50\r\n\r\n"),
		    S("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n"), C(GET("b")), S(OK0) } },
		{ "a response without length on a connection that goes on",
		  "a=200 b=404 ",
		  { C(GET("a")), S("HTTP/1.1 200 OK\r\n\r\nbody"), C(GET("b")),
		    S("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n") } },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++)
		check_row(&rows[i], 0, false);
}

static void the_oldest_request_gives_way_when_too_many_wait(void **state)
{
	struct seen seen = { .count = 0 };
	struct http_reader *reader = http_reader_take(pool);
	static const struct piece ok[] = { S(OK0), { NULL, 0, 0 } };
	static const struct piece interim[] = { S("HTTP/1.1 102 Wait\r\n\r\n"), { NULL, 0, 0 } };
	uint64_t before = http_pool_stats(pool).unanswered;

	(void)state;
	feed(reader, interim, 0, &seen);
	for (int i = 0; i < HTTP_PENDING_MAX + 2; i++) {
		const char host[] = { (char)('a' + i), '\0' };
		char text[64];
		struct piece piece[2] = { { text, TO_SERVER, 0 } };

		snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", host);
		feed(reader, piece, 0, &seen);
	}
	assert_int_equal(seen.count, 2); /* a and b, without status */
	assert_int_equal(seen.info[1].status, 0);
	assert_int_equal(http_pool_stats(pool).unanswered - before, 2);

	feed(reader, ok, 0, &seen);
	feed(reader, ok, 0, &seen);
	assert_int_equal(seen.count, 2); /* those were the answers to a and b */
	feed(reader, ok, 0, &seen);
	assert_int_equal(seen.count, 3);
	assert_string_equal(seen.info[2].host, "c");
	assert_int_equal(seen.info[2].status, 200);
	http_reader_release(reader, pool, NULL);
}

static void a_request_names_the_flow_before_its_response(void **state)
{
	static const char head[] = GET("a") GET("b");
	struct seen seen = { .count = 0 };
	struct http_reader *reader = http_reader_take(pool);
	const struct http_info *early = NULL;

	(void)state;
	http_read(reader, NULL, TO_SERVER, (const uint8_t *)head, strlen(head), 0, note, &seen,
		  &early);
	assert_non_null(early);
	assert_string_equal(early->host, "b");
	http_read(reader, NULL, TO_CLIENT, (const uint8_t *)"HTT", 3, 0, note, &seen, &early);
	assert_null(early);
	http_reader_release(reader, pool, NULL);
}

static void a_tunnel_hands_over_the_rest_of_its_piece(void **state)
{
	static const struct {
		const char *why;
		struct piece piece[4];
		bool is_tunnel;
		const char *rest; /* of the last piece */
		uint16_t status;
	} rows[] = {
		{ "CONNECT",
		  { C("CONNECT a:443 HTTP/1.1\r\n\r\n"), S("HTTP/1.1 200 OK\r\n\r\n") },
		  true,
		  "",
		  200 },
		{ "CONNECT, and a server that speaks first",
		  { C("CONNECT a:22 HTTP/1.1\r\n\r\n"),
		    S("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nSSH-2.0") },
		  true,
		  "SSH-2.0",
		  200 },
		{ "CONNECT refused",
		  { C("CONNECT a:443 HTTP/1.1\r\n\r\n"),
		    S("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"), C("\x16\x03\x01") },
		  false,
		  NULL,
		  407 },
		{ "CONNECT, and the response is not seen",
		  { C("CONNECT a:443 HTTP/1.1\r\n\r\n"), C("\x16\x03\x01") },
		  true,
		  "\x16\x03\x01",
		  0 },
		{ "WebSocket",
		  { C("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n"),
		    S("HTTP/1.1 101 Switch\r\nUpgrade: websocket\r\n\r\n\x81\x01x") },
		  true,
		  "\x81\x01x",
		  101 },
		{ "an upgrade that the server passes over",
		  { C("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: foo\r\n\r\n"), S(OK0), C(GET("b")) },
		  false,
		  NULL,
		  200 },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct seen seen = { .count = 0 };
		struct http_reader *reader = http_reader_take(pool);
		enum parse_outcome outcome = feed(reader, rows[i].piece, 0, &seen);

		print_message("%s\n", rows[i].why);
		assert_int_equal(http_is_tunnel(reader), rows[i].is_tunnel);
		assert_int_equal(outcome == PARSE_DONE, rows[i].is_tunnel);
		if (rows[i].is_tunnel) {
			const char *last = rows[i].piece[1].bytes;

			assert_string_equal(last + http_tunnel_offset(reader), rows[i].rest);
			assert_int_equal(http_read(reader, NULL, TO_SERVER, (const uint8_t *)"x", 1,
						   0, note, &seen, NULL),
					 PARSE_DONE);
			assert_int_equal(http_tunnel_offset(reader), 0);
		}
		http_flush(reader, note, &seen);
		assert_int_equal(seen.info[0].status, rows[i].status);
		http_reader_release(reader, pool, NULL);
	}
}

static void other_protocols_and_endless_heads_are_given_up(void **state)
{
	static const struct {
		const char *why;
		struct piece piece[3];
		enum parse_outcome expected;
	} rows[] = {
		{ "TLS", { C("\x16\x03\x01") }, PARSE_NOT },
		{ "a method and then none", { C("GE"), C("x / HTTP/1.1\r\n\r\n") }, PARSE_NOT },
		{ "RTSP, split", { C("OPTIONS rtsp:"), C("//a/b RTSP/1.0\r\n") }, PARSE_NOT },
		{ "a server that speaks SSH", { S("SSH-2.0-x\r\n") }, PARSE_NOT },
	};
	static char endless[70000];
	struct piece piece[3] = { C("GET / HTTP/1.1\r\nHost: a\r\nX: "),
				  { endless, TO_SERVER, 0 } };
	struct seen seen = { .count = 0 };
	struct http_reader *reader;

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		reader = http_reader_take(pool);
		assert_int_equal(feed(reader, rows[i].piece, 0, &seen), rows[i].expected);
		http_reader_release(reader, pool, NULL);
	}
	assert_int_equal(seen.count, 0);

	memset(endless, 'x', sizeof(endless) - 1);
	reader = http_reader_take(pool);
	assert_int_equal(feed(reader, piece, 1000, &seen), PARSE_LIMIT);
	http_flush(reader, note, &seen);
	assert_int_equal(seen.count, 1); /* its first lines count */
	assert_string_equal(seen.info[0].host, "a");
	http_reader_release(reader, pool, NULL);
}

static void datagrams_are_one_message_each(void **state)
{
	static const struct piece notify[] = {
		C("NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNTS: ssdp:alive"),
		{ NULL, 0, 0 },
	};
	struct seen seen = { .count = 0 };
	struct http_reader *reader = http_reader_take(pool);

	(void)state;
	for (int i = 0; i < 2; i++) {
		feed(reader, notify, 0, &seen);
		http_flush(reader, note, &seen);
	}
	assert_int_equal(seen.count, 2);
	assert_string_equal(seen.info[1].host, "239.255.255.250:1900");
	assert_string_equal(seen.info[1].method, "NOTIFY");
	http_reader_release(reader, pool, NULL);
}

static void the_pool_is_bounded_and_counts_what_it_refuses(void **state)
{
	struct http_pool *small;
	struct http_reader *one;

	(void)state;
	assert_int_equal(http_pool_new(&small, 0), -22);
	assert_null(small);
	assert_int_equal(http_pool_new(&small, 1), 0);
	one = http_reader_take(small);
	assert_non_null(one);
	assert_null(http_reader_take(small));
	assert_int_equal(http_pool_stats(small).refused, 1);
	http_reader_release(one, small, NULL);
	assert_ptr_equal(http_reader_take(small), one);
	http_pool_free(small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_bytes_are_told_from_other_protocols),
		cmocka_unit_test(a_request_and_its_response_make_one),
		cmocka_unit_test(framing_finds_every_message),
		cmocka_unit_test(what_is_missing_costs_no_more_than_itself),
		cmocka_unit_test(the_oldest_request_gives_way_when_too_many_wait),
		cmocka_unit_test(a_request_names_the_flow_before_its_response),
		cmocka_unit_test(a_tunnel_hands_over_the_rest_of_its_piece),
		cmocka_unit_test(other_protocols_and_endless_heads_are_given_up),
		cmocka_unit_test(datagrams_are_one_message_each),
		cmocka_unit_test(the_pool_is_bounded_and_counts_what_it_refuses),
	};

	return cmocka_run_group_tests_name("http", tests, make_pool, free_pool);
}
