/* daemon_options.h - what the commands that ask a daemon have in common. */
#pragma once

#include <stdint.h>

#include "tool/options.h"

enum daemon_option { DAEMON_SOCKET = 1, DAEMON_JSON, DAEMON_OPTIONS };

#define DAEMON_OPTION_SOCKET                                                                       \
	{                                                                                          \
		0, "socket", "PATH", "the daemon's control socket (" DAEMON_SOCKET_DEFAULT ")",    \
			DAEMON_SOCKET                                                              \
	}
#define DAEMON_OPTION_JSON                                                                         \
	{                                                                                          \
		0, "json", NULL, "print the daemon's own JSON", DAEMON_JSON                        \
	}

/* Says on standard error what is wrong; STATUS_FAILED. */
int daemon_fail(const struct fault *fault, int error);

#define DAEMON_SPAN_TEXT 64
/* "1 h 2 min", "3 d 4 h", "12 s". */
void daemon_print_span(uint64_t seconds, char text[DAEMON_SPAN_TEXT]);
/* "1.2 G": three figures and a decimal prefix. */
void daemon_print_size(double value, char text[16]);
