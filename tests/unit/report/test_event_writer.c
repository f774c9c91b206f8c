#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "event/event_fields.h"
#include "event/event_names.h"
#include "report/event_writer.h"
#include "samples.h"

static char line[EVENT_BYTES_MAX + 1];
static struct samples samples;
static struct event_writer *writer;

static cJSON *parse_event(const struct event *event)
{
	size_t length = event_write_json(writer, event, line);
	cJSON *json;

	assert_true(length <= EVENT_BYTES_MAX);
	assert_int_equal(line[length - 1], '\n');
	line[length] = '\0';
	assert_null(memchr(line, '\n', length - 1));
	json = cJSON_Parse(line);
	assert_non_null(json);
	return json;
}

/* The value at "a.b[].c": the first element of a list. */
static const cJSON *value_at(const cJSON *json, const char *path)
{
	char name[64];

	while (json && *path != '\0') {
		size_t length = strcspn(path, ".[");

		memcpy(name, path, length);
		name[length] = '\0';
		json = cJSON_GetObjectItemCaseSensitive(json, name);
		path += length;
		if (strncmp(path, "[]", 2) == 0) {
			json = cJSON_GetArrayItem(json, 0);
			path += 2;
		}
		if (*path == '.')
			path++;
	}
	return json;
}

static const struct {
	uint8_t type;
	const char *path, *value;
} places[] = {
	{ EVENT_FLOW, "timestamp", "\"2026-11-22T22:00:38.609260+0000\"" },
	{ EVENT_FLOW, "event_type", "\"flow\"" },
	{ EVENT_FLOW, "flow_id", "19088743" },
	{ EVENT_FLOW, "src_ip", "\"10.10.1.10\"" },
	{ EVENT_FLOW, "dest_port", "443" },
	{ EVENT_FLOW, "proto", "\"TCP\"" },
	{ EVENT_FLOW, "vlan", "[100,200]" },
	{ EVENT_FLOW, "tunnel.proto", "\"GRE\"" },
	{ EVENT_FLOW, "tunnel.src_ip", "\"2001:db8::1\"" },
	{ EVENT_FLOW, "tunnel.outer[].id", "800" },
	{ EVENT_FLOW, "tunnel.outer[].dest_port", "10800" },
	{ EVENT_FLOW, "nat.dest_ip", "\"203.0.113.21\"" },
	{ EVENT_FLOW, "nat.dest_port", "8443" },
	{ EVENT_FLOW, "flow.bytes_toclient", "36000" },
	{ EVENT_FLOW, "flow.age", "2" },
	{ EVENT_FLOW, "flow.state", "\"established\"" },
	{ EVENT_FLOW, "flow.reason", "\"timeout\"" },
	{ EVENT_FLOW, "flow.alerted", "true" },
	{ EVENT_FLOW, "flow.midstream", "true" },
	{ EVENT_FLOW, "flow.one_sided", "false" },
	{ EVENT_FLOW, "flow.http_requests", "3" },
	{ EVENT_FLOW, "tcp.tcp_flags", "\"1b\"" },
	{ EVENT_FLOW, "tcp.tcp_flags_tc", "\"13\"" },
	{ EVENT_FLOW, "tcp.fin", "true" },
	{ EVENT_FLOW, "name.age_ms", "1500" },
	{ EVENT_FLOW, "name.resolver", "\"168.63.129.16\"" },
	{ EVENT_FLOW, "endpoint.zone", "\"privatelink.openai.azure.com\"" },
	{ EVENT_FLOW, "verdict", "\"private_endpoint_bypass\"" },
	{ EVENT_FLOW, "evidence[].kind", "\"name\"" },
	{ EVENT_TLS, "tls.sni", "\"Contoso.openai.azure.com\"" },
	{ EVENT_TLS, "tls.version", "\"TLS 1.2\"" },
	{ EVENT_TLS, "tls.offered_version", "\"TLS 1.3\"" },
	{ EVENT_TLS, "tls.cipher", "\"c02f\"" },
	{ EVENT_TLS, "tls.ja3.hash", "\"cd08e31494f9531f560d64c695473da9\"" },
	{ EVENT_TLS, "tls.client_alpns", "[\"h2\",\"http/1.1\"]" },
	{ EVENT_TLS, "tls.notbefore", "\"2023-11-14T22:13:20\"" },
	{ EVENT_TLS, "tls.subjectaltname", "[\"a.example\",\"b.example\"]" },
	{ EVENT_TLS, "tls.subjectaltname_total", "30" },
	{ EVENT_TLS, "tls.post_quantum", "\"X25519MLKEM768\"" },
	{ EVENT_QUIC, "quic.sni", "\"Contoso.openai.azure.com\"" },
	{ EVENT_QUIC, "quic.version", "\"1\"" },
	{ EVENT_DNS, "dns.version", "3" },
	{ EVENT_DNS, "dns.flags", "\"8580\"" },
	{ EVENT_DNS, "dns.aa", "true" },
	{ EVENT_DNS, "dns.rcode", "\"NOERROR\"" },
	{ EVENT_DNS, "dns.queries[].rrtype", "\"A\"" },
	{ EVENT_DNS, "dns.answers[].rdata", "\"contoso.privatelink.openai.azure.com\"" },
	{ EVENT_DNS, "dns.authorities[].rrtype", "\"TYPE4242\"" },
	{ EVENT_DNS, "dns.records_left_out", "2" },
	{ EVENT_HTTP, "http.hostname", "\"169.254.169.254\"" },
	{ EVENT_HTTP, "http.http_port", "80" },
	{ EVENT_HTTP, "http.protocol", "\"HTTP/1.1\"" },
	{ EVENT_HTTP, "http.credentials", "[\"api_key\",\"login\"]" },
	{ EVENT_IMDS, "imds.request", "\"token\"" },
	{ EVENT_IMDS, "imds.identity_selector", "\"client_id\"" },
	{ EVENT_SSH, "ssh.client.software_version", "\"OpenSSH_9.2\"" },
	{ EVENT_SSH, "ssh.server.proto_version", "\"2.0\"" },
	{ EVENT_ALERT, "alert.signature", "\"Reached in public\"" },
	{ EVENT_ALERT, "alert.severity", "1" },
	{ EVENT_ALERT, "alert.count", "3" },
	{ EVENT_ALERT, "alert.summary", "true" },
	{ EVENT_STATS, "stats.decode.tunnel.gre", "4" },
	{ EVENT_STATS, "stats.flow.evicted", "0" },
	{ EVENT_STATS, "stats.packets", "22" },
};

