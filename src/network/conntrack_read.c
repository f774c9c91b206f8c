/* A message:
 *
 *     | length (4) | type (2) | flags (2) | sequence (4) | port (4) |      struct nlmsghdr
 *     | family (1) | version (1) | resource (2) |                          struct nfgenmsg
 *     | length (2) | type (2) | value ... | to a multiple of 4 |           attributes, some nested
 *
 * A tuple, nested: CTA_TUPLE_IP { source, destination }, CTA_TUPLE_PROTO { number, ports }. */
#include "network/conntrack_read.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>

#include "base/ip.h"

enum { TCP = 6, UDP = 17, SCTP = 132 };

static uint16_t host_u16(struct cursor *cursor)
{
	const uint8_t *bytes = cursor_take(cursor, 2);
	uint16_t value = 0;

	if (bytes)
		memcpy(&value, bytes, sizeof(value));
	return value;
}

static uint32_t host_u32(struct cursor *cursor)
{
	const uint8_t *bytes = cursor_take(cursor, 4);
	uint32_t value = 0;

	if (bytes)
		memcpy(&value, bytes, sizeof(value));
	return value;
}

/* Passes over what fills a length up to a multiple of 4; the last may lack it. */
static void skip_padding(struct cursor *cursor, size_t length)
{
	size_t padding = -length & 3;

	cursor_skip(cursor, padding < cursor->left ? padding : cursor->left);
}

struct attribute {
	uint16_t type;
	struct cursor value;
};

/* The next attribute; false at the end, or `failed` in the cursor: damaged. */
static bool next_attribute(struct cursor *attributes, struct attribute *attribute)
{
	uint16_t length;

	if (attributes->left == 0 || attributes->failed)
		return false;
	length = host_u16(attributes);
	attribute->type = host_u16(attributes) & NLA_TYPE_MASK;
	if (length < NLA_HDRLEN) {
		attributes->failed = true;
		return false;
	}
	attribute->value = cursor_sub(attributes, length - NLA_HDRLEN);
	if (attributes->failed)
		return false;
	skip_padding(attributes, length);
	return true;
}

static void read_address(struct attribute *attribute, size_t size, struct ip_addr *addr)
{
	const uint8_t *bytes = cursor_take(&attribute->value, size);

	if (bytes)
		*addr = size == 4 ? ip_from_v4(bytes) : ip_from_v6(bytes);
}

static bool read_addresses(struct cursor attributes, struct nat_tuple *tuple)
{
	struct attribute attribute;

	while (next_attribute(&attributes, &attribute)) {
		if (attribute.type == CTA_IP_V4_SRC)
			read_address(&attribute, 4, &tuple->src);
		else if (attribute.type == CTA_IP_V4_DST)
			read_address(&attribute, 4, &tuple->dst);
		else if (attribute.type == CTA_IP_V6_SRC)
			read_address(&attribute, 16, &tuple->src);
		else if (attribute.type == CTA_IP_V6_DST)
			read_address(&attribute, 16, &tuple->dst);
	}
	return !attributes.failed;
}

static bool read_protocol(struct cursor attributes, struct nat_tuple *tuple)
{
	struct attribute attribute;

	while (next_attribute(&attributes, &attribute)) {
		if (attribute.type == CTA_PROTO_NUM)
			tuple->protocol = cursor_u8(&attribute.value);
		else if (attribute.type == CTA_PROTO_SRC_PORT)
			tuple->src_port = cursor_u16(&attribute.value);
		else if (attribute.type == CTA_PROTO_DST_PORT)
			tuple->dst_port = cursor_u16(&attribute.value);
	}
	return !attributes.failed;
}

static bool read_tuple(struct cursor attributes, struct nat_tuple *tuple)
{
	struct attribute attribute;
	bool is_whole = true;

	while (next_attribute(&attributes, &attribute)) {
		if (attribute.type == CTA_TUPLE_IP)
			is_whole &= read_addresses(attribute.value, tuple);
		else if (attribute.type == CTA_TUPLE_PROTO)
			is_whole &= read_protocol(attribute.value, tuple);
	}
	return is_whole && !attributes.failed && !ip_is_zero(&tuple->src) &&
	       !ip_is_zero(&tuple->dst);
}

static bool has_ports(const struct nat_tuple *tuple)
{
	return tuple->protocol == TCP || tuple->protocol == UDP || tuple->protocol == SCTP;
}

static void read_connection(struct cursor *body, enum conntrack_kind kind,
			    struct conntrack_message *message)
{
	struct attribute attribute;
	bool has_original = false, has_reply = false;

	cursor_skip(body, sizeof(struct nfgenmsg));
	while (next_attribute(body, &attribute)) {
		if (attribute.type == CTA_TUPLE_ORIG)
			has_original = read_tuple(attribute.value, &message->original);
		else if (attribute.type == CTA_TUPLE_REPLY)
			has_reply = read_tuple(attribute.value, &message->reply);
	}
	message->damaged = body->failed || !has_original || !has_reply;
	/* Pings are told apart by an id, which is no part of a flow. */
	if (!message->damaged && has_ports(&message->original))
		message->kind = (uint8_t)kind;
}

static void read_body(struct cursor *body, uint16_t type, struct conntrack_message *message)
{
	if (type == NLMSG_DONE) {
		message->kind = CONNTRACK_LISTED;
	} else if (type == NLMSG_ERROR) {
		message->error = (int)host_u32(body);
		message->kind = message->error ? CONNTRACK_REFUSED : CONNTRACK_OTHER;
	} else if (type == (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW)) {
		read_connection(body, CONNTRACK_NEW, message);
	} else if (type == (NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE)) {
		read_connection(body, CONNTRACK_GONE, message);
	}
}

bool conntrack_read(struct cursor *messages, struct conntrack_message *message)
{
	struct cursor body;
	uint32_t length;
	uint16_t type;

	*message = (struct conntrack_message){ .kind = CONNTRACK_OTHER };
	if (messages->left == 0 || messages->failed)
		return false;
	length = host_u32(messages);
	type = host_u16(messages);
	cursor_skip(messages, NLMSG_HDRLEN - 6);
	if (length < NLMSG_HDRLEN)
		messages->failed = true;
	body = messages->failed ? (struct cursor){ .failed = true }
				: cursor_sub(messages, length - NLMSG_HDRLEN);
	if (messages->failed) {
		message->damaged = true;
		return true;
	}
	skip_padding(messages, length);
	read_body(&body, type, message);
	return true;
}

size_t conntrack_rows(const struct conntrack_message *message,
		      struct conntrack_row rows[CONNTRACK_ROWS_MAX])
{
	const struct nat_tuple *original = &message->original, *reply = &message->reply;
	bool src = !ip_equal(&original->src, &reply->dst) || original->src_port != reply->dst_port;
	bool dst = !ip_equal(&original->dst, &reply->src) || original->dst_port != reply->src_port;

	if (!src && !dst)
		return 0;
	rows[0] = (struct conntrack_row){ .key = { .src = reply->dst,
						   .dst = reply->src,
						   .src_port = reply->dst_port,
						   .dst_port = reply->src_port,
						   .protocol = original->protocol } };
	if (src) {
		rows[0].sides.src = original->src;
		rows[0].sides.src_port = original->src_port;
	}
	if (!dst)
		return 1;
	rows[0].sides.dst = original->dst;
	rows[0].sides.dst_port = original->dst_port;
	rows[1] = (struct conntrack_row){
		.key = *original, .sides = { .dst = reply->src, .dst_port = reply->src_port }
	};
	return 2;
}
