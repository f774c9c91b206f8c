/* quic_version.h - what differs between the versions of QUIC that networks carry, as a table. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUIC_SALT_BYTES 20

struct quic_version {
	uint32_t first, last; /* version numbers, inclusive */
	const char *name;     /* NULL: made from the number */
	const uint8_t *salt;  /* QUIC_SALT_BYTES; NULL: the hello is not encrypted */
	bool second;          /* packet types and key labels of RFC 9369 */
	bool google_frames;   /* Initials hold the frames of Google QUIC */
};

/* The row for a number, or NULL: reserved for negotiation, private, or not known. */
const struct quic_version *quic_version_find(uint32_t number);

/* Versions whose keys are worth a try on a number that is not known, most likely first: `index`
 * from 0; NULL ends the list. */
const struct quic_version *quic_version_guess(size_t index);

/* 0x?a?a?a?a: offered to make servers negotiate (RFC 9000 section 15). */
bool quic_version_is_reserved(uint32_t number);

/* "1", "2", "draft-29", "Q046", or "0x12345678" written into unknown. */
const char *quic_version_name(uint32_t version, char unknown[12]);
