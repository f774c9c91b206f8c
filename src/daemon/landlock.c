#include "daemon/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Later than the headers of Debian 12. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14) /* ABI 3 */
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15) /* ABI 5 */
#endif
#ifndef LANDLOCK_ACCESS_NET_BIND_TCP
#define LANDLOCK_ACCESS_NET_BIND_TCP (1ULL << 0) /* ABI 4 */
#define LANDLOCK_ACCESS_NET_CONNECT_TCP (1ULL << 1)
#endif
#ifndef LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
#define LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0) /* ABI 6 */
#define LANDLOCK_SCOPE_SIGNAL (1ULL << 1)
#endif

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define OUTPUT                                                                                     \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |                            \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE |                            \
	 LANDLOCK_ACCESS_FS_TRUNCATE)
#define ON_A_FILE                                                                                  \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)

struct attributes { /* struct landlock_ruleset_attr as of ABI 6 */
	uint64_t files, network, scope;
};

int landlock_abi(void)
{
	long version =
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return version > 0 ? (int)version : 0;
}

static uint64_t known_files(int abi)
{
	int rights = abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13;

	return (1ULL << rights) - 1;
}

/* What is not there now needs no rule; the monitor answers for what comes later. */
static int allow(int ruleset, const char *path, uint64_t rights)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = rights };
	struct stat about;
	int error = 0;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(rule.parent_fd, &about) == 0 && !S_ISDIR(about.st_mode))
		rule.allowed_access &= ON_A_FILE;
	if (rule.allowed_access &&
	    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
		error = -errno;
	close(rule.parent_fd);
	return error;
}

static int allow_in_folder_of(int ruleset, const char *path, uint64_t rights)
{
	char folder[GRANT_PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0;

	if (!slash)
		return allow(ruleset, ".", rights);
	if (length == 0)
		return allow(ruleset, "/", rights);
	if (length >= sizeof(folder))
		return -ENAMETOOLONG;
	memcpy(folder, path, length);
	folder[length] = '\0';
	return allow(ruleset, folder, rights);
}

/* The monitor leaves it to the daemon: a path that its user could have laid. */
static bool is_left_to_the_daemon(const struct landlock_options *options, const char *path)
{
	int fd = trusted_path_open(path, O_PATH, 0, &options->suspect);

	if (fd >= 0)
		close(fd);
	return fd == -EXDEV;
}

static int allow_grant(int ruleset, const struct landlock_options *options,
		       const struct grant *grant, uint64_t known)
{
	switch (grant->kind) {
	case GRANT_READ_FILE:
	case GRANT_READ_TREE:
		if (!options->has_monitor)
			return allow(ruleset, grant->path, READ);
		if (!is_left_to_the_daemon(options, grant->path))
			return 0;
		return grant->kind == GRANT_READ_TREE
			       ? allow(ruleset, grant->path, READ)
			       : allow_in_folder_of(ruleset, grant->path,
						    LANDLOCK_ACCESS_FS_READ_FILE);
	case GRANT_APPEND_FILE:
		return allow_in_folder_of(ruleset, grant->path, OUTPUT & known);
	case GRANT_REMOVE_FILE:
		return allow_in_folder_of(ruleset, grant->path, LANDLOCK_ACCESS_FS_REMOVE_FILE);
	case GRANT_PACKET_SOCKET:
	case GRANT_CONNTRACK_LIST:
		break;
	}
	return 0;
}

int landlock_prepare(const struct landlock_options *options)
{
	int abi = landlock_abi();
	const struct attributes attributes = {
		.files = known_files(abi),
		.network = LANDLOCK_ACCESS_NET_BIND_TCP | LANDLOCK_ACCESS_NET_CONNECT_TCP,
		.scope = LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL,
	};
	size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
	int error = 0;

	if (abi == 0)
		return -ENOSYS;
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);

	if (ruleset < 0)
		return -errno;
	for (size_t i = 0; i < options->grant_count && !error; i++)
		error = allow_grant(ruleset, options, &options->grants[i], attributes.files);
	if (error) {
		close(ruleset);
		return error;
	}
	return ruleset;
}

int landlock_enter(int ruleset)
{
	int error = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0 ? 0 : -errno;

	close(ruleset);
	return error;
}
