#include "capture/paths.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "capture/source.h"

#define FILES_AT_FIRST 16

static bool strip_end(const char *name, size_t *length, const char *end)
{
	size_t size = strlen(end);

	if (*length < size || memcmp(name + *length - size, end, size) != 0)
		return false;
	*length -= size;
	return true;
}

static bool is_capture_name(const char *name)
{
	static const char *const packings[] = { ".gz", ".zst" };
	static const char *const ends[] = { ".pcap", ".pcapng", ".cap", ".dmp" };
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof(packings) / sizeof(*packings); i++) {
		if (strip_end(name, &length, packings[i]))
			break;
	}
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (strip_end(name, &length, ends[i]))
			return true;
	}
	return false;
}

/* Takes over `path`, which may be NULL: out of memory. */
static int add_entry(struct paths *paths, char *path, bool from_directory, struct fault *fault)
{
	int error = path ? 0 : -ENOMEM;

	if (!error && paths->count == SOURCE_FILES_MAX) {
		fault_set(fault, "%s: more than %d files; replay them in parts", path,
			  SOURCE_FILES_MAX);
		error = -E2BIG;
	}
	if (!error && paths->count == paths->room) {
		uint32_t room = paths->room ? 2 * paths->room : FILES_AT_FIRST;
		struct path_entry *larger = realloc(paths->entries, room * sizeof(*larger));

		if (larger) {
			paths->entries = larger;
			paths->room = room;
		} else {
			error = -ENOMEM;
		}
	}
	if (error) {
		free(path);
		return error;
	}
	paths->entries[paths->count++] = (struct path_entry){ path, from_directory };
	return 0;
}

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct path_entry *)a)->path, ((const struct path_entry *)b)->path);
}

static int add_found(struct paths *paths, const char *directory, const char *name,
		     struct fault *fault)
{
	size_t length = strlen(directory);
	const char *slash = length > 0 && directory[length - 1] == '/' ? "" : "/";
	struct stat status;
	char *path;

	if (!is_capture_name(name))
		return 0;
	if (asprintf(&path, "%s%s%s", directory, slash, name) < 0)
		return -ENOMEM;
	/* A link to nowhere and the like: it is reported when it cannot be opened. */
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
		free(path);
		return 0;
	}
	return add_entry(paths, path, true, fault);
}

static int add_directory(struct paths *paths, const char *path, struct fault *fault)
{
	uint32_t before = paths->count;
	DIR *directory = opendir(path);
	const struct dirent *found;
	int error = 0;

	if (!directory) {
		error = -errno;
		fault_set(fault, "%s: cannot be read: %s", path, strerror(-error));
		return error;
	}
	for (errno = 0; !error && (found = readdir(directory)) != NULL; errno = 0)
		error = add_found(paths, path, found->d_name, fault);
	if (!error && errno) {
		error = -errno;
		fault_set(fault, "%s: cannot be listed: %s", path, strerror(-error));
	}
	closedir(directory);
	if (!error && paths->count == before) {
		fault_set(fault,
			  "%s: no captures in this directory (names that end in .pcap, .pcapng, "
			  ".cap or .dmp, with or without .gz or .zst)",
			  path);
		error = -ENOENT;
	}
	if (!error)
		qsort(paths->entries + before, paths->count - before, sizeof(*paths->entries),
		      compare_entries);
	return error;
}

int paths_add(struct paths *paths, const char *path, struct fault *fault)
{
	bool is_standard = strcmp(path, "-") == 0;
	struct stat status;

	for (uint32_t i = 0; is_standard && i < paths->count; i++) {
		if (strcmp(paths->entries[i].path, "-") == 0) {
			fault_set(fault,
				  "standard input (\"-\") is named twice; it can be read once");
			return -EINVAL;
		}
	}
	if (!is_standard && stat(path, &status) != 0) {
		int error = -errno;

		fault_set(fault, "%s: cannot be read: %s", path, strerror(-error));
		return error;
	}
	if (!is_standard && S_ISDIR(status.st_mode))
		return add_directory(paths, path, fault);
	return add_entry(paths, strdup(path), false, fault);
}

void paths_free(struct paths *paths)
{
	for (uint32_t i = 0; i < paths->count; i++)
		free(paths->entries[i].path);
	free(paths->entries);
	*paths = (struct paths){ 0 };
}
