/* verdict.h - the one judgement that each flow and each DNS answer gets. */
#pragma once

#include <stdint.h>

enum verdict { /* names are fixed by the design: rules, sinks and people rely on them */
	       VERDICT_NONE, /* not judged: no map, or nothing to judge (neighbour discovery, ...) */
	       VERDICT_EXPECTED,
	       VERDICT_PRIVATE_ENDPOINT_BYPASS,
	       VERDICT_PUBLIC_AI_ENDPOINT,
	       VERDICT_FOREIGN_RESOURCE,
	       VERDICT_DNS_PRIVATE_LINK_LEAK,
	       VERDICT_DNS_RESOLVER_BYPASS,
	       VERDICT_NAME_ADDRESS_MISMATCH,
	       VERDICT_THIRD_PARTY_AI,
	       VERDICT_UNEXPECTED_EGRESS,
	       VERDICT_ZONE_CROSSING,
	       VERDICT_ADMIN_ACCESS,
	       VERDICT_INBOUND_PUBLIC,
	       VERDICT_IDENTITY_TOKEN_REQUEST,
	       VERDICT_CLEARTEXT_CREDENTIAL,
	       VERDICT_DNS_TUNNEL,
	       VERDICT_OUTSIDE_SCHEDULE,
	       VERDICT_IDENTITY_FORGED_REQUEST,    /* header missing, forwarded, off-link source */
	       VERDICT_IDENTITY_UNEXPECTED_CLIENT, /* a token for a host that should not ask */
	       VERDICT_IDENTITY_STORED_CREDENTIAL, /* signs of a secret where an identity should be */
	       VERDICT_CERTIFICATE_EXPIRED,
	       VERDICT_CERTIFICATE_EXPIRING,
	       VERDICT_CERTIFICATE_SELF_SIGNED,
	       VERDICT_CERTIFICATE_ROTATED,
	       VERDICT_CERTIFICATE_NAME_MISMATCH,
	       VERDICT_WEAK_TLS, /* a version below TLS 1.2 */
	       VERDICT_RATE_EXCEEDED,
	       VERDICT_VOLUME_UPLOAD,
	       VERDICT_VOLUME_EXCEEDED,
	       VERDICT_MONITORING_GAP,
	       VERDICT_POSTURE_PUBLIC_ACCESS,
	       VERDICT_POSTURE_LOCAL_AUTH,
	       VERDICT_POSTURE_CONTENT_FILTER,
	       VERDICT_POSTURE_CAPACITY,
	       VERDICT_POSTURE_DNS_FALLBACK,
	       VERDICT_POSTURE_REGION,
	       VERDICTS
};

enum severity {
	SEVERITY_NONE, /* verdict `expected` or none */
	SEVERITY_INFO,
	SEVERITY_LOW,
	SEVERITY_MEDIUM,
	SEVERITY_HIGH,
	SEVERITY_CRITICAL,
	SEVERITIES
};

#define EVIDENCE_MAX 8        /* items of one judgement; the judge states the deciding ones first */
#define EVIDENCE_TEXT_MAX 383 /* two names of full length do not fit; names are cut in the middle */

enum evidence_kind {
	EVIDENCE_NAME,    /* the name and where it came from */
	EVIDENCE_ADDRESS, /* what the address is */
	EVIDENCE_MAP,     /* what the expected map says */
	EVIDENCE_CATALOG, /* which service the name belongs to */
	EVIDENCE_DNS,     /* the chain, the resolver, the answer */
	EVIDENCE_WIRE, /* what was on the wire: a credential header, a banner, a refused connection */
	EVIDENCE_LIMIT, /* what pewit could not see */
	EVIDENCE_KINDS
};

struct evidence {
	uint8_t kind; /* enum evidence_kind */
	char text[EVIDENCE_TEXT_MAX + 1];
};

/* Which Azure (or other) service, resource and private DNS zone the destination is. Strings are
 * lent by the map and the catalog, which outlive every event; NULL: unknown. */
struct endpoint {
	const char *service;  /* catalog id: azure-openai, azure-ml, key-vault, ... */
	const char *category; /* azure-ai, azure-paas, azure-platform, third-party-ai, ... */
	const char *zone;     /* private DNS zone that the name should use */
	const char *private_endpoint; /* its name in the map */
	char resource[64];            /* label that names the resource: contoso; "" if none */
	char region[32];
};

struct rule_info;

struct judgement {
	uint8_t verdict;  /* enum verdict */
	uint8_t severity; /* enum severity */
	uint8_t evidence_count;
	const char *rule_id;          /* static; NULL with VERDICT_NONE */
	const char *title;            /* static: the rule's title, for people */
	const struct rule_info *rule; /* pewit/rule.h; NULL: none, or not of a rule file */
	const char *suppressed; /* why no alert is raised: the suppression's reason; or NULL */
	struct endpoint endpoint;
	struct evidence evidence[EVIDENCE_MAX];
};
