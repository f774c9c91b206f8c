/* links_state.h - what src/network/links*.c share. */
#pragma once

#include "network/links.h"

struct nl_sock;

struct address {
	unsigned index; /* of its link */
	uint32_t round;
	uint8_t family, prefix;
	uint8_t bytes[16];
};

/* The picture is read in this order, each when the one before is complete, and anew after an overrun. */
enum links_step { READ_LINKS, READ_ADDRESSES, READ_FORWARDING_4, READ_FORWARDING_6, READ_ALL };

struct links {
	struct nl_sock *socket;
	int fd;
	enum links_step step;
	bool is_stale; /* notifications were lost, or a dump is not of one moment: begin again, once all is read */
	uint32_t asked; /* number of the request that is being answered */
	uint32_t round; /* of reading all */
	bool forwards_4, forwards_6;
	struct links_stats stats;
	size_t count, address_count;
	struct link link[LINKS_MAX];
	struct address address[LINKS_ADDRESSES_MAX];
};

void links_remove(struct links *links, size_t place, const struct links_watcher *watcher);
