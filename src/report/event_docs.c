/* docs/event.md and docs/event.schema.json, made from the field table. */
#include <string.h>

#include "event/event_fields.h"
#include "event/event_names.h"
#include "report/event_writer.h"

#define NAMES_MAX 64 /* no enum in an event is larger */

#define IP_SCHEMA "\"type\":\"string\",\"pattern\":\"^[0-9a-f.:]+$\""

/* What a conversion makes in JSON. */
static const struct {
	const char *type; /* for people */
	const char *schema;
} forms[EVENT_AS] = {
	[AS_TEXT] = { "string", "\"type\":\"string\"" },
	[AS_TEXT_OF] = { "string", "\"type\":\"string\"" },
	[AS_TEXT_KEPT] = { "string", "\"type\":\"string\"" },
	[AS_CALLED] = { "string", "\"type\":\"string\"" },
	[AS_STRING] = { "string", "\"type\":\"string\"" },
	[AS_COMMUNITY_ID] = { "string", "\"type\":\"string\"" },
	[AS_NAMED] = { "string", "\"type\":\"string\"" },
	[AS_PROTOCOL] = { "string", "\"type\":\"string\"" },
	[AS_IP] = { "address", IP_SCHEMA },
	[AS_IP_KNOWN] = { "address", IP_SCHEMA },
	[AS_TIME] = { "time", "\"type\":\"string\",\"pattern\":"
			      "\"^\\\\d{4}-\\\\d\\\\d-\\\\d\\\\dT\\\\d\\\\d:\\\\d\\\\d:\\\\d\\\\d"
			      "\\\\.\\\\d{6}\\\\+0000$\"" },
	[AS_U8] = { "integer", "\"type\":\"integer\",\"minimum\":0,\"maximum\":255" },
	[AS_U16] = { "integer", "\"type\":\"integer\",\"minimum\":0,\"maximum\":65535" },
	[AS_U32] = { "integer", "\"type\":\"integer\",\"minimum\":0,\"maximum\":4294967295" },
	[AS_U64] = { "integer", "\"type\":\"integer\",\"minimum\":0" },
	[AS_INTEGER] = { "integer", "\"type\":\"integer\",\"minimum\":0" },
	[AS_PORT] = { "integer", "\"type\":\"integer\",\"minimum\":0" },
	[AS_BOOL] = { "boolean", "\"type\":\"boolean\"" },
	[AS_FLAG] = { "boolean", "\"type\":\"boolean\"" },
	[AS_TCP_FLAG] = { "boolean", "\"type\":\"boolean\"" },
	[AS_BIT] = { "true", "\"const\":true" },
	[AS_TRUE] = { "true", "\"const\":true" },
	[AS_STRINGS] = { "strings", "\"type\":\"array\",\"minItems\":1,"
				    "\"items\":{\"type\":\"string\"}" },
	[AS_INTEGERS] = { "integers", "\"type\":\"array\",\"minItems\":1,"
				      "\"items\":{\"type\":\"integer\",\"minimum\":0}" },
	[AS_COUNTERS] = { "object", "\"$ref\":\"#/$defs/counters\"" },
	[AS_LIST] = { "objects", "" },
};

/* The field's own name, out of the ready-made key. */
static int bare_length(const struct event_field *field)
{
	return field->key_length - 3; /* quotes and colon */
}

static void print_object_path(FILE *out, uint8_t object)
{
	const char *key = event_objects[object].key;

	if (object == OBJECT_TOP)
		return;
	print_object_path(out, event_objects[object].parent);
	fprintf(out, "%.*s.", (int)strlen(key) - 3, key + 1);
}

static void print_types(FILE *out, uint16_t types)
{
	const char *before = "";

	if ((types | 1u << EVENT_STATS) == (1u << EVENT_TYPES) - 1) {
		fputs(types >> EVENT_STATS & 1 ? "all" : "all but stats", out);
		return;
	}
	for (int type = 0; type < EVENT_TYPES; type++) {
		if (types >> type & 1) {
			fprintf(out, "%s%s", before, event_type_name(type));
			before = ", ";
		}
	}
}

