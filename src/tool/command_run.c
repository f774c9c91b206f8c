/* pewit run: live traffic in, events out, until it is told to stop. */
#include "tool/command.h"
#include "tool/run_live.h"
#include "tool/run_options.h"
#include "tool/run_test.h"

static int run(const struct run_options *options, const struct config_document *document)
{
	if (options->dump) {
		config_dump_document(document, stdout);
		return STATUS_FINE;
	}
	if (options->test) {
		if (!run_test_all(document))
			return STATUS_USAGE;
		puts("configuration is fine");
		return STATUS_FINE;
	}
	if (!run_test_members(document))
		return STATUS_USAGE;
	return run_live(config_of(document));
}

int command_run(int argc, char **argv)
{
	struct run_options options;
	struct config_document *document;
	struct fault fault = { "" };

	switch (run_options_read(&options, argc, argv, &fault)) {
	case OPTIONS_HELP:
		run_options_help(stdout);
		return command_finish(STATUS_FINE);
	case OPTIONS_FAULT:
		return command_usage_fault("run", fault.text);
	case OPTIONS_DONE:
		break;
	}
	if (run_options_config(&options, &document, &fault) != 0) {
		fprintf(stderr, "pewit: %s\n", fault.text);
		return STATUS_USAGE;
	}
	int status = run(&options, document);

	config_free(document);
	return command_finish(status);
}
