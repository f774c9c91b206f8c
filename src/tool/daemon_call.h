/* daemon_call.h - asks a running daemon over its control socket. */
#pragma once

#include "base/fault.h"
#include "base/json.h"

#define DAEMON_SOCKET_DEFAULT "/run/pewit/control.sock"

/* Sends one request (a line of JSON without newline) and takes the answer: *json is given, and so is *text,
 * the answer as it came (free()), unless text is NULL. 0; or -errno with what to do in fault, also when the
 * daemon says no. */
int daemon_call(const char *path, const char *request, struct json **json, char **text,
		struct fault *fault);
