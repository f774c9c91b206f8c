/* tls_server_hello.h - a ServerHello taken apart (RFC 5246 section 7.4.1.3, RFC 8446 4.1.3). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "pewit/identity.h"

/* Everything is lent from the message. */
struct tls_server_hello {
	struct cursor extensions; /* as tls_extension_next() takes them */
	struct cursor alpn;
	uint16_t legacy_version;
	uint16_t version; /* chosen: from supported_versions if that is there */
	uint16_t cipher;
	bool is_retry; /* a HelloRetryRequest, which has the same form */
	bool psk_selected;
};

/* Takes the body of the message (what follows type and length) apart. False: damaged; *hello then
 * has what came before the damage. */
bool tls_server_hello_split(struct cursor body, struct tls_server_hello *hello);

/* Writes what the hello says into *info, all but the fingerprint. */
void tls_server_hello_note(const struct tls_server_hello *hello, struct tls_info *info);
