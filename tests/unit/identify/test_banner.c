#include "unit.h"

#include <string.h>

#include "identify/banner.h"

#define PIECES_MAX 10

struct piece {
	const char *bytes;
	uint16_t length;
	bool from_server;
};

#define C(literal)                                                                                 \
	{                                                                                          \
		literal, sizeof(literal) - 1, false                                                \
	}
#define S(literal)                                                                                 \
	{                                                                                          \
		literal, sizeof(literal) - 1, true                                                 \
	}

struct row {
	const char *why;
	struct piece pieces[PIECES_MAX]; /* ends with a piece of NULL */
	enum app app;
	bool login, starttls;
	int inner_at; /* in the last piece, with starttls */
};

#define LDAP_STARTTLS                                                                              \
	"\x30\x1d\2\1\1\x77\x18\x80\x16"                                                           \
	"1.3.6.1.4.1.1466.20037"
#define MYSQL_GREETING                                                                             \
	"\x4a\0\0\0\x0a"                                                                           \
	"8.0.36\0"                                                                                 \
	"\1\0\0\0abcdefgh\0\xff\xf7\x21\2\0\xff\xc1\x15"                                           \
	"\0\0\0\0\0\0\0\0\0\0ijklmnopqrst\0"                                                       \
	"caching_sha2_password\0"
#define MYSQL_NULLS "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define PG_SSL "\0\0\0\x08\4\xd2\x16\x2f"
#define PG_START "\0\0\0\x12\0\3\0\0user\0joe\0\0"
#define RDP_CONFIRM "\3\0\0\x13\x0e\xd0\0\0\x12\x34\0\2\x09\x08\0"
#define TDS_PRELOGIN "\x12\1\0\x1a\0\0\1\0\0\0\x0b\0\6\1\0\x11\0\1\xff\x10\0\0\0\0\0\1"
#define TDS_REPLY "\4\1\0\x1a\0\0\1\0\0\0\x0b\0\6\1\0\x11\0\1\xff\x10\0\0\0\0\0\1"
#define TDS_LOGIN(flags2)                                                                          \
	"\x10\1\0\x34\0\0\1\0\x2c\0\0\0\4\0\0\x74\0\x10\0\0\0\0\0\7\0\1\0\0\0\0\0\0\xe0" flags2    \
	"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define MONGO_MSG(length, bson_length)                                                             \
	length "\0\0\0\1\0\0\0\0\0\0\0\xdd\7\0\0\0\0\0\0\0" bson_length
#define AMQP_START "\1\0\0\0\0\0\x0f\0\x0a\0\x0a\0\x09\0\0\0\0\0\0\0\0\0\xce"
#define AMQP_START_OK(size, mechanism)                                                             \
	"\1\0\0\0\0\0" size "\0\x0a\0\x0b\0\0\0\0" mechanism "\0\0\0\4\0a\0b\5en_US\xce"
#define HELLO "\x16\3\1\2\0\1\0\1\xfc\3\3"

/* How a row ends: what is found in the conversation. */
#define PLAIN(app) app, false, false, 0
#define LOGIN(app) app, true, false, 0
#define TLS_AT(app, at) app, false, true, at
#define LOGIN_AND_TLS(app, at) app, true, true, at

