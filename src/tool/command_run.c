/* pewit run: live traffic in, events out, until it is told to stop. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "event/event_names.h"
#include "run/interfaces.h"
#include "run/live_engine.h"
#include "tool/command.h"
#include "tool/options.h"
#include "tool/rules_folder.h"
#include "tool/settings.h"

#define RING_MIB_DEFAULT 64
#define BYPASS_DEFAULT 262144
#define REFRESH_S 5
#define TURN_MS 100

enum option_id {
	OPT_INTERFACE = 1,
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
	.usage = "[OPTION]... -i NAME...",
	.about =
		"Listens on interfaces, names every flow, holds it against the expected map, and "
		"reports\n"
		"as it happens. It only listens: the host's own traffic is not touched. Needs root, "
		"or\n"
		"CAP_NET_RAW and CAP_BPF. INT and TERM end it: what has come is processed first.",
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
	const char *map, *service_tags, *output;
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

static bool take(void *context, int id, const char *value, struct fault *fault)
{
	struct arguments *arguments = context;

	switch ((enum option_id)id) {
	case OPT_INTERFACE:
		return take_interface(arguments, value, fault);
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

/* Signals are taken by one thread, which may do what a handler may not. */
static void *wait_for_stop(void *context)
{
	sigset_t wanted;
	int signal;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGTERM);
	sigwait(&wanted, &signal);
	live_engine_stop(context);
	return NULL;
}

static void block_signals(void)
{
	sigset_t wanted;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &wanted, NULL);
}

static void print_outcome(const struct arguments *arguments, const struct live_engine *engine)
{
	FILE *out = arguments->output && strcmp(arguments->output, "-") == 0 ? stderr : stdout;

	if (!arguments->output || arguments->summary)
		live_engine_print_summary(engine, out, command_colour(out));
	if (live_engine_result(engine).lossy)
		fputs("pewit: packets were dropped before pewit saw them: see stats\n", stderr);
}

static void say_note(void *context, const char *sentence)
{
	(void)context;
	fprintf(stderr, "pewit: note: %s\n", sentence);
}

static void follow_link(void *context, const char *name, unsigned index, bool is_up)
{
	live_engine_link(context, name, index, is_up);
}

struct watch {
	struct interfaces *interfaces;
	struct live_engine *engine;
	bool is_over; /* atomic */
};

static void *watch_links(void *context)
{
	struct watch *watch = context;
	const struct interfaces_follower follower = { follow_link, watch->engine };

	while (!__atomic_load_n(&watch->is_over, __ATOMIC_ACQUIRE)) {
		struct pollfd changes = { interfaces_fd(watch->interfaces), POLLIN, 0 };

		interfaces_turn(watch->interfaces, &follower);
		poll(&changes, 1, TURN_MS);
	}
	return NULL;
}

static int run_and_watch(struct live_engine *engine, struct interfaces *interfaces,
			 struct fault *fault)
{
	struct watch watch = { .interfaces = interfaces, .engine = engine };
	pthread_t watcher;
	int error = -pthread_create(&watcher, NULL, watch_links, &watch);

	if (error)
		return error;
	error = live_engine_run(engine, fault);
	__atomic_store_n(&watch.is_over, true, __ATOMIC_RELEASE);
	pthread_join(watcher, NULL);
	return error;
}

static int listen_until_told(const struct arguments *arguments, struct live_engine *engine,
			     struct interfaces *interfaces)
{
	struct fault fault = { "" };
	pthread_t waiter;
	int error = -pthread_create(&waiter, NULL, wait_for_stop, engine);

	if (error == 0)
		pthread_detach(waiter);
	if (live_engine_note(engine))
		fprintf(stderr, "pewit: note: %s\n", live_engine_note(engine));
	size_t count;
	const char *const *names = interfaces_names(interfaces, &count);

	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "pewit: listening on %s\n", names[i]);
	error = error ? error : run_and_watch(engine, interfaces, &fault);
	if (error) {
		fprintf(stderr, "pewit: %s\n", fault.text[0] ? fault.text : strerror(-error));
		return STATUS_FAILED;
	}
	print_outcome(arguments, engine);
	return live_engine_result(engine).lossy ? STATUS_UNTRUSTED : STATUS_FINE;
}

static int run(const struct arguments *arguments)
{
	struct rules_folders folders;
	struct fault fault = { "" };
	struct live_engine *engine;
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
			     .kind = LIVE_AFPACKET,
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
	block_signals();
	const struct interfaces_options asked = { .names = arguments->interface,
						  .count = arguments->interface_count };
	const struct interfaces_say say = { say_note, NULL };
	struct interfaces *interfaces;
	int error = interfaces_open(&interfaces, &asked, &say, &fault);

	if (!error) {
		options.capture.interfaces =
			interfaces_names(interfaces, &options.capture.interface_count);
		error = live_engine_open(&engine, &options, &fault);
	}
	if (error) {
		interfaces_close(interfaces);
		fprintf(stderr, "pewit: %s\n", fault.text[0] ? fault.text : strerror(-error));
		return error == -ENOMEM ? STATUS_FAILED : STATUS_USAGE;
	}
	int status = listen_until_told(arguments, engine, interfaces);

	live_engine_close(engine);
	interfaces_close(interfaces);
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
	if (reader.operands != argc)
		return command_usage_fault("run", "run takes no operands: name interfaces with -i");
	if (arguments.interface_count == 0)
		return command_usage_fault("run", "name an interface with -i: ip link lists them");
	return run(&arguments);
}
