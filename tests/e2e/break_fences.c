/* Tries what the daemon's fences must refuse: each attempt in a process of its own, behind every fence alone and
 * behind all together. Behind none it must succeed: an attempt that cannot succeed shows nothing.
 *
 * usage: break_fences FOLDER       as root; FOLDER is empty, root's, and on a file system that runs programs
 *        break_fences --am-i-root  exit status 0: yes. For the attempt with a set-uid program
 *        break_fences --as-i-am F  as anyone: confined, F is opened by way of the monitor and /etc/hosts is not
 * Prints a line for each attempt: which fence held and how. Exit status 1 when one did not. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon/confine.h"

#define NOBODY 65534
#define DEADLINE_S 20
#define RACE_S 2
#define SECRET_BYTE 'S'
#define DID_IT 200 /* exit statuses of an attempt, apart from any errno */
#define NOT_CONFINED 201

enum fences { NONE, CAPABILITIES, USER, LANDLOCK, SECCOMP, ALL, FENCES };

/* Each fence alone; but capabilities always go, and no_new_privs is always set. */
static const struct {
	const char *name, *user;
	bool landlock, seccomp;
} fences[FENCES] = {
	[NONE] = { "no fence", "", false, false },
	[CAPABILITIES] = { "no capabilities", "", false, false },
	[USER] = { "user", "nobody", false, false },
	[LANDLOCK] = { "landlock", "", true, false },
	[SECCOMP] = { "seccomp", "", false, true },
	[ALL] = { "all", "nobody", true, true },
};

static const char *const file_names[] = { "secret",       "open",      "map.json", "rules/a.json",
					  "rules/b.json", "elsewhere", "set-uid" };

enum file { SECRET, READABLE, MAP, RULE, LINK, ELSEWHERE, SET_UID, FILES };

struct lab {
	char folder[256];
	char file[FILES][300], rules[300], output[300], laid[300], dotted[300], through_proc[400];
	pid_t victim;
	struct sockaddr_in server;
	struct sockaddr_un abstract;
	socklen_t abstract_length;
	int map;
	struct grant grants[8];
	size_t grant_count;
};

/* Attempts: 0 when it worked, or errno ------------------------------------------------------- */

static int read_path(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	return read(fd, &byte, 1) == 1 && close(fd) == 0 ? 0 : EIO;
}

static int outcome(long result)
{
	return result < 0 ? errno : 0;
}

static int read_secret(const struct lab *lab)
{
	return read_path(lab->file[SECRET]);
}

static int read_shadow(const struct lab *lab)
{
	(void)lab;
	return read_path("/etc/shadow");
}

static int read_outside(const struct lab *lab)
{
	return read_path(lab->file[READABLE]);
}

static int read_dotted(const struct lab *lab)
{
	return read_path(lab->dotted);
}

static int read_through_proc(const struct lab *lab)
{
	return read_path(lab->through_proc);
}

/* The path is one that is granted when it is looked up, and another when it is opened. */
struct changing {
	char path[300];
	size_t at; /* of its last part */
	bool stop;
};

static void *change_path(void *context)
{
	struct changing *changing = context;

	while (!__atomic_load_n(&changing->stop, __ATOMIC_RELAXED)) {
		memcpy(changing->path + changing->at, "secret\0\0", 9);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		memcpy(changing->path + changing->at, "map.json", 9);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	}
	return NULL;
}

static char first_byte(const char *path)
{
	char byte = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, &byte, 1) != 1)
		byte = 0;
	close(fd);
	return byte;
}

