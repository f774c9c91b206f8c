#include "daemon/grant.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

bool grant_add(struct grant_table *table, enum grant_kind kind, const char *path)
{
	bool has_path = kind != GRANT_PACKET_SOCKET && kind != GRANT_CONNTRACK_LIST;

	if (has_path && (!path || path[0] == '\0' || strcmp(path, "-") == 0))
		return true;
	if (table->count == GRANT_ROWS_MAX)
		return false;
	table->row[table->count++] = (struct grant){ kind, path };
	return true;
}

/* Nothing in it needs resolving: no empty part, no "." and no "..". */
static bool is_plain(const char *path)
{
	for (;;) {
		size_t length = strcspn(path, "/");

		if (length == 0 || (length == 1 && path[0] == '.') ||
		    (length == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (path[length] == '\0')
			return true;
		path += length + 1;
	}
}

/* The path is the folder, or what is under it. */
static bool is_within(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	while (length > 1 && folder[length - 1] == '/')
		length--;
	if (strncmp(path, folder, length) != 0)
		return false;
	/* A table may say "rules/./x"; only what follows it must be plain. */
	return path[length] == '\0' || (path[length] == '/' && is_plain(path + length + 1));
}

static bool is_reading(int flags)
{
	return (flags & O_ACCMODE) == O_RDONLY && !(flags & (O_CREAT | O_TRUNC | O_APPEND)) &&
	       (flags & O_TMPFILE) != O_TMPFILE && !(flags & O_PATH);
}

static bool is_appending(int flags)
{
	int mode = flags & O_ACCMODE;

	return (mode == O_WRONLY || mode == O_RDWR) && (flags & O_APPEND) &&
	       !(flags & (O_TRUNC | O_DIRECTORY | O_PATH));
}

static bool allows(const struct grant *grant, const char *path, int flags)
{
	switch (grant->kind) {
	case GRANT_READ_FILE:
		return is_reading(flags) && strcmp(path, grant->path) == 0;
	case GRANT_READ_TREE:
		return is_reading(flags) && is_within(path, grant->path);
	case GRANT_APPEND_FILE:
		return is_appending(flags) && strcmp(path, grant->path) == 0;
	case GRANT_PACKET_SOCKET:
	case GRANT_CONNTRACK_LIST:
	case GRANT_REMOVE_FILE:
		break;
	}
	return false;
}

const struct grant *grant_for_path(const struct grant *grants, size_t count, const char *bytes,
				   size_t length, int flags)
{
	if (length > GRANT_PATH_MAX)
		length = GRANT_PATH_MAX;
	if (length == 0 || bytes[0] == '\0' || !memchr(bytes, '\0', length))
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (allows(&grants[i], bytes, flags))
			return &grants[i];
	return NULL;
}

const struct grant *grant_for_socket(const struct grant *grants, size_t count, int family, int type,
				     int protocol)
{
	bool is_packet = family == AF_PACKET && protocol == 0;
	bool is_list = family == AF_NETLINK && protocol == NETLINK_NETFILTER;

	if ((type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK)) != SOCK_RAW)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if ((is_packet && grants[i].kind == GRANT_PACKET_SOCKET) ||
		    (is_list && grants[i].kind == GRANT_CONNTRACK_LIST))
			return &grants[i];
	return NULL;
}
