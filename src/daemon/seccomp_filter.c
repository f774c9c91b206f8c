#include "daemon/seccomp_filter.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define END (-1)
#define NEW_NAMESPACES                                                                             \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |             \
	 CLONE_NEWPID | CLONE_NEWNET)
#define THREAD (CLONE_VM | CLONE_THREAD | CLONE_SIGHAND)

/* What workers, collector, control loop and the C library under them call, whatever the arguments. */
static const int daemon_calls[] = {
	/* memory; mapping is below */
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
	/* threads, and the end */
	SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(set_tid_address),
	SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_setaffinity),
	SCMP_SYS(membarrier), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(wait4),
	SCMP_SYS(restart_syscall), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid),
	SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getrusage),
	SCMP_SYS(sysinfo), SCMP_SYS(uname), SCMP_SYS(getrandom), SCMP_SYS(getcwd),
	/* signals; sending is below */
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigtimedwait), SCMP_SYS(sigaltstack), SCMP_SYS(signalfd4),
	/* time */
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
	SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime),
	SCMP_SYS(timerfd_gettime),
	/* descriptors that are open; opening is below */
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev),
	SCMP_SYS(pwrite64), SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(fsync), SCMP_SYS(fdatasync),
	SCMP_SYS(ftruncate), SCMP_SYS(fstat), SCMP_SYS(fcntl), SCMP_SYS(dup), SCMP_SYS(dup2),
	SCMP_SYS(dup3), SCMP_SYS(getdents64), SCMP_SYS(pipe2), SCMP_SYS(eventfd2), SCMP_SYS(poll),
	SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
	/* names, as user and Landlock allow: whether a file is there, renaming an output, taking a
	 * socket away */
	SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(access),
	SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat),
	SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(unlink),
	SCMP_SYS(unlinkat),
	/* sockets that are open: control and metrics accept, netlink and AF_XDP send; connect() is
	 * not among them */
	SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg),
	SCMP_SYS(recvmmsg), SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg),
	SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(getsockname), SCMP_SYS(getpeername),
	SCMP_SYS(shutdown), SCMP_SYS(sendfile),
	/* of a packet socket that the monitor gave; of others, Landlock refuses TCP */
	SCMP_SYS(bind), END
};

/* No line of pewit makes these once it listens. Whoever does is someone else, in our place, and gets no second
 * try: the process ends at once and its service manager starts a clean one. Everything else that is not allowed
 * may be a library's idea of a good default: it fails with EPERM, which callers survive, and the kernel logs it. */
static const int deadly_calls[] = { SCMP_SYS(execve),
				    SCMP_SYS(execveat),
				    SCMP_SYS(fork),
				    SCMP_SYS(vfork),
				    SCMP_SYS(ptrace),
				    SCMP_SYS(process_vm_readv),
				    SCMP_SYS(process_vm_writev),
				    SCMP_SYS(pidfd_getfd),
				    SCMP_SYS(kcmp),
				    SCMP_SYS(mount),
				    SCMP_SYS(umount2),
				    SCMP_SYS(pivot_root),
				    SCMP_SYS(chroot),
				    SCMP_SYS(open_tree),
				    SCMP_SYS(move_mount),
				    SCMP_SYS(fsopen),
				    SCMP_SYS(fsmount),
				    SCMP_SYS(unshare),
				    SCMP_SYS(setns),
				    SCMP_SYS(setuid),
				    SCMP_SYS(setgid),
				    SCMP_SYS(setreuid),
				    SCMP_SYS(setregid),
				    SCMP_SYS(setresuid),
				    SCMP_SYS(setresgid),
				    SCMP_SYS(setfsuid),
				    SCMP_SYS(setfsgid),
				    SCMP_SYS(setgroups),
				    SCMP_SYS(capset),
				    SCMP_SYS(init_module),
				    SCMP_SYS(finit_module),
				    SCMP_SYS(delete_module),
				    SCMP_SYS(kexec_load),
				    SCMP_SYS(kexec_file_load),
				    SCMP_SYS(reboot),
				    SCMP_SYS(swapon),
				    SCMP_SYS(swapoff),
				    SCMP_SYS(iopl),
				    SCMP_SYS(ioperm),
				    SCMP_SYS(add_key),
				    SCMP_SYS(request_key),
				    SCMP_SYS(keyctl),
				    SCMP_SYS(perf_event_open),
				    SCMP_SYS(userfaultfd),
				    SCMP_SYS(io_uring_setup),
				    SCMP_SYS(open_by_handle_at),
				    SCMP_SYS(mknod),
				    SCMP_SYS(mknodat),
				    SCMP_SYS(personality),
				    SCMP_SYS(acct),
				    SCMP_SYS(quotactl),
				    SCMP_SYS(process_madvise),
				    END };

/* Programs and maps are made before; what stays is reading and writing the maps. */
static const int bpf_commands[] = { BPF_MAP_LOOKUP_ELEM,
				    BPF_MAP_UPDATE_ELEM,
				    BPF_MAP_DELETE_ELEM,
				    BPF_MAP_GET_NEXT_KEY,
				    BPF_MAP_LOOKUP_AND_DELETE_ELEM,
				    BPF_MAP_LOOKUP_BATCH,
				    BPF_MAP_LOOKUP_AND_DELETE_BATCH,
				    BPF_MAP_UPDATE_BATCH,
				    BPF_MAP_DELETE_BATCH,
				    END };

