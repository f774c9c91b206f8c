#include "event/event_read.h"

#include <string.h>

#include "base/ip.h"
#include "base/units.h"
#include "event/event_names.h"
#include "event/event_values.h"

enum { TCP = 6, ICMP = 1, ICMPV6 = 58 };

static bool is_askable(const struct event_field *field)
{
	return field->as != AS_COUNTERS;
}

/* Adds a ready-made key without its quotes and colon. */
static size_t add_key(char *name, size_t used, const char *key)
{
	size_t length = strlen(key) - 3;

	if (used != 0 && used < EVENT_PATH_MAX)
		name[used++] = '.';
	if (length > EVENT_PATH_MAX - used)
		length = EVENT_PATH_MAX - used;
	memcpy(name + used, key + 1, length);
	name[used + length] = '\0';
	return used + length;
}

static size_t add_object(char *name, uint8_t object)
{
	if (object == OBJECT_TOP)
		return 0;
	return add_key(name, add_object(name, event_objects[object].parent),
		       event_objects[object].key);
}

static void name_of(const struct event_path *path, char name[EVENT_PATH_MAX + 1])
{
	size_t used = add_key(name, add_object(name, path->field->object), path->field->key);

	if (path->item)
		add_key(name, used, path->item->key);
}

static enum value_type type_of(enum event_as as)
{
	static const uint8_t types[EVENT_AS] = {
		[AS_TEXT] = VALUE_TEXT,      [AS_TEXT_OF] = VALUE_TEXT,
		[AS_TEXT_KEPT] = VALUE_TEXT, [AS_CALLED] = VALUE_TEXT,
		[AS_U8] = VALUE_NUMBER,      [AS_U16] = VALUE_NUMBER,
		[AS_U32] = VALUE_NUMBER,     [AS_U64] = VALUE_NUMBER,
		[AS_BOOL] = VALUE_BOOL,      [AS_TRUE] = VALUE_BOOL,
		[AS_IP] = VALUE_ADDRESS,     [AS_IP_KNOWN] = VALUE_ADDRESS,
		[AS_TIME] = VALUE_NUMBER,    [AS_NAMED] = VALUE_TEXT,
		[AS_PROTOCOL] = VALUE_TEXT,  [AS_PORT] = VALUE_NUMBER,
		[AS_TCP_FLAG] = VALUE_BOOL,  [AS_BIT] = VALUE_BOOL,
		[AS_STRING] = VALUE_TEXT,    [AS_COMMUNITY_ID] = VALUE_TEXT,
		[AS_INTEGER] = VALUE_NUMBER, [AS_FLAG] = VALUE_BOOL,
		[AS_STRINGS] = VALUE_TEXT,   [AS_INTEGERS] = VALUE_NUMBER,
	};

	return (enum value_type)types[as];
}

static struct event_path path_of(const struct event_field *field, const struct event_field *item)
{
	const struct event_field *row = item ? item : field;

	return (struct event_path){ field,   item,        row->offset,
				    row->as, field->part, type_of((enum event_as)row->as) };
}

bool event_path_at(size_t i, struct event_path *path, char name[EVENT_PATH_MAX + 1])
{
	for (size_t row = 0; row < event_field_count; row++) {
		const struct event_field *field = &event_fields[row];
		size_t count = field->as == AS_LIST ? field->list->field_count : 1;

		if (!is_askable(field))
			continue;
		if (i >= count) {
			i -= count;
			continue;
		}
		*path = path_of(field, field->as == AS_LIST ? &field->list->field[i] : NULL);
		name_of(path, name);
		return true;
	}
	return false;
}

/* Some names stand in several rows (tls.sni of two parts): the first row with the name is meant. */
bool event_path_find(const char *name, struct event_path *path)
{
	char known[EVENT_PATH_MAX + 1];

	for (size_t i = 0; event_path_at(i, path, known); i++)
		if (strcmp(known, name) == 0)
			return true;
	return false;
}

const char *event_path_doc(const struct event_path *path)
{
	return path->item ? path->item->doc : path->field->doc;
}

