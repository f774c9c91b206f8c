#include "tool/knowledge.h"

#include <errno.h>
#include <string.h>

#include "report/summary_advice.h"
#include "tool/rules_folder.h"

/* Declared in their headers, and defined on branches that are not merged yet: until then they are
 * absent, and so is what they would say. To be removed with the merge. */
#pragma weak service_tags_load
#pragma weak service_tags_free
#pragma weak service_tags_find
#pragma weak map_resource_by_name
#pragma weak catalog_public_name

static int load_tags(struct knowledge *knowledge, const char *path, struct fault *fault)
{
	if (!path)
		return 0;
	if (service_tags_load)
		return service_tags_load(&knowledge->tags, path, fault);
	fault_set(fault, "%s: this build reads no service tags", path);
	return -ENOSYS;
}

static int make_judge(struct knowledge *knowledge)
{
	return judge_new(&knowledge->judge, knowledge->map, knowledge->catalog);
}

int knowledge_open(struct knowledge *knowledge, const struct knowledge_files *files,
		   struct fault *fault)
{
	int error = 0;

	*knowledge = (struct knowledge){ .map = NULL };
	if (!rules_folder_find(files->rules, knowledge->catalog_dir, fault))
		return -ENOENT;
	error = catalog_load(&knowledge->catalog, knowledge->catalog_dir, fault);
	if (error == 0 && files->map)
		error = map_load(&knowledge->map, files->map, fault);
	if (error == 0)
		error = load_tags(knowledge, files->service_tags, fault);
	if (error == 0)
		error = make_judge(knowledge);
	if (error != 0 && fault->text[0] == '\0')
		fault_set(fault, "%s", strerror(-error));
	return error;
}

void knowledge_close(struct knowledge *knowledge)
{
	judge_free(knowledge->judge);
	if (knowledge->tags)
		service_tags_free(knowledge->tags);
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
	return knowledge->map && map_resource_by_name ? map_resource_by_name(knowledge->map, name)
						      : NULL;
}

bool knowledge_public_name(const struct knowledge *knowledge, const char *name,
			   char public_name[CATALOG_NAME_MAX + 1])
{
	return catalog_public_name && catalog_public_name(knowledge->catalog, name, public_name);
}

const char *knowledge_advice(const struct judgement *judgement)
{
	return summary_advice(judgement->verdict);
}
