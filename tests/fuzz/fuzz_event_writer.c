/* Events whose every text and number is hostile must still be one line of valid UTF-8 JSON. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "report/event_writer.h"

static char line[EVENT_BYTES_MAX + 1];

struct input {
	const uint8_t *at;
	size_t left;
};

/* The next bytes of the input, and zeros when it has ended. */
static void take(struct input *input, void *to, size_t size)
{
	size_t have = size < input->left ? size : input->left;

	memset(to, 0, size);
	if (have != 0)
		memcpy(to, input->at, have);
	input->at += have;
	input->left -= have;
}

static uint8_t take_byte(struct input *input)
{
	uint8_t byte;

	take(input, &byte, 1);
	return byte;
}

/* A text of at most size - 1 bytes; what follows its NUL stays as it was. */
static void take_text(struct input *input, char *text, size_t size)
{
	uint8_t length = take_byte(input);
	size_t kept = length < size - 1 ? length : size - 1;

	take(input, text, kept);
	text[kept] = '\0';
}
#define TEXT(member) take_text(input, member, sizeof(member))

static void take_flow(struct input *input, struct flow_record *flow)
{
	take(input, flow, offsetof(struct flow_record, midstream));
	flow->midstream = take_byte(input) & 1;
}

static void take_tls(struct input *input, struct tls_info *tls)
{
	uint8_t flags = take_byte(input);

	take(input, tls, offsetof(struct tls_info, client_hello));
	tls->server_hello = flags & 1;
	tls->hello_retry = flags & 2;
	tls->resumed = flags & 4;
	tls->early_data = flags & 8;
	tls->ech = take_byte(input);
	TEXT(tls->sni);
	TEXT(tls->alpn_offered);
	TEXT(tls->alpn);
	TEXT(tls->ja3);
	TEXT(tls->ja3_text);
	TEXT(tls->ja4);
	tls->certificate.seen = flags & 16;
	tls->certificate.self_signed = flags & 32;
	tls->certificate.san_count = take_byte(input);
	take(input, &tls->certificate.not_before_s, 16);
	TEXT(tls->certificate.subject);
	TEXT(tls->certificate.issuer);
	TEXT(tls->certificate.serial);
	TEXT(tls->certificate.san[0]);
	TEXT(tls->certificate.san[7]);
}

static void take_http(struct input *input, struct http_info *http)
{
	take(input, &http->credentials, sizeof(http->credentials));
	take(input, &http->status, sizeof(http->status));
	http->version = take_byte(input);
	TEXT(http->method);
	TEXT(http->host);
	TEXT(http->path);
	TEXT(http->user_agent);
	TEXT(http->auth_scheme);
	TEXT(http->imds_resource);
	TEXT(http->imds_identity);
}

static void take_dns(struct input *input, struct dns_message *dns)
{
	take(input, dns, offsetof(struct dns_message, response));
	dns->response = take_byte(input) & 1;
	dns->question_count = take_byte(input) % (DNS_QUESTIONS_MAX + 1);
	dns->record_count = take_byte(input) % (DNS_RECORDS_MAX + 1);
	take(input, &dns->record_total, sizeof(dns->record_total));
	take_text(input, dns->text, 256);
	for (int i = 0; i < dns->question_count; i++)
		dns->question[i] = (struct dns_question){ dns->text, take_byte(input), 1 };
	for (int i = 0; i < dns->record_count; i++) {
		struct dns_record *record = &dns->record[i];

		record->name = dns->text;
		record->data = take_byte(input) & 1 ? dns->text : NULL;
		record->type = take_byte(input);
		record->section = take_byte(input) % 4;
		take(input, &record->addr, sizeof(record->addr));
		record->has_addr = record->addr.bytes[0] & 1;
	}
}

static void take_judgement(struct input *input, struct judgement *judgement, char *text)
{
	judgement->verdict = take_byte(input);
	judgement->severity = take_byte(input);
	judgement->evidence_count = take_byte(input);
	judgement->rule_id = text;
	judgement->endpoint.service = text;
	TEXT(judgement->endpoint.resource);
	for (int i = 0; i < EVIDENCE_MAX; i++) {
		judgement->evidence[i].kind = take_byte(input);
		TEXT(judgement->evidence[i].text);
	}
}

static bool is_utf8(const uint8_t *at, size_t left)
{
	while (left != 0) {
		size_t tail = *at < 0x80 ? 0 : *at < 0xc2 ? 9 : *at < 0xe0 ? 1 : *at < 0xf0 ? 2 : 3;

		if (tail >= left || *at > 0xf4)
			return false;
		for (size_t i = 1; i <= tail; i++)
			if ((at[i] & 0xc0) != 0x80)
				return false;
		at += tail + 1;
		left -= tail + 1;
	}
	return true;
}

static void check_line(size_t length)
{
	if (length == 0 || length > EVENT_BYTES_MAX || line[length - 1] != '\n')
		abort();
	for (size_t i = 0; i + 1 < length; i++)
		if ((uint8_t)line[i] < 0x20)
			abort();
	if (!is_utf8((const uint8_t *)line, length))
		abort();

	const char *end;
	line[length] = '\0';
	cJSON *json = cJSON_ParseWithOpts(line, &end, 0);
	if (!json || end != line + length - 1 ||
	    !cJSON_GetObjectItemCaseSensitive(json, "event_type"))
		abort();
	cJSON_Delete(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct flow_record flow;
	static struct judgement judgement;
	static struct quic_info quic;
	static struct dns_message dns;
	static struct http_info http;
	static struct ssh_info ssh;
	static struct stats stats;
	static struct event_writer *writer; /* reachable to the end: no leak */
	struct input whole = { bytes, size }, *input = &whole;
	struct alert alert;
	char text[256];
	struct name name = { .value = text };
	uint8_t has = take_byte(input);
	struct event event = {
		.type = take_byte(input) % EVENT_TYPES,
		.flow = &flow,
		.name = &name,
		.app_proto = text,
		.dpi_label = text,
		.judgement = has & 1 ? &judgement : NULL,
		.tls = has & 2 ? &quic.tls : NULL,
		.quic = has & 4 ? &quic : NULL,
		.dns = has & 8 ? &dns : NULL,
		.http = has & 16 ? &http : NULL,
		.ssh = has & 32 ? &ssh : NULL,
		.alert = has & 64 ? &alert : NULL,
		.stats = &stats,
	};

	take(input, &event.time_ns, sizeof(event.time_ns));
	TEXT(text);
	take(input, &name.age_ns, sizeof(name.age_ns));
	name.source = take_byte(input);
	take(input, &alert, sizeof(alert));
	take(input, &quic.version, sizeof(quic.version));
	take_flow(input, &flow);
	take_judgement(input, &judgement, text);
	take_tls(input, &quic.tls);
	take_http(input, &http);
	TEXT(ssh.client_software);
	TEXT(ssh.server_proto);
	take_dns(input, &dns);
	if (!writer && event_writer_new(&writer) != 0)
		abort();
	check_line(event_write_json(writer, &event, line));
	return 0;
}
