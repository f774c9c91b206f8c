/* Lines: the last is a name from outside, the others are those of the table. A walk over the name gives
 * what a plain search gives. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/eight.h"
#include "base/name_table.h"

#define TEXT_MAX 4096
#define NAMES_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The name of the table that is `suffix`, in any case. */
static char *search(char *const *names, size_t count, const char *suffix)
{
	size_t length = strlen(suffix);

	for (size_t i = 0; i < count; i++) {
		if (strlen(names[i]) == length && eight_same(suffix, names[i], length))
			return names[i];
	}
	return NULL;
}

static void compare(const struct name_table *table, char *const *names, size_t count,
		    const char *name)
{
	struct name_walk walk;

	name_walk_begin(&walk, table, name);
	for (const char *at = name; at; at = strchr(at, '.') ? strchr(at, '.') + 1 : NULL) {
		const char *wanted =
			strlen(name) > NAME_TABLE_BYTES_MAX ? NULL : search(names, count, at);

		if (wanted && (name_walk_next(&walk) != wanted || name + walk.start != at))
			abort();
		if (at == name && name_table_find(table, name) != wanted)
			abort();
	}
	if (name_walk_next(&walk))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[TEXT_MAX + 1], *names[NAMES_MAX], *line = text, *end;
	struct name_table *table;
	size_t count = 0;

	if (size > TEXT_MAX || memchr(data, '\0', size) || name_table_new(&table) != 0)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	for (; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';

		size_t length = strlen(line);
		char *lower = malloc(length + 1); /* its own, so that reading beyond it is seen */

		if (!lower)
			abort();
		eight_copy_lower(lower, line, length);
		if (count < NAMES_MAX && name_table_add(table, lower, length, lower) == lower)
			names[count++] = lower;
		else
			free(lower);
	}
	char *name = strdup(line);
	if (!name)
		abort();
	compare(table, names, count, name);
	name_table_free(table);
	while (count > 0)
		free(names[--count]);
	free(name);
	return 0;
}