static void fields_stand_where_eve_has_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT(places); i++) {
		struct event event = samples_event(&samples, places[i].type);
		cJSON *json = parse_event(&event);
		const cJSON *value = value_at(json, places[i].path);

		print_message("%s\n", places[i].path);
		assert_non_null(value);
		char *text = cJSON_PrintUnformatted(value);
		assert_string_equal(text, places[i].value);
		cJSON_free(text);
		cJSON_Delete(json);
	}
}

static void what_is_unknown_is_left_out(void **state)
{
	static const char *const absent[] = {
		"src_port", "vlan", "tunnel",   "tcp",          "name", "endpoint", "verdict",
		"severity", "dpi",  "evidence", "flow.alerted", "cut",  "nat",
	};
	const struct flow_record flow = { .id = 1, .protocol = 89, .ip_version = 4 };
	const struct name no_name = { 0 };
	const struct event event = { .flow = &flow, .name = &no_name, .app_proto = "failed" };
	cJSON *json = parse_event(&event);

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(absent); i++) {
		print_message("%s\n", absent[i]);
		assert_null(value_at(json, absent[i]));
	}
	assert_string_equal(value_at(json, "proto")->valuestring, "OSPF");
	cJSON_Delete(json);
}

static void http_hosts_split_into_name_and_port(void **state)
{
	static const struct {
		const char *host, *hostname;
		int port;
	} rows[] = {
		{ "a.example", "a.example", 0 },
		{ "a.example:8080", "a.example", 8080 },
		{ "[2001:db8::1]", "[2001:db8::1]", 0 },
		{ "[2001:db8::1]:443", "[2001:db8::1]", 443 },
		{ "a.example:", "a.example", 0 },
		{ "a.example:99999", "a.example", 0 },
		{ "a.example:8x", "a.example", 0 },
		{ ":80", NULL, 80 },
		{ "[broken", "[broken", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct http_info http = { .version = 11 };
		struct event event = samples_event(&samples, EVENT_HTTP);

		print_message("%s\n", rows[i].host);
		memcpy(http.host, rows[i].host, strlen(rows[i].host));
		event.http = &http;
		cJSON *json = parse_event(&event);
		const cJSON *name = value_at(json, "http.hostname");
		const cJSON *port = value_at(json, "http.http_port");

		if (rows[i].hostname)
			assert_string_equal(name->valuestring, rows[i].hostname);
		else
			assert_null(name);
		assert_int_equal(port ? port->valueint : 0, rows[i].port);
		cJSON_Delete(json);
	}
}

/* 64 records whose names and data are 4000 bytes that grow sixfold. */
static void an_event_that_outgrows_its_room_loses_elements_and_says_so(void **state)
{
	static char hostile[4001];
	static struct dns_message dns;
	struct event event = samples_event(&samples, EVENT_DNS);

	(void)state;
	memset(hostile, 0xff, sizeof(hostile) - 1);
	dns = samples.dns;
	dns.record_count = DNS_RECORDS_MAX;
	for (int i = 0; i < DNS_RECORDS_MAX; i++)
		dns.record[i] = (struct dns_record){ .name = hostile, .data = hostile, .type = 16 };
	event.dns = &dns;

	cJSON *json = parse_event(&event);
	assert_true(cJSON_IsTrue(value_at(json, "cut")));
	assert_in_range(cJSON_GetArraySize(value_at(json, "dns.answers")), 1, 4);
	assert_non_null(value_at(json, "dns.damaged")); /* what follows still fits */
	assert_non_null(value_at(json, "verdict"));
	cJSON_Delete(json);
}

/* One byte more each time, until the fields after the long one do not fit any more: those that are left
 * are whole, in their order, and nothing is written past the room. */
static void fields_at_the_end_of_the_room_are_whole_or_missing(void **state)
{
	static char data[EVENT_BYTES_MAX];
	static struct dns_message dns;
	struct event event = samples_event(&samples, EVENT_DNS);
	size_t shortest, cut = 0, uncut = 0;

	(void)state;
	dns = samples.dns;
	dns.record_count = 1;
	dns.record[0] = (struct dns_record){ .name = "a", .data = data, .type = 16 };
	event.dns = &dns;
	data[0] = 'x';
	shortest = event_write_json(writer, &event, line) - 1;

	memset(data, 'x', EVENT_BYTES_MAX - shortest - 200);
	for (size_t length = EVENT_BYTES_MAX - shortest - 200; data[length - 1]; length++) {
		cJSON *json = parse_event(&event);

		if (value_at(json, "cut")) {
			cut++;
		} else {
			assert_int_equal(cut, 0); /* what did not fit once does not fit with more */
			assert_int_equal(strlen(line), shortest + length);
			uncut++;
		}
		assert_int_equal(strlen(value_at(json, "dns.answers[].rdata")->valuestring),
				 length);
		cJSON_Delete(json);
		data[length] = cut < 300 ? 'x' : '\0';
	}
	assert_true(uncut > 100);
	assert_int_equal(cut, 300);
}

static void texts_of_every_kind_are_escaped(void **state)
{
	static const struct {
		const char *why, *text, *json;
	} rows[] = {
		{ "plain", "plain", "\"plain\"" },
		{ "plain, in several words", "a text of more than thirty-two bytes",
		  "\"a text of more than thirty-two bytes\"" },
		{ "a quote", "a\"b", "\"a\\\"b\"" },
		{ "a backslash at the end", "a name of 16 by\\", "\"a name of 16 by\\\\\"" },
		{ "a control character", "\x01", "\"\\u0001\"" },
		{ "not UTF-8", "a\xff", "\"a\\u00ff\"" },
		{ "UTF-8", "\xc3\xa9", "\"\xc3\xa9\"" },
	};
	static struct judgement judgement;

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct http_info http = { .version = 11 };
		struct event event = samples_event(&samples, EVENT_HTTP);
		char expected[3][80];

		print_message("%s\n", rows[i].why);
		judgement = samples.judgement;
		judgement.evidence_count = 1;
		memcpy(http.path, rows[i].text, strlen(rows[i].text) + 1);
		memcpy(judgement.evidence[0].text, rows[i].text, strlen(rows[i].text) + 1);
		event.http = &http;
		event.judgement = &judgement;
		event.app_proto = rows[i].text;
		cJSON_Delete(parse_event(&event));

		snprintf(expected[0], sizeof(expected[0]), "\"app_proto\":%s,", rows[i].json);
		snprintf(expected[1], sizeof(expected[1]), "\"url\":%s,", rows[i].json);
		snprintf(expected[2], sizeof(expected[2]), "\"text\":%s}]", rows[i].json);
		for (int k = 0; k < 3; k++)
			assert_non_null(strstr(line, expected[k]));
	}
}

