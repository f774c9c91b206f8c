#include "unit.h"

#include <string.h>

#include "event/event_read.h"

/* An event with every part that these tests ask for; `static`, for a DNS message is large. */
struct scene {
	struct event event;
	struct flow_record flow;
	struct tls_info tls;
	struct dns_message dns;
	const void *part[EVENT_PARTS];
	char room[EVENT_ROOM];
};

static struct scene *set_scene(void)
{
	static struct scene scene;

	memset(&scene, 0, sizeof(scene));
	scene.event = (struct event){
		.type = EVENT_FLOW, .flow = &scene.flow, .tls = &scene.tls, .dns = &scene.dns
	};
	scene.flow.protocol = 6;
	scene.flow.dst_port = 443;
	return &scene;
}

static enum event_found ask(struct scene *scene, const char *name, unsigned i, struct value *value)
{
	struct event_path path;

	assert_true(event_path_find(name, &path));
	event_parts(&scene->event, scene->part);
	return event_read((const void *const *)scene->part, &path, i, value, scene->room);
}

static void assert_text(const struct value *value, const char *text, size_t length)
{
	assert_int_equal(value->type, VALUE_TEXT);
	assert_int_equal(value->length, length);
	assert_memory_equal(value->text, text, length);
}

static void each_field_is_found_by_its_name(void **state)
{
	char name[EVENT_PATH_MAX + 1];
	struct event_path path, again;
	size_t count = 0;

	(void)state;
	for (; event_path_at(count, &path, name); count++) {
		assert_true(event_path_find(name, &again));
		assert_true(path.type < VALUE_TYPES);
		assert_non_null(event_path_doc(&path));
	}
	assert_true(count > 100);
	assert_false(event_path_find("flow.bytes_toserver.more", &path));
	assert_false(event_path_find("", &path));
}

static void a_field_of_a_part_that_is_not_there_is_past(void **state)
{
	struct scene *scene = set_scene();
	struct value value;

	(void)state;
	scene->event.tls = NULL;
	assert_int_equal(ask(scene, "tls.sni", 0, &value), EVENT_PAST);
	assert_int_equal(ask(scene, "http.hostname", 0, &value), EVENT_PAST);
	assert_int_equal(ask(scene, "dest_port", 0, &value), EVENT_FOUND);
	assert_int_equal(value.number, 443);
	assert_int_equal(ask(scene, "dest_port", 1, &value), EVENT_PAST);
}

static void a_comma_or_a_quote_from_the_wire_parts_nothing(void **state)
{
	static const char *const names[] = { "a,b\"],c", "back\\slash", "line\nfeed\x01",
					     "byte\xff!", "plain.example" };
	struct scene *scene = set_scene();
	struct value value;

	(void)state;
	scene->tls.certificate.seen = true;
	scene->tls.certificate.san_count = (uint8_t)ROW_COUNT(names);
	for (size_t i = 0; i < ROW_COUNT(names); i++)
		memcpy(scene->tls.certificate.san[i], names[i], strlen(names[i]) + 1);
	for (unsigned i = 0; i < ROW_COUNT(names); i++) {
		assert_int_equal(ask(scene, "tls.subjectaltname", i, &value), EVENT_FOUND);
		assert_text(&value, names[i], strlen(names[i]));
	}
	assert_int_equal(ask(scene, "tls.subjectaltname", ROW_COUNT(names), &value), EVENT_PAST);
}

static void what_follows_an_empty_element_is_found(void **state)
{
	struct scene *scene = set_scene();
	struct value value;

	(void)state;
	strncpy(scene->tls.alpn_offered, ",h2", TLS_ALPN_MAX);
	assert_int_equal(ask(scene, "tls.client_alpns", 0, &value), EVENT_FOUND);
	assert_int_equal(value.length, 0);
	assert_int_equal(ask(scene, "tls.client_alpns", 1, &value), EVENT_FOUND);
	assert_text(&value, "h2", 2);
	assert_int_equal(ask(scene, "tls.client_alpns", 2, &value), EVENT_PAST);
}

static void an_answer_without_data_does_not_hide_the_next(void **state)
{
	struct scene *scene = set_scene();
	struct value value;

	(void)state;
	scene->dns.response = true;
	scene->dns.record_count = 2;
	scene->dns.record[0] = (struct dns_record){ .name = "x.example", .type = 999 };
	scene->dns.record[1] = (struct dns_record){ .name = "x.example",
						    .type = DNS_TYPE_CNAME,
						    .data = "y.example" };
	assert_int_equal(ask(scene, "dns.answers.rdata", 0, &value), EVENT_ABSENT);
	assert_int_equal(ask(scene, "dns.answers.rdata", 1, &value), EVENT_FOUND);
	assert_text(&value, "y.example", 9);
	assert_int_equal(ask(scene, "dns.answers.rdata", 2, &value), EVENT_PAST);
}

/* Otherwise a rule would be blind to just the names that tunnels use. */
static void the_longest_values_fit(void **state)
{
	static char name[DNS_NAME_MAX + 1];
	struct scene *scene = set_scene();
	struct value value;

	(void)state;
	for (size_t i = 0; i < DNS_NAME_MAX; i += 4)
		memcpy(name + i, "\\255", 4);
	scene->dns.question_count = 1;
	scene->dns.question[0] = (struct dns_question){ .name = name };
	assert_int_equal(ask(scene, "dns.queries.rrname", 0, &value), EVENT_FOUND);
	assert_text(&value, name, DNS_NAME_MAX);

	scene->tls.certificate.seen = true;
	scene->tls.certificate.san_count = TLS_SAN_MAX;
	for (size_t i = 0; i < TLS_SAN_MAX; i++)
		memset(scene->tls.certificate.san[i], 0xff, NAME_MAX_BYTES);
	assert_int_equal(ask(scene, "tls.subjectaltname", TLS_SAN_MAX - 1, &value), EVENT_FOUND);
	assert_text(&value, scene->tls.certificate.san[0], NAME_MAX_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_field_is_found_by_its_name),
		cmocka_unit_test(a_field_of_a_part_that_is_not_there_is_past),
		cmocka_unit_test(a_comma_or_a_quote_from_the_wire_parts_nothing),
		cmocka_unit_test(what_follows_an_empty_element_is_found),
		cmocka_unit_test(an_answer_without_data_does_not_hide_the_next),
		cmocka_unit_test(the_longest_values_fit),
	};

	return cmocka_run_group_tests_name("event_read", tests, NULL, NULL);
}
