/* One walk over the field table writes any event.
 *
 * Rows of one object stand together, so an object opens when the walk reaches its first row and
 * closes when it leaves; one in which nothing was written is taken back, as is a key whose value
 * had nothing to say. Every step can be taken back to the mark before it, which is also how an
 * event that outgrows its room loses whole fields and stays valid JSON: RESERVE bytes are kept for
 * the brackets that are open and for `"cut":true`.
 *
 * Most rows are not for most types of event, and most parts are not there. So the rows of each type
 * are listed once, in runs of one object and one part: a part that is missing costs one look.
 *
 * Two texts are kept, because what comes next is mostly the same: the second of the last time, and the
 * Community ID of the last flow, which costs more than any other value; an alert and the end of
 * its flow often follow each other. */
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

#define RESERVE 64 /* closing brackets (at most 5), "cut":true with its comma, the newline */

/* Rows of one object and one part that follow each other in events of one type. */
struct run {
	const struct event_field **row;
	uint16_t count;
	uint8_t object, part;
};

struct event_writer {
	const struct event_field **rows; /* of all types, one after the other */
	struct run *runs;                /* so are they; each type's end with one of no rows */
	const struct run *first[EVENT_TYPES];
	uint8_t key_length[EVENT_OBJECTS];
	uint64_t second; /* what `date` says */
	char date[EVENT_DATE_LENGTH];
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

/* The rows of one type into *row and *run, which move on. */
static void plan_type(unsigned type, const struct event_field ***row, struct run **run)
{
	const struct event_field **at = *row;
	struct run *last = NULL;

	for (size_t i = 0; i < event_field_count; i++) {
		const struct event_field *field = &event_fields[i];

		if (!(field->types >> type & 1))
			continue;
		if (!last || last->object != field->object || last->part != field->part) {
			last = (*run)++;
			*last = (struct run){ at, 0, field->object, field->part };
		}
		last->count++;
		*at++ = field;
	}
	*(*run)++ = (struct run){ 0 };
	*row = at;
}

int event_writer_new(struct event_writer **writer)
{
	struct event_writer *made = calloc(1, sizeof(*made));

	*writer = NULL;
	if (!made)
		return -ENOMEM;
	made->rows = calloc(event_field_count * EVENT_TYPES, sizeof(made->rows[0]));
	made->runs = calloc((event_field_count + 1) * EVENT_TYPES, sizeof(made->runs[0]));
	if (!made->rows || !made->runs) {
		event_writer_free(made);
		return -ENOMEM;
	}

	const struct event_field **row = made->rows;
	struct run *run = made->runs;
	for (unsigned type = 0; type < EVENT_TYPES; type++) {
		made->first[type] = run;
		plan_type(type, &row, &run);
	}
	for (unsigned i = 0; i < EVENT_OBJECTS; i++)
		made->key_length[i] = (uint8_t)strlen(event_objects[i].key);
	event_text_date(0, made->date);
	community_id_print(&(struct flow_record){ 0 }, made->id);
	*writer = made;
	return 0;
}

void event_writer_free(struct event_writer *writer)
{
	if (!writer)
		return;
	free(writer->rows);
	free(writer->runs);
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

/* Texts of digits and punctuation need no look at their bytes. They are made in their place; room for the
 * longest must be there, so that at the very end of an event's room one may be left out that would
 * just fit. */
static char *begin_quoted(struct emit *json, size_t longest)
{
	if (!emit_has(json, longest + 2)) {
		json->full = true;
		return NULL;
	}
	*json->at = '"';
	return json->at + 1;
}

static void end_quoted(struct emit *json, size_t length)
{
	json->at[length + 1] = '"';
	json->at += length + 2;
}

static void write_ip(struct emit *json, const struct ip_addr *addr)
{
	char *text = begin_quoted(json, IP_TEXT_SIZE);

	if (text)
		end_quoted(json, event_text_ip(addr, text));
}

static __attribute__((noinline)) void write_time(struct walk *walk, uint64_t time_ns)
{
	struct event_writer *writer = walk->writer;
	uint64_t second = time_ns / NS_PER_S;
	char *text = begin_quoted(&walk->json, EVENT_TIME_LENGTH);

	if (!text)
		return;
	if (second != writer->second) {
		writer->second = second;
		event_text_date((int64_t)second, writer->date);
	}
	memcpy(text, writer->date, EVENT_DATE_LENGTH);
	event_text_fraction((uint32_t)(time_ns % NS_PER_S), text + EVENT_DATE_LENGTH);
	end_quoted(&walk->json, EVENT_TIME_LENGTH);
}

static __attribute__((noinline)) void write_community_id(struct walk *walk,
							 const struct flow_record *flow)
{
	struct event_writer *writer = walk->writer;
	const struct community_tuple tuple = community_tuple_of(flow);
	char *text = begin_quoted(&walk->json, COMMUNITY_ID_LENGTH);

	if (!text)
		return;
	if (memcmp(&tuple, &writer->tuple, sizeof(tuple)) != 0) {
		writer->tuple = tuple;
		community_id_print(flow, writer->id);
	}
	memcpy(text, writer->id, COMMUNITY_ID_LENGTH);
	end_quoted(&walk->json, COMMUNITY_ID_LENGTH);
}

/* Kept out of write_value(), which calls nothing else that needs a frame: most values need none. */
static __attribute__((noinline)) void write_list(struct walk *walk, const struct event_list *list,
						 const void *part);

static void write_value(struct walk *walk, const struct event_field *field, const void *part)
{
	struct emit *json = &walk->json;
	const void *at = (const uint8_t *)part + field->offset;

	switch ((enum event_as)field->as) {
	case AS_TEXT:
		write_text(json, at);
		break;
	case AS_TEXT_OF:
		write_text(json, *(const char *const *)at);
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
		if (*(const bool *)at)
			emit_bool(json, true);
		break;
	case AS_IP:
		write_ip(json, at);
		break;
	case AS_IP_KNOWN:
		if (!ip_is_zero(at))
			write_ip(json, at);
		break;
	case AS_TIME:
		write_time(walk, *(const uint64_t *)at);
		break;
	case AS_NAMED:
		write_text(json, field->names(*(const uint8_t *)at));
		break;
	case AS_LIST:
		write_list(walk, field->list, part);
		break;
	default:
		if (field->write == event_value_community_id)
			write_community_id(walk, part);
		else
			field->write(json, part);
	}
}

/* A key and its value, or nothing when the value is unknown. */
static void write_field(struct walk *walk, const struct event_field *field, const void *part)
{
	struct emit_mark mark = emit_mark(&walk->json);
	const char *value;

	emit_key(&walk->json, field->key, field->key_length);
	value = walk->json.at;
	write_value(walk, field, part);
	if (walk->json.at == value && !walk->json.full)
		emit_rewind(&walk->json, mark);
}

static void write_list(struct walk *walk, const struct event_list *list, const void *part)
{
	struct emit *json = &walk->json;
	const void *item = list->next(part, NULL);

	if (!item)
		return;
	emit_open(json, '[');
	for (; item && !json->full; item = list->next(part, item)) {
		struct emit_mark mark = emit_mark(json);

		emit_separate(json);
		emit_open(json, '{');
		for (size_t i = 0; i < list->field_count; i++)
			write_field(walk, &list->field[i], item);
		emit_close(json, '}');
		if (take_back_if_full(walk, mark))
			break;
	}
	close_bracket(walk, ']');
}

/* What does not fit is taken back, field by field. */
static void write_run(struct walk *walk, const struct run *run)
{
	const void *part = walk->part[run->part];

	for (unsigned i = 0; i < run->count; i++) {
		if (run->object != walk->object && !enter_object(walk, run->object))
			continue;

		struct emit_mark mark = emit_mark(&walk->json);
		write_field(walk, run->row[i], part);
		take_back_if_full(walk, mark);
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
	for (const struct run *run = writer->first[event->type]; run->count != 0; run++)
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