static void every_protocol_and_flag_is_written(void **state)
{
	static const char *const flags[] = {
		"fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr"
	};
	struct flow_record flow = { .ip_version = 4 };
	const struct event event = { .flow = &flow, .type = EVENT_FLOW };
	char unknown[EVENT_NAME_UNKNOWN], path[16];

	(void)state;
	for (int protocol = 0; protocol <= UINT8_MAX; protocol++) {
		flow.protocol = (uint8_t)protocol;
		cJSON *json = parse_event(&event);

		assert_string_equal(value_at(json, "proto")->valuestring,
				    event_name_protocol((uint8_t)protocol, unknown));
		assert_int_equal(value_at(json, "src_port") != NULL,
				 protocol == 6 || protocol == 17 || protocol == 132);
		cJSON_Delete(json);
	}
	flow.protocol = 6;
	for (unsigned bit = 0; bit < ROW_COUNT(flags) * DIRECTIONS; bit++) {
		flow.tcp_flags[TO_SERVER] = (uint8_t)(1u << bit);
		flow.tcp_flags[TO_CLIENT] = (uint8_t)(1u << bit >> 8);
		cJSON *json = parse_event(&event);

		for (unsigned i = 0; i < ROW_COUNT(flags); i++) {
			snprintf(path, sizeof(path), "tcp.%s", flags[i]);
			assert_int_equal(cJSON_IsTrue(value_at(json, path)), i == bit % 8);
		}
		cJSON_Delete(json);
	}
}

