/* summary.h - what a person wants to know of a replay, gathered flow by flow.
 *
 * Flows of one verdict, source, destination, name and rule are one group. The number of groups is
 * bounded; flows past it are counted by verdict and said in the summary.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "report/finding.h"

#define SUMMARY_GROUPS_MAX 16384 /* 1.7 KiB each, touched as used; nobody reads more */
#define SUMMARY_PORTS_MAX 4      /* listed of a group; a scan has thousands */
#define SUMMARY_REASONS_MAX 3 /* sentences of evidence kept: the judge gives the deciding first */

struct summary_counts {
	uint64_t flows, packets;
	uint64_t bytes_up, bytes_down; /* from and to the initiator */
};

struct summary_group {
	struct ip_addr src, dst;
	uint64_t first_ns, last_ns;
	struct summary_counts counts;
	const char *rule_id, *title, *advice, *service,
		*private_endpoint;         /* the summary's; each may be NULL */
	uint16_t ports[SUMMARY_PORTS_MAX]; /* of the destination, in the order they came */
	uint8_t port_count;
	bool more_ports;
	uint8_t protocol;
	uint8_t verdict, severity;
	uint8_t reason_count;
	char name[NAME_MAX_BYTES + 1]; /* "" if none */
	char reason[SUMMARY_REASONS_MAX][EVIDENCE_TEXT_MAX + 1];
};

struct summary;

int summary_new(struct summary **summary);  /* 0 or -ENOMEM; given */
void summary_free(struct summary *summary); /* NULL is allowed */

/* Adds an ended flow. */
void summary_add(struct summary *summary, const struct finding *flow);

/* The groups in the order in which they came; lent. */
const struct summary_group *summary_groups(const struct summary *summary, size_t *count);

/* All flows of a verdict, and those of them that are in no group. */
struct summary_counts summary_verdict(const struct summary *summary, unsigned verdict);
struct summary_counts summary_ungrouped(const struct summary *summary, unsigned verdict);

/* Time of the first and last packet of all flows; false: there was none. */
bool summary_span(const struct summary *summary, uint64_t *first_ns, uint64_t *last_ns);

/* Prints it all for people, in 100 columns. */
void summary_print(const struct summary *summary, FILE *out, bool colour);
