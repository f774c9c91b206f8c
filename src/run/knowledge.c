#include "run/knowledge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text_table.h"

/* By id: the numbers of the rules before. NULL: no memory. */
static struct text_table *numbers_before(const struct knowledge *before)
{
	size_t count = before ? rules_count(before->rules) : 0;
	struct text_table *table;

	if (text_table_new(&table, count + 1) != 0)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const char *id = rules_at(before->rules, i).info->id;

		text_table_add(table, id, strlen(id), &before->rule_number[i]);
	}
	return table;
}

/* Numbers only grow, so that one that a flow remembers is never another rule's; after 65,536 rules that
 * came and went they begin again. */
static int number_rules(struct knowledge *knowledge, const struct knowledge *before)
{
	size_t count = rules_count(knowledge->rules);
	struct text_table *table = numbers_before(before);

	knowledge->rule_number = calloc(count + 1, sizeof(*knowledge->rule_number));
	if (!knowledge->rule_number || !table) {
		text_table_free(table);
		return -ENOMEM;
	}
	knowledge->numbers_used = before ? before->numbers_used : 0;
	for (size_t i = 0; i < count; i++) {
		const char *id = rules_at(knowledge->rules, i).info->id;
		const uint16_t *number = text_table_find(table, id, strlen(id));

		knowledge->rule_number[i] = number ? *number : knowledge->numbers_used++;
	}
	text_table_free(table);
	return 0;
}

int knowledge_load(struct knowledge **knowledge, const struct knowledge_paths *paths,
		   const struct knowledge *before, struct fault *fault)
{
	struct knowledge *made = calloc(1, sizeof(*made));
	int error;

	*knowledge = NULL;
	if (!made)
		return -ENOMEM;
	error = catalog_load(&made->catalog, paths->catalog, fault);
	error = error ? error : rules_load(&made->rules, paths->rules, paths->rules_count, fault);
	error = error ? error : number_rules(made, before);
	if (!error && paths->map)
		error = map_load(&made->map, paths->map, fault);
	if (!error && paths->tags)
		error = service_tags_load(&made->tags, paths->tags, fault);
	if (error) {
		knowledge_free(made);
		return error;
	}
	made->known = (struct judge_knowledge){
		.map = made->map, .catalog = made->catalog, .tags = made->tags, .rules = made->rules
	};
	*knowledge = made;
	return 0;
}

void knowledge_shed(struct knowledge *knowledge)
{
	service_tags_free(knowledge->tags);
	knowledge->tags = NULL;
	knowledge->known.tags = NULL;
}

void knowledge_free(struct knowledge *knowledge)
{
	if (!knowledge)
		return;
	service_tags_free(knowledge->tags);
	map_free(knowledge->map);
	rules_free(knowledge->rules);
	catalog_free(knowledge->catalog);
	free(knowledge->rule_number);
	free(knowledge);
}
