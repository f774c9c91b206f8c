#include "base/file_text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM_FIRST ((size_t)64 * 1024)

int file_text_read(const char *path, size_t most, char **text, size_t *length)
{
	FILE *file = fopen(path, "re");
	size_t room = 0;
	int error = 0;

	*text = NULL;
	*length = 0;
	if (!file)
		return -errno;
	while (error == 0 && *length <= most && !feof(file)) {
		if (*length == room) {
			room = room ? 2 * room : ROOM_FIRST;
			char *more = realloc(*text, room);
			if (!more) {
				error = -ENOMEM;
				break;
			}
			*text = more;
		}
		*length += fread(*text + *length, 1, room - *length, file);
		error = ferror(file) ? (errno ? -errno : -EIO) : 0;
	}
	fclose(file);
	if (error != 0) {
		free(*text);
		*text = NULL;
	}
	return error;
}

static int write_all(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, text, length);

		if (written < 0 && errno != EINTR)
			return -errno;
		text += written > 0 ? written : 0;
		length -= written > 0 ? (size_t)written : 0;
	}
	return 0;
}

static int write_straight(const char *path, const char *text, size_t length)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int error = fd < 0 ? -errno : write_all(fd, text, length);

	if (fd >= 0 && close(fd) != 0 && error == 0)
		error = -errno;
	return error;
}

/* A file of its own: O_EXCL keeps it from following a link that somebody laid there. */
static int write_new(const char *path, const char *text, size_t length, const struct stat *old)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	int error = fd < 0 ? -errno : 0;

	if (fd < 0)
		return error;
	if (old && fchmod(fd, old->st_mode & 07777) != 0)
		error = -errno;
	if (error == 0)
		error = write_all(fd, text, length);
	if (error == 0 && fsync(fd) != 0)
		error = -errno;
	if (close(fd) != 0 && error == 0)
		error = -errno;
	return error;
}

int file_text_write(const char *path, const char *text, size_t length)
{
	char beside[PATH_MAX + 32], place[PATH_MAX];
	struct stat old;
	bool exists = stat(path, &old) == 0;

	if (exists && !S_ISREG(old.st_mode))
		return write_straight(path, text, length);
	if (exists && !realpath(path, place)) /* a link to it stays one */
		return -errno;
	snprintf(beside, sizeof(beside), "%s.new-%ld", exists ? place : path, (long)getpid());
	unlink(beside); /* what an earlier process of this number left */

	int error = write_new(beside, text, length, exists ? &old : NULL);

	if (error == 0 && rename(beside, exists ? place : path) != 0)
		error = -errno;
	if (error != 0)
		unlink(beside);
	return error;
}
