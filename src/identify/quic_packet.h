/* quic_packet.h - QUIC long headers, with whatever of them is not protected (RFC 9000 section 17.2).
 *
 * Short headers carry nothing for one who does not know the connection, and end a datagram.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

#define QUIC_CID_MAX 20 /* RFC 9000 section 17.2: longer ones are not of a version that we know */

enum quic_type {
	QUIC_INITIAL,
	QUIC_0RTT,
	QUIC_HANDSHAKE,
	QUIC_RETRY,
	QUIC_NEGOTIATION, /* version 0 */
};

struct quic_packet { /* lent: points into the datagram */
	const uint8_t *bytes;
	const uint8_t *dcid;
	size_t length;       /* of the whole packet; of what there is of it, if it is cut */
	size_t protected_at; /* offset of the packet number (Initial, 0-RTT, Handshake), of the
			      * token (Retry) or of the list of versions (negotiation) */
	uint32_t version;
	uint8_t type; /* enum quic_type */
	uint8_t dcid_length;
	bool cut;      /* its Length passes the end of the datagram */
	bool borrowed; /* the version is not the one of its layout: see quic_packet_reread() */
};

/* Takes the next packet of a datagram. False: a short header, or not a header at all. */
bool quic_packet_take(struct cursor *datagram, struct quic_packet *packet);

/* Reads a Retry of version 2 again as an Initial of version 1, which has the same type bits. Clients
 * send no Retry, but one that offers a version which it does not speak, to be told those of the
 * server, offers it in packets of the version that it does speak. False: it cannot be that. */
bool quic_packet_reread(struct quic_packet *packet);

/* A variable-length integer (RFC 9000 section 16). */
uint64_t quic_packet_varint(struct cursor *cursor);