/* Markdown takes | for the end of a cell. */
static void print_doc(FILE *out, const char *doc)
{
	for (; *doc != '\0'; doc++) {
		if (*doc == '|')
			putc('\\', out);
		putc(*doc, out);
	}
}

static void print_names(FILE *out, const struct event_field *field, const char *quote)
{
	const char *before = "";

	for (unsigned i = 0; i < NAMES_MAX; i++) {
		const char *name = field->names(i);

		if (name) {
			fprintf(out, "%s%s%s%s", before, quote, name, quote);
			before = *quote == '"' ? "," : ", ";
		}
	}
}

static void print_row_rest(FILE *out, const struct event_field *field)
{
	fprintf(out, "` | %s | ", forms[field->as].type);
	print_types(out, field->types);
	fprintf(out, " | %s | ", field->eve ? "yes" : "");
	print_doc(out, field->doc);
	if (field->as == AS_NAMED) {
		fputs(": ", out);
		print_names(out, field, "`");
	}
	fputs(" |\n", out);
}

static void print_row(FILE *out, const struct event_field *field)
{
	fputs("| `", out);
	print_object_path(out, field->object);
	fprintf(out, "%.*s", bare_length(field), field->key + 1);
	print_row_rest(out, field);
	if (field->as != AS_LIST)
		return;
	for (size_t i = 0; i < field->list->field_count; i++) {
		struct event_field item = field->list->field[i];

		item.types = field->types;
		fputs("| `", out);
		print_object_path(out, field->object);
		fprintf(out, "%.*s[].%.*s", bare_length(field), field->key + 1, bare_length(&item),
			item.key + 1);
		print_row_rest(out, &item);
	}
}

void event_print_docs(FILE *out)
{
	fputs("# Events\n\n"
	      "<!-- Made by `pewit --dump-event-docs` from the field table. Do not edit. -->\n\n"
	      "`pewit replay -o FILE` writes one event a line, as JSON. Names and shapes are "
	      "those of\n"
	      "Suricata's EVE (version 7 and 8) where EVE has the thing; the column *EVE* says "
	      "where.\n"
	      "What is unknown is left out: there is no null and no empty string, but for the DNS "
	      "root.\n"
	      "`src` is the initiator of the flow in every event. Text from the wire is written "
	      "as\n"
	      "UTF-8; a byte that is not UTF-8 becomes the escape `\\u00XX` of its value.\n"
	      "The JSON Schema is `event.schema.json`.\n\n"
	      "| field | type | events | EVE | meaning |\n|---|---|---|---|---|\n",
	      out);
	for (size_t i = 0; i < event_field_count; i++)
		print_row(out, &event_fields[i]);
}

/* ---- JSON Schema ---- */

static void print_indent(FILE *out, unsigned depth)
{
	fprintf(out, "\n%*s", (int)depth * 2, "");
}

static void print_required(FILE *out, const struct event_field *field, size_t count)
{
	const char *before = "";

	fputs(",\"required\":[", out);
	for (size_t i = 0; i < count; i++) {
		if (field[i].always) {
			fprintf(out, "%s%.*s", before, field[i].key_length - 1, field[i].key);
			before = ",";
		}
	}
	fputs("]", out);
}

static void print_property(FILE *out, const struct event_field *field, unsigned depth)
{
	print_indent(out, depth);
	fprintf(out, "%s{", field->key);
	if (field->as == AS_LIST) {
		const struct event_list *list = field->list;

		fputs("\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"object\","
		      "\"additionalProperties\":false,\"properties\":{",
		      out);
		for (size_t i = 0; i < list->field_count; i++) {
			if (i != 0)
				putc(',', out);
			print_property(out, &list->field[i], depth + 1);
		}
		putc('}', out);
		print_required(out, list->field, list->field_count);
		putc('}', out);
	} else {
		fputs(forms[field->as].schema, out);
	}
	if (field->as == AS_NAMED) {
		fputs(",\"enum\":[", out);
		print_names(out, field, "\"");
		putc(']', out);
	}
	fputs(",\"description\":\"", out);
	for (const char *doc = field->doc; *doc != '\0'; doc++)
		fprintf(out, *doc == '"' ? "\\%c" : "%c", *doc);
	fputs("\"}", out);
}

