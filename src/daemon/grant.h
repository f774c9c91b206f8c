/* grant.h - the table of what a confined daemon may still ask its monitor for. It is fixed at start.
 *
 * Deciding is a pure function of the table and of bytes that come from a process which may be an attacker's.
 * A path is compared as text and must be written as the table has it: what would need resolving ("..", ".",
 * "//", a trailing "/") is refused, because two readings of one path are how such tables are got round.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define GRANT_PATH_MAX 4096 /* as the kernel's, with its end */
#define GRANT_ROWS_MAX 96   /* rules (64) and whatever else a configuration names once */

enum grant_kind {
	GRANT_READ_FILE,     /* this regular file, to read */
	GRANT_READ_TREE,     /* this file or folder and what is under it, to read and to list */
	GRANT_APPEND_FILE,   /* this regular file, to append to; made with mode 0640 */
	GRANT_PACKET_SOCKET, /* an AF_PACKET socket that hears nothing until it is bound; no path */
	GRANT_CONNTRACK_LIST, /* a netlink socket with a list of all connections on its way; no path */
	GRANT_REMOVE_FILE, /* this file, to unlink in the end: a socket. Never asked of the monitor */
};

struct grant {
	enum grant_kind kind;
	const char *
		path; /* as it will be asked for; relative ones are resolved where the daemon started */
};

struct grant_table {
	struct grant row[GRANT_ROWS_MAX];
	size_t count;
};

/* Adds a row; a path that is NULL, "" or "-" needs none. false: the table is full. */
bool grant_add(struct grant_table *table, enum grant_kind kind, const char *path);

/* The row that allows opening what `bytes`, of which `length` can be read, say up to their first 0 byte, with
 * the flags of openat(2); NULL: refused. */
const struct grant *grant_for_path(const struct grant *grants, size_t count, const char *bytes,
				   size_t length, int flags);

/* The row that allows socket(family, type, protocol); or NULL. */
const struct grant *grant_for_socket(const struct grant *grants, size_t count, int family, int type,
				     int protocol);
