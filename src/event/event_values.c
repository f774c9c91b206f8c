#include "event/event_values.h"

#include <stddef.h>

#include "base/units.h"
#include "event/community_id.h"
#include "event/event_names.h"
#include "event/event_text.h"
#include "pewit/event.h"

static void put_hex(struct emit *json, uint32_t value, unsigned digits)
{
	char text[8];

	for (unsigned i = 0; i < digits; i++)
		text[i] = "0123456789abcdef"[value >> 4 * (digits - 1 - i) & 15];
	emit_string(json, text, digits);
}

/* ---- the event ---- */

void event_value_http_count(struct emit *json, const void *part)
{
	const struct event *event = part;

	if (event->http_count != 0)
		emit_u64(json, event->http_count);
}

void event_value_cut(struct emit *json, const void *part)
{
	(void)json;
	(void)part;
}

/* ---- the flow ---- */

void event_value_community_id(struct emit *json, const void *part)
{
	char text[COMMUNITY_ID_LENGTH];

	community_id_print(part, text);
	emit_string(json, text, sizeof(text));
}

void event_value_vlan(struct emit *json, const void *part)
{
	const struct flow_record *flow = part;

	if (flow->vlan_count == 0)
		return;
	emit_open(json, '[');
	for (int i = 0; i < flow->vlan_count && i < LAYERS_VLANS_MAX; i++) {
		emit_separate(json);
		emit_u64(json, flow->vlan[i]);
	}
	emit_close(json, ']');
}

void event_value_age(struct emit *json, const void *part)
{
	const struct flow_record *flow = part;
	uint64_t start_s = flow->start_ns / NS_PER_S, end_s = flow->end_ns / NS_PER_S;

	emit_u64(json, end_s > start_s ? end_s - start_s : 0);
}

/* EVE knows three states: one direction seen, both seen, ended by the protocol. */
void event_value_state(struct emit *json, const void *part)
{
	const struct flow_record *flow = part;
	bool both = flow->count[TO_SERVER].packets != 0 && flow->count[TO_CLIENT].packets != 0;

	if (flow->tcp_state == TCP_STATE_CLOSED || flow->tcp_state == TCP_STATE_RESET)
		emit_text(json, "closed");
	else if (flow->tcp_state == TCP_STATE_ESTABLISHED || flow->tcp_state == TCP_STATE_FIN_WAIT)
		emit_text(json, "established");
	else
		emit_text(json, both && flow->tcp_state == TCP_STATE_NONE ? "established" : "new");
}

void event_value_one_sided(struct emit *json, const void *part)
{
	const struct flow_record *flow = part;

	emit_bool(json, flow->count[TO_SERVER].packets == 0 || flow->count[TO_CLIENT].packets == 0);
}

static uint8_t all_flags(const void *part)
{
	const struct flow_record *flow = part;

	return flow->tcp_flags[TO_SERVER] | flow->tcp_flags[TO_CLIENT];
}

void event_value_tcp_flags(struct emit *json, const void *part)
{
	put_hex(json, all_flags(part), 2);
}

void event_value_tcp_flags_ts(struct emit *json, const void *part)
{
	put_hex(json, ((const struct flow_record *)part)->tcp_flags[TO_SERVER], 2);
}

void event_value_tcp_flags_tc(struct emit *json, const void *part)
{
	put_hex(json, ((const struct flow_record *)part)->tcp_flags[TO_CLIENT], 2);
}

void event_value_tunnel_depth(struct emit *json, const void *part)
{
	const struct flow_record *flow = part;

	if (flow->tunnel_count != 0)
		emit_u64(json, flow->tunnel_count);
}

static void put_known_port(struct emit *json, uint16_t port)
{
	if (port != 0)
		emit_u64(json, port);
}

void event_value_tunnel_src_port(struct emit *json, const void *part)
{
	put_known_port(json, ((const struct tunnel *)part)->src_port);
}

