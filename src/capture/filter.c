#include "capture/filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#define SNAPLEN 262144 /* only read by programs that capture; libpcap wants a number */

struct program {
	uint16_t link;
	bool compiled;
	struct bpf_program code;
};

struct filter {
	struct program *programs; /* a capture has one link type, rarely two */
	uint32_t count;
	char expression[];
};

int filter_open(struct filter **filter, const char *expression)
{
	size_t size = strlen(expression) + 1;

	*filter = calloc(1, sizeof(**filter) + size);
	if (!*filter)
		return -ENOMEM;
	memcpy((*filter)->expression, expression, size);
	return 0;
}

void filter_close(struct filter *filter)
{
	if (!filter)
		return;
	for (uint32_t i = 0; i < filter->count; i++) {
		if (filter->programs[i].compiled)
			pcap_freecode(&filter->programs[i].code);
	}
	free(filter->programs);
	free(filter);
}

static const struct program *find_program(const struct filter *filter, uint16_t link)
{
	for (uint32_t i = 0; i < filter->count; i++) {
		if (filter->programs[i].link == link)
			return &filter->programs[i];
	}
	return NULL;
}

bool filter_has_link(const struct filter *filter, uint16_t link)
{
	return find_program(filter, link) != NULL;
}

/* Files and the compiler number a few link types differently. */
static int dlt_of(uint16_t link)
{
	static const struct {
		uint16_t link;
		int dlt;
	} rows[] = {
		{ 100, DLT_ATM_RFC1483 }, { LINK_RAW, DLT_RAW }, { 102, DLT_SLIP_BSDOS },
		{ 103, DLT_PPP_BSDOS },   { 246, DLT_PFSYNC },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (rows[i].link == link)
			return rows[i].dlt;
	}
	return link;
}

static int compile(const struct filter *filter, struct program *program, struct fault *fault)
{
	int dlt = dlt_of(program->link);
	const char *link_name = pcap_datalink_val_to_name(dlt);
	pcap_t *compiler = pcap_open_dead(dlt, SNAPLEN);

	if (!compiler)
		return -ENOMEM;
	program->compiled = pcap_compile(compiler, &program->code, filter->expression, 1,
					 PCAP_NETMASK_UNKNOWN) == 0;
	if (!program->compiled)
		fault_set(fault, "filter \"%s\": %s (link type %u, %s)", filter->expression,
			  pcap_geterr(compiler), program->link,
			  link_name ? link_name : "unknown to libpcap");
	pcap_close(compiler);
	return program->compiled ? 0 : -EINVAL;
}

int filter_add_link(struct filter *filter, uint16_t link, struct fault *fault)
{
	size_t size = (filter->count + 1) * sizeof(*filter->programs);
	struct program *larger = realloc(filter->programs, size);

	if (!larger)
		return -ENOMEM;
	filter->programs = larger;
	larger[filter->count] = (struct program){ .link = link };
	return compile(filter, &larger[filter->count++], fault);
}

bool filter_passes(const struct filter *filter, const struct packet *packet)
{
	const struct program *program = find_program(filter, packet->link);
	const struct pcap_pkthdr header = { .caplen = packet->captured, .len = packet->length };

	return program && program->compiled &&
	       pcap_offline_filter(&program->code, &header, packet->data) != 0;
}
