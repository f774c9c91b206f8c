/* The reader of one direction. Three layers, each of which may be cut anywhere:
 *
 *   stream     |  piece  |piece|        piece         |p|
 *   records    |header|    body     |header|   body        |
 *   messages          | message |   message  |  message    |
 *
 * tls_read() walks a piece from record to record and hands each stretch of a handshake record's
 * body on to handshake_bytes(), which walks it from message to message. A message whose beginning
 * is cut off is gathered in reader->message; what need not be read (the chain behind a leaf
 * certificate, messages of other types) is only counted down in reader->message_left. Every byte
 * is looked at once and copied at most once, so a sender gains nothing by sending it in crumbs.
 *
 *   client   ClientHello -> done; after a HelloRetryRequest another ClientHello
 *   server   ServerHello 1.3  -> done, the rest is encrypted
 *            HelloRetryRequest -> goes on
 *            ServerHello 1.2  -> Certificate -> done, or ChangeCipherSpec -> resumed, done
 */
#include "identify/tls.h"

#include "base/cursor.h"
#include "identify/tls_certificate.h"
#include "identify/tls_client_hello.h"
#include "identify/tls_fingerprint.h"
#include "identify/tls_record.h"
#include "identify/tls_server_hello.h"
#include "identify/tls_wire.h"

/* What of a Certificate message tells how long its leaf is: the message's header, the length of the
 * list, the length of the leaf. */
enum { CERTIFICATE_HEAD_BYTES = TLS_MESSAGE_HEADER_BYTES + 3 + 3 };

struct reading { /* what the steps below share during one call */
	struct tls_reader *reader;
	struct buffer_pool *pool;
	struct tls_info *info;
	enum direction direction;
};

/* ---- whole messages ---- */

static enum parse_outcome read_client_hello(struct cursor body, bool quic, struct tls_info *info)
{
	bool is_first = !info->client_hello;
	struct tls_client_hello hello;
	bool whole = tls_client_hello_split(body, &hello);

	tls_client_hello_note(&hello, info);
	if (!whole)
		return PARSE_BAD;
	if (is_first) {
		tls_fingerprint_ja3(&hello, info);
		tls_fingerprint_ja4(&hello, quic, info->ja4);
	}
	return PARSE_DONE;
}

enum parse_outcome tls_parse_client_hello(const uint8_t *message, size_t length, bool quic,
					  struct tls_info *info)
{
	struct cursor cursor = cursor_over(message, length);
	bool is_hello = cursor_u8(&cursor) == TLS_CLIENT_HELLO;
	struct cursor body = cursor_sub(&cursor, cursor_u24(&cursor));

	if (!is_hello || cursor.failed)
		return PARSE_BAD;
	return read_client_hello(body, quic, info);
}

static enum parse_outcome read_server_hello(struct cursor body, struct tls_info *info)
{
	struct tls_server_hello hello;
	bool whole = tls_server_hello_split(body, &hello);

	if (!whole && hello.cipher == 0)
		return PARSE_BAD;
	tls_server_hello_note(&hello, info);
	if (!whole)
		return PARSE_BAD;
	if (hello.is_retry)
		return PARSE_MORE;
	tls_fingerprint_ja3s(&hello, info->ja3s);
	return tls_wire_is_13(hello.version) ? PARSE_DONE : PARSE_MORE;
}

/* The leaf is all that was gathered of the message; an empty list is a server without one. */
static enum parse_outcome read_certificate(struct cursor body, struct tls_info *info)
{
	cursor_skip(&body, 3); /* length of the list */

	struct cursor leaf = cursor_sub(&body, cursor_u24(&body));
	if (leaf.failed || leaf.left == 0)
		return info->server_hello ? PARSE_DONE : PARSE_BAD;
	return tls_certificate_read(leaf.at, leaf.left, &info->certificate) ? PARSE_DONE
									    : PARSE_BAD;
}

static enum parse_outcome server_message(uint8_t type, struct cursor body, struct tls_info *info)
{
	switch (type) {
	case TLS_SERVER_HELLO:
		return read_server_hello(body, info);
	case TLS_CERTIFICATE:
		return read_certificate(body, info);
	case TLS_HELLO_RETRY_REQUEST:
		info->hello_retry = true;
		return PARSE_MORE;
	case TLS_HELLO_REQUEST:
	case TLS_NEW_SESSION_TICKET:
	case TLS_CERTIFICATE_STATUS:
	case TLS_SUPPLEMENTAL_DATA:
		return PARSE_MORE;
	case TLS_SERVER_KEY_EXCHANGE: /* no certificate: an anonymous or pre-shared key */
	case TLS_CERTIFICATE_REQUEST:
	case TLS_SERVER_HELLO_DONE:
		return info->server_hello ? PARSE_DONE : PARSE_BAD;
	}
	return PARSE_BAD;
}

