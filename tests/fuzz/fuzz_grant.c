/* A request as a hostile daemon may make it: the first four bytes are the flags, the rest is its memory at the path.
 * Whatever is granted is one of the granted paths or under a granted folder, without a way out. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/grant.h"

static const struct grant table[] = {
	{ GRANT_READ_FILE, "/etc/pewit/map.json" },
	{ GRANT_READ_TREE, "/rules" },
	{ GRANT_READ_TREE, "own" },
	{ GRANT_APPEND_FILE, "/log/events" },
	{ GRANT_PACKET_SOCKET, NULL },
	{ GRANT_REMOVE_FILE, "/run/sock" },
};

static bool leads_out(const char *path)
{
	return strstr(path, "/../") || strstr(path, "//") ||
	       (strlen(path) >= 3 && strcmp(path + strlen(path) - 3, "/..") == 0);
}

static void check(const struct grant *grant, const char *path, int flags)
{
	size_t length = strlen(grant->path);

	if (strncmp(path, grant->path, length) != 0 || leads_out(path))
		abort();
	if (path[length] != '\0' && (grant->kind != GRANT_READ_TREE || path[length] != '/'))
		abort();
	if ((flags & O_ACCMODE) != O_RDONLY && grant->kind != GRANT_APPEND_FILE)
		abort();
	if (flags & O_TRUNC)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct grant *found;
	char *path;
	int flags;

	if (size < sizeof(flags))
		return 0;
	memcpy(&flags, data, sizeof(flags));
	size -= sizeof(flags);
	path = malloc(size ? size : 1);
	if (!path)
		return 0;
	memcpy(path, data + sizeof(flags), size);
	found = grant_for_path(table, sizeof(table) / sizeof(table[0]), path, size, flags);
	if (found)
		check(found, path, flags);
	free(path);
	return 0;
}
