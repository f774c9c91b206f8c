/* tls.h - TLS handshakes as far as they are in the clear (RFC 5246, 8446, 9849).
 *
 * One struct tls_reader follows one direction of a connection. It takes the stream in order, in
 * pieces of any size, takes handshake messages out of however many records they come in
 * (RFC 8446 section 5.1), and parses them into a struct tls_info that both directions share.
 * A hello that lies whole in one piece is parsed where it lies, without a copy.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer_pool.h"
#include "identify/outcome.h"
#include "pewit/flow.h"
#include "pewit/identity.h"

struct tls_reader {            /* all zero: nothing read yet */
	struct buffer message; /* beginning of a message that is not all there */
	uint32_t record_left;  /* bytes of the current record still to come */
	uint32_t message_left; /* bytes of the current message to pass over */
	uint8_t record_type;
	uint8_t header_have; /* bytes of a record header that came split */
	uint8_t header[5];
	uint8_t outcome; /* enum parse_outcome of the direction so far */
	bool started;    /* a record header was read */
	bool finished;   /* nothing more to read, whatever comes */
};

/* Whether these first bytes of a direction (at least 1, better 6) can be TLS: a record of type
 * handshake or alert with a version from 0x0300 to 0x0304, or (5 bytes needed) a hello in the
 * framing of SSLv2. */
bool tls_looks_like(const uint8_t *bytes, size_t length);

/* As above, and stricter: a handshake record that opens with a ClientHello of plausible length.
 * For finding TLS behind STARTTLS, CONNECT, SOCKS or PROXY: at least 6 bytes needed. */
bool tls_looks_like_client_hello(const uint8_t *bytes, size_t length);

/* Takes the next bytes of a direction.
 * TO_SERVER: PARSE_DONE once a ClientHello is parsed. It may be called on: after a
 * HelloRetryRequest (info->hello_retry) it reads the second ClientHello as well, whose name
 * replaces that of the first; JA3 and JA4 stay those of the first.
 * TO_CLIENT: PARSE_DONE once all that is in the clear is parsed: ServerHello, and the leaf
 * certificate for TLS <= 1.2, or ChangeCipherSpec where a session is resumed.
 * PARSE_NOT, PARSE_BAD and PARSE_LIMIT end the direction: calls after that give the same again.
 * With PARSE_BAD, what came before the damage is in *info (no fingerprints).
 * Limits: a message of BUFFER_LARGE_BYTES; of a Certificate only the leaf counts and is kept.
 * *info is filled as messages complete and must start out all zero. */
enum parse_outcome tls_read(struct tls_reader *reader, struct buffer_pool *pool,
			    enum direction direction, const uint8_t *bytes, size_t length,
			    struct tls_info *info);
void tls_reader_release(struct tls_reader *reader, struct buffer_pool *pool);

/* Parses one whole ClientHello handshake message (type and length included). `quic`: JA4 starts
 * with q. PARSE_DONE or PARSE_BAD; a bad hello may have filled part of *info. */
enum parse_outcome tls_parse_client_hello(const uint8_t *message, size_t length, bool quic,
					  struct tls_info *info);

/* The version as EVE spells it: "TLSv1", "TLS 1.2", "TLS 1.3", "SSLv3"; "0x1234" if unknown. */
const char *tls_version_name(uint16_t version, char unknown[8]);
