#include "tool/run_live.h"

#include <errno.h>
#include <string.h>

#include "tool/command.h"

struct outcome { /* what is wanted at the end; a reload may replace the configuration */
	bool summary;
	FILE *out;
};

static struct outcome wanted(const struct config *config)
{
	bool is_taken = config->output.file && strcmp(config->output.file, "-") == 0;

	return (struct outcome){ .summary = !config->output.file || config->summary,
				 .out = is_taken ? stderr : stdout };
}

static void print_outcome(const struct outcome *outcome, const struct live_engine *engine)
{
	if (outcome->summary)
		live_engine_print_summary(engine, outcome->out, command_colour(outcome->out));
	if (live_engine_result(engine).lossy)
		fputs("pewit: packets or events were lost: see stats\n", stderr);
}

static int fail(int error, const struct fault *fault, int status)
{
	fprintf(stderr, "pewit: %s\n", fault->text[0] ? fault->text : strerror(-error));
	return status;
}

int run_live(const struct daemon_options *options)
{
	const struct outcome outcome = wanted(config_of(options->document));
	struct fault fault = { "" };
	struct daemon *daemon;
	int status, error = daemon_open(&daemon, options, &fault);

	if (error)
		return fail(error, &fault, error == -ENOMEM ? STATUS_FAILED : STATUS_USAGE);
	error = daemon_run(daemon, &fault);
	if (error) {
		status = fail(error, &fault, STATUS_FAILED);
	} else {
		print_outcome(&outcome, daemon_engine(daemon));
		status = live_engine_result(daemon_engine(daemon)).lossy ? STATUS_UNTRUSTED
									 : STATUS_FINE;
	}
	daemon_close(daemon);
	return status;
}
