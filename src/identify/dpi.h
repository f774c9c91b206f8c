/* dpi.h - nDPI, for the label of what pewit's own parsers do not know.
 *
 * Called only while a flow is undecided and for a bounded number of packets; a flow's state is
 * freed as soon as it is decided. Never asked for a name (design section 4 says why).
 *
 * nDPI remembers things across flows (who spoke BitTorrent with whom, ...). So that a label does not
 * depend on how many workers there are, flows are dealt to DPI_DOMAINS modules by their shard; a
 * module is made when its first flow comes, as that takes 30 ms and 6 MB.
 * Not thread-safe, but for dpi_maker: one struct dpi a worker.
 */
#pragma once

#include <stdint.h>

#include "base/fault.h"

#define DPI_DOMAINS 4
#define DPI_PACKETS_MAX 24 /* with payload, of one flow: nDPI decides within 16, or hardly ever */

/* Making a module is not thread-safe in nDPI: all workers make theirs through one maker. */
struct dpi_maker;
int dpi_maker_new(struct dpi_maker **maker);
void dpi_maker_free(struct dpi_maker *maker);

/* Makes a module and drops it, 30 ms: nDPI's libraries read files of the system with their first, and libgcrypt
 * ends the program where it may not. For a program that is about to give up reading files. 0 or -ENOMEM. */
int dpi_maker_warm_up(struct dpi_maker *maker);

struct dpi;

/* flows: how many may be undecided at once; each takes nDPI's flow structure (688 bytes in 4.2). */
int dpi_new(struct dpi **dpi, struct dpi_maker *maker, uint32_t flows);
void dpi_free(struct dpi *dpi);

struct dpi_packet {
	const uint8_t *ip; /* from the IP header on */
	uint32_t length;   /* bytes captured of it */
	uint64_t time_ns;
};

enum { DPI_UNDECIDED = 0 };

/* Shows one packet of the flow in `slot` (0 to flows - 1; begin with dpi_begin()) to the module of
 * the domain. Returns a label for dpi_label(), or DPI_UNDECIDED. */
void dpi_begin(struct dpi *dpi, uint32_t slot);
uint32_t dpi_packet(struct dpi *dpi, uint32_t domain, uint32_t slot,
		    const struct dpi_packet *packet);

/* Ends the flow: the label that nDPI settles on (no guess by port), or DPI_UNDECIDED. Frees its state. */
uint32_t dpi_end(struct dpi *dpi, uint32_t domain, uint32_t slot);

/* "TLS.Google", "STUN", ... ; lent as long as the dpi lives. NULL for DPI_UNDECIDED. */
const char *dpi_label(const struct dpi *dpi, uint32_t label);
/* The protocol alone, in lower case: "tls", "stun". */
const char *dpi_protocol(const struct dpi *dpi, uint32_t label);

/* Version of the library that runs, and of the one that pewit was built with. */
const char *dpi_version(void);
