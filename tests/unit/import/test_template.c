#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "import/template.h"

static void hear(void *context, enum heard what, const char *sentence)
{
	(void)context;
	(void)what;
	(void)sentence;
}

static const struct {
	const char *why, *expression, *value; /* NULL: not known */
} rows[] = {
	{ "a literal", "['x']", "x" },
	{ "a quote in it", "['it''s']", "it's" },
	{ "a parameter's default", "[parameters('p')]", "pp" },
	{ "names in any case", "[PARAMETERS('P')]", "pp" },
	{ "a parameter without one", "[parameters('none')]", NULL },
	{ "a parameter that is not declared", "[parameters('gone')]", NULL },
	{ "a variable that is an expression", "[variables('v')]", "pp-v" },
	{ "a member of one", "[variables('o').a.b]", "deep" },
	{ "an element of one", "[variables('l')[1]]", "two" },
	{ "past its end", "[variables('l')[7]]", NULL },
	{ "a number", "[variables('n')]", NULL }, /* of another type than a text */
	{ "concat", "[concat('a', parameters('p'), 'b')]", "appb" },
	{ "format", "[format('{0}/{1}/{0}', 'a', 'b')]", "a/b/a" },
	{ "format past its arguments", "[format('{1}', 'a')]", NULL },
	{ "case", "[toUpper(toLower('Ab'))]", "AB" },
	{ "replace", "[replace('a-b-c', '-', '')]", "abc" },
	{ "replace nothing", "[replace('a', '', 'b')]", NULL },
	{ "if", "[if(equals('a', 'a'), 'yes', 'no')]", "yes" },
	{ "if not", "[if(not(equals('a', 'a')), 'yes', 'no')]", "no" },
	{ "an id", "[resourceId('M.X/y/z', 'A', 'b')]",
	  "/subscriptions/?/resourcegroups/?/providers/m.x/y/a/z/b" },
	{ "an id in a group", "[resourceId('g', 'M/y', 'a')]",
	  "/subscriptions/?/resourcegroups/g/providers/m/y/a" },
	{ "an id in a subscription", "[resourceId('s', 'g', 'M/y', 'a')]",
	  "/subscriptions/s/resourcegroups/g/providers/m/y/a" },
	{ "what only the deployment knows", "[uniqueString('x')]", NULL },
	{ "in something else", "[concat('a', uniqueString('x'))]", NULL },
	{ "an escaped bracket", "[[x]", "[x]" },
	{ "a text", "x[y]", "x[y]" },
	{ "itself", "[variables('self')]", NULL },
	{ "twice itself", "[variables('twice')]", NULL },
	{ "an open quote", "['x]", NULL },
	{ "an open call", "[concat('x']", NULL },
	{ "nothing", "[]", NULL },
	{ "nothing at all", "[", NULL },
};

#define DOCUMENT                                                                                   \
	"{\"parameters\": {\"p\": {\"defaultValue\": \"pp\"}, \"none\": {\"type\": \"string\"}},"  \
	" \"variables\": {\"v\": \"[concat(parameters('p'), '-v')]\", \"n\": 5,"                   \
	" \"o\": {\"a\": {\"b\": \"deep\"}}, \"l\": [\"one\", \"two\"],"                           \
	" \"self\": \"[variables('self')]\","                                                      \
	" \"twice\": \"[concat(variables('twice'), variables('twice'))]\"},"                       \
	" \"it\": \"%s\"}"

static void expressions_are_evaluated_as_far_as_the_template_tells(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		char text[2048];
		int length = snprintf(text, sizeof(text), DOCUMENT, rows[i].expression);
		struct fault fault = { "" };
		struct inventory inventory;
		struct json *json;

		assert_true(inventory_open(&inventory, (struct hearer){ hear, NULL }));
		assert_int_equal(json_parse(&json, text, (size_t)length, "t", &fault), 0);
		struct reading reading = { .inventory = &inventory,
					   .json = json,
					   .path = "t",
					   .reader = { .json = json, .fault = &fault },
					   .hearer = { hear, NULL } };
		const struct json_value *root = json_root(json);
		struct scope scope = { .parameters = json_member(root, "parameters"),
				       .variables = json_member(root, "variables") };
		struct node node = reading_value(&reading, json_member(root, "it"), &scope);
		const char *value =
			reading_type(node) == JSON_TEXT ? reading_text_of(&reading, node) : NULL;

		if (!value != !rows[i].value || (value && strcmp(value, rows[i].value) != 0))
			fail_msg("%s: %s", rows[i].why, value ? value : "not known");
		json_free(json);
		inventory_close(&inventory);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expressions_are_evaluated_as_far_as_the_template_tells),
	};

	return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
