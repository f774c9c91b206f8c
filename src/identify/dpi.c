/* A label is (master << 16 | application), nDPI's own numbers; the texts are made once per pair and
 * kept, in a small table that a hostile sender cannot grow past LABELS_MAX.
 */
#include "identify/dpi.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <ndpi/ndpi_api.h>

#include "base/pages.h"
#include "base/units.h"

#ifndef NDPI_NUMBER /* 402 for 4.2; from pkg-config */
#define NDPI_NUMBER 402
#endif

#define LABELS_MAX 1024 /* pairs of protocol and application met; nDPI knows under 500 of each */
#define LABEL_TEXT_MAX 63

struct dpi_maker {
	pthread_mutex_t lock;
};

struct label {
	uint32_t pair;
	char text[LABEL_TEXT_MAX + 1];
	char protocol[LABEL_TEXT_MAX + 1];
};

struct dpi {
	struct dpi_maker *maker;
	struct ndpi_detection_module_struct *module[DPI_DOMAINS];
	uint8_t *flows;
	size_t flow_bytes, bytes;
	uint32_t label_count;
	struct label label[LABELS_MAX];
};

int dpi_maker_new(struct dpi_maker **maker)
{
	*maker = calloc(1, sizeof(**maker));
	if (!*maker)
		return -ENOMEM;
	return -pthread_mutex_init(&(*maker)->lock, NULL);
}

void dpi_maker_free(struct dpi_maker *maker)
{
	if (!maker)
		return;
	pthread_mutex_destroy(&maker->lock);
	free(maker);
}

int dpi_new(struct dpi **dpi, struct dpi_maker *maker, uint32_t flows)
{
	struct dpi *made = calloc(1, sizeof(*made));

	*dpi = NULL;
	if (!made)
		return -ENOMEM;
	made->maker = maker;
	made->flow_bytes = (ndpi_detection_get_sizeof_ndpi_flow_struct() + 63) / 64 * 64;
	made->bytes = made->flow_bytes * flows;
	made->flows = pages_take_dense(made->bytes);
	if (!made->flows) {
		free(made);
		return -ENOMEM;
	}
	*dpi = made;
	return 0;
}

void dpi_free(struct dpi *dpi)
{
	if (!dpi)
		return;
	for (int i = 0; i < DPI_DOMAINS; i++)
		if (dpi->module[i])
			ndpi_exit_detection_module(dpi->module[i]);
	pages_give(dpi->flows, dpi->bytes);
	free(dpi);
}

static struct ndpi_detection_module_struct *make_module(void)
{
#if NDPI_NUMBER >= 410
	struct ndpi_detection_module_struct *module = ndpi_init_detection_module(NULL);
#else
	struct ndpi_detection_module_struct *module =
		ndpi_init_detection_module(ndpi_dont_load_tor_hosts);
#endif
	if (!module)
		return NULL;
#if NDPI_NUMBER < 500
	NDPI_PROTOCOL_BITMASK all;

	NDPI_BITMASK_SET_ALL(all);
	ndpi_set_protocol_detection_bitmask2(module, &all);
#endif
	ndpi_finalize_initialization(module);
	return module;
}

int dpi_maker_warm_up(struct dpi_maker *maker)
{
	pthread_mutex_lock(&maker->lock);
	struct ndpi_detection_module_struct *module = make_module();

	if (module)
		ndpi_exit_detection_module(module);
	pthread_mutex_unlock(&maker->lock);
	return module ? 0 : -ENOMEM;
}

static struct ndpi_detection_module_struct *module_of(struct dpi *dpi, uint32_t domain)
{
	if (!dpi->module[domain]) {
		pthread_mutex_lock(&dpi->maker->lock);
		dpi->module[domain] = make_module();
		pthread_mutex_unlock(&dpi->maker->lock);
	}
	return dpi->module[domain];
}

static struct ndpi_flow_struct *flow_at(const struct dpi *dpi, uint32_t slot)
{
	return (struct ndpi_flow_struct *)(void *)(dpi->flows + dpi->flow_bytes * slot);
}

