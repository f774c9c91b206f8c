/* conntrack_list.h - asking the kernel for a list of all connections. */
#pragma once

/* Asks on a socket of NETLINK_NETFILTER: the list comes as messages that conntrack_read() reads like events.
 * Needs CAP_NET_ADMIN, of the process that asks and of the one that made the socket; reading the answer needs
 * nothing. 0 or -errno. */
int conntrack_list_ask(int fd);
