#include <string.h>

#include "base/text.h"
#include "event/event_names.h"
#include "report/summary_text.h"
#include "tool/explanation.h"

#define LINE_BYTES 2048
#define INDENT "  "

struct page {
	FILE *out;
	bool colour;
	const struct explanation *of;
	char line[LINE_BYTES];
	struct text text; /* over `line` */
};

static struct text *begin(struct page *page)
{
	page->text = text_over(page->line, sizeof(page->line));
	return &page->text;
}

static void end(struct page *page)
{
	summary_wrapped(page->out, INDENT, page->line);
}

static void heading(struct page *page, const char *words)
{
	fprintf(page->out, "\n%s%s%s\n", summary_colour(page->colour, SUMMARY_BOLD), words,
		summary_colour(page->colour, SUMMARY_PLAIN));
}

static void add_list(struct text *text, const char *const *list)
{
	for (size_t i = 0; list[i]; i++) {
		text_add(text, i == 0 ? "" : ", ");
		text_add(text, list[i]);
	}
}

static void add_addresses(struct text *text, const struct ip_addr *ips, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		text_add(text, i == 0 ? "" : ", ");
		text_add_ip(text, &ips[i]);
	}
}

/* ---- what it is ---- */

static void print_service(struct page *page)
{
	const struct catalog_match *match = &page->of->match;
	struct text *text = begin(page);

	text_add(text, match->service->title);
	if (strcmp(match->service->provider, match->service->title) != 0) {
		text_add(text, " by ");
		text_add(text, match->service->provider);
	}
	text_add(text, ": ");
	text_add(text, match->service->id);
	text_add(text, ", category ");
	text_add(text, match->service->category);
	text_add(text, "; known by ");
	text_add(text, match->suffix);
	end(page);

	text = begin(page);
	if (match->tenant_owned && match->resource[0] != '\0') {
		text_add(text, match->resource);
		text_add(text, " is the resource of one tenant: yours, or somebody else's");
	} else if (match->tenant_owned) {
		text_add(text, "it belongs to one tenant: to you, or to somebody else");
	} else {
		text_add(text, "it is shared by all customers: the name does not tell whose "
			       "resource is used");
	}
	if (match->region[0] != '\0') {
		text_add(text, "; region ");
		text_add(text, match->region);
	}
	end(page);
}

static void print_private_form(struct page *page)
{
	const struct catalog_match *match = &page->of->match;
	struct text *text = begin(page);

	if (match->private_zone) {
		text_add(text, match->is_privatelink ? "this is a private form" : "");
		text_add(text, page->of->public_name[0] != '\0' ? " of " : "");
		text_add(text, page->of->public_name);
		text_add(text, match->is_privatelink ? ", in " : "");
		text_add(text, "private DNS zone: ");
		text_add(text, match->private_zone);
		if (match->service->group_ids && match->service->group_ids[0]) {
			text_add(text, "; sub-resource ");
			add_list(text, match->service->group_ids);
		}
	} else {
		text_add(text, "it has no private form: it is always reached in public");
	}
	end(page);
}

static void print_catalog(struct page *page)
{
	heading(page, "What it is");
	if (!page->of->is_known) {
		text_add(begin(page), "The catalog knows no service with this name.");
		end(page);
		return;
	}
	print_service(page);
	if (strncmp(page->of->match.service->category, "azure", 5) == 0)
		print_private_form(page);
}

static void print_address(struct page *page)
{
	static const char *const kinds[] = {
		[PLACE_PUBLIC] = "a public address",
		[PLACE_MAPPED] = "inside the map",
		[PLACE_ENDPOINT] = "the address of a private endpoint of the map",
		[PLACE_PLATFORM] = "an address of the Azure platform",
		[PLACE_PRIVATE] = "private space that the map does not know",
		[PLACE_LINK_LOCAL] = "a link-local address",
		[PLACE_GROUP] = "a multicast or broadcast address",
		[PLACE_SELF] = "a loopback or unspecified address",
	};
	const struct explanation *of = page->of;
	struct text *text = begin(page);

	heading(page, of->name[0] != '\0' ? "The address" : "What it is");
	text_add_ip(text, &of->address);
	text_add(text, " is ");
	text_add(text, kinds[of->place.kind]);
	if (of->platform) {
		text_add(text, " (");
		text_add(text, of->platform);
		text_add(text, ")");
	}
	if (of->place.vnet) {
		text_add(text, ": ");
		text_add(text, of->place.subnet ? of->place.subnet->name : "no subnet");
		text_add(text, " of ");
		text_add(text, of->place.vnet->name);
	}
	end(page);
	if (!of->lookup->tags)
		return;
	text = begin(page);
	if (of->tag) {
		text_add(text, "it is in service tag ");
		text_add(text, of->tag->name);
		text_add(text, of->tag->is_cloud ? ": that only says that it is Azure's"
						 : ": a sign of the service, no proof");
	} else {
		text_add(text, "it is in no service tag, which proves nothing");
	}
	end(page);
}

