/* DNS over TCP: two octets of length before each message (RFC 1035 section 4.2.2, RFC 7766). A
 * message that lies whole in one piece is handed on from where it lies; only the split ones are
 * copied. */
#include "identify/dns.h"

#include "base/cursor.h"
#include "identify/dns_header.h"

#define PREFIX_BYTES 2

/* Completes the length prefix; false: more bytes are needed. */
static bool take_prefix(struct dns_reader *reader, struct cursor *cursor)
{
	while (reader->prefix_have < PREFIX_BYTES && cursor->left != 0)
		reader->prefix[reader->prefix_have++] = cursor_u8(cursor);
	return reader->prefix_have == PREFIX_BYTES;
}

static size_t frame_length(const struct dns_reader *reader)
{
	return (size_t)reader->prefix[0] << 8 | reader->prefix[1];
}

/* Something else on the port shows in its first frame: no need to wait for all of its length. */
static bool is_hopeless(const uint8_t *bytes, size_t have, size_t length)
{
	if (length < DNS_HEADER_BYTES)
		return true;
	return have >= DNS_HEADER_BYTES && !dns_header_fits(bytes, have, length);
}

/* Moves what there is of an unfinished message into the buffer. PARSE_DONE: now it is whole. */
static enum parse_outcome collect(struct dns_reader *reader, struct buffer_pool *pool,
				  struct cursor *cursor)
{
	size_t length = frame_length(reader), missing = length - reader->frame.length;
	size_t taken = missing < cursor->left ? missing : cursor->left;

	if (!buffer_append(pool, &reader->frame, cursor_take(cursor, taken), taken))
		return PARSE_LIMIT;
	if (is_hopeless(reader->frame.bytes, reader->frame.length, length))
		return PARSE_NOT;
	return taken == missing ? PARSE_DONE : PARSE_MORE;
}

enum parse_outcome dns_read(struct dns_reader *reader, struct buffer_pool *pool,
			    const uint8_t *bytes, size_t length,
			    void (*found)(void *context, const uint8_t *message, size_t length),
			    void *context)
{
	struct cursor cursor = cursor_over(bytes, length);

	while (take_prefix(reader, &cursor)) {
		size_t wanted = frame_length(reader);

		if (wanted == 0) { /* nothing, and allowed */
			reader->prefix_have = 0;
			continue;
		}
		if (reader->frame.length == 0 && wanted <= cursor.left) {
			const uint8_t *message = cursor_take(&cursor, wanted);

			if (is_hopeless(message, wanted, wanted))
				return PARSE_NOT;
			found(context, message, wanted);
		} else {
			enum parse_outcome outcome = collect(reader, pool, &cursor);

			if (outcome != PARSE_DONE)
				return outcome;
			found(context, reader->frame.bytes, wanted);
			buffer_release(pool, &reader->frame);
		}
		reader->prefix_have = 0;
	}
	return PARSE_MORE;
}

void dns_reader_release(struct dns_reader *reader, struct buffer_pool *pool)
{
	buffer_release(pool, &reader->frame);
}
