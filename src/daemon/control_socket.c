#include "daemon/control_socket.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 16

static int set_address(struct sockaddr_un *address, const char *path, struct fault *fault)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(address->sun_path)) {
		fault_set(fault, "%s: longer than the %zu bytes that a socket's path may have",
			  path, sizeof(address->sun_path) - 1);
		return -ENAMETOOLONG;
	}
	memcpy(address->sun_path, path, strlen(path) + 1);
	return 0;
}

static bool is_socket(const char *path)
{
	struct stat file;

	return lstat(path, &file) == 0 && S_ISSOCK(file.st_mode);
}

/* A socket file outlives a daemon that was killed. Other files refuse a connection as it does, and are
 * somebody's. */
static bool is_abandoned(const struct sockaddr_un *address)
{
	if (!is_socket(address->sun_path))
		return false;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool refused = fd >= 0 &&
		       connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
		       errno == ECONNREFUSED;

	if (fd >= 0)
		close(fd);
	return refused;
}

/* 0 or an errno. */
static int bind_to(int fd, const struct sockaddr_un *address)
{
	const struct sockaddr *name = (const struct sockaddr *)address;

	if (bind(fd, name, sizeof(*address)) == 0)
		return 0;
	if (errno != EADDRINUSE || !is_abandoned(address))
		return errno;
	return unlink(address->sun_path) == 0 && bind(fd, name, sizeof(*address)) == 0 ? 0 : errno;
}

int control_socket_listen(const char *path, struct fault *fault)
{
	struct sockaddr_un address;
	int error = set_address(&address, path, fault), fd;
	mode_t before;

	if (error)
		return error;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	before = umask(0117);
	error = bind_to(fd, &address);
	umask(before);
	if (!error && listen(fd, BACKLOG) != 0)
		error = errno;
	if (!error)
		return fd;
	close(fd);
	if (error == EADDRINUSE && !is_socket(path))
		fault_set(fault, "%s: there is a file already; give the socket another path", path);
	else if (error == EADDRINUSE)
		fault_set(fault,
			  "%s: another pewit answers there; give this one another path in its "
			  "configuration",
			  path);
	else
		fault_set(fault, "%s: the socket cannot be made: %s", path, strerror(error));
	return -error;
}

int control_socket_connect(const char *path, struct fault *fault)
{
	struct sockaddr_un address;
	int error = set_address(&address, path, fault), fd;

	if (error)
		return error;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	error = errno;
	if (fd >= 0)
		close(fd);
	if (error == ENOENT || error == ECONNREFUSED)
		fault_set(fault,
			  "%s: no pewit answers there; is `pewit run` up, with this control.path? "
			  "--socket names another",
			  path);
	else
		fault_set(fault, "%s: %s", path, strerror(error));
	return -error;
}
