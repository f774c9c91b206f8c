/* pewit run: live traffic in, events out, until it is told to stop. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>

#include "base/units.h"
#include "event/event_names.h"
#include "network/conntrack.h"
#include "run/live_engine.h"
#include "tool/command.h"
#include "tool/operands.h"
#include "tool/options.h"
#include "tool/rules_folder.h"
#include "tool/settings.h"

#define RING_MIB_DEFAULT 64
#define BYPASS_DEFAULT 262144
#define REFRESH_S 5
#define TURN_MS 1000 /* of the control thread, when nothing wakes it */

enum option_id {
	OPT_INTERFACE = 1,
	OPT_CAPTURE,
	OPT_FILTER_FILE,
	OPT_MAP,
	OPT_RULES,
	OPT_SERVICE_TAGS,
	OPT_OUTPUT,
	OPT_WORKERS,
	OPT_COUNT,
	OPT_RING,
	OPT_BYPASS,
	OPT_ONLY_IN,
	OPT_NO_PROMISCUOUS,
	OPT_SUMMARY,
	OPT_SET,
};

static const struct option_row rows[] = {
	{ 'i', "interface", "NAME", "listen on NAME; may be given several times", OPT_INTERFACE },
	{ 0, "capture", "KIND", "afpacket, afxdp or pcap", OPT_CAPTURE },
	{ 'F', NULL, "FILE", "read the filter expression from FILE", OPT_FILTER_FILE },
	{ 0, "map", "FILE", "the expected map; without it nothing is judged", OPT_MAP },
	{ 0, "rules", "DIR|FILE",
	  "rules, on top of pewit's own unless a catalog is with them;\nmay be given several times",
	  OPT_RULES },
	{ 0, "service-tags", "FILE", "Microsoft's list of Azure prefixes (ServiceTags_*.json)",
	  OPT_SERVICE_TAGS },
	{ 'o', "output", "FILE", "write events to FILE as JSON Lines; - is standard output",
	  OPT_OUTPUT },
	{ 0, "workers", "N", "threads, each with a ring on each interface, 1 to 16", OPT_WORKERS },
	{ 'c', NULL, "COUNT", "stop after COUNT packets", OPT_COUNT },
	{ 0, "ring", "MIB", "memory of each ring (64)", OPT_RING },
	{ 0, "bypass", "FLOWS",
	  "flows that the kernel may count without copying them (262144); 0: none", OPT_BYPASS },
	{ 0, "only-in", NULL,
	  "only what arrives, not what this host sends: on an appliance, each\nforwarded packet once",
	  OPT_ONLY_IN },
	{ 'p', "no-promiscuous-mode", NULL, "do not put the interfaces into promiscuous mode",
	  OPT_NO_PROMISCUOUS },
	{ 0, "summary", NULL, "print a summary at the end (on standard error with -o -)",
	  OPT_SUMMARY },
	{ 0, "set", "KEY=VALUE", "change a setting; see below", OPT_SET },
};

static const struct option_table table = {
	.command = "run",
	.usage = "[OPTION]... -i NAME... [EXPRESSION]",
	.about =
		"Listens on interfaces, names every flow, holds it against the expected map, and "
		"reports\n"
		"as it happens. It only listens: the host's own traffic is not touched. Needs root, "
		"or\n"
		"CAP_NET_RAW and CAP_BPF. INT and TERM end it: what has come is processed first.\n"
		"EXPRESSION is a filter as tcpdump's, with --capture pcap.",
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
	.after =
		"Exit status: 0 fine, 1 failure at run time, 2 usage or configuration, 4 the kernel "
		"had to\n"
		"drop packets, or a limit cost something.\n\n"
		"Example:\n"
		"  pewit run -i eth0 --map map.json -o /var/log/pewit/events.jsonl\n\n"
		"Settings for --set:",
};

struct arguments {
	const char *interface[LIVE_INTERFACES_MAX];
	size_t interface_count;
	const char *map, *service_tags, *output, *filter_file;
	uint8_t kind;
	struct rules_asked rules;
	struct settings settings;
	uint64_t workers, count, ring_mib, bypass;
	bool only_in, no_promiscuous, summary;
};

