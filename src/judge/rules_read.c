/* Reading a rule file: its rules and suppressions, member by member. Every member is known, or an
 * error: a misspelt "when" must not make a rule that holds for everything. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "base/schedule.h"
#include "base/spelling.h"
#include "event/event_names.h"
#include "judge/rules_model.h"

#define TYPES "there are flow, dns, tls, quic, http, imds and ssh"
#define ORDER_DEFAULT 500
#define ORDER_MOST 1000000
#define SECONDS_PER_DAY 86400

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void *grow(struct rules_reader *reader, void *array, size_t *room, size_t used, size_t size)
{
	size_t wanted = *room ? 2 * *room : 64;
	void *more;

	if (used < *room)
		return array;
	more = reallocarray(array, wanted, size);
	if (!more) {
		rules_take(reader, SIZE_MAX, 2); /* says that memory is out */
		return NULL;
	}
	*room = wanted;
	return more;
}

void rules_check_members(struct rules_reader *reader, const struct json_value *object,
			 const char *const *names, size_t count)
{
	for (const struct json_value *m = json_first(object); m && reader->json.error == 0;
	     m = json_next(m)) {
		const char *nearest;
		bool known = false;

		for (size_t i = 0; i < count && !known; i++)
			known = strcmp(json_key(m), names[i]) == 0;
		if (known)
			continue;
		nearest = spelling_nearest(json_key(m), names, count);
		json_wrong(&reader->json, m, "there is no member \"%.60s\" here%s%s%s", json_key(m),
			   nearest ? "; did you mean \"" : "; see docs/rules.md",
			   nearest ? nearest : "", nearest ? "\"?" : "");
	}
}

/* One of an enum's names; `name` gives them, from `first` on. */
static uint8_t read_word(struct rules_reader *reader, const struct json_value *object,
			 const char *key, const char *(*name)(unsigned), unsigned count)
{
	const char *word = json_read_text(&reader->json, object, key, JSON_MUST);
	const char *names[64], *nearest;

	if (!word)
		return 0;
	for (unsigned i = 0; i < count && i < COUNT(names); i++) {
		names[i] = name(i);
		if (strcmp(names[i], word) == 0)
			return (uint8_t)i;
	}
	nearest = spelling_nearest(word, names, count);
	json_wrong(&reader->json, json_member(object, key), "there is no %s \"%.60s\"%s%s%s", key,
		   word, nearest ? "; did you mean " : "; see docs/rules.md",
		   nearest ? nearest : "", nearest ? "?" : "");
	return 0;
}

static const char *type_name(unsigned type)
{
	return event_type_name((enum event_type)type);
}

/* The event types of a list of words, as bits. */
static uint16_t read_on(struct rules_reader *reader, const struct json_value *object)
{
	static const uint16_t may = 1u << EVENT_FLOW | 1u << EVENT_DNS | 1u << EVENT_TLS |
				    1u << EVENT_QUIC | 1u << EVENT_HTTP | 1u << EVENT_SSH |
				    1u << EVENT_IMDS;
	const struct json_value *list =
		json_read(&reader->json, object, "on", JSON_ARRAY, JSON_MUST);
	uint16_t on = 0;

	if (list && json_count(list) == 0)
		json_wrong(&reader->json, list,
			   "\"on\" is empty; name event types: flow, dns, ...");
	for (const struct json_value *one = json_first(list); one && reader->json.error == 0;
	     one = json_next(one)) {
		const char *word = json_read_value_text(&reader->json, one), *names[EVENT_TYPES];
		int type = word ? event_type_from_name(word, strlen(word)) : -1;

		for (unsigned i = 0; i < EVENT_TYPES; i++)
			names[i] = may >> i & 1 ? type_name(i) : NULL;
		if (type >= 0 && may >> type & 1) {
			on |= (uint16_t)(1u << type);
			continue;
		}
		const char *nearest = word ? spelling_nearest(word, names, EVENT_TYPES) : NULL;

		json_wrong(&reader->json, one, "rules are not tried on \"%.40s\"; %s%s%s",
			   word ? word : "", nearest ? "did you mean " : TYPES,
			   nearest ? nearest : "", nearest ? "?" : "");
	}
	return on;
}

