/* control_answer.h - a request to the control socket, read and answered. */
#pragma once

#include "daemon/control.h"

/* The answer to a line without its newline: a line of JSON with its newline, given (free()). NULL: no memory. */
char *control_answer(const struct control_source *source, const char *line, size_t length,
		     size_t *answer_length);