static bool take_number(const char *option, const char *text, uint64_t least, uint64_t most,
			uint64_t *number, struct fault *fault)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && *number >= least &&
	    *number <= most)
		return true;
	fault_set(fault, "%s %s: a number from %llu to %llu is needed", option, text,
		  (unsigned long long)least, (unsigned long long)most);
	return false;
}

static bool take_interface(struct arguments *arguments, const char *name, struct fault *fault)
{
	if (arguments->interface_count == LIVE_INTERFACES_MAX) {
		fault_set(fault, "more than %d interfaces", LIVE_INTERFACES_MAX);
		return false;
	}
	arguments->interface[arguments->interface_count++] = name;
	return true;
}

static bool take_kind(struct arguments *arguments, const char *name, struct fault *fault)
{
	static const char *const names[] = {
		[LIVE_AFPACKET] = "afpacket", [LIVE_AFXDP] = "afxdp", [LIVE_PCAP] = "pcap"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0) {
			arguments->kind = (uint8_t)i;
			return true;
		}
	fault_set(fault, "--capture %s: afpacket, afxdp or pcap", name);
	return false;
}

static bool take(void *context, int id, const char *value, struct fault *fault)
{
	struct arguments *arguments = context;

	switch ((enum option_id)id) {
	case OPT_INTERFACE:
		return take_interface(arguments, value, fault);
	case OPT_CAPTURE:
		return take_kind(arguments, value, fault);
	case OPT_FILTER_FILE:
		arguments->filter_file = value;
		return true;
	case OPT_MAP:
		arguments->map = value;
		return true;
	case OPT_RULES:
		return rules_asked_add(&arguments->rules, value, fault);
	case OPT_SERVICE_TAGS:
		arguments->service_tags = value;
		return true;
	case OPT_OUTPUT:
		arguments->output = value;
		return true;
	case OPT_WORKERS:
		return take_number("--workers", value, 1, LIVE_WORKERS_MAX, &arguments->workers,
				   fault);
	case OPT_COUNT:
		return take_number("-c", value, 1, UINT64_MAX, &arguments->count, fault);
	case OPT_RING:
		return take_number("--ring", value, 2, 16384, &arguments->ring_mib, fault);
	case OPT_BYPASS:
		return take_number("--bypass", value, 0, 1 << 24, &arguments->bypass, fault);
	case OPT_ONLY_IN:
		arguments->only_in = true;
		return true;
	case OPT_NO_PROMISCUOUS:
		arguments->no_promiscuous = true;
		return true;
	case OPT_SUMMARY:
		arguments->summary = true;
		return true;
	case OPT_SET:
		return settings_set(&arguments->settings, value, fault);
	}
	return false;
}

/* What the control thread looks after until it is told to stop. */
struct control {
	struct live_engine *engine;
	struct conntrack *conntrack;
	int signals; /* readable when a signal has come */
};

static uint32_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint32_t)now.tv_sec;
}

/* Signals are taken by one thread, which may do what a handler may not. */
static void *control(void *context)
{
	struct control *control = context;
	struct pollfd waiting[] = {
		{ .fd = control->signals, .events = POLLIN },
		{ .fd = conntrack_fd(control->conntrack), .events = POLLIN },
	};

	while (!(waiting[0].revents & POLLIN)) {
		poll(waiting, sizeof(waiting) / sizeof(waiting[0]), TURN_MS);
		conntrack_turn(control->conntrack, now_s());
	}
	live_engine_stop(control->engine);
	return NULL;
}

/* Blocks the signals that end the run in all threads to come, for the control thread to read. */
static int take_signals(void)
{
	sigset_t wanted;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &wanted, NULL);
	return signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void print_outcome(const struct arguments *arguments, const struct live_engine *engine)
{
	FILE *out = arguments->output && strcmp(arguments->output, "-") == 0 ? stderr : stdout;

	if (!arguments->output || arguments->summary)
		live_engine_print_summary(engine, out, command_colour(out));
	if (live_engine_result(engine).lossy)
		fputs("pewit: packets were dropped before pewit saw them: see stats\n", stderr);
}

static void print_beginning(const struct arguments *arguments, const struct control *with)
{
	const char *const notes[] = { live_engine_note(with->engine),
				      conntrack_note(with->conntrack) };

	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		if (notes[i])
			fprintf(stderr, "pewit: note: %s\n", notes[i]);
	for (size_t i = 0; i < arguments->interface_count; i++)
		fprintf(stderr, "pewit: listening on %s\n", arguments->interface[i]);
}

