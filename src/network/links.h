/* links.h - a picture of this host's network interfaces, kept current from rtnetlink(7).
 *
 * A link is a device of this network namespace. A port is what one would call a network card: on Azure a
 * synthetic device (hv_netvsc) and the virtual function enslaved to it are two links with one MAC and one
 * port. Owner of libnl.
 *
 *     kernel --notification--> links_turn() --bytes--> links_take_message() --change--> watcher
 *
 * Not asked for: routes and neighbours. Nothing here needs them, and a router may have a million.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

#define LINKS_MAX 1024    /* more are counted, not kept: a host of containers has hundreds */
#define LINKS_KIND_MAX 15 /* "bond", "bridge", "veth"; "" of a card */
#define LINKS_MAC_BYTES 6 /* longer ones, of tunnels, are not kept */
#define LINKS_ADDRESSES_MAX 4096

struct link {
	unsigned index;
	unsigned master; /* index of the device that it is enslaved to; 0: none */
	char name[IF_NAMESIZE];
	char kind[LINKS_KIND_MAX + 1];
	uint8_t mac[LINKS_MAC_BYTES]; /* zeroes: none */
	uint32_t mtu;                 /* bytes */
	uint32_t receive_queues;
	uint32_t flags;      /* IFF_ of net/if.h */
	uint32_t addresses;  /* IPv4 and IPv6; link-local ones are not counted */
	bool is_up;          /* told to be up, and with a carrier */
	bool forwards;       /* IPv4 or IPv6: what arrives may leave elsewhere */
	bool forwards_in[2]; /* IPv4, IPv6 */
	uint32_t round;      /* internal: of the dump that named it last */
};

enum link_change {
	LINK_CAME,
	LINK_WENT,
	LINK_UP,
	LINK_DOWN,
	LINK_RENAMED,
	LINK_ENSLAVED,
	LINK_RELEASED,
};

struct links_watcher {
	/* `link` is lent, as it is now; `before` as it was, or NULL. When it went, both are as it was. */
	void (*changed)(void *context, enum link_change change, const struct link *link,
			const struct link *before);
	void *context;
};

struct links_stats {
	uint64_t messages;
	uint64_t malformed; /* passed over */
	uint64_t overruns;  /* notifications were lost: everything was read anew */
	uint64_t not_kept;  /* links and addresses beyond the limits */
};

struct links;

/* 0 and *links, given (links_close()), with what there is now; or -errno with fault. */
int links_open(struct links **links, struct fault *fault);
void links_close(struct links *links); /* NULL is allowed */

/* An empty picture without a socket, fed by links_take_message() alone; or NULL. links_close(). */
struct links *links_new(void);

/* Readable when links_turn() has something to do. -1 without a socket. */
int links_fd(const struct links *links);

/* Takes what has come; never waits. `watcher` may be NULL. */
void links_turn(struct links *links, const struct links_watcher *watcher);

/* One message as recv() gave it, with its struct nlmsghdr. False: malformed, and nothing was changed. */
bool links_take_message(struct links *links, const void *bytes, size_t length,
			const struct links_watcher *watcher);

/* All lent until the next links_turn(). find: NULL when there is none. */
const struct link *links_find(const struct links *links, const char *name);
const struct link *links_find_index(const struct links *links, unsigned index);
size_t links_count(const struct links *links);
const struct link *links_at(const struct links *links, size_t place);

/* The link that stands for the port of `link`: the synthetic device of a virtual function, else itself. */
const struct link *links_port(const struct links *links, const struct link *link);
bool links_forward(const struct links *links); /* new interfaces would: the host's own setting */
struct links_stats links_stats(const struct links *links);