static bool object_has_fields(uint8_t object, unsigned type)
{
	for (size_t i = 0; i < event_field_count; i++)
		if (event_fields[i].object == object && event_fields[i].types >> type & 1)
			return true;
	for (uint8_t inner = object + 1; inner < EVENT_OBJECTS; inner++)
		if (event_objects[inner].parent == object && object_has_fields(inner, type))
			return true;
	return false;
}

/* An object is required for nothing: its part may be unknown. Only the top's own fields are. */
static void print_object_schema(FILE *out, uint8_t object, unsigned type, unsigned depth)
{
	const char *before = "";

	fputs("\"type\":\"object\",\"additionalProperties\":false,\"properties\":{", out);
	for (size_t i = 0; i < event_field_count; i++) {
		const struct event_field *field = &event_fields[i];

		if (field->object != object || !(field->types >> type & 1))
			continue;
		fputs(before, out);
		before = ",";
		print_property(out, field, depth + 1);
	}
	for (uint8_t inner = OBJECT_TOP + 1; inner < EVENT_OBJECTS; inner++) {
		if (event_objects[inner].parent != object || !object_has_fields(inner, type))
			continue;
		fputs(before, out);
		before = ",";
		print_indent(out, depth + 1);
		fprintf(out, "%s{\"description\":\"%s\",", event_objects[inner].key,
			event_objects[inner].doc);
		print_object_schema(out, inner, type, depth + 1);
		putc('}', out);
	}
	putc('}', out);
}

/* Fields that every event of the type has: those of the event and, but for stats, of its flow. */
static void print_type_required(FILE *out, unsigned type)
{
	const char *before = "";

	fputs(",\"required\":[", out);
	for (size_t i = 0; i < event_field_count; i++) {
		const struct event_field *field = &event_fields[i];
		bool part = field->part == PART_EVENT || field->part == PART_FLOW ||
			    field->part == PART_STATS;

		if (!field->always || !part || field->object != OBJECT_TOP ||
		    !(field->types >> type & 1))
			continue;
		fprintf(out, "%s%.*s", before, field->key_length - 1, field->key);
		before = ",";
	}
	fputs("]", out);
}

void event_print_schema(FILE *out)
{
	fputs("{\n"
	      "  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
	      "  \"title\": \"pewit event\",\n"
	      "  \"description\": \"One line of pewit's output. Made by pewit "
	      "dump-event-schema.\",\n"
	      "  \"type\": \"object\",\n"
	      "  \"required\": [\"event_type\"],\n"
	      "  \"allOf\": [",
	      out);
	for (int type = 0; type < EVENT_TYPES; type++)
		fprintf(out,
			"%s\n    {\"if\":{\"properties\":{\"event_type\":{\"const\":\"%s\"}}},"
			"\"then\":{\"$ref\":\"#/$defs/%s\"}}",
			type == 0 ? "" : ",", event_type_name(type), event_type_name(type));
	fputs("\n  ],\n  \"properties\": {\"event_type\": {\"enum\": [", out);
	for (int type = 0; type < EVENT_TYPES; type++)
		fprintf(out, "%s\"%s\"", type == 0 ? "" : ", ", event_type_name(type));
	fputs("]}},\n  \"$defs\": {\n"
	      "    \"counters\":{\"type\":\"object\",\"additionalProperties\":{\"anyOf\":["
	      "{\"type\":\"integer\",\"minimum\":0},{\"$ref\":\"#/$defs/counters\"}]}}",
	      out);
	for (int type = 0; type < EVENT_TYPES; type++) {
		fprintf(out, ",\n    \"%s\":{", event_type_name(type));
		print_object_schema(out, OBJECT_TOP, (unsigned)type, 2);
		print_type_required(out, (unsigned)type);
		putc('}', out);
	}
	fputs("\n  }\n}\n", out);
}
