/* pewit map fetch: what Azure knows of the network, in a file for `pewit map build`. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file_text.h"
#include "base/spelling.h"
#include "import/fetch.h"
#include "tool/command.h"
#include "tool/options.h"

#define TIME_LIMIT_S 600
#define TIME_LIMIT_MOST_S 86400
#define IMDS "http://169.254.169.254"

enum option_id {
	OPT_OUTPUT = 1,
	OPT_SUBSCRIPTION,
	OPT_GROUP,
	OPT_CLIENT_ID,
	OPT_CLOUD,
	OPT_ARM,
	OPT_IMDS,
	OPT_CA,
	OPT_TIME_LIMIT
};

static const struct option_row rows[] = {
	{ 'o', NULL, "FILE", "write to FILE (default: -, standard output)", OPT_OUTPUT },
	{ 0, "subscription", "ID", "ask for this subscription; may be given again",
	  OPT_SUBSCRIPTION },
	{ 0, "management-group", "ID", "ask for this management group; may be given again",
	  OPT_GROUP },
	{ 0, "client-id", "ID", "use the user-assigned identity with this client id",
	  OPT_CLIENT_ID },
	{ 0, "cloud", "NAME", "public (default), gov or china", OPT_CLOUD },
	{ 0, "arm", "URL", "ask this address in place of the cloud's Azure Resource Manager",
	  OPT_ARM },
	{ 0, "imds", "URL", "get the token here (default: " IMDS ")", OPT_IMDS },
	{ 0, "ca", "FILE", "trust the certificates in FILE, and no others", OPT_CA },
	{ 0, "time-limit", "SECONDS", "give up after so long (default: 600)", OPT_TIME_LIMIT },
};

static const struct option_table table = {
	.command = "map fetch",
	.usage = "[OPTION]...",
	.about =
		"Asks Azure Resource Graph for networks, private endpoints, private DNS and the\n"
		"resources behind them, with the managed identity of this host. It reads only: the\n"
		"Reader role is enough. Subscriptions or management groups bound it, one or the\n"
		"other; without both it is all that the identity may read.",
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
	.after =
		"What it writes is {\"data\": [ROW, ...]}, each row a resource as Azure has it, for\n"
		"pewit map build. The token is never written.\n\n"
		"Exit status: 0 all rows are there, 1 they are not: nothing is written, 2 usage.\n\n"
		"Example:\n"
		"  pewit map fetch -o azure.json --subscription 00000000-0000-0000-0000-000000000000",
};

static const struct cloud {
	const char *name, *arm;
} clouds[] = {
	{ "public", "https://management.azure.com" },
	{ "gov", "https://management.usgovcloudapi.net" },
	{ "china", "https://management.chinacloudapi.cn" },
};
enum { CLOUDS = sizeof(clouds) / sizeof(clouds[0]) };

struct wanted {
	struct fetch_settings settings;
	const char *output;
	const char **subscriptions, **groups; /* room for argc each */
};

static bool take_cloud(struct wanted *wanted, const char *name, struct fault *fault)
{
	const char *names[CLOUDS], *nearest;

	for (int i = 0; i < CLOUDS; i++) {
		names[i] = clouds[i].name;
		if (strcmp(names[i], name) == 0) {
			wanted->settings.audience = clouds[i].arm;
			return true;
		}
	}
	nearest = spelling_nearest(name, names, CLOUDS);
	fault_set(fault, "no cloud is named %.40s; %s%s%s", name, nearest ? "did you mean " : "",
		  nearest ? nearest : "write public, gov or china", nearest ? "?" : "");
	return false;
}

static bool take_time_limit(struct wanted *wanted, const char *value, struct fault *fault)
{
	char *end;
	unsigned long seconds = strtoul(value, &end, 10);

	if (*value < '0' || *value > '9' || *end != '\0' || seconds < 1 ||
	    seconds > TIME_LIMIT_MOST_S) {
		fault_set(fault, "--time-limit %.40s: give seconds, 1 to %d", value,
			  TIME_LIMIT_MOST_S);
		return false;
	}
	wanted->settings.time_limit_s = (uint32_t)seconds;
	return true;
}

