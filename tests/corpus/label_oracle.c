/* What the packaged nDPI says of each flow of a capture when it is shown every packet: one line a
 * flow, "number<TAB>addr:port<TAB>addr:port<TAB>Protocol". A test's oracle, not part of pewit: it
 * takes the straightest way (libpcap, a list of flows, no eviction).
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ndpi/ndpi_api.h>

#include "base/ip.h"
#include "capture/source.h"
#include "decode/decode.h"
#include "flow/flow_table.h"

struct oracle_flow {
	struct flow_key key;
	struct ndpi_flow_struct *ndpi;
	ndpi_protocol found;
	struct oracle_flow *next;
};

#define BUCKETS 65536

static struct oracle_flow *flow_of(struct oracle_flow **buckets, const struct flow_key *key)
{
	const struct hash_seed seed = hash_seed_fixed();
	struct oracle_flow **head = &buckets[hash_bytes(&seed, key, sizeof(*key)) % BUCKETS];

	for (struct oracle_flow *flow = *head; flow; flow = flow->next)
		if (memcmp(&flow->key, key, sizeof(*key)) == 0)
			return flow;
	struct oracle_flow *flow = calloc(1, sizeof(*flow));

	flow->key = *key;
	flow->ndpi = calloc(1, ndpi_detection_get_sizeof_ndpi_flow_struct());
	flow->next = *head;
	*head = flow;
	return flow;
}

static void print_flow(struct ndpi_detection_module_struct *module, struct oracle_flow *flow)
{
	uint8_t guessed = 0;
	char low[IP_TEXT_SIZE], high[IP_TEXT_SIZE];
	ndpi_protocol found = flow->found;

	if (found.master_protocol == 0 && found.app_protocol == 0)
		found = ndpi_detection_giveup(module, flow->ndpi, 0, &guessed);
	ip_print(&flow->key.low, low);
	ip_print(&flow->key.high, high);
	printf("%u\t%s:%u\t%s:%u\t%s\n", flow->key.protocol, low, flow->key.low_port, high,
	       flow->key.high_port,
	       ndpi_get_proto_name(module, found.master_protocol ? found.master_protocol
								 : found.app_protocol));
}

static void show(struct ndpi_detection_module_struct *module, struct oracle_flow **buckets,
		 const struct packet *packet)
{
	struct layers layers;
	bool from_high;

	if (decode_packet(&decode_config_default, packet, &layers) != DECODE_FLOW ||
	    !layers.ip_header)
		return;
	struct flow_key key = flow_key_of(&layers, &from_high);
	struct oracle_flow *flow = flow_of(buckets, &key);

	flow->found = ndpi_detection_process_packet(module, flow->ndpi, layers.ip_header,
						    (unsigned short)layers.ip_captured,
						    packet->time_ns / 1000000);
}

int main(int argc, char **argv)
{
	static struct oracle_flow *buckets[BUCKETS];
	struct ndpi_detection_module_struct *module =
		ndpi_init_detection_module(ndpi_dont_load_tor_hosts);
	struct source_options options = { .natural_order = true };
	struct source *source;
	struct packet packets[64];
	struct fault fault;
	NDPI_PROTOCOL_BITMASK all;
	size_t count;

	if (argc != 2 ||
	    source_open(&source, (const char *const *)&argv[1], 1, &options, &fault) != 0)
		return 2;
	NDPI_BITMASK_SET_ALL(all);
	ndpi_set_protocol_detection_bitmask2(module, &all);
	ndpi_finalize_initialization(module);
	while ((count = source_next(source, packets, 64)) != 0)
		for (size_t i = 0; i < count; i++)
			show(module, buckets, &packets[i]);
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct oracle_flow *flow = buckets[i]; flow; flow = flow->next)
			print_flow(module, flow);
	return 0;
}
