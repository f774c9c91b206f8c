/* One client's way to a ClientHello:
 *
 *   datagram -> packets -> Initials -> keys that fit -> frames -> CRYPTO stream -> ClientHello
 *
 * Keys. They come from the Destination Connection ID of the client's first Initial and stay, even
 * when the client turns to the ID that the server chose. Three things change them: a Retry (the
 * ID of the Retry counts from then on), a client that starts again with another version, and
 * another connection in the same five-tuple. One side of a path may be invisible, so none of these
 * is awaited: when the cached keys do not open an Initial, keys are derived from what that Initial
 * says, and the AEAD's tag tells whether they fit. Compatible version negotiation (RFC 9368) keeps
 * the ID and changes the version, so that combination is tried as well.
 *
 * Nothing that fails the tag is looked at, and nothing of it is believed.
 *
 * The hello of most clients lies whole in one frame and is then parsed where it was decrypted.
 * Otherwise its pieces, which browsers shuffle on purpose, go to a quic_stream.
 */
#include "identify/quic.h"

#include <string.h>

#include "base/cursor.h"
#include "identify/quic_google.h"
#include "identify/quic_packet.h"
#include "identify/tls.h"

enum {
	DATAGRAM_MIN = 1200, /* of a client's Initial: RFC 9000 section 14.1 */
	LENGTH_MIN = 20,     /* packet number and the sample for header protection */
	RETRY_TAG_BYTES = 16,
	TLS_HEADER_BYTES = 4,
	TLS_CLIENT_HELLO = 1,
};

enum frame { /* RFC 9000 section 12.4: those that an Initial may hold */
	     FRAME_PADDING = 0x00,
	     FRAME_PING = 0x01,
	     FRAME_ACK = 0x02,
	     FRAME_ACK_ECN = 0x03,
	     FRAME_CRYPTO = 0x06,
	     GOOGLE_PADDING = 0x00,
	     GOOGLE_PING = 0x07,
	     GOOGLE_CRYPTO = 0x08,
};

/* What one call of quic_read() works with. */
struct turn {
	struct quic_reader *reader;
	struct quic_crypto *crypto;
	struct buffer_pool *pool;
	struct quic_info *info;
};

static bool is_google(uint32_t number)
{
	const struct quic_version *version = quic_version_find(number);

	return version && version->google_frames;
}

static bool is_recognised(uint32_t number)
{
	const struct quic_version *version = quic_version_find(number);

	return (version && version->salt) || quic_version_is_reserved(number);
}

/* A list of versions, of which we know one. */
static bool is_negotiation(struct cursor list)
{
	if (list.left == 0 || list.left % 4 != 0)
		return false;
	for (int i = 0; i < 32 && list.left != 0; i++) {
		uint32_t number = cursor_u32(&list);

		if (is_recognised(number) || quic_version_find(number))
			return true;
	}
	return false;
}

bool quic_looks_like(const uint8_t *datagram, size_t length)
{
	struct cursor cursor = cursor_over(datagram, length);
	struct quic_packet packet;

	if (quic_google_version(datagram, length) != 0)
		return true;
	if (!quic_packet_take(&cursor, &packet))
		return false;

	size_t left = packet.length - packet.protected_at;
	bool fixed_bit = (datagram[0] & 0x40) != 0;

	if (packet.type == QUIC_NEGOTIATION) /* its other bits are arbitrary */
		return is_negotiation(cursor_over(packet.bytes + packet.protected_at, left));
	if (!is_recognised(packet.version))
		return false;
	if (packet.type == QUIC_RETRY)
		return fixed_bit && left >= RETRY_TAG_BYTES;
	if (!packet.cut && left < LENGTH_MIN)
		return false;
	/* Without the fixed bit (RFC 9287) only what cannot well be anything else. */
	return fixed_bit || (packet.type == QUIC_INITIAL && !packet.cut && length >= DATAGRAM_MIN);
}

/* The length of the hello at the start of the stream, 0 while that is not known. */
static size_t hello_length(const uint8_t *bytes, size_t length)
{
	if (length < TLS_HEADER_BYTES)
		return 0;
	return TLS_HEADER_BYTES + ((size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3]);
}

/* Parses the hello if it is whole in `length` bytes. */
static enum parse_outcome read_hello(const struct turn *turn, const uint8_t *bytes, size_t length)
{
	struct tls_info *tls = &turn->info->tls;
	enum parse_outcome outcome = PARSE_MORE;

