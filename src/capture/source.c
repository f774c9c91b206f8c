#include "capture/source.h"

#include <errno.h>
#include <stdlib.h>

#include "capture/source_ops.h"

struct source {
	const struct source_ops *ops;
	void *state;
};

int source_open(struct source **source, const char *const *paths, size_t path_count,
		const struct source_options *options, struct fault *fault)
{
	struct source *opened = malloc(sizeof(*opened));
	int error = -ENOMEM;

	*source = NULL;
	if (opened) {
		opened->ops = &files_ops;
		error = files_open(&opened->state, paths, path_count, options, fault);
	}
	if (error == -ENOMEM)
		fault_set(fault, "there is not enough memory to open the captures");
	if (error) {
		free(opened);
		return error;
	}
	*source = opened;
	return 0;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	source->ops->close(source->state);
	free(source);
}

size_t source_next(struct source *source, struct packet *packets, size_t most)
{
	return source->ops->next(source->state, packets, most);
}

bool source_is_mapped(const struct source *source)
{
	return source->ops->is_mapped(source->state);
}

struct source_progress source_progress(const struct source *source)
{
	return source->ops->progress(source->state);
}

size_t source_damage(const struct source *source, const struct fault **texts)
{
	return source->ops->damage(source->state, texts);
}