static int change_path_meanwhile(const struct lab *lab)
{
	struct changing changing = { .at = strlen(lab->folder) + 1 };
	unsigned granted = 0;
	bool got = false;
	time_t end = time(NULL) + RACE_S;
	pthread_t thread;

	memcpy(changing.path, lab->file[MAP], sizeof(changing.path));
	if (pthread_create(&thread, NULL, change_path, &changing) != 0)
		return EAGAIN;
	while (!got && time(NULL) < end) {
		char byte = first_byte(changing.path);

		granted += byte == '{';
		got = byte == SECRET_BYTE;
	}
	__atomic_store_n(&changing.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	/* Neither: the race was not run. */
	return got ? 0 : granted ? EACCES : EIO;
}

static int write_outside(const struct lab *lab)
{
	(void)lab;
	return outcome(open("/tmp", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
}

static int write_to_map(const struct lab *lab)
{
	return outcome(open(lab->file[MAP], O_WRONLY | O_APPEND | O_CLOEXEC));
}

/* As if the daemon had put a link where its output was. */
static int write_through_laid_link(const struct lab *lab)
{
	return outcome(open(lab->laid, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
}

static int lay_link(const struct lab *lab)
{
	char path[400];

	snprintf(path, sizeof(path), "%s/laid-%d", lab->rules, getpid());
	int error = outcome(symlink(lab->file[SECRET], path));

	unlink(path);
	return error;
}

static int run_program(const struct lab *lab)
{
	(void)lab;
	execl("/bin/true", "true", NULL);
	return errno;
}

static int run_set_uid(const struct lab *lab)
{
	if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) != 0)
		return errno;
	execl(lab->file[SET_UID], "break_fences", "--am-i-root", NULL);
	return errno;
}

static int open_internet_socket(const struct lab *lab)
{
	(void)lab;
	return outcome(socket(AF_INET, SOCK_DGRAM, 0));
}

static int connect_tcp(const struct lab *lab)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 ? errno
		      : outcome(connect(fd, (const struct sockaddr *)&lab->server,
					sizeof(lab->server)));
}

static int connect_abstract(const struct lab *lab)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return fd < 0 ? errno
		      : outcome(connect(fd, (const struct sockaddr *)&lab->abstract,
					lab->abstract_length));
}

/* The table grants one that is deaf until it is bound, and raw. */
static int open_listening_packet_socket(const struct lab *lab)
{
	(void)lab;
	return outcome(socket(AF_PACKET, SOCK_RAW, htons(3)));
}

static int open_datagram_packet_socket(const struct lab *lab)
{
	(void)lab;
	return outcome(socket(AF_PACKET, SOCK_DGRAM, 0));
}

static int open_route_socket(const struct lab *lab)
{
	(void)lab;
	return outcome(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
}

/* To the end of what the request with this number brings, or to an answer that is an error. */
static int read_list(int fd, uint32_t number)
{
	const struct timeval patience = { .tv_sec = 5 };
	_Alignas(struct nlmsghdr) char bytes[65536];
	ssize_t length;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0)
		return errno;
	while ((length = recv(fd, bytes, sizeof(bytes), 0)) > 0) {
		const struct nlmsghdr *message = (const struct nlmsghdr *)(void *)bytes;

		for (int left = (int)length; NLMSG_OK(message, left);
		     message = NLMSG_NEXT(message, left)) {
			if (message->nlmsg_seq != number)
				continue;
			if (message->nlmsg_type == NLMSG_DONE)
				return 0;
			if (message->nlmsg_type == NLMSG_ERROR)
				return -((const struct nlmsgerr *)NLMSG_DATA(message))->error;
		}
	}
	return errno;
}

/* The table grants a socket with a list of connections on its way: not to ask anything else by it. */
static int ask_conntrack(const struct lab *lab)
{
	const struct {
		struct nlmsghdr header;
		struct nfgenmsg family;
	} request = { .header = { .nlmsg_len = sizeof(request),
				  .nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET,
				  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
				  .nlmsg_seq = 7711 },
		      .family = { .nfgen_family = AF_UNSPEC } };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	(void)lab;
	if (fd < 0 || write(fd, &request, sizeof(request)) < 0)
		return errno;
	return read_list(fd, 7711);
}

static int change_user(const struct lab *lab)
{
	(void)lab;
	return outcome(geteuid() == 0 ? setresuid(1, 1, 1) : setuid(0));
}

static int trace(const struct lab *lab)
{
	return outcome(ptrace(PTRACE_ATTACH, lab->victim, NULL, NULL));
}

static int read_memory(const struct lab *lab)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { (void *)(uintptr_t)lab, 1 };

	return outcome(process_vm_readv(lab->victim, &here, 1, &there, 1, 0));
}

