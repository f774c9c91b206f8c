/* Keys of all windows share one table: a hash table of chains through the slots, and a list from the
 * slot used last to the one used least recently. Slots are taken in order until all are in use, and then
 * from the end of that list. Sets of distinct values have an array of their own, so that windows that
 * need none do not touch its memory. */
#include "report/windows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "base/units.h"
#include "report/windows_distinct.h"

#define NO_SLOT UINT32_MAX

struct slot {
	uint64_t hash;
	uint64_t newest; /* part; ABSENT: time of the latest sample */
	union {
		uint64_t sum[WINDOWS_PARTS]; /* COUNT, SUM: part n is in n % WINDOWS_PARTS */
		struct {
			uint64_t matched_ns, alive_ns; /* ABSENT: last match, first sign of life */
			bool is_matched, is_alive;
		};
	};
	uint32_t next; /* in its chain */
	uint32_t window;
	uint16_t length; /* of the key */
	bool has_fired;  /* and is silent */
	char key[WINDOW_KEY_MAX + 1];
};
/* Apart from the slots, so that moving one to the front does not touch three of them. */
struct use {
	uint32_t newer, older; /* slots, or NO_SLOT */
};
_Static_assert(sizeof(struct slot) + sizeof(struct use) <= WINDOWS_KEY_BYTES,
	       "the header says what a key takes");

struct windows {
	const struct window_spec *specs;
	uint32_t spec_count;
	uint32_t slot_count, used;
	uint32_t newest, oldest; /* by use */
	uint32_t bucket_mask;
	uint32_t *buckets;
	struct slot *slots;
	struct use *uses;                  /* of each slot */
	struct windows_distinct *distinct; /* one for each slot; NULL: no window needs any */
	struct hash_seed seed;
	uint64_t now_ns; /* latest time of any sample */
	struct windows_stats stats;
};

/* ---- set-up ---- */

static int check_specs(const struct window_spec *specs, uint32_t count, struct fault *fault)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct window_spec *spec = &specs[i];

		if (spec->length_ns < WINDOWS_PARTS) {
			fault_set(fault, "rule %s: a window must have a length", spec->rule->id);
			return -EINVAL;
		}
		if (spec->kind == WINDOW_DISTINCT && spec->at_least > WINDOW_DISTINCT_MAX) {
			fault_set(fault,
				  "rule %s: %llu different values cannot be told apart; "
				  "use %d or fewer",
				  spec->rule->id, (unsigned long long)spec->at_least,
				  WINDOW_DISTINCT_MAX);
			return -EINVAL;
		}
	}
	return 0;
}

static bool needs_distinct(const struct window_spec *specs, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (specs[i].kind == WINDOW_DISTINCT)
			return true;
	return false;
}

int windows_new(struct windows **windows, const struct window_spec *specs, uint32_t count,
		uint32_t keys, struct fault *fault)
{
	*windows = NULL;
	if (keys == 0 || keys > WINDOWS_KEYS_MAX) {
		fault_set(fault, "%u keys for windows: 1 to %u are possible", keys,
			  WINDOWS_KEYS_MAX);
		return -EINVAL;
	}
	if (check_specs(specs, count, fault) != 0)
		return -EINVAL;

	struct windows *made = calloc(1, sizeof(*made));
	if (!made) {
		fault_set(fault, "not enough memory for windows");
		return -ENOMEM;
	}
	made->specs = specs;
	made->spec_count = count;
	made->slot_count = keys;
	made->newest = made->oldest = NO_SLOT;
	made->seed = hash_seed_random(); /* the answers do not rest on it */
	for (made->bucket_mask = 1; made->bucket_mask < keys;)
		made->bucket_mask = made->bucket_mask << 1 | 1;
	made->buckets = malloc(((size_t)made->bucket_mask + 1) * sizeof(*made->buckets));
	made->slots = calloc(keys, sizeof(*made->slots));
	made->uses = calloc(keys, sizeof(*made->uses));
	bool wants_distinct = needs_distinct(specs, count);
	if (wants_distinct)
		made->distinct = calloc(keys, sizeof(*made->distinct));
	if (!made->buckets || !made->slots || !made->uses || (wants_distinct && !made->distinct)) {
		fault_set(fault, "not enough memory for %u keys of windows", keys);
		windows_free(made);
		return -ENOMEM;
	}
	memset(made->buckets, 0xff, ((size_t)made->bucket_mask + 1) * sizeof(*made->buckets));
	*windows = made;
	return 0;
}

