/* hpack.h - HPACK header blocks of one direction of an HTTP/2 connection (RFC 7541).
 *
 * Blocks are decoded as they pass, in pieces of any size: nothing is buffered, and values reach
 * memory only as http_field.h reduces them. The dynamic table holds each entry's size, so that
 * eviction is exact, and of its name and value only what a field is reduced to.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "identify/hpack_huffman.h"
#include "identify/http_field.h"

#define HPACK_TABLE_DEFAULT 4096 /* SETTINGS_HEADER_TABLE_SIZE unless told otherwise */

/* The largest table that is followed, in RFC 7541's sizes. Cleartext peers (gRPC, Envoy, Go, Node)
 * keep to 4096; browsers ask for 65536, and only under TLS. Of a larger table the newest part is
 * known, and a reference to the rest is a field without a name: `unknown` counts them. */
#define HPACK_TABLE_MAX 16384
#define HPACK_ENTRY_OVERHEAD 32 /* RFC 7541 section 4.1 */
#define HPACK_ENTRIES_MAX (HPACK_TABLE_MAX / HPACK_ENTRY_OVERHEAD)
#define HPACK_STRING_MAX 65536 /* bytes of one name or value on the wire */

struct hpack_entry {
	uint32_t size;        /* by RFC 7541 section 4.1, of the value as sent */
	uint32_t text_at;     /* in hpack.text, modulo its size */
	uint16_t text_length; /* at most NAME_MAX_BYTES */
	uint16_t name_length;
	uint8_t name; /* http_field.name */
	uint8_t credentials;
	bool has_query;
};

struct hpack {
	/* the representation that is passing */
	uint8_t state;
	uint8_t shift; /* of the next byte of a continued integer */
	bool is_huffman;
	bool is_inserted; /* literal with incremental indexing */
	bool is_oversize; /* the peers agreed on a larger table than HPACK_TABLE_MAX */
	uint32_t integer;
	uint32_t string_left;               /* wire bytes of the string still to come */
	uint32_t name_length, value_length; /* decoded */
	struct hpack_huffman huffman;
	char name[HTTP_FIELD_NAME_MAX + 1];
	struct http_field field;

	/* the dynamic table: newest entry first, at entries[(newest - i) % HPACK_ENTRIES_MAX] */
	uint32_t limit; /* as the encoder says, within HPACK_TABLE_MAX */
	uint32_t size;
	uint32_t count, newest;
	uint32_t text_end; /* where the next text goes; runs free, taken modulo the size */
	uint64_t unknown;  /* references to entries past HPACK_TABLE_MAX */
	struct hpack_entry entries[HPACK_ENTRIES_MAX];
	char text[HPACK_TABLE_MAX];
};

typedef void hpack_found(void *context, const struct http_field *field);

void hpack_start(struct hpack *hpack);

/* Takes the next bytes of a header block; `found` is called with each field, lent for the call.
 * False: damaged, and the table is no longer known. */
bool hpack_read(struct hpack *hpack, const uint8_t *bytes, size_t length, hpack_found *found,
		void *context);

/* Whether a header block may end here. */
bool hpack_is_between_fields(const struct hpack *hpack);