static int listen_until_told(const struct arguments *arguments, struct control *with)
{
	struct live_engine *engine = with->engine;
	struct fault fault = { "" };
	pthread_t thread;
	int error = with->signals < 0 ? -EMFILE : -pthread_create(&thread, NULL, control, with);

	print_beginning(arguments, with);
	if (!error) {
		error = live_engine_run(engine, &fault);
		pthread_kill(thread, SIGTERM); /* the run may have ended by itself: -c */
		pthread_join(thread, NULL);
	}
	if (error) {
		fprintf(stderr, "pewit: %s\n", fault.text[0] ? fault.text : strerror(-error));
		return STATUS_FAILED;
	}
	print_outcome(arguments, engine);
	return live_engine_result(engine).lossy ? STATUS_UNTRUSTED : STATUS_FINE;
}

static int run(const struct arguments *arguments, const char *filter)
{
	struct rules_folders folders;
	struct fault fault = { "" };
	struct control control = { .signals = take_signals() };
	const struct collector_options output = {
		.output = arguments->output,
		.types = (1u << EVENT_TYPES) - 1,
		.fold_window_ns = arguments->settings.fold_window_s * NS_PER_S,
		.fold_findings = (uint32_t)arguments->settings.fold_findings,
		.window_keys = (uint32_t)arguments->settings.window_keys,
		.summary = !arguments->output || arguments->summary,
	};
	struct live_engine_options options = {
		.capture = { .interfaces = arguments->interface,
			     .interface_count = arguments->interface_count,
			     .workers = (uint32_t)arguments->workers,
			     .kind = arguments->kind,
			     .filter = filter,
			     .direction = arguments->only_in ? LIVE_IN : LIVE_BOTH,
			     .promiscuous = !arguments->no_promiscuous,
			     .ring_bytes = arguments->ring_mib * MIB,
			     .bypass = (uint32_t)arguments->bypass,
			     .refresh_s = REFRESH_S },
		.map_path = arguments->map,
		.tags_path = arguments->service_tags,
		.flow_limit = arguments->settings.flow_limit,
		.packet_limit = arguments->count,
		.output = &output,
	};

	if (!rules_folders_find(&folders, &arguments->rules, &fault))
		return command_usage_fault("run", fault.text);
	options.catalog_dir = folders.catalog;
	options.rules = folders.path;
	options.rules_count = folders.count;
	int error = conntrack_open(&control.conntrack, CONNTRACK_ENTRIES, now_s());

	options.conntrack = control.conntrack;
	error = error ? error : live_engine_open(&control.engine, &options, &fault);
	if (error) {
		conntrack_close(control.conntrack);
		fprintf(stderr, "pewit: %s\n", fault.text[0] ? fault.text : strerror(-error));
		return error == -ENOMEM ? STATUS_FAILED : STATUS_USAGE;
	}
	int status = listen_until_told(arguments, &control);

	live_engine_close(control.engine);
	conntrack_close(control.conntrack);
	return command_finish(status);
}

int command_run(int argc, char **argv)
{
	struct arguments arguments = { .settings = settings_default(),
				       .workers = 1,
				       .ring_mib = RING_MIB_DEFAULT,
				       .bypass = BYPASS_DEFAULT };
	struct options_reader reader = { .take = take, .context = &arguments };
	struct fault fault = { "" };

	switch (options_read(&table, argc, argv, &reader, &fault)) {
	case OPTIONS_HELP:
		options_print_help(&table, stdout);
		settings_print(stdout);
		return command_finish(STATUS_FINE);
	case OPTIONS_FAULT:
		return command_usage_fault("run", fault.text);
	case OPTIONS_DONE:
		break;
	}
	if (arguments.interface_count == 0)
		return command_usage_fault("run", "name an interface with -i: ip link lists them");
	/* As with -r of replay: there are sources already, all operands are the expression. */
	const char *source = "-";
	struct operands operands = { 0 };
	const struct operands_given given = { .words = argv + reader.operands,
					      .word_count = (size_t)(argc - reader.operands),
					      .read = &source,
					      .read_count = 1,
					      .filter_file = arguments.filter_file };
	int status = operands_split(&operands, &given, &fault)
			     ? run(&arguments, operands.filter)
			     : command_usage_fault("run", fault.text);

	operands_free(&operands);
	return status;
}
