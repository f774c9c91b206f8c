/* Facts that hold what was seen against what the map says of the owners' things. */
#include <string.h>
#include <strings.h>

#include "base/ip.h"
#include "judge/judge_facts.h"

#define BYTES_PER_TOKEN 8 /* twice that of English prose, for the JSON and TLS round it */
#define WARNING_PERCENT 80

static bool give_flag(struct value *value, bool flag)
{
	value->flag = flag;
	return true;
}

static bool give_number(struct value *value, uint64_t number)
{
	value->number = (int64_t)number;
	return number != 0;
}

/* "*.vault.azure.net" covers one label in place of the star (RFC 9525 section 6.3). */
static bool covers(const char *pattern, const char *name)
{
	const char *rest = strchr(name, '.');

	if (strncmp(pattern, "*.", 2) != 0)
		return strcasecmp(pattern, name) == 0;
	return rest && rest != name && strcasecmp(pattern + 1, rest) == 0;
}

/* Clients that are given an address put it in place of the name, against RFC 6066 section 3; names of
 * certificates are no addresses. */
static bool is_address(const char *name)
{
	struct ip_addr addr;

	return ip_parse(name, &addr);
}

bool judge_facts_certificate_name_matches(const struct judge_case *facts, struct value *value)
{
	const struct tls_info *tls = facts->flow->tls;
	const struct tls_certificate *certificate = tls ? &tls->certificate : NULL;

	if (!tls || !certificate->seen || certificate->san_count == 0 || tls->sni[0] == '\0' ||
	    is_address(tls->sni))
		return false;
	for (size_t i = 0; i < certificate->san_count; i++)
		if (covers(certificate->san[i], tls->sni))
			return give_flag(value, true);
	/* One of the names that were not kept may match. */
	return certificate->san_total <= certificate->san_count && give_flag(value, false);
}

/* https://vault.azure.net/.default and vault.azure.net are one audience. */
static size_t audience(const char *text, const char **start)
{
	const char *scheme = strstr(text, "://");

	*start = scheme ? scheme + 3 : text;
	return strcspn(*start, "/");
}

static bool same_audience(const char *a, const char *b)
{
	const char *one, *other;
	size_t length = audience(a, &one);

	return length == audience(b, &other) && strncasecmp(one, other, length) == 0;
}

bool judge_facts_imds_audience_allowed(const struct judge_case *facts, struct value *value)
{
	const struct map_compute *compute = facts->src_compute;
	const struct http_info *http = facts->flow->http;

	if (!compute || !compute->identity_resources[0] || !http || http->imds_resource[0] == '\0')
		return false;
	for (size_t i = 0; compute->identity_resources[i]; i++)
		if (same_audience(compute->identity_resources[i], http->imds_resource))
			return give_flag(value, true);
	return give_flag(value, false);
}

/* The name's region; failing that, the one of the address. */
static const char *region_of(const struct judge_case *facts)
{
	const struct service_tag *tag = NULL;

	if (facts->is_known && facts->match.region[0] != '\0')
		return facts->match.region;
	if (facts->tags && facts->dst.kind == PLACE_PUBLIC)
		tag = service_tags_find(facts->tags, &facts->flow->dst);
	return tag && tag->region[0] != '\0' ? tag->region : NULL;
}

bool judge_facts_dest_region(const struct judge_case *facts, struct value *value)
{
	value->text = region_of(facts);
	value->length = value->text ? strlen(value->text) : 0;
	return value->text != NULL;
}

bool judge_facts_region_foreign(const struct judge_case *facts, struct value *value)
{
	const char *region = region_of(facts);

	return region && facts->map && map_has_regions(facts->map) &&
	       give_flag(value, !map_has_region(facts->map, region));
}

/* Of all deployments together: which one a request went to is inside TLS. */
static uint64_t requests_per_minute(const struct map_resource *resource)
{
	uint64_t sum = 0;

	for (size_t i = 0; resource && i < resource->deployment_count; i++)
		sum += resource->deployments[i].requests_per_minute;
	return sum;
}

static uint64_t tokens_per_minute(const struct map_resource *resource)
{
	uint64_t sum = 0;

	for (size_t i = 0; resource && i < resource->deployment_count; i++)
		sum += resource->deployments[i].tokens_per_minute;
	return sum;
}

