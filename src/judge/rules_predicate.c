/* Predicates: tests that are the same, in whatever rules, become one; fields that tests ask get numbers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "judge/rules_model.h"

static uint64_t mix(uint64_t hash, const void *bytes, size_t size)
{
	const struct hash_seed seed = { { hash, 0x70657769745f7275 } };

	return hash_bytes(&seed, bytes, size);
}

static uint64_t hash_field(uint64_t hash, const struct rule_field *field)
{
	const void *rows[] = { field->fact, field->path.field, field->path.item };

	return mix(hash, rows, sizeof(rows));
}

static uint64_t hash_predicate(const struct predicate *predicate)
{
	uint64_t hash = hash_field(predicate->op + 1u, &predicate->field);

	hash = hash_field(hash, &predicate->other);
	hash = mix(hash, &predicate->flag, sizeof(predicate->flag));
	for (size_t i = 0; i < predicate->count; i++) {
		if (predicate->text)
			hash = mix(hash, predicate->text[i], strlen(predicate->text[i]) + 1);
		if (predicate->number)
			hash = mix(hash, &predicate->number[i], sizeof(predicate->number[i]));
		if (predicate->prefix)
			hash = mix(hash, &predicate->prefix[i].addr, 16) ^
			       predicate->prefix[i].bits;
	}
	return hash;
}

static bool same_field(const struct rule_field *a, const struct rule_field *b)
{
	return a->fact == b->fact && a->path.field == b->path.field && a->path.item == b->path.item;
}

static bool same_operands(const struct predicate *a, const struct predicate *b)
{
	for (size_t i = 0; i < a->count; i++) {
		if (a->text && strcmp(a->text[i], b->text[i]) != 0)
			return false;
		if (a->number && a->number[i] != b->number[i])
			return false;
		if (a->prefix && (a->prefix[i].bits != b->prefix[i].bits ||
				  !ip_equal(&a->prefix[i].addr, &b->prefix[i].addr)))
			return false;
	}
	return true;
}

static bool same(const struct predicate *a, const struct predicate *b)
{
	return a->hash == b->hash && a->op == b->op && a->flag == b->flag && a->count == b->count &&
	       !a->text == !b->text && !a->number == !b->number && !a->prefix == !b->prefix &&
	       same_field(&a->field, &b->field) && same_field(&a->other, &b->other) &&
	       same_operands(a, b);
}

/* Many operands are looked up, not compared one by one. */
static bool build_tables(struct rules_reader *reader, struct predicate *predicate)
{
	bool is_words = (predicate->text || predicate->number) &&
			(predicate->op == OP_IS || predicate->op == OP_UNDER);
	int error = 0;

	if (predicate->count <= RULES_LINEAR)
		return true;
	if (is_words)
		error = text_table_new(&predicate->words, predicate->count);
	else if (predicate->prefix)
		error = prefix_table_new(&predicate->space, predicate->count);
	for (size_t i = 0; i < predicate->count && error == 0; i++) {
		if (predicate->words && predicate->number)
			text_table_add(predicate->words, (const char *)&predicate->number[i],
				       sizeof(predicate->number[i]), predicate);
		else if (predicate->words)
			text_table_add(predicate->words, predicate->text[i],
				       strlen(predicate->text[i]), predicate);
		else if (predicate->space)
			prefix_table_add(predicate->space, &predicate->prefix[i], predicate);
	}
	if (error != 0 && reader->json.error == 0) {
		fault_set(reader->json.fault, "%s: not enough memory",
			  json_path(reader->json.json));
		reader->json.error = error;
	}
	return error == 0;
}

/* Gives a field its number, which may be one that is there. */
static bool number_field(struct rules_reader *reader, struct rule_field *field,
			 const struct json_value *at)
{
	struct rules *rules = reader->rules;
	size_t i = 0;

	while (i < rules->field_count && !same_field(&rules->field[i], field))
		i++;
	if (i == RULES_FIELDS_MAX) {
		json_wrong(&reader->json, at, "more than %d different fields", RULES_FIELDS_MAX);
		return false;
	}
	field->number = (uint16_t)i;
	if (i == rules->field_count)
		rules->field[rules->field_count++] = *field;
	return true;
}

static bool make_room(struct rules_reader *reader, const struct json_value *at)
{
	struct rules *rules = reader->rules;
	size_t room = rules->predicate_room ? 2 * rules->predicate_room : 256;

	if (rules->predicate_count == RULES_PREDICATES_MAX) {
		json_wrong(&reader->json, at, "more than %d different tests; use lists",
			   RULES_PREDICATES_MAX);
		return false;
	}
	if (rules->predicate_count < rules->predicate_room)
		return true;
	struct predicate **more = reallocarray(rules->predicate, room, sizeof(*more));

	if (!more) {
		rules_take(reader, SIZE_MAX, 2); /* says that memory is out */
		return false;
	}
	rules->predicate = more;
	rules->predicate_room = room;
	return true;
}

uint32_t rules_intern(struct rules_reader *reader, struct predicate *predicate,
		      const struct json_value *at)
{
	struct rules *rules = reader->rules;
	bool has_other = predicate->op == OP_SAME || predicate->op == OP_TIMES;

	predicate->hash = hash_predicate(predicate);
	struct predicate **bucket = &rules->predicate_bucket[predicate->hash % RULES_BUCKETS];

	for (const struct predicate *known = *bucket; known; known = known->next)
		if (same(known, predicate))
			return known->place;
	if (!make_room(reader, at) || !number_field(reader, &predicate->field, at) ||
	    (has_other && !number_field(reader, &predicate->other, at)))
		return 0;
	struct predicate *kept = rules_take(reader, 1, sizeof(*kept));

	if (!kept || !build_tables(reader, predicate))
		return 0;
	predicate->place = (uint32_t)rules->predicate_count;
	predicate->next = *bucket;
	*kept = *predicate;
	*bucket = kept;
	rules->predicate[rules->predicate_count++] = kept;
	return kept->place;
}
