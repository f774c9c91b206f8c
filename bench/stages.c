/* What each stage of the packet path costs by itself.
 *
 *     bench_stages CAPTURE HELLO
 *
 * CAPTURE: a classic little-endian pcap file, of which the first FRAMES frames are used. HELLO: a ClientHello
 * message. Each row shows the least and the median of ROUNDS rounds: the rest is the machine's. Names,
 * prefixes and rules have programs of their own (names.c, service_tags.c, judge.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/ip.h"
#include "base/units.h"
#include "decode/decode.h"
#include "flow/flow_table.h"
#include "identify/tls.h"
#include "identify/tls_fingerprint.h"
#include "report/event_writer.h"

#define FRAMES 4096
#define ROUNDS 21
#define PCAP_HEADER 24
#define RECORD_HEADER 16

struct input {
	uint8_t *bytes;
	size_t length;
	struct packet packet[FRAMES];
	struct layers layers[FRAMES];
	struct flow_packet flow[FRAMES];
	size_t count;
	struct flow_table *table;
	const uint8_t *hello;
	size_t hello_length;
	struct tls_info info;
	struct event event;
	struct event_writer *writer;
	char *line;
	uint64_t kept; /* so that nothing is left out */
};

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

static uint8_t *read_file(const char *path, size_t *length)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = NULL;

	if (!file || fseek(file, 0, SEEK_END) != 0) {
		fprintf(stderr, "%s: cannot be read\n", path);
		exit(1);
	}
	*length = (size_t)ftell(file);
	rewind(file);
	bytes = malloc(*length + 1);
	if (!bytes || fread(bytes, 1, *length, file) != *length)
		exit(1);
	fclose(file);
	return bytes;
}

static uint32_t u32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static void find_frames(struct input *input)
{
	for (size_t at = PCAP_HEADER;
	     at + RECORD_HEADER <= input->length && input->count < FRAMES;) {
		const uint8_t *record = input->bytes + at;
		uint32_t captured = u32(record + 8);

		input->packet[input->count++] = (struct packet){
			.data = record + RECORD_HEADER,
			.captured = captured,
			.length = u32(record + 12),
			.time_ns = u32(record) * NS_PER_S + u32(record + 4) * UINT64_C(1000),
			.link = LINK_ETHERNET,
		};
		at += RECORD_HEADER + captured;
	}
}

/* Stages: each does its work once for every frame, or as often as there are frames. */

static void decode(struct input *input)
{
	for (size_t i = 0; i < input->count; i++)
		input->kept +=
			decode_packet(&decode_config_default, &input->packet[i], &input->layers[i]);
}

static void hash(struct input *input)
{
	for (size_t i = 0; i < input->count; i++) {
		struct flow_packet *flow = &input->flow[i];

		flow->layers = &input->layers[i];
		flow->key = flow_key_of(flow->layers, &flow->from_high);
		flow->hash = flow_hash(input->table, &flow->key);
	}
}

static void look_up(struct input *input)
{
	enum direction direction;
	bool is_new;

	for (size_t i = 0; i < input->count; i++)
		input->kept += flow_table_packet(input->table, &input->flow[i], &direction, &is_new)
				       ->shard;
}

static void parse_hello(struct input *input)
{
	for (size_t i = 0; i < input->count; i++) {
		memset(&input->info, 0, sizeof(input->info));
		input->kept += tls_parse_client_hello(input->hello, input->hello_length, false,
						      &input->info);
	}
}

static void write_event(struct input *input)
{
	for (size_t i = 0; i < input->count; i++)
		input->kept += event_write_json(input->writer, &input->event, input->line);
}

static const struct stage {
	const char *what;
	void (*work)(struct input *input);
} stages[] = {
	{ "decode, a frame", decode },         { "flow key and hash", hash },
	{ "flow table, a packet", look_up },   { "ClientHello with JA3 and JA4", parse_hello },
	{ "flow event as JSON", write_event },
};

static void measure(struct input *input, const struct stage *stage)
{
	double ns[ROUNDS];

	for (int round = 0; round < ROUNDS; round++) {
		double begun = now_ns();

		stage->work(input);
		ns[round] = (now_ns() - begun) / (double)input->count;
	}
	qsort(ns, ROUNDS, sizeof(ns[0]), by_value);
	printf("%-32s %8.1f %8.1f\n", stage->what, ns[0], ns[ROUNDS / 2]);
}

static void make_event(struct input *input, struct flow_record *flow, struct name *name,
		       struct judgement *judgement)
{
	*flow = (struct flow_record){ .id = 4711,
				      .start_ns = NS_PER_S,
				      .end_ns = 2 * NS_PER_S,
				      .count = { { 12, 4096 }, { 11, 65536 } },
				      .src_port = 50000,
				      .dst_port = 443,
				      .protocol = 6,
				      .ip_version = 4 };
	ip_parse("10.10.1.4", &flow->src);
	ip_parse("10.10.2.5", &flow->dst);
	*name = (struct name){ .value = "contoso.openai.azure.com", .source = NAME_SNI };
	judgement->verdict = VERDICT_EXPECTED;
	judgement->rule_id = "PEW-OK-001";
	input->event = (struct event){ .type = EVENT_FLOW,
				       .time_ns = 2 * NS_PER_S,
				       .app_proto = "tls",
				       .flow = flow,
				       .name = name,
				       .judgement = judgement };
}

int main(int argc, char **argv)
{
	static struct input input;
	static struct flow_record flow;
	static struct name name;
	static struct judgement judgement;

	if (argc != 3) {
		fprintf(stderr, "usage: bench_stages CAPTURE HELLO\n");
		return 2;
	}
	input.bytes = read_file(argv[1], &input.length);
	input.hello = read_file(argv[2], &input.hello_length);
	input.line = malloc(EVENT_BYTES_MAX);
	find_frames(&input);
	make_event(&input, &flow, &name, &judgement);
	if (input.count == 0 || !input.line || event_writer_new(&input.writer) != 0 ||
	    flow_table_new(&input.table, FLOW_LIMIT_DEFAULT, 0, FLOW_SHARDS, hash_seed_fixed()) !=
		    0)
		return 1;
	decode(&input);
	hash(&input);
	for (size_t i = 0; i < input.count; i++) {
		input.flow[i].time_ns = input.packet[i].time_ns;
		input.flow[i].frames = 1;
		input.flow[i].bytes = input.packet[i].captured;
	}
	printf("%-32s %8s %8s   ns, of %zu frames\n", "", "least", "median", input.count);
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++)
		measure(&input, &stages[i]);
	return input.kept == 0;
}
