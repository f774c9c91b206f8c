/* format.h - the capture file formats, one file per format, all behind one table.
 *
 * A format reads records from an input. It keeps no bytes of its own: a packet's data lies where
 * the input has it. A record is taken from the input only when it is whole, so that at any damage
 * the input stands at the start of the record that is damaged.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "capture/input.h"
#include "pewit/packet.h"

#define FORMAT_MAGIC_BYTES 4

enum read_outcome {
	READ_PACKET,
	READ_LATER, /* the input needs a refill that is forbidden just now; ask again */
	READ_END,
	READ_DAMAGE, /* nothing more can be read; the reason is in the fault */
};

struct format {
	const char *name;
	const uint8_t (*magics)[FORMAT_MAGIC_BYTES];
	size_t magic_count;
	size_t header_bytes; /* that must be readable before open() */

	/* Reads the file header. Returns 0, or -errno with half a sentence in fault. */
	int (*open)(void **state, struct input *input, struct fault *fault);

	/* The next packet, all but its sequence; `data` is lent by the input.
	 * READ_DAMAGE comes with half a sentence: "the file ends in the middle of this packet". */
	enum read_outcome (*next)(void *state, struct input *input, struct packet *packet,
				  struct fault *damage);
	/* Up to `most` packets that next() would give one by one, as far as they are whole in the input's window; or
	 * NULL. After 0 only next() knows how it goes on. */
	size_t (*many)(void *state, struct input *input, struct packet *packets, size_t most);
	void (*close)(void *state);
};

extern const struct format format_pcap;   /* file_pcap.c */
extern const struct format format_pcapng; /* file_pcapng.c */

/* The format whose magic these bytes are, or, of fewer than FORMAT_MAGIC_BYTES, begin. NULL: none. */
const struct format *format_find(const uint8_t *head, size_t size);

/* What a record that input_need() did not find ready means. */
enum read_outcome format_short(const struct input *input, enum input_state state,
			       struct fault *damage);

/* Largest packet that a capture of this link type can hold: beyond it a length is damage. */
uint32_t format_packet_max(uint16_t link);
