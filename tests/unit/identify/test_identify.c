#include "unit.h"

#include "tests/unit/identify/conversation.h"

static void assert_named(const struct conversation *conversation, const char *name,
			 enum name_source source, const char *why)
{
	if (strcmp(conversation->identity.claimed, name) != 0 ||
	    conversation->identity.claimed_source != source)
		fail_msg("%s: named \"%s\" by %d, not \"%s\" by %d", why,
			 conversation->identity.claimed, conversation->identity.claimed_source,
			 name, source);
}

/* TLS ---------------------------------------------------------------------------------------- */

static void a_hello_is_read_however_it_is_cut_and_shuffled(void **state)
{
	static const struct {
		const char *why;
		size_t size;
		bool backwards;
		bool twice;
		bool answer_first; /* the capture has the server's side first */
	} rows[] = {
		{ "in one segment", 1000, false, false, false },
		{ "one byte at a time", 1, false, false, false },
		{ "less than a record's header", 3, false, false, false },
		{ "exactly what a choice waits for", 8, false, false, false },
		{ "one byte short of it", 7, false, false, false },
		{ "tiny segments, each sent twice", 3, false, true, false },
		{ "in order, the answer captured before it", 50, false, false, true },
		{ "the second half first", 110, true, false, false },
		{ "backwards in many pieces", 14, true, false, false },
	};
	static struct bytes hello;

	(void)state;
	hello.length = 0;
	put_hello(&hello);
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		size_t size = rows[i].size, pieces = (hello.length + size - 1) / size;
		struct conversation talk;

		memset(&heard, 0, sizeof(heard));
		begin(&talk, PROTOCOL_TCP, 443);
		const struct layers syn = { .protocol = PROTOCOL_TCP,
					    .tcp_seq = talk.seq[TO_SERVER] - 1,
					    .tcp_flags = TCP_SYN };
		assert_true(identify_packet(identify, &talk.flow, &syn, TO_SERVER, ns(1)));
		if (rows[i].answer_first)
			show_answer(&talk);
		for (size_t n = 0; n < pieces; n++) {
			size_t at = size * (rows[i].backwards ? pieces - 1 - n : n);
			size_t length = at + size < hello.length ? size : hello.length - at;

			for (int times = 0; times < 1 + rows[i].twice; times++)
				show_at(&talk, TO_SERVER, (uint32_t)at, hello.at + at, length);
		}
		assert_named(&talk, "server", NAME_SNI, rows[i].why);
		assert_int_equal(talk.identity.app, APP_TLS);
		assert_true(talk.identity.ready);
		if (!rows[i].answer_first)
			show_answer(&talk);
		end(&talk);
		if (heard.tls != 1 || !heard.last_tls.server_hello)
			fail_msg("%s: %zu handshakes told", rows[i].why, heard.tls);
		assert_string_equal(heard.last_tls.sni, "server");
	}
	assert_int_equal(identify_stats(identify).buffers.in_use[0], 0);
}

static void a_handshake_is_told_as_soon_as_both_sides_are_known(void **state)
{
	struct conversation talk;

	(void)state;
	begin(&talk, PROTOCOL_TCP, 443);
	show_hello(&talk);
	assert_true(talk.more);
	assert_int_equal(heard.tls, 0);
	show_answer(&talk);
	assert_false(talk.more);
	assert_int_equal(heard.tls, 1);
	assert_int_equal(talk.state, 0);
	end(&talk);
	assert_int_equal(heard.tls, 1);
}

