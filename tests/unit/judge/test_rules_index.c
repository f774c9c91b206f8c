/* The index, interning and tables against the plainest evaluation that there is: random rules, whose
 * conditions are written as JSON and evaluated right here at the same time, tried on random events. */
#include <ctype.h>

#include "random.h"
#include "rules_world.h"

#define EVENTS 32 /* a bit of a uint32_t each: the events for which a condition holds */
#define RULES 400
#define SETS 12
#define DEPTH_MAX 3

struct subject { /* what the conditions ask of an event */
	char name[64];
	struct ip_addr addr;
	uint16_t port;
	const char *alpns[3];
	size_t alpn_count;
	bool known, answered;
	uint8_t src, dest; /* enum place_kind */
	const char *role;
};

static const char *const labels[] = { "a", "bb", "tunnel", "dd-d", "contoso", "azure", "com", "b" };
static const char *const protocols[] = { "h2", "h3", "http/1.1", "dot" };

static const char *const roles[] = { NULL, "compute", "Compute", "private-endpoints" };

static uint64_t random_state;
static unsigned shortest; /* prefix of this set, as one of all addresses hides what others do */

/* xorshift64: the same rules in every run. */
static unsigned draw(unsigned below)
{
	return random_draw(&random_state, below);
}

static const char *label(void)
{
	return labels[draw(ROW_COUNT(labels))];
}

static void make_name(char *name, size_t size)
{
	size_t used = (size_t)snprintf(name, size, "%s", label());

	for (unsigned left = draw(4); left > 0; left--)
		used += (size_t)snprintf(name + used, size - used, ".%s", label());
	if (draw(4) == 0)
		name[0] = (char)toupper(name[0]);
}

/* IPv4 (mapped) or IPv6. Short prefixes hold many others, long ones few, as the second byte is seldom the same. */
static struct ip_addr make_addr(void)
{
	const uint8_t begin[] = { 10, 11, (uint8_t)(16 + draw(200)), 0x20, 0xfd, 0 };
	unsigned first = draw(ROW_COUNT(begin));
	bool is_v4 = first < 3;
	struct ip_addr addr =
		is_v4 ? ip_from_v4((const uint8_t[4]){ 0 }) : (struct ip_addr){ .bytes = { 0 } };
	size_t at = is_v4 ? 12 : 0;

	addr.bytes[at] = begin[first];
	addr.bytes[at + 1] = (uint8_t)draw(50);
	for (at += 2; at < sizeof(addr.bytes); at += is_v4 ? 1 : 5)
		addr.bytes[at] = (uint8_t)draw(4);
	return addr;
}

static void make_subject(struct subject *subject)
{
	make_name(subject->name, sizeof(subject->name));
	if (draw(8) == 0)
		subject->name[0] = '\0'; /* an event without a name */
	subject->addr = make_addr();
	subject->port = (uint16_t)draw(12);
	subject->alpn_count = draw(4);
	for (size_t i = 0; i < subject->alpn_count; i++)
		subject->alpns[i] = protocols[draw(ROW_COUNT(protocols))];
	subject->known = draw(2);
	subject->answered = draw(8) == 0;
	subject->src = (uint8_t)draw(PLACES);
	subject->dest = (uint8_t)draw(PLACES);
	subject->role = roles[draw(ROW_COUNT(roles))];
}

/* Conditions: each writes itself and returns the events for which it holds. */
struct writer {
	char *at, *end;
	const struct subject *subject;
};

static void write_text(struct writer *writer, const char *text)
{
	size_t length = strlen(text);

	assert_true((size_t)(writer->end - writer->at) > length);
	memcpy(writer->at, text, length + 1);
	writer->at += length;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), wanted = strlen(end);

	return length >= wanted && strcasecmp(text + length - wanted, end) == 0;
}

static bool is_under(const char *name, const char *above)
{
	char dotted[80];

	snprintf(dotted, sizeof(dotted), ".%s", above);
	return strcasecmp(name, above) == 0 || ends_with(name, dotted);
}

