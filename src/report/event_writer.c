/* One walk over the field table writes any event.
 *
 * Rows of one object stand together, so an object opens when the walk reaches its first row and
 * closes when it leaves; one in which nothing was written is taken back, as is a key whose value
 * had nothing to say. Every step can be taken back to the mark before it, which is also how an
 * event that outgrows its room loses whole fields and stays valid JSON: RESERVE bytes are kept for
 * the brackets that are open and for `"cut":true`.
 *
 * Most rows are not for most types of event, and most parts are not there. So the rows of each type
 * are listed once as steps (event_plan.h), in runs of one object and one part: a part that is missing costs one look.
 *
 * As long as there is room for the longest key and the longest value that has a bound (FIELD_ROOM),
 * steps write where the last one ended and nothing has to be taken back: put_value(). What it does not
 * know, texts with escapes and the end of the room are left to write_field(), which knows everything.
 *
 * Texts are kept, because what comes next is mostly the same: names in their quotes, the last time,
 * and the last flow's Community ID, which costs most; an alert and its flow's end may be neighbours. */
#include "report/event_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/emit.h"
#include "base/units.h"
#include "event/community_id.h"
#include "event/event_names.h"
#include "event/event_read.h"
#include "event/event_text.h"
#include "event/event_values.h"
#include "report/event_plan.h"

#define RESERVE 64 /* closing brackets (at most 5), "cut":true with its comma, the newline */

/* Room for a comma, a key, and a value of any kind that has a bound. */
#define VALUE_ROOM (IP_TEXT_SIZE + 2)
#define FIELD_ROOM (1 + EMIT_KEY_ROOM + VALUE_ROOM)
_Static_assert(IP_TEXT_SIZE >= EVENT_TIME_LENGTH && IP_TEXT_SIZE >= COMMUNITY_ID_LENGTH &&
		       VALUE_ROOM >= EVENT_QUOTED_ROOM,
	       "an address is the longest of them");

struct event_writer {
	struct event_plan *plan;
	uint8_t key_length[EVENT_OBJECTS];
	uint64_t time_ns; /* what `time` says */
	char time[EVENT_TIME_LENGTH];
	char id[COMMUNITY_ID_LENGTH]; /* of this flow: */
	struct community_tuple tuple;
};

struct walk {
	struct emit json;
	struct event_writer *writer;
	uint8_t object; /* innermost open one */
	bool cut;
	const void *part[EVENT_PARTS];
	struct emit_mark opened[EVENT_OBJECTS]; /* where an open object began */
};

int event_writer_new(struct event_writer **writer)
{
	struct event_writer *made = calloc(1, sizeof(*made));
	int error = made ? event_plan_new(&made->plan) : -ENOMEM;

	*writer = NULL;
	if (error) {
		free(made);
		return error;
	}
	for (unsigned i = 0; i < EVENT_OBJECTS; i++)
		made->key_length[i] = (uint8_t)strlen(event_objects[i].key);
	event_text_time(0, made->time);
	community_id_print(&(struct flow_record){ 0 }, made->id);
	*writer = made;
	return 0;
}

void event_writer_free(struct event_writer *writer)
{
	if (!writer)
		return;
	event_plan_free(writer->plan);
	free(writer);
}

/* Brackets close in the reserve, so that they always fit. */
static void close_bracket(struct walk *walk, char bracket)
{
	walk->json.end += RESERVE;
	emit_close(&walk->json, bracket);
	walk->json.end -= RESERVE;
}

/* Takes back what did not fit, and says so in the event. */
static bool take_back_if_full(struct walk *walk, struct emit_mark mark)
{
	if (!walk->json.full)
		return false;
	emit_rewind(&walk->json, mark);
	walk->cut = true;
	return true;
}

static void leave_object(struct walk *walk)
{
	uint8_t object = walk->object;
	bool empty = !walk->json.comma;

	walk->object = event_objects[object].parent;
	if (empty)
		emit_rewind(&walk->json, walk->opened[object]);
	else
		close_bracket(walk, '}');
}

static bool open_object(struct walk *walk, uint8_t object)
{
	walk->opened[object] = emit_mark(&walk->json);
	emit_key(&walk->json, event_objects[object].key, walk->writer->key_length[object]);
	emit_open(&walk->json, '{');
	if (take_back_if_full(walk, walk->opened[object]))
		return false;
	walk->object = object;
	return true;
}