static void one_way_captures_are_told_with_what_there_was(void **state)
{
	static const uint8_t application_data[] = { 0x17, 3, 3, 0, 4, 1, 2, 3, 4 };
	static const struct {
		const char *why;
		enum direction side;
	} rows[] = { { "the client alone", TO_SERVER }, { "the server alone", TO_CLIENT } };

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct conversation talk;
		int pieces = 0;

		memset(&heard, 0, sizeof(heard));
		begin(&talk, PROTOCOL_TCP, 443);
		if (rows[i].side == TO_SERVER)
			show_hello(&talk);
		else
			show_answer(&talk);
		for (; talk.more && pieces < 100; pieces++)
			show(&talk, rows[i].side, application_data, sizeof(application_data));
		if (talk.more || heard.tls != 1)
			fail_msg("%s: after %d pieces %zu told", rows[i].why, pieces, heard.tls);
		assert_int_equal(heard.last_tls.client_hello, rows[i].side == TO_SERVER);
		assert_int_equal(heard.last_tls.server_hello, rows[i].side == TO_CLIENT);
		assert_int_equal(talk.state, 0);
	}
}

static void a_flow_that_ends_early_tells_what_was_known(void **state)
{
	static const struct {
		const char *why;
		size_t bytes; /* of the hello */
		size_t tls;
		enum app app;
	} rows[] = {
		{ "nothing", 0, 0, APP_UNKNOWN },
		{ "less than a choice needs", 5, 0, APP_UNKNOWN },
		{ "the start of a hello", 100, 0, APP_TLS },
		{ "a hello without an answer", 1000, 1, APP_TLS },
	};
	static struct bytes hello;

	(void)state;
	hello.length = 0;
	put_hello(&hello);
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		size_t length = rows[i].bytes < hello.length ? rows[i].bytes : hello.length;
		struct conversation talk;

		memset(&heard, 0, sizeof(heard));
		begin(&talk, PROTOCOL_TCP, 443);
		show(&talk, TO_SERVER, hello.at, length);
		end(&talk);
		if (heard.tls != rows[i].tls || talk.identity.app != rows[i].app)
			fail_msg("%s: %zu told, app %d", rows[i].why, heard.tls, talk.identity.app);
	}
	assert_int_equal(identify_stats(identify).buffers.in_use[0], 0);
}

/* TLS inside something else ------------------------------------------------------------------ */

struct line {
	enum direction direction;
	const char *bytes;
	size_t length; /* 0: text up to its NUL */
};

#define FROM_CLIENT(text)                                                                          \
	{                                                                                          \
		TO_SERVER, text, sizeof(text) - 1                                                  \
	}
#define FROM_SERVER(text)                                                                          \
	{                                                                                          \
		TO_CLIENT, text, sizeof(text) - 1                                                  \
	}

