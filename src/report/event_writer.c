/* One walk over the field table writes any event.
 *
 * Rows of one object stand together, so an object opens when the walk reaches its first row and
 * closes when it leaves; one in which nothing was written is taken back, as is a key whose value
 * had nothing to say. Every step can be taken back to the mark before it, which is also how an
 * event that outgrows its room loses whole fields and stays valid JSON: RESERVE bytes are kept for
 * the brackets that are open and for `"cut":true`. */
#include "report/event_writer.h"

#include <string.h>

#include "base/emit.h"
#include "event/event_names.h"
#include "event/event_read.h"
#include "event/event_text.h"

#define RESERVE 64 /* closing brackets (at most 5), "cut":true with its comma, the newline */

struct walk {
	struct emit json;
	const void *part[EVENT_PARTS];
	struct emit_mark opened[EVENT_OBJECTS]; /* where an open object began */
	uint8_t object;                         /* innermost open one */
	bool cut;
};

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
	const struct event_object_row *row = &event_objects[object];

	walk->opened[object] = emit_mark(&walk->json);
	emit_key(&walk->json, row->key, strlen(row->key));
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

static void write_ip(struct emit *json, const struct ip_addr *addr)
{
	char text[IP_TEXT_SIZE];

	emit_string(json, text, event_text_ip(addr, text));
}

static void write_time(struct emit *json, uint64_t time_ns)
{
	char text[EVENT_TIME_LENGTH];

	event_text_time(time_ns, text);
	emit_string(json, text, sizeof(text));
}

static void write_list(struct walk *walk, const struct event_list *list, const void *part);

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
		write_time(json, *(const uint64_t *)at);
		break;
	case AS_NAMED:
		write_text(json, field->names(*(const uint8_t *)at));
		break;
	case AS_LIST:
		write_list(walk, field->list, part);
		break;
	default:
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

size_t event_write_json(const struct event *event, char *bytes)
{
	struct walk walk = { .json = emit_over(bytes, EVENT_BYTES_MAX - RESERVE) };
	const unsigned type = 1u << event->type;

	event_parts(event, walk.part);
	emit_open(&walk.json, '{');
	for (size_t i = 0; i < event_field_count; i++) {
		const struct event_field *field = &event_fields[i];
		const void *part = walk.part[field->part];

		if (!(field->types & type) || !part)
			continue;
		if (field->object != walk.object && !enter_object(&walk, field->object))
			continue;

		struct emit_mark mark = emit_mark(&walk.json);
		write_field(&walk, field, part);
		take_back_if_full(&walk, mark);
	}
	while (walk.object != OBJECT_TOP)
		leave_object(&walk);

	walk.json.end += RESERVE;
	if (walk.cut)
		emit_raw(&walk.json, ",\"cut\":true", 11);
	emit_raw(&walk.json, "}\n", 2);
	return (size_t)(walk.json.at - bytes);
}
