#include "tool/daemon_call.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/units.h"
#include "daemon/control_socket.h"

#define ANSWER_MAX (4 * MIB) /* 1,000 flows are half of one */
#define TIMEOUT_S 30         /* a reload of large files takes a second */

static int send_all(int fd, const char *bytes, size_t length)
{
	for (size_t done = 0; done < length;) {
		ssize_t sent = send(fd, bytes + done, length - done, MSG_NOSIGNAL);

		if (sent < 0 && errno != EINTR)
			return -errno;
		done += sent > 0 ? (size_t)sent : 0;
	}
	return 0;
}

/* To the end, which the daemon makes. */
static int receive_all(int fd, char *bytes, size_t *length)
{
	for (*length = 0; *length < ANSWER_MAX;) {
		ssize_t received = recv(fd, bytes + *length, ANSWER_MAX - *length, 0);

		if (received == 0)
			return *length ? 0 : -ECONNRESET;
		if (received < 0 && errno != EINTR)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		*length += received > 0 ? (size_t)received : 0;
	}
	return -EFBIG;
}

static int exchange(int fd, const char *request, char *answer, size_t *length)
{
	const struct timeval timeout = { .tv_sec = TIMEOUT_S };
	int error;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	error = send_all(fd, request, strlen(request));
	error = error ? error : send_all(fd, "\n", 1);
	return error ? error : receive_all(fd, answer, length);
}

/* What the daemon has said of it. */
static int read_outcome(const struct json *json, struct fault *fault)
{
	const struct json_value *root = json_root(json), *ok = json_member(root, "ok");
	const struct json_value *error = json_member(root, "error");

	if (ok && json_flag(ok))
		return 0;
	fault_set(fault, "%s",
		  error && json_text(error) ? json_text(error) : "the daemon said no, not why");
	return -EINVAL;
}

static int take_answer(char *answer, size_t length, struct json **json, char **text,
		       struct fault *fault)
{
	int error = json_parse(json, answer, length, "the daemon's answer", fault);

	error = error ? error : read_outcome(*json, fault);
	if (error) {
		json_free(*json);
		*json = NULL;
		return error;
	}
	if (text) {
		*text = strndup(answer, length);
		return *text ? 0 : -ENOMEM;
	}
	return 0;
}

int daemon_call(const char *path, const char *request, struct json **json, char **text,
		struct fault *fault)
{
	char *answer = malloc(ANSWER_MAX);
	int fd = control_socket_connect(path, fault), error;
	size_t length;

	*json = NULL;
	if (fd < 0 || !answer) {
		free(answer);
		return fd < 0 ? fd : -ENOMEM;
	}
	error = exchange(fd, request, answer, &length);
	if (error)
		fault_set(fault, "%s: the daemon does not answer: %s", path, strerror(-error));
	close(fd);
	error = error ? error : take_answer(answer, length, json, text, fault);
	free(answer);
	return error;
}
