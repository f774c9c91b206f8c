#include "tool/run_options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tool/operands.h"

#define LOG_NAME "events.jsonl"

enum option_id {
	OPT_CONFIG = 1,
	OPT_TEST,
	OPT_DUMP,
	OPT_INTERFACE,
	OPT_CAPTURE,
	OPT_ONLY_IN,
	OPT_NO_PROMISCUOUS,
	OPT_FILTER_FILE,
	OPT_WORKERS,
	OPT_RING,
	OPT_BYPASS,
	OPT_COUNT,
	OPT_MAP,
	OPT_RULES,
	OPT_SERVICE_TAGS,
	OPT_VANTAGE,
	OPT_OUTPUT,
	OPT_LOG_FOLDER,
	OPT_EVENTS,
	OPT_SUMMARY,
	OPT_USER,
	OPT_NO_CONFINE,
	OPT_CONTROL,
	OPT_TAKE_FRAMES,
	OPT_METRICS,
	OPT_SET,
};

static const struct option_row rows[] = {
	{ 'c', "config", "FILE", "the configuration; every *.json of conf.d beside it goes over it",
	  OPT_CONFIG },
	{ 'T', "test-config", NULL,
	  "say what is wrong with the configuration and with all that it names,\nand end",
	  OPT_TEST },
	{ 0, "dump-config", NULL,
	  "print the whole of the configuration as JSON, with where each member\nwas set, and end",
	  OPT_DUMP },
	{ 'i', "interface", "NAME", "listen on NAME; may be given several times", OPT_INTERFACE },
	{ 0, "capture", "KIND", "afpacket, afxdp (mirror ports: it takes the frames) or pcap",
	  OPT_CAPTURE },
	{ 0, "take-frames", NULL,
	  "afxdp even on an interface with an address, or that forwards: it goes deaf",
	  OPT_TAKE_FRAMES },
	{ 0, "only-in", NULL,
	  "only what arrives, not what this host sends: on an appliance, each\nforwarded packet once",
	  OPT_ONLY_IN },
	{ 'p', "no-promiscuous-mode", NULL, "do not put the interfaces into promiscuous mode",
	  OPT_NO_PROMISCUOUS },
	{ 'F', NULL, "FILE", "read the filter expression from FILE", OPT_FILTER_FILE },
	{ 0, "workers", "N", "threads, each with a ring on each interface, 1 to 16", OPT_WORKERS },
	{ 0, "ring", "MIB", "memory of each ring (64)", OPT_RING },
	{ 0, "bypass", "FLOWS",
	  "flows that the kernel may count without copying them (262144); 0: none", OPT_BYPASS },
	{ 0, "count", "N", "stop after N packets", OPT_COUNT },
	{ 0, "map", "FILE", "the expected map; without it nothing is judged", OPT_MAP },
	{ 0, "rules", "DIR|FILE",
	  "rules, on top of pewit's own unless a catalog is with them;\nmay be given several times",
	  OPT_RULES },
	{ 0, "service-tags", "FILE", "Microsoft's list of Azure prefixes (ServiceTags_*.json)",
	  OPT_SERVICE_TAGS },
	{ 0, "vantage", "WHERE", "where this is: host, nva or mirror; auto: as it looks",
	  OPT_VANTAGE },
	{ 'o', "output", "FILE", "write events to FILE as JSON Lines; - is standard output",
	  OPT_OUTPUT },
	{ 'l', NULL, "DIR", "write events to DIR/" LOG_NAME, OPT_LOG_FOLDER },
	{ 0, "events", "TYPE,...", "write only these types of events", OPT_EVENTS },
	{ 0, "summary", NULL, "print a summary at the end (on standard error with -o -)",
	  OPT_SUMMARY },
	{ 0, "user", "NAME", "become NAME before the first packet is read", OPT_USER },
	{ 0, "no-confine", NULL, "keep user, system calls and files: for finding faults",
	  OPT_NO_CONFINE },
	{ 0, "control", "PATH", "answer pewit status, flows, reload and top on this socket",
	  OPT_CONTROL },
	{ 0, "metrics", "LISTEN", "Prometheus' metrics on 127.0.0.1:9109, [::1]:9109 or unix:/PATH",
	  OPT_METRICS },
	{ 0, "set", "KEY=VALUE", "set a member of the configuration; see below", OPT_SET },
};

static const struct option_table table = {
	.command = "run",
	.usage = "[OPTION]... [-c FILE] [-i NAME]... [EXPRESSION]",
	.about =
		"Listens on interfaces, names every flow, holds it against the expected map, and "
		"reports\n"
		"as it happens. It only listens: the host's own traffic is not touched. Needs root, "
		"or\n"
		"CAP_NET_RAW, and CAP_BPF and CAP_PERFMON to count flows in the kernel. INT and TERM\n"
		"end it: what has come is processed first.\n"
		"EXPRESSION is a filter as tcpdump's, with --capture pcap.",
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
	.after =
		"Exit status: 0 fine, 1 failure at run time, 2 usage or configuration, 4 the kernel "
		"had to\n"
		"drop packets, or a limit cost something.\n\n"
		"Example:\n"
		"  pewit run -i eth0 --map map.json -o /var/log/pewit/events.jsonl\n"
		"  pewit run -T -c /etc/pewit/pewit.json\n\n"
		"Members of the configuration, for --set (docs/configuration.md says more):",
};

