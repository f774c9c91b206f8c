/* fault.h - one sentence for the person who must act: where it went wrong, how, and what to do. */
#pragma once

#define FAULT_TEXT_MAX 511

struct fault {
	char text[FAULT_TEXT_MAX + 1]; /* "policy.json:12: unknown service ..."; "" if none */
};

/* Writes the sentence in place of any earlier one; cut at FAULT_TEXT_MAX. `fault` may be NULL. */
void fault_set(struct fault *fault, const char *format, ...) __attribute__((format(printf, 2, 3)));