static bool take(void *context, int id, const char *value, struct fault *fault)
{
	struct wanted *wanted = context;
	struct fetch_settings *settings = &wanted->settings;

	switch ((enum option_id)id) {
	case OPT_OUTPUT:
		wanted->output = value;
		return true;
	case OPT_SUBSCRIPTION:
		wanted->subscriptions[settings->subscription_count++] = value;
		return true;
	case OPT_GROUP:
		wanted->groups[settings->group_count++] = value;
		return true;
	case OPT_CLIENT_ID:
		settings->client_id = value;
		return true;
	case OPT_CLOUD:
		return take_cloud(wanted, value, fault);
	case OPT_ARM:
		settings->arm = value;
		return true;
	case OPT_IMDS:
		settings->imds = value;
		return true;
	case OPT_CA:
		settings->ca = value;
		return true;
	case OPT_TIME_LIMIT:
		return take_time_limit(wanted, value, fault);
	}
	return false;
}

/* Only what is whole is written: map build must not take half a subscription for all of it. */
static int write_rows(const char *path, const char *text, size_t length)
{
	int error;

	if (strcmp(path, "-") == 0) {
		fwrite(text, 1, length, stdout);
		return command_finish(STATUS_FINE);
	}
	error = file_text_write(path, text, length);
	if (error == 0)
		return STATUS_FINE;
	fprintf(stderr, "pewit: %s: %s\n", path, strerror(-error));
	return STATUS_FAILED;
}

static int fetch(const struct wanted *wanted)
{
	struct fault fault = { "" };
	struct fetch_totals totals;
	size_t length;
	char *text;
	int error = fetch_rows(&wanted->settings, &text, &length, &totals, &fault);
	int status;

	if (error != 0) {
		fprintf(stderr, "pewit: %s\n", fault.text[0] ? fault.text : strerror(-error));
		return STATUS_FAILED;
	}
	status = write_rows(wanted->output, text, length);
	free(text);
	if (status == STATUS_FINE)
		fprintf(stderr, "pewit: %zu rows in %zu pages\n", totals.rows, totals.pages);
	return status;
}

static bool check_scope(const struct fetch_settings *settings, struct fault *fault)
{
	if (settings->subscription_count > 0 && settings->group_count > 0)
		fault_set(fault, "give subscriptions or management groups, not both");
	else if (settings->subscription_count > FETCH_SUBSCRIPTIONS_MAX)
		fault_set(fault, "more than %d subscriptions; fetch them in parts",
			  FETCH_SUBSCRIPTIONS_MAX);
	else if (settings->group_count > FETCH_GROUPS_MAX)
		fault_set(fault, "more than %d management groups; fetch them in parts",
			  FETCH_GROUPS_MAX);
	else
		return true;
	return false;
}

static int run(struct wanted *wanted, int argc, char **argv)
{
	struct options_reader reader = { .take = take, .context = wanted };
	struct fault fault = { "" };

	switch (options_read(&table, argc, argv, &reader, &fault)) {
	case OPTIONS_HELP:
		options_print_help(&table, stdout);
		return command_finish(STATUS_FINE);
	case OPTIONS_FAULT:
		return command_usage_fault("map fetch", fault.text);
	case OPTIONS_DONE:
		break;
	}
	if (reader.operands != argc)
		return command_usage_fault("map fetch", "map fetch takes no operands");
	if (!check_scope(&wanted->settings, &fault))
		return command_usage_fault("map fetch", fault.text);
	if (!wanted->settings.arm)
		wanted->settings.arm = wanted->settings.audience;
	return fetch(wanted);
}

int command_map_fetch(int argc, char **argv)
{
	struct wanted wanted = { .output = "-" };
	int status = STATUS_FAILED;

	wanted.subscriptions = calloc((size_t)argc, sizeof(*wanted.subscriptions));
	wanted.groups = calloc((size_t)argc, sizeof(*wanted.groups));
	wanted.settings = (struct fetch_settings){ .audience = clouds[0].arm,
						   .imds = IMDS,
						   .subscriptions = wanted.subscriptions,
						   .groups = wanted.groups,
						   .time_limit_s = TIME_LIMIT_S };
	if (wanted.subscriptions && wanted.groups)
		status = run(&wanted, argc, argv);
	free(wanted.subscriptions);
	free(wanted.groups);
	return status;
}
