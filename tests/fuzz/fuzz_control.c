/* Any bytes as a request to the control socket: there is an answer, it is one line of JSON, and it says
 * whether it was obeyed. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "daemon/control_answer.h"

static void snapshot(void *context, struct live_snapshot *told)
{
	(void)context;
	memset(told, 0, sizeof(*told));
	told->interface_count = told->worker_count = 2;
	memset(told->interface[0].name, '"', 8);
}

#define RELOAD 3
#define ROWS 3 /* of flows, or fewer if fewer are asked for */

static size_t take_flows(void *context, struct live_flow *told, bool *complete)
{
	size_t count = *(int *)context < ROWS ? (size_t) * (int *)context : ROWS;

	*complete = count == ROWS;
	for (size_t i = 0; i < count; i++)
		told[i] = (struct live_flow){ .app = "tls", .name = "a\"\xff\nb", .severity = 4 };
	return count;
}

static uint64_t reload(void *context)
{
	(void)context;
	return RELOAD;
}

static uint64_t time_now(void *context)
{
	(void)context;
	return 7;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int number = 0; /* of flows */
	const struct control_source source = { .context = &number,
					       .snapshot = snapshot,
					       .take_flows = take_flows,
					       .reload = reload,
					       .now_ns = time_now,
					       .version = "0" };
	struct fault fault = { "" };
	struct control_wait wait;
	const struct live_query *flows = &wait.flows;
	struct json *json;
	size_t length;
	char *answer;

	if (size > CONTROL_REQUEST_MAX)
		return 0;
	answer = control_answer(&source, (const char *)data, size, &wait, &length);
	if (!answer && (flows->most != 0) == (wait.reload == RELOAD))
		abort();
	if (flows->most > LIVE_FLOWS_MAX || flows->order > LIVE_BY_SEVERITY ||
	    flows->least_severity >= SEVERITIES)
		abort();
	if (flows->most != 0) {
		number = (int)flows->most;
		answer = control_answer_flows(&source, flows->most, &length);
	} else if (wait.reload != 0) {
		fault_set(&fault, "\"\n");
		answer = control_answer_reload(size % 2 ? 0 : -EINVAL, &fault, &length);
	}
	if (!answer || memchr(answer, '\n', length) != answer + length - 1 ||
	    json_parse(&json, answer, length, "a", &fault) != 0)
		abort();
	const struct json_value *ok = json_member(json_root(json), "ok");

	if (!ok || json_flag(ok) == (json_member(json_root(json), "error") != NULL))
		abort();
	json_free(json);
	free(answer);
	return 0;
}
