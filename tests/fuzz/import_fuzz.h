/* import_fuzz.h - what the fuzz targets of the importers share. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/inventory.h"
#include "judge/catalog.h"

static inline void import_fuzz_hear(void *context, enum heard what, const char *sentence)
{
	*(size_t *)context += strlen(sentence) + (size_t)what;
}

static inline void import_fuzz_fail(const char *sentence)
{
	fprintf(stderr, "%s\n", sentence);
	abort();
}

/* The shipped catalog, loaded once; NULL when it is not run from the root of the sources. */
static inline const struct catalog *import_fuzz_catalog(void)
{
	static struct catalog *catalog;
	static int tried;

	if (!tried++ && catalog_load(&catalog, "rules/catalog", NULL) != 0)
		catalog = NULL;
	return catalog;
}
