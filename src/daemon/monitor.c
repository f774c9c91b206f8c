#include "daemon/monitor.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/identity.h"
#include "daemon/monitor_serve.h"
#include "daemon/seccomp_filter.h"

struct monitor {
	pid_t pid;
	int socket;
	struct monitor_counts *counts;
};

/* The monitor's process ----------------------------------------------------------------------- */

/* A signal for the whole service or terminal is the daemon's to answer. */
static void leave_signals_to_the_daemon(void)
{
	static const int left[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE };

	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		signal(left[i], SIG_IGN);
}

/* Nothing of the daemon's stays open here, so that its end is seen by whoever listens to it. */
static int keep_only(int socket)
{
	if (socket != 3 && dup2(socket, 3) < 0)
		return -errno;
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd <= 2; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			return -errno;
	return close_range(4, ~0u, 0) == 0 ? 0 : -errno;
}

/* What the table needs and we have. With the suspect's own power there is none to lend. */
static int keep_capabilities(const struct monitor_service *service)
{
	bool lends = !service->suspect.is_self, packets = false, appends = false, lists = false;

	for (size_t i = 0; i < service->grant_count; i++) {
		packets |= service->grants[i].kind == GRANT_PACKET_SOCKET;
		lists |= service->grants[i].kind == GRANT_CONNTRACK_LIST;
		appends |= service->grants[i].kind == GRANT_APPEND_FILE;
	}
	struct {
		bool wanted;
		unsigned number;
	} kept[] = { { packets, CAP_NET_RAW },
		     { lists, CAP_NET_ADMIN },
		     { lends, CAP_SYS_PTRACE }, /* to read the path that the daemon gave */
		     { lends, CAP_DAC_READ_SEARCH },
		     { lends && appends, CAP_DAC_OVERRIDE } };
	const size_t count = sizeof(kept) / sizeof(kept[0]);

	bool bounds = identity_has(CAP_SETPCAP);

	for (size_t i = 0; i < count; i++)
		kept[i].wanted &= identity_has(kept[i].number);
	capng_clear(CAPNG_SELECT_BOTH);
	for (size_t i = 0; i < count; i++)
		if (kept[i].wanted)
			capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, kept[i].number);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return capng_apply(bounds ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS) == 0 ? 0 : -EPERM;
}

/* The descriptor that the daemon sends; negative: the daemon has ended. */
static int take_post(int socket)
{
	char byte, room[CMSG_SPACE(sizeof(int))];
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = room,
				  .msg_controllen = sizeof(room) };
	int fd = -1;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	const struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

static void serve(struct monitor_service *service, int socket)
{
	struct pollfd ends[2] = { { .fd = socket }, { .events = POLLIN } };

	service->notify_fd = take_post(socket);
	if (service->notify_fd < 0)
		return;
	ends[1].fd = service->notify_fd;
	if (seccomp_filter_monitor() != 0 || write(socket, "", 1) != 1)
		return;
	for (;;) {
		if (poll(ends, 2, -1) < 0 && errno != EINTR)
			return;
		if (ends[0].revents != 0 || (ends[1].revents & (POLLHUP | POLLERR)))
			return;
		if ((ends[1].revents & POLLIN) && monitor_serve(service) != 0)
			return;
	}
}

static _Noreturn void be_the_monitor(struct monitor_service *service, int socket, pid_t daemon)
{
	prctl(PR_SET_NAME, "pewit-monitor");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 0);
	leave_signals_to_the_daemon();
	if (getppid() == daemon && keep_only(socket) == 0 &&
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && keep_capabilities(service) == 0)
		serve(service, 3);
	_exit(0);
}

/* The daemon's side ----------------------------------------------------------------------------- */

int monitor_start(struct monitor **monitor, const struct grant *grants, size_t grant_count,
		  const struct trusted_path_suspect *suspect, struct fault *fault)
{
	struct monitor *made = calloc(1, sizeof(*made));
	struct monitor_service service = { .grants = grants,
					   .grant_count = grant_count,
					   .suspect = *suspect };
	pid_t daemon = getpid();
	int pair[2];

	*monitor = NULL;
	if (!made)
		return -ENOMEM;
	made->counts = mmap(NULL, sizeof(*made->counts), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (made->counts == MAP_FAILED ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0 ||
	    (made->pid = fork()) < 0) {
		fault_set(fault, "cannot start the monitor process: %s", strerror(errno));
		free(made);
		return -EAGAIN;
	}
	service.counts = made->counts;
	if (made->pid == 0)
		be_the_monitor(&service, pair[1], daemon);
	close(pair[1]);
	made->socket = pair[0];
	*monitor = made;
	return 0;
}

pid_t monitor_pid(const struct monitor *monitor)
{
	return monitor->pid;
}

int monitor_post(struct monitor *monitor, int notify_fd)
{
	char byte = 0, room[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = room,
				  .msg_controllen = sizeof(room) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &notify_fd, sizeof(notify_fd));
	if (sendmsg(monitor->socket, &message, MSG_NOSIGNAL) != 1 ||
	    recv(monitor->socket, &byte, 1, 0) != 1)
		return -EPIPE;
	return 0;
}

struct monitor_counts monitor_counts(const struct monitor *monitor)
{
	const struct monitor_counts *counts = monitor->counts;

	return (struct monitor_counts){
		.granted = __atomic_load_n(&counts->granted, __ATOMIC_RELAXED),
		.own_power = __atomic_load_n(&counts->own_power, __ATOMIC_RELAXED),
		.refused = __atomic_load_n(&counts->refused, __ATOMIC_RELAXED),
		.failed = __atomic_load_n(&counts->failed, __ATOMIC_RELAXED),
	};
}

void monitor_stop(struct monitor *monitor)
{
	if (!monitor)
		return;
	close(monitor->socket);
	while (waitpid(monitor->pid, NULL, 0) < 0 && errno == EINTR)
		;
	munmap(monitor->counts, sizeof(*monitor->counts));
	free(monitor);
}
