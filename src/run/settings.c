#include "run/settings.h"

#include <stddef.h>
#include <string.h>

#include "base/spelling.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *key;
	const char *meaning;
	uint64_t least, most, standard;
	size_t offset; /* of its uint64_t in struct settings */
} table[] = {
#define ROW(member, key, meaning, least, most, standard)                                           \
	{ key, meaning, least, most, standard, offsetof(struct settings, member) },
	SETTINGS(ROW)
#undef ROW
};

static uint64_t *place_of(struct settings *settings, size_t i)
{
	return (uint64_t *)((char *)settings + table[i].offset);
}

struct settings settings_default(void)
{
	struct settings settings = { 0 };

	for (size_t i = 0; i < COUNT(table); i++)
		*place_of(&settings, i) = table[i].standard;
	return settings;
}

static void set_unknown(const char *key, int length, struct fault *fault)
{
	const char *keys[COUNT(table)];
	char word[SPELLING_WORD_MAX + 1];

	for (size_t i = 0; i < COUNT(table); i++)
		keys[i] = table[i].key;
	snprintf(word, sizeof(word), "%.*s", length, key);

	const char *nearest = spelling_nearest(word, keys, COUNT(table));
	if (nearest)
		fault_set(fault, "--set %s: no such setting; did you mean %s?", word, nearest);
	else
		fault_set(fault, "--set %s: no such setting; pewit replay -h lists them", word);
}

/* A whole number and nothing else; UINT64_MAX: it is none, or too large for any bound. */
static uint64_t number_of(const char *text)
{
	uint64_t value = 0;

	if (*text == '\0')
		return UINT64_MAX;
	for (; *text >= '0' && *text <= '9' && value < UINT32_MAX; text++)
		value = value * 10 + (uint64_t)(*text - '0');
	return *text == '\0' ? value : UINT64_MAX;
}

bool settings_set(struct settings *settings, const char *assignment, struct fault *fault)
{
	size_t length = strcspn(assignment, "=");

	if (assignment[length] != '=') {
		fault_set(fault, "--set %s: expected key=value", assignment);
		return false;
	}
	for (size_t i = 0; i < COUNT(table); i++) {
		if (strlen(table[i].key) != length || memcmp(table[i].key, assignment, length) != 0)
			continue;

		uint64_t value = number_of(assignment + length + 1);
		if (value < table[i].least || value > table[i].most) {
			fault_set(fault, "--set %s: a whole number from %llu to %llu is needed",
				  assignment, (unsigned long long)table[i].least,
				  (unsigned long long)table[i].most);
			return false;
		}
		*place_of(settings, i) = value;
		return true;
	}
	set_unknown(assignment, (int)length, fault);
	return false;
}

void settings_print(FILE *out)
{
	for (size_t i = 0; i < COUNT(table); i++)
		fprintf(out, "  %-20s %s (%llu to %llu; default %llu)\n", table[i].key,
			table[i].meaning, (unsigned long long)table[i].least,
			(unsigned long long)table[i].most, (unsigned long long)table[i].standard);
}
