/* A connection starts undecided. Every row of the table looks at the first bytes of both
 * directions, again whenever more come, until one is sure or all have said no. The bytes looked at
 * are kept until then, and handed to the row that won: first those of the other direction, which
 * came earlier, then those of this one.
 *
 * No row may be sure of what another protocol could have sent: better a flow without a label than
 * one with a false one. Where a protocol's first message proves little (SOCKS, Redis' inline
 * commands, "USER" of FTP or POP3), its row waits for the answer.
 */
#include "identify/banner.h"

#include "identify/banner_protocol.h"

struct row {
	enum app app;
	banner_probe *probe;
	banner_reading *read; /* NULL: nothing to learn but the name */
};

static const struct row rows[] = {
	{ APP_SSH, banner_ssh_probe, banner_ssh_read },
	{ APP_SMTP, banner_lines_probe, banner_lines_read },
	{ APP_FTP, banner_lines_probe, banner_lines_read },
	{ APP_IMAP, banner_lines_probe, banner_lines_read },
	{ APP_POP3, banner_lines_probe, banner_lines_read },
	{ APP_RDP, banner_rdp_probe, banner_rdp_read },
	{ APP_SMB, banner_smb_probe, NULL },
	{ APP_VNC, banner_vnc_probe, NULL },
	{ APP_LDAP, banner_ldap_probe, banner_ldap_read },
	{ APP_POSTGRES, banner_postgres_probe, banner_postgres_read },
	{ APP_MYSQL, banner_mysql_probe, banner_mysql_read },
	{ APP_MSSQL, banner_tds_probe, banner_tds_read },
	{ APP_MONGODB, banner_mongo_probe, banner_mongo_read },
	{ APP_REDIS, banner_redis_probe, banner_redis_read },
	{ APP_AMQP, banner_amqp_probe, banner_amqp_read },
	{ APP_MQTT, banner_mqtt_probe, banner_mqtt_read },
	{ APP_SOCKS, banner_socks_probe, banner_socks_read },
	{ APP_TELNET, banner_telnet_probe, banner_telnet_read },
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const struct row *row_of(uint8_t app)
{
	for (unsigned i = 0; i < ROWS; i++)
		if (rows[i].app == app)
			return &rows[i];
	return NULL;
}

/* The row that is sure; else NULL, and *outcome says whether any still may be. */
static const struct row *decide(const struct cursor side[DIRECTIONS], enum parse_outcome *outcome)
{
	*outcome = PARSE_NOT;
	for (unsigned i = 0; i < ROWS; i++) {
		enum parse_outcome row = rows[i].probe(side, rows[i].app);

		if (row == PARSE_DONE)
			return &rows[i];
		if (row == PARSE_MORE)
			*outcome = PARSE_MORE;
	}
	return NULL;
}

/* All bytes of a direction that are not dealt with: those held, with the new ones behind them. */
static bool gather(struct buffer *held, struct buffer_pool *pool, struct cursor piece,
		   struct cursor *all)
{
	*all = piece;
	if (held->length == 0)
		return true;
	if (!buffer_append(pool, held, piece.at, piece.left))
		return false;
	*all = cursor_over(held->bytes, held->length);
	return true;
}

/* Keeps what is left at the cursor, which is over the buffer or, if that is empty, a piece. */
static bool keep(struct buffer *held, struct buffer_pool *pool, const struct cursor *left)
{
	if (left->left == 0) {
		buffer_release(pool, held);
		return true;
	}
	if (held->length == 0)
		return buffer_append(pool, held, left->at, left->left);
	buffer_drop(held, held->length - left->left);
	return true;
}

/* Gives a direction's bytes to the protocol and keeps what it leaves. `piece` of them is new. */
static enum parse_outcome read_side(struct banner_session *session, struct buffer_pool *pool,
				    enum direction direction, struct cursor piece)
{
	struct buffer *held = &session->reader->buffer[direction];
	banner_reading *read = row_of(session->reader->app)->read;
	struct cursor all;

	if (!read)
		return PARSE_DONE;
	if (!gather(held, pool, piece, &all))
		return PARSE_LIMIT;

	enum parse_outcome outcome = all.left != 0 ? read(session, direction, &all) : PARSE_MORE;
	if (session->found->starttls)
		session->found->inner_at =
			(uint32_t)(all.left < piece.left ? piece.left - all.left : 0);
	if (outcome != PARSE_MORE)
		return outcome;
	if (all.left > BANNER_BYTES_MAX)
		return PARSE_DONE;
	return keep(held, pool, &all) ? PARSE_MORE : PARSE_LIMIT;
}

static enum parse_outcome read_undecided(struct banner_session *session, struct buffer_pool *pool,
					 enum direction direction, struct cursor piece)
{
	struct banner_reader *reader = session->reader;
	enum direction other = direction == TO_SERVER ? TO_CLIENT : TO_SERVER;
	struct buffer *held = &reader->buffer[direction];
	struct cursor side[DIRECTIONS];
	enum parse_outcome outcome;
	size_t before = held->length;

	if (!gather(held, pool, piece, &side[direction]))
		return PARSE_LIMIT;
	side[other] = cursor_over(reader->buffer[other].bytes, reader->buffer[other].length);

	const struct row *row = decide(side, &outcome);
	if (!row) {
		if (outcome == PARSE_NOT || side[direction].left > BANNER_DECIDE_BYTES_MAX)
			return PARSE_NOT;
		return before != 0 || keep(held, pool, &side[direction]) ? PARSE_MORE : PARSE_LIMIT;
	}

	reader->app = row->app;
	session->found->app = row->app;
	if (before != 0) /* the piece is in the buffer by now; read_side() adds it again */
		held->length = (uint32_t)before;
	outcome = read_side(session, pool, other, cursor_over(NULL, 0));
	return outcome == PARSE_MORE ? read_side(session, pool, direction, piece) : outcome;
}

static size_t limit_of(enum direction direction)
{
	return direction == TO_SERVER ? BANNER_BYTES_MAX : BANNER_REPLY_BYTES_MAX;
}

enum parse_outcome banner_read(struct banner_reader *reader, struct buffer_pool *pool,
			       enum direction direction, const uint8_t *bytes, size_t length,
			       struct banner_found *found, struct ssh_info *ssh)
{
	struct banner_session session = { .reader = reader, .found = found, .ssh = ssh };
	size_t left = limit_of(direction) - reader->seen[direction];
	size_t taken = length < left ? length : left;
	enum parse_outcome outcome;

	reader->seen[direction] += (uint32_t)taken;
	if (reader->app == APP_UNKNOWN)
		outcome = read_undecided(&session, pool, direction, cursor_over(bytes, taken));
	else
		outcome = read_side(&session, pool, direction, cursor_over(bytes, taken));
	if (outcome == PARSE_MORE && taken < length)
		return reader->app == APP_UNKNOWN ? PARSE_NOT : PARSE_DONE;
	return outcome;
}

void banner_reader_release(struct banner_reader *reader, struct buffer_pool *pool)
{
	for (int i = 0; i < DIRECTIONS; i++)
		buffer_release(pool, &reader->buffer[i]);
}
