/* pewit explain: what pewit knows of a name or an address, and what it would say of traffic to it. */
#include <errno.h>
#include <string.h>

#include "tool/baseline_input.h"
#include "tool/command.h"
#include "tool/explanation.h"
#include "tool/options.h"

enum option_id { OPT_MAP = 1, OPT_RULES, OPT_SERVICE_TAGS, OPT_FROM, OPT_PORT, OPT_JSON };

static const struct option_row rows[] = {
	{ 0, "map", "FILE", "the expected map; without it only the catalog speaks", OPT_MAP },
	{ 0, "from", "ADDRESS",
	  "the client; without it, one address of each zone of the map\nis taken as an example",
	  OPT_FROM },
	{ 0, "port", "N", "the port; without it, what the service uses", OPT_PORT },
	{ 0, "rules", "DIR|FILE",
	  "rules, on top of pewit's own unless a catalog is with them;\nmay be given several times",
	  OPT_RULES },
	{ 0, "service-tags", "FILE", "list of service tags: says whose an address is",
	  OPT_SERVICE_TAGS },
	{ 0, "json", NULL, "print it as one JSON object", OPT_JSON },
};

static const struct option_table table = {
	.command = "explain",
	.usage = "[OPTION]... NAME [ADDRESS] | ADDRESS",
	.about = "Says what the catalog and the map know of a name or an address, and what pewit "
		 "would\n"
		 "say of traffic to it: to its private endpoint, to a public address (or the one "
		 "given),\n"
		 "and of DNS answers that lead there. The rules judge made-up traffic as they "
		 "judge real\n"
		 "traffic; the rule, its reasons and what to do are named.",
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
	.after = "Exit status: 0 explained, 1 failure at run time, 2 usage or configuration.\n\n"
		 "Examples:\n"
		 "  pewit explain contoso.openai.azure.com\n"
		 "  pewit explain --map map.json --from 10.20.1.10 contoso.openai.azure.com\n"
		 "  pewit explain --map map.json contoso.vault.azure.net 203.0.113.9\n"
		 "  pewit explain --map map.json --port 22 10.10.1.10",
};

struct arguments {
	struct lookup_files files;
	struct ip_addr from;
	bool has_from, json;
	uint16_t port;
};

static bool take_from(struct arguments *arguments, const char *text, struct fault *fault)
{
	arguments->has_from = ip_parse(text, &arguments->from);
	if (!arguments->has_from)
		fault_set(fault, "--from %s: an IPv4 or IPv6 address is needed", text);
	return arguments->has_from;
}

static bool take_port(struct arguments *arguments, const char *text, struct fault *fault)
{
	unsigned long port;

	if (!baseline_input_number("--port", text, 1, UINT16_MAX, &port, fault))
		return false;
	arguments->port = (uint16_t)port;
	return true;
}

static bool take(void *context, int id, const char *value, struct fault *fault)
{
	struct arguments *arguments = context;

	switch ((enum option_id)id) {
	case OPT_MAP:
		arguments->files.map = value;
		return true;
	case OPT_RULES:
		return rules_asked_add(&arguments->files.rules, value, fault);
	case OPT_SERVICE_TAGS:
		arguments->files.service_tags = value;
		return true;
	case OPT_FROM:
		return take_from(arguments, value, fault);
	case OPT_PORT:
		return take_port(arguments, value, fault);
	case OPT_JSON:
		arguments->json = true;
		return true;
	}
	return false;
}

/* A URL, a port behind the name, and blanks are the usual slips. */
static bool is_name(const char *text)
{
	return text[0] != '\0' && text[0] != '.' && strlen(text) <= CATALOG_NAME_MAX &&
	       strpbrk(text, "/:@?# \t*") == NULL && strstr(text, "..") == NULL;
}

static bool take_operands(int count, char **words, struct explanation_question *question,
			  struct ip_addr *address, struct fault *fault)
{
	if (count < 1 || count > 2) {
		fault_set(fault, "explain takes a name, an address, or a name and an address");
		return false;
	}
	if (ip_parse(words[count - 1], address))
		question->address = address;
	if (count == 2 && !question->address) {
		fault_set(fault, "%s: behind a name an address is expected", words[1]);
		return false;
	}
	if (question->address && count == 1)
		return true;
	question->name = words[0];
	if (is_name(words[0]) && !ip_parse(words[0], &(struct ip_addr){ { 0 } }))
		return true;
	fault_set(fault,
		  "%s: neither a host name nor an address; give the bare name, such as "
		  "contoso.openai.azure.com (a port goes with --port)",
		  words[0]);
	return false;
}

static int explain(const struct arguments *arguments, const struct lookup *lookup,
		   const struct explanation_question *question)
{
	struct explanation explanation;
	int error = explanation_make(&explanation, lookup, question);

	if (error != 0)
		fprintf(stderr, "pewit: %s\n", strerror(-error));
	else if (arguments->json)
		explanation_print_json(stdout, &explanation);
	else
		explanation_print(stdout, &explanation, command_colour(stdout));
	explanation_free(&explanation);
	return error ? STATUS_FAILED : STATUS_FINE;
}

static int run(const struct arguments *arguments, const struct explanation_question *question)
{
	struct lookup lookup;
	struct fault fault = { 0 };
	int status;
	int error = lookup_open(&lookup, &arguments->files, &fault);

	if (error != 0) {
		fprintf(stderr, "pewit: %s\n", fault.text);
		status = error == -ENOMEM ? STATUS_FAILED : STATUS_USAGE;
	} else {
		status = explain(arguments, &lookup, question);
	}
	lookup_close(&lookup);
	return command_finish(status);
}

int command_explain(int argc, char **argv)
{
	struct arguments arguments = { .port = 0 };
	struct options_reader reader = { .take = take, .context = &arguments };
	struct fault fault = { 0 };
	struct ip_addr address;

	switch (options_read(&table, argc, argv, &reader, &fault)) {
	case OPTIONS_HELP:
		options_print_help(&table, stdout);
		return command_finish(STATUS_FINE);
	case OPTIONS_FAULT:
		return command_usage_fault("explain", fault.text);
	case OPTIONS_DONE:
		break;
	}
	struct explanation_question question = { .from = arguments.has_from ? &arguments.from
									    : NULL,
						 .port = arguments.port };
	if (!take_operands(argc - reader.operands, argv + reader.operands, &question, &address,
			   &fault))
		return command_usage_fault("explain", fault.text);
	return run(&arguments, &question);
}
