#include "identify/tls_record.h"

#include "base/buffer_pool.h"
#include "base/cursor.h"
#include "identify/tls.h"
#include "identify/tls_wire.h"

enum {
	RECORD_BYTES_MAX = 16384 + 2048, /* RFC 5246 section 6.2.3: encrypted ones may be longer */
	CLIENT_HELLO_BYTES_MIN = 2 + 32 + 1 + 2 + 2 + 1 + 1, /* with one cipher, no extensions */
	SSL2_HELLO_BYTES_MIN = 9, /* up to where the three lists of a ClientHello begin */
};

bool tls_record_is_header(const uint8_t *bytes, size_t have)
{
	struct cursor cursor = cursor_over(bytes, have);
	uint8_t type = cursor_u8(&cursor);
	uint8_t major = cursor_u8(&cursor);
	uint8_t minor = cursor_u8(&cursor);
	uint16_t length = cursor_u16(&cursor);

	if (have >= 1 && (type < TLS_RECORD_CHANGE_CIPHER_SPEC || type > TLS_RECORD_HEARTBEAT))
		return false;
	return (have < 2 || major == 3) && (have < 3 || minor <= 4) &&
	       (have < TLS_RECORD_HEADER_BYTES || length <= RECORD_BYTES_MAX);
}

bool tls_record_is_first(const uint8_t *bytes, size_t have)
{
	struct cursor cursor = cursor_over(bytes, have);
	uint8_t type = cursor_u8(&cursor);

	if (!tls_record_is_header(bytes, have))
		return false;
	if (have != 0 && type != TLS_RECORD_HANDSHAKE && type != TLS_RECORD_ALERT)
		return false;
	cursor_skip(&cursor, 2);

	uint16_t length = cursor_u16(&cursor);
	return have < TLS_RECORD_HEADER_BYTES || length != 0;
}

/* The length has 15 bits, and the top bit set:
 *
 *   client  |1 length|1|version          |length of ciphers|...
 *   server  |1 length|4|hit|certificate's|version|... */
bool tls_record_is_ssl2_hello(const uint8_t *bytes, size_t have, uint8_t type)
{
	struct cursor cursor = cursor_over(bytes, have);
	uint8_t first = cursor_u8(&cursor);
	unsigned int length = (first & 0x7fu) << 8 | cursor_u8(&cursor);
	uint8_t message = cursor_u8(&cursor);
	uint8_t fourth = cursor_u8(&cursor);
	uint8_t fifth = cursor_u8(&cursor);

	if ((have >= 1 && !(first & 0x80)) || (have >= 2 && length < SSL2_HELLO_BYTES_MIN) ||
	    (have >= 3 && message != type))
		return false;
	if (have < 5)
		return true;
	if (type == TLS_SSL2_SERVER_HELLO)
		return fourth <= 1 && fifth <= 1;
	return (fourth == 3 && fifth <= 4) || (fourth == 0 && fifth == 2);
}

static bool is_message_type(uint8_t type)
{
	switch (type) {
	case TLS_HELLO_REQUEST:
	case TLS_CLIENT_HELLO:
	case TLS_SERVER_HELLO:
	case TLS_NEW_SESSION_TICKET:
	case TLS_HELLO_RETRY_REQUEST:
	case TLS_CERTIFICATE:
	case TLS_SERVER_KEY_EXCHANGE:
	case TLS_CERTIFICATE_REQUEST:
	case TLS_SERVER_HELLO_DONE:
	case TLS_CERTIFICATE_VERIFY:
	case TLS_CLIENT_KEY_EXCHANGE:
	case TLS_FINISHED:
	case TLS_CERTIFICATE_STATUS:
	case TLS_SUPPLEMENTAL_DATA:
		return true;
	}
	return false;
}

bool tls_looks_like(const uint8_t *bytes, size_t length)
{
	if (length >= 5 && (tls_record_is_ssl2_hello(bytes, length, TLS_SSL2_CLIENT_HELLO) ||
			    tls_record_is_ssl2_hello(bytes, length, TLS_SSL2_SERVER_HELLO)))
		return true;
	if (length == 0 || !tls_record_is_first(bytes, length))
		return false;
	return length <= TLS_RECORD_HEADER_BYTES || bytes[0] != TLS_RECORD_HANDSHAKE ||
	       is_message_type(bytes[TLS_RECORD_HEADER_BYTES]);
}

bool tls_looks_like_client_hello(const uint8_t *bytes, size_t length)
{
	struct cursor cursor = cursor_over(bytes, length);

	if (length <= TLS_RECORD_HEADER_BYTES || !tls_record_is_first(bytes, length) ||
	    cursor_u8(&cursor) != TLS_RECORD_HANDSHAKE)
		return false;
	cursor_skip(&cursor, TLS_RECORD_HEADER_BYTES - 1);
	if (cursor_u8(&cursor) != TLS_CLIENT_HELLO)
		return false;

	uint32_t message = cursor_u24(&cursor);
	return cursor.failed || (message >= CLIENT_HELLO_BYTES_MIN &&
				 message <= BUFFER_LARGE_BYTES - TLS_MESSAGE_HEADER_BYTES);
}

static const char *draft_name(uint16_t version)
{
	static const char *const names[] = {
		[16] = "TLS 1.3 draft-16", "TLS 1.3 draft-17", "TLS 1.3 draft-18",
		"TLS 1.3 draft-19",        "TLS 1.3 draft-20", "TLS 1.3 draft-21",
		"TLS 1.3 draft-22",        "TLS 1.3 draft-23", "TLS 1.3 draft-24",
		"TLS 1.3 draft-25",        "TLS 1.3 draft-26", "TLS 1.3 draft-27",
		"TLS 1.3 draft-28",
	};
	uint8_t draft = version & 0xff;

	return version >> 8 == 0x7f && draft < sizeof(names) / sizeof(names[0]) ? names[draft]
										: NULL;
}

const char *tls_version_name(uint16_t version, char unknown[8])
{
	static const char digits[] = "0123456789abcdef";
	const char *draft = draft_name(version);

	switch (version) {
	case TLS_VERSION_SSL2:
		return "SSLv2";
	case TLS_VERSION_SSL3:
		return "SSLv3";
	case TLS_VERSION_10:
		return "TLSv1";
	case TLS_VERSION_11:
		return "TLS 1.1";
	case TLS_VERSION_12:
		return "TLS 1.2";
	case TLS_VERSION_13:
		return "TLS 1.3";
	}
	if (draft)
		return draft;
	memcpy(unknown, "0x", 2);
	for (int i = 0; i < 4; i++)
		unknown[2 + i] = digits[version >> (12 - 4 * i) & 15];
	unknown[6] = '\0';
	return unknown;
}
