/* judge.h - flow + identity -> verdict.
 *
 * Facts about a flow are gathered once into struct judge_case (judge_case.h), then the rules, which are
 * data (rules.h, docs/rules.md), are tried in order; the first that holds gives the verdict and is
 * named in it. No rule, no verdict: the last of the shipped rules holds for all ("no implicit allow").
 * Rules with the effect "alert" stand beside it: judge_alerts(). Pure after creation but for what a
 * judge remembers of the event at hand: each worker has its own. No allocation, no clock, no log.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "judge/catalog.h"
#include "judge/map.h"
#include "judge/rules.h"
#include "judge/service_tags.h"
#include "pewit/dns.h"
#include "pewit/event.h"
#include "pewit/flow.h"
#include "pewit/identity.h"
#include "pewit/verdict.h"

struct judge;

struct judge_knowledge {       /* shared by all judges, and outlives them */
	const struct map *map; /* NULL: everything is VERDICT_NONE with what the catalog knows */
	const struct catalog *catalog;
	const struct service_tags *tags; /* or NULL */
	const struct rules *rules;
};

int judge_new(struct judge **judge, const struct judge_knowledge *knowledge); /* 0 or -ENOMEM */
void judge_free(struct judge *judge);

struct judge_flow {
	struct ip_addr src, dst; /* initiator, responder */
	struct ip_addr behind;   /* what src was translated to, on the wire; or zero */
	uint16_t src_port, dst_port;
	uint8_t protocol;     /* IANA number */
	uint8_t app;          /* enum app */
	struct name claimed;  /* SNI or Host as the client sent it, lower case, no port; or none */
	struct name resolved; /* what the client was told for dst; or none */
	const char *chain;    /* of that answer; or NULL */
	bool resolved_privatelink;    /* the chain passed a privatelink name */
	bool confirmed;               /* the client was told `claimed` for dst at some time */
	const char *certificate_name; /* or NULL */
	const char *http_path;        /* first request's path, or NULL: tells DoH */
	const char *alpn;             /* offered, or NULL */
	uint32_t credentials;         /* enum credential seen in the clear */
	uint8_t imds;                 /* enum imds_request: the worst seen on the flow */
	bool imds_no_metadata_header, imds_forwarded; /* seen on any token request */
	bool answered; /* the responder sent anything but a RST or an ICMP error */
	bool midstream;
	bool one_sided; /* only one direction was captured */
	bool snapped;   /* payload was cut by the snapshot length */
	uint8_t ech;    /* enum ech_kind */
	uint8_t icmp_type;
	uint8_t dns_verdict; /* enum verdict: the worst of the flow's own DNS messages */

	/* Of a DNS flow, from identify/dns_traits.h; counts of different names stop at 255. */
	uint16_t dns_questions;   /* messages that ask */
	uint8_t dns_coded;        /* coded names of one site, in types that hold data */
	uint8_t dns_lengthy;      /* long coded names of one site, any type */
	uint8_t dns_loose;        /* long coded names of any site, in types that hold data */
	uint8_t dns_binary;       /* names with bytes that no host's name has */
	uint32_t dns_bytes_up;    /* of labels in front of the site, in these names */
	uint32_t dns_bytes_down;  /* of rdata that can hold data */
	const char *dns_site;     /* of most of these names (example.net); or NULL */
	const char *dns_question; /* the first name asked for; or NULL */

	uint16_t tls_version; /* chosen by the server, as on the wire (0x0303); 0: not seen */
	bool certificate_seen, certificate_self_signed; /* TLS 1.2 and below */
	int64_t certificate_not_after_s;                /* with certificate_seen */
	uint8_t imds_hops;      /* routers between the one who asked IMDS and here, by the TTL */
	uint8_t imds_selectors; /* enum imds_selector, or-ed: how token requests chose an identity */

	uint64_t now_ns; /* packet time */
	/* Of the event at hand, when it is one of these; or NULL. */
	const struct tls_info *tls;
	const struct http_info *http;
};

/* Judges a flow as far as it is known. event: what rules may ask of its fields, or NULL; its judgement
 * is not read. Never fails; *judgement is all filled. */
void judge_flow(struct judge *judge, const struct event *event, const struct judge_flow *flow,
		struct judgement *judgement);

/* The same in two: the evidence of most judgements of a flow that goes on is never read. judge_explain() adds it to the
 * judgement made last, before anything else is judged. */
void judge_decide(struct judge *judge, const struct event *event, const struct judge_flow *flow,
		  struct judgement *judgement);
void judge_explain(struct judge *judge, struct judgement *judgement);

struct judge_dns {
	struct ip_addr client, resolver;
	struct ip_addr behind; /* as judge_flow's, of the client */
	uint16_t resolver_port;
	const struct dns_message *message; /* a request is judged by its resolver alone */
	const struct dns_traits *traits;   /* of its first question; or NULL */
};

void judge_dns(struct judge *judge, const struct event *event, const struct judge_dns *dns,
	       struct judgement *judgement);

/* Gathers the facts of a flow for judge_alerts(), without a verdict. */
void judge_look(struct judge *judge, const struct judge_flow *flow);

/* Event types for which judge_alerts() may have something to say. */
uint16_t judge_alerts_on(const struct judge *judge);

#define JUDGE_NO_WINDOW UINT32_MAX
struct judge_sink {
	void *context;
	/* A rule with the effect "alert" holds. rule: the same number for it in every run. */
	void (*alert)(void *context, uint32_t rule, const struct judgement *judgement);
	/* One that counts in a window has something to count. */
	void (*sample)(void *context, uint32_t rule, const struct window_sample *sample);
	/* Whether neither would do anything with the rule, so that it need not be tried; or NULL. window: its
	 * number, or JUDGE_NO_WINDOW. */
	bool (*is_done)(void *context, uint32_t rule, uint32_t window);
};

/* Tries the alert rules for an event of the flow or message judged (or looked at) last. event carries
 * its verdict, if it has one. */
void judge_alerts(struct judge *judge, const struct event *event, const struct judge_sink *sink);
