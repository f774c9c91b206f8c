/* pcapng (draft-ietf-opsawg-pcapng).
 *
 *   block    type(4) length(4) body... length(4)      the length is of all of it, in steps of 4
 *   section  order(4) major(2) minor(2) ...           starts anew: byte order, interfaces
 *   iface    link(2) reserved(2) snaplen(4) options
 *   enhanced iface(4) time high(4) time low(4) captured(4) length(4) bytes...
 *   packet   iface(2) drops(2) and on as enhanced     what enhanced replaced
 *   simple   length(4) bytes...                       first interface, no time
 *
 * Read here and not by libpcap because libpcap refuses a file whose interfaces differ in link type
 * or snapshot length (every capture on "any" plus a device), does not say which interface a packet
 * came from, and cannot lend the bytes of a mapped file.
 *
 * A simple packet has no time stamp: it gets that of the packet before it, which keeps its place.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "base/units.h"
#include "capture/format.h"

#define BLOCK_MIN 12
#define BLOCK_MAX (uint32_t)(16 * MIB) /* as libpcap and Wireshark: bounds the stream's buffer */
#define BLOCK_HEAD 8
#define BLOCK_TAIL 4
#define SECTION_HEAD 12       /* type, length and the byte order, without which neither is known */
#define INTERFACES_MAX 65536  /* in a section: packet.port has 16 bits */
#define INTERFACES_AT_FIRST 8 /* room; it doubles */

enum block_type {
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 2,
	BLOCK_SIMPLE = 3,
	BLOCK_ENHANCED = 6,
	BLOCK_SECTION = 0x0a0d0d0a, /* the same in both byte orders */
};

enum option {
	OPTION_END = 0,
	OPTION_TIME_UNIT = 9,    /* if_tsresol */
	OPTION_TIME_OFFSET = 14, /* if_tsoffset */
};

#define UNIT_DEFAULT 6      /* 10^-6 s */
#define UNIT_IS_BINARY 0x80 /* 2^-n rather than 10^-n */
#define UNIT_DECIMAL_MAX 19 /* 10^19 is the largest that fits 64 bits */
#define UNIT_BINARY_MAX 63

struct interface {
	uint64_t per_second;  /* units of the time stamp */
	uint64_t ns_per_unit; /* 0: not a whole number, divide */
	uint64_t offset_ns;   /* two's complement: it may be negative */
	uint32_t snaplen;     /* 0: none */
	uint16_t link;
};

struct pcapng {
	struct interface *interfaces; /* of this section */
	uint32_t count, room;
	uint64_t last_ns;
	bool little;
};

static const uint8_t magics[][FORMAT_MAGIC_BYTES] = { { 0x0a, 0x0d, 0x0d, 0x0a } };

static uint16_t read_u16(const struct pcapng *pcapng, struct cursor *cursor)
{
	return pcapng->little ? cursor_le16(cursor) : cursor_u16(cursor);
}

static uint32_t read_u32(const struct pcapng *pcapng, struct cursor *cursor)
{
	return pcapng->little ? cursor_le32(cursor) : cursor_u32(cursor);
}

static uint64_t read_u64(const struct pcapng *pcapng, struct cursor *cursor)
{
	uint64_t first = read_u32(pcapng, cursor), second = read_u32(pcapng, cursor);

	return pcapng->little ? second << 32 | first : first << 32 | second;
}

/* Reads the byte order of a section from its first SECTION_HEAD bytes. */
static bool set_byte_order(struct pcapng *pcapng, const uint8_t *head)
{
	static const uint8_t big[4] = { 0x1a, 0x2b, 0x3c, 0x4d };
	static const uint8_t little[4] = { 0x4d, 0x3c, 0x2b, 0x1a };

	pcapng->little = memcmp(head + BLOCK_HEAD, little, sizeof(little)) == 0;
	return pcapng->little || memcmp(head + BLOCK_HEAD, big, sizeof(big)) == 0;
}

static int pcapng_open(void **state, struct input *input, struct fault *fault)
{
	struct pcapng *pcapng = calloc(1, sizeof(*pcapng));

	if (!pcapng)
		return -ENOMEM;
	if (!set_byte_order(pcapng, input_bytes(input))) {
		fault_set(fault, "it begins like pcapng, but has no byte-order mark");
		free(pcapng);
		return -EINVAL;
	}
	*state = pcapng;
	return 0;
}

