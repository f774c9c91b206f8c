#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report/event_writer.h"
#include "samples.h"

#define NO_VALIDATOR 77 /* of check_events.py: python3-jsonschema is not there */

static char line[EVENT_BYTES_MAX];

static void write_all(const char *path, const struct samples *samples)
{
	FILE *out = fopen(path, "we");
	struct event_writer *writer;

	assert_non_null(out);
	assert_int_equal(event_writer_new(&writer), 0);
	for (uint8_t type = 0; type < EVENT_TYPES; type++) {
		struct event event = samples_event(samples, type);

		fwrite(line, 1, event_write_json(writer, &event, line), out);
	}
	event_writer_free(writer);
	assert_int_equal(fclose(out), 0);
}

static int validate(const char *schema, const char *events)
{
	char command[512];

	snprintf(command, sizeof(command), "python3 tests/check_events.py %s %s", schema, events);
	return WEXITSTATUS(system(command));
}

/* Full events, and events in which all that can be missing is missing. */
static void all_events_validate_against_the_schema(void **state)
{
	static struct samples full, empty;
	char folder[] = "/tmp/pewit-schema-XXXXXX", schema[64], events[64];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(schema, sizeof(schema), "%s/schema.json", folder);
	snprintf(events, sizeof(events), "%s/events.jsonl", folder);
	FILE *out = fopen(schema, "we");
	event_print_schema(out);
	fclose(out);

	samples_fill(&full);
	write_all(events, &full);
	int with_all = validate(schema, events);
	empty.flow.ip_version = 6;
	write_all(events, &empty);
	int with_nothing = validate(schema, events);

	unlink(schema);
	unlink(events);
	rmdir(folder);
	if (with_all == NO_VALIDATOR)
		skip();
	assert_int_equal(with_all, 0);
	assert_int_equal(with_nothing, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_events_validate_against_the_schema),
	};

	return cmocka_run_group_tests_name("event_schema", tests, NULL, NULL);
}
