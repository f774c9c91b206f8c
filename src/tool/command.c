#include "tool/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool command_colour(FILE *stream)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (no_color && *no_color != '\0') /* https://no-color.org */
		return false;
	return isatty(fileno(stream)) && term && strcmp(term, "dumb") != 0;
}

int command_usage_fault(const char *command, const char *text)
{
	fprintf(stderr, "pewit: %s\n", text);
	if (command)
		fprintf(stderr, "Try: pewit %s -h\n", command);
	else
		fputs("Try: pewit -h\n", stderr);
	return STATUS_USAGE;
}

int command_finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "pewit: standard output: %s\n", strerror(errno));
	return STATUS_FAILED;
}
