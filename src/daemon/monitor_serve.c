#include "daemon/monitor_serve.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "network/conntrack_list.h"

#define OUTPUT_MODE 0640

/* The outcome of a request: a descriptor to give, OWN_POWER, or -errno. */
#define OWN_POWER INT32_MAX

/* The path's bytes as they are now; later changes have no effect. A page that is not there ends them. */
static size_t copy_path(pid_t pid, uint64_t address, char path[GRANT_PATH_MAX])
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t first = page - address % page;
	struct iovec here = { path, GRANT_PATH_MAX };
	struct iovec there[2] = { { (void *)(uintptr_t)address, GRANT_PATH_MAX } };

	if (first < GRANT_PATH_MAX) {
		there[0].iov_len = first;
		there[1] =
			(struct iovec){ (char *)there[0].iov_base + first, GRANT_PATH_MAX - first };
	}
	ssize_t count = process_vm_readv(pid, &here, 1, there, there[1].iov_len ? 2 : 1, 0);

	return count > 0 ? (size_t)count : 0;
}

/* The request's thread may have died and its number been given to another process meanwhile. */
static bool is_alive(const struct monitor_service *service, const struct seccomp_notif *request)
{
	return ioctl(service->notify_fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &request->id) == 0;
}

/* Nothing but files and folders is given: a pipe or a device under a granted name could be anything. */
static bool is_fit(int fd, enum grant_kind kind)
{
	struct stat about;

	if (fstat(fd, &about) != 0)
		return false;
	if (kind == GRANT_APPEND_FILE)
		return S_ISREG(about.st_mode) && about.st_nlink == 1;
	return S_ISREG(about.st_mode) || (kind == GRANT_READ_TREE && S_ISDIR(about.st_mode));
}

static int open_granted(const struct monitor_service *service, const struct grant *grant,
			const char *path, int asked)
{
	/* Our flags, not the daemon's; O_NONBLOCK so that a pipe does not hold us up. */
	int flags = O_NONBLOCK | (asked & O_DIRECTORY);

	if (grant->kind == GRANT_APPEND_FILE)
		flags = O_NONBLOCK | O_APPEND | (asked & (O_ACCMODE | O_CREAT));
	int fd = trusted_path_open(path, flags, OUTPUT_MODE, &service->suspect);

	if (fd == -EXDEV)
		return OWN_POWER;
	if (fd >= 0 && !is_fit(fd, grant->kind)) {
		close(fd);
		return -EACCES;
	}
	return fd;
}

static int decide_open(const struct monitor_service *service, const struct seccomp_notif *request)
{
	const __u64 *args = request->data.args;
	char path[GRANT_PATH_MAX];
	size_t length = copy_path((pid_t)request->pid, args[1], path);
	const struct grant *grant;

	if (!is_alive(service, request))
		return -ENOENT;
	grant = grant_for_path(service->grants, service->grant_count, path, length, (int)args[2]);
	if (!grant || (path[0] != '/' && (int)args[0] != AT_FDCWD))
		return -EACCES;
	return open_granted(service, grant, path, (int)args[2]);
}

/* The kernel looks at who asks, each time: all that the daemon can do with it is to read the answer. */
static int open_list(int type)
{
	int fd = socket(AF_NETLINK, type | SOCK_CLOEXEC, NETLINK_NETFILTER);

	if (fd < 0)
		return -errno;
	int error = conntrack_list_ask(fd);

	if (error == 0)
		return fd;
	close(fd);
	return error;
}

static int decide_socket(const struct monitor_service *service, const struct seccomp_notif *request)
{
	const __u64 *args = request->data.args;
	int type = (int)args[1];
	const struct grant *grant = grant_for_socket(service->grants, service->grant_count,
						     (int)args[0], type, (int)args[2]);

	if (!grant)
		return -EACCES;
	if (grant->kind == GRANT_CONNTRACK_LIST)
		return open_list(type);
	int fd = socket(AF_PACKET, type | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

/* Puts the descriptor into the daemon and ends its wait; in two steps before Linux 5.14. */
static void give(const struct monitor_service *service, const struct seccomp_notif *request, int fd)
{
	struct seccomp_notif_addfd addition = { .id = request->id,
						.flags = SECCOMP_ADDFD_FLAG_SEND,
						.srcfd = (uint32_t)fd,
						.newfd_flags = O_CLOEXEC };
	struct seccomp_notif_resp answer = { .id = request->id };

	if (ioctl(service->notify_fd, SECCOMP_IOCTL_NOTIF_ADDFD, &addition) < 0 &&
	    errno == EINVAL) {
		addition.flags = 0;
		answer.val = ioctl(service->notify_fd, SECCOMP_IOCTL_NOTIF_ADDFD, &addition);
		answer.error = answer.val < 0 ? -errno : 0;
		answer.val = answer.val < 0 ? 0 : answer.val;
		ioctl(service->notify_fd, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
	close(fd);
}

static void count(uint64_t *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

static void answer(const struct monitor_service *service, const struct seccomp_notif *request,
		   int outcome)
{
	struct seccomp_notif_resp reply = { .id = request->id };

	if (outcome == OWN_POWER) {
		/* No fence hangs on this answer: what goes on is held by user and Landlock. */
		count(&service->counts->own_power);
		reply.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	} else if (outcome >= 0) {
		count(&service->counts->granted);
		give(service, request, outcome);
		return;
	} else {
		count(outcome == -EACCES ? &service->counts->refused : &service->counts->failed);
		reply.error = outcome;
	}
	ioctl(service->notify_fd, SECCOMP_IOCTL_NOTIF_SEND, &reply);
}

int monitor_serve(const struct monitor_service *service)
{
	struct seccomp_notif request;
	int outcome = -EACCES;

	memset(&request, 0, sizeof(request)); /* the kernel insists */
	if (ioctl(service->notify_fd, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0)
		return errno == EINTR || errno == ENOENT ? 0 : -errno;
	if (request.data.nr == SYS_openat)
		outcome = decide_open(service, &request);
	else if (request.data.nr == SYS_socket)
		outcome = decide_socket(service, &request);
	answer(service, &request, outcome);
	return 0;
}
