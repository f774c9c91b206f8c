/* Expressions of ARM templates: literals, calls, and .member and [index] after them.
 *
 * Every text is bounded, and so are depth and steps: variables that name each other twice would
 * otherwise double at every level.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "import/arm_id.h"
#include "import/template.h"

#define ARGUMENTS_MAX 32
#define TEXT_MAX 4096                      /* of a result: an id has at most 2,048 */
#define TEXT_BYTES_MAX ((size_t)256 << 20) /* of a document: a hundred times a large template */
#define STEPS_MAX 20000u /* of one document's expression, through all that it names */

struct parser {
	struct reading *reading;
	struct node place; /* the expression's own text */
	const char *at;
};

struct arguments {
	struct node node[ARGUMENTS_MAX];
	size_t count;
};

static struct node unknown(void)
{
	return (struct node){ NULL };
}

static struct node text_node(struct parser *parser, const char *text)
{
	struct reading *reading = parser->reading;

	reading->text_bytes += strlen(text) + 1;
	if (reading->text_bytes > TEXT_BYTES_MAX)
		return unknown();
	const char *copy = inventory_copy(reading->inventory, text);
	return copy ? (struct node){ .at = parser->place.at, .text = copy } : unknown();
}

/* The text of a known text, number or boolean; NULL of others. */
static const char *text_of(struct node node)
{
	if (node.text)
		return node.text;
	if (node.at && json_type(node.at) == JSON_BOOL)
		return json_flag(node.at) ? "true" : "false";
	return node.at ? json_text(node.at) : NULL;
}

static struct node concat(struct parser *parser, const struct arguments *arguments)
{
	char bytes[TEXT_MAX];
	struct text text = text_over(bytes, sizeof(bytes));

	for (size_t i = 0; i < arguments->count; i++) {
		if (!text_of(arguments->node[i]))
			return unknown();
		text_add(&text, text_of(arguments->node[i]));
	}
	return text.cut ? unknown() : text_node(parser, bytes);
}

/* format('{0}-{1}', a, b) */
static struct node format(struct parser *parser, const struct arguments *arguments)
{
	const char *at = arguments->count ? text_of(arguments->node[0]) : NULL;
	char bytes[TEXT_MAX];
	struct text text = text_over(bytes, sizeof(bytes));

	while (at && *at) {
		size_t plain = strcspn(at, "{");

		text_add_bytes(&text, at, plain);
		at += plain;
		if (*at == '\0')
			break;
		char *end;
		unsigned long index = strtoul(at + 1, &end, 10);
		if (end == at + 1 || *end != '}' || index + 1 >= arguments->count ||
		    !text_of(arguments->node[index + 1]))
			return unknown();
		text_add(&text, text_of(arguments->node[index + 1]));
		at = end + 1;
	}
	return !at || text.cut ? unknown() : text_node(parser, bytes);
}

static struct node change_case(struct parser *parser, const struct arguments *arguments,
			       int (*change)(int))
{
	const char *from = arguments->count == 1 ? text_of(arguments->node[0]) : NULL;
	char bytes[TEXT_MAX];

	if (!from || strlen(from) >= sizeof(bytes))
		return unknown();
	for (size_t i = 0; i <= strlen(from); i++)
		bytes[i] = (char)change((unsigned char)from[i]);
	return text_node(parser, bytes);
}

static struct node to_lower(struct parser *parser, const struct arguments *arguments)
{
	return change_case(parser, arguments, tolower);
}

static struct node to_upper(struct parser *parser, const struct arguments *arguments)
{
	return change_case(parser, arguments, toupper);
}

static struct node replace(struct parser *parser, const struct arguments *arguments)
{
	const char *word[3] = { NULL };
	char bytes[TEXT_MAX];
	struct text text = text_over(bytes, sizeof(bytes));

