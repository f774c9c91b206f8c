#include "report/file_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/units.h"

#define BUFFER_BYTES (256 * KIB) /* a write of this size costs what one of 4 KiB does */
#define TAIL_BYTES                                                                                 \
	((ssize_t)(128 * KIB)) /* of a file found; longer than any line (EVENT_BYTES_MAX) */
#define RETRY_NS (100 * NS_PER_MS)

struct file_sink {
	char *path; /* or "standard output" */
	int fd;
	int error; /* -errno of the latest failure that was not made good; or 0 */
	int cause; /* -errno of the latest that cost lines; or 0 */
	bool owned, is_daemon;
	uint64_t lines_lost;
	uint64_t retry_ns; /* not before this, CLOCK_MONOTONIC */
	struct file_sink_before before;
	size_t used;
	char buffer[BUFFER_BYTES];
};

/* What was there before ---------------------------------------------------------------------- */

static const char *last_newline(const char *bytes, size_t size)
{
	return memrchr(bytes, '\n', size);
}

/* The last whole line is that of an orderly end (run/live_engine.c writes it). */
static bool ends_orderly(const char *bytes, size_t size)
{
	const char *end = size ? last_newline(bytes, size) : NULL;
	const char *start = end ? last_newline(bytes, (size_t)(end - bytes)) : NULL;

	if (!end)
		return false;
	start = start ? start + 1 : bytes;
	return memmem(start, (size_t)(end - start), "\"final\":1", 9) != NULL;
}

/* Takes an unfinished line away: only what is plainly the beginning of an event. What is not gets an end. */
static void mend(struct file_sink *sink, off_t size, const char *tail, size_t tail_bytes)
{
	const char *end = last_newline(tail, tail_bytes);
	const char *torn = end ? end + 1 : tail;
	size_t torn_bytes = (size_t)(tail + tail_bytes - torn);
	static const char begins[] = "{\"timestamp\"";
	size_t compared = torn_bytes < sizeof(begins) - 1 ? torn_bytes : sizeof(begins) - 1;

	if (torn_bytes == 0)
		return;
	if (memcmp(torn, begins, compared) == 0 &&
	    ftruncate(sink->fd, size - (off_t)torn_bytes) == 0)
		sink->before.torn_bytes = (uint32_t)torn_bytes;
	else
		sink->buffer[sink->used++] = '\n';
}

static void look_back(struct file_sink *sink)
{
	struct stat stat;
	char *tail;

	if (fstat(sink->fd, &stat) != 0 || !S_ISREG(stat.st_mode) || stat.st_size == 0)
		return;
	tail = malloc(TAIL_BYTES);
	if (!tail)
		return;
	off_t from = stat.st_size > TAIL_BYTES ? stat.st_size - TAIL_BYTES : 0;
	ssize_t read = pread(sink->fd, tail, TAIL_BYTES, from);

	sink->before.has_events = true;
	if (read > 0) {
		sink->before.is_orderly = ends_orderly(tail, (size_t)read);
		mend(sink, stat.st_size, tail, (size_t)read);
	}
	free(tail);
}

/* ------------------------------------------------------------------------------------------------ */

static int open_path(const struct file_sink *sink)
{
	int flags = sink->is_daemon ? O_RDWR | O_APPEND : O_WRONLY | O_TRUNC;

	return open(sink->path, flags | O_CREAT | O_CLOEXEC, 0640);
}

int file_sink_open(struct file_sink **sink, const char *path, bool is_daemon, struct fault *fault)
{
	bool is_stdout = strcmp(path, "-") == 0;
	struct file_sink *made = calloc(1, sizeof(*made));

	*sink = NULL;
	if (!made)
		return -ENOMEM;
	made->is_daemon = is_daemon;
	made->path = strdup(is_stdout ? "standard output" : path);
	made->owned = !is_stdout;
	made->fd = is_stdout ? STDOUT_FILENO : made->path ? open_path(made) : -1;
	if (!made->path || made->fd < 0) {
		int error = made->path ? errno : ENOMEM;

		fault_set(fault, "%s: cannot be written: %s", path, strerror(error));
		free(made->path);
		free(made);
		return -error;
	}
	if (is_daemon && made->owned)
		look_back(made);
	*sink = made;
	return 0;
}

