/* A machine over bytes. A representation (RFC 7541 section 6) opens with a pattern and an integer:
 *
 *	1xxxxxxx  indexed field                    name and value from the tables
 *	01xxxxxx  literal, added to the table      index of the name, or 0 and a name; then a value
 *	001xxxxx  new size of the dynamic table
 *	0001xxxx  literal, never indexed           as above
 *	0000xxxx  literal, not indexed             as above
 *
 * An integer may go on after its byte; each of the five has a state for that (INDEXED, LITERAL,
 * TABLE_SIZE, NAME_LENGTH, VALUE_LENGTH).
 *
 * Why the table can be kept without the values: eviction needs sizes only, and a reference needs
 * the entry's position and what the field was reduced to. An encoder that puts an api-key in its
 * table so leaves here "a secret of that kind, of that size". Positions stay right whatever is
 * evicted, as they count from the newest; so an entry that was dropped too early (a table larger
 * than HPACK_TABLE_MAX) costs that field alone.
 */
#include "identify/hpack.h"

#include <string.h>

enum state {
	OPCODE,
	INDEXED, /* within its integer, as LITERAL, TABLE_SIZE, NAME_LENGTH, VALUE_LENGTH */
	LITERAL,
	TABLE_SIZE,
	NAME_START,
	NAME_LENGTH,
	NAME,
	VALUE_START,
	VALUE_LENGTH,
	VALUE,
};

struct sink {
	hpack_found *found;
	void *context;
};

#define INTEGER_SHIFT_MAX 21 /* four bytes after the prefix: more than any size or length here */

static const struct {
	const char *name, *value;
} static_table[] = {
	{ ":authority", "" },
	{ ":method", "GET" },
	{ ":method", "POST" },
	{ ":path", "/" },
	{ ":path", "/index.html" },
	{ ":scheme", "http" },
	{ ":scheme", "https" },
	{ ":status", "200" },
	{ ":status", "204" },
	{ ":status", "206" },
	{ ":status", "304" },
	{ ":status", "400" },
	{ ":status", "404" },
	{ ":status", "500" },
	{ "accept-charset", "" },
	{ "accept-encoding", "gzip, deflate" },
	{ "accept-language", "" },
	{ "accept-ranges", "" },
	{ "accept", "" },
	{ "access-control-allow-origin", "" },
	{ "age", "" },
	{ "allow", "" },
	{ "authorization", "" },
	{ "cache-control", "" },
	{ "content-disposition", "" },
	{ "content-encoding", "" },
	{ "content-language", "" },
	{ "content-length", "" },
	{ "content-location", "" },
	{ "content-range", "" },
	{ "content-type", "" },
	{ "cookie", "" },
	{ "date", "" },
	{ "etag", "" },
	{ "expect", "" },
	{ "expires", "" },
	{ "from", "" },
	{ "host", "" },
	{ "if-match", "" },
	{ "if-modified-since", "" },
	{ "if-none-match", "" },
	{ "if-range", "" },
	{ "if-unmodified-since", "" },
	{ "last-modified", "" },
	{ "link", "" },
	{ "location", "" },
	{ "max-forwards", "" },
	{ "proxy-authenticate", "" },
	{ "proxy-authorization", "" },
	{ "range", "" },
	{ "referer", "" },
	{ "refresh", "" },
	{ "retry-after", "" },
	{ "server", "" },
	{ "set-cookie", "" },
	{ "strict-transport-security", "" },
	{ "transfer-encoding", "" },
	{ "user-agent", "" },
	{ "vary", "" },
	{ "via", "" },
	{ "www-authenticate", "" },
};

enum { STATIC_ENTRIES = sizeof(static_table) / sizeof(static_table[0]) };

void hpack_start(struct hpack *hpack)
{
	memset(hpack, 0, offsetof(struct hpack, entries)); /* the tables are as long as `count` */
	hpack->limit = HPACK_TABLE_DEFAULT;
}

/* --- dynamic table --- */

static struct hpack_entry *entry_at(struct hpack *hpack, uint32_t position)
{
	return &hpack->entries[(hpack->newest - position) % HPACK_ENTRIES_MAX];
}

static void evict_to(struct hpack *hpack, uint32_t size)
{
	while (hpack->count > 0 && hpack->size > size) {
		hpack->size -= entry_at(hpack, hpack->count - 1)->size;
		hpack->count--;
	}
}