/* What an option sets: the member that its value goes to, or "KEY=VALUE". */
static const struct {
	uint8_t id;
	const char *option, *key, *assignment;
} meanings[] = {
	{ OPT_INTERFACE, "-i", "capture.interfaces", NULL },
	{ OPT_CAPTURE, "--capture", "capture.kind", NULL },
	{ OPT_ONLY_IN, "--only-in", NULL, "capture.direction=in" },
	{ OPT_TAKE_FRAMES, "--take-frames", NULL, "capture.take_frames=true" },
	{ OPT_NO_PROMISCUOUS, "-p", NULL, "capture.promiscuous=false" },
	{ OPT_WORKERS, "--workers", "capture.workers", NULL },
	{ OPT_RING, "--ring", "capture.ring_mib", NULL },
	{ OPT_BYPASS, "--bypass", "bypass.flows", NULL },
	{ OPT_COUNT, "--count", "capture.packets", NULL },
	{ OPT_MAP, "--map", "map", NULL },
	{ OPT_RULES, "--rules", "rules", NULL },
	{ OPT_SERVICE_TAGS, "--service-tags", "service_tags", NULL },
	{ OPT_VANTAGE, "--vantage", "vantage", NULL },
	{ OPT_OUTPUT, "-o", "output.file", NULL },
	{ OPT_EVENTS, "--events", "output.types", NULL },
	{ OPT_SUMMARY, "--summary", NULL, "summary=true" },
	{ OPT_CONTROL, "--control", "control.path", NULL },
	{ OPT_METRICS, "--metrics", "metrics.listen", NULL },
	{ OPT_USER, "--user", "privileges.user", NULL },
	{ OPT_NO_CONFINE, "--no-confine", NULL, "privileges.user=" },
	{ OPT_NO_CONFINE, "--no-confine", NULL, "privileges.group=" },
	{ OPT_NO_CONFINE, "--no-confine", NULL, "privileges.seccomp=false" },
	{ OPT_NO_CONFINE, "--no-confine", NULL, "privileges.landlock=false" },
};

/* What says which files there are: all else goes over them, wherever it stands. */
static bool take_first(void *context, int id, const char *value, struct fault *fault)
{
	struct run_options *options = context;

	(void)fault;
	switch (id) {
	case OPT_CONFIG:
		options->config = value;
		break;
	case OPT_TEST:
		options->test = true;
		break;
	case OPT_DUMP:
		options->dump = true;
		break;
	case OPT_FILTER_FILE:
		options->filter_file = value;
		break;
	default:
		break;
	}
	return true;
}

enum options_outcome run_options_read(struct run_options *options, int argc, char **argv,
				      struct fault *fault)
{
	struct options_reader reader = { .take = take_first, .context = options };

	*options = (struct run_options){ .argc = argc, .argv = argv };
	return options_read(&table, argc, argv, &reader, fault);
}

void run_options_help(FILE *out)
{
	options_print_help(&table, out);
	config_print_keys(out);
}

static bool take_log_folder(struct config_document *document, const char *folder,
			    struct fault *fault)
{
	char *path = NULL;

	if (asprintf(&path, "%s/" LOG_NAME, folder) < 0) {
		fault_set(fault, "-l: not enough memory");
		return false;
	}
	bool fine = config_set(document, "-l", "output.file", path, fault);
	free(path);
	return fine;
}

static bool take_member(void *context, int id, const char *value, struct fault *fault)
{
	struct config_document *document = context;
	bool fine = true;

	if (id == OPT_SET)
		return config_assign(document, "--set", value, fault);
	if (id == OPT_LOG_FOLDER)
		return take_log_folder(document, value, fault);
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]) && fine; i++) {
		if (meanings[i].id != id)
			continue;
		fine = meanings[i].key ? config_set(document, meanings[i].option, meanings[i].key,
						    value, fault)
				       : config_assign(document, meanings[i].option,
						       meanings[i].assignment, fault);
	}
	return fine;
}

/* An expression from a file has lines; to libpcap they are blanks. */
static void put_on_one_line(char *expression)
{
	size_t length = strlen(expression);

	while (length != 0 && isspace((unsigned char)expression[length - 1]))
		expression[--length] = '\0';
	for (char *at = expression; *at != '\0'; at++)
		if (isspace((unsigned char)*at))
			*at = ' ';
}

/* All operands are the expression, as those of tcpdump. */
static bool take_expression(const struct run_options *options, int operands,
			    struct config_document *document, struct fault *fault)
{
	const char *read = "-"; /* stands for the interfaces: there are sources already */
	const struct operands_given given = { .words = options->argv + operands,
					      .word_count = (size_t)(options->argc - operands),
					      .read = &read,
					      .read_count = 1,
					      .filter_file = options->filter_file };
	struct operands split = { .filter = NULL };
	bool fine = operands_split(&split, &given, fault);

	if (fine && split.filter) {
		put_on_one_line(split.filter);
		fine = config_set(document, "EXPRESSION", "capture.filter", split.filter, fault);
	}
	operands_free(&split);
	return fine;
}

int run_options_config(const struct run_options *options, struct config_document **document,
		       struct fault *fault)
{
	struct options_reader reader = { .take = take_member };
	int error = config_read(document, options->config, fault);

	if (error)
		return error;
	reader.context = *document;
	if (options_read(&table, options->argc, options->argv, &reader, fault) == OPTIONS_DONE &&
	    take_expression(options, reader.operands, *document, fault))
		return 0;
	config_free(*document);
	*document = NULL;
	return -EINVAL;
}