	for (size_t i = 0; i < 3 && i < arguments->count; i++)
		word[i] = text_of(arguments->node[i]);
	if (!word[0] || !word[1] || !word[2] || word[1][0] == '\0')
		return unknown();
	for (const char *found; (found = strstr(word[0], word[1]));
	     word[0] = found + strlen(word[1])) {
		text_add_bytes(&text, word[0], (size_t)(found - word[0]));
		text_add(&text, word[2]);
	}
	text_add(&text, word[0]);
	return text.cut ? unknown() : text_node(parser, bytes);
}

static struct node choose(struct parser *parser, const struct arguments *arguments)
{
	const char *condition = arguments->count == 3 ? text_of(arguments->node[0]) : NULL;

	(void)parser;
	if (!condition)
		return unknown();
	return arguments->node[strcasecmp(condition, "true") == 0 ? 1 : 2];
}

static struct node equals(struct parser *parser, const struct arguments *arguments)
{
	const char *a = arguments->count == 2 ? text_of(arguments->node[0]) : NULL;
	const char *b = a ? text_of(arguments->node[1]) : NULL;

	if (!b)
		return unknown();
	return text_node(parser, strcmp(a, b) == 0 ? "true" : "false");
}

static struct node negate(struct parser *parser, const struct arguments *arguments)
{
	const char *word = arguments->count == 1 ? text_of(arguments->node[0]) : NULL;

	if (!word)
		return unknown();
	return text_node(parser, strcasecmp(word, "true") == 0 ? "false" : "true");
}

/* resourceId([subscription,] [group,] type, name, ...) */
static struct node resource_id(struct parser *parser, const struct arguments *arguments)
{
	const char *word[ARGUMENTS_MAX], *type = NULL;
	char names[ARM_ID_MAX], id[ARM_ID_MAX + 1];
	struct text text = text_over(names, sizeof(names));
	size_t before = 0;

	for (size_t i = 0; i < arguments->count; i++) {
		word[i] = text_of(arguments->node[i]);
		if (!word[i])
			return unknown();
		if (type) {
			text_add(&text, text.length ? "/" : "");
			text_add(&text, word[i]);
		} else if (strchr(word[i], '/')) {
			type = word[i];
			before = i;
		}
	}
	if (!type || before > 2 || text.cut ||
	    !arm_id_make(id, before == 2 ? word[0] : NULL, before ? word[before - 1] : NULL, type,
			 names))
		return unknown();
	return text_node(parser, id);
}

static struct node named(struct parser *parser, const struct json_value *object, const char *name,
			 const struct scope *scope)
{
	const struct json_value *member = object ? json_first(object) : NULL;

	while (member && (!json_key(member) || strcasecmp(json_key(member), name) != 0))
		member = json_next(member);
	return reading_value(parser->reading, member, scope);
}

/* A parameter: as the outer template gives it, or its default value. */
static struct node parameter(struct parser *parser, const struct arguments *arguments)
{
	const struct scope *scope = parser->place.scope;
	const char *name = arguments->count == 1 ? text_of(arguments->node[0]) : NULL;

	if (!name)
		return unknown();
	struct node given = named(parser, scope->given, name, scope->outer);
	if (given.at && reading_type(given) == JSON_OBJECT)
		return named(parser, given.at, "value", given.scope);
	struct node declared = named(parser, scope->parameters, name, scope);
	if (declared.at && reading_type(declared) == JSON_OBJECT)
		return named(parser, declared.at, "defaultValue", scope);
	return unknown();
}

static struct node variable(struct parser *parser, const struct arguments *arguments)
{
	const char *name = arguments->count == 1 ? text_of(arguments->node[0]) : NULL;

	return name ? named(parser, parser->place.scope->variables, name, parser->place.scope)
		    : unknown();
}

static struct node call(struct parser *parser, const char *name, const struct arguments *arguments)
{
	static const struct {
		const char *name;
		struct node (*run)(struct parser *, const struct arguments *);
	} functions[] = {
		{ "parameters", parameter },
		{ "variables", variable },
		{ "concat", concat },
		{ "format", format },
		{ "resourceId", resource_id },
		{ "toLower", to_lower },
		{ "toUpper", to_upper },
		{ "replace", replace },
		{ "if", choose },
		{ "equals", equals },
		{ "not", negate },
		{ "string", concat },
	};

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		if (strcasecmp(functions[i].name, name) == 0)
			return functions[i].run(parser, arguments);
	}
	return unknown(); /* uniqueString, reference, ...: not known before the deployment */
}

