#include "tool/catalog_json.h"

static void name_of(struct emit *json, const char *name)
{
	emit_name(json, name, strlen(name));
}

/* Leaves out what is not there. */
static void text(struct emit *json, const char *name, const char *value)
{
	if (!value || value[0] == '\0')
		return;
	name_of(json, name);
	emit_text(json, value);
}

static void flag(struct emit *json, const char *name, bool value)
{
	name_of(json, name);
	emit_bool(json, value);
}

static void texts(struct emit *json, const char *name, const char *const *values)
{
	name_of(json, name);
	emit_open(json, '[');
	for (size_t i = 0; values[i]; i++) {
		emit_separate(json);
		emit_text(json, values[i]);
	}
	emit_close(json, ']');
}

static void ports(struct emit *json, const uint16_t *values)
{
	name_of(json, "ports");
	emit_open(json, '[');
	for (size_t i = 0; values[i] != 0; i++) {
		emit_separate(json);
		emit_u64(json, values[i]);
	}
	emit_close(json, ']');
}

void catalog_emit_head(struct emit *json, const struct catalog_service *service)
{
	text(json, "id", service->id);
	text(json, "title", service->title);
	text(json, "category", service->category);
	text(json, "provider", service->provider);
	flag(json, "tenant_owned", service->tenant_owned);
}

static void emit_names(struct emit *json, const struct catalog *catalog,
		       const struct catalog_service *service)
{
	struct catalog_name form;

	name_of(json, "names");
	emit_open(json, '[');
	for (size_t i = 0; catalog_service_name(catalog, service, i, &form); i++) {
		emit_separate(json);
		emit_open(json, '{');
		text(json, "name", form.name);
		text(json, "cloud", form.cloud);
		text(json, "private_zone", form.private_zone);
		texts(json, "group_ids", form.group_ids);
		flag(json, "tenant_owned", form.tenant_owned);
		emit_close(json, '}');
	}
	emit_close(json, ']');
}

static void emit_zones(struct emit *json, const struct catalog *catalog,
		       const struct catalog_service *service)
{
	const char *zone, *cloud;

	name_of(json, "private_zones");
	emit_open(json, '[');
	for (size_t i = 0; (zone = catalog_service_zone(catalog, service, i, &cloud)); i++) {
		emit_separate(json);
		emit_open(json, '{');
		text(json, "zone", zone);
		text(json, "cloud", cloud);
		emit_close(json, '}');
	}
	emit_close(json, ']');
}

void catalog_emit_service(struct emit *json, const struct catalog *catalog,
			  const struct catalog_service *service)
{
	emit_open(json, '{');
	catalog_emit_head(json, service);
	text(json, "note", service->note);
	texts(json, "resource_types", service->resource_types);
	texts(json, "group_ids", service->group_ids);
	texts(json, "service_tags", service->service_tags);
	ports(json, service->ports);
	emit_names(json, catalog, service);
	emit_zones(json, catalog, service);
	emit_close(json, '}');
}

static void emit_found(struct emit *json, const struct catalog *catalog, const char *name,
		       const struct catalog_match *match)
{
	char public_name[CATALOG_NAME_MAX + 1];
	const struct catalog_service *other;

	text(json, "service", match->service->id);
	text(json, "title", match->service->title);
	text(json, "category", match->service->category);
	text(json, "provider", match->service->provider);
	name_of(json, "other_services");
	emit_open(json, '[');
	for (size_t i = 0; (other = catalog_find_other(catalog, match, i)); i++) {
		emit_separate(json);
		emit_text(json, other->id);
	}
	emit_close(json, ']');
	text(json, "pattern", match->suffix);
	text(json, "cloud", match->cloud);
	flag(json, "tenant_owned", match->tenant_owned);
	text(json, "resource", match->resource);
	text(json, "workspace", match->workspace);
	text(json, "region", match->region);
	flag(json, "privatelink", match->is_privatelink);
	text(json, "private_zone", match->private_zone);
	if (catalog_public_name(catalog, name, public_name))
		text(json, "public_name", public_name);
	texts(json, "group_ids", match->group_ids);
	texts(json, "resource_types", match->service->resource_types);
	texts(json, "service_tags", match->service->service_tags);
	ports(json, match->service->ports);
}

void catalog_emit_match(struct emit *json, const struct catalog *catalog, const char *name)
{
	struct catalog_match match;
	bool known = catalog_find(catalog, name, &match);
	const struct catalog_service *service;

	emit_open(json, '{');
	text(json, "name", name);
	flag(json, "known", known);
	if (known)
		emit_found(json, catalog, name, &match);
	if (catalog_zone_service(catalog, name, 0)) {
		name_of(json, "zone_of");
		emit_open(json, '[');
		for (size_t i = 0; (service = catalog_zone_service(catalog, name, i)); i++) {
			emit_separate(json);
			emit_text(json, service->id);
		}
		emit_close(json, ']');
	}
	emit_close(json, '}');
}