static const struct row rows[] = {
	{ "SSH, the client first", { C("SSH-2.0-a\r\n"), S("SSH-2.0-b\r\n") }, PLAIN(APP_SSH) },
	{ "SSH, lines before the server's banner (RFC 4253 section 4.2)",
	  { S("Welcome\r\nto us\r\nSSH-2.0-b\r\n"), C("SSH-2.0-a\r\n") },
	  PLAIN(APP_SSH) },
	{ "RDP with a cookie, TLS agreed",
	  { C("\3\0\0\x29\x24\xe0\0\0\0\0\0Cookie: mstshash=joe\r\n\1\0\x08\0\3\0\0\0"),
	    S(RDP_CONFIRM "\1\0\0\0") },
	  TLS_AT(APP_RDP, 19) },
	{ "RDP that stays with its own security",
	  { C("\3\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\0\0\0\0"), S(RDP_CONFIRM "\0\0\0\0") },
	  PLAIN(APP_RDP) },
	{ "RDP, the server not captured",
	  { C("\3\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\3\0\0\0"), C(HELLO) },
	  TLS_AT(APP_RDP, 0) },
	{ "SMB2", { C("\0\0\0\x44\xfeSMB\x40\0") }, PLAIN(APP_SMB) },
	{ "SMB1", { C("\0\0\0\x85\xffSMB\x72\0") }, PLAIN(APP_SMB) },
	{ "VNC", { S("RFB 003.008\n"), C("RFB 003.008\n") }, PLAIN(APP_VNC) },
	{ "Telnet with a password",
	  { S("\xff\xfd\x18"), C("\xff\xfc\x18"), S("\r\nlogin: "), C("joe\r\n"), S("Password: "),
	    C("x\r\n") },
	  LOGIN(APP_TELNET) },
	{ "Telnet, options after the prompt are no password",
	  { S("\xff\xfd\x18Password: "), C("\xff\xfa\x18\0xterm\xff\xf0") },
	  PLAIN(APP_TELNET) },
	{ "Telnet without options",
	  { S("Ubuntu\r\nhost login: "), C("joe\r\n") },
	  PLAIN(APP_TELNET) },
	{ "FTP with a password",
	  { S("220 hello\r\n"), C("USER joe\r\n"), S("331 password\r\n"), C("PASS x\r\n") },
	  LOGIN(APP_FTP) },
	{ "FTP, anonymous",
	  { S("220 FTP\r\n"), C("USER Anonymous\r\n"), S("331 mail\r\n"), C("PASS a@b\r\n") },
	  PLAIN(APP_FTP) },
	{ "FTP with TLS",
	  { S("220 hello\r\n"), C("AUTH TLS\r\n"), S("234 go\r\n") },
	  TLS_AT(APP_FTP, 8) },
	{ "FTP, TLS refused and then a password",
	  { S("220 FTP\r\n"), C("AUTH TLS\r\n"), S("502 no\r\n"), C("USER joe\r\n"),
	    C("PASS x\r\n") },
	  LOGIN(APP_FTP) },
	{ "SMTP with TLS",
	  { S("220 a ESMTP\r\n"), C("EHLO b\r\n"), S("250-a\r\n250 STARTTLS\r\n"),
	    C("STARTTLS\r\n"), S("220 go\r\n") },
	  TLS_AT(APP_SMTP, 8) },
	{ "SMTP, AUTH PLAIN with its response",
	  { S("220 a\r\n"), C("EHLO b\r\n"), S("250 a\r\n"), C("AUTH PLAIN AGEAYg==\r\n") },
	  LOGIN(APP_SMTP) },
	{ "SMTP, AUTH LOGIN with the response after it",
	  { C("EHLO b\r\n"), S("250 a\r\n"), C("auth login\r\n"), S("334 VXNlcg==\r\n"),
	    C("am9l\r\n") },
	  LOGIN(APP_SMTP) },
	{ "SMTP, AUTH refused before anything was sent",
	  { C("EHLO b\r\n"), C("AUTH PLAIN\r\n"), S("538 use TLS\r\n"), C("QUIT\r\n") },
	  PLAIN(APP_SMTP) },
	{ "SMTP, a challenge is answered, not a password sent",
	  { C("EHLO b\r\n"), C("AUTH CRAM-MD5\r\n"), S("334 PDE+\r\n"), C("am9lIDEy\r\n") },
	  PLAIN(APP_SMTP) },
	{ "IMAP log-in", { S("* OK ready\r\n"), C("a1 LOGIN joe x\r\n") }, LOGIN(APP_IMAP) },
	{ "IMAP, AUTHENTICATE PLAIN",
	  { S("* OK ready\r\n"), C("a1 AUTHENTICATE PLAIN\r\n"), S("+ \r\n"), C("AGEAYg==\r\n") },
	  LOGIN(APP_IMAP) },
	{ "IMAP with TLS; the answer to another tag is not the consent",
	  { S("* OK ready\r\n"), C("a1 CAPABILITY\r\n"), C("a2 STARTTLS\r\n"),
	    S("* CAPABILITY IMAP4\r\na1 OK\r\n"), S("a2 OK go\r\n") },
	  TLS_AT(APP_IMAP, 10) },
	{ "POP3 log-in",
	  { S("+OK hello\r\n"), C("CAPA\r\n"), S("+OK\r\n.\r\n"), C("USER joe\r\n"), S("+OK\r\n"),
	    C("PASS x\r\n") },
	  LOGIN(APP_POP3) },
	{ "POP3, APOP sends a digest",
	  { S("+OK POP3 <1@a>\r\n"), C("APOP joe c4c9334bac560ecc979e58001b3e22fb\r\n") },
	  PLAIN(APP_POP3) },
	{ "POP3 with TLS",
	  { S("+OK POP3\r\n"), C("STLS\r\n"), S("+OK go\r\n") },
	  TLS_AT(APP_POP3, 8) },
	{ "LDAP simple bind",
	  { C("\x30\x16\2\1\1\x60\x11\2\1\3\4\6"
	      "cn=abc\x80\4pass") },
	  LOGIN(APP_LDAP) },
	{ "LDAP anonymous bind", { C("\x30\x0c\2\1\1\x60\7\2\1\3\4\0\x80\0") }, PLAIN(APP_LDAP) },
	{ "LDAP, a search and then a bind",
	  { C("\x30\x25\2\1\1\x63\x20\4\0\x0a\1\0\x0a\1\0\2\1\0\2\1\0\1\1\0\x87\x0bobjectclass\x30\0"),
	    C("\x30\x16\2\1\1\x60\x11\2\1\3\4\6"
	      "cn=abc\x80\4pass") },
	  LOGIN(APP_LDAP) },
	{ "LDAP, SASL with Kerberos",
	  { C("\x30\x1b\2\1\1\x60\x16\2\1\3\4\0\xa3\x0f\4\6GSSAPI\4\5abcde") },
	  PLAIN(APP_LDAP) },
	{ "LDAP with TLS, lengths in long form as Windows sends them",
	  { C("\x30\x84\0\0\0\x21\2\1\1\x77\x84\0\0\0\x18\x80\x16"
	      "1.3.6.1.4.1.1466.20037"),
	    S("\x30\x0c\2\1\1\x78\7\x0a\1\0\4\0\4\0") },
	  TLS_AT(APP_LDAP, 14) },
	{ "LDAP, TLS refused",
	  { C(LDAP_STARTTLS), S("\x30\x0c\2\1\1\x78\7\x0a\1\2\4\0\4\0"),
	    C("\x30\x16\2\1\2\x60\x11\2\1\3\4\6"
	      "cn=abc\x80\4pass") },
	  LOGIN(APP_LDAP) },
	{ "PostgreSQL with a password",
	  { C(PG_START), S("R\0\0\0\x08\0\0\0\3"), C("p\0\0\0\x06x\0") },
	  LOGIN(APP_POSTGRES) },
	{ "PostgreSQL, SCRAM without TLS is a log-in in the clear, too",
	  { C(PG_START), S("R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0"),
	    C("p\0\0\0\x08"
	      "abcd") },
	  LOGIN(APP_POSTGRES) },
	{ "PostgreSQL, nothing asked",
	  { C(PG_START), S("R\0\0\0\x08\0\0\0\0") },
	  PLAIN(APP_POSTGRES) },
	{ "PostgreSQL, Kerberos",
	  { C(PG_START), S("R\0\0\0\x08\0\0\0\7"),
	    C("p\0\0\0\x08"
	      "abcd") },
	  PLAIN(APP_POSTGRES) },
	{ "PostgreSQL with TLS", { C(PG_SSL), S("S") }, TLS_AT(APP_POSTGRES, 1) },
	{ "PostgreSQL, TLS refused and then a password",
	  { C(PG_SSL), S("N"), C(PG_START), S("R\0\0\0\x0c\0\0\0\5abcd"), C("p\0\0\0\x06x\0") },
	  LOGIN(APP_POSTGRES) },
	{ "PostgreSQL with TLS, the server not captured",
	  { C(PG_SSL), C(HELLO) },
	  TLS_AT(APP_POSTGRES, 0) },
	{ "MySQL without TLS",
	  { S(MYSQL_GREETING), C("\x28\0\0\1\5\xa6\x3f\0\0\0\0\1\x21" MYSQL_NULLS "joe\0\4abcd") },
	  LOGIN(APP_MYSQL) },
	{ "MySQL with TLS in the same segment",
	  { S(MYSQL_GREETING), C("\x20\0\0\1\5\xae\x3f\0\0\0\0\1\x21" MYSQL_NULLS HELLO) },
	  TLS_AT(APP_MYSQL, 36) },
	{ "MySQL, the server not captured",
	  { C("\x28\0\0\1\5\xa6\x3f\0\0\0\0\1\x21" MYSQL_NULLS "joe\0\4abcd") },
	  LOGIN(APP_MYSQL) },
	{ "MySQL that turns the host away",
	  { S("\x1d\0\0\0\xff\x6a\4Host '10.0.0.1' is not allowed") },
	  PLAIN(APP_MYSQL) },
	{ "SQL Server without TLS",
	  { C(TDS_PRELOGIN), S(TDS_REPLY), C(TDS_LOGIN("\3")) },
	  LOGIN(APP_MSSQL) },
	{ "SQL Server, the system's own tokens",
	  { C(TDS_PRELOGIN), S(TDS_REPLY), C(TDS_LOGIN("\x83")) },
	  PLAIN(APP_MSSQL) },
	{ "SQL Server with TLS: the hello lies behind a header",
	  { C(TDS_PRELOGIN), S(TDS_REPLY), C("\x12\1\0\x13\0\0\0\0" HELLO) },
	  TLS_AT(APP_MSSQL, 8) },
	{ "MongoDB, a log-in by itself",
	  { C(MONGO_MSG("\x3e",
			"\x29") "\0\0\0\x10saslStart\0\1\0\0\0\2mechanism\0\6\0\0\0PLAIN\0\0") },
	  LOGIN(APP_MONGODB) },
	{ "MongoDB, a certificate instead of a password",
	  { C(MONGO_MSG("\x45", "\x30") "\0\0\0\x10saslStart\0\1\0\0\0\2mechanism\0\x0d\0\0\0"
					"MONGODB-X509\0\0") },
	  PLAIN(APP_MONGODB) },
	{ "Redis AUTH", { C("*2\r\n$4\r\nAUTH\r\n$3\r\nabc\r\n") }, LOGIN(APP_REDIS) },
	{ "Redis HELLO with AUTH",
	  { C("*5\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nauth\r\n$1\r\na\r\n$1\r\nb\r\n") },
	  LOGIN(APP_REDIS) },
	{ "Redis, AUTH behind another command",
	  { C("*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nAUTH\r\n$3\r\nabc\r\n") },
	  LOGIN(APP_REDIS) },
	{ "Redis, a value that reads AUTH",
	  { C("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$4\r\nAUTH\r\n") },
	  PLAIN(APP_REDIS) },
	{ "Redis in lines", { C("AUTH abc\r\n"), S("+OK\r\n") }, LOGIN(APP_REDIS) },
	{ "AMQP 0-9-1, PLAIN",
	  { C("AMQP\0\0\x09\1"), S(AMQP_START), C(AMQP_START_OK("\x1c", "\5PLAIN")) },
	  LOGIN(APP_AMQP) },
	{ "AMQP 0-9-1, EXTERNAL",
	  { C("AMQP\0\0\x09\1"), S(AMQP_START),
	    C(AMQP_START_OK("\x1f", "\x08"
				    "EXTERNAL")) },
	  PLAIN(APP_AMQP) },
	{ "AMQP 0-9-1, its beginning not captured",
	  { C("\1\0\1\0\0\0\x08\0\x3c\0\x28\0\0\0\0\xce") },
	  PLAIN(APP_AMQP) },
	{ "AMQP 1.0, PLAIN",
	  { C("AMQP\3\1\0\0"), S("AMQP\3\1\0\0"),
	    C("\0\0\0\x1b\2\1\0\0\0\x53\x41\xc0\x0e\2\xa3\5PLAIN\xa0\4\0a\0b") },
	  LOGIN(APP_AMQP) },
	{ "AMQP 1.0 with TLS", { C("AMQP\2\1\0\0"), S("AMQP\2\1\0\0") }, TLS_AT(APP_AMQP, 8) },
	{ "MQTT with a password",
	  { C("\x10\x16\0\4MQTT\4\xc2\0\x3c\0\1a\0\1b\0\1c\0\0") },
	  LOGIN(APP_MQTT) },
	{ "MQTT without", { C("\x10\x0d\0\4MQTT\4\2\0\x3c\0\1a") }, PLAIN(APP_MQTT) },
	{ "SOCKS 5 with a password",
	  { C("\5\2\0\2"), S("\5\2"), C("\1\1a\1b"), S("\1\0"), C("\5\1\0\3\5a.b.c\1\xbb"),
	    S("\5\0\0\1\0\0\0\0\0\0") },
	  LOGIN_AND_TLS(APP_SOCKS, 10) },
	{ "SOCKS 5, refused",
	  { C("\5\1\0"), S("\5\0"), C("\5\1\0\1\1\2\3\4\1\xbb"), S("\5\5\0\1\0\0\0\0\0\0") },
	  PLAIN(APP_SOCKS) },
	{ "SOCKS 5, the server not captured",
	  { C("\5\1\0"), C("\5\1\0\1\1\2\3\4\1\xbb"), C(HELLO) },
	  TLS_AT(APP_SOCKS, 0) },
	{ "SOCKS 4",
	  { C("\4\1\1\xbb\1\2\3\4joe\0"), S("\0\x5a\0\0\0\0\0\0") },
	  TLS_AT(APP_SOCKS, 8) },
	{ "SOCKS 4a",
	  { C("\4\1\1\xbb\0\0\0\1\0a.b.c\0"), S("\0\x5a\0\0\0\0\0\0") },
	  TLS_AT(APP_SOCKS, 8) },
};

