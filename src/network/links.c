#include "network/links.h"

#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "network/links_state.h"

/* linux/if.h has it, and does not go with net/if.h. */
#ifndef IFF_LOWER_UP
#define IFF_LOWER_UP (1 << 16)
#endif

#define LINK_LOCAL_4 0xa9fe /* 169.254.0.0/16 */
#define LINK_LOCAL_6 0xfe80 /* fe80::/10 */
#define LINK_LOCAL_6_MASK 0xffc0

struct links *links_new(void)
{
	struct links *links = calloc(1, sizeof(*links));

	if (links)
		links->fd = -1;
	return links;
}

/* Finding ------------------------------------------------------------------------------------ */

static struct link *find(struct links *links, unsigned index)
{
	for (size_t i = 0; i < links->count; i++)
		if (links->link[i].index == index)
			return &links->link[i];
	return NULL;
}

const struct link *links_find_index(const struct links *links, unsigned index)
{
	for (size_t i = 0; i < links->count; i++)
		if (links->link[i].index == index)
			return &links->link[i];
	return NULL;
}

const struct link *links_find(const struct links *links, const char *name)
{
	for (size_t i = 0; i < links->count; i++)
		if (strcmp(links->link[i].name, name) == 0)
			return &links->link[i];
	return NULL;
}

size_t links_count(const struct links *links)
{
	return links->count;
}

const struct link *links_at(const struct links *links, size_t place)
{
	return place < links->count ? &links->link[place] : NULL;
}

/* hv_netvsc enslaves its virtual function by itself: a master that is no software device and has the same
 * MAC. A bond's members have the bond's MAC too, but a bond is of a kind. */
const struct link *links_port(const struct links *links, const struct link *link)
{
	const struct link *master = link->master ? links_find_index(links, link->master) : NULL;

	if (!master || master->kind[0] != '\0' ||
	    memcmp(master->mac, link->mac, sizeof(link->mac)) != 0)
		return link;
	return master;
}

bool links_forward(const struct links *links)
{
	return links->forwards_4 || links->forwards_6;
}

struct links_stats links_stats(const struct links *links)
{
	return links->stats;
}

/* Links -------------------------------------------------------------------------------------- */

static void tell(const struct links_watcher *watcher, enum link_change change,
		 const struct link *link, const struct link *before)
{
	if (watcher && watcher->changed)
		watcher->changed(watcher->context, change, link, before);
}

static void tell_difference(const struct links_watcher *watcher, const struct link *now,
			    const struct link *before)
{
	if (strcmp(now->name, before->name) != 0)
		tell(watcher, LINK_RENAMED, now, before);
	if (now->master != before->master && before->master != 0)
		tell(watcher, LINK_RELEASED, now, before);
	if (now->master != before->master && now->master != 0)
		tell(watcher, LINK_ENSLAVED, now, before);
	if (now->is_up != before->is_up)
		tell(watcher, now->is_up ? LINK_UP : LINK_DOWN, now, before);
}

static void take_kind(struct link *link, const struct nlattr *info)
{
	struct nlattr *nested[IFLA_INFO_MAX + 1];

	link->kind[0] = '\0';
	if (!info || nla_parse(nested, IFLA_INFO_MAX, nla_data(info), nla_len(info), NULL) < 0)
		return;
	if (nested[IFLA_INFO_KIND])
		nla_strlcpy(link->kind, nested[IFLA_INFO_KIND], sizeof(link->kind));
}

static uint32_t number(const struct nlattr *attribute)
{
	uint32_t value = 0;

	if (attribute && nla_len(attribute) >= (int)sizeof(value))
		memcpy(&value, nla_data(attribute), sizeof(value));
	return value;
}

static void fill(struct link *link, const struct ifinfomsg *header, struct nlattr **attributes)
{
	const struct nlattr *mac = attributes[IFLA_ADDRESS];

	link->index = (unsigned)header->ifi_index;
	link->flags = header->ifi_flags;
	link->is_up = (header->ifi_flags & (IFF_UP | IFF_LOWER_UP)) == (IFF_UP | IFF_LOWER_UP);
	link->master = number(attributes[IFLA_MASTER]);
	link->mtu = number(attributes[IFLA_MTU]);
	link->receive_queues = number(attributes[IFLA_NUM_RX_QUEUES]);
	nla_strlcpy(link->name, attributes[IFLA_IFNAME], sizeof(link->name));
	memset(link->mac, 0, sizeof(link->mac));
	if (mac && nla_len(mac) == LINKS_MAC_BYTES)
		memcpy(link->mac, nla_data(mac), LINKS_MAC_BYTES);
	take_kind(link, attributes[IFLA_LINKINFO]);
}

static void add_link(struct links *links, const struct link *link,
		     const struct links_watcher *watcher)
{
	if (links->count == LINKS_MAX) {
		links->stats.not_kept++;
		return;
	}
	links->link[links->count++] = *link;
	tell(watcher, LINK_CAME, &links->link[links->count - 1], NULL);
}

void links_remove(struct links *links, size_t place, const struct links_watcher *watcher)
{
	const struct link gone = links->link[place];
	size_t kept = 0;

	links->link[place] = links->link[--links->count];
	for (size_t i = 0; i < links->address_count; i++)
		if (links->address[i].index != gone.index)
			links->address[kept++] = links->address[i];
	links->address_count = kept;
	tell(watcher, LINK_WENT, &gone, &gone);
}