static void skip_blanks(struct parser *parser)
{
	while (isspace((unsigned char)*parser->at))
		parser->at++;
}

static bool take(struct parser *parser, char c)
{
	skip_blanks(parser);
	if (*parser->at != c)
		return false;
	parser->at++;
	return true;
}

/* 'text', with '' for a quote. */
static struct node literal(struct parser *parser)
{
	char bytes[TEXT_MAX];
	struct text text = text_over(bytes, sizeof(bytes));

	for (parser->at++; *parser->at; parser->at++) {
		if (*parser->at == '\'' && parser->at[1] != '\'') {
			parser->at++;
			return text.cut ? unknown() : text_node(parser, bytes);
		}
		parser->at += *parser->at == '\'';
		text_add_bytes(&text, parser->at, 1);
	}
	return unknown();
}

/* A name or a number. */
static size_t word(struct parser *parser, char bytes[ARM_TYPE_MAX])
{
	struct text text = text_over(bytes, ARM_TYPE_MAX);

	skip_blanks(parser);
	while (isalnum((unsigned char)*parser->at) || *parser->at == '_' || *parser->at == '-')
		text_add_bytes(&text, parser->at++, 1);
	return text.length;
}

static struct node expression(struct parser *parser);

static struct node primary(struct parser *parser)
{
	char name[ARM_TYPE_MAX];
	struct arguments arguments = { .count = 0 };

	skip_blanks(parser);
	if (*parser->at == '\'')
		return literal(parser);
	if (word(parser, name) == 0)
		return unknown();
	if (!take(parser, '('))
		return isdigit((unsigned char)name[0]) || name[0] == '-' ? text_node(parser, name)
									 : unknown();
	if (take(parser, ')'))
		return call(parser, name, &arguments);
	do {
		if (arguments.count == ARGUMENTS_MAX)
			return unknown();
		arguments.node[arguments.count++] = expression(parser);
	} while (take(parser, ','));
	return take(parser, ')') ? call(parser, name, &arguments) : unknown();
}

static struct node index_of(struct parser *parser, struct node of, struct node index)
{
	const char *text = text_of(index);
	struct each each = reading_each(of);

	if (!text)
		return unknown();
	if (reading_type(of) == JSON_OBJECT)
		return named(parser, of.at, text, of.scope);
	for (unsigned long i = strtoul(text, NULL, 10); reading_step(parser->reading, &each); i--) {
		if (i == 0)
			return each.item;
	}
	return unknown();
}

static struct node expression(struct parser *parser)
{
	struct reading *reading = parser->reading;

	if (reading->depth >= TEMPLATE_DEPTH_MAX || reading->steps >= STEPS_MAX)
		return unknown();
	reading->depth++;
	reading->steps++;

	struct node node = primary(parser);
	for (bool more = true; more;) {
		char name[ARM_TYPE_MAX];

		more = false;
		if (take(parser, '.')) {
			more = word(parser, name) != 0;
			node = reading_type(node) == JSON_OBJECT
				       ? named(parser, node.at, name, node.scope)
				       : unknown();
		} else if (take(parser, '[')) {
			struct node index = expression(parser);

			more = take(parser, ']');
			node = index_of(parser, node, index);
		}
	}
	reading->depth--;
	return node;
}

struct node template_evaluate(struct reading *reading, struct node node, const char *text)
{
	struct parser parser = { .reading = reading, .place = node, .at = text + 1 };

	if (text[0] == '[' && text[1] == '[') /* an escaped bracket, not an expression */
		return text_node(&parser, text + 1);
	if (reading->depth == 0)
		reading->steps = 0;

	struct node value = expression(&parser);
	if (!take(&parser, ']'))
		value = unknown();
	if (!value.at && reading->depth == 0 && reading->unknown_count++ == 0)
		reading->unknown = reading_place(reading, node);
	return value;
}
