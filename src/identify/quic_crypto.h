/* quic_crypto.h - the protection of Initial packets, which anyone on the path can take off
 * (RFC 9001 section 5). The only user of libcrypto in QUIC. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "identify/quic_packet.h"
#include "identify/quic_version.h"

/* OpenSSL's contexts, set up once per worker: no allocation per packet. */
struct quic_crypto;

struct quic_keys { /* of a client's Initials */
	uint8_t key[16], iv[12], hp[16];
};

int quic_crypto_new(struct quic_crypto **crypto);  /* 0 or -ENOMEM; given */
void quic_crypto_free(struct quic_crypto *crypto); /* NULL is allowed */

/* Derives the keys of the client's Initials from the first Destination Connection ID. False: the
 * version has none, or libcrypto failed. */
bool quic_crypto_derive(const struct quic_version *version, const uint8_t *dcid, size_t dcid_length,
			struct quic_keys *keys);

/* Decrypts an Initial packet. True only if it is authentic; then *plain is over its frames, lent
 * until the next call. */
bool quic_crypto_open(struct quic_crypto *crypto, const struct quic_keys *keys,
		      const struct quic_packet *packet, struct cursor *plain);
