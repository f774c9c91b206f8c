/* event_values.h - the values of the field table that are more than a copy of one member.
 *
 * Each writes one JSON value of its part, or nothing when there is nothing to say. */
#pragma once

#include "base/json_writer.h"

/* struct event */
void event_value_type(struct json_writer *json, const void *part);
void event_value_app_proto(struct json_writer *json, const void *part);
void event_value_http_count(struct json_writer *json, const void *part);
void event_value_cut(struct json_writer *json, const void *part); /* nothing: the writer knows */

/* struct flow_record */
void event_value_community_id(struct json_writer *json, const void *part);
void event_value_vlan(struct json_writer *json, const void *part);
void event_value_src_port(struct json_writer *json, const void *part);
void event_value_dest_port(struct json_writer *json, const void *part);
void event_value_proto(struct json_writer *json, const void *part);
void event_value_age(struct json_writer *json, const void *part);
void event_value_state(struct json_writer *json, const void *part);
void event_value_one_sided(struct json_writer *json, const void *part);
void event_value_tcp_flags(struct json_writer *json, const void *part);
void event_value_tcp_flags_ts(struct json_writer *json, const void *part);
void event_value_tcp_flags_tc(struct json_writer *json, const void *part);
void event_value_tcp_syn(struct json_writer *json, const void *part);
void event_value_tcp_fin(struct json_writer *json, const void *part);
void event_value_tcp_rst(struct json_writer *json, const void *part);
void event_value_tcp_psh(struct json_writer *json, const void *part);
void event_value_tcp_ack(struct json_writer *json, const void *part);
void event_value_tcp_urg(struct json_writer *json, const void *part);
void event_value_tcp_ecn(struct json_writer *json, const void *part);
void event_value_tcp_cwr(struct json_writer *json, const void *part);
void event_value_tunnel_depth(struct json_writer *json, const void *part);

/* struct tunnel */
void event_value_tunnel_src_port(struct json_writer *json, const void *part);
void event_value_tunnel_dest_port(struct json_writer *json, const void *part);

/* struct name */
void event_value_name_age(struct json_writer *json, const void *part);

/* struct judgement */
void event_value_alerted(struct json_writer *json, const void *part);
void event_value_alert_action(struct json_writer *json, const void *part);
void event_value_alert_severity(struct json_writer *json, const void *part);

/* struct alert */
void event_value_alert_summary(struct json_writer *json, const void *part);

/* struct tls_info */
void event_value_tls_version(struct json_writer *json, const void *part);
void event_value_tls_offered(struct json_writer *json, const void *part);
void event_value_tls_cipher(struct json_writer *json, const void *part);
void event_value_tls_group(struct json_writer *json, const void *part);
void event_value_tls_client_alpns(struct json_writer *json, const void *part);
void event_value_tls_server_alpns(struct json_writer *json, const void *part);

/* struct tls_certificate */
void event_value_not_before(struct json_writer *json, const void *part);
void event_value_not_after(struct json_writer *json, const void *part);
void event_value_san(struct json_writer *json, const void *part);
void event_value_san_total(struct json_writer *json, const void *part);

/* struct quic_info */
void event_value_quic_version(struct json_writer *json, const void *part);

/* struct dns_message, and uint16_t of its elements */
void event_value_dns_version(struct json_writer *json, const void *part);
void event_value_dns_type(struct json_writer *json, const void *part);
void event_value_dns_flags(struct json_writer *json, const void *part);
void event_value_dns_aa(struct json_writer *json, const void *part);
void event_value_dns_tc(struct json_writer *json, const void *part);
void event_value_dns_rd(struct json_writer *json, const void *part);
void event_value_dns_ra(struct json_writer *json, const void *part);
void event_value_dns_rcode(struct json_writer *json, const void *part);
void event_value_dns_records_left_out(struct json_writer *json, const void *part);
void event_value_question_name(struct json_writer *json, const void *part);
void event_value_question_type(struct json_writer *json, const void *part);
void event_value_record_name(struct json_writer *json, const void *part);
void event_value_record_type(struct json_writer *json, const void *part);
void event_value_record_data(struct json_writer *json, const void *part);

/* struct http_info */
void event_value_http_hostname(struct json_writer *json, const void *part);
void event_value_http_port(struct json_writer *json, const void *part);
void event_value_http_protocol(struct json_writer *json, const void *part);
void event_value_http_status(struct json_writer *json, const void *part);
void event_value_http_credentials(struct json_writer *json, const void *part);

/* struct stats */
void event_value_stats(struct json_writer *json, const void *part);