static void pcapng_close(void *state)
{
	struct pcapng *pcapng = state;

	free(pcapng->interfaces);
	free(pcapng);
}

static const char *start_section(struct pcapng *pcapng, struct cursor body)
{
	cursor_skip(&body, 4); /* the byte order, already read */
	unsigned major = read_u16(pcapng, &body);

	if (body.failed || major != 1)
		return "its section is of a pcapng version that is not known (1.x is)";
	pcapng->count = 0;
	return NULL;
}

/* False: a unit too fine to count in 64 bits. */
static bool set_unit(struct interface *interface, unsigned unit)
{
	unsigned power = unit & ~(unsigned)UNIT_IS_BINARY;

	interface->per_second = 1;
	if (power > (unit & UNIT_IS_BINARY ? UNIT_BINARY_MAX : UNIT_DECIMAL_MAX))
		return false;
	if (unit & UNIT_IS_BINARY)
		interface->per_second <<= power;
	else
		for (unsigned i = 0; i < power; i++)
			interface->per_second *= 10;
	bool is_whole = NS_PER_S % interface->per_second == 0;
	interface->ns_per_unit = is_whole ? NS_PER_S / interface->per_second : 0;
	return true;
}

static const char *read_options(const struct pcapng *pcapng, struct cursor options,
				struct interface *interface)
{
	while (options.left >= 4) {
		unsigned code = read_u16(pcapng, &options);
		unsigned length = read_u16(pcapng, &options);
		struct cursor value = cursor_sub(&options, length);

		cursor_skip(&options, -length & 3);
		if (code == OPTION_END)
			break;
		if (code == OPTION_TIME_UNIT && !set_unit(interface, cursor_u8(&value)))
			return "an interface counts time in a unit that is too fine to read";
		if (code == OPTION_TIME_OFFSET)
			interface->offset_ns = read_u64(pcapng, &value) * NS_PER_S;
	}
	return NULL;
}

static const char *add_interface(struct pcapng *pcapng, struct cursor body)
{
	struct interface interface = { 0 };

	if (pcapng->count == INTERFACES_MAX)
		return "its section has more than 65536 interfaces";
	if (pcapng->count == pcapng->room) {
		uint32_t room = pcapng->room ? 2 * pcapng->room : INTERFACES_AT_FIRST;
		struct interface *larger =
			realloc(pcapng->interfaces, room * sizeof(*pcapng->interfaces));

		if (!larger)
			return "there is no memory for its interfaces";
		pcapng->interfaces = larger;
		pcapng->room = room;
	}
	interface.link = read_u16(pcapng, &body);
	cursor_skip(&body, 2);
	interface.snaplen = read_u32(pcapng, &body);
	if (body.failed)
		return "an interface block is too short";
	set_unit(&interface, UNIT_DEFAULT);
	const char *wrong = read_options(pcapng, body, &interface);
	if (!wrong)
		pcapng->interfaces[pcapng->count++] = interface;
	return wrong;
}

static uint64_t time_of(const struct interface *interface, uint64_t units)
{
	if (interface->ns_per_unit)
		return units * interface->ns_per_unit + interface->offset_ns;
	return (uint64_t)((unsigned __int128)units * NS_PER_S / interface->per_second) +
	       interface->offset_ns;
}

/* Both packet blocks that carry a time. */
static const char *read_timed(struct pcapng *pcapng, enum block_type type, struct cursor body,
			      struct packet *packet)
{
	uint32_t index = type == BLOCK_PACKET ? read_u16(pcapng, &body) : read_u32(pcapng, &body);

	if (type == BLOCK_PACKET)
		cursor_skip(&body, 2);
	uint64_t high = read_u32(pcapng, &body), low = read_u32(pcapng, &body);
	packet->captured = read_u32(pcapng, &body);
	packet->length = read_u32(pcapng, &body);
	packet->data = cursor_take(&body, packet->captured);
	if (body.failed)
		return "its block is too short for its bytes";
	if (index >= pcapng->count)
		return "its interface was not described before it";
	packet->port = (uint16_t)index;
	packet->time_ns = time_of(&pcapng->interfaces[index], high << 32 | low);
	return NULL;
}

