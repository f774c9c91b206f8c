#include "daemon/confine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "daemon/identity.h"
#include "daemon/landlock.h"
#include "daemon/seccomp_filter.h"

struct confine {
	struct confine_options options;
	struct identity identity;
	struct monitor *monitor; /* NULL: none */
};

static struct trusted_path_suspect suspect(const struct confine *confine)
{
	return (struct trusted_path_suspect){ .uid = confine->identity.uid,
					      .gid = confine->identity.gid,
					      .is_self = confine->identity.is_kept };
}

/* Whether the kernel would ask a monitor: not before 5.0, and not where a container's manager is asked already.
 * Found out by a process that tries and ends. */
static bool can_ask(void)
{
	int status, notify_fd;
	pid_t child = fork();

	if (child == 0)
		_exit(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		      seccomp_filter_daemon(true, &notify_fd, NULL) != 0);
	if (child < 0)
		return false;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int confine_prepare(struct confine **confine, const struct confine_options *options,
		    struct fault *fault)
{
	struct confine *made = calloc(1, sizeof(*made));
	int error = made ? identity_find(&made->identity, options->user, options->group, fault)
			 : -ENOMEM;

	*confine = NULL;
	if (!error) {
		const struct trusted_path_suspect whom = suspect(made);

		made->options = *options;
		if (options->seccomp && SECCOMP_FILTER_POSSIBLE && can_ask())
			error = monitor_start(&made->monitor, options->grants, options->grant_count,
					      &whom, fault);
	}
	if (error) {
		free(made);
		return error;
	}
	*confine = made;
	return 0;
}

/* Entering ------------------------------------------------------------------------------------ */

/* Landlock and user hold the thread that calls and those it starts, not those beside it. */
static int check_alone(struct fault *fault)
{
	DIR *tasks = opendir("/proc/self/task");
	int count = 0;

	if (!tasks)
		return 0;
	for (const struct dirent *task; (task = readdir(tasks));)
		count += task->d_name[0] != '.';
	closedir(tasks);
	if (count <= 1)
		return 0;
	fault_set(fault, "%d threads run before privileges are given up; one must", count);
	return -EBUSY;
}

static void note(struct confine_report *report, const char *what)
{
	struct text text = text_over(report->missing, sizeof(report->missing));
	char before[sizeof(report->missing)];

	memcpy(before, report->missing, sizeof(before));
	text_add(&text, before);
	if (before[0] != '\0')
		text_add(&text, "; ");
	text_add(&text, what);
}

/* The user must be able to open its outputs again after we stop being root. Not a link, and no second name: what
 * an earlier daemon may have laid there is not given away. */
static void give_output(const struct confine *confine, const char *path,
			struct confine_report *report)
{
	int fd = open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat about;

	if (fd < 0)
		return;
	if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_nlink == 1 &&
	    fchown(fd, confine->identity.uid, confine->identity.gid) != 0)
		note(report,
		     "the output stays root's, for lack of CAP_CHOWN: opening it anew may fail");
	close(fd);
}

/* Its mode lets owner and group ask: those of the daemon, not root's. */
static void give_socket(const struct confine *confine, const char *path,
			struct confine_report *report)
{
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat about;

	if (fd < 0)
		return;
	if (fstat(fd, &about) == 0 && S_ISSOCK(about.st_mode) && about.st_nlink == 1 &&
	    fchownat(fd, "", confine->identity.uid, confine->identity.gid, AT_EMPTY_PATH) != 0)
		note(report, "a socket stays root's, for lack of CAP_CHOWN: only root may ask");
	close(fd);
}

static void give_files(const struct confine *confine, struct confine_report *report)
{
	const struct confine_options *options = &confine->options;

	for (size_t i = 0; i < options->grant_count && !confine->identity.is_kept; i++)
		if (options->grants[i].kind == GRANT_APPEND_FILE)
			give_output(confine, options->grants[i].path, report);
		else if (options->grants[i].kind == GRANT_REMOVE_FILE)
			give_socket(confine, options->grants[i].path, report);
}

/* A descriptor; or 0: no Landlock, said in the report; or -errno. */
static int prepare_landlock(const struct confine *confine, struct confine_report *report,
			    struct fault *fault)
{
	const struct landlock_options options = { .grants = confine->options.grants,
						  .grant_count = confine->options.grant_count,
						  .suspect = suspect(confine),
						  .has_monitor = confine->monitor != NULL };
	int ruleset;