void event_parts(const struct event *event, const void *part[EVENT_PARTS])
{
	const struct flow_record *flow = event->flow;

	memset(part, 0, EVENT_PARTS * sizeof(part[0]));
	part[PART_EVENT] = event;
	part[PART_FLOW] = flow;
	if (flow && flow->protocol == TCP)
		part[PART_TCP] = flow;
	if (flow && (flow->protocol == ICMP || flow->protocol == ICMPV6))
		part[PART_ICMP] = flow;
	if (flow && flow->tunnel_count != 0) {
		bool all_kept = flow->tunnel_count <= LAYERS_TUNNELS_MAX;

		part[PART_TUNNEL] =
			&flow->tunnel[(all_kept ? flow->tunnel_count : LAYERS_TUNNELS_MAX) - 1];
	}
	if (flow && (!ip_is_zero(&flow->nat.src) || !ip_is_zero(&flow->nat.dst)))
		part[PART_NAT] = flow;
	if (event->name && event->name->value && *event->name->value != '\0')
		part[PART_NAME] = event->name;
	if (event->judgement) {
		part[PART_JUDGEMENT] = event->judgement;
		part[PART_ENDPOINT] = &event->judgement->endpoint;
	}
	part[PART_TLS] = event->tls;
	part[PART_QUIC] = event->quic;
	if (event->quic && !event->tls)
		part[PART_TLS] = &event->quic->tls;
	const struct tls_info *tls = part[PART_TLS];
	if (tls && tls->certificate.seen)
		part[PART_CERTIFICATE] = &tls->certificate;
	part[PART_DNS] = event->dns;
	part[PART_HTTP] = event->http;
	part[PART_SSH] = event->ssh;
	part[PART_ALERT] = event->alert;
	part[PART_COVERAGE] = event->coverage;
	part[PART_STATS] = event->stats;
}

static bool give_text(struct value *value, const char *text)
{
	value->text = text;
	value->length = text ? strlen(text) : 0;
	return value->length != 0;
}

static bool give_number(struct value *value, uint64_t number)
{
	value->number = number <= INT64_MAX ? (int64_t)number : INT64_MAX;
	return true;
}

static char plain_of(char letter)
{
	return letter == 'n' ? '\n' : letter == 'r' ? '\r' : letter == 't' ? '\t' : letter;
}

static unsigned digit_of(char hex)
{
	return hex <= '9' ? (unsigned)(hex - '0') : (unsigned)(hex - 'a' + 10);
}

/* Takes the escapes of emit.h back, in place: conditions ask for what was on the wire. Returns the new
 * length. */
static size_t unescape(char *text, size_t length)
{
	size_t to = 0;

	for (size_t at = 0; at < length; at++) {
		char byte = text[at];

		if (byte == '\\' && length - at > 5 && text[at + 1] == 'u') {
			byte = (char)(digit_of(text[at + 4]) << 4 | digit_of(text[at + 5]));
			at += 5;
		} else if (byte == '\\' && length - at > 1) {
			byte = plain_of(text[++at]);
		}
		text[to++] = byte;
	}
	return to;
}

/* The quote that ends the string whose text begins here, or `end`. */
static char *end_of_string(char *at, const char *end)
{
	while (at < end && *at != '"')
		at += *at == '\\' && end - at > 1 ? 2 : 1;
	return at;
}

/* The i-th element of an array, given its first; NULL past the last. Commas inside of strings, which
 * may be from the wire, part nothing. */
static char *element(char *at, const char *end, unsigned i)
{
	for (; i > 0 && at < end; i--) {
		if (*at == '"')
			at = end_of_string(at + 1, end);
		while (at < end && *at != ',')
			at++;
		at += at < end;
	}
	return at < end && *at != ']' ? at : NULL;
}