struct file_sink_before file_sink_before(const struct file_sink *sink)
{
	return sink->before;
}

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void give_up(struct file_sink *sink, size_t from)
{
	for (size_t i = from; i < sink->used; i++)
		sink->lines_lost += sink->buffer[i] == '\n';
	if (from < sink->used)
		sink->cause = sink->error;
	sink->used = 0;
}

/* Takes back the beginning of a line whose rest could not be written, so that a file holds whole lines
 * whoever reads it, renames it or ends this process. Returns how much of the buffer is in the file. */
static size_t untear(struct file_sink *sink, size_t done)
{
	const char *end = done ? last_newline(sink->buffer, done) : NULL;
	size_t whole = end ? (size_t)(end - sink->buffer) + 1 : 0;
	struct stat stat;

	if (whole == done || fstat(sink->fd, &stat) != 0 || !S_ISREG(stat.st_mode) ||
	    stat.st_size < (off_t)(done - whole) ||
	    ftruncate(sink->fd, stat.st_size - (off_t)(done - whole)) != 0)
		return done;
	return whole;
}

void file_sink_flush(struct file_sink *sink)
{
	size_t done = 0;

	if (!sink || sink->used == 0)
		return;
	if (sink->is_daemon && sink->error != 0) {
		if (monotonic_ns() < sink->retry_ns)
			return;
		sink->error = 0;
	}
	while (done < sink->used && sink->error == 0) {
		ssize_t wrote = write(sink->fd, sink->buffer + done, sink->used - done);

		if (wrote >= 0)
			done += (size_t)wrote;
		else if (errno != EINTR)
			sink->error = -errno;
	}
	if (sink->error != 0)
		done = untear(sink, done);
	if (sink->error != 0 && !sink->is_daemon) {
		give_up(sink, done);
		return;
	}
	sink->used -= done;
	memmove(sink->buffer, sink->buffer + done, sink->used);
	if (sink->error != 0)
		sink->retry_ns = monotonic_ns() + RETRY_NS;
}

bool file_sink_write(struct file_sink *sink, const char *bytes, size_t size)
{
	if (size > sizeof(sink->buffer) - sink->used)
		file_sink_flush(sink);
	if ((sink->error != 0 && !sink->is_daemon) || size > sizeof(sink->buffer) - sink->used) {
		sink->lines_lost++;
		sink->cause = sink->error;
		return false;
	}
	memcpy(sink->buffer + sink->used, bytes, size);
	sink->used += size;
	return true;
}

int file_sink_reopen(struct file_sink *sink, struct fault *fault)
{
	struct file_sink next = { .path = sink->path, .is_daemon = sink->is_daemon };

	if (!sink->owned)
		return 0;
	file_sink_flush(sink);
	next.fd = open_path(&next);
	if (next.fd < 0) {
		int error = errno;

		fault_set(fault, "%s: cannot be opened anew: %s; the old file is kept", sink->path,
			  strerror(error));
		return -error;
	}
	close(sink->fd);
	sink->fd = next.fd;
	sink->error = 0;
	return 0;
}

uint64_t file_sink_lost(const struct file_sink *sink)
{
	return sink->lines_lost;
}

int file_sink_close(struct file_sink *sink, struct fault *fault)
{
	if (!sink)
		return 0;
	sink->retry_ns = 0;
	if (sink->is_daemon)
		sink->cause = 0; /* what was lost on the way is in the statistics */
	file_sink_flush(sink);
	give_up(sink, 0);
	if (sink->owned && close(sink->fd) != 0 && sink->cause == 0)
		sink->cause = -errno;

	int error = sink->cause;
	if (error != 0)
		fault_set(fault, "%s: %s; %llu events were lost", sink->path, strerror(-error),
			  (unsigned long long)sink->lines_lost);
	free(sink->path);
	free(sink);
	return error;
}