	if (!confine->options.landlock || landlock_abi() == 0) {
		note(report, confine->options.landlock ? "this kernel has no Landlock"
						       : "Landlock is off by configuration");
		return 0;
	}
	ruleset = landlock_prepare(&options);
	if (ruleset < 0)
		fault_set(fault, "cannot set up Landlock: %s", strerror(-ruleset));
	return ruleset;
}

static int enter_landlock(int ruleset, struct confine_report *report, struct fault *fault)
{
	int error;

	if (ruleset <= 0)
		return 0;
	error = landlock_enter(ruleset);
	if (error)
		fault_set(fault, "cannot enter Landlock: %s", strerror(-error));
	else
		report->landlock_abi = landlock_abi();
	return error;
}

static int enter_seccomp(struct confine *confine, struct confine_report *report,
			 struct fault *fault)
{
	int notify_fd, error;

	if (!confine->options.seccomp || !SECCOMP_FILTER_POSSIBLE) {
		note(report, confine->options.seccomp
				     ? "seccomp is off: AddressSanitizer cannot live with it"
				     : "seccomp is off by configuration");
		return 0;
	}
	error = seccomp_filter_daemon(confine->monitor != NULL, &notify_fd, fault);
	if (error)
		return error;
	report->seccomp = true;
	if (!confine->monitor) {
		note(report, "this kernel asks no monitor: a reload reads what the user may read");
		return 0;
	}
	error = monitor_post(confine->monitor, notify_fd);
	close(notify_fd);
	if (error)
		fault_set(fault, "the monitor process did not take its post: see the kernel's log");
	report->monitor = error == 0;
	return error;
}

static int enter_identity(const struct confine *confine, struct confine_report *report,
			  struct fault *fault)
{
	int error;

	if (confine->monitor && !confine->identity.is_kept && !identity_has(CAP_SYS_PTRACE))
		note(report, "the monitor can lend nothing and a reload will fail: it lacks "
			     "CAP_SYS_PTRACE, which a limit of capabilities must leave");
	error = identity_enter(&confine->identity, &report->keeps_bpf, fault);
	if (error)
		return error;
	report->uid = geteuid();
	report->gid = getegid();
	report->is_unprivileged = report->uid != 0;
	report->no_capabilities = !report->keeps_bpf;
	if (!report->is_unprivileged)
		note(report, "still root, by configuration: what root owns is held by Landlock and "
			     "seccomp alone");
	if (report->keeps_bpf)
		note(report, "CAP_BPF is kept: this kernel asks it for reading BPF maps");
	if (!confine->identity.is_kept)
		return prctl(PR_SET_DUMPABLE, 0) == 0 ? 0 : -errno;
	/* The monitor has no power over us but what we give: it may read our memory, where Yama forbids. */
	if (confine->monitor)
		prctl(PR_SET_PTRACER, monitor_pid(confine->monitor));
	return 0;
}

int confine_enter(struct confine *confine, struct confine_report *report, struct fault *fault)
{
	int ruleset, error = check_alone(fault);

	*report = (struct confine_report){ .landlock_abi = 0 };
	if (error)
		return error;
	give_files(confine, report);
	tzset(); /* reads a file, which it cannot later */
	ruleset = prepare_landlock(confine, report, fault);
	if (ruleset < 0)
		return ruleset;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		fault_set(fault, "cannot set no_new_privs: %s", strerror(errno));
		return -errno;
	}
	report->no_new_privs = true;
	error = enter_identity(confine, report, fault);
	error = error ? error : enter_landlock(ruleset, report, fault);
	return error ? error : enter_seccomp(confine, report, fault);
}

/* After --------------------------------------------------------------------------------------- */

void confine_describe(const struct confine *confine, const struct confine_report *report,
		      char *text, size_t size)
{
	struct text out = text_over(text, size);

	text_add(&out, "user ");
	text_add_number(&out, report->uid);
	text_add(&out, report->no_capabilities ? ", no capabilities" : ", CAP_BPF");
	text_add(&out, report->no_new_privs ? ", no_new_privs" : "");
	if (report->landlock_abi) {
		text_add(&out, ", Landlock ");
		text_add_number(&out, (uint64_t)report->landlock_abi);
	}
	text_add(&out, report->seccomp ? ", seccomp" : "");
	if (report->monitor) {
		text_add(&out, ", monitor ");
		text_add_number(&out, (uint64_t)monitor_pid(confine->monitor));
	}
}

struct monitor_counts confine_counts(const struct confine *confine)
{
	if (!confine->monitor)
		return (struct monitor_counts){ .granted = 0 };
	return monitor_counts(confine->monitor);
}

void confine_close(struct confine *confine)
{
	if (!confine)
		return;
	monitor_stop(confine->monitor);
	free(confine);
}
