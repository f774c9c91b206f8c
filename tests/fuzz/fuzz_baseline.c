/* Events or a baseline of any content: they are read, or it is said where they are wrong. And whatever
 * was read, what is learned from it with everything accepted makes a map that loads, and the document
 * is read back as the same groups. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "baseline/baseline_read.h"
#include "baseline/diff.h"
#include "baseline/learn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char map_text[] =
	"{\"version\": 1, \"vnets\": [{\"name\": \"v\", \"zone\": \"prod\", \"address_space\": "
	"[\"10.0.0.0/8\"], \"subnets\": [{\"name\": \"hosts\", \"prefixes\": [\"10.1.0.0/16\"], "
	"\"role\": \"compute\"}, {\"name\": \"ends\", \"prefixes\": [\"10.2.0.0/16\"], \"role\": "
	"\"private-endpoints\"}]}], \"private_endpoints\": [{\"name\": \"pe\", \"vnet\": \"v\", "
	"\"endpoints\": [{\"fqdn\": \"wingtip.vault.azure.net\", \"ips\": [\"10.2.0.4\"]}]}], "
	"\"cross_zone\": {}}";

static int read_lines(struct baseline *baseline, const struct map *map, const char *text,
		      size_t size, struct fault *fault)
{
	struct baseline_reader reader = { .baseline = baseline, .map = map, .path = "e" };
	int error = 0;

	while (size != 0 && error == 0) {
		const char *end = memchr(text, '\n', size);
		size_t length = end ? (size_t)(end - text) + 1 : size;

		error = baseline_read_line(&reader, text, length, fault);
		text += length;
		size -= length;
	}
	return error;
}

/* Bytes that are not UTF-8 are written as other ones: then what is read back has other names. */
static bool is_plain(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (data[i] >= 0x80 || data[i] == '\\')
			return false;
	return true;
}

/* The document of a baseline, read back. */
static void check_document(const struct learn *learn, const struct baseline *baseline, bool plain)
{
	const struct baseline_options options = { .groups = 64 };
	static const char *const sources[] = { "e" };
	struct baseline *again;
	struct fault fault = { "" };
	struct diff diff;
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	if (!out || baseline_new(&again, &options) != 0)
		abort();
	learn_print_document(out, learn, sources, 1);
	learn_print_summary(out, learn, true);
	fclose(out);
	/* The document ends with the first brace in the first column. */
	const char *end = strstr(text, "\n}\n");
	if (!end ||
	    baseline_parse_document(again, text, (size_t)(end - text) + 3, "d", &fault) != 0)
		abort();
	baseline_finish(again);
	if (diff_make(&diff, &(struct diff_side){ baseline, "a" },
		      &(struct diff_side){ again, "b" }, DIFF_FACTOR_DEFAULT) != 0 ||
	    (plain && (diff.count != 0 || baseline_count(again) != baseline_count(baseline))))
		abort();
	diff_free(&diff);
	baseline_free(again);
	free(text);
}

static void check_learning(const struct baseline *baseline, const struct map *map, bool plain)
{
	const struct learn_options options = { .map = map, .accept = UINT64_MAX, .pin = true };
	struct learn learn;
	struct fault fault = { "" };
	char *merged;

	if (learn_from(&learn, baseline, &options) != 0 ||
	    learn_merge(&learn, map_text, sizeof(map_text) - 1, "m", &merged, &fault) != 0)
		abort();
	free(merged);
	check_document(&learn, baseline, plain);
	learn_free(&learn);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct baseline_options options = { .groups = 64, .v4_bits = 28, .v6_bits = 64 };
	struct fault fault = { "" };
	struct baseline *baseline;
	struct map *map;
	const char *text = (const char *)data + 1;
	int error;

	if (size == 0)
		return 0;
	if (map_parse(&map, map_text, sizeof(map_text) - 1, "m", &fault) != 0 ||
	    baseline_new(&baseline, &options) != 0)
		abort();
	if (data[0] & 1)
		error = baseline_parse_document(baseline, text, size - 1, "d", &fault);
	else
		error = read_lines(baseline, map, text, size - 1, &fault);
	if (error != 0 && fault.text[0] == '\0')
		abort();
	baseline_finish(baseline);
	check_learning(baseline, map, is_plain(data, size));
	baseline_free(baseline);
	map_free(map);
	return 0;
}
