/* A message is parsed in one pass, front to back. Questions and the records that fit the arrays are
 * kept; the rest are walked over all the same, because the EDNS record that extends the RCODE
 * stands last. What was read before the damage stays: a capture that cuts packets short still shows
 * who asked for what.
 *
 *                          1  1  1  1  1  1
 *      0  1  2  3  4  5  6  7  8  9  0  1  2  3  4  5
 *     +-----------------------------------------------+
 *     |                      ID                       |
 *     |QR|   Opcode  |AA|TC|RD|RA| Z|AD|CD|   RCODE   |
 *     |     QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT        |
 *     +-----------------------------------------------+
 *
 * Answers nearly always name their owner by a pointer to a name that was read a moment ago. Such
 * owners share its text: a memo of a few (offset, text) pairs saves both the walk and the room.
 */
#include "identify/dns.h"

#include "base/cursor.h"
#include "identify/dns_header.h"
#include "identify/dns_name.h"
#include "identify/dns_rdata.h"
#include "identify/dns_text.h"

#define QUESTION_BYTES_MIN 5 /* root, type, class */
#define RECORD_BYTES_MIN 11  /* root, type, class, TTL, length */
#define OPCODE_QUERY 0
#define OPCODE_STATUS 2 /* the last of RFC 1035; 3 was never assigned */
#define OPCODE_NOTIFY 4
#define OPCODE_DSO 6 /* after UPDATE, 5 */
#define CLASS_IN 1
#define CLASS_CHAOS 3
#define CLASS_ANY 255
#define CLASS_MASK                                                                                 \
	0x7fff /* the top bit is mDNS': cache-flush, unicast reply (RFC 6762 section 18) */
#define FLAG_QR 0x8000
#define FLAG_TC 0x0200
#define FLAG_Z 0x0040
#define RCODE_LIKELY_MAX 10 /* the last that a header alone may carry in answer to a query */
#define TYPE_LIKELY_MAX 65  /* HTTPS: up to here nearly all are assigned */
#define TYPE_NB 32          /* RFC 1002 section 4.2.1.3 */
#define TYPE_NBSTAT 33
#define POINTER 0xc0
#define MEMO_MAX 8

struct memo {
	uint16_t offset;
	const char *text;
};

struct parser {
	struct dns_message *message;
	struct cursor cursor; /* what is left */
	struct cursor whole;
	struct memo memo[MEMO_MAX];
	unsigned memo_count;
};

struct header {
	uint16_t id, flags, questions, section[3]; /* section: by enum dns_section */
};

static bool read_header(struct cursor *cursor, struct header *header)
{
	header->id = cursor_u16(cursor);
	header->flags = cursor_u16(cursor);
	header->questions = cursor_u16(cursor);
	for (int i = 0; i < 3; i++)
		header->section[i] = cursor_u16(cursor);
	return !cursor->failed;
}

static unsigned opcode_of(uint16_t flags)
{
	return flags >> 11 & 0xf;
}

static bool is_known_opcode(unsigned opcode)
{
	return opcode <= OPCODE_STATUS || (opcode >= OPCODE_NOTIFY && opcode <= OPCODE_DSO);
}

/* A query that asks nothing and carries nothing is no DNS, whatever its port. */
static bool is_header(const struct header *header)
{
	unsigned opcode = opcode_of(header->flags);
	bool empty = (header->questions | header->section[0] | header->section[1] |
		      header->section[2]) == 0;

	if (!is_known_opcode(opcode))
		return false;
	return !empty || (header->flags & FLAG_QR) != 0 || opcode == OPCODE_DSO;
}

/* The name that a bare pointer at the cursor refers to, if its text is at hand. */
static const char *recall(struct parser *parser)
{
	const uint8_t *at = parser->cursor.at;

	if (parser->cursor.left < 2 || (at[0] & POINTER) != POINTER)
		return NULL;
	for (unsigned i = 0; i < parser->memo_count; i++)
		if (parser->memo[i].offset == (at[0] << 8 | at[1])) {
			cursor_skip(&parser->cursor, 2);
			return parser->memo[i].text;
		}
	return NULL;
}

/* Keeps a name that starts at `at`, under the pointer that would refer to it. */
static void remember(struct parser *parser, const uint8_t *at, const char *text)
{
	size_t offset = (size_t)(at - parser->whole.at);

	if (offset >= 0x4000 || parser->memo_count == MEMO_MAX)
		return;
	parser->memo[parser->memo_count++] =
		(struct memo){ .offset = (uint16_t)(0xc000 | offset), .text = text };
}