/* Reading what a terminal, a socket or an interface says of itself. */
static const int ioctl_requests[] = { TCGETS,       TIOCGWINSZ,  FIONREAD,     FIONBIO,
				      SIOCGIFINDEX, SIOCGIFNAME, SIOCGIFFLAGS, SIOCGIFHWADDR,
				      SIOCGIFMTU,   SIOCETHTOOL, END };

static const int monitor_calls[] = { SCMP_SYS(poll),
				     SCMP_SYS(ppoll),
				     SCMP_SYS(ioctl),
				     SCMP_SYS(process_vm_readv),
				     SCMP_SYS(openat),
				     SCMP_SYS(readlinkat),
				     SCMP_SYS(fstat),
				     SCMP_SYS(newfstatat),
				     SCMP_SYS(fgetxattr),
				     SCMP_SYS(close),
				     SCMP_SYS(write),
				     SCMP_SYS(exit_group),
				     SCMP_SYS(rt_sigreturn),
				     SCMP_SYS(restart_syscall),
				     END };

static int allow_all(scmp_filter_ctx filter, const int *calls, uint32_t action)
{
	int error = 0;

	/* A call that this architecture or this libseccomp does not know needs no rule. */
	for (; *calls != END && error == 0; calls++)
		if (*calls >= 0)
			error = seccomp_rule_add(filter, action, *calls, 0);
	return error;
}

static int allow_values(scmp_filter_ctx filter, int call, unsigned argument, const int *values)
{
	int error = 0;

	for (; *values != END && error == 0; values++)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
					 SCMP_CMP32(argument, SCMP_CMP_EQ, (uint32_t)*values));
	return error;
}

/* Memory that is data stays data; a process that cannot run new code must do with what it finds. */
static int allow_mapping(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp is_data = SCMP_CMP64(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, is_data);

	return error ? error
		     : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, is_data);
}

static int allow_threads(scmp_filter_ctx filter)
{
	/* The flags of clone3() are in memory, where no filter sees them: the C library falls back. */
	int error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	if (!error)
		error = seccomp_rule_add(
			filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
			SCMP_CMP64(0, SCMP_CMP_MASKED_EQ, THREAD | NEW_NAMESPACES, THREAD));
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
					 SCMP_CMP32(0, SCMP_CMP_EQ, PR_SET_NAME));
	/* Signals to our own threads alone: raise(), abort(). */
	return error ? error
		     : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
					SCMP_CMP32(0, SCMP_CMP_EQ, (uint32_t)getpid()));
}

/* Limits may be read, not set. */
static int allow_limits(scmp_filter_ctx filter)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1,
				SCMP_CMP64(2, SCMP_CMP_EQ, 0));
}

/* Of conntrack's lists. */
static int add_list_socket(scmp_filter_ctx filter, uint32_t action)
{
	return seccomp_rule_add(filter, action, SCMP_SYS(socket), 2,
				SCMP_CMP32(0, SCMP_CMP_EQ, AF_NETLINK),
				SCMP_CMP32(2, SCMP_CMP_EQ, NETLINK_NETFILTER));
}

static int allow_opening(scmp_filter_ctx filter, bool asks)
{
	int error = seccomp_rule_add(filter, asks ? SCMP_ACT_NOTIFY : SCMP_ACT_ALLOW,
				     SCMP_SYS(openat), 0);

	/* Its arguments are in memory; who knows it falls back to openat(). */
	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(openat2), 0);
	if (!error && asks)
		error = seccomp_rule_add(filter, SCMP_ACT_NOTIFY, SCMP_SYS(socket), 1,
					 SCMP_CMP32(0, SCMP_CMP_EQ, AF_PACKET));
	return error || !asks ? error : add_list_socket(filter, SCMP_ACT_NOTIFY);
}

static int add_daemon_rules(scmp_filter_ctx filter, bool asks)
{
	int error = allow_all(filter, daemon_calls, SCMP_ACT_ALLOW);

	error = error ? error : allow_all(filter, deadly_calls, SCMP_ACT_KILL_PROCESS);
	error = error ? error : allow_values(filter, SCMP_SYS(bpf), 0, bpf_commands);
	error = error ? error : allow_values(filter, SCMP_SYS(ioctl), 1, ioctl_requests);
	error = error ? error : allow_mapping(filter);
	error = error ? error : allow_threads(filter);
	error = error ? error : allow_limits(filter);
	return error ? error : allow_opening(filter, asks);
}

static int load(scmp_filter_ctx filter)
{
	/* no_new_privs is set already, and checked by the caller. */
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return seccomp_load(filter);
}

int seccomp_filter_daemon(bool asks, int *notify_fd, struct fault *fault)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int error = filter ? add_daemon_rules(filter, asks) : -ENOMEM;

	*notify_fd = -1;
	error = error ? error : load(filter);
	if (!error && asks)
		*notify_fd = seccomp_notify_fd(filter);
	if (error)
		fault_set(
			fault,
			"the kernel does not take the seccomp filter: %s; without it: privileges.seccomp = false",
			strerror(-error));
	seccomp_release(filter);
	return error;
}

int seccomp_filter_monitor(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int error = filter ? allow_all(filter, monitor_calls, SCMP_ACT_ALLOW) : -ENOMEM;

	if (!error)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
					 SCMP_CMP32(0, SCMP_CMP_EQ, AF_PACKET));
	error = error ? error : add_list_socket(filter, SCMP_ACT_ALLOW);
	error = error ? error : load(filter);
	seccomp_release(filter);
	return error;
}
