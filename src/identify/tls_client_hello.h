/* tls_client_hello.h - a ClientHello taken apart (RFC 5246 section 7.4.1.2, RFC 8446 4.1.2). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "pewit/identity.h"

enum tls_hello_part { /* extensions whose body is read */
		      HELLO_SERVER_NAME,
		      HELLO_GROUPS,
		      HELLO_POINT_FORMATS,
		      HELLO_SIGNATURES,
		      HELLO_ALPN,
		      HELLO_SESSION_TICKET,
		      HELLO_PRE_SHARED_KEY,
		      HELLO_EARLY_DATA,
		      HELLO_VERSIONS,
		      HELLO_KEY_SHARE,
		      HELLO_ECH,
		      HELLO_ESNI,
		      HELLO_PARTS
};

/* Everything is lent from the message. */
struct tls_client_hello {
	struct cursor session_id;
	struct cursor ciphers;           /* u16 each */
	struct cursor extensions;        /* as tls_extension_next() takes them */
	struct cursor part[HELLO_PARTS]; /* body of the first extension of the kind */
	bool has[HELLO_PARTS];
	uint16_t legacy_version;
	uint16_t highest_version; /* largest number offered, GREASE aside, drafts and all */
};

/* Takes the body of the message (what follows type and length) apart. False: it does not hold
 * together; *hello then has what came before the damage. */
bool tls_client_hello_split(struct cursor body, struct tls_client_hello *hello);

/* Writes what the hello says into *info, all but the fingerprints. A second hello of the same
 * connection (after a HelloRetryRequest) adds to what the first said. */
void tls_client_hello_note(const struct tls_client_hello *hello, struct tls_info *info);