/* It keeps the last second and the last flow's Community ID: each step changes what they rest on. */
static void a_line_is_the_same_whatever_was_written_before(void **state)
{
	static const struct {
		const char *why;
		uint64_t time_ns;
		uint16_t dst_port;
		uint8_t protocol, icmp_type, icmp_code;
	} rows[] = {
		{ "a flow of zeros, in the first second", 0, 0, 0, 0, 0 },
		{ "the same again", 0, 0, 0, 0, 0 },
		{ "a later second", UINT64_C(1795384838609260999), 0, 0, 0, 0 },
		{ "another protocol", UINT64_C(1795384838999999999), 0, 17, 0, 0 },
		{ "another port", UINT64_C(1795384839000000000), 53, 17, 0, 0 },
		{ "ICMP", UINT64_C(1795384838000000000), 53, 1, 3, 0 },
		{ "another code", UINT64_C(1795384838000000000), 53, 1, 3, 1 },
		{ "another type", UINT64_C(1795384838000000000), 53, 1, 8, 1 },
		{ "the last nanosecond", UINT64_MAX, 53, 1, 8, 1 },
	};
	static char fresh_line[EVENT_BYTES_MAX];

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		const struct flow_record flow = { .dst_port = rows[i].dst_port,
						  .protocol = rows[i].protocol,
						  .icmp_type = rows[i].icmp_type,
						  .icmp_code = rows[i].icmp_code,
						  .ip_version = i == 0 ? 6 : 4 };
		const struct event event = { .flow = &flow, .time_ns = rows[i].time_ns };
		struct event_writer *fresh;

		print_message("%s\n", rows[i].why);
		assert_int_equal(event_writer_new(&fresh), 0);
		size_t length = event_write_json(fresh, &event, fresh_line);
		assert_int_equal(event_write_json(writer, &event, line), length);
		assert_memory_equal(line, fresh_line, length);
		event_writer_free(fresh);
	}
}