static int kill_other(const struct lab *lab)
{
	return outcome(kill(lab->victim, SIGWINCH));
}

static int mount_something(const struct lab *lab)
{
	return outcome(mount("none", lab->rules, "tmpfs", 0, NULL));
}

static int load_program(const struct lab *lab)
{
	const struct bpf_insn exit_0[] = { { .code = 0xb7 }, { .code = 0x95 } };
	union bpf_attr attributes;

	(void)lab;
	memset(&attributes, 0, sizeof(attributes));
	attributes.prog_type = BPF_PROG_TYPE_SCHED_CLS;
	attributes.insns = (uintptr_t)exit_0;
	attributes.insn_cnt = 2;
	attributes.license = (uintptr_t) "GPL";
	return outcome(syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof(attributes)));
}

static int map_code(const struct lab *lab)
{
	(void)lab;
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			       MAP_FAILED
		       ? errno
		       : 0;
}

static int make_code(const struct lab *lab)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)lab;
	return page == MAP_FAILED ? errno : outcome(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static int new_user_namespace(const struct lab *lab)
{
	(void)lab;
	return outcome(unshare(CLONE_NEWUSER));
}

static int make_process(const struct lab *lab)
{
	(void)lab;
	pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

	if (child == 0)
		_exit(0);
	return outcome(child);
}

static int raise_limit(const struct lab *lab)
{
	(void)lab;
	return outcome(syscall(SYS_prctl, 38 /* PR_SET_NO_NEW_PRIVS */, 1, 0, 0, 0));
}

#define B(fence) (1u << (fence))
static const struct attempt {
	const char *name;
	int (*make)(const struct lab *lab);
	unsigned holds; /* the fences that hold it alone; ALL always does */
} attempts[] = {
	{ "read root's file", read_secret, B(USER) | B(LANDLOCK) | B(SECCOMP) },
	{ "read /etc/shadow", read_shadow, B(USER) | B(LANDLOCK) | B(SECCOMP) },
	{ "read a file that everyone may read", read_outside, B(LANDLOCK) | B(SECCOMP) },
	{ "read by way of ..", read_dotted, B(USER) | B(LANDLOCK) | B(SECCOMP) },
	{ "read by way of /proc/self/root", read_through_proc, B(USER) | B(LANDLOCK) | B(SECCOMP) },
	{ "change the path while it is looked up", change_path_meanwhile, B(SECCOMP) },
	{ "write to /tmp", write_outside, B(LANDLOCK) | B(SECCOMP) },
	{ "write to what may be read", write_to_map, B(USER) | B(LANDLOCK) | B(SECCOMP) },
	{ "append through a link in its own folder", write_through_laid_link,
	  B(USER) | B(LANDLOCK) },
	{ "put a link into a granted folder", lay_link, B(USER) | B(LANDLOCK) | B(SECCOMP) },
	{ "run a program", run_program, B(LANDLOCK) | B(SECCOMP) },
	{ "become root by a set-uid program", run_set_uid,
	  B(CAPABILITIES) | B(USER) | B(LANDLOCK) | B(SECCOMP) },
	{ "open an internet socket", open_internet_socket, B(SECCOMP) },
	{ "connect over TCP", connect_tcp, B(LANDLOCK) | B(SECCOMP) },
	{ "connect to an abstract socket", connect_abstract, B(LANDLOCK) | B(SECCOMP) },
	{ "open a packet socket that listens at once", open_listening_packet_socket,
	  B(CAPABILITIES) | B(USER) | B(LANDLOCK) | B(SECCOMP) },
	{ "open a packet socket of another type", open_datagram_packet_socket,
	  B(CAPABILITIES) | B(USER) | B(LANDLOCK) | B(SECCOMP) },
	{ "open a netlink socket of another protocol", open_route_socket, B(SECCOMP) },
	{ "ask conntrack through a lent socket", ask_conntrack,
	  B(CAPABILITIES) | B(USER) | B(LANDLOCK) | B(SECCOMP) },
	{ "become another user", change_user,
	  B(CAPABILITIES) | B(USER) | B(LANDLOCK) | B(SECCOMP) },
	{ "trace another process", trace, B(CAPABILITIES) | B(USER) | B(LANDLOCK) | B(SECCOMP) },
	{ "read another's memory", read_memory,
	  B(CAPABILITIES) | B(USER) | B(LANDLOCK) | B(SECCOMP) },
	{ "signal another process", kill_other, B(USER) | B(LANDLOCK) | B(SECCOMP) },
	{ "mount", mount_something, B(CAPABILITIES) | B(USER) | B(LANDLOCK) | B(SECCOMP) },
	{ "load a BPF program", load_program,
	  B(CAPABILITIES) | B(USER) | B(LANDLOCK) | B(SECCOMP) },
	{ "map memory to run", map_code, B(SECCOMP) },
	{ "make memory runnable", make_code, B(SECCOMP) },
	{ "a user namespace", new_user_namespace, B(SECCOMP) },
	{ "make a process", make_process, B(SECCOMP) },
	{ "other uses of prctl", raise_limit, B(SECCOMP) },
};

/* What must work behind all fences ----------------------------------------------------------- */

static int reload_map(const struct lab *lab)
{
	return read_path(lab->file[MAP]);
}

static int reload_by_link(const struct lab *lab)
{
	return read_path(lab->file[LINK]);
}

static int list_rules(const struct lab *lab)
{
	DIR *folder = opendir(lab->rules);
	int found = 0;

	if (!folder)
		return errno;
	for (const struct dirent *entry; (entry = readdir(folder));)
		found += entry->d_name[0] != '.';
	closedir(folder);
	return found == 2 ? read_path(lab->file[RULE]) : ENOENT;
}

static int append_output(const struct lab *lab)
{
	char old[400];

	snprintf(old, sizeof(old), "%s.1", lab->output);
	if (rename(lab->output, old) != 0)
		return errno;
	int fd = open(lab->output, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);

	return fd < 0 ? errno : outcome(write(fd, "{}\n", 3));
}

static int open_packet_socket(const struct lab *lab)
{
	(void)lab;
	return outcome(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
}

/* The monitor has asked for it, under no number. */
static int list_connections(const struct lab *lab)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	(void)lab;
	return fd < 0 ? errno : read_list(fd, 0);
}

static int missing_file(const struct lab *lab)
{
	char path[400];

	snprintf(path, sizeof(path), "%s/none.json", lab->rules);
	return read_path(path) == ENOENT ? 0 : EIO;
}

static int use_map(const struct lab *lab)
{
	unsigned key = 0;
	unsigned long long value = 1;
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.map_fd = (unsigned)lab->map;
	attributes.key = (uintptr_t)&key;
	attributes.value = (uintptr_t)&value;
	return outcome(syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attributes, sizeof(attributes)));
}

