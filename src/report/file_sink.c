#include "report/file_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/units.h"

#define BUFFER_BYTES (256 * KIB) /* a write of this size costs what one of 4 KiB does */

struct file_sink {
	char *name; /* for people */
	int fd;
	int error; /* -errno of the first failure, or 0 */
	bool owned;
	uint64_t lines_lost;
	size_t used;
	char buffer[BUFFER_BYTES];
};

int file_sink_open(struct file_sink **sink, const char *path, struct fault *fault)
{
	bool is_stdout = strcmp(path, "-") == 0;
	struct file_sink *made = calloc(1, sizeof(*made));

	*sink = NULL;
	if (!made)
		return -ENOMEM;
	made->name = strdup(is_stdout ? "standard output" : path);
	made->owned = !is_stdout;
	made->fd = is_stdout ? STDOUT_FILENO
			     : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (!made->name || made->fd < 0) {
		int error = made->name ? errno : ENOMEM;

		fault_set(fault, "%s: cannot be written: %s", path, strerror(error));
		free(made->name);
		free(made);
		return -error;
	}
	*sink = made;
	return 0;
}

void file_sink_flush(struct file_sink *sink)
{
	size_t done = 0;

	while (done < sink->used && sink->error == 0) {
		ssize_t wrote = write(sink->fd, sink->buffer + done, sink->used - done);

		if (wrote >= 0)
			done += (size_t)wrote;
		else if (errno != EINTR)
			sink->error = -errno;
	}
	for (size_t i = done; i < sink->used; i++)
		sink->lines_lost += sink->buffer[i] == '\n';
	sink->used = 0;
}

bool file_sink_write(struct file_sink *sink, const char *bytes, size_t size)
{
	if (size > sizeof(sink->buffer) - sink->used)
		file_sink_flush(sink);
	if (sink->error != 0 || size > sizeof(sink->buffer)) {
		sink->lines_lost++;
		return false;
	}
	memcpy(sink->buffer + sink->used, bytes, size);
	sink->used += size;
	return true;
}

int file_sink_close(struct file_sink *sink, struct fault *fault)
{
	if (!sink)
		return 0;
	file_sink_flush(sink);
	if (sink->owned && close(sink->fd) != 0 && sink->error == 0)
		sink->error = -errno;

	int error = sink->error;
	if (error != 0)
		fault_set(fault, "%s: %s; %llu events were lost", sink->name, strerror(-error),
			  (unsigned long long)sink->lines_lost);
	free(sink->name);
	free(sink);
	return error;
}
