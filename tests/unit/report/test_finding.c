#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "report/finding.h"
#include "samples.h"

static struct samples samples;

static char *filled(char *text, size_t size)
{
	memset(text, 'x', size - 1);
	text[size - 1] = '\0';
	return text;
}

/* The sample with as much or as little of everything as there can be. */
static void make(struct finding *finding, bool full)
{
	static char name[NAME_MAX_BYTES + 1], label[FINDING_LABEL_MAX + 1];
	struct event event = samples_event(&samples, EVENT_ALERT);
	struct flow_record flow = samples.flow;
	struct judgement judgement = samples.judgement;
	struct name named = samples.name;

	flow.tunnel_count = full ? UINT8_MAX : 0;
	judgement.evidence_count = full ? EVIDENCE_MAX : 0;
	for (int i = 0; i < EVIDENCE_MAX; i++)
		filled(judgement.evidence[i].text, sizeof(judgement.evidence[i].text));
	named.value = full ? filled(name, sizeof(name)) : "";
	event.dpi_label = full ? filled(label, sizeof(label)) : NULL;
	event.flow = &flow;
	event.judgement = &judgement;
	event.name = &named;
	finding_copy(finding, &event);
}

static void assert_same(const struct finding *a, const struct finding *b)
{
	size_t tunnels = a->flow.tunnel_count < LAYERS_TUNNELS_MAX ? a->flow.tunnel_count
								   : LAYERS_TUNNELS_MAX;

	assert_memory_equal(&a->flow, &b->flow, offsetof(struct flow_record, tunnel[tunnels]));
	assert_memory_equal(a->flow.vlan, b->flow.vlan,
			    sizeof(a->flow) - offsetof(struct flow_record, vlan));
	assert_int_equal(a->time_ns, b->time_ns);
	assert_ptr_equal(a->app_proto, b->app_proto);
	assert_memory_equal(&a->name, &b->name, sizeof(a->name));
	assert_string_equal(a->name_text, b->name_text);
	assert_string_equal(a->dpi_label, b->dpi_label);
	assert_int_equal(a->judged, b->judged);
	assert_memory_equal(&a->judgement, &b->judgement, offsetof(struct judgement, evidence));
	for (int i = 0; i < a->judgement.evidence_count; i++) {
		assert_int_equal(a->judgement.evidence[i].kind, b->judgement.evidence[i].kind);
		assert_string_equal(a->judgement.evidence[i].text, b->judgement.evidence[i].text);
	}
}

static void a_packed_finding_says_the_same(void **state)
{
	static const struct {
		const char *why;
		bool full;
		size_t least, most;
	} rows[] = {
		{ "every text full, every list too", true, sizeof(struct finding) - 64,
		  FINDING_PACKED_MAX },
		{ "nothing but the flow", false, sizeof(struct flow_record) / 4, 640 },
	};

	(void)state;
	for (size_t i = 0; i < ROW_COUNT(rows); i++) {
		struct finding finding, again;
		uint8_t *packed = malloc(FINDING_PACKED_MAX);

		print_message("%s\n", rows[i].why);
		make(&finding, rows[i].full);
		memset(&again, 0xee, sizeof(again));
		size_t size = finding_pack(&finding, packed);
		assert_in_range(size, rows[i].least, rows[i].most);
		finding_unpack(packed, size, &again);
		assert_same(&finding, &again);
		free(packed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packed_finding_says_the_same),
	};

	samples_fill(&samples);
	return cmocka_run_group_tests_name("finding", tests, NULL, NULL);
}
