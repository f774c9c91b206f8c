#include "tool/rules_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool has_catalog(const char *folder, char catalog[PATH_MAX])
{
	struct stat status;
	int length = snprintf(catalog, PATH_MAX, "%s/catalog", folder);

	return length > 0 && length < PATH_MAX && stat(catalog, &status) == 0 &&
	       S_ISDIR(status.st_mode);
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

static bool beside_program(char catalog[PATH_MAX])
{
	static const char *const places[] = { "../share/pewit/rules", "../rules", "../../rules" };
	char program[PATH_MAX - sizeof("/../share/pewit/rules")], place[PATH_MAX], whole[PATH_MAX];

	if (!program_folder(whole) || strlen(whole) >= sizeof(program))
		return false;
	memcpy(program, whole, strlen(whole) + 1);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(place, sizeof(place), "%s/%s", program, places[i]);
		if (has_catalog(place, catalog))
			return true;
	}
	return false;
}

bool rules_folder_find(const char *asked, char catalog[PATH_MAX], struct fault *fault)
{
	const char *environment = getenv("PEWIT_RULES");

	if (asked) {
		if (has_catalog(asked, catalog))
			return true;
		fault_set(fault, "--rules %s: no folder `catalog` there", asked);
		return false;
	}
	if (environment && *environment != '\0') {
		if (has_catalog(environment, catalog))
			return true;
		fault_set(fault, "PEWIT_RULES=%s: no folder `catalog` there", environment);
		return false;
	}
	if (has_catalog(PEWIT_RULES_DIR, catalog) || beside_program(catalog))
		return true;
	fault_set(fault,
		  "no rules found in %s nor beside the program; name their folder with "
		  "--rules or PEWIT_RULES",
		  PEWIT_RULES_DIR);
	return false;
}
