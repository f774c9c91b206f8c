#include "tool/operands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILTER_FILE_MAX 65536 /* bytes of a filter file: no expression of people is longer */

static bool exists(const char *path)
{
	struct stat status;

	return strcmp(path, "-") == 0 || stat(path, &status) == 0;
}

/* Words that begin an expression. A folder may bear such a name, as `src` often does: behind a
 * capture it is the expression that is meant. */
static bool begins_expression(const char *word)
{
	static const char *const words[] = {
		"src",  "dst",   "host", "net",     "port",  "portrange", "tcp",  "udp",
		"icmp", "icmp6", "ip",   "ip6",     "arp",   "vlan",      "mpls", "ether",
		"not",  "!",     "less", "greater", "proto", "gateway",   "sctp", "(",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

static bool ends_with(const char *text, size_t length, const char *end)
{
	size_t end_length = strlen(end);

	return length >= end_length && memcmp(text + length - end_length, end, end_length) == 0;
}

static bool looks_like_path(const char *word)
{
	static const char *const ends[] = { ".pcap", ".pcapng", ".cap", ".dmp", ".trace", ".json" };
	size_t length = strlen(word);

	if (length == 0 || word[0] == '/' || strncmp(word, "./", 2) == 0 ||
	    strncmp(word, "../", 3) == 0)
		return true;
	if (ends_with(word, length, ".gz"))
		length -= 3;
	else if (ends_with(word, length, ".zst"))
		length -= 4;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends_with(word, length, ends[i]))
			return true;
	return false;
}

/* A net such as 10.0.0.0/8 has a slash too. */
static bool is_net(const char *word)
{
	return word[strspn(word, "0123456789abcdefABCDEF.:/")] == '\0' &&
	       strpbrk(word, ".:") != NULL;
}

static bool is_missing_file(const char *word, size_t paths_before)
{
	if (paths_before == 0)
		return true;
	return looks_like_path(word) || (strchr(word, '/') && !strchr(word, ' ') && !is_net(word));
}

/* The words with a space between each; given. */
static char *join(char **words, size_t count)
{
	size_t size = 1;

	for (size_t i = 0; i < count; i++)
		size += strlen(words[i]) + 1;

	char *joined = malloc(size), *at = joined;
	if (!joined)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (i != 0)
			*at++ = ' ';
		at = stpcpy(at, words[i]);
	}
	*at = '\0';
	return joined;
}

static char *read_filter(const char *path, struct fault *fault)
{
	FILE *file = fopen(path, "re");
	char *text = file ? calloc(1, FILTER_FILE_MAX + 1) : NULL;

	if (!text) {
		fault_set(fault, "%s: %s", path, strerror(errno));
	} else if (fread(text, 1, FILTER_FILE_MAX + 1, file) > FILTER_FILE_MAX || ferror(file)) {
		fault_set(fault, "%s: longer than %d bytes, or unreadable", path, FILTER_FILE_MAX);
		free(text);
		text = NULL;
	}
	if (file)
		fclose(file);
	return text;
}

/* Counts the words that are captures; false: one is a file that does not exist. */
static bool count_paths(const struct operands_given *given, size_t *count, struct fault *fault)
{
	*count = 0;
	if (given->read_count != 0)
		return true;
	while (*count < given->word_count && exists(given->words[*count]) &&
	       (*count == 0 || !begins_expression(given->words[*count])))
		(*count)++;
	if (*count < given->word_count && is_missing_file(given->words[*count], *count)) {
		fault_set(fault, "%s: no such file or directory", given->words[*count]);
		return false;
	}
	return true;
}

static bool take_filter(struct operands *operands, const struct operands_given *given, size_t paths,
			struct fault *fault)
{
	size_t words = given->word_count - paths;
	int sources = (words != 0) + (given->expression_count != 0) + (given->filter_file != NULL);

	if (sources > 1) {
		fault_set(fault, "two filter expressions: give one, as operands, after --, or "
				 "with -F");
		return false;
	}
	if (sources == 0)
		return true;
	if (words != 0)
		operands->filter = join(given->words + paths, words);
	else if (given->expression_count != 0)
		operands->filter = join(given->expression, given->expression_count);
	else
		operands->filter = read_filter(given->filter_file, fault);
	return operands->filter != NULL;
}

bool operands_split(struct operands *operands, const struct operands_given *given,
		    struct fault *fault)
{
	size_t paths;

	*operands = (struct operands){ 0 };
	for (size_t i = 0; i < given->read_count; i++) {
		if (!exists(given->read[i])) {
			fault_set(fault, "%s: no such file or directory", given->read[i]);
			return false;
		}
	}
	if (given->read_count != 0 && given->word_count != 0 && exists(given->words[0]) &&
	    looks_like_path(given->words[0])) {
		fault_set(fault,
			  "%s: with -r the operands are the filter expression; give each "
			  "capture with its own -r, or none with -r",
			  given->words[0]);
		return false;
	}
	if (!count_paths(given, &paths, fault))
		return false;
	if (paths + given->read_count == 0) {
		fault_set(fault, "no capture given: name a file, a directory, or - for standard "
				 "input");
		return false;
	}
	operands->paths = calloc(paths + given->read_count, sizeof(*operands->paths));
	if (!operands->paths) {
		fault_set(fault, "not enough memory");
		return false;
	}
	for (size_t i = 0; i < given->read_count; i++)
		operands->paths[operands->path_count++] = given->read[i];
	for (size_t i = 0; i < paths; i++)
		operands->paths[operands->path_count++] = given->words[i];
	return take_filter(operands, given, paths, fault);
}

void operands_free(struct operands *operands)
{
	free(operands->paths);
	free(operands->filter);
	*operands = (struct operands){ 0 };
}
