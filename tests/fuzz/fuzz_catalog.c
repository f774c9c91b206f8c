/* The first line is a name, the rest a catalog: it loads or says where it is wrong, and all look-ups of
 * any name stay in bounds and agree with each other. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "judge/catalog.h"

#define NAME_SIZE 300 /* longer than any name may be */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_up(const struct catalog *catalog, const char *name)
{
	char public_name[CATALOG_NAME_MAX + 1];
	struct catalog_match match;
	bool known = catalog_find(catalog, name, &match);

	if (known && (!match.service || !match.cloud || !match.group_ids ||
		      strlen(match.resource) > CATALOG_RESOURCE_MAX ||
		      strlen(match.workspace) > CATALOG_GUID_LENGTH))
		abort();
	for (size_t i = 0; known && catalog_find_other(catalog, &match, i); i++) {
		if (catalog_find_other(catalog, &match, i) == match.service)
			abort();
	}
	if (catalog_public_name(catalog, name, public_name) &&
	    (!known || !match.private_zone || strlen(public_name) > CATALOG_NAME_MAX))
		abort();
	for (size_t i = 0; catalog_zone_service(catalog, name, i); i++)
		;
}

static void walk(const struct catalog *catalog)
{
	const struct catalog_service *service;
	struct catalog_name form;
	const char *zone, *cloud;

	for (size_t i = 0; (service = catalog_service(catalog, i)); i++) {
		for (size_t j = 0; catalog_service_name(catalog, service, j, &form); j++)
			look_up(catalog, form.name);
		/* A zone of a service has it among its services. */
		for (size_t j = 0; (zone = catalog_service_zone(catalog, service, j, &cloud));
		     j++) {
			if (!catalog_zone_service(catalog, zone, 0))
				abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	size_t length = end ? (size_t)(end - data) : 0;
	char name[NAME_SIZE + 1];
	struct fault fault = { "" };
	struct catalog *catalog;

	if (!end || length > NAME_SIZE)
		return 0;
	memcpy(name, data, length);
	name[length] = '\0';
	if (catalog_parse(&catalog, (const char *)end + 1, size - length - 1, "c", &fault) != 0) {
		if (fault.text[0] == '\0')
			abort();
		return 0;
	}
	look_up(catalog, name);
	walk(catalog);
	catalog_free(catalog);
	return 0;
}
