/* A long header, and what follows it by type:
 *
 *   1ftt????  version:32  DCID length:8  DCID  SCID length:8  SCID
 *     Initial             token length:v  token  length:v  number+payload
 *     0-RTT, Handshake    length:v  number+payload
 *     Retry               token  tag:128          to the end of the datagram
 *     version 0           version:32, ...         to the end of the datagram
 *
 * f is the fixed bit, tt the type, v a variable-length integer; ???? is protected.
 */
#include "identify/quic_packet.h"

#include "identify/quic_version.h"

uint64_t quic_packet_varint(struct cursor *cursor)
{
	uint8_t first = cursor_u8(cursor);
	uint64_t value = first & 0x3f;

	for (int more = (1 << (first >> 6)) - 1; more > 0; more--)
		value = value << 8 | cursor_u8(cursor);
	return cursor->failed ? 0 : value;
}

static uint8_t type_of(uint8_t first, uint32_t version)
{
	static const uint8_t types[2][4] = {
		{ QUIC_INITIAL, QUIC_0RTT, QUIC_HANDSHAKE, QUIC_RETRY },
		{ QUIC_RETRY, QUIC_INITIAL, QUIC_0RTT, QUIC_HANDSHAKE }, /* RFC 9369, 3.2 */
	};
	const struct quic_version *row = quic_version_find(version);

	if (version == 0)
		return QUIC_NEGOTIATION;
	return types[row && row->second][first >> 4 & 3];
}

/* What follows the connection IDs of a packet that says how long it is. */
static void take_counted(struct cursor *datagram, struct quic_packet *packet)
{
	uint64_t length;

	if (packet->type == QUIC_INITIAL) {
		uint64_t token = quic_packet_varint(datagram);

		if (token > datagram->left)
			datagram->failed = true;
		else
			cursor_skip(datagram, (size_t)token);
	}
	length = quic_packet_varint(datagram);
	packet->protected_at = (size_t)(datagram->at - packet->bytes);
	packet->cut = length > datagram->left;
	cursor_skip(datagram, packet->cut ? datagram->left : (size_t)length);
}

bool quic_packet_take(struct cursor *datagram, struct quic_packet *packet)
{
	*packet = (struct quic_packet){ .bytes = datagram->at };
	if (datagram->left == 0 || (datagram->at[0] & 0x80) == 0)
		return false;

	uint8_t first = cursor_u8(datagram);

	packet->version = cursor_u32(datagram);
	packet->type = type_of(first, packet->version);
	packet->dcid_length = cursor_u8(datagram);
	packet->dcid = cursor_take(datagram, packet->dcid_length);

	uint8_t scid_length = cursor_u8(datagram);

	cursor_skip(datagram, scid_length);
	if (datagram->failed || packet->dcid_length > QUIC_CID_MAX || scid_length > QUIC_CID_MAX)
		return false;
	if (packet->type == QUIC_RETRY || packet->type == QUIC_NEGOTIATION) {
		packet->protected_at = (size_t)(datagram->at - packet->bytes);
		cursor_skip(datagram, datagram->left);
	} else {
		take_counted(datagram, packet);
	}
	packet->length = (size_t)(datagram->at - packet->bytes);
	return !datagram->failed;
}

bool quic_packet_reread(struct quic_packet *packet)
{
	size_t left = packet->length - packet->protected_at;
	struct cursor cursor = cursor_over(packet->bytes + packet->protected_at, left);

	if (packet->type != QUIC_RETRY || (packet->bytes[0] >> 4 & 3) != 0)
		return false;
	packet->type = QUIC_INITIAL;
	packet->borrowed = true;
	take_counted(&cursor, packet);
	return !cursor.failed && !packet->cut;
}
