/* The code of RFC 7541 Appendix B is canonical: codes of one length are consecutive numbers, in the
 * order of their symbols, and follow on from the shorter ones. So how many codes there are of each
 * length, and the symbols in order, say everything, and decoding needs one comparison per bit. The
 * code is complete: every string of bits leads to a symbol, and the last one of all is EOS.
 */
#include "identify/hpack_huffman.h"

#define CODE_BITS_MAX 30
#define EOS_INDEX 256 /* the last code: 30 ones */

/* Codes of each length, in bits. */
static const uint8_t code_count[CODE_BITS_MAX + 1] = {
	0, 0, 0, 0, 0, 10, 26, 32, 6,  0, 5,  3,  2,  6, 2, 3,
	0, 0, 0, 3, 8, 13, 26, 29, 12, 4, 15, 19, 29, 0, 4,
};

/* Symbols in the order of their codes. */
static const uint8_t symbols[EOS_INDEX] = {
	48,  49,  50,  97,  99,  101, 105, 111, 115, 116, 32,  37,  45,  46,  47,  51,  52,  53,
	54,  55,  56,  57,  61,  65,  95,  98,  100, 102, 103, 104, 108, 109, 110, 112, 114, 117,
	58,  66,  67,  68,  69,  70,  71,  72,  73,  74,  75,  76,  77,  78,  79,  80,  81,  82,
	83,  84,  85,  86,  87,  89,  106, 107, 113, 118, 119, 120, 121, 122, 38,  42,  44,  59,
	88,  90,  33,  34,  40,  41,  63,  39,  43,  124, 35,  62,  0,   36,  64,  91,  93,  126,
	94,  125, 60,  96,  123, 92,  195, 208, 128, 130, 131, 162, 184, 194, 224, 226, 153, 161,
	167, 172, 176, 177, 179, 209, 216, 217, 227, 229, 230, 129, 132, 133, 134, 136, 146, 154,
	156, 160, 163, 164, 169, 170, 173, 178, 181, 185, 186, 187, 189, 190, 196, 198, 228, 232,
	233, 1,   135, 137, 138, 139, 140, 141, 143, 147, 149, 150, 151, 152, 155, 157, 158, 165,
	166, 168, 174, 175, 180, 182, 183, 188, 191, 197, 231, 239, 9,   142, 144, 145, 148, 159,
	171, 206, 215, 225, 236, 237, 199, 207, 234, 235, 192, 193, 200, 201, 202, 205, 210, 213,
	218, 219, 238, 240, 242, 243, 255, 203, 204, 211, 212, 214, 221, 222, 223, 241, 244, 245,
	246, 247, 248, 250, 251, 252, 253, 254, 2,   3,   4,   5,   6,   7,   8,   11,  12,  14,
	15,  16,  17,  18,  19,  20,  21,  23,  24,  25,  26,  27,  28,  29,  30,  31,  127, 220,
	249, 10,  13,  22,
};

void hpack_huffman_start(struct hpack_huffman *state)
{
	*state = (struct hpack_huffman){ .is_ones = true };
}

int hpack_huffman_bit(struct hpack_huffman *state, bool bit)
{
	state->offset = state->offset << 1 | bit;
	state->bits++;
	state->is_ones = state->is_ones && bit;

	uint32_t count = code_count[state->bits];
	if (state->offset >= count) { /* longer: go on with what is past the codes of this length */
		state->offset -= count;
		state->index += (uint16_t)count;
		return HPACK_HUFFMAN_MORE;
	}

	uint32_t index = state->index + state->offset;
	hpack_huffman_start(state);
	return index == EOS_INDEX ? HPACK_HUFFMAN_BAD : symbols[index];
}

bool hpack_huffman_ends_well(const struct hpack_huffman *state)
{
	return state->bits < 8 && state->is_ones;
}
