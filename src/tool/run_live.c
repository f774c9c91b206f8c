#include "tool/run_live.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "base/units.h"
#include "run/live_engine.h"
#include "tool/command.h"
#include "tool/rules_folder.h"

_Static_assert(CONFIG_RULES_MAX <= RULES_FOLDERS_MAX, "what is configured can be asked for");

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

static bool wants_summary(const struct config *config)
{
	return !config->output.file || config->summary;
}

static void print_outcome(const struct config *config, const struct live_engine *engine)
{
	FILE *out = config->output.file && strcmp(config->output.file, "-") == 0 ? stderr : stdout;

	if (wants_summary(config))
		live_engine_print_summary(engine, out, command_colour(out));
	if (live_engine_result(engine).lossy)
		fputs("pewit: packets were dropped before pewit saw them: see stats\n", stderr);
}

static int listen_until_told(const struct config *config, struct live_engine *engine)
{
	struct fault fault = { "" };
	pthread_t waiter;
	int error = -pthread_create(&waiter, NULL, wait_for_stop, engine);

	if (error == 0)
		pthread_detach(waiter);
	if (live_engine_note(engine))
		fprintf(stderr, "pewit: note: %s\n", live_engine_note(engine));
	for (size_t i = 0; i < config->capture.interface_count; i++)
		fprintf(stderr, "pewit: listening on %s\n", config->capture.interface[i]);
	error = error ? error : live_engine_run(engine, &fault);
	if (error) {
		fprintf(stderr, "pewit: %s\n", fault.text[0] ? fault.text : strerror(-error));
		return STATUS_FAILED;
	}
	print_outcome(config, engine);
	return live_engine_result(engine).lossy ? STATUS_UNTRUSTED : STATUS_FINE;
}

static struct live_options capture_options(const struct config *config)
{
	return (struct live_options){
		.interfaces = config->capture.interface,
		.interface_count = config->capture.interface_count,
		.workers = config->capture.workers,
		.kind = config->capture.kind,
		.direction = config->capture.direction,
		.promiscuous = config->capture.promiscuous,
		.ring_bytes = config->capture.ring_mib * MIB,
		.bypass = config->bypass.flows,
		.refresh_s = config->bypass.refresh_s,
		.vxlan_ports = config->capture.vxlan_ports,
		.geneve_ports = config->capture.geneve_ports,
	};
}

static struct collector_options output_options(const struct config *config)
{
	return (struct collector_options){
		.output = config->output.file,
		.types = config->output.types,
		.fold_window_ns = config->limits.fold_window_s * NS_PER_S,
		.fold_findings = (uint32_t)config->limits.fold_findings,
		.window_keys = (uint32_t)config->limits.window_keys,
		.summary = wants_summary(config),
	};
}

static int open_engine(struct live_engine **engine, const struct config *config,
		       const struct rules_folders *folders, struct fault *fault)
{
	const struct collector_options output = output_options(config);
	const struct live_engine_options options = {
		.capture = capture_options(config),
		.map_path = config->map,
		.catalog_dir = folders->catalog,
		.tags_path = config->service_tags,
		.rules = folders->path,
		.rules_count = folders->count,
		.flow_limit = config->limits.flow_limit,
		.packet_limit = config->packet_limit,
		.output = &output,
	};

	return live_engine_open(engine, &options, fault);
}

int run_live(const struct config *config)
{
	struct rules_asked asked = { .count = config->rules_count };
	struct rules_folders folders;
	struct fault fault = { "" };
	struct live_engine *engine;

	memcpy(asked.path, config->rules, config->rules_count * sizeof(asked.path[0]));
	if (!rules_folders_find(&folders, &asked, &fault))
		return command_usage_fault("run", fault.text);
	block_signals();
	int error = open_engine(&engine, config, &folders, &fault);
	if (error) {
		fprintf(stderr, "pewit: %s\n", fault.text[0] ? fault.text : strerror(-error));
		return error == -ENOMEM ? STATUS_FAILED : STATUS_USAGE;
	}
	int status = listen_until_told(config, engine);

	live_engine_close(engine);
	return status;
}