static bool passes(const char *name, unsigned op, const char *operand)
{
	switch (op) {
	case 0:
		return strcasecmp(name, operand) == 0;
	case 1:
		return strncasecmp(name, operand, strlen(operand)) == 0;
	case 2:
		return ends_with(name, operand);
	case 3:
		return is_under(name, operand);
	default:
		return strcasestr(name, operand) != NULL;
	}
}

static uint32_t write_name_test(struct writer *writer)
{
	static const char *const ops[] = { "in", "prefix", "suffix", "under", "contains" };
	unsigned op = draw(ROW_COUNT(ops));
	unsigned count = draw(3) == 0 ? 1 + draw(7) : 1;
	uint32_t holds = 0;
	char text[128];

	snprintf(text, sizeof(text), "\"name.value\":{\"%s\":[", ops[op]);
	write_text(writer, text);
	for (unsigned i = 0; i < count; i++) {
		char operand[64];

		make_name(operand, sizeof(operand));
		snprintf(text, sizeof(text), "%s\"%s\"", i ? "," : "", operand);
		write_text(writer, text);
		for (unsigned e = 0; e < EVENTS; e++)
			if (writer->subject[e].name[0] != '\0' &&
			    passes(writer->subject[e].name, op, operand))
				holds |= UINT32_C(1) << e;
	}
	write_text(writer, "]}");
	return holds;
}

static bool is_bit_set(const struct ip_addr *addr, unsigned bit)
{
	return addr->bytes[bit / 8] >> (7 - bit % 8) & 1;
}

static bool is_same_until(const struct ip_addr *a, const struct ip_addr *b, unsigned bits)
{
	for (unsigned bit = 0; bit < bits; bit++)
		if (is_bit_set(a, bit) != is_bit_set(b, bit))
			return false;
	return true;
}