static const char *read_text(struct rules_reader *reader, const struct json_value *object,
			     const char *key)
{
	const char *text = json_read_text(&reader->json, object, key, JSON_MAY);

	return text ? text : "";
}

static const char *const *read_texts(struct rules_reader *reader, const struct json_value *object,
				     const char *key)
{
	const struct json_value *list = json_read(&reader->json, object, key, JSON_ARRAY, JSON_MAY);
	const char **texts = rules_take(reader, json_count(list) + 1, sizeof(*texts));
	size_t count = 0;

	for (const struct json_value *one = json_first(list); texts && one; one = json_next(one))
		texts[count++] = json_read_value_text(&reader->json, one);
	return texts;
}

/* Message ------------------------------------------------------------------------------------- */

/* Splits "{src_ip} asked ..." into texts and fields. */
static void read_message(struct rules_reader *reader, const struct json_value *object,
			 struct rule *rule)
{
	const char *at = json_read_text(&reader->json, object, "message", JSON_MUST);
	const struct json_value *value = json_member(object, "message");
	struct message_part *part = rules_take(reader, RULES_PARTS_MAX, sizeof(*part));
	char name[EVENT_PATH_MAX + 16];

	rule->message_text = at;
	rule->message = part;
	while (part && at && *at != '\0' && reader->json.error == 0) {
		size_t plain = strcspn(at, "{"), length;

		if (rule->message_count + 2 > RULES_PARTS_MAX) {
			json_wrong(&reader->json, value, "more than %d fields in a message",
				   RULES_PARTS_MAX / 2);
			return;
		}
		if (plain != 0)
			part[rule->message_count++] =
				(struct message_part){ .text = at, .length = plain };
		at += plain;
		if (*at == '\0')
			return;
		length = strcspn(++at, "}");
		if (at[length] != '}' || length >= sizeof(name)) {
			json_wrong(&reader->json, value, "a { in the message has no }");
			return;
		}
		memcpy(name, at, length);
		name[length] = '\0';
		part[rule->message_count].is_field = true;
		rules_read_field(reader, value, name, &part[rule->message_count++].field);
		at += length + 1;
	}
}

static void read_evidence(struct rules_reader *reader, const struct json_value *object,
			  struct rule *rule)
{
	const struct json_value *list =
		json_read(&reader->json, object, "evidence", JSON_ARRAY, JSON_MAY);

	for (const struct json_value *one = json_first(list); one && reader->json.error == 0;
	     one = json_next(one)) {
		const char *word = json_read_value_text(&reader->json, one), *names[64], *nearest;
		size_t i = 0;

		while (word && i < judge_writer_count && strcmp(judge_writers[i].name, word) != 0)
			i++;
		if (rule->evidence_count == RULES_EVIDENCE_MAX) {
			json_wrong(&reader->json, one, "more than %d evidence writers",
				   RULES_EVIDENCE_MAX);
		} else if (i < judge_writer_count) {
			rule->evidence[rule->evidence_count++] = judge_writers[i].write;
		} else {
			for (i = 0; i < judge_writer_count && i < COUNT(names); i++)
				names[i] = judge_writers[i].name;
			nearest = spelling_nearest(word ? word : "", names, i);
			json_wrong(&reader->json, one,
				   "there is no evidence writer \"%.40s\"%s%s%s", word ? word : "",
				   nearest ? "; did you mean " : "", nearest ? nearest : "",
				   nearest ? "?" : "");
		}
	}
}

/* Controls, vantage --------------------------------------------------------------------------- */

static void read_control(struct rules_reader *reader, const struct json_value *one,
			 struct rule_control *control)
{
	static const char *const members[] = { "name", "id" };

