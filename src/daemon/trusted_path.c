#include "daemon/trusted_path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

struct walk {
	const struct trusted_path_suspect *suspect;
	int folder;     /* where we are */
	bool is_sticky; /* anyone may add to it, and only owners may take away */
	int links;      /* followed so far */
	char *rest;     /* of the path, within text */
	char text[2 * PATH_MAX];
};

/* May the suspect write to this folder? Others' groups do not matter: it has only its own. */
static int look(struct walk *walk)
{
	const struct trusted_path_suspect *suspect = walk->suspect;
	struct stat about;

	if (fstat(walk->folder, &about) != 0)
		return -errno;
	walk->is_sticky = false;
	if (suspect->is_self)
		return 0;
	if (about.st_uid == suspect->uid)
		return -EXDEV;
	if ((about.st_mode & S_IWGRP) &&
	    (about.st_gid == suspect->gid ||
	     fgetxattr(walk->folder, "system.posix_acl_access", NULL, 0) > 0))
		return -EXDEV;
	if (about.st_mode & S_IWOTH)
		walk->is_sticky = about.st_mode & S_ISVTX;
	return about.st_mode & S_IWOTH && !walk->is_sticky ? -EXDEV : 0;
}

static int enter(struct walk *walk, int from, const char *name)
{
	/* Looking at access lists needs more than O_PATH, which needs less right to the folder. */
	int power = walk->suspect->is_self ? O_PATH : O_RDONLY;
	int folder = openat(from, name, power | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (folder < 0)
		return -errno;
	if (walk->folder >= 0)
		close(walk->folder);
	walk->folder = folder;
	return look(walk);
}

static int start(struct walk *walk)
{
	return enter(walk, AT_FDCWD, walk->rest[0] == '/' ? "/" : ".");
}

/* Takes the next part off the path; "" at its end. */
static const char *next_part(struct walk *walk)
{
	char *part = walk->rest + strspn(walk->rest, "/");
	char *end = part + strcspn(part, "/");

	walk->rest = *end ? end + 1 : end;
	*end = '\0';
	return part;
}

/* The link's target goes before what is left of the path. */
static int follow(struct walk *walk, const char *target, size_t length)
{
	size_t rest = strlen(walk->rest);

	if (walk->is_sticky)
		return -EXDEV;
	if (++walk->links > TRUSTED_PATH_LINKS_MAX)
		return -ELOOP;
	if (length + 1 + rest >= sizeof(walk->text))
		return -ENAMETOOLONG;
	memmove(walk->text + length + 1, walk->rest, rest + 1);
	memcpy(walk->text, target, length);
	walk->text[length] = rest ? '/' : '\0';
	walk->rest = walk->text;
	return walk->text[0] == '/' ? start(walk) : 0;
}

static bool is_last(const struct walk *walk)
{
	return walk->rest[strspn(walk->rest, "/")] == '\0';
}

/* In a sticky folder a folder is its owner's, but a file may be a hard link that the suspect laid. */
static int open_last(const struct walk *walk, const char *part, int flags, mode_t mode)
{
	if (walk->is_sticky)
		return -EXDEV;
	int fd = openat(walk->folder, part, flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, mode);

	return fd < 0 ? -errno : fd;
}

static int walk_on(struct walk *walk, int flags, mode_t mode)
{
	char target[PATH_MAX];

	for (;;) {
		const char *part = next_part(walk);

		if (part[0] == '\0')
			return open_last(walk, ".", flags, mode);
		ssize_t length = readlinkat(walk->folder, part, target, sizeof(target));
		int error = 0;

		if (length == (ssize_t)sizeof(target))
			error = -ENAMETOOLONG;
		else if (length > 0)
			error = follow(walk, target, (size_t)length);
		else if (is_last(walk))
			return open_last(walk, part, flags, mode);
		else
			error = enter(walk, walk->folder, part);
		if (error)
			return error;
	}
}

int trusted_path_open(const char *path, int flags, mode_t mode,
		      const struct trusted_path_suspect *suspect)
{
	struct walk walk = { .suspect = suspect, .folder = -1 };
	size_t length = strlen(path);

	if (length >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(walk.text, path, length + 1);
	walk.rest = walk.text;
	int result = start(&walk);

	if (result == 0)
		result = walk_on(&walk, flags, mode);
	if (walk.folder >= 0)
		close(walk.folder);
	return result;
}
