#include "identify/dns_rdata.h"

#include "base/ip.h"
#include "identify/dns_name.h"

#define TYPE_DNAME 39
#define TYPE_CAA 257

enum { /* SvcParamKeys, RFC 9460 section 14.3.2 */
       SVC_MANDATORY,
       SVC_ALPN,
       SVC_NO_DEFAULT_ALPN,
       SVC_PORT,
       SVC_IPV4HINT,
       SVC_ECH,
       SVC_IPV6HINT,
       SVC_DOHPATH,
};

static const char *const svc_key[] = {
	[SVC_MANDATORY] = "mandatory",
	[SVC_ALPN] = "alpn",
	[SVC_NO_DEFAULT_ALPN] = "no-default-alpn",
	[SVC_PORT] = "port",
	[SVC_ECH] = "ech",
	[SVC_IPV4HINT] = "ipv4hint",
	[SVC_IPV6HINT] = "ipv6hint",
	[SVC_DOHPATH] = "dohpath",
};

/* The name with the root as a dot, as it stands among other fields. */
static bool put_name(struct dns_text *text, struct cursor *rdata, struct cursor whole)
{
	uint32_t before = text->end;

	if (!dns_name_print(text, rdata, whole))
		return false;
	if (text->end == before && !text->cut)
		dns_text_char(text, '.');
	return true;
}

static void put_quoted(struct dns_text *text, struct cursor bytes)
{
	dns_text_char(text, '"');
	while (bytes.left != 0)
		dns_text_escaped(text, cursor_u8(&bytes), "\"");
	dns_text_char(text, '"');
}

static void put_address(struct dns_text *text, const struct ip_addr *addr, bool v6)
{
	char printed[IP_TEXT_SIZE];

	if (!ip_is_v4(addr)) {
		dns_text_put(text, printed, ip_print(addr, printed));
		return;
	}
	if (v6) /* an AAAA record that holds a mapped address */
		dns_text_string(text, "::ffff:");
	for (int i = 12; i < 16; i++) {
		if (i != 12)
			dns_text_char(text, '.');
		dns_text_number(text, addr->bytes[i]);
	}
}

static bool take_address(struct cursor *cursor, bool v6, struct ip_addr *addr)
{
	const uint8_t *bytes = cursor_take(cursor, v6 ? 16 : 4);

	if (!bytes)
		return false;
	*addr = v6 ? ip_from_v6(bytes) : ip_from_v4(bytes);
	return true;
}

static bool print_address(struct dns_text *text, struct cursor rdata, struct dns_record *record)
{
	bool v6 = record->type == DNS_TYPE_AAAA;

	if (rdata.left != (v6 ? 16 : 4) || !take_address(&rdata, v6, &record->addr))
		return false;
	record->has_addr = true;
	put_address(text, &record->addr, v6);
	return true;
}

/* `count` 16-bit numbers, then a name: MX, SRV, and the start of SVCB. */
static bool print_numbered(struct dns_text *text, struct cursor *rdata, struct cursor whole,
			   unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		dns_text_number(text, cursor_u16(rdata));
		dns_text_char(text, ' ');
	}
	return !rdata->failed && put_name(text, rdata, whole);
}

static bool print_soa(struct dns_text *text, struct cursor rdata, struct cursor whole)
{
	if (!put_name(text, &rdata, whole))
		return false;
	dns_text_char(text, ' ');
	if (!put_name(text, &rdata, whole))
		return false;
	for (int i = 0; i < 5; i++) { /* serial, refresh, retry, expire, minimum */
		dns_text_char(text, ' ');
		dns_text_number(text, cursor_u32(&rdata));
	}
	return !rdata.failed;
}

static bool print_txt(struct dns_text *text, struct cursor rdata)
{
	for (bool first = true; rdata.left != 0 && !text->cut; first = false) {
		struct cursor string = cursor_sub(&rdata, cursor_u8(&rdata));

		if (string.failed)
			return false;
		if (!first)
			dns_text_char(text, ' ');
		put_quoted(text, string);
	}
	return true;
}