static void set_limit(struct hpack *hpack, uint32_t limit)
{
	hpack->is_oversize = limit > HPACK_TABLE_MAX;
	hpack->limit = hpack->is_oversize ? HPACK_TABLE_MAX : limit;
	evict_to(hpack, hpack->limit);
}

static void insert(struct hpack *hpack)
{
	const struct http_field *field = &hpack->field;
	uint32_t size = hpack->name_length + hpack->value_length + HPACK_ENTRY_OVERHEAD;
	uint16_t length = field->length > NAME_MAX_BYTES ? NAME_MAX_BYTES : field->length;

	if (size > hpack->limit) { /* RFC 7541 section 4.4: empties the table, and is not added */
		evict_to(hpack, 0);
		return;
	}
	evict_to(hpack, hpack->limit - size);
	hpack->newest++;
	hpack->count++;
	hpack->size += size;
	*entry_at(hpack, 0) = (struct hpack_entry){
		.size = size,
		.text_at = hpack->text_end,
		.text_length = length,
		.name_length = (uint16_t)hpack->name_length,
		.name = field->name,
		.credentials = (uint8_t)field->credentials,
		.has_query = field->has_query,
	};
	for (uint16_t i = 0; i < length; i++) /* texts are shorter than sizes: always room */
		hpack->text[hpack->text_end++ % HPACK_TABLE_MAX] = field->text[i];
}

/* Makes `field` what the entry was reduced from. */
static void restore(struct hpack *hpack, const struct hpack_entry *entry)
{
	struct http_field *field = &hpack->field;

	http_field_start_known(field, entry->name);
	field->credentials = entry->credentials;
	field->has_query = entry->has_query;
	if (field->has_query)
		http_query_start(&field->query, false);
	for (uint16_t i = 0; i < entry->text_length; i++)
		field->text[i] = hpack->text[(entry->text_at + i) % HPACK_TABLE_MAX];
	field->length = entry->text_length;
	field->text[field->length] = '\0';
	field->has_value = true;
}

/* --- representations --- */

static void start_static(struct hpack *hpack, uint32_t index)
{
	const char *name = static_table[index - 1].name;

	hpack->name_length = (uint32_t)strlen(name);
	http_field_start(&hpack->field, name, hpack->name_length);
}

/* A whole field by index: 1 to 61 static, then the dynamic table. */
static bool find_field(struct hpack *hpack, uint32_t index)
{
	if (index == 0)
		return false;
	if (index <= STATIC_ENTRIES) {
		const char *value = static_table[index - 1].value;

		start_static(hpack, index);
		http_field_add(&hpack->field, (const uint8_t *)value, strlen(value));
		http_field_end(&hpack->field);
		return true;
	}

	uint32_t position = index - STATIC_ENTRIES - 1;
	if (position < hpack->count) {
		restore(hpack, entry_at(hpack, position));
		return true;
	}
	http_field_start(&hpack->field, "", 0);
	hpack->unknown++;
	return hpack->is_oversize;
}

/* The name of a literal by index. */
static bool find_name(struct hpack *hpack, uint32_t index)
{
	if (index <= STATIC_ENTRIES) {
		start_static(hpack, index);
		return true;
	}

	uint32_t position = index - STATIC_ENTRIES - 1;
	bool known = position < hpack->count;
	http_field_start(&hpack->field, "", 0);
	if (!known) {
		hpack->unknown++;
		hpack->name_length = 0;
		return hpack->is_oversize;
	}

	const struct hpack_entry *entry = entry_at(hpack, position);
	http_field_start_known(&hpack->field, entry->name);
	hpack->name_length = entry->name_length;
	return true;
}

static void start_string(struct hpack *hpack, uint32_t length)
{
	hpack->string_left = length;
	hpack_huffman_start(&hpack->huffman);
}

static void end_string(struct hpack *hpack, const struct sink *sink)
{
	if (hpack->state == NAME) {
		size_t length = hpack->name_length <= HTTP_FIELD_NAME_MAX ? hpack->name_length : 0;

		http_field_start(&hpack->field, hpack->name, length);
		hpack->state = VALUE_START;
		return;
	}
	http_field_end(&hpack->field);
	if (hpack->is_inserted)
		insert(hpack);
	hpack->state = OPCODE;
	sink->found(sink->context, &hpack->field);
}