/* Ends the direction; what was found before stands. */
static void finish(struct tls_reader *reader, enum parse_outcome outcome)
{
	if (reader->outcome != PARSE_DONE)
		reader->outcome = (uint8_t)outcome;
	reader->finished = true;
}

/* A client's hello is read once, and once more after a HelloRetryRequest. */
static bool is_read(const struct reading *reading, uint8_t type)
{
	if (reading->direction == TO_CLIENT)
		return type == TLS_SERVER_HELLO || type == TLS_CERTIFICATE;
	return type == TLS_CLIENT_HELLO &&
	       (reading->reader->outcome != PARSE_DONE || reading->info->hello_retry);
}

/* message: from its header as far as wanted() asked. */
static void message_complete(const struct reading *reading, const uint8_t *message, size_t length)
{
	struct tls_reader *reader = reading->reader;
	struct cursor cursor = cursor_over(message, length);
	uint8_t type = cursor_u8(&cursor);
	enum parse_outcome outcome;

	reader->message_left = cursor_u24(&cursor);
	reader->message_left -= (uint32_t)cursor.left;
	if (reading->direction == TO_CLIENT) {
		outcome = server_message(type, cursor, reading->info);
		if (outcome != PARSE_MORE)
			finish(reader, outcome);
	} else if (type != TLS_CLIENT_HELLO) {
		finish(reader, PARSE_BAD); /* the key exchange, or the middle of a stream */
	} else if (is_read(reading, type)) {
		outcome = read_client_hello(cursor, false, reading->info);
		if (outcome == PARSE_DONE)
			reader->outcome = PARSE_DONE;
		else
			finish(reader, outcome);
	}
}

/* ---- messages out of records ---- */

/* How many bytes of a message, from its header on, must be there before it can be read; more may
 * turn out to be wanted once they are. */
static size_t wanted(const struct reading *reading, struct cursor message)
{
	size_t have = message.left;
	uint8_t type = cursor_u8(&message);
	size_t whole = TLS_MESSAGE_HEADER_BYTES + (size_t)cursor_u24(&message);

	if (message.failed || !is_read(reading, type))
		return TLS_MESSAGE_HEADER_BYTES;
	if (type != TLS_CERTIFICATE || whole < CERTIFICATE_HEAD_BYTES)
		return whole;
	if (have < CERTIFICATE_HEAD_BYTES)
		return CERTIFICATE_HEAD_BYTES;
	cursor_skip(&message, 3);

	size_t leaf = CERTIFICATE_HEAD_BYTES + (size_t)cursor_u24(&message);
	return leaf < whole ? leaf : whole;
}

/* Goes on with a message whose beginning is in reader->message. */
static void gather(const struct reading *reading, struct cursor *bytes)
{
	struct tls_reader *reader = reading->reader;
	struct buffer *message = &reader->message;

	while (!reader->finished) {
		struct cursor so_far = cursor_over(message->bytes, message->length);
		size_t want = wanted(reading, so_far);

		if (want > BUFFER_LARGE_BYTES) {
			finish(reader, PARSE_LIMIT);
		} else if (want <= message->length) {
			message_complete(reading, message->bytes, message->length);
			message->length = 0;
			return;
		} else if (bytes->left == 0) {
			return;
		} else {
			size_t missing = want - message->length;
			size_t taken = missing < bytes->left ? missing : bytes->left;

			if (!buffer_append(reading->pool, message, cursor_take(bytes, taken),
					   taken))
				finish(reader, PARSE_LIMIT);
		}
	}
}

/* Takes a stretch of the handshake layer: any part of any number of messages. */
static void handshake_bytes(const struct reading *reading, struct cursor bytes)
{
	struct tls_reader *reader = reading->reader;

	while (bytes.left != 0 && !reader->finished) {
		if (reader->message_left != 0) {
			size_t passed = reader->message_left < bytes.left ? reader->message_left
									  : bytes.left;

			cursor_skip(&bytes, passed);
			reader->message_left -= (uint32_t)passed;
			continue;
		}

		size_t want = wanted(reading, bytes);
		if (reader->message.length == 0 && bytes.left >= TLS_MESSAGE_HEADER_BYTES &&
		    want <= bytes.left)
			message_complete(reading, cursor_take(&bytes, want), want);
		else
			gather(reading, &bytes);
	}
}