static void protocol_numbers(ndpi_protocol found, uint16_t *master, uint16_t *application)
{
#if NDPI_NUMBER >= 412
	*master = found.proto.master_protocol;
	*application = found.proto.app_protocol;
#else
	*master = found.master_protocol;
	*application = found.app_protocol;
#endif
}

static void append(char *text, const char *more)
{
	size_t have = strlen(text), length = strlen(more);

	if (length > LABEL_TEXT_MAX - have)
		length = LABEL_TEXT_MAX - have;
	memcpy(text + have, more, length);
	text[have + length] = '\0';
}

static void write_label(struct label *label, struct ndpi_detection_module_struct *module,
			uint16_t master, uint16_t application)
{
	uint16_t protocol = master != NDPI_PROTOCOL_UNKNOWN ? master : application;

	append(label->protocol, ndpi_get_proto_name(module, protocol));
	append(label->text, label->protocol);
	if (application != NDPI_PROTOCOL_UNKNOWN && application != protocol) {
		append(label->text, ".");
		append(label->text, ndpi_get_proto_name(module, application));
	}
	for (char *c = label->protocol; *c; c++)
		*c = (char)tolower((unsigned char)*c);
}

/* Index + 1 of the label in the table, made if it is new; 0 when nothing is known. */
static uint32_t label_of(struct dpi *dpi, struct ndpi_detection_module_struct *module,
			 ndpi_protocol found)
{
	uint16_t master, application;

	protocol_numbers(found, &master, &application);
	uint32_t pair = (uint32_t)master << 16 | application;
	if (pair == 0)
		return DPI_UNDECIDED;
	for (uint32_t i = 0; i < dpi->label_count; i++)
		if (dpi->label[i].pair == pair)
			return i + 1;
	if (dpi->label_count == LABELS_MAX)
		return DPI_UNDECIDED;
	dpi->label[dpi->label_count].pair = pair;
	write_label(&dpi->label[dpi->label_count], module, master, application);
	return ++dpi->label_count;
}

void dpi_begin(struct dpi *dpi, uint32_t slot)
{
	memset(flow_at(dpi, slot), 0, dpi->flow_bytes);
}

uint32_t dpi_packet(struct dpi *dpi, uint32_t domain, uint32_t slot,
		    const struct dpi_packet *packet)
{
	struct ndpi_detection_module_struct *module = module_of(dpi, domain);
	unsigned short length =
		packet->length > UINT16_MAX ? UINT16_MAX : (unsigned short)packet->length;

	if (!module)
		return DPI_UNDECIDED;
	return label_of(dpi, module,
			ndpi_detection_process_packet(module, flow_at(dpi, slot), packet->ip,
						      length, packet->time_ns / NS_PER_MS
#if NDPI_NUMBER >= 406
						      ,
						      NULL
#endif
						      ));
}

uint32_t dpi_end(struct dpi *dpi, uint32_t domain, uint32_t slot)
{
	struct ndpi_detection_module_struct *module = module_of(dpi, domain);
	uint8_t guessed = 0;
	uint32_t label = DPI_UNDECIDED;

	if (!module)
		return label;
#if NDPI_NUMBER >= 410
	label = label_of(dpi, module, ndpi_detection_giveup(module, flow_at(dpi, slot), &guessed));
#else
	label = label_of(dpi, module,
			 ndpi_detection_giveup(module, flow_at(dpi, slot), 0, &guessed));
#endif
	ndpi_free_flow_data(flow_at(dpi, slot));
	return guessed ? DPI_UNDECIDED : label;
}

const char *dpi_label(const struct dpi *dpi, uint32_t label)
{
	return label == DPI_UNDECIDED ? NULL : dpi->label[label - 1].text;
}

const char *dpi_protocol(const struct dpi *dpi, uint32_t label)
{
	return label == DPI_UNDECIDED ? NULL : dpi->label[label - 1].protocol;
}

const char *dpi_version(void)
{
	return ndpi_revision();
}