static bool holds(uint8_t object, uint8_t inner)
{
	while (inner != OBJECT_TOP && inner != object)
		inner = event_objects[inner].parent;
	return inner == object;
}

/* Makes `object` the innermost open one: leaves those that do not hold it, opens those between. */
static bool enter_object(struct walk *walk, uint8_t object)
{
	while (!holds(walk->object, object))
		leave_object(walk);
	while (walk->object != object) {
		uint8_t next = object; /* the outermost that is not open yet */

		while (event_objects[next].parent != walk->object)
			next = event_objects[next].parent;
		if (!open_object(walk, next))
			return false;
	}
	return true;
}

static void write_text(struct emit *json, const char *text)
{
	if (text && *text != '\0')
		emit_text(json, text);
}

/* Texts of digits and punctuation need no look at their bytes. */
static char *put_ip(char *at, const struct ip_addr *addr)
{
	at[0] = '"';
	at += 1 + event_text_ip(addr, at + 1);
	*at = '"';
	return at + 1;
}

static char *put_time(struct event_writer *writer, char *at, uint64_t time_ns)
{
	if (time_ns / NS_PER_S != writer->time_ns / NS_PER_S)
		event_text_date((int64_t)(time_ns / NS_PER_S), writer->time);
	if (time_ns != writer->time_ns)
		event_text_fraction((uint32_t)(time_ns % NS_PER_S),
				    writer->time + EVENT_DATE_LENGTH);
	writer->time_ns = time_ns;
	at[0] = '"';
	memcpy(at + 1, writer->time, EVENT_TIME_LENGTH);
	at[EVENT_TIME_LENGTH + 1] = '"';
	return at + EVENT_TIME_LENGTH + 2;
}

static char *put_community_id(struct event_writer *writer, char *at, const struct flow_record *flow)
{
	const struct community_tuple tuple = community_tuple_of(flow);

	if (memcmp(&tuple, &writer->tuple, sizeof(tuple)) != 0) {
		writer->tuple = tuple;
		community_id_print(flow, writer->id);
	}
	at[0] = '"';
	memcpy(at + 1, writer->id, COMMUNITY_ID_LENGTH);
	at[COMMUNITY_ID_LENGTH + 1] = '"';
	return at + COMMUNITY_ID_LENGTH + 2;
}

/* At the very end of an event's room a value may be left out that would just fit. */
static bool has_room(struct emit *json, size_t longest)
{
	if (!emit_has(json, longest + 2))
		json->full = true;
	return !json->full;
}

static void write_list(struct walk *walk, const struct event_step *step, const void *part);

/* Of what is written only when it is so. */
static bool is_set(const struct event_field *field, const void *at)
{
	if (field->as == AS_TCP_FLAG)
		return event_has_tcp_flag(at, (uint8_t)field->flag);
	return field->as == AS_BIT ? *(const uint16_t *)at & field->flag : *(const bool *)at;
}

/* How a number is called; NULL: it has no name. */
static const char *name_of(const struct event_field *field, const void *at,
			   char unknown[EVENT_NAME_UNKNOWN])
{
	if (field->as == AS_NAMED)
		return field->names(*(const uint8_t *)at);
	return field->as == AS_CALLED ? field->called(*(const uint16_t *)at, unknown)
				      : event_name_protocol(*(const uint8_t *)at, unknown);
}