/* ---- what the map says ---- */

static void print_endpoint(struct page *page)
{
	const struct map_endpoint *endpoint = page->of->endpoint;
	struct text *text = begin(page);

	if (!endpoint) {
		text_add(text, page->of->name[0] != '\0' ? "no private endpoint has the name"
							 : "no private endpoint is there");
		end(page);
		return;
	}
	text_add(text, "private endpoint ");
	text_add(text, endpoint->private_endpoint->name);
	text_add(text, " of ");
	text_add(text, endpoint->private_endpoint->vnet->name);
	text_add(text, ", serving ");
	text_add(text, endpoint->fqdn);
	text_add(text, endpoint->ip_count != 0 ? " at " : " at no known address");
	add_addresses(text, endpoint->ips, endpoint->ip_count);
	if (endpoint->private_endpoint->allowed_zones[0]) {
		text_add(text, "; for zone ");
		add_list(text, endpoint->private_endpoint->allowed_zones);
	} else {
		text_add(text, "; for every zone");
	}
	end(page);
}

static void print_zone(struct page *page)
{
	const struct explanation *of = page->of;
	struct text *text = begin(page);

	if (!of->zone) {
		if (!of->is_known || !of->match.private_zone)
			return;
		text_add(text, "no private DNS zone ");
		text_add(text, of->match.private_zone);
		text_add(text, ": Azure's resolver gives the public address");
		end(page);
		return;
	}
	text_add(text, "private DNS zone ");
	text_add(text, of->zone->name);
	text_add(text, of->zone->linked[0] ? ", linked to " : ", linked to no VNet");
	for (size_t i = 0; of->zone->linked[i]; i++) {
		text_add(text, i == 0 ? "" : ", ");
		text_add(text, of->zone->linked[i]->name);
	}
	if (of->zone->resolution_policy &&
	    strcmp(of->zone->resolution_policy, "NxDomainRedirect") == 0)
		text_add(text, "; a name that it lacks is looked up in public");
	end(page);
}

static void print_egress(struct page *page)
{
	const struct map_egress *egress = page->of->egress;
	struct text *text = begin(page);

	if (!egress) {
		text_add(text, "not in allowed_egress by name");
		end(page);
		return;
	}
	text_add(text, "allowed egress ");
	text_add(text, egress->fqdn);
	text_add(text, egress->zones[0] ? ", from zone " : ", from anywhere");
	add_list(text, egress->zones);
	for (size_t i = 0; i < egress->port_count; i++) {
		text_add(text, i == 0 ? ", port " : ", ");
		text_add_number(text, egress->ports[i]);
	}
	if (egress->ip_count != 0)
		text_add(text, ", known at ");
	add_addresses(text, egress->ips, egress->ip_count);
	end(page);
}

static void add_setting(struct text *text, const char *name, uint8_t setting)
{
	if (setting == MAP_UNKNOWN)
		return;
	text_add(text, "; ");
	text_add(text, name);
	text_add(text, setting == MAP_ON ? " on" : " off");
}

static void print_resource(struct page *page)
{
	const struct map_resource *resource = page->of->resource;
	struct text *text = begin(page);

	if (!resource)
		return;
	text_add(text, "your resource ");
	text_add(text, resource->name);
	if (resource->type) {
		text_add(text, " (");
		text_add(text, resource->type);
		text_add(text, ")");
	}
	if (resource->region) {
		text_add(text, " in ");
		text_add(text, resource->region);
	}
	add_setting(text, "public network access", resource->public_network_access);
	add_setting(text, "local authentication", resource->local_auth);
	add_setting(text, "firewall", resource->firewall);
	if (resource->deployment_count != 0) {
		text_add(text, "; deployments: ");
		text_add_number(text, resource->deployment_count);
	}
	end(page);
}