	if (length != 0 && bytes[0] != TLS_CLIENT_HELLO) {
		if (!is_google(turn->reader->version))
			return PARSE_BAD;
		outcome = quic_google_read(bytes, length, tls);
	} else {
		size_t whole = hello_length(bytes, length);

		if (whole > QUIC_STREAM_MAX)
			return PARSE_LIMIT;
		if (whole == 0 || whole > length)
			return PARSE_MORE;
		memset(tls, 0, sizeof(*tls)); /* a connection before this one may have filled it */
		outcome = tls_parse_client_hello(bytes, whole, true, tls);
	}
	turn->reader->done = outcome == PARSE_DONE;
	return outcome;
}

/* Offset and length were read; the bytes follow. */
static enum parse_outcome take_crypto(const struct turn *turn, struct cursor *frames)
{
	struct quic_stream *hello = &turn->reader->hello;
	uint64_t offset = quic_packet_varint(frames);
	uint64_t length = quic_packet_varint(frames);
	struct cursor data = { .failed = true };

	if (length <= frames->left)
		data = cursor_sub(frames, (size_t)length);
	if (data.failed || frames->failed)
		return PARSE_BAD;
	if (offset == 0 && hello->range_count == 0) {
		enum parse_outcome outcome = read_hello(turn, data.at, data.left);

		if (outcome != PARSE_MORE)
			return outcome;
	}
	return quic_stream_add(hello, turn->pool, offset, data.at, data.left);
}

static void skip_ack(struct cursor *frames, bool ecn)
{
	quic_packet_varint(frames); /* largest acknowledged */
	quic_packet_varint(frames); /* delay */

	uint64_t ranges = quic_packet_varint(frames);

	quic_packet_varint(frames); /* first range */
	for (; ranges > 0 && !frames->failed; ranges--) {
		quic_packet_varint(frames);
		quic_packet_varint(frames);
	}
	for (int i = 0; ecn && i < 3; i++)
		quic_packet_varint(frames);
}

/* Passes over a frame that is neither CRYPTO nor of interest; false: what follows is not read. */
static bool skip_frame(struct cursor *frames, uint8_t type, bool google)
{
	if (google)
		return type == GOOGLE_PADDING || type == GOOGLE_PING;
	if (type == FRAME_ACK || type == FRAME_ACK_ECN) {
		skip_ack(frames, type == FRAME_ACK_ECN);
		return !frames->failed;
	}
	return type == FRAME_PADDING || type == FRAME_PING;
}

static enum parse_outcome read_frames(const struct turn *turn, struct cursor frames)
{
	const struct quic_stream *hello = &turn->reader->hello;
	bool google = is_google(turn->reader->version);
	uint8_t crypto = google ? GOOGLE_CRYPTO : FRAME_CRYPTO;

	while (frames.left != 0) {
		uint8_t type = cursor_u8(&frames);

		if (type != crypto) {
			if (!skip_frame(&frames, type, google))
				break;
			continue;
		}

		enum parse_outcome outcome = take_crypto(turn, &frames);

		if (outcome != PARSE_MORE)
			return outcome;
	}
	return read_hello(turn, hello->bytes.bytes, quic_stream_contiguous(hello));
}

/* Tries keys of one version and ID; keeps them when they fit. */
static bool try_keys(const struct turn *turn, const struct quic_version *version,
		     struct cursor dcid, const struct quic_packet *packet, struct cursor *plain)
{
	struct quic_reader *reader = turn->reader;
	struct quic_keys keys;

	if (!quic_crypto_derive(version, dcid.at, dcid.left, &keys) ||
	    !quic_crypto_open(turn->crypto, &keys, packet, plain))
		return false;
	reader->keys = keys;
	reader->version = packet->version;
	reader->keyed = true;
	return true;
}

static bool try_versions(const struct turn *turn, struct cursor dcid,
			 const struct quic_packet *packet, struct cursor *plain)
{
	const struct quic_version *version = quic_version_find(packet->version);

	if (version && !packet->borrowed)
		return try_keys(turn, version, dcid, packet, plain);
	for (size_t i = 0; (version = quic_version_guess(i)) != NULL; i++)
		if (try_keys(turn, version, dcid, packet, plain))
			return true;
	return false;
}

/* The keys come from another ID. After a Retry the client sends the same hello again (RFC 9000
 * section 17.2.5.2), so what came before stays of use; else this is another connection. */
static void turn_to(const struct turn *turn, const struct quic_packet *packet)
{
	struct quic_reader *reader = turn->reader;

	memcpy(reader->dcid, packet->dcid, packet->dcid_length);
	reader->dcid_length = packet->dcid_length;
	if (reader->retried && !reader->done)
		return;
	quic_stream_release(&reader->hello, turn->pool);
	reader->datagrams = 1;
	reader->done = false;
}