static uint32_t write_address_test(struct writer *writer)
{
	static const uint8_t lengths[] = {
		0, 3, 7, 8, 12, 15, 16, 17, 23, 24, 32, 48, 64, 96, 128
	};
	struct ip_addr wanted = make_addr();
	unsigned skipped = ip_is_v4(&wanted) ? 96 : 0, bits;
	uint32_t holds = 0;
	char text[96], addr[IP_TEXT_SIZE];

	do
		bits = lengths[draw(ROW_COUNT(lengths))];
	while (bits < shortest || skipped + bits > 128);
	for (unsigned bit = skipped + bits; bit < 128; bit++)
		wanted.bytes[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	ip_print(&wanted, addr);
	snprintf(text, sizeof(text), "\"dest_ip\":{\"cidr\":\"%s/%u\"}", addr, bits);
	write_text(writer, text);
	for (unsigned e = 0; e < EVENTS; e++)
		if (is_same_until(&writer->subject[e].addr, &wanted, skipped + bits))
			holds |= UINT32_C(1) << e;
	return holds;
}

static uint32_t write_port_test(struct writer *writer)
{
	unsigned kind = draw(4), port = draw(12), other = draw(12);
	static const char *const forms[] = { "\"dest_port\":", "\"dest_port\":[",
					     "\"dest_port\":{\"above\":",
					     "\"dest_port\":{\"at_most\":" };
	uint32_t holds = 0;
	char text[96];

	if (kind == 1)
		snprintf(text, sizeof(text), "%s%u,%u,90,91,92]", forms[kind], port, other);
	else
		snprintf(text, sizeof(text), "%s%u%s", forms[kind], port, kind > 1 ? "}" : "");
	write_text(writer, text);
	for (unsigned e = 0; e < EVENTS; e++) {
		unsigned is = writer->subject[e].port;

		if (kind == 0   ? is == port
		    : kind == 1 ? is == port || is == other
		    : kind == 2 ? is > port
				: is <= port)
			holds |= UINT32_C(1) << e;
	}
	return holds;
}

static uint32_t write_flag_test(struct writer *writer)
{
	bool wanted = draw(2), of_flow = draw(2);
	uint32_t holds = 0;
	char text[64];

	snprintf(text, sizeof(text), "\"fact.%s\":%s", of_flow ? "answered" : "known",
		 wanted ? "true" : "false");
	write_text(writer, text);
	for (unsigned e = 0; e < EVENTS; e++)
		if ((of_flow ? writer->subject[e].answered : writer->subject[e].known) == wanted)
			holds |= UINT32_C(1) << e;
	return holds;
}

static uint32_t write_place_test(struct writer *writer)
{
	bool of_src = draw(2);
	unsigned first = draw(PLACES), other = draw(PLACES);
	uint32_t holds = 0;
	char text[96];

	snprintf(text, sizeof(text), "\"fact.%s_place\":[\"%s\",\"%s\"]", of_src ? "src" : "dest",
		 judge_facts_place(first), judge_facts_place(other));
	write_text(writer, text);
	for (unsigned e = 0; e < EVENTS; e++) {
		unsigned is = of_src ? writer->subject[e].src : writer->subject[e].dest;

		if (is == first || is == other)
			holds |= UINT32_C(1) << e;
	}
	return holds;
}

static uint32_t write_role_test(struct writer *writer)
{
	const char *wanted = roles[1 + draw(ROW_COUNT(roles) - 1)];
	uint32_t holds = 0;
	char text[64];

	snprintf(text, sizeof(text), "\"fact.src_role\":\"%s\"", wanted);
	write_text(writer, text);
	for (unsigned e = 0; e < EVENTS; e++)
		if (writer->subject[e].role && strcasecmp(writer->subject[e].role, wanted) == 0)
			holds |= UINT32_C(1) << e;
	return holds;
}

static uint32_t write_list_test(struct writer *writer)
{
	const char *wanted = protocols[draw(ROW_COUNT(protocols))];
	uint32_t holds = 0;
	char text[64];

	snprintf(text, sizeof(text), "\"tls.client_alpns\":\"%s\"", wanted);
	write_text(writer, text);
	for (unsigned e = 0; e < EVENTS; e++)
		for (size_t i = 0; i < writer->subject[e].alpn_count; i++)
			if (strcmp(writer->subject[e].alpns[i], wanted) == 0)
				holds |= UINT32_C(1) << e;
	return holds;
}

static uint32_t write_exists_test(struct writer *writer)
{
	bool wanted = draw(2);
	uint32_t holds = 0;

	write_text(writer, "\"name.value\":{\"exists\":");
	write_text(writer, wanted ? "true}" : "false}");
	for (unsigned e = 0; e < EVENTS; e++)
		if ((writer->subject[e].name[0] != '\0') == wanted)
			holds |= UINT32_C(1) << e;
	return holds;
}

static uint32_t write_condition(struct writer *writer, unsigned depth);

static uint32_t write_group(struct writer *writer, unsigned depth)
{
	unsigned kind = draw(3), count = kind == 2 ? 1 : 1 + draw(3);
	uint32_t holds = kind == 0 ? UINT32_MAX : 0;

	write_text(writer, kind == 0 ? "\"all\":[" : kind == 1 ? "\"any\":[" : "\"not\":");
	for (unsigned i = 0; i < count; i++) {
		write_text(writer, i ? "," : "");
		uint32_t part = write_condition(writer, depth + 1);

		holds = kind == 0 ? holds & part : kind == 1 ? holds | part : ~part;
	}
	write_text(writer, kind == 2 ? "" : "]");
	return holds;
}

/* An object of one or two members of different names. */
static uint32_t write_condition(struct writer *writer, unsigned depth)
{
	uint32_t (*const tests[])(struct writer *) = { write_name_test, write_address_test,
						       write_port_test, write_flag_test,
						       write_list_test, write_place_test,
						       write_role_test };
	uint32_t holds = UINT32_MAX;
	size_t first = draw(4) == 0, other = draw(ROW_COUNT(tests));

	write_text(writer, "{");
	if (depth < DEPTH_MAX && draw(3) == 0)
		holds = write_group(writer, depth);
	else
		holds = draw(12) == 0 ? write_exists_test(writer) : tests[first](writer);
	if (draw(2) == 0 && other > 1) { /* names and addresses are asked above */
		write_text(writer, ",");
		holds &= tests[other](writer);
	}
	write_text(writer, "}");
	return holds;
}

struct set {
	char *text;
	struct subject subject[EVENTS];
	uint32_t holds[RULES];
	bool is_alert[RULES];
};

#define TEXT_ROOM (4 << 20)

static void make_set(struct set *set)
{
	struct writer writer = { set->text, set->text + TEXT_ROOM, set->subject };
	char text[200];

	for (unsigned e = 0; e < EVENTS; e++)
		make_subject(&set->subject[e]);
	write_text(&writer, "{\"version\":1,\"system\":\"s\",\"rules\":[");
	for (unsigned i = 0; i < RULES; i++) {
		set->is_alert[i] = draw(2);
		snprintf(
			text, sizeof(text),
			"%s{\"id\":\"%u\",\"title\":\"t\",\"verdict\":\"unexpected_egress\","
			"\"severity\":\"low\",\"on\":[\"flow\"],\"effect\":\"%s\",\"message\":\"m\","
			"\"when\":",
			i ? "," : "", i, set->is_alert[i] ? "alert" : "verdict");
		write_text(&writer, text);
		set->holds[i] = write_condition(&writer, 0);
		write_text(&writer, "}");
	}
	write_text(&writer, "]}");
}

static void turn_to(struct rules_desk *desk, const struct subject *subject)
{
	struct trial *trial = set_trial();

	trial->name.value = subject->name;
	trial->flow.dst = subject->addr;
	trial->flow.dst_port = subject->port;
	trial->facts.is_known = subject->known;
	trial->facts.src.kind = subject->src;
	trial->facts.src.role = subject->role;
	trial->facts.dst.kind = subject->dest;
	trial->judged.answered = subject->answered;
	trial->tls.alpn_offered[0] = '\0';
	for (size_t i = 0; i < subject->alpn_count; i++) {
		strcat(trial->tls.alpn_offered, i ? "," : "");
		strcat(trial->tls.alpn_offered, subject->alpns[i]);
	}
	rules_turn_to(desk, EVENT_FLOW, &trial->event, &trial->facts);
}

static void check_event(struct rules_desk *desk, const struct set *set, unsigned event)
{
	const struct rule *rule;
	uint32_t number = 0;
	unsigned i = 0;
	bool is_alive;

	turn_to(desk, &set->subject[event]);
	while (i < RULES && (set->is_alert[i] || !(set->holds[i] >> event & 1)))
		i++;
	rule = rules_verdict(desk);
	assert_int_equal(rule ? strtoul(rule->info.id, NULL, 10) : RULES, i);
	for (i = 0; i < RULES; i++) {
		if (!set->is_alert[i] || !(set->holds[i] >> event & 1))
			continue;
		rule = rules_alert(desk, &number, &is_alive);
		assert_non_null(rule);
		assert_int_equal(strtoul(rule->info.id, NULL, 10), i);
	}
	assert_null(rules_alert(desk, &number, &is_alive));
}

static void the_index_finds_just_the_rules_that_hold(void **state)
{
	static struct set set;
	size_t held = 0, in_some_index = 0;

	(void)state;
	random_state = 20261123;
	set.text = malloc(TEXT_ROOM);
	assert_non_null(set.text);
	for (unsigned round = 0; round < SETS; round++) {
		struct rules_desk *desk;

		shortest = 3 * (round % 6);
		make_set(&set);
		struct rules *rules = rules_of(set.text);
		assert_int_equal(rules_desk_new(&desk, rules), 0);
		for (unsigned event = 0; event < EVENTS; event++)
			check_event(desk, &set, event);
		for (unsigned i = 0; i < RULES; i++)
			held += (size_t)__builtin_popcount(set.holds[i]);
		in_some_index += RULES - rules->always_count;
		rules_desk_free(desk);
		rules_free(rules);
	}
	free(set.text);
	/* The trial is worth something: many conditions hold, many do not, most rules are indexed. */
	assert_in_range(held, SETS * RULES * EVENTS / 20, SETS * RULES * EVENTS / 2);
	assert_true(in_some_index > SETS * RULES / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_index_finds_just_the_rules_that_hold),
	};

	return cmocka_run_group_tests_name("rules_index", tests, NULL, NULL);
}
