/* The life of a catalog: loaded whole from a folder or a text, and freed whole. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "judge/catalog_model.h"

void catalog_free(struct catalog *catalog)
{
	if (!catalog)
		return;
	for (size_t i = 0; i < catalog->file_count; i++)
		json_free(catalog->file[i]);
	free(catalog->file);
	free(catalog->name.at);
	free(catalog->zone.at);
	name_table_free(catalog->by_tail);
	name_table_free(catalog->by_zone);
	arena_free(catalog->arena);
	free(catalog);
}

static struct catalog *make(void)
{
	struct catalog *catalog = calloc(1, sizeof(*catalog));

	if (catalog)
		catalog->arena = arena_new();
	if (catalog && catalog->arena)
		return catalog;
	free(catalog);
	return NULL;
}

static int finish(struct catalog **catalog, struct catalog *made, int error, struct fault *fault)
{
	if (error == 0) {
		error = catalog_build(made);
		if (error != 0)
			fault_set(fault, "the endpoint catalog does not fit in memory");
	}
	if (error != 0) {
		catalog_free(made);
		return error;
	}
	*catalog = made;
	return 0;
}

int catalog_parse(struct catalog **catalog, const char *text, size_t length, const char *path,
		  struct fault *fault)
{
	struct catalog *made = make();
	struct json *json;

	*catalog = NULL;
	if (!made) {
		fault_set(fault, "%s: not enough memory", path);
		return -ENOMEM;
	}
	int error = json_parse(&json, text, length, path, fault);
	if (error == 0)
		error = catalog_read(made, json, fault);
	return finish(catalog, made, error, fault);
}

static int is_json(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 5 && entry->d_name[0] != '.' &&
	       strcmp(entry->d_name + length - 5, ".json") == 0;
}

static int load_file(struct catalog *catalog, const char *folder, const char *name,
		     struct fault *fault)
{
	size_t length = strlen(folder) + strlen(name) + 2;
	char *path = malloc(length);
	struct json *json;

	if (!path) {
		fault_set(fault, "%s: not enough memory", folder);
		return -ENOMEM;
	}
	char *end = stpcpy(path, folder);
	*end++ = '/';
	memcpy(end, name, strlen(name) + 1);
	int error = json_load(&json, path, fault);
	free(path);
	return error != 0 ? error : catalog_read(catalog, json, fault);
}

int catalog_load(struct catalog **catalog, const char *folder, struct fault *fault)
{
	struct dirent **entry = NULL;
	int count = scandir(folder, &entry, is_json, alphasort), error = 0;

	*catalog = NULL;
	if (count < 0) {
		error = -errno;
		fault_set(fault, "%s: cannot be read: %s", folder, strerror(-error));
		return error;
	}
	struct catalog *made = make();
	if (count == 0 || !made) {
		error = made ? -ENOENT : -ENOMEM;
		fault_set(fault,
			  made ? "%s: no catalog (*.json) here; give the folder rules/catalog"
			       : "%s: not enough memory",
			  folder);
	}
	for (int i = 0; i < count; i++) {
		if (error == 0)
			error = load_file(made, folder, entry[i]->d_name, fault);
		free(entry[i]);
	}
	free(entry);
	return finish(catalog, made, error, fault);
}
