/* hpack_huffman.h - the Huffman code of HPACK, a bit at a time (RFC 7541 section 5.2, Appendix B). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { HPACK_HUFFMAN_MORE = -1, HPACK_HUFFMAN_BAD = -2 };

struct hpack_huffman {
	uint32_t offset; /* of the bits so far past the first code of their length */
	uint16_t index;  /* codes shorter than that */
	uint8_t bits;    /* of the symbol so far */
	bool is_ones;    /* all of them are set */
};

void hpack_huffman_start(struct hpack_huffman *state);

/* The symbol that the bit completes, HPACK_HUFFMAN_MORE, or HPACK_HUFFMAN_BAD for EOS. */
int hpack_huffman_bit(struct hpack_huffman *state, bool bit);

/* Whether a string may end here: what is left over is padding, under 8 bits and all ones. */
bool hpack_huffman_ends_well(const struct hpack_huffman *state);
