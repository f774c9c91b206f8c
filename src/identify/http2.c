/* Each direction is one machine: preface (client only), then frame header, then payload. Of the ten
 * frame types only those that carry header blocks are read; a block may span frames (CONTINUATION),
 * and those three open with a prologue and may end in padding:
 *
 *	+-----------+---------------+-----------------+----------+
 *	| pad length| priority (5), | fragment of the | padding  |
 *	| (1, flag) | promise (4)   | header block    |          |
 *	+-----------+---------------+-----------------+----------+
 *
 * Every block must be decoded to its end, even of streams that do not matter, because each one may
 * change the table that the next one refers to. SETTINGS need not be read: a table grows or
 * shrinks only when the encoder says so within a block (RFC 7541 section 6.3).
 */
#include "identify/http2.h"

#include <ctype.h>
#include <string.h>

enum frame {
	FRAME_DATA = 0,
	FRAME_HEADERS = 1,
	FRAME_RST_STREAM = 3,
	FRAME_SETTINGS = 4,
	FRAME_PUSH_PROMISE = 5,
	FRAME_CONTINUATION = 9,
};

enum { FLAG_END_HEADERS = 0x4, FLAG_PADDED = 0x8, FLAG_PRIORITY = 0x20 };
enum { PRIORITY_BYTES = 5, PROMISE_BYTES = 4, SETTING_BYTES = 6 };

struct block { /* context of hpack_read() */
	struct http2_side *side;
	struct http_info *request; /* NULL: of the server, or ignored */
};

void http2_start(struct http2 *h2)
{
	h2->last_stream = 0;
	for (int i = 0; i < DIRECTIONS; i++) {
		memset(&h2->side[i], 0, offsetof(struct http2_side, hpack));
		hpack_start(&h2->side[i].hpack);
	}
	h2->side[TO_SERVER].in_preface = true;
	for (int i = 0; i < HTTP2_STREAMS_MAX; i++)
		h2->stream[i].id = 0;
}

bool http2_looks_like_client(const uint8_t *bytes, size_t length)
{
	size_t known = length < HTTP2_PREFACE_BYTES ? length : HTTP2_PREFACE_BYTES;

	return length > 0 && memcmp(bytes, HTTP2_PREFACE, known) == 0;
}

bool http2_looks_like_server(const uint8_t *bytes, size_t length)
{
	struct cursor at = cursor_over(bytes, length);
	uint32_t payload = cursor_u24(&at);
	uint8_t type = cursor_u8(&at);
	uint8_t flags = cursor_u8(&at);
	uint32_t stream = cursor_u32(&at);

	return !at.failed && type == FRAME_SETTINGS && flags == 0 && stream == 0 &&
	       payload % SETTING_BYTES == 0 && payload <= 64 * SETTING_BYTES;
}

/* --- streams --- */

static struct http2_stream *find_stream(struct http2 *h2, uint32_t id)
{
	for (int i = 0; i < HTTP2_STREAMS_MAX; i++)
		if (h2->stream[i].id == id)
			return &h2->stream[i];
	return NULL;
}

static struct http2_stream *oldest_stream(struct http2 *h2)
{
	struct http2_stream *oldest = NULL;

	for (int i = 0; i < HTTP2_STREAMS_MAX; i++)
		if (h2->stream[i].id != 0 && (!oldest || h2->stream[i].id < oldest->id))
			oldest = &h2->stream[i];
	return oldest;
}

static void report(struct http2_stream *stream, struct http_sink *sink)
{
	stream->id = 0;
	sink->found(sink->context, &stream->info);
}

void http2_flush(struct http2 *h2, struct http_sink *sink)
{
	for (struct http2_stream *stream; (stream = oldest_stream(h2)) != NULL;)
		report(stream, sink);
}

static struct http2_stream *open_stream(struct http2 *h2, uint32_t id, struct http_sink *sink)
{
	struct http2_stream *stream = find_stream(h2, 0);

	if (!stream) {
		stream = oldest_stream(h2);
		sink->stats->unanswered++;
		report(stream, sink);
	}
	stream->id = id;
	stream->info = h2->request;
	h2->last_stream = id;
	return stream;
}

void http2_skip_preface_line(struct http2 *h2)
{
	h2->side[TO_SERVER].header_have = HTTP2_PREFACE_LINE_BYTES;
}

void http2_upgrade(struct http2 *h2, const struct http_info *request)
{
	h2->stream[0].id = 1;
	h2->stream[0].info = *request;
	h2->last_stream = 1;
}

/* --- header blocks --- */

