#include "tool/lookup.h"

#include <errno.h>
#include <string.h>

#include "run/rules_folder.h"

static int make_judge(struct lookup *lookup)
{
	const struct judge_knowledge known = { .map = lookup->map,
					       .catalog = lookup->catalog,
					       .tags = lookup->tags,
					       .rules = lookup->rules };

	return judge_new(&lookup->judge, &known);
}

int lookup_open(struct lookup *lookup, const struct lookup_files *files, struct fault *fault)
{
	int error = 0;

	*lookup = (struct lookup){ .map = NULL };
	if (!rules_folders_find(&lookup->folders, &files->rules, fault))
		return -ENOENT;
	error = catalog_load(&lookup->catalog, lookup->folders.catalog, fault);
	error = error ? error
		      : rules_load(&lookup->rules, lookup->folders.path, lookup->folders.count,
				   fault);
	if (error == 0 && files->map)
		error = map_load(&lookup->map, files->map, fault);
	if (error == 0 && files->service_tags)
		error = service_tags_load(&lookup->tags, files->service_tags, fault);
	if (error == 0)
		error = make_judge(lookup);
	if (error != 0 && fault->text[0] == '\0')
		fault_set(fault, "%s", strerror(-error));
	return error;
}

void lookup_close(struct lookup *lookup)
{
	judge_free(lookup->judge);
	service_tags_free(lookup->tags);
	rules_free(lookup->rules);
	map_free(lookup->map);
	catalog_free(lookup->catalog);
}

const struct service_tag *lookup_tag(const struct lookup *lookup, const struct ip_addr *addr)
{
	return lookup->tags ? service_tags_find(lookup->tags, addr) : NULL;
}

const struct map_resource *lookup_resource(const struct lookup *lookup, const char *name)
{
	return lookup->map ? map_resource_by_name(lookup->map, name) : NULL;
}

bool lookup_public_name(const struct lookup *lookup, const char *name,
			char public_name[CATALOG_NAME_MAX + 1])
{
	return catalog_public_name(lookup->catalog, name, public_name);
}
