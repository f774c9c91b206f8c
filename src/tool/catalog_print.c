#include "tool/catalog_print.h"

#include <stdlib.h>
#include <string.h>

#include "tool/catalog_json.h"

#define JSON_BYTES_FIRST ((size_t)64 * 1024)
#define JSON_BYTES_MAX ((size_t)64 * 1024 * 1024) /* far beyond what a catalog may hold */

/* What one JSON line is made of: a list (of a category), a service, or a name. */
struct line {
	const struct catalog *catalog;
	const struct catalog_service *service;
	const char *name, *category;
};

static void emit_list(struct emit *json, const struct line *line)
{
	const struct catalog_service *service;

	emit_open(json, '{');
	emit_name(json, "services", 8);
	emit_open(json, '[');
	for (size_t i = 0; (service = catalog_service(line->catalog, i)); i++) {
		if (line->category && strcmp(service->category, line->category) != 0)
			continue;
		emit_separate(json);
		emit_open(json, '{');
		catalog_emit_head(json, service);
		emit_close(json, '}');
	}
	emit_close(json, ']');
	emit_close(json, '}');
}

static void emit_line(struct emit *json, const struct line *line)
{
	if (line->name)
		catalog_emit_match(json, line->catalog, line->name);
	else if (line->service)
		catalog_emit_service(json, line->catalog, line->service);
	else
		emit_list(json, line);
}

/* Prints a line of JSON in as much room as it needs. */
static bool print_json(const struct line *line)
{
	for (size_t size = JSON_BYTES_FIRST; size <= JSON_BYTES_MAX; size *= 2) {
		char *bytes = malloc(size);
		struct emit json = emit_over(bytes, bytes ? size : 0);

		if (!bytes)
			return false;
		emit_line(&json, line);
		if (!json.full) {
			fwrite(bytes, 1, (size_t)(json.at - bytes), stdout);
			putchar('\n');
		}
		free(bytes);
		if (!json.full)
			return true;
	}
	return false;
}

bool catalog_print_list(const struct catalog *catalog, const char *category, bool json)
{
	const struct catalog_service *service;

	if (json)
		return print_json(&(struct line){ .catalog = catalog, .category = category });
	for (size_t i = 0; (service = catalog_service(catalog, i)); i++) {
		if (!category || strcmp(service->category, category) == 0)
			printf("%-28s  %-15s  %-6s  %s\n", service->id, service->category,
			       service->tenant_owned ? "tenant" : "shared", service->title);
	}
	return true;
}

static void row(const char *label, const char *text)
{
	if (text && text[0] != '\0')
		printf("  %-16s%s\n", label, text);
}

static void row_of_texts(const char *label, const char *const *texts)
{
	if (!texts[0])
		return;
	printf("  %-16s", label);
	for (size_t i = 0; texts[i]; i++)
		printf("%s%s", i ? ", " : "", texts[i]);
	putchar('\n');
}

static void row_of_ports(const uint16_t *ports)
{
	if (ports[0] == 0)
		return;
	printf("  %-16s", "ports");
	for (size_t i = 0; ports[i] != 0; i++)
		printf("%s%u", i ? ", " : "", ports[i]);
	putchar('\n');
}

static void print_knowledge(const struct catalog_service *service, const char *const *group_ids)
{
	row_of_texts("resource types", service->resource_types);
	row_of_texts("group ids", group_ids);
	row_of_ports(service->ports);
	row_of_texts("service tags", service->service_tags);
	row("note", service->note);
}

bool catalog_print_service(const struct catalog *catalog, const struct catalog_service *service,
			   bool json)
{
	struct catalog_name form;
	const char *zone, *cloud;

	if (json)
		return print_json(&(struct line){ .catalog = catalog, .service = service });
	printf("%s: %s (%s)\n", service->id, service->title, service->provider);
	row("category", service->category);
	row("whose", service->tenant_owned ? "somebody's: its names carry a resource"
					   : "shared by all who use it");
	print_knowledge(service, service->group_ids);
	for (size_t i = 0; catalog_service_name(catalog, service, i, &form); i++)
		printf("  %-16s%-8s%s%s\n", i ? "" : "names", form.cloud, form.name,
		       service->tenant_owned && !form.tenant_owned ? "  (shared)" : "");
	for (size_t i = 0; (zone = catalog_service_zone(catalog, service, i, &cloud)); i++)
		printf("  %-16s%-8s%s\n", i ? "" : "private zones", cloud, zone);
	return true;
}

static void print_others(const struct catalog *catalog, const struct catalog_match *match)
{
	const struct catalog_service *other;

	for (size_t i = 0; (other = catalog_find_other(catalog, match, i)); i++)
		printf("  %-16s%s: %s\n", i ? "" : "or", other->id, other->title);
}

static void print_found(const struct catalog *catalog, const char *name,
			const struct catalog_match *match)
{
	char public_name[CATALOG_NAME_MAX + 1];
	const struct catalog_service *service = match->service;

	printf("  %-16s%s: %s (%s)\n", "service", service->id, service->title, service->provider);
	print_others(catalog, match);
	row("category", service->category);
	row("cloud", match->cloud);
	row("whose", match->tenant_owned ? "somebody's: the name carries a resource"
					 : "shared by all who use it");
	row("resource", match->resource);
	row("workspace", match->workspace);
	row("region", match->region);
	if (match->is_privatelink)
		row("kind", "a private-link name");
	row("private zone",
	    match->private_zone ? match->private_zone : "none: has no private form");
	if (match->is_privatelink && catalog_public_name(catalog, name, public_name))
		row("public name", public_name);
	print_knowledge(service, match->group_ids);
}

static void print_zone(const struct catalog *catalog, const char *zone)
{
	const struct catalog_service *service;

	for (size_t i = 0; (service = catalog_zone_service(catalog, zone, i)); i++)
		printf("  %-16s%s: %s\n", i ? "" : "private zone of", service->id, service->title);
}

bool catalog_print_match(const struct catalog *catalog, const char *name, bool json)
{
	struct catalog_match match;
	bool is_zone = catalog_zone_service(catalog, name, 0) != NULL;

	if (json)
		return print_json(&(struct line){ .catalog = catalog, .name = name });
	printf("%s\n", name);
	if (is_zone)
		print_zone(catalog, name);
	else if (catalog_find(catalog, name, &match))
		print_found(catalog, name, &match);
	else
		puts("  no service of the catalog has such a name");
	return true;
}