static void tls_is_found_inside_what_wraps_it(void **state)
{
	static const struct {
		const char *why;
		uint16_t port;
		struct line line[8];
		enum app app;
		const char *name;
		enum name_source source;
	} rows[] = {
		{ "SMTP STARTTLS",
		  25,
		  { FROM_SERVER("220 mail.example.org ESMTP\r\n"), FROM_CLIENT("EHLO client\r\n"),
		    FROM_SERVER("250-mail.example.org\r\n250 STARTTLS\r\n"),
		    FROM_CLIENT("STARTTLS\r\n"), FROM_SERVER("220 go ahead\r\n") },
		  APP_SMTP,
		  "server",
		  NAME_SNI },
		{ "IMAP STARTTLS",
		  143,
		  { FROM_SERVER("* OK IMAP4rev1 ready\r\n"), FROM_CLIENT("a1 STARTTLS\r\n"),
		    FROM_SERVER("a1 OK begin\r\n") },
		  APP_IMAP,
		  "server",
		  NAME_SNI },
		{ "PostgreSQL SSLRequest",
		  5432,
		  { FROM_CLIENT("\x00\x00\x00\x08\x04\xd2\x16\x2f"), FROM_SERVER("S") },
		  APP_POSTGRES,
		  "server",
		  NAME_SNI },
		{ "HTTP CONNECT: the outer name stays the flow's",
		  3128,
		  { FROM_CLIENT("CONNECT outer.example:443 HTTP/1.1\r\nHost: outer.example:443\r\n"
				"\r\n"),
		    FROM_SERVER("HTTP/1.1 200 Connection established\r\n\r\n") },
		  APP_HTTP,
		  "outer.example",
		  NAME_HTTP },
		{ "SOCKS 5 without a log-in",
		  1080,
		  { FROM_CLIENT("\x05\x01\x00"), FROM_SERVER("\x05\x00"),
		    FROM_CLIENT("\x05\x01\x00\x01\x01\x02\x03\x04\x01\xbb"),
		    FROM_SERVER("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00") },
		  APP_SOCKS,
		  "server",
		  NAME_SNI },
		{ "PROXY protocol, which nobody reads",
		  443,
		  { FROM_CLIENT("PROXY TCP4 192.0.2.1 192.0.2.2 5000 443\r\n") },
		  APP_TLS,
		  "server",
		  NAME_SNI },
		{ "a vendor's preamble, answered",
		  9000,
		  { FROM_CLIENT("\x01\x02HELLO-VENDOR\x00\x00\x00\x00"), FROM_SERVER("\x01\x00") },
		  APP_TLS,
		  "server",
		  NAME_SNI },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct conversation talk;

		memset(&heard, 0, sizeof(heard));
		begin(&talk, PROTOCOL_TCP, rows[i].port);
		for (size_t n = 0; n < ROW_COUNT(rows[i].line) && rows[i].line[n].bytes; n++)
			show(&talk, rows[i].line[n].direction, rows[i].line[n].bytes,
			     rows[i].line[n].length);
		show_hello(&talk);
		show_answer(&talk);
		end(&talk);
		if (heard.tls != 1 || strcmp(heard.last_tls.sni, "server") != 0)
			fail_msg("%s: %zu handshakes, name \"%s\"", rows[i].why, heard.tls,
				 heard.last_tls.sni);
		assert_named(&talk, rows[i].name, rows[i].source, rows[i].why);
		if (talk.identity.app != rows[i].app)
			fail_msg("%s: app %d", rows[i].why, talk.identity.app);
	}
}

/* MySQL's SSLRequest: length, number, capabilities with CLIENT_SSL, packet size, character set, 23
 * zeros. */
#define SSL_REQUEST                                                                                  \
	"\x20\x00\x00\x01\x00\x0a\x00\x00\x00\x00\x00\x01\x21\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" \
	"\0\0\0\0"
#define MYSQL_GREETING                                                                             \
	"\x4a\x00\x00\x00\x0a"                                                                     \
	"8.0.36\0"                                                                                 \
	"\x08\x00\x00\x00"                                                                         \
	"abcdefgh\0"                                                                               \
	"\xff\xff\xff\x02\x00"                                                                     \
	"\xff\xdf\x15"                                                                             \
	"\0\0\0\0\0\0\0\0\0\0"                                                                     \
	"abcdefghijkl\0"                                                                           \
	"mysql_native_password\0"

/* The bytes behind a wrapper in the same segment belong to what it wraps. */
static void tls_is_found_in_the_segment_that_still_holds_its_wrapper(void **state)
{
	static struct bytes piece;
	struct conversation talk;

	(void)state;
	piece.length = 0;
	put_bytes(&piece, SSL_REQUEST, sizeof(SSL_REQUEST) - 1);
	put_hello(&piece);
	begin(&talk, PROTOCOL_TCP, 3306);
	show(&talk, TO_CLIENT, MYSQL_GREETING, sizeof(MYSQL_GREETING) - 1);
	show(&talk, TO_SERVER, piece.at, piece.length);
	end(&talk);
	assert_int_equal(talk.identity.app, APP_MYSQL);
	assert_int_equal(heard.tls, 1);
	assert_named(&talk, "server", NAME_SNI, "MySQL");
}

