/* The first line is a name, the rest a catalog: it loads or says where it is wrong, and a look-up of
 * any name stays in bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "judge/catalog.h"

#define NAME_SIZE 300 /* longer than any name may be */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	size_t length = end ? (size_t)(end - data) : 0;
	char name[NAME_SIZE + 1];
	struct fault fault = { "" };
	struct catalog *catalog;
	struct catalog_match match;

	if (!end || length > NAME_SIZE)
		return 0;
	memcpy(name, data, length);
	name[length] = '\0';
	if (catalog_parse(&catalog, (const char *)end + 1, size - length - 1, "c", &fault) != 0) {
		if (fault.text[0] == '\0')
			abort();
		return 0;
	}
	if (catalog_find(catalog, name, &match) &&
	    (!match.service || !match.cloud || strlen(match.resource) > CATALOG_RESOURCE_MAX))
		abort();
	catalog_free(catalog);
	return 0;
}
