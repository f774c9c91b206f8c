/* control_answer.h - a request to the control socket, read and answered. */
#pragma once

#include "daemon/control.h"

/* The answer to a line without its newline: a line of JSON with its newline, given (free()). NULL: no memory; or
 * it asks for flows, and flows->most, 0 otherwise, says how many: control_answer_flows() once they are there. */
char *control_answer(const struct control_source *source, const char *line, size_t length,
		     struct live_query *flows, size_t *answer_length);

char *control_answer_flows(const struct control_source *source, uint64_t most,
			   size_t *answer_length);
