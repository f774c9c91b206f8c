/* source.h - where packets come from.
 *
 * Every source ends in the same call: the next packets, in capture order, with a sequence number
 * that counts from 0 over everything the replay reads. A source never drops: what it cannot read
 * it names in `struct damage`, and it goes on with the next file where there is one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "pewit/packet.h"

#define SOURCE_FILES_MAX 32768 /* each may stay mapped, and Linux allows a process 65530 maps */

struct source;

struct source_options {
	const char *filter; /* BPF expression in pcap-filter(7) syntax, or NULL for all packets */
	bool natural_order; /* files as given, each to its end; otherwise merged by packet time */
};

struct source_progress {
	uint64_t bytes_done,
		bytes_total;     /* of the files; total is 0 when it cannot be known (a pipe) */
	uint64_t packets, bytes; /* handed out: packets, and their wire lengths */
	uint64_t filtered;       /* packets that the BPF expression left out */
	uint64_t time_backwards; /* packets stamped earlier than the one before them */
	uint64_t cut; /* packets of which the file has fewer bytes than were on the wire */
	uint32_t files, files_damaged;
};

/* Opens captures for reading. Each path is a file (classic pcap, pcapng, either packed by gzip or
 * zstd: its first bytes tell, not its name), a directory (its regular files whose names end in
 * .pcap, .pcapng, .cap, .dmp, each optionally .gz or .zst; not the folders below), or "-" for
 * standard input. At most SOURCE_FILES_MAX files.
 * Returns 0 and *source, given (source_close()), or -errno with a sentence in fault: a path that is
 * missing, cannot be read or is no capture, a filter that is wrong. A damaged or empty capture is
 * no error here, nor is a file of a directory that is no capture: see source_damage(). */
int source_open(struct source **source, const char *const *paths, size_t path_count,
		const struct source_options *options, struct fault *fault);
void source_close(struct source *source); /* NULL is allowed */

/* Fills up to `most` packets; returns how many, 0 at the end. A batch may be short before the end:
 * a pipe's packets are handed out as they come. `data` of these packets is lent until the next
 * call, unless source_is_mapped() says that it stays until source_close(). */
size_t source_next(struct source *source, struct packet *packets, size_t most);

bool source_is_mapped(const struct source *source);

struct source_progress source_progress(const struct source *source);

/* The sentences that name each damage met so far: "x.pcap: packet 17 at byte 20313: ...".
 * Returns how many there are; *texts is lent until the next source_next(). At most
 * SOURCE_DAMAGE_MAX are kept; files_damaged counts them all. */
#define SOURCE_DAMAGE_MAX 64
size_t source_damage(const struct source *source, const struct fault **texts);