void event_value_tunnel_dest_port(struct emit *json, const void *part)
{
	put_known_port(json, ((const struct tunnel *)part)->dst_port);
}

void event_value_nat_src_port(struct emit *json, const void *part)
{
	put_known_port(json, ((const struct flow_record *)part)->nat.src_port);
}

void event_value_nat_dest_port(struct emit *json, const void *part)
{
	put_known_port(json, ((const struct flow_record *)part)->nat.dst_port);
}

/* ---- the name and the judgement ---- */

void event_value_name_age(struct emit *json, const void *part)
{
	const struct name *name = part;

	if (name->source == NAME_DNS)
		emit_u64(json, name->age_ns / NS_PER_MS);
}

void event_value_alerted(struct emit *json, const void *part)
{
	emit_bool(json, ((const struct judgement *)part)->severity != SEVERITY_NONE);
}

void event_value_alert_action(struct emit *json, const void *part)
{
	(void)part;
	emit_text(json, "allowed"); /* pewit only watches */
}

/* EVE counts down: 1 is the gravest. */
void event_value_alert_severity(struct emit *json, const void *part)
{
	static const uint8_t eve[SEVERITIES] = {
		[SEVERITY_NONE] = 4,   [SEVERITY_INFO] = 4, [SEVERITY_LOW] = 3,
		[SEVERITY_MEDIUM] = 2, [SEVERITY_HIGH] = 1, [SEVERITY_CRITICAL] = 1,
	};
	uint8_t severity = ((const struct judgement *)part)->severity;

	if (severity < SEVERITIES)
		emit_u64(json, eve[severity]);
}

void event_value_alert_summary(struct emit *json, const void *part)
{
	emit_bool(json, ((const struct alert *)part)->is_summary != 0);
}

/* ---- TLS and QUIC ---- */

void event_value_tls_cipher(struct emit *json, const void *part)
{
	const struct tls_info *tls = part;

	if (tls->server_hello && tls->cipher != 0)
		put_hex(json, tls->cipher, 4);
}

void event_value_tls_group(struct emit *json, const void *part)
{
	const struct tls_info *tls = part;
	char unknown[EVENT_NAME_UNKNOWN];

	if (tls->post_quantum_group != 0)
		emit_text(json, event_name_tls_group(tls->post_quantum_group, unknown));
}

/* "h2,http/1.1" as a list. */
static void put_alpns(struct emit *json, const char *text)
{
	if (*text == '\0')
		return;
	emit_open(json, '[');
	for (;;) {
		size_t length = strcspn(text, ",");

		emit_separate(json);
		emit_string(json, text, length);
		if (text[length] == '\0')
			break;
		text += length + 1;
	}
	emit_close(json, ']');
}

void event_value_tls_client_alpns(struct emit *json, const void *part)
{
	put_alpns(json, ((const struct tls_info *)part)->alpn_offered);
}

void event_value_tls_server_alpns(struct emit *json, const void *part)
{
	put_alpns(json, ((const struct tls_info *)part)->alpn);
}

static void put_date(struct emit *json, int64_t time_s)
{
	char text[EVENT_DATE_LENGTH];

	event_text_date(time_s, text);
	emit_string(json, text, sizeof(text));
}

void event_value_not_before(struct emit *json, const void *part)
{
	put_date(json, ((const struct tls_certificate *)part)->not_before_s);
}

void event_value_not_after(struct emit *json, const void *part)
{
	put_date(json, ((const struct tls_certificate *)part)->not_after_s);
}

void event_value_san(struct emit *json, const void *part)
{
	const struct tls_certificate *certificate = part;

	if (certificate->san_count == 0)
		return;
	emit_open(json, '[');
	for (int i = 0; i < certificate->san_count && i < TLS_SAN_MAX; i++) {
		emit_separate(json);
		emit_text(json, certificate->san[i]);
	}
	emit_close(json, ']');
}