	if (json_type(one) != JSON_OBJECT) {
		control->id = json_read_value_text(&reader->json, one);
		return;
	}
	rules_check_members(reader, one, members, COUNT(members));
	control->name = json_read_text(&reader->json, one, "name", JSON_MUST);
	control->id = json_read_text(&reader->json, one, "id", JSON_MUST);
}

static void read_controls(struct rules_reader *reader, const struct json_value *object,
			  struct rule *rule)
{
	static const char *const frameworks[] = {
		"nist_800_53_r5", "iso_27001_2022", "soc_2", "hipaa", "mcsb", "azure_policy"
	};
	const struct json_value *controls =
		json_read(&reader->json, object, "controls", JSON_OBJECT, JSON_MAY);
	struct rule_control *taken;
	size_t count = 0;

	rules_check_members(reader, controls, frameworks, COUNT(frameworks));
	for (const struct json_value *m = json_first(controls); m; m = json_next(m))
		count += json_count(m);
	rule->controls = taken = rules_take(reader, count, sizeof(*taken));
	for (const struct json_value *m = json_first(controls); taken && m; m = json_next(m)) {
		if (json_type(m) != JSON_ARRAY)
			json_wrong(&reader->json, m, "\"%s\" is a list of controls", json_key(m));
		for (const struct json_value *one = json_first(m); one && reader->json.error == 0;
		     one = json_next(one)) {
			taken[rule->control_count].framework = json_key(m);
			read_control(reader, one, &taken[rule->control_count++]);
		}
	}
}

static const char *vantage_name(unsigned bit)
{
	static const char *const names[] = { "host", "nva", "mirror" };

	return names[bit];
}

static void read_vantage(struct rules_reader *reader, const struct json_value *object,
			 struct rule *rule)
{
	const struct json_value *list =
		json_read(&reader->json, object, "vantage", JSON_ARRAY, JSON_MAY);

	for (const struct json_value *one = json_first(list); one && reader->json.error == 0;
	     one = json_next(one)) {
		const char *word = json_read_value_text(&reader->json, one);
		unsigned bit = 0;

		while (word && bit < 3 && strcmp(vantage_name(bit), word) != 0)
			bit++;
		if (bit == 3)
			json_wrong(&reader->json, one,
				   "there is no vantage \"%.40s\"; there are host, nva and mirror",
				   word);
		rule->vantage |= (uint8_t)(1u << bit);
	}
}

/* Rules --------------------------------------------------------------------------------------- */

static struct rule **bucket_of(const struct rules *rules, const char *id)
{
	const struct hash_seed seed = hash_seed_fixed();

	return &rules->rule_bucket[hash_bytes(&seed, id, strlen(id)) % RULES_BUCKETS];
}

struct rule *rules_by_id(const struct rules *rules, const char *id)
{
	struct rule *rule = *bucket_of(rules, id);

	while (rule && strcmp(rule->info.id, id) != 0)
		rule = rule->next;
	return rule;
}

static void check_unique(struct rules_reader *reader, const struct json_value *object,
			 const char *id)
{
	const struct rule *other = id ? rules_by_id(reader->rules, id) : NULL;

	if (other)
		json_wrong(&reader->json, json_member(object, "id"),
			   "rule \"%.60s\" is also in %s:%u; give one of them another id", id,
			   json_path(other->json), json_place(other->json, other->at).line);
}

static void read_effect(struct rules_reader *reader, const struct json_value *object,
			struct rule *rule)
{
	const char *word = json_read_text(&reader->json, object, "effect", JSON_MAY);
	const struct json_value *order =
		json_read(&reader->json, object, "order", JSON_NUMBER, JSON_MAY);