/* ---- records out of the stream ---- */

/* A server's ends what is in the clear, but for the one that goes with a HelloRetryRequest; before
 * any certificate it means that keys from before are used. A client's does too, unless TLS 1.3 may
 * yet turn out to be spoken, where it means nothing (RFC 8446 appendix D.4). */
static void change_cipher_spec(const struct reading *reading)
{
	struct tls_info *info = reading->info;

	if (reading->direction == TO_SERVER) {
		if (info->server_hello || !tls_wire_is_13(info->client_version))
			finish(reading->reader, PARSE_BAD);
	} else if (info->server_hello) {
		info->resumed = true;
		finish(reading->reader, PARSE_DONE);
	} else if (!info->hello_retry) {
		finish(reading->reader, PARSE_BAD);
	}
}

/* Data before the handshake's end: 0-RTT (RFC 8446 section 2.3), after which a second hello may
 * still come, or the middle of a stream. */
static void application_data(const struct reading *reading)
{
	const struct tls_info *info = reading->info;

	if (reading->direction == TO_CLIENT || !info->early_data || info->server_hello)
		finish(reading->reader, PARSE_BAD);
}

static void record_bytes(const struct reading *reading, struct cursor bytes)
{
	switch (reading->reader->record_type) {
	case TLS_RECORD_HANDSHAKE:
		handshake_bytes(reading, bytes);
		break;
	case TLS_RECORD_CHANGE_CIPHER_SPEC:
		change_cipher_spec(reading);
		break;
	case TLS_RECORD_APPLICATION_DATA:
		application_data(reading);
		break;
	}
}

/* A hello of SSLv2 has no names, and nothing that pewit can read comes after it. */
static bool ssl2_hello(const struct reading *reading)
{
	struct tls_reader *reader = reading->reader;
	struct tls_info *info = reading->info;
	uint8_t type =
		reading->direction == TO_SERVER ? TLS_SSL2_CLIENT_HELLO : TLS_SSL2_SERVER_HELLO;

	if (!tls_record_is_ssl2_hello(reader->header, reader->header_have, type))
		return false;
	if (reader->header_have < TLS_RECORD_HEADER_BYTES)
		return true;
	if (reading->direction == TO_SERVER) {
		info->client_hello = true;
		info->client_version = (uint16_t)(reader->header[3] << 8 | reader->header[4]);
	} else {
		info->server_hello = true;
		info->version = TLS_VERSION_SSL2;
	}
	finish(reader, PARSE_DONE);
	return true;
}

/* Takes as much of a record header as there is. */
static void record_header(const struct reading *reading, struct cursor *bytes)
{
	struct tls_reader *reader = reading->reader;
	struct cursor header;

	while (reader->header_have < TLS_RECORD_HEADER_BYTES && bytes->left != 0)
		reader->header[reader->header_have++] = cursor_u8(bytes);
	header = cursor_over(reader->header, reader->header_have);

	bool is_first = !reader->started;
	if (is_first && ssl2_hello(reading))
		return;
	if (is_first && !tls_record_is_first(header.at, header.left)) {
		finish(reader, PARSE_NOT);
		return;
	}
	if (!tls_record_is_header(header.at, header.left)) {
		finish(reader, PARSE_BAD);
		return;
	}
	if (header.left < TLS_RECORD_HEADER_BYTES)
		return;
	reader->started = true;
	reader->header_have = 0;
	reader->record_type = cursor_u8(&header);
	cursor_skip(&header, 2);
	reader->record_left = cursor_u16(&header);
}

enum parse_outcome tls_read(struct tls_reader *reader, struct buffer_pool *pool,
			    enum direction direction, const uint8_t *bytes, size_t length,
			    struct tls_info *info)
{
	const struct reading reading = { reader, pool, info, direction };
	struct cursor stream = cursor_over(bytes, length);

	while (stream.left != 0 && !reader->finished) {
		if (reader->record_left == 0) {
			record_header(&reading, &stream);
			continue;
		}

		size_t here = reader->record_left < stream.left ? reader->record_left : stream.left;
		reader->record_left -= (uint32_t)here;
		record_bytes(&reading, cursor_sub(&stream, here));
	}
	if (reader->finished || reader->message.length == 0)
		buffer_release(pool, &reader->message);
	return reader->outcome;
}

void tls_reader_release(struct tls_reader *reader, struct buffer_pool *pool)
{
	buffer_release(pool, &reader->message);
}
