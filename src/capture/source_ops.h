/* source_ops.h - what every kind of source provides to capture/source.c: one table per kind. */
#pragma once

#include "capture/source.h"

struct source_ops { /* each as the source_ function of that name */
	size_t (*next)(void *state, struct packet *packets, size_t most);
	bool (*is_mapped)(const void *state);
	struct source_progress (*progress)(const void *state);
	size_t (*damage)(const void *state, const struct fault **texts);
	void (*close)(void *state);
};

/* Capture files, merged: files.c. Arguments and result as source_open(). */
int files_open(void **state, const char *const *paths, size_t path_count,
	       const struct source_options *options, struct fault *fault);
extern const struct source_ops files_ops;
