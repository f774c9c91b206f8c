#include "daemon/daemon.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/units.h"
#include "daemon/control.h"
#include "daemon/daemon_confine.h"
#include "daemon/engine_options.h"
#include "daemon/metrics.h"
#include "daemon/notify.h"
#include "network/conntrack.h"
#include "run/interfaces.h"
#include "run/live_snapshot.h"

#define TURN_MS 1000 /* how late a clock may be seen */

enum watch {
	WATCH_SIGNALS,
	WATCH_OVER,
	WATCH_CONTROL,
	WATCH_METRICS,
	WATCH_NAT,
	WATCH_NAT_LIST,
	WATCH_LINKS,
	WATCH_LOADED,
	WATCHES
};

struct reload {
	uint64_t number; /* of the one under way, or the last */
	bool is_under_way;
	bool is_wanted; /* another one */
	/* What is loaded from, until it is taken or refused. */
	struct config_document *document;
	struct rules_folders *folders;
};

struct daemon {
	struct daemon_options options;
	/* The first one's strings are lent to what is opened once; the latest is what is followed. */
	struct config_document *first, *document;
	struct rules_folders *folders; /* what the engine's paths are lent from */
	struct live_engine *engine;
	struct notify notify;
	struct control *control; /* or NULL */
	struct daemon_confine confine;
	struct metrics *metrics; /* or NULL */
	struct conntrack *conntrack;
	struct interfaces *interfaces; /* NULL: libpcap, which knows devices that are none */
	int signals;
	struct reload reload;
	bool is_stopping;
	uint64_t stats_due_ns, watchdog_due_ns; /* CLOCK_MONOTONIC; 0: never */
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static __attribute__((format(printf, 1, 2))) void say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("pewit: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
}

/* Opening ------------------------------------------------------------------------------------ */

static int open_signals(struct daemon *daemon, struct fault *fault)
{
	static const int wanted[] = { SIGHUP, SIGUSR1, SIGINT, SIGTERM };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		sigaddset(&set, wanted[i]);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN); /* writes say so themselves */
	daemon->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (daemon->signals >= 0)
		return 0;
	int error = errno;

	fault_set(fault, "signals cannot be waited for: %s", strerror(error));
	return -error;
}

static void say_note(void *context, const char *sentence)
{
	(void)context;
	say("note: %s", sentence);
}

static int open_interfaces(struct daemon *daemon, struct fault *fault)
{
	const struct config *config = config_of(daemon->document);
	const struct interfaces_options options = { .names = config->capture.interface,
						    .count = config->capture.interface_count,
						    .may_come =
							    config->capture.wait_for_interfaces };
	const struct interfaces_say told = { say_note, NULL };

	if (config->capture.kind == LIVE_PCAP)
		return 0;
	return interfaces_open(&daemon->interfaces, &options, &told, fault);
}

/* As it is configured, or as it looks. */
static uint8_t vantage_of(const struct daemon *daemon)
{
	uint8_t vantage = config_of(daemon->document)->vantage;
	struct fault why;

	if (vantage == VANTAGE_UNKNOWN) {
		vantage = interfaces_vantage(daemon->interfaces, &why);
		say("vantage: %s, as it looks: %s; --vantage names another",
		    coverage_vantage_name(vantage), why.text);
	}
	return vantage;
}

static int open_engine(struct daemon *daemon, struct fault *fault)
{
	const struct config *config = config_of(daemon->document);
	const struct collector_options output = {
		.output = config->output.file,
		.types = config->output.types,
		.fold_window_ns = config->limits.fold_window_s * NS_PER_S,
		.fold_findings = (uint32_t)config->limits.fold_findings,
		.window_keys = (uint32_t)config->limits.window_keys,
		.summary = !config->output.file || config->summary,
	};
	struct live_engine_options options = {
		.capture = engine_options_capture(config),
		.knowledge = engine_options_knowledge(config, daemon->folders),
		.vantage = config->vantage,
		.flow_limit = config->limits.flow_limit,
		.packet_limit = config->packet_limit,
		.conntrack = daemon->conntrack,
		.output = &output,
	};

	if (daemon->interfaces) {
		options.capture.interfaces =
			interfaces_names(daemon->interfaces, &options.capture.interface_count);
		options.vantage = vantage_of(daemon);
	}
	return live_engine_open(&daemon->engine, &options, fault);
}

static void tell_snapshot(void *context, struct live_snapshot *snapshot)
{
	live_engine_snapshot(((struct daemon *)context)->engine, snapshot);
}