static int make_pool(void **state)
{
	return buffer_pool_new((struct buffer_pool **)state, MIB);
}

static int free_pool(void **state)
{
	for (int i = 0; i < 3; i++)
		assert_int_equal(buffer_pool_stats(*state).in_use[i], 0);
	buffer_pool_free(*state);
	return 0;
}

struct conversation {
	struct banner_reader reader;
	struct banner_found found;
	struct ssh_info ssh;
	enum parse_outcome outcome;
};

/* Feeds one piece, whole or byte by byte, until the reader has had enough. */
static void feed(struct conversation *conversation, struct buffer_pool *pool,
		 const struct piece *piece, size_t step)
{
	enum direction direction = piece->from_server ? TO_CLIENT : TO_SERVER;

	for (size_t at = 0; at < piece->length && conversation->outcome == PARSE_MORE; at += step)
		conversation->outcome = banner_read(
			&conversation->reader, pool, direction, (const uint8_t *)piece->bytes + at,
			step < piece->length - at ? step : piece->length - at, &conversation->found,
			&conversation->ssh);
}

static void check(const struct row *row, struct buffer_pool *pool, size_t step)
{
	struct conversation conversation = { .outcome = PARSE_MORE };

	for (const struct piece *piece = row->pieces; piece->bytes; piece++)
		feed(&conversation, pool, piece, step);
	banner_reader_release(&conversation.reader, pool);
	assert_string_equal(app_name(conversation.found.app), app_name(row->app));
	assert_int_equal(conversation.found.credentials, row->login ? CREDENTIAL_LOGIN : 0);
	assert_true(conversation.found.starttls == row->starttls);
	if (row->starttls) {
		assert_int_equal(conversation.outcome, PARSE_DONE);
		if (step > 1)
			assert_int_equal(conversation.found.inner_at, row->inner_at);
	}
}