/* Passes over a name. *name is NULL when it is none, but what follows it can be told: its pointer
 * leads astray, or it is too long. False: that neither. */
static bool read_name(struct parser *parser, const char **name)
{
	struct cursor start = parser->cursor;

	*name = recall(parser);
	if (*name)
		return true;

	struct dns_text text = dns_text_start(parser->message, DNS_NAME_MAX);
	if (!dns_name_print(&text, &parser->cursor, parser->whole)) {
		parser->message->damaged = true;
		parser->cursor = start;
		return dns_name_skip(&parser->cursor);
	}
	*name = dns_text_finish(&text);
	remember(parser, start.at, *name);
	return true;
}

/* The name of a question or record that may be kept or not. */
static bool pass_name(struct parser *parser, bool kept, const char **name)
{
	*name = NULL;
	return kept ? read_name(parser, name) : dns_name_skip(&parser->cursor);
}

static bool has_room(const struct dns_message *message)
{
	return DNS_TEXT_BYTES - message->text_used > DNS_NAME_MAX;
}

static bool read_question(struct parser *parser)
{
	struct dns_message *message = parser->message;
	const char *name;

	if (!pass_name(parser, message->question_count < DNS_QUESTIONS_MAX, &name))
		return false;

	uint16_t type = cursor_u16(&parser->cursor), class = cursor_u16(&parser->cursor);
	if (parser->cursor.failed)
		return false;
	if (name)
		message->question[message->question_count++] = (struct dns_question){
			.name = name,
			.type = type,
			.class = class & CLASS_MASK,
		};
	return true;
}

static bool is_one_name(uint16_t type)
{
	return type == DNS_TYPE_CNAME || type == DNS_TYPE_NS || type == DNS_TYPE_PTR;
}

static void read_rdata(struct parser *parser, struct cursor rdata, struct dns_record *record)
{
	bool one_name = is_one_name(record->type);
	struct dns_text text =
		dns_text_start(parser->message, one_name ? DNS_NAME_MAX : DNS_RDATA_TEXT_MAX);

	if (!dns_rdata_print(&text, rdata, parser->whole, record)) {
		record->has_ech = false;
		return;
	}
	record->data = dns_text_finish(&text);
	if (one_name && rdata.at[0] != 0) /* the root is a dot here, and nothing as an owner */
		remember(parser, rdata.at, record->data);
}

/* EDNS: the upper eight bits of the RCODE lie where the TTL would (RFC 6891 section 6.1.3). */
static void extend_rcode(struct dns_message *message, const struct dns_record *record)
{
	if (record->type == DNS_TYPE_OPT && record->section == DNS_ADDITIONAL)
		message->rcode = (uint16_t)((record->ttl_s >> 24) << 4 | (message->flags & 0xf));
}

static bool read_record(struct parser *parser, enum dns_section section)
{
	struct dns_message *message = parser->message;
	struct cursor *cursor = &parser->cursor;
	struct dns_record record = { .section = section };

	if (!pass_name(parser, message->record_count < DNS_RECORDS_MAX && has_room(message),
		       &record.name))
		return false;
	record.type = cursor_u16(cursor);
	record.class = cursor_u16(cursor);
	record.ttl_s = cursor_u32(cursor);
	record.data_bytes = cursor_u16(cursor);

	struct cursor rdata = cursor_sub(cursor, record.data_bytes);
	if (cursor->failed)
		return false;
	extend_rcode(message, &record);
	if (!record.name)
		return true;
	if (record.type != DNS_TYPE_OPT) { /* there it is a payload size */
		record.class &= CLASS_MASK;
		read_rdata(parser, rdata, &record);
	}
	message->record[message->record_count++] = record;
	return true;
}

static bool read_questions(struct parser *parser, const struct header *header)
{
	for (unsigned i = 0; i < header->questions; i++)
		if (!read_question(parser))
			return false;
	return true;
}

/* Bounded by the message: each turn takes RECORD_BYTES_MIN of it, or ends. */
static bool read_records(struct parser *parser, const struct header *header)
{
	for (unsigned section = DNS_ANSWER; section <= DNS_ADDITIONAL; section++)
		for (unsigned i = 0; i < header->section[section]; i++)
			if (!read_record(parser, section))
				return false;
	return true;
}

static uint16_t capped(uint32_t count)
{
	return count > UINT16_MAX ? UINT16_MAX : (uint16_t)count;
}

