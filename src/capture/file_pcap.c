/* Classic pcap (draft-ietf-opsawg-pcap).
 *
 *   file    magic(4) major(2) minor(2) zone(4) sigfigs(4) snaplen(4) link(4)
 *   record  seconds(4) fraction(4) captured(4) length(4) [index(4) protocol(2) type(1) pad(1)]
 *
 * The magic tells the byte order and the unit of the fraction. The bracketed part is in the records
 * of a libpcap that was patched for Linux in the 1990s, which some appliances still write.
 * The snapshot length is not believed: real writers put 0, 65535 or nonsense there.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "base/units.h"
#include "capture/format.h"

#define HEADER_BYTES 24
#define RECORD_BYTES 16
#define PATCHED_RECORD_BYTES 24
#define LINE_BYTES 64     /* of the processor's cache */
#define LINK_MASK 0xffffu /* above it: the length of the frame check sequence, and reserved bits */

enum length_order { /* libpcap before 0.4 changed its mind */
		    CAPTURED_FIRST,
		    LENGTH_FIRST,
		    LARGER_IS_LENGTH,
};

enum magic { MICROSECONDS, NANOSECONDS, PATCHED, MAGICS };

struct pcap {
	bool little;
	uint8_t record_bytes;
	uint8_t length_order;
	uint16_t link;
	uint32_t packet_max;
	uint64_t fraction_ns;
};

static const uint8_t magics[2 * MAGICS][FORMAT_MAGIC_BYTES] = {
	[MICROSECONDS] = { 0xa1, 0xb2, 0xc3, 0xd4 },
	[NANOSECONDS] = { 0xa1, 0xb2, 0x3c, 0x4d },
	[PATCHED] = { 0xa1, 0xb2, 0xcd, 0x34 },
	[MAGICS + MICROSECONDS] = { 0xd4, 0xc3, 0xb2, 0xa1 }, /* little endian from here */
	[MAGICS + NANOSECONDS] = { 0x4d, 0x3c, 0xb2, 0xa1 },
	[MAGICS + PATCHED] = { 0x34, 0xcd, 0xb2, 0xa1 },
};

static inline uint16_t read_u16(const struct pcap *pcap, struct cursor *cursor)
{
	return pcap->little ? cursor_le16(cursor) : cursor_u16(cursor);
}

static inline uint32_t read_u32(const struct pcap *pcap, struct cursor *cursor)
{
	return pcap->little ? cursor_le32(cursor) : cursor_u32(cursor);
}

static void set_magic(struct pcap *pcap, const uint8_t *head)
{
	size_t i = 0;

	while (i < 2 * MAGICS - 1 && memcmp(head, magics[i], FORMAT_MAGIC_BYTES) != 0)
		i++;
	pcap->little = i >= MAGICS;
	pcap->fraction_ns = i % MAGICS == NANOSECONDS ? 1 : NS_PER_US;
	pcap->record_bytes = i % MAGICS == PATCHED ? PATCHED_RECORD_BYTES : RECORD_BYTES;
}

static int pcap_open(void **state, struct input *input, struct fault *fault)
{
	struct pcap pcap = { 0 };
	struct cursor header = cursor_over(input_bytes(input), HEADER_BYTES);

	set_magic(&pcap, cursor_take(&header, FORMAT_MAGIC_BYTES));
	unsigned major = read_u16(&pcap, &header), minor = read_u16(&pcap, &header);
	cursor_skip(&header, 12);
	pcap.link = (uint16_t)(read_u32(&pcap, &header) & LINK_MASK);
	pcap.packet_max = format_packet_max(pcap.link);
	if (major != 2) {
		fault_set(fault, "pcap version %u.%u is not known (2.0 to 2.4 are)", major, minor);
		return -EINVAL;
	}
	if (minor <= 3)
		pcap.length_order = minor < 3 ? LENGTH_FIRST : LARGER_IS_LENGTH;

	*state = malloc(sizeof(pcap));
	if (!*state)
		return -ENOMEM;
	memcpy(*state, &pcap, sizeof(pcap));
	input_take(input, HEADER_BYTES);
	return 0;
}

