/* conntrack_read.h - conntrack's netlink messages, from bytes.
 *
 * Read here and not by libnl-nf-3: that allocates an object and copies some thirty attributes for each event,
 * of which two tuples are wanted, and it cannot be handed bytes without a socket. Two levels of attributes
 * over the checked cursor are less than what its use would take. Unknown attributes are passed over.
 * Headers and lengths are in host order, values in network order (linux/netfilter/nfnetlink_conntrack.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "pewit/nat.h"

enum conntrack_kind {
	CONNTRACK_OTHER, /* nothing that is asked for: another family or protocol, a notice */
	CONNTRACK_NEW,   /* a connection, new or listed */
	CONNTRACK_GONE,
	CONNTRACK_LISTED, /* the list of all is complete */
	CONNTRACK_REFUSED /* what was asked for cannot be had: see error */
};

struct conntrack_message {
	uint8_t kind; /* enum conntrack_kind */
	bool damaged; /* shorter than it says, or a tuple without addresses */
	int error;    /* CONNTRACK_REFUSED: negative errno */
	/* CONNTRACK_NEW, CONNTRACK_GONE. src of the reply is who answers: the real server. */
	struct nat_tuple original, reply;
};

/* Takes the next message; false: there is none left. */
bool conntrack_read(struct cursor *messages, struct conntrack_message *message);

struct conntrack_row {
	struct nat_tuple key; /* the connection as it is on one wire */
	struct nat_sides sides;
};

/* What a connection means for the table: a row for how it looks after its translation, and one for before
 * when its destination is translated. None: it is not translated. */
#define CONNTRACK_ROWS_MAX 2
size_t conntrack_rows(const struct conntrack_message *message,
		      struct conntrack_row rows[CONNTRACK_ROWS_MAX]);