/* MS-TDS 2.2.6.5: the client's handshake travels in packets of type 0x12, as PRELOGIN does. */
static void the_hello_inside_a_tds_packet_is_read(void **state)
{
	static const uint8_t prelogin[] = {
		0x12, 1, 0,  0x1a, 0, 0, 1, 0,              /* header: type, last, length 26 */
		0,    0, 11, 0,    6, 1, 0, 17, 0, 1, 0xff, /* version, encryption, end */
		16,   0, 0,  0,    0, 0, 1,                 /* version 16, encryption on */
	};
	static const uint8_t reply[] = {
		0x04, 1, 0,  0x1a, 0, 0,    1,  0, 0, 0, 11, 0, 6,
		1,    0, 17, 0,    1, 0xff, 16, 0, 0, 0, 0,  0, 1,
	};
	static struct bytes packet;
	struct conversation talk;

	(void)state;
	packet.length = 0;
	put_hex(&packet, "12 01 0000 0000 00 00");
	put_hello(&packet);
	set_number(&packet, 2, packet.length, 2);
	begin(&talk, PROTOCOL_TCP, 1433);
	show(&talk, TO_SERVER, prelogin, sizeof(prelogin));
	show(&talk, TO_CLIENT, reply, sizeof(reply));
	assert_int_equal(talk.identity.app, APP_MSSQL);
	show(&talk, TO_SERVER, packet.at, packet.length);
	end(&talk);
	assert_int_equal(heard.tls, 1);
	assert_named(&talk, "server", NAME_SNI, "TDS");
}

/* A hostile sender nests wrappers in one piece: each takes a call, and the stack is finite. */
static void wrappers_inside_wrappers_are_followed_to_a_limit(void **state)
{
	static struct bytes piece;
	struct conversation talk;

	(void)state;
	piece.length = 0;
	while (piece.length + sizeof(SSL_REQUEST) < 100000)
		put_bytes(&piece, SSL_REQUEST, sizeof(SSL_REQUEST) - 1);
	begin(&talk, PROTOCOL_TCP, 3306);
	show(&talk, TO_CLIENT, MYSQL_GREETING, sizeof(MYSQL_GREETING) - 1);
	show(&talk, TO_SERVER, piece.at, piece.length);
	assert_false(talk.more);
	assert_int_equal(talk.state, 0);
	assert_int_equal(talk.identity.app, APP_MYSQL);
	assert_int_equal(identify_stats(identify).over_limit, 1);
}

/* Other protocols ---------------------------------------------------------------------------- */

static void ssh_is_told_with_both_banners_whoever_speaks_first(void **state)
{
	static const char client[] = "SSH-2.0-OpenSSH_9.2p1\r\n", server[] = "SSH-2.0-dropbear\r\n";
	static const struct {
		const char *why;
		bool server_first, pieces, client_only;
	} rows[] = {
		{ "the client first", false, false, false },
		{ "the server first", true, false, false },
		{ "letter by letter", true, true, false },
		{ "the server's side was not captured", false, false, true },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct conversation talk;

		memset(&heard, 0, sizeof(heard));
		begin(&talk, PROTOCOL_TCP, 2222);
		for (int turn = 0; turn < 2; turn++) {
			enum direction direction =
				(turn == 0) == rows[i].server_first ? TO_CLIENT : TO_SERVER;
			const char *banner = direction == TO_CLIENT ? server : client;
			size_t step = rows[i].pieces ? 1 : strlen(banner);

			if (rows[i].client_only && direction == TO_CLIENT)
				continue;
			for (size_t at = 0; at < strlen(banner); at += step)
				show(&talk, direction, banner + at, step);
		}
		end(&talk);
		if (heard.ssh != 1 || talk.identity.app != APP_SSH)
			fail_msg("%s: %zu told, app %d", rows[i].why, heard.ssh, talk.identity.app);
		assert_string_equal(heard.last_ssh.client_software, "OpenSSH_9.2p1");
		assert_string_equal(heard.last_ssh.server_software,
				    rows[i].client_only ? "" : "dropbear");
	}
}

