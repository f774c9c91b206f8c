/* control_socket.h - the two ends of the control socket; the metrics' socket is made here too. */
#pragma once

#include "base/fault.h"

/* A listening Unix socket that does not block, for owner and group (0660); a file that no daemon answers on
 * is replaced. Its descriptor, or -errno with what to do in fault. */
int control_socket_listen(const char *path, struct fault *fault);

/* A connection to the daemon that listens there, or -errno with what to do in fault. */
int control_socket_connect(const char *path, struct fault *fault);