static const struct attempt allowed[] = {
	{ "read a granted file of root's", reload_map, 0 },
	{ "read it by root's link to elsewhere", reload_by_link, 0 },
	{ "list and read a granted folder", list_rules, 0 },
	{ "a missing file is missing, not refused", missing_file, 0 },
	{ "append to a renamed output", append_output, 0 },
	{ "open a granted packet socket", open_packet_socket, 0 },
	{ "read a list of connections", list_connections, 0 },
	{ "write to a BPF map", use_map, 0 },
};

/* Making them -------------------------------------------------------------------------------- */

static int confine_by(const struct lab *lab, enum fences which)
{
	const struct confine_options options = { .user = fences[which].user,
						 .landlock = fences[which].landlock,
						 .seccomp = fences[which].seccomp,
						 .grants = lab->grants,
						 .grant_count = lab->grant_count };
	struct confine *confine;
	struct confine_report report;
	struct fault fault = { "" };
	int error = which == NONE ? 0 : confine_prepare(&confine, &options, &fault);

	if (!error && which != NONE)
		error = confine_enter(confine, &report, &fault);
	if (error)
		fprintf(stderr, "cannot confine: %s\n", fault.text);
	return error;
}

/* The status of a process that made the attempt behind these fences. */
static int result_of(const struct lab *lab, const struct attempt *attempt, enum fences which)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		alarm(DEADLINE_S);
		/* A mount that succeeds ends with this process. */
		if (unshare(CLONE_NEWNS) != 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		    confine_by(lab, which) != 0)
			_exit(NOT_CONFINED);
		int error = attempt->make(lab);

		_exit(error ? error : DID_IT);
	}
	waitpid(child, &status, 0);
	return status;
}

