/* judge_world.h - the judge with a small map and the shipped catalog, and flows as rows. */
#pragma once

#include "unit.h"

#include <string.h>

#include "judge/judge_rule.h"

#define PROD "10.40.1.7"
#define DEV "10.50.1.7"
#define OUTSIDE "203.0.113.9"
#define AZURE "168.63.129.16"
#define OPENAI_PE "10.40.2.6"

enum { ICMP = 1, TCP = 6, UDP = 17, ICMPV6 = 58 };

struct world {
	struct map *map;
	struct catalog *catalog;
	struct rules *rules;
	struct judge *judge;
};

static inline struct ip_addr addr(const char *text)
{
	struct ip_addr made;

	assert_true(ip_parse(text, &made));
	return made;
}

static inline int load(void **state)
{
	static struct world world;
	struct fault fault = { "" };

	*state = &world;
	if (map_load(&world.map, "tests/unit/judge/wingtip.json", &fault) != 0 ||
	    catalog_load(&world.catalog, "rules/catalog", &fault) != 0 ||
	    rules_load(&world.rules, (const char *const[]){ "rules" }, 1, &fault) != 0) {
		print_error("%s\n", fault.text);
		return -1;
	}
	const struct judge_knowledge knowledge = { .map = world.map,
						   .catalog = world.catalog,
						   .rules = world.rules };

	return judge_new(&world.judge, &knowledge);
}

static inline int unload(void **state)
{
	struct world *world = *state;

	judge_free(world->judge);
	map_free(world->map);
	catalog_free(world->catalog);
	rules_free(world->rules);
	return 0;
}

/* A flow as a row: prod compute, TCP, TLS, port 443, answered, unless the row says otherwise. */
struct row {
	const char *why;
	const char *src, *dst;
	uint16_t src_port, dst_port;
	uint8_t protocol;
	enum app app;
	const char *sni, *host, *told, *chain;
	const char *path, *alpn;
	uint32_t credentials;
	enum imds_request imds;
	bool no_metadata, refused, midstream, one_sided, snapped, no_app, told_ambiguous, ech;
	uint8_t icmp_type, dns_coded;
	enum verdict dns_verdict;
	const char *rule;
	enum verdict verdict;
};

static inline struct judge_flow flow_of(const struct row *row)
{
	struct judge_flow flow = {
		.src = addr(row->src ? row->src : PROD),
		.dst = addr(row->dst),
		.src_port = row->src_port ? row->src_port : 50000,
		.dst_port = row->dst_port ? row->dst_port : 443,
		.protocol = row->protocol ? row->protocol : TCP,
		.app = row->no_app ? APP_UNKNOWN
		       : row->app  ? (uint8_t)row->app
				   : APP_TLS,
		.chain = row->chain,
		.http_path = row->path,
		.alpn = row->alpn,
		.credentials = row->credentials,
		.imds = (uint8_t)row->imds,
		.imds_no_metadata_header = row->no_metadata,
		.answered = !row->refused,
		.midstream = row->midstream,
		.one_sided = row->one_sided,
		.snapped = row->snapped,
		.icmp_type = row->icmp_type,
		.dns_questions = row->dns_coded,
		.dns_coded = row->dns_coded,
		.ech = row->ech ? ECH_OFFERED : ECH_NONE,
		.dns_verdict = (uint8_t)row->dns_verdict,
	};

	if (row->sni)
		flow.claimed = (struct name){ .value = row->sni, .source = NAME_SNI };
	if (row->host)
		flow.claimed = (struct name){ .value = row->host, .source = NAME_HTTP };
	if (row->told)
		flow.resolved = (struct name){ .value = row->told,
					       .source = NAME_DNS,
					       .resolver = addr(AZURE),
					       .ambiguous = row->told_ambiguous };
	flow.resolved_privatelink = row->chain && strstr(row->chain, "privatelink");
	return flow;
}

static inline bool some_evidence_says(const struct judgement *judgement, const char *part)
{
	for (size_t i = 0; i < judgement->evidence_count; i++) {
		if (strstr(judgement->evidence[i].text, part))
			return true;
	}
	return false;
}
