/* SSH: each side opens with "SSH-protoversion-softwareversion SP comments CR LF", at most 255
 * bytes; the server may send other lines before it (RFC 4253 section 4.2). step: a bit for each
 * side whose line was read. */
#include "identify/banner_protocol.h"

#define MAGIC "SSH-"
#define MAGIC_BYTES 4
#define LINE_BYTES_MAX 255

static bool is_text(uint8_t byte)
{
	return byte >= ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* The server's side with lines before the magic. HTTP and RTSP answers are text, too. */
static enum parse_outcome probe_lines(struct cursor bytes)
{
	if (bytes.left >= 5 && memcmp(bytes.at + 1, "TTP/", 4) == 0)
		return PARSE_NOT;
	if (memmem(bytes.at, bytes.left, "\n" MAGIC, 1 + MAGIC_BYTES))
		return PARSE_DONE;
	while (bytes.left != 0)
		if (!is_text(cursor_u8(&bytes)))
			return PARSE_NOT;
	return PARSE_MORE;
}

enum parse_outcome banner_ssh_probe(const struct cursor side[DIRECTIONS], enum app app)
{
	enum parse_outcome server = banner_starts(side[TO_CLIENT], MAGIC, MAGIC_BYTES);

	(void)app;
	if (server == PARSE_NOT)
		server = probe_lines(side[TO_CLIENT]);
	return banner_either(banner_starts(side[TO_SERVER], MAGIC, MAGIC_BYTES), server);
}

/* Copies up to `most` bytes, those that a banner may not hold as question marks. */
static void copy_text(char *to, size_t most, struct cursor from)
{
	size_t length = from.left < most ? from.left : most;

	for (size_t i = 0; i < length; i++) {
		uint8_t byte = cursor_u8(&from);

		to[i] = byte >= ' ' && byte <= '~' ? (char)byte : '?';
	}
	to[length] = '\0';
}

/* line: behind the magic, without its end. */
static void read_banner(struct ssh_info *ssh, enum direction direction, struct cursor line)
{
	const uint8_t *dash = memchr(line.at, '-', line.left);
	bool client = direction == TO_SERVER;
	struct cursor proto;

	if (!dash)
		return;
	proto = cursor_sub(&line, (size_t)(dash - line.at));
	cursor_skip(&line, 1);
	copy_text(client ? ssh->client_proto : ssh->server_proto, sizeof(ssh->client_proto) - 1,
		  proto);
	copy_text(client ? ssh->client_software : ssh->server_software,
		  sizeof(ssh->client_software) - 1, line);
}

enum parse_outcome banner_ssh_read(struct banner_session *session, enum direction direction,
				   struct cursor *cursor)
{
	uint8_t *step = &session->reader->step;

	while ((*step & 1u << direction) == 0) {
		const uint8_t *end = cursor->left ? memchr(cursor->at, '\n', cursor->left) : NULL;
		struct cursor line;

		if (!end)
			return cursor->left > LINE_BYTES_MAX ? PARSE_DONE : PARSE_MORE;
		line = cursor_sub(cursor, (size_t)(end - cursor->at));
		cursor_skip(cursor, 1);
		if (line.left != 0 && line.at[line.left - 1] == '\r')
			line.left--;
		if (banner_starts(line, MAGIC, MAGIC_BYTES) != PARSE_DONE)
			continue;
		cursor_skip(&line, MAGIC_BYTES);
		read_banner(session->ssh, direction, line);
		*step |= (uint8_t)(1u << direction);
	}
	if (*step == (1u << TO_SERVER | 1u << TO_CLIENT)) {
		session->found->ssh_complete = true;
		return PARSE_DONE;
	}
	return banner_pass_all(cursor);
}
