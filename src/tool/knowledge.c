#include "tool/knowledge.h"

#include <errno.h>
#include <string.h>

#include "tool/rules_folder.h"

static int make_judge(struct knowledge *knowledge)
{
	const struct judge_knowledge known = { .map = knowledge->map,
					       .catalog = knowledge->catalog,
					       .tags = knowledge->tags,
					       .rules = knowledge->rules };

	return judge_new(&knowledge->judge, &known);
}

int knowledge_open(struct knowledge *knowledge, const struct knowledge_files *files,
		   struct fault *fault)
{
	int error = 0;

	*knowledge = (struct knowledge){ .map = NULL };
	if (!rules_folders_find(&knowledge->folders, &files->rules, fault))
		return -ENOENT;
	error = catalog_load(&knowledge->catalog, knowledge->folders.catalog, fault);
	error = error ? error
		      : rules_load(&knowledge->rules, knowledge->folders.path,
				   knowledge->folders.count, fault);
	if (error == 0 && files->map)
		error = map_load(&knowledge->map, files->map, fault);
	if (error == 0 && files->service_tags)
		error = service_tags_load(&knowledge->tags, files->service_tags, fault);
	if (error == 0)
		error = make_judge(knowledge);
	if (error != 0 && fault->text[0] == '\0')
		fault_set(fault, "%s", strerror(-error));
	return error;
}

void knowledge_close(struct knowledge *knowledge)
{
	judge_free(knowledge->judge);
	service_tags_free(knowledge->tags);
	rules_free(knowledge->rules);
	map_free(knowledge->map);
	catalog_free(knowledge->catalog);
}

const struct service_tag *knowledge_tag(const struct knowledge *knowledge,
					const struct ip_addr *addr)
{
	return knowledge->tags ? service_tags_find(knowledge->tags, addr) : NULL;
}

const struct map_resource *knowledge_resource(const struct knowledge *knowledge, const char *name)
{
	return knowledge->map ? map_resource_by_name(knowledge->map, name) : NULL;
}

bool knowledge_public_name(const struct knowledge *knowledge, const char *name,
			   char public_name[CATALOG_NAME_MAX + 1])
{
	return catalog_public_name(knowledge->catalog, name, public_name);
}