static bool is_documented(const char *documents, const char *path)
{
	char cell[160];

	snprintf(cell, sizeof(cell), "| `%s` |", path);
	return strstr(documents, cell) != NULL;
}

static void check_documented(const char *documents, const cJSON *json, const char *path)
{
	const cJSON *member;
	char inner[128];

	cJSON_ArrayForEach(member, json)
	{
		snprintf(inner, sizeof(inner), "%s%s%s", path, *path ? "." : "", member->string);
		if (strcmp(inner, "stats") == 0)
			continue;
		if (cJSON_IsObject(member)) {
			check_documented(documents, member, inner);
			continue;
		}
		print_message("%s\n", inner);
		assert_true(is_documented(documents, inner));
		if (cJSON_IsObject(cJSON_GetArrayItem(member, 0))) {
			strcat(inner, "[]");
			check_documented(documents, cJSON_GetArrayItem(member, 0), inner);
		}
	}
}

static void everything_written_is_documented(void **state)
{
	char *documents;
	size_t size;
	FILE *out = open_memstream(&documents, &size);

	(void)state;
	event_print_docs(out);
	fclose(out);
	for (uint8_t type = 0; type < EVENT_TYPES; type++) {
		struct event event = samples_event(&samples, type);
		cJSON *json = parse_event(&event);

		check_documented(documents, json, "");
		cJSON_Delete(json);
	}
	free(documents);
}

static void type_names_are_found_again(void **state)
{
	(void)state;
	for (int type = 0; type < EVENT_TYPES; type++) {
		const char *name = event_type_name((enum event_type)type);

		assert_int_equal(event_type_from_name(name, strlen(name)), type);
	}
	assert_int_equal(event_type_from_name("flows", 5), -1);
	assert_int_equal(event_type_from_name("", 0), -1);
	assert_int_equal(event_type_from_name("flow,dns", 4), EVENT_FLOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_stand_where_eve_has_them),
		cmocka_unit_test(what_is_unknown_is_left_out),
		cmocka_unit_test(http_hosts_split_into_name_and_port),
		cmocka_unit_test(an_event_that_outgrows_its_room_loses_elements_and_says_so),
		cmocka_unit_test(fields_at_the_end_of_the_room_are_whole_or_missing),
		cmocka_unit_test(texts_of_every_kind_are_escaped),
		cmocka_unit_test(every_protocol_and_flag_is_written),
		cmocka_unit_test(a_line_is_the_same_whatever_was_written_before),
		cmocka_unit_test(everything_written_is_documented),
		cmocka_unit_test(type_names_are_found_again),
	};

	samples_fill(&samples);
	if (event_writer_new(&writer) != 0)
		return 1;
	int failed = cmocka_run_group_tests_name("event_writer", tests, NULL, NULL);
	event_writer_free(writer);
	return failed;
}