static void conversations_are_told_with_what_they_give_away(void **state)
{
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		check(&rows[i], *state, SIZE_MAX);
	}
}

static void conversations_come_in_pieces_of_one_byte(void **state)
{
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		print_message("%s\n", rows[i].why);
		check(&rows[i], *state, 1);
	}
}

static void other_protocols_are_told_at_once(void **state)
{
	static const struct {
		const char *why;
		struct piece pieces[PIECES_MAX];
	} others[] = {
		{ "a ClientHello", { C(HELLO "\0\0\0\0\0\0\0\0") } },
		{ "HTTP", { C("GET / HTTP/1.1\r\n") } },
		{ "HTTP with a path yet unfinished", { C("GET /index") } },
		{ "HTTP/2", { C("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") } },
		{ "an HTTP answer", { S("HTTP/1.1 200 OK\r\n") } },
		{ "DNS in a TCP frame", { C("\0\x13\x12\x34\1\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1") } },
		{ "IRC, which has USER as well", { C("USER a 0 * :a\r\nNICK a\r\n") } },
		{ "S7, which connects as RDP does",
		  { C("\3\0\0\x16\x11\xe0\0\0\0\1\0\xc0\1\x0a\xc1\2\1\0\xc2\2\1\2") } },
		{ "Kerberos", { C("\0\0\5\x94\x6c\x82\5\x90") } },
		{ "SNMP, which is BER as LDAP is",
		  { C("\x30\x1a\2\1\1\4\6public\xa0\x0d\2\4\1\2\3\4") } },
		{ "BitTorrent",
		  { C("\x13"
		      "BitTorrent protocol\0\0\0\0") } },
		{ "WebSocket frames", { C("\x81\x85\1\2\3\4\5\6\7\x08") } },
	};

	for (size_t i = 0; i < ROW_COUNT(others); i++) {
		struct conversation conversation = { .outcome = PARSE_MORE };

		print_message("%s\n", others[i].why);
		for (const struct piece *piece = others[i].pieces; piece->bytes; piece++)
			feed(&conversation, *state, piece, SIZE_MAX);
		assert_int_equal(conversation.outcome, PARSE_NOT);
		assert_int_equal(conversation.found.app, APP_UNKNOWN);
		banner_reader_release(&conversation.reader, *state);
	}
}

