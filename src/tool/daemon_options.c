#include "tool/daemon_options.h"

#include <stdio.h>
#include <string.h>

#include "tool/command.h"

int daemon_fail(const struct fault *fault, int error)
{
	fprintf(stderr, "pewit: %s\n", fault->text[0] ? fault->text : strerror(-error));
	return STATUS_FAILED;
}

void daemon_print_span(uint64_t seconds, char text[DAEMON_SPAN_TEXT])
{
	static const struct {
		uint64_t large, small;
		const char *large_name, *small_name;
	} units[] = { { 86400, 3600, "d", "h" }, { 3600, 60, "h", "min" }, { 60, 1, "min", "s" } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (seconds < units[i].large)
			continue;
		snprintf(text, DAEMON_SPAN_TEXT, "%llu %s %llu %s",
			 (unsigned long long)(seconds / units[i].large), units[i].large_name,
			 (unsigned long long)(seconds % units[i].large / units[i].small),
			 units[i].small_name);
		return;
	}
	snprintf(text, DAEMON_SPAN_TEXT, "%llu s", (unsigned long long)seconds);
}

void daemon_print_size(double value, char text[16])
{
	static const char prefix[] = " kMGTPE";
	int at = 0;

	for (; value >= 999.5 && prefix[at + 1] != '\0'; at++)
		value /= 1000;
	snprintf(text, 16, at == 0 || value >= 99.5 ? "%.0f%s%c" : "%.1f%s%c", value, at ? " " : "",
		 at ? prefix[at] : '\0');
}