static bool take_link(struct links *links, struct nlmsghdr *message,
		      const struct links_watcher *watcher)
{
	struct nlattr *attributes[IFLA_MAX + 1];
	const struct ifinfomsg *header = nlmsg_data(message);

	if (nlmsg_parse(message, sizeof(*header), attributes, IFLA_MAX, NULL) < 0 ||
	    header->ifi_index <= 0)
		return false;
	/* A bridge tells of its ports in messages of its own family: a port that leaves it is not gone. */
	if (header->ifi_family != AF_UNSPEC)
		return true;
	struct link *known = find(links, (unsigned)header->ifi_index);

	if (message->nlmsg_type == RTM_DELLINK) {
		if (known)
			links_remove(links, (size_t)(known - links->link), watcher);
		return true;
	}
	if (!attributes[IFLA_IFNAME])
		return false;
	struct link now = known ? *known : (struct link){ .index = 0 };

	fill(&now, header, attributes);
	now.round = links->round;
	if (!known) {
		add_link(links, &now, watcher);
		return true;
	}
	const struct link before = *known;

	*known = now;
	tell_difference(watcher, &now, &before);
	return true;
}

/* Addresses ---------------------------------------------------------------------------------- */

static bool is_link_local(const struct address *address)
{
	unsigned first = (unsigned)address->bytes[0] << 8 | address->bytes[1];

	return address->family == AF_INET ? first == LINK_LOCAL_4
					  : (first & LINK_LOCAL_6_MASK) == LINK_LOCAL_6;
}

static bool is_same(const struct address *a, const struct address *b)
{
	return a->index == b->index && a->family == b->family && a->prefix == b->prefix &&
	       memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static void drop_address(struct links *links, size_t place)
{
	struct link *link = find(links, links->address[place].index);

	if (link && link->addresses != 0)
		link->addresses--;
	links->address[place] = links->address[--links->address_count];
}

static void keep_address(struct links *links, const struct address *address)
{
	struct link *link = find(links, address->index);

	if (!link || links->address_count == LINKS_ADDRESSES_MAX) {
		links->stats.not_kept++;
		return;
	}
	links->address[links->address_count++] = *address;
	link->addresses++;
}

static bool take_address(struct links *links, struct nlmsghdr *message)
{
	struct nlattr *attributes[IFA_MAX + 1];
	const struct ifaddrmsg *header = nlmsg_data(message);
	struct address address = { .round = links->round };
	size_t place = 0;

	if (nlmsg_parse(message, sizeof(*header), attributes, IFA_MAX, NULL) < 0)
		return false;
	const struct nlattr *own =
		attributes[IFA_LOCAL] ? attributes[IFA_LOCAL] : attributes[IFA_ADDRESS];
	int size = header->ifa_family == AF_INET ? 4 : 16;

	if ((header->ifa_family != AF_INET && header->ifa_family != AF_INET6) || !own ||
	    nla_len(own) != size)
		return false;
	address.index = header->ifa_index;
	address.family = header->ifa_family;
	address.prefix = header->ifa_prefixlen;
	memcpy(address.bytes, nla_data(own), (size_t)size);
	if (is_link_local(&address))
		return true;
	while (place < links->address_count && !is_same(&links->address[place], &address))
		place++;
	if (message->nlmsg_type == RTM_NEWADDR && place == links->address_count)
		keep_address(links, &address);
	else if (message->nlmsg_type == RTM_NEWADDR)
		links->address[place].round = links->round;
	else if (place < links->address_count)
		drop_address(links, place);
	return true;
}

/* Forwarding --------------------------------------------------------------------------------- */

static bool take_forwarding(struct links *links, struct nlmsghdr *message)
{
	struct nlattr *attributes[NETCONFA_MAX + 1];
	const struct netconfmsg *header = nlmsg_data(message);

	/* The family alone, in one byte, and what stands after it is aligned. */
	if (nlmsg_parse(message, sizeof(*header), attributes, NETCONFA_MAX, NULL) < 0 ||
	    !attributes[NETCONFA_IFINDEX])
		return false;
	if (!attributes[NETCONFA_FORWARDING])
		return true;
	int index = (int)number(attributes[NETCONFA_IFINDEX]);
	bool forwards = number(attributes[NETCONFA_FORWARDING]) != 0;
	bool is_6 = header->ncm_family == AF_INET6;
	struct link *link = index > 0 ? find(links, (unsigned)index) : NULL;

	if (index == NETCONFA_IFINDEX_ALL)
		*(is_6 ? &links->forwards_6 : &links->forwards_4) = forwards;
	else if (link)
		link->forwards_in[is_6] = forwards;
	if (link)
		link->forwards = link->forwards_in[0] || link->forwards_in[1];
	return true;
}

/* Messages ----------------------------------------------------------------------------------- */

static bool take(struct links *links, struct nlmsghdr *message, const struct links_watcher *watcher)
{
	switch (message->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return take_link(links, message, watcher);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return take_address(links, message);
	case RTM_NEWNETCONF:
		return take_forwarding(links, message);
	default:
		return true;
	}
}

bool links_take_message(struct links *links, const void *bytes, size_t length,
			const struct links_watcher *watcher)
{
	struct nlmsghdr *message = (struct nlmsghdr *)(uintptr_t)bytes;

	links->stats.messages++;
	if (length <= INT32_MAX && nlmsg_ok(message, (int)length) && take(links, message, watcher))
		return true;
	links->stats.malformed++;
	return false;
}