	rule->effect = RULE_VERDICT;
	if (word && strcmp(word, "alert") == 0)
		rule->effect = RULE_ALERT;
	else if (word && strcmp(word, "verdict") != 0)
		json_wrong(&reader->json, json_member(object, "effect"),
			   "\"effect\" is \"verdict\" or \"alert\"");
	rule->order =
		order ? json_read_value_number(&reader->json, order, 0, ORDER_MOST) : ORDER_DEFAULT;
	if (rule->effect == RULE_VERDICT &&
	    rule->on & ~(uint16_t)(1u << EVENT_FLOW | 1u << EVENT_DNS))
		json_wrong(&reader->json, json_member(object, "on"),
			   "only flow and dns get a verdict; add \"effect\": \"alert\"");
}

static void read_info(struct rules_reader *reader, const struct json_value *object,
		      const char *system, struct rule_info *info)
{
	info->id = json_read_text(&reader->json, object, "id", JSON_MUST);
	info->system = system;
	info->title = json_read_text(&reader->json, object, "title", JSON_MUST);
	info->proves = read_text(reader, object, "proves");
	info->cannot = read_text(reader, object, "cannot");
	info->why = read_text(reader, object, "why");
	info->remedy = read_text(reader, object, "do");
	info->attack = read_texts(reader, object, "attack");
	info->verdict = read_word(reader, object, "verdict", event_name_verdict, VERDICTS);
	info->severity = read_word(reader, object, "severity", event_name_severity, SEVERITIES);
	if (reader->json.error == 0 &&
	    (info->verdict == VERDICT_EXPECTED) != (info->severity == SEVERITY_NONE))
		json_wrong(&reader->json, json_member(object, "severity"),
			   "severity \"none\" goes with verdict \"expected\", and only with it");
}

/* Of a rule that is in the list already, which frees it. */
static void read_schedule(struct rules_reader *reader, const struct json_value *object,
			  struct rule *rule)
{
	static const char *const members[] = { "active", "time_zone", "outside" };
	const struct json_value *schedule =
		json_read(&reader->json, object, "schedule", JSON_OBJECT, JSON_MAY);
	const char *const *active;
	struct fault fault = { "" };

	if (!schedule)
		return;
	rules_check_members(reader, schedule, members, COUNT(members));
	json_read(&reader->json, schedule, "active", JSON_ARRAY, JSON_MUST);
	active = read_texts(reader, schedule, "active");
	rule->is_outside = json_read_flag(&reader->json, schedule, "outside");
	const char *zone = json_read_text(&reader->json, schedule, "time_zone", JSON_MAY);
	if (reader->json.error != 0)
		return;
	if (schedule_new(&rule->schedule, zone, active, &fault) != 0)
		json_wrong(&reader->json, schedule, "%s",
			   fault.text[0] ? fault.text : "not enough memory");
}

static void read_rule(struct rules_reader *reader, const struct json_value *object,
		      const char *system)
{
	static const char *const members[] = {
		"id",   "title",     "verdict", "severity", "on",      "effect",   "order",
		"when", "window",    "message", "evidence", "proves",  "cannot",   "why",
		"do",   "indicates", "attack",  "controls", "vantage", "schedule",
	};
	struct rules *rules = reader->rules;
	struct rule *rule = rules_take(reader, 1, sizeof(*rule));
	const struct json_value *when;

	if (!rule)
		return;
	rules_check_members(reader, object, members, COUNT(members));
	rule->json = reader->json.json;
	rule->at = object;
	read_info(reader, object, system, &rule->info);
	check_unique(reader, object, rule->info.id);
	rule->on = read_on(reader, object);
	read_effect(reader, object, rule);
	when = json_read(&reader->json, object, "when", JSON_OBJECT, JSON_MUST);
	if (when)
		rule->when = rules_read_condition(reader, when, 0);
	read_message(reader, object, rule);
	read_evidence(reader, object, rule);
	read_controls(reader, object, rule);
	read_vantage(reader, object, rule);
	rule->indicates = json_read_flag(&reader->json, object, "indicates");
	rules_read_window(reader, object, rule);
	rule->position = (uint32_t)rules->rule_count;
	if (rules->rule_count == RULES_MAX)
		json_wrong(&reader->json, object, "more than %d rules", RULES_MAX);
	if (reader->json.error != 0)
		return;
	struct rule **more =
		grow(reader, rules->rule, &rules->rule_room, rules->rule_count, sizeof(*more));
	if (!more)
		return;
	rules->rule = more;
	rules->rule[rules->rule_count++] = rule;
	rule->next = *bucket_of(rules, rule->info.id);
	*bucket_of(rules, rule->info.id) = rule;
	read_schedule(reader, object, rule);
}

