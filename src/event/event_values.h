/* event_values.h - the values of the field table that are more than a copy of one member.
 *
 * Each writes one JSON value of its part, or nothing when there is nothing to say. */
#pragma once

#include "base/emit.h"
#include "pewit/flow.h"

enum { EVENT_TCP = 6, EVENT_UDP = 17, EVENT_SCTP = 132 }; /* the protocols with ports */

static inline bool event_has_ports(const struct flow_record *flow)
{
	return flow->protocol == EVENT_TCP || flow->protocol == EVENT_UDP ||
	       flow->protocol == EVENT_SCTP;
}

static inline bool event_has_tcp_flag(const uint8_t seen[DIRECTIONS], uint8_t flag)
{
	return ((seen[TO_SERVER] | seen[TO_CLIENT]) & flag) != 0;
}

/* struct event */
void event_value_http_count(struct emit *json, const void *part);
void event_value_cut(struct emit *json, const void *part); /* nothing: the writer knows */

/* struct flow_record */
void event_value_community_id(struct emit *json, const void *part);
void event_value_vlan(struct emit *json, const void *part);
void event_value_age(struct emit *json, const void *part);
void event_value_state(struct emit *json, const void *part);
void event_value_one_sided(struct emit *json, const void *part);
void event_value_tcp_flags(struct emit *json, const void *part);
void event_value_tcp_flags_ts(struct emit *json, const void *part);
void event_value_tcp_flags_tc(struct emit *json, const void *part);
void event_value_tunnel_depth(struct emit *json, const void *part);

/* struct tunnel */
void event_value_tunnel_src_port(struct emit *json, const void *part);
void event_value_tunnel_dest_port(struct emit *json, const void *part);
void event_value_nat_src_port(struct emit *json, const void *part);
void event_value_nat_dest_port(struct emit *json, const void *part);

/* struct name */
void event_value_name_age(struct emit *json, const void *part);

/* struct judgement */
void event_value_alerted(struct emit *json, const void *part);
void event_value_alert_action(struct emit *json, const void *part);
void event_value_alert_severity(struct emit *json, const void *part);

/* struct alert */
void event_value_alert_summary(struct emit *json, const void *part);

/* struct tls_info */
void event_value_tls_cipher(struct emit *json, const void *part);
void event_value_tls_group(struct emit *json, const void *part);
void event_value_tls_client_alpns(struct emit *json, const void *part);
void event_value_tls_server_alpns(struct emit *json, const void *part);

/* struct tls_certificate */
void event_value_not_before(struct emit *json, const void *part);
void event_value_not_after(struct emit *json, const void *part);
void event_value_san(struct emit *json, const void *part);
void event_value_san_total(struct emit *json, const void *part);

/* struct quic_info */
void event_value_quic_version(struct emit *json, const void *part);

/* struct dns_message, and uint16_t of its elements */
void event_value_dns_version(struct emit *json, const void *part);
void event_value_dns_flags(struct emit *json, const void *part);
void event_value_dns_rcode(struct emit *json, const void *part);
void event_value_dns_records_left_out(struct emit *json, const void *part);
void event_value_record_data(struct emit *json, const void *part);

/* struct http_info */
void event_value_http_hostname(struct emit *json, const void *part);
void event_value_http_port(struct emit *json, const void *part);
void event_value_http_protocol(struct emit *json, const void *part);
void event_value_http_status(struct emit *json, const void *part);
void event_value_http_credentials(struct emit *json, const void *part);

/* struct stats */
void event_value_stats(struct emit *json, const void *part);
