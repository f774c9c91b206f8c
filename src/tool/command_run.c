/* pewit run: live traffic in, events out, until it is told to stop. */
#include "tool/command.h"
#include "tool/run_live.h"
#include "tool/run_options.h"
#include "tool/run_test.h"

static int reread(void *context, struct config_document **document, struct fault *fault)
{
	return run_options_config(context, document, fault);
}

/* The document is given. */
static int listen(struct run_options *options, struct config_document *document)
{
	const struct daemon_options daemon = { .document = document,
					       .reread = reread,
					       .context = options,
					       .version = command_version_text() };

	if (run_test_members(document))
		return run_live(&daemon);
	config_free(document);
	return STATUS_USAGE;
}

static int test(const struct config_document *document)
{
	if (!run_test_all(document))
		return STATUS_USAGE;
	puts("configuration is fine");
	return STATUS_FINE;
}

static int run(struct run_options *options, struct config_document *document)
{
	int status = STATUS_FINE;

	if (!options->dump && !options->test)
		return listen(options, document);
	if (options->dump)
		config_dump_document(document, stdout);
	else
		status = test(document);
	config_free(document);
	return status;
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
	return command_finish(run(&options, document));
}