static void random_bytes_are_no_protocol(void **state)
{
	uint64_t x = 88172645463325252u;
	char bytes[256];

	for (int i = 0; i < 20000; i++) {
		struct conversation conversation = { .outcome = PARSE_MORE };
		const struct piece pieces[] = { { bytes, 200, false }, { bytes + 56, 200, true } };

		for (size_t j = 0; j < sizeof(bytes); j++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			bytes[j] = (char)x;
		}
		feed(&conversation, *state, &pieces[i % 2], SIZE_MAX);
		feed(&conversation, *state, &pieces[1 - i % 2], SIZE_MAX);
		assert_int_equal(conversation.found.app, APP_UNKNOWN);
		banner_reader_release(&conversation.reader, *state);
	}
}

static void ssh_banners_are_kept_from_both_sides(void **state)
{
	static const struct piece pieces[] = {
		S("hello\r\nSSH-2.0-OpenSSH_9.2p1 Debian-2\r\n\0\0\4\x2c\x0a\x14"),
		C("SSH-1.99-x\x1b[31m\n\0\0\4\x2c\x0a\x14"),
	};
	struct conversation conversation = { .outcome = PARSE_MORE };

	feed(&conversation, *state, &pieces[0], SIZE_MAX);
	assert_false(conversation.found.ssh_complete);
	feed(&conversation, *state, &pieces[1], SIZE_MAX);
	assert_int_equal(conversation.outcome, PARSE_DONE);
	assert_true(conversation.found.ssh_complete);
	assert_string_equal(conversation.ssh.server_proto, "2.0");
	assert_string_equal(conversation.ssh.server_software, "OpenSSH_9.2p1 Debian-2");
	assert_string_equal(conversation.ssh.client_proto, "1.99");
	assert_string_equal(conversation.ssh.client_software, "x?[31m");
	banner_reader_release(&conversation.reader, *state);
}

