#include "network/conntrack.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/units.h"
#include "network/conntrack_list.h"
#include "network/conntrack_read.h"
#include "network/nat_table.h"

#define QUEUE_BYTES (8 * MIB)  /* some 30,000 events between two turns */
#define READ_BYTES (64 * 1024) /* the kernel packs at most 32 KiB of a list into one read */
#define READS_A_TURN 64
#define LIST_EVERY_S 300

struct conntrack {
	struct nat_table *table;
	int fd;      /* -1: nothing is to be had */
	int list_fd; /* of the list that is being read, if it was lent; or -1 */
	bool listing, list_wanted, lists_are_lent;
	uint32_t next_list_s;
	struct fault note;
	struct conntrack_stats stats;
	_Alignas(8) uint8_t bytes[READ_BYTES];
};

static void give_up(struct conntrack *conntrack, const char *why)
{
	if (conntrack->fd >= 0)
		close(conntrack->fd);
	conntrack->fd = -1;
	fault_set(&conntrack->note,
		  "%s: a connection that this host translates (NAT) is reported under the address "
		  "it has on the wire alone",
		  why);
}

static const char *reason(int error)
{
	switch (error) {
	case EPERM:
	case EACCES:
		return "conntrack tells nothing without CAP_NET_ADMIN";
	case EINVAL:
	case EOPNOTSUPP:
	case EPROTONOSUPPORT:
		return "conntrack cannot be asked: modprobe nf_conntrack_netlink, if this host "
		       "translates addresses";
	default:
		return strerror(error);
	}
}

static int make_socket(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);

	return fd < 0 ? -errno : fd;
}

/* Asks for all connections of both families. Where others ask for us, they have done so on a socket of its own. */
static int ask_for_list(struct conntrack *conntrack, uint32_t now_s)
{
	int fd = conntrack->lists_are_lent ? make_socket() : conntrack->fd;
	int error = fd;

	conntrack->next_list_s = now_s + LIST_EVERY_S;
	conntrack->list_wanted = false;
	if (fd >= 0)
		error = conntrack->lists_are_lent ? 0 : conntrack_list_ask(fd);
	if (error < 0)
		return error;
	if (conntrack->lists_are_lent)
		conntrack->list_fd = fd;
	conntrack->listing = true;
	nat_table_list_begins(conntrack->table);
	return 0;
}

static void end_listing(struct conntrack *conntrack)
{
	conntrack->listing = false;
	if (conntrack->list_fd >= 0)
		close(conntrack->list_fd);
	conntrack->list_fd = -1;
}

static int join(int fd)
{
	static const int groups[] = { NFNLGRP_CONNTRACK_NEW, NFNLGRP_CONNTRACK_DESTROY };

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i],
			       sizeof(groups[i])) != 0)
			return -errno;
	return 0;
}

static int open_socket(struct conntrack *conntrack)
{
	const struct sockaddr_nl here = { .nl_family = AF_NETLINK };
	const int queue = QUEUE_BYTES;

	conntrack->fd = make_socket();
	if (conntrack->fd < 0)
		return conntrack->fd;
	if (bind(conntrack->fd, (const struct sockaddr *)&here, sizeof(here)) != 0)
		return -errno;
	/* Beyond net.core.rmem_max where it may; a shorter queue only overruns sooner. */
	if (setsockopt(conntrack->fd, SOL_SOCKET, SO_RCVBUFFORCE, &queue, sizeof(queue)) != 0)
		setsockopt(conntrack->fd, SOL_SOCKET, SO_RCVBUF, &queue, sizeof(queue));
	return join(conntrack->fd);
}

int conntrack_open(struct conntrack **conntrack, uint32_t entries, uint32_t now_s)
{
	struct conntrack *made = calloc(1, sizeof(*made));
	int error = made ? nat_table_new(&made->table, entries, hash_seed_random()) : -ENOMEM;

	*conntrack = NULL;
	if (error) {
		free(made);
		return error;
	}
	made->fd = made->list_fd = -1;
	error = open_socket(made);
	error = error ? error : ask_for_list(made, now_s);
	if (error)
		give_up(made, reason(-error));
	else
		conntrack_turn(made, now_s); /* whether the kernel refuses shows at once */
	*conntrack = made;
	return 0;
}

void conntrack_close(struct conntrack *conntrack)
{
	if (!conntrack)
		return;
	if (conntrack->fd >= 0)
		close(conntrack->fd);
	end_listing(conntrack);
	nat_table_free(conntrack->table);
	free(conntrack);
}

const char *conntrack_note(const struct conntrack *conntrack)
{
	return conntrack->note.text[0] ? conntrack->note.text : NULL;
}

