/* What judging one flow costs: gathering its facts, trying the rules that give verdicts, writing the
 * evidence, trying those that raise alerts.
 *
 * usage: judge MAP CATALOG RULES...
 *
 * The flows are of the kinds that a VNet has: to private endpoints, to allowed and to unknown names and
 * addresses, inside. Each figure is the best of several rounds: a round that was interrupted says
 * nothing of the code.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/units.h"
#include "judge/judge.h"
#include "judge/rules_match.h"

#define FLOWS 256 /* what is judged was just touched: it is in the cache */
#define ROUNDS 400

struct scene {
	struct judge_flow flow;
	struct flow_record record;
	struct tls_info tls;
	struct event event;
	char name[128];
};

static const struct {
	const char *name; /* #: another number each time; "": none */
	const char *address;
	bool told; /* by DNS too */
} kinds[] = {
	{ "contoso.openai.azure.com", "10.10.2.6", true },
	{ "contoso.openai.azure.com", "20.232.91.180", true },
	{ "contoso.vault.azure.net", "10.10.2.9", true },
	{ "pypi.org", "151.101.0.223", true },
	{ "store#.blob.core.windows.net", "20.60.1.#", true },
	{ "host#.cdn.example.net", "203.#.7.9", false },
	{ "www#.example.org", "93.184.#.34", true },
	{ "", "198.51.#.7", false },
	{ "", "10.10.1.#", false },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* Copies a pattern with a number in place of its #. */
static void fill(char *to, size_t size, const char *pattern, unsigned number)
{
	const char *mark = strchr(pattern, '#');

	if (mark)
		snprintf(to, size, "%.*s%u%s", (int)(mark - pattern), pattern, number, mark + 1);
	else
		snprintf(to, size, "%s", pattern);
}

static struct ip_addr address(const char *pattern, unsigned i)
{
	struct ip_addr made;
	char text[64];

	fill(text, sizeof(text), pattern, i % 250 + 1);
	if (!ip_parse(text, &made))
		abort();
	return made;
}

static void set_up(struct scene *scene, unsigned i)
{
	unsigned kind = i % KINDS;

	fill(scene->name, sizeof(scene->name), kinds[kind].name, i);
	scene->flow = (struct judge_flow){ .src = address("10.10.1.#", i / 7),
					   .dst = address(kinds[kind].address, i / 3),
					   .src_port = (uint16_t)(40000 + i),
					   .dst_port = 443,
					   .protocol = 6,
					   .app = APP_TLS,
					   .answered = true };
	scene->record = (struct flow_record){ .src = scene->flow.src,
					      .dst = scene->flow.dst,
					      .src_port = scene->flow.src_port,
					      .dst_port = 443,
					      .protocol = 6,
					      .ip_version = 4 };
	scene->event = (struct event){ .type = EVENT_FLOW,
				       .app_proto = "tls",
				       .flow = &scene->record,
				       .tls = &scene->tls,
				       .time_ns = 1800000000 * NS_PER_S };
	if (scene->name[0] == '\0')
		return;
	memcpy(scene->tls.sni, scene->name, sizeof(scene->name));
	scene->flow.claimed = (struct name){ .value = scene->name, .source = NAME_SNI };
	if (kinds[kind].told)
		scene->flow.resolved = (struct name){ .value = scene->name, .source = NAME_DNS };
	scene->event.name = &scene->flow.claimed;
}

static void count_alert(void *context, uint32_t rule, const struct judgement *judgement)
{
	(void)rule, (void)judgement;
	++*(size_t *)context;
}

static void count_sample(void *context, uint32_t rule, const struct window_sample *sample)
{
	(void)rule, (void)sample;
	++*(size_t *)context;
}

enum work { LOOK, MATCH, JUDGE, JUDGE_AND_ALERT };

struct bench {
	const struct judge_knowledge *knowledge;
	struct judge *judge;
	struct rules_desk *desk;
	struct judge_case facts;
	struct judgement judgement;
	struct scene *scenes;
	size_t alerts;
};

static void match(struct bench *bench, struct scene *scene)
{
	judge_case_of_flow(&bench->facts, bench->knowledge->map, bench->knowledge->catalog,
			   &scene->flow);
	rules_turn_to(bench->desk, EVENT_FLOW, &scene->event, &bench->facts);
	rules_verdict(bench->desk);
}

static void work_on(struct bench *bench, struct scene *scene, enum work work)
{
	const struct judge_sink sink = { &bench->alerts, count_alert, count_sample };

	if (work == LOOK) {
		judge_look(bench->judge, &scene->flow);
	} else if (work == MATCH) {
		match(bench, scene);
	} else {
		judge_flow(bench->judge, &scene->event, &scene->flow, &bench->judgement);
		if (work == JUDGE)
			return;
		scene->event.judgement = &bench->judgement;
		judge_alerts(bench->judge, &scene->event, &sink);
		scene->event.judgement = NULL;
	}
}

static double cost_ns(struct bench *bench, enum work work)
{
	uint64_t best = UINT64_MAX;

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = now_ns(), took;

		bench->alerts = 0;
		for (unsigned i = 0; i < FLOWS; i++)
			work_on(bench, &bench->scenes[i], work);
		took = now_ns() - start;
		best = took < best ? took : best;
	}
	return (double)best / FLOWS;
}

static void measure(const struct judge_knowledge *knowledge, double load_ms)
{
	static struct bench bench;
	double look, matched, judged, alerted;

	bench.knowledge = knowledge;
	bench.scenes = calloc(FLOWS, sizeof(*bench.scenes));
	if (!bench.scenes || judge_new(&bench.judge, knowledge) != 0 ||
	    rules_desk_new(&bench.desk, knowledge->rules) != 0)
		abort();
	for (unsigned i = 0; i < FLOWS; i++)
		set_up(&bench.scenes[i], i);
	look = cost_ns(&bench, LOOK);
	matched = cost_ns(&bench, MATCH);
	judged = cost_ns(&bench, JUDGE);
	alerted = cost_ns(&bench, JUDGE_AND_ALERT);
	printf("%6zu rules, loaded in %4.0f ms. ns a flow: facts %4.0f, verdict rules %4.0f, "
	       "evidence %4.0f, alert rules %4.0f (%zu alerts and samples)\n",
	       rules_count(knowledge->rules), load_ms, look, matched - look, judged - matched,
	       alerted - judged, bench.alerts);
	rules_desk_free(bench.desk);
	judge_free(bench.judge);
	free(bench.scenes);
}

int main(int argc, char **argv)
{
	struct judge_knowledge knowledge = { .tags = NULL };
	struct fault fault = { "" };
	struct map *map = NULL;
	struct catalog *catalog = NULL;
	struct rules *rules = NULL;

	if (argc < 4) {
		fprintf(stderr, "usage: judge MAP CATALOG RULES...\n");
		return 2;
	}
	uint64_t start = now_ns();
	if (rules_load(&rules, (const char *const *)argv + 3, (size_t)argc - 3, &fault) != 0) {
		fprintf(stderr, "%s\n", fault.text);
		return 1;
	}
	double load_ms = (double)(now_ns() - start) / NS_PER_MS;
	if (map_load(&map, argv[1], &fault) != 0 || catalog_load(&catalog, argv[2], &fault) != 0) {
		fprintf(stderr, "%s\n", fault.text);
		return 1;
	}
	knowledge.map = map;
	knowledge.catalog = catalog;
	knowledge.rules = rules;
	measure(&knowledge, load_ms);
	rules_free(rules);
	catalog_free(catalog);
	map_free(map);
	return 0;
}
