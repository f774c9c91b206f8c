#include "baseline/learn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "judge/judge_case.h"

#define NAME_BYTES_MAX 253 /* RFC 1035 section 2.3.4, as text */
#define LABEL_BYTES_MAX 63

#define BIT(value) (UINT64_C(1) << (value))
#define CLAIMS (BIT(NAME_SNI) | BIT(NAME_QUIC) | BIT(NAME_HTTP))
/* Not findings, or the one that learning is for. */
#define HARMLESS (BIT(VERDICT_NONE) | BIT(VERDICT_EXPECTED) | BIT(VERDICT_UNEXPECTED_EGRESS))

const char *learn_confidence_name(enum learn_confidence confidence)
{
	static const char *const names[] = {
		[LEARN_LOW] = "low", [LEARN_MEDIUM] = "medium", [LEARN_HIGH] = "high"
	};

	return names[confidence];
}

const char *learn_section_name(enum learn_section section)
{
	static const char *const names[LEARN_SECTIONS] = {
		[LEARN_EGRESS] = "allowed_egress",
		[LEARN_ENDPOINT] = "private_endpoints",
		[LEARN_RESOLVER] = "resolvers",
		[LEARN_CROSSING] = "cross_zone.allowed",
		[LEARN_SSH] = "compute_admin.ssh_allowed_sources",
		[LEARN_RDP] = "compute_admin.rdp_allowed_sources",
	};

	return names[section] ? names[section] : "";
}

/* Two labels or more of letters, digits, - and _. No wildcard, whatever a client claims. */
static bool is_host_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned labels = 0;

	if (strlen(name) > NAME_BYTES_MAX)
		return false;
	for (const char *at = name; *at != '\0'; labels++) {
		size_t length = strspn(at, letters);

		if (length == 0 || length > LABEL_BYTES_MAX)
			return false;
		at += length;
		if (*at == '.' && at[1] != '\0')
			at++;
		else if (*at != '\0')
			return false;
	}
	return labels >= 2;
}

static uint8_t confidence_of(const struct baseline_group *group)
{
	if (group->name[0] == '\0')
		return LEARN_LOW;
	return (group->name_sources & CLAIMS) && group->confirmed ? LEARN_HIGH : LEARN_MEDIUM;
}

static bool is_endpoint_subnet(const struct place *place)
{
	return place->kind == PLACE_MAPPED && place->role &&
	       strcmp(place->role, "private-endpoints") == 0;
}

static bool has_port(const struct baseline_group *group)
{
	for (size_t i = 0; i < group->port_count; i++)
		if (group->port[i].port != 0)
			return true;
	return false;
}

/* Ports of RDP, VNC and WinRM, for which the map has a list of its own. */
static bool is_rdp_port(uint16_t port)
{
	return port == 3389 || port == 5900 || port == 5985 || port == 5986;
}

/* Whether some port is, or is not, one of those. */
static bool has_admin_port(const struct baseline_group *group, bool rdp)
{
	for (size_t i = 0; i < group->port_count; i++)
		if (is_rdp_port(group->port[i].port) == rdp)
			return true;
	return false;
}

static uint8_t refuse(struct learn_item *item, const char *why)
{
	item->why = why;
	return LEARN_REFUSED;
}

/* What leaves: a name or an address that may be reached, or an endpoint that the map does not have. */
static uint8_t section_of_egress(struct learn_item *item, const struct place *to)
{
	const struct baseline_group *group = item->group;
	bool is_named = group->name[0] != '\0';

	if (is_named && !is_host_name(group->name))
		return refuse(item, "the name is no host name: a client may claim anything");
	if (is_endpoint_subnet(to))
		return is_named ? LEARN_ENDPOINT
				: refuse(item, "a private endpoint without a name: find out whose "
					       "it is and add it to private_endpoints");
	if (to->kind == PLACE_MAPPED || to->kind == PLACE_ENDPOINT)
		return refuse(item, "it lies inside the map: mend the map there");
	if (!has_port(group))
		return refuse(item, "no port was seen, and an entry without ports would allow all "
				    "of them: add it by hand if it is meant");
	if (group->more_ports)
		return refuse(item, "it was spoken to on more ports than a service has, as in a "
				    "scan: add it by hand if it is meant");
	if (group->verdict != VERDICT_UNEXPECTED_EGRESS && !is_named)
		return refuse(item, "it can be allowed by its name only, and none was seen");
	return LEARN_EGRESS;
}

static uint8_t section_of_mismatch(struct learn_item *item, const struct place *to)
{
	if (is_endpoint_subnet(to))
		return section_of_egress(item, to);
	return refuse(item, "a name at an address that is not its own cannot be allowed: find out "
			    "which of the two is wrong");
}

static uint8_t section_of_crossing(struct learn_item *item)
{
	if (item->group->zone_count == 0)
		return refuse(item, "the zone of the source is unknown: give its VNet a zone");
	return LEARN_CROSSING;
}