void windows_free(struct windows *windows)
{
	if (!windows)
		return;
	free(windows->buckets);
	free(windows->slots);
	free(windows->uses);
	free(windows->distinct);
	free(windows);
}

/* ---- keys ---- */

static void unlink_use(struct windows *windows, uint32_t at)
{
	const struct use *use = &windows->uses[at];

	if (use->newer != NO_SLOT)
		windows->uses[use->newer].older = use->older;
	else
		windows->newest = use->older;
	if (use->older != NO_SLOT)
		windows->uses[use->older].newer = use->newer;
	else
		windows->oldest = use->newer;
}

static void link_use(struct windows *windows, uint32_t at)
{
	windows->uses[at] = (struct use){ NO_SLOT, windows->newest };
	if (windows->newest != NO_SLOT)
		windows->uses[windows->newest].newer = at;
	else
		windows->oldest = at;
	windows->newest = at;
}

static uint64_t part_of(const struct window_spec *spec, uint64_t time_ns)
{
	return time_ns / (spec->length_ns / WINDOWS_PARTS);
}

/* Whether forgetting the key may change what fires. */
static bool still_counts(const struct windows *windows, const struct slot *slot)
{
	const struct window_spec *spec = &windows->specs[slot->window];

	return spec->kind == WINDOW_ABSENT ||
	       slot->newest + WINDOWS_PARTS > part_of(spec, windows->now_ns);
}

/* The slot of a new key: one that was never used, or that of the key used least recently. */
static uint32_t take_slot(struct windows *windows)
{
	uint32_t at = windows->used, *link;

	if (at < windows->slot_count) {
		windows->used++;
		return at;
	}
	at = windows->oldest;
	if (still_counts(windows, &windows->slots[at]))
		windows->stats.keys_evicted++;
	link = &windows->buckets[windows->slots[at].hash & windows->bucket_mask];
	while (*link != at)
		link = &windows->slots[*link].next;
	*link = windows->slots[at].next;
	unlink_use(windows, at);
	return at;
}

static uint32_t start_slot(struct windows *windows, const struct window_sample *sample,
			   uint64_t hash, uint64_t newest)
{
	uint32_t at = take_slot(windows);
	uint32_t *bucket = &windows->buckets[hash & windows->bucket_mask];
	struct slot *slot = &windows->slots[at];

	*slot = (struct slot){
		.hash = hash,
		.newest = newest,
		.next = *bucket,
		.window = sample->window,
		.length = sample->length,
	};
	memcpy(slot->key, sample->key, sample->length);
	if (windows->specs[sample->window].kind == WINDOW_DISTINCT)
		windows->distinct[at] = (struct windows_distinct){ 0 };
	*bucket = at;
	link_use(windows, at);
	return at;
}

/* The slot of the sample's key, made if it is new, now the one used last. */
static uint32_t slot_of(struct windows *windows, const struct window_sample *sample,
			uint64_t newest)
{
	uint64_t hash = hash_bytes(&windows->seed, sample->key, sample->length) ^ sample->window;

	for (uint32_t at = windows->buckets[hash & windows->bucket_mask]; at != NO_SLOT;
	     at = windows->slots[at].next) {
		const struct slot *slot = &windows->slots[at];

		if (slot->hash != hash || slot->window != sample->window ||
		    slot->length != sample->length ||
		    memcmp(slot->key, sample->key, sample->length) != 0)
			continue;
		unlink_use(windows, at);
		link_use(windows, at);
		return at;
	}
	return start_slot(windows, sample, hash, newest);
}

/* ---- values ---- */

/* Forgets the parts that a step to `part` leaves behind. */
static void slide(struct windows *windows, uint32_t at, uint64_t part)
{
	struct slot *slot = &windows->slots[at];
	bool is_distinct = windows->specs[slot->window].kind == WINDOW_DISTINCT;
	uint64_t steps = part - slot->newest;

	slot->newest = part;
	if (is_distinct && steps < WINDOWS_PARTS)
		windows_distinct_age(&windows->distinct[at], part, WINDOWS_PARTS);
	else if (is_distinct)
		windows->distinct[at] = (struct windows_distinct){ 0 };
	else if (steps >= WINDOWS_PARTS)
		memset(slot->sum, 0, sizeof(slot->sum));
	else
		for (uint64_t i = 0; i < steps; i++)
			slot->sum[(part - i) % WINDOWS_PARTS] = 0;
}

