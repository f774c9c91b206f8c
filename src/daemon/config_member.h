/* config_member.h - the one table of what `pewit run` can be told, and values by its rows.
 *
 * Sections are one level deep: "capture.workers" is the member "workers" of the object "capture".
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"
#include "daemon/config.h"

#define CONFIG_MEMBERS_MAX 48
#define CONFIG_COUNT_MAX (UINT64_C(1) << 53) /* the largest that every JSON reader keeps */

enum config_kind {
	CONFIG_FLAG,
	CONFIG_NUMBER,
	CONFIG_TEXT,
	CONFIG_PATH,  /* of a file; relative to the folder of the file that says it; "-" is none */
	CONFIG_WORD,  /* one of `word` */
	CONFIG_TEXTS, /* lists, from here on */
	CONFIG_PATHS,
	CONFIG_PORTS, /* ended by 0 */
	CONFIG_WORDS, /* a set of `word`: bits */
};

struct config_member {
	const char *key; /* "capture.workers"; without a dot: of no section */
	const char *meaning;
	const char *(*word)(unsigned number); /* NULL ends them */
	uint64_t least, most;                 /* of a number; of a list: elements */
	uint64_t standard;                    /* flag, number, word's number, bits of words */
	const uint16_t *standard_ports;       /* ended by 0 */
	uint16_t offset, count_offset;        /* in struct config; the latter of texts and paths */
	uint8_t width;                        /* bytes of the number there */
	uint8_t kind;                         /* enum config_kind */
	bool reloads;                         /* a reload changes it; else the next start */
};

/* NULL past the end. */
const struct config_member *config_member_at(size_t i);
const struct config_member *config_member_find(const char *key, size_t length);
size_t config_member_index(const struct config_member *member);

/* What sections are about, in the order of the table; NULL past the end. "" is outside of all. */
struct config_section {
	const char *name, *about;
};
const struct config_section *config_member_section(size_t i);
bool config_member_in(const struct config_member *member, const struct config_section *section);
/* The key within its section: "workers". */
const char *config_member_name(const struct config_member *member);

/* The nearest known key, for did-you-mean; NULL: none is near. */
const char *config_member_nearest(const char *word);
/* The number of a word; -1, and the nearest word or NULL: it is none. */
int config_member_word(const struct config_member *member, const char *word, const char **nearest);
/* All of them: "host, nva, mirror". */
#define CONFIG_WORDS_SIZE 160
void config_member_words(const struct config_member *member, char text[CONFIG_WORDS_SIZE]);

/* Takes "." and doubled and last slashes out of a path, so that it is written in one way alone: a confined
 * pewit may open what is written so. ".." stays, for what it leads to is the file system's to say. */
void config_member_tidy(char *path);
/* UTF-8 without control characters: what messages and a dump can say as it is. */
bool config_member_is_text(const char *text);
bool config_member_is_path(const struct config_member *member);

/* Values. Lists of texts have room for `most`. */
uint64_t config_member_number(const struct config_member *member, const struct config *config);
void config_member_put(const struct config_member *member, struct config *config, uint64_t number);
const char **config_member_texts(const struct config_member *member, struct config *config);
size_t *config_member_count(const struct config_member *member, struct config *config);
uint16_t *config_member_ports(const struct config_member *member, struct config *config);
void config_member_reset(const struct config_member *member, struct config *config);
bool config_member_same(const struct config_member *member, const struct config *a,
			const struct config *b);

/* Where a member got its value: a value of a file, or a word of the command line; else the default. */
struct config_origin {
	const struct json *json;
	const struct json_value *value;
	const char *option;
};

/* "pewit.json:3:5" or "--workers"; "" for the default. */
#define CONFIG_PLACE_SIZE (PATH_MAX + 32)
void config_member_place(const struct config_origin *origin, char text[CONFIG_PLACE_SIZE]);

struct config_document {
	struct config config;
	struct arena *arena;
	struct json *file[CONFIG_FILES_MAX];
	size_t file_count;
	struct config_origin origin[CONFIG_MEMBERS_MAX];
};
