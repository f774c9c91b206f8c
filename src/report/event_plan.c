#include "report/event_plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/emit.h"
#include "event/event_names.h"

/* Where the next of each goes. */
struct places {
	struct event_quoted *names;
	struct event_step *items, *step;
	struct event_run *run;
};

static bool has_names(const struct event_field *field)
{
	return field->as == AS_NAMED || field->as == AS_PROTOCOL;
}

static void quote_names(const struct event_field *field,
			struct event_quoted names[EVENT_QUOTED_NAMES])
{
	char unknown[EVENT_NAME_UNKNOWN];

	for (unsigned value = 0; value < EVENT_QUOTED_NAMES; value++) {
		const char *name = field->as == AS_NAMED
					   ? field->names(value)
					   : event_name_protocol((uint8_t)value, unknown);
		struct emit json = emit_over(names[value].text, sizeof(names[value].text));

		if (name && *name != '\0')
			emit_text(&json, name);
		names[value].length =
			json.full ? EVENT_QUOTED_LONG : (uint8_t)(json.at - names[value].text);
	}
}

static struct event_step plan_row(const struct event_field *field, struct places *next)
{
	struct event_step step = { .field = field,
				   .key_length = field->key_length,
				   .as = field->as,
				   .offset = field->offset };

	memcpy(step.key, field->key, sizeof(step.key));

	if (field->as == AS_TCP_FLAG || field->as == AS_BIT)
		step.flag = field->flag;
	if (has_names(field)) {
		step.names = next->names;
		quote_names(field, next->names);
		next->names += EVENT_QUOTED_NAMES;
	} else if (field->as == AS_LIST) {
		struct event_step *items = next->items;

		step.items = items;
		next->items += field->list->field_count;
		for (size_t i = 0; i < field->list->field_count; i++)
			items[i] = plan_row(&field->list->field[i], next);
	}
	return step;
}

static void plan_type(struct event_plan *plan, unsigned type, struct places *next)
{
	struct event_run *last = NULL;

	plan->first[type] = next->run;
	for (size_t i = 0; i < event_field_count; i++) {
		const struct event_field *field = &event_fields[i];

		if (!(field->types >> type & 1))
			continue;
		if (!last || last->object != field->object || last->part != field->part) {
			last = next->run++;
			*last = (struct event_run){ next->step, 0, field->object, field->part };
		}
		last->count++;
		*next->step++ = plan->rows[i];
	}
	*next->run++ = (struct event_run){ 0 };
}

/* How many rows have names, those of lists among them, and how many rows lists have. */
static void count_rows(size_t *named, size_t *in_lists)
{
	*named = *in_lists = 0;
	for (size_t i = 0; i < event_field_count; i++) {
		const struct event_list *list =
			event_fields[i].as == AS_LIST ? event_fields[i].list : NULL;

		*named += has_names(&event_fields[i]);
		*in_lists += list ? list->field_count : 0;
		for (size_t item = 0; list && item < list->field_count; item++)
			*named += has_names(&list->field[item]);
	}
}

int event_plan_new(struct event_plan **plan)
{
	struct event_plan *made = calloc(1, sizeof(*made));
	size_t named, in_lists;

	*plan = NULL;
	if (!made)
		return -ENOMEM;
	count_rows(&named, &in_lists);
	made->names = calloc(named * EVENT_QUOTED_NAMES, sizeof(made->names[0]));
	made->rows = calloc(event_field_count + in_lists, sizeof(made->rows[0]));
	made->steps = calloc(event_field_count * EVENT_TYPES, sizeof(made->steps[0]));
	made->runs = calloc((event_field_count + 1) * EVENT_TYPES, sizeof(made->runs[0]));
	if (!made->names || !made->rows || !made->steps || !made->runs) {
		event_plan_free(made);
		return -ENOMEM;
	}

	struct places next = { made->names, made->rows + event_field_count, made->steps,
			       made->runs };
	for (size_t i = 0; i < event_field_count; i++)
		made->rows[i] = plan_row(&event_fields[i], &next);
	for (unsigned type = 0; type < EVENT_TYPES; type++)
		plan_type(made, type, &next);
	*plan = made;
	return 0;
}

void event_plan_free(struct event_plan *plan)
{
	if (!plan)
		return;
	free(plan->names);
	free(plan->rows);
	free(plan->steps);
	free(plan->runs);
	free(plan);
}