static uint16_t status_of(const char *text)
{
	uint16_t status = 0;

	for (int i = 0; i < 3; i++) {
		if (!isdigit((unsigned char)text[i]))
			return 0;
		status = (uint16_t)(status * 10 + (text[i] - '0'));
	}
	return text[3] == '\0' ? status : 0;
}

static void take_field(void *context, const struct http_field *field)
{
	struct block *block = context;

	if (block->request)
		http_field_apply(field, block->request);
	if (field->id == HTTP_FIELD_STATUS)
		block->side->status = status_of(field->text);
}

static void start_block(struct http2 *h2, enum direction direction)
{
	struct http2_side *side = &h2->side[direction];

	side->block_stream = side->stream;
	side->block_bytes = 0;
	side->status = 0;
	side->is_ignored = side->type == FRAME_PUSH_PROMISE;
	if (direction == TO_CLIENT)
		return;
	/* New streams have odd, rising numbers; on an old one it is a trailer. */
	side->is_ignored |= side->stream % 2 == 0 || side->stream <= h2->last_stream;
	memset(&h2->request, 0, sizeof(h2->request));
	h2->request.is_request = true;
	h2->request.version = 20;
}

static void end_request(struct http2 *h2, struct http_sink *sink)
{
	if (h2->side[TO_CLIENT].is_lost)
		http2_flush(h2, sink); /* their status will not be seen */
	sink->early = &open_stream(h2, h2->side[TO_SERVER].stream, sink)->info;
}

static void end_response(struct http2 *h2, struct http_sink *sink)
{
	const struct http2_side *client = &h2->side[TO_SERVER];
	const struct http2_side *server = &h2->side[TO_CLIENT];
	struct http2_stream *stream = find_stream(h2, server->stream);

	if (server->status < 200)
		return; /* interim, or a trailer */
	if (stream) {
		stream->info.status = server->status;
		report(stream, sink);
	} else if (!client->is_seen || client->is_lost) {
		struct http_info alone = { .version = 20, .status = server->status };

		sink->found(sink->context, &alone);
	}
}

static void end_block(struct http2 *h2, enum direction direction, struct http_sink *sink)
{
	struct http2_side *side = &h2->side[direction];

	side->block_stream = 0;
	if (!hpack_is_between_fields(&side->hpack)) {
		side->is_lost = true;
		return;
	}
	if (side->is_ignored)
		return;
	if (direction == TO_SERVER)
		end_request(h2, sink);
	else
		end_response(h2, sink);
}

/* --- frames --- */

static bool has_fragment(uint8_t type)
{
	return type == FRAME_HEADERS || type == FRAME_PUSH_PROMISE || type == FRAME_CONTINUATION;
}

/* False: not a frame that can come here. */
static bool start_frame(struct http2 *h2, enum direction direction, struct http_sink *sink)
{
	struct http2_side *side = &h2->side[direction];
	struct cursor header = cursor_over(side->header, sizeof(side->header));
	bool is_first = !side->is_seen;

	side->left = cursor_u24(&header);
	side->type = cursor_u8(&header);
	side->flags = cursor_u8(&header);
	side->stream = cursor_u32(&header) & 0x7fffffff;
	side->is_seen = true;
	side->pad = 0;
	side->has_pad = false;
	side->prologue_left = 0;
	if (is_first && side->type != FRAME_SETTINGS)
		return false;
	if ((side->block_stream != 0) != (side->type == FRAME_CONTINUATION))
		return false;
	if (side->block_stream != 0 && side->block_stream != side->stream)
		return false;

	if (side->type == FRAME_HEADERS || side->type == FRAME_PUSH_PROMISE) {
		if (side->stream == 0)
			return false;
		side->has_pad = (side->flags & FLAG_PADDED) != 0;
		side->prologue_left = side->has_pad ? 1 : 0;
		if (side->type == FRAME_PUSH_PROMISE)
			side->prologue_left += PROMISE_BYTES;
		else if (side->flags & FLAG_PRIORITY)
			side->prologue_left += PRIORITY_BYTES;
		start_block(h2, direction);
	} else if (side->type == FRAME_RST_STREAM && side->stream != 0) {
		struct http2_stream *stream = find_stream(h2, side->stream);

		if (stream)
			report(stream, sink);
	}
	return side->prologue_left <= side->left;
}

/* Takes the frame header, which may come in parts. */
static bool read_header(struct http2 *h2, enum direction direction, struct cursor *bytes,
			struct http_sink *sink)
{
	struct http2_side *side = &h2->side[direction];

