#include "run/rules_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* By opening, not by access(): a confined daemon may open what its user may not (daemon/monitor.h). */
static bool can_open(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);

	return fd >= 0 && close(fd) == 0;
}

/* Whether a folder holds a catalog; if so, it is the one in use. */
static bool use(struct rules_folders *folders, const char *folder)
{
	int length = snprintf(folders->catalog, PATH_MAX, "%s/catalog", folder);

	if (length <= 0 || length >= PATH_MAX || !can_open(folders->catalog, O_DIRECTORY))
		return false;
	snprintf(folders->shipped, PATH_MAX, "%s", folder);
	return true;
}

/* The folder that the program is in. */
static bool program_folder(char folder[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 1);

	if (length <= 0)
		return false;
	folder[length] = '\0';

	char *slash = strrchr(folder, '/');
	if (slash)
		*slash = '\0';
	return slash != NULL;
}

static bool beside_program(struct rules_folders *folders)
{
	static const char *const places[] = { "../share/pewit/rules", "../rules", "../../rules" };
	char program[PATH_MAX - sizeof("/../share/pewit/rules")], place[PATH_MAX], whole[PATH_MAX];

	if (!program_folder(whole) || strlen(whole) >= sizeof(program))
		return false;
	memcpy(program, whole, strlen(whole) + 1);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(place, sizeof(place), "%s/%s", program, places[i]);
		if (use(folders, place))
			return true;
	}
	return false;
}

/* pewit's own. */
static bool find_shipped(struct rules_folders *folders, struct fault *fault)
{
	const char *environment = getenv("PEWIT_RULES");

	if (environment && *environment != '\0') {
		if (use(folders, environment))
			return true;
		fault_set(fault, "PEWIT_RULES=%s: no folder `catalog` there", environment);
		return false;
	}
	if (use(folders, PEWIT_RULES_DIR) || beside_program(folders))
		return true;
	fault_set(fault,
		  "no rules found in %s nor beside the program; name their folder with "
		  "--rules or PEWIT_RULES",
		  PEWIT_RULES_DIR);
	return false;
}

bool rules_asked_add(struct rules_asked *asked, const char *path, struct fault *fault)
{
	if (asked->count == RULES_FOLDERS_MAX) {
		fault_set(fault, "more than %d times --rules: put the files in a folder",
			  RULES_FOLDERS_MAX);
		return false;
	}
	asked->path[asked->count++] = path;
	return true;
}

bool rules_folders_find(struct rules_folders *folders, const struct rules_asked *asked,
			struct fault *fault)
{
	bool found = false;

	folders->count = 0;
	for (size_t i = 0; i < asked->count; i++) {
		if (!can_open(asked->path[i], 0)) {
			fault_set(fault, "--rules %s: %s", asked->path[i], strerror(errno));
			return false;
		}
		found = found || use(folders, asked->path[i]);
	}
	if (!found) {
		if (!find_shipped(folders, fault))
			return false;
		folders->path[folders->count++] = folders->shipped;
	}
	for (size_t i = 0; i < asked->count; i++)
		folders->path[folders->count++] = asked->path[i];
	return true;
}
