/* operands.h - which operands of `pewit replay` are captures, and which the BPF expression.
 *
 * The rule, in order:
 *   1. What follows "--" is the expression.
 *   2. With -r, every operand is the expression, as in tcpdump.
 *   3. Operands from the left are captures as long as each is "-" or an existing file or directory;
 *      from the first that is not, or that is a word which begins expressions (src, port, ...)
 *      behind a capture, all are the expression.
 * That first one must not look like a path (a slash in it, or a capture's extension), and there
 * must be a capture before it: otherwise it is a file that does not exist, and is said to be.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"

struct operands {
	const char **paths; /* lent from argv; the array is owned */
	size_t path_count;
	char *filter; /* owned; NULL: none */
};

struct operands_given {
	char **words; /* operands before "--" */
	size_t word_count;
	char **expression; /* words after "--" */
	size_t expression_count;
	const char **read; /* values of -r */
	size_t read_count;
	const char *filter_file; /* of -F, or NULL */
};

/* False with a sentence in fault. End with operands_free() in any case. */
bool operands_split(struct operands *operands, const struct operands_given *given,
		    struct fault *fault);
void operands_free(struct operands *operands);