	while (side->header_have < HTTP2_FRAME_HEADER_BYTES && bytes->left > 0)
		side->header[side->header_have++] = cursor_u8(bytes);
	return side->header_have < HTTP2_FRAME_HEADER_BYTES || start_frame(h2, direction, sink);
}

/* False: its padding is longer than what is left of the frame. */
static bool read_prologue(struct http2_side *side, struct cursor *bytes)
{
	if (side->prologue_left == 0)
		return true;
	while (side->prologue_left > 0 && bytes->left > 0) {
		uint8_t byte = cursor_u8(bytes);

		if (side->has_pad)
			side->pad = byte;
		side->has_pad = false;
		side->prologue_left--;
		side->left--;
	}
	return side->prologue_left > 0 || side->pad <= side->left;
}

/* False: damaged, or a block past HTTP2_BLOCK_MAX. */
static bool read_fragment(struct http2 *h2, enum direction direction, struct cursor *bytes)
{
	struct http2_side *side = &h2->side[direction];
	bool is_kept = direction == TO_SERVER && !side->is_ignored;
	struct block block = { side, is_kept ? &h2->request : NULL };

	if (!read_prologue(side, bytes))
		return false;
	if (side->prologue_left > 0 || side->left <= side->pad)
		return true;

	size_t length = side->left - side->pad;
	if (length > bytes->left)
		length = bytes->left;
	side->block_bytes += (uint32_t)length;
	if (side->block_bytes > HTTP2_BLOCK_MAX)
		return false;
	const uint8_t *fragment = cursor_take(bytes, length);
	side->left -= (uint32_t)length;
	return length == 0 || hpack_read(&side->hpack, fragment, length, take_field, &block);
}

/* Passes over what no one reads: other frames, and padding. */
static void pass_payload(struct http2_side *side, struct cursor *bytes)
{
	size_t length = side->left < bytes->left ? side->left : bytes->left;

	cursor_skip(bytes, length);
	side->left -= (uint32_t)length;
}

static bool read_frame(struct http2 *h2, enum direction direction, struct cursor *bytes,
		       struct http_sink *sink)
{
	struct http2_side *side = &h2->side[direction];

	if (side->header_have < HTTP2_FRAME_HEADER_BYTES) {
		if (!read_header(h2, direction, bytes, sink))
			return false;
		if (side->header_have < HTTP2_FRAME_HEADER_BYTES)
			return true;
	}
	if (has_fragment(side->type)) {
		if (!read_fragment(h2, direction, bytes))
			return false;
		if (side->left <= side->pad && side->prologue_left == 0)
			pass_payload(side, bytes);
	} else {
		pass_payload(side, bytes);
	}
	if (side->left > 0)
		return true;
	side->header_have = 0;
	if (has_fragment(side->type) && (side->flags & FLAG_END_HEADERS))
		end_block(h2, direction, sink);
	return !side->is_lost;
}

/* The client's first 24 bytes. False: they are something else. */
static bool read_preface(struct http2_side *side, struct cursor *bytes)
{
	while (side->header_have < HTTP2_PREFACE_BYTES && bytes->left > 0)
		if (cursor_u8(bytes) != (uint8_t)HTTP2_PREFACE[side->header_have++])
			return false;
	if (side->header_have == HTTP2_PREFACE_BYTES) {
		side->header_have = 0;
		side->in_preface = false;
	}
	return true;
}

/* Only within a frame whose payload does not matter can bytes be missing. */
static bool survives_gap(struct http2_side *side, uint64_t gap_bytes)
{
	if (side->in_preface || side->header_have < HTTP2_FRAME_HEADER_BYTES ||
	    has_fragment(side->type) || gap_bytes > side->left)
		return false;
	side->left -= (uint32_t)gap_bytes;
	if (side->left == 0)
		side->header_have = 0;
	return true;
}

static void lose(struct http2_side *side, struct http_sink *sink)
{
	side->is_lost = true;
	sink->stats->lost++;
}

enum parse_outcome http2_read(struct http2 *h2, enum direction direction, struct cursor *bytes,
			      uint64_t gap_bytes, struct http_sink *sink)
{
	struct http2_side *side = &h2->side[direction];

	if (!side->is_lost && gap_bytes > 0 && !survives_gap(side, gap_bytes))
		lose(side, sink);
	if (!side->is_lost && side->in_preface && !read_preface(side, bytes)) {
		lose(side, sink);
		return PARSE_NOT;
	}
	while (!side->is_lost && !side->in_preface && bytes->left > 0)
		if (!read_frame(h2, direction, bytes, sink))
			lose(side, sink);
	return PARSE_MORE;
}
