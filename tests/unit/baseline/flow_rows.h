/* flow_rows.h - flows as rows, and a baseline of them. */
#pragma once

#include "unit.h"

#include <string.h>

#include "baseline/baseline.h"

struct flow_row {
	const char *why;
	const char *src, *dst; /* 10.1.0.4, 203.0.113.9 */
	const char *name;      /* NULL: none */
	uint16_t port;         /* 443 */
	uint8_t verdict, severity;
	uint8_t source;   /* enum name_source; NAME_SNI */
	uint8_t protocol; /* TCP */
	const char *zone; /* "prod"; "" for none */
	uint64_t bytes;   /* 1000 */
};

static inline struct ip_addr ip(const char *text)
{
	struct ip_addr addr;

	assert_true(ip_parse(text, &addr));
	return addr;
}

static inline struct baseline_group group_of(const struct flow_row *row)
{
	struct baseline_group group = {
		.name = row->name ? row->name : "",
		.rule_id = "RULE",
		.service = "",
		.category = "",
		.private_endpoint = "",
		.reason = "because",
		.flows = 1,
		.bytes_up = row->bytes ? row->bytes : 1000,
		.first_ns = ns(100),
		.last_ns = ns(101),
		.verdict = row->verdict,
		.severity = row->severity,
		.port_count = 1,
		.address_count = 1,
		.source_count = 1,
	};

	group.port[0] = (struct baseline_port){ row->port ? row->port : 443,
						row->protocol ? row->protocol : 6 };
	group.address[0] = ip(row->dst ? row->dst : "203.0.113.9");
	group.source[0] = ip(row->src ? row->src : "10.1.0.4");
	group.place = (struct ip_prefix){ group.address[0], 128 };
	if (row->name)
		group.name_sources = 1u << (row->source ? row->source : NAME_SNI);
	if (!row->zone || row->zone[0] != '\0') {
		group.zone[0] = row->zone ? row->zone : "prod";
		group.zone_count = 1;
	} else {
		group.has_zoneless = true;
	}
	return group;
}

/* Adds the rows; the caller finishes and frees. */
static inline struct baseline *baseline_of(const struct baseline_options *options,
					   const struct flow_row *rows, size_t count)
{
	struct baseline *baseline;

	assert_int_equal(baseline_new(&baseline, options), 0);
	for (size_t i = 0; i < count; i++) {
		struct baseline_group group = group_of(&rows[i]);

		assert_int_equal(baseline_add(baseline, &group), 0);
	}
	return baseline;
}