/* An integer is complete: what follows it. False: it cannot be. */
static bool take_integer(struct hpack *hpack, enum state of, const struct sink *sink)
{
	uint32_t value = hpack->integer;

	switch (of) {
	case INDEXED:
		hpack->state = OPCODE;
		if (!find_field(hpack, value))
			return false;
		sink->found(sink->context, &hpack->field);
		return true;
	case TABLE_SIZE:
		hpack->state = OPCODE;
		set_limit(hpack, value);
		return true;
	case LITERAL:
		hpack->state = value == 0 ? NAME_START : VALUE_START;
		hpack->name_length = 0;
		return value == 0 || find_name(hpack, value);
	case NAME_LENGTH:
		hpack->state = NAME;
		start_string(hpack, value);
		return value > 0 && value <= HPACK_STRING_MAX;
	default:
		hpack->state = VALUE;
		hpack->value_length = 0;
		start_string(hpack, value);
		if (value == 0)
			end_string(hpack, sink);
		return value <= HPACK_STRING_MAX;
	}
}

/* Opens an integer in the low `bits` of a byte (RFC 7541 section 5.1). */
static bool start_integer(struct hpack *hpack, uint8_t byte, int bits, enum state of,
			  const struct sink *sink)
{
	uint32_t most = (1u << bits) - 1;

	hpack->integer = byte & most;
	hpack->shift = 0;
	hpack->state = (uint8_t)of;
	return hpack->integer == most || take_integer(hpack, of, sink);
}

static bool continue_integer(struct hpack *hpack, uint8_t byte, const struct sink *sink)
{
	if (hpack->shift > INTEGER_SHIFT_MAX)
		return false;
	hpack->integer += (uint32_t)(byte & 0x7f) << hpack->shift;
	hpack->shift += 7;
	return (byte & 0x80) != 0 || take_integer(hpack, hpack->state, sink);
}

static bool take_opcode(struct hpack *hpack, uint8_t byte, const struct sink *sink)
{
	hpack->is_inserted = false;
	if (byte & 0x80)
		return start_integer(hpack, byte, 7, INDEXED, sink);
	if (byte & 0x40) {
		hpack->is_inserted = true;
		return start_integer(hpack, byte, 6, LITERAL, sink);
	}
	if (byte & 0x20)
		return start_integer(hpack, byte, 5, TABLE_SIZE, sink);
	return start_integer(hpack, byte, 4, LITERAL, sink);
}

/* --- strings --- */

static void keep_symbol(struct hpack *hpack, uint8_t symbol)
{
	if (hpack->state == NAME) {
		if (hpack->name_length < sizeof(hpack->name))
			hpack->name[hpack->name_length] = (char)symbol;
		hpack->name_length++;
	} else {
		http_field_add(&hpack->field, &symbol, 1);
		hpack->value_length++;
	}
}

static bool take_huffman(struct hpack *hpack, uint8_t byte)
{
	for (int i = 7; i >= 0; i--) {
		int symbol = hpack_huffman_bit(&hpack->huffman, (byte >> i & 1) != 0);

		if (symbol == HPACK_HUFFMAN_BAD)
			return false;
		if (symbol != HPACK_HUFFMAN_MORE)
			keep_symbol(hpack, (uint8_t)symbol);
	}
	return hpack->string_left > 0 || hpack_huffman_ends_well(&hpack->huffman);
}

static bool take_string(struct hpack *hpack, uint8_t byte, const struct sink *sink)
{
	hpack->string_left--;
	if (!hpack->is_huffman)
		keep_symbol(hpack, byte);
	else if (!take_huffman(hpack, byte))
		return false;
	if (hpack->string_left == 0)
		end_string(hpack, sink);
	return true;
}

static bool take_byte(struct hpack *hpack, uint8_t byte, const struct sink *sink)
{
	switch (hpack->state) {
	case OPCODE:
		return take_opcode(hpack, byte, sink);
	case NAME_START:
		hpack->is_huffman = (byte & 0x80) != 0;
		return start_integer(hpack, byte, 7, NAME_LENGTH, sink);
	case VALUE_START:
		hpack->is_huffman = (byte & 0x80) != 0;
		return start_integer(hpack, byte, 7, VALUE_LENGTH, sink);
	case NAME:
	case VALUE:
		return take_string(hpack, byte, sink);
	default:
		return continue_integer(hpack, byte, sink);
	}
}

bool hpack_read(struct hpack *hpack, const uint8_t *bytes, size_t length, hpack_found *found,
		void *context)
{
	const struct sink sink = { found, context };

	for (size_t i = 0; i < length; i++)
		if (!take_byte(hpack, bytes[i], &sink))
			return false;
	return true;
}

bool hpack_is_between_fields(const struct hpack *hpack)
{
	return hpack->state == OPCODE;
}