/* Verdicts that an entry of a map can allow, and why the others cannot be. */
static uint8_t section_of(struct learn_item *item, const struct map *map)
{
	const struct baseline_group *group = item->group;
	struct place to = { .kind = PLACE_PUBLIC };

	if (group->address_count != 0)
		to = judge_place_of(map, &group->address[0]);
	switch ((enum verdict)group->verdict) {
	case VERDICT_UNEXPECTED_EGRESS:
	case VERDICT_PUBLIC_AI_ENDPOINT:
	case VERDICT_FOREIGN_RESOURCE:
	case VERDICT_THIRD_PARTY_AI:
		return section_of_egress(item, &to);
	case VERDICT_NAME_ADDRESS_MISMATCH:
		return section_of_mismatch(item, &to);
	case VERDICT_ZONE_CROSSING:
		return section_of_crossing(item);
	case VERDICT_DNS_RESOLVER_BYPASS:
		return LEARN_RESOLVER;
	case VERDICT_ADMIN_ACCESS:
		return has_admin_port(group, true) ? LEARN_RDP : LEARN_SSH;
	default:
		return refuse(item, "no entry of a map allows this: mend the cause, or suppress "
				    "the rule with a reason (docs/rules.md)");
	}
}

bool learn_can_accept(enum verdict verdict)
{
	static const uint64_t verdicts =
		BIT(VERDICT_UNEXPECTED_EGRESS) | BIT(VERDICT_PUBLIC_AI_ENDPOINT) |
		BIT(VERDICT_FOREIGN_RESOURCE) | BIT(VERDICT_THIRD_PARTY_AI) |
		BIT(VERDICT_NAME_ADDRESS_MISMATCH) | BIT(VERDICT_ZONE_CROSSING) |
		BIT(VERDICT_DNS_RESOLVER_BYPASS) | BIT(VERDICT_ADMIN_ACCESS);

	return verdicts >> verdict & 1;
}

/* Another finding that the same name has; groups of one name stand together. */
static uint8_t other_finding(const struct baseline *baseline, size_t of)
{
	const struct baseline_group *group = baseline_group(baseline, of);
	size_t from = of, count = baseline_count(baseline);

	if (group->name[0] == '\0')
		return VERDICT_NONE;
	while (from != 0 && strcmp(baseline_group(baseline, from - 1)->name, group->name) == 0)
		from--;
	for (; from < count && strcmp(baseline_group(baseline, from)->name, group->name) == 0;
	     from++) {
		uint8_t verdict = baseline_group(baseline, from)->verdict;

		if (verdict != group->verdict && !(HARMLESS >> verdict & 1))
			return verdict;
	}
	return VERDICT_NONE;
}

static void decide(const struct learn *learn, struct learn_item *item)
{
	const struct learn_options *options = &learn->options;
	uint8_t verdict = item->group->verdict;
	bool is_plain = verdict == VERDICT_UNEXPECTED_EGRESS;

	if (verdict == VERDICT_NONE || verdict == VERDICT_EXPECTED)
		return;
	item->section = section_of(item, options->map);
	if (item->section == LEARN_REFUSED)
		return;
	if (!is_plain && !(options->accept >> verdict & 1)) {
		item->section = refuse(item, "a finding is not learned unless it is accepted");
		item->may_accept = true;
	} else if (item->confidence < options->confidence) {
		item->section = refuse(item, "its confidence is below what was asked for");
	} else {
		item->accepted = !is_plain;
	}
}

int learn_from(struct learn *learn, const struct baseline *baseline,
	       const struct learn_options *options)
{
	size_t count = baseline_count(baseline);

	*learn = (struct learn){ .baseline = baseline, .options = *options };
	learn->item = calloc(count ? count : 1, sizeof(*learn->item));
	if (!learn->item)
		return -ENOMEM;
	learn->count = count;
	for (size_t i = 0; i < count; i++) {
		struct learn_item *item = &learn->item[i];

		item->group = baseline_group(baseline, i);
		item->also = other_finding(baseline, i);
		item->confidence =
			item->also != VERDICT_NONE ? LEARN_LOW : confidence_of(item->group);
		if (options->tag_of && item->group->address_count != 0)
			item->tag = options->tag_of(options->tag_context, &item->group->address[0]);
		decide(learn, item);
	}
	return 0;
}

void learn_free(struct learn *learn)
{
	free(learn->item);
	learn->item = NULL;
}

bool learn_is_in(const struct learn_item *item, enum learn_section section)
{
	return item->section == section || (section == LEARN_SSH && item->section == LEARN_RDP &&
					    has_admin_port(item->group, false));
}

size_t learn_count(const struct learn *learn, enum learn_section section)
{
	size_t count = 0;

	for (size_t i = 0; i < learn->count; i++)
		count += learn_is_in(&learn->item[i], section);
	return count;
}