void event_value_san_total(struct emit *json, const void *part)
{
	const struct tls_certificate *certificate = part;

	if (certificate->san_total > certificate->san_count)
		emit_u64(json, certificate->san_total);
}

void event_value_quic_version(struct emit *json, const void *part)
{
	const struct quic_info *quic = part;
	char unknown[EVENT_NAME_UNKNOWN];

	if (quic->version != 0)
		emit_text(json, event_name_quic_version(quic->version, unknown));
}

/* ---- HTTP ---- */

/* Length of the name in "name", "name:port", "[::1]" or "[::1]:port". */
static size_t hostname_length(const char *host)
{
	const char *bracket = host[0] == '[' ? strchr(host, ']') : NULL;

	return bracket ? (size_t)(bracket + 1 - host) : strcspn(host, ":");
}

void event_value_http_hostname(struct emit *json, const void *part)
{
	const struct http_info *http = part;
	size_t length = hostname_length(http->host);

	if (length != 0)
		emit_string(json, http->host, length);
}

void event_value_http_port(struct emit *json, const void *part)
{
	const struct http_info *http = part;
	const char *at = http->host + hostname_length(http->host);
	uint32_t port = 0;

	if (*at++ != ':')
		return;
	for (; *at >= '0' && *at <= '9' && port <= UINT16_MAX; at++)
		port = port * 10 + (uint32_t)(*at - '0');
	if (*at == '\0' && port != 0 && port <= UINT16_MAX)
		emit_u64(json, port);
}

void event_value_http_protocol(struct emit *json, const void *part)
{
	uint8_t version = ((const struct http_info *)part)->version;

	if (version == 10)
		emit_text(json, "HTTP/1.0");
	else if (version == 11)
		emit_text(json, "HTTP/1.1");
	else if (version == 20)
		emit_text(json, "HTTP/2");
}

void event_value_http_status(struct emit *json, const void *part)
{
	uint16_t status = ((const struct http_info *)part)->status;

	if (status != 0)
		emit_u64(json, status);
}

void event_value_http_credentials(struct emit *json, const void *part)
{
	uint32_t credentials = ((const struct http_info *)part)->credentials;

	if (credentials == 0)
		return;
	emit_open(json, '[');
	for (unsigned i = 0; event_name_credential(i); i++) {
		if (credentials >> i & 1) {
			emit_separate(json);
			emit_text(json, event_name_credential(i));
		}
	}
	emit_close(json, ']');
}

/* ---- statistics ---- */

#define STATS_DEPTH_MAX 4 /* objects in objects; a deeper name keeps its last dots */

/* How many whole labels two names have in common, their last ones aside; at most `most`. */
static unsigned common_objects(const char *a, const char *b, unsigned most)
{
	unsigned common = 0;

	for (size_t i = 0; a[i] == b[i] && a[i] != '\0' && common < most; i++)
		if (a[i] == '.')
			common++;
	return common;
}

static const char *skip_objects(const char *name, unsigned count)
{
	while (count-- > 0)
		name = strchr(name, '.') + 1;
	return name;
}

void event_value_stats(struct emit *json, const void *part)
{
	const struct stats *stats = part;
	const char *last = "";
	unsigned depth = 0;

	emit_open(json, '{');
	for (uint32_t i = 0; i < stats->count; i++) {
		const char *name = stats->stat[i].name;
		unsigned common = common_objects(last, name, depth);

		for (; depth > common; depth--)
			emit_close(json, '}');
		for (name = skip_objects(name, depth); depth < STATS_DEPTH_MAX; depth++) {
			const char *dot = strchr(name, '.');

			if (!dot)
				break;
			emit_name(json, name, (size_t)(dot - name));
			emit_open(json, '{');
			name = dot + 1;
		}
		emit_name(json, name, strlen(name));
		emit_u64(json, stats->stat[i].value);
		last = stats->stat[i].name;
	}
	for (; depth > 0; depth--)
		emit_close(json, '}');
	emit_close(json, '}');
}
