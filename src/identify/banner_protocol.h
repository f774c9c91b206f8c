/* banner_protocol.h - what banner.c and the protocols behind it say to each other.
 *
 * Each protocol is a row of banner.c's table with two functions. `probe` judges the first bytes of
 * both directions, which grow from call to call, until one row is sure. `read` then takes a
 * direction's bytes message by message: it leaves the cursor at the first message that is not
 * whole, and will see it again with more bytes behind it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "identify/banner.h"

struct banner_session {
	struct banner_reader *reader;
	struct banner_found *found;
	struct ssh_info *ssh;
};

/* side: what has come so far, by enum direction; empty if nothing. app: the row's. PARSE_DONE: it
 * is this protocol; PARSE_MORE: it may be; PARSE_NOT. */
typedef enum parse_outcome banner_probe(const struct cursor side[DIRECTIONS], enum app app);

/* PARSE_MORE or PARSE_DONE. */
typedef enum parse_outcome banner_reading(struct banner_session *session, enum direction direction,
					  struct cursor *cursor);

banner_probe banner_amqp_probe, banner_ldap_probe, banner_lines_probe, banner_mongo_probe,
	banner_mqtt_probe, banner_mysql_probe, banner_postgres_probe, banner_rdp_probe,
	banner_redis_probe, banner_smb_probe, banner_socks_probe, banner_ssh_probe,
	banner_tds_probe, banner_telnet_probe, banner_vnc_probe;
banner_reading banner_amqp_read, banner_ldap_read, banner_lines_read, banner_mongo_read,
	banner_mysql_read, banner_mqtt_read, banner_postgres_read, banner_rdp_read,
	banner_redis_read, banner_socks_read, banner_ssh_read, banner_tds_read, banner_telnet_read;

/* How the bytes compare with a literal that they should start with; MORE: as far as they go. */
static inline enum parse_outcome banner_starts(struct cursor bytes, const char *literal,
					       size_t length)
{
	size_t compared = bytes.left < length ? bytes.left : length;

	if (compared != 0 && memcmp(bytes.at, literal, compared) != 0)
		return PARSE_NOT;
	return compared == length ? PARSE_DONE : PARSE_MORE;
}

/* Of both directions' verdicts: one NOT is enough, and so, failing that, is one DONE. */
static inline enum parse_outcome banner_either(enum parse_outcome a, enum parse_outcome b)
{
	if (a == PARSE_NOT || b == PARSE_NOT)
		return PARSE_NOT;
	return a == PARSE_DONE || b == PARSE_DONE ? PARSE_DONE : PARSE_MORE;
}

/* Once a client has asked for TLS, its next byte tells whether it got it. */
static inline bool banner_is_tls(const struct cursor *cursor)
{
	return cursor->left != 0 && *cursor->at == 0x16; /* a handshake record */
}

static inline enum parse_outcome banner_starttls(struct banner_session *session)
{
	session->found->starttls = true;
	return PARSE_DONE;
}

static inline enum parse_outcome banner_login(struct banner_session *session)
{
	session->found->credentials |= CREDENTIAL_LOGIN;
	return PARSE_DONE;
}

static inline enum parse_outcome banner_pass_all(struct cursor *cursor)
{
	cursor_skip(cursor, cursor->left);
	return PARSE_MORE;
}
