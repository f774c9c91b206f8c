/* What a look-up of a name costs: the endpoint catalog as it is, and twenty times as large.
 *
 * Each row looks up 64 names of one kind in turn, so that no branch can be learnt by heart, and shows the
 * least and the median of 21 rounds: the rest is the machine's. The larger catalog holds every form of
 * the smaller one, and copies of it under top-level domains that do not exist.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "judge/catalog.h"

#define NAMES 64
#define ROUNDS 21
#define PASSES 2000
#define COPIES 20

#define LABEL_40 ".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define GUID "12345678-1234-1234-1234-1234567890" /* and two digits */

/* A name is `before`, a resource unless a GUID ends there, two digits, `after`. */
static const struct kind {
	const char *what, *before, *after;
} kinds[] = {
	{ "hit, short", "", ".openai.azure.com" },
	{ "hit, storage", "", ".blob.core.windows.net" },
	{ "hit, private-link name", "", ".privatelink.vaultcore.azure.net" },
	{ "hit, two labels", "", ".anthropic.com" },
	{ "hit, GUID and region", GUID, ".workspace.westeurope.api.azureml.ms" },
	{ "hit, long", "ml-a-workspace-westeurope-" GUID, ".westeurope.notebooks.azure.net" },
	{ "miss, other domain", "www.", ".com" },
	{ "miss, no such top-level domain", "host.", ".internal" },
	{ "miss under azure.com", "", ".example.azure.com" },
	{ "miss, 200 bytes", "", LABEL_40 LABEL_40 LABEL_40 LABEL_40 ".example.org" },
};

static const char *const resources[] = { "Contoso", "wingtip", "fabrikam-prod", "x",
					 "a-much-longer-resource" };

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static void measure(const struct catalog *catalog, const struct kind *kind, double ns[ROUNDS])
{
	char name[NAMES][256];
	unsigned found = 0;

	for (int i = 0; i < NAMES; i++)
		snprintf(name[i], sizeof(name[i]), "%s%s%02d%s", kind->before,
			 strstr(kind->before, GUID) ? "" : resources[i % 5], i, kind->after);
	for (int round = 0; round < ROUNDS; round++) {
		double start = now_ns();

		for (int pass = 0; pass < PASSES; pass++) {
			for (int i = 0; i < NAMES; i++) {
				struct catalog_match match;

				found += catalog_find(catalog, name[i], &match);
			}
		}
		ns[round] = (now_ns() - start) / (PASSES * NAMES);
	}
	if (found != (strncmp(kind->what, "hit", 3) == 0 ? ROUNDS * PASSES * NAMES : 0))
		printf("%s: found %u\n", kind->what, found);
	qsort(ns, ROUNDS, sizeof(*ns), by_value);
}

static void write_copy(FILE *out, const struct catalog *catalog, int copy)
{
	char end[8] = "";
	struct catalog_name form;
	const struct catalog_service *service;

	if (copy > 0)
		snprintf(end, sizeof(end), "%d", copy);
	for (size_t i = 0; (service = catalog_service(catalog, i)); i++) {
		fprintf(out,
			"%s{\"id\":\"%s%s\",\"title\":\"t\",\"category\":\"%s\",\"provider\":\"p\","
			"\"names\":[",
			copy + i ? ",\n" : "", service->id, end, service->category);
		for (size_t j = 0; catalog_service_name(catalog, service, j, &form); j++) {
			fprintf(out, "%s{\"name\":\"%s%s\"", j ? "," : "", form.name, end);
			if (form.private_zone)
				fprintf(out, ",\"private_zone\":\"%s%s\"", form.private_zone, end);
			fputc('}', out);
		}
		fputs("]}", out);
	}
}

static struct catalog *enlarge(const struct catalog *catalog)
{
	char *text;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	struct catalog *large;
	struct fault fault = { "" };

	fputs("{\"version\":1,\"services\":[", out);
	for (int copy = 0; copy < COPIES; copy++)
		write_copy(out, catalog, copy);
	fputs("]}", out);
	fclose(out);

	double start = now_ns();
	if (catalog_parse(&large, text, length, "copies", &fault) != 0)
		printf("%s\n", fault.text);
	printf("%zu services, loaded in %.1f ms\n", catalog_service_count(large),
	       (now_ns() - start) / 1e6);
	free(text);
	return large;
}

int main(int argc, char **argv)
{
	struct catalog *catalog, *large;
	struct fault fault = { "" };
	double start = now_ns();

	if (catalog_load(&catalog, argc > 1 ? argv[1] : "rules/catalog", &fault) != 0) {
		fprintf(stderr, "%s\n", fault.text);
		return 1;
	}
	printf("%zu services, loaded in %.1f ms\n", catalog_service_count(catalog),
	       (now_ns() - start) / 1e6);
	large = enlarge(catalog);
	printf("\n%-32s  %21s  %21s\n%-32s  %10s %10s  %10s %10s\n", "", "catalog as it is",
	       "20 times", "ns a look-up", "least", "median", "least", "median");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		double small_ns[ROUNDS], large_ns[ROUNDS];

		measure(catalog, &kinds[i], small_ns);
		measure(large, &kinds[i], large_ns);
		printf("%-32s  %10.1f %10.1f  %10.1f %10.1f\n", kinds[i].what, small_ns[0],
		       small_ns[ROUNDS / 2], large_ns[0], large_ns[ROUNDS / 2]);
	}
	catalog_free(catalog);
	catalog_free(large);
	return 0;
}