int conntrack_fd(const struct conntrack *conntrack)
{
	return conntrack->fd;
}

int conntrack_list_fd(const struct conntrack *conntrack)
{
	return conntrack->list_fd;
}

void conntrack_lend_lists(struct conntrack *conntrack)
{
	conntrack->lists_are_lent = true;
}

/* The kernel tells of a new connection before its first packet leaves: what is not translated takes the
 * place of what was, had it the same ports. */
static void take_connection(struct conntrack *conntrack, const struct conntrack_message *message,
			    uint32_t now_s)
{
	struct conntrack_row rows[CONNTRACK_ROWS_MAX];
	size_t count = conntrack_rows(message, rows);

	if (count == 0 && message->kind == CONNTRACK_NEW)
		nat_table_drop(conntrack->table, &message->original);
	for (size_t i = 0; i < count; i++) {
		if (message->kind == CONNTRACK_NEW)
			nat_table_put(conntrack->table, &rows[i].key, &rows[i].sides, now_s);
		else
			nat_table_end(conntrack->table, &rows[i].key, &rows[i].sides, now_s);
	}
}

static void list_refused(struct conntrack *conntrack, int error)
{
	end_listing(conntrack);
	conntrack->stats.refused++;
	if (error == -EBUSY)
		conntrack->list_wanted = true;
	else if (conntrack->stats.lists == 0)
		give_up(conntrack, reason(-error));
}

static void take(struct conntrack *conntrack, const struct conntrack_message *message,
		 uint32_t now_s)
{
	conntrack->stats.events++;
	conntrack->stats.damaged += message->damaged;
	switch ((enum conntrack_kind)message->kind) {
	case CONNTRACK_OTHER:
		break;
	case CONNTRACK_NEW:
	case CONNTRACK_GONE:
		take_connection(conntrack, message, now_s);
		break;
	case CONNTRACK_LISTED:
		end_listing(conntrack);
		conntrack->stats.lists++;
		nat_table_list_ends(conntrack->table, now_s);
		break;
	case CONNTRACK_REFUSED:
		list_refused(conntrack, message->error);
		break;
	}
}

/* One read; false: there is nothing more for now. */
static bool read_some(struct conntrack *conntrack, int fd, uint32_t now_s)
{
	struct sockaddr_nl from = { 0 };
	socklen_t from_length = sizeof(from);
	ssize_t length = recvfrom(fd, conntrack->bytes, sizeof(conntrack->bytes), MSG_DONTWAIT,
				  (struct sockaddr *)&from, &from_length);
	struct conntrack_message message;

	if (length < 0 && errno == ENOBUFS) {
		conntrack->stats.overruns++;
		conntrack->list_wanted = true;
		return true;
	}
	if (length < 0)
		return errno == EINTR;
	if (from.nl_pid != 0) /* not the kernel */
		return true;

	struct cursor messages = cursor_over(conntrack->bytes, (size_t)length);
	while (conntrack->fd >= 0 && conntrack_read(&messages, &message))
		take(conntrack, &message, now_s);
	/* A lent socket is closed at the list's end. */
	return fd == conntrack->fd || fd == conntrack->list_fd;
}

/* A bounded share; whether there may be more. */
static bool read_turn(struct conntrack *conntrack, int fd, uint32_t now_s)
{
	for (int i = 0; i < READS_A_TURN; i++)
		if (fd < 0 || !read_some(conntrack, fd, now_s))
			return false;
	return true;
}

void conntrack_turn(struct conntrack *conntrack, uint32_t now_s)
{
	if (conntrack->fd < 0)
		return;
	/* The list first: what it says is older than the events that are still to be read. */
	read_turn(conntrack, conntrack->list_fd, now_s);
	bool has_more = read_turn(conntrack, conntrack->fd, now_s);

	if (conntrack->fd < 0)
		return;
	/* ... and, coming by another way than they, it is not to overtake those of before. */
	if (!conntrack->listing && !(has_more && conntrack->lists_are_lent) &&
	    (conntrack->list_wanted || now_s >= conntrack->next_list_s) &&
	    ask_for_list(conntrack, now_s) != 0)
		conntrack->stats.refused++;
	nat_table_sweep(conntrack->table, now_s);
}

bool conntrack_find(const struct conntrack *conntrack, const struct nat_tuple *key,
		    struct nat_sides *sides)
{
	return nat_table_find(conntrack->table, key, sides);
}

struct conntrack_stats conntrack_stats(const struct conntrack *conntrack)
{
	const struct nat_table_stats table = nat_table_stats(conntrack->table);
	struct conntrack_stats stats = conntrack->stats;

	stats.connections = table.entries;
	stats.evicted = table.evicted;
	return stats;
}
