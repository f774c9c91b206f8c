/* What rules that hold say: their message, and what an event adds to their windows. */
#include "base/hash.h"
#include "judge/rules_desk.h"

static void add_value(struct text *text, const struct value *value)
{
	switch ((enum value_type)value->type) {
	case VALUE_BOOL:
		text_add(text, value->flag ? "true" : "false");
		break;
	case VALUE_NUMBER:
		if (value->number < 0)
			text_add(text, "-");
		text_add_number(text, value->number < 0 ? -(uint64_t)value->number
							: (uint64_t)value->number);
		break;
	case VALUE_TEXT:
		text_add_bytes(text, value->text, value->length);
		break;
	default:
		text_add_ip(text, &value->addr);
	}
}

void rules_write_message(struct rules_desk *desk, const struct rule *rule, struct text *text)
{
	for (size_t i = 0; i < rule->message_count; i++) {
		const struct message_part *part = &rule->message[i];
		struct value value;

		if (!part->is_field)
			text_add_bytes(text, part->text, part->length);
		else if (rules_value(desk, &part->field, &value))
			add_value(text, &value);
		else
			text_add(text, "(unknown)");
	}
}

/* Windows ------------------------------------------------------------------------------------- */

static uint64_t hash_value(const struct value *value)
{
	const struct hash_seed seed = hash_seed_fixed();

	switch ((enum value_type)value->type) {
	case VALUE_BOOL:
		return value->flag;
	case VALUE_NUMBER:
		return hash_bytes(&seed, &value->number, sizeof(value->number));
	case VALUE_TEXT:
		return hash_bytes(&seed, value->text, value->length);
	default:
		return hash_bytes(&seed, &value->addr, sizeof(value->addr));
	}
}

/* A part of the key: its name, or NULL if the event does not have it. Many clients may stand behind one address,
 * and what is counted by address is meant to be counted by client. */
static const char *find_part(struct rules_desk *desk, const struct rule_window *window, size_t part,
			     struct value *value)
{
	if (part == window->client_at && rules_value(desk, &window->client, value))
		return RULES_CLIENT;
	return rules_value(desk, &window->by[part], value) ? window->by_name[part] : NULL;
}

/* A number made of all parts, which are there. */
static uint64_t hash_key(struct rules_desk *desk, const struct rule_window *window)
{
	uint64_t whole = 0;
	struct value value;

	for (size_t i = 0; i < window->by_count; i++)
		if (find_part(desk, window, i, &value))
			whole = whole * 31 + hash_value(&value);
	return whole;
}

/* "src_ip=10.1.1.4 name.value=...". A key that does not fit keeps its length and, for its tail, a
 * number made of the whole. */
static bool write_key(struct rules_desk *desk, const struct rule_window *window,
		      struct window_sample *sample)
{
	struct text key = text_over(sample->key, sizeof(sample->key));
	struct value value;

	/* The first is mostly an address, there on every flow and the dearest to write; a name is not. */
	for (size_t i = 1; i < window->by_count; i++)
		if (!find_part(desk, window, i, &value))
			return false;
	for (size_t i = 0; i < window->by_count; i++) {
		const char *name = find_part(desk, window, i, &value);

		if (!name)
			return false;
		text_add(&key, i == 0 ? "" : " ");
		text_add(&key, name);
		text_add(&key, "=");
		add_value(&key, &value);
	}
	if (key.cut) {
		key.length = WINDOW_KEY_MAX - 21; /* a space and 20 digits */
		key.cut = false;
		text_add(&key, " ");
		text_add_number(&key, hash_key(desk, window));
	}
	sample->length = (uint16_t)key.length;
	return true;
}

bool rules_sample(struct rules_desk *desk, const struct rule *rule, bool is_alive,
		  struct window_sample *sample)
{
	const struct rule_window *window = rule->window;
	const struct window_spec *spec = &desk->rules->window[window->number];
	struct value value;

	sample->window = window->number;
	sample->is_alive = is_alive;
	sample->at_least = 0;
	sample->value = 1;
	if (window->has_at_least_field) {
		if (!rules_value(desk, &window->at_least, &value) || value.number <= 0)
			return false;
		sample->at_least = (uint64_t)value.number;
	}
	if (window->has_value) {
		if (!rules_value(desk, &window->value, &value))
			return false;
		sample->value = spec->kind == WINDOW_SUM
					? (value.number > 0 ? (uint64_t)value.number : 0)
					: hash_value(&value);
	}
	return write_key(desk, window, sample);
}
