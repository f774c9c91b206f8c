#include "tool/replay_totals.h"

#include <stdlib.h>
#include <string.h>

#include "base/emit.h"
#include "base/units.h"
#include "event/event_names.h"
#include "report/event_writer.h"

#define TOTALS_BYTES_MAX (512 * KIB) /* 64 sentences of damage, every byte escaped: 200 KB */

static void member(struct emit *json, const char *name)
{
	emit_name(json, name, strlen(name));
}

static void number(struct emit *json, const char *name, uint64_t value)
{
	member(json, name);
	emit_u64(json, value);
}

static void print_source(struct emit *json, const struct source_progress *source)
{
	number(json, "packets", source->packets);
	number(json, "bytes", source->bytes);
	number(json, "filtered", source->filtered);
	number(json, "cut", source->cut);
	number(json, "time_backwards", source->time_backwards);
	number(json, "files", source->files);
	number(json, "files_damaged", source->files_damaged);
}

static void print_events(struct emit *json, const struct collector_totals *totals)
{
	member(json, "events");
	emit_open(json, '{');
	for (int i = 0; i < EVENT_TYPES; i++)
		if (totals->events[i] != 0)
			number(json, event_type_name((enum event_type)i), totals->events[i]);
	emit_close(json, '}');
	member(json, "verdicts");
	emit_open(json, '{');
	for (unsigned i = 0; i < VERDICTS; i++)
		if (totals->verdicts[i] != 0)
			number(json, event_name_verdict(i), totals->verdicts[i]);
	emit_close(json, '}');
	member(json, "findings");
	emit_open(json, '{');
	for (unsigned i = SEVERITY_INFO; i < SEVERITIES; i++)
		if (totals->findings[i] != 0)
			number(json, event_name_severity(i), totals->findings[i]);
	emit_close(json, '}');
	member(json, "worst");
	emit_text(json, event_name_severity(totals->worst));
}

static void print_damage(struct emit *json, const struct replay_result *result)
{
	member(json, "trusted");
	emit_bool(json, !result->untrusted);
	member(json, "damage");
	emit_open(json, '[');
	for (size_t i = 0; i < result->damage_count; i++) {
		emit_separate(json);
		emit_text(json, result->damage[i].text);
	}
	emit_close(json, ']');
}

void replay_totals_print(FILE *out, const struct replay_result *result, int status)
{
	char *bytes = malloc(TOTALS_BYTES_MAX);
	struct emit json = emit_over(bytes, bytes ? TOTALS_BYTES_MAX : 0);

	emit_open(&json, '{');
	print_source(&json, &result->source);
	number(&json, "flows", result->totals.events[EVENT_FLOW]);
	print_events(&json, &result->totals);
	print_damage(&json, result);
	if (result->stale_tags.text[0] != '\0') {
		member(&json, "stale");
		emit_text(&json, result->stale_tags.text);
	}
	number(&json, "exit_status", (uint64_t)status);
	emit_close(&json, '}');
	emit_raw(&json, "\n", 1);
	if (bytes && !json.full)
		fwrite(bytes, 1, (size_t)(json.at - bytes), out);
	free(bytes);
}