static void requests_name_the_flow_and_tell_of_credentials(void **state)
{
	struct conversation talk;

	(void)state;
	begin(&talk, PROTOCOL_TCP, 8080);
	say(&talk, TO_SERVER, "GE");
	say(&talk, TO_SERVER,
	    "T /openai/deployments?sig=1 HTTP/1.1\r\nHost: Contoso.OpenAI.azure.com:8080\r\n"
	    "api-key: 0123\r\n\r\n");
	assert_named(&talk, "contoso.openai.azure.com", NAME_HTTP, "before the answer");
	say(&talk, TO_CLIENT, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
	end(&talk);
	assert_int_equal(heard.http, 1);
	assert_int_equal(heard.last_http.status, 403);
	assert_int_equal(talk.identity.app, APP_HTTP);
	assert_true(talk.identity.credentials & CREDENTIAL_API_KEY);
	assert_int_equal(talk.identity.http_count, 1);
}

/* RFC 1035 section 4.2.2: two bytes of length before each message. */
#define QUESTION_A                                                                                 \
	"\x00\x1d\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07"                             \
	"example\x03org\x00\x00\x01"                                                               \
	"\x00\x01"
#define ANSWER_A                                                                                   \
	"\x00\x2d\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\x07"                             \
	"example\x03org\x00\x00\x01"                                                               \
	"\x00\x01\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x0a\x00\x00\x01"

static void dns_over_tcp_is_read_both_ways(void **state)
{
	static const size_t steps[] = { 1000, 1, 7 };

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(steps); i++) {
		const struct line lines[] = { FROM_CLIENT(QUESTION_A), FROM_SERVER(ANSWER_A) };
		struct conversation talk;

		memset(&heard, 0, sizeof(heard));
		begin(&talk, PROTOCOL_TCP, 53);
		for (size_t n = 0; n < ROW_COUNT(lines); n++) {
			for (size_t at = 0; at < lines[n].length; at += steps[i]) {
				size_t left = lines[n].length - at;

				show(&talk, lines[n].direction, lines[n].bytes + at,
				     left < steps[i] ? left : steps[i]);
			}
		}
		assert_int_equal(heard.dns_of[TO_SERVER], 1);
		assert_int_equal(heard.dns_of[TO_CLIENT], 1);
		assert_named(&talk, "example.org", NAME_QUESTION, "DNS over TCP");
		assert_int_equal(talk.identity.app, APP_DNS);
		end(&talk);
	}
}

static void datagrams_that_stand_alone_take_no_state(void **state)
{
	static const uint8_t ntp[48] = { 0x23 };
	struct conversation talk;

	(void)state;
	begin(&talk, PROTOCOL_UDP, 53);
	show(&talk, TO_SERVER, QUESTION_A + 2, sizeof(QUESTION_A) - 3);
	assert_int_equal(talk.state, 0);
	assert_true(talk.more); /* each message is told of */
	show(&talk, TO_CLIENT, ANSWER_A + 2, sizeof(ANSWER_A) - 3);
	assert_int_equal(heard.dns, 2);
	assert_named(&talk, "example.org", NAME_QUESTION, "DNS");
	end(&talk);

	begin(&talk, PROTOCOL_UDP, 123);
	show(&talk, TO_SERVER, ntp, sizeof(ntp));
	assert_int_equal(talk.state, 0);
	assert_false(talk.more);
	assert_int_equal(talk.identity.app, APP_NTP);
}

/* Bounds ------------------------------------------------------------------------------------- */

static void flows_past_the_last_state_are_left_alone_and_counted(void **state)
{
	struct conversation talk[3], late;

	(void)state;
	identify_with_states(2);
	for (size_t i = 0; i < 3; i++) {
		begin(&talk[i], PROTOCOL_TCP, 443);
		show(&talk[i], TO_SERVER, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9);
	}
	assert_true(talk[0].more && talk[1].more);
	assert_false(talk[2].more);
	assert_true(talk[2].identity.ready); /* judged by its address then */
	assert_int_equal(identify_stats(identify).no_state, 1);
	end(&talk[0]);
	begin(&late, PROTOCOL_TCP, 443);
	show_hello(&late);
	assert_named(&late, "server", NAME_SNI, "in the place of the one that ended");
	assert_int_equal(identify_stats(identify).states_most, 2);
	end(&talk[1]);
	end(&late);
}

struct evictions {
	struct conversation *last;
	size_t count;
};

