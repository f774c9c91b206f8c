/* wifi.c - 802.11 as far as a monitor that is not a wireless one needs it: data frames in the clear
 * with one packet in each. Encrypted, aggregated and fragmented frames are `unsupported`, frames
 * without data `not_ip`. A trailing check sequence does no harm: IP says where its packet ends.
 */
#include "decode/walk.h"

#define HEADER_BYTES 24 /* frame control, duration, three addresses, sequence control */
#define ADDRESS_BYTES 6
#define TYPE_DATA 2
#define SUBTYPE_NO_DATA 0x4
#define SUBTYPE_QOS 0x8
#define QOS_AGGREGATED 0x80

enum {
	FLAG_TO_DS = 0x01,
	FLAG_FROM_DS = 0x02,
	FLAG_MORE_FRAGMENTS = 0x04,
	FLAG_PROTECTED = 0x40,
	FLAG_ORDER = 0x80, /* with QoS: a field for high throughput follows */
};

/* Version, pad, length of all of it (2), fields; little-endian. */
enum step wifi_radiotap(struct walk *walk)
{
	struct cursor header = cursor_sub(&walk->rest, 4);

	if (header.failed)
		return walk_short(walk);
	uint8_t version = cursor_u8(&header);
	cursor_skip(&header, 1);
	uint16_t length = cursor_le16(&header);
	if (version != 0)
		return STEP_UNSUPPORTED;
	if (length < 8)
		return STEP_MALFORMED;
	return cursor_skip(&walk->rest, length - 4u) ? STEP_WIFI : walk_short(walk);
}

/* Passes what only some data frames have; false when the capture or the frame ends within it. */
static bool pass_options(struct walk *walk, uint8_t subtype, uint8_t flags, uint8_t *qos)
{
	const uint8_t both = FLAG_TO_DS | FLAG_FROM_DS;

	*qos = 0;
	if ((flags & both) == both)
		cursor_skip(&walk->rest, ADDRESS_BYTES);
	if (subtype & SUBTYPE_QOS) {
		*qos = cursor_u8(&walk->rest);
		cursor_skip(&walk->rest, 1);
		if (flags & FLAG_ORDER)
			cursor_skip(&walk->rest, 4);
	}
	return !walk->rest.failed;
}

enum step wifi_frame(struct walk *walk)
{
	struct cursor header = cursor_sub(&walk->rest, HEADER_BYTES);
	struct cursor control = header;
	uint8_t qos;

	if (header.failed) /* acknowledgements and the like are shorter: no data in them either */
		return walk->cut != 0 ? STEP_TRUNCATED : STEP_NOT_IP;
	uint8_t kind = cursor_u8(&control), flags = cursor_u8(&control);
	uint8_t subtype = kind >> 4;
	if ((kind >> 2 & 3) != TYPE_DATA || (subtype & SUBTYPE_NO_DATA))
		return STEP_NOT_IP;

	cursor_skip(&header, HEADER_BYTES - 2);
	bool is_part = (cursor_le16(&header) & 0xf) != 0 || (flags & FLAG_MORE_FRAGMENTS);
	if ((flags & FLAG_PROTECTED) || is_part)
		return STEP_UNSUPPORTED;
	if (!pass_options(walk, subtype, flags, &qos))
		return walk_short(walk);
	return qos & QOS_AGGREGATED ? STEP_UNSUPPORTED : STEP_LLC;
}
