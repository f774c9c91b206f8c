/* conversation.h - what two ends say to each other, shown to identify packet by packet. */
#pragma once

#include <stdio.h>
#include <string.h>

#include "identify/identify.h"
#include "tests/unit/identify/tls_bytes.h"

enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17 };

struct heard { /* what the sink was told */
	size_t tls, quic, dns, http, ssh;
	struct tls_info last_tls;
	struct http_info last_http;
	struct ssh_info last_ssh;
	size_t dns_of[DIRECTIONS];
};

struct conversation {
	struct identify *identify;
	struct identity identity;
	struct identify_flow flow;
	uint32_t state;
	uint32_t seq[DIRECTIONS];
	bool more; /* what identify said last: it wants packets */
};

static struct heard heard;
static struct identify *identify;
static struct dpi_maker *maker;

static void hear_tls(void *context, const struct tls_info *info)
{
	(void)context;
	heard.tls++;
	heard.last_tls = *info;
}

static void hear_quic(void *context, const struct quic_info *info)
{
	(void)context;
	(void)info;
	heard.quic++;
}

static void hear_dns(void *context, const struct dns_message *message, enum direction direction)
{
	(void)context;
	assert_true(message->question_count <= DNS_QUESTIONS_MAX);
	heard.dns++;
	heard.dns_of[direction]++;
}

static void hear_http(void *context, const struct http_info *info)
{
	(void)context;
	heard.http++;
	heard.last_http = *info;
}

static void hear_ssh(void *context, const struct ssh_info *info)
{
	(void)context;
	heard.ssh++;
	heard.last_ssh = *info;
}

static void identify_with_states(uint32_t states)
{
	const struct identify_options options = {
		.states = states,
		.buffer_bytes = 4 * MIB,
		.maker = maker,
	};
	const struct identify_sink sink = { .tls = hear_tls,
					    .quic = hear_quic,
					    .dns = hear_dns,
					    .http = hear_http,
					    .ssh = hear_ssh };

	identify_free(identify);
	assert_int_equal(identify_new(&identify, &options, &sink), 0);
}

static int open_identify(void **state)
{
	(void)state;
	memset(&heard, 0, sizeof(heard));
	if (dpi_maker_new(&maker) != 0)
		return -1;
	identify_with_states(8);
	return 0;
}

static int close_identify(void **state)
{
	(void)state;
	identify_free(identify);
	identify = NULL;
	dpi_maker_free(maker);
	return 0;
}

static void begin(struct conversation *conversation, uint8_t protocol, uint16_t dst_port)
{
	memset(conversation, 0, sizeof(*conversation));
	conversation->flow = (struct identify_flow){
		.identity = &conversation->identity,
		.state = &conversation->state,
		.src_port = 50000,
		.dst_port = dst_port,
		.protocol = protocol,
	};
	conversation->seq[TO_SERVER] = 1000;
	conversation->seq[TO_CLIENT] = 0xffffffff - 20; /* wraps soon */
	conversation->more = true;
}

/* A piece at an offset from where its side stands; moves nothing. As the pipeline: a flow that is
 * decided is not shown any more. */
static void show_at(struct conversation *conversation, enum direction direction, uint32_t offset,
		    const void *bytes, size_t length)
{
	const struct layers layers = {
		.payload = bytes,
		.payload_captured = (uint32_t)length,
		.payload_length = (uint32_t)length,
		.protocol = conversation->flow.protocol,
		.tcp_seq = conversation->seq[direction] + offset,
		.tcp_flags = TCP_ACK,
	};

	if (conversation->more)
		conversation->more =
			identify_packet(identify, &conversation->flow, &layers, direction, ns(1));
}

static void show(struct conversation *conversation, enum direction direction, const void *bytes,
		 size_t length)
{
	show_at(conversation, direction, 0, bytes, length);
	conversation->seq[direction] += (uint32_t)length;
}

static void say(struct conversation *conversation, enum direction direction, const char *text)
{
	show(conversation, direction, text, strlen(text));
}

/* The end of the flow, as the pipeline ends it; nothing may be left of its state. */
static void end(struct conversation *conversation)
{
	identify_end(identify, &conversation->flow);
	assert_int_equal(conversation->state, 0);
	conversation->more = false;
}

/* Handshakes in records: "server" is the name in RFC 8448's hello. */
static void put_hello(struct bytes *bytes)
{
	static struct bytes handshake;

	handshake.length = 0;
	put_hex(&handshake, RFC8448_CLIENT_HELLO);
	put_records(bytes, &handshake, handshake.length);
}

static void put_answer(struct bytes *bytes)
{
	static struct bytes handshake;

	handshake.length = 0;
	put_hex(&handshake, RFC8448_SERVER_HELLO);
	put_records(bytes, &handshake, handshake.length);
}

static void show_hello(struct conversation *conversation)
{
	static struct bytes hello;

	hello.length = 0;
	put_hello(&hello);
	show(conversation, TO_SERVER, hello.at, hello.length);
}

static void show_answer(struct conversation *conversation)
{
	static struct bytes answer;

	answer.length = 0;
	put_answer(&answer);
	show(conversation, TO_CLIENT, answer.at, answer.length);
}