/* Sets all but the arrays, which are some 20 KiB and are read only as far as the counts say. */
static void start_message(struct dns_message *message, const struct header *header)
{
	message->id = header->id;
	message->flags = header->flags;
	message->rcode = header->flags & 0xf;
	message->opcode = (uint8_t)opcode_of(header->flags);
	message->response = (header->flags & FLAG_QR) != 0;
	message->truncated = (header->flags & FLAG_TC) != 0;
	message->damaged = false;
	message->question_count = 0;
	message->record_count = 0;
	message->question_total = header->questions;
	message->record_total =
		capped((uint32_t)header->section[0] + header->section[1] + header->section[2]);
	message->texts_cut = 0;
	message->text_used = 0;
}

enum parse_outcome dns_parse(const uint8_t *payload, size_t length, struct dns_message *message)
{
	struct parser parser = { .message = message };
	struct header header;

	parser.cursor = cursor_over(payload, length);
	parser.whole = parser.cursor;
	if (!read_header(&parser.cursor, &header) || !is_header(&header))
		return PARSE_NOT;
	start_message(message, &header);
	if (!read_questions(&parser, &header) || !read_records(&parser, &header))
		message->damaged = true;
	if (message->question_count == 0 && header.questions != 0)
		return PARSE_BAD;
	return PARSE_DONE;
}

static size_t record_count(const struct header *header)
{
	return (size_t)header->section[0] + header->section[1] + header->section[2];
}

/* Whether the records and questions, at their shortest, fit behind the header. */
static bool fits(const struct header *header, size_t left)
{
	return left >= header->questions * (size_t)QUESTION_BYTES_MIN +
			       record_count(header) * RECORD_BYTES_MIN;
}

bool dns_header_fits(const uint8_t *bytes, size_t have, size_t length)
{
	struct cursor cursor = cursor_over(bytes, have);
	struct header header;

	return read_header(&cursor, &header) && is_header(&header) &&
	       fits(&header, length - DNS_HEADER_BYTES);
}

/* The header of a query or its answer, and nothing rarer: rarities come to port 53. */
static bool is_likely_header(const struct header *header, size_t left)
{
	bool response = (header->flags & FLAG_QR) != 0;

	if (opcode_of(header->flags) != OPCODE_QUERY || (header->flags & FLAG_Z) != 0 ||
	    header->questions != 1 || !fits(header, left))
		return false;
	if (response)
		return (header->flags & 0xf) <= RCODE_LIKELY_MAX;
	return (header->flags & 0xf) == 0 && header->section[DNS_ANSWER] == 0 &&
	       header->section[DNS_AUTHORITY] == 0 && header->section[DNS_ADDITIONAL] <= 2;
}

/* NetBIOS' name service has DNS's format, and spells its names in 32 letters from A to P. */
static bool is_netbios_name(struct cursor name, uint16_t type)
{
	if ((type != TYPE_NB && type != TYPE_NBSTAT) || cursor_u8(&name) != 32)
		return false;
	for (int i = 0; i < 32; i++) {
		uint8_t letter = cursor_u8(&name);

		if (letter < 'A' || letter > 'P')
			return false;
	}
	return true;
}

static bool is_likely_question(struct cursor *cursor)
{
	struct cursor name = *cursor;

	if (cursor->left == 0 || (*cursor->at & POINTER) == POINTER || !dns_name_skip(cursor))
		return false;

	uint16_t type = cursor_u16(cursor), class = cursor_u16(cursor);
	if (is_netbios_name(name, type))
		return false;
	bool likely_type = (type >= 1 && type <= TYPE_LIKELY_MAX) || (type >= 249 && type <= 257);
	return !cursor->failed && likely_type &&
	       (class == CLASS_IN || class == CLASS_CHAOS || class == CLASS_ANY);
}

static bool skip_record(struct cursor *cursor)
{
	return dns_name_skip(cursor) && cursor_skip(cursor, 8) &&
	       cursor_skip(cursor, cursor_u16(cursor)) && !cursor->failed;
}

bool dns_looks_like(const uint8_t *payload, size_t length)
{
	struct cursor cursor = cursor_over(payload, length);
	struct header header;

	if (!read_header(&cursor, &header) || !is_likely_header(&header, cursor.left) ||
	    !is_likely_question(&cursor))
		return false;

	size_t records = record_count(&header);
	for (size_t i = 0; i < records; i++)
		if (!skip_record(&cursor))
			return false;
	return cursor.left == 0;
}
