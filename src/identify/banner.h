/* banner.h - protocols that say who they are in their first bytes, and log-ins in the clear.
 *
 * Covers SSH, RDP, SMB, VNC, Telnet, FTP, SMTP, IMAP, POP3, LDAP, PostgreSQL, MySQL, SQL Server
 * (TDS), MongoDB, Redis, AMQP, MQTT, SOCKS, on any port. One struct banner_reader follows both
 * directions of one connection for its first few thousand bytes. Values of passwords and user names
 * are never kept: only that there was a log-in.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer_pool.h"
#include "identify/outcome.h"
#include "pewit/flow.h"
#include "pewit/identity.h"

#define BANNER_BYTES_MAX 4096 /* of the client: log-ins come within the first few messages */
#define BANNER_REPLY_BYTES_MAX 1048576 /* of the server: redis-cli asks for 300 KiB of help first */
#define BANNER_DECIDE_BYTES_MAX 1024   /* per direction, to become sure of the protocol */

struct banner_reader {                    /* all zero at the start of a connection */
	struct buffer buffer[DIRECTIONS]; /* unfinished message or line */
	uint32_t seen[DIRECTIONS];        /* bytes taken so far */
	uint8_t app;                      /* enum app; APP_UNKNOWN until decided */
	uint8_t step;                     /* within the protocol: what its file says */
	uint32_t note;                    /* as step: a tag's hash, a list of methods */
};

struct banner_found {
	uint8_t app;          /* enum app */
	uint32_t credentials; /* enum credential, or-ed: a log-in in the clear was seen */
	bool starttls;        /* the next bytes are a TLS handshake; APP_SOCKS: of any protocol */
	bool ssh_complete;    /* both SSH banners are in *ssh */
	uint32_t inner_at;    /* with starttls: where in this piece those bytes start; its length if
			       * only the pieces after it hold them */
};

/* Takes the next bytes of a direction, in order. PARSE_MORE: undecided, or decided with more to
 * learn (found->app says which); PARSE_DONE: nothing more is to be learned; PARSE_NOT: none of
 * these protocols; PARSE_LIMIT: no buffer left. *ssh and *found must start out all zero.
 *
 * A log-in is one in which the password, or a proof of it, crosses without TLS. Databases and
 * directories (PostgreSQL, MySQL, SQL Server, MongoDB, Redis, LDAP simple) count with either, since
 * what follows the log-in is in the clear as well; mail, FTP, AMQP and the rest only with the
 * password or a token itself. Anonymous log-ins, Kerberos and client certificates do not count.
 *
 * When the server's consent to STARTTLS was not captured, a client that goes on with a TLS record
 * shows it as well. SQL Server wraps the handshake into its own packets: inner_at points at the
 * ClientHello, behind the packet's header; the server's side cannot be read in this way. */
enum parse_outcome banner_read(struct banner_reader *reader, struct buffer_pool *pool,
			       enum direction direction, const uint8_t *bytes, size_t length,
			       struct banner_found *found, struct ssh_info *ssh);
void banner_reader_release(struct banner_reader *reader, struct buffer_pool *pool);

/* EVE's spelling: "tls", "http", "ssh", "pgsql", ... as Suricata names it where it does; a flow of
 * an unknown protocol is "failed". */
const char *app_name(enum app app);