static void print_map(struct page *page)
{
	heading(page, "In the map");
	if (!page->of->lookup->map) {
		text_add(begin(page), "No map was given (--map): without it nothing is judged.");
		end(page);
		return;
	}
	print_endpoint(page);
	if (page->of->name[0] == '\0')
		return;
	print_zone(page);
	print_egress(page);
	print_resource(page);
}

/* ---- what would be said of traffic ---- */

static void print_verdict(struct page *page, const struct judgement *judgement)
{
	static const enum summary_colour colours[SEVERITIES] = {
		[SEVERITY_NONE] = SUMMARY_GOOD,   [SEVERITY_INFO] = SUMMARY_GOOD,
		[SEVERITY_LOW] = SUMMARY_WARNING, [SEVERITY_MEDIUM] = SUMMARY_WARNING,
		[SEVERITY_HIGH] = SUMMARY_BAD,    [SEVERITY_CRITICAL] = SUMMARY_BAD,
	};
	const char *severity = event_name_severity(judgement->severity);
	const char *verdict = event_name_verdict(judgement->verdict);

	fprintf(page->out, "      %s%s%s",
		summary_colour(page->colour, colours[judgement->severity]),
		verdict ? verdict : "not judged", summary_colour(page->colour, SUMMARY_PLAIN));
	if (judgement->severity != SEVERITY_NONE)
		fprintf(page->out, ", severity %s", severity);
	if (judgement->rule_id)
		fprintf(page->out, ", by rule %s", judgement->rule_id);
	putc('\n', page->out);
	if (judgement->title)
		summary_wrapped(page->out, "      ", judgement->title);
}

static void print_case(struct page *page, const struct explanation_case *one)
{
	const struct judgement *judgement = &one->judgement;

	summary_wrapped(page->out, INDENT, one->title);
	print_verdict(page, judgement);
	for (size_t i = 0; i < judgement->evidence_count; i++)
		summary_wrapped(page->out, i == 0 ? "      why  " : "           ",
				judgement->evidence[i].text);
	if (one->advice && judgement->severity != SEVERITY_NONE)
		summary_wrapped(page->out, "      do   ", one->advice);
}

static void print_source(struct page *page, const struct explanation_source *source)
{
	char words[LINE_BYTES];
	struct text text = text_over(words, sizeof(words));

	text_add(&text, "Traffic from ");
	text_add_ip(&text, &source->addr);
	if (source->place.vnet) {
		text_add(&text, ", ");
		text_add(&text, source->place.subnet ? source->place.subnet->name : "no subnet");
		text_add(&text, " of ");
		text_add(&text, source->place.vnet->name);
	} else {
		text_add(&text, ", which is in no VNet of the map");
	}
	if (source->place.zone) {
		text_add(&text, ", zone ");
		text_add(&text, source->place.zone);
	}
	if (source->is_example)
		text_add(&text, " (an example; --from names another)");
	heading(page, words);
	for (size_t i = 0; i < source->case_count; i++)
		print_case(page, &source->cases[i]);
}

/* Whether the resolver of the source uses the zone. */
static void print_link(struct page *page, const struct explanation_source *source)
{
	const struct map_dns_zone *zone = page->of->zone;
	struct text *text = begin(page);

	if (!zone || !source->place.vnet ||
	    map_dns_zone_is_linked(page->of->lookup->map, zone, source->place.vnet))
		return;
	text_add(text, "note: private DNS zone ");
	text_add(text, zone->name);
	text_add(text, " is not linked to ");
	text_add(text, source->place.vnet->name);
	text_add(text, ": there Azure's resolver gives the public address");
	end(page);
}

void explanation_print(FILE *out, const struct explanation *explanation, bool colour)
{
	struct page page = { .out = out, .colour = colour, .of = explanation };

	if (explanation->name[0] != '\0') {
		summary_wrapped(out, "", explanation->name);
		print_catalog(&page);
	} else {
		text_add_ip(begin(&page), &explanation->address);
		summary_wrapped(out, "", page.line);
	}
	if (explanation->has_address)
		print_address(&page);
	print_map(&page);
	for (size_t i = 0; i < explanation->source_count; i++) {
		print_source(&page, &explanation->source[i]);
		print_link(&page, &explanation->source[i]);
	}
}