/* Any value, wherever the room ends. */
static void write_value(struct walk *walk, const struct event_step *step, const void *part)
{
	const struct event_field *field = step->field;
	const void *at = (const uint8_t *)part + field->offset;
	struct emit *json = &walk->json;
	char unknown[EVENT_NAME_UNKNOWN];

	switch ((enum event_as)field->as) {
	case AS_TEXT:
		write_text(json, at);
		break;
	case AS_TEXT_OF:
		write_text(json, *(const char *const *)at);
		break;
	case AS_TEXT_KEPT:
		emit_text(json, *(const char *const *)at);
		break;
	case AS_U8:
		emit_u64(json, *(const uint8_t *)at);
		break;
	case AS_U16:
		emit_u64(json, *(const uint16_t *)at);
		break;
	case AS_U32:
		emit_u64(json, *(const uint32_t *)at);
		break;
	case AS_U64:
		emit_u64(json, *(const uint64_t *)at);
		break;
	case AS_BOOL:
		emit_bool(json, *(const bool *)at);
		break;
	case AS_TRUE:
	case AS_TCP_FLAG:
	case AS_BIT:
		if (is_set(field, at))
			emit_bool(json, true);
		break;
	case AS_IP_KNOWN:
		if (ip_is_zero(at))
			break;
		/* fallthrough */
	case AS_IP:
		if (has_room(json, IP_TEXT_SIZE))
			json->at = put_ip(json->at, at);
		break;
	case AS_TIME:
		if (has_room(json, EVENT_TIME_LENGTH))
			json->at = put_time(walk->writer, json->at, *(const uint64_t *)at);
		break;
	case AS_NAMED:
	case AS_CALLED:
	case AS_PROTOCOL:
		write_text(json, name_of(field, at, unknown));
		break;
	case AS_PORT:
		if (event_has_ports(part))
			emit_u64(json, *(const uint16_t *)at);
		break;
	case AS_LIST:
		write_list(walk, step, part);
		break;
	case AS_COMMUNITY_ID:
		if (has_room(json, COMMUNITY_ID_LENGTH))
			json->at = put_community_id(walk->writer, json->at, part);
		break;
	default:
		field->write(json, part);
	}
}

/* A key and its value, or nothing when the value is unknown. Out of line: write_fields() needs little. */
static __attribute__((noinline)) void write_field(struct walk *walk, const struct event_step *step,
						  const void *part)
{
	struct emit_mark mark = emit_mark(&walk->json);
	const char *value;

	emit_key(&walk->json, step->field->key, step->field->key_length);
	value = walk->json.at;
	write_value(walk, step, part);
	if (walk->json.at == value && !walk->json.full)
		emit_rewind(&walk->json, mark);
}

/* An empty text too. */
static char *put_any_text(const struct walk *walk, char *at, const char *text)
{
	size_t length = strlen(text);

	return length + 2 <= (size_t)(walk->json.end - at) ? emit_at_plain(at, text, length) : NULL;
}

static char *put_text(const struct walk *walk, char *at, const char *text)
{
	return text && *text != '\0' ? put_any_text(walk, at, text) : at;
}

/* What has no bound, or is made by a function. */
static __attribute__((noinline)) char *put_made(struct walk *walk, const struct event_step *step,
						const void *part, char *at)
{
	const struct event_field *field = step->field;

	walk->json.at = at;
	if (field->as == AS_LIST)
		write_list(walk, step, part);
	else
		field->write(&walk->json, part);
	if (!walk->json.full)
		return walk->json.at;
	walk->json.full = false;
	return NULL;
}

/* The value at `at`, where there is VALUE_ROOM. Returns where it ends: `at` when it is unknown, NULL when
 * write_field() has to see to it. */
static inline char *put_value(struct walk *walk, const struct event_step *step, const void *part,
			      char *at)
{
	const void *from = (const uint8_t *)part + step->offset;
	const struct event_quoted *name;
	char unknown[EVENT_NAME_UNKNOWN];

	switch ((enum event_as)step->as) {
	case AS_TEXT:
		return *(const char *)from == '\0' ? at : put_text(walk, at, from);
	case AS_TEXT_OF:
		return put_text(walk, at, *(const char *const *)from);
	case AS_TEXT_KEPT:
		return put_any_text(walk, at, *(const char *const *)from);
	case AS_CALLED:
		return put_text(walk, at, step->field->called(*(const uint16_t *)from, unknown));
	case AS_U8:
		return emit_at_u64(at, *(const uint8_t *)from);
	case AS_U16:
		return emit_at_u64(at, *(const uint16_t *)from);
	case AS_U32:
		return emit_at_u64(at, *(const uint32_t *)from);
	case AS_U64:
		return emit_at_u64(at, *(const uint64_t *)from);
	case AS_BOOL:
		memcpy(at, *(const bool *)from ? "true\0" : "false", 5);
		return at + 5 - *(const bool *)from;
	case AS_TRUE:
		memcpy(at, "true", 4);
		return at + 4 * *(const bool *)from;
	case AS_IP_KNOWN:
		return ip_is_zero(from) ? at : put_ip(at, from);
	case AS_IP:
		return put_ip(at, from);
	case AS_TIME:
		return put_time(walk->writer, at, *(const uint64_t *)from);
	case AS_COMMUNITY_ID:
		return put_community_id(walk->writer, at, part);
	case AS_PORT:
		return event_has_ports(part) ? emit_at_u64(at, *(const uint16_t *)from) : at;
	case AS_TCP_FLAG:
		memcpy(at, "true", 4);
		return at + 4 * event_has_tcp_flag(from, (uint8_t)step->flag);
	case AS_BIT:
		memcpy(at, "true", 4);
		return at + 4 * ((*(const uint16_t *)from & step->flag) != 0);
	case AS_NAMED:
	case AS_PROTOCOL:
		name = &step->names[*(const uint8_t *)from];
		memcpy(at, name, sizeof(*name));
		return name->length != EVENT_QUOTED_LONG ? at + name->length : NULL;
	default:
		return put_made(walk, step, part, at);
	}
}