static bool worked(int status)
{
	return WIFEXITED(status) && (WEXITSTATUS(status) == DID_IT || WEXITSTATUS(status) == 0);
}

static bool held(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) == EPERM || WEXITSTATUS(status) == EACCES ||
					   WEXITSTATUS(status) == 1
				 : WTERMSIG(status) == SIGSYS;
}

static bool say(const char *fence, const char *attempt, int status, bool expected)
{
	const char *how = WIFSIGNALED(status)                   ? strsignal(WTERMSIG(status))
			  : worked(status)                      ? "it worked"
			  : WEXITSTATUS(status) == NOT_CONFINED ? "not confined"
								: strerror(WEXITSTATUS(status));

	printf("%s  %-16s %-42s %s\n", expected ? "ok  " : "FAIL", fence, attempt, how);
	fflush(stdout);
	return expected;
}

static int break_all(const struct lab *lab)
{
	int failed = 0;

	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		const struct attempt *attempt = &attempts[i];
		int status = result_of(lab, attempt, NONE);

		failed += !say(fences[NONE].name, attempt->name, status, worked(status));
		for (enum fences which = CAPABILITIES; which < FENCES; which++) {
			if (which != ALL && !(attempt->holds & B(which)))
				continue;
			status = result_of(lab, attempt, which);
			failed += !say(fences[which].name, attempt->name, status, held(status));
		}
	}
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		int status = result_of(lab, &allowed[i], ALL);

		failed += !say(fences[ALL].name, allowed[i].name, status, worked(status));
	}
	return failed;
}

/* The lab ------------------------------------------------------------------------------------ */

static void put(const char *path, mode_t mode, uid_t owner)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, "{}\n", 3) != 3 || fchown(fd, owner, owner) != 0 ||
	    fchmod(fd, mode) != 0 || close(fd) != 0)
		perror(path), exit(2);
}

static void put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || close(fd) != 0)
		perror(path), exit(2);
}

static void must(int result, const char *what)
{
	if (result < 0)
		perror(what), exit(2);
}

static void make_files(struct lab *lab, const char *folder)
{
	char own[300];

	snprintf(lab->folder, sizeof(lab->folder), "%s", folder);
	for (int i = 0; i < FILES; i++)
		snprintf(lab->file[i], sizeof(lab->file[i]), "%s/%s", lab->folder, file_names[i]);
	snprintf(lab->rules, sizeof(lab->rules), "%s/rules", lab->folder);
	snprintf(own, sizeof(own), "%s/own", lab->folder);
	snprintf(lab->output, sizeof(lab->output), "%s/own/events.jsonl", lab->folder);
	snprintf(lab->laid, sizeof(lab->laid), "%s/own/laid.jsonl", lab->folder);
	snprintf(lab->dotted, sizeof(lab->dotted), "%s/rules/../secret", lab->folder);
	snprintf(lab->through_proc, sizeof(lab->through_proc), "/proc/self/root%s",
		 lab->file[SECRET]);
	must(chmod(folder, 0755), "chmod");
	must(mkdir(lab->rules, 0700), "mkdir");
	must(mkdir(own, 0750), "mkdir");
	must(chown(own, NOBODY, NOBODY), "chown");
	put(lab->file[SECRET], 0600, 0);
	put_text(lab->file[SECRET], "S\n");
	put(lab->file[READABLE], 0644, 0);
	put(lab->file[MAP], 0600, 0);
	put(lab->file[RULE], 0600, 0);
	put(lab->file[ELSEWHERE], 0600, 0);
	put(lab->output, 0640, 0);
	must(symlink("../elsewhere", lab->file[LINK]), "symlink");
	must(symlink(lab->file[SECRET], lab->laid), "symlink");
}