/* Suppressions -------------------------------------------------------------------------------- */

/* The end of a day "2027-03-31" in UTC, or -1: there is no such day. */
static int64_t end_of_day(const char *text)
{
	struct tm day = { .tm_year = 0 };
	const char *end = strptime(text, "%Y-%m-%d", &day);
	int asked = day.tm_mday;

	if (!end || *end != '\0' || strlen(text) != 10)
		return -1;
	int64_t begin = timegm(&day); /* which turns February 30th into March */

	return day.tm_mday == asked ? begin + SECONDS_PER_DAY : -1;
}

static void read_suppression(struct rules_reader *reader, const struct json_value *object)
{
	static const char *const members[] = { "rule", "when", "until", "reason" };
	struct rules *rules = reader->rules;
	struct suppression *made = rules_take(reader, 1, sizeof(*made));
	const struct json_value *when;

	if (!made)
		return;
	rules_check_members(reader, object, members, COUNT(members));
	made->json = reader->json.json;
	made->at = object;
	made->rule_id = json_read_text(&reader->json, object, "rule", JSON_MUST);
	made->until = json_read_text(&reader->json, object, "until", JSON_MUST);
	made->reason = json_read_text(&reader->json, object, "reason", JSON_MUST);
	made->until_s = made->until ? end_of_day(made->until) : 0;
	if (made->until_s < 0)
		json_wrong(&reader->json, json_member(object, "until"),
			   "\"until\" is a day: 2027-03-31");
	when = json_read(&reader->json, object, "when", JSON_OBJECT, JSON_MAY);
	if (when)
		made->when = rules_read_condition(reader, when, 0);
	if (reader->json.error != 0)
		return;
	struct suppression **more = grow(reader, rules->suppressions, &rules->suppression_room,
					 rules->suppression_count, sizeof(*more));
	if (!more)
		return;
	rules->suppressions = more;
	rules->suppressions[rules->suppression_count++] = made;
}

int rules_read(struct rules *rules, struct json *json, struct fault *fault)
{
	static const char *const members[] = { "version", "system",       "title",
					       "rules",   "suppressions", "$schema" };
	struct rules_reader reader = { .rules = rules, .json = { .json = json, .fault = fault } };
	const struct json_value *root = json_root(json), *list, *version;
	const char *system;

	version = json_read(&reader.json, root, "version", JSON_NUMBER, JSON_MUST);
	if (version && !(json_number(version) >= 1 && json_number(version) <= 1))
		json_wrong(&reader.json, version,
			   "rule files have version 1; this one is newer, or none");
	rules_check_members(&reader, root, members, COUNT(members));
	list = json_read(&reader.json, root, "rules", JSON_ARRAY, JSON_MAY);
	system = json_read_text(&reader.json, root, "system", list ? JSON_MUST : JSON_MAY);
	json_read_text(&reader.json, root, "title", JSON_MAY);
	for (const struct json_value *one = json_first(list); one && reader.json.error == 0;
	     one = json_next(one))
		read_rule(&reader, one, system);
	list = json_read(&reader.json, root, "suppressions", JSON_ARRAY, JSON_MAY);
	for (const struct json_value *one = json_first(list); one && reader.json.error == 0;
	     one = json_next(one))
		read_suppression(&reader, one);
	return reader.json.error;
}
