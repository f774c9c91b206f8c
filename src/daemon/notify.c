#include "daemon/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

#define MESSAGE_SIZE 512

static uint64_t number_in(const char *variable)
{
	const char *text = getenv(variable);

	return text ? strtoull(text, NULL, 10) : 0;
}

/* The variables may be another process's: a shell between systemd and pewit hands them on. */
static uint64_t watchdog_us(void)
{
	uint64_t pid = number_in("WATCHDOG_PID");

	return pid == 0 || pid == (uint64_t)getpid() ? number_in("WATCHDOG_USEC") : 0;
}

/* 0 for what is no address of a Unix socket. */
static socklen_t address_of(const char *name, struct sockaddr_un *address)
{
	size_t length = strlen(name);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if ((name[0] != '/' && name[0] != '@') || name[1] == '\0' ||
	    length >= sizeof(address->sun_path))
		return 0;
	memcpy(address->sun_path, name, length);
	if (name[0] == '@') /* an abstract name is as long as it is, without an end */
		address->sun_path[0] = '\0';
	else
		length++;
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

int notify_open(struct notify *notify, struct fault *fault)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address;

	*notify = (struct notify){ .fd = -1 };
	if (!name || *name == '\0')
		return 0;
	socklen_t length = address_of(name, &address);
	if (length == 0) {
		fault_set(fault, "NOTIFY_SOCKET=%.100s: neither a path nor @ and a name", name);
		return -EINVAL;
	}
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, length) != 0) {
		int error = errno;

		fault_set(fault, "NOTIFY_SOCKET=%.100s: %s", name, strerror(error));
		if (fd >= 0)
			close(fd);
		return -error;
	}
	*notify = (struct notify){ .fd = fd, .watchdog_us = watchdog_us() };
	return 0;
}

void notify_close(struct notify *notify)
{
	if (notify->fd >= 0)
		close(notify->fd);
	*notify = (struct notify){ .fd = -1 };
}

static bool tell(const struct notify *notify, const struct text *message)
{
	return notify->fd >= 0 && send(notify->fd, message->bytes, message->length, MSG_NOSIGNAL) ==
					  (ssize_t)message->length;
}

/* A status is one line: what follows it would be read as a word of its own. */
static void add_status(struct text *message, const char *status)
{
	if (!status)
		return;
	text_add(message, "STATUS=");
	text_add_bytes(message, status, strcspn(status, "\n"));
	text_add(message, "\n");
}

static bool tell_state(const struct notify *notify, const char *state, const char *status)
{
	char bytes[MESSAGE_SIZE];
	struct text message = text_over(bytes, sizeof(bytes));

	text_add(&message, state);
	add_status(&message, status);
	return tell(notify, &message);
}

bool notify_ready(const struct notify *notify, const char *status)
{
	return tell_state(notify, "READY=1\n", status);
}

bool notify_reloading(const struct notify *notify, uint64_t monotonic_us)
{
	char bytes[MESSAGE_SIZE];
	struct text message = text_over(bytes, sizeof(bytes));

	text_add(&message, "RELOADING=1\nMONOTONIC_USEC=");
	text_add_number(&message, monotonic_us);
	text_add(&message, "\n");
	return tell(notify, &message);
}

bool notify_stopping(const struct notify *notify, const char *status)
{
	return tell_state(notify, "STOPPING=1\n", status);
}

bool notify_status(const struct notify *notify, const char *status)
{
	return tell_state(notify, "", status);
}

bool notify_watchdog(const struct notify *notify)
{
	return tell_state(notify, "WATCHDOG=1\n", NULL);
}
