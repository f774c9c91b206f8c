#include "daemon/config.h"

#include <stdlib.h>
#include <sys/sysinfo.h>

#include "daemon/config_member.h"

struct config config_default(void)
{
	struct config config = { .path = NULL };
	const struct config_member *member;

	for (size_t i = 0; (member = config_member_at(i)); i++)
		config_member_reset(member, &config);
	return config;
}

const struct config *config_of(const struct config_document *document)
{
	return &document->config;
}

void config_free(struct config_document *document)
{
	if (!document)
		return;
	for (size_t i = 0; i < document->file_count; i++)
		json_free(document->file[i]);
	arena_free(document->arena);
	free(document);
}

void config_compare(const struct config *now, const struct config *next,
		    void (*hear)(void *context, const char *key, bool reloads), void *context)
{
	const struct config_member *member;

	for (size_t i = 0; (member = config_member_at(i)); i++)
		if (!config_member_same(member, now, next))
			hear(context, member->key, member->reloads);
}

struct config_machine config_machine(void)
{
	struct sysinfo info;
	const int processors = get_nprocs();
	struct config_machine machine = { .processors = processors > 0 ? (uint32_t)processors : 0 };

	if (sysinfo(&info) == 0)
		machine.memory_bytes = (uint64_t)info.totalram * info.mem_unit;
	return machine;
}
