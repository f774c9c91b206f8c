#include "base/file_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

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