/* Stops at the first field that does not fit, with `full`; returns how many come before it. */
static unsigned write_fields(struct walk *walk, const struct event_step *step, unsigned count,
			     const void *part)
{
	const char *const last = walk->json.end - FIELD_ROOM;
	const struct event_step *const begin = step, *const behind = step + count;
	char *at = walk->json.at, *value, *end;
	bool comma = walk->json.comma;

	for (; step < behind; step++) {
		if (at <= last) {
			*at = ',';
			value = at + comma;
			memcpy(value, step->key, EMIT_KEY_ROOM);
			value += step->key_length;
			end = put_value(walk, step, part, value);
			if (end == value)
				continue;
			if (end) {
				at = end;
				comma = true;
				continue;
			}
		}
		emit_rewind(&walk->json, (struct emit_mark){ at, comma });
		write_field(walk, step, part);
		if (walk->json.full)
			break;
		at = walk->json.at;
		comma = walk->json.comma;
	}
	walk->json.at = at;
	walk->json.comma = comma;
	return (unsigned)(step - begin);
}

static void write_list(struct walk *walk, const struct event_step *step, const void *part)
{
	const struct event_list *list = step->field->list;
	const void *item = list->next(part, NULL);
	struct emit *json = &walk->json;

	if (!item)
		return;
	emit_open(json, '[');
	for (; item && !json->full; item = list->next(part, item)) {
		struct emit_mark mark = emit_mark(json);

		emit_separate(json);
		emit_open(json, '{');
		if (!json->full)
			write_fields(walk, step->items, (unsigned)list->field_count, item);
		emit_close(json, '}');
		if (take_back_if_full(walk, mark))
			break;
	}
	close_bracket(walk, ']');
}

/* What does not fit is left out, field by field. */
static void write_run(struct walk *walk, const struct event_run *run)
{
	const void *part = walk->part[run->part];
	const struct event_step *step = run->step;
	unsigned left = run->count, written;

	if (run->object != walk->object && !enter_object(walk, run->object))
		return;
	while ((written = write_fields(walk, step, left, part)) != left) {
		walk->json.full = false;
		walk->cut = true;
		step += written + 1;
		left -= written + 1;
	}
}

size_t event_write_json(struct event_writer *writer, const struct event *event, char *bytes)
{
	struct walk walk;

	walk.json = emit_over(bytes, EVENT_BYTES_MAX - RESERVE);
	walk.writer = writer;
	walk.object = OBJECT_TOP;
	walk.cut = false;
	event_parts(event, walk.part);
	emit_open(&walk.json, '{');
	for (const struct event_run *run = writer->plan->first[event->type]; run->count != 0; run++)
		if (walk.part[run->part])
			write_run(&walk, run);
	while (walk.object != OBJECT_TOP)
		leave_object(&walk);

	walk.json.end += RESERVE;
	if (walk.cut)
		emit_raw(&walk.json, ",\"cut\":true", 11);
	emit_raw(&walk.json, "}\n", 2);
	return (size_t)(walk.json.at - bytes);
}