static void order_lengths(const struct pcap *pcap, struct packet *packet)
{
	uint32_t first = packet->captured;
	bool swap = pcap->length_order == LENGTH_FIRST ||
		    (pcap->length_order == LARGER_IS_LENGTH && first > packet->length);

	if (swap) {
		packet->captured = packet->length;
		packet->length = first;
	}
}

static void read_record(const struct pcap *pcap, struct cursor record, struct packet *packet)
{
	uint64_t seconds = read_u32(pcap, &record);
	uint64_t fraction = read_u32(pcap, &record);

	*packet = (struct packet){
		.time_ns = seconds * NS_PER_S + fraction * pcap->fraction_ns,
		.captured = read_u32(pcap, &record),
		.link = pcap->link,
	};
	packet->length = read_u32(pcap, &record);
	if (pcap->length_order != CAPTURED_FIRST)
		order_lengths(pcap, packet);
	if (pcap->record_bytes == PATCHED_RECORD_BYTES)
		packet->port = (uint16_t)read_u32(pcap, &record);
}

/* Where a header stands is known only from the one before, so each would be waited for. Packets of one size often
 * follow each other: those to come probably stand as far apart as this one and the next. */
static void ask_for_next(const uint8_t *data, size_t record)
{
	__builtin_prefetch(data + record + LINE_BYTES);
	__builtin_prefetch(data + 2 * record);
	__builtin_prefetch(data + 4 * record);
}

/* The packet of a record that begins here; its data may end behind what is ready. */
static void read_packet(const struct pcap *pcap, const uint8_t *bytes, struct packet *packet)
{
	read_record(pcap, cursor_over(bytes, pcap->record_bytes), packet);
	packet->data = bytes + pcap->record_bytes;
	if (packet->length < packet->captured)
		packet->length = packet->captured;
}

static enum read_outcome pcap_next(void *state, struct input *input, struct packet *packet,
				   struct fault *damage)
{
	const struct pcap *pcap = state;
	size_t header = pcap->record_bytes;
	enum input_state ready = input_need(input, header);

	if (ready != INPUT_READY)
		return format_short(input, ready, damage);
	read_packet(pcap, input_bytes(input), packet);
	if (packet->captured > pcap->packet_max) {
		fault_set(damage, "its header claims %u bytes, and no packet has more than %u",
			  packet->captured, pcap->packet_max);
		return READ_DAMAGE;
	}
	ready = input_need(input, header + packet->captured);
	if (ready != INPUT_READY)
		return format_short(input, ready, damage);
	packet->data = input_bytes(input) + header; /* a refill has moved it */
	ask_for_next(packet->data, header + packet->captured);
	input_take(input, header + packet->captured);
	return READ_PACKET;
}

static size_t pcap_many(void *state, struct input *input, struct packet *packets, size_t most)
{
	const struct pcap *pcap = state;
	size_t header = pcap->record_bytes, count = 0, used = 0, ready;
	const uint8_t *bytes = input_window(input, &ready);

	while (count < most && ready - used >= header) {
		struct packet *packet = &packets[count];
		read_packet(pcap, bytes + used, packet);
		size_t record = header + packet->captured;

		if (packet->captured > pcap->packet_max || record > ready - used)
			break;
		ask_for_next(packet->data, record);
		used += record;
		count++;
	}
	input_take(input, used);
	return count;
}

const struct format format_pcap = {
	.name = "pcap",
	.magics = magics,
	.magic_count = 2 * MAGICS,
	.header_bytes = HEADER_BYTES,
	.open = pcap_open,
	.next = pcap_next,
	.many = pcap_many,
	.close = free,
};
