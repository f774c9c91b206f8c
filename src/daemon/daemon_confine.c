#include "daemon/daemon_confine.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ZONES "/usr/share/zoneinfo" /* schedules of rules name them */

/* The configuration itself, and conf.d beside it. */
static bool grant_configuration(struct daemon_confine *confine, const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	int length = snprintf(confine->folder, sizeof(confine->folder), "%.*sconf.d",
			      slash ? (int)(slash + 1 - path) : 0, slash ? path : "");

	return !path || (length < (int)sizeof(confine->folder) &&
			 grant_add(&confine->grants, GRANT_READ_FILE, path) &&
			 grant_add(&confine->grants, GRANT_READ_TREE, confine->folder));
}

/* The path in "unix:PATH", or NULL. */
static const char *socket_of(const char *listen)
{
	static const char prefix[] = "unix:";

	return listen && strncmp(listen, prefix, sizeof(prefix) - 1) == 0
		       ? listen + sizeof(prefix) - 1
		       : NULL;
}

static bool fill(struct daemon_confine *confine, const struct config *config,
		 const struct rules_folders *folders)
{
	struct grant_table *grants = &confine->grants;
	bool fits = grant_configuration(confine, config->path) &&
		    grant_add(grants, GRANT_PACKET_SOCKET, NULL) &&
		    grant_add(grants, GRANT_CONNTRACK_LIST, NULL) &&
		    grant_add(grants, GRANT_READ_FILE, config->map) &&
		    grant_add(grants, GRANT_READ_FILE, config->service_tags) &&
		    grant_add(grants, GRANT_READ_TREE, folders->catalog) &&
		    grant_add(grants, GRANT_READ_TREE, ZONES) &&
		    grant_add(grants, GRANT_APPEND_FILE, config->output.file) &&
		    grant_add(grants, GRANT_REMOVE_FILE, config->control.path) &&
		    grant_add(grants, GRANT_REMOVE_FILE, socket_of(config->metrics.listen));

	for (size_t i = 0; i < folders->count && fits; i++)
		fits = grant_add(grants, GRANT_READ_TREE, folders->path[i]);
	return fits;
}

/* Root does not stay root unless told so by name. */
static const char *user_of(const struct config *config)
{
	if (config->privileges.user || geteuid() != 0)
		return config->privileges.user;
	return getpwnam("pewit") ? "pewit" : "nobody";
}

int daemon_confine_prepare(struct daemon_confine *confine, const struct config *config,
			   const struct rules_folders *folders, struct fault *fault)
{
	struct confine_options options = {
		.user = user_of(config),
		.group = config->privileges.group,
		.seccomp = config->privileges.seccomp,
		.landlock = config->privileges.landlock,
		.grants = confine->grants.row,
	};

	if (!config->privileges.user && !options.seccomp && !options.landlock)
		return 0;
	if (!fill(confine, config, folders)) {
		fault_set(fault, "more than %d files and folders of rules; name their folder",
			  GRANT_ROWS_MAX);
		return -E2BIG;
	}
	options.grant_count = confine->grants.count;
	return confine_prepare(&confine->confine, &options, fault);
}

int daemon_confine_enter(struct daemon_confine *confine, struct fault *fault)
{
	if (!confine->confine) {
		fputs("pewit: note: not confined, by configuration\n", stderr);
		return 0;
	}
	int error = confine_enter(confine->confine, &confine->report, fault);

	if (error)
		return error;
	if (confine->report.missing[0] != '\0')
		fprintf(stderr, "pewit: note: %s\n", confine->report.missing);
	confine_describe(confine->confine, &confine->report, confine->text, sizeof(confine->text));
	fprintf(stderr, "pewit: confined: %s\n", confine->text);
	return 0;
}

void daemon_confine_close(struct daemon_confine *confine)
{
	confine_close(confine->confine);
	confine->confine = NULL;
}
