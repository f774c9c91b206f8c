/* The socket of links.h: notifications and dumps come over one descriptor, so that nothing falls between. */
#include <errno.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "base/units.h"
#include "network/links_state.h"

#define BUFFER_BYTES (64 * 1024)   /* larger than any message the kernel makes */
#define SOCKET_BYTES (1024 * 1024) /* for bursts: some thousand notifications */
#define OPEN_WAIT_MS 5000          /* the first picture comes in a millisecond, or never */
#define TURN_MESSAGES 512          /* at one turn, so that a storm does not hold the caller */

static const int groups[] = { RTNLGRP_LINK,         RTNLGRP_IPV4_IFADDR,  RTNLGRP_IPV6_IFADDR,
			      RTNLGRP_IPV4_NETCONF, RTNLGRP_IPV6_NETCONF, 0 };

static const struct {
	int type, family;
	size_t header; /* bytes; the family is the first */
} requests[READ_ALL] = {
	[READ_LINKS] = { RTM_GETLINK, AF_UNSPEC, sizeof(struct ifinfomsg) },
	[READ_ADDRESSES] = { RTM_GETADDR, AF_UNSPEC, sizeof(struct ifaddrmsg) },
	[READ_FORWARDING_4] = { RTM_GETNETCONF, AF_INET, sizeof(struct netconfmsg) },
	[READ_FORWARDING_6] = { RTM_GETNETCONF, AF_INET6, sizeof(struct netconfmsg) },
};

static int ask(struct links *links)
{
	struct {
		struct nlmsghdr head;
		uint8_t body[sizeof(struct ifinfomsg)];
	} request = { .head = { .nlmsg_type = (uint16_t)requests[links->step].type,
				.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
				.nlmsg_seq = ++links->asked } };

	request.body[0] = (uint8_t)requests[links->step].family;
	request.head.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + requests[links->step].header);
	return send(links->fd, &request, request.head.nlmsg_len, MSG_DONTWAIT) < 0 ? -errno : 0;
}

static int read_anew(struct links *links)
{
	links->step = READ_LINKS;
	links->is_stale = false;
	links->round++;
	return ask(links);
}

/* What the round of reading did not name is not there any more: its notification was lost. */
static void sweep_links(struct links *links, const struct links_watcher *watcher)
{
	for (size_t i = links->count; i-- > 0;)
		if (links->link[i].round != links->round)
			links_remove(links, i, watcher);
}

static void sweep_addresses(struct links *links)
{
	size_t kept = 0;

	for (size_t i = 0; i < links->count; i++)
		links->link[i].addresses = 0;
	for (size_t i = 0; i < links->address_count; i++)
		if (links->address[i].round == links->round)
			links->address[kept++] = links->address[i];
	links->address_count = kept;
	for (size_t i = 0; i < kept; i++)
		for (size_t k = 0; k < links->count; k++)
			links->link[k].addresses += links->link[k].index == links->address[i].index;
}

/* A part has been read, or cannot be: a kernel without IPv6 has no settings of it. */
static int end_step(struct links *links, bool is_refused, const struct links_watcher *watcher)
{
	if (links->is_stale)
		return 0;
	if (links->step == READ_LINKS && !is_refused)
		sweep_links(links, watcher);
	if (links->step == READ_ADDRESSES && !is_refused)
		sweep_addresses(links);
	links->step++;
	return links->step == READ_ALL ? 0 : ask(links);
}

static int take_one(struct links *links, struct nlmsghdr *message,
		    const struct links_watcher *watcher)
{
	bool is_answer = message->nlmsg_seq == links->asked && links->step != READ_ALL;

	if (is_answer && message->nlmsg_flags & NLM_F_DUMP_INTR)
		links->is_stale = true;
	if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR)
		return is_answer ? end_step(links, message->nlmsg_type == NLMSG_ERROR, watcher) : 0;
	links_take_message(links, message, message->nlmsg_len, watcher);
	return 0;
}

static int take_datagram(struct links *links, const struct links_watcher *watcher)
{
	_Alignas(struct nlmsghdr) uint8_t bytes[BUFFER_BYTES];
	struct sockaddr_nl from = { .nl_pid = 0 };
	socklen_t from_size = sizeof(from);
	ssize_t got = recvfrom(links->fd, bytes, sizeof(bytes), MSG_DONTWAIT,
			       (struct sockaddr *)&from, &from_size);

	if (got < 0 && errno == ENOBUFS) {
		links->stats.overruns++;
		links->is_stale = true;
		return 0;
	}
	/* Nothing waits, so no dump runs that would have the kernel refuse another, and there is room for what it
	 * answers. */
	if (got < 0 && errno == EAGAIN && links->is_stale)
		return read_anew(links);
	if (got < 0)
		return -errno;
	if (from.nl_pid != 0) /* not the kernel */
		return 0;
	struct nlmsghdr *message = (struct nlmsghdr *)(void *)bytes;
	int left = (int)got, error = 0;

	for (; !error && nlmsg_ok(message, left); message = nlmsg_next(message, &left))
		error = take_one(links, message, watcher);
	return error;
}

void links_turn(struct links *links, const struct links_watcher *watcher)
{
	for (int i = 0; i < TURN_MESSAGES; i++)
		if (take_datagram(links, watcher) != 0)
			return;
}

int links_fd(const struct links *links)
{
	return links->fd;
}

static int connect_socket(struct links *links)
{
	int error;

	links->socket = nl_socket_alloc();
	if (!links->socket)
		return -ENOMEM;
	error = nl_connect(links->socket, NETLINK_ROUTE);
	if (error)
		return error == -NLE_NOMEM ? -ENOMEM : -EPERM;
	links->fd = nl_socket_get_fd(links->socket);
	nl_socket_set_buffer_size(links->socket, SOCKET_BYTES, 0);
	for (size_t i = 0; groups[i]; i++)
		if (nl_socket_add_membership(links->socket, groups[i]) != 0)
			return -EPERM;
	return 0;
}

/* The first picture: the only time that this waits. */
static int read_first(struct links *links)
{
	int error = read_anew(links);

	while (!error && links->step != READ_ALL) {
		struct pollfd readable = { links->fd, POLLIN, 0 };

		if (poll(&readable, 1, OPEN_WAIT_MS) == 0)
			return -ETIMEDOUT;
		links_turn(links, NULL);
	}
	return error;
}

int links_open(struct links **links, struct fault *fault)
{
	struct links *made = links_new();
	int error = made ? connect_socket(made) : -ENOMEM;

	*links = NULL;
	error = error ? error : read_first(made);
	if (error) {
		fault_set(fault, "cannot ask the kernel for its network interfaces: %s",
			  strerror(-error));
		links_close(made);
		return error;
	}
	*links = made;
	return 0;
}

void links_close(struct links *links)
{
	if (!links)
		return;
	if (links->socket)
		nl_socket_free(links->socket);
	free(links);
}