static void give_up(void *context, void *owner)
{
	struct evictions *evictions = context;
	struct conversation *talk = owner;

	identify_end(identify, &talk->flow);
	talk->more = false;
	evictions->last = talk;
	evictions->count++;
}

static void a_full_group_gives_up_its_oldest_state(void **state)
{
	struct conversation talk[4], other;
	struct evictions evictions = { 0 };
	const struct identify_options options = { .states = 2,
						  .buffer_bytes = MIB,
						  .maker = maker };
	const struct identify_sink sink = { .tls = hear_tls,
					    .evict = give_up,
					    .context = &evictions };

	(void)state;
	identify_free(identify);
	assert_int_equal(identify_new(&identify, &options, &sink), 0);
	begin(&other, PROTOCOL_TCP, 443);
	other.flow.group = 7;
	other.flow.owner = &other;
	show(&other, TO_SERVER, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9);
	for (size_t i = 0; i < 4; i++) {
		begin(&talk[i], PROTOCOL_TCP, 443);
		talk[i].flow.owner = &talk[i];
		show(&talk[i], TO_SERVER, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 9);
		assert_true(talk[i].more);
	}
	assert_int_equal(evictions.count, 2); /* the first two, and none of the other group */
	assert_ptr_equal(evictions.last, &talk[1]);
	assert_int_not_equal(other.state, 0);
	assert_int_equal(identify_stats(identify).evicted_unfinished, 2);
	assert_int_equal(identify_stats(identify).no_state, 0);
	end(&talk[2]);
	end(&talk[3]);
	end(&other);
}

static void bytes_that_nobody_knows_end_in_a_bounded_number_of_packets(void **state)
{
	static const struct {
		const char *why;
		uint8_t protocol;
	} rows[] = { { "TCP", PROTOCOL_TCP }, { "UDP", PROTOCOL_UDP } };

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		uint8_t noise[64];
		struct conversation talk;
		int packets = 0;

		begin(&talk, rows[i].protocol, 40001);
		for (; talk.more && packets < 1000; packets++) {
			memset(noise, 0xe0 + packets % 16, sizeof(noise));
			show(&talk, TO_SERVER, noise, sizeof(noise));
		}
		if (talk.more)
			fail_msg("%s: still more after %d packets", rows[i].why, packets);
		assert_int_equal(talk.state, 0);
		assert_true(talk.identity.ready);
	}
}

static void a_snapshot_length_that_cut_the_payload_is_noted(void **state)
{
	struct layers layers = { .payload = (const uint8_t *)"GET / HTTP",
				 .payload_captured = 10,
				 .payload_length = 400,
				 .protocol = PROTOCOL_TCP,
				 .tcp_seq = 1000 };
	struct conversation talk;

	(void)state;
	begin(&talk, PROTOCOL_TCP, 80);
	identify_packet(identify, &talk.flow, &layers, TO_SERVER, ns(1));
	assert_true(talk.identity.snapped);
	end(&talk);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_identify, close_identify)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_hello_is_read_however_it_is_cut_and_shuffled),
		TEST(a_handshake_is_told_as_soon_as_both_sides_are_known),
		TEST(one_way_captures_are_told_with_what_there_was),
		TEST(a_flow_that_ends_early_tells_what_was_known),
		TEST(tls_is_found_inside_what_wraps_it),
		TEST(tls_is_found_in_the_segment_that_still_holds_its_wrapper),
		TEST(the_hello_inside_a_tds_packet_is_read),
		TEST(wrappers_inside_wrappers_are_followed_to_a_limit),
		TEST(ssh_is_told_with_both_banners_whoever_speaks_first),
		TEST(requests_name_the_flow_and_tell_of_credentials),
		TEST(dns_over_tcp_is_read_both_ways),
		TEST(datagrams_that_stand_alone_take_no_state),
		TEST(flows_past_the_last_state_are_left_alone_and_counted),
		TEST(a_full_group_gives_up_its_oldest_state),
		TEST(bytes_that_nobody_knows_end_in_a_bounded_number_of_packets),
		TEST(a_snapshot_length_that_cut_the_payload_is_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