/* Finds the keys for an Initial, as told at the top. */
static bool open_initial(const struct turn *turn, const struct quic_packet *packet,
			 struct cursor *plain)
{
	struct quic_reader *reader = turn->reader;
	struct cursor old = cursor_over(reader->dcid, reader->dcid_length);
	struct cursor new = cursor_over(packet->dcid, packet->dcid_length);
	bool same_version = packet->version == reader->version;
	bool same_dcid = old.left == new.left &&memcmp(old.at, new.at, old.left) == 0;

	if (reader->keyed && same_version &&
	    quic_crypto_open(turn->crypto, &reader->keys, packet, plain))
		return true;
	if (packet->cut || reader->failures >= QUIC_FAILURES_MAX)
		goto failed;
	if (reader->keyed && !same_version && try_versions(turn, old, packet, plain))
		return true;
	if (reader->keyed && same_dcid)
		goto failed;
	if (try_versions(turn, new, packet, plain)) {
		turn_to(turn, packet);
		return true;
	}
failed:
	if (reader->failures < QUIC_FAILURES_MAX)
		reader->failures++;
	return false;
}

static enum parse_outcome read_initial(const struct turn *turn, const struct quic_packet *packet,
				       enum direction direction)
{
	struct quic_reader *reader = turn->reader;
	enum parse_outcome outcome;
	struct cursor plain;

	if (!open_initial(turn, packet, &plain)) {
		bool hopeless = !reader->keyed && reader->failures >= QUIC_FAILURES_MAX;

		return hopeless ? PARSE_BAD : PARSE_MORE;
	}
	reader->reversed = direction == TO_CLIENT;
	turn->info->version = packet->version;
	if (reader->done)
		return PARSE_DONE;
	outcome = read_frames(turn, plain);
	if (reader->done)
		quic_stream_release(&reader->hello, turn->pool);
	return outcome;
}

/* What a packet of the server says beside its Initials. */
static void note_server(const struct turn *turn, const struct quic_packet *packet)
{
	if (packet->type == QUIC_NEGOTIATION)
		turn->info->version_negotiation = true;
	if (packet->type == QUIC_RETRY) {
		turn->info->retry = true;
		turn->reader->retried = true;
	}
}

/* Whether an Initial of this direction may be the client's. */
static bool may_be_client(const struct quic_reader *reader, enum direction direction)
{
	if (!reader->keyed)
		return true;
	return (direction == TO_CLIENT) == reader->reversed;
}

static enum parse_outcome read_packets(const struct turn *turn, enum direction direction,
				       struct cursor datagram)
{
	struct quic_reader *reader = turn->reader;
	bool client = may_be_client(reader, direction);
	struct quic_packet packet;

	for (int i = 0; i < QUIC_PACKETS_MAX && quic_packet_take(&datagram, &packet); i++) {
		enum parse_outcome outcome = PARSE_MORE;

		if (turn->info->version == 0)
			turn->info->version = packet.version;
		if (direction == TO_SERVER && packet.type == QUIC_RETRY)
			quic_packet_reread(&packet);
		if (!client || !reader->keyed)
			note_server(turn, &packet);
		if (client && packet.type == QUIC_INITIAL)
			outcome = read_initial(turn, &packet, direction);
		if (outcome != PARSE_MORE)
			return outcome;
	}
	if (turn->info->version == 0 && !turn->info->version_negotiation)
		return PARSE_NOT;
	return reader->done ? PARSE_DONE : PARSE_MORE;
}

/* Google QUIC up to Q046. A server names its version only to negotiate it. */
static enum parse_outcome read_google(const struct turn *turn, enum direction direction,
				      uint32_t version, struct cursor datagram)
{
	struct quic_reader *reader = turn->reader;

	if (direction == TO_CLIENT) {
		turn->info->version_negotiation |= (datagram.at[0] & 0x80) == 0;
	} else if (!reader->done) {
		turn->info->version = version;
		reader->done = quic_google_scan(datagram.at, datagram.left, &turn->info->tls) ==
			       PARSE_DONE;
	}
	return reader->done ? PARSE_DONE : PARSE_MORE;
}

enum parse_outcome quic_read(struct quic_reader *reader, struct quic_crypto *crypto,
			     struct buffer_pool *pool, enum direction direction,
			     const uint8_t *datagram, size_t length, struct quic_info *info)
{
	const struct turn turn = { reader, crypto, pool, info };
	struct cursor cursor = cursor_over(datagram, length);
	uint32_t google;

	if (!reader->done && ++reader->datagrams > QUIC_DATAGRAMS_MAX)
		return PARSE_LIMIT;
	google = quic_google_version(datagram, length);
	if (google != 0)
		return read_google(&turn, direction, google, cursor);
	return read_packets(&turn, direction, cursor);
}

void quic_reader_release(struct quic_reader *reader, struct buffer_pool *pool)
{
	quic_stream_release(&reader->hello, pool);
	*reader = (struct quic_reader){ 0 };
}