static bool print_caa(struct dns_text *text, struct cursor rdata)
{
	dns_text_number(text, cursor_u8(&rdata));
	dns_text_char(text, ' ');

	struct cursor tag = cursor_sub(&rdata, cursor_u8(&rdata));
	if (tag.failed)
		return false;
	while (tag.left != 0)
		dns_text_escaped(text, cursor_u8(&tag), " ");
	dns_text_char(text, ' ');
	put_quoted(text, rdata);
	return true;
}

static void put_svc_key(struct dns_text *text, uint16_t key)
{
	if (key < sizeof(svc_key) / sizeof(svc_key[0])) {
		dns_text_string(text, svc_key[key]);
		return;
	}
	dns_text_string(text, "key");
	dns_text_number(text, key);
}

static bool put_alpn(struct dns_text *text, struct cursor value)
{
	for (bool first = true; value.left != 0; first = false) {
		struct cursor id = cursor_sub(&value, cursor_u8(&value));

		if (id.failed)
			return false;
		if (!first)
			dns_text_char(text, ',');
		while (id.left != 0)
			dns_text_escaped(text, cursor_u8(&id), "\", ");
	}
	return true;
}

static bool put_hints(struct dns_text *text, struct cursor value, bool v6)
{
	struct ip_addr addr;

	for (bool first = true; value.left != 0; first = false) {
		if (!take_address(&value, v6, &addr))
			return false;
		if (!first)
			dns_text_char(text, ',');
		put_address(text, &addr, v6);
	}
	return true;
}

static bool put_keys(struct dns_text *text, struct cursor value)
{
	for (bool first = true; value.left != 0 && !value.failed; first = false) {
		if (!first)
			dns_text_char(text, ',');
		put_svc_key(text, cursor_u16(&value));
	}
	return !value.failed;
}

/* The value of a parameter; those that are long and not for people are only named. */
static bool put_svc_value(struct dns_text *text, uint16_t key, struct cursor value)
{
	switch (key) {
	case SVC_MANDATORY:
		dns_text_char(text, '=');
		return put_keys(text, value);
	case SVC_ALPN:
		dns_text_char(text, '=');
		return put_alpn(text, value);
	case SVC_PORT:
		dns_text_char(text, '=');
		dns_text_number(text, cursor_u16(&value));
		return !value.failed;
	case SVC_IPV4HINT:
	case SVC_IPV6HINT:
		dns_text_char(text, '=');
		return put_hints(text, value, key == SVC_IPV6HINT);
	default:
		return true;
	}
}

static bool print_svcb(struct dns_text *text, struct cursor rdata, struct cursor whole,
		       struct dns_record *record)
{
	if (!print_numbered(text, &rdata, whole, 1))
		return false;
	while (rdata.left != 0) {
		uint16_t key = cursor_u16(&rdata);
		struct cursor value = cursor_sub(&rdata, cursor_u16(&rdata));

		if (value.failed)
			return false;
		record->has_ech = record->has_ech || key == SVC_ECH;
		dns_text_char(text, ' ');
		put_svc_key(text, key);
		if (!put_svc_value(text, key, value))
			return false;
	}
	return true;
}

bool dns_rdata_print(struct dns_text *text, struct cursor rdata, struct cursor whole,
		     struct dns_record *record)
{
	switch (record->type) {
	case DNS_TYPE_A:
	case DNS_TYPE_AAAA:
		return print_address(text, rdata, record);
	case DNS_TYPE_CNAME:
	case DNS_TYPE_NS:
	case DNS_TYPE_PTR:
	case TYPE_DNAME:
		return put_name(text, &rdata, whole);
	case DNS_TYPE_MX:
		return print_numbered(text, &rdata, whole, 1);
	case DNS_TYPE_SRV:
		return print_numbered(text, &rdata, whole, 3);
	case DNS_TYPE_SOA:
		return print_soa(text, rdata, whole);
	case DNS_TYPE_TXT:
		return print_txt(text, rdata);
	case DNS_TYPE_SVCB:
	case DNS_TYPE_HTTPS:
		return print_svcb(text, rdata, whole, record);
	case TYPE_CAA:
		return print_caa(text, rdata);
	default:
		return false;
	}
}
