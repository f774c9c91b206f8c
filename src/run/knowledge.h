/* knowledge.h - what flows are judged by, loaded together: catalog, rules, expected map, service tags. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "judge/judge.h"

struct knowledge_paths {
	const char *catalog;      /* folder */
	const char *const *rules; /* files and folders, as rules_load() */
	size_t rules_count;
	const char *map;  /* or NULL: nothing is judged */
	const char *tags; /* list of service tags, or NULL */
};

struct knowledge {
	struct catalog *catalog;
	struct rules *rules;
	struct map *map;              /* or NULL */
	struct service_tags *tags;    /* or NULL */
	struct judge_knowledge known; /* the four, as judges want them */
	/* By the place of a rule: a number that a rule of the same id has had before, if there was one. */
	uint16_t *rule_number;
	uint16_t numbers_used; /* one past the highest */
};

/* before: what is replaced, or NULL. 0 and *knowledge, given; or -errno with what to do in fault. */
int knowledge_load(struct knowledge **knowledge, const struct knowledge_paths *paths,
		   const struct knowledge *before, struct fault *fault);

/* Gives back what only judges use, when none is left: most of its memory. */
void knowledge_shed(struct knowledge *knowledge);
void knowledge_free(struct knowledge *knowledge); /* NULL is allowed */