/* What a value function has written: a number, true, false, a string, or an array of them. */
static bool give_written(struct value *value, char *at, const char *end, unsigned i)
{
	bool is_list = at < end && *at == '[';
	uint64_t number = 0;

	if (at == end)
		return false;
	if (is_list) {
		at = element(at + 1, end, i);
		if (!at)
			return false;
	} else if (i != 0) {
		return false;
	}
	if (*at == '"') {
		value->text = at + 1;
		value->length = unescape(at + 1, (size_t)(end_of_string(at + 1, end) - (at + 1)));
		return is_list || value->length != 0; /* what follows an empty one counts too */
	}
	if (*at == 't' || *at == 'f') {
		value->flag = *at == 't';
		return true;
	}
	for (; at < end && *at >= '0' && *at <= '9'; at++)
		number = number * 10 + (uint64_t)(*at - '0');
	return give_number(value, number);
}

/* What only its function knows to write. Kept out of read_row(), which needs no frame but for this. */
static __attribute__((noinline)) bool read_written(const struct event_field *field,
						   const void *part, unsigned i,
						   struct value *value, char room[EVENT_ROOM])
{
	struct emit json = emit_over(room, EVENT_ROOM);

	field->write(&json, part);
	return !json.full && give_written(value, room, json.at, i);
}

/* i: of what is written as an array; the rest has one value. */
static inline bool read_row(const struct event_path *path, const void *part, unsigned i,
			    struct value *value, char room[EVENT_ROOM])
{
	const struct event_field *row = path->item ? path->item : path->field;
	const void *at = (const uint8_t *)part + path->offset;

	switch ((enum event_as)path->as) {
	case AS_TEXT:
		return give_text(value, at);
	case AS_TEXT_OF:
		return give_text(value, *(const char *const *)at);
	case AS_TEXT_KEPT:
		give_text(value, *(const char *const *)at);
		return value->text;
	case AS_CALLED:
		return give_text(value, row->called(*(const uint16_t *)at, room));
	case AS_NAMED:
		return give_text(value, row->names(*(const uint8_t *)at));
	case AS_U8:
		return give_number(value, *(const uint8_t *)at);
	case AS_U16:
		return give_number(value, *(const uint16_t *)at);
	case AS_U32:
		return give_number(value, *(const uint32_t *)at);
	case AS_U64:
		return give_number(value, *(const uint64_t *)at);
	case AS_TIME:
		return give_number(value, *(const uint64_t *)at / NS_PER_S);
	case AS_BOOL:
	case AS_TRUE:
		value->flag = *(const bool *)at;
		return (value->flag || path->as == AS_BOOL);
	case AS_IP:
	case AS_IP_KNOWN:
		value->addr = *(const struct ip_addr *)at;
		return (path->as == AS_IP || !ip_is_zero(at));
	case AS_PORT:
		return event_has_ports(part) && give_number(value, *(const uint16_t *)at);
	case AS_TCP_FLAG:
		value->flag = event_has_tcp_flag(at, row->flag);
		return value->flag;
	case AS_BIT:
		value->flag = *(const uint16_t *)at & row->flag;
		return value->flag;
	case AS_PROTOCOL:
		return give_text(value, event_name_protocol(*(const uint8_t *)at, room));
	default:
		return read_written(row, part, i, value, room);
	}
}

bool event_read_one(const void *const part[EVENT_PARTS], const struct event_path *path,
		    struct value *value, char room[EVENT_ROOM])
{
	const void *at = part[path->part];

	value->type = path->type;
	return at && read_row(path, at, 0, value, room);
}

enum event_found event_read(const void *const part[EVENT_PARTS], const struct event_path *path,
			    unsigned i, struct value *value, char room[EVENT_ROOM])
{
	const void *at = part[path->part];

	value->type = path->type;
	if (!at || (i != 0 && !path->item && path->as < AS_STRING))
		return EVENT_PAST;
	if (!path->item)
		return read_row(path, at, i, value, room) ? EVENT_FOUND : EVENT_PAST;

	const void *item = path->field->list->next(at, NULL);
	while (item && i-- > 0)
		item = path->field->list->next(at, item);
	if (!item)
		return EVENT_PAST;
	return read_row(path, item, 0, value, room) ? EVENT_FOUND : EVENT_ABSENT;
}