static const char *read_simple(const struct pcapng *pcapng, struct cursor body,
			       struct packet *packet)
{
	packet->length = read_u32(pcapng, &body);
	if (pcapng->count == 0)
		return "its interface was not described before it";
	packet->captured = packet->length;
	if (pcapng->interfaces[0].snaplen && packet->captured > pcapng->interfaces[0].snaplen)
		packet->captured = pcapng->interfaces[0].snaplen;
	packet->data = cursor_take(&body, packet->captured);
	packet->time_ns = pcapng->last_ns;
	return body.failed ? "its block is too short for its bytes" : NULL;
}

/* Acts on one whole block. *is_packet says that it filled *packet. */
static const char *read_block(struct pcapng *pcapng, uint32_t type, struct cursor body,
			      struct packet *packet)
{
	const char *wrong = NULL;

	switch (type) {
	case BLOCK_SECTION:
		return start_section(pcapng, body);
	case BLOCK_INTERFACE:
		return add_interface(pcapng, body);
	case BLOCK_PACKET:
	case BLOCK_ENHANCED:
		wrong = read_timed(pcapng, type, body, packet);
		break;
	case BLOCK_SIMPLE:
		wrong = read_simple(pcapng, body, packet);
		break;
	default:
		return NULL; /* names, statistics, secrets, what others invent */
	}
	if (wrong)
		return wrong;
	packet->link = pcapng->interfaces[packet->port].link;
	if (packet->captured > format_packet_max(packet->link))
		return "it claims more bytes than a packet has";
	if (packet->length < packet->captured)
		packet->length = packet->captured;
	pcapng->last_ns = packet->time_ns;
	return NULL;
}

/* Makes the next block ready, whole; its length in *length. READ_PACKET: it is there. */
static enum read_outcome need_block(struct pcapng *pcapng, struct input *input, uint32_t *length,
				    struct fault *damage)
{
	enum input_state ready = input_need(input, BLOCK_HEAD);
	bool is_section = ready == INPUT_READY &&
			  memcmp(input_bytes(input), magics[0], FORMAT_MAGIC_BYTES) == 0;

	if (is_section)
		ready = input_need(input, SECTION_HEAD);
	if (ready != INPUT_READY)
		return format_short(input, ready, damage);
	if (is_section && !set_byte_order(pcapng, input_bytes(input))) {
		fault_set(damage, "a section begins here that has no byte-order mark");
		return READ_DAMAGE;
	}
	struct cursor head = cursor_over(input_bytes(input) + 4, 4);
	*length = read_u32(pcapng, &head);
	if (*length < BLOCK_MIN || *length > BLOCK_MAX || *length % 4 != 0) {
		fault_set(damage, "a block here claims to have %u bytes", *length);
		return READ_DAMAGE;
	}
	ready = input_need(input, *length);
	if (ready != INPUT_READY)
		return format_short(input, ready, damage);
	return READ_PACKET;
}

static enum read_outcome pcapng_next(void *state, struct input *input, struct packet *packet,
				     struct fault *damage)
{
	struct pcapng *pcapng = state;
	uint32_t length = 0;

	*packet = (struct packet){ 0 };
	while (!packet->data) {
		enum read_outcome outcome = need_block(pcapng, input, &length, damage);

		if (outcome != READ_PACKET)
			return outcome;
		struct cursor block = cursor_over(input_bytes(input), length);
		uint32_t type = read_u32(pcapng, &block);
		cursor_skip(&block, 4);
		struct cursor body = cursor_sub(&block, length - BLOCK_HEAD - BLOCK_TAIL);
		const char *wrong = read_u32(pcapng, &block) == length
					    ? read_block(pcapng, type, body, packet)
					    : "the two lengths of a block differ";
		if (wrong) {
			fault_set(damage, "%s", wrong);
			return READ_DAMAGE;
		}
		input_take(input, length);
	}
	return READ_PACKET;
}

const struct format format_pcapng = {
	.name = "pcapng",
	.magics = magics,
	.magic_count = 1,
	.header_bytes = SECTION_HEAD,
	.open = pcapng_open,
	.next = pcapng_next,
	.close = pcapng_close,
};
