/* service_tags_read.h - Microsoft's list, from JSON to a flat list of (prefix, tag). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/ip.h"
#include "judge/service_tags.h"

#define SERVICE_TAGS_BYTES_MAX ((size_t)64 * 1024 * 1024) /* fifteen times today's list */

struct tagged_prefix {
	struct ip_prefix prefix;
	uint16_t tag;
};

struct service_tags_list {
	struct service_tag *tags;
	struct tagged_prefix *prefixes; /* as they come in the file */
	size_t tag_count, prefix_count, tag_room, prefix_room;
	uint32_t change_number;
	const char *cloud;
};

/* Texts are taken of the arena; the arrays are owned: service_tags_list_end(). 0; -EINVAL or -ENOMEM with a
 * sentence in fault. */
int service_tags_read(struct service_tags_list *list, struct arena *arena, const char *text,
		      size_t length, const char *path, struct fault *fault);
void service_tags_list_end(struct service_tags_list *list);