static void copy_program(const struct lab *lab)
{
	char bytes[65536];
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(lab->file[SET_UID], O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	ssize_t count;

	must(from, "/proc/self/exe");
	while ((count = read(from, bytes, sizeof(bytes))) > 0)
		must(write(to, bytes, (size_t)count) == count ? 0 : -1, "copy");
	must(fchmod(to, 04755), "chmod");
	close(from);
	close(to);
}

static void open_targets(struct lab *lab)
{
	socklen_t length = sizeof(lab->server);
	int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int local = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	union bpf_attr attributes;

	lab->server = (struct sockaddr_in){ .sin_family = AF_INET,
					    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	must(bind(tcp, (struct sockaddr *)&lab->server, sizeof(lab->server)), "bind");
	must(listen(tcp, 64), "listen");
	must(getsockname(tcp, (struct sockaddr *)&lab->server, &length), "getsockname");
	lab->abstract.sun_family = AF_UNIX;
	snprintf(lab->abstract.sun_path + 1, sizeof(lab->abstract.sun_path) - 1, "pewit-%d",
		 getpid());
	lab->abstract_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
					   strlen(lab->abstract.sun_path + 1));
	must(bind(local, (struct sockaddr *)&lab->abstract, lab->abstract_length), "bind");
	must(listen(local, 64), "listen");
	memset(&attributes, 0, sizeof(attributes));
	attributes.map_type = BPF_MAP_TYPE_ARRAY;
	attributes.key_size = 4;
	attributes.value_size = 8;
	attributes.max_entries = 1;
	lab->map = (int)syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes));
	must(lab->map, "bpf");
}

static void fill_grants(struct lab *lab)
{
	const struct grant grants[] = {
		{ GRANT_READ_FILE, lab->file[MAP] }, { GRANT_READ_TREE, lab->rules },
		{ GRANT_APPEND_FILE, lab->output },  { GRANT_APPEND_FILE, lab->laid },
		{ GRANT_PACKET_SOCKET, NULL },       { GRANT_CONNTRACK_LIST, NULL },
	};

	memcpy(lab->grants, grants, sizeof(grants));
	lab->grant_count = sizeof(grants) / sizeof(grants[0]);
}

static int as_i_am(const char *path)
{
	struct lab lab = { .grants = { { GRANT_READ_FILE, path }, { GRANT_PACKET_SOCKET, NULL } },
			   .grant_count = 2 };

	if (confine_by(&lab, ALL) != 0)
		return 2;
	return read_path(path) == 0 && read_path("/etc/hosts") == EACCES ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct lab lab = { .map = -1 };

	if (argc == 2 && strcmp(argv[1], "--am-i-root") == 0)
		return geteuid() == 0 ? 0 : 1;
	if (argc == 3 && strcmp(argv[1], "--as-i-am") == 0)
		return as_i_am(argv[2]);
	if (argc != 2 || geteuid() != 0) {
		fputs("usage: break_fences FOLDER (as root)\n", stderr);
		return 2;
	}
	make_files(&lab, argv[1]);
	copy_program(&lab);
	open_targets(&lab);
	fill_grants(&lab);
	lab.victim = fork();
	if (lab.victim == 0) {
		for (;;)
			pause();
	}
	int failed = break_all(&lab);

	kill(lab.victim, SIGKILL);
	waitpid(lab.victim, NULL, 0);
	printf("%d failed\n", failed);
	return failed != 0;
}
