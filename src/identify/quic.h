/* quic.h - QUIC Initial packets, decrypted with the keys that anyone on the path can derive
 * (RFC 9000, 9001; version 2: RFC 9369). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer_pool.h"
#include "identify/outcome.h"
#include "pewit/flow.h"
#include "pewit/identity.h"

/* OpenSSL's contexts, set up once per worker: no allocation per packet. */
struct quic_crypto;

int quic_crypto_new(struct quic_crypto **crypto); /* 0 or -ENOMEM; given */
void quic_crypto_free(struct quic_crypto *crypto);

#define QUIC_RANGES_MAX 32 /* gaps that CRYPTO frames may leave: browsers cut a hello into eleven */

struct quic_reader {         /* one connection, client's side */
	struct buffer hello; /* CRYPTO stream so far, with holes */
	struct {
		uint16_t from, to;
	} range[QUIC_RANGES_MAX]; /* what of it has come, sorted, not touching */
	uint32_t version;
	uint32_t contiguous; /* bytes from 0 */
	uint8_t range_count;
	uint8_t dcid_length;
	uint8_t dcid[20]; /* Destination Connection ID that the keys come from */
	uint8_t secret_ready;
	uint8_t key[16], iv[12], hp[16];
	uint16_t datagrams; /* seen in the client's direction */
	bool retried;
};

/* Whether the first datagram of a flow can be QUIC: a long header with the fixed bit, a version
 * that is known, reserved for negotiation (0x?a?a?a?a) or a draft, and plausible lengths.
 * Also Google QUIC up to Q050, whose CHLO carries SNI in the clear or as Q050 Initial. */
bool quic_looks_like(const uint8_t *datagram, size_t length);

/* Takes one datagram, which may hold several coalesced packets. PARSE_DONE once info->tls holds the
 * ClientHello. Datagrams of the other direction matter for Retry and version negotiation. */
enum parse_outcome quic_read(struct quic_reader *reader, struct quic_crypto *crypto,
			     struct buffer_pool *pool, enum direction direction,
			     const uint8_t *datagram, size_t length, struct quic_info *info);
void quic_reader_release(struct quic_reader *reader, struct buffer_pool *pool);

/* "1", "2", "draft-29", "Q046", or "0x12345678" written into unknown. */
const char *quic_version_name(uint32_t version, char unknown[12]);