bool judge_facts_resource_requests_per_minute(const struct judge_case *facts, struct value *value)
{
	return give_number(value, requests_per_minute(facts->resource));
}

bool judge_facts_resource_requests_warning(const struct judge_case *facts, struct value *value)
{
	return give_number(value, requests_per_minute(facts->resource) * WARNING_PERCENT / 100);
}

bool judge_facts_resource_tokens_per_minute(const struct judge_case *facts, struct value *value)
{
	return give_number(value, tokens_per_minute(facts->resource));
}

bool judge_facts_resource_bytes_per_minute(const struct judge_case *facts, struct value *value)
{
	return give_number(value, tokens_per_minute(facts->resource) * BYTES_PER_TOKEN);
}

bool judge_facts_src_idle_shutdown_s(const struct judge_case *facts, struct value *value)
{
	return give_number(value, facts->src_compute ? facts->src_compute->idle_shutdown_s : 0);
}

static bool is_outside(const struct judge_case *facts, const struct ip_addr *addr,
		       struct value *value)
{
	enum map_setting activity = MAP_UNKNOWN;

	if (facts->map && facts->flow->now_ns != 0)
		activity = map_activity_at(facts->map, addr, facts->flow->now_ns);
	return activity != MAP_UNKNOWN && give_flag(value, activity == MAP_OFF);
}

bool judge_facts_src_outside_schedule(const struct judge_case *facts, struct value *value)
{
	return is_outside(facts, &facts->flow->src, value);
}

bool judge_facts_dest_outside_schedule(const struct judge_case *facts, struct value *value)
{
	return is_outside(facts, &facts->flow->dst, value);
}

/* What facts need ------------------------------------------------------------------------------ */

static bool is_scheduled(const struct place *place, const struct map_compute *compute)
{
	return (compute && compute->schedule) || (place->subnet && place->subnet->schedule);
}

uint32_t judge_facts_given(const struct judge_case *facts)
{
	const struct judge_flow *flow = facts->flow;
	uint32_t given = 0;

	given |= facts->is_known ? JUDGE_IF_KNOWN : 0;
	given |= (facts->name.value && facts->name.value[0] != '\0') ? JUDGE_IF_NAME : 0;
	given |= (facts->named != NULL) ? JUDGE_IF_NAMED : 0;
	given |= (facts->leak != LEAK_NONE) ? JUDGE_IF_LEAK : 0;
	given |= (facts->egress != NULL) ? JUDGE_IF_EGRESS : 0;
	given |= (flow->dns_questions != 0) ? JUDGE_IF_DNS_FLOW : 0;
	given |= (facts->question != NULL) ? JUDGE_IF_QUESTION : 0;
	given |= flow->certificate_seen ? JUDGE_IF_CERTIFICATE : 0;
	given |= (flow->tls && flow->tls->certificate.seen) ? JUDGE_IF_TLS_CERTIFICATE : 0;
	given |= (flow->imds != IMDS_NONE) ? JUDGE_IF_IMDS : 0;
	given |= (facts->is_known && facts->match.workspace[0] != '\0') ? JUDGE_IF_WORKSPACE : 0;
	given |= (flow->credentials != 0) ? JUDGE_IF_CREDENTIAL : 0;
	given |= (flow->ech == ECH_OFFERED) ? JUDGE_IF_ECH : 0;
	given |= (facts->resource != NULL) ? JUDGE_IF_RESOURCE : 0;
	given |= (facts->src_compute != NULL) ? JUDGE_IF_SRC_COMPUTE : 0;
	given |= (facts->dst_compute != NULL) ? JUDGE_IF_DEST_COMPUTE : 0;
	given |= is_scheduled(&facts->src, facts->src_compute) ? JUDGE_IF_SRC_SCHEDULE : 0;
	given |= is_scheduled(&facts->dst, facts->dst_compute) ? JUDGE_IF_DEST_SCHEDULE : 0;
	given |= (facts->src.role && strcasecmp(facts->src.role, "compute") == 0)
			 ? JUDGE_IF_SRC_ROLE_COMPUTE
			 : 0;
	return given;
}