static void no_side_is_followed_for_ever(void **state)
{
	static char line[1024];
	static const struct {
		const char *why;
		struct piece first;
		bool from_server;
		int outcome;
	} cases[] = {
		{ "text that never says what it is", C("USER joe\r\n"), true, PARSE_NOT },
		{ "a decided client that never logs in", C("EHLO a\r\n"), false, PARSE_DONE },
		{ "a decided server that never stops", C("EHLO a\r\n"), true, PARSE_DONE },
	};

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 2] = '\r';
	line[sizeof(line) - 1] = '\n';
	for (size_t i = 0; i < ROW_COUNT(cases); i++) {
		struct conversation conversation = { .outcome = PARSE_MORE };
		const struct piece more = { line, sizeof(line), cases[i].from_server };
		size_t fed = 0;

		print_message("%s\n", cases[i].why);
		feed(&conversation, *state, &cases[i].first, SIZE_MAX);
		for (; conversation.outcome == PARSE_MORE; fed += sizeof(line))
			feed(&conversation, *state, &more, SIZE_MAX);
		assert_int_equal(conversation.outcome, cases[i].outcome);
		assert_true(fed <= BANNER_REPLY_BYTES_MAX + sizeof(line));
		banner_reader_release(&conversation.reader, *state);
	}
}

static void every_protocol_has_the_name_that_eve_uses(void **state)
{
	(void)state;
	for (int app = APP_UNKNOWN + 1; app < APPS; app++)
		assert_string_not_equal(app_name(app), "failed");
	assert_string_equal(app_name(APP_UNKNOWN), "failed");
	assert_string_equal(app_name(APPS), "failed");
	assert_string_equal(app_name(APP_POSTGRES), "pgsql");
	assert_string_equal(app_name(APP_VNC), "rfb");
	assert_string_equal(app_name(APP_MSSQL), "mssql");
}

#define WITH_POOL(test) cmocka_unit_test_setup_teardown(test, make_pool, free_pool)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_POOL(conversations_are_told_with_what_they_give_away),
		WITH_POOL(conversations_come_in_pieces_of_one_byte),
		WITH_POOL(other_protocols_are_told_at_once),
		WITH_POOL(random_bytes_are_no_protocol),
		WITH_POOL(ssh_banners_are_kept_from_both_sides),
		WITH_POOL(no_side_is_followed_for_ever),
		cmocka_unit_test(every_protocol_has_the_name_that_eve_uses),
	};

	return cmocka_run_group_tests_name("banner", tests, NULL, NULL);
}
