#include "tool/run_test.h"

#include <errno.h>
#include <grp.h>
#include <net/if.h>
#include <pwd.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "tool/lookup.h"

static void hear(void *context, enum config_finding finding, const char *sentence)
{
	(void)context;
	fprintf(stderr, "pewit: %s%s\n", finding == CONFIG_NOTE ? "note: " : "", sentence);
}

static bool wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

static bool wrong(const char *format, ...)
{
	va_list arguments;

	fputs("pewit: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	putc('\n', stderr);
	return false;
}

bool run_test_members(const struct config_document *document)
{
	const struct config_machine machine = config_machine();

	return config_check(document, &machine, hear, NULL) == 0;
}

static bool test_knowledge(const struct config *config)
{
	struct lookup_files files = { .map = config->map,
				      .service_tags = config->service_tags,
				      .rules = { .count = config->rules_count } };
	struct lookup lookup;
	struct fault fault = { "" };

	memcpy(files.rules.path, config->rules, config->rules_count * sizeof(files.rules.path[0]));
	int error = lookup_open(&lookup, &files, &fault);
	lookup_close(&lookup);
	return error == 0 || wrong("%s", fault.text);
}

/* libpcap knows devices that are no interfaces. */
static bool test_interfaces(const struct config *config)
{
	bool fine = true;

	if (config->capture.kind == LIVE_PCAP || config->capture.wait_for_interfaces)
		return true;
	for (size_t i = 0; i < config->capture.interface_count; i++)
		if (if_nametoindex(config->capture.interface[i]) == 0)
			fine = wrong("there is no interface \"%s\": ip link lists them; set "
				     "capture.wait_for_interfaces if it comes later",
				     config->capture.interface[i]);
	return fine;
}

static bool test_account(const struct config *config)
{
	const char *user = config->privileges.user, *group = config->privileges.group;
	bool fine = true;

	if (user && !getpwnam(user))
		fine = wrong("privileges.user: there is no user \"%s\"; systemd-sysusers makes it "
			     "from pewit.sysusers, or name another",
			     user);
	if (group && !getgrnam(group))
		fine = wrong("privileges.group: there is no group \"%s\"", group);
	return fine;
}

static bool test_folder(const char *key, const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	char folder[PATH_MAX];

	if (!slash || slash == path || (size_t)(slash - path) >= sizeof(folder))
		return true;
	memcpy(folder, path, (size_t)(slash - path));
	folder[slash - path] = '\0';
	return access(folder, X_OK) == 0 || wrong("%s: %s: %s", key, folder, strerror(errno));
}

bool run_test_all(const struct config_document *document)
{
	const struct config *config = config_of(document);
	bool fine = run_test_members(document);

	fine = test_interfaces(config) && fine;
	fine = test_account(config) && fine;
	fine = test_folder("output.file", config->output.file) && fine;
	fine = test_folder("control.path", config->control.path) && fine;
	return test_knowledge(config) && fine;
}
