/* quic.h - QUIC Initial packets, decrypted with the keys that anyone on the path can derive
 * (RFC 9000, 9001; version 2: RFC 9369), and the hellos of Google QUIC. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer_pool.h"
#include "identify/outcome.h"
#include "identify/quic_crypto.h"
#include "identify/quic_stream.h"
#include "identify/quic_version.h"
#include "pewit/flow.h"
#include "pewit/identity.h"

#define QUIC_DATAGRAMS_MAX 128 /* both ways without a whole hello: lost, or not a handshake */
#define QUIC_FAILURES_MAX 8    /* Initials that no key fits: each costs a derivation */
#define QUIC_PACKETS_MAX 8     /* coalesced in one datagram: four types, some of them twice */

struct quic_reader { /* one five-tuple, client's side; all zero: nothing seen yet */
	struct quic_stream hello;
	struct quic_keys keys;
	uint32_t version;   /* that the keys are for */
	uint16_t datagrams; /* since the last hello was whole */
	uint8_t failures;
	uint8_t dcid_length;
	uint8_t dcid[QUIC_CID_MAX]; /* Destination Connection ID that the keys come from */
	bool keyed;                 /* the keys have opened a packet */
	bool retried;               /* the server sent a Retry */
	bool done;                  /* the hello of this connection is in info->tls */
	bool reversed;              /* the client turned out to be on the TO_CLIENT side */
};

/* Whether the first datagram of a flow can be QUIC: a long header with the fixed bit, a version
 * that is known, reserved for negotiation (0x?a?a?a?a) or a draft, and plausible lengths. Also
 * Google QUIC. A datagram that was cut in capture may pass. */
bool quic_looks_like(const uint8_t *datagram, size_t length);

/* Takes one datagram, which may hold several coalesced packets. Those of the server matter for
 * Retry and version negotiation. `direction` may be wrong when the flow's first datagram was missed:
 * as only a client's Initial opens with a client's keys, the first that does tells who is who.
 * PARSE_DONE once info->tls holds the ClientHello. To read on after that is allowed: Initials of
 * the same connection give PARSE_DONE again, and one with a new Destination Connection ID that is
 * authentic starts another hello, which takes the place of the first when it is whole.
 * PARSE_BAD: QUIC_FAILURES_MAX Initials of the client could not be opened (cut in capture, or the
 * beginning was missed), or the hello is damaged; info->version is set even so.
 * PARSE_LIMIT: QUIC_DATAGRAMS_MAX, or what quic_stream_add() says.
 * The reader may hold a buffer after any outcome but PARSE_DONE, until it is released. */
enum parse_outcome quic_read(struct quic_reader *reader, struct quic_crypto *crypto,
			     struct buffer_pool *pool, enum direction direction,
			     const uint8_t *datagram, size_t length, struct quic_info *info);
void quic_reader_release(struct quic_reader *reader, struct buffer_pool *pool);