static void ask_flows(void *context, const struct live_query *query)
{
	live_engine_ask_flows(((struct daemon *)context)->engine, query);
}

static bool has_flows(void *context)
{
	return live_engine_has_flows(((struct daemon *)context)->engine);
}

static size_t take_flows(void *context, struct live_flow *flows, bool *complete)
{
	return live_engine_take_flows(((struct daemon *)context)->engine, flows, complete);
}

/* The one under way may have read what has changed since. */
static uint64_t want_reload(void *context)
{
	struct reload *reload = &((struct daemon *)context)->reload;

	reload->is_wanted = true;
	return reload->number + 1;
}

static uint64_t tell_time(void *context)
{
	struct timespec now;

	(void)context;
	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static int open_control(struct daemon *daemon, struct fault *fault)
{
	const char *path = config_of(daemon->document)->control.path;
	const struct control_source source = {
		.context = daemon,
		.snapshot = tell_snapshot,
		.ask_flows = ask_flows,
		.has_flows = has_flows,
		.take_flows = take_flows,
		.reload = want_reload,
		.now_ns = tell_time,
		.version = daemon->options.version,
	};

	return path ? control_open(&daemon->control, path, &source, fault) : 0;
}

static int open_metrics(struct daemon *daemon, struct fault *fault)
{
	const char *listen = config_of(daemon->document)->metrics.listen;
	const struct metrics_source source = {
		.context = daemon,
		.snapshot = tell_snapshot,
		.control = daemon->control,
		.version = daemon->options.version,
	};

	return listen ? metrics_open(&daemon->metrics, listen, &source, fault) : 0;
}

int daemon_open(struct daemon **daemon, const struct daemon_options *options, struct fault *fault)
{
	struct daemon *made = calloc(1, sizeof(*made));
	int error;

	*daemon = NULL;
	if (!made) {
		config_free(options->document);
		return -ENOMEM;
	}
	made->options = *options;
	made->first = made->document = options->document;
	made->signals = made->notify.fd = -1;
	error = open_signals(made, fault);
	error = error ? error
		      : engine_options_rules(&made->folders, config_of(made->document), fault);
	error = error ? error
		      : daemon_confine_prepare(&made->confine, config_of(made->document),
					       made->folders, fault);
	error = error ? error : notify_open(&made->notify, fault);
	error = error ? error
		      : conntrack_open(&made->conntrack, CONNTRACK_ENTRIES,
				       (uint32_t)(now_ns() / NS_PER_S));
	error = error ? error : open_interfaces(made, fault);
	error = error ? error : open_engine(made, fault);
	error = error ? error : open_control(made, fault);
	error = error ? error : open_metrics(made, fault);
	error = error ? error : daemon_confine_enter(&made->confine, fault);
	if (made->confine.report.monitor)
		conntrack_lend_lists(made->conntrack);
	if (!error && made->control)
		control_set_fences(made->control, made->confine.text);
	if (error) {
		daemon_close(made);
		return error;
	}
	*daemon = made;
	return 0;
}

static void forget_reload(struct reload *reload)
{
	config_free(reload->document);
	free(reload->folders);
	reload->document = NULL;
	reload->folders = NULL;
}

void daemon_close(struct daemon *daemon)
{
	if (!daemon)
		return;
	metrics_close(daemon->metrics);
	control_close(daemon->control);
	live_engine_close(daemon->engine);
	interfaces_close(daemon->interfaces);
	conntrack_close(daemon->conntrack);
	notify_close(&daemon->notify);
	if (daemon->signals >= 0)
		close(daemon->signals);
	if (daemon->document != daemon->first)
		config_free(daemon->document);
	config_free(daemon->first);
	forget_reload(&daemon->reload);
	daemon_confine_close(&daemon->confine);
	free(daemon->folders);
	free(daemon);
}

struct live_engine *daemon_engine(struct daemon *daemon)
{
	return daemon->engine;
}

/* Reloading ---------------------------------------------------------------------------------- */

static void start_stats_clock(struct daemon *daemon)
{
	uint32_t stats_s = config_of(daemon->document)->output.stats_s;

	daemon->stats_due_ns = stats_s ? now_ns() + stats_s * NS_PER_S : 0;
}

static void hear_finding(void *context, enum config_finding finding, const char *sentence)
{
	struct fault *first = context;

	if (finding == CONFIG_ERROR && first->text[0] == '\0')
		fault_set(first, "%s", sentence);
}

/* What cannot work is refused at a reload as it is at the start. */
static int check(const struct config_document *document, struct fault *fault)
{
	const struct config_machine machine = config_machine();
	struct fault first = { "" };

	if (config_check(document, &machine, hear_finding, &first) == 0)
		return 0;
	*fault = first;
	return -EINVAL;
}

static void hear_change(void *context, const char *key, bool reloads)
{
	(void)context;
	if (!reloads)
		say("note: %s has changed: that takes a restart", key);
}

/* Everything is read before anything is changed. */
static int read_anew(struct daemon *daemon, struct reload *reload, struct fault *fault)
{
	int error = daemon->options.reread(daemon->options.context, &reload->document, fault);

	error = error ? error : check(reload->document, fault);
	error = error ? error
		      : engine_options_rules(&reload->folders, config_of(reload->document), fault);
	if (error) {
		live_engine_refuse(daemon->engine, fault);
		return error;
	}
	const struct knowledge_paths paths =
		engine_options_knowledge(config_of(reload->document), reload->folders);

	return live_engine_load(daemon->engine, &paths, fault);
}

static void follow_configuration(struct daemon *daemon, struct reload *reload)
{
	uint32_t stats_s = config_of(daemon->document)->output.stats_s;

	/* What takes a restart is still as it was at the start, whatever reloads since have said. */
	config_compare(config_of(daemon->first), config_of(reload->document), hear_change, NULL);
	if (daemon->document != daemon->first)
		config_free(daemon->document);
	free(daemon->folders);
	daemon->document = reload->document;
	daemon->folders = reload->folders;
	reload->document = NULL;
	reload->folders = NULL;
	if (config_of(daemon->document)->output.stats_s != stats_s)
		start_stats_clock(daemon);
	live_engine_post_coverage(daemon->engine);
}

static void end_reload(struct daemon *daemon, int error, const struct fault *fault)
{
	struct reload *reload = &daemon->reload;

	reload->is_under_way = false;
	if (error) {
		say("reload refused, the old is kept: %s", fault->text);
		forget_reload(reload);
	} else {
		follow_configuration(daemon, reload);
		say("reloaded");
	}
	notify_ready(&daemon->notify, NULL);
	if (daemon->control)
		control_tell_reload(daemon->control, reload->number, error, fault, now_ns());
}

static void begin_reload(struct daemon *daemon)
{
	struct reload *reload = &daemon->reload;
	struct fault fault = { "" };

	reload->is_wanted = false;
	reload->number++;
	notify_reloading(&daemon->notify, now_ns() / 1000);
	int error = read_anew(daemon, reload, &fault);

	reload->is_under_way = error == 0;
	if (error)
		end_reload(daemon, error, &fault);
}

static void turn_reload(struct daemon *daemon, bool is_loaded)
{
	struct reload *reload = &daemon->reload;
	struct fault fault = { "" };

	if (is_loaded && reload->is_under_way) {
		int error = live_engine_take(daemon->engine, &fault);

		end_reload(daemon, error, &fault);
	}
	if (reload->is_wanted && !reload->is_under_way)
		begin_reload(daemon);
}

static void reload_and_reopen(struct daemon *daemon)
{
	struct fault fault = { "" };

	if (live_engine_reopen(daemon->engine, &fault) != 0)
		say("%s", fault.text);
	daemon->reload.is_wanted = true;
}

/* Turning ------------------------------------------------------------------------------------ */

static void print_statistics(struct daemon *daemon)
{
	struct live_snapshot *snapshot = malloc(sizeof(*snapshot));
	uint64_t received = 0, bypassed = 0, dropped = 0, flows = 0;

	live_engine_post_stats(daemon->engine);
	if (!snapshot)
		return;
	live_engine_snapshot(daemon->engine, snapshot);
	for (uint32_t i = 0; i < snapshot->interface_count; i++) {
		received += snapshot->interface[i].stats.received;
		bypassed += snapshot->interface[i].stats.bypassed;
		dropped += snapshot->interface[i].stats.dropped;
	}
	for (uint32_t i = 0; i < snapshot->worker_count; i++)
		flows += snapshot->worker[i].flows_live;
	say("%llu packets received, %llu bypassed, %llu dropped; %llu flows live; "
	    "%llu alerts written; generation %llu",
	    (unsigned long long)received, (unsigned long long)bypassed, (unsigned long long)dropped,
	    (unsigned long long)flows, (unsigned long long)snapshot->totals.written[EVENT_ALERT],
	    (unsigned long long)snapshot->generation);
	free(snapshot);
}

static void stop(struct daemon *daemon)
{
	if (!daemon->is_stopping)
		notify_stopping(&daemon->notify, NULL);
	daemon->is_stopping = true;
	live_engine_stop(daemon->engine);
}

static void take_signals(struct daemon *daemon)
{
	struct signalfd_siginfo info;

	while (read(daemon->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			reload_and_reopen(daemon);
		else if (info.ssi_signo == SIGUSR1)
			print_statistics(daemon);
		else
			stop(daemon);
	}
}

static void look_at_clocks(struct daemon *daemon)
{
	uint64_t now = now_ns();

	if (daemon->stats_due_ns != 0 && now >= daemon->stats_due_ns) {
		daemon->stats_due_ns = now + config_of(daemon->document)->output.stats_s * NS_PER_S;
		live_engine_post_stats(daemon->engine);
	}
	if (daemon->watchdog_due_ns != 0 && now >= daemon->watchdog_due_ns) {
		daemon->watchdog_due_ns = now + daemon->notify.watchdog_us * 1000 / 2;
		notify_watchdog(&daemon->notify);
	}
}

static void tell_link(void *context, const char *name, unsigned index, bool is_up)
{
	live_engine_link(context, name, index, is_up);
}

static void follow_links(struct daemon *daemon)
{
	const struct interfaces_follower follower = { tell_link, daemon->engine };

	if (daemon->interfaces)
		interfaces_turn(daemon->interfaces, &follower);
}

static bool turn(struct daemon *daemon)
{
	struct pollfd watch[WATCHES] = {
		[WATCH_SIGNALS] = { .fd = daemon->signals, .events = POLLIN },
		[WATCH_OVER] = { .fd = live_engine_over_fd(daemon->engine), .events = POLLIN },
		[WATCH_CONTROL] = { .fd = daemon->control ? control_fd(daemon->control) : -1,
				    .events = POLLIN },
		[WATCH_LINKS] = { .fd = daemon->interfaces ? interfaces_fd(daemon->interfaces) : -1,
				  .events = POLLIN },
		[WATCH_METRICS] = { .fd = daemon->metrics ? metrics_fd(daemon->metrics) : -1,
				    .events = POLLIN },
		[WATCH_NAT] = { .fd = conntrack_fd(daemon->conntrack), .events = POLLIN },
		[WATCH_LOADED] = { .fd = live_engine_loaded_fd(daemon->engine), .events = POLLIN },
		[WATCH_NAT_LIST] = { .fd = conntrack_list_fd(daemon->conntrack), .events = POLLIN },
	};

	poll(watch, WATCHES, daemon->control ? control_wait_ms(daemon->control, TURN_MS) : TURN_MS);
	if (watch[WATCH_SIGNALS].revents)
		take_signals(daemon);
	follow_links(daemon);
	conntrack_turn(daemon->conntrack, (uint32_t)(now_ns() / NS_PER_S));
	if (daemon->control)
		control_turn(daemon->control, now_ns());
	if (daemon->metrics)
		metrics_turn(daemon->metrics);
	turn_reload(daemon, watch[WATCH_LOADED].revents);
	look_at_clocks(daemon);
	return !watch[WATCH_OVER].revents;
}

static void start_clocks(struct daemon *daemon)
{
	start_stats_clock(daemon);
	daemon->watchdog_due_ns =
		daemon->notify.watchdog_us ? now_ns() + daemon->notify.watchdog_us * 1000 / 2 : 0;
}

static void say_listening(struct daemon *daemon)
{
	const struct config *config = config_of(daemon->first);
	size_t count = config->capture.interface_count;
	const char *const *names = config->capture.interface;

	if (daemon->interfaces)
		names = interfaces_names(daemon->interfaces, &count);
	for (size_t i = 0; i < count; i++)
		say("listening on %s", names[i]);
}

int daemon_run(struct daemon *daemon, struct fault *fault)
{
	int error = live_engine_start(daemon->engine, fault);

	if (!error) {
		if (live_engine_note(daemon->engine))
			say("note: %s", live_engine_note(daemon->engine));
		if (conntrack_note(daemon->conntrack))
			say("note: %s", conntrack_note(daemon->conntrack));
		say_listening(daemon);
		live_engine_post_coverage(daemon->engine);
		notify_ready(&daemon->notify, NULL);
		start_clocks(daemon);
		while (turn(daemon))
			;
	}
	int closing = live_engine_finish(daemon->engine, error ? &(struct fault){ "" } : fault);

	return error ? error : closing;
}
