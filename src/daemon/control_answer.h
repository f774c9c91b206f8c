/* control_answer.h - a request to the control socket, read and answered. */
#pragma once

#include "daemon/control.h"

/* What a request waits for; all 0: for nothing. */
struct control_wait {
	struct live_query flows; /* most: so many */
	uint64_t reload;         /* its number */
};

/* The answer to a line without its newline: a line of JSON with its newline, given (free()). NULL: no memory; or it has
 * to wait, and the functions below answer once what it waits for is there. */
char *control_answer(const struct control_source *source, const char *line, size_t length,
		     struct control_wait *wait, size_t *answer_length);

char *control_answer_flows(const struct control_source *source, uint64_t most,
			   size_t *answer_length);
char *control_answer_reload(int error, const struct fault *fault, size_t *answer_length);