static uint64_t add_bounded(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t value_of(const struct windows *windows, uint32_t at)
{
	const struct slot *slot = &windows->slots[at];
	uint64_t value = 0;

	if (windows->specs[slot->window].kind == WINDOW_DISTINCT)
		return windows_distinct_value(&windows->distinct[at]);
	for (int i = 0; i < WINDOWS_PARTS; i++)
		value = add_bounded(value, slot->sum[i]);
	return value;
}

static void put_value(struct windows *windows, uint32_t at, uint64_t value, uint64_t part)
{
	struct slot *slot = &windows->slots[at];
	uint64_t *sum = &slot->sum[part % WINDOWS_PARTS];

	if (windows->specs[slot->window].kind == WINDOW_DISTINCT)
		windows_distinct_add(&windows->distinct[at], value, part);
	else
		*sum = add_bounded(*sum, value);
}

/* ---- what is said ---- */

#define KEY_SHOWN_MAX 160 /* of the 383 bytes of a sentence */

static struct text say(struct judgement *judgement, enum evidence_kind kind)
{
	struct evidence *evidence = &judgement->evidence[judgement->evidence_count++];

	evidence->kind = (uint8_t)kind;
	return text_over(evidence->text, sizeof(evidence->text));
}

static void add_field(struct text *text, const char *before, const struct window_spec *spec)
{
	if (!spec->field)
		return;
	text_add(text, before);
	text_add_short(text, spec->field, 64);
}

/* "113 different values of dns.queries.rrname in 60 s (limit 50) for src_ip=10.10.1.10" */
static void say_value(struct text *text, const struct window_spec *spec, uint64_t value,
		      uint64_t at_least, bool is_estimate)
{
	if (is_estimate)
		text_add(text, "about ");
	if (spec->kind == WINDOW_SUM) {
		text_add(text, "a sum of ");
		text_add_number(text, value);
	} else {
		text_add_number(text, value);
		text_add(text, spec->kind == WINDOW_COUNT ? " events" : " different values");
	}
	if (spec->kind != WINDOW_COUNT)
		add_field(text, spec->kind == WINDOW_SUM ? " in " : " of ", spec);
	text_add(text, spec->kind == WINDOW_SUM ? " over " : " in ");
	text_add_number(text, spec->length_ns / NS_PER_S);
	text_add(text, " s (limit ");
	text_add_number(text, at_least);
	text_add(text, ")");
}

/* "what should come came last 1205 s ago (limit 900 s), and signs of life go on" */
static void say_silence(struct text *text, const struct window_spec *spec, uint64_t silent_ns,
			bool is_matched)
{
	text_add(text,
		 is_matched ? "what should come came last " : "what should come never came in ");
	text_add_number(text, silent_ns / NS_PER_S);
	text_add(text, is_matched ? " s ago (limit " : " s with signs of life (limit ");
	text_add_number(text, spec->length_ns / NS_PER_S);
	text_add(text, is_matched ? " s), and signs of life go on" : " s)");
}

static struct text begin_judgement(struct windows *windows, const struct slot *slot,
				   struct judgement *judgement)
{
	const struct rule_info *rule = windows->specs[slot->window].rule;

	windows->stats.fired++;
	judgement->verdict = rule->verdict;
	judgement->severity = rule->severity;
	judgement->evidence_count = 0;
	judgement->rule_id = rule->id;
	judgement->title = rule->title;
	judgement->rule = rule;
	return say(judgement, EVIDENCE_WIRE);
}

static void end_judgement(const struct windows *windows, const struct slot *slot, struct text *text,
			  struct judgement *judgement)
{
	const struct rule_info *rule = windows->specs[slot->window].rule;

	if (slot->length != 0) {
		text_add(text, " for ");
		text_add_short(text, slot->key, KEY_SHOWN_MAX);
	}
	if (rule->cannot && rule->cannot[0] != '\0') {
		struct text limit = say(judgement, EVIDENCE_LIMIT);

		text_add(&limit, rule->cannot);
	}
}

/* ---- samples ---- */

static bool add_value(struct windows *windows, const struct window_sample *sample, uint64_t time_ns,
		      struct judgement *judgement)
{
	const struct window_spec *spec = &windows->specs[sample->window];
	uint64_t at_least = sample->at_least ? sample->at_least : spec->at_least;
	uint64_t part = part_of(spec, time_ns);
	uint32_t at = slot_of(windows, sample, part);
	struct slot *slot = &windows->slots[at];

	if (part > slot->newest)
		slide(windows, at, part);
	if (part + WINDOWS_PARTS <= slot->newest) {
		windows->stats.late++;
		return false;
	}
	if (slot->has_fired && value_of(windows, at) < at_least)
		slot->has_fired = false;
	put_value(windows, at, sample->value, part);

	uint64_t value = value_of(windows, at);
	if (slot->has_fired || value < at_least)
		return false;
	slot->has_fired = true;
	struct text text = begin_judgement(windows, slot, judgement);
	say_value(&text, spec, value, at_least,
		  spec->kind == WINDOW_DISTINCT && windows->distinct[at].is_estimate);
	end_judgement(windows, slot, &text, judgement);
	return true;
}

static bool add_presence(struct windows *windows, const struct window_sample *sample,
			 uint64_t time_ns, struct judgement *judgement)
{
	const struct window_spec *spec = &windows->specs[sample->window];
	struct slot *slot = &windows->slots[slot_of(windows, sample, time_ns)];

	if (!sample->is_alive) {
		if (slot->is_matched && time_ns <= slot->matched_ns)
			return false; /* it ends no gap that is not ended */
		slot->matched_ns = time_ns;
		slot->is_matched = true;
		slot->has_fired = false;
		return false;
	}
	if (!slot->is_alive || time_ns < slot->alive_ns)
		slot->alive_ns = time_ns;
	slot->is_alive = true;

	uint64_t since_ns = slot->is_matched ? slot->matched_ns : slot->alive_ns;
	if (slot->has_fired || time_ns <= since_ns || time_ns - since_ns <= spec->length_ns)
		return false;
	slot->has_fired = true;
	struct text text = begin_judgement(windows, slot, judgement);
	say_silence(&text, spec, time_ns - since_ns, slot->is_matched);
	end_judgement(windows, slot, &text, judgement);
	return true;
}

/* A threshold of zero is one that nobody knows. */
static bool can_be_kept(const struct windows *windows, const struct window_sample *sample)
{
	const struct window_spec *spec;

	if (sample->window >= windows->spec_count)
		return false;
	spec = &windows->specs[sample->window];
	if (spec->kind == WINDOW_ABSENT)
		return true;
	if (spec->kind == WINDOW_DISTINCT && sample->at_least > WINDOW_DISTINCT_MAX)
		return false;
	return sample->at_least != 0 || spec->at_least != 0;
}

bool windows_add(struct windows *windows, const struct window_sample *sample, uint64_t time_ns,
		 struct judgement *judgement)
{
	windows->stats.samples++;
	if (!can_be_kept(windows, sample)) {
		windows->stats.refused++;
		return false;
	}
	if (time_ns > windows->now_ns)
		windows->now_ns = time_ns;
	if (windows->specs[sample->window].kind == WINDOW_ABSENT)
		return add_presence(windows, sample, time_ns, judgement);
	return add_value(windows, sample, time_ns, judgement);
}

struct windows_stats windows_stats(const struct windows *windows)
{
	return windows->stats;
}

/* ---- succession ---- */

static bool is_same(const struct window_spec *a, const struct window_spec *b)
{
	const char *field = a->field ? a->field : "", *other = b->field ? b->field : "";

	return a->kind == b->kind && a->length_ns == b->length_ns &&
	       strcmp(a->rule->id, b->rule->id) == 0 && strcmp(field, other) == 0;
}

uint32_t windows_count(const struct windows *windows)
{
	return windows->spec_count;
}

void windows_match(const struct windows *from, const struct windows *to, uint32_t *number)
{
	for (uint32_t i = 0; i < from->spec_count; i++) {
		number[i] = WINDOWS_GONE;
		for (uint32_t j = 0; j < to->spec_count && number[i] == WINDOWS_GONE; j++)
			if (is_same(&from->specs[i], &to->specs[j]))
				number[i] = j;
	}
}

static void move_key(struct windows *to, const struct windows *from, uint32_t from_at,
		     uint32_t window)
{
	const struct slot *slot = &from->slots[from_at];
	uint64_t hash = slot->hash ^ slot->window ^ window;
	uint32_t at = take_slot(to), *bucket = &to->buckets[hash & to->bucket_mask];

	to->slots[at] = *slot;
	to->slots[at].hash = hash;
	to->slots[at].window = window;
	to->slots[at].next = *bucket;
	if (from->specs[slot->window].kind == WINDOW_DISTINCT)
		to->distinct[at] = from->distinct[from_at];
	*bucket = at;
	link_use(to, at);
}

void windows_succeed(struct windows *to, const struct windows *from, const uint32_t *number)
{
	to->seed = from->seed;
	to->now_ns = from->now_ns;
	to->stats = from->stats;
	for (uint32_t at = from->oldest; at != NO_SLOT; at = from->uses[at].newer)
		if (number[from->slots[at].window] != WINDOWS_GONE)
			move_key(to, from, at, number[from->slots[at].window]);
}
