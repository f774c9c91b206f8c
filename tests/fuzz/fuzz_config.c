/* Any bytes as a configuration: it is read, or it is said where it is wrong; one that is read can be checked,
 * and its dump reads back to the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/config.h"

static void hear(void *context, enum config_finding finding, const char *sentence)
{
	*(size_t *)context += strlen(sentence) + (size_t)finding;
}

static void differs(void *context, const char *key, bool reloads)
{
	(void)context;
	fprintf(stderr, "%s is another in the dump (%d)\n", key, reloads);
	abort();
}

static void read_back(const struct config_document *document)
{
	struct config_document *again;
	struct fault fault = { "" };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	config_dump_document(document, out);
	fclose(out);
	if (config_parse(&again, text, size, "d", &fault) != 0) {
		fprintf(stderr, "%s\n%s", fault.text, text);
		abort();
	}
	config_compare(config_of(document), config_of(again), differs, NULL);
	config_free(again);
	free(text);
}

/* The words of a command line over it. */
static void set(struct config_document *document, const uint8_t *data, size_t size)
{
	char *word = strndup((const char *)data, size);
	struct fault fault = { "" };

	if (word && !config_assign(document, "--set", word, &fault) && fault.text[0] == '\0')
		abort();
	free(word);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct config_machine machine = { .memory_bytes = 1 << 30, .processors = 2 };
	struct config_document *document;
	struct fault fault = { "" };
	size_t heard = 0;

	if (config_parse(&document, "{}", 2, "/c", &fault) == 0) {
		set(document, data, size);
		config_free(document);
	}
	if (config_parse(&document, (const char *)data, size, "/etc/c", &fault) != 0) {
		if (fault.text[0] == '\0')
			abort();
		return 0;
	}
	config_check(document, &machine, hear, &heard);
	read_back(document);
	config_free(document);
	return 0;
}
